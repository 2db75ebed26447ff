//! Generalised linear models of counts and of yes or no.

use super::super::check::{all_finite, at_least, same_length};
use super::super::error::TrendError;
use super::super::regression::{Coefficient, HcKind, sandwich};
use crate::numeric::linalg::Qr;
use crate::numeric::matrix::Matrix;
use crate::numeric::sum::{Sum, dot};

/// How the variance of an answer follows from its mean; the link is the canonical one of the first two, ln for counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Family {
    /// 0 or 1, or a share; logit link.
    Binomial,
    /// Variance μ.
    Poisson,
    /// Variance φμ, φ estimated from Pearson residuals: standard errors allow overdispersion.
    QuasiPoisson,
    /// Variance μ + μ²/θ with θ known.
    NegativeBinomial { theta: f64 },
}

impl Family {
    pub(super) fn mean(self, eta: f64) -> f64 {
        match self {
            Family::Binomial => 1.0 / (1.0 + libm::exp(-eta)),
            _ => libm::exp(eta),
        }
    }

    fn link(self, mean: f64) -> f64 {
        match self {
            Family::Binomial => libm::log(mean / (1.0 - mean)),
            _ => libm::log(mean),
        }
    }

    /// V(μ) and dμ/dη.
    fn variance_and_slope(self, mean: f64) -> (f64, f64) {
        match self {
            Family::Binomial => (mean * (1.0 - mean), mean * (1.0 - mean)),
            Family::Poisson | Family::QuasiPoisson => (mean, mean),
            Family::NegativeBinomial { theta } => (mean + mean * mean / theta, mean),
        }
    }

    fn start(self, y: f64) -> f64 {
        match self {
            Family::Binomial => 0.5 * (y + 0.5),
            Family::Poisson | Family::QuasiPoisson => y + 0.1,
            Family::NegativeBinomial { .. } => {
                if y == 0.0 {
                    1.0 / 6.0
                } else {
                    y
                }
            }
        }
    }

    /// Twice the gap between the log-likelihoods of y and of μ.
    pub(super) fn deviance(self, y: f64, mean: f64) -> f64 {
        let term = |y: f64, mean: f64| if y == 0.0 { 0.0 } else { y * libm::log(y / mean) };
        2.0 * match self {
            Family::Binomial => term(y, mean) + term(1.0 - y, 1.0 - mean),
            Family::Poisson | Family::QuasiPoisson => term(y, mean) - (y - mean),
            Family::NegativeBinomial { theta } => term(y, mean) - (y + theta) * libm::log((y + theta) / (mean + theta)),
        }
    }

    fn log_likelihood(self, y: f64, mean: f64) -> Option<f64> {
        let part = |y: f64, p: f64| if y == 0.0 { 0.0 } else { y * libm::log(p) };
        match self {
            Family::Binomial => Some(part(y, mean) + part(1.0 - y, 1.0 - mean)),
            Family::Poisson => Some(part(y, mean) - mean - libm::lgamma(y + 1.0)),
            Family::QuasiPoisson => None,
            Family::NegativeBinomial { theta } => Some(
                libm::lgamma(theta + y) - libm::lgamma(theta) - libm::lgamma(y + 1.0)
                    + theta * libm::log(theta)
                    + part(y, mean)
                    - (theta + y) * libm::log(theta + mean),
            ),
        }
    }

    fn check(self, y: &[f64]) -> Result<(), TrendError> {
        let (fits, expected): (fn(f64) -> bool, _) = match self {
            Family::Binomial => (|y| (0.0..=1.0).contains(&y), "0 to 1"),
            _ => (|y| y >= 0.0, "0 or more"),
        };
        match y.iter().find(|y| !fits(**y)) {
            Some(got) => Err(TrendError::OutOfRange { what: "a response", got: *got, expected }),
            None => Ok(()),
        }
    }
}

/// A fitted generalised linear model.
#[derive(Debug, Clone, PartialEq)]
pub struct GlmFit {
    pub coefficients: Vec<f64>,
    /// μ.
    pub fitted: Vec<f64>,
    /// (XᵀWX)⁻¹ with the working weights W = (dμ/dη)²/V(μ).
    pub unscaled: Matrix,
    pub deviance: f64,
    /// Deviance of the model of an intercept and the offset.
    pub null_deviance: f64,
    /// 1, or estimated for [`Family::QuasiPoisson`].
    pub dispersion: f64,
    /// Rows minus coefficients.
    pub degf: f64,
    /// `None` for a quasi-likelihood.
    pub log_likelihood: Option<f64>,
    /// −2ℓ + 2p.
    pub aic: Option<f64>,
    pub iterations: usize,
    pub(super) family: Family,
    pub(super) design: Matrix,
    pub(super) y: Vec<f64>,
}

impl GlmFit {
    /// Fits by iteratively reweighted least squares.
    ///
    /// # Shapes and units
    /// `design`: a row per observation, with a column of ones for an intercept. `offset`: added to η, zeros where `None`.
    ///
    /// # Errors
    /// Lengths that differ, values that are not finite, responses out of range, fewer rows than columns, columns that others
    /// explain, coefficients that run to infinity (counts that are all zero, groups that separate perfectly), no convergence in
    /// 100 steps.
    ///
    /// # Agreement
    /// R 4.2 `glm` iterated to 1e-13, 1e-9.
    ///
    /// # References
    /// McCullagh and Nelder (1989), *Generalized Linear Models*, sections 2.5 and 6.2.
    pub fn of(design: &Matrix, y: &[f64], offset: Option<&[f64]>, family: Family) -> Result<GlmFit, TrendError> {
        let (n, p) = (design.n_rows(), design.n_columns());
        same_length("the response", y.len(), n)?;
        all_finite("the response", y)?;
        all_finite("the design", design.as_slice())?;
        at_least("columns", p, 1)?;
        at_least("observations", n, p)?;
        if let Some(offset) = offset {
            same_length("the offset", offset.len(), n)?;
            all_finite("the offset", offset)?;
        }
        family.check(y)?;
        let zeros = vec![0.0; n];
        let offset = offset.unwrap_or(&zeros);
        let (coefficients, fitted, iterations) = reweighted(design, y, offset, family)?;
        let (weights, _) = working(&fitted, y, family);
        let roots: Vec<f64> = weights.iter().map(|w| w.sqrt()).collect();
        let unscaled = Qr::of(&Matrix::from_fn(n, p, |i, j| roots[i] * design[(i, j)]))?.gram_inverse()?;
        let total = |f: &dyn Fn(f64, f64) -> f64, means: &[f64]| {
            y.iter().zip(means).map(|(y, m)| f(*y, *m)).collect::<Sum>().value()
        };
        let degf = (n - p) as f64;
        let dispersion =
            if family == Family::QuasiPoisson { total(&|y, m| (y - m) * (y - m) / m, &fitted) / degf } else { 1.0 };
        let (_, null_means, _) = reweighted(&Matrix::from_fn(n, 1, |_, _| 1.0), y, offset, family)?;
        let log_likelihood = y
            .iter()
            .zip(&fitted)
            .map(|(y, m)| family.log_likelihood(*y, *m))
            .collect::<Option<Vec<f64>>>()
            .map(|terms| terms.into_iter().collect::<Sum>().value());
        Ok(GlmFit {
            deviance: total(&|y, m| family.deviance(y, m), &fitted),
            null_deviance: total(&|y, m| family.deviance(y, m), &null_means),
            aic: log_likelihood.map(|l| 2.0 * (p as f64 - l)),
            log_likelihood,
            dispersion,
            degf,
            unscaled,
            iterations,
            coefficients,
            fitted,
            family,
            design: design.clone(),
            y: y.to_vec(),
        })
    }

    /// The model covariance: dispersion · (XᵀWX)⁻¹.
    pub fn covariance(&self) -> Matrix {
        self.unscaled.scaled(self.dispersion)
    }

    /// Coefficients with tests under the model covariance: normal, or Student's t where the dispersion is estimated.
    ///
    /// # Errors
    /// No degrees of freedom for an estimated dispersion.
    pub fn tests(&self) -> Result<Vec<Coefficient>, TrendError> {
        let degf = if self.family == Family::QuasiPoisson { self.degf } else { f64::INFINITY };
        Coefficient::tested(&self.coefficients, &self.covariance(), degf)
    }

    /// Coefficients with normal tests under a covariance of choice.
    ///
    /// # Errors
    /// None with finite input.
    pub fn normal_tests(&self, covariance: &Matrix) -> Result<Vec<Coefficient>, TrendError> {
        Coefficient::tested(&self.coefficients, covariance, f64::INFINITY)
    }

    /// The sandwich covariance: right for rates also where the variance is not that of the family.
    ///
    /// # Definition
    /// (XᵀWX)⁻¹ Σ ωᵢxᵢxᵢᵀ (XᵀWX)⁻¹, ω the squared working residuals times weights with the factor of `kind`.
    ///
    /// # Errors
    /// A leverage of 1 under HC2 to HC4.
    ///
    /// # Agreement
    /// R `sandwich::vcovHC` of a `glm`, 1e-9.
    ///
    /// # References
    /// Huber (1967). Zeileis (2006), Journal of Statistical Software 16(9).
    pub fn robust_covariance(&self, kind: HcKind) -> Result<Matrix, TrendError> {
        let (weights, residuals) = working(&self.fitted, &self.y, self.family);
        let scores: Vec<f64> = weights.iter().zip(&residuals).map(|(w, r)| w * r).collect();
        let leverages: Vec<f64> = (0..self.y.len())
            .map(|i| {
                let row = self.design.row(i);
                weights[i] * dot(row, &self.unscaled.times_vector(row))
            })
            .collect();
        sandwich(&self.design, &scores, &leverages, &self.unscaled, kind)
    }
}

/// Working weights and residuals at means μ.
fn working(fitted: &[f64], y: &[f64], family: Family) -> (Vec<f64>, Vec<f64>) {
    fitted
        .iter()
        .zip(y)
        .map(|(mean, y)| {
            let (variance, slope) = family.variance_and_slope(*mean);
            (slope * slope / variance, (y - mean) / slope)
        })
        .unzip()
}

/// Coefficients, means and the number of steps.
fn reweighted(
    design: &Matrix,
    y: &[f64],
    offset: &[f64],
    family: Family,
) -> Result<(Vec<f64>, Vec<f64>, usize), TrendError> {
    const STEPS: usize = 100;
    let (n, p) = (design.n_rows(), design.n_columns());
    let deviance = |means: &[f64]| y.iter().zip(means).map(|(y, m)| family.deviance(*y, *m)).collect::<Sum>().value();
    let mut means: Vec<f64> = y.iter().map(|y| family.start(*y)).collect();
    let mut eta: Vec<f64> = means.iter().map(|m| family.link(*m)).collect();
    let mut before = deviance(&means);
    let mut coefficients: Option<Vec<f64>> = None;
    for step in 1..=STEPS {
        let (weights, residuals) = working(&means, y, family);
        let roots: Vec<f64> = weights.iter().map(|w| w.sqrt()).collect();
        if roots.iter().any(|r| !(r.is_finite() && *r > 0.0)) {
            break;
        }
        let target: Vec<f64> = (0..n).map(|i| roots[i] * (eta[i] - offset[i] + residuals[i])).collect();
        let mut next = Qr::of(&Matrix::from_fn(n, p, |i, j| roots[i] * design[(i, j)]))?.solve(&target)?;
        let mut now = f64::NAN;
        let eta_before = eta.clone();
        // A step into nowhere is halved, which R's glm does too.
        for _ in 0..30 {
            eta = design.times_vector(&next).iter().zip(offset).map(|(e, o)| e + o).collect();
            means = eta.iter().map(|e| family.mean(*e)).collect();
            now = deviance(&means);
            match &coefficients {
                Some(last) if !now.is_finite() => {
                    next = next.iter().zip(last).map(|(a, b)| 0.5 * (a + b)).collect();
                }
                _ => break,
            }
        }
        let settled = coefficients.is_some() && (now - before).abs() <= 1e-13 * (now.abs() + 0.1);
        coefficients = Some(next.clone());
        before = now;
        if settled {
            // Near an end at infinity the deviance stands still while every step moves on by about one.
            let moved = eta.iter().zip(&eta_before).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            if moved > 1e-2 {
                return Err(TrendError::NotIdentified { what: "a coefficient that runs to infinity" });
            }
            return Ok((next, means, step));
        }
    }
    Err(TrendError::NoConvergence { what: "the regression", iterations: STEPS })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intercept_is_the_log_rate() {
        // Poisson with exposure: exp(b) = events over exposure, variance 1/events.
        let exposure = [2.0_f64, 3.0, 5.0];
        let offset: Vec<f64> = exposure.iter().map(|e| libm::log(*e)).collect();
        let fit =
            GlmFit::of(&Matrix::from_fn(3, 1, |_, _| 1.0), &[1.0, 7.0, 4.0], Some(&offset), Family::Poisson).unwrap();
        assert!((libm::exp(fit.coefficients[0]) - 1.2).abs() < 1e-12);
        assert!((fit.covariance()[(0, 0)] - 1.0 / 12.0).abs() < 1e-12);
        assert!((fit.deviance - fit.null_deviance).abs() < 1e-12);
    }

    #[test]
    fn quasi_and_plain_poisson_share_the_point() {
        let x = Matrix::from_fn(6, 2, |i, j| if j == 0 { 1.0 } else { i as f64 });
        let y = [1.0, 0.0, 4.0, 2.0, 9.0, 5.0];
        let plain = GlmFit::of(&x, &y, None, Family::Poisson).unwrap();
        let quasi = GlmFit::of(&x, &y, None, Family::QuasiPoisson).unwrap();
        assert_eq!(plain.coefficients, quasi.coefficients);
        assert!(quasi.log_likelihood.is_none() && quasi.dispersion > 1.0);
    }

    #[test]
    fn a_huge_theta_is_poisson() {
        let x = Matrix::from_fn(5, 2, |i, j| if j == 0 { 1.0 } else { i as f64 });
        let y = [1.0, 2.0, 2.0, 6.0, 7.0];
        let a = GlmFit::of(&x, &y, None, Family::Poisson).unwrap();
        let b = GlmFit::of(&x, &y, None, Family::NegativeBinomial { theta: 1e9 }).unwrap();
        assert!((a.coefficients[1] - b.coefficients[1]).abs() < 1e-7);
    }

    #[test]
    fn what_has_no_estimate_is_an_error() {
        let one = Matrix::from_fn(3, 1, |_, _| 1.0);
        assert!(GlmFit::of(&one, &[0.0; 3], None, Family::Poisson).is_err());
        assert!(GlmFit::of(&one, &[1.0, -1.0, 2.0], None, Family::Poisson).is_err());
        assert!(GlmFit::of(&one, &[1.0, 0.5, 2.0], None, Family::Binomial).is_err());
        assert!(GlmFit::of(&one, &[1.0, f64::NAN, 2.0], None, Family::Poisson).is_err());
        assert!(GlmFit::of(&Matrix::zeros(0, 1), &[], None, Family::Poisson).is_err());
        let separated = Matrix::from_fn(4, 2, |i, j| if j == 0 { 1.0 } else { i as f64 });
        assert!(GlmFit::of(&separated, &[0.0, 0.0, 1.0, 1.0], None, Family::Binomial).is_err());
    }
}
