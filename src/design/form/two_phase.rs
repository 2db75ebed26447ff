//! Two-phase sampling.

use super::{NestedForm, Presence};
use crate::design::MISSING;

/// How the first phase enters the variance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TwoPhaseMethod {
    /// The Horvitz–Thompson form with the products of the pairwise terms of both phases; a first phase without
    /// population sizes enters as independent units.
    #[default]
    Full,
    /// The between-unit variance of the first phase, estimated from the second.
    Approximate,
    /// As `Approximate` where phases are stratified samples of rows.
    Simple,
}

/// A stratum of the first phase.
#[derive(Clone, Debug)]
pub(crate) struct FirstPhaseStratum {
    /// Units in the first phase.
    pub n: f64,
    /// 1 − n/N.
    pub fpc_factor: f64,
}

/// The variance of a total from a subsample of a sample.
///
/// # Definition
///
/// The ordinary stage variance of the scores u (with both weights) in the strata of phase 2, with population counts from
/// phase 1, plus phase 1: in each phase-1 stratum of n₁ units `(1 − n₁/N) n₁/(n₁ − 1) Σ (p₂ u − Σu/n₁)² / p₂` over the rows
/// of phase 2; `Full` takes `Σ p₂ u²`.
///
/// # References
///
/// Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, chapter 9; R `survey`, `twophase`.
#[derive(Clone, Debug)]
pub struct TwoPhaseForm {
    pub(crate) second: NestedForm,
    /// The phase-2 unit of each row, [`MISSING`] outside phase 2.
    pub(crate) second_unit_of_row: Vec<u32>,
    /// Phase-2 probability of each row; 0 outside phase 2.
    pub(crate) p2: Vec<f64>,
    pub(crate) stratum_of_row: Vec<u32>,
    pub(crate) strata: Vec<FirstPhaseStratum>,
    pub(crate) method: TwoPhaseMethod,
}

impl TwoPhaseForm {
    pub(super) fn n_units(&self) -> usize {
        self.p2.len()
    }

    pub(super) fn prepare(&self, scores: &[f64]) -> Vec<f64> {
        let mut totals = vec![0.0; self.second.n_units()];
        for (&unit, u) in self.second_unit_of_row.iter().zip(scores) {
            if unit != MISSING {
                totals[unit as usize] += u;
            }
        }
        let mut prepared = self.second.prepare(&totals, Presence::All);
        let mut sums = vec![0.0; self.strata.len()];
        for (&h, u) in self.stratum_of_row.iter().zip(scores) {
            sums[h as usize] += u;
        }
        for (i, u) in scores.iter().enumerate().filter(|(i, _)| self.p2[*i] > 0.0) {
            let p2 = self.p2[i];
            prepared.push(match self.method {
                TwoPhaseMethod::Full => p2.sqrt() * u,
                TwoPhaseMethod::Approximate | TwoPhaseMethod::Simple => {
                    let h = self.stratum_of_row[i] as usize;
                    let FirstPhaseStratum { n, fpc_factor } = self.strata[h];
                    let weight = fpc_factor * n / (n - 1.0) / p2;
                    weight.sqrt() * (p2 * u - sums[h] / n)
                }
            });
        }
        prepared
    }
}
