//! Groups side by side at each time.

use super::error::{CompareError, same_length};
use super::groups::{GroupComparison, GroupOptions, Outcome, compare_groups};
use crate::design::{Codes, SurveyDesign};

/// Compares the groups at each of some times, with the whole design in the variance.
///
/// # Errors
///
/// As for [`compare_groups`]; times of another length than the design.
pub fn compare_over_time(
    design: &SurveyDesign,
    outcome: Outcome<'_>,
    groups: &Codes,
    reference: usize,
    times: (&[f64], &[f64]),
    mask: &[bool],
    options: &GroupOptions,
) -> Result<Vec<(f64, GroupComparison)>, CompareError> {
    let (of_rows, wanted) = times;
    same_length("the times", of_rows.len(), design.n_rows())?;
    let at = |time: &f64| {
        let own: Vec<bool> = mask.iter().zip(of_rows).map(|(is_in, own)| *is_in && own == time).collect();
        Ok((*time, compare_groups(design, outcome, groups, reference, &own, options)?))
    };
    wanted.iter().map(at).collect()
}
