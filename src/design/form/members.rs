//! Scores by domain, kept only for the units that have members there: all others have the score 0.

use std::sync::Arc;

/// Which units have members in which domain: pairs of domain and unit, in this order.
#[derive(Clone, Debug, Default)]
pub struct MemberIndex {
    n_units: usize,
    /// By domain, its first pair; and last, the number of pairs.
    starts: Vec<usize>,
    unit_of_pair: Vec<u32>,
}

impl MemberIndex {
    pub(crate) fn new(n_units: usize, starts: Vec<usize>, unit_of_pair: Vec<u32>) -> Self {
        Self { n_units, starts, unit_of_pair }
    }

    /// Number of units of the design.
    pub fn n_units(&self) -> usize {
        self.n_units
    }

    /// Number of domains.
    pub fn n_domains(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Number of pairs.
    pub fn n_pairs(&self) -> usize {
        self.unit_of_pair.len()
    }

    /// Number of pairs of a domain.
    pub fn n_members(&self, domain: usize) -> usize {
        self.starts[domain + 1] - self.starts[domain]
    }

    /// The pairs of a domain and their units, in the order of the units.
    pub fn members(&self, domain: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        (self.starts[domain]..self.starts[domain + 1]).map(|pair| (pair, self.unit_of_pair[pair] as usize))
    }
}

/// Columns of scores, `width` for each domain.
#[derive(Clone, Debug, Default)]
pub struct MemberScores {
    index: Arc<MemberIndex>,
    width: usize,
    /// Numbers of a pair: the columns of its domain, and what may stand behind them.
    stride: usize,
    scores: Vec<f64>,
}

impl MemberScores {
    /// Scores pair after pair: in each `width` columns among `stride` numbers.
    pub(crate) fn new(index: Arc<MemberIndex>, width: usize, stride: usize, scores: Vec<f64>) -> Self {
        Self { index, width, stride, scores }
    }

    /// Which units have members.
    pub fn index(&self) -> &MemberIndex {
        &self.index
    }

    /// Columns of a domain.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of columns, domain after domain.
    pub fn n_columns(&self) -> usize {
        self.index.n_domains() * self.width
    }

    /// The scores of a pair of [`index`](Self::index).
    pub fn of_pair(&self, pair: usize) -> &[f64] {
        &self.scores[pair * self.stride..][..self.width]
    }

    /// The scores of all units in some columns, unit by unit.
    pub fn side_by_side(&self, columns: &[usize]) -> Vec<f64> {
        let mut all = vec![0.0; self.index.n_units * columns.len()];
        for (k, column) in columns.iter().enumerate() {
            for (pair, unit) in self.index.members(column / self.width) {
                all[unit * columns.len() + k] = self.of_pair(pair)[column % self.width];
            }
        }
        all
    }

    /// The scores of all units in one column.
    pub fn column(&self, column: usize) -> Vec<f64> {
        self.side_by_side(&[column])
    }
}
