//! Checks of input, shared by all statistics of trends.

use super::error::TrendError;
use crate::numeric::dist::Normal;

pub(super) fn at_least(what: &'static str, got: usize, needed: usize) -> Result<(), TrendError> {
    if got >= needed { Ok(()) } else { Err(TrendError::TooFew { what, got, needed }) }
}

pub(super) fn same_length(what: &'static str, got: usize, expected: usize) -> Result<(), TrendError> {
    if got == expected { Ok(()) } else { Err(TrendError::Length { what, got, expected }) }
}

pub(super) fn all_finite(what: &'static str, values: &[f64]) -> Result<(), TrendError> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(position) => Err(TrendError::NotFinite { what, position, got: values[position] }),
    }
}

/// `value`, if strictly between two ends.
pub(super) fn between(
    what: &'static str,
    value: f64,
    low: f64,
    high: f64,
    expected: &'static str,
) -> Result<f64, TrendError> {
    if value > low && value < high { Ok(value) } else { Err(TrendError::OutOfRange { what, got: value, expected }) }
}

/// `value`, if finite and above 0.
pub(super) fn positive(what: &'static str, value: f64) -> Result<f64, TrendError> {
    between(what, value, 0.0, f64::INFINITY, "a finite number above 0")
}

/// `value`, if finite and 0 or more.
pub(super) fn not_negative(what: &'static str, value: f64) -> Result<f64, TrendError> {
    if value >= 0.0 && value.is_finite() {
        Ok(value)
    } else {
        Err(TrendError::OutOfRange { what, got: value, expected: "a finite number of 0 or more" })
    }
}

/// `value`, if it lies in 0..=1.
pub(super) fn unit(what: &'static str, value: f64) -> Result<f64, TrendError> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(TrendError::OutOfRange { what, got: value, expected: "0 to 1" })
    }
}

pub(super) fn level(level: f64) -> Result<f64, TrendError> {
    between("level", level, 0.0, 1.0, "a number between 0 and 1")
}

/// The normal quantile that a two-sided interval of this level reaches.
pub(super) fn critical(of_level: f64) -> Result<f64, TrendError> {
    Ok(Normal::STANDARD.upper_quantile(0.5 * (1.0 - level(of_level)?)))
}

/// A two-sided p-value of a normal statistic.
pub(super) fn two_sided(z: f64) -> f64 {
    2.0 * Normal::STANDARD.sf(z.abs())
}

pub(super) fn not_decreasing(what: &'static str, values: &[f64]) -> Result<(), TrendError> {
    all_finite(what, values)?;
    match values.windows(2).position(|w| w[1] < w[0]) {
        None => Ok(()),
        Some(i) => Err(TrendError::NotSorted { what, position: i + 1, got: values[i + 1], before: values[i] }),
    }
}

/// The middle of the sorted values, the mean of the two middle ones for an even number; NaN for none.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    median_of_sorted(&sorted)
}

pub(super) fn median_of_sorted(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    match n {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]),
    }
}
