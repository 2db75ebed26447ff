//! Weighting-class adjustment for nonresponse.

use super::error::{WeightingError, WeightingProblem};
use crate::design::{Codes, MISSING};

/// Weights of respondents after the adjustment, 0 for the others, and the factor of each cell.
#[derive(Clone, Debug, PartialEq)]
pub struct NonresponseAdjustment {
    /// The new weight of each row.
    pub weights: Vec<f64>,
    /// The factor of each cell, in the order of the cells' codes.
    pub factors: Vec<f64>,
}

/// Lets the respondents of a cell stand for all its rows: factor = weight of all over weight of respondents.
///
/// # Errors
///
/// Columns of unequal length, or cells without respondents, which are named.
///
/// # References
///
/// Lohr (2010), Sampling: Design and Analysis, section 8.5.1.
pub fn nonresponse(
    weights: &[f64],
    cells: &Codes,
    is_respondent: &[bool],
) -> Result<NonresponseAdjustment, WeightingError> {
    for (what, got) in [("the column of cells", cells.len()), ("the column of respondents", is_respondent.len())] {
        if got != weights.len() {
            let what = what.to_string();
            return Err(WeightingProblem::Length { what, got, expected: weights.len() }.into());
        }
    }
    let mut all = vec![0.0; cells.n_labels()];
    let mut responding = vec![0.0; cells.n_labels()];
    for (i, &cell) in cells.codes().iter().enumerate() {
        if cell != MISSING {
            all[cell as usize] += weights[i];
            responding[cell as usize] += if is_respondent[i] { weights[i] } else { 0.0 };
        }
    }
    let is_empty = |c: &usize| all[*c] > 0.0 && responding[*c] == 0.0;
    let empty: Vec<usize> = (0..all.len()).filter(is_empty).collect();
    if !empty.is_empty() {
        let levels = empty.iter().map(|&c| cells.labels()[c].clone()).collect();
        return Err(WeightingProblem::EmptyLevels { margin: "nonresponse cells".to_string(), levels }.into());
    }
    let factors: Vec<f64> = all.iter().zip(&responding).map(|(a, r)| if *r > 0.0 { a / r } else { 1.0 }).collect();
    let adjusted = |i: usize| match cells.codes()[i] {
        cell if is_respondent[i] && cell != MISSING => weights[i] * factors[cell as usize],
        _ => 0.0,
    };
    Ok(NonresponseAdjustment { weights: (0..weights.len()).map(adjusted).collect(), factors })
}
