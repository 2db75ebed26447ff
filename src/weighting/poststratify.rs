//! Post-stratification.

use std::sync::Arc;

use super::error::{WeightingError, one_phase};
use super::margin::{CheckedMargin, Margin};
use super::record::{WeightSummary, Weighted, WeightingRecord};
use crate::design::{Adjustment, Residual, SurveyDesign};

/// Scales the weights within each cell to its known population total.
///
/// # Definition
///
/// `w' = w N_g / Σ_g w`. The variance takes deviations of the scores from their cell means, weighted by the weights before.
///
/// # Errors
///
/// A cell in the sample without a target; a target without respondents (unless `allow_empty`), which is named before
/// anything is computed.
///
/// # References
///
/// Holt and Smith (1979), Post stratification; R `survey`, `postStratify`.
pub fn poststratify(design: &SurveyDesign, margin: &Margin, allow_empty: bool) -> Result<Weighted, WeightingError> {
    one_phase(design)?;
    let mut problems = Vec::new();
    let Some(margin) = CheckedMargin::new(margin, design, allow_empty, &mut problems) else {
        return Err(WeightingError::new(problems));
    };
    let mut weights = design.weights().to_vec();
    margin.fit(&mut weights);
    let weights = Arc::new(weights);
    let residual =
        Residual::PostStrata { cells: margin.cells.clone(), weights_before: Arc::new(design.weights().to_vec()) };
    let adjustment = Adjustment::new(residual, Arc::clone(&weights));
    let record = WeightingRecord {
        method: "post-stratification".to_string(),
        iterations: 1,
        gaps: margin.gaps(&weights),
        is_converged: true,
        n_trimmed: 0,
        before: WeightSummary::of(design.weights()),
        after: WeightSummary::of(&weights),
    };
    let design = design.reweighted(weights, Some(adjustment));
    let design = design.with_replicates_through(|replicate| {
        margin.fit(replicate);
        Ok::<(), WeightingError>(())
    })?;
    Ok(Weighted { design, record })
}
