//! Does one number of areas go with another, other numbers held constant?

use crate::analysis::trend::TrendError;
use crate::analysis::trend::regression::{HcKind, LinearFit, heteroskedastic_covariance};
use crate::numeric::dist::StudentT;
use crate::numeric::matrix::Matrix;
use crate::numeric::stream::Stream;

/// The slope of the outcome on the predictor.
#[derive(Debug, Clone, PartialEq)]
pub struct AreaFit {
    pub slope: f64,
    /// HC3.
    pub se: f64,
    pub degf: f64,
    /// t on `degf`.
    pub statistic: f64,
    pub p_value: f64,
    /// By permutation of the residuals of the model without the predictor.
    pub permutation_p_value: f64,
    /// Residuals in units of equal variance: times the root of the weight.
    pub residuals: Vec<f64>,
    /// How much each area decides its own fitted value, from 0 to 1.
    pub leverages: Vec<f64>,
}

/// Weighted least squares of an outcome on a predictor and covariates over areas, with HC3 errors and a permutation test.
///
/// # Definition
/// The permutation test is that of Freedman and Lane: the residuals of the model without the predictor, times the roots of
/// the weights, are put in random orders and added back; the p value is the part of the orders, the observed one among them,
/// whose HC3 t is at least as large.
///
/// # Shapes and units
/// One value an area in every list; weights are inverse variances up to a factor, such as populations.
///
/// # Errors
/// Those of [`LinearFit::of`] and of HC3: too few areas, values that are missing, columns that explain one another, an area
/// that is fitted exactly.
///
/// # References
/// MacKinnon and White (1985), Journal of Econometrics 29; Freedman and Lane (1983), Journal of Business & Economic
/// Statistics 1; DiCiccio and Romano (2017), JASA 112, on robust statistics in permutation tests.
pub fn association(
    outcome: &[f64],
    predictor: &[f64],
    covariates: &[&[f64]],
    weights: Option<&[f64]>,
    permutations: usize,
    stream: &mut Stream,
) -> Result<AreaFit, TrendError> {
    let n = outcome.len();
    let full = Matrix::from_fn(n, covariates.len() + 2, |i, j| match j {
        0 => 1.0,
        1 => predictor.get(i).copied().unwrap_or(f64::NAN),
        _ => covariates[j - 2].get(i).copied().unwrap_or(f64::NAN),
    });
    let fit = LinearFit::of(&full, outcome, weights)?;
    if fit.degf < 1.0 {
        return Err(TrendError::TooFew { what: "areas", got: n, needed: covariates.len() + 3 });
    }
    let (slope, se) = (fit.coefficients[1], hc3(&fit)?);
    let statistic = slope / se;
    let reduced = Matrix::from_fn(n, covariates.len() + 1, |i, j| if j == 0 { 1.0 } else { covariates[j - 1][i] });
    let without = LinearFit::of(&reduced, outcome, weights)?;
    let root = |i: usize| weights.map_or(1.0, |w| w[i].sqrt());
    let mut left: Vec<f64> = (0..n).map(|i| root(i) * without.residuals[i]).collect();
    let mut as_large = 1_usize;
    for _ in 0..permutations {
        stream.shuffle(&mut left);
        let y: Vec<f64> =
            (0..n).map(|i| without.fitted[i] + if root(i) > 0.0 { left[i] / root(i) } else { 0.0 }).collect();
        let again = LinearFit::of(&full, &y, weights)?;
        let t = again.coefficients[1] / hc3(&again)?;
        as_large += usize::from(t.abs() >= statistic.abs() - 1e-12);
    }
    Ok(AreaFit {
        slope,
        se,
        degf: fit.degf,
        statistic,
        p_value: StudentT::new(fit.degf)?.two_sided_sf(statistic.abs()),
        permutation_p_value: as_large as f64 / (permutations + 1) as f64,
        residuals: (0..n).map(|i| root(i) * fit.residuals[i]).collect(),
        leverages: fit.leverages(),
    })
}

fn hc3(fit: &LinearFit) -> Result<f64, TrendError> {
    Ok(heteroskedastic_covariance(fit, HcKind::Hc3)?[(1, 1)].max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_is_that_of_least_squares() {
        let (x, y) = ([1.0, 2.0, 3.0, 4.0, 5.0], [1.1, 1.9, 3.2, 3.8, 5.0]);
        let fit = association(&y, &x, &[], None, 199, &mut Stream::named(1, "areas")).unwrap();
        // Σ(x − 3)(y − 3)/Σ(x − 3)² = 9.7/10.
        assert!((fit.slope - 0.97).abs() < 1e-12 && fit.degf == 3.0);
        assert!(fit.p_value < 0.01 && fit.permutation_p_value < 0.1);
        assert!(fit.residuals.iter().sum::<f64>().abs() < 1e-12);
    }

    #[test]
    fn a_covariate_that_is_the_cause_takes_the_slope_away() {
        let cause: Vec<f64> = (0..20).map(f64::from).collect();
        let x: Vec<f64> = cause.iter().map(|c| c + libm::sin(3.0 * c)).collect();
        let y: Vec<f64> = cause.iter().map(|c| 2.0 * c + libm::cos(5.0 * c)).collect();
        let mut stream = Stream::named(2, "areas");
        let alone = association(&y, &x, &[], None, 99, &mut stream).unwrap();
        let held = association(&y, &x, &[&cause], None, 99, &mut stream).unwrap();
        assert!(alone.slope > 1.5 && held.slope.abs() < 0.5 && held.p_value > 0.05, "{held:?}");
    }

    #[test]
    fn the_permutation_test_holds_its_size_with_unequal_variances() {
        // Of 200 samples without association about a twentieth is below 0.05: Monte Carlo error 0.0154, three allowed.
        let mut stream = Stream::named(3, "areas");
        let weights: Vec<f64> = (0..15).map(|i| 1.0 + f64::from(i)).collect();
        let below = (0..200)
            .filter(|_| {
                let x: Vec<f64> = (0..15).map(|_| stream.normal()).collect();
                let y: Vec<f64> = weights.iter().map(|w| stream.normal() / w.sqrt()).collect();
                let fit = association(&y, &x, &[], Some(&weights), 99, &mut stream).unwrap();
                fit.permutation_p_value <= 0.05
            })
            .count() as f64
            / 200.0;
        assert!((below - 0.05).abs() < 3.0 * 0.0154, "{below}");
    }

    #[test]
    fn too_few_areas_and_missing_values_are_errors() {
        let mut stream = Stream::named(4, "areas");
        assert!(association(&[1.0, 2.0], &[1.0, 3.0], &[], None, 9, &mut stream).is_err());
        assert!(association(&[1.0, 2.0, 4.0], &[1.0, f64::NAN, 2.0], &[], None, 9, &mut stream).is_err());
        assert!(association(&[1.0, 2.0, 4.0, 3.0], &[1.0; 4], &[], None, 9, &mut stream).is_err());
        assert!(association(&[1.0, 2.0, 4.0, 3.0], &[1.0; 3], &[], None, 9, &mut stream).is_err());
    }
}
