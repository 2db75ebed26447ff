//! Totals, means and ratios of number columns in all domains: one pass for the totals, one for the design effects.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::{Cross, DesignColumns, PassError, PsuFrame, WeightCheck, check_level};
use crate::design::Base;
use crate::estimate::accumulate::{Counts, Lanes, Scatter, Totals};
use crate::estimate::error::EstimateError;
use crate::estimate::finish::{Block, BlockTotals, Quantity, finish};
use crate::estimate::{Estimates, MissingOutcome, Options};
use crate::rows::{Column, MISSING, RowSource};

/// A number column: its index in the source and its name.
pub type Number<'a> = (usize, &'a str);

/// The total of each number column in each domain; see [`crate::estimate::totals`].
///
/// # Errors
///
/// What reading may fail with, no variable, unusable weights, a level outside 0..1.
pub fn totals<S: RowSource>(
    source: &S,
    frame: &PsuFrame,
    columns: DesignColumns,
    variables: &[Number<'_>],
    by: &[usize],
    options: &Options,
) -> Result<Estimates, PassError<S::Error>> {
    let items: Vec<_> = variables.iter().map(|(y, name)| Item::new(*y, Below::Nothing, name)).collect();
    estimate(source, frame, columns, &items, by, options)
}

/// The mean of each number column in each domain; see [`crate::estimate::means`].
///
/// # Errors
///
/// As for [`totals`].
pub fn means<S: RowSource>(
    source: &S,
    frame: &PsuFrame,
    columns: DesignColumns,
    variables: &[Number<'_>],
    by: &[usize],
    options: &Options,
) -> Result<Estimates, PassError<S::Error>> {
    let items: Vec<_> = variables.iter().map(|(y, name)| Item::new(*y, Below::Size, name)).collect();
    estimate(source, frame, columns, &items, by, options)
}

/// The ratio of the totals of each pair of number columns in each domain; see [`crate::estimate::ratios`].
///
/// # Errors
///
/// As for [`totals`].
pub fn ratios<S: RowSource>(
    source: &S,
    frame: &PsuFrame,
    columns: DesignColumns,
    pairs: &[(Number<'_>, Number<'_>)],
    by: &[usize],
    options: &Options,
) -> Result<Estimates, PassError<S::Error>> {
    let items: Vec<_> =
        pairs.iter().map(|(y, x)| Item::new(y.0, Below::Column(x.0), &format!("{}/{}", y.1, x.1))).collect();
    estimate(source, frame, columns, &items, by, options)
}

/// One estimate a domain.
struct Item {
    name: String,
    above: usize,
    below: Below,
}

/// What stands below the line.
#[derive(Clone, Copy)]
enum Below {
    Nothing,
    Size,
    Column(usize),
}

impl Item {
    fn new(above: usize, below: Below, name: &str) -> Self {
        Item { name: name.to_owned(), above, below }
    }

    fn column_below(&self) -> Option<usize> {
        match self.below {
            Below::Column(column) => Some(column),
            Below::Nothing | Below::Size => None,
        }
    }
}

fn estimate<S: RowSource>(
    source: &S,
    frame: &PsuFrame,
    columns: DesignColumns,
    items: &[Item],
    by: &[usize],
    options: &Options,
) -> Result<Estimates, PassError<S::Error>> {
    check_level(options)?;
    let Some(first) = items.first() else { return Err(PassError::Request(EstimateError::NoVariable)) };
    let quantity = match first.below {
        Below::Nothing => Quantity::Total,
        Below::Size | Below::Column(_) => Quantity::Ratio,
    };
    let rows = Rows { cross: Cross::of(source, by), columns, items, missing: options.missing };
    let FirstLook { totals, has_missing, bases } = rows.totals(source, frame)?;
    let spreads = rows.spreads(source, &totals, &bases)?;
    let blocks = totals
        .into_iter()
        .zip(has_missing)
        .zip(spreads)
        .map(|((totals, has_missing), spreads)| Block { totals, per_domain: 1, spreads, has_missing })
        .collect();
    let names = items.iter().map(|item| item.name.clone()).collect();
    Ok(finish(&frame.design, quantity, blocks, rows.cross.finished(names, bases, options)))
}

/// The running sums of an item, with those that come with it in one scatter of the rows.
enum ItemSums {
    /// y alone; an earlier item has the sums of weights.
    Alone(Scatter<1>),
    /// Sums of weights, y.
    WithSize(Scatter<2>),
    /// Sums of weights, y, x.
    Ratio(Scatter<3>),
}

impl ItemSums {
    fn new(item: &Item, is_first: bool, n_units: usize, n_domains: usize) -> Self {
        match item.below {
            Below::Column(_) => ItemSums::Ratio(Scatter::new(n_units, n_domains)),
            _ if is_first => ItemSums::WithSize(Scatter::new(n_units, n_domains)),
            _ => ItemSums::Alone(Scatter::new(n_units, n_domains)),
        }
    }

    /// Sums of weights, totals above and below the line, as far as they were summed here.
    fn finish(self, n_domains: usize) -> (Option<Totals>, Totals, Option<Totals>) {
        let totals = |parts| Totals::of_units(parts, n_domains);
        match self {
            ItemSums::Alone(sums) => {
                let [y] = sums.finish();
                (None, totals(y), None)
            }
            ItemSums::WithSize(sums) => {
                let [size, y] = sums.finish();
                (Some(totals(size)), totals(y), None)
            }
            ItemSums::Ratio(sums) => {
                let [size, y, x] = sums.finish();
                (Some(totals(size)), totals(y), Some(totals(x)))
            }
        }
    }
}

/// What the first look at the rows gives.
struct FirstLook {
    /// By item.
    totals: Vec<BlockTotals>,
    /// By item and domain: there is a missing value that nothing was declared for.
    has_missing: Vec<Vec<bool>>,
    bases: Vec<Base>,
}

/// The rows of a request.
struct Rows<'a> {
    cross: Cross<'a>,
    columns: DesignColumns,
    items: &'a [Item],
    missing: MissingOutcome,
}

impl Rows<'_> {
    /// The columns of the source that are looked at.
    fn wanted(&self) -> Vec<usize> {
        let measured = self.items.iter().flat_map(|item| [Some(item.above), item.column_below()]).flatten();
        self.cross.by.iter().copied().chain([self.columns.weight, self.columns.psu]).chain(measured).collect()
    }

    /// The domain of each row that counts.
    fn domain_of_row(&self, group: &[Column]) -> Vec<u32> {
        let mut domains = self.cross.domain_of_row(group, group[self.columns.weight].numbers());
        if self.missing == MissingOutcome::Exclude {
            for column in self.items.iter().flat_map(|item| [Some(item.above), item.column_below()]).flatten() {
                for (domain, value) in domains.iter_mut().zip(group[column].numbers()) {
                    if value.is_nan() {
                        *domain = MISSING;
                    }
                }
            }
        }
        domains
    }

    /// The values of a column; a missing value that stays in the base counts as 0.
    fn values(&self, group: &[Column], column: usize) -> Vec<f64> {
        let values = group[column].numbers();
        match self.missing {
            MissingOutcome::KeepInBase => values.iter().map(|v| if v.is_nan() { 0.0 } else { *v }).collect(),
            MissingOutcome::Exclude | MissingOutcome::Refuse => values.to_vec(),
        }
    }

    /// Totals of each item, the domains in which it has a missing value that nothing was declared for, and the bases.
    fn totals<S: RowSource>(&self, source: &S, frame: &PsuFrame) -> Result<FirstLook, PassError<S::Error>> {
        let n_domains = self.cross.n();
        let mut check = WeightCheck::default();
        let mut counts = Counts::new(n_domains);
        let mut sums: Vec<ItemSums> = self
            .items
            .iter()
            .enumerate()
            .map(|(i, item)| ItemSums::new(item, i == 0, frame.n_units(), n_domains))
            .collect();
        let mut has_missing = vec![vec![false; n_domains]; self.items.len()];
        let visit = &mut |group: &[Column]| {
            let weights = group[self.columns.weight].numbers();
            check.look_at(weights);
            let domains = self.domain_of_row(group);
            let units = frame.units_of(group[self.columns.psu].codes());
            counts.add(weights, &domains);
            for ((item, sums), has_missing) in self.items.iter().zip(&mut sums).zip(&mut has_missing) {
                let y = self.values(group, item.above);
                let x = item.column_below().map(|column| self.values(group, column));
                match sums {
                    ItemSums::Alone(s) => s.add(weights, Some(&units), &domains, [Some(&y)]),
                    ItemSums::WithSize(s) => s.add(weights, Some(&units), &domains, [None, Some(&y)]),
                    ItemSums::Ratio(s) => s.add(weights, Some(&units), &domains, [None, Some(&y), x.as_deref()]),
                }
                if self.missing == MissingOutcome::Refuse {
                    let is_missing = |row: usize| y[row].is_nan() || x.as_ref().is_some_and(|x| x[row].is_nan());
                    for (row, &domain) in domains.iter().enumerate() {
                        if domain != MISSING && is_missing(row) {
                            has_missing[domain as usize] = true;
                        }
                    }
                }
            }
            ControlFlow::Continue(())
        };
        source.for_each_group(&self.wanted(), visit).map_err(PassError::Source)?;
        check.verdict()?;
        let mut sizes: Option<Arc<Totals>> = None;
        let mut totals = Vec::with_capacity(self.items.len());
        for (item, sums) in self.items.iter().zip(sums) {
            let (own_sizes, above, below) = sums.finish(n_domains);
            if let Some(own_sizes) = own_sizes {
                sizes.get_or_insert_with(|| Arc::new(own_sizes));
            }
            let below = match item.below {
                Below::Nothing => None,
                Below::Size => sizes.clone(),
                Below::Column(_) => below.map(Arc::new),
            };
            totals.push(BlockTotals::Parts { above, below });
        }
        let bases = sizes.map_or_else(Vec::new, |sizes| counts.bases(&frame.design, &sizes));
        Ok(FirstLook { totals, has_missing, bases })
    }

    /// Weighted sums of squares of `y − R x` (of `y` for totals) around their means, by item and domain: a second look at
    /// the rows, as sums of squares without a centre would cancel.
    fn spreads<S: RowSource>(
        &self,
        source: &S,
        totals: &[BlockTotals],
        bases: &[Base],
    ) -> Result<Vec<Vec<f64>>, PassError<S::Error>> {
        let n_domains = self.cross.n();
        let slopes: Vec<Vec<f64>> = self
            .items
            .iter()
            .zip(totals)
            .map(|(item, totals)| {
                let slope = |(d, base): (usize, &Base)| match totals.points(d, 1) {
                    (above, Some(under)) if item.column_below().is_some() => above / under,
                    (above, _) => above / base.sum_w,
                };
                bases.iter().enumerate().map(slope).collect()
            })
            .collect();
        let mut squares: Vec<_> = self.items.iter().map(|_| Lanes::new(n_domains)).collect();
        let value = |v: f64| if v.is_nan() { 0.0 } else { v };
        let visit = &mut |group: &[Column]| {
            let weights = group[self.columns.weight].numbers();
            let domains = self.domain_of_row(group);
            for ((item, slopes), squares) in self.items.iter().zip(&slopes).zip(&mut squares) {
                let y = group[item.above].numbers();
                let x = item.column_below().map(|column| group[column].numbers());
                squares.add(weights.len(), |rows, squares| {
                    for i in rows {
                        let domain = domains[i];
                        if domain != MISSING {
                            let center = slopes[domain as usize] * x.map_or(1.0, |x| value(x[i]));
                            let rest = value(y[i]) - center;
                            squares[domain as usize] += weights[i] * rest * rest;
                        }
                    }
                });
            }
            ControlFlow::Continue(())
        };
        source.for_each_group(&self.wanted(), visit).map_err(PassError::Source)?;
        Ok(squares.into_iter().map(Lanes::finish).collect())
    }
}

/// The weighted totals of number columns by sampling unit, and last the sums of weights: a table of one row a unit, from
/// which totals, means and ratios of the whole and replicates of them can be computed without the rows.
///
/// Rows with an empty number in any of the columns are left out.
///
/// # Errors
///
/// What reading may fail with, or unusable weights.
pub fn unit_totals<S: RowSource>(
    source: &S,
    frame: &PsuFrame,
    columns: DesignColumns,
    variables: &[usize],
) -> Result<Vec<Vec<f64>>, PassError<S::Error>> {
    let mut check = WeightCheck::default();
    let width = variables.len() + 1;
    let mut lanes = Lanes::new(frame.n_units() * width);
    let visit = &mut |group: &[Column]| {
        let weights = group[columns.weight].numbers();
        check.look_at(weights);
        let codes = group[columns.psu].codes();
        let values: Vec<&[f64]> = variables.iter().map(|&column| group[column].numbers()).collect();
        lanes.add(weights.len(), |rows, totals| {
            for i in rows {
                let start = frame.unit_of_code(codes[i]) * width;
                let totals = &mut totals[start..start + width];
                if values.iter().any(|values| values[i].is_nan()) {
                    continue;
                }
                for (total, values) in totals.iter_mut().zip(&values) {
                    *total += weights[i] * values[i];
                }
                totals[width - 1] += weights[i];
            }
        });
        ControlFlow::Continue(())
    };
    let wanted: Vec<usize> = variables.iter().copied().chain([columns.weight, columns.psu]).collect();
    source.for_each_group(&wanted, visit).map_err(PassError::Source)?;
    check.verdict()?;
    let totals = lanes.finish();
    Ok((0..width).map(|k| totals.iter().skip(k).step_by(width).copied().collect()).collect())
}
