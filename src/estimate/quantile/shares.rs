//! Shares of values at or below several points, with their variances, in one pass.

use super::locate::Piece;
use crate::design::{Base, Domains, MISSING, SurveyDesign};
use crate::estimate::accumulate::accumulate;
use crate::estimate::{EstimateError, Options, Variable, means};
use crate::numeric::lanes::Totalled;

/// The share of the domain at or below each cut, and its variance.
///
/// Rows are added to the cell between two cuts; cumulated cells are the totals of all indicators `x ≤ cut` at once.
pub(super) fn at_or_below(
    design: &SurveyDesign,
    values: &[f64],
    mask: &[bool],
    base: &Base,
    cuts: &[f64],
) -> Result<Vec<(f64, f64)>, EstimateError> {
    if design.row_units().is_some() {
        return cuts.iter().map(|cut| one_by_one(design, values, mask, *cut)).collect();
    }
    let sorted = sorted(cuts);
    let n_cells = sorted.len() + 1;
    let cell = |(x, m): (&f64, &bool)| if *m { sorted.partition_point(|cut| cut < x) as u32 } else { MISSING };
    let cell_of_row: Vec<u32> = values.iter().zip(mask).map(cell).collect();
    let [totals] = accumulate(design, &cell_of_row, n_cells, [None]);
    let shares = of_cells(design, base, &totals.points, totals.parts.chunks_exact(n_cells));
    Ok(in_order_of(cuts, &sorted, &shares))
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
/// weights are all that a share needs.
pub(in crate::estimate) struct CutShares<'a> {
    cuts: &'a [Vec<f64>],
    sorted: Vec<Vec<f64>>,
    /// Where the cells of each domain begin, and where the last ones end.
    starts: Vec<usize>,
    lanes: Totalled,
}

impl<'a> CutShares<'a> {
    /// Shares before the first row; `cuts` are by domain.
    pub fn new(n_units: usize, cuts: &'a [Vec<f64>]) -> Self {
        let mut starts = vec![0];
        starts.extend(cuts.iter().scan(0, |end, cuts| {
            *end += cuts.len() + 1;
            Some(*end)
        }));
        let n_cells = starts[cuts.len()];
        Self {
            cuts,
            sorted: cuts.iter().map(|cuts| sorted(cuts)).collect(),
            starts,
            lanes: Totalled::new(n_units * n_cells),
        }
    }

    /// Adds the next rows.
    pub fn add(&mut self, piece: Piece<'_>) {
        let n_cells = self.starts[self.cuts.len()];
        let (starts, sorted) = (&self.starts, &self.sorted);
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
                    totals[unit as usize * n_cells + cell] += w;
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
            let units = || totals.chunks_exact(n_cells).map(|unit| &unit[cells.clone()]);
            let mut points = vec![0.0; cells.len()];
            units().for_each(|unit| points.iter_mut().zip(unit).for_each(|(sum, t)| *sum += t));
            in_order_of(&self.cuts[d], &self.sorted[d], &of_cells(design, base, &points, units()))
        };
        bases.iter().enumerate().map(shares).collect()
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

fn one_by_one(design: &SurveyDesign, values: &[f64], mask: &[bool], cut: f64) -> Result<(f64, f64), EstimateError> {
    let below = |x: &f64| if *x <= cut { 1.0 } else { 0.0 };
    let indicator = Variable::owned("below", values.iter().map(below).collect());
    let mean = means(design, &[indicator], &Domains::mask("domain", mask), &Options::default())?;
    let share = mean.get(0).and_then(|e| e.value).unwrap_or(f64::NAN);
    Ok((share, mean.variance(0)?))
}
