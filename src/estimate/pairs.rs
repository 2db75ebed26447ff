//! Sums by sampling unit and domain, kept only for the pairs that occur: most units lie in few domains.

use std::sync::Arc;

use crate::design::{MemberIndex, UnitSet};

/// Rows to a pair that make it likely that all pairs occur.
const ROWS_OF_A_PAIR: usize = 10;

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
    /// A table without pairs, to which about `n_rows` rows will come.
    pub fn new(n_units: usize, n_domains: usize, width: usize, n_rows: usize) -> Self {
        let n_pairs = n_units * n_domains;
        // With many rows to a pair most pairs will come: room for all at once, instead of ever larger copies.
        let capacity = if n_rows / ROWS_OF_A_PAIR >= n_pairs { n_pairs * width } else { 0 };
        let (start_of_pair, sums) = (vec![0; n_pairs], Vec::with_capacity(capacity));
        Self { n_units, n_domains, width, start_of_pair, pairs: Vec::new(), sums }
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
    pub fn in_order(mut self) -> (Arc<MemberIndex>, Vec<f64>) {
        let mut units = Vec::with_capacity(self.pairs.len());
        let mut starts = Vec::with_capacity(self.n_domains + 1);
        // The pairs are known from here on; what is needed of them is the row that comes next.
        let mut next = std::mem::take(&mut self.pairs);
        next.clear();
        starts.push(0);
        for of_unit in self.start_of_pair.chunks_exact(self.n_units.max(1)) {
            for (unit, &start) in of_unit.iter().enumerate().filter(|(_, start)| **start != 0) {
                units.push(unit as u32);
                next.push((start as usize - 1) / self.width);
            }
            starts.push(units.len());
        }
        starts.resize(self.n_domains + 1, units.len());
        reorder(&mut self.sums, self.width, &mut next);
        (Arc::new(MemberIndex::new(self.n_units, starts, units)), self.sums)
    }
}

/// Moves rows within their own memory, so that row `from[k]` comes to place k. Every row is named once; `from` is used up.
fn reorder(rows: &mut [f64], width: usize, from: &mut [usize]) {
    let mut first = vec![0.0; width];
    for start in 0..from.len() {
        if from[start] == start {
            continue;
        }
        // Around the circle of places that begins here: each takes the row that belongs to it and leaves its own free.
        first.copy_from_slice(&rows[start * width..(start + 1) * width]);
        let mut free = start;
        loop {
            let next = std::mem::replace(&mut from[free], free);
            if next == start {
                rows[free * width..(free + 1) * width].copy_from_slice(&first);
                break;
            }
            rows.copy_within(next * width..(next + 1) * width, free * width);
            free = next;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_come_out_in_the_order_of_domains_and_units_however_they_came() {
        let mut sums = PairSums::new(3, 2, 2, 5);
        for (unit, domain, value) in [(2, 1, 1.0), (0, 1, 2.0), (2, 0, 3.0), (1, 1, 4.0), (2, 1, 5.0)] {
            sums.of(unit, domain)[1] += value;
        }
        let mut more = PairSums::new(3, 2, 2, 5);
        more.of(0, 0)[0] = 7.0;
        more.of(1, 1)[0] = 8.0;
        sums.absorb(&more);
        let (index, sums) = sums.in_order();
        let members = |domain| index.members(domain).collect::<Vec<_>>();
        assert_eq!((members(0), members(1)), (vec![(0, 0), (1, 2)], vec![(2, 0), (3, 1), (4, 2)]));
        assert_eq!(sums, [7.0, 0.0, 0.0, 3.0, 0.0, 2.0, 8.0, 4.0, 0.0, 6.0]);
    }
}
