//! Raking to several margins.

use std::sync::Arc;

use rayon::prelude::*;

use super::error::{WeightingError, WeightingProblem, one_phase};
use super::margin::{CheckedMargin, Margin, check_margins, out_of_reach};
use super::record::{MarginGap, WeightSummary, Weighted, WeightingRecord};
use crate::design::{Adjustment, Crossed, RakedMargin, Residual, SurveyDesign};

/// When raking stops.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RakeOptions {
    /// Most rounds through all margins.
    pub max_iterations: usize,
    /// Stop when no cell of the full table of all margins moved by more than this share of the sum of the weights.
    pub epsilon: f64,
    /// Take the weights as they are after the last round, or where no weights meet all margins, instead of refusing: the record
    /// tells what is left.
    pub accept_gap: bool,
}

/// A margin left weights that differ by more than this share from the final ones.
const SAME_WEIGHT: f64 = 1e-8;

impl Default for RakeOptions {
    fn default() -> Self {
        Self { max_iterations: 1000, epsilon: 1e-12, accept_gap: false }
    }
}

/// Scales the weights to one margin after another until all fit (iterative proportional fitting).
///
/// The variance takes deviations of the scores from the unweighted cell means, margin after margin (R's rule).
///
/// # Errors
///
/// Levels without respondents or without targets, targets that contradict each other (all found before iterating),
/// margins that no weights meet together, or margins that are not reached in time (unless the gap is accepted).
///
/// # References
///
/// Deming and Stephan (1940), On a least squares adjustment of a sampled frequency table; R `survey`, `rake`.
pub fn rake(design: &SurveyDesign, margins: &[Margin], options: &RakeOptions) -> Result<Weighted, WeightingError> {
    one_phase(design)?;
    let mut problems = Vec::new();
    let margins = check_margins(margins, design, &mut problems);
    if !problems.is_empty() {
        return Err(WeightingError::new(problems));
    }
    let table = FullTable::new(&margins, design.n_rows());
    let Fitted { iterations, is_settled, cells, factors, left } = table.fit(design.weights(), &margins, options)?;
    let rows = table.cell_of_row.par_iter().zip(design.weights());
    let weights: Vec<f64> = rows.map(|(cell, w)| scaled(*w, *cell, &factors)).collect();
    let weights = Arc::new(weights);
    let gaps: Vec<MarginGap> = table.gaps(&cells, &margins);
    let before = WeightSummary::of(design.weights());
    // Margins that no table meets make the rounds repeat each other, which looks like the end.
    let away = out_of_reach(&gaps, options.epsilon * before.sum);
    let is_converged = is_settled && away.is_none();
    if let Some(problem) = away.filter(|_| !options.accept_gap) {
        return Err(problem.into());
    }
    let raked = |(margin, left): (&CheckedMargin, &Vec<f64>)| {
        let ratio = |(left, cell): (&f64, &f64)| if *cell > 0.0 { left / cell } else { 1.0 };
        let by_cell: Vec<f64> = left.iter().zip(&cells).map(ratio).collect();
        let differs = by_cell.iter().any(|ratio| (ratio - 1.0).abs() > SAME_WEIGHT);
        let of_row = |cell: &u32| by_cell.get(*cell as usize).copied().unwrap_or(1.0);
        let ratios = differs.then(|| Arc::new(table.cell_of_row.iter().map(of_row).collect()));
        RakedMargin { cells: margin.cells.clone(), ratios }
    };
    let residual = Residual::Raking(margins.iter().zip(&left).map(raked).collect());
    let adjustment = Adjustment::new(residual, Arc::clone(&weights));
    let record = WeightingRecord {
        method: format!("raking to {} margin{}", margins.len(), if margins.len() == 1 { "" } else { "s" }),
        iterations,
        gaps,
        is_converged,
        n_trimmed: 0,
        before,
        after: WeightSummary::of(&weights),
    };
    let design = design.reweighted(weights, Some(adjustment));
    let design = design.with_replicates_through(|replicate| {
        let factors = table.fit(replicate, &margins, options)?.factors;
        replicate.iter_mut().zip(&table.cell_of_row).for_each(|(w, cell)| *w = scaled(*w, *cell, &factors));
        Ok::<(), WeightingError>(())
    })?;
    Ok(Weighted { design, record })
}

/// Rows that are added up before they are added to others.
const BLOCK: usize = 1 << 16;

/// How raking ended.
struct Fitted {
    /// Rounds through all margins.
    iterations: usize,
    /// The last of them moved no cell.
    is_settled: bool,
    /// The raked sums of the weights by cell.
    cells: Vec<f64>,
    /// By cell, what each weight in it is multiplied by.
    factors: Vec<f64>,
    /// The sums by cell that each margin left in the last round.
    left: Vec<Vec<f64>>,
}

/// A weight times the factor of its cell.
fn scaled(w: f64, cell: u32, factors: &[f64]) -> f64 {
    factors.get(cell as usize).map_or(w, |factor| w * factor)
}

/// Largest full table that is laid out with all its cells, met or not.
const DIRECT_CELLS: usize = 1 << 20;

/// The cells of all margins crossed. All rows of a cell share one factor, so raking works on cells, not on rows.
struct FullTable {
    cell_of_row: Vec<u32>,
    /// By margin, the level of each cell.
    levels: Vec<Vec<u32>>,
    n_cells: usize,
}

impl FullTable {
    fn new(margins: &[CheckedMargin], n_rows: usize) -> Self {
        let columns: Vec<(&[u32], usize)> =
            margins.iter().map(|m| (m.cells.cell_of_row.as_slice(), m.cells.n_cells)).collect();
        let crossed = Crossed::of(&columns, n_rows, DIRECT_CELLS);
        Self { cell_of_row: crossed.code_of_row, levels: crossed.levels, n_cells: crossed.n }
    }

    /// Sums of weights by cell.
    fn sums(&self, weights: &[f64]) -> Vec<f64> {
        let block = |(cells, weights): (&[u32], &[f64])| {
            let mut sums = vec![0.0; self.n_cells];
            for (&cell, w) in cells.iter().zip(weights) {
                if let Some(sum) = sums.get_mut(cell as usize) {
                    *sum += w;
                }
            }
            sums
        };
        // Blocks add up in order, whatever the threads; large tables are summed as one.
        let size = if self.n_cells > BLOCK { weights.len().max(1) } else { BLOCK };
        let blocks: Vec<Vec<f64>> =
            self.cell_of_row.par_chunks(size).zip(weights.par_chunks(size)).map(block).collect();
        let mut blocks = blocks.into_iter();
        let mut sums = blocks.next().unwrap_or_else(|| vec![0.0; self.n_cells]);
        for block in blocks {
            sums.iter_mut().zip(block).for_each(|(sum, part)| *sum += part);
        }
        sums
    }

    /// What cells of these sums leave of each target.
    fn gaps(&self, cells: &[f64], margins: &[CheckedMargin]) -> Vec<MarginGap> {
        let margin_gaps = |(margin, levels): (&CheckedMargin, &Vec<u32>)| {
            let mut sums = vec![0.0; margin.targets.len()];
            levels.iter().zip(cells).for_each(|(&level, cell)| sums[level as usize] += cell);
            margin.gaps_of_sums(sums)
        };
        margins.iter().zip(&self.levels).flat_map(margin_gaps).collect()
    }

    /// Rakes the sums of weights.
    fn fit(&self, weights: &[f64], margins: &[CheckedMargin], options: &RakeOptions) -> Result<Fitted, WeightingError> {
        let start = self.sums(weights);
        let allowed = options.epsilon * start.iter().sum::<f64>();
        let mut cells = start.clone();
        let mut moved = f64::INFINITY;
        let mut left = vec![cells.clone(); margins.len()];
        for iteration in 1..=options.max_iterations {
            let old = cells.clone();
            for ((margin, levels), left) in margins.iter().zip(&self.levels).zip(&mut left) {
                let mut sums = vec![0.0; margin.targets.len()];
                for (&level, cell) in levels.iter().zip(&cells) {
                    sums[level as usize] += cell;
                }
                let factor = |(sum, target): (&f64, &f64)| if *sum > 0.0 { target / sum } else { 1.0 };
                let factors: Vec<f64> = sums.iter().zip(&margin.targets).map(factor).collect();
                for (&level, cell) in levels.iter().zip(&mut cells) {
                    *cell *= factors[level as usize];
                }
                left.copy_from_slice(&cells);
            }
            moved = old.iter().zip(&cells).fold(0.0, |m: f64, (a, b)| m.max((a - b).abs()));
            let is_settled = moved < allowed;
            if is_settled || options.accept_gap && iteration == options.max_iterations {
                let factor = |(cell, start): (&f64, &f64)| if *start > 0.0 { cell / start } else { 1.0 };
                let factors: Vec<f64> = cells.iter().zip(&start).map(factor).collect();
                return Ok(Fitted { iterations: iteration, is_settled, cells, factors, left });
            }
        }
        Err(WeightingProblem::NotConverged {
            method: "raking",
            iterations: options.max_iterations,
            gap: moved,
            allowed,
        }
        .into())
    }
}
