//! Shares of the answers of a categorical outcome.

use std::sync::Arc;

use super::accumulate::{Table, accumulate};
use super::by_row;
use super::error::EstimateError;
use super::estimates::Estimates;
use super::finish::{Block, BlockTotals, Finished, Quantity, finish};
use super::options::{MissingOutcome, Options};
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
    if outcome.len() != design.n_rows() {
        return Err(EstimateError::Length {
            what: "the outcome".to_string(),
            got: outcome.len(),
            expected: design.n_rows(),
        });
    }
    let n_levels = outcome.n_labels();
    let n_domains = domains.len();
    let mut domain_of_row = domains.code_of_row().to_vec();
    let mut cell_of_row = vec![MISSING; design.n_rows()];
    let mut has_missing = vec![false; n_domains];
    for (i, &answer) in outcome.codes().iter().enumerate() {
        let domain = domain_of_row[i];
        if domain == MISSING {
            continue;
        }
        if answer != MISSING {
            cell_of_row[i] = domain * n_levels as u32 + answer;
        } else if options.missing == MissingOutcome::Exclude {
            domain_of_row[i] = MISSING;
        } else if options.missing == MissingOutcome::Refuse && design.weights()[i] != 0.0 {
            has_missing[domain as usize] = true;
        }
    }
    let n_cells = n_domains * n_levels;
    let totals = if let Some(units) = design.row_units() {
        let answers = outcome.codes();
        BlockTotals::Rows(by_row::shares(design, &units, answers, n_levels, &cell_of_row, &domain_of_row, n_domains))
    } else {
        let table = |cell_of_row, n_cells| Table { cell_of_row, values: None, n_cells };
        let below = accumulate(design, &table(&domain_of_row, n_domains));
        BlockTotals::Parts { above: accumulate(design, &table(&cell_of_row, n_cells)), below: Some(Arc::new(below)) }
    };
    let bases = Base::of_partition(design, &domain_of_row, n_domains, options.degf.known());
    let spread = |c: usize| {
        let (above, below) = totals.points(c, n_levels);
        below.map_or(f64::NAN, |size| above * (1.0 - above / size))
    };
    let block = Block {
        spreads: (0..n_cells).map(spread).collect(),
        has_missing: (0..n_cells).map(|c| has_missing[c / n_levels]).collect(),
        totals,
        per_domain: n_levels,
    };
    let request = Finished {
        names: outcome.labels().to_vec(),
        domain_labels: domains.labels().to_vec(),
        domain_of_row,
        bases,
        options: options.clone(),
    };
    Ok(finish(design, Quantity::Proportion, vec![block], request))
}
