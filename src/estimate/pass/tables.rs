//! Many tables from rows that come in groups: the answers of many questions in the columns of many banners.

use std::ops::ControlFlow;

use rayon::prelude::*;

use super::{DesignColumns, PassError, PsuFrame, WeightCheck, check_level};
use crate::estimate::share_table::{Piece, ShareTable};
use crate::estimate::tables::{answers, empty_tables, n_in_pass};
use crate::estimate::{Axis, Estimates, Options};
use crate::rows::{Column, RowSource};

/// Where the columns of many tables stand: codes are the cells of the lines and of the columns.
#[derive(Debug, Clone)]
pub struct TableColumns {
    /// The design.
    pub design: DesignColumns,
    /// One column a question.
    pub questions: Vec<usize>,
    /// One column a banner; [`MISSING`](crate::rows::MISSING) is outside.
    pub banners: Vec<usize>,
}

/// The same as [`tables_with`](crate::estimate::tables_with) gives, bit by bit, from rows that are read once for as many questions
/// as the memory budget holds. For designs in which units are no rows.
///
/// # Errors
///
/// What reading may fail with, unusable weights, a level outside 0..1.
pub fn tables_with<S: RowSource, R: Send>(
    source: &S,
    frame: &PsuFrame,
    columns: &TableColumns,
    stubs: &[Axis<'_>],
    banners: &[Axis<'_>],
    options: &Options,
    answer: impl Fn(usize, Vec<Estimates>) -> R + Sync,
) -> Result<Vec<R>, PassError<S::Error>> {
    check_level(options)?;
    let mut found = Vec::with_capacity(stubs.len());
    while found.len() < stubs.len() {
        let first = found.len();
        let n = n_in_pass(frame.n_units(), &stubs[first..], banners);
        let mut tables = empty_tables(frame.n_units(), &stubs[first..first + n], banners);
        add(source, frame, columns, &columns.questions[first..first + n], &mut tables)?;
        found.extend(answers(&frame.design, (first, stubs), banners, options, tables, &answer));
    }
    Ok(found)
}

/// Reads the rows once into the tables of some questions.
fn add<S: RowSource>(
    source: &S,
    frame: &PsuFrame,
    columns: &TableColumns,
    questions: &[usize],
    tables: &mut [Vec<ShareTable>],
) -> Result<(), PassError<S::Error>> {
    let TableColumns { design, banners, .. } = columns;
    let mut check = WeightCheck::default();
    let visit = &mut |group: &[Column]| {
        let weights = group[design.weight].numbers();
        check.look_at(weights);
        let unit_of_row = frame.units_of(group[design.psu].codes());
        tables.par_iter_mut().zip(questions).for_each(|(tables, question)| {
            tables.par_iter_mut().zip(banners).for_each(|(table, banner)| {
                table.add(Piece {
                    weights,
                    unit_of_row: &unit_of_row,
                    answers: group[*question].codes(),
                    domains: group[*banner].codes(),
                });
            });
        });
        ControlFlow::Continue(())
    };
    let wanted: Vec<usize> = questions.iter().chain(banners).copied().chain([design.weight, design.psu]).collect();
    source.for_each_group(&wanted, visit).map_err(PassError::Source)?;
    check.verdict()
}
