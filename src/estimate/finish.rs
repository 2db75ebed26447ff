//! From totals to estimates: points, unit scores, variances, design effects, intervals.

use std::sync::Arc;

use super::accumulate::Column;
use super::by_row::RowCell;
use super::error::NotEstimable;
use super::estimates::{Estimate, Estimates, Scores};
use super::interval::{ProportionInput, proportion_interval, wald_interval};
use super::options::{DeffReference, DegfRule, Options, ProportionCi};
use crate::design::{Base, SurveyDesign};

/// What the estimates of a request have in common.
#[derive(Clone, Debug)]
pub(super) struct Finished {
    /// The names of the variables or answers, one round a domain.
    pub names: Vec<String>,
    pub domain_labels: Vec<String>,
    /// The domain of each row that counts.
    pub domain_of_row: Vec<u32>,
    pub bases: Vec<Base>,
    pub options: Options,
}

/// What a cell estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quantity {
    /// A total.
    Total,
    /// A ratio of two totals, a mean among them.
    Ratio,
    /// A ratio of two totals that lies in 0..=1.
    Proportion,
}

/// One cell of a request, ready to be finished.
pub(super) struct Cell {
    /// The number of its domain.
    pub domain: usize,
    pub totals: CellTotals,
    /// Weighted sum of squares of the linearized variable around its mean: what a simple random sample would see.
    pub spread: f64,
    /// The cell has a missing value that nothing was declared for.
    pub has_missing: bool,
}

/// Where the scores of a cell come from.
pub(super) enum CellTotals {
    /// Totals by sampling unit or replicate; without a denominator for totals.
    Parts { numerator: Column, denominator: Option<Arc<Column>> },
    /// Moments by stratum, where rows are the units.
    Rows(RowCell),
}

impl CellTotals {
    /// The totals above and below the line.
    pub fn points(&self) -> (f64, Option<f64>) {
        match self {
            Self::Parts { numerator, denominator } => (numerator.point, denominator.as_ref().map(|d| d.point)),
            Self::Rows(cell) => (cell.numerator, cell.denominator),
        }
    }
}

/// Scores of a cell: unit totals of the linearized variable, or deviations of replicates.
fn scores(numerator: &Column, denominator: Option<&Column>, is_replicate: bool) -> Result<Vec<f64>, NotEstimable> {
    let parts = &numerator.parts;
    let Some(denominator) = denominator else {
        let shift = if is_replicate { numerator.point } else { 0.0 };
        return Ok(parts.iter().map(|t| t - shift).collect());
    };
    let ratio = numerator.point / denominator.point;
    let pairs = parts.iter().zip(&denominator.parts);
    let scores: Vec<f64> = if is_replicate {
        pairs.map(|(y, x)| y / x - ratio).collect()
    } else {
        pairs.map(|(y, x)| (y - ratio * x) / denominator.point).collect()
    };
    if is_replicate && scores.iter().any(|s| !s.is_finite()) {
        return Err(NotEstimable::ReplicateUndefined);
    }
    Ok(scores)
}

/// Finishes all cells of a request, in the order given.
pub(super) fn finish(design: &SurveyDesign, quantity: Quantity, cells: Vec<Cell>, request: Finished) -> Estimates {
    let mut estimates = Vec::with_capacity(cells.len());
    let mut scores = Vec::with_capacity(cells.len());
    let mut domain_of = Vec::with_capacity(cells.len());
    for cell in &cells {
        let base = &request.bases[cell.domain];
        let (estimate, column) = finish_cell(design, quantity, cell, base, &request.options);
        estimates.push(estimate);
        scores.push(column);
        domain_of.push(cell.domain);
    }
    Estimates::new(design.clone(), estimates, scores, domain_of, request)
}

fn finish_cell(
    design: &SurveyDesign,
    quantity: Quantity,
    cell: &Cell,
    base: &Base,
    options: &Options,
) -> (Estimate, Scores) {
    let mut estimate = Estimate::empty(base, options);
    if base.n == 0 {
        return (estimate.because(NotEstimable::EmptyDomain), Scores::None);
    }
    if cell.has_missing {
        return (estimate.because(NotEstimable::MissingValues), Scores::None);
    }
    let (point, below) = match cell.totals.points() {
        (total, None) => (total, 1.0),
        (_, Some(0.0)) => return (estimate.because(NotEstimable::ZeroDenominator), Scores::None),
        (above, Some(below)) => (above / below, below),
    };
    estimate.value = Some(point);
    let scores = match &cell.totals {
        CellTotals::Rows(row) => Scores::Rows(row.score.clone()),
        CellTotals::Parts { numerator, denominator } => {
            match scores(numerator, denominator.as_deref(), design.replicates().is_some()) {
                Ok(column) => Scores::Units(column),
                Err(reason) => return (estimate.because(reason), Scores::None),
            }
        }
    };
    if let Some(reason) = variance_problem(base) {
        return (estimate.because(reason), scores);
    }
    let variance = match (&cell.totals, &scores, design.row_units()) {
        (CellTotals::Rows(row), _, Some(units)) => units.variance(&row.squares),
        (_, Scores::Units(column), _) => design.form().variance(column, design.presence(&base.units)),
        _ => f64::NAN,
    };
    estimate.se = Some(variance.sqrt());
    let scale = if quantity == Quantity::Total { base.sum_w } else { base.sum_w / below };
    design_effect(&mut estimate, variance, cell.spread, scale, options.deff);
    let degf = match options.degf {
        DegfRule::Domain => base.degf,
        DegfRule::Fixed(degf) => degf,
    };
    estimate.degf = degf;
    let interval = if quantity == Quantity::Proportion {
        let input = ProportionInput {
            p: point.clamp(0.0, 1.0),
            variance,
            n: base.n as f64,
            kish_n_eff: base.kish_n_eff(),
            degf,
            level: options.level,
        };
        let method = match options.proportion_ci {
            ProportionCi::Rule => input.method_by_rule(),
            ProportionCi::Always(method) => method,
        };
        proportion_interval(&input, method)
    } else {
        wald_interval(point, variance.sqrt(), degf, options.level)
    };
    if let Some(interval) = interval {
        estimate.ci_low = Some(interval.low);
        estimate.ci_high = Some(interval.high);
        estimate.ci_method = Some(interval.method);
    }
    (estimate, scores)
}

/// Why a base has no variance, if it has none.
pub(super) fn variance_problem(base: &Base) -> Option<NotEstimable> {
    if base.n_psus == Some(1) {
        Some(NotEstimable::OnePsu)
    } else if base.degf <= 0.0 {
        Some(NotEstimable::NoDegreesOfFreedom)
    } else {
        None
    }
}

/// The design effect and the effective sample size that follows from it.
///
/// # Definition
///
/// `v / (s² c² / n)` with s² the weighted variance of the linearized variable (factor n/(n − 1)) and c the scale of the
/// estimate (1 for a mean, W for a total, W over the denominator for a ratio); without replacement the reference is
/// multiplied by 1 − n/W. The effective sample size is n over the design effect with replacement.
///
/// # References
///
/// Kish (1965), Survey Sampling, section 8.2; R `survey`, `svymean(deff=)`.
fn design_effect(estimate: &mut Estimate, variance: f64, spread: f64, scale: f64, reference: DeffReference) {
    let (n, w) = (estimate.n as f64, estimate.sum_w);
    if n < 2.0 || spread <= 0.0 {
        return;
    }
    let s2 = spread / w * n / (n - 1.0);
    let with_replacement = variance / (s2 * scale * scale / n);
    if with_replacement > 0.0 {
        estimate.n_eff = Some(n / with_replacement);
    }
    estimate.deff = match reference {
        DeffReference::WithReplacement => Some(with_replacement),
        DeffReference::WithoutReplacement if w > n => Some(with_replacement / (1.0 - n / w)),
        DeffReference::WithoutReplacement => None,
    };
}
