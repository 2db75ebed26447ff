//! Simple smoothing of evenly spaced series.

use super::super::check::{all_finite, at_least, unit};
use super::super::error::TrendError;

/// Where the window of a moving average lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// Around its value; for an even window the longer part lies after it, as R's `filter` has it.
    Centred,
    /// On the value and those before.
    Trailing,
}

/// The mean of neighbouring values; `None` where the window does not fit or holds a missing value (NaN).
///
/// # Errors
/// A window of no values, infinite values.
///
/// # Agreement
/// R 4.2 `stats::filter`, 1e-9.
pub fn moving_average(values: &[f64], window: usize, placement: Placement) -> Result<Vec<Option<f64>>, TrendError> {
    at_least("values in the window", window, 1)?;
    if let Some(position) = values.iter().position(|y| y.is_infinite()) {
        return Err(TrendError::NotFinite { what: "the series", position, got: values[position] });
    }
    let after = if placement == Placement::Centred { window / 2 } else { 0 };
    let before = window - 1 - after;
    Ok((0..values.len())
        .map(|i| {
            let first = i.checked_sub(before)?;
            let near = values.get(first..=i + after)?;
            let mean = near.iter().sum::<f64>() / window as f64;
            (!mean.is_nan()).then_some(mean)
        })
        .collect())
}

/// Each value mixed into the smoothed past: sₜ = α·yₜ + (1 − α)·sₜ₋₁, s₁ = `initial`.
///
/// # Errors
/// No value, values that are not finite, α outside 0..=1.
///
/// # References
/// Brown (1959), *Statistical Forecasting for Inventory Control*.
pub fn exponential_smoothing(values: &[f64], alpha: f64, initial: f64) -> Result<Vec<f64>, TrendError> {
    at_least("values", values.len(), 1)?;
    all_finite("the series", values)?;
    all_finite("the initial value", &[initial])?;
    let alpha = unit("alpha", alpha)?;
    let mut smoothed = initial;
    Ok(values
        .iter()
        .enumerate()
        .map(|(t, y)| {
            if t > 0 {
                smoothed = alpha * y + (1.0 - alpha) * smoothed;
            }
            smoothed
        })
        .collect())
}

/// The state from which [`holt`] starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HoltStart {
    pub level: f64,
    pub trend: f64,
    /// Position of the first value that is used, from 0; the state is that of the value before.
    pub first: usize,
}

/// A level and a trend carried along.
#[derive(Debug, Clone, PartialEq)]
pub struct Holt {
    pub level: f64,
    pub trend: f64,
    /// One-step predictions of the values used.
    pub fitted: Vec<f64>,
    /// Sum of squared one-step errors.
    pub sse: f64,
}

/// Holt's linear smoothing.
///
/// # Definition
/// ŷₜ = l + b; l′ = α yₜ + (1 − α)ŷₜ; b′ = β(l′ − l) + (1 − β)b.
///
/// # Errors
/// Values that are not finite, α or β outside 0..=1, a start after the end.
///
/// # Agreement
/// R 4.2 `HoltWinters(gamma = FALSE)`, 1e-9.
///
/// # References
/// Holt (1957, reprinted 2004), International Journal of Forecasting 20.
pub fn holt(values: &[f64], alpha: f64, beta: f64, start: HoltStart) -> Result<Holt, TrendError> {
    let (alpha, beta) = (unit("alpha", alpha)?, unit("beta", beta)?);
    all_finite("the series", values)?;
    all_finite("the start", &[start.level, start.trend])?;
    at_least("values", values.len(), start.first + 1)?;
    let (mut level, mut trend, mut sse) = (start.level, start.trend, 0.0);
    let mut fitted = Vec::with_capacity(values.len() - start.first);
    for y in &values[start.first..] {
        let predicted = level + trend;
        sse += (y - predicted) * (y - predicted);
        let next = alpha * y + (1.0 - alpha) * predicted;
        trend = beta * (next - level) + (1.0 - beta) * trend;
        level = next;
        fitted.push(predicted);
    }
    Ok(Holt { level, trend, fitted, sse })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_by_hand() {
        let y = [1.0, 2.0, 6.0, 3.0];
        assert_eq!(moving_average(&y, 3, Placement::Centred).unwrap(), [None, Some(3.0), Some(11.0 / 3.0), None]);
        assert_eq!(moving_average(&y, 2, Placement::Trailing).unwrap(), [None, Some(1.5), Some(4.0), Some(4.5)]);
        assert_eq!(moving_average(&y, 2, Placement::Centred).unwrap(), [Some(1.5), Some(4.0), Some(4.5), None]);
        assert_eq!(moving_average(&[1.0, f64::NAN], 1, Placement::Centred).unwrap(), [Some(1.0), None]);
        assert!(moving_average(&y, 9, Placement::Centred).unwrap().iter().all(Option::is_none));
        assert!(moving_average(&y, 0, Placement::Centred).is_err());
    }

    #[test]
    fn a_straight_line_is_followed_without_error() {
        let y: Vec<f64> = (0..10).map(|t| 3.0 + 2.0 * f64::from(t)).collect();
        let found = holt(&y, 0.3, 0.4, HoltStart { level: 3.0, trend: 2.0, first: 1 }).unwrap();
        assert!(found.sse < 1e-24 && (found.level - 21.0).abs() < 1e-12);
    }

    #[test]
    fn ends_of_alpha() {
        assert_eq!(exponential_smoothing(&[1.0, 5.0], 1.0, 1.0).unwrap(), [1.0, 5.0]);
        assert_eq!(exponential_smoothing(&[1.0, 5.0], 0.0, 1.0).unwrap(), [1.0, 1.0]);
        assert!(exponential_smoothing(&[], 0.5, 1.0).is_err());
        assert!(exponential_smoothing(&[1.0], 1.5, 1.0).is_err());
        assert!(holt(&[1.0], 0.5, 0.5, HoltStart { level: 0.0, trend: 0.0, first: 3 }).is_err());
    }
}
