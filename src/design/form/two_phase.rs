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
    /// The between-unit variance of each stage of the first phase, estimated from the second.
    Approximate,
    /// Another name of `Approximate`, as in R.
    Simple,
}

/// The variance of a total from a subsample of a sample.
///
/// # Definition
///
/// The scores u of rows carry both weights. Phase 2: the ordinary stage variance in the strata of phase 2, with population
/// counts from phase 1.
///
/// Phase 1 of `Approximate`: in each stratum of n₁ units of a stage, `m (1 − n₁/N) n₁/(n₁ − 1) Σ (p₂ t − Σt/n₁)² / p₂` over the
/// units with rows in phase 2, with t the total of u in a unit, p₂ the chance that a unit of the last stage was kept by phase 2, and
/// m the product of the sampling fractions of the stages above. Where phase 2 draws within units of phase 1, the totals
/// t already vary with it, so p₂ is the share of units that phase 2 met and the variance of phase 2 is multiplied by p₁, as
/// that of a further stage.
///
/// Phase 1 of `Full`: `Σ_ij (1 − a_ij) e_ij u_i u_j` over the rows of phase 2, with `a = p_i p_j/p_ij` of phase 1 and e that of phase 2.
/// Both depend only on how far two rows share strata and units. At a stage of n units drawn at the share p, rows of one
/// unit have the factor p, those of two units of a stratum `1 + (1 − p)/(n − 1)`, others 1; units drawn with replacement have
/// the factor 0, or p where probabilities are known, and 1 between units. Factors of stages multiply. The double sum is
/// therefore one of squared totals of crossed groups.
///
/// # Agreement
///
/// R `survey` 4.1, for rows in the order of the labels of their units. Otherwise its `approx` pairs the p₂ of one unit
/// with the total of another. Its `full` takes rows instead of clusters as independent where the first phase has neither
/// population sizes nor probabilities.
///
/// # References
///
/// Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, chapter 9; R `survey`, `twophase`.
#[derive(Clone, Debug)]
pub struct TwoPhaseForm {
    pub(crate) second: NestedForm,
    /// The phase-2 unit of each row, [`MISSING`] outside phase 2.
    pub(crate) second_unit_of_row: Vec<u32>,
    /// Factor of each row's score in the variance of phase 2, where it is not 1.
    pub(crate) second_factor: Option<Vec<f64>>,
    pub(crate) first: FirstPhase,
    /// First-stage units of the first phase.
    pub(crate) n_first: usize,
}

/// What the variance needs of the first phase.
#[derive(Clone, Debug)]
pub(crate) enum FirstPhase {
    /// Squared totals of groups.
    Products(Vec<GroupSquares>),
    /// Squared deviations of units, stage by stage.
    Between(Vec<BetweenUnits>),
}

/// Squared totals of groups of rows, each with a coefficient.
#[derive(Clone, Debug)]
pub(crate) struct GroupSquares {
    /// The group of each row; [`MISSING`] outside phase 2.
    pub group_of_row: Vec<u32>,
    pub coefficients: Vec<f64>,
}

/// One stage of the first phase as the second one saw it.
#[derive(Clone, Debug)]
pub(crate) struct BetweenUnits {
    pub unit_of_row: Vec<u32>,
    pub stratum_of_unit: Vec<u32>,
    /// Units of each stratum in the first phase.
    pub n: Vec<f64>,
    /// By unit, the chance of phase 2; 0 for units without rows in it.
    pub p2: Vec<f64>,
    /// By unit, the factor of the squared deviation, `m (1 − n₁/N) n₁/(n₁ − 1)`.
    pub factor: Vec<f64>,
}

impl BetweenUnits {
    fn deviations(&self, scores: &[f64], into: &mut Vec<f64>) {
        let totals = grouped(&self.unit_of_row, scores, self.stratum_of_unit.len());
        let sums = grouped(&self.stratum_of_unit, &totals, self.n.len());
        for (unit, total) in totals.iter().enumerate().filter(|(unit, _)| self.p2[*unit] > 0.0) {
            let h = self.stratum_of_unit[unit] as usize;
            let p2 = self.p2[unit];
            into.push((self.factor[unit] / p2).sqrt() * (p2 * total - sums[h] / self.n[h]));
        }
    }
}

impl TwoPhaseForm {
    pub(super) fn n_units(&self) -> usize {
        self.second_unit_of_row.len()
    }

    /// What phase 2 needs, then what phase 1 needs.
    pub(super) fn prepare(&self, scores: &[f64]) -> Vec<f64> {
        let totals = match &self.second_factor {
            None => grouped(&self.second_unit_of_row, scores, self.second.n_units()),
            Some(factors) => {
                let scaled: Vec<f64> = scores.iter().zip(factors).map(|(u, factor)| u * factor).collect();
                grouped(&self.second_unit_of_row, &scaled, self.second.n_units())
            }
        };
        let mut prepared = self.second.prepare(&totals, Presence::All);
        match &self.first {
            FirstPhase::Products(groups) => {
                groups.iter().for_each(|g| prepared.extend(grouped(&g.group_of_row, scores, g.coefficients.len())))
            }
            FirstPhase::Between(stages) => stages.iter().for_each(|stage| stage.deviations(scores, &mut prepared)),
        }
        prepared
    }

    pub(super) fn covariance(&self, a: &[f64], b: &[f64]) -> f64 {
        let products = || a.iter().zip(b).map(|(x, y)| x * y);
        match &self.first {
            FirstPhase::Between(_) => products().sum(),
            FirstPhase::Products(groups) => {
                let coefficients: Vec<f64> = groups.iter().flat_map(|g| g.coefficients.iter().copied()).collect();
                let n_second = a.len() - coefficients.len();
                let second: f64 = products().take(n_second).sum();
                second + products().skip(n_second).zip(&coefficients).map(|(square, c)| square * c).sum::<f64>()
            }
        }
    }

    /// Units of the second phase.
    pub fn n_second(&self) -> usize {
        self.second.n_units()
    }

    /// The method in words.
    pub fn name(&self) -> &'static str {
        match self.first {
            FirstPhase::Products(_) => "pairs of both phases",
            FirstPhase::Between(_) => "the units of each phase",
        }
    }
}

/// Totals of scores by group.
fn grouped(group_of_item: &[u32], scores: &[f64], n_groups: usize) -> Vec<f64> {
    let mut totals = vec![0.0; n_groups];
    for (&group, u) in group_of_item.iter().zip(scores).filter(|(group, _)| **group != MISSING) {
        totals[group as usize] += u;
    }
    totals
}
