//! The two variances of a local level.

use super::super::check::at_least;
use super::super::error::TrendError;
use super::model::{Initial, StateSpace};
use crate::numeric::optimise::minimise_on;

/// A local level with both variances estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalLevelFit {
    /// H.
    pub observation_variance: f64,
    /// Q, per step; 0 where the level does not move.
    pub level_variance: f64,
    pub log_likelihood: f64,
}

/// Estimates observation and level variance of an evenly spaced series by maximum likelihood; NaN is a missing value.
///
/// # Definition
/// The exact diffuse likelihood; for a given ratio q = Q/H the scale H is Σv²/F over the number of ordinary observations, so the
/// search runs over ln q alone. The ends are tried too: Q = 0 (a constant level) and, in effect, H = 0.
///
/// # Errors
/// Fewer than three values seen, infinite values, a series that never changes.
///
/// # Agreement
/// R `KFAS` `fitSSM`, 1e-5; R `StructTS(type = "level")`, 1e-3 (it starts from a large finite variance).
///
/// # References
/// Harvey (1989), *Forecasting, Structural Time Series Models and the Kalman Filter*, sections 3.4 and 4.2.
pub fn local_level_fit(values: &[f64]) -> Result<LocalLevelFit, TrendError> {
    let seen: Vec<f64> = values.iter().copied().filter(|y| !y.is_nan()).collect();
    at_least("values", seen.len(), 3)?;
    if seen.iter().all(|y| *y == seen[0]) {
        return Err(TrendError::Constant { what: "the series", statistic: "the variance" });
    }
    let n = values.len();
    let ordinary = (seen.len() - 1) as f64;
    // Likelihood and scale at a ratio of variances.
    let at = |ratio: f64| -> Result<(f64, f64), TrendError> {
        let filtered = StateSpace::local_level(&vec![1.0; n], ratio, Initial::Diffuse)?.filter(values)?;
        let squares: f64 = filtered.residuals.iter().filter(|e| !e.is_nan()).map(|e| e * e).sum();
        let scale = squares / ordinary;
        // At scale s every F is s times larger and Σv²/F becomes the number of terms.
        let likelihood = filtered.log_likelihood + 0.5 * squares - 0.5 * ordinary * (libm::log(scale) + 1.0);
        Ok((likelihood, scale))
    };
    at(1.0)?;
    let loss = |ln_ratio: f64| at(libm::exp(ln_ratio)).map_or(f64::INFINITY, |(likelihood, _)| -likelihood);
    let grid: Vec<f64> = (-24..=16).map(|i| 0.75 * f64::from(i)).collect();
    let best = (0..grid.len()).min_by(|a, b| loss(grid[*a]).total_cmp(&loss(grid[*b]))).unwrap_or(0);
    let (low, high) = (grid[best.saturating_sub(1)], grid[(best + 1).min(grid.len() - 1)]);
    let lowest = minimise_on(loss, low, high, 1e-9);
    let (constant, scale) = at(0.0)?;
    if constant >= -lowest.value - 1e-10 {
        return Ok(LocalLevelFit { observation_variance: scale, level_variance: 0.0, log_likelihood: constant });
    }
    let ratio = libm::exp(lowest.x[0]);
    let (log_likelihood, scale) = at(ratio)?;
    Ok(LocalLevelFit { observation_variance: scale, level_variance: ratio * scale, log_likelihood })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scatter_around_a_constant_has_no_level_variance() {
        let y = [1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0];
        let fit = local_level_fit(&y).unwrap();
        assert_eq!(fit.level_variance, 0.0);
        assert!((fit.observation_variance - 8.0 / 7.0).abs() < 1e-10);
    }

    #[test]
    fn a_straight_climb_is_all_level() {
        let y: Vec<f64> = (0..30).map(|i| f64::from(i * i)).collect();
        let fit = local_level_fit(&y).unwrap();
        assert!(fit.observation_variance < 1e-3 * fit.level_variance);
    }

    #[test]
    fn degenerate_series_are_errors() {
        assert!(local_level_fit(&[1.0, 2.0]).is_err());
        assert!(local_level_fit(&[2.0; 8]).is_err());
        assert!(local_level_fit(&[1.0, f64::NAN, f64::NAN, 2.0]).is_err());
    }
}
