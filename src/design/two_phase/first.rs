//! The first phase as the second one saw it.

use crate::design::codes::{MISSING, dense_pairs};
use crate::design::form::{BetweenUnits, FirstPhase, GroupSquares, TwoPhaseMethod};
use crate::design::stage::Stage;
use crate::design::survey_design::SurveyDesign;

/// Groups of rows, one within another, each with the difference that it makes to the factor of a pair of rows: the factor of a
/// pair is the sum of these over the groups that both rows lie in.
struct Level {
    group_of_row: Vec<u32>,
    increment: Vec<f64>,
}

/// What the second phase tells of the units of the first.
pub(super) struct Seen<'a> {
    /// The stratum and the unit of each row at the last stage of the first phase.
    pub last: [Vec<u32>; 2],
    /// Strata and units of the second phase, of all rows.
    pub second: &'a Stage,
    /// The unit of each row in the second phase; [`MISSING`] outside.
    pub drawn_unit_of_row: &'a [u32],
    /// Probability of each row in the second phase; 0 outside.
    pub p2: &'a [f64],
    /// The second phase has strata of its own.
    pub has_strata: bool,
    /// Its probabilities are given, not counted.
    pub has_probabilities: bool,
}

impl Seen<'_> {
    /// The form of the first phase, and the factor of each row's score in the variance of the second where it is not 1.
    pub fn form(&self, first: &SurveyDesign, method: TwoPhaseMethod) -> (FirstPhase, Option<Vec<f64>>) {
        if method == TwoPhaseMethod::Full {
            return (FirstPhase::Products(self.products(&first.stages)), None);
        }
        let is_within = self.draws_within_units();
        let kept = self.kept(is_within);
        let mut above = vec![1.0; first.n_rows()];
        let mut stages = Vec::new();
        for stage in first.stages.iter() {
            stages.push(self.between(stage, &kept, &above));
            for (row, &unit) in stage.unit_of_row.iter().enumerate() {
                above[row] *= sampling_fraction(stage, unit as usize);
            }
        }
        let factor = is_within.then(|| first.weights.iter().map(|w| (1.0 / w).sqrt()).collect());
        (FirstPhase::Between(stages), factor)
    }

    fn in_second(&self, row: usize) -> bool {
        self.drawn_unit_of_row[row] != MISSING
    }

    /// Whether several units of phase 2 begin in one unit of phase 1.
    fn draws_within_units(&self) -> bool {
        let units = &self.last[1];
        let mut met_second = vec![false; n_codes(self.drawn_unit_of_row)];
        let mut met_first = vec![false; n_codes(units)];
        for (row, &unit) in units.iter().enumerate().filter(|(row, _)| self.in_second(*row)) {
            if !std::mem::replace(&mut met_second[self.drawn_unit_of_row[row] as usize], true)
                && std::mem::replace(&mut met_first[unit as usize], true)
            {
                return true;
            }
        }
        false
    }

    /// The chance of each row's last unit of phase 1 to be kept: as given, or the share of such units that phase 2 met, in the
    /// strata of phase 2, or in those of the last stage of phase 1 where phase 2 has none.
    fn kept(&self, is_within: bool) -> Vec<f64> {
        if self.has_probabilities && !is_within {
            return self.p2.to_vec();
        }
        let strata: Vec<u32> = match self.has_strata {
            false => self.last[0].clone(),
            true => self.second.unit_of_row.iter().map(|&unit| self.second.stratum_of_unit[unit as usize]).collect(),
        };
        let (pair_of_row, pairs) = dense_pairs(&strata, &self.last[1]);
        let mut is_met = vec![false; pairs.len()];
        for (row, &pair) in pair_of_row.iter().enumerate() {
            is_met[pair as usize] |= self.in_second(row);
        }
        let mut counts = vec![(0.0, 0.0); n_codes(&strata)];
        for (pair, is_met) in pairs.iter().zip(is_met) {
            let (met, all) = &mut counts[pair.0 as usize];
            *met += f64::from(u8::from(is_met));
            *all += 1.0;
        }
        strata.iter().map(|&h| counts[h as usize].0 / counts[h as usize].1).collect()
    }

    fn between(&self, stage: &Stage, kept: &[f64], above: &[f64]) -> BetweenUnits {
        let mut p2 = vec![0.0; stage.n_units()];
        let mut factor = vec![0.0; stage.n_units()];
        for (row, &unit) in stage.unit_of_row.iter().enumerate() {
            let unit = unit as usize;
            if self.in_second(row) && p2[unit] == 0.0 {
                p2[unit] = kept[row];
            }
            let n = f64::from(stage.strata[stage.stratum_of_unit[unit] as usize].n);
            // A lonely unit that is let through adds nothing.
            let spread = if n > 1.0 { n / (n - 1.0) } else { 0.0 };
            factor[unit] = above[row] * left_out(stage, unit) * spread;
        }
        BetweenUnits {
            unit_of_row: stage.unit_of_row.clone(),
            stratum_of_unit: stage.stratum_of_unit.clone(),
            n: stage.strata.iter().map(|s| f64::from(s.n)).collect(),
            p2,
            factor,
        }
    }

    /// Squares of groups: levels of the first phase crossed with those of the second, `−α β`, and the root of the second.
    fn products(&self, stages: &[Stage]) -> Vec<GroupSquares> {
        let second = self.second_levels();
        let mut products = Vec::new();
        for a in first_levels(stages) {
            for b in &second {
                let (group_of_row, pairs) = dense_pairs(&a.group_of_row, &b.group_of_row);
                let coefficient = |pair: &(u32, u32)| -a.increment[pair.0 as usize] * b.increment[pair.1 as usize];
                let coefficients: Vec<f64> = pairs.iter().map(coefficient).collect();
                if coefficients.iter().any(|c| *c != 0.0) {
                    products.push(GroupSquares { group_of_row, coefficients });
                }
            }
        }
        products
    }

    /// All rows of the second phase, its strata, its units.
    fn second_levels(&self) -> [Level; 3] {
        let stage = self.second;
        let inside = |code: u32, row: usize| if self.in_second(row) { code } else { MISSING };
        let root = (0..self.p2.len()).map(|row| inside(0, row)).collect();
        let strata: Vec<u32> = stage
            .unit_of_row
            .iter()
            .enumerate()
            .map(|(row, &unit)| inside(stage.stratum_of_unit[unit as usize], row))
            .collect();
        let units = self.drawn_unit_of_row.to_vec();
        let mut p_of_unit = vec![0.0; n_codes(&units)];
        let mut stratum_of_drawn = vec![0; p_of_unit.len()];
        for (row, &unit) in units.iter().enumerate().filter(|(row, _)| self.in_second(*row)) {
            p_of_unit[unit as usize] = self.p2[row];
            stratum_of_drawn[unit as usize] = strata[row] as usize;
        }
        let mut drawn = vec![0.0; stage.strata.len()];
        stratum_of_drawn.iter().for_each(|&h| drawn[h] += 1.0);
        let between: Vec<f64> =
            drawn.iter().zip(&stage.strata).map(|(n, s)| beyond_one(*n, n / f64::from(s.n))).collect();
        let increment = p_of_unit.iter().zip(&stratum_of_drawn).map(|(p, &h)| p - 1.0 - between[h]).collect();
        [
            Level { group_of_row: root, increment: vec![1.0] },
            Level { group_of_row: strata, increment: between },
            Level { group_of_row: units, increment },
        ]
    }
}

/// Strata and units of each stage below the root, whose increment is 1.
fn first_levels(stages: &[Stage]) -> Vec<Level> {
    let mut levels = Vec::new();
    // The factor of pairs within one unit of the stage above.
    let mut above = vec![1.0];
    for stage in stages {
        let between: Vec<f64> = stage
            .strata
            .iter()
            .map(|s| {
                above[s.parent as usize]
                    * s.population.map_or(0.0, |_| beyond_one(f64::from(s.n), s.sampling_fraction()))
            })
            .collect();
        let within: Vec<f64> = (0..stage.n_units())
            .map(|unit| {
                let parent = stage.strata[stage.stratum_of_unit[unit] as usize].parent;
                above[parent as usize] * sampling_fraction(stage, unit)
            })
            .collect();
        let stratum_of_row =
            stage.unit_of_row.iter().map(|&unit| stage.stratum_of_unit[unit as usize]).collect::<Vec<u32>>();
        let increment = within
            .iter()
            .zip(&stage.stratum_of_unit)
            .map(|(p, &h)| p - above[stage.strata[h as usize].parent as usize] - between[h as usize])
            .collect();
        levels.push(Level { group_of_row: stratum_of_row, increment: between });
        levels.push(Level { group_of_row: stage.unit_of_row.clone(), increment });
        above = within;
    }
    levels
}

/// By how much the factor of two of n units that were drawn at a share exceeds 1.
fn beyond_one(n: f64, share: f64) -> f64 {
    if n > 1.0 { (1.0 - share) / (n - 1.0) } else { 0.0 }
}

/// The share of units that were drawn with this one, or its probability; 0 with replacement.
fn sampling_fraction(stage: &Stage, unit: usize) -> f64 {
    match &stage.unit_probabilities {
        Some(probabilities) => probabilities[unit],
        None => stage.strata[stage.stratum_of_unit[unit] as usize].sampling_fraction(),
    }
}

/// The share that was left out.
fn left_out(stage: &Stage, unit: usize) -> f64 {
    match &stage.unit_probabilities {
        Some(probabilities) => 1.0 - probabilities[unit],
        None => stage.strata[stage.stratum_of_unit[unit] as usize].fpc_factor(),
    }
}

fn n_codes(codes: &[u32]) -> usize {
    codes.iter().filter(|c| **c != MISSING).max().map_or(0, |c| *c as usize + 1)
}
