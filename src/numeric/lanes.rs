//! Rows in blocks by position, blocks in lanes: sums have the same bits for any number of threads and any pieces of the data.
//!
//! Block b adds to lane b mod L, lanes add up in order.

use std::ops::Range;

use rayon::prelude::*;

/// Rows of a block.
const BLOCK: usize = 65_536;
/// Bytes that all lanes of a table should take together.
pub(crate) const LANE_BYTES: usize = 16 << 20;
/// Most lanes of a table.
const MAX_LANES: usize = 8;

/// How many lanes there are for sums of some bytes: two or more up to [`LANE_BYTES`], one above.
pub(crate) fn n_lanes(bytes: usize) -> usize {
    if bytes > LANE_BYTES { 1 } else { (LANE_BYTES / bytes.max(1)).clamp(2, MAX_LANES) }
}

/// Sums in lanes. Rows may come in any number of pieces: blocks are cut by position in the whole data, so the pieces
/// leave no trace in the bits.
pub(crate) struct Lanes<T> {
    /// The sums of each lane; none until a block reaches it.
    lanes: Vec<Option<T>>,
    next_row: usize,
}

impl<T: Send> Lanes<T> {
    /// Lanes before the first row. How many there are depends on the bytes of a lane only.
    pub fn new(bytes: usize) -> Self {
        Self { lanes: (0..n_lanes(bytes)).map(|_| None).collect(), next_row: 0 }
    }

    /// Rows that came already.
    pub fn n_rows(&self) -> usize {
        self.next_row
    }

    /// Adds the next rows; ranges that `add` gets count from the first of these. `empty` makes a lane.
    pub fn add(&mut self, n_rows: usize, empty: impl Fn() -> T + Sync, add: impl Fn(Range<usize>, &mut T) + Sync) {
        let (first, n_lanes) = (self.next_row, self.lanes.len());
        self.lanes.par_iter_mut().enumerate().for_each(|(lane, sums)| {
            let blocks = (first / BLOCK..(first + n_rows).div_ceil(BLOCK)).filter(|block| block % n_lanes == lane);
            for block in blocks {
                let start = (block * BLOCK).max(first);
                let end = ((block + 1) * BLOCK).min(first + n_rows);
                add(start - first..end - first, sums.get_or_insert_with(&empty));
            }
        });
        self.next_row = first + n_rows;
    }

    /// The lanes that rows came to, in order.
    pub fn finish(self) -> impl Iterator<Item = T> {
        self.lanes.into_iter().flatten()
    }
}

/// Totals in lanes.
pub(crate) struct Totalled {
    lanes: Lanes<Vec<f64>>,
    size: usize,
}

impl Totalled {
    /// Totals before the first row.
    pub fn new(size: usize) -> Self {
        Self { lanes: Lanes::new(8 * size), size }
    }

    /// Adds the next rows; ranges that `add` gets count from the first of these.
    pub fn add(&mut self, n_rows: usize, add: impl Fn(Range<usize>, &mut [f64]) + Sync) {
        let size = self.size;
        self.lanes.add(n_rows, || vec![0.0; size], |rows, totals| add(rows, totals));
    }

    /// The totals of all rows.
    pub fn finish(self) -> Vec<f64> {
        let mut lanes = self.lanes.finish();
        let mut sum = lanes.next().unwrap_or_else(|| vec![0.0; self.size]);
        for lane in lanes {
            for (a, b) in sum.iter_mut().zip(lane) {
                *a += b;
            }
        }
        sum
    }
}

/// Runs `add` over the blocks of the rows, lane by lane, and adds the lanes up in order.
pub(crate) fn in_lanes(n_rows: usize, size: usize, add: impl Fn(Range<usize>, &mut [f64]) + Sync) -> Vec<f64> {
    let mut lanes = Totalled::new(size);
    lanes.add(n_rows, add);
    lanes.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_the_data_leave_no_trace_in_the_bits() {
        let n = 3 * BLOCK + 1234;
        let values: Vec<f64> = (0..n).map(|i| 1.0 / (1.0 + i as f64)).collect();
        let add = |values: &[f64], rows: Range<usize>, totals: &mut [f64]| {
            rows.for_each(|i| totals[(values[i] * 1e6) as usize % 7] += values[i]);
        };
        let whole = in_lanes(n, 7, |rows, totals| add(&values, rows, totals));
        let mut pieces = Totalled::new(7);
        for rows in [0..10, 10..70_000, 70_000..n] {
            let values = &values[rows];
            pieces.add(values.len(), |rows, totals| add(values, rows, totals));
        }
        assert_eq!(whole, pieces.finish());
    }
}
