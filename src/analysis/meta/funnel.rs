//! Do small polls say something else than large ones?

use super::error::MetaError;
use super::fit::check;
use super::tau2::at_weights;
use crate::numeric::dist::StudentT;
use crate::numeric::matrix::Matrix;

/// The slope of the estimates on their standard errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FunnelTest {
    /// The slope: change of the estimate per unit of its standard error.
    pub slope: f64,
    pub se: f64,
    /// t of the slope.
    pub statistic: f64,
    pub degf: f64,
    pub p_value: f64,
}

/// Egger's test of a funnel plot: regression of the estimates on their standard errors, weights 1/v, free dispersion.
///
/// # Errors
/// Fewer than 3 estimates, estimates or variances out of range, standard errors that are all the same.
///
/// # Agreement
/// R metafor 3.8, `regtest(model = "lm")`.
///
/// # References
/// Egger, Davey Smith, Schneider and Minder (1997), BMJ 315.
pub fn egger(y: &[f64], v: &[f64]) -> Result<FunnelTest, MetaError> {
    check(y, v, 3)?;
    let x = Matrix::from_fn(y.len(), 2, |i, j| if j == 0 { 1.0 } else { v[i].sqrt() });
    let w: Vec<f64> = v.iter().map(|v| 1.0 / v).collect();
    let fit = at_weights(y, &x, &w)?;
    let degf = y.len() as f64 - 2.0;
    let (slope, se) = (fit.coefficients[1], (fit.covariance[(1, 1)] * fit.q / degf).sqrt());
    let statistic = slope / se;
    Ok(FunnelTest { slope, se, statistic, degf, p_value: StudentT::new(degf)?.two_sided_sf(statistic.abs()) })
}
