//! Totals, means and ratios of number columns in all domains, from one pass.

use std::ops::ControlFlow;

use super::{Cross, DesignColumns, PassError, PsuFrame, WeightCheck, check_level, replicated, rows};
use crate::estimate::error::EstimateError;
use crate::estimate::lanes::Totalled;
use crate::estimate::sum_table::{Below, Item, Names, Rows, SumTable};
use crate::estimate::{Estimates, Options};
use crate::rows::{Column, RowSource};

/// A number column: its index in the source and its name.
pub type Number<'a> = (usize, &'a str);

/// The total of each number column in each domain; see [`crate::estimate::totals`].
///
/// # Errors
///
/// What reading may fail with, no variable, unusable weights, infinite numbers, a level outside 0..1.
pub fn totals<S: RowSource>(
    source: &S,
    frame: &PsuFrame,
    columns: DesignColumns,
    variables: &[Number<'_>],
    by: &[usize],
    options: &Options,
) -> Result<Estimates, PassError<S::Error>> {
    let items: Vec<_> = variables.iter().map(|y| (*y, Under::Nothing)).collect();
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
    let items: Vec<_> = variables.iter().map(|y| (*y, Under::Size)).collect();
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
    let items: Vec<_> = pairs.iter().map(|(y, x)| (*y, Under::Column(*x))).collect();
    estimate(source, frame, columns, &items, by, options)
}

/// What stands below the line.
#[derive(Clone, Copy)]
pub(super) enum Under<'a> {
    Nothing,
    Size,
    Column(Number<'a>),
}

fn estimate<S: RowSource>(
    source: &S,
    frame: &PsuFrame,
    columns: DesignColumns,
    items: &[(Number<'_>, Under<'_>)],
    by: &[usize],
    options: &Options,
) -> Result<Estimates, PassError<S::Error>> {
    check_level(options)?;
    if items.is_empty() {
        return Err(PassError::Request(EstimateError::NoVariable));
    }
    let cross = Cross::of(source, by);
    let units = frame.design.row_units();
    if units.is_some() || !frame.replicates.is_empty() {
        let items: Vec<_> = items.iter().map(rows::Item::of).collect();
        return match units {
            Some(units) => rows::values(source, (frame, units), columns, &items, cross, options),
            None => replicated::values(source, frame, columns, &items, cross, options),
        };
    }
    let mut measured: Vec<Number<'_>> = Vec::with_capacity(2 * items.len());
    let mut table_items = Vec::with_capacity(items.len());
    let mut names = Vec::with_capacity(items.len());
    for &(above, under) in items {
        let at = measured.len();
        measured.push(above);
        let (below, name) = match under {
            Under::Nothing => (Below::Nothing, above.1.to_owned()),
            Under::Size => (Below::Size, above.1.to_owned()),
            Under::Column(x) => {
                measured.push(x);
                (Below::Column(at + 1), format!("{}/{}", above.1, x.1))
            }
        };
        table_items.push(Item { above: at, below });
        names.push(name);
    }
    let mut table = SumTable::new(table_items, measured.len(), frame.n_units(), cross.n(), options.missing);
    let mut check = WeightCheck::default();
    let visit = &mut |group: &[Column]| {
        let weights = group[columns.weight].numbers();
        check.look_at(weights);
        let numbers: Vec<&[f64]> = measured.iter().map(|(column, _)| group[*column].numbers()).collect();
        table.add(Rows {
            weights,
            unit_of_row: &frame.units_of(group[columns.psu].codes()),
            domain_of_row: &cross.domain_of_row(group, weights),
            columns: &numbers,
        });
        ControlFlow::Continue(())
    };
    let numbers = measured.iter().map(|(column, _)| *column);
    let wanted: Vec<usize> = by.iter().copied().chain([columns.weight, columns.psu]).chain(numbers).collect();
    source.for_each_group(&wanted, visit).map_err(PassError::Source)?;
    check.verdict()?;
    let names = Names {
        columns: measured.iter().map(|(_, name)| (*name).to_owned()).collect(),
        items: names,
        domains: cross.labels,
    };
    table.finish(&frame.design, names, options).map_err(PassError::Request)
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
    let mut lanes = Totalled::new(frame.n_units() * width);
    let visit = &mut |group: &[Column]| {
        let weights = group[columns.weight].numbers();
        check.look_at(weights);
        let codes = group[columns.psu].codes();
        let values: Vec<&[f64]> = variables.iter().map(|&column| group[column].numbers()).collect();
        lanes.add(weights.len(), |rows, totals| {
            for i in rows {
                if values.iter().any(|values| values[i].is_nan()) {
                    continue;
                }
                let start = frame.unit_of_code(codes[i]) * width;
                let totals = &mut totals[start..start + width];
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
