//! One pass over the rows: totals per sampling unit, for all cells of a table at once.
//!
//! Rows fall into blocks by position; block b adds to lane b mod L, lanes add up in order. The result has the same bits
//! for any number of threads.

use rayon::prelude::*;

use crate::design::{MISSING, SurveyDesign};

/// Rows of a block.
const BLOCK: usize = 65_536;
/// Bytes that all lanes of a table may take together.
const LANE_BYTES: usize = 64 << 20;
/// Most lanes of a table.
const MAX_LANES: usize = 16;

/// What each row adds: its weight (times a value) to one cell, or nothing.
pub(super) struct Table<'a> {
    /// The cell of each row, [`MISSING`] for none.
    pub cell_of_row: &'a [u32],
    /// The value of each row; 1 without values. Never read where the row has no cell.
    pub values: Option<&'a [f64]>,
    /// Number of cells.
    pub n_cells: usize,
}

impl<'a> Table<'a> {
    /// Sums of weights.
    pub fn sizes(cell_of_row: &'a [u32], n_cells: usize) -> Self {
        Self { cell_of_row, values: None, n_cells }
    }

    /// What each row adds to one cell, without its weight.
    fn column(&self, cell: u32) -> Vec<f64> {
        let value = |i: usize| self.values.map_or(1.0, |v| v[i]);
        let add = |(i, &c): (usize, &u32)| if c == cell { value(i) } else { 0.0 };
        self.cell_of_row.iter().enumerate().map(add).collect()
    }
}

/// Totals of all cells of a table, part by part: a part is a sampling unit, or a replicate.
#[derive(Clone, Debug)]
pub(super) struct Totals {
    /// Over all rows with their analysis weights, by cell.
    pub points: Vec<f64>,
    /// Part after part, in each the cells.
    pub parts: Vec<f64>,
}

impl Totals {
    /// Number of cells.
    pub fn n_cells(&self) -> usize {
        self.points.len()
    }
}

/// The totals of a table.
pub(super) fn accumulate(design: &SurveyDesign, table: &Table<'_>) -> Totals {
    let n_cells = table.n_cells;
    if let Some(replicates) = design.replicates() {
        let by_replicate: Vec<Vec<f64>> =
            replicates.columns().par_iter().map(|weights| cell_totals(weights, table)).collect();
        return Totals { points: cell_totals(design.weights(), table), parts: by_replicate.concat() };
    }
    if !design.adjustments().is_empty() {
        // Residuals of a cell reach every row, so adjusted weights take the cells one by one.
        let columns: Vec<Vec<f64>> =
            (0..n_cells as u32).into_par_iter().map(|cell| design.unit_scores(&table.column(cell))).collect();
        let parts = (0..design.n_units()).flat_map(|u| columns.iter().map(move |column| column[u])).collect();
        return Totals { points: cell_totals(design.weights(), table), parts };
    }
    let parts = unit_totals(design, table);
    let mut points = vec![0.0; n_cells];
    for unit in parts.chunks_exact(n_cells.max(1)) {
        points.iter_mut().zip(unit).for_each(|(sum, t)| *sum += t);
    }
    Totals { points, parts }
}

/// Totals by unit and cell, unit by unit.
fn unit_totals(design: &SurveyDesign, table: &Table<'_>) -> Vec<f64> {
    scatter(design.weights(), design.unit_of_row(), design.n_units(), table)
}

/// Weighted totals by group of rows and cell, group by group.
pub(super) fn scatter(weights: &[f64], group_of_row: &[u32], n_groups: usize, table: &Table<'_>) -> Vec<f64> {
    let n_cells = table.n_cells;
    in_lanes(weights.len(), n_groups * n_cells, |rows, totals| {
        for i in rows {
            let cell = table.cell_of_row[i];
            if cell != MISSING && weights[i] != 0.0 {
                let value = table.values.map_or(1.0, |v| v[i]);
                totals[group_of_row[i] as usize * n_cells + cell as usize] += weights[i] * value;
            }
        }
    })
}

/// Totals by cell under one set of weights.
pub(super) fn cell_totals(weights: &[f64], table: &Table<'_>) -> Vec<f64> {
    in_lanes(weights.len(), table.n_cells, |rows, totals| {
        for i in rows {
            let cell = table.cell_of_row[i];
            if cell != MISSING && weights[i] != 0.0 {
                totals[cell as usize] += weights[i] * table.values.map_or(1.0, |v| v[i]);
            }
        }
    })
}

/// Runs `add` over the blocks of the rows, lane by lane, and adds the lanes up in order.
pub(super) fn in_lanes(
    n_rows: usize,
    size: usize,
    add: impl Fn(std::ops::Range<usize>, &mut [f64]) + Sync,
) -> Vec<f64> {
    let n_blocks = n_rows.div_ceil(BLOCK);
    let n_lanes = (LANE_BYTES / (8 * size).max(1)).clamp(1, MAX_LANES);
    let lanes: Vec<Vec<f64>> = (0..n_lanes.min(n_blocks))
        .into_par_iter()
        .map(|lane| {
            let mut totals = vec![0.0; size];
            for block in (lane..n_blocks).step_by(n_lanes) {
                let start = block * BLOCK;
                add(start..(start + BLOCK).min(n_rows), &mut totals);
            }
            totals
        })
        .collect();
    let mut lanes = lanes.into_iter();
    let mut sum = lanes.next().unwrap_or_else(|| vec![0.0; size]);
    for lane in lanes {
        for (a, b) in sum.iter_mut().zip(lane) {
            *a += b;
        }
    }
    sum
}
