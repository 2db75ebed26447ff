//! Tiles of rows: linear predictors of them, and sums over them by pattern.

use std::ops::Range;

/// Rows of a tile at most.
pub(super) const TILE: usize = 256;

/// Rows that are taken together, step by step, so that each step is a short loop over numbers that lie close by.
pub(super) struct Tile<'a> {
    pub rows: Range<usize>,
    pub patterns: &'a [u32],
    /// The numbers of the rows, column by column.
    pub numbers: Vec<&'a [f64]>,
}

impl Tile<'_> {
    /// Row by row the pattern and the first `N` numbers.
    #[inline(always)]
    fn rows_of<const N: usize>(&self) -> impl Iterator<Item = (usize, [f64; N])> {
        let columns: [&[f64]; N] = std::array::from_fn(|k| &self.numbers[k][..self.patterns.len()]);
        let row = move |(i, pattern): (usize, &u32)| (*pattern as usize, std::array::from_fn(|k| columns[k][i]));
        self.patterns.iter().enumerate().map(row)
    }
}

/// Coefficients as slopes of the numbers of a row, by pattern; that of 1 comes first.
pub(super) struct Slopes {
    pub width: usize,
    pub slopes: Vec<f64>,
}

impl Slopes {
    /// Fills in the linear predictors of a tile of rows.
    pub fn fill(&self, tile: &Tile<'_>, eta: &mut [f64]) {
        // Where their number is known when this is compiled, a loop over the numbers of a row is none.
        match tile.numbers.len() {
            0 => self.fill_of::<0>(tile, eta),
            1 => self.fill_of::<1>(tile, eta),
            2 => self.fill_of::<2>(tile, eta),
            3 => self.fill_of::<3>(tile, eta),
            4 => self.fill_of::<4>(tile, eta),
            5 => self.fill_of::<5>(tile, eta),
            6 => self.fill_of::<6>(tile, eta),
            _ => {
                self.fill_of::<0>(tile, eta);
                for (k, numbers) in tile.numbers.iter().enumerate() {
                    for ((eta, pattern), number) in eta.iter_mut().zip(tile.patterns).zip(*numbers) {
                        *eta += self.slopes[*pattern as usize * self.width + k + 1] * number;
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn fill_of<const N: usize>(&self, tile: &Tile<'_>, eta: &mut [f64]) {
        for (eta, (pattern, numbers)) in eta.iter_mut().zip(tile.rows_of::<N>()) {
            let slopes = &self.slopes[pattern * self.width..][..N + 1];
            *eta = slopes[0];
            slopes[1..].iter().zip(numbers).for_each(|(slope, number)| *eta += slope * number);
        }
    }
}

/// Sums over rows by pattern: of products of two numbers under a weight, and of each number times a residual; 1 is a number and
/// comes first.
#[derive(Clone, Debug)]
pub(super) struct Moments {
    n_numbers: usize,
    sums: Vec<f64>,
}

/// How many products and how many single numbers a pattern has sums of.
#[inline(always)]
fn n_sums(n_numbers: usize) -> (usize, usize) {
    ((n_numbers + 1) * (n_numbers + 2) / 2, n_numbers + 1)
}

impl Moments {
    /// How many sums there are.
    pub fn size(n_patterns: usize, n_numbers: usize) -> usize {
        let (products, single) = n_sums(n_numbers);
        n_patterns * (products + single)
    }

    /// Sums of no rows.
    pub fn zeros(n_patterns: usize, n_numbers: usize) -> Self {
        Self { n_numbers, sums: vec![0.0; Self::size(n_patterns, n_numbers)] }
    }

    /// Adds the sums of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.sums.iter_mut().zip(&other.sums).for_each(|(sum, part)| *sum += part);
    }

    /// The sums of each pattern: of products of two (the upper triangle, row by row), and of single numbers.
    pub fn by_pattern(&self) -> impl Iterator<Item = (&[f64], &[f64])> {
        let (products, single) = n_sums(self.n_numbers);
        self.sums.chunks_exact(products + single).map(move |sums| sums.split_at(products))
    }

    /// Where the sum of products of two numbers stands.
    pub fn place(&self, one: usize, other: usize) -> usize {
        let (low, high) = (one.min(other), one.max(other));
        low * (self.n_numbers + 1) - low * (low + 1) / 2 + high
    }

    /// Adds a tile of rows, each with a weight for products of numbers and a residual for single ones.
    pub fn add(&mut self, tile: &Tile<'_>, weights: &[f64], residuals: &[f64]) {
        match self.n_numbers {
            0 => self.add_of::<0>(tile, weights, residuals),
            1 => self.add_of::<1>(tile, weights, residuals),
            2 => self.add_of::<2>(tile, weights, residuals),
            3 => self.add_of::<3>(tile, weights, residuals),
            4 => self.add_of::<4>(tile, weights, residuals),
            5 => self.add_of::<5>(tile, weights, residuals),
            6 => self.add_of::<6>(tile, weights, residuals),
            n => {
                let mut row = vec![0.0; n];
                for (i, pattern) in tile.patterns.iter().enumerate() {
                    row.iter_mut().zip(&tile.numbers).for_each(|(number, numbers)| *number = numbers[i]);
                    self.add_row(*pattern as usize, &row, weights[i], residuals[i]);
                }
            }
        }
    }

    #[inline(always)]
    fn add_of<const N: usize>(&mut self, tile: &Tile<'_>, weights: &[f64], residuals: &[f64]) {
        for (((pattern, numbers), weight), residual) in tile.rows_of::<N>().zip(weights).zip(residuals) {
            self.add_row(pattern, &numbers, *weight, *residual);
        }
    }

    #[inline(always)]
    fn add_row(&mut self, pattern: usize, numbers: &[f64], weight: f64, residual: f64) {
        let (n_products, n_single) = n_sums(numbers.len());
        let sums = &mut self.sums[pattern * (n_products + n_single)..][..n_products + n_single];
        let (products, single) = sums.split_at_mut(n_products);
        let (with_1, mut products) = products.split_at_mut(n_single);
        add_multiples(with_1, weight, numbers);
        for (k, number) in numbers.iter().enumerate() {
            let (with_number, rest) = products.split_at_mut(numbers.len() - k);
            let weighted = weight * number;
            with_number.iter_mut().zip(&numbers[k..]).for_each(|(sum, other)| *sum += weighted * other);
            products = rest;
        }
        add_multiples(single, residual, numbers);
    }
}

/// Adds the multiples of 1 and some numbers.
#[inline(always)]
fn add_multiples(sums: &mut [f64], factor: f64, numbers: &[f64]) {
    sums[0] += factor;
    sums[1..].iter_mut().zip(numbers).for_each(|(sum, number)| *sum += factor * number);
}
