//! Groups whose values do not vary, or whose variance cannot be estimated.

use super::error::{CompareError, same_length};
use super::groups::Outcome;
use super::skipped::is_rounding;
use crate::design::{Codes, Domains, SurveyDesign};
use crate::estimate::{NotEstimable, Options, Variable, means};
use crate::model::Glm;

/// The least and the largest value of each group, among the rows that count and have one.
pub(super) struct Ranges(Vec<Option<(f64, f64)>>);

impl Ranges {
    /// For shares the values are the codes of the answers. Rows outside every column have no value.
    pub fn of(design: &SurveyDesign, outcome: Outcome<'_>, groups: &Codes, mask: &[bool]) -> Self {
        let value = |row: usize| match outcome {
            Outcome::Mean(values) => values.get(row).copied().filter(|value| !value.is_nan()),
            Outcome::Share { answers, .. } => {
                let code = answers.codes().get(row).copied();
                code.filter(|code| (*code as usize) < answers.n_labels()).map(f64::from)
            }
        };
        let mut ranges: Vec<Option<(f64, f64)>> = vec![None; groups.n_labels()];
        let rows = groups.codes().iter().zip(mask).zip(design.weights()).enumerate();
        for (row, ((group, is_in), weight)) in rows {
            let Some(range) = ranges.get_mut(*group as usize).filter(|_| *is_in && *weight > 0.0) else { continue };
            if let Some(value) = value(row) {
                let (low, high) = range.unwrap_or((value, value));
                *range = Some((low.min(value), high.max(value)));
            }
        }
        Self(ranges)
    }

    /// Whether a group has a row with a value.
    pub fn has_rows(&self, group: usize) -> bool {
        self.0.get(group).is_some_and(Option::is_some)
    }

    /// Whether all values of a group are alike, and all those of another, or of the rest.
    pub fn are_points(&self, group: usize, other: Option<usize>) -> bool {
        let is_point = |range: (f64, f64)| range.0 == range.1;
        let of = |group: usize| self.0.get(group).copied().flatten();
        let others: Vec<(f64, f64)> = match other {
            Some(other) => of(other).into_iter().collect(),
            None => (0..self.0.len()).filter(|k| *k != group).filter_map(of).collect(),
        };
        let hull = others.into_iter().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
        of(group).is_some_and(is_point) && hull.is_some_and(is_point)
    }
}

/// Why the variance of each group cannot be estimated, if it cannot: its rows lie in one sampling unit, or in as many units as
/// strata.
///
/// The effect of such a group in a model has a sandwich variance that is made of its other coefficients alone: its residuals add up
/// to zero in its only unit.
///
/// # Errors
///
/// Columns of another length than the design.
pub(super) fn problems(
    design: &SurveyDesign,
    groups: &Codes,
    rows: &[bool],
) -> Result<Vec<Option<NotEstimable>>, CompareError> {
    same_length("the groups", groups.len(), design.n_rows())?;
    let ones = vec![1.0; design.n_rows()];
    let domains = Domains::by(groups).within(rows);
    let found = means(design, &[Variable::new("one", &ones)], &domains, &Options::default())?;
    let lasting = |reason: &NotEstimable| matches!(reason, NotEstimable::OnePsu | NotEstimable::NoDegreesOfFreedom);
    Ok(found.iter().map(|estimate| estimate.reason.filter(lasting)).collect())
}

/// The rows of groups whose variance can be estimated: those that tests of all groups stand on.
///
/// # Errors
///
/// Fewer than two such groups with a base of some size.
pub(super) fn testable(
    groups: &Codes,
    rows: &[bool],
    problems: &[Option<NotEstimable>],
    smallest_base: usize,
) -> Result<Vec<bool>, CompareError> {
    let mut n = vec![0_usize; groups.n_labels()];
    let is_usable = |group: u32| problems.get(group as usize).is_some_and(Option::is_none);
    let kept: Vec<bool> = groups.codes().iter().zip(rows).map(|(group, is_in)| *is_in && is_usable(*group)).collect();
    groups.codes().iter().zip(&kept).filter(|(_, kept)| **kept).for_each(|(group, _)| n[*group as usize] += 1);
    let n_large = n.iter().filter(|n| **n > 0 && **n >= smallest_base).count();
    match n_large < 2 {
        true => {
            Err(CompareError::TooFew { what: "groups that are large enough to be tested", got: n_large, needed: 2 })
        }
        false => Ok(kept),
    }
}

/// Whether a linear model leaves nothing of the response but rounding, so that no test of it means anything.
pub(super) fn is_exact(model: &Glm, response: &[f64]) -> bool {
    let largest = response.iter().filter(|value| value.is_finite()).fold(0.0, |size: f64, value| size.max(value.abs()));
    is_rounding((model.deviance / model.n as f64).max(0.0).sqrt(), largest)
}
