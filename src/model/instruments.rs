//! Two-stage least squares.

use super::error::ModelError;
use super::fit::{Rows, design_covariance, with_degf};
use super::least_squares::weighted_least_squares;
use super::matrix::ModelMatrix;
use crate::design::SurveyDesign;
use crate::estimate::Estimates;
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;

/// Coefficients of a model that is not a generalized linear one.
#[derive(Clone, Debug)]
pub struct Coefficients {
    pub estimates: Estimates,
    pub names: Vec<String>,
    pub values: Vec<f64>,
    pub covariance: Matrix,
    pub df_design: f64,
    pub n: usize,
}

/// Linear regression with instruments: the regressors are replaced by what the instruments explain of them.
///
/// # Definition
/// X̂ = Z(Z'WZ)⁻¹Z'WX, b = (X̂'WX)⁻¹X̂'Wy; the score of a row is (X̂'WX̂)⁻¹ x̂ (y − x'b).
///
/// # Errors
/// Lengths that differ, no rows, fewer instruments than regressors, columns that explain one another.
///
/// # Agreement
/// R survey 4.5, `svyivreg` (4.1.1 has wrong standard errors), 1e-6.
///
/// # References
/// Wooldridge (2010), *Econometric Analysis of Cross Section and Panel Data*, section 5.2; Fuller (1984), Survey Methodology 10.
pub fn instrumental_variables(
    design: &SurveyDesign,
    response: &[f64],
    regressors: &ModelMatrix,
    instruments: &ModelMatrix,
    mask: &[bool],
    level: f64,
) -> Result<Coefficients, ModelError> {
    let lengths = [
        ("the response", response.len()),
        ("the regressors", regressors.n_rows()),
        ("the instruments", instruments.n_rows()),
    ];
    for (what, got) in lengths {
        if got != design.n_rows() {
            return Err(ModelError::Length { what: what.to_string(), got, expected: design.n_rows() });
        }
    }
    let (n_x, n_z) = (regressors.names().len(), instruments.names().len());
    if n_z < n_x {
        let (got, expected) = (n_z as f64, "at least as many as regressors");
        return Err(ModelError::OutOfRange { what: "the number of instruments", got, expected });
    }
    let rows =
        Rows::new(design, mask, |i| !response[i].is_nan() && regressors.is_complete(i) && instruments.is_complete(i))?;
    let (y, x, z) = (rows.pick(response), rows.matrix(regressors), rows.matrix(instruments));
    let fit = |w: &[f64]| -> Result<(Vec<f64>, Matrix), ModelError> {
        let mut projected = Matrix::zeros(x.n_rows(), n_x);
        for j in 0..n_x {
            let (slopes, _) = weighted_least_squares(&z, w, &x.column(j))?;
            for (i, value) in z.times_vector(&slopes).into_iter().enumerate() {
                projected[(i, j)] = value;
            }
        }
        Ok((weighted_least_squares(&projected, w, &y)?.0, projected))
    };
    let (values, projected) = fit(&rows.weights)?;
    let inverse = Cholesky::of(&projected.cross_product(Some(&rows.weights)))?.inverse();
    let fitted = x.times_vector(&values);
    let scores = projected.times(&inverse).scaled(rows.scale);
    let names = regressors.names().to_vec();
    let (estimates, covariance) = design_covariance(
        design,
        &rows,
        names.clone(),
        &values,
        &with_degf(level, rows.degf + 1.0 - n_x as f64),
        |k, j| scores[(k, j)] * (y[k] - fitted[k]),
        |w| Ok(fit(w)?.0),
    )?;
    Ok(Coefficients { estimates, names, values, covariance, df_design: rows.degf, n: rows.n() })
}
