//! Is there any break: tests of constant coefficients.

use super::super::check::{at_least, between};
use super::super::error::TrendError;
use super::super::regression::LinearFit;
use super::hansen::sup_f_p_value;
use super::triangle::Triangle;
use crate::numeric::dist::FisherF;
use crate::numeric::matrix::Matrix;

/// A statistic with its p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StabilityTest {
    pub statistic: f64,
    pub p_value: f64,
}

/// The path of cumulated residuals.
#[derive(Debug, Clone, PartialEq)]
pub struct Cusum {
    /// n + 1 values from 0 to, with an intercept, 0.
    pub process: Vec<f64>,
    /// The largest absolute value of the path and its p-value.
    pub test: StabilityTest,
}

/// The largest F over dates.
#[derive(Debug, Clone, PartialEq)]
pub struct SupF {
    pub test: StabilityTest,
    /// Last position before the most likely break, counted from 1.
    pub position: usize,
    /// F by date, from `first` on; times the number of coefficients, as R reports it.
    pub f: Vec<f64>,
    pub first: usize,
}

/// The CUSUM test with least-squares residuals.
///
/// # Definition
/// Wₜ = Σ_{i ≤ t} eᵢ/(σ̂√n), σ̂² = rss/(n − k); p of max |W| by Kolmogorov's law 2Σ(−1)^{j+1}exp(−2j²x²), the limit for a regression on
/// a mean.
///
/// # Errors
/// As [`LinearFit::of`]; no degrees of freedom, residuals that are all zero.
///
/// # Agreement
/// R `strucchange` 1.5 `efp(type = "OLS-CUSUM")`, 1e-9.
///
/// # References
/// Ploberger and Krämer (1992), Econometrica 60.
pub fn cusum_test(design: &Matrix, y: &[f64]) -> Result<Cusum, TrendError> {
    let fit = LinearFit::of(design, y, None)?;
    at_least("degrees of freedom", fit.degf as usize, 1)?;
    if fit.rss <= 1e-24 * y.iter().map(|y| y * y).sum::<f64>() {
        return Err(TrendError::Constant { what: "the residual", statistic: "the CUSUM test" });
    }
    let scale = fit.sigma * (y.len() as f64).sqrt();
    let mut total = crate::numeric::sum::Sum::ZERO;
    let process: Vec<f64> = core::iter::once(0.0)
        .chain(fit.residuals.iter().map(|e| {
            total.add(*e);
            total.value() / scale
        }))
        .collect();
    let statistic = process.iter().map(|w| w.abs()).fold(0.0, f64::max);
    Ok(Cusum { process, test: StabilityTest { statistic, p_value: kolmogorov(statistic) } })
}

/// P(max of a Brownian bridge > x).
fn kolmogorov(x: f64) -> f64 {
    if x < 0.2 {
        return 1.0;
    }
    let terms = (1..=100).map(|j| {
        let j = f64::from(j);
        let sign = if j % 2.0 == 1.0 { 2.0 } else { -2.0 };
        sign * libm::exp(-2.0 * j * j * x * x)
    });
    terms.sum::<f64>().clamp(0.0, 1.0)
}

/// Chow's test of a break at a known position.
///
/// # Definition
/// F = ((rss − rss₁ − rss₂)/k)/((rss₁ + rss₂)/(n − 2k)) on k and n − 2k degrees of freedom.
///
/// # Errors
/// A position that leaves fewer than k + 1 observations on a side, values that are not finite, perfect fits on both sides.
///
/// # Agreement
/// R `strucchange` 1.5 `sctest(type = "Chow")`, 1e-9.
///
/// # References
/// Chow (1960), Econometrica 28.
pub fn chow_test(design: &Matrix, y: &[f64], position: usize) -> Result<StabilityTest, TrendError> {
    let triangle = Triangle::new(design, y)?;
    let (n, k) = (triangle.n, triangle.k);
    at_least("observations before the break", position, k + 1)?;
    at_least("observations after the break", n.saturating_sub(position), k + 1)?;
    let statistic = f_at(&triangle, position)? / k as f64;
    Ok(StabilityTest { statistic, p_value: FisherF::new(k as f64, (n - 2 * k) as f64)?.sf(statistic) })
}

/// k·F at a position.
fn f_at(triangle: &Triangle, position: usize) -> Result<f64, TrendError> {
    let (n, k) = (triangle.n, triangle.k);
    let whole = triangle.rss(0, n);
    let parts = triangle.rss(0, position) + triangle.rss(position, n);
    if parts <= 1e-24 * (1.0 + whole) {
        return Err(TrendError::Constant { what: "the residual", statistic: "an F statistic" });
    }
    Ok((whole - parts) / parts * (n - 2 * k) as f64)
}

/// The sup-F test of a break at an unknown position.
///
/// # Definition
/// The largest k·F over positions from ⌊trimming·n⌋ to n minus that; p by [`sup_f_p_value`] with the trimming that the positions
/// make.
///
/// # Errors
/// A trimming outside 0 to 0.5, too few observations, values that are not finite, perfect fits.
///
/// # Agreement
/// R `strucchange` 1.5 `sctest(Fstats(), type = "supF")`, 1e-6.
///
/// # References
/// Andrews (1993), Econometrica 61. Hansen (1997).
pub fn sup_f_test(design: &Matrix, y: &[f64], trimming: f64) -> Result<SupF, TrendError> {
    let triangle = Triangle::new(design, y)?;
    let (n, k) = (triangle.n, triangle.k);
    between("the trimming", trimming, 0.0, 0.5, "a number between 0 and 0.5")?;
    at_least("observations", n, 2 * k + 2)?;
    let from = (trimming * n as f64).floor() as usize;
    let to = (n - from).min(n - k - 1);
    let first = from.max(k + 1);
    at_least("positions of a break", (to + 1).saturating_sub(first), 1)?;
    let f = (first..=to).map(|position| f_at(&triangle, position)).collect::<Result<Vec<f64>, _>>()?;
    let best = (0..f.len()).rev().max_by(|a, b| f[*a].total_cmp(&f[*b])).unwrap_or(0);
    let lambda = ((n - first) * to) as f64 / (first * (n - to)) as f64;
    let effective = 1.0 / (1.0 + lambda.sqrt());
    let p_value = sup_f_p_value(f[best], k, effective)?;
    Ok(SupF { test: StabilityTest { statistic: f[best], p_value }, position: first + best, f, first })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(n: usize) -> Matrix {
        Matrix::from_fn(n, 1, |_, _| 1.0)
    }

    fn stepped() -> Vec<f64> {
        (0..30).map(|i| f64::from(u8::from(i >= 12)) * 3.0 + f64::from((i * 7 % 5) as u8) / 2.0).collect()
    }

    #[test]
    fn the_largest_f_is_chows_there() {
        let found = sup_f_test(&mean(30), &stepped(), 0.15).unwrap();
        assert_eq!(found.position, 12);
        let chow = chow_test(&mean(30), &stepped(), 12).unwrap();
        assert!((chow.statistic - found.test.statistic).abs() < 1e-10);
        // The search over dates costs: the p-value is above that of one date known beforehand.
        let known = crate::numeric::dist::ChiSquared::new(1.0).unwrap().sf(found.test.statistic);
        assert!(found.test.p_value > known && found.test.p_value < 0.01);
    }

    #[test]
    fn the_path_ends_where_it_starts() {
        let path = cusum_test(&mean(30), &stepped()).unwrap();
        assert_eq!(path.process.len(), 31);
        assert!(path.process[30].abs() < 1e-12 && path.test.p_value < 0.01);
        assert!((kolmogorov(1.358_1) - 0.05).abs() < 1e-4 && kolmogorov(0.0) == 1.0);
    }

    #[test]
    fn degenerate_input_is_an_error() {
        assert!(cusum_test(&mean(5), &[2.0; 5]).is_err());
        assert!(cusum_test(&mean(1), &[2.0]).is_err());
        assert!(chow_test(&mean(6), &[1.0, 2.0, 1.0, 2.0, 1.0, 2.0], 1).is_err());
        assert!(chow_test(&mean(6), &[1.0, 2.0, 1.0, 2.0, 1.0, 2.0], 9).is_err());
        assert!(sup_f_test(&mean(3), &[1.0, 2.0, 3.0], 0.15).is_err());
        assert!(sup_f_test(&mean(9), &[4.0; 9], 0.15).is_err());
        assert!(sup_f_test(&mean(9), &stepped()[..9], 0.7).is_err());
    }
}
