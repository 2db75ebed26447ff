//! Shares of the answers of a coded column in all domains, from one pass.

use std::ops::ControlFlow;

use super::{Cross, DesignColumns, PassError, PsuFrame, WeightCheck, check_level, replicated, rows};
use crate::estimate::axis::Axis;
use crate::estimate::share_table::{Piece, ShareTable};
use crate::estimate::{Estimates, Options};
use crate::rows::{Column, RowSource};

/// The share of each level of a coded column in each domain: all combinations of the labels of `by`, the last fastest.
///
/// Domain by domain, and in each in the order of the levels; see [`crate::estimate::proportions`] for the definition.
///
/// # Errors
///
/// What reading may fail with, unusable weights, a level outside 0..1.
pub fn proportions<S: RowSource>(
    source: &S,
    frame: &PsuFrame,
    columns: DesignColumns,
    outcome: usize,
    by: &[usize],
    options: &Options,
) -> Result<Estimates, PassError<S::Error>> {
    check_level(options)?;
    let cross = Cross::of(source, by);
    if !frame.replicates.is_empty() {
        return replicated::shares(source, frame, columns, outcome, cross, options);
    }
    if let Some(units) = frame.design.row_units() {
        return rows::shares(source, (frame, units), columns, outcome, cross, options);
    }
    let n_levels = source.labels(outcome).len();
    let n_domains = cross.n();
    let mut table = ShareTable::new(frame.n_units(), n_levels, n_domains);
    let mut check = WeightCheck::default();
    let visit = &mut |group: &[Column]| {
        let weights = group[columns.weight].numbers();
        check.look_at(weights);
        table.add(Piece {
            weights,
            unit_of_row: &frame.units_of(group[columns.psu].codes()),
            answers: group[outcome].codes(),
            domains: &cross.domain_of_row(group, weights),
        });
        ControlFlow::Continue(())
    };
    let wanted: Vec<usize> = by.iter().copied().chain([columns.weight, columns.psu, outcome]).collect();
    source.for_each_group(&wanted, visit).map_err(PassError::Source)?;
    check.verdict()?;
    let stub = Axis::named(source.labels(outcome));
    Ok(table.finish(&frame.design, &stub, &Axis::named(&cross.labels), options))
}
