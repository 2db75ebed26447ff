//! The table of an outcome by domains, while rows come in.

use std::sync::Arc;

use rayon::prelude::*;

use super::axis::{Axis, Cells};
use super::estimates::Estimates;
use super::finish::{BlockTotals, Finished, Quantity, finish};
use super::options::{MissingOutcome, Options};
use super::pairs::{PairSums, units_with_members};
use super::proportions::shares_block;
use crate::design::{Base, MISSING, MemberIndex, MemberScores, SurveyDesign, UnitSet};
use crate::numeric::lanes::{LANE_BYTES, Lanes, n_lanes};

/// Weights by sampling unit, domain and answer; and by domain and answer, the number of rows and the sum of squared weights.
///
/// Rows may come in any number of pieces. For designs in which totals by unit under one set of weights are all that a share
/// needs.
pub(super) struct ShareTable {
    lanes: Lanes<Lane>,
    n_units: usize,
    n_levels: usize,
    n_domains: usize,
}

/// The sums of some blocks of rows.
struct Lane {
    /// Weights; in each pair of unit and domain the answers, and one more cell for rows without an answer.
    weights: PairSums,
    /// By domain and cell, rows and squared weights.
    counts: Vec<(f64, f64)>,
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
        let lanes = Lanes::new(Self::lane_bytes(n_units, n_levels, n_domains));
        Self { lanes, n_units, n_levels, n_domains }
    }

    /// Bytes that decide how many lanes there are. Two at least: a table holds only the pairs that occur, so it is mostly
    /// smaller than it could be.
    fn lane_bytes(n_units: usize, n_levels: usize, n_domains: usize) -> usize {
        (8 * (n_units + 2) * n_domains * (n_levels + 1)).min(LANE_BYTES)
    }

    /// Bytes that a table may hold while rows come in.
    pub fn bytes(n_units: usize, n_levels: usize, n_domains: usize) -> usize {
        let n_lanes = n_lanes(Self::lane_bytes(n_units, n_levels, n_domains));
        n_lanes * n_domains * (4 * n_units + 8 * (n_units + 2) * (n_levels + 1))
    }

    fn empty_lane(n_units: usize, n_domains: usize, width: usize, n_rows: usize) -> Lane {
        let weights = PairSums::new(n_units, n_domains, width, n_rows);
        Lane { weights, counts: vec![(0.0, 0.0); n_domains * width] }
    }

    /// Adds the next rows; weight 0 and domain [`MISSING`] are outside.
    pub fn add(&mut self, piece: Piece<'_>) {
        let (n_units, n_domains, width) = (self.n_units, self.n_domains, self.n_levels + 1);
        let rows_of_lane = piece.weights.len() / n_lanes(Self::lane_bytes(n_units, self.n_levels, n_domains));
        let empty = || Self::empty_lane(n_units, n_domains, width, rows_of_lane);
        self.lanes.add(piece.weights.len(), empty, |rows, lane| {
            let columns = piece.answers[rows.clone()]
                .iter()
                .zip(&piece.domains[rows.clone()])
                .zip(&piece.weights[rows.clone()])
                .zip(&piece.unit_of_row[rows]);
            for (((&answer, &domain), &w), &unit) in columns {
                if domain != MISSING && w != 0.0 {
                    let answer = (answer as usize).min(width - 1);
                    lane.weights.of(unit, domain)[answer] += w;
                    let (n, squares) = &mut lane.counts[domain as usize * width + answer];
                    *n += 1.0;
                    *squares += w * w;
                }
            }
        });
    }

    /// The estimates, column by column, in each line by line.
    pub fn finish(self, design: &SurveyDesign, stub: &Axis<'_>, banner: &Axis<'_>, options: &Options) -> Estimates {
        let (n_units, n_domains, missing_level) = (self.n_units, self.n_domains, self.n_levels);
        let width = missing_level + 1;
        let mut lanes = self.lanes.finish();
        let mut all = lanes.next().unwrap_or_else(|| Self::empty_lane(n_units, n_domains, width, 0));
        for lane in lanes {
            all.weights.absorb(&lane.weights);
            for ((n, squares), (more, more_squares)) in all.counts.iter_mut().zip(lane.counts) {
                *n += more;
                *squares += more_squares;
            }
        }
        let counts: Vec<&[(f64, f64)]> = all.counts.chunks_exact(width).collect();
        let (index, weights) = all.weights.in_order();
        // Rows without an answer are outside the base, or stay in it.
        let kept = if options.missing == MissingOutcome::Exclude { missing_level } else { width };
        let size_of = |pair: usize| weights[pair * width..][..kept].iter().sum::<f64>();
        let base = |(d, units): (usize, UnitSet)| {
            let (n, squares) = counts[d][..kept].iter().fold((0.0, 0.0), |sum, more| (sum.0 + more.0, sum.1 + more.1));
            let size = index.members(d).map(|(pair, _)| size_of(pair)).sum();
            Base::from_units(design, n as usize, size, squares, units)
        };
        let bases = units_with_members(&index, size_of).into_iter().enumerate().map(base).collect();
        let cells = Cells { members: banner.members().to_vec(), bases };
        let refuses = options.missing == MissingOutcome::Refuse;
        let has_missing: Vec<bool> = banner
            .members()
            .iter()
            .map(|cells| refuses && cells.iter().any(|&c| counts[c as usize][missing_level].0 > 0.0))
            .collect();
        let (index, mut cells_of_pairs) = Lines { stub, banner, width, kept }.of(index, weights);
        let n_lines = stub.len();
        let mut rest = cells_of_pairs.as_mut_slice();
        let cut = |column: usize| rest.split_off_mut(..index.n_members(column) * (n_lines + 1)).unwrap_or_default();
        let columns: Vec<&mut [f64]> = (0..banner.len()).map(cut).collect();
        let points = columns.into_par_iter().flat_map_iter(|cells| to_scores(cells, n_lines)).collect();
        let scores = MemberScores::new(index, n_lines, n_lines + 1, cells_of_pairs);
        let block = shares_block(BlockTotals::Members { scores, points }, n_lines, &has_missing);
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

/// Turns the weights of lines and, last, of all rows of each unit of a column into the scores of the lines, in place; and gives
/// the totals above and below the line of each.
fn to_scores(units: &mut [f64], n_lines: usize) -> impl Iterator<Item = (f64, Option<f64>)> {
    let mut sums = vec![0.0; n_lines + 1];
    for unit in units.chunks_exact(n_lines + 1) {
        sums.iter_mut().zip(unit).for_each(|(sum, w)| *sum += w);
    }
    let whole = sums.pop().unwrap_or_default();
    let shares: Vec<f64> = sums.iter().map(|sum| sum / whole).collect();
    for unit in units.chunks_exact_mut(n_lines + 1) {
        let size = unit[n_lines];
        for (w, share) in unit.iter_mut().zip(&shares) {
            *w = if whole > 0.0 { (*w - share * size) / whole } else { 0.0 };
        }
    }
    sums.into_iter().map(move |sum| (sum, Some(whole)))
}

/// From weights of cells to weights of what the table shows: column by column its lines, and then its size.
struct Lines<'a> {
    stub: &'a Axis<'a>,
    banner: &'a Axis<'a>,
    /// Cells of a domain: the answers, and rows without one.
    width: usize,
    /// Of these, the cells that are in the base.
    kept: usize,
}

impl Lines<'_> {
    /// The weights of each pair of unit and column.
    fn of(&self, index: Arc<MemberIndex>, mut weights: Vec<f64>) -> (Arc<MemberIndex>, Vec<f64>) {
        if self.stub.is_plain() && self.banner.is_plain() {
            // The size takes the place of the rows without an answer.
            for cells in weights.chunks_exact_mut(self.width) {
                cells[self.width - 1] = cells[..self.kept].iter().sum();
            }
            return (index, weights);
        }
        let mut shown = PairSums::new(index.n_units(), self.banner.len(), self.stub.len() + 1, 0);
        for (column, domains) in (0..).zip(self.banner.members()) {
            for (pair, unit) in domains.iter().flat_map(|&domain| index.members(domain as usize)) {
                let cells = &weights[pair * self.width..][..self.width];
                self.add(cells, shown.of(unit as u32, column));
            }
        }
        shown.in_order()
    }

    fn add(&self, cells: &[f64], lines: &mut [f64]) {
        for (levels, line) in self.stub.members().iter().zip(lines.iter_mut()) {
            *line += levels.iter().map(|&level| cells[level as usize]).sum::<f64>();
        }
        if let Some(size) = lines.last_mut() {
            *size += cells[..self.kept].iter().sum::<f64>();
        }
    }
}
