//! Covariances for unequal error variances.

use super::super::error::TrendError;
use super::linear::LinearFit;
use crate::numeric::matrix::Matrix;

/// Which heteroskedasticity-consistent covariance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HcKind {
    /// e²: too small in small samples.
    Hc0,
    /// e²·n/(n − p).
    Hc1,
    /// e²/(1 − h): unbiased under equal variances.
    Hc2,
    /// e²/(1 − h)²: close to the jackknife; the safe default for short series.
    Hc3,
    /// e²/(1 − h)^min(4, h/h̄): for points of high leverage.
    Hc4,
}

/// The covariance of coefficients that allows each observation a variance of its own.
///
/// # Definition
/// B (Σ ωᵢ xᵢxᵢᵀ) B with ωᵢ = (wᵢeᵢ)² times the factor of `kind`.
///
/// # Errors
/// A leverage of 1 under HC2 to HC4: that observation is fitted exactly and says nothing of its variance.
///
/// # Agreement
/// R `sandwich::vcovHC`, 1e-9.
///
/// # References
/// White (1980), Econometrica 48. MacKinnon and White (1985). Cribari-Neto (2004), Computational Statistics & Data Analysis 45.
pub fn heteroskedastic_covariance(fit: &LinearFit, kind: HcKind) -> Result<Matrix, TrendError> {
    let weighted: Vec<f64> = match &fit.weights {
        None => fit.residuals.clone(),
        Some(w) => fit.residuals.iter().zip(w).map(|(e, w)| e * w).collect(),
    };
    sandwich(&fit.design, &weighted, &fit.leverages(), &fit.unscaled, kind)
}

/// `bread · Σ ω x xᵀ · bread` for working residuals that already hold their weights.
pub(in super::super) fn sandwich(
    design: &Matrix,
    residuals: &[f64],
    leverages: &[f64],
    bread: &Matrix,
    kind: HcKind,
) -> Result<Matrix, TrendError> {
    let (n, p) = (residuals.len() as f64, design.n_columns() as f64);
    let mean = leverages.iter().sum::<f64>() / n;
    if kind == HcKind::Hc1 && n <= p {
        return Err(TrendError::TooFew { what: "observations", got: residuals.len(), needed: design.n_columns() + 1 });
    }
    let omega = residuals
        .iter()
        .zip(leverages)
        .enumerate()
        .map(|(position, (e, h))| {
            let rest = 1.0 - h;
            if rest < 1e-12 && !matches!(kind, HcKind::Hc0 | HcKind::Hc1) {
                let got = *h;
                return Err(TrendError::NotFinite { what: "1 / (1 - leverage)", position, got });
            }
            let factor = match kind {
                HcKind::Hc0 => 1.0,
                HcKind::Hc1 => n / (n - p),
                HcKind::Hc2 => 1.0 / rest,
                HcKind::Hc3 => 1.0 / (rest * rest),
                HcKind::Hc4 => libm::pow(rest, -(h / mean).min(4.0)),
            };
            Ok(e * e * factor)
        })
        .collect::<Result<Vec<f64>, TrendError>>()?;
    Ok(design.cross_product(Some(&omega)).congruence(bread))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_by_hand() {
        // Intercept only: HC0 is Σe²/n², HC3 divides by (1 − 1/n)² = (2/3)².
        let fit = LinearFit::of(&Matrix::from_fn(3, 1, |_, _| 1.0), &[1.0, 2.0, 6.0], None).unwrap();
        let hc0 = heteroskedastic_covariance(&fit, HcKind::Hc0).unwrap()[(0, 0)];
        assert!((hc0 - 14.0 / 9.0).abs() < 1e-13);
        let hc3 = heteroskedastic_covariance(&fit, HcKind::Hc3).unwrap()[(0, 0)];
        assert!((hc3 - 14.0 / 4.0).abs() < 1e-12);
    }

    #[test]
    fn a_point_of_its_own_is_named() {
        let design = Matrix::from_rows(&[[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]]);
        let fit = LinearFit::of(&design, &[1.0, 2.0, 4.0, 3.0], None).unwrap();
        assert!(heteroskedastic_covariance(&fit, HcKind::Hc3).is_err());
        assert!(heteroskedastic_covariance(&fit, HcKind::Hc0).is_ok());
    }
}
