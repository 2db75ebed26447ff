//! From totals to estimates: points, unit scores, variances, design effects, intervals.

use std::sync::Arc;

use super::accumulate::Totals;
use super::axis::Cells;
use super::by_row::RowCell;
use super::error::NotEstimable;
use super::estimates::{Estimate, Estimates, Scores, UnitScores};
use super::interval::{CriticalValues, Interval, ProportionInput, proportion_limits, wald_limits};
use super::options::{DeffReference, DegfRule, Options, ProportionCi};
use crate::design::{Base, MemberScores, SurveyDesign};

/// How far rounding may carry a share beyond 0 or 1.
const ROUNDING: f64 = 1e-9;

/// What the estimates of a request have in common.
#[derive(Clone, Debug)]
pub(super) struct Finished {
    /// The names of the variables or answers, one round a domain.
    pub names: Vec<String>,
    pub domain_labels: Vec<String>,
    /// The domain of each row that counts, where scores or degrees of freedom go back to the rows.
    pub domain_of_row: Option<Vec<u32>>,
    pub bases: Vec<Base>,
    /// Where domains overlap, the cells that they are unions of; `domain_of_row` then holds the cell of each row.
    pub overlapping: Option<Cells>,
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

/// Estimates that share their tables: `per_domain` columns for each domain, domain after domain.
pub(super) struct Block {
    pub totals: BlockTotals,
    pub per_domain: usize,
    /// By column, the weighted sum of squares of the linearized variable around its mean: what a simple random sample would
    /// see.
    pub spreads: Vec<f64>,
    /// By column: it has a missing value that nothing was declared for.
    pub has_missing: Vec<bool>,
}

/// Where the scores of a block come from.
pub(super) enum BlockTotals {
    /// Totals by sampling unit or replicate: one column an estimate above, one column a domain below (none for totals).
    Parts { above: Totals, below: Option<Arc<Totals>> },
    /// Scores that are made already; and by column, the totals above and below the line.
    Members { scores: MemberScores, points: Vec<(f64, Option<f64>)> },
    /// Moments by stratum, where rows are the units.
    Rows(Vec<RowCell>),
}

impl Block {
    fn n_columns(&self) -> usize {
        self.spreads.len()
    }

    /// The totals above and below the line of a column.
    fn points(&self, column: usize) -> (f64, Option<f64>) {
        self.totals.points(column, self.per_domain)
    }

    /// The scores of all columns and, unless strata borrow, their variances.
    fn take_scores(&mut self, design: &SurveyDesign) -> (Table, Option<Vec<f64>>) {
        let borrows = design.form().borrows();
        match &mut self.totals {
            BlockTotals::Rows(_) => (Table::None, None),
            BlockTotals::Members { scores, .. } => {
                let variances = (!borrows).then(|| design.form().variances_of_members(scores));
                (Table::Members(Arc::new(std::mem::take(scores))), variances)
            }
            BlockTotals::Parts { above, below } => {
                let scores = unit_scores(above, below.as_deref(), self.per_domain, design.replicates().is_some());
                let variances = (!borrows).then(|| design.form().variances(&scores.data, scores.n_columns));
                (Table::Units(Arc::new(scores)), variances)
            }
        }
    }
}

/// The scores of a block.
enum Table {
    None,
    Units(Arc<UnitScores>),
    Members(Arc<MemberScores>),
}

impl Table {
    fn column(&self, column: usize) -> Scores {
        match self {
            Self::None => Scores::None,
            Self::Units(table) => Scores::Units(Arc::clone(table), column),
            Self::Members(table) => Scores::Members(Arc::clone(table), column),
        }
    }
}

/// The scores of all columns, unit by unit; the totals above become them in place.
fn unit_scores(above: &mut Totals, below: Option<&Totals>, per: usize, is_replicate: bool) -> UnitScores {
    let n_columns = above.n_cells();
    let mut data = std::mem::take(&mut above.parts);
    let units = data.chunks_exact_mut(n_columns.max(1));
    match below {
        None if is_replicate => {
            units.for_each(|unit| unit.iter_mut().zip(&above.points).for_each(|(t, point)| *t -= point));
        }
        None => {}
        Some(below) => {
            let ratios: Vec<f64> = (0..n_columns).map(|c| above.points[c] / below.points[c / per]).collect();
            for (unit, sizes) in units.zip(below.parts.chunks_exact(below.n_cells().max(1))) {
                let domains = unit.chunks_exact_mut(per).zip(ratios.chunks_exact(per));
                for ((cells, ratios), (size, total)) in domains.zip(sizes.iter().zip(&below.points)) {
                    for (t, ratio) in cells.iter_mut().zip(ratios) {
                        *t = if is_replicate { *t / size - ratio } else { (*t - ratio * size) / total };
                    }
                }
            }
        }
    }
    UnitScores { n_columns, data }
}

impl BlockTotals {
    /// The totals above and below the line of a column.
    pub fn points(&self, column: usize, per_domain: usize) -> (f64, Option<f64>) {
        match self {
            Self::Parts { above, below } => {
                (above.points[column], below.as_ref().map(|b| b.points[column / per_domain]))
            }
            Self::Members { points, .. } => points[column],
            Self::Rows(cells) => (cells[column].numerator, cells[column].denominator),
        }
    }
}

/// Finishes the blocks of a request: estimates come domain by domain, in each block after block.
pub(super) fn finish(
    design: &SurveyDesign,
    quantity: Quantity,
    mut blocks: Vec<Block>,
    request: Finished,
) -> Estimates {
    let prepared: Vec<_> = blocks
        .iter_mut()
        .map(|block| {
            let (table, variances) = block.take_scores(design);
            (&*block, table, variances)
        })
        .collect();
    let mut critical = CriticalValues::new(request.options.level);
    let n_estimates = prepared.iter().map(|(block, ..)| block.n_columns()).sum();
    let mut estimates = Vec::with_capacity(n_estimates);
    let mut scores = Vec::with_capacity(n_estimates);
    let mut domain_of = Vec::with_capacity(n_estimates);
    for (domain, base) in request.bases.iter().enumerate() {
        for (block, table, variances) in &prepared {
            for column in domain * block.per_domain..(domain + 1) * block.per_domain {
                let own = match &block.totals {
                    BlockTotals::Rows(cells) => cells[column].score.clone().map_or(Scores::NotKept, Scores::Rows),
                    _ => table.column(column),
                };
                let variance = match (&block.totals, variances, design.row_units()) {
                    (BlockTotals::Rows(cells), _, Some(units)) => units.variance(&cells[column].squares),
                    (_, Some(variances), _) => variances[column],
                    _ => design.form().variance(&own.by_unit().unwrap_or_default(), design.presence(&base.units)),
                };
                let cell = Cell { design, quantity, block, column, base, variance };
                let (estimate, has_scores) = cell.finish(&request.options, &mut critical);
                estimates.push(estimate);
                scores.push(if has_scores { own } else { Scores::None });
                domain_of.push(domain);
            }
        }
    }
    Estimates::new(design.clone(), estimates, scores, domain_of, request)
}

/// One estimate on its way.
struct Cell<'a> {
    design: &'a SurveyDesign,
    quantity: Quantity,
    block: &'a Block,
    column: usize,
    base: &'a Base,
    variance: f64,
}

impl Cell<'_> {
    /// The estimate, and whether it has scores.
    fn finish(&self, options: &Options, critical: &mut CriticalValues) -> (Estimate, bool) {
        let base = self.base;
        let mut estimate = Estimate::empty(base, options);
        if base.n == 0 {
            return (estimate.because(NotEstimable::EmptyDomain), false);
        }
        if self.block.has_missing[self.column] {
            return (estimate.because(NotEstimable::MissingValues), false);
        }
        let (point, below) = match self.block.points(self.column) {
            (total, None) => (total, 1.0),
            (_, Some(0.0)) => return (estimate.because(NotEstimable::ZeroDenominator), false),
            (above, Some(below)) => (above / below, below),
        };
        if self.quantity == Quantity::Proportion && !(-ROUNDING..=1.0 + ROUNDING).contains(&point) {
            return (estimate.because(NotEstimable::Impossible), false);
        }
        estimate.value = Some(point);
        let variance = self.variance;
        if !variance.is_finite() {
            return (estimate.because(NotEstimable::ReplicateUndefined), false);
        }
        let is_complete = self.design.is_complete(base);
        let problem = variance_problem(self.design, base);
        // The total of a domain varies with whether its only unit is drawn, which the other units of the stratum tell.
        let is_total = self.quantity == Quantity::Total && variance > 0.0;
        if let Some(reason) = problem.filter(|_| !is_total) {
            return (estimate.because(reason), true);
        }
        if variance < 0.0 {
            return (estimate.because(NotEstimable::NegativeVariance), true);
        }
        estimate.se = Some(variance.sqrt());
        let scale = if self.quantity == Quantity::Total { base.sum_w } else { base.sum_w / below };
        design_effect(&mut estimate, variance, self.block.spreads[self.column], scale, options.deff);
        if let DegfRule::Fixed(degf) = options.degf {
            estimate.degf = degf;
        }
        let t = critical.at(estimate.degf);
        let interval = match t {
            _ if is_complete => Some(Interval::of_known(point)),
            Some(t) => self.interval(&estimate, point, options, t),
            None => None,
        };
        if let Some(interval) = interval {
            estimate.ci_low = Some(interval.low);
            estimate.ci_high = Some(interval.high);
            estimate.ci_method = Some(interval.method);
        } else {
            estimate.reason = problem;
        }
        (estimate, true)
    }

    fn interval(&self, estimate: &Estimate, point: f64, options: &Options, t: f64) -> Option<Interval> {
        if self.quantity != Quantity::Proportion {
            return Some(wald_limits(point, self.variance.sqrt(), t));
        }
        let input = ProportionInput {
            p: point.clamp(0.0, 1.0),
            variance: self.variance,
            n: self.base.n as f64,
            kish_n_eff: self.base.kish_n_eff(),
            degf: estimate.degf,
            level: options.level,
        };
        let method = match options.proportion_ci {
            ProportionCi::Rule => input.method_by_rule(),
            ProportionCi::Always(method) => method,
        };
        proportion_limits(&input, method, t)
    }
}

/// Why a base has no variance, if it has none. Where everybody was sampled it is 0, and no degrees of freedom are needed.
pub(super) fn variance_problem(design: &SurveyDesign, base: &Base) -> Option<NotEstimable> {
    let has_degf = base.degf > 0.0;
    if design.is_complete(base) {
        None
    } else if base.n_psus == Some(1) && !(has_degf && design.replicates().is_none()) {
        Some(NotEstimable::OnePsu)
    } else if !has_degf {
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
