//! Rows, weights and units with members by domain, while rows come in.

use super::domains::UnitSet;
use crate::numeric::lanes::Lanes;

/// What the rows of a domain add up to.
#[derive(Clone, Copy, Default)]
pub(crate) struct Count {
    /// Rows.
    pub n: usize,
    /// Sum of their weights.
    pub sum_w: f64,
    /// Sum of their squared weights.
    pub sum_w_squared: f64,
}

/// Counts and units with members by domain. Sums add up in lanes whose number depends on the number of domains only, so that
/// columns in memory and rows in groups have the same bits; sets of units have no order.
pub(crate) struct MembersByDomain {
    counts: Lanes<Vec<Count>>,
    units: Lanes<Vec<UnitSet>>,
    n_domains: usize,
    n_units: usize,
}

impl MembersByDomain {
    /// Before the first row.
    pub fn new(n_domains: usize, n_units: usize) -> Self {
        let counts = Lanes::new(n_domains * size_of::<Count>());
        let units = Lanes::new(n_domains * n_units.div_ceil(8));
        Self { counts, units, n_domains, n_units }
    }

    /// Adds the next rows. Rows of weight 0 and codes that are no domain do not count.
    pub fn add(&mut self, weights: &[f64], unit_of_row: &[u32], domain_of_row: &[u32]) {
        let (n_domains, n_units) = (self.n_domains, self.n_units);
        let rows = domain_of_row.len();
        self.counts.add(
            rows,
            || vec![Count::default(); n_domains],
            |range, counts| {
                for (&domain, &w) in domain_of_row[range.clone()].iter().zip(&weights[range]) {
                    if let Some(count) = counts.get_mut(domain as usize).filter(|_| w != 0.0) {
                        count.n += 1;
                        count.sum_w += w;
                        count.sum_w_squared += w * w;
                    }
                }
            },
        );
        self.units.add(
            rows,
            || vec![UnitSet::new(n_units); n_domains],
            |range, sets| {
                let rows = domain_of_row[range.clone()].iter().zip(&weights[range.clone()]).zip(&unit_of_row[range]);
                for ((&domain, &w), &unit) in rows {
                    if let Some(set) = sets.get_mut(domain as usize).filter(|_| w != 0.0) {
                        set.insert(unit as usize);
                    }
                }
            },
        );
    }

    /// The counts and the units with members, domain by domain.
    pub fn finish(self) -> impl Iterator<Item = (Count, UnitSet)> {
        let mut counts = vec![Count::default(); self.n_domains];
        for lane in self.counts.finish() {
            for (count, part) in counts.iter_mut().zip(lane) {
                count.n += part.n;
                count.sum_w += part.sum_w;
                count.sum_w_squared += part.sum_w_squared;
            }
        }
        let mut sets = vec![UnitSet::new(self.n_units); self.n_domains];
        for lane in self.units.finish() {
            sets.iter_mut().zip(&lane).for_each(|(set, part)| set.union_with(part));
        }
        counts.into_iter().zip(sets)
    }
}
