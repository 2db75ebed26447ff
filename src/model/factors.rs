//! Factor analysis.

use super::error::ModelError;
use crate::design::SurveyDesign;
use crate::estimate::{MissingOutcome, Options, Variable, covariances};
use crate::numeric::linalg::{Cholesky, SymmetricEigen};
use crate::numeric::matrix::Matrix;
use crate::numeric::optimise::{Stop, bfgs_with_gradient};

/// The smallest share of a variable that is its own.
const LEAST_OWN: f64 = 0.005;

/// A maximum-likelihood factor analysis.
#[derive(Clone, Debug, PartialEq)]
pub struct FactorAnalysis {
    pub names: Vec<String>,
    /// The share of each variable's variance that no factor explains.
    pub uniquenesses: Vec<f64>,
    /// Unrotated loadings, one column a factor; signs are arbitrary.
    pub loadings: Matrix,
    /// Size of the simple random sample whose variances are as certain: harmonic mean over the variables.
    pub n_eff: f64,
}

/// Factors behind several variables, by maximum likelihood from their design-based correlations.
///
/// # Definition
/// Minimises ln|ΛΛ' + Ψ| + tr((ΛΛ' + Ψ)⁻¹R) over Ψ ≥ 0.005 with Λ at its best; n_eff = 1/mean(se²/(2s⁴)) + 1 over the variances.
///
/// # Errors
/// Columns of another length than the design, too many factors for the number of variables, correlations without inverse.
///
/// # Agreement
/// R survey 4.1.1, `svyfactanal`, 1e-3 (its optimiser stops early).
///
/// # References
/// Lawley and Maxwell (1971), *Factor Analysis as a Statistical Method*, chapter 4.
pub fn factor_analysis(
    design: &SurveyDesign,
    variables: &[Variable<'_>],
    n_factors: usize,
    mask: &[bool],
) -> Result<FactorAnalysis, ModelError> {
    let p = variables.len();
    let freedom = (p as f64 - n_factors as f64).powi(2) - (p + n_factors) as f64;
    if n_factors == 0 || freedom < 0.0 {
        let (got, expected) = (n_factors as f64, "1 or more, and few beside the variables");
        return Err(ModelError::OutOfRange { what: "the number of factors", got, expected });
    }
    let options = Options { missing: MissingOutcome::Exclude, ..Options::default() };
    let found = covariances(design, variables, mask, &options)?;
    let values: Option<Vec<f64>> = found.iter().map(|e| e.value).collect();
    let covariance = Matrix::from_vec(p, p, values.ok_or(ModelError::NoRows)?);
    let sd: Vec<f64> = covariance.diagonal().iter().map(|v| v.sqrt()).collect();
    let correlation = Matrix::from_fn(p, p, |i, j| covariance[(i, j)] / (sd[i] * sd[j]));
    let mut uncertainty = 0.0;
    for i in 0..p {
        let variance = covariance[(i, i)];
        uncertainty += found.variance(i * p + i)? / (2.0 * variance * variance) / p as f64;
    }
    let inverse = Cholesky::of(&correlation)?.inverse();
    let share = 1.0 - 0.5 * n_factors as f64 / p as f64;
    // Ψ = 0.005 + u², so that the bound is no bound.
    let start: Vec<f64> = inverse.diagonal().iter().map(|d| (share / d - LEAST_OWN).max(1e-4).sqrt()).collect();
    let own = |u: &[f64]| -> Vec<f64> { u.iter().map(|u| LEAST_OWN + u * u).collect() };
    let value = |u: &[f64]| {
        let Ok(eigen) = scaled(&correlation, &own(u)) else { return f64::INFINITY };
        let rest: f64 = eigen.values()[n_factors..].iter().map(|e| e - libm::log(*e)).sum();
        rest - (p - n_factors) as f64
    };
    let gradient = |u: &[f64]| {
        let psi = own(u);
        let Ok(loadings) = loadings(&correlation, &psi, n_factors) else { return vec![f64::NAN; p] };
        let slope = |i: usize| {
            let fitted = loadings.row(i).iter().map(|l| l * l).sum::<f64>() + psi[i];
            2.0 * u[i] * (fitted - correlation[(i, i)]) / (psi[i] * psi[i])
        };
        (0..p).map(slope).collect()
    };
    let best = bfgs_with_gradient(value, gradient, &start, Stop::default());
    let uniquenesses = own(&best.x);
    Ok(FactorAnalysis {
        names: variables.iter().map(|v| v.name().to_string()).collect(),
        loadings: loadings(&correlation, &uniquenesses, n_factors)?,
        uniquenesses,
        n_eff: 1.0 / uncertainty + 1.0,
    })
}

/// Eigenvalues of Ψ^(−1/2) R Ψ^(−1/2).
fn scaled(correlation: &Matrix, psi: &[f64]) -> Result<SymmetricEigen, ModelError> {
    let p = psi.len();
    let entry = |i: usize, j: usize| correlation[(i, j)] / (psi[i] * psi[j]).sqrt();
    Ok(SymmetricEigen::of(&Matrix::from_fn(p, p, entry))?)
}

/// The best loadings for given uniquenesses.
fn loadings(correlation: &Matrix, psi: &[f64], n_factors: usize) -> Result<Matrix, ModelError> {
    let eigen = scaled(correlation, psi)?;
    let entry =
        |i: usize, f: usize| psi[i].sqrt() * eigen.vectors()[(i, f)] * (eigen.values()[f] - 1.0).max(0.0).sqrt();
    Ok(Matrix::from_fn(psi.len(), n_factors, entry))
}
