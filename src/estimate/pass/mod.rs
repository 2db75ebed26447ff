//! Tables that need not fit into memory: the same totals, scores and estimates as for columns in memory, from rows that
//! come in groups.
//!
//! A [`PsuFrame`] knows the sampling units; a request visits all groups once and keeps totals per unit and cell only. The estimates have the same bits as those of
//! [`proportions`](crate::estimate::proportions) and its sisters on the whole columns, whatever the groups are.

mod frame;
mod quantiles;
mod replicated;
mod rows;
mod shares;
mod sums;
mod tables;
mod units;

pub use frame::{DesignColumns, PsuFrame};
pub use quantiles::quantiles;
pub use replicated::degf;
pub use shares::proportions;
pub use sums::{Number, means, ratios, totals, unit_totals};
pub use tables::{TableColumns, tables_with};
pub use units::{Amount, Combinations, PopulationColumn, ReplicateColumns, RowTotals, StageColumns, UnitFrame};

use super::error::EstimateError;
use super::options::Options;
use crate::rows::{Column, MISSING, RowSource};

/// Why a pass gives no estimates.
#[derive(Debug, thiserror::Error)]
pub enum PassError<E> {
    /// Rows cannot be read.
    #[error("{0}")]
    Source(E),
    /// The request cannot be run.
    #[error("{0}")]
    Request(EstimateError),
    /// Weights that no estimate can use.
    #[error(
        "{n} weights are negative or no finite number (first: row {first_row})\n  expected: a finite number, 0 or more"
    )]
    Weights {
        /// How many.
        n: usize,
        /// Position of the first, counted from 1.
        first_row: usize,
    },
}

/// The weights of a source, checked as they come.
#[derive(Debug, Default)]
struct WeightCheck {
    n_rows: usize,
    n_bad: usize,
    first_bad: usize,
}

impl WeightCheck {
    fn look_at(&mut self, weights: &[f64]) {
        if !are_usable(weights) {
            let is_bad = |w: &f64| !(*w >= 0.0 && w.is_finite());
            for (i, _) in weights.iter().enumerate().filter(|(_, w)| is_bad(w)) {
                if self.n_bad == 0 {
                    self.first_bad = self.n_rows + i + 1;
                }
                self.n_bad += 1;
            }
        }
        self.n_rows += weights.len();
    }

    fn verdict<E>(self) -> Result<(), PassError<E>> {
        match self.n_bad {
            0 => Ok(()),
            n => Err(PassError::Weights { n, first_row: self.first_bad }),
        }
    }
}

/// Numbers of a source, checked as they come: none is infinite.
#[derive(Debug, Default)]
struct NumberCheck {
    n_rows: usize,
    n_infinite: usize,
    first_infinite: usize,
}

impl NumberCheck {
    fn look_at(&mut self, values: &[f64]) {
        // Without a branch a row, as hardly ever one is infinite.
        if values.iter().fold(false, |any, v| any | v.is_infinite()) {
            for (i, _) in values.iter().enumerate().filter(|(_, v)| v.is_infinite()) {
                if self.n_infinite == 0 {
                    self.first_infinite = self.n_rows + i + 1;
                }
                self.n_infinite += 1;
            }
        }
        self.n_rows += values.len();
    }

    fn verdict<E>(&self, name: &str) -> Result<(), PassError<E>> {
        match self.n_infinite {
            0 => Ok(()),
            n => {
                let (variable, first_row) = (name.to_owned(), self.first_infinite);
                Err(PassError::Request(EstimateError::Infinite { variable, n, first_row }))
            }
        }
    }
}

/// Whether all weights are finite and none is below 0: eight at a time and without a branch, as hardly ever one is bad.
fn are_usable(weights: &[f64]) -> bool {
    let (eights, rest) = weights.as_chunks::<8>();
    // 0 times a number is 0 unless the number is not finite.
    let (mut lowest, mut zeros) = ([0.0_f64; 8], [0.0_f64; 8]);
    for eight in eights {
        for k in 0..8 {
            lowest[k] = if eight[k] < lowest[k] { eight[k] } else { lowest[k] };
            zeros[k] += eight[k] * 0.0;
        }
    }
    lowest.iter().all(|low| *low == 0.0)
        && zeros.iter().all(|zero| *zero == 0.0)
        && rest.iter().all(|w| *w >= 0.0 && w.is_finite())
}

/// The domains of a request: all combinations of the labels of some columns, the last one fastest.
struct Cross<'a> {
    by: &'a [usize],
    sizes: Vec<u32>,
    labels: Vec<String>,
}

impl<'a> Cross<'a> {
    fn of<S: RowSource>(source: &S, by: &'a [usize]) -> Self {
        let mut labels = vec![String::new()];
        for &column in by {
            let names = source.labels(column);
            let join = |before: &String, label: &String| {
                if before.is_empty() { label.clone() } else { format!("{before} / {label}") }
            };
            labels = labels.iter().flat_map(|before| names.iter().map(move |label| join(before, label))).collect();
        }
        if by.is_empty() {
            labels = vec!["all".to_owned()];
        }
        let sizes = by.iter().map(|&column| u32::try_from(source.labels(column).len()).unwrap_or(MISSING)).collect();
        Cross { by, sizes, labels }
    }

    fn n(&self) -> usize {
        self.labels.len()
    }

    /// The domain of each row of a group; rows of weight 0 or with an empty cell lie in none.
    fn domain_of_row(&self, group: &[Column], weights: &[f64]) -> Vec<u32> {
        let mut domains = Vec::new();
        self.domains_in(group, weights, &mut domains);
        domains
    }

    /// The same in memory that is used again.
    fn domains_in<'b>(&self, group: &[Column], weights: &[f64], domains: &'b mut Vec<u32>) -> &'b mut [u32] {
        let within = |(w, code): (&f64, &u32)| if *w > 0.0 { *code } else { MISSING };
        domains.clear();
        let Some((&first, rest)) = self.by.split_first() else {
            domains.extend(weights.iter().zip(std::iter::repeat(&0)).map(within));
            return domains;
        };
        domains.extend(weights.iter().zip(group[first].codes()).map(within));
        for (&column, &size) in rest.iter().zip(&self.sizes[1..]) {
            for (domain, &code) in domains.iter_mut().zip(group[column].codes()) {
                // What wraps is not used.
                let both = domain.wrapping_mul(size).wrapping_add(code);
                *domain = if (code == MISSING) | (*domain == MISSING) { MISSING } else { both };
            }
        }
        domains
    }
}

fn check_level<E>(options: &Options) -> Result<(), PassError<E>> {
    if options.level > 0.0 && options.level < 1.0 {
        Ok(())
    } else {
        Err(PassError::Request(EstimateError::Level(options.level)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_usable_at_0_and_above_and_finite_wherever_they_stand() {
        assert!(are_usable(&[]) && are_usable(&[0.0; 9]) && are_usable(&[-0.0, f64::MAX, f64::MIN_POSITIVE]));
        for bad in [-1e-300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for at in 0..19 {
                let mut weights = [1.0; 19];
                weights[at] = bad;
                assert!(!are_usable(&weights), "{bad} at {at}");
            }
        }
    }
}
