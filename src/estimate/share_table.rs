//! The table of an outcome by domains, while rows come in.

use super::estimates::Estimates;
use super::finish::{BlockTotals, Finished, Quantity, finish};
use super::lanes::{LANE_BYTES, Lanes};
use super::options::{MissingOutcome, Options};
use super::pairs::{PairSums, units_with_members};
use super::proportions::shares_block;
use crate::design::{Base, MISSING, MemberScores, SurveyDesign, UnitSet};

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
        // Two lanes at least: a table holds only the pairs that occur, so it is mostly smaller than it could be.
        let bytes = (8 * Self::size(n_units, n_levels, n_domains)).min(LANE_BYTES);
        Self { lanes: Lanes::new(bytes), n_units, n_levels, n_domains }
    }

    /// Numbers that a table may hold.
    pub fn size(n_units: usize, n_levels: usize, n_domains: usize) -> usize {
        (n_units + 2) * n_domains * (n_levels + 1)
    }

    fn empty_lane(n_units: usize, n_domains: usize, width: usize) -> Lane {
        Lane { weights: PairSums::new(n_units, n_domains, width), counts: vec![(0.0, 0.0); n_domains * width] }
    }

    /// Adds the next rows; weight 0 and domain [`MISSING`] are outside.
    pub fn add(&mut self, piece: Piece<'_>) {
        let (n_units, n_domains, width) = (self.n_units, self.n_domains, self.n_levels + 1);
        let empty = || Self::empty_lane(n_units, n_domains, width);
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

    /// The estimates; weights become the scores.
    pub fn finish(
        self,
        design: &SurveyDesign,
        names: Vec<String>,
        domain_labels: Vec<String>,
        options: &Options,
    ) -> Estimates {
        let (n_units, n_levels, n_domains) = (self.n_units, self.n_levels, self.n_domains);
        let width = n_levels + 1;
        let mut lanes = self.lanes.finish();
        let mut all = lanes.next().unwrap_or_else(|| Self::empty_lane(n_units, n_domains, width));
        for lane in lanes {
            all.weights.absorb(&lane.weights);
            for ((n, squares), (more, more_squares)) in all.counts.iter_mut().zip(lane.counts) {
                *n += more;
                *squares += more_squares;
            }
        }
        let (index, weights) = all.weights.in_order();
        // Rows without an answer are outside the base, or stay in it.
        let kept = if options.missing == MissingOutcome::Exclude { n_levels } else { width };
        let sizes: Vec<f64> = weights.chunks_exact(width).map(|pair| pair[..kept].iter().sum()).collect();
        let mut scores = Vec::with_capacity(index.n_pairs() * n_levels);
        let mut points = Vec::with_capacity(n_domains * n_levels);
        let mut bases = Vec::with_capacity(n_domains);
        let mut has_missing = Vec::with_capacity(n_domains);
        let refuses = options.missing == MissingOutcome::Refuse;
        let mut sums = vec![0.0; width];
        let units: Vec<UnitSet> = units_with_members(&index, |pair| sizes[pair]);
        for ((d, units), counts) in units.into_iter().enumerate().zip(all.counts.chunks_exact(width)) {
            sums.fill(0.0);
            for (pair, _) in index.members(d) {
                sums.iter_mut().zip(&weights[pair * width..]).for_each(|(sum, w)| *sum += w);
            }
            let size: f64 = sums[..kept].iter().sum();
            for (pair, _) in index.members(d) {
                let own = sizes[pair];
                let score = |(w, sum): (&f64, &f64)| if size > 0.0 { (w - sum / size * own) / size } else { 0.0 };
                scores.extend(weights[pair * width..].iter().zip(&sums).take(n_levels).map(score));
            }
            points.extend(sums[..n_levels].iter().map(|sum| (*sum, Some(size))));
            let (n, squares) = counts[..kept].iter().fold((0.0, 0.0), |sum, more| (sum.0 + more.0, sum.1 + more.1));
            bases.push(Base::from_units(design, n as usize, size, squares, units));
            has_missing.push(refuses && counts[n_levels].0 > 0.0);
        }
        let scores = MemberScores::new(index, n_levels, scores);
        let block = shares_block(BlockTotals::Members { scores, points }, n_levels, &has_missing);
        let request = Finished { names, domain_labels, domain_of_row: None, bases, options: options.clone() };
        finish(design, Quantity::Proportion, vec![block], request)
    }
}
