//! Conditions on rows: `age >= 30 and (region in [north, south] or not vote is missing)`.
//!
//! A comparison with a value that is missing is neither true nor false (as in R and SQL); a row whose condition is not
//! true lies outside the domain. The whole design stays in the variance.

mod eval;
mod lex;
mod parse;

use super::columns::DataFile;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};

/// Where a part of the expression stands: first character, counted from 0, and number of characters.
pub(super) type Span = (usize, usize);

/// The rows of a file for which a condition holds.
///
/// # Errors
///
/// `E42` with the character that is not understood, or the column or label that does not exist.
pub fn mask(expression: &str, file: &DataFile) -> Result<Vec<bool>> {
    let found = lex::tokens(expression).and_then(|tokens| parse::parse(&tokens, expression.chars().count()));
    let parsed = found.map_err(|problem| Error::unusable(problem.diagnostic(expression)))?;
    let mut problems = Vec::new();
    let truth = eval::evaluate(&parsed, file, &mut problems);
    if problems.is_empty() {
        return Ok(truth.into_iter().map(|row| row == Some(true)).collect());
    }
    Err(Error::Unusable(problems.iter().map(|problem| problem.diagnostic(expression)).collect()))
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
