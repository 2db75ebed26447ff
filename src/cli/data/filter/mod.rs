//! Conditions on rows: `age >= 30 and (region in [north, south] or not vote is missing)`.
//!
//! A comparison with a value that is missing is neither true nor false (as in R and SQL); a row whose condition is not
//! true lies outside the domain. The whole design stays in the variance.

mod eval;
mod lex;
mod parse;

use super::columns::{DataFile, unknown_column};
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};
use crate::rows::Column;
pub use eval::Known;
use eval::{Binder, Rule};

/// Where a part of the expression stands: first character, counted from 0, and number of characters.
pub(super) type Span = (usize, usize);

/// A condition bound to the columns of a file.
#[derive(Debug)]
pub struct Filter {
    rule: Rule,
    /// The columns that it looks at, and whether as numbers.
    columns: Vec<(String, bool)>,
}

impl Filter {
    /// Reads an expression and judges the labels of its columns; `know` tells what a column that the file has holds.
    ///
    /// # Errors
    ///
    /// `E42` with the character that is not understood, or the column or label that does not exist; what `know` may fail
    /// with.
    pub fn bind(expression: &str, file: &DataFile, mut know: impl FnMut(&str) -> Result<Known>) -> Result<Self> {
        let found = lex::tokens(expression).and_then(|tokens| parse::parse(&tokens, expression.chars().count()));
        let parsed = found.map_err(|problem| Error::unusable(problem.diagnostic(expression)))?;
        let mut failed = None;
        let look_up = &mut |column: &parse::Named| {
            if !file.has(&column.name) {
                let unknown = unknown_column(file, &column.name);
                return Err(Problem::new(column.span, unknown.message, unknown.hint.unwrap_or_default()));
            }
            know(&column.name).map_err(|error| {
                let problem = Problem::new(column.span, format!("`{}` cannot be read", column.name), "");
                failed.get_or_insert(error);
                problem
            })
        };
        let mut binder = Binder { know: look_up, columns: Vec::new(), problems: Vec::new() };
        let rule = binder.bind(&parsed);
        let (columns, problems) = (binder.columns, binder.problems);
        if let Some(error) = failed {
            return Err(error);
        }
        let columns = columns.into_iter().map(|(name, known)| (name, matches!(known, Known::Numbers))).collect();
        match rule {
            Some(rule) if problems.is_empty() => Ok(Filter { rule, columns }),
            _ => Err(Error::Unusable(problems.iter().map(|problem| problem.diagnostic(expression)).collect())),
        }
    }

    /// A condition on the columns of a file, of which no row is read.
    ///
    /// # Errors
    ///
    /// As for [`bind`](Self::bind).
    pub fn of_file(expression: &str, file: &DataFile) -> Result<Self> {
        Self::bind(expression, file, |column| {
            Ok(if file.holds_numbers(column) { Known::Numbers } else { Known::Labels(file.label_names(column)?) })
        })
    }

    /// The columns that it looks at, and whether as numbers.
    pub fn columns(&self) -> &[(String, bool)] {
        &self.columns
    }

    /// The rows for which the condition holds; columns as [`columns`](Self::columns) says.
    pub fn mask(&self, columns: &[&Column]) -> Vec<bool> {
        let n_rows = columns.first().map_or(0, |column| column.len());
        self.rule.truth(columns, n_rows).into_iter().map(|row| row == Some(true)).collect()
    }
}

/// The rows of a file for which a condition holds.
///
/// # Errors
///
/// As for [`Filter::bind`].
pub fn mask(expression: &str, file: &DataFile) -> Result<Vec<bool>> {
    let mut read = Vec::new();
    let filter = Filter::bind(expression, file, |column| {
        if file.holds_numbers(column) {
            let mut numbers = Vec::with_capacity(file.n_rows());
            file.for_each_number(column, &mut |piece| numbers.extend_from_slice(&piece), &mut |_, _| {})?;
            read.push(Column::Numbers(numbers));
            return Ok(Known::Numbers);
        }
        let codes = file.labels(column)?;
        let labels = codes.labels().to_vec();
        read.push(Column::Codes(codes.codes().to_vec()));
        Ok(Known::Labels(labels))
    })?;
    Ok(filter.mask(&read.iter().collect::<Vec<_>>()))
}

/// What is wrong with an expression, and where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    span: Span,
    message: String,
    hint: String,
}

impl Problem {
    pub(super) fn new(span: Span, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Problem { span, message: message.into(), hint: hint.into() }
    }

    fn diagnostic(&self, expression: &str) -> Diagnostic {
        let (start, length) = self.span;
        let place = Place::file("--where").line(1).character(start as u64 + 1);
        Diagnostic::error("E42", place, &*self.message)
            .excerpt(expression.replace(|c: char| c.is_control(), " "))
            .mark(start, length.max(1))
            .hint(&*self.hint)
    }
}
