//! Sums by sampling unit and domain, kept only for the pairs that occur: most units lie in few domains.

use std::sync::Arc;

use crate::design::{MemberIndex, UnitSet};

/// A table of sums with `width` columns, which grows by a row for each new pair of unit and domain.
pub(super) struct PairSums {
    n_units: usize,
    n_domains: usize,
    width: usize,
    /// By domain and in it by unit: 1 + the row of the pair, 0 for none yet.
    row_of_pair: Vec<u32>,
    pair_of_row: Vec<usize>,
    sums: Vec<f64>,
}

impl PairSums {
    /// A table without pairs.
    pub fn new(n_units: usize, n_domains: usize, width: usize) -> Self {
        let row_of_pair = vec![0; n_units * n_domains];
        Self { n_units, n_domains, width, row_of_pair, pair_of_row: Vec::new(), sums: Vec::new() }
    }

    /// Where the sums of a pair start among [`sums`](Self::sums).
    #[inline]
    pub fn at(&mut self, unit: u32, domain: u32) -> usize {
        let pair = domain as usize * self.n_units + unit as usize;
        match self.row_of_pair[pair] {
            0 => self.add_pair(pair),
            row => (row as usize - 1) * self.width,
        }
    }

    #[cold]
    fn add_pair(&mut self, pair: usize) -> usize {
        let start = self.sums.len();
        self.pair_of_row.push(pair);
        self.row_of_pair[pair] = self.pair_of_row.len() as u32;
        self.sums.resize(start + self.width, 0.0);
        start
    }

    /// The sums of all pairs.
    pub fn sums(&mut self) -> &mut [f64] {
        &mut self.sums
    }

    /// Adds the sums of another table of the same shape.
    pub fn absorb(&mut self, other: &Self) {
        let width = self.width.max(1);
        for (&pair, row) in other.pair_of_row.iter().zip(other.sums.chunks_exact(width)) {
            let start = match self.row_of_pair[pair] {
                0 => self.add_pair(pair),
                row => (row as usize - 1) * self.width,
            };
            self.sums[start..start + row.len()].iter_mut().zip(row).for_each(|(a, b)| *a += b);
        }
    }

    /// The pairs in the order of domains and, within a domain, of units, and their sums.
    pub fn in_order(self) -> (Arc<MemberIndex>, Vec<f64>) {
        let n = self.pair_of_row.len();
        let mut units = Vec::with_capacity(n);
        let mut starts = Vec::with_capacity(self.n_domains + 1);
        let mut sums = Vec::with_capacity(self.sums.len());
        starts.push(0);
        for rows in self.row_of_pair.chunks_exact(self.n_units.max(1)) {
            for (unit, &row) in rows.iter().enumerate().filter(|(_, row)| **row != 0) {
                units.push(unit as u32);
                let start = (row as usize - 1) * self.width;
                sums.extend_from_slice(&self.sums[start..start + self.width]);
            }
            starts.push(units.len());
        }
        starts.resize(self.n_domains + 1, units.len());
        (Arc::new(MemberIndex::new(self.n_units, starts, units)), sums)
    }
}

/// By domain, the units whose sum of weights is above 0; `size_of` gives the sum of a pair.
pub(super) fn units_with_members(index: &MemberIndex, size_of: impl Fn(usize) -> f64) -> Vec<UnitSet> {
    let set = |domain: usize| {
        let mut set = UnitSet::new(index.n_units());
        index.members(domain).filter(|(pair, _)| size_of(*pair) > 0.0).for_each(|(_, unit)| set.insert(unit));
        set
    };
    (0..index.n_domains()).map(set).collect()
}
