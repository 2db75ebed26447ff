//! Direct standardization.

use super::error::{WeightingError, WeightingProblem, one_phase};
use super::margin::Margin;
use super::poststratify::poststratify;
use super::record::Weighted;
use crate::design::{Codes, MISSING, SurveyDesign, dense_pairs};

/// Post-stratifies within each level of `over` so that the levels of `by` have given shares there.
///
/// `shares` are in the order of the labels of `by` and scaled to add up to 1; combinations without respondents are passed
/// over.
///
/// # Errors
///
/// As many shares as labels are needed; further as for [`poststratify`].
///
/// # References
///
/// Rothman, Greenland and Lash (2008), Modern Epidemiology, chapter 4; R `survey`, `svystandardize`.
pub fn standardize(
    design: &SurveyDesign,
    by: &Codes,
    over: &Codes,
    shares: &[f64],
) -> Result<Weighted, WeightingError> {
    one_phase(design)?;
    if shares.len() != by.n_labels() {
        let what = "the list of shares".to_string();
        return Err(WeightingProblem::Length { what, got: shares.len(), expected: by.n_labels() }.into());
    }
    let sum: f64 = shares.iter().sum();
    let mut totals = vec![0.0; over.n_labels()];
    for ((&level, &group), w) in over.codes().iter().zip(by.codes()).zip(design.weights()) {
        if level != MISSING && group != MISSING {
            totals[level as usize] += w;
        }
    }
    let (cells, pairs) = dense_pairs(by.codes(), over.codes());
    let label = |&(b, o): &(u32, u32)| format!("{}, {}", by.labels()[b as usize], over.labels()[o as usize]);
    let labels: Vec<String> = pairs.iter().map(label).collect();
    let target = |&(b, o): &(u32, u32)| shares[b as usize] / sum * totals[o as usize];
    let targets = labels.iter().cloned().zip(pairs.iter().map(target)).collect();
    let margin = Margin::new("standard population", Codes::from_codes(cells, labels), targets);
    poststratify(design, &margin, true)
}
