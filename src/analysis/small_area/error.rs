//! What can be wrong with small-area estimates.

use thiserror::Error;

use crate::analysis::meta::MetaError;
use crate::numeric::linalg::LinalgError;

/// Why areas cannot be estimated.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum SmallAreaError {
    /// Lists that belong together differ in length.
    #[error("{what} has {got} values, expected {expected}")]
    Length { what: String, got: usize, expected: usize },
    /// A covariate that is missing in an area.
    #[error("{what} of area {position} is {got}, expected a finite number")]
    NotFinite { what: String, position: usize, got: f64 },
    /// The regression or the variance of the areas.
    #[error(transparent)]
    Regression(#[from] MetaError),
    /// Covariates that explain one another.
    #[error("the covariates explain one another: {0}")]
    Collinear(#[from] LinalgError),
}
