//! Totals by replicate, for replicate weights that are columns of their own.

use std::ops::Range;

use rayon::prelude::*;

use super::accumulate::{Totals, Values};
use super::lanes::{LANE_BYTES, Totalled};

/// Rows whose cells and values stay in the processor's cache while they are added to all replicates.
const CACHED_ROWS: usize = 2_048;
/// Replicates that a row is added to at once.
const AT_ONCE: usize = 8;

/// The weighted totals of some columns of values under each set of replicate weights, and as points under the weights.
pub(super) fn by_replicate<const K: usize>(
    weights: &[f64],
    replicates: &[Vec<f64>],
    cell_of_row: &[u32],
    n_cells: usize,
    values: [Values<'_>; K],
) -> [Totals; K] {
    let mut totals = ByReplicate::new(replicates.len(), n_cells);
    totals.add(weights, &replicates.iter().map(Vec::as_slice).collect::<Vec<_>>(), cell_of_row, values);
    totals.finish()
}

/// The weighted totals of `K` columns of values under each set of replicate weights, while rows come in.
///
/// A block of rows is added to all sets while its cells and values are in the cache, several sets at a time: their totals of
/// a cell lie side by side. Where the totals of all sets would be too large for that, some sets come after others.
pub(super) struct ByReplicate<const K: usize> {
    n_cells: usize,
    n_sets: usize,
    /// Sets that are added to together.
    together: usize,
    /// Their totals: cell by cell, in each set by set, in each the columns.
    lanes: Vec<Totalled>,
}

impl<const K: usize> ByReplicate<K> {
    /// Totals before the first row.
    pub fn new(n_replicates: usize, n_cells: usize) -> Self {
        let n_sets = n_replicates + 1;
        let together = if 8 * K * (n_cells + 1) * n_sets <= LANE_BYTES { n_sets } else { AT_ONCE };
        let sizes = (0..n_sets).step_by(together).map(|first| together.min(n_sets - first));
        let lanes = sizes.map(|n| Totalled::new(K * (n_cells + 1) * n)).collect();
        Self { n_cells, n_sets, together, lanes }
    }

    /// Adds the next rows of the data.
    pub fn add(&mut self, weights: &[f64], replicates: &[&[f64]], cell_of_row: &[u32], values: [Values<'_>; K]) {
        let columns: Vec<&[f64]> = std::iter::once(weights).chain(replicates.iter().copied()).collect();
        let rows = Rows { cell_of_row, n_cells: self.n_cells, values };
        let parts = self.lanes.par_iter_mut().zip(columns.par_chunks(self.together));
        parts.for_each(|(lanes, columns)| rows.add_to(columns, lanes));
    }

    /// The totals of all rows.
    pub fn finish(self) -> [Totals; K] {
        let (n_cells, together) = (self.n_cells, self.together);
        let sets: Vec<usize> = (0..self.n_sets).collect();
        let parts: Vec<Vec<f64>> = self.lanes.into_iter().map(Totalled::finish).collect();
        let mut points = [(); K].map(|()| vec![0.0; n_cells]);
        let mut by_set = [(); K].map(|()| Vec::with_capacity(n_cells * self.n_sets));
        let groups = parts.iter().zip(sets.chunks(together)).flat_map(|(totals, sets)| {
            sets.chunks(AT_ONCE).scan(0, move |start, group| {
                let size = K * (n_cells + 1) * group.len();
                let own = &totals[*start..*start + size];
                *start += size;
                Some((own, group.len()))
            })
        });
        let mut is_first = true;
        for (totals, n_sets) in groups {
            for set in 0..n_sets {
                for k in 0..K {
                    let total = |cell: usize| totals[(cell * n_sets + set) * K + k];
                    if is_first {
                        points[k].iter_mut().enumerate().for_each(|(cell, point)| *point = total(cell));
                    } else {
                        by_set[k].extend((0..n_cells).map(total));
                    }
                }
                is_first = false;
            }
        }
        let mut totals = points.into_iter().zip(by_set);
        std::array::from_fn(|_| {
            let (points, parts) = totals.next().unwrap_or_default();
            Totals { points, parts }
        })
    }
}

struct Rows<'a, const K: usize> {
    cell_of_row: &'a [u32],
    n_cells: usize,
    values: [Values<'a>; K],
}

impl<const K: usize> Rows<'_, K> {
    /// Adds to some sets of weights, group by group of [`AT_ONCE`] sets. Rows without a cell go to one more cell at the end.
    fn add_to(&self, columns: &[&[f64]], lanes: &mut Totalled) {
        lanes.add(self.cell_of_row.len(), |rows, totals| {
            let mut start = rows.start;
            let mut cells = Vec::with_capacity(CACHED_ROWS);
            let mut factors: Vec<[f64; K]> = Vec::with_capacity(CACHED_ROWS);
            while start < rows.end {
                let piece = start..(start + CACHED_ROWS).min(rows.end);
                start = piece.end;
                self.lay_out(piece.clone(), &mut cells, &mut factors);
                let mut rest = &mut *totals;
                for group in columns.chunks(AT_ONCE) {
                    let (own, others) = rest.split_at_mut(K * (self.n_cells + 1) * group.len());
                    rest = others;
                    match <&[&[f64]; AT_ONCE]>::try_from(group) {
                        Ok(group) => add(group.map(|column| &column[piece.clone()]), &cells, &factors, own),
                        Err(_) => add_few(group, piece.clone(), &cells, &factors, own),
                    }
                }
            }
        });
    }

    /// The cells of some rows, and what their weight is multiplied by for each column.
    fn lay_out(&self, rows: Range<usize>, cells: &mut Vec<usize>, factors: &mut Vec<[f64; K]>) {
        cells.clear();
        factors.clear();
        for i in rows {
            let cell = (self.cell_of_row[i] as usize).min(self.n_cells);
            let is_in = cell < self.n_cells;
            cells.push(cell);
            // A value is not read where the row has no cell.
            factors.push(self.values.map(|values| values.map_or(1.0, |values| if is_in { values[i] } else { 0.0 })));
        }
    }
}

/// Adds rows to several sets at once.
fn add<const K: usize, const R: usize>(
    columns: [&[f64]; R],
    cells: &[usize],
    factors: &[[f64; K]],
    totals: &mut [f64],
) {
    let (totals, _) = totals.as_chunks_mut::<K>();
    let (totals, _) = totals.as_chunks_mut::<R>();
    for i in 0..cells.len() {
        let (totals, factors) = (&mut totals[cells[i]], factors[i]);
        // Indices with bounds known beforehand: the compiler lays out all sums without a loop.
        for r in 0..R {
            let w = columns[r][i];
            for k in 0..K {
                totals[r][k] += w * factors[k];
            }
        }
    }
}

/// Adds rows to fewer sets, one after another.
fn add_few<const K: usize>(
    columns: &[&[f64]],
    rows: Range<usize>,
    cells: &[usize],
    factors: &[[f64; K]],
    totals: &mut [f64],
) {
    for (set, column) in columns.iter().enumerate() {
        for ((&cell, factors), w) in cells.iter().zip(factors).zip(&column[rows.clone()]) {
            let start = (cell * columns.len() + set) * K;
            for (total, factor) in totals[start..start + K].iter_mut().zip(factors) {
                *total += w * factor;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::MISSING;

    #[test]
    fn sets_together_and_apart_are_sums_by_hand() {
        let (n, n_cells, n_sets) = (5_000, 3, 11);
        let column = |r: usize| (0..n).map(|i| ((i * 7 + r * 13) % 5) as f64).collect::<Vec<f64>>();
        let weights = column(0);
        let replicates: Vec<Vec<f64>> = (1..=n_sets).map(column).collect();
        let cells: Vec<u32> = (0..n).map(|i| if i % 11 == 0 { MISSING } else { (i % 3) as u32 }).collect();
        let y: Vec<f64> = (0..n).map(|i| if i % 11 == 0 { f64::NAN } else { (i % 4) as f64 }).collect();
        let found = by_replicate(&weights, &replicates, &cells, n_cells, [None, Some(&y)]);
        let sum = |weights: &[f64], cell: usize, value: &dyn Fn(usize) -> f64| -> f64 {
            (0..n).filter(|&i| cells[i] as usize == cell).map(|i| weights[i] * value(i)).sum()
        };
        for (totals, value) in found.iter().zip([&(|_| 1.0) as &dyn Fn(usize) -> f64, &|i| y[i]]) {
            for cell in 0..n_cells {
                assert_eq!(totals.points[cell], sum(&weights, cell, value));
                for (r, weights) in replicates.iter().enumerate() {
                    assert_eq!(totals.parts[r * n_cells + cell], sum(weights, cell, value));
                }
            }
        }
    }
}
