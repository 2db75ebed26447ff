//! Rows as their own sampling units: moments by stratum and cell instead of one score a row and cell.
//!
//! A table of units × cells would be as long as the data. For units that are rows the variance needs only, by stratum, the
//! sum and the sum of squares of the scores of the members; all other rows of the stratum have the score 0. Scores themselves
//! are made again, row by row, when somebody asks for a covariance.

use std::sync::Arc;

use super::accumulate::scatter;
use super::axis::{Axis, overlap};
use super::lanes::in_lanes;
use crate::design::{MISSING, RowUnits, SurveyDesign};

/// Point and moments of one estimate.
#[derive(Clone, Debug)]
pub(super) struct RowCell {
    /// Total above the line.
    pub numerator: f64,
    /// Total below the line; absent for totals.
    pub denominator: Option<f64>,
    /// By stratum, the sum of squares of the scores of all its rows around their mean.
    pub squares: Vec<f64>,
    pub score: RowScore,
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
enum RowSource {
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
    let per_domain = request.stub.n_cells() + 1;
    let width = n_domains * per_domain;
    let [sums, squares] = by_stratum(request.cell_of_row, width);
    let [all, all_squares] = by_stratum(request.domain_of_row, n_domains);
    let source = Arc::new(RowSource::Answers(request.stub.cell_of_row().to_vec()));
    let share = |(domains, levels): (&Vec<u32>, &Vec<u32>)| {
        let slots = || domains.iter().flat_map(|d| levels.iter().map(move |l| *d as usize * per_domain + *l as usize));
        let answered = |table: &[f64], h: usize| -> f64 { slots().map(|slot| table[h * width + slot]).sum() };
        let size_of =
            |table: &[f64], h: usize| -> f64 { domains.iter().map(|&d| table[h * n_domains + d as usize]).sum() };
        let numerator: f64 = (0..n_strata).map(|h| answered(&sums, h)).sum();
        let size: f64 = (0..n_strata).map(|h| size_of(&all, h)).sum();
        let p = numerator / size;
        // Members with the answer have 1 − p, the others −p.
        let sum_in = |h: usize| answered(&sums, h) - p * size_of(&all, h);
        let moment = |h: usize| {
            let (q, w2, sum) = (answered(&squares, h), size_of(&all_squares, h), sum_in(h));
            let square = q * (1.0 - p) * (1.0 - p) + (w2 - q) * p * p;
            (square - sum * sum / units.n[h]).max(0.0) / (size * size)
        };
        RowCell {
            numerator,
            denominator: Some(size),
            squares: (0..n_strata).map(moment).collect(),
            score: RowScore {
                source: Arc::clone(&source),
                domain: domains.clone(),
                levels: levels.clone(),
                ratio: p,
                scale: size,
                sums: (0..n_strata).map(|h| sum_in(h) / size).collect(),
            },
        }
    };
    let columns = request.banner.members().iter();
    columns.flat_map(|domains| request.stub.members().iter().map(move |levels| (domains, levels))).map(share).collect()
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
    let [numerators, denominators] = scatter(design.weights(), None, 1, domain_of_row, n_domains, [Some(y), x]);
    let denominators = (!matches!(below, RowBelow::Nothing)).then_some(denominators);
    let ratio = |d: usize| denominators.as_ref().map_or(0.0, |below| numerators[d] / below[d]);
    let residual = |(i, &d): (usize, &u32)| match d {
        MISSING => 0.0,
        d => y[i] - ratio(d as usize) * x.map_or(1.0, |x| x[i]),
    };
    let rest: Vec<f64> = domain_of_row.iter().enumerate().map(residual).collect();
    let n_strata = units.n.len();
    let groups = Some(units.stratum_of_row);
    let [sums] = scatter(design.weights(), groups, n_strata, domain_of_row, n_domains, [Some(rest.as_slice())]);
    let mean = |slot: usize| sums[slot] / units.n[slot / n_domains];
    // A third look at the rows, centred: squares less the square of the sum would cancel for values far from 0.
    let centred = in_lanes(domain_of_row.len(), 2 * sums.len(), |rows, found| {
        for i in rows {
            let w = design.weights()[i];
            if domain_of_row[i] != MISSING && w != 0.0 {
                let slot = units.stratum_of_row[i] as usize * n_domains + domain_of_row[i] as usize;
                let around = w * rest[i] - mean(slot);
                found[2 * slot] += around * around;
                found[2 * slot + 1] += 1.0;
            }
        }
    });
    let is_total = matches!(below, RowBelow::Nothing);
    let ratios: Vec<f64> = (0..n_domains).map(ratio).collect();
    let source = Arc::new(RowSource::Values { y: y.to_vec(), x: x.map(<[f64]>::to_vec), is_total });
    let cell = |d: usize| {
        let scale = denominators.as_ref().map_or(1.0, |below| below[d]);
        let moment = |h: usize| {
            let slot = h * n_domains + d;
            let (members, others) = (centred[2 * slot], units.n[h] - centred[2 * slot + 1]);
            (members + others * mean(slot) * mean(slot)) / (scale * scale)
        };
        RowCell {
            numerator: numerators[d],
            denominator: denominators.as_ref().map(|below| below[d]),
            squares: (0..n_strata).map(moment).collect(),
            score: RowScore {
                source: Arc::clone(&source),
                domain: vec![d as u32],
                levels: Vec::new(),
                ratio: ratios[d],
                scale,
                sums: (0..n_strata).map(|h| sums[h * n_domains + d] / scale).collect(),
            },
        }
    };
    (0..n_domains).map(cell).collect()
}
