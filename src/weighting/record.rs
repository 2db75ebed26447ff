//! What was done to the weights.

use rayon::prelude::*;

use crate::design::SurveyDesign;

/// Weights that are summarized before they are joined with others.
const BLOCK: usize = 1 << 16;

/// A design with new weights, and how they came about.
#[derive(Clone, Debug)]
pub struct Weighted {
    /// The design with the new weights.
    pub design: SurveyDesign,
    /// How they came about.
    pub record: WeightingRecord,
}

/// The record of one adjustment.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightingRecord {
    /// The method and its options in words.
    pub method: String,
    /// Iterations until the targets were reached; 1 for closed forms.
    pub iterations: usize,
    /// What remains between each target and what was reached.
    pub gaps: Vec<MarginGap>,
    /// The targets were reached; what is left otherwise was accepted.
    pub is_converged: bool,
    /// Weights cut at a bound.
    pub n_trimmed: usize,
    /// The weights before.
    pub before: WeightSummary,
    /// The weights after.
    pub after: WeightSummary,
}

/// A target and what was reached.
#[derive(Clone, Debug, PartialEq)]
pub struct MarginGap {
    /// The margin, or the calibration variable.
    pub margin: String,
    /// The level; empty for a calibration variable.
    pub level: String,
    /// The target.
    pub target: f64,
    /// What the new weights give.
    pub reached: f64,
}

impl MarginGap {
    /// The distance to the target relative to it, absolute for a target of 0.
    pub fn relative(&self) -> f64 {
        let gap = (self.reached - self.target).abs();
        if self.target == 0.0 { gap } else { gap / self.target.abs() }
    }
}

/// A distribution of weights in a few numbers; weights of 0 do not count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightSummary {
    /// Positive weights.
    pub n: usize,
    /// Their sum.
    pub sum: f64,
    /// The sum of their squares.
    pub sum_sq: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl WeightSummary {
    /// Summarizes positive weights.
    pub fn of(weights: &[f64]) -> Self {
        let blocks: Vec<Self> = weights.par_chunks(BLOCK).map(Self::of_block).collect();
        blocks.into_iter().fold(Self::EMPTY, Self::with)
    }

    /// Four running sums side by side, so that none waits for its last addition.
    fn of_block(weights: &[f64]) -> Self {
        let mut lanes = [Self::EMPTY; 4];
        let (fours, rest) = weights.as_chunks::<4>();
        for four in fours {
            lanes.iter_mut().zip(four).for_each(|(lane, w)| lane.add(*w));
        }
        lanes.iter_mut().zip(rest).for_each(|(lane, w)| lane.add(*w));
        lanes.into_iter().fold(Self::EMPTY, Self::with)
    }

    const EMPTY: Self = Self { n: 0, sum: 0.0, sum_sq: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY };

    fn add(&mut self, w: f64) {
        if w != 0.0 {
            self.n += 1;
            self.sum += w;
            self.sum_sq += w * w;
            self.min = self.min.min(w);
            self.max = self.max.max(w);
        }
    }

    fn with(self, other: Self) -> Self {
        Self {
            n: self.n + other.n,
            sum: self.sum + other.sum,
            sum_sq: self.sum_sq + other.sum_sq,
            min: self.min.min(other.min),
            max: self.max.max(other.max),
        }
    }

    /// Kish's design effect of unequal weights, `n Σw² / (Σw)²`: one plus the squared coefficient of variation.
    ///
    /// # References
    ///
    /// Kish (1992), Weighting for unequal P_i, Journal of Official Statistics 8.
    pub fn kish_deff(&self) -> f64 {
        self.n as f64 * self.sum_sq / (self.sum * self.sum)
    }

    /// Kish's effective sample size.
    pub fn n_eff(&self) -> f64 {
        self.sum * self.sum / self.sum_sq
    }

    /// Squared coefficient of variation, with the population variance.
    pub fn cv2(&self) -> f64 {
        self.kish_deff() - 1.0
    }
}
