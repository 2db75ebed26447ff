//! Rows as their own sampling units: moments by stratum and cell instead of one score a row and cell.
//!
//! A table of units × cells would be as long as the data. For units that are rows the variance needs only, by stratum, the
//! sum and the sum of squares of the scores of the members; all other rows of the stratum have the score 0. Scores themselves
//! are made again, row by row, when somebody asks for a covariance.

use std::sync::Arc;

use super::accumulate::scatter;
use super::axis::{Axis, overlap};
use crate::design::{MISSING, RowUnits, SurveyDesign};
use crate::numeric::lanes::Totalled;

/// Point and moments of one estimate.
#[derive(Clone, Debug)]
pub(super) struct RowCell {
    /// Total above the line.
    pub numerator: f64,
    /// Total below the line; absent for totals.
    pub denominator: Option<f64>,
    /// By stratum, the sum of squares of the scores of all its rows around their mean.
    pub squares: Vec<f64>,
    /// Absent where the rows are not kept.
    pub score: Option<RowScore>,
}

/// The recipe of the scores of one estimate.
#[derive(Clone, Debug)]
pub(super) struct RowScore {
    source: Arc<RowSource>,
    /// The cells of the domain.
    domain: Vec<u32>,
    /// The answers, for shares.
    levels: Vec<u32>,
    ratio: f64,
    scale: f64,
    /// By stratum, the sum of the scores.
    sums: Vec<f64>,
}

/// Columns that scores are made from.
#[derive(Debug)]
pub(super) enum RowSource {
    /// The answer of each row.
    Answers(Vec<u32>),
    /// Values above and below the line (1 where there are none below a mean, 0 below a total).
    Values { y: Vec<f64>, x: Option<Vec<f64>>, is_total: bool },
}

impl RowScore {
    /// One score a row, 0 outside the domain.
    pub fn column(&self, design: &SurveyDesign, domain_of_row: &[u32]) -> Vec<f64> {
        let rest = |i: usize| match &*self.source {
            RowSource::Answers(answers) => f64::from(u8::from(self.levels.contains(&answers[i]))) - self.ratio,
            RowSource::Values { y, is_total: true, .. } => y[i],
            RowSource::Values { y, x, .. } => y[i] - self.ratio * x.as_ref().map_or(1.0, |x| x[i]),
        };
        let rows = domain_of_row.iter().zip(design.weights()).enumerate();
        let is_in = |d: &u32, w: &f64| self.domain.contains(d) && *w != 0.0;
        rows.map(|(i, (d, w))| if is_in(d, w) { w * rest(i) / self.scale } else { 0.0 }).collect()
    }

    /// The covariance of two estimates without a look at the rows, where their domains have no row in common: only the
    /// stratum means are then shared.
    pub fn covariance_apart(&self, other: &Self, units: &RowUnits<'_>) -> Option<f64> {
        let product = |((a, b), n): ((&f64, &f64), &f64)| -a * b / n;
        let products = || self.sums.iter().zip(&other.sums).zip(units.n).map(product).collect::<Vec<f64>>();
        (!overlap(&self.domain, &other.domain)).then(|| units.variance(&products()))
    }
}

/// A table of shares, and where each row falls.
pub(super) struct Shares<'a> {
    pub stub: &'a Axis<'a>,
    pub banner: &'a Axis<'a>,
    /// The domain of each row of the base, and its cell there: `n_levels` answers and one more for missing ones, by domain.
    pub domain_of_row: &'a [u32],
    pub cell_of_row: &'a [u32],
}

/// Shares of answers: the score of a member is `w ([answer] − p)/W`, so sums of weights and of squared weights suffice.
pub(super) fn shares(design: &SurveyDesign, units: &RowUnits<'_>, request: &Shares<'_>) -> Vec<RowCell> {
    let n_strata = units.n.len();
    let by_stratum = |cell_of_row, n_cells| {
        let values = [None, Some(design.weights())];
        scatter(design.weights(), Some(units.stratum_of_row), n_strata, cell_of_row, n_cells, values)
    };
    let n_domains = request.banner.n_cells();
    let [sums, squares] = by_stratum(request.cell_of_row, n_domains * (request.stub.n_cells() + 1));
    let [all, all_squares] = by_stratum(request.domain_of_row, n_domains);
    let source = Arc::new(RowSource::Answers(request.stub.cell_of_row().to_vec()));
    ShareSums { sums, squares, all, all_squares }.cells(request.stub, request.banner, units.n, Some(&source))
}

/// Sums by stratum and cell: of weights and of squared weights, of the answers and of whole domains.
pub(super) struct ShareSums {
    pub sums: Vec<f64>,
    pub squares: Vec<f64>,
    pub all: Vec<f64>,
    pub all_squares: Vec<f64>,
}

impl ShareSums {
    /// The share of each line in each column; `n` are the rows of the strata.
    pub fn cells(
        &self,
        stub: &Axis<'_>,
        banner: &Axis<'_>,
        n: &[f64],
        source: Option<&Arc<RowSource>>,
    ) -> Vec<RowCell> {
        let (n_domains, n_strata) = (banner.n_cells(), n.len());
        let per_domain = stub.n_cells() + 1;
        let width = n_domains * per_domain;
        let share = |(domains, levels): (&Vec<u32>, &Vec<u32>)| {
            let slots =
                || domains.iter().flat_map(|d| levels.iter().map(move |l| *d as usize * per_domain + *l as usize));
            let answered = |table: &[f64], h: usize| -> f64 { slots().map(|slot| table[h * width + slot]).sum() };
            let size_of =
                |table: &[f64], h: usize| -> f64 { domains.iter().map(|&d| table[h * n_domains + d as usize]).sum() };
            let numerator: f64 = (0..n_strata).map(|h| answered(&self.sums, h)).sum();
            let size: f64 = (0..n_strata).map(|h| size_of(&self.all, h)).sum();
            let p = numerator / size;
            // Members with the answer have 1 − p, the others −p.
            let sum_in = |h: usize| answered(&self.sums, h) - p * size_of(&self.all, h);
            let moment = |h: usize| {
                let (q, w2, sum) = (answered(&self.squares, h), size_of(&self.all_squares, h), sum_in(h));
                let square = q * (1.0 - p) * (1.0 - p) + (w2 - q) * p * p;
                (square - sum * sum / n[h]).max(0.0) / (size * size)
            };
            let score = |source: &Arc<RowSource>| RowScore {
                source: Arc::clone(source),
                domain: domains.clone(),
                levels: levels.clone(),
                ratio: p,
                scale: size,
                sums: (0..n_strata).map(|h| sum_in(h) / size).collect(),
            };
            RowCell {
                numerator,
                denominator: Some(size),
                squares: (0..n_strata).map(moment).collect(),
                score: source.map(score),
            }
        };
        let columns = banner.members().iter();
        columns.flat_map(|domains| stub.members().iter().map(move |levels| (domains, levels))).map(share).collect()
    }
}

/// What stands below the line of a numeric estimate.
pub(super) enum RowBelow<'a> {
    /// Nothing: a total.
    Nothing,
    /// The number of rows: a mean.
    Size,
    /// Another variable.
    Values(&'a [f64]),
}

/// Totals, means or ratios by domain: one pass for the points, one for the moments of the residuals.
pub(super) fn values(
    design: &SurveyDesign,
    units: &RowUnits<'_>,
    y: &[f64],
    below: &RowBelow<'_>,
    domain_of_row: &[u32],
    n_domains: usize,
) -> Vec<RowCell> {
    let x = match below {
        RowBelow::Values(x) => Some(*x),
        _ => None,
    };
    let [above, below_line] = scatter(design.weights(), None, 1, domain_of_row, n_domains, [Some(y), x]);
    let is_total = matches!(below, RowBelow::Nothing);
    let points = Points { above, below: (!is_total).then_some(below_line) };
    let rest = points.residuals(y, x, domain_of_row);
    let groups = Some(units.stratum_of_row);
    let [sums] = scatter(design.weights(), groups, units.n.len(), domain_of_row, n_domains, [Some(rest.as_slice())]);
    let mut squares = Squares::new(points, sums, units.n);
    squares.add(design.weights(), &rest, units.stratum_of_row, domain_of_row);
    squares.cells(Some(Arc::new(RowSource::Values { y: y.to_vec(), x: x.map(<[f64]>::to_vec), is_total })))
}

/// Totals above and below the line by domain; none below for totals.
pub(super) struct Points {
    pub above: Vec<f64>,
    pub below: Option<Vec<f64>>,
}

impl Points {
    fn ratio(&self, domain: usize) -> f64 {
        self.below.as_ref().map_or(0.0, |below| self.above[domain] / below[domain])
    }

    /// What is left of each row once the ratio of its domain is taken out.
    pub fn residuals(&self, y: &[f64], x: Option<&[f64]>, domain_of_row: &[u32]) -> Vec<f64> {
        let residual = |(i, &d): (usize, &u32)| match d {
            MISSING => 0.0,
            d => y[i] - self.ratio(d as usize) * x.map_or(1.0, |x| x[i]),
        };
        domain_of_row.iter().enumerate().map(residual).collect()
    }
}

/// The last look at the rows: squares around the mean of each stratum, as squares less the square of the sum would cancel
/// for values far from 0.
pub(super) struct Squares<'a> {
    points: Points,
    /// Weighted residuals by stratum and domain.
    sums: Vec<f64>,
    /// Mean residual by stratum and domain, members of no domain with 0.
    means: Vec<f64>,
    n: &'a [f64],
    lanes: Totalled,
}

impl<'a> Squares<'a> {
    /// Before the first row; `sums` are the weighted residuals by stratum and domain, `n` the rows of the strata.
    pub fn new(points: Points, sums: Vec<f64>, n: &'a [f64]) -> Self {
        let n_domains = points.above.len().max(1);
        let lanes = Totalled::new(2 * sums.len());
        let means = sums.iter().enumerate().map(|(slot, sum)| sum / n[slot / n_domains]).collect();
        Self { points, sums, means, n, lanes }
    }

    /// The totals above and below the line.
    pub fn points(&self) -> &Points {
        &self.points
    }

    /// Adds the next rows.
    pub fn add(&mut self, weights: &[f64], rest: &[f64], stratum_of_row: &[u32], domain_of_row: &[u32]) {
        let (n_domains, means) = (self.points.above.len(), &self.means);
        self.lanes.add(domain_of_row.len(), |rows, found| {
            for i in rows {
                let w = weights[i];
                if domain_of_row[i] != MISSING && w != 0.0 {
                    let slot = stratum_of_row[i] as usize * n_domains + domain_of_row[i] as usize;
                    let around = w * rest[i] - means[slot];
                    found[2 * slot] += around * around;
                    found[2 * slot + 1] += 1.0;
                }
            }
        });
    }

    /// The estimates of all domains.
    pub fn cells(self, source: Option<Arc<RowSource>>) -> Vec<RowCell> {
        let (points, sums, means, n) = (self.points, self.sums, self.means, self.n);
        let n_domains = points.above.len();
        let centred = self.lanes.finish();
        let cell = |d: usize| {
            let scale = points.below.as_ref().map_or(1.0, |below| below[d]);
            let moment = |h: usize| {
                let slot = h * n_domains + d;
                let (members, others) = (centred[2 * slot], n[h] - centred[2 * slot + 1]);
                (members + others * means[slot] * means[slot]) / (scale * scale)
            };
            let score = |source: &Arc<RowSource>| RowScore {
                source: Arc::clone(source),
                domain: vec![d as u32],
                levels: Vec::new(),
                ratio: points.ratio(d),
                scale,
                sums: (0..n.len()).map(|h| sums[h * n_domains + d] / scale).collect(),
            };
            RowCell {
                numerator: points.above[d],
                denominator: points.below.as_ref().map(|below| below[d]),
                squares: (0..n.len()).map(moment).collect(),
                score: source.as_ref().map(score),
            }
        };
        (0..n_domains).map(cell).collect()
    }
}
