//! From a file to named columns of numbers or labels: the one place where commands on anybody's data read rows.

use std::collections::BTreeMap;
use std::path::Path;

use crate::design::{Codes, MISSING};
use crate::diagnostic::{Diagnostic, Level, Place, did_you_mean};
use crate::error::{Error, Result};
use crate::ingest::Table;
use crate::ingest::table::{Problems, error_of, number_problem, parse_number, shown};

/// Texts and names that a message lists at most.
const LISTED: usize = 40;

/// A data file, with the texts that mean "no value" in it beside the empty cell.
pub struct DataFile {
    table: Table,
    missing: Vec<String>,
}

impl DataFile {
    /// Reads a CSV or Parquet file.
    ///
    /// # Errors
    ///
    /// Everything that keeps it from being a table.
    pub fn read(path: &Path, missing: &[String]) -> Result<Self> {
        let name = path.display().to_string();
        let is_parquet = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
        let table = if is_parquet { Table::read_parquet(path, &name)? } else { Table::read_csv(path, &name)? };
        Ok(DataFile { table, missing: missing.to_vec() })
    }

    /// The file's name for people.
    pub fn name(&self) -> &str {
        self.table.file()
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.table.n_rows()
    }

    /// Names of the columns.
    pub fn columns(&self) -> &[String] {
        self.table.columns()
    }

    /// Whether there is a column of this name.
    pub fn has(&self, column: &str) -> bool {
        self.table.position(column).is_some()
    }

    /// A cell as it stands in the file.
    pub fn raw(&self, row: usize, column: usize) -> &str {
        self.table.cell(row, column)
    }

    /// The line of the file on which a row begins.
    pub fn line(&self, row: usize) -> u64 {
        self.table.line(row)
    }

    /// A problem with a cell: its place, what stands there, and the line.
    pub fn point(&self, code: &'static str, row: usize, column: &str, message: impl Into<String>) -> Diagnostic {
        match self.table.position(column) {
            Some(position) => self.table.point(Level::Error, code, row, position, message),
            None => Diagnostic::error(code, Place::file(self.name()).line(self.line(row)), message),
        }
    }

    /// A cell; nothing where it is empty or says that there is no value.
    fn cell(&self, row: usize, column: usize) -> Option<&str> {
        let text = self.table.cell(row, column);
        (!text.is_empty() && !self.missing.iter().any(|code| code == text)).then_some(text)
    }

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

    fn position(&mut self, column: &str) -> Option<usize> {
        let found = self.file.table.position(column);
        if found.is_none() {
            self.problems.push(unknown_column(self.file, column));
        }
        found
    }

    /// A column of numbers; NaN where there is no value.
    pub fn numbers(&mut self, column: &str) -> Vec<f64> {
        let Some(position) = self.position(column) else { return Vec::new() };
        let file = self.file;
        let n_rows = file.n_rows();
        let mut values = Vec::with_capacity(n_rows);
        // By text that is no number: the row where it first stands, and how many rows hold it.
        let mut texts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for row in 0..n_rows {
            let Some(text) = file.cell(row, position) else {
                values.push(f64::NAN);
                continue;
            };
            values.push(parse_number(text).unwrap_or_else(|| {
                texts.entry(text).or_insert((row, 0)).1 += 1;
                f64::NAN
            }));
        }
        if texts.is_empty() {
            return values;
        }
        if values.iter().all(|value| value.is_nan()) {
            let place = Place::file(file.name()).column(column);
            self.problems.push(
                Diagnostic::error("E15", place, format!("column `{column}` holds labels, no numbers"))
                    .observed(texts.keys().take(LISTED).map(|text| shown(text)).collect::<Vec<_>>().join(", "))
                    .expected("numbers")
                    .hint("name a column of numbers; shares of labels are asked for with `--proportion`"),
            );
        } else {
            let mut problems = Problems::of(file.name());
            for (text, (row, n)) in texts {
                problems.add("E18", column, || not_a_number(file, row, position, text, n));
            }
            self.problems.extend(problems.into_list());
        }
        Vec::new()
    }

    /// A column of numbers that must stand in every row and fulfil a condition.
    pub fn complete_numbers(&mut self, column: &str, expected: &str, is_usable: impl Fn(f64) -> bool) -> Vec<f64> {
        let values = self.numbers(column);
        let file = self.file;
        let mut problems = Problems::of(file.name());
        if let Some(position) = file.table.position(column) {
            for (row, value) in values.iter().enumerate().filter(|(_, value)| !is_usable(**value)) {
                problems.add("E20", column, || {
                    let what = if value.is_nan() { "has no value" } else { "is out of bounds" };
                    file.table
                        .point(Level::Error, "E20", row, position, format!("`{column}` {what}"))
                        .expected(expected)
                        .hint("correct the value; rows are left out with `--where`, never by their weight being empty")
                });
            }
        }
        self.problems.extend(problems.into_list());
        values
    }

    /// A column of texts as they stand; rows without a value have none.
    pub fn texts(&mut self, column: &str) -> Vec<Option<&'a str>> {
        let Some(position) = self.position(column) else { return Vec::new() };
        (0..self.file.n_rows()).map(|row| self.file.cell(row, position)).collect()
    }

    /// A column of labels in byte order; rows without a value have none.
    pub fn labels(&mut self, column: &str) -> Codes {
        let Some(position) = self.position(column) else { return Codes::from_codes(Vec::new(), Vec::new()) };
        let cells: Vec<Option<&str>> = (0..self.file.n_rows()).map(|row| self.file.cell(row, position)).collect();
        Codes::from_optional(&cells)
    }

    /// A column of labels that must stand in every row.
    pub fn complete_labels(&mut self, column: &str) -> Codes {
        let codes = self.labels(column);
        let file = self.file;
        let mut problems = Problems::of(file.name());
        if let Some(position) = file.table.position(column) {
            for (row, _) in codes.codes().iter().enumerate().filter(|(_, code)| **code == MISSING) {
                problems.add("E20", column, || {
                    file.table
                        .point(Level::Error, "E20", row, position, format!("`{column}` has no value"))
                        .expected("a label in every row")
                        .hint("every row needs its stratum and sampling units; fill the cell")
                });
            }
        }
        self.problems.extend(problems.into_list());
        codes
    }

    /// A column of labels in the order in which people count: by value where all are numbers, otherwise by letters.
    /// A column without any is an error: nothing could be said about it.
    pub fn answers(&mut self, column: &str) -> Codes {
        let codes = self.labels(column);
        if codes.n_labels() == 0 && self.file.has(column) {
            let place = Place::file(self.file.name()).column(column);
            let problem = Diagnostic::error("E15", place, format!("column `{column}` has no value in any row"));
            self.problems.push(problem.expected("labels").hint("name another column, or look at `--na`"));
        }
        in_counting_order(&codes)
    }
}

fn in_counting_order(codes: &Codes) -> Codes {
    let values: Option<Vec<f64>> = codes.labels().iter().map(|label| parse_number(label)).collect();
    let Some(values) = values else { return codes.clone() };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut rank = vec![MISSING; order.len()];
    for (new, old) in order.iter().enumerate() {
        rank[*old] = new as u32;
    }
    let recoded = codes.codes().iter().map(|code| rank.get(*code as usize).copied().unwrap_or(MISSING));
    Codes::from_codes(recoded.collect(), order.iter().map(|old| codes.labels()[*old].clone()).collect())
}

/// A column that the file does not have, with the closest one.
pub fn unknown_column(file: &DataFile, column: &str) -> Diagnostic {
    let problem = Diagnostic::error("E15", Place::file(file.name()), format!("there is no column `{column}`"));
    match did_you_mean(column, file.columns().iter().map(String::as_str)) {
        Some(close) => problem.hint(format!("did you mean `{close}`?")),
        None => {
            let listed: Vec<&str> = file.columns().iter().take(LISTED).map(String::as_str).collect();
            problem.hint(format!("columns: {}", listed.join(", ")))
        }
    }
}

/// A text that is no number, where it first stands.
fn not_a_number(file: &DataFile, row: usize, position: usize, text: &str, n: usize) -> Diagnostic {
    let (mut message, expected) = match number_problem(text, false) {
        Some(problem) => (problem.message, problem.expected),
        None => (format!("`{text}` is not a number"), "a number"),
    };
    if n > 1 {
        message.push_str(&format!(" (in {n} rows; the first is shown)"));
    }
    file.table
        .point(Level::Error, "E18", row, position, message)
        .expected(expected)
        .hint(format!("correct the value; if the text means that there is none, add `--na {}`", shown(text)))
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
    }
}
