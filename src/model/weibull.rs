//! Accelerated failure times with Weibull errors.

use super::error::ModelError;
use super::fit::{Rows, design_covariance, with_degf};
use super::matrix::ModelMatrix;
use super::newton::{RowLikelihood, maximize};
use super::survival::SurvivalTimes;
use crate::design::SurveyDesign;
use crate::estimate::Estimates;
use crate::numeric::matrix::Matrix;

/// A fitted Weibull model.
#[derive(Clone, Debug)]
pub struct Weibull {
    /// The coefficients, then the logarithm of the scale.
    pub estimates: Estimates,
    pub names: Vec<String>,
    pub coefficients: Vec<f64>,
    /// Covariance of the coefficients and of ln σ, which comes last.
    pub covariance: Matrix,
    /// σ.
    pub scale: f64,
    pub log_likelihood: f64,
    pub df_design: f64,
}

/// Fits ln T = x'β + σ W with W of extreme-value law (so T is Weibull), by weighted maximum likelihood.
///
/// # Errors
/// Lengths that differ, times that are not above 0, events other than 0 and 1, no rows, predictors that explain one another.
///
/// # Agreement
/// R survey 4.1.1, `svysurvreg`, 1e-6.
///
/// # References
/// Kalbfleisch and Prentice (2002), *The Statistical Analysis of Failure Time Data*, section 3.6; Binder (1983).
pub fn weibull(
    design: &SurveyDesign,
    times: &SurvivalTimes<'_>,
    predictors: &ModelMatrix,
    mask: &[bool],
    level: f64,
) -> Result<Weibull, ModelError> {
    times.check(design.n_rows())?;
    if predictors.n_rows() != design.n_rows() {
        let (got, expected) = (predictors.n_rows(), design.n_rows());
        return Err(ModelError::Length { what: "the predictors".to_string(), got, expected });
    }
    let rows = Rows::new(design, mask, |i| times.is_complete(i) && predictors.is_complete(i))?;
    if let Some(&i) = rows.rows.iter().find(|&&i| times.time[i] <= 0.0) {
        return Err(ModelError::Response { row: i + 1, got: times.time[i], expected: "a time above 0" });
    }
    let x = rows.matrix(predictors);
    let p = x.n_columns();
    let ln_time: Vec<f64> = rows.pick(times.time).into_iter().map(libm::log).collect();
    let event = rows.pick(times.event);
    let row = |k: usize, at: &[f64]| row(x.row(k), ln_time[k], event[k], at);
    let mut start = vec![0.0; p + 1];
    if predictors.has_intercept() {
        let total: f64 = rows.weights.iter().sum();
        start[0] = ln_time.iter().zip(&rows.weights).map(|(t, w)| t * w).sum::<f64>() / total;
    }
    let fit = maximize("Weibull model", &rows.weights, &start, row)?;
    let scores =
        Matrix::from_vec(rows.n(), p + 1, (0..rows.n()).flat_map(|k| row(k, &fit.parameters).gradient).collect());
    let scores = scores.times(&fit.inverse_information).scaled(rows.scale);
    let mut names = predictors.names().to_vec();
    names.push("Log(scale)".to_string());
    let (estimates, covariance) = design_covariance(
        design,
        &rows,
        names,
        &fit.parameters,
        &with_degf(level, rows.degf + 1.0 - p as f64),
        |k, j| scores[(k, j)],
        |weights| Ok(maximize("Weibull model", weights, &fit.parameters, row)?.parameters),
    )?;
    Ok(Weibull {
        estimates,
        names: predictors.names().to_vec(),
        coefficients: fit.parameters[..p].to_vec(),
        covariance,
        scale: libm::exp(fit.parameters[p]),
        log_likelihood: fit.value,
        df_design: rows.degf,
    })
}

fn row(x: &[f64], ln_time: f64, event: f64, at: &[f64]) -> RowLikelihood {
    let p = x.len();
    let ln_scale = at[p];
    let scale = libm::exp(ln_scale);
    let z = (ln_time - x.iter().zip(at).map(|(x, b)| x * b).sum::<f64>()) / scale;
    let growth = libm::exp(z);
    let (slope, bend) = (event - growth, -growth);
    let mut gradient: Vec<f64> = x.iter().map(|x| -slope * x / scale).collect();
    gradient.push(-slope * z - event);
    let along = |j: usize| if j < p { x[j] / scale } else { z };
    let hessian = Matrix::from_fn(p + 1, p + 1, |i, j| {
        let mixed = match (i == p, j == p) {
            (false, false) => 0.0,
            (true, true) => slope * z,
            (true, false) => slope * x[j] / scale,
            (false, true) => slope * x[i] / scale,
        };
        bend * along(i) * along(j) + mixed
    });
    RowLikelihood { value: event * (z - ln_scale - ln_time) - growth, gradient, hessian }
}
