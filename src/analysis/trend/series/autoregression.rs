//! A series that returns to its mean.

use super::super::check::{all_finite, at_least};
use super::super::error::TrendError;
use crate::numeric::optimise::minimise_on;
use crate::numeric::sum::Sum;

/// yₜ = μ + φ(yₜ₋₁ − μ) + error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FirstOrder {
    pub phi: f64,
    pub mean: f64,
    /// Variance of the errors, by maximum likelihood.
    pub sigma2: f64,
    pub log_likelihood: f64,
}

/// Fits a stationary autoregression of first order by exact maximum likelihood.
///
/// # Definition
/// −2ℓ = n ln(2πσ²) − ln(1 − φ²) + ((1 − φ²)(y₁ − μ)² + Σ (yₜ − μ − φ(yₜ₋₁ − μ))²)/σ²; σ² and μ are solved for given φ,
/// φ by search on −1 to 1.
///
/// # Errors
/// Fewer than three values, values that are not finite or all equal.
///
/// # Agreement
/// R 4.2 `arima(order = c(1, 0, 0), method = "ML")`, 1e-6.
///
/// # References
/// Box, Jenkins and Reinsel (2008), section 7.1 and appendix A7.4.
pub fn first_order_autoregression(values: &[f64]) -> Result<FirstOrder, TrendError> {
    let n = values.len();
    at_least("values", n, 3)?;
    all_finite("the series", values)?;
    if values.iter().all(|y| *y == values[0]) {
        return Err(TrendError::Constant { what: "the series", statistic: "an autoregression" });
    }
    let size = n as f64;
    let fit = |phi: f64| {
        // The generalised least-squares mean: weight 1 − φ² on the first value, 1 − φ on every step.
        let first = 1.0 - phi * phi;
        let step = 1.0 - phi;
        let steps = || values.windows(2).map(move |w| w[1] - phi * w[0]);
        let mean = (first * values[0] + step * steps().collect::<Sum>().value()) / (first + (size - 1.0) * step * step);
        let errors = steps().map(|s| (s - step * mean) * (s - step * mean)).collect::<Sum>().value();
        let gap = values[0] - mean;
        let sigma2 = (first * gap * gap + errors) / size;
        let log_likelihood = -0.5 * (size * (libm::log(2.0 * core::f64::consts::PI * sigma2) + 1.0) - libm::log(first));
        FirstOrder { phi, mean, sigma2, log_likelihood }
    };
    // The likelihood can have two maxima; a coarse grid finds the higher one.
    let grid = 40;
    let at = |i: i32| -1.0 + 2.0 * f64::from(i) / f64::from(grid);
    let best = (1..grid).max_by(|a, b| fit(at(*a)).log_likelihood.total_cmp(&fit(at(*b)).log_likelihood)).unwrap_or(1);
    let found = minimise_on(|phi| -fit(phi).log_likelihood, at(best - 1), at(best + 1), 1e-10);
    Ok(fit(found.x[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alternating_series_has_negative_phi() {
        let y: Vec<f64> = (0..40).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 } + 0.01 * f64::from(i % 3)).collect();
        let fit = first_order_autoregression(&y).unwrap();
        assert!(fit.phi < -0.9 && fit.mean.abs() < 0.1);
    }

    #[test]
    fn degenerate_series_are_errors() {
        for y in [&[1.0, 2.0][..], &[2.0; 9], &[1.0, f64::NAN, 3.0]] {
            assert!(first_order_autoregression(y).is_err());
        }
    }
}
