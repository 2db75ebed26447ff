//! What can be wrong with counts and shares.

use thiserror::Error;

use crate::numeric::dist::ParameterError;

/// Why a statistic of shares cannot be computed.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ProportionError {
    /// A number outside its range; NaN is outside every range.
    #[error("{what} is {got}, expected {expected}")]
    OutOfRange { what: &'static str, got: f64, expected: &'static str },
    /// Lists that belong together differ in length.
    #[error("{what} has {got} values, expected {expected}")]
    Length { what: &'static str, got: usize, expected: usize },
    /// Not enough of something.
    #[error("{got} {what}, expected {needed} or more")]
    TooFew { what: &'static str, got: usize, needed: usize },
    /// A margin, a variance or a total that a denominator needs is zero.
    #[error("{what} is zero, so {statistic} is not defined")]
    Undefined { what: &'static str, statistic: &'static str },
    /// Parameters of a distribution.
    #[error(transparent)]
    Distribution(#[from] ParameterError),
}

pub(super) fn level(level: f64) -> Result<f64, ProportionError> {
    between("level", level, 0.0, 1.0, "a number between 0 and 1")
}

/// `value`, if strictly between two ends.
pub(super) fn between(
    what: &'static str,
    value: f64,
    low: f64,
    high: f64,
    expected: &'static str,
) -> Result<f64, ProportionError> {
    if value > low && value < high {
        Ok(value)
    } else {
        Err(ProportionError::OutOfRange { what, got: value, expected })
    }
}

/// `value`, if finite and above 0.
pub(super) fn positive(what: &'static str, value: f64) -> Result<f64, ProportionError> {
    between(what, value, 0.0, f64::INFINITY, "a finite number above 0")
}

/// `value`, if it is a share.
pub(super) fn share(what: &'static str, value: f64) -> Result<f64, ProportionError> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(ProportionError::OutOfRange { what, got: value, expected: "0 to 1" })
    }
}

/// A count out of a total: 0 ≤ x ≤ n, n above 0. Both may be fractions, as effective counts are.
pub(super) fn count(x: f64, n: f64) -> Result<(f64, f64), ProportionError> {
    positive("n", n)?;
    if (0.0..=n).contains(&x) {
        Ok((x, n))
    } else {
        Err(ProportionError::OutOfRange { what: "count", got: x, expected: "0 to n" })
    }
}

/// The normal quantile that a two-sided interval of this level reaches.
pub(super) fn critical(of_level: f64) -> Result<f64, ProportionError> {
    Ok(crate::numeric::dist::Normal::STANDARD.upper_quantile(0.5 * (1.0 - level(of_level)?)))
}
