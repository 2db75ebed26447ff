//! Sums by sampling unit and domain, kept only for the pairs that occur: most units lie in few domains.

use std::sync::Arc;

use crate::design::{MemberIndex, UnitSet};

/// A table of sums with `width` columns, which grows by a row for each new pair of unit and domain.
pub(super) struct PairSums {
    n_units: usize,
    n_domains: usize,
    width: usize,
    /// By domain and in it by unit: 1 + where the sums of the pair start, 0 for none yet.
    start_of_pair: Vec<u32>,
    /// The pairs in the order in which they came.
    pairs: Vec<usize>,
    sums: Vec<f64>,
}

impl PairSums {
    /// A table without pairs.
    pub fn new(n_units: usize, n_domains: usize, width: usize) -> Self {
        let start_of_pair = vec![0; n_units * n_domains];
        Self { n_units, n_domains, width, start_of_pair, pairs: Vec::new(), sums: Vec::new() }
    }

    /// The sums of a pair.
    #[inline]
    pub fn of(&mut self, unit: u32, domain: u32) -> &mut [f64] {
        self.of_pair(domain as usize * self.n_units + unit as usize)
    }

    #[inline]
    fn of_pair(&mut self, pair: usize) -> &mut [f64] {
        let start = match self.start_of_pair[pair] {
            0 => self.add_pair(pair),
            start => start as usize - 1,
        };
        &mut self.sums[start..start + self.width]
    }

    #[cold]
    fn add_pair(&mut self, pair: usize) -> usize {
        let start = self.sums.len();
        self.pairs.push(pair);
        self.start_of_pair[pair] = start as u32 + 1;
        self.sums.resize(start + self.width, 0.0);
        start
    }

    /// Adds the sums of another table of the same shape.
    pub fn absorb(&mut self, other: &Self) {
        for (&pair, row) in other.pairs.iter().zip(other.sums.chunks_exact(self.width.max(1))) {
            self.of_pair(pair).iter_mut().zip(row).for_each(|(a, b)| *a += b);
        }
    }

    /// The pairs in the order of domains and, within a domain, of units, and their sums.
    pub fn in_order(self) -> (Arc<MemberIndex>, Vec<f64>) {
        let mut units = Vec::with_capacity(self.pairs.len());
        let mut starts = Vec::with_capacity(self.n_domains + 1);
        let mut sums = Vec::with_capacity(self.sums.len());
        starts.push(0);
        for of_unit in self.start_of_pair.chunks_exact(self.n_units.max(1)) {
            for (unit, &start) in of_unit.iter().enumerate().filter(|(_, start)| **start != 0) {
                units.push(unit as u32);
                sums.extend_from_slice(&self.sums[start as usize - 1..start as usize - 1 + self.width]);
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
