//! Design-based t tests.

use super::error::{CompareError, at_least, level as check_level};
use crate::design::{Codes, Domains, SurveyDesign};
use crate::estimate::{DegfRule, MissingOutcome, Options, Variable, means, wald_interval};
use crate::model::{Family, GlmOptions, Link, ModelMatrix, Regression, glm};
use crate::numeric::dist::StudentT;

/// A t test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TTest {
    /// The mean, or the second group's mean less the first's.
    pub estimate: f64,
    pub se: f64,
    pub statistic: f64,
    pub degf: f64,
    pub p_value: f64,
    pub low: f64,
    pub high: f64,
}

fn finish(estimate: f64, se: f64, degf: f64, level: f64) -> Result<TTest, CompareError> {
    if degf <= 0.0 {
        return Err(CompareError::NoDegreesOfFreedom { degf, needed: 0.0, statistic: "the t test" });
    }
    let interval = wald_interval(estimate, se, degf, level);
    let undefined = CompareError::Undefined { what: "the standard error", statistic: "the t test" };
    let interval = interval.ok_or(undefined)?;
    let statistic = estimate / se;
    let p_value = StudentT::new(degf)?.two_sided_sf(statistic.abs());
    Ok(TTest { estimate, se, statistic, degf, p_value, low: interval.low, high: interval.high })
}

/// Tests whether a mean is 0, with t on one degree of freedom less than the design has in these rows.
///
/// # Errors
/// A column of another length than the design, no rows, no degrees of freedom, a level outside 0..1.
///
/// # Agreement
/// R survey 4.1.1, `svyttest(y ~ 0)`.
pub fn t_test_of_mean(design: &SurveyDesign, values: &[f64], mask: &[bool], level: f64) -> Result<TTest, CompareError> {
    check_level(level)?;
    let degf = design.degf(Some(mask)) - 1.0;
    let options = Options { missing: MissingOutcome::Exclude, degf: DegfRule::Fixed(degf), ..Options::default() };
    let domain = Domains::mask("all", mask);
    let found = means(design, &[Variable::new("mean", values)], &domain, &options)?;
    let value = found.get(0).and_then(|e| e.value);
    let value = value.ok_or(CompareError::Undefined { what: "the base", statistic: "a mean" })?;
    finish(value, found.variance(0)?.sqrt(), degf, level)
}

/// Tests whether two groups have one mean: the second label less the first, by regression on the group.
///
/// # Errors
/// Columns of another length than the design, not exactly two groups with members, no degrees of freedom.
///
/// # Agreement
/// R survey 4.1.1, `svyttest(y ~ group)`.
///
/// # References
/// Lumley (2010), *Complex Surveys*, section 2.4.
pub fn t_test_of_groups(
    design: &SurveyDesign,
    values: &[f64],
    groups: &Codes,
    mask: &[bool],
    level: f64,
) -> Result<TTest, CompareError> {
    check_level(level)?;
    let is_in = |i: usize| mask.get(i) == Some(&true) && design.weights()[i] > 0.0;
    let mut present: Vec<u32> = (0..design.n_rows().min(groups.len()))
        .filter(|&i| is_in(i) && (groups.codes()[i] as usize) < groups.n_labels())
        .map(|i| groups.codes()[i])
        .collect();
    present.sort_unstable();
    present.dedup();
    at_least("groups with members", present.len(), 2)?;
    if present.len() > 2 {
        let got = present.len() as f64;
        return Err(CompareError::OutOfRange { what: "the number of groups", got, expected: "2" });
    }
    let code = |c: &u32| present.binary_search(c).map_or(u32::MAX, |k| k as u32);
    let labels = present.iter().map(|&c| groups.labels()[c as usize].clone()).collect();
    let two = Codes::from_codes(groups.codes().iter().map(code).collect(), labels);
    let mut predictors = ModelMatrix::with_intercept(groups.len());
    predictors.factor("group", &two, None)?;
    let regression =
        Regression { response: values, predictors: &predictors, family: Family::Gaussian, link: Link::Identity };
    let model = glm(design, &regression, mask, &GlmOptions { level, ..GlmOptions::default() })?;
    let [_, difference] = model.coefficients.as_slice() else {
        return Err(CompareError::TooFew { what: "groups with values", got: 1, needed: 2 });
    };
    finish(*difference, model.covariance[(1, 1)].sqrt(), model.df_residual, level)
}
