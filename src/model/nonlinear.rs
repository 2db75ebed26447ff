//! Nonlinear least squares.

use super::error::ModelError;
use super::fit::{Rows, design_covariance, with_degf};
use super::instruments::Coefficients;
use super::least_squares::weighted_least_squares;
use crate::design::SurveyDesign;
use crate::numeric::matrix::Matrix;

const MAX_ITERATIONS: usize = 200;
const EPSILON: f64 = 1e-14;
const MAX_HALVINGS: usize = 40;
/// Relative step of central differences.
const DIFFERENCE: f64 = 6e-6;

/// What the scores of the rows are weighted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NonlinearScores {
    /// The weight.
    #[default]
    Weighted,
    /// As R's `svynls`: the weight times the root of the scaled weight, as its residuals carry the root already. Standard
    /// errors come out wrong where weights differ.
    AsR,
}

/// Fits a mean that is any smooth function of parameters, by weighted least squares (Gauss–Newton, halved steps).
///
/// # Shapes and units
/// `mean` gives the mean of every row of the design at some parameters; NaN where a predictor is missing. `start` holds
/// names and start values.
///
/// # Errors
/// Lengths that differ, no rows, parameters that the data do not tell apart, steps that do not settle.
///
/// # Agreement
/// R survey 4.1.1, `svynls`, 1e-6 with [`NonlinearScores::AsR`].
///
/// # References
/// Seber and Wild (1989), *Nonlinear Regression*, section 2.1; Binder (1983).
pub fn nonlinear_least_squares(
    design: &SurveyDesign,
    response: &[f64],
    mean: impl Fn(&[f64]) -> Vec<f64>,
    start: &[(String, f64)],
    mask: &[bool],
    level: f64,
    weighting: NonlinearScores,
) -> Result<Coefficients, ModelError> {
    let first: Vec<f64> = start.iter().map(|s| s.1).collect();
    let at_start = mean(&first);
    for (what, got) in [("the response", response.len()), ("the means", at_start.len())] {
        if got != design.n_rows() {
            return Err(ModelError::Length { what: what.to_string(), got, expected: design.n_rows() });
        }
    }
    let rows = Rows::new(design, mask, |i| !response[i].is_nan() && !at_start[i].is_nan())?;
    let y = rows.pick(response);
    let means = |at: &[f64]| rows.pick(&mean(at));
    let gradient = |at: &[f64]| {
        let column = |j: usize| {
            let step = DIFFERENCE * at[j].abs().max(1e-8);
            let shifted = |by: f64| {
                let mut moved = at.to_vec();
                moved[j] += by;
                means(&moved)
            };
            let (up, down) = (shifted(step), shifted(-step));
            up.iter().zip(&down).map(|(u, d)| (u - d) / (2.0 * step)).collect::<Vec<f64>>()
        };
        let columns: Vec<Vec<f64>> = (0..at.len()).map(column).collect();
        Matrix::from_fn(y.len(), at.len(), |i, j| columns[j][i])
    };
    let squares = |at: &[f64], w: &[f64]| -> f64 {
        means(at).iter().zip(&y).zip(w).map(|((m, y), w)| w * (y - m) * (y - m)).sum()
    };
    let fit = |w: &[f64], start: &[f64]| -> Result<Vec<f64>, ModelError> {
        let mut at = start.to_vec();
        let mut here = squares(&at, w);
        for _ in 0..MAX_ITERATIONS {
            let fitted = means(&at);
            let rest: Vec<f64> = y.iter().zip(&fitted).map(|(y, m)| y - m).collect();
            let (step, _) = weighted_least_squares(&gradient(&at), w, &rest)?;
            let mut factor = 1.0;
            let mut n_halvings = 0;
            let (next, there) = loop {
                let next: Vec<f64> = at.iter().zip(&step).map(|(a, s)| a + factor * s).collect();
                let there = squares(&next, w);
                if there <= here || n_halvings == MAX_HALVINGS {
                    break (next, there);
                }
                factor *= 0.5;
                n_halvings += 1;
            };
            let gain = here - there;
            if n_halvings < MAX_HALVINGS {
                (at, here) = (next, there);
            }
            if gain.abs() <= EPSILON * (1.0 + here) || n_halvings == MAX_HALVINGS {
                return Ok(at);
            }
        }
        Err(ModelError::NoConvergence { what: "nonlinear model", iterations: MAX_ITERATIONS })
    };
    let values = fit(&rows.weights, &first)?;
    let (slopes, fitted) = (gradient(&values), means(&values));
    let (_, inverse) = weighted_least_squares(&slopes, &rows.weights, &y)?;
    let scores = slopes.times(&inverse).scaled(rows.scale);
    let names: Vec<String> = start.iter().map(|s| s.0.clone()).collect();
    let (estimates, covariance) = design_covariance(
        design,
        &rows,
        names.clone(),
        &values,
        &with_degf(level, rows.degf + 1.0 - values.len() as f64),
        |k, j| {
            let root = if weighting == NonlinearScores::AsR { rows.weights[k].sqrt() } else { 1.0 };
            root * scores[(k, j)] * (y[k] - fitted[k])
        },
        |w| fit(w, &values),
    )?;
    Ok(Coefficients { estimates, names, values, covariance, df_design: rows.degf, n: rows.n() })
}
