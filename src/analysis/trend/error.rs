//! What can be wrong with a series.

use thiserror::Error;

use crate::numeric::dist::ParameterError;
use crate::numeric::linalg::LinalgError;
use crate::numeric::root::RootError;

/// Why a trend statistic cannot be computed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TrendError {
    /// Not enough values.
    #[error("{got} {what}, expected {needed} or more")]
    TooFew { what: &'static str, got: usize, needed: usize },
    /// Lists that belong together differ in length.
    #[error("{what} has {got} values, expected {expected}")]
    Length { what: &'static str, got: usize, expected: usize },
    /// A value that is missing or infinite where none may be.
    #[error("{what}, position {position}, is {got}, expected a finite number")]
    NotFinite { what: &'static str, position: usize, got: f64 },
    /// A number outside its range; NaN is outside every range.
    #[error("{what} is {got}, expected {expected}")]
    OutOfRange { what: &'static str, got: f64, expected: &'static str },
    /// Times that do not run forwards.
    #[error("{what} runs backwards at position {position}: {got} after {before}")]
    NotSorted { what: &'static str, position: usize, got: f64, before: f64 },
    /// All values are the same.
    #[error("{what} does not vary, so {statistic} is not defined")]
    Constant { what: &'static str, statistic: &'static str },
    /// The data say nothing about a part of the model.
    #[error("{what} is not identified by the data")]
    NotIdentified { what: &'static str },
    /// The data say nothing about a term that has a name of its own.
    #[error("{term} is not identified by the data: {reason}")]
    TermNotIdentified { term: String, reason: &'static str },
    /// An iteration did not settle.
    #[error("{what} did not converge in {iterations} iterations")]
    NoConvergence { what: &'static str, iterations: usize },
    /// A matrix without inverse.
    #[error(transparent)]
    Linalg(#[from] LinalgError),
    /// An equation without solution.
    #[error(transparent)]
    Root(#[from] RootError),
    /// Parameters of a distribution.
    #[error(transparent)]
    Distribution(#[from] ParameterError),
}
