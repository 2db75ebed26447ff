//! The predictors in the rows of a fit.
//!
//! Levels of factors are not laid out as columns of 0 and 1. A row has a *pattern*, the combination of its levels, which says
//! which columns are not 0; these are 1, or one of the row's numbers. Sums over rows are formed by pattern first, so their cost
//! grows with the numbers of a row and not with the levels of its factors.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use super::matrix::ModelMatrix;
use super::tile::{Moments, Slopes, TILE, Tile};
use crate::design::Crossed;
use crate::numeric::matrix::Matrix;

/// Rows that are added one after another before they are added to others.
const BLOCK: usize = 1 << 14;
/// The patterns of a tile where there is one pattern only.
const ONE_PATTERN: [u32; TILE] = [0; TILE];

/// Predictors by pattern and number.
#[derive(Clone, Debug)]
pub(super) struct Predictors {
    n_rows: usize,
    n_columns: usize,
    /// The pattern of each row; empty where there is one pattern only.
    pattern_of_row: Arc<Vec<u32>>,
    /// By pattern, the columns that are not 0, each with its number.
    columns_of_pattern: Arc<Vec<Vec<Entry>>>,
    /// The numbers of the rows, column by column, without the 1 that comes first.
    numbers: Vec<Arc<Vec<f64>>>,
}

/// A column that is not 0 in the rows of a pattern: number 0 is 1, number k the k-th of the row.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Entry {
    column: usize,
    number: usize,
}

impl Predictors {
    /// The predictors of a model with its patterns in some rows, none of which misses a value.
    pub fn new(x: &ModelMatrix, patterns: Crossed, rows: &[usize]) -> Self {
        let is_whole = rows.len() == x.n_rows();
        let pattern_of_row = match (patterns.n, is_whole) {
            (0 | 1, _) => Vec::new(),
            (_, true) => patterns.code_of_row,
            (_, false) => rows.par_iter().with_min_len(BLOCK).map(|&i| patterns.code_of_row[i]).collect(),
        };
        let picked = |numbers: &Arc<Vec<f64>>| match is_whole {
            true => Arc::clone(numbers),
            false => Arc::new(rows.par_iter().with_min_len(BLOCK).map(|&i| numbers[i]).collect()),
        };
        let entries = |pattern: usize| {
            let entry = |column| {
                let number = x.number_in_pattern(column, |factor| patterns.levels[factor][pattern])?;
                Some(Entry { column, number })
            };
            (0..x.names().len()).filter_map(entry).collect()
        };
        Self {
            n_rows: rows.len(),
            n_columns: x.names().len(),
            pattern_of_row: Arc::new(pattern_of_row),
            columns_of_pattern: Arc::new((0..patterns.n).map(entries).collect()),
            numbers: x.numbers().iter().map(picked).collect(),
        }
    }

    /// Columns of numbers as they are.
    pub fn dense(x: &Matrix) -> Self {
        let entry = |column| Entry { column, number: column + 1 };
        Self {
            n_rows: x.n_rows(),
            n_columns: x.n_columns(),
            pattern_of_row: Arc::new(Vec::new()),
            columns_of_pattern: Arc::new(vec![(0..x.n_columns()).map(entry).collect()]),
            numbers: (0..x.n_columns()).map(|j| Arc::new(x.column(j))).collect(),
        }
    }

    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The same rows with some of the columns, in increasing order.
    pub fn with_columns(&self, columns: &[usize]) -> Self {
        let kept = |entries: &Vec<Entry>| {
            let place = |e: &Entry| Some(Entry { column: columns.binary_search(&e.column).ok()?, ..*e });
            entries.iter().filter_map(place).collect()
        };
        let columns_of_pattern = Arc::new(self.columns_of_pattern.iter().map(kept).collect());
        Self { n_columns: columns.len(), columns_of_pattern, ..self.clone() }
    }

    /// Every `step`-th row.
    pub fn every(&self, step: usize) -> Self {
        Self {
            n_rows: self.n_rows.div_ceil(step),
            pattern_of_row: Arc::new(self.pattern_of_row.iter().step_by(step).copied().collect()),
            numbers: self.numbers.iter().map(|n| Arc::new(n.iter().step_by(step).copied().collect())).collect(),
            ..self.clone()
        }
    }

    fn pattern(&self, row: usize) -> usize {
        self.pattern_of_row.get(row).map_or(0, |pattern| *pattern as usize)
    }

    /// All rows in blocks.
    pub fn blocks(&self) -> impl IndexedParallelIterator<Item = Range<usize>> {
        let n_rows = self.n_rows;
        (0..n_rows.div_ceil(BLOCK)).into_par_iter().map(move |b| b * BLOCK..((b + 1) * BLOCK).min(n_rows))
    }

    /// Some of the rows, tile by tile.
    pub fn tiles(&self, rows: Range<usize>) -> impl Iterator<Item = Tile<'_>> {
        let end = rows.end;
        rows.step_by(TILE).map(move |first| self.tile(first..(first + TILE).min(end)))
    }

    fn tile(&self, rows: Range<usize>) -> Tile<'_> {
        let patterns = match self.pattern_of_row.as_slice() {
            [] => &ONE_PATTERN[..rows.len()],
            patterns => &patterns[rows.clone()],
        };
        let numbers = self.numbers.iter().map(|numbers| &numbers[rows.clone()]).collect();
        Tile { rows, patterns, numbers }
    }

    /// A row as it would stand in a matrix.
    pub fn row(&self, row: usize) -> Vec<f64> {
        let mut out = vec![0.0; self.n_columns];
        for entry in self.columns_of_pattern.get(self.pattern(row)).into_iter().flatten() {
            out[entry.column] = if entry.number == 0 { 1.0 } else { self.numbers[entry.number - 1][row] };
        }
        out
    }

    /// All rows as a matrix.
    pub fn to_matrix(&self) -> Matrix {
        let entries = (0..self.n_rows).flat_map(|i| self.row(i)).collect();
        Matrix::from_vec(self.n_rows, self.n_columns, entries)
    }

    /// What a number adds to the linear predictor, by pattern: 1 first.
    pub fn slopes(&self, coefficients: &[f64]) -> Slopes {
        let width = self.numbers.len() + 1;
        let mut slopes = vec![0.0; width * self.columns_of_pattern.len()];
        for (slopes, entries) in slopes.chunks_exact_mut(width).zip(self.columns_of_pattern.iter()) {
            for entry in entries {
                slopes[entry.number] += coefficients[entry.column];
            }
        }
        Slopes { width, slopes }
    }

    /// The linear predictor of each row, without an offset.
    pub fn times_vector(&self, coefficients: &[f64]) -> Vec<f64> {
        let slopes = self.slopes(coefficients);
        let mut out = vec![0.0; self.n_rows];
        self.blocks().zip(out.par_chunks_mut(BLOCK)).for_each(|(block, out)| {
            self.tiles(block).zip(out.chunks_mut(TILE)).for_each(|(tile, out)| slopes.fill(&tile, out));
        });
        out
    }

    /// Rows of the blocks in which sums over rows are formed, all of one length but the last: so many that the sums of all
    /// blocks are fewer than the rows, and the same for any number of threads.
    fn block_size(&self, n_sums: usize) -> usize {
        let n_blocks = (self.n_rows / n_sums.max(1)).clamp(1, self.n_rows.div_ceil(BLOCK).max(1));
        self.n_rows.div_ceil(n_blocks).max(1)
    }

    /// Runs over the rows block by block: `visit` gets the rows of a block and the sums to add its tiles to. Blocks add up in order.
    /// Returns the sums and what `visit` returned for each block.
    pub fn accumulate<T: Send>(&self, visit: impl Fn(Range<usize>, &mut Moments) -> T + Sync) -> (Moments, Vec<T>) {
        let (n_patterns, n_numbers) = (self.columns_of_pattern.len(), self.numbers.len());
        let size = self.block_size(Moments::size(n_patterns, n_numbers));
        let block = |b: usize| {
            let mut moments = Moments::zeros(n_patterns, n_numbers);
            let out = visit(b * size..((b + 1) * size).min(self.n_rows), &mut moments);
            (moments, out)
        };
        let blocks: Vec<(Moments, T)> = (0..self.n_rows.div_ceil(size)).into_par_iter().map(block).collect();
        let mut moments = Moments::zeros(n_patterns, n_numbers);
        let mut outs = Vec::with_capacity(blocks.len());
        for (block, out) in blocks {
            moments.merge(&block);
            outs.push(out);
        }
        (moments, outs)
    }

    /// `X'WX` from moments.
    pub fn gram(&self, moments: &Moments) -> Matrix {
        let mut gram = Matrix::zeros(self.n_columns, self.n_columns);
        for (entries, (products, _)) in self.columns_of_pattern.iter().zip(moments.by_pattern()) {
            for (k, a) in entries.iter().enumerate() {
                for b in &entries[k..] {
                    let sum = products[moments.place(a.number, b.number)];
                    gram[(a.column, b.column)] += sum;
                    if a.column != b.column {
                        gram[(b.column, a.column)] += sum;
                    }
                }
            }
        }
        gram
    }

    /// `X'r` from moments.
    pub fn gradient(&self, moments: &Moments) -> Vec<f64> {
        let mut gradient = vec![0.0; self.n_columns];
        for (entries, (_, single)) in self.columns_of_pattern.iter().zip(moments.by_pattern()) {
            for entry in entries {
                gradient[entry.column] += single[entry.number];
            }
        }
        gradient
    }

    /// `X'WX` under weights.
    pub fn cross_product(&self, weights: &[f64]) -> Matrix {
        let (moments, _) = self.accumulate(|rows, sums| {
            self.tiles(rows).for_each(|tile| sums.add(&tile, &weights[tile.rows.clone()], &[0.0; TILE]));
        });
        self.gram(&moments)
    }

    /// Totals of `x r` by group of rows, group after group. `residuals` fills in those of a tile of rows.
    pub fn totals_by_group(
        &self,
        residuals: impl Fn(&Tile<'_>, &mut [f64]) + Sync,
        group_of_row: &[u32],
        n_groups: usize,
    ) -> Vec<f64> {
        // All patterns get as many entries, so that no row surprises the processor: columns that are 0 fill them up.
        let n_entries = self.columns_of_pattern.iter().map(Vec::len).max().unwrap_or(0);
        let zero = self.numbers.len() + 1;
        let filled = |entries: &Vec<Entry>| {
            let is_0 = |column: &usize| entries.iter().all(|entry| entry.column != *column);
            let rest = (0..self.n_columns).filter(is_0).map(|column| Entry { column, number: zero });
            entries.iter().copied().chain(rest).take(n_entries).collect::<Vec<Entry>>()
        };
        let entries: Vec<Entry> = self.columns_of_pattern.iter().flat_map(filled).collect();
        let width = self.n_columns;
        let n_sums = n_groups * width;
        let size = self.block_size(n_sums);
        let block = |b: usize| {
            let (mut totals, mut of_tile) = (vec![0.0; n_sums], [0.0; TILE]);
            // The residual times 1, times each number of a row, and times 0.
            let mut products = vec![0.0; zero + 1];
            for tile in self.tiles(b * size..((b + 1) * size).min(self.n_rows)) {
                let of_tile = &mut of_tile[..tile.rows.len()];
                residuals(&tile, of_tile);
                let rows = of_tile.iter().zip(tile.patterns).zip(&group_of_row[tile.rows]);
                for (i, ((residual, pattern), group)) in rows.enumerate() {
                    products[0] = *residual;
                    let numbers = tile.numbers.iter().map(|numbers| numbers[i]);
                    products[1..zero]
                        .iter_mut()
                        .zip(numbers)
                        .for_each(|(product, number)| *product = number * residual);
                    let totals = &mut totals[*group as usize * width..][..width];
                    for entry in &entries[*pattern as usize * n_entries..][..n_entries] {
                        totals[entry.column] += products[entry.number];
                    }
                }
            }
            totals
        };
        let blocks: Vec<Vec<f64>> = (0..self.n_rows.div_ceil(size)).into_par_iter().map(block).collect();
        let mut blocks = blocks.into_iter();
        let mut totals = blocks.next().unwrap_or_else(|| vec![0.0; n_sums]);
        for block in blocks {
            totals.iter_mut().zip(block).for_each(|(sum, part)| *sum += part);
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Codes;
    use crate::numeric::stream::Stream;

    /// All that is summed over rows is what the matrix of all columns gives.
    fn assert_same_sums(fast: &Predictors, plain: &Matrix, weights: &[f64], residuals: &[f64]) {
        let near = |a: &[f64], b: &[f64]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-10);
        assert_eq!(&fast.to_matrix(), plain);
        let gram = plain.cross_product(Some(weights));
        assert!(fast.cross_product(weights).minus(&gram).max_abs() < 1e-10);
        let (moments, _) = fast.accumulate(|rows, sums| {
            fast.tiles(rows).for_each(|t| sums.add(&t, &weights[t.rows.clone()], &residuals[t.rows.clone()]));
        });
        assert!(near(&fast.gradient(&moments), &plain.transposed().times_vector(residuals)));
        let groups: Vec<u32> = (0..plain.n_rows()).map(|i| (i % 3) as u32).collect();
        let fill = |tile: &Tile<'_>, out: &mut [f64]| out.copy_from_slice(&residuals[tile.rows.clone()]);
        let mut want = Matrix::zeros(3, plain.n_columns());
        for (i, r) in residuals.iter().enumerate() {
            want.row_mut(i % 3).iter_mut().zip(plain.row(i)).for_each(|(sum, x)| *sum += x * r);
        }
        assert!(near(&fast.totals_by_group(fill, &groups, 3), want.as_slice()));
        let coefficients: Vec<f64> = (0..plain.n_columns()).map(|j| 0.1 * j as f64 - 0.3).collect();
        assert!(near(&fast.times_vector(&coefficients), &plain.times_vector(&coefficients)));
        assert_eq!(fast.every(7).row(3), plain.row(21));
    }

    #[test]
    fn sums_by_pattern_are_those_of_the_matrix() {
        let n = 500;
        let mut random = Stream::named(3, "predictors");
        let mut labels = |k: u64| (0..n).map(|_| random.below(k).to_string()).collect::<Vec<_>>();
        let (a, b) = (Codes::from_labels(&labels(4)), Codes::from_labels(&labels(3)));
        let mut numbers = || (0..n).map(|_| random.normal()).collect::<Vec<f64>>();
        let (u, v, w, r) = (numbers(), numbers(), numbers(), numbers());
        let mut x = ModelMatrix::with_intercept(n);
        x.factor("a", &a, None).unwrap();
        x.number("u", &u).unwrap();
        x.factor("b", &b, None).unwrap();
        x.interaction("a", "b").unwrap();
        x.interaction("a", "u").unwrap();
        x.number("v", &v).unwrap();
        x.interaction("u", "v").unwrap();
        let rows: Vec<usize> = (0..n).filter(|i| i % 3 != 1).collect();
        let dense = Matrix::from_fn(rows.len(), x.names().len(), |k, j| x.value(j, rows[k]));
        let weights: Vec<f64> = rows.iter().map(|&i| w[i] * w[i]).collect();
        let residuals: Vec<f64> = rows.iter().map(|&i| r[i]).collect();
        let kept: Vec<usize> = (0..x.names().len()).filter(|j| j % 4 != 2).collect();
        let all: Vec<usize> = (0..rows.len()).collect();
        let by_pattern = Predictors::new(&x, x.patterns(), &rows);
        assert_same_sums(&by_pattern, &dense, &weights, &residuals);
        assert_same_sums(&by_pattern.with_columns(&kept), &dense.select(&all, &kept), &weights, &residuals);
        assert_same_sums(&Predictors::dense(&dense), &dense, &weights, &residuals);
    }

    #[test]
    fn rows_may_have_any_number_of_numbers() {
        let n = 600;
        let mut random = Stream::named(4, "predictors");
        let labels: Vec<String> = (0..n).map(|_| random.below(3).to_string()).collect();
        let mut x = ModelMatrix::with_intercept(n);
        x.factor("group", &Codes::from_labels(&labels), None).unwrap();
        let weights: Vec<f64> = (0..n).map(|_| random.uniform()).collect();
        let residuals: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let rows: Vec<usize> = (0..n).collect();
        for k in 0..9 {
            let dense = Matrix::from_fn(n, x.names().len(), |i, j| x.value(j, i));
            assert_same_sums(&Predictors::new(&x, x.patterns(), &rows), &dense, &weights, &residuals);
            assert_same_sums(&Predictors::dense(&dense), &dense, &weights, &residuals);
            x.number(&format!("x{k}"), &(0..n).map(|_| random.normal()).collect::<Vec<_>>()).unwrap();
        }
    }
}
