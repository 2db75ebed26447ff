//! Shares of the answers of a categorical outcome.

use std::sync::Arc;

use super::accumulate::{Totals, accumulate};
use super::axis::{Axis, Cells};
use super::by_row::{Shares, shares};
use super::error::EstimateError;
use super::estimates::Estimates;
use super::finish::{Block, BlockTotals, Finished, Quantity, finish};
use super::options::{MissingOutcome, Options};
use super::tables::{is_plain, one_table};
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
    check_outcome(design, outcome.len())?;
    Ok(table(design, &Axis::answers(outcome), &Axis::domains(domains), options))
}

/// The table of two axes that have as many rows as the design.
pub(super) fn table(design: &SurveyDesign, stub: &Axis<'_>, banner: &Axis<'_>, options: &Options) -> Estimates {
    if is_plain(design) {
        return one_table(design, stub, banner, options);
    }
    let n_domains = banner.n_cells();
    // One more level a domain counts the rows without an answer that stay in the base.
    let width = stub.n_cells() as u32 + 1;
    let mut domain_of_row = banner.cell_of_row().to_vec();
    let mut cell_of_row = vec![MISSING; design.n_rows()];
    let mut has_missing = vec![false; n_domains];
    for (i, &answer) in stub.cell_of_row().iter().enumerate() {
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
        let request = Shares { stub, banner, domain_of_row: &domain_of_row, cell_of_row: &cell_of_row };
        BlockTotals::Rows(shares(design, &units, &request))
    } else {
        let [all] = accumulate(design, &cell_of_row, n_domains * width as usize, [None]);
        let (above, below) = split(&all, stub, banner);
        BlockTotals::Parts { above, below: Some(Arc::new(below)) }
    };
    let known = options.degf.known();
    let cells = Cells {
        members: banner.members().to_vec(),
        bases: Base::of_partition(design, &domain_of_row, n_domains, known),
    };
    let has_missing: Vec<bool> =
        banner.members().iter().map(|cells| cells.iter().any(|&c| has_missing[c as usize])).collect();
    let block = shares_block(totals, stub.len(), &has_missing);
    let (bases, overlapping) = match banner.is_plain() {
        true => (cells.bases, None),
        false => (cells.of_columns(design, known, Some(&domain_of_row)), Some(cells)),
    };
    let request = Finished {
        names: stub.labels().to_vec(),
        domain_labels: banner.labels().to_vec(),
        domain_of_row: Some(domain_of_row),
        bases,
        overlapping,
        options: options.clone(),
    };
    finish(design, Quantity::Proportion, vec![block], request)
}

/// An outcome must have as many rows as the design.
pub(super) fn check_outcome(design: &SurveyDesign, got: usize) -> Result<(), EstimateError> {
    if got == design.n_rows() {
        return Ok(());
    }
    let what = "the outcome".to_string();
    Err(EstimateError::Length { what, got, expected: design.n_rows() })
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

/// Totals of the lines, and of all rows of each column, from cells with one more level a domain.
pub(super) fn split(all: &Totals, stub: &Axis<'_>, banner: &Axis<'_>) -> (Totals, Totals) {
    let width = stub.n_cells() + 1;
    let lines = |cells: &[f64]| -> Vec<f64> {
        let line = |domains: &[u32], levels: &[u32]| -> f64 {
            let slots = domains.iter().flat_map(|d| levels.iter().map(move |l| *d as usize * width + *l as usize));
            slots.map(|slot| cells[slot]).sum()
        };
        let column = |domains: &Vec<u32>| stub.members().iter().map(|l| line(domains, l)).collect::<Vec<f64>>();
        banner.members().iter().flat_map(column).collect()
    };
    let sizes = |cells: &[f64]| -> Vec<f64> {
        let size = |d: &u32| cells[*d as usize * width..][..width].iter().sum::<f64>();
        banner.members().iter().map(|domains| domains.iter().map(size).sum()).collect()
    };
    let parts = |of: &dyn Fn(&[f64]) -> Vec<f64>| all.parts.chunks_exact(all.n_cells().max(1)).flat_map(of).collect();
    let above = Totals { points: lines(&all.points), parts: parts(&lines) };
    let below = Totals { points: sizes(&all.points), parts: parts(&sizes) };
    (above, below)
}
