//! Do groups differ at all: every test that suits the outcome, by name.

use super::error::CompareError;
use super::groups::{GroupOptions, Outcome};
use super::independence::{IndependenceTest, independence_test};
use super::ranks::{RankScore, rank_test};
use super::tables::TwoWayTable;
use super::variation::{is_exact, problems, testable};
use crate::design::{Codes, MISSING, SurveyDesign};
use crate::estimate::NotEstimable;
use crate::model::{Family, GlmOptions, ModelMatrix, Regression, glm, wald_test};
use crate::numeric::dist::SumMethod;

/// A test of all groups at once.
#[derive(Clone, Debug, PartialEq)]
pub struct OverallTest {
    pub name: &'static str,
    pub statistic: f64,
    /// Degrees of freedom: of the numerator, of χ², or of t.
    pub degf: f64,
    /// Degrees of freedom of the denominator; absent for χ² and t.
    pub denominator_degf: Option<f64>,
    pub p_value: f64,
}

/// Tests of the hypothesis that all groups are alike; a test that cannot be made says why.
///
/// Shares: Rao and Scott's first and second order, the weighted sum of χ², the adjusted Wald test. Means: the Wald test of the
/// groups in a linear model, and the rank test of Wilcoxon (two groups) or Kruskal and Wallis.
///
/// The rows of a test of shares are those of the mask with an answer and a group, so that its statistics are on the scale of their
/// number: as R's `svychisq` on the subset of them, not on all rows, where missing answers swell X² and its law alike. Groups whose
/// variance cannot be estimated, as they lie in one sampling unit, stay out; two groups need the smallest base of the options.
pub fn overall_tests(
    design: &SurveyDesign,
    outcome: Outcome<'_>,
    groups: &Codes,
    mask: &[bool],
    options: &GroupOptions,
) -> Vec<(&'static str, Result<OverallTest, CompareError>)> {
    let has_value = |row: usize| match outcome {
        Outcome::Share { answers, .. } => answers.codes().get(row).is_none_or(|code| *code != MISSING),
        Outcome::Mean(values) => values.get(row).is_none_or(|value| !value.is_nan()),
    };
    let is_in =
        |(row, is_in): (usize, &bool)| *is_in && design.weights().get(row).is_some_and(|w| *w > 0.0) && has_value(row);
    let rows: Vec<bool> = mask.iter().enumerate().map(is_in).collect();
    let rows =
        problems(design, groups, &rows).and_then(|problems| testable(groups, &rows, &problems, options.smallest_base));
    match outcome {
        Outcome::Share { answers, answer } => shares(design, answers, answer, groups, rows),
        Outcome::Mean(values) => [(WALD, wald as TestOfMeans), (RANKS, ranks)]
            .map(|(name, test)| (name, rows.clone().and_then(|rows| test(design, values, groups, &rows))))
            .to_vec(),
    }
}

const WALD: &str = "Wald, linear model";
const RANKS: &str = "ranks (Wilcoxon, Kruskal–Wallis)";

type TestOfMeans = fn(&SurveyDesign, &[f64], &Codes, &[bool]) -> Result<OverallTest, CompareError>;

fn shares(
    design: &SurveyDesign,
    answers: &Codes,
    answer: u32,
    groups: &Codes,
    rows: Result<Vec<bool>, CompareError>,
) -> Vec<(&'static str, Result<OverallTest, CompareError>)> {
    let code = |c: &u32| if (*c as usize) < answers.n_labels() { u32::from(*c != answer) } else { *c };
    let two = Codes::from_codes(answers.codes().iter().map(code).collect(), vec!["answer".into(), "other".into()]);
    let table = rows.and_then(|rows| TwoWayTable::new(design, &two, groups, &rows));
    let sum = IndependenceTest::WeightedSum { method: SumMethod::Exact, as_in_r: false };
    [
        ("Rao–Scott, second order, F", IndependenceTest::RaoScottF),
        ("Rao–Scott, first order, χ²", IndependenceTest::RaoScottChiSquared),
        ("Pearson against a weighted sum of χ²", sum),
        ("Wald, adjusted", IndependenceTest::AdjustedWald),
    ]
    .into_iter()
    .map(|(name, test)| {
        let found = table.as_ref().map_err(Clone::clone).and_then(|table| independence_test(table, test));
        let named = found.map(|t| OverallTest {
            name,
            statistic: t.statistic,
            degf: t.degf,
            denominator_degf: t.denominator_degf,
            p_value: t.p_value,
        });
        (name, named)
    })
    .collect()
}

fn wald(design: &SurveyDesign, values: &[f64], groups: &Codes, mask: &[bool]) -> Result<OverallTest, CompareError> {
    let mut predictors = ModelMatrix::with_intercept(groups.len());
    predictors.factor("groups", groups, None)?;
    let family = Family::Gaussian;
    let regression = Regression { response: values, predictors: &predictors, family, link: family.canonical_link() };
    let model = glm(design, &regression, mask, &GlmOptions::default())?;
    if is_exact(&model, values) {
        return Err(CompareError::NotEstimable(NotEstimable::NoVariation));
    }
    let found = wald_test(&model, "groups", None)?;
    Ok(OverallTest {
        name: WALD,
        statistic: found.statistic,
        degf: found.n_coefficients as f64,
        denominator_degf: Some(found.denominator_degf),
        p_value: found.p_value,
    })
}

fn ranks(design: &SurveyDesign, values: &[f64], groups: &Codes, mask: &[bool]) -> Result<OverallTest, CompareError> {
    let found = rank_test(design, values, groups, mask, RankScore::Wilcoxon)?;
    let is_t = found.denominator_degf.is_none();
    Ok(OverallTest {
        name: RANKS,
        statistic: if is_t { found.statistic } else { found.statistic / found.degf },
        degf: found.degf,
        denominator_degf: found.denominator_degf,
        p_value: found.p_value,
    })
}
