//! Standard errors for few clusters.

use super::error::ModelError;
use super::fit::with_degf;
use super::glm::Glm;
use crate::estimate::{Scored, scored};
use crate::numeric::linalg::{Cholesky, SymmetricEigen};
use crate::numeric::matrix::Matrix;

/// How rows of one cluster are taken to go together where degrees of freedom are worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum WorkingCovariance {
    /// Not at all.
    #[default]
    Independent,
    /// Equally, as much as their residuals do.
    Exchangeable,
}

/// A covariance of reduced bias and the degrees of freedom of each coefficient.
#[derive(Clone, Debug, PartialEq)]
pub struct ReducedBias {
    pub covariance: Matrix,
    pub degf: Vec<f64>,
}

/// Bias-reduced linearization: the residuals of each cluster are inflated by what the fit took out of them, and each
/// coefficient has Satterthwaite degrees of freedom of its own. For designs with few first-stage units, where the usual
/// standard errors are too small and their degrees of freedom too many.
///
/// # Definition
/// The working residuals of cluster i are multiplied by (I − H_ii)^(−1/2), H = X(X'X)⁻¹X' unweighted, H_ii its block. Degrees of freedom
/// (Σλ)²/Σλ², λ the eigenvalues of G'ΩG, G the cluster columns of the coefficient and Ω the working covariance.
///
/// # Errors
/// A design without sampling units (replicates), a block that is not invertible.
///
/// # Agreement
/// R survey 4.5, `svyglm(std.errors = "Bell-McCaffrey", degf = TRUE)`, 1e-6.
///
/// # References
/// Bell and McCaffrey (2002), Survey Methodology 28, equations 9 and theorem 4.
pub fn bell_mccaffrey(model: &Glm, working: WorkingCovariance) -> Result<ReducedBias, ModelError> {
    let design = model.estimates.design();
    let Some(first) = design.stages().first().filter(|_| design.replicates().is_none()) else {
        return Err(ModelError::Design { what: "bias-reduced standard errors", needed: "known sampling units" });
    };
    let x = model.problem.x.to_matrix();
    let (n, p) = (x.n_rows(), x.n_columns());
    let inverse = Cholesky::of(&x.cross_product(None))?.inverse();
    let clusters = clusters(&model.rows.rows.iter().map(|&i| first.unit_of_row()[i]).collect::<Vec<_>>());
    // Working residuals, and the same after each cluster got back what the fit took out of it.
    let fitted = model.fitted_rows();
    let residual = |k: usize| fitted[k].residual;
    let mut adjusted = vec![0.0; n];
    // One column a cluster for each coefficient: the effect of errors in all rows on its adjusted score.
    let mut effects: Vec<Matrix> = vec![Matrix::zeros(n, clusters.len()); p];
    let half_hat = x.times(&inverse);
    for (c, members) in clusters.iter().enumerate() {
        let own = Matrix::from_fn(members.len(), p, |a, j| x[(members[a], j)]);
        let block = Matrix::identity(members.len()).minus(&inverse.congruence(&own));
        let root = SymmetricEigen::of(&block)?.map(|v| if v > 0.0 { 1.0 / v.sqrt() } else { 0.0 });
        for (a, &k) in members.iter().enumerate() {
            adjusted[k] = members.iter().enumerate().map(|(b, &m)| root[(a, b)] * residual(m)).sum();
        }
        // (I − H) of all rows × the members, times the root, times x (X'X)⁻¹ of the members.
        let ends = root.times(&own).times(&inverse);
        let along = own.transposed().times(&ends);
        let spread = half_hat.times(&along);
        for (j, effect) in effects.iter_mut().enumerate() {
            for k in 0..n {
                effect[(k, c)] = -spread[(k, j)];
            }
            for (a, &k) in members.iter().enumerate() {
                effect[(k, c)] += ends[(a, j)];
            }
        }
    }
    let weighted = Matrix::from_fn(n, p, |k, j| {
        // One unit of analysis weight is `scale` units of the weight of the fit.
        x[(k, j)] * adjusted[k] * fitted[k].working_weight / model.rows.weights[k] * model.rows.scale
    });
    let scores = weighted.times(&model.naive_covariance);
    let column = |j: usize| model.rows.spread_out(design.n_rows(), |k| scores[(k, j)]);
    let columns = (0..p).map(column).collect();
    let options = with_degf(model.level, model.df_residual);
    let parts = Scored::Rows(columns);
    let estimates = scored(design, model.names.clone(), &model.coefficients, &parts, &model.rows.mask, &options)?;
    let all: Vec<usize> = (0..p).collect();
    let covariance = estimates.covariance(&all)?;
    let (variance, shared) = match working {
        WorkingCovariance::Independent => (1.0, 0.0),
        WorkingCovariance::Exchangeable => exchangeable(&adjusted, &clusters),
    };
    let degf = |effect: &Matrix| {
        // G'ΩG with Ω = (variance − shared) I + shared · (ones within clusters).
        let sums =
            Matrix::from_fn(clusters.len(), clusters.len(), |c, d| clusters[c].iter().map(|&k| effect[(k, d)]).sum());
        let inner = effect.cross_product(None).scaled(variance - shared).plus(&sums.cross_product(None).scaled(shared));
        let (trace, squares) = (inner.trace(), inner.as_slice().iter().map(|v| v * v).sum::<f64>());
        trace * trace / squares
    };
    Ok(ReducedBias {
        covariance: Matrix::from_fn(p, p, |i, j| covariance[i][j]),
        degf: effects.iter().map(degf).collect(),
    })
}

/// The rows of each cluster, clusters in the order of their codes.
fn clusters(units: &[u32]) -> Vec<Vec<usize>> {
    let n_units = units.iter().max().map_or(0, |u| *u as usize + 1);
    let mut members = vec![Vec::new(); n_units];
    for (k, &unit) in units.iter().enumerate() {
        members[unit as usize].push(k);
    }
    members.retain(|m| !m.is_empty());
    members
}

/// Variance of the residuals and covariance within clusters.
fn exchangeable(residuals: &[f64], clusters: &[Vec<usize>]) -> (f64, f64) {
    let n = residuals.len() as f64;
    let squares: f64 = residuals.iter().map(|r| r * r).sum();
    let total = |members: &Vec<usize>| members.iter().map(|&k| residuals[k]).sum::<f64>();
    let products: f64 = clusters.iter().map(|m| total(m) * total(m)).sum();
    let n_pairs: f64 = clusters.iter().map(|m| (m.len() * m.len()) as f64).sum();
    let shared = if n_pairs > n { (products - squares) / (n_pairs - n) } else { 0.0 };
    (squares / n, shared)
}
