//! Totals, means and ratios of numeric variables.

use std::sync::Arc;

use super::accumulate::{Table, Totals, accumulate, cell_totals};
use super::by_row::{self, RowBelow};
use super::error::EstimateError;
use super::estimates::Estimates;
use super::finish::{Block, BlockTotals, Finished, Quantity, finish};
use super::options::{MissingOutcome, Options};
use super::variable::Variable;
use crate::design::{Base, Domains, MISSING, SurveyDesign};

/// The total of each variable in each domain: `Σ w y`.
///
/// The estimates come domain by domain, in each in the order of the variables. Rows with a missing value in *any* of the
/// variables are handled together, as `options.missing` says.
///
/// # Errors
///
/// Columns of another length than the design, infinite values, no variable, or a level outside 0..1.
///
/// # References
///
/// Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, sections 2.8 and 4.3; R `survey`, `svytotal`.
pub fn totals(
    design: &SurveyDesign,
    variables: &[Variable<'_>],
    domains: &Domains,
    options: &Options,
) -> Result<Estimates, EstimateError> {
    let items: Vec<_> = variables.iter().map(|v| (v, Below::Nothing)).collect();
    estimate(design, &items, domains, options)
}

/// The mean of each variable in each domain: `Σ w y / Σ w`.
///
/// # Errors
///
/// As for [`totals`].
///
/// # References
///
/// Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 5.7; R `survey`, `svymean`.
pub fn means(
    design: &SurveyDesign,
    variables: &[Variable<'_>],
    domains: &Domains,
    options: &Options,
) -> Result<Estimates, EstimateError> {
    let items: Vec<_> = variables.iter().map(|v| (v, Below::Size)).collect();
    estimate(design, &items, domains, options)
}

/// The ratio of the totals of each pair of variables in each domain: `Σ w y / Σ w x`.
///
/// # Errors
///
/// As for [`totals`].
///
/// # References
///
/// Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, section 5.6; R `survey`, `svyratio`.
pub fn ratios(
    design: &SurveyDesign,
    pairs: &[(Variable<'_>, Variable<'_>)],
    domains: &Domains,
    options: &Options,
) -> Result<Estimates, EstimateError> {
    let items: Vec<_> = pairs.iter().map(|(y, x)| (y, Below::Variable(x))).collect();
    estimate(design, &items, domains, options)
}

/// What stands below the line.
#[derive(Clone, Copy)]
enum Below<'a> {
    Nothing,
    Size,
    Variable(&'a Variable<'a>),
}

impl<'a> Below<'a> {
    fn variable(self) -> Option<&'a Variable<'a>> {
        match self {
            Self::Variable(x) => Some(x),
            Self::Nothing | Self::Size => None,
        }
    }
}

/// The checks that all requests share.
pub(super) fn check_request(design: &SurveyDesign, domains: &Domains, options: &Options) -> Result<(), EstimateError> {
    if !(options.level > 0.0 && options.level < 1.0) {
        return Err(EstimateError::Level(options.level));
    }
    let got = domains.code_of_row().len();
    if got != design.n_rows() {
        return Err(EstimateError::Length {
            what: "the column of domains".to_string(),
            got,
            expected: design.n_rows(),
        });
    }
    Ok(())
}

fn estimate(
    design: &SurveyDesign,
    items: &[(&Variable<'_>, Below<'_>)],
    domains: &Domains,
    options: &Options,
) -> Result<Estimates, EstimateError> {
    check_request(design, domains, options)?;
    if items.is_empty() {
        return Err(EstimateError::NoVariable);
    }
    let n_domains = domains.len();
    let columns = items.iter().flat_map(|(y, x)| [Some(*y), x.variable()]);
    let columns: Vec<&Variable<'_>> = columns.flatten().collect();
    for column in &columns {
        column.check(design.n_rows())?;
    }
    let mut domain_of_row = domains.code_of_row().to_vec();
    if options.missing == MissingOutcome::Exclude {
        for (i, domain) in domain_of_row.iter_mut().enumerate() {
            if columns.iter().any(|c| c.values()[i].is_nan()) {
                *domain = MISSING;
            }
        }
    }
    let bases = Base::of_partition(design, &domain_of_row, n_domains, options.degf.known());
    let sizes = items.iter().any(|(_, below)| matches!(below, Below::Size)) && design.row_units().is_none();
    let sizes = sizes.then(|| Arc::new(accumulate(design, &Table::sizes(&domain_of_row, n_domains))));
    let mut blocks = Vec::with_capacity(items.len());
    for (y, below) in items {
        let totals = item_totals(design, y, *below, &domain_of_row, n_domains, &sizes);
        blocks.push(Block {
            spreads: spreads(design, y, *below, &domain_of_row, &totals, &bases),
            has_missing: match options.missing {
                MissingOutcome::Refuse => with_missing(design, y, *below, &domain_of_row, n_domains),
                _ => vec![false; n_domains],
            },
            totals,
            per_domain: 1,
        });
    }
    let names = items.iter().map(|(y, below)| match below.variable() {
        None => y.name().to_string(),
        Some(x) => format!("{}/{}", y.name(), x.name()),
    });
    let quantity = match items[0].1 {
        Below::Nothing => Quantity::Total,
        _ => Quantity::Ratio,
    };
    let request = Finished {
        names: names.collect(),
        domain_labels: domains.labels().to_vec(),
        domain_of_row,
        bases,
        options: options.clone(),
    };
    Ok(finish(design, quantity, blocks, request))
}

/// The domains in which a row that counts has a missing value.
fn with_missing(
    design: &SurveyDesign,
    y: &Variable<'_>,
    below: Below<'_>,
    domain_of_row: &[u32],
    n_domains: usize,
) -> Vec<bool> {
    let mut found = vec![false; n_domains];
    for (i, &domain) in domain_of_row.iter().enumerate() {
        let is_missing = y.values()[i].is_nan() || below.variable().is_some_and(|x| x.values()[i].is_nan());
        if is_missing && domain != MISSING && design.weights()[i] != 0.0 {
            found[domain as usize] = true;
        }
    }
    found
}

/// The values of a variable; a missing value that stays in the base counts as 0.
fn zero_for_missing(variable: &Variable<'_>) -> Vec<f64> {
    variable.values().iter().map(|v| if v.is_nan() { 0.0 } else { *v }).collect()
}

/// Totals of one item by domain.
fn item_totals(
    design: &SurveyDesign,
    y: &Variable<'_>,
    below: Below<'_>,
    domain_of_row: &[u32],
    n_domains: usize,
    sizes: &Option<Arc<Totals>>,
) -> BlockTotals {
    let x = below.variable().map(zero_for_missing);
    if let Some(units) = design.row_units() {
        let row_below = match (&x, below) {
            (Some(x), _) => RowBelow::Values(x),
            (None, Below::Nothing) => RowBelow::Nothing,
            (None, _) => RowBelow::Size,
        };
        let y = zero_for_missing(y);
        return BlockTotals::Rows(by_row::values(design, &units, y, &row_below, domain_of_row, n_domains));
    }
    let totals = |values: &[f64]| {
        accumulate(design, &Table { cell_of_row: domain_of_row, values: Some(values), n_cells: n_domains })
    };
    let below = match below {
        Below::Nothing => None,
        Below::Size => sizes.clone(),
        Below::Variable(_) => x.map(|x| Arc::new(totals(&x))),
    };
    BlockTotals::Parts { above: totals(&zero_for_missing(y)), below }
}

/// Weighted sums of squares of `y − R x` (of `y` for totals) around their means, by domain: a second look at the rows,
/// as sums of squares without a centre would cancel.
fn spreads(
    design: &SurveyDesign,
    y: &Variable<'_>,
    below: Below<'_>,
    domain_of_row: &[u32],
    totals: &BlockTotals,
    bases: &[Base],
) -> Vec<f64> {
    let value = |v: f64| if v.is_nan() { 0.0 } else { v };
    let slope = |(d, base): (usize, &Base)| match totals.points(d, 1) {
        (above, Some(under)) if below.variable().is_some() => above / under,
        (above, _) => above / base.sum_w,
    };
    let slopes: Vec<f64> = bases.iter().enumerate().map(slope).collect();
    let square = |(i, &domain): (usize, &u32)| {
        if domain == MISSING {
            return 0.0;
        }
        let x = below.variable().map_or(1.0, |x| value(x.values()[i]));
        let rest = value(y.values()[i]) - slopes[domain as usize] * x;
        rest * rest
    };
    let squares: Vec<f64> = domain_of_row.iter().enumerate().map(square).collect();
    let table = Table { cell_of_row: domain_of_row, values: Some(&squares), n_cells: bases.len() };
    cell_totals(design.weights(), &table)
}
