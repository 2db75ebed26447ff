//! From a file to named columns of numbers or labels: the one place where commands on anybody's data read rows.

use std::cmp::Ordering;
use std::collections::BTreeMap;

pub use super::file::{DataFile, Rows};
use crate::design::{Codes, MISSING};
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::error::{Error, Result};
use crate::ingest::table::{Problems, decimal_comma, error_of, number_problem, parse_number, shown};

/// Texts and names that a message lists at most.
const LISTED: usize = 40;
/// Texts that are shown to say of which kind a column is.
const FEW: usize = 8;

impl DataFile {
    /// Starts a reading of columns whose problems are reported together.
    pub fn reading(&self) -> Reading<'_> {
        Reading { file: self, problems: Vec::new() }
    }
}

/// A reading of several columns. A column with a problem comes back empty, and [`finish`](Self::finish) says why.
pub struct Reading<'a> {
    file: &'a DataFile,
    problems: Vec<Diagnostic>,
}

impl<'a> Reading<'a> {
    /// The file that is read.
    pub fn file(&self) -> &'a DataFile {
        self.file
    }

    /// Adds a problem.
    pub fn problem(&mut self, problem: Diagnostic) {
        self.problems.push(problem);
    }

    /// Is there no problem so far?
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// The problems of the reading, where there are any.
    ///
    /// # Errors
    ///
    /// Wrong columns as [`Error::Unusable`], wrong values as [`Error::BadData`].
    pub fn finish(self) -> Result<()> {
        error_of(self.problems).map_or(Ok(()), Err)
    }

    /// Is there a column of this name? Where there is none, that is a problem.
    pub fn knows(&mut self, column: &str) -> bool {
        let is_known = self.file.has(column);
        if !is_known {
            self.problems.push(unknown_column(self.file, column));
        }
        is_known
    }

    /// Shows a column of numbers piece after piece, NaN where there is no value; says whether it holds nothing else.
    pub fn visit_numbers(&mut self, column: &str, take: &mut dyn FnMut(Vec<f64>)) -> bool {
        if !self.knows(column) {
            return false;
        }
        let file = self.file;
        // By text that is no number: the row where it first stands, and how many rows hold it.
        let mut texts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        let mut has_numbers = false;
        let mut look = |values: Vec<f64>| {
            has_numbers |= values.iter().any(|value| !value.is_nan());
            take(values);
        };
        let mut bad = |row: usize, text: &str| match texts.get_mut(text) {
            Some((_, n)) => *n += 1,
            None => {
                texts.insert(text.to_owned(), (row, 1));
            }
        };
        if let Err(error) = file.for_each_number(column, &mut look, &mut bad) {
            self.problems.extend(error.diagnostics().iter().cloned());
            return false;
        }
        if texts.is_empty() {
            return true;
        }
        if has_numbers {
            let mut problems = Problems::of(file.name());
            for (text, (row, n)) in texts {
                problems.add("E18", column, || not_a_number(file, row, column, &text, n));
            }
            self.problems.extend(problems.into_list());
        } else {
            let place = Place::file(file.name()).column(column);
            self.problems.push(
                Diagnostic::error("E15", place, format!("column `{column}` holds labels, no numbers"))
                    .observed(listed(texts.keys().map(|text| shown(text).to_string())))
                    .expected("numbers")
                    .hint(
                        "name a column of numbers, or add `--na TEXT` where texts mean that there is none; `opros estimate` \
                         gives shares of labels with `--proportion`",
                    ),
            );
        }
        false
    }

    /// A column of numbers; NaN where there is no value.
    pub fn numbers(&mut self, column: &str) -> Vec<f64> {
        let mut values = Vec::new();
        let take = &mut |piece: Vec<f64>| {
            if values.is_empty() { values = piece } else { values.extend_from_slice(&piece) }
        };
        if self.visit_numbers(column, take) { values } else { Vec::new() }
    }

    /// Shows a column of numbers that must stand in every row and fulfil a condition, piece after piece.
    pub fn visit_complete_numbers(
        &mut self,
        column: &str,
        expected: &str,
        is_usable: impl Fn(f64) -> bool,
        take: &mut dyn FnMut(Vec<f64>),
    ) {
        let file = self.file;
        let mut problems = Problems::of(file.name());
        let mut first_row = 0;
        let look = &mut |values: Vec<f64>| {
            for (row, value) in values.iter().enumerate().filter(|(_, value)| !is_usable(**value)) {
                problems.add("E20", column, || {
                    let (what, text) = match value.is_nan() {
                        true => ("has no value", String::new()),
                        false => ("is out of bounds", value.to_string()),
                    };
                    file.point("E20", first_row + row, column, &text, format!("`{column}` {what}"))
                        .expected(expected)
                        .hint("correct the value; rows are left out with `--where`, never by their weight being empty")
                });
            }
            first_row += values.len();
            take(values);
        };
        if self.visit_numbers(column, look) {
            self.problems.extend(problems.into_list());
        }
    }

    /// A column of numbers that must stand in every row and fulfil a condition.
    pub fn complete_numbers(&mut self, column: &str, expected: &str, is_usable: impl Fn(f64) -> bool) -> Vec<f64> {
        let mut values = Vec::new();
        self.visit_complete_numbers(column, expected, is_usable, &mut |piece| values.extend_from_slice(&piece));
        values
    }

    /// A column of labels in byte order; rows without a value have none.
    pub fn labels(&mut self, column: &str) -> Codes {
        let none = || Codes::from_codes(Vec::new(), Vec::new());
        if !self.knows(column) {
            return none();
        }
        self.file.labels(column).unwrap_or_else(|error| {
            self.problems.extend(error.diagnostics().iter().cloned());
            none()
        })
    }

    /// A column of texts; rows without a value have none.
    pub fn texts(&mut self, column: &str) -> Vec<Option<String>> {
        let codes = self.labels(column);
        codes.codes().iter().map(|code| codes.labels().get(*code as usize).cloned()).collect()
    }

    /// A column of labels that must stand in every row.
    pub fn complete_labels(&mut self, column: &str) -> Codes {
        let codes = self.labels(column);
        self.check_labels(column, codes.codes(), 0);
        codes
    }

    /// The labels of a column in which every row needs one, or of several that are joined by colons.
    pub fn complete_crossed(&mut self, columns: &str) -> Codes {
        match crossed_names(self.file, columns) {
            None => self.complete_labels(columns),
            Some(names) => {
                let parts: Vec<Codes> = names.into_iter().map(|name| self.complete_labels(name)).collect();
                crossed(&parts)
            }
        }
    }

    /// The labels of a column, or of several that are joined by colons.
    pub fn crossed(&mut self, columns: &str) -> Codes {
        match crossed_names(self.file, columns) {
            None => self.labels(columns),
            Some(names) => {
                let parts: Vec<Codes> = names.into_iter().map(|name| self.labels(name)).collect();
                crossed(&parts)
            }
        }
    }

    /// Reports rows without a label, in a piece of a column where every row needs one.
    pub fn check_labels(&mut self, column: &str, codes: &[u32], first_row: usize) {
        let file = self.file;
        let mut problems = Problems::of(file.name());
        for (row, _) in codes.iter().enumerate().filter(|(_, code)| **code == MISSING) {
            problems.add("E20", column, || {
                file.point("E20", first_row + row, column, "", format!("`{column}` has no value"))
                    .expected("a label in every row")
                    .hint("every row needs its stratum and sampling units; fill the cell")
            });
        }
        self.problems.extend(problems.into_list());
    }

    /// A column of labels in the order in which people count: by value where all are numbers, otherwise by letters and, within
    /// them, by numbers (wave 2 before wave 10).
    /// A column without any is an error: nothing could be said about it.
    pub fn answers(&mut self, column: &str) -> Codes {
        let codes = self.labels(column);
        if codes.n_labels() == 0 && self.file.has(column) {
            self.problems.push(no_label(self.file, column));
        }
        in_counting_order(&codes)
    }
}

/// The labels in the order in which people count: nothing where they stay in the order of their letters.
pub fn counting_order(labels: &[String]) -> Option<Vec<usize>> {
    let values: Option<Vec<f64>> = labels.iter().map(|label| parse_number(label)).collect();
    let mut order: Vec<usize> = (0..labels.len()).collect();
    match values {
        Some(values) => order.sort_by(|a, b| values[*a].total_cmp(&values[*b])),
        None => order.sort_by(|a, b| by_numbers_within(&labels[*a], &labels[*b])),
    }
    (!order.is_sorted()).then_some(order)
}

/// Compares texts piece by piece: runs of digits by the whole number that they are, and before letters; all else by its bytes.
fn by_numbers_within(a: &str, b: &str) -> Ordering {
    let is_digit = |c: char| c.is_ascii_digit();
    let (mut left, mut right) = (a, b);
    while let (Some(first), Some(second)) = (left.chars().next(), right.chars().next()) {
        let is_number = is_digit(first) && is_digit(second);
        let piece = |text: &str| match is_number {
            true => text.find(|c: char| !is_digit(c)).unwrap_or(text.len()),
            false => text.chars().next().map_or(0, char::len_utf8),
        };
        let ((own, left_rest), (other, right_rest)) = (left.split_at(piece(left)), right.split_at(piece(right)));
        let number = |text: &str| -> (usize, String) {
            let digits = text.trim_start_matches('0');
            (digits.len(), digits.to_owned())
        };
        let order = if is_number { number(own).cmp(&number(other)) } else { own.cmp(other) };
        if order != Ordering::Equal {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
    left.cmp(right).then_with(|| a.cmp(b))
}

/// A note on labels of a column that look alike, as they differ in outer spaces only.
pub fn note_of_alike(column: &str, labels: &[String]) -> Option<String> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    labels.iter().for_each(|label| *seen.entry(label.trim()).or_default() += 1);
    let twice: Vec<String> = seen.into_iter().filter(|(_, n)| *n > 1).map(|(label, _)| format!("`{label}`")).collect();
    (!twice.is_empty()).then(|| {
        format!(
            "warning: labels of `{column}` differ in outer spaces only and are taken as different: {}; correct the file, or they \
             stand twice",
            twice.join(", ")
        )
    })
}

/// A column with its labels in the order in which people count.
pub fn in_counting_order(codes: &Codes) -> Codes {
    let Some(order) = counting_order(codes.labels()) else { return codes.clone() };
    let mut rank = vec![MISSING; order.len()];
    for (new, old) in order.iter().enumerate() {
        rank[*old] = new as u32;
    }
    let recoded = codes.codes().iter().map(|code| rank.get(*code as usize).copied().unwrap_or(MISSING));
    Codes::from_codes(recoded.collect(), order.iter().map(|old| codes.labels()[*old].clone()).collect())
}

/// Texts in a row; of many the first ones, and how many more there are.
fn listed(texts: impl ExactSizeIterator<Item = String>) -> String {
    let n_more = texts.len().saturating_sub(FEW);
    let mut listed = texts.take(FEW).collect::<Vec<_>>().join(", ");
    if n_more > 0 {
        listed.push_str(&format!(" and {n_more} more"));
    }
    listed
}

/// A column without any label: nothing could be said about it.
pub fn no_label(file: &DataFile, column: &str) -> Diagnostic {
    let place = Place::file(file.name()).column(column);
    let problem = Diagnostic::error("E15", place, format!("column `{column}` has no value in any row"));
    problem.expected("labels").hint("name another column, or look at `--na`")
}

/// A column that the file does not have, with the closest one.
pub fn unknown_column(file: &DataFile, column: &str) -> Diagnostic {
    let problem = Diagnostic::error("E15", Place::file(file.name()), format!("there is no column `{column}`"));
    match did_you_mean(column, file.columns().iter().map(String::as_str)) {
        Some(close) => problem.hint(format!("did you mean `{close}`?")),
        None => {
            let listed: Vec<&str> = file.columns().iter().take(LISTED).map(String::as_str).collect();
            let n_more = file.columns().len() - listed.len();
            let more = if n_more == 0 { String::new() } else { format!(" and {n_more} more") };
            problem.hint(format!("columns: {}{more}", listed.join(", ")))
        }
    }
}

/// A text that is no number, where it first stands.
fn not_a_number(file: &DataFile, row: usize, column: &str, text: &str, n: usize) -> Diagnostic {
    let (mut message, expected) = match number_problem(text, false) {
        Some(problem) => (problem.message, problem.expected),
        None => (format!("`{text}` is not a number"), "a number"),
    };
    let hint = match decimal_comma(text) {
        Some(number) => format!("the decimal mark is a point: write {number}, or read the file with `--decimal ,`"),
        None => format!("correct the value; if the text means that there is none, add `--na {}`", shown(text)),
    };
    if n > 1 {
        message.push_str(&format!(" (in {n} rows; the first is shown)"));
    }
    file.point("E18", row, column, text, message).expected(expected).hint(hint)
}

/// The columns that a name such as `region:sex` crosses, where no column has that name itself.
pub fn crossed_names<'n>(file: &DataFile, name: &'n str) -> Option<Vec<&'n str>> {
    (!file.has(name) && name.contains(':')).then(|| name.split(':').collect())
}

/// Several columns of labels as one, joined by colons.
fn crossed(parts: &[Codes]) -> Codes {
    let n_rows = parts.iter().map(Codes::len).min().unwrap_or(0);
    let joined = (0..n_rows).map(|row| {
        let label = |codes: &Codes| codes.labels().get(codes.codes()[row] as usize).cloned();
        let labels: Option<Vec<String>> = parts.iter().map(label).collect();
        labels.map(|labels| labels.join(":"))
    });
    Codes::from_optional(&joined.collect::<Vec<_>>())
}

/// One error from one problem.
pub fn unusable(code: &'static str, place: &str, message: impl Into<String>, hint: &str) -> Error {
    Error::unusable(Diagnostic::error(code, Place::file(place), message).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_by_value_and_labels_by_letters() {
        let codes = in_counting_order(&Codes::from_optional(&[Some("10"), None, Some("9")]));
        assert_eq!((codes.labels(), codes.codes()), (&["9".to_owned(), "10".to_owned()][..], &[1, MISSING, 0][..]));
        let codes = in_counting_order(&Codes::from_labels(&["b", "10"]));
        assert_eq!(codes.labels(), ["10", "b"]);
        let codes = in_counting_order(&Codes::from_labels(&["10", "2", "7b", "7a", "1", "x10", "x9"]));
        assert_eq!(codes.labels(), ["1", "2", "7a", "7b", "10", "x9", "x10"]);
        let ages = ["100 and over", "18 to 29", "30 to 44", "5 to 17"].map(str::to_owned);
        assert_eq!(counting_order(&ages), Some(vec![3, 1, 2, 0]));
        assert_eq!(counting_order(&["a".to_owned(), "b".to_owned()]), None);
    }

    #[test]
    fn labels_that_look_alike_are_noted() {
        let note = note_of_alike("sex", &["a", "a ", "b"].map(str::to_owned)).unwrap();
        assert!(note.contains("`sex`") && note.contains("`a`") && !note.contains("`b`"), "{note}");
        assert_eq!(note_of_alike("sex", &["a", "b"].map(str::to_owned)), None);
    }
}
