//! One pass over the rows: totals per sampling unit or replicate, for all cells of a table at once.

use std::ops::Range;

use rayon::prelude::*;

use super::replicate_totals::{by_replicate, by_unit_factors};
use crate::design::{MISSING, SurveyDesign};
use crate::numeric::lanes::Totalled;

/// What a row adds beside its weight: a value, or 1 without values. Never read where the row has no cell.
pub(super) type Values<'a> = Option<&'a [f64]>;

/// Totals of all cells, part by part: a part is a sampling unit, or a replicate.
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

    /// From totals by unit, which add up to the points.
    pub fn of_units(parts: Vec<f64>, n_cells: usize) -> Self {
        let mut points = vec![0.0; n_cells];
        for unit in parts.chunks_exact(n_cells.max(1)) {
            points.iter_mut().zip(unit).for_each(|(sum, t)| *sum += t);
        }
        Self { points, parts }
    }
}

/// The weighted totals of some columns of values in the cells of the rows ([`MISSING`] for none), one pass for all.
pub(super) fn accumulate<const K: usize>(
    design: &SurveyDesign,
    cell_of_row: &[u32],
    n_cells: usize,
    values: [Values<'_>; K],
) -> [Totals; K] {
    if let Some(replicates) = design.replicates() {
        if let Some(units) = replicates.unit_factors() {
            // A replicate total is the sum of the unit totals times their factors.
            let group = Some(design.unit_of_row());
            let by_unit = scatter(design.weights(), group, design.n_units(), cell_of_row, n_cells, values);
            let mut parts = by_unit_factors(&units.factors, &by_unit, n_cells).into_iter();
            return by_unit.map(|by_unit| Totals {
                points: Totals::of_units(by_unit, n_cells).points,
                parts: parts.next().unwrap_or_default(),
            });
        }
        return by_replicate(design.weights(), replicates.columns(), cell_of_row, n_cells, values);
    }
    if !design.adjustments().is_empty() {
        let mut points = scatter(design.weights(), None, 1, cell_of_row, n_cells, values).into_iter();
        return values.map(|values| Totals {
            points: points.next().unwrap_or_default(),
            parts: residual_totals(design, cell_of_row, n_cells, values),
        });
    }
    scatter(design.weights(), Some(design.unit_of_row()), design.n_units(), cell_of_row, n_cells, values)
        .map(|parts| Totals::of_units(parts, n_cells))
}

/// Adds some rows to totals that lie cell by cell, in each the `K` columns; groups come one after another.
fn add_rows<const K: usize>(
    weights: &[f64],
    group_of_row: Option<&[u32]>,
    cell_of_row: &[u32],
    n_cells: usize,
    values: [Values<'_>; K],
    rows: Range<usize>,
    totals: &mut [f64],
) {
    let (cells, weights) = (&cell_of_row[rows.clone()], &weights[rows.clone()]);
    let groups = group_of_row.map(|groups| &groups[rows.clone()]);
    let values = values.map(|values| values.map(|values| &values[rows.clone()]));
    let slot_of = |i: usize, cell: u32| K * (groups.map_or(0, |groups| groups[i] as usize) * n_cells + cell as usize);
    // The weight and one value beside it: what every mean asks for, without a question in the loop.
    if let [None, Some(y)] = values.as_slice() {
        for ((i, (&cell, &w)), y) in cells.iter().zip(weights).enumerate().zip(*y) {
            if cell != MISSING {
                let slot = slot_of(i, cell);
                let totals = &mut totals[slot..slot + 2];
                totals[0] += w;
                totals[1] += w * y;
            }
        }
        return;
    }
    let members = cells.iter().zip(weights).enumerate().filter(|(_, (cell, _))| **cell != MISSING);
    for (i, (&cell, &w)) in members {
        let slot = slot_of(i, cell);
        for (total, values) in totals[slot..slot + K].iter_mut().zip(&values) {
            *total += values.map_or(w, |values| w * values[i]);
        }
    }
}

/// Totals by unit under adjusted weights. Residuals of a cell reach every row, so the cells come one by one.
fn residual_totals(design: &SurveyDesign, cell_of_row: &[u32], n_cells: usize, values: Values<'_>) -> Vec<f64> {
    let column = |cell: u32| {
        let value = |(i, &c): (usize, &u32)| if c == cell { values.map_or(1.0, |v| v[i]) } else { 0.0 };
        design.unit_scores(&cell_of_row.iter().enumerate().map(value).collect::<Vec<f64>>())
    };
    let columns: Vec<Vec<f64>> = (0..n_cells as u32).into_par_iter().map(column).collect();
    (0..design.n_units()).flat_map(|unit| columns.iter().map(move |column| column[unit])).collect()
}

/// Weighted totals by group of rows and cell, group by group; without groups all rows are one.
pub(super) fn scatter<const K: usize>(
    weights: &[f64],
    group_of_row: Option<&[u32]>,
    n_groups: usize,
    cell_of_row: &[u32],
    n_cells: usize,
    values: [Values<'_>; K],
) -> [Vec<f64>; K] {
    let mut scatter = Scatter::new(n_groups, n_cells);
    scatter.add(weights, group_of_row, cell_of_row, values);
    scatter.finish()
}

/// Weighted totals of `K` columns by group of rows and cell, while rows come in.
pub(super) struct Scatter<const K: usize> {
    lanes: Totalled,
    n_cells: usize,
}

impl<const K: usize> Scatter<K> {
    /// Totals before the first row.
    pub fn new(n_groups: usize, n_cells: usize) -> Self {
        Self { lanes: Totalled::new(K * n_groups * n_cells), n_cells }
    }

    /// Adds the next rows of the data.
    pub fn add(&mut self, weights: &[f64], group_of_row: Option<&[u32]>, cell_of_row: &[u32], values: [Values<'_>; K]) {
        let n_cells = self.n_cells;
        self.lanes.add(weights.len(), |rows, totals| {
            add_rows(weights, group_of_row, cell_of_row, n_cells, values, rows, totals);
        });
    }

    /// The totals of all rows, column by column; the sums of a cell lay beside each other while rows were added.
    pub fn finish(self) -> [Vec<f64>; K] {
        let mixed = self.lanes.finish();
        if K == 1 {
            let mut all = Some(mixed);
            return std::array::from_fn(|_| all.take().unwrap_or_default());
        }
        std::array::from_fn(|k| mixed.iter().skip(k).step_by(K).copied().collect())
    }
}
