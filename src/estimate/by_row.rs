//! Rows as their own sampling units: moments by stratum and cell instead of one score a row and cell.
//!
//! A table of units × cells would be as long as the data. For units that are rows the variance needs only, by stratum, the
//! sum and the sum of squares of the scores of the members; all other rows of the stratum have the score 0. Scores themselves
//! are made again, row by row, when somebody asks for a covariance.

use std::sync::Arc;

use super::accumulate::scatter;
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
    domain: u32,
    /// The answer, for shares.
    level: u32,
    ratio: f64,
    scale: f64,
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
            RowSource::Answers(answers) => f64::from(u8::from(answers[i] == self.level)) - self.ratio,
            RowSource::Values { y, is_total: true, .. } => y[i],
            RowSource::Values { y, x, .. } => y[i] - self.ratio * x.as_ref().map_or(1.0, |x| x[i]),
        };
        let rows = domain_of_row.iter().zip(design.weights()).enumerate();
        rows.map(|(i, (&d, w))| if d == self.domain && *w != 0.0 { w * rest(i) / self.scale } else { 0.0 }).collect()
    }
}

/// A categorical outcome, and the cell of each row: `n_levels` answers and one cell for missing ones, by domain.
pub(super) struct Shares<'a> {
    pub answers: &'a [u32],
    pub n_levels: usize,
    pub cell_of_row: &'a [u32],
}

/// Shares of answers: the score of a member is `w ([answer] − p)/W`, so sums of weights and of squared weights suffice.
pub(super) fn shares(
    design: &SurveyDesign,
    units: &RowUnits<'_>,
    request: &Shares<'_>,
    domain_of_row: &[u32],
    n_domains: usize,
) -> Vec<RowCell> {
    let n_strata = units.n.len();
    let by_stratum = |cell_of_row, n_cells| {
        let values = [None, Some(design.weights())];
        scatter(design.weights(), Some(units.stratum_of_row), n_strata, cell_of_row, n_cells, values)
    };
    let n_levels = request.n_levels;
    let width = n_domains * (n_levels + 1);
    let [sums, squares] = by_stratum(request.cell_of_row, width);
    let [all, all_squares] = by_stratum(domain_of_row, n_domains);
    let total =
        |table: &[f64], n_cells: usize, cell: usize| -> f64 { (0..n_strata).map(|h| table[h * n_cells + cell]).sum() };
    let source = Arc::new(RowSource::Answers(request.answers.to_vec()));
    let share = |cell: usize| {
        let domain = cell / n_levels;
        let slot = domain * (n_levels + 1) + cell % n_levels;
        let (numerator, size) = (total(&sums, width, slot), total(&all, n_domains, domain));
        let p = numerator / size;
        let moment = |h: usize| {
            let (t, q) = (sums[h * width + slot], squares[h * width + slot]);
            let (w, w2) = (all[h * n_domains + domain], all_squares[h * n_domains + domain]);
            // Members with the answer have 1 − p, the others −p.
            let (sum, square) = (t - p * w, q * (1.0 - p) * (1.0 - p) + (w2 - q) * p * p);
            (square - sum * sum / units.n[h]).max(0.0) / (size * size)
        };
        RowCell {
            numerator,
            denominator: Some(size),
            squares: (0..n_strata).map(moment).collect(),
            score: RowScore {
                source: Arc::clone(&source),
                domain: domain as u32,
                level: (cell % n_levels) as u32,
                ratio: p,
                scale: size,
            },
        }
    };
    (0..n_domains * n_levels).map(share).collect()
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
            score: RowScore { source: Arc::clone(&source), domain: d as u32, level: 0, ratio: ratios[d], scale },
        }
    };
    (0..n_domains).map(cell).collect()
}
