//! What can be wrong with a meta-analysis.

use thiserror::Error;

use crate::numeric::dist::ParameterError;
use crate::numeric::linalg::LinalgError;
use crate::numeric::root::RootError;

/// Why estimates cannot be pooled.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum MetaError {
    /// Not enough estimates for the model.
    #[error("{got} estimates, expected {needed} or more")]
    TooFew { got: usize, needed: usize },
    /// Lists that belong together differ in length.
    #[error("{what} has {got} values, expected {expected}")]
    Length { what: String, got: usize, expected: usize },
    /// An estimate that is missing or infinite, a variance that is not above 0, a count out of range.
    #[error("{what} of poll {position} is {got}, expected {expected}")]
    OutOfRange { what: &'static str, position: usize, got: f64, expected: &'static str },
    /// Estimates that all lie in one cluster.
    #[error("{got} clusters, expected 2 or more that are independent")]
    TooFewClusters { got: usize },
    /// A level that is none.
    #[error("the level is {0}, expected a number between 0 and 1")]
    Level(f64),
    /// τ² did not settle.
    #[error("the variance between polls did not converge in {iterations} iterations")]
    NoConvergence { iterations: usize },
    /// Moderators that explain one another.
    #[error("the moderators explain one another: {0}")]
    Collinear(#[from] LinalgError),
    /// A search without result.
    #[error(transparent)]
    Search(#[from] RootError),
    /// Parameters of a distribution.
    #[error(transparent)]
    Distribution(#[from] ParameterError),
}
