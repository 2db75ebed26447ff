//! The area-level model of Fay and Herriot.

use super::error::SmallAreaError;
use crate::analysis::meta::{Coefficient, MetaTest, Moderator, Tau2Method, meta_analysis};
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;

/// The estimator of the variance of the areas about the regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AreaVarianceMethod {
    /// Restricted maximum likelihood.
    #[default]
    Reml,
    /// The moment equation of Fay and Herriot: the weighted residual sum of squares equals its degrees of freedom.
    FayHerriot,
    /// The moments of Prasad and Rao, without weights.
    PrasadRao,
}

/// The estimate of an area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AreaEstimate {
    /// γ y + (1 − γ) x'b; the regression alone where there is no direct estimate.
    pub value: f64,
    /// Mean squared error.
    pub mse: f64,
    /// γ, the part of the direct estimate that is kept; 0 where there is none.
    pub kept: f64,
    /// x'b.
    pub regression: f64,
}

/// A fitted model.
#[derive(Debug, Clone, PartialEq)]
pub struct FayHerriot {
    /// Coefficients of the regression, the intercept first, with normal tests.
    pub coefficients: Vec<Coefficient>,
    /// A.
    pub variance: f64,
    /// One estimate an area, in the order given.
    pub areas: Vec<AreaEstimate>,
    /// Areas with a direct estimate.
    pub n_direct: usize,
}

/// Empirical best linear unbiased predictions of areas from their direct estimates and covariates.
///
/// An area without direct estimate (`None`) is predicted from its covariates alone. A direct estimate is not used where its
/// sampling variance is not known: pass `None` for it.
///
/// # Definition
/// y_i = x_i'β + u_i + e_i, V(u_i) = A, V(e_i) = ψ_i; b by weighted least squares with weights 1/(A + ψ). Mean squared
/// error g₁ + g₂ + 2g₃ with g₁ = γψ, g₂ = (1 − γ)²x'V(b)x, g₃ = ψ²(A + ψ)⁻³V(A); less (1 − γ)²·bias(A) for `FayHerriot`
/// (Datta and Lahiri). V(A) is 2/Σ(A + ψ)⁻², for `FayHerriot` 2m/(Σ(A + ψ)⁻¹)², for `PrasadRao` 2Σ(A + ψ)²/m². Without
/// direct estimate A + x'V(b)x.
///
/// # Shapes and units
/// One direct estimate with sampling variance, or none, and one value of each covariate an area. The variances are taken as
/// known; smooth them before where they come from few respondents.
///
/// # Errors
/// Fewer direct estimates than coefficients + 1, lengths that differ, covariates that are missing or explain one another.
///
/// # Agreement
/// Coefficients, A and predictions: R metafor 3.8, `rma` and `blup`. Mean squared errors: the formulas by hand.
///
/// # References
/// Fay and Herriot (1979), JASA 74; Prasad and Rao (1990), JASA 85; Datta and Lahiri (2000), Statistica Sinica 10; Datta,
/// Rao and Smith (2005), Biometrika 92; Rao and Molina (2015), *Small Area Estimation*, chapter 6.
pub fn fay_herriot(
    direct: &[Option<(f64, f64)>],
    covariates: &[Moderator<'_>],
    method: AreaVarianceMethod,
) -> Result<FayHerriot, SmallAreaError> {
    for covariate in covariates {
        if covariate.values.len() != direct.len() {
            let (got, expected) = (covariate.values.len(), direct.len());
            return Err(SmallAreaError::Length { what: covariate.name.clone(), got, expected });
        }
        if let Some(i) = covariate.values.iter().position(|value| !value.is_finite()) {
            let got = covariate.values[i];
            return Err(SmallAreaError::NotFinite { what: covariate.name.clone(), position: i + 1, got });
        }
    }
    let (y, psi): (Vec<f64>, Vec<f64>) = direct.iter().flatten().copied().unzip();
    let with_direct = |values: &[f64]| -> Vec<f64> {
        values.iter().zip(direct).filter(|(_, direct)| direct.is_some()).map(|(value, _)| *value).collect()
    };
    let columns: Vec<Vec<f64>> = covariates.iter().map(|covariate| with_direct(covariate.values)).collect();
    let moderators: Vec<Moderator<'_>> =
        covariates.iter().zip(&columns).map(|(m, values)| Moderator { name: m.name.clone(), values }).collect();
    let estimator = match method {
        AreaVarianceMethod::Reml => Tau2Method::Reml,
        AreaVarianceMethod::FayHerriot => Tau2Method::PauleMandel,
        AreaVarianceMethod::PrasadRao => Tau2Method::HedgesOlkin,
    };
    let fit = meta_analysis(&y, &psi, &moderators, estimator, MetaTest::Normal, 0.95)?;
    let variance = fit.heterogeneity.tau2;
    let uncertainty = Uncertainty::new(&psi, variance, method);
    let beta: Vec<f64> = fit.coefficients.iter().map(|coefficient| coefficient.estimate).collect();
    let x = Matrix::from_fn(y.len(), beta.len(), |i, j| if j == 0 { 1.0 } else { columns[j - 1][i] });
    let weights: Vec<f64> = psi.iter().map(|psi| 1.0 / (variance + psi)).collect();
    let of_beta = Cholesky::of(&x.cross_product(Some(&weights)))?.inverse();
    let area = |(i, direct): (usize, &Option<(f64, f64)>)| {
        let row: Vec<f64> =
            std::iter::once(1.0).chain(covariates.iter().map(|covariate| covariate.values[i])).collect();
        let regression: f64 = row.iter().zip(&beta).map(|(x, b)| x * b).sum();
        let of_regression = of_beta.quadratic_form(&row);
        match *direct {
            None => AreaEstimate { value: regression, mse: variance + of_regression, kept: 0.0, regression },
            Some((y, psi)) => {
                let kept = variance / (variance + psi);
                let mse = uncertainty.mse(psi, variance, of_regression);
                AreaEstimate { value: kept * y + (1.0 - kept) * regression, mse, kept, regression }
            }
        }
    };
    Ok(FayHerriot {
        areas: direct.iter().enumerate().map(area).collect(),
        coefficients: fit.coefficients,
        variance,
        n_direct: y.len(),
    })
}

/// Variance and bias of the estimated A.
struct Uncertainty {
    variance: f64,
    bias: f64,
}

impl Uncertainty {
    fn new(psi: &[f64], a: f64, method: AreaVarianceMethod) -> Self {
        let m = psi.len() as f64;
        let sum = |power: i32| psi.iter().map(|psi| (a + psi).powi(power)).sum::<f64>();
        match method {
            AreaVarianceMethod::Reml => Self { variance: 2.0 / sum(-2), bias: 0.0 },
            AreaVarianceMethod::FayHerriot => {
                let (first, second) = (sum(-1), sum(-2));
                let bias = 2.0 * (m * second - first * first) / (first * first * first);
                Self { variance: 2.0 * m / (first * first), bias }
            }
            AreaVarianceMethod::PrasadRao => Self { variance: 2.0 * sum(2) / (m * m), bias: 0.0 },
        }
    }

    fn mse(&self, psi: f64, a: f64, of_regression: f64) -> f64 {
        let shrunk = psi / (a + psi);
        let g1 = a * shrunk;
        let g2 = shrunk * shrunk * of_regression;
        let g3 = shrunk * shrunk / (a + psi) * self.variance;
        (g1 + g2 + 2.0 * g3 - shrunk * shrunk * self.bias).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIRECT: [(f64, f64); 6] =
        [(0.52, 0.0025), (0.41, 0.0009), (0.70, 0.0036), (0.48, 0.0016), (0.76, 0.0025), (0.65, 0.0049)];
    const X: [f64; 6] = [0.1, 0.3, 0.4, 0.0, 0.5, 0.6];

    fn fit(method: AreaVarianceMethod) -> FayHerriot {
        let direct: Vec<Option<(f64, f64)>> = DIRECT.iter().copied().map(Some).collect();
        fay_herriot(&direct, &[Moderator { name: "x".to_string(), values: &X }], method).unwrap()
    }

    #[test]
    fn equal_variances_by_hand() {
        // Mean only, ψ = 1: A = s² − 1 by every method; y = 0, 2, 4, 10: s² = 56/3, A = 53/3, γ = 53/56, mean 4.
        let direct: Vec<_> = [0.0, 2.0, 4.0, 10.0].into_iter().map(|y| Some((y, 1.0))).collect();
        for method in [AreaVarianceMethod::Reml, AreaVarianceMethod::FayHerriot, AreaVarianceMethod::PrasadRao] {
            let fit = fay_herriot(&direct, &[], method).unwrap();
            assert!((fit.variance - 53.0 / 3.0).abs() < 1e-9, "{method:?}");
            let last = fit.areas[3];
            assert!((last.kept - 53.0 / 56.0).abs() < 1e-10);
            assert!((last.value - (4.0 + 6.0 * 53.0 / 56.0)).abs() < 1e-9);
            // g₁ = 53/56, g₂ = (3/56)²·(56/3)/4, g₃ = (3/56)³·V(A), V(A) = 2(56/3)²/4; no bias with equal ψ.
            let shrunk: f64 = 3.0 / 56.0;
            let want = 53.0 / 56.0 + shrunk / 4.0 + 2.0 * shrunk * 0.5;
            assert!((last.mse - want).abs() < 1e-9, "{method:?}: {} {want}", last.mse);
        }
    }

    /// R 4.2.2, metafor 3.8: `rma(y, v, mods = ~x, method = "REML", "PM", "HE")` and `blup`, whose squared standard error is
    /// g₁ + g₂.
    #[test]
    fn agrees_with_r() {
        let near = |got: f64, want: f64| assert!((got / want - 1.0).abs() < 1e-6, "{got} instead of {want}");
        let wanted = [
            (AreaVarianceMethod::Reml, 0.0112425253, [0.4517377070, 0.4164260586], 0.4223531941, 0.0008459252),
            (AreaVarianceMethod::FayHerriot, 0.0104188442, [0.4514414426, 0.4166276591], 0.4232333976, 0.0008420984),
            (AreaVarianceMethod::PrasadRao, 0.0095354037, [0.4510788399, 0.4168530703], 0.4243282703, 0.0008373423),
        ];
        for (method, variance, beta, second, without_g3) in wanted {
            let fit = fit(method);
            near(fit.variance, variance);
            near(fit.coefficients[0].estimate, beta[0]);
            near(fit.coefficients[1].estimate, beta[1]);
            near(fit.areas[1].value, second);
            let psi = DIRECT.map(|(_, psi)| psi);
            let uncertainty = Uncertainty::new(&psi, fit.variance, method);
            let of_beta = fit.areas[1].mse - uncertainty.mse(psi[1], fit.variance, 0.0);
            let known = Uncertainty { variance: 0.0, bias: 0.0 };
            near(of_beta + known.mse(psi[1], fit.variance, 0.0), without_g3);
        }
    }

    #[test]
    fn an_area_without_interviews_gets_the_regression() {
        let mut direct: Vec<Option<(f64, f64)>> = DIRECT.iter().copied().map(Some).collect();
        direct.push(None);
        let x: Vec<f64> = X.iter().copied().chain([0.2]).collect();
        let moderators = [Moderator { name: "x".to_string(), values: &x }];
        let all = fay_herriot(&direct, &moderators, AreaVarianceMethod::Reml).unwrap();
        let (last, known) = (all.areas[6], fit(AreaVarianceMethod::Reml));
        assert_eq!(all.n_direct, 6);
        assert_eq!((last.kept, last.value), (0.0, last.regression));
        assert!(last.mse > all.variance && (all.variance - known.variance).abs() < 1e-15);
        assert_eq!(all.areas[..6], known.areas[..]);
    }

    #[test]
    fn direct_estimates_are_pulled_to_the_regression_the_more_the_less_certain_they_are() {
        let fit = fit(AreaVarianceMethod::PrasadRao);
        for (area, (y, _)) in fit.areas.iter().zip(DIRECT) {
            let between = (area.value - y) * (area.value - area.regression);
            assert!(between <= 1e-15 && (0.0..=1.0).contains(&area.kept) && area.mse >= 0.0);
        }
        assert!(fit.areas[1].kept >= fit.areas[5].kept);
    }

    #[test]
    fn bad_input_is_an_error() {
        let direct = [Some((0.5, 0.01)), Some((0.6, 0.01)), None];
        let short = Moderator { name: "x".to_string(), values: &[1.0] };
        let hole = Moderator { name: "x".to_string(), values: &[1.0, 2.0, f64::NAN] };
        let error = |m: &[Moderator<'_>]| fay_herriot(&direct, m, AreaVarianceMethod::Reml).unwrap_err().to_string();
        assert!(error(&[short]).contains("x has 1 values"));
        assert!(error(&[hole]).contains("area 3"));
        assert!(fay_herriot(&direct[1..], &[], AreaVarianceMethod::Reml).is_err());
    }
}
