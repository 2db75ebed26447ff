//! Counts that vary more than Poisson's law allows.

use super::super::error::TrendError;
use super::glm::{Family, GlmFit};
use super::psi::{digamma, trigamma};
use crate::numeric::matrix::Matrix;

/// A negative binomial regression with θ estimated.
#[derive(Debug, Clone, PartialEq)]
pub struct NegativeBinomialFit {
    /// The model at the estimated θ; its standard errors condition on θ, as those of R's `MASS` do.
    pub glm: GlmFit,
    /// Variance μ + μ²/θ: the smaller, the more overdispersed.
    pub theta: f64,
    /// From the observed information.
    pub theta_se: f64,
    pub log_likelihood: f64,
    /// −2ℓ + 2(p + 1).
    pub aic: f64,
}

/// Fits counts of variance μ + μ²/θ by maximum likelihood in coefficients and θ.
///
/// # Definition
/// Alternates [`GlmFit`] at θ with Newton steps for θ at μ until both stand still.
///
/// # Errors
/// As [`GlmFit::of`]; no overdispersion, so that θ runs to infinity (use Poisson); no convergence.
///
/// # Agreement
/// R `MASS::glm.nb`, about 1e-6; R stops earlier in θ.
///
/// # References
/// Lawless (1987), Canadian Journal of Statistics 15. Venables and Ripley (2002), section 7.4.
pub fn negative_binomial(
    design: &Matrix,
    y: &[f64],
    offset: Option<&[f64]>,
) -> Result<NegativeBinomialFit, TrendError> {
    const STEPS: usize = 200;
    let poisson = GlmFit::of(design, y, offset, Family::Poisson)?;
    let mut theta = theta_at(y, &poisson.fitted, None)?;
    for _ in 0..STEPS {
        let glm = GlmFit::of(design, y, offset, Family::NegativeBinomial { theta })?;
        let next = theta_at(y, &glm.fitted, Some(theta))?;
        let settled = (next - theta).abs() <= 1e-11 * theta;
        theta = next;
        if settled {
            let glm = GlmFit::of(design, y, offset, Family::NegativeBinomial { theta })?;
            let (_, information) = score_and_information(y, &glm.fitted, theta);
            let log_likelihood = glm.log_likelihood.unwrap_or(f64::NAN);
            let parameters = (design.n_columns() + 1) as f64;
            return Ok(NegativeBinomialFit {
                theta_se: (1.0 / information).sqrt(),
                aic: 2.0 * (parameters - log_likelihood),
                log_likelihood,
                theta,
                glm,
            });
        }
    }
    Err(TrendError::NoConvergence { what: "theta", iterations: STEPS })
}

/// First derivative of the log-likelihood in θ and minus the second.
fn score_and_information(y: &[f64], means: &[f64], theta: f64) -> (f64, f64) {
    let (d, t) = (digamma(theta), trigamma(theta));
    y.iter().zip(means).fold((0.0, 0.0), |(score, information), (y, m)| {
        let (sum, total) = (m + theta, y + theta);
        (
            score + digamma(total) - d + libm::log(theta) + 1.0 - libm::log(sum) - total / sum,
            information - trigamma(total) + t - 1.0 / theta + 2.0 / sum - total / (sum * sum),
        )
    })
}

fn theta_at(y: &[f64], means: &[f64], start: Option<f64>) -> Result<f64, TrendError> {
    const STEPS: usize = 100;
    const LARGEST: f64 = 1e7;
    let mut theta = start.unwrap_or_else(|| {
        let spread: f64 = y.iter().zip(means).map(|(y, m)| (y / m - 1.0) * (y / m - 1.0)).sum();
        y.len() as f64 / spread
    });
    for _ in 0..STEPS {
        let (score, information) = score_and_information(y, means, theta);
        // Where the curve bends up, a Newton step points the wrong way: go along the slope instead.
        let step = if information > 0.0 { score / information } else { theta.copysign(score) };
        let next = (theta + step).clamp(0.1 * theta, 10.0 * theta);
        if !(next.is_finite() && next < LARGEST) {
            return Err(TrendError::NotIdentified { what: "overdispersion" });
        }
        let settled = (next - theta).abs() <= 1e-13 * theta;
        theta = next;
        if settled {
            return Ok(theta);
        }
    }
    // The last digits may swing; the outer iteration decides.
    Ok(theta)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fit_stands_on_top_of_the_likelihood() {
        let x = Matrix::from_fn(12, 1, |_, _| 1.0);
        let y = [0.0, 3.0, 1.0, 9.0, 0.0, 2.0, 14.0, 1.0, 0.0, 5.0, 2.0, 7.0];
        let fit = negative_binomial(&x, &y, None).unwrap();
        for factor in [0.99, 1.01] {
            let family = Family::NegativeBinomial { theta: fit.theta * factor };
            let beside = GlmFit::of(&x, &y, None, family).unwrap().log_likelihood.unwrap();
            assert!(beside < fit.log_likelihood);
        }
    }

    #[test]
    fn even_counts_are_not_overdispersed() {
        let x = Matrix::from_fn(6, 1, |_, _| 1.0);
        let result = negative_binomial(&x, &[4.0, 5.0, 4.0, 5.0, 4.0, 5.0], None);
        assert!(matches!(result, Err(TrendError::NotIdentified { .. })), "{result:?}");
    }
}
