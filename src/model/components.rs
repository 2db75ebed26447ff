//! Principal components.

use super::error::ModelError;
use super::fit::Rows;
use crate::design::SurveyDesign;
use crate::estimate::Variable;
use crate::numeric::linalg::SymmetricEigen;
use crate::numeric::matrix::Matrix;

/// How columns are centred and scaled before their components are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scaling {
    /// At the weighted mean, by the weighted standard deviation.
    #[default]
    Weighted,
    /// As R's `svyprcomp`: columns times the root of the weight, then at their plain mean, by their plain deviation.
    AsR,
}

/// Principal components: standard deviations, descending, and the loadings of each, in columns. Signs are arbitrary.
#[derive(Clone, Debug, PartialEq)]
pub struct Components {
    pub names: Vec<String>,
    pub deviations: Vec<f64>,
    pub loadings: Matrix,
}

/// The principal components of several variables in the population, of their correlations if `is_scaled`.
///
/// # Errors
/// Columns of another length than the design, no rows, a constant variable with `is_scaled`.
///
/// # Agreement
/// R survey 4.1.1, `svyprcomp`, 1e-6, with [`Scaling::AsR`].
///
/// # References
/// Skinner, Holmes and Smith (1986), "The effect of sample design on principal component analysis", JASA 81.
pub fn principal_components(
    design: &SurveyDesign,
    variables: &[Variable<'_>],
    is_scaled: bool,
    scaling: Scaling,
    mask: &[bool],
) -> Result<Components, ModelError> {
    for v in variables {
        if v.values().len() != design.n_rows() {
            let (got, expected) = (v.values().len(), design.n_rows());
            return Err(ModelError::Length { what: format!("`{}`", v.name()), got, expected });
        }
    }
    let rows = Rows::new(design, mask, |i| variables.iter().all(|v| !v.values()[i].is_nan()))?;
    let n = rows.n() as f64;
    let mean_weight = rows.weights.iter().sum::<f64>() / n;
    let p = variables.len();
    let mut columns = Matrix::zeros(rows.n(), p);
    for (j, variable) in variables.iter().enumerate() {
        let values = rows.pick(variable.values());
        let root = |k: usize| (rows.weights[k] / mean_weight).sqrt();
        let shares = |k: usize| match scaling {
            Scaling::Weighted => root(k) * root(k) / n,
            Scaling::AsR => 1.0 / n,
        };
        let value = |k: usize| match scaling {
            Scaling::Weighted => values[k],
            Scaling::AsR => values[k] * root(k),
        };
        let center: f64 = (0..rows.n()).map(|k| shares(k) * value(k)).sum();
        let factor = |k: usize| if scaling == Scaling::Weighted { root(k) } else { 1.0 };
        (0..rows.n()).for_each(|k| columns[(k, j)] = factor(k) * (value(k) - center));
    }
    let mut spread = columns.cross_product(None).scaled(1.0 / (n - 1.0));
    if is_scaled {
        let sd: Vec<f64> = spread.diagonal().iter().map(|v| v.sqrt()).collect();
        if let Some(j) = sd.iter().position(|s| *s == 0.0) {
            return Err(ModelError::TooFewLevels { term: variables[j].name().to_string(), got: 1 });
        }
        spread = Matrix::from_fn(p, p, |i, j| spread[(i, j)] / (sd[i] * sd[j]));
    }
    let eigen = SymmetricEigen::of(&spread)?;
    Ok(Components {
        names: variables.iter().map(|v| v.name().to_string()).collect(),
        deviations: eigen.values().iter().map(|v| v.max(0.0).sqrt()).collect(),
        loadings: eigen.vectors().clone(),
    })
}
