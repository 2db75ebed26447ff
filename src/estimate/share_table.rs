//! The table of an outcome by domains, while rows come in.

use super::accumulate::Lanes;
use super::estimates::{Estimates, UnitScores};
use super::finish::{BlockTotals, Finished, Quantity, finish};
use super::options::{MissingOutcome, Options};
use super::proportions::shares_block;
use crate::design::{Base, MISSING, SurveyDesign, UnitSet};

/// Weights by sampling unit, domain and answer; and by domain and answer, the number of rows and the sum of squared weights.
///
/// Rows may come in any number of pieces. For designs in which totals by unit under one set of weights are all that a share
/// needs.
pub(super) struct ShareTable {
    lanes: Lanes,
    n_units: usize,
    n_levels: usize,
    n_domains: usize,
}

/// A piece of the rows: one entry a row in each column.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub weights: &'a [f64],
    pub unit_of_row: &'a [u32],
    pub answers: &'a [u32],
    pub domains: &'a [u32],
}

impl ShareTable {
    /// The table before the first row.
    pub fn new(n_units: usize, n_levels: usize, n_domains: usize) -> Self {
        Self { lanes: Lanes::new(Self::size(n_units, n_levels, n_domains)), n_units, n_levels, n_domains }
    }

    /// Numbers that a table holds.
    pub fn size(n_units: usize, n_levels: usize, n_domains: usize) -> usize {
        (n_units + 2) * n_domains * (n_levels + 1)
    }

    /// Cells of a domain: the answers, and one more for rows without an answer.
    fn width(&self) -> usize {
        self.n_levels + 1
    }

    fn n_cells(&self) -> usize {
        self.n_domains * self.width()
    }

    /// Adds the next rows; weight 0 and domain [`MISSING`] are outside.
    pub fn add(&mut self, piece: Piece<'_>) {
        let (n_units, n_cells, width) = (self.n_units, self.n_cells(), self.width() as u32);
        self.lanes.add(piece.weights.len(), |rows, totals| {
            let (by_unit, counts) = totals.split_at_mut(n_units * n_cells);
            let columns = piece.answers[rows.clone()]
                .iter()
                .zip(&piece.domains[rows.clone()])
                .zip(&piece.weights[rows.clone()])
                .zip(&piece.unit_of_row[rows]);
            for (((&answer, &domain), &w), &unit) in columns {
                if domain != MISSING && w != 0.0 {
                    let cell = (domain * width + answer.min(width - 1)) as usize;
                    by_unit[unit as usize * n_cells + cell] += w;
                    counts[2 * cell] += 1.0;
                    counts[2 * cell + 1] += w * w;
                }
            }
        });
    }

    /// The estimates; totals become the scores in place.
    pub fn finish(
        self,
        design: &SurveyDesign,
        names: Vec<String>,
        domain_labels: Vec<String>,
        options: &Options,
    ) -> Estimates {
        let (n_units, n_levels, n_domains) = (self.n_units, self.n_levels, self.n_domains);
        let (width, n_cells) = (self.width(), self.n_cells());
        let mut totals = self.lanes.finish();
        let counts = totals.split_off(n_units * n_cells);
        let counts: Vec<&[f64]> = counts.chunks_exact(2 * width).collect();
        // Rows without an answer are outside the base, or stay in it.
        let kept = if options.missing == MissingOutcome::Exclude { n_levels } else { width };
        let mut sums = vec![0.0; n_cells];
        for unit in totals.chunks_exact(n_cells.max(1)) {
            sums.iter_mut().zip(unit).for_each(|(sum, t)| *sum += t);
        }
        let sizes: Vec<f64> = sums.chunks_exact(width).map(|d| d[..kept].iter().sum()).collect();
        let mut units = vec![UnitSet::new(n_units); n_domains];
        for (unit, cells) in totals.chunks_exact_mut(n_cells.max(1)).enumerate() {
            for (d, cells) in cells.chunks_exact_mut(width).enumerate() {
                let size: f64 = cells[..kept].iter().sum();
                if size > 0.0 {
                    units[d].insert(unit);
                    for (t, sum) in cells.iter_mut().zip(&sums[d * width..]).take(n_levels) {
                        *t = (*t - sum / sizes[d] * size) / sizes[d];
                    }
                }
                // The last cell of a domain is no estimate.
                cells[n_levels] = 0.0;
            }
        }
        let base = |(d, units): (usize, UnitSet)| {
            let sum = |offset: usize| counts[d][offset..2 * kept].iter().step_by(2).sum::<f64>();
            Base::from_units(design, sum(0) as usize, sizes[d], sum(1), units)
        };
        let bases: Vec<Base> = units.into_iter().enumerate().map(base).collect();
        let refuses = options.missing == MissingOutcome::Refuse;
        let has_missing: Vec<bool> = counts.iter().map(|d| refuses && d[2 * n_levels] > 0.0).collect();
        let point = |c: usize| (sums[c / n_levels * width + c % n_levels], sizes[c / n_levels]);
        let points = (0..n_domains * n_levels).map(point).collect();
        let scores = UnitScores { n_columns: n_cells, data: totals };
        let block = shares_block(BlockTotals::Scores { scores, width, points }, n_levels, &has_missing);
        let request = Finished { names, domain_labels, domain_of_row: None, bases, options: options.clone() };
        finish(design, Quantity::Proportion, vec![block], request)
    }
}
