//! What can be wrong with a comparison.

use thiserror::Error;

use crate::estimate::{EstimateError, NotEstimable};
use crate::model::ModelError;
use crate::numeric::dist::ParameterError;
use crate::numeric::linalg::LinalgError;

/// Why groups cannot be compared.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CompareError {
    /// Not enough of something.
    #[error("{got} {what}, expected {needed} or more")]
    TooFew { what: &'static str, got: usize, needed: usize },
    /// Lists that belong together differ in length.
    #[error("{what} has {got} values, expected {expected}")]
    Length { what: &'static str, got: usize, expected: usize },
    /// A number outside its range; NaN is outside every range.
    #[error("{what} is {got}, expected {expected}")]
    OutOfRange { what: &'static str, got: f64, expected: &'static str },
    /// A variance, a margin or a total that a denominator needs is zero.
    #[error("{what} is zero, so {statistic} is not defined")]
    Undefined { what: &'static str, statistic: &'static str },
    /// Not enough sampling units.
    #[error("{degf} degrees of freedom, {statistic} needs more than {needed}")]
    NoDegreesOfFreedom { degf: f64, needed: f64, statistic: &'static str },
    /// The rows do not allow it.
    #[error("{0}")]
    NotEstimable(NotEstimable),
    /// A request that the estimators refuse.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
    /// A regression behind the comparison.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A matrix without inverse.
    #[error(transparent)]
    Linalg(#[from] LinalgError),
    /// Parameters of a distribution.
    #[error(transparent)]
    Distribution(#[from] ParameterError),
}

pub(super) fn same_length(what: &'static str, got: usize, expected: usize) -> Result<(), CompareError> {
    if got == expected { Ok(()) } else { Err(CompareError::Length { what, got, expected }) }
}

pub(super) fn at_least(what: &'static str, got: usize, needed: usize) -> Result<(), CompareError> {
    if got >= needed { Ok(()) } else { Err(CompareError::TooFew { what, got, needed }) }
}

pub(super) fn finite(what: &'static str, values: &[f64]) -> Result<(), CompareError> {
    match values.iter().find(|v| !v.is_finite()) {
        None => Ok(()),
        Some(&got) => Err(CompareError::OutOfRange { what, got, expected: "a finite number" }),
    }
}

pub(super) fn level(level: f64) -> Result<f64, CompareError> {
    if level > 0.0 && level < 1.0 {
        Ok(level)
    } else {
        Err(CompareError::OutOfRange { what: "level", got: level, expected: "a number between 0 and 1" })
    }
}
