//! Do the shares of the answers fit given ones?

use super::error::{CompareError, at_least, same_length};
use crate::design::{Codes, Domains, SurveyDesign};
use crate::estimate::{DegfRule, Estimates, MissingOutcome, Options, Variable, totals};
use crate::numeric::dist::{ChiSquaredSum, SumMethod};
use crate::numeric::linalg::SymmetricEigen;
use crate::numeric::matrix::Matrix;

/// A goodness-of-fit test.
#[derive(Clone, Debug, PartialEq)]
pub struct FitTest {
    /// Σ (O − E)²/E over weighted totals, on the scale of the population.
    pub statistic: f64,
    /// Scale and degrees of freedom of the χ² variable that stands for the weighted sum.
    pub scale: f64,
    pub degf: f64,
    pub p_value: f64,
}

/// Tests the shares of a question against given ones, by a weighted sum of χ² variables (Satterthwaite).
///
/// # Definition
/// λ are the eigenvalues of the covariance of (O_i − E_i)/√E_i with E_i = p_i ΣO, by the delta method; the statistic has
/// the law Σ λ χ²(1).
///
/// # Shapes and units
/// One share a label of the question; they are scaled to sum 1.
///
/// # Errors
/// Lengths that differ, fewer than two answers, a share that is not above 0.
///
/// # Agreement
/// R survey 4.1.1, `svygofchisq`, 1e-4.
///
/// # References
/// Rao and Scott (1981), JASA 76, section 3.
pub fn goodness_of_fit(
    design: &SurveyDesign,
    answers: &Codes,
    expected: &[f64],
    mask: &[bool],
) -> Result<FitTest, CompareError> {
    same_length("the answers", answers.len(), design.n_rows())?;
    same_length("the mask", mask.len(), design.n_rows())?;
    same_length("the expected shares", expected.len(), answers.n_labels())?;
    at_least("answers", expected.len(), 2)?;
    if let Some(&got) = expected.iter().find(|p| !(**p > 0.0 && p.is_finite())) {
        return Err(CompareError::OutOfRange { what: "an expected share", got, expected: "a number above 0" });
    }
    let sum: f64 = expected.iter().sum();
    let p: Vec<f64> = expected.iter().map(|p| p / sum).collect();
    let indicator = |k: usize| Variable::indicator(answers.labels()[k].clone(), answers, k as u32);
    let variables: Vec<Variable<'_>> = (0..p.len()).map(indicator).collect();
    let options = Options {
        missing: MissingOutcome::Exclude,
        degf: DegfRule::Fixed(design.degf(Some(mask))),
        ..Options::default()
    };
    let estimates = totals(design, &variables, &Domains::mask("all", mask), &options)?;
    let (observed, covariance) = values_and_covariance(&estimates)?;
    let total: f64 = observed.iter().sum();
    let gap = |i: usize| observed[i] - p[i] * total;
    let statistic = (0..p.len()).map(|i| gap(i) * gap(i) / (p[i] * total)).sum();
    let jacobian = Matrix::from_fn(p.len(), p.len(), |i, j| {
        let expected = p[i] * total;
        let root = expected.sqrt();
        let own = if i == j { 1.0 / root } else { 0.0 };
        own - p[i] * (1.0 / root + gap(i) / (2.0 * expected * root))
    });
    let lambda: Vec<f64> = SymmetricEigen::of(&covariance.congruence(&jacobian))?.values().to_vec();
    let n = lambda.len() as f64;
    let mean = lambda.iter().sum::<f64>() / n;
    let spread = lambda.iter().map(|l| l * l).sum::<f64>() / n / (mean * mean);
    let p_value = ChiSquaredSum::new(&lambda)?.sf(statistic, SumMethod::Satterthwaite);
    Ok(FitTest { statistic, scale: mean * spread, degf: n / spread, p_value })
}

fn values_and_covariance(estimates: &Estimates) -> Result<(Vec<f64>, Matrix), CompareError> {
    let values: Option<Vec<f64>> = estimates.iter().map(|e| e.value).collect();
    let values = values.ok_or(CompareError::Undefined { what: "the base", statistic: "a table" })?;
    let all: Vec<usize> = (0..values.len()).collect();
    let covariance = estimates.covariance(&all)?;
    Ok((values, Matrix::from_fn(all.len(), all.len(), |i, j| covariance[i][j])))
}
