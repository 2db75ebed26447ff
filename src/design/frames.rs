//! Samples from two frames that overlap.

use super::builder::SurveyDesignBuilder;
use super::codes::{Codes, MISSING, dense_pairs};
use super::error::DesignProblem;

/// Two independent samples from frames that overlap, one behind the other in the rows.
///
/// # Definition
///
/// Rows that belong to both frames get their weight times the share of the frame that they were drawn from; the shares add up
/// to 1 (Hartley's composite estimator with a fixed share). Each frame keeps its own strata and units, so the variance of a total is
/// the sum of those of the two samples.
///
/// # Agreement
///
/// R `survey` 4.5, `multiframe`, takes each frame as a simple random sample without replacement at its probabilities:
/// [`unequal_probabilities`](SurveyDesignBuilder::unequal_probabilities) with
/// [`JointProbabilities::SimpleRandom`](super::JointProbabilities::SimpleRandom), or population sizes or fractions where rows of
/// a stratum are drawn alike.
///
/// # References
///
/// Hartley (1962), Multiple frame surveys; Lohr (2011), Alternative survey sample designs: sampling with multiple
/// overlapping frames.
#[derive(Clone, Debug)]
pub struct Frames {
    /// The frame that each row was drawn from; two labels.
    pub frame: Codes,
    /// Whether each row belongs to both frames.
    pub in_overlap: Vec<bool>,
    /// The share of the weight that a row of the overlap keeps, by frame.
    pub shares: [(String, f64); 2],
}

/// Shares add up to 1 within this.
const SHARES: f64 = 1e-9;

impl Frames {
    /// Problems of the frames of so many rows.
    pub(super) fn check(&self, builder: &SurveyDesignBuilder, n_rows: usize, problems: &mut Vec<DesignProblem>) {
        for (what, got) in [("the frame", self.frame.len()), ("the mark of the overlap", self.in_overlap.len())] {
            if got != n_rows {
                problems.push(DesignProblem::Length { what: what.to_string(), got, expected: n_rows });
            }
        }
        let mut missing = self.frame.codes().iter().enumerate().filter(|(_, c)| **c == MISSING);
        if let Some((row, _)) = missing.next() {
            let (what, n, first_row) = ("the frame".to_string(), 1 + missing.count(), row + 1);
            problems.push(DesignProblem::MissingLabel { what, n, first_row });
        }
        let [(first, a), (second, b)] = &self.shares;
        let is_share = |share: &f64| (0.0..=1.0).contains(share);
        if !(is_share(a) && is_share(b) && (a + b - 1.0).abs() < SHARES) {
            problems.push(DesignProblem::FrameShares { shares: [*a, *b] });
        }
        let named = [first, second];
        if first == second || self.frame.labels().iter().any(|label| !named.contains(&label)) {
            let (found, named) = (self.frame.labels().to_vec(), named.map(String::clone).to_vec());
            problems.push(DesignProblem::FrameLabels { found, named });
        }
        if builder.replicates.is_some() {
            problems.push(DesignProblem::FrameReplicates);
        }
    }

    /// Strata and first-stage units of each frame by themselves.
    pub(super) fn split(&self, mut builder: SurveyDesignBuilder) -> SurveyDesignBuilder {
        builder.first.strata = Some(match &builder.first.strata {
            None => self.frame.clone(),
            Some(strata) => self.crossed_with(strata),
        });
        builder.first.ids = builder.first.ids.as_ref().map(|ids| self.crossed_with(ids));
        builder
    }

    fn crossed_with(&self, codes: &Codes) -> Codes {
        let (crossed, pairs) = dense_pairs(self.frame.codes(), codes.codes());
        let label =
            |pair: &(u32, u32)| format!("{}:{}", self.frame.labels()[pair.0 as usize], codes.labels()[pair.1 as usize]);
        Codes::from_codes(crossed, pairs.iter().map(label).collect())
    }

    /// Shares out the weights of the overlap.
    pub(super) fn share_out(&self, weights: &mut [f64]) {
        let labels = self.frame.labels();
        let share =
            |label: &String| self.shares.iter().find(|(name, _)| name == label).map_or(1.0, |(_, share)| *share);
        let shares: Vec<f64> = labels.iter().map(share).collect();
        for ((w, &frame), _) in weights.iter_mut().zip(self.frame.codes()).zip(&self.in_overlap).filter(|(_, o)| **o) {
            *w *= shares[frame as usize];
        }
    }
}
