//! What can be wrong with a model.

use thiserror::Error;

use crate::estimate::EstimateError;
use crate::numeric::dist::ParameterError;
use crate::numeric::linalg::LinalgError;
use crate::numeric::root::RootError;

/// Why a model cannot be fitted or asked.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ModelError {
    /// Columns that belong together differ in length.
    #[error("{what} has {got} values, expected {expected}")]
    Length { what: String, got: usize, expected: usize },
    /// An infinite value; NaN would be a missing one.
    #[error("{what} is {got} in row {row}, expected a finite number")]
    NotFinite { what: String, row: usize, got: f64 },
    /// A response that the family does not know.
    #[error("the response is {got} in row {row}, expected {expected}")]
    Response { row: usize, got: f64, expected: &'static str },
    /// All rows are missing something, or lie outside.
    #[error("no row with a positive weight has all variables of the model")]
    NoRows,
    /// Fewer rows than coefficients.
    #[error("{n} rows for {n_coefficients} coefficients")]
    TooFewRows { n: usize, n_coefficients: usize },
    /// A factor that says nothing.
    #[error("`{term}` has {got} levels in these rows, expected 2 or more")]
    TooFewLevels { term: String, got: usize },
    /// A reference level that does not exist.
    #[error("`{term}` has no level `{level}`\n  got: {level}, expected one of: {levels}{hint}")]
    UnknownLevel { term: String, level: String, levels: String, hint: String },
    /// A term that the model does not have.
    #[error("the model has no term `{term}`\n  got: {term}, expected one of: {terms}")]
    UnknownTerm { term: String, terms: String },
    /// A number outside its range.
    #[error("{what} is {got}, expected {expected}")]
    OutOfRange { what: &'static str, got: f64, expected: &'static str },
    /// Start values that lead outside the means of the family.
    #[error("the start values give means outside the range of the {family} family\n  hint: give others, nearer to 0")]
    Start { family: &'static str },
    /// Nothing is left to estimate the spread from.
    #[error("{degf} degrees of freedom are left for {what}")]
    NoDegreesOfFreedom { what: &'static str, degf: f64 },
    /// The iterations did not settle.
    #[error("the {what} did not converge in {iterations} iterations")]
    NoConvergence { what: &'static str, iterations: usize },
    /// A set of replicate weights for which there is no fit.
    #[error("the model cannot be fitted under replicate {replicate}: {reason}")]
    Replicate { replicate: usize, reason: Box<ModelError> },
    /// A request that does not fit this design.
    #[error("{what} need {needed}")]
    Design { what: &'static str, needed: &'static str },
    /// A request that the estimators refuse.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
    /// A matrix without inverse.
    #[error(transparent)]
    Linalg(#[from] LinalgError),
    /// A search without result.
    #[error(transparent)]
    Search(#[from] RootError),
    /// Parameters of a distribution.
    #[error(transparent)]
    Distribution(#[from] ParameterError),
}
