//! From names of columns to questions and spans.

use super::args::{MissingLine, WhatArgs};
use super::labels::{Labels, WrittenNet};
use crate::analysis::banner::{Net, Question, Request, Span};
use crate::cli::data::columns::{DataFile, Reading};
use crate::cli::data::filter;
use crate::cli::survey::Survey;
use crate::design::{Codes, MISSING};
use crate::diagnostic::{Diagnostic, Place};
use crate::error::Result;

/// Most columns of a span, and most lines of a table.
const MAX_COLUMNS: usize = 200;
const MAX_LINES: usize = 1_000;
/// The line of rows without an answer.
const NO_ANSWER: &str = "(no answer)";

/// What is tabulated.
pub struct Columns {
    questions: Vec<Variable>,
    spans: Vec<Variable>,
    mask: Option<Vec<bool>>,
}

/// A column of the file, as it is tabulated.
struct Variable {
    name: String,
    codes: Codes,
    nets: Vec<Net>,
    /// Rows that count and have no value.
    n_missing: usize,
}

impl Columns {
    /// Reads the columns; labels without a row that counts are left out.
    ///
    /// # Errors
    ///
    /// Unknown columns and labels, nets and conditions that cannot be understood, columns with too many labels.
    pub fn read(what: &WhatArgs, survey: &Survey) -> Result<Self> {
        let nets: Vec<WrittenNet<'_>> = what.net.iter().map(|text| WrittenNet::parse(text)).collect::<Result<_>>()?;
        let orders: Vec<Labels<'_>> =
            what.order.iter().map(|text| Labels::parse("--order", text)).collect::<Result<_>>()?;
        let names: Vec<&str> = what.rows.iter().chain(&what.cols).map(String::as_str).collect();
        nets.iter().map(|net| &net.labels).chain(&orders).try_for_each(|labels| labels.check_column(&names))?;
        let mask = what.condition.as_deref().map(|condition| filter::mask(condition, &survey.file)).transpose()?;
        let weights = survey.design.weights();
        let is_in: Vec<bool> =
            weights.iter().enumerate().map(|(i, w)| *w > 0.0 && mask.as_ref().is_none_or(|mask| mask[i])).collect();
        let mut reader = Reader { reading: survey.file.reading(), nets: &nets, orders: &orders, is_in: &is_in };
        let missing = (what.missing == MissingLine::Show).then_some(NO_ANSWER);
        let spans = what.cols.iter().map(|name| reader.variable(name, MAX_COLUMNS, None)).collect();
        let questions = what.rows.iter().map(|name| reader.variable(name, MAX_LINES, missing)).collect();
        reader.reading.finish()?;
        Ok(Columns { questions, spans, mask })
    }

    /// Banner variables with rows that count and have no group.
    pub fn unlabelled(&self) -> impl Iterator<Item = (&str, usize)> {
        self.spans.iter().filter(|span| span.n_missing > 0).map(|span| (span.name.as_str(), span.n_missing))
    }

    /// The request of the library.
    pub fn request(&self) -> Request<'_> {
        Request {
            questions: self.questions.iter().map(Variable::question).collect(),
            spans: self.spans.iter().map(Variable::span).collect(),
            mask: self.mask.as_deref(),
        }
    }
}

impl Variable {
    fn question(&self) -> Question<'_> {
        Question { name: self.name.clone(), answers: &self.codes, nets: self.nets.clone() }
    }

    fn span(&self) -> Span<'_> {
        Span { name: self.name.clone(), groups: &self.codes, nets: self.nets.clone() }
    }
}

/// The columns of a request on their way.
struct Reader<'a> {
    reading: Reading<'a>,
    nets: &'a [WrittenNet<'a>],
    orders: &'a [Labels<'a>],
    is_in: &'a [bool],
}

impl Reader<'_> {
    /// A column with the labels that occur, and `missing` as one more where rows have no value.
    fn variable(&mut self, name: &str, limit: usize, missing: Option<&str>) -> Variable {
        let mut all = self.reading.answers(name);
        for order in self.orders.iter().filter(|order| order.is_about(name)) {
            order.check_labels(&all, &mut self.reading);
            all = order.first(&all);
        }
        let mut variable = Variable { name: name.to_owned(), codes: all.clone(), nets: Vec::new(), n_missing: 0 };
        if all.len() != self.is_in.len() {
            // It could not be read, which the reading says.
            return variable;
        }
        let own: Vec<&WrittenNet<'_>> = self.nets.iter().filter(|net| net.labels.is_about(name)).collect();
        for net in &own {
            net.labels.check_labels(&all, &mut self.reading);
        }
        (variable.codes, variable.n_missing) = occurring(&all, self.is_in, missing);
        let n = variable.codes.n_labels();
        if n > limit {
            let problem = too_many(self.reading.file(), name, n, limit);
            self.reading.problem(problem);
        }
        variable.nets = own.iter().map(|net| net.among(variable.codes.labels())).collect();
        variable
    }
}

/// The labels that occur among some rows, in their order, with `missing` as the last where it is wanted; and the number of
/// these rows without a value.
fn occurring(codes: &Codes, is_in: &[bool], missing: Option<&str>) -> (Codes, usize) {
    let mut occurs = vec![false; codes.n_labels()];
    let mut n_missing = 0;
    for (&code, _) in codes.codes().iter().zip(is_in).filter(|(_, is_in)| **is_in) {
        match occurs.get_mut(code as usize) {
            Some(occurs) => *occurs = true,
            None => n_missing += 1,
        }
    }
    let kept: Vec<usize> = (0..occurs.len()).filter(|k| occurs[*k]).collect();
    let mut rank = vec![MISSING; occurs.len()];
    kept.iter().zip(0..).for_each(|(old, new)| rank[*old] = new);
    let mut labels: Vec<String> = kept.iter().map(|k| codes.labels()[*k].clone()).collect();
    let without = match missing.filter(|_| n_missing > 0) {
        Some(label) => {
            labels.push(label.to_owned());
            kept.len() as u32
        }
        None => MISSING,
    };
    let recoded = codes.codes().iter().map(|code| rank.get(*code as usize).copied().unwrap_or(without)).collect();
    (Codes::from_codes(recoded, labels), n_missing)
}

fn too_many(file: &DataFile, column: &str, n: usize, limit: usize) -> Diagnostic {
    let place = Place::file(file.name()).column(column);
    Diagnostic::error("E41", place, format!("`{column}` has too many different values for a table"))
        .observed(n.to_string())
        .expected(format!("{limit} or fewer"))
        .hint("name a column of groups; numbers are cut into classes first, identifiers are no groups")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_do_not_occur_are_left_out() {
        let codes = Codes::from_optional(&[Some("b"), None, Some("a"), Some("c")]);
        let (shown, n) = occurring(&codes, &[true, true, false, true], Some("none"));
        assert_eq!((shown.labels(), n), (&["b", "c", "none"].map(String::from)[..], 1));
        assert_eq!(shown.codes(), [0, 2, MISSING, 1]);
        let (shown, _) = occurring(&codes, &[true, true, false, true], None);
        assert_eq!(shown.codes()[1], MISSING);
    }
}
