//! Totals, means and ratios of numeric variables.

use std::borrow::Cow;
use std::sync::Arc;

use rayon::prelude::*;

use super::accumulate::{Totals, Values, accumulate};
use super::by_row::{self, RowBelow};
use super::error::EstimateError;
use super::estimates::Estimates;
use super::finish::{Block, BlockTotals, Finished, Quantity, finish};
use super::options::{MissingOutcome, Options};
use super::sum_table::{self, Item, Names, Rows, SumTable};
use super::tables::is_plain;
use super::variable::Variable;
use crate::design::{Base, Domains, MISSING, SurveyDesign};
use crate::numeric::lanes::in_lanes;

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
    check_rows(design, domains.code_of_row().len(), options)
}

/// The same for a column of domains of some length.
pub(super) fn check_rows(design: &SurveyDesign, got: usize, options: &Options) -> Result<(), EstimateError> {
    if !(options.level > 0.0 && options.level < 1.0) {
        return Err(EstimateError::Level(options.level));
    }
    if got != design.n_rows() {
        let what = "the column of domains".to_string();
        return Err(EstimateError::Length { what, got, expected: design.n_rows() });
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
        column.check_length(design.n_rows())?;
    }
    let names: Vec<String> = items.iter().map(|(y, below)| y.name_over(below.variable())).collect();
    if is_plain(design) {
        return one_pass(design, items, &columns, names, domains, options);
    }
    for column in &columns {
        column.check_finite()?;
    }
    let excludes = options.missing == MissingOutcome::Exclude;
    let domain = |(i, (&domain, &w)): (usize, (&u32, &f64))| {
        if w == 0.0 || excludes && columns.iter().any(|c| c.values()[i].is_nan()) { MISSING } else { domain }
    };
    let rows = domains.code_of_row().par_iter().zip(design.weights()).enumerate();
    let domain_of_row: Vec<u32> = rows.map(domain).collect();
    let frame = Frame { design, domain_of_row: &domain_of_row, n_domains };
    let mut sizes = None;
    let mut totals = Vec::with_capacity(items.len());
    for (y, below) in items {
        totals.push(frame.totals(y, *below, options.missing, &mut sizes));
    }
    let bases = Base::of_partition(design, &domain_of_row, n_domains, options.degf.known());
    let mut blocks = Vec::with_capacity(items.len());
    for ((y, below), totals) in items.iter().zip(totals) {
        blocks.push(Block {
            spreads: frame.spreads(y, *below, &totals, &bases),
            has_missing: match options.missing {
                MissingOutcome::Refuse => frame.with_missing(y, *below),
                _ => vec![false; n_domains],
            },
            totals,
            per_domain: 1,
        });
    }
    let quantity = match items[0].1 {
        Below::Nothing => Quantity::Total,
        _ => Quantity::Ratio,
    };
    let request = Finished {
        names,
        domain_labels: domains.labels().to_vec(),
        domain_of_row: Some(domain_of_row),
        bases,
        overlapping: None,
        options: options.clone(),
    };
    Ok(finish(design, quantity, blocks, request))
}

/// The request in one pass over the rows.
fn one_pass(
    design: &SurveyDesign,
    items: &[(&Variable<'_>, Below<'_>)],
    columns: &[&Variable<'_>],
    names: Vec<String>,
    domains: &Domains,
    options: &Options,
) -> Result<Estimates, EstimateError> {
    let mut next = 0..columns.len();
    let item = |(_, below): &(&Variable<'_>, Below<'_>)| {
        let mut column = || next.next().unwrap_or_default();
        let above = column();
        let below = match below {
            Below::Nothing => sum_table::Below::Nothing,
            Below::Size => sum_table::Below::Size,
            Below::Variable(_) => sum_table::Below::Column(column()),
        };
        Item { above, below }
    };
    let items = items.iter().map(item).collect();
    let mut table = SumTable::new(items, columns.len(), design.n_units(), domains.len(), options.missing);
    let values: Vec<&[f64]> = columns.iter().map(|column| column.values()).collect();
    table.add(Rows {
        weights: design.weights(),
        unit_of_row: design.unit_of_row(),
        domain_of_row: domains.code_of_row(),
        columns: &values,
    });
    let names = Names {
        columns: columns.iter().map(|column| column.name().to_owned()).collect(),
        items: names,
        domains: domains.labels().to_vec(),
    };
    table.finish(design, names, options)
}

/// The rows of a request.
struct Frame<'a> {
    design: &'a SurveyDesign,
    domain_of_row: &'a [u32],
    n_domains: usize,
}

impl Frame<'_> {
    /// Totals of one item by domain, and on the way the sums of weights that all items share.
    fn totals(
        &self,
        y: &Variable<'_>,
        below: Below<'_>,
        missing: MissingOutcome,
        sizes: &mut Option<Arc<Totals>>,
    ) -> BlockTotals {
        let y = zero_for_missing(y, missing);
        let x = below.variable().map(|x| zero_for_missing(x, missing));
        if let Some(units) = self.design.row_units() {
            let row_below = match (&x, below) {
                (Some(x), _) => RowBelow::Values(x),
                (None, Below::Nothing) => RowBelow::Nothing,
                (None, _) => RowBelow::Size,
            };
            let cells = by_row::values(self.design, &units, &y, &row_below, self.domain_of_row, self.n_domains);
            return BlockTotals::Rows(cells);
        }
        if let Some(x) = x {
            let [own_sizes, above, below] = self.accumulate([None, Some(&y), Some(&x)]);
            sizes.get_or_insert_with(|| Arc::new(own_sizes));
            return BlockTotals::Parts { above, below: Some(Arc::new(below)) };
        }
        let (sizes, above) = match sizes {
            Some(sizes) => {
                let [above] = self.accumulate([Some(&y)]);
                (sizes, above)
            }
            None => {
                let [own_sizes, above] = self.accumulate([None, Some(&y)]);
                (sizes.insert(Arc::new(own_sizes)), above)
            }
        };
        let is_mean = matches!(below, Below::Size);
        BlockTotals::Parts { above, below: is_mean.then(|| Arc::clone(sizes)) }
    }

    fn accumulate<const K: usize>(&self, values: [Values<'_>; K]) -> [Totals; K] {
        accumulate(self.design, self.domain_of_row, self.n_domains, values)
    }

    /// The domains in which a row that counts has a missing value.
    fn with_missing(&self, y: &Variable<'_>, below: Below<'_>) -> Vec<bool> {
        let mut found = vec![false; self.n_domains];
        for (i, &domain) in self.domain_of_row.iter().enumerate() {
            let is_missing = y.values()[i].is_nan() || below.variable().is_some_and(|x| x.values()[i].is_nan());
            if is_missing && domain != MISSING {
                found[domain as usize] = true;
            }
        }
        found
    }

    /// Weighted sums of squares of `y − R x` (of `y` for totals) around their means, by domain: a second look at the rows,
    /// as sums of squares without a centre would cancel.
    fn spreads(&self, y: &Variable<'_>, below: Below<'_>, totals: &BlockTotals, bases: &[Base]) -> Vec<f64> {
        let value = |v: f64| if v.is_nan() { 0.0 } else { v };
        let slope = |(d, base): (usize, &Base)| match totals.points(d, 1) {
            (above, Some(under)) if below.variable().is_some() => above / under,
            (above, _) => above / base.sum_w,
        };
        let slopes: Vec<f64> = bases.iter().enumerate().map(slope).collect();
        let x = below.variable().map(Variable::values);
        let weights = self.design.weights();
        in_lanes(weights.len(), self.n_domains, |rows, squares| {
            for i in rows {
                let domain = self.domain_of_row[i];
                if domain != MISSING {
                    let center = slopes[domain as usize] * x.map_or(1.0, |x| value(x[i]));
                    let rest = value(y.values()[i]) - center;
                    squares[domain as usize] += weights[i] * rest * rest;
                }
            }
        })
    }
}

/// The values of a variable; a missing value that stays in the base counts as 0.
fn zero_for_missing<'a>(variable: &'a Variable<'_>, missing: MissingOutcome) -> Cow<'a, [f64]> {
    match missing {
        MissingOutcome::KeepInBase => {
            variable.values().iter().map(|v| if v.is_nan() { 0.0 } else { *v }).collect::<Vec<f64>>().into()
        }
        // Rows with a missing value lie outside, or make their domain not estimable.
        MissingOutcome::Exclude | MissingOutcome::Refuse => variable.values().into(),
    }
}
