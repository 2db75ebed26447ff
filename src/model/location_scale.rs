//! A normal model with predictors of the mean and of the standard deviation.

use super::error::ModelError;
use super::fit::{Rows, design_covariance, with_degf};
use super::instruments::Coefficients;
use super::matrix::ModelMatrix;
use super::newton::{RowLikelihood, maximize};
use crate::design::SurveyDesign;
use crate::numeric::matrix::Matrix;

/// Fits y ~ N(x'β, (z'γ)²) by weighted maximum likelihood, and gives the weighted log-likelihood with it.
///
/// # Shapes and units
/// The coefficients of the mean come first, named `mean.` and column, then those of the deviation, `sd.` and column.
///
/// # Errors
/// Lengths that differ, start values of another number or with a deviation that is not above 0, no rows.
///
/// # Agreement
/// R survey 4.1.1, `svymle` with `dnorm`, 1e-4 (its optimiser stops early).
///
/// # References
/// Binder (1983), International Statistical Review 51.
pub fn normal_location_scale(
    design: &SurveyDesign,
    response: &[f64],
    mean: &ModelMatrix,
    deviation: &ModelMatrix,
    start: &[f64],
    mask: &[bool],
    level: f64,
) -> Result<(Coefficients, f64), ModelError> {
    let n = design.n_rows();
    for (what, got) in
        [("the response", response.len()), ("the mean", mean.n_rows()), ("the deviation", deviation.n_rows())]
    {
        if got != n {
            return Err(ModelError::Length { what: what.to_string(), got, expected: n });
        }
    }
    let (p, q) = (mean.names().len(), deviation.names().len());
    if start.len() != p + q {
        let what = "the start values".to_string();
        return Err(ModelError::Length { what, got: start.len(), expected: p + q });
    }
    let rows = Rows::new(design, mask, |i| !response[i].is_nan() && mean.is_complete(i) && deviation.is_complete(i))?;
    let (y, x, z) = (rows.pick(response), rows.matrix(mean), rows.matrix(deviation));
    let row = |k: usize, at: &[f64]| row(y[k], x.row(k), z.row(k), at);
    let fit = maximize("normal model", &rows.weights, start, row)?;
    let gradients = (0..rows.n()).flat_map(|k| row(k, &fit.parameters).gradient).collect();
    let scores = Matrix::from_vec(rows.n(), p + q, gradients).times(&fit.inverse_information).scaled(rows.scale);
    let prefixed =
        |prefix: &str, m: &ModelMatrix| m.names().iter().map(|n| format!("{prefix}.{n}")).collect::<Vec<String>>();
    let names: Vec<String> = [prefixed("mean", mean), prefixed("sd", deviation)].concat();
    let (estimates, covariance) = design_covariance(
        design,
        &rows,
        names.clone(),
        &fit.parameters,
        &with_degf(level, rows.degf + 1.0 - (p + q) as f64),
        |k, j| scores[(k, j)],
        |weights| Ok(maximize("normal model", weights, &fit.parameters, row)?.parameters),
    )?;
    let log_likelihood = fit.value / rows.scale;
    let (values, n) = (fit.parameters, rows.n());
    Ok((Coefficients { estimates, names, values, covariance, df_design: rows.degf, n }, log_likelihood))
}

fn row(y: f64, x: &[f64], z: &[f64], at: &[f64]) -> RowLikelihood {
    let (p, size) = (x.len(), at.len());
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let (mu, sd) = (dot(x, &at[..p]), dot(z, &at[p..]));
    if sd <= 0.0 {
        let (gradient, hessian) = (vec![0.0; size], Matrix::zeros(size, size));
        return RowLikelihood { value: f64::NEG_INFINITY, gradient, hessian };
    }
    let e = (y - mu) / sd;
    let slope = |j: usize| if j < p { x[j] * e / sd } else { z[j - p] * (e * e - 1.0) / sd };
    let column = |j: usize| if j < p { x[j] } else { z[j - p] };
    let bend = |i: usize, j: usize| match (i < p, j < p) {
        (true, true) => -1.0,
        (false, false) => 1.0 - 3.0 * e * e,
        _ => -2.0 * e,
    };
    RowLikelihood {
        value: -libm::log(sd) - 0.5 * (e * e + libm::log(2.0 * std::f64::consts::PI)),
        gradient: (0..size).map(slope).collect(),
        hessian: Matrix::from_fn(size, size, |i, j| bend(i, j) * column(i) * column(j) / (sd * sd)),
    }
}
