//! A table as one part of the definition sees it: named columns, chosen rows, values with their problems.

use crate::diagnostic::{Diagnostic, Level, Place, did_you_mean};
use crate::ingest::table::{Problems, Table, number_problem, parse_number, partial_date_problem};
use crate::study::definition::Condition;
use crate::study::{PartialDate, PublishedShare};

/// A table as one part of the definition sees it.
pub(crate) struct View<'a> {
    /// The table.
    pub table: &'a Table,
    /// The part of the definition, such as "[[toplines]] `polls`".
    owner: String,
    problems: Problems,
    is_broken: bool,
}

impl<'a> View<'a> {
    /// The view of a table that `[[part]]` with an id has.
    pub fn new(table: &'a Table, part: &str, id: &str) -> Self {
        View { table, owner: format!("{part} `{id}`"), problems: Problems::of(table.file()), is_broken: false }
    }

    /// The position of a column that a key of the definition names.
    pub fn need(&mut self, key: &str, column: &str) -> usize {
        if let Some(position) = self.table.position(column) {
            return position;
        }
        self.is_broken = true;
        let names = self.table.columns().iter().map(String::as_str);
        let hint = match did_you_mean(column, names.clone()) {
            Some(candidate) => format!("did you mean `{candidate}`? correct `{key}` of {}", self.owner),
            None => format!("correct `{key}` of {} in the definition, or add the column", self.owner),
        };
        let place = Place::file(&**self.table.file()).line(1).column(column).key(&self.owner);
        self.problems.extend([Diagnostic::error("E15", place, format!("column `{column}` is missing"))
            .observed(format!("columns {}", names.collect::<Vec<_>>().join(", ")))
            .expected(format!("the column that `{key}` of {} names", self.owner))
            .hint(hint)]);
        0
    }

    /// The position of a column that a key may name.
    pub fn want(&mut self, key: &str, column: Option<&String>) -> Option<usize> {
        column.map(|column| self.need(key, column))
    }

    /// The rows that fulfil all conditions; none where a column is missing.
    pub fn rows(&mut self, conditions: &[Condition]) -> Vec<usize> {
        let conditions: Vec<(usize, &Condition)> =
            conditions.iter().map(|condition| (self.need("where", &condition.column), condition)).collect();
        if self.is_broken {
            return Vec::new();
        }
        let holds =
            |row: &usize| conditions.iter().all(|(column, condition)| condition.holds(self.cell(*row, *column)));
        (0..self.table.n_rows()).filter(holds).collect()
    }

    /// The text of a cell.
    pub fn cell(&self, row: usize, column: usize) -> &'a str {
        self.table.cell(row, column)
    }

    /// The text of a cell in a column that may be absent.
    pub fn optional(&self, row: usize, column: Option<usize>) -> &'a str {
        column.map_or("", |column| self.cell(row, column))
    }

    /// The number in a cell; nothing where it is empty or wrong, which is then reported.
    pub fn number(&mut self, row: usize, column: usize) -> Option<f64> {
        let text = self.cell(row, column);
        if text.is_empty() {
            return None;
        }
        let number = parse_number(text);
        if number.is_none()
            && let Some(problem) = number_problem(text, false)
        {
            self.report(row, column, problem.code, problem.message, problem.expected, &problem.hint);
        }
        number
    }

    /// The whole number of things in a cell, also where it is printed as `1600.0`.
    pub fn count(&mut self, row: usize, column: usize) -> Option<u64> {
        let number = self.number(row, column)?;
        if number >= 0.0 && number.fract() == 0.0 && number < 9.0e15 {
            return Some(number as u64);
        }
        let message = format!("`{}` is no number of things", self.cell(row, column));
        self.report(row, column, "E20", message, "a whole number, 0 or more", "correct the value");
        None
    }

    /// The date in a cell: a day, a month or a year.
    pub fn date(&mut self, row: usize, column: usize) -> Option<PartialDate> {
        let text = self.cell(row, column);
        if text.is_empty() {
            return None;
        }
        // A year that went through a spreadsheet of numbers: 2014.0.
        match text.strip_suffix(".0").unwrap_or(text).parse() {
            Ok(date) => Some(date),
            Err(_) => {
                let problem = partial_date_problem(text, "a date such as 2014, 2014-03 or 2014-03-18");
                self.report(row, column, problem.code, problem.message, problem.expected, &problem.hint);
                None
            }
        }
    }

    /// Reports a value that cannot be true.
    pub fn report(
        &mut self,
        row: usize,
        column: usize,
        code: &'static str,
        message: impl Into<String>,
        expected: &str,
        hint: &str,
    ) {
        let table = self.table;
        self.problems.add(code, &table.columns()[column], || {
            table.point(Level::Error, code, row, column, message).expected(expected).hint(hint)
        });
    }

    /// Is a column missing, so that no row can be read?
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Everything that was reported.
    pub fn into_problems(self) -> Vec<Diagnostic> {
        self.problems.into_list()
    }
}

/// Digits after the decimal point of a printed number, zeros at the end left out: a program that stores `45` as `45.0`
/// has not measured tenths. [`settle_decimals`] then gives a distribution the digits of its most exact share.
pub(super) fn decimals(text: &str) -> u8 {
    let digits = text.split_once('.').map_or("", |(_, digits)| digits.trim_end_matches('0'));
    u8::try_from(digits.len()).unwrap_or(u8::MAX)
}

/// Gives all shares of a distribution the most digits that any of them shows.
pub(super) fn settle_decimals(shares: &mut [PublishedShare]) {
    let most = shares.iter().map(|share| share.decimals).max().unwrap_or(0);
    for share in shares {
        share.decimals = most;
    }
}

#[cfg(test)]
mod tests {
    use super::decimals;

    #[test]
    fn zeros_at_the_end_are_no_digits() {
        assert_eq!(["45", "45.0", "45.5", "45.50", "45.25"].map(decimals), [0, 0, 1, 1, 2]);
    }
}
