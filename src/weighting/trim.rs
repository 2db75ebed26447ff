//! Trimming of weights.

use std::sync::Arc;

use super::error::{WeightingError, WeightingProblem};
use super::record::{WeightSummary, Weighted, WeightingRecord};
use crate::design::SurveyDesign;

/// Bounds of weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrimOptions {
    /// Weights below are raised to it.
    pub lower: f64,
    /// Weights above are cut to it.
    pub upper: f64,
    /// Repeat until no weight is outside; a weight that was trimmed once takes no more of the excess.
    pub strict: bool,
}

/// Cuts weights at bounds and gives the excess in equal parts to the weights inside.
///
/// The sum of the weights stays as it was. The variance treats the new weights as given, after the residuals of earlier
/// adjustments. Weights of 0 are left alone.
///
/// # Errors
///
/// All weights outside the bounds, or bounds that are not in order.
///
/// # References
///
/// Potter (1990), A study of procedures to identify and trim extreme sampling weights; R `survey`, `trimWeights`.
pub fn trim(design: &SurveyDesign, options: &TrimOptions) -> Result<Weighted, WeightingError> {
    let is_ordered = options.lower <= options.upper;
    if !is_ordered {
        return Err(WeightingProblem::TrimBounds { low: options.lower, high: options.upper }.into());
    }
    let mut weights = design.weights().to_vec();
    let (iterations, n_trimmed) = fit(&mut weights, options)?;
    let record = WeightingRecord {
        method: match (options.lower.is_finite(), options.upper.is_finite()) {
            (false, _) => format!("trimming above {}", options.upper),
            (true, false) => format!("trimming below {}", options.lower),
            (true, true) => format!("trimming below {} and above {}", options.lower, options.upper),
        },
        iterations,
        gaps: Vec::new(),
        is_converged: true,
        n_trimmed,
        before: WeightSummary::of(design.weights()),
        after: WeightSummary::of(&weights),
    };
    let design = design.reweighted(Arc::new(weights), None);
    let design = design.with_replicates_through(|replicate| fit(replicate, options).map(|_| ()))?;
    Ok(Weighted { design, record })
}

/// Trims in place; returns rounds and the number of weights at a bound.
fn fit(weights: &mut [f64], options: &TrimOptions) -> Result<(usize, usize), WeightingError> {
    let (lower, upper) = (options.lower, options.upper);
    let mut is_trimmed: Vec<bool> = weights.iter().map(|w| *w == 0.0).collect();
    let n_zero = is_trimmed.iter().filter(|t| **t).count();
    let mut rounds = 0;
    loop {
        let mut excess = 0.0;
        for (w, trimmed) in weights.iter_mut().zip(&mut is_trimmed) {
            let inside = w.clamp(lower, upper);
            if !*trimmed && inside != *w {
                excess += *w - inside;
                *w = inside;
                *trimmed = true;
            }
        }
        let n_inside = is_trimmed.iter().filter(|t| !**t).count();
        if excess == 0.0 {
            return Ok((rounds, weights.len() - n_inside - n_zero));
        }
        if n_inside == 0 {
            return Err(WeightingProblem::NothingInside { low: lower, high: upper }.into());
        }
        rounds += 1;
        let share = excess / n_inside as f64;
        for (w, _) in weights.iter_mut().zip(&is_trimmed).filter(|(_, trimmed)| !**trimmed) {
            *w += share;
        }
        if !options.strict {
            return Ok((rounds, weights.len() - n_inside - n_zero));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_excess_goes_to_the_weights_inside_and_strict_ends_on_the_bound() {
        let mut weights = [1.0, 9.0, 10.0, 0.0];
        let options = TrimOptions { lower: 3.0, upper: 9.5, strict: false };
        assert_eq!(fit(&mut weights, &options).unwrap(), (1, 2));
        assert_eq!(weights, [3.0, 7.5, 9.5, 0.0]);
        let mut weights = [1.0, 9.0, 14.0];
        let options = TrimOptions { lower: 0.0, upper: 10.0, strict: true };
        assert_eq!(fit(&mut weights, &options).unwrap(), (2, 2));
        assert_eq!(weights, [4.0, 10.0, 10.0]);
    }
}
