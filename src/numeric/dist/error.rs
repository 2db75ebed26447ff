//! What can be wrong with the parameters of a distribution.

use thiserror::Error;

/// A distribution was asked for with parameters that it does not have.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum ParameterError {
    /// Has to be above zero and finite.
    #[error("{name} is {got}, expected a finite number above 0")]
    NotPositive { name: &'static str, got: f64 },
    /// Has to be above zero; infinity is allowed.
    #[error("{name} is {got}, expected a number above 0 or infinity")]
    NotPositiveOrInfinite { name: &'static str, got: f64 },
    /// Has to be zero or above, and finite.
    #[error("{name} is {got}, expected a finite number of 0 or more")]
    Negative { name: &'static str, got: f64 },
    /// Has to be finite.
    #[error("{name} is {got}, expected a finite number")]
    NotFinite { name: &'static str, got: f64 },
    /// Has to lie between two ends, which are included.
    #[error("{name} is {got}, expected {low} to {high}")]
    OutOfRange { name: &'static str, got: f64, low: f64, high: f64 },
    /// A list that must not be empty is.
    #[error("no {name} given")]
    Empty { name: &'static str },
}

/// `value`, if it is finite and above 0.
pub(super) fn positive(name: &'static str, value: f64) -> Result<f64, ParameterError> {
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(ParameterError::NotPositive { name, got: value }) }
}

/// `value`, if it is above 0; infinity passes.
pub(super) fn positive_or_infinite(name: &'static str, value: f64) -> Result<f64, ParameterError> {
    if value > 0.0 { Ok(value) } else { Err(ParameterError::NotPositiveOrInfinite { name, got: value }) }
}

/// `value`, if it is finite.
pub(super) fn finite(name: &'static str, value: f64) -> Result<f64, ParameterError> {
    if value.is_finite() { Ok(value) } else { Err(ParameterError::NotFinite { name, got: value }) }
}

/// `value`, if it is finite and not below 0.
pub(super) fn not_negative(name: &'static str, value: f64) -> Result<f64, ParameterError> {
    if value >= 0.0 && value.is_finite() { Ok(value) } else { Err(ParameterError::Negative { name, got: value }) }
}

/// `value`, if it lies in `low..=high`.
pub(super) fn within(name: &'static str, value: f64, low: f64, high: f64) -> Result<f64, ParameterError> {
    if (low..=high).contains(&value) {
        Ok(value)
    } else {
        Err(ParameterError::OutOfRange { name, got: value, low, high })
    }
}
