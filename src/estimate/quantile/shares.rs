//! Shares of values at or below several points, with their variances, in one pass.

use std::ops::Range;

use super::locate::Piece;
use crate::design::{Base, MISSING, RowUnits, SurveyDesign};
use crate::estimate::accumulate::accumulate;
use crate::estimate::lanes::Totalled;
use crate::estimate::replicate_totals::ByReplicate;

/// The share of the domain at or below each cut, and its variance.
///
/// Rows are added to the cell between two cuts; cumulated cells are the totals of all indicators `x ≤ cut` at once.
pub(super) fn at_or_below(
    design: &SurveyDesign,
    values: &[f64],
    mask: &[bool],
    base: &Base,
    cuts: &[f64],
) -> Vec<(f64, f64)> {
    let domains: Vec<u32> = mask.iter().map(|m| if *m { 0 } else { MISSING }).collect();
    if let Some(rows) = design.row_units() {
        let cuts = [cuts.to_vec()];
        let mut shares = CutShares::new(design, &cuts);
        shares.add(Piece { values, weights: design.weights(), domains: &domains, units: rows.stratum_of_row });
        return shares.finish(design, std::slice::from_ref(base)).swap_remove(0);
    }
    let sorted = sorted(cuts);
    let n_cells = sorted.len() + 1;
    let [totals] = accumulate(design, &cells(values, &domains, 0, &sorted), n_cells, [None]);
    let shares = of_cells(design, base, &totals.points, totals.parts.chunks_exact(n_cells));
    in_order_of(cuts, &sorted, &shares)
}

/// The cell between two cuts of each row of a domain.
fn cells(values: &[f64], domains: &[u32], domain: u32, sorted: &[f64]) -> Vec<u32> {
    let cell = |(x, d): (&f64, &u32)| match *d == domain && !x.is_nan() {
        true => sorted.partition_point(|cut| cut < x) as u32,
        false => MISSING,
    };
    values.iter().zip(domains).map(cell).collect()
}

fn sorted(cuts: &[f64]) -> Vec<f64> {
    let mut sorted = cuts.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// What belongs to sorted cuts, in the order in which the cuts were asked for.
fn in_order_of(cuts: &[f64], sorted: &[f64], shares: &[(f64, f64)]) -> Vec<(f64, f64)> {
    cuts.iter().map(|cut| shares[sorted.partition_point(|s| s.total_cmp(cut).is_lt())]).collect()
}

/// Shares up to each cell but the last, and their variances, from totals by cell: of all rows, and of each unit or replicate.
fn of_cells<'a>(
    design: &SurveyDesign,
    base: &Base,
    points: &[f64],
    parts: impl Iterator<Item = &'a [f64]>,
) -> Vec<(f64, f64)> {
    let n_cuts = points.len() - 1;
    let points = cumulated(points);
    let all = points[n_cuts];
    let is_replicate = design.replicates().is_some();
    let mut scores = Vec::new();
    for part in parts {
        let part = cumulated(part);
        let own = part[n_cuts];
        for (t, point) in part[..n_cuts].iter().zip(&points) {
            scores.push(if is_replicate { t / own - point / all } else { (t - point / all * own) / all });
        }
    }
    let variances = if design.form().borrows() {
        let column = |c: usize| scores.iter().skip(c).step_by(n_cuts).copied().collect::<Vec<f64>>();
        (0..n_cuts).map(|c| design.form().variance(&column(c), design.presence(&base.units))).collect()
    } else {
        design.form().variances(&scores, n_cuts)
    };
    points.iter().map(|point| point / all).zip(variances).collect()
}

/// Shares at or below the cuts of every domain, while rows come in: for designs in which totals by unit under one set of
/// weights are all that a share needs, or those by stratum where rows are the units.
pub(in crate::estimate) struct CutShares<'a> {
    cuts: &'a [Vec<f64>],
    sorted: Vec<Vec<f64>>,
    /// Where the cells of each domain begin, and where the last ones end.
    starts: Vec<usize>,
    /// Whether squared weights are summed beside the weights: rows are the units.
    has_squares: bool,
    lanes: Totalled,
}

impl<'a> CutShares<'a> {
    /// Shares before the first row; `cuts` are by domain.
    pub fn new(design: &SurveyDesign, cuts: &'a [Vec<f64>]) -> Self {
        let mut starts = vec![0];
        starts.extend(cuts.iter().scan(0, |end, cuts| {
            *end += cuts.len() + 1;
            Some(*end)
        }));
        let n_cells = starts[cuts.len()];
        let (has_squares, size) = match design.row_units() {
            Some(rows) => (true, 2 * rows.n.len() * n_cells),
            None => (false, design.n_units() * n_cells),
        };
        let sorted = cuts.iter().map(|cuts| sorted(cuts)).collect();
        Self { cuts, sorted, starts, has_squares, lanes: Totalled::new(size) }
    }

    /// Adds the next rows, with their units, or their strata where rows are the units.
    pub fn add(&mut self, piece: Piece<'_>) {
        let n_cells = self.starts[self.cuts.len()];
        let (starts, sorted, has_squares) = (&self.starts, &self.sorted, self.has_squares);
        self.lanes.add(piece.values.len(), |rows, totals| {
            let columns = piece.values[rows.clone()]
                .iter()
                .zip(&piece.weights[rows.clone()])
                .zip(&piece.domains[rows.clone()])
                .zip(&piece.units[rows]);
            for (((x, &w), &domain), &unit) in columns {
                if let Some(cuts) = sorted.get(domain as usize)
                    && w != 0.0
                    && !x.is_nan()
                {
                    let cell = starts[domain as usize] + cuts.partition_point(|cut| cut < x);
                    let slot = unit as usize * n_cells + cell;
                    if has_squares {
                        totals[2 * slot] += w;
                        totals[2 * slot + 1] += w * w;
                    } else {
                        totals[slot] += w;
                    }
                }
            }
        });
    }

    /// By domain, the share at or below each cut and its variance.
    pub fn finish(self, design: &SurveyDesign, bases: &[Base]) -> Vec<Vec<(f64, f64)>> {
        let n_cells = self.starts[self.cuts.len()];
        let totals = self.lanes.finish();
        let shares = |(d, base): (usize, &Base)| {
            let cells = self.starts[d]..self.starts[d + 1];
            let shares = match design.row_units() {
                Some(rows) => of_rows(&rows, &totals, n_cells, cells),
                None => {
                    let units = || totals.chunks_exact(n_cells).map(|unit| &unit[cells.clone()]);
                    let mut points = vec![0.0; cells.len()];
                    units().for_each(|unit| points.iter_mut().zip(unit).for_each(|(sum, t)| *sum += t));
                    of_cells(design, base, &points, units())
                }
            };
            in_order_of(&self.cuts[d], &self.sorted[d], &shares)
        };
        bases.iter().enumerate().map(shares).collect()
    }
}

/// Shares up to each cell of a domain but the last, where rows are the units, from weights and squared weights by stratum
/// and cell: the score of a member is `w ([x ≤ cut] − F)/W`.
fn of_rows(rows: &RowUnits<'_>, totals: &[f64], n_cells: usize, cells: Range<usize>) -> Vec<(f64, f64)> {
    let of_stratum = |h: usize, k: usize| {
        let of_cell = |cell: usize| totals[2 * (h * n_cells + cell) + k];
        cumulated(&cells.clone().map(of_cell).collect::<Vec<f64>>())
    };
    let strata = || 0..rows.n.len();
    let weights: Vec<Vec<f64>> = strata().map(|h| of_stratum(h, 0)).collect();
    let squares: Vec<Vec<f64>> = strata().map(|h| of_stratum(h, 1)).collect();
    let last = cells.len() - 1;
    let size: f64 = weights.iter().map(|w| w[last]).sum();
    let share = |cut: usize| {
        let p = weights.iter().map(|w| w[cut]).sum::<f64>() / size;
        let moment = |h: usize| {
            let (w, q) = (&weights[h], &squares[h]);
            let sum = w[cut] - p * w[last];
            let square = q[cut] * (1.0 - p) * (1.0 - p) + (q[last] - q[cut]) * p * p;
            (square - sum * sum / rows.n[h]).max(0.0) / (size * size)
        };
        (p, rows.variance(&strata().map(moment).collect::<Vec<f64>>()))
    };
    (0..last).map(share).collect()
}

/// The same for replicate weights: sums under each set of weights, domain by domain.
pub(in crate::estimate) struct ReplicateCutShares<'a> {
    cuts: &'a [Vec<f64>],
    sorted: Vec<Vec<f64>>,
    totals: Vec<ByReplicate<1>>,
}

impl<'a> ReplicateCutShares<'a> {
    /// Shares before the first row; `cuts` are by domain.
    pub fn new(n_replicates: usize, cuts: &'a [Vec<f64>]) -> Self {
        let totals = cuts.iter().map(|cuts| ByReplicate::new(n_replicates, cuts.len() + 1)).collect();
        Self { cuts, sorted: cuts.iter().map(|cuts| sorted(cuts)).collect(), totals }
    }

    /// Adds the next rows and their replicate weights.
    pub fn add(&mut self, piece: Piece<'_>, replicates: &[&[f64]]) {
        for ((domain, totals), sorted) in (0..).zip(&mut self.totals).zip(&self.sorted) {
            let cells = cells(piece.values, piece.domains, domain, sorted);
            totals.add(piece.weights, replicates, &cells, [None]);
        }
    }

    /// By domain, the share at or below each cut and its variance.
    pub fn finish(self, design: &SurveyDesign, bases: &[Base]) -> Vec<Vec<(f64, f64)>> {
        let Self { cuts, sorted, totals } = self;
        let shares = |(d, totals): (usize, ByReplicate<1>)| {
            let [totals] = totals.finish();
            let parts = totals.parts.chunks_exact(sorted[d].len() + 1);
            in_order_of(&cuts[d], &sorted[d], &of_cells(design, &bases[d], &totals.points, parts))
        };
        totals.into_iter().enumerate().map(shares).collect()
    }
}

fn cumulated(cells: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut add = |t: &f64| {
        sum += t;
        sum
    };
    cells.iter().map(&mut add).collect()
}
