//! Tests of terms: is a group of coefficients zero?

use super::error::ModelError;
use super::family::Look;
use super::glm::Glm;
use super::irls::Fit;
use crate::estimate::{Scored, scored};
use crate::numeric::dist::{ChiSquared, ChiSquaredSum, FisherF, SumMethod};
use crate::numeric::linalg::{Cholesky, relative_eigenvalues};
use crate::numeric::matrix::Matrix;

/// The test of a term.
#[derive(Clone, Debug, PartialEq)]
pub struct TermTest {
    /// F for the Wald test, otherwise the statistic on the scale of the working model.
    pub statistic: f64,
    /// Number of coefficients tested.
    pub n_coefficients: usize,
    /// Degrees of freedom of the denominator; infinite for a chi-squared law.
    pub denominator_degf: f64,
    pub p_value: f64,
    /// Eigenvalues of V₀⁻¹ V, the generalised design effects; empty for the Wald test.
    pub lambda: Vec<f64>,
}

/// Degrees of freedom of the denominator.
fn denominator(model: &Glm, asked: Option<f64>, what: &'static str) -> Result<f64, ModelError> {
    let degf = asked.unwrap_or(model.df_residual);
    if degf > 0.0 { Ok(degf) } else { Err(ModelError::NoDegreesOfFreedom { what, degf }) }
}

fn of_term(model: &Glm, term: &str) -> Result<Vec<usize>, ModelError> {
    let tested = model.coefficients_of_term(term)?;
    if tested.is_empty() {
        return Err(ModelError::OutOfRange {
            what: "the number of coefficients of the term",
            got: 0.0,
            expected: "1 or more; the others explain them all",
        });
    }
    Ok(tested)
}

/// The Wald test: b'V⁻¹b/k against F(k, denominator degrees of freedom).
///
/// Liberal when the design leaves few degrees of freedom beside k; then prefer [`likelihood_ratio_test`].
///
/// # Definition
/// An infinite denominator gives b'V⁻¹b against χ²(k). `None` takes `df_residual`.
///
/// # Errors
/// A term that the model does not have, a covariance without inverse, no degrees of freedom.
///
/// # Agreement
/// R survey 4.1.1, `regTermTest(method = "Wald")`, 1e-6.
///
/// # References
/// Koch, Freeman and Freeman (1975), International Statistical Review 43.
pub fn wald_test(model: &Glm, term: &str, denominator_degf: Option<f64>) -> Result<TermTest, ModelError> {
    let tested = of_term(model, term)?;
    let k = tested.len() as f64;
    let degf = denominator(model, denominator_degf, "the Wald test")?;
    let beta: Vec<f64> = tested.iter().map(|&j| model.coefficients[j]).collect();
    let wald = Cholesky::of(&model.covariance.select(&tested, &tested))?.inverse_quadratic_form(&beta)?;
    let (statistic, p_value) = match degf.is_finite() {
        true => (wald / k, FisherF::new(k, degf)?.sf(wald / k)),
        false => (wald, ChiSquared::new(k)?.sf(wald)),
    };
    Ok(TermTest { statistic, n_coefficients: tested.len(), denominator_degf: degf, p_value, lambda: Vec::new() })
}

/// The working Wald test: b'V₀⁻¹b against the weighted sum of χ²(1) that the design gives it.
///
/// # Errors
/// As for [`wald_test`].
///
/// # Agreement
/// R survey 4.1.1, `regTermTest(method = "WorkingWald")`, 1e-4.
///
/// # References
/// Rao and Scott (1984), Annals of Statistics 12; Lumley and Scott (2014), Australian & New Zealand Journal of Statistics 56.
pub fn working_wald_test(
    model: &Glm,
    term: &str,
    denominator_degf: Option<f64>,
    method: SumMethod,
) -> Result<TermTest, ModelError> {
    let tested = of_term(model, term)?;
    let beta: Vec<f64> = tested.iter().map(|&j| model.coefficients[j]).collect();
    let naive = model.naive_covariance.select(&tested, &tested);
    let statistic = Cholesky::of(&naive)?.inverse_quadratic_form(&beta)?;
    against_sum(model, &tested, statistic, denominator_degf, method)
}

/// The Rao–Scott likelihood-ratio test: the rise of the deviance without the term, against the same weighted sum.
///
/// # Errors
/// As for [`wald_test`]; no fit without the term.
///
/// # Agreement
/// R survey 4.1.1, `regTermTest(method = "LRT")`, 1e-4.
///
/// # References
/// Lumley and Scott (2013), "Partial likelihood ratio tests for the Cox model under complex sampling", Statistics in
/// Medicine 32; Lumley and Scott (2014), section 3.
pub fn likelihood_ratio_test(
    model: &Glm,
    term: &str,
    denominator_degf: Option<f64>,
    method: SumMethod,
) -> Result<TermTest, ModelError> {
    let tested = of_term(model, term)?;
    let reduced = without(model, &tested)?;
    against_sum(model, &tested, reduced.deviance - model.deviance, denominator_degf, method)
}

/// The fit on the same rows without some coefficients.
fn without(model: &Glm, tested: &[usize]) -> Result<Fit, ModelError> {
    let others: Vec<usize> = (0..model.coefficients.len()).filter(|j| !tested.contains(j)).collect();
    model.problem.with_columns(&others).fit(&model.rows.weights, None, model.stop)
}

fn against_sum(
    model: &Glm,
    tested: &[usize],
    statistic: f64,
    denominator_degf: Option<f64>,
    method: SumMethod,
) -> Result<TermTest, ModelError> {
    let degf = denominator(model, denominator_degf, "the test of a term")?;
    let lambda = design_effects(model, tested)?;
    let p_value = ChiSquaredSum::new(&lambda)?.sf_over(statistic, degf, method)?;
    Ok(TermTest { statistic, n_coefficients: tested.len(), denominator_degf: degf, p_value, lambda })
}

/// Eigenvalues of V₀⁻¹ V of some coefficients, descending.
pub(super) fn design_effects(model: &Glm, columns: &[usize]) -> Result<Vec<f64>, ModelError> {
    let covariance = model.covariance.select(columns, columns);
    Ok(relative_eigenvalues(&covariance, &model.naive_covariance.select(columns, columns))?)
}

/// The score test of a term: what its score is worth at the fit without it.
///
/// Needs no fit with the term and holds its size with few degrees of freedom.
///
/// # Definition
/// With s the total of the scores of the term, taken net of those of the kept terms, I their information net of the kept
/// terms and λ the eigenvalues of I⁻¹V(s): the statistic is s'I⁻¹s/Σλ. `denominator_degf` as for [`wald_test`].
///
/// # Errors
/// As for [`wald_test`]; replicate weights, under which scores have no covariance.
///
/// # Agreement
/// R survey 4.5, `svyscoretest(method = "working")`, 1e-4.
///
/// # References
/// Rao, Scott and Skinner (1998), Statistica Sinica 8, section 3.
pub fn score_test(
    model: &Glm,
    term: &str,
    denominator_degf: Option<f64>,
    method: SumMethod,
) -> Result<TermTest, ModelError> {
    let design = model.estimates.design();
    if design.replicates().is_some() {
        return Err(ModelError::Design { what: "score tests", needed: "sampling units, not replicate weights" });
    }
    let tested = of_term(model, term)?;
    let others: Vec<usize> = (0..model.coefficients.len()).filter(|j| !tested.contains(j)).collect();
    let degf = denominator(model, denominator_degf, "the score test")?;
    let reduced = without(model, &tested)?;
    let problem = &model.problem;
    let fitted = problem.with_columns(&others).rows(&reduced, &model.rows.weights);
    let parts: Vec<(f64, f64)> = (0..model.n)
        .map(|k| {
            let Look { mu, information, pull } = Look::of(problem.family, problem.link, fitted[k].eta);
            (pull * (problem.y[k] - mu), model.rows.weights[k] / model.rows.scale * information)
        })
        .collect();
    let weights: Vec<f64> = parts.iter().map(|p| p.1).collect();
    let information = problem.x.cross_product(&weights);
    let kept = Cholesky::of(&information.select(&others, &others))?;
    // Coefficients of the tested columns on the kept ones, one row a tested column.
    let slopes = kept.solve_matrix(&information.select(&others, &tested))?.transposed();
    let net = information.select(&tested, &tested).minus(&slopes.times(&information.select(&others, &tested)));
    let score = |k: usize, a: usize| {
        let row = problem.x.row(k);
        let explained: f64 = others.iter().zip(slopes.row(a)).map(|(&j, s)| row[j] * s).sum();
        parts[k].0 * (row[tested[a]] - explained)
    };
    let column = |a: usize| model.rows.spread_out(design.n_rows(), |k| score(k, a));
    let columns: Vec<Vec<f64>> = (0..tested.len()).map(column).collect();
    let total = |c: &Vec<f64>| c.iter().zip(design.weights()).map(|(z, w)| z * w).sum::<f64>();
    let totals: Vec<f64> = columns.iter().map(total).collect();
    let names = tested.iter().map(|&j| model.names[j].clone()).collect();
    let options = super::fit::with_degf(model.level, degf);
    let estimates = scored(design, names, &totals, &Scored::Rows(columns), &model.rows.mask, &options)?;
    let all: Vec<usize> = (0..tested.len()).collect();
    let covariance = estimates.covariance(&all)?;
    let covariance = Matrix::from_fn(all.len(), all.len(), |i, j| covariance[i][j]);
    let lambda = relative_eigenvalues(&covariance, &net)?;
    let statistic = Cholesky::of(&net)?.inverse_quadratic_form(&totals)?;
    let p_value = ChiSquaredSum::new(&lambda)?.sf_over(statistic, degf, method)?;
    Ok(TermTest {
        statistic: statistic / lambda.iter().sum::<f64>(),
        n_coefficients: tested.len(),
        denominator_degf: degf,
        p_value,
        lambda,
    })
}
