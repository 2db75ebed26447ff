//! Two samples from overlapping frames.

use super::builder::SurveyDesignBuilder;
use super::codes::Codes;
use super::error::{DesignError, DesignProblem};
use super::form::{JointProbabilities, PairwiseVariance};
use super::survey_design::SurveyDesign;

/// One of two samples.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// Inclusion probability of each row.
    pub probabilities: &'a [f64],
    /// Whether each row belongs to both frames.
    pub in_overlap: &'a [bool],
}

/// The design of two independent samples from frames that overlap; its rows are those of the first, then of the second.
///
/// # Definition
///
/// Rows of the overlap get their weight times `theta` in the first frame and `1 − theta` in the second (Hartley's
/// composite). Each frame counts as a simple random sample without replacement at the given probabilities.
///
/// # Errors
///
/// Probabilities or a theta outside 0..=1, or columns of unequal length.
///
/// # References
///
/// Hartley (1962), Multiple frame surveys; Lohr (2011), Alternative survey sample designs: sampling with multiple
/// overlapping frames; R `survey` 4.5, `multiframe`.
pub fn dual_frame(frames: [Frame<'_>; 2], theta: f64) -> Result<SurveyDesign, DesignError> {
    let mut problems = Vec::new();
    for frame in &frames {
        let (got, expected) = (frame.in_overlap.len(), frame.probabilities.len());
        if got != expected {
            problems.push(DesignProblem::Length { what: "the mark of the overlap".to_string(), got, expected });
        }
    }
    if !(0.0..=1.0).contains(&theta) {
        problems.push(DesignProblem::Theta(theta));
    }
    if !problems.is_empty() {
        return Err(DesignError::new(problems));
    }
    let shares = [theta, 1.0 - theta];
    let mut weights = Vec::new();
    let mut probabilities = Vec::new();
    let mut labels = Vec::new();
    for ((frame, share), label) in frames.iter().zip(shares).zip(["frame 1", "frame 2"]) {
        for (p, overlap) in frame.probabilities.iter().zip(frame.in_overlap) {
            weights.push(if *overlap { share / p } else { 1.0 / p });
            probabilities.push(*p);
            labels.push(label);
        }
    }
    SurveyDesignBuilder::default()
        .weights(&weights)
        .strata(Codes::from_labels(&labels))
        .unequal_probabilities(&probabilities, JointProbabilities::SimpleRandom, PairwiseVariance::HorvitzThompson)
        .build()
}
