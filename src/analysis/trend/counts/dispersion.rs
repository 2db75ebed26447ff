//! Do counts vary more than Poisson's law allows?

use super::super::check::at_least;
use super::super::error::TrendError;
use super::glm::{Family, GlmFit};
use crate::numeric::dist::Normal;
use crate::numeric::moments::Moments;
use crate::numeric::sum::dot;

/// How the variance grows with the mean if counts are overdispersed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VarianceForm {
    /// (1 + α)μ.
    Linear,
    /// μ + αμ².
    Quadratic,
}

/// The test of Cameron and Trivedi.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overdispersion {
    pub alpha: f64,
    pub z: f64,
    /// One-sided: against more variance than Poisson's.
    pub p_value: f64,
}

/// Tests a Poisson fit for overdispersion.
///
/// # Definition
/// aᵢ = ((yᵢ − μᵢ)² − yᵢ)/μᵢ regressed on a constant ([`VarianceForm::Linear`]) or on μᵢ without one (quadratic); z is the t
/// statistic of the coefficient α.
///
/// # Errors
/// A fit of another family, fewer than two observations, no variation of aᵢ.
///
/// # Agreement
/// R `AER::dispersiontest` (α, z).
///
/// # References
/// Cameron and Trivedi (1990), Journal of Econometrics 46.
pub fn overdispersion_test(fit: &GlmFit, form: VarianceForm) -> Result<Overdispersion, TrendError> {
    if fit.family != Family::Poisson {
        return Err(TrendError::NotIdentified { what: "overdispersion beyond a family other than Poisson" });
    }
    let n = fit.y.len();
    at_least("observations", n, 2)?;
    let gaps: Vec<f64> = fit.y.iter().zip(&fit.fitted).map(|(y, m)| ((y - m) * (y - m) - y) / m).collect();
    let (alpha, se) = match form {
        VarianceForm::Linear => {
            let moments = Moments::of(&gaps);
            (moments.mean, (moments.m2 / (n as f64 * (n - 1) as f64)).sqrt())
        }
        VarianceForm::Quadratic => {
            let square = dot(&fit.fitted, &fit.fitted);
            let alpha = dot(&gaps, &fit.fitted) / square;
            let rest: Vec<f64> = gaps.iter().zip(&fit.fitted).map(|(g, m)| g - alpha * m).collect();
            (alpha, (dot(&rest, &rest) / ((n - 1) as f64 * square)).sqrt())
        }
    };
    if se == 0.0 {
        return Err(TrendError::Constant { what: "the excess variance", statistic: "its test" });
    }
    let z = alpha / se;
    Ok(Overdispersion { alpha, z, p_value: Normal::STANDARD.sf(z) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::matrix::Matrix;

    fn fit(y: &[f64]) -> GlmFit {
        GlmFit::of(&Matrix::from_fn(y.len(), 1, |_, _| 1.0), y, None, Family::Poisson).unwrap()
    }

    #[test]
    fn clumped_counts_are_found_and_both_forms_agree_for_one_mean() {
        let clumped = fit(&[0.0, 0.0, 30.0, 1.0, 25.0, 0.0, 0.0, 18.0, 28.0, 0.0, 22.0, 1.0]);
        let (a, b) = (
            overdispersion_test(&clumped, VarianceForm::Linear).unwrap(),
            overdispersion_test(&clumped, VarianceForm::Quadratic).unwrap(),
        );
        assert!(a.p_value < 0.01 && (a.z - b.z).abs() < 1e-9);
    }

    #[test]
    fn one_count_says_nothing() {
        assert!(overdispersion_test(&fit(&[3.0]), VarianceForm::Linear).is_err());
    }
}
