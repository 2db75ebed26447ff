//! The variance between polls.

use super::error::MetaError;
use super::fit::check;
use crate::numeric::dist::ChiSquared;
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;
use crate::numeric::optimise::minimise_on;
use crate::numeric::root::brent;

/// Steps of Fisher scoring before the likelihood is searched between bounds instead.
const MAX_ITERATIONS: usize = 10_000;
/// Doublings of τ² between a negligible one and one that outweighs all differences.
const N_DOUBLINGS: i32 = 80;
/// Change of τ², relative to its scale, below which the search ends.
const TOLERANCE: f64 = 1e-14;

/// The estimator of τ².
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tau2Method {
    /// No variance between polls: the common-effect model.
    Fixed,
    /// Moments with the weights of the common effect.
    DerSimonianLaird,
    /// Moments without weights.
    HedgesOlkin,
    /// Sidik and Jonkman, from the variance of the estimates.
    SidikJonkman,
    /// Maximum likelihood.
    MaximumLikelihood,
    /// Restricted maximum likelihood.
    #[default]
    Reml,
    /// Empirical Bayes.
    EmpiricalBayes,
    /// Moments with the final weights; equal to empirical Bayes at the solution.
    PauleMandel,
}

/// Sums that all estimators are made of, at one τ².
pub(super) struct AtTau2 {
    /// y'P y.
    pub q: f64,
    /// y'P P y.
    pub q2: f64,
    pub trace_p: f64,
    pub trace_p2: f64,
    pub trace_w: f64,
    pub trace_w2: f64,
    /// ln |W|.
    pub ln_det_w: f64,
    pub coefficients: Vec<f64>,
    /// (X'W X)⁻¹.
    pub covariance: Matrix,
}

impl AtTau2 {
    /// Minus twice the log likelihood, restricted or not, up to a constant.
    fn deviance(&self, method: Tau2Method) -> Result<f64, MetaError> {
        let full = self.q - self.ln_det_w;
        Ok(match method {
            Tau2Method::MaximumLikelihood => full,
            _ => full - Cholesky::of(&self.covariance)?.ln_determinant(),
        })
    }
}

/// The fit with any covariance of the estimates: generalised least squares.
pub(super) fn at_covariance(y: &[f64], x: &Matrix, covariance: &Matrix) -> Result<AtTau2, MetaError> {
    let root = Cholesky::of(covariance)?;
    let (w, ln_det_w) = (root.inverse(), -root.ln_determinant());
    let wx = w.times(x);
    let covariance = Cholesky::of(&x.transposed().times(&wx))?.inverse();
    let coefficients = covariance.times_vector(&wx.transposed().times_vector(y));
    let p = w.minus(&covariance.congruence(&wx));
    let rest = p.times_vector(y);
    Ok(AtTau2 {
        q: y.iter().zip(&rest).map(|(y, r)| y * r).sum(),
        q2: rest.iter().map(|r| r * r).sum(),
        trace_p: p.trace(),
        trace_p2: p.as_slice().iter().map(|v| v * v).sum(),
        trace_w: w.trace(),
        trace_w2: w.as_slice().iter().map(|v| v * v).sum(),
        ln_det_w,
        coefficients,
        covariance,
    })
}

/// The fit with weights 1/(v + τ²), or any others.
pub(super) fn at_weights(y: &[f64], x: &Matrix, w: &[f64]) -> Result<AtTau2, MetaError> {
    let covariance = Cholesky::of(&x.cross_product(Some(w)))?.inverse();
    let wy: Vec<f64> = y.iter().zip(w).map(|(y, w)| y * w).collect();
    let coefficients = covariance.times_vector(&x.transposed().times_vector(&wy));
    let fitted = x.times_vector(&coefficients);
    let rest: Vec<f64> = (0..y.len()).map(|i| w[i] * (y[i] - fitted[i])).collect();
    // P = W − W X C X'W, entry by entry; k is small.
    let half = x.times(&covariance);
    let entry = |i: usize, j: usize| {
        let explained: f64 = half.row(i).iter().zip(x.row(j)).map(|(a, b)| a * b).sum();
        let own = if i == j { w[i] } else { 0.0 };
        own - w[i] * explained * w[j]
    };
    let p = Matrix::from_fn(y.len(), y.len(), entry);
    Ok(AtTau2 {
        q: y.iter().zip(&rest).map(|(y, r)| y * r).sum(),
        q2: rest.iter().map(|r| r * r).sum(),
        trace_p: p.trace(),
        trace_p2: p.as_slice().iter().map(|v| v * v).sum(),
        trace_w: w.iter().sum(),
        trace_w2: w.iter().map(|w| w * w).sum(),
        ln_det_w: w.iter().map(|w| libm::log(*w)).sum(),
        coefficients,
        covariance,
    })
}

pub(super) fn at_tau2(y: &[f64], v: &[f64], x: &Matrix, tau2: f64) -> Result<AtTau2, MetaError> {
    let w: Vec<f64> = v.iter().map(|v| 1.0 / (v + tau2)).collect();
    at_weights(y, x, &w)
}

/// The estimate of τ², 0 or more.
pub(super) fn estimate(y: &[f64], v: &[f64], x: &Matrix, method: Tau2Method) -> Result<f64, MetaError> {
    let k = y.len() as f64;
    let rest = k - x.n_columns() as f64;
    let moments = |w: &[f64]| -> Result<f64, MetaError> {
        let fit = at_weights(y, x, w)?;
        let half = x.times(&fit.covariance);
        // Without variance between polls the expectation of y'P y is tr(P V).
        let expected: f64 = (0..y.len())
            .map(|i| {
                let explained: f64 = half.row(i).iter().zip(x.row(i)).map(|(a, b)| a * b).sum();
                v[i] * (w[i] - w[i] * explained * w[i])
            })
            .sum();
        Ok(((fit.q - expected) / fit.trace_p).max(0.0))
    };
    match method {
        Tau2Method::Fixed => Ok(0.0),
        Tau2Method::DerSimonianLaird => moments(&v.iter().map(|v| 1.0 / v).collect::<Vec<_>>()),
        Tau2Method::HedgesOlkin => moments(&vec![1.0; y.len()]),
        Tau2Method::SidikJonkman => {
            let mean = y.iter().sum::<f64>() / k;
            let start = y.iter().map(|y| (y - mean) * (y - mean)).sum::<f64>() / k;
            let w: Vec<f64> = v.iter().map(|v| start / (v + start)).collect();
            Ok((at_weights(y, x, &w)?.q / rest).max(0.0))
        }
        Tau2Method::PauleMandel | Tau2Method::EmpiricalBayes => solve_q(y, v, x, rest),
        Tau2Method::MaximumLikelihood | Tau2Method::Reml => {
            let scale = v.iter().sum::<f64>() / k;
            let start = estimate(y, v, x, Tau2Method::HedgesOlkin)?;
            scoring(start, scale, method, |tau2| at_tau2(y, v, x, tau2))
        }
    }
}

/// Fisher scoring for the likelihoods, from a start, with the size of a sampling variance as scale; a step below 0 is halved.
/// Where the steps go to and fro for ever, [`searched`] finds the maximum.
pub(super) fn scoring(
    start: f64,
    scale: f64,
    method: Tau2Method,
    at: impl Fn(f64) -> Result<AtTau2, MetaError>,
) -> Result<f64, MetaError> {
    let mut tau2 = start;
    for _ in 0..MAX_ITERATIONS {
        let fit = at(tau2)?;
        let step = match method {
            Tau2Method::MaximumLikelihood => (fit.q2 - fit.trace_w) / fit.trace_w2,
            _ => (fit.q2 - fit.trace_p) / fit.trace_p2,
        };
        if tau2 == 0.0 && step <= 0.0 {
            return Ok(0.0);
        }
        let mut step = step;
        while tau2 + step < 0.0 {
            step *= 0.5;
            if step.abs() < TOLERANCE * scale {
                step = -tau2;
            }
        }
        tau2 += step;
        if step.abs() <= TOLERANCE * (scale + tau2) {
            return Ok(if tau2 < 1e-12 * scale { 0.0 } else { tau2 });
        }
    }
    searched(scale, method, at)
}

/// The τ² of the highest likelihood by a search between bounds, which always ends: the likelihood is continuous and falls
/// without limit as τ² grows. The best of a grid that doubles, then Brent's search between its neighbours.
fn searched(scale: f64, method: Tau2Method, at: impl Fn(f64) -> Result<AtTau2, MetaError>) -> Result<f64, MetaError> {
    let deviance = |tau2: f64| at(tau2)?.deviance(method);
    let smallest = scale * libm::ldexp(1.0, -N_DOUBLINGS / 2);
    let grid: Vec<f64> =
        std::iter::once(0.0).chain((0..=N_DOUBLINGS).map(|k| smallest * libm::ldexp(1.0, k))).collect();
    let values = grid.iter().map(|tau2| deviance(*tau2)).collect::<Result<Vec<f64>, MetaError>>()?;
    let best = (0..grid.len()).min_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap_or(0);
    let (low, high) = (grid[best.saturating_sub(1)], grid[(best + 1).min(grid.len() - 1)]);
    let found = minimise_on(|tau2| deviance(tau2).unwrap_or(f64::INFINITY), low, high, TOLERANCE * scale);
    Ok(match found.x.first() {
        Some(tau2) if found.value < values[best] => *tau2,
        _ => grid[best],
    })
}

/// The τ² at which the generalised Q, which falls in τ², has a value; 0 when it never is that high.
fn solve_q(y: &[f64], v: &[f64], x: &Matrix, value: f64) -> Result<f64, MetaError> {
    let gap = |tau2: f64| at_tau2(y, v, x, tau2).map_or(f64::NAN, |fit| fit.q - value);
    at_tau2(y, v, x, 0.0)?;
    if gap(0.0) <= 0.0 {
        return Ok(0.0);
    }
    let mut high = v.iter().copied().fold(0.0, f64::max);
    while gap(high) > 0.0 {
        high *= 2.0;
        if !high.is_finite() {
            return Err(MetaError::NoConvergence { iterations: MAX_ITERATIONS });
        }
    }
    Ok(brent(gap, 0.0, high, 1e-15 * high)?.x)
}

/// The same as R finds it: between 0 and 100, to the tolerance of its `uniroot`.
fn solve_as_r(y: &[f64], v: &[f64], x: &Matrix, value: f64) -> Result<f64, MetaError> {
    let gap = |tau2: f64| at_tau2(y, v, x, tau2).map_or(f64::NAN, |fit| fit.q - value);
    if gap(0.0) <= 0.0 {
        return Ok(0.0);
    }
    Ok(brent(gap, 0.0, 100.0, f64::EPSILON.sqrt().sqrt())?.x)
}

/// The typical sampling variance (Higgins and Thompson), against which τ² is I².
pub(super) fn typical_variance(y: &[f64], v: &[f64], x: &Matrix) -> Result<f64, MetaError> {
    let fit = at_tau2(y, v, x, 0.0)?;
    Ok((y.len() as f64 - x.n_columns() as f64) / fit.trace_p)
}

/// How far the limits of τ² are solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tau2Precision {
    /// To the last digits.
    #[default]
    Full,
    /// To 1.2e-4 in τ² between 0 and 100, by the same steps as R's `uniroot`.
    AsR,
}

/// Limits of τ² and of I² (in percent).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tau2Interval {
    pub tau2_low: f64,
    pub tau2_high: f64,
    pub i2_low: f64,
    pub i2_high: f64,
}

/// The interval of the variance between polls by profiling the generalised Q statistic; exact for known variances.
///
/// # Errors
/// As for [`meta_analysis`](super::meta_analysis).
///
/// # Agreement
/// R metafor 3.8, `confint` of `rma`: 1e-9 with [`Tau2Precision::AsR`]; 1e-4 in τ² otherwise, as coarse as its search.
///
/// # References
/// Viechtbauer (2007), Statistics in Medicine 26, "Confidence intervals for the amount of heterogeneity".
pub fn tau2_interval(y: &[f64], v: &[f64], level: f64, precision: Tau2Precision) -> Result<Tau2Interval, MetaError> {
    check(y, v, 2)?;
    if !(level > 0.0 && level < 1.0) {
        return Err(MetaError::Level(level));
    }
    let x = Matrix::from_fn(y.len(), 1, |_, _| 1.0);
    let chi = ChiSquared::new(y.len() as f64 - 1.0)?;
    let tail = 0.5 * (1.0 - level);
    let solve = |value: f64| match precision {
        Tau2Precision::Full => solve_q(y, v, &x, value),
        Tau2Precision::AsR => solve_as_r(y, v, &x, value),
    };
    let low = solve(chi.upper_quantile(tail))?;
    let high = solve(chi.quantile(tail))?;
    let typical = typical_variance(y, v, &x)?;
    let i2 = |tau2: f64| 100.0 * tau2 / (typical + tau2);
    Ok(Tau2Interval { tau2_low: low, tau2_high: high, i2_low: i2(low), i2_high: i2(high) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ones(k: usize) -> Matrix {
        Matrix::from_fn(k, 1, |_, _| 1.0)
    }

    #[test]
    fn the_search_between_bounds_finds_what_scoring_finds() {
        let (y, v) = ([0.31, -0.12, 0.52, 0.08, 0.44, -0.3], [0.02, 0.05, 0.01, 0.03, 0.08, 0.04]);
        let at = |tau2: f64| at_tau2(&y, &v, &ones(6), tau2);
        for method in [Tau2Method::Reml, Tau2Method::MaximumLikelihood] {
            let scored = estimate(&y, &v, &ones(6), method).unwrap();
            assert!(scored > 0.0);
            // Around a maximum the likelihood is flat, so that half of the digits are seen.
            assert!((searched(0.04, method, at).unwrap() - scored).abs() < 1e-8, "{method:?}");
        }
        // Estimates that agree have their maximum at the bound.
        let alike = |tau2: f64| at_tau2(&[0.1, 0.11, 0.1, 0.1, 0.09, 0.1], &v, &ones(6), tau2);
        assert_eq!(searched(0.04, Tau2Method::Reml, alike).unwrap(), 0.0);
    }

    #[test]
    fn restricted_likelihood_has_an_answer_for_every_small_set() {
        // Sets on which Fisher scoring may go to and fro: one very precise estimate far from vague ones.
        for k in 0..200_i32 {
            let shift = f64::from(k) / 100.0;
            let (y, v) = ([0.0, shift, -shift * 0.7], [1e-6, 0.5, 0.02 + shift]);
            let tau2 = estimate(&y, &v, &ones(3), Tau2Method::Reml).unwrap();
            let at = |tau2: f64| at_tau2(&y, &v, &ones(3), tau2).unwrap().deviance(Tau2Method::Reml).unwrap();
            assert!(at(tau2) <= at(1.01 * tau2 + 1e-9) + 1e-9 && at(tau2) <= at(0.99 * tau2) + 1e-9, "{shift}: {tau2}");
        }
    }
}
