//! Covariances for errors that depend on each other over time.

use super::super::check::at_least;
use super::super::error::TrendError;
use super::linear::LinearFit;
use crate::numeric::linalg::{Lu, Qr};
use crate::numeric::matrix::Matrix;
use crate::numeric::sum::dot;

/// The covariance of Newey and West: consistent under autocorrelation and unequal variances.
///
/// Rows have to be in order of time and evenly spaced, or nearly so.
///
/// # Definition
/// B S B · c with S = Γ₀ + Σ_{j=1..L} (1 − j/(L+1))(Γⱼ + Γⱼᵀ), Γⱼ = Σₜ uₜuₜ₋ⱼᵀ, u the score rows wₜeₜxₜ. With `prewhite` the
/// scores are first replaced by the residuals of a vector autoregression of order one, u ≈ A u₋₁, fitted without intercept, and
/// S by D S Dᵀ, D = (I − A)⁻¹. c is n/(n − p) with `small_sample`, else 1.
///
/// # Agreement
/// R `sandwich::NeweyWest`, 1e-9.
///
/// # References
/// Newey and West (1987), Econometrica 55; (1994), Review of Economic Studies 61. Andrews and Monahan (1992), Econometrica 60.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NeweyWest {
    /// L: how many steps back errors may be correlated.
    pub lag: usize,
    pub prewhite: bool,
    pub small_sample: bool,
}

impl NeweyWest {
    /// The covariance of the coefficients of a fit.
    ///
    /// # Errors
    /// No row for the lag, an autoregression of the scores that is not identified or explosive.
    pub fn covariance(&self, fit: &LinearFit) -> Result<Matrix, TrendError> {
        let n = fit.n();
        let p = fit.coefficients.len();
        at_least("observations", n, self.lag + 1 + usize::from(self.prewhite))?;
        let scores = fit.scores();
        let (rows, recolour) = if self.prewhite {
            let (rows, a) = autoregression(&scores)?;
            let d = Lu::of(&Matrix::identity(p).minus(&a))?.inverse()?;
            (rows, Some(d))
        } else {
            (scores, None)
        };
        let mut total = rows.cross_product(None);
        for j in 1..=self.lag {
            let weight = 1.0 - j as f64 / (self.lag + 1) as f64;
            let gamma = lagged(&rows, j).scaled(weight);
            total = total.plus(&gamma).plus(&gamma.transposed());
        }
        if let Some(d) = recolour {
            total = total.congruence(&d);
        }
        let factor = if self.small_sample {
            at_least("observations", n, p + 1)?;
            n as f64 / (n - p) as f64
        } else {
            1.0
        };
        Ok(total.congruence(&fit.unscaled).scaled(factor))
    }
}

/// Σₜ uₜuₜ₋ⱼᵀ.
fn lagged(rows: &Matrix, lag: usize) -> Matrix {
    let (n, p) = (rows.n_rows(), rows.n_columns());
    let columns: Vec<Vec<f64>> = (0..p).map(|j| rows.column(j)).collect();
    Matrix::from_fn(p, p, |a, b| dot(&columns[a][lag.min(n)..], &columns[b][..n.saturating_sub(lag)]))
}

/// Residuals and coefficients of uₜ = A uₜ₋₁ + residual.
fn autoregression(rows: &Matrix) -> Result<(Matrix, Matrix), TrendError> {
    let (n, p) = (rows.n_rows(), rows.n_columns());
    at_least("observations", n, p + 2)?;
    let before = Matrix::from_fn(n - 1, p, |i, j| rows[(i, j)]);
    let qr = Qr::of(&before)?;
    let mut a = Matrix::zeros(p, p);
    for j in 0..p {
        let after: Vec<f64> = (1..n).map(|i| rows[(i, j)]).collect();
        a.row_mut(j).copy_from_slice(&qr.solve(&after)?);
    }
    let predicted = before.times(&a.transposed());
    Ok((Matrix::from_fn(n - 1, p, |i, j| rows[(i + 1, j)] - predicted[(i, j)]), a))
}

/// The bandwidth that suits the autocorrelation at hand, by Newey and West's rule for Bartlett weights.
///
/// `floor` of it is the lag to use.
///
/// # Definition
/// m = ⌊4(n/100)^{2/9}⌋ (3 instead of 4 with `prewhite`); g the sum of the score columns but the intercept's; γⱼ = Σ gₜgₜ₋ⱼ / n;
/// s₀ = γ₀ + 2Σγⱼ, s₁ = 2Σ jγⱼ over j ≤ m; bandwidth 1.1447·((s₁/s₀)²·n)^{1/3}.
///
/// # Errors
/// No column besides an intercept, too few rows, scores that are all zero.
///
/// # Agreement
/// R `sandwich::bwNeweyWest(kernel = "Bartlett")`, 1e-9.
///
/// # References
/// Newey and West (1994), section 3.
pub fn newey_west_bandwidth(fit: &LinearFit, prewhite: bool) -> Result<f64, TrendError> {
    let n = fit.n();
    let p = fit.coefficients.len();
    let intercept =
        |j: &usize| (0..n).all(|i| fit.design[(i, *j)] == fit.design[(0, *j)]) && fit.design[(0, *j)] != 0.0;
    // A model of nothing but an intercept is judged by the intercept.
    let columns: Vec<usize> = if p == 1 { vec![0] } else { (0..p).filter(|j| !intercept(j)).collect() };
    at_least("columns besides the intercept", columns.len(), 1)?;
    let constant = if prewhite { 3.0 } else { 4.0 };
    let m = (constant * libm::pow(n as f64 / 100.0, 2.0 / 9.0)) as usize;
    let rows = if prewhite { autoregression(&fit.scores())?.0 } else { fit.scores() };
    let used = rows.n_rows();
    at_least("observations", used, m + 2)?;
    let g: Vec<f64> = (0..used).map(|i| columns.iter().map(|j| rows[(i, *j)]).sum()).collect();
    let gamma: Vec<f64> = (0..=m).map(|j| dot(&g[j..], &g[..used - j]) / used as f64).collect();
    let s0 = gamma[0] + 2.0 * gamma[1..].iter().sum::<f64>();
    let s1 = 2.0 * gamma.iter().enumerate().map(|(j, g)| j as f64 * g).sum::<f64>();
    if s0 == 0.0 || gamma[0] == 0.0 {
        return Err(TrendError::Constant { what: "the residual", statistic: "the bandwidth" });
    }
    let ratio = s1 / s0;
    Ok(1.1447 * libm::cbrt(ratio * ratio) * libm::cbrt(n as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::trend::regression::{HcKind, heteroskedastic_covariance};

    fn fit() -> LinearFit {
        let y: Vec<f64> = (0..30).map(|i| f64::from(i * i % 17) + 0.3 * f64::from(i)).collect();
        LinearFit::of(&Matrix::from_fn(30, 2, |i, j| if j == 0 { 1.0 } else { i as f64 }), &y, None).unwrap()
    }

    #[test]
    fn lag_zero_is_hc0() {
        let none = NeweyWest { lag: 0, prewhite: false, small_sample: false }.covariance(&fit()).unwrap();
        let hc0 = heteroskedastic_covariance(&fit(), HcKind::Hc0).unwrap();
        assert!(none.minus(&hc0).max_abs() < 1e-13 * hc0.max_abs());
    }

    #[test]
    fn short_series_are_refused() {
        let short = LinearFit::of(&Matrix::from_fn(3, 1, |_, _| 1.0), &[1.0, 2.0, 4.0], None).unwrap();
        assert!(NeweyWest { lag: 3, prewhite: false, small_sample: false }.covariance(&short).is_err());
        assert!(newey_west_bandwidth(&short, false).is_ok());
        let flat = LinearFit::of(&Matrix::from_fn(9, 1, |_, _| 1.0), &[0.0; 9], None).unwrap();
        assert!(newey_west_bandwidth(&flat, false).is_err());
    }
}
