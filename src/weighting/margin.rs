//! Target margins and the checks that come before any iteration.

use std::collections::BTreeMap;

use super::error::WeightingProblem;
use super::record::MarginGap;
use crate::design::{Cells, Codes, SurveyDesign};

/// Targets that differ in their sum by more than this share contradict each other.
const SAME_SUM: f64 = 1e-6;

/// Rows that are looked at together.
const BLOCK: usize = 1 << 12;

/// Moves of a round beyond which what remains is no rest of the iteration.
const STILL: f64 = 1e3;

/// Known population totals of the levels of a variable (or of combined levels of several).
#[derive(Clone, Debug)]
pub struct Margin {
    name: String,
    codes: Codes,
    targets: Vec<(String, f64)>,
}

impl Margin {
    /// A margin by its name, the level of each row, and the target of each level.
    pub fn new(name: impl Into<String>, codes: Codes, targets: Vec<(String, f64)>) -> Self {
        Self { name: name.into(), codes, targets }
    }
}

/// A margin with one target a cell.
#[derive(Clone, Debug)]
pub(super) struct CheckedMargin {
    pub name: String,
    pub cells: Cells,
    pub labels: Vec<String>,
    pub targets: Vec<f64>,
}

impl CheckedMargin {
    /// Checks a margin against the sample. With `allow_empty`, levels without respondents are passed over.
    pub fn new(
        margin: &Margin,
        design: &SurveyDesign,
        allow_empty: bool,
        problems: &mut Vec<WeightingProblem>,
    ) -> Option<Self> {
        let name = &margin.name;
        let codes = margin.codes.codes();
        if codes.len() != design.n_rows() {
            problems.push(WeightingProblem::Length {
                what: format!("margin `{name}`"),
                got: codes.len(),
                expected: design.n_rows(),
            });
            return None;
        }
        let before = problems.len();
        let (has_rows, (n_missing, first_row)) = levels_met(codes, design.weights(), margin.codes.n_labels());
        if n_missing > 0 {
            problems.push(WeightingProblem::MissingLabel { margin: name.clone(), n: n_missing, first_row });
        }
        let mut by_label: BTreeMap<&str, f64> = BTreeMap::new();
        for (level, value) in &margin.targets {
            if !(value.is_finite() && *value >= 0.0) {
                problems.push(WeightingProblem::Target { margin: name.clone(), level: level.clone(), value: *value });
            }
            by_label.insert(level, *value);
        }
        let labels = margin.codes.labels();
        let is_met = |level: &str| labels.iter().zip(&has_rows).any(|(l, has)| *has && l == level);
        let empty: Vec<String> = margin.targets.iter().map(|t| &t.0).filter(|level| !is_met(level)).cloned().collect();
        if !empty.is_empty() && !allow_empty {
            problems.push(WeightingProblem::EmptyLevels { margin: name.clone(), levels: empty });
        }
        let untargeted = |(level, has): &(&String, &bool)| **has && !by_label.contains_key(level.as_str());
        let without: Vec<String> =
            labels.iter().zip(&has_rows).filter(untargeted).map(|(level, _)| level.clone()).collect();
        if !without.is_empty() {
            problems.push(WeightingProblem::LevelsWithoutTarget { margin: name.clone(), levels: without });
        }
        if problems.len() > before {
            return None;
        }
        Some(Self {
            name: name.clone(),
            cells: Cells { cell_of_row: margin.codes.shared(), n_cells: labels.len() },
            targets: labels.iter().map(|l| by_label.get(l.as_str()).copied().unwrap_or(0.0)).collect(),
            labels: labels.to_vec(),
        })
    }

    /// Sum of the targets of cells with respondents.
    fn sum(&self) -> f64 {
        self.targets.iter().sum()
    }

    /// Sums of weights by cell.
    pub fn sums(&self, weights: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.cells.n_cells];
        for (&cell, w) in self.cells.cell_of_row.iter().zip(weights) {
            if let Some(sum) = sums.get_mut(cell as usize) {
                *sum += w;
            }
        }
        sums
    }

    /// Scales the weights of each cell to its target; a cell without weight stays as it is.
    pub fn fit(&self, weights: &mut [f64]) {
        let sums = self.sums(weights);
        let factor = |(sum, target): (&f64, &f64)| if *sum > 0.0 { target / sum } else { 1.0 };
        let factors: Vec<f64> = sums.iter().zip(&self.targets).map(factor).collect();
        for (&cell, w) in self.cells.cell_of_row.iter().zip(weights.iter_mut()) {
            if let Some(factor) = factors.get(cell as usize) {
                *w *= factor;
            }
        }
    }

    /// What the weights leave of each target.
    pub fn gaps(&self, weights: &[f64]) -> Vec<MarginGap> {
        self.gaps_of_sums(self.sums(weights))
    }

    /// What is left of each target, given the sums reached.
    pub fn gaps_of_sums(&self, reached: Vec<f64>) -> Vec<MarginGap> {
        let cells = self.labels.iter().zip(&self.targets).zip(reached);
        cells
            .filter(|((_, target), reached)| **target != 0.0 || *reached != 0.0)
            .map(|((level, target), reached)| MarginGap {
                margin: self.name.clone(),
                level: level.clone(),
                target: *target,
                reached,
            })
            .collect()
    }
}

/// Which levels some row of positive weight has, and how many rows of positive weight have none, with the first of them.
fn levels_met(codes: &[u32], weights: &[f64], n_levels: usize) -> (Vec<bool>, (usize, usize)) {
    let mut has_rows = vec![false; n_levels];
    let (mut n_missing, mut first_row, mut n_unmet) = (0, 0, n_levels);
    let end = u32::try_from(n_levels).unwrap_or(u32::MAX);
    for (block, (codes, weights)) in codes.chunks(BLOCK).zip(weights.chunks(BLOCK)).enumerate() {
        // Once all levels are met, only rows without one are of interest; looked for without a branch a row.
        let all_have_one = || codes.iter().fold(true, |all, &code| all & (code < end));
        if n_unmet == 0 && all_have_one() {
            continue;
        }
        for (i, (&code, _)) in codes.iter().zip(weights).enumerate().filter(|(_, (_, w))| **w != 0.0) {
            match has_rows.get_mut(code as usize) {
                Some(has) => n_unmet -= usize::from(!std::mem::replace(has, true)),
                None => {
                    n_missing += 1;
                    first_row = if n_missing == 1 { block * BLOCK + i + 1 } else { first_row };
                }
            }
        }
    }
    (has_rows, (n_missing, first_row))
}

/// The first margin level that weights which moved no more than `allowed` in their last round are still away from.
pub(super) fn out_of_reach(gaps: &[MarginGap], allowed: f64) -> Option<WeightingProblem> {
    let size = |margin: &str| gaps.iter().filter(|g| g.margin == margin).map(|g| g.target).sum::<f64>();
    let is_away = |g: &&MarginGap| {
        let gap = (g.reached - g.target).abs();
        gap > SAME_SUM * size(&g.margin) && gap > STILL * allowed
    };
    gaps.iter().find(is_away).map(|g| WeightingProblem::MarginsOutOfReach {
        margin: g.margin.clone(),
        level: g.level.clone(),
        target: g.target,
        reached: g.reached,
    })
}

/// Checks several margins, also against each other.
pub(super) fn check_margins(
    margins: &[Margin],
    design: &SurveyDesign,
    problems: &mut Vec<WeightingProblem>,
) -> Vec<CheckedMargin> {
    let checked: Vec<CheckedMargin> =
        margins.iter().filter_map(|m| CheckedMargin::new(m, design, false, problems)).collect();
    if let [first, rest @ ..] = checked.as_slice() {
        let (first_name, first_sum) = (&first.name, first.sum());
        for margin in rest {
            if (margin.sum() - first_sum).abs() > SAME_SUM * first_sum {
                problems.push(WeightingProblem::TargetsContradict {
                    first: first_name.clone(),
                    first_sum,
                    second: margin.name.clone(),
                    second_sum: margin.sum(),
                });
            }
        }
    }
    checked
}
