//! Shares of the answers of a categorical outcome.

use std::sync::Arc;

use super::accumulate::{Totals, accumulate};
use super::by_row;
use super::error::EstimateError;
use super::estimates::Estimates;
use super::finish::{Block, BlockTotals, Finished, Quantity, finish};
use super::options::{MissingOutcome, Options};
use super::tables::{Pair, is_plain, one_pass};
use super::variables::check_request;
use crate::design::{Base, Codes, Domains, MISSING, SurveyDesign};

/// The share of each answer in each domain.
///
/// The estimates come domain by domain, in each in the order of the labels of the outcome.
///
/// # Definition
///
/// `p = Σ w [answer] / Σ w` over the rows of the domain; linearized as the ratio of two totals, with scores
/// `(t_y − p t_1) / Σ w` per sampling unit.
///
/// # Shapes and units
///
/// Proportions in 0..=1. A row without an answer is handled as `options.missing` says. Weight 0 is outside every base.
///
/// # Errors
///
/// Columns of another length than the design, or a level outside 0..1.
///
/// # References
///
/// Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, sections 5.6 and 5.8; R `survey`, `svymean`.
///
/// # Examples
///
/// ```
/// use opros::design::{Codes, Domains, SurveyDesign};
/// use opros::estimate::{self, Options};
/// let design = SurveyDesign::builder().weights(&[1.0, 1.0, 1.0, 1.0]).build()?;
/// let answers = Codes::from_labels(&["yes", "no", "yes", "yes"]);
/// let shares = estimate::proportions(&design, &answers, &Domains::whole(4), &Options::default())?;
/// assert_eq!(shares.get(1).unwrap().value, Some(0.75));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn proportions(
    design: &SurveyDesign,
    outcome: &Codes,
    domains: &Domains,
    options: &Options,
) -> Result<Estimates, EstimateError> {
    check_request(design, domains, options)?;
    check_outcome(design, outcome)?;
    if is_plain(design) {
        let mut table = one_pass(design, &[Pair { outcome, domains }], options);
        return Ok(table.swap_remove(0));
    }
    let n_levels = outcome.n_labels();
    let n_domains = domains.len();
    // One more level a domain counts the rows without an answer that stay in the base.
    let width = n_levels as u32 + 1;
    let mut domain_of_row = domains.code_of_row().to_vec();
    let mut cell_of_row = vec![MISSING; design.n_rows()];
    let mut has_missing = vec![false; n_domains];
    for (i, &answer) in outcome.codes().iter().enumerate() {
        let domain = domain_of_row[i];
        if domain == MISSING {
            continue;
        }
        if design.weights()[i] == 0.0 || answer == MISSING && options.missing == MissingOutcome::Exclude {
            domain_of_row[i] = MISSING;
            continue;
        }
        cell_of_row[i] = domain * width + answer.min(width - 1);
        if answer == MISSING && options.missing == MissingOutcome::Refuse {
            has_missing[domain as usize] = true;
        }
    }
    let totals = if let Some(units) = design.row_units() {
        let request = by_row::Shares { answers: outcome.codes(), n_levels, cell_of_row: &cell_of_row };
        BlockTotals::Rows(by_row::shares(design, &units, &request, &domain_of_row, n_domains))
    } else {
        let [all] = accumulate(design, &cell_of_row, n_domains * width as usize, [None]);
        let (above, below) = split(&all, n_levels);
        BlockTotals::Parts { above, below: Some(Arc::new(below)) }
    };
    let bases = Base::of_partition(design, &domain_of_row, n_domains, options.degf.known());
    let block = shares_block(totals, n_levels, &has_missing);
    let request = Finished {
        names: outcome.labels().to_vec(),
        domain_labels: domains.labels().to_vec(),
        domain_of_row: Some(domain_of_row),
        bases,
        options: options.clone(),
    };
    Ok(finish(design, Quantity::Proportion, vec![block], request))
}

/// An outcome must have as many rows as the design.
pub(super) fn check_outcome(design: &SurveyDesign, outcome: &Codes) -> Result<(), EstimateError> {
    if outcome.len() == design.n_rows() {
        return Ok(());
    }
    let what = "the outcome".to_string();
    Err(EstimateError::Length { what, got: outcome.len(), expected: design.n_rows() })
}

/// The block of the shares of all answers; `has_missing` is by domain.
pub(super) fn shares_block(totals: BlockTotals, n_levels: usize, has_missing: &[bool]) -> Block {
    let n_cells = has_missing.len() * n_levels;
    let spread = |c: usize| {
        let (above, below) = totals.points(c, n_levels);
        below.map_or(f64::NAN, |size| above * (1.0 - above / size))
    };
    Block {
        spreads: (0..n_cells).map(spread).collect(),
        has_missing: (0..n_cells).map(|c| has_missing[c / n_levels]).collect(),
        totals,
        per_domain: n_levels,
    }
}

/// Totals of the answers, and of all rows of each domain, from cells with one more level a domain.
fn split(all: &Totals, n_levels: usize) -> (Totals, Totals) {
    let width = n_levels + 1;
    let answers = |cells: &[f64]| cells.chunks_exact(width).flat_map(|d| &d[..n_levels]).copied().collect();
    let sizes = |cells: &[f64]| cells.chunks_exact(width).map(|d| d.iter().sum()).collect();
    let above = Totals { points: answers(&all.points), parts: answers(&all.parts) };
    let below = Totals { points: sizes(&all.points), parts: sizes(&all.parts) };
    (above, below)
}
