//! Several columns of codes as one.

use rayon::prelude::*;

use super::codes::{MISSING, dense_pairs};

/// Rows that are crossed one after another.
const BLOCK: usize = 1 << 13;

/// The combinations of several columns of codes.
#[derive(Clone, Debug)]
pub(crate) struct Crossed {
    /// The combination of each row; [`MISSING`] where a column has no code.
    pub code_of_row: Vec<u32>,
    /// By column, the code that stands in each combination.
    pub levels: Vec<Vec<u32>>,
    /// Number of combinations.
    pub n: usize,
}

impl Crossed {
    /// Crosses columns, each with the number of its labels. Combinations are in the order of the columns, the last one
    /// fastest: all that can be while these are no more than `max_direct`, otherwise those that are met.
    pub fn of(columns: &[(&[u32], usize)], n_rows: usize, max_direct: usize) -> Self {
        let n = columns.iter().try_fold(1usize, |product, column| product.checked_mul(column.1));
        match n {
            Some(n) if n <= max_direct => Self::direct(columns, n_rows, n),
            _ => Self::of_met(columns, n_rows),
        }
    }

    fn direct(columns: &[(&[u32], usize)], n_rows: usize, n: usize) -> Self {
        let mut code_of_row = vec![0u32; n_rows];
        // Crossed beside, then copied: the system visits new memory twice where it is read before it is written.
        code_of_row.par_chunks_mut(BLOCK).enumerate().for_each_init(Vec::new, |crossed, (block, codes)| {
            crossed.clear();
            crossed.resize(codes.len(), 0u32);
            for (column, n_labels) in columns {
                for (code, &level) in crossed.iter_mut().zip(&column[block * BLOCK..]) {
                    let is_there = *code != MISSING && (level as usize) < *n_labels;
                    // No combination is as large as the number of them, which fits.
                    let both = code.wrapping_mul(*n_labels as u32).wrapping_add(level);
                    *code = if is_there { both } else { MISSING };
                }
            }
            codes.copy_from_slice(crossed);
        });
        let mut below = n;
        let level = |&(_, n_labels): &(&[u32], usize)| {
            below /= n_labels.max(1);
            (0..n).map(|code| (code / below.max(1) % n_labels.max(1)) as u32).collect()
        };
        Self { code_of_row, levels: columns.iter().map(level).collect(), n }
    }

    fn of_met(columns: &[(&[u32], usize)], n_rows: usize) -> Self {
        let mut crossed = Self { code_of_row: vec![0; n_rows], levels: Vec::new(), n: 1 };
        for (column, _) in columns {
            let (codes, pairs) = dense_pairs(&crossed.code_of_row, column);
            for levels in &mut crossed.levels {
                *levels = pairs.iter().map(|pair| levels[pair.0 as usize]).collect();
            }
            crossed.levels.push(pairs.iter().map(|pair| pair.1).collect());
            crossed.n = pairs.len();
            crossed.code_of_row = codes;
        }
        crossed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_tell_the_same_rows_apart() {
        let a = [1, 0, 1, MISSING, 2, 1];
        let b = [0, 1, 0, 1, 1, 1];
        let columns: [(&[u32], usize); 2] = [(&a, 3), (&b, 2)];
        let (direct, met) = (Crossed::of(&columns, 6, 6), Crossed::of(&columns, 6, 5));
        assert_eq!((direct.n, met.n), (6, 4));
        assert_eq!(direct.code_of_row, [2, 1, 2, MISSING, 5, 3]);
        for row in [0, 1, 2, 4, 5] {
            for crossed in [&direct, &met] {
                let code = crossed.code_of_row[row] as usize;
                assert_eq!((crossed.levels[0][code], crossed.levels[1][code]), (a[row], b[row]));
            }
        }
        assert_eq!(met.code_of_row[3], MISSING);
    }
}
