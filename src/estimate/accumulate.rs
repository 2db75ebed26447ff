//! One pass over the rows: totals per sampling unit, for all cells of a table at once.
//!
//! Rows fall into blocks by position; block b adds to lane b mod L, lanes add up in order. The result has the same bits
//! for any number of threads.

use std::ops::Range;

use rayon::prelude::*;

use super::replicate_totals::by_replicate;
use crate::design::{Base, MISSING, SurveyDesign, UnitSet};

/// Rows of a block.
const BLOCK: usize = 65_536;
/// Bytes that all lanes of a table should take together; two lanes are kept up to a table of this size.
const LANE_BYTES: usize = 16 << 20;
/// Most lanes of a table.
const MAX_LANES: usize = 8;

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
            return by_unit.map(|by_unit| {
                let parts = replicate_totals(&units.factors, &by_unit, n_cells);
                Totals { points: Totals::of_units(by_unit, n_cells).points, parts }
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

/// Totals by replicate from totals by unit.
fn replicate_totals(factors: &[Vec<f64>], by_unit: &[f64], n_cells: usize) -> Vec<f64> {
    let totals = |factors: &Vec<f64>| {
        let mut totals = vec![0.0; n_cells];
        for (factor, unit) in factors.iter().zip(by_unit.chunks_exact(n_cells.max(1))) {
            totals.iter_mut().zip(unit).for_each(|(sum, t)| *sum += factor * t);
        }
        totals
    };
    factors.par_iter().map(totals).collect::<Vec<_>>().concat()
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
    lanes: Lanes,
    n_cells: usize,
}

impl<const K: usize> Scatter<K> {
    /// Totals before the first row.
    pub fn new(n_groups: usize, n_cells: usize) -> Self {
        Self { lanes: Lanes::new(K * n_groups * n_cells), n_cells }
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

/// Rows, sums of weights and of squared weights by domain, counted in row order while rows come in.
pub(super) struct Counts {
    by_domain: Vec<Count>,
}

#[derive(Clone, Copy, Default)]
struct Count {
    n: usize,
    sum_w: f64,
    sum_w_squared: f64,
}

impl Counts {
    /// Counts before the first row.
    pub fn new(n_domains: usize) -> Self {
        Self { by_domain: vec![Count::default(); n_domains] }
    }

    /// Adds the next rows of the data.
    pub fn add(&mut self, weights: &[f64], domain_of_row: &[u32]) {
        for (w, &domain) in weights.iter().zip(domain_of_row) {
            if let Some(count) = self.by_domain.get_mut(domain as usize) {
                count.n += 1;
                count.sum_w += w;
                count.sum_w_squared += w * w;
            }
        }
    }

    /// The bases; a unit has members in a domain where its sum of weights, among `sizes`, is above 0.
    pub fn bases(self, design: &SurveyDesign, sizes: &Totals) -> Vec<Base> {
        let n_domains = self.by_domain.len();
        let mut units = vec![UnitSet::new(design.n_units()); n_domains];
        for (unit, totals) in sizes.parts.chunks_exact(n_domains.max(1)).enumerate() {
            for (set, _) in units.iter_mut().zip(totals).filter(|(_, total)| **total > 0.0) {
                set.insert(unit);
            }
        }
        let bases = units.into_iter().zip(self.by_domain);
        bases.map(|(units, c)| Base::from_units(design, c.n, c.sum_w, c.sum_w_squared, units)).collect()
    }
}

/// Runs `add` over the blocks of the rows, lane by lane, and adds the lanes up in order.
pub(super) fn in_lanes(n_rows: usize, size: usize, add: impl Fn(Range<usize>, &mut [f64]) + Sync) -> Vec<f64> {
    let mut lanes = Lanes::new(size);
    lanes.add(n_rows, add);
    lanes.finish()
}

/// Totals in lanes. Rows may come in any number of pieces: blocks are cut by position in the whole data, so the pieces
/// leave no trace in the bits.
pub(super) struct Lanes {
    size: usize,
    /// Totals of each lane; empty until a block reaches it.
    totals: Vec<Vec<f64>>,
    next_row: usize,
}

impl Lanes {
    /// Lanes before the first row; how many there are depends on the size of the totals only.
    pub fn new(size: usize) -> Self {
        Self { size, totals: vec![Vec::new(); Self::n_lanes(size)], next_row: 0 }
    }

    fn n_lanes(size: usize) -> usize {
        let bytes = (8 * size).max(1);
        if bytes > LANE_BYTES { 1 } else { (LANE_BYTES / bytes).clamp(2, MAX_LANES) }
    }

    /// Bytes of all lanes of totals of a size.
    pub fn bytes(size: usize) -> usize {
        8 * size * Self::n_lanes(size)
    }

    /// Adds the next rows; ranges that `add` gets count from the first of these.
    pub fn add(&mut self, n_rows: usize, add: impl Fn(Range<usize>, &mut [f64]) + Sync) {
        let (first, size, n_lanes) = (self.next_row, self.size, self.totals.len());
        self.totals.par_iter_mut().enumerate().for_each(|(lane, totals)| {
            let blocks = (first / BLOCK..(first + n_rows).div_ceil(BLOCK)).filter(|block| block % n_lanes == lane);
            for block in blocks {
                if totals.is_empty() {
                    totals.resize(size, 0.0);
                }
                let start = (block * BLOCK).max(first);
                let end = ((block + 1) * BLOCK).min(first + n_rows);
                add(start - first..end - first, totals);
            }
        });
        self.next_row = first + n_rows;
    }

    /// The totals of all rows.
    pub fn finish(self) -> Vec<f64> {
        let mut lanes = self.totals.into_iter().filter(|totals| !totals.is_empty());
        let mut sum = lanes.next().unwrap_or_else(|| vec![0.0; self.size]);
        for lane in lanes {
            for (a, b) in sum.iter_mut().zip(lane) {
                *a += b;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_the_data_leave_no_trace_in_the_bits() {
        let n = 3 * BLOCK + 1234;
        let weights: Vec<f64> = (0..n).map(|i| 1.0 / (1.0 + i as f64)).collect();
        let cells: Vec<u32> = (0..n).map(|i| (i % 7) as u32).collect();
        let [whole] = scatter(&weights, None, 1, &cells, 7, [None]);
        let mut pieces = Scatter::<1>::new(1, 7);
        for rows in [0..10, 10..70_000, 70_000..n] {
            pieces.add(&weights[rows.clone()], None, &cells[rows], [None]);
        }
        let [streamed] = pieces.finish();
        assert_eq!(whole, streamed);
    }
}
