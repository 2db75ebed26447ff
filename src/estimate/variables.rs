//! Totals, means and ratios of numeric variables.

use std::sync::Arc;

use super::accumulate::{Column, Table, accumulate, cell_totals};
use super::by_row::{self, RowBelow};
use super::error::EstimateError;
use super::estimates::Estimates;
use super::finish::{Cell, CellTotals, Finished, Quantity, finish};
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
    let bases = Base::of_partition(design, &domain_of_row, n_domains);
    let sizes = Sizes::new(design, &domain_of_row, n_domains);
    let mut by_item = Vec::with_capacity(items.len());
    for (y, below) in items {
        let totals = item_totals(design, y, *below, &domain_of_row, n_domains, &sizes);
        let spreads = spreads(design, y, *below, &domain_of_row, &totals, &bases);
        let refused = match options.missing {
            MissingOutcome::Refuse => with_missing(design, y, *below, &domain_of_row, n_domains),
            _ => vec![false; n_domains],
        };
        by_item.push((totals.into_iter(), spreads, refused));
    }
    let mut cells = Vec::with_capacity(items.len() * n_domains);
    for domain in 0..n_domains {
        for (totals, spreads, refused) in &mut by_item {
            if let Some(totals) = totals.next() {
                cells.push(Cell { domain, totals, spread: spreads[domain], has_missing: refused[domain] });
            }
        }
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
    Ok(finish(design, quantity, cells, request))
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

/// Sums of weights by domain, for means; not needed where rows are the units.
struct Sizes(Vec<Arc<Column>>);

impl Sizes {
    fn new(design: &SurveyDesign, domain_of_row: &[u32], n_domains: usize) -> Self {
        if design.row_units().is_some() {
            return Self(Vec::new());
        }
        let table = Table { cell_of_row: domain_of_row, values: None, n_cells: n_domains };
        Self(accumulate(design, &table).into_iter().map(Arc::new).collect())
    }
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
    sizes: &Sizes,
) -> Vec<CellTotals> {
    let x = below.variable().map(zero_for_missing);
    if let Some(units) = design.row_units() {
        let row_below = match (&x, below) {
            (Some(x), _) => RowBelow::Values(x),
            (None, Below::Nothing) => RowBelow::Nothing,
            (None, _) => RowBelow::Size,
        };
        let cells = by_row::values(design, &units, zero_for_missing(y), &row_below, domain_of_row, n_domains);
        return cells.into_iter().map(CellTotals::Rows).collect();
    }
    let columns = |values: &[f64]| {
        accumulate(design, &Table { cell_of_row: domain_of_row, values: Some(values), n_cells: n_domains })
    };
    let denominators: Option<Vec<Arc<Column>>> = match (&x, below) {
        (Some(x), _) => Some(columns(x).into_iter().map(Arc::new).collect()),
        (None, Below::Nothing) => None,
        (None, _) => Some(sizes.0.clone()),
    };
    let cell = |(d, numerator): (usize, Column)| CellTotals::Parts {
        numerator,
        denominator: denominators.as_ref().map(|columns| Arc::clone(&columns[d])),
    };
    columns(&zero_for_missing(y)).into_iter().enumerate().map(cell).collect()
}

/// Weighted sums of squares of `y − R x` (of `y` for totals) around their means, by domain: a second look at the rows,
/// as sums of squares without a centre would cancel.
fn spreads(
    design: &SurveyDesign,
    y: &Variable<'_>,
    below: Below<'_>,
    domain_of_row: &[u32],
    totals: &[CellTotals],
    bases: &[Base],
) -> Vec<f64> {
    let value = |v: f64| if v.is_nan() { 0.0 } else { v };
    let slopes: Vec<f64> = totals
        .iter()
        .zip(bases)
        .map(|(totals, base)| match totals.points() {
            (above, Some(under)) if below.variable().is_some() => above / under,
            (above, _) => above / base.sum_w,
        })
        .collect();
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
