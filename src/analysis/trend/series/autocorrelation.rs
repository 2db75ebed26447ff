//! Correlations of a series with its past.

use super::super::check::{all_finite, at_least};
use super::super::error::TrendError;
use crate::numeric::dist::ChiSquared;
use crate::numeric::moments::Moments;
use crate::numeric::sum::{Sum, dot};

/// Autocorrelations ρ₀ = 1, ρ₁, …, up to a lag.
///
/// # Definition
/// ρₖ = γₖ/γ₀, with n in the denominator of every γ.
///
/// # Errors
/// Fewer than two values, values that are not finite or all equal, `lags` not below n.
///
/// # Agreement
/// R 4.2 `acf`, 1e-9.
///
/// # References
/// Box, Jenkins and Reinsel (2008), section 2.1.
pub fn autocorrelations(values: &[f64], lags: usize) -> Result<Vec<f64>, TrendError> {
    at_least("values", values.len(), (lags + 1).max(2))?;
    all_finite("the series", values)?;
    let mean = Moments::of(values).mean;
    let centred: Vec<f64> = values.iter().map(|y| y - mean).collect();
    let variance = dot(&centred, &centred);
    if variance == 0.0 || values.iter().all(|y| *y == values[0]) {
        return Err(TrendError::Constant { what: "the series", statistic: "an autocorrelation" });
    }
    Ok((0..=lags).map(|k| dot(&centred[k..], &centred[..values.len() - k]) / variance).collect())
}

/// Partial autocorrelations of lags 1, …, `lags`: what a lag adds to the shorter ones.
///
/// # Definition
/// φₖₖ of the Durbin–Levinson recursion on ρ.
///
/// # Errors
/// As [`autocorrelations`].
///
/// # Agreement
/// R 4.2 `pacf`, 1e-9.
///
/// # References
/// Durbin (1960), Review of the International Statistical Institute 28.
pub fn partial_autocorrelations(values: &[f64], lags: usize) -> Result<Vec<f64>, TrendError> {
    let rho = autocorrelations(values, lags)?;
    let mut phi: Vec<f64> = Vec::new();
    let mut partial = Vec::with_capacity(lags);
    for k in 1..=lags {
        let explained: f64 = phi.iter().enumerate().map(|(j, p)| p * rho[k - 1 - j]).sum();
        let rest: f64 = phi.iter().enumerate().map(|(j, p)| p * rho[j + 1]).sum();
        let new = (rho[k] - explained) / (1.0 - rest);
        let before = phi.clone();
        for (j, p) in phi.iter_mut().enumerate() {
            *p -= new * before[k - 2 - j];
        }
        phi.push(new);
        partial.push(new);
    }
    Ok(partial)
}

/// The test of Ljung and Box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LjungBox {
    pub statistic: f64,
    pub degf: f64,
    pub p_value: f64,
}

/// Tests whether the first `lag` autocorrelations are all zero.
///
/// # Definition
/// Q = n(n+2) Σ_{k=1..lag} ρₖ²/(n−k), chi-squared on `lag − fitted` degrees of freedom, `fitted` the number of
/// autoregressive parameters that were fitted to give this series of residuals (0 for raw data).
///
/// # Errors
/// As [`autocorrelations`]; no degrees of freedom.
///
/// # Agreement
/// R 4.2 `Box.test(type = "Ljung-Box")`, 1e-9.
///
/// # References
/// Ljung and Box (1978), Biometrika 65.
pub fn ljung_box(values: &[f64], lag: usize, fitted: usize) -> Result<LjungBox, TrendError> {
    at_least("lags", lag, fitted + 1)?;
    let rho = autocorrelations(values, lag)?;
    let n = values.len() as f64;
    let statistic = n * (n + 2.0) * (1..=lag).map(|k| rho[k] * rho[k] / (n - k as f64)).collect::<Sum>().value();
    let degf = (lag - fitted) as f64;
    Ok(LjungBox { statistic, degf, p_value: ChiSquared::new(degf)?.sf(statistic) })
}

/// The Durbin–Watson statistic of regression residuals: near 2 without autocorrelation, towards 0 with positive.
///
/// # Definition
/// Σ (eₜ − eₜ₋₁)² / Σ eₜ².
///
/// # Errors
/// Fewer than two residuals, residuals that are not finite or all zero.
///
/// # References
/// Durbin and Watson (1950), Biometrika 37.
pub fn durbin_watson(residuals: &[f64]) -> Result<f64, TrendError> {
    at_least("residuals", residuals.len(), 2)?;
    all_finite("the residuals", residuals)?;
    let total = dot(residuals, residuals);
    if total == 0.0 {
        return Err(TrendError::Constant { what: "the residual", statistic: "the Durbin-Watson statistic" });
    }
    Ok(residuals.windows(2).map(|w| (w[1] - w[0]) * (w[1] - w[0])).collect::<Sum>().value() / total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Centred −1, 0, 1: γ₀ = 2, γ₁ = 0, γ₂ = −1.
        assert_eq!(autocorrelations(&[1.0, 2.0, 3.0], 2).unwrap(), [1.0, 0.0, -0.5]);
        assert_eq!(durbin_watson(&[1.0, -1.0]).unwrap(), 2.0);
    }

    #[test]
    fn the_first_partial_is_the_first_plain_one() {
        let y = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0];
        let (rho, phi) = (autocorrelations(&y, 2).unwrap(), partial_autocorrelations(&y, 2).unwrap());
        assert!((phi[0] - rho[1]).abs() < 1e-15);
        assert!((phi[1] - (rho[2] - rho[1] * rho[1]) / (1.0 - rho[1] * rho[1])).abs() < 1e-14);
    }

    #[test]
    fn degenerate_series_are_errors() {
        for y in [&[][..], &[1.0], &[2.0, 2.0, 2.0], &[1.0, f64::NAN, 2.0]] {
            assert!(autocorrelations(y, 1).is_err());
        }
        assert!(autocorrelations(&[1.0, 2.0], 2).is_err());
        assert!(ljung_box(&[1.0, 2.0, 4.0], 1, 1).is_err());
        assert!(durbin_watson(&[0.0, 0.0]).is_err());
    }
}
