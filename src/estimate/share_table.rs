//! The table of an outcome by domains, while rows come in.

use super::accumulate::Lanes;
use super::axis::{Axis, Cells};
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

    /// Numbers that the totals of a table are.
    fn size(n_units: usize, n_levels: usize, n_domains: usize) -> usize {
        (n_units + 2) * n_domains * (n_levels + 1)
    }

    /// Bytes that a table holds while rows come in.
    pub fn bytes(n_units: usize, n_levels: usize, n_domains: usize) -> usize {
        Lanes::bytes(Self::size(n_units, n_levels, n_domains))
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

    /// The estimates, column by column, in each line by line.
    pub fn finish(self, design: &SurveyDesign, stub: &Axis<'_>, banner: &Axis<'_>, options: &Options) -> Estimates {
        let (n_units, width, n_cells) = (self.n_units, self.width(), self.n_cells());
        let missing_level = self.n_levels;
        let mut totals = self.lanes.finish();
        let counts = totals.split_off(n_units * n_cells);
        let counts: Vec<&[f64]> = counts.chunks_exact(2 * width).collect();
        // Rows without an answer are outside the base, or stay in it.
        let kept = if options.missing == MissingOutcome::Exclude { missing_level } else { width };
        let mut units = vec![UnitSet::new(n_units); self.n_domains];
        let mut sums = vec![0.0; n_cells];
        for (unit, cells) in totals.chunks_exact(n_cells.max(1)).enumerate() {
            sums.iter_mut().zip(cells).for_each(|(sum, t)| *sum += t);
            for (units, cells) in units.iter_mut().zip(cells.chunks_exact(width)) {
                if cells[..kept].iter().sum::<f64>() > 0.0 {
                    units.insert(unit);
                }
            }
        }
        let base = |(d, units): (usize, UnitSet)| {
            let sum = |offset: usize| counts[d][offset..2 * kept].iter().step_by(2).sum::<f64>();
            let size = sums[d * width..][..kept].iter().sum();
            Base::from_units(design, sum(0) as usize, size, sum(1), units)
        };
        let cells =
            Cells { members: banner.members().to_vec(), bases: units.into_iter().enumerate().map(base).collect() };
        let refuses = options.missing == MissingOutcome::Refuse;
        let has_missing: Vec<bool> = banner
            .members()
            .iter()
            .map(|cells| refuses && cells.iter().any(|&c| counts[c as usize][2 * missing_level] > 0.0))
            .collect();
        let lines = Lines { stub, banner, width, kept };
        let sums = lines.of(&sums);
        let mut scores = if stub.is_plain() && banner.is_plain() {
            lines.in_place(totals)
        } else {
            lines.of_units(&totals, n_cells)
        };
        let n_lines = stub.len();
        for unit in scores.chunks_exact_mut(sums.len().max(1)) {
            for (own, all) in unit.chunks_exact_mut(n_lines + 1).zip(sums.chunks_exact(n_lines + 1)) {
                let (size, whole) = (own[n_lines], all[n_lines]);
                if size > 0.0 {
                    for (t, sum) in own[..n_lines].iter_mut().zip(all) {
                        *t = (*t - sum / whole * size) / whole;
                    }
                }
                // The last place of a column is no estimate.
                own[n_lines] = 0.0;
            }
        }
        let point = |i: usize| {
            let column = &sums[i / n_lines * (n_lines + 1)..];
            (column[i % n_lines], column[n_lines])
        };
        let points = (0..banner.len() * n_lines).map(point).collect();
        let scores = UnitScores { n_columns: sums.len(), data: scores };
        let totals = BlockTotals::Scores { scores, width: n_lines + 1, points };
        let block = shares_block(totals, n_lines, &has_missing);
        let (bases, overlapping) = match banner.is_plain() {
            true => (cells.bases, None),
            false => (cells.of_columns(design, None, None), Some(cells)),
        };
        let request = Finished {
            names: stub.labels().to_vec(),
            domain_labels: banner.labels().to_vec(),
            domain_of_row: None,
            bases,
            overlapping,
            options: options.clone(),
        };
        finish(design, Quantity::Proportion, vec![block], request)
    }
}

/// From totals of cells to totals of what the table shows: column by column its lines, and then its size.
struct Lines<'a> {
    stub: &'a Axis<'a>,
    banner: &'a Axis<'a>,
    /// Cells of a domain: the answers, and rows without one.
    width: usize,
    /// Of these, the cells that are in the base.
    kept: usize,
}

impl Lines<'_> {
    /// The size of each domain takes the place of its rows without an answer.
    fn in_place(&self, mut totals: Vec<f64>) -> Vec<f64> {
        for cells in totals.chunks_exact_mut(self.width) {
            cells[self.width - 1] = cells[..self.kept].iter().sum();
        }
        totals
    }

    fn of_units(&self, totals: &[f64], n_cells: usize) -> Vec<f64> {
        let size = self.banner.len() * (self.stub.len() + 1);
        let mut out = vec![0.0; totals.len() / n_cells.max(1) * size];
        for (cells, out) in totals.chunks_exact(n_cells.max(1)).zip(out.chunks_exact_mut(size.max(1))) {
            self.add(cells, out);
        }
        out
    }

    fn of(&self, cells: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.banner.len() * (self.stub.len() + 1)];
        self.add(cells, &mut out);
        out
    }

    fn add(&self, cells: &[f64], out: &mut [f64]) {
        let n_lines = self.stub.len();
        for (domains, out) in self.banner.members().iter().zip(out.chunks_exact_mut(n_lines + 1)) {
            for &domain in domains {
                let own = &cells[domain as usize * self.width..][..self.width];
                for (levels, out) in self.stub.members().iter().zip(out.iter_mut()) {
                    *out += levels.iter().map(|&level| own[level as usize]).sum::<f64>();
                }
                out[n_lines] += own[..self.kept].iter().sum::<f64>();
            }
        }
    }
}
