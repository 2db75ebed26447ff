//! The one finisher: scores of sampling units in, covariances out.
//!
//! An estimator hands over one column of scores per estimate: the linearized contribution of each sampling unit, or the
//! deviation of each replicate estimate from the full-sample estimate. It never knows the design behind the form.

mod members;
mod nested;
mod pairwise;
mod replicate;
mod two_phase;

pub use members::{MemberIndex, MemberScores};
pub use nested::{NestedForm, RowUnits};
pub use pairwise::{JointProbabilities, PairwiseForm, PairwiseVariance};
pub use replicate::ReplicateForm;
pub(crate) use two_phase::{BetweenUnits, FirstPhase, GroupSquares};
pub use two_phase::{TwoPhaseForm, TwoPhaseMethod};

use rayon::prelude::*;

use super::UnitSet;

/// Which units of the design have members of the domain at hand.
///
/// Only the lonely-PSU policies that borrow from other strata need to know; everything else treats units without
/// members as totals of 0.
#[derive(Clone, Copy, Debug)]
pub enum Presence<'a> {
    /// The whole design.
    All,
    /// The score units with members.
    Units(&'a UnitSet),
}

/// A rule that turns two columns of unit scores into their covariance.
#[derive(Clone, Debug)]
pub enum VarianceForm {
    /// Nested strata and stages.
    Nested(NestedForm),
    /// Sum over replicates.
    Replicates(ReplicateForm),
    /// Pairs of units of unequal probabilities.
    Pairwise(PairwiseForm),
    /// A subsample of a sample.
    TwoPhase(TwoPhaseForm),
}

/// A column of scores that was centred and scaled by the form, ready for any number of pairings.
#[derive(Clone, Debug)]
pub struct Prepared(Vec<f64>);

impl VarianceForm {
    /// Number of scores that a column must have.
    pub fn n_units(&self) -> usize {
        match self {
            Self::Nested(form) => form.n_units(),
            Self::Replicates(form) => form.n_replicates(),
            Self::Pairwise(form) => form.n_units(),
            Self::TwoPhase(form) => form.n_units(),
        }
    }

    /// Centres and scales a column of unit scores once, so that each covariance is one product.
    pub fn prepare(&self, scores: &[f64], presence: Presence<'_>) -> Prepared {
        Prepared(match self {
            Self::Nested(form) => form.prepare(scores, presence),
            Self::Replicates(form) => form.prepare(scores),
            Self::Pairwise(_) => scores.to_vec(),
            Self::TwoPhase(form) => form.prepare(scores),
        })
    }

    /// The covariance of two prepared columns.
    pub fn covariance(&self, a: &Prepared, b: &Prepared) -> f64 {
        match self {
            Self::Pairwise(form) => form.covariance(&a.0, &b.0),
            Self::TwoPhase(form) => form.covariance(&a.0, &b.0),
            _ => a.0.iter().zip(&b.0).map(|(x, y)| x * y).sum(),
        }
    }

    /// The variance of the difference of two prepared columns.
    pub fn difference_variance(&self, a: &Prepared, b: &Prepared) -> f64 {
        let difference = Prepared(a.0.iter().zip(&b.0).map(|(x, y)| x - y).collect());
        self.covariance(&difference, &difference)
    }

    /// Whether a column's variance depends on which units of a domain have members.
    pub(crate) fn borrows(&self) -> bool {
        matches!(self, Self::Nested(form) if form.borrows())
    }

    /// The variances of many columns at once, over the whole design; scores come unit by unit, in each the columns.
    pub fn variances(&self, scores: &[f64], n_columns: usize) -> Vec<f64> {
        match self {
            Self::Nested(form) if !form.borrows() => form.variances(scores, n_columns),
            _ => (0..n_columns)
                .map(|c| {
                    let column: Vec<f64> = scores.iter().skip(c).step_by(n_columns).copied().collect();
                    self.variance(&column, Presence::All)
                })
                .collect(),
        }
    }

    /// The covariance matrix of columns at once, over the whole design, row by row; scores come unit by unit, in each the
    /// columns. For forms that do not [borrow](Self::borrows): others look at which units a domain reaches.
    pub(crate) fn covariances(&self, scores: &[f64], n_columns: usize) -> Vec<f64> {
        if let Self::Nested(form) = self
            && !form.borrows()
        {
            return form.covariances(scores, n_columns);
        }
        let column = |c: usize| scores.iter().skip(c).step_by(n_columns).copied().collect::<Vec<f64>>();
        let prepared: Vec<Prepared> = (0..n_columns).map(|c| self.prepare(&column(c), Presence::All)).collect();
        prepared.iter().flat_map(|a| prepared.iter().map(|b| self.covariance(a, b))).collect()
    }

    /// The variances of all columns of scores that only units with members have, over the whole design.
    pub fn variances_of_members(&self, scores: &MemberScores) -> Vec<f64> {
        if let Self::Nested(form) = self
            && let Some(variances) = form.variances_of_members(scores)
        {
            return variances;
        }
        let columns = (0..scores.n_columns()).into_par_iter();
        columns.map(|column| self.variance(&scores.column(column), Presence::All)).collect()
    }

    /// The covariance matrix of some columns of scores that only units with members have, over the whole design, row by row. For
    /// forms that do not [borrow](Self::borrows).
    pub(crate) fn covariances_of_members(&self, scores: &MemberScores, columns: &[usize]) -> Vec<f64> {
        if let Self::Nested(form) = self
            && let Some(covariances) = form.covariances_of_members(scores, columns)
        {
            return covariances;
        }
        self.covariances(&scores.side_by_side(columns), columns.len())
    }

    /// The variance of one column of unit scores.
    pub fn variance(&self, scores: &[f64], presence: Presence<'_>) -> f64 {
        let prepared = self.prepare(scores, presence);
        self.covariance(&prepared, &prepared)
    }
}
