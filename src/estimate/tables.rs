//! Many tables in one pass: the answers of many questions in the columns of many banners.

use rayon::prelude::*;

use super::axis::Axis;
use super::error::EstimateError;
use super::estimates::Estimates;
use super::options::Options;
use super::proportions::{check_outcome, table};
use super::share_table::{Piece, ShareTable};
use super::variables::check_rows;
use crate::design::{Codes, Domains, SurveyDesign};

/// Rows that many tables share before the next are read.
const PIECE: usize = 8 * 65_536;
/// Bytes of totals that one pass may hold; more tables take more passes.
pub(super) const PASS_BYTES: usize = 256 << 20;

/// The shares of each outcome in the domains of each banner: `tables[outcome][banner]`, each as [`proportions`](fn@crate::estimate::proportions) gives it.
///
/// Rows are read once for as many tables as the memory budget holds; each block of rows stays in the processor's cache while
/// it is added to all of them. Replicate designs, adjusted weights and rows as units go table by table.
///
/// # Errors
///
/// As for [`proportions`](fn@crate::estimate::proportions).
///
/// # Examples
///
/// ```
/// use opros::design::{Codes, Domains, SurveyDesign};
/// use opros::estimate::{self, Options};
/// let design = SurveyDesign::builder().weights(&[1.0; 4]).psu(&["1", "2", "3", "4"]).build()?;
/// let (q1, q2) = (Codes::from_labels(&["yes", "no", "yes", "no"]), Codes::from_labels(&["a", "a", "b", "b"]));
/// let (all, by_q2) = (Domains::whole(4), Domains::by(&q2));
/// let tables = estimate::tables(&design, &[&q1, &q2], &[&all, &by_q2], &Options::default())?;
/// assert_eq!(tables[0][1].get(0).unwrap().value, Some(0.5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn tables(
    design: &SurveyDesign,
    outcomes: &[&Codes],
    banners: &[&Domains],
    options: &Options,
) -> Result<Vec<Vec<Estimates>>, EstimateError> {
    let stubs: Vec<Axis<'_>> = outcomes.iter().map(|codes| Axis::answers(codes)).collect();
    let banners: Vec<Axis<'_>> = banners.iter().map(|domains| Axis::domains(domains)).collect();
    tables_with(design, &stubs, &banners, options, |_, tables| tables)
}

/// The same for lines and columns that may overlap, with an answer made from the tables of each question: what the answer
/// does not keep is gone before the next questions are read, so a book of any size needs the memory of a few questions.
///
/// `answer` gets the position of the question and its tables, one a banner.
///
/// # Errors
///
/// As for [`proportions`](crate::estimate::proportions).
pub fn tables_with<R: Send>(
    design: &SurveyDesign,
    stubs: &[Axis<'_>],
    banners: &[Axis<'_>],
    options: &Options,
    answer: impl Fn(usize, Vec<Estimates>) -> R + Sync,
) -> Result<Vec<R>, EstimateError> {
    for banner in banners {
        check_rows(design, banner.cell_of_row().len(), options)?;
    }
    for stub in stubs {
        check_outcome(design, stub.cell_of_row().len())?;
    }
    let mut found = Vec::with_capacity(stubs.len());
    if !is_plain(design) {
        for (question, stub) in stubs.iter().enumerate() {
            let tables = banners.par_iter().map(|banner| table(design, stub, banner, options)).collect();
            found.push(answer(question, tables));
        }
        return Ok(found);
    }
    while found.len() < stubs.len() {
        let first = found.len();
        let n = n_in_pass(design.n_units(), &stubs[first..], banners);
        let tables = one_pass(design, &stubs[first..first + n], banners);
        found.extend(answers(design, (first, stubs), banners, options, tables, &answer));
    }
    Ok(found)
}

/// The answers about some questions, the first of which is given, from their tables.
pub(super) fn answers<R: Send>(
    design: &SurveyDesign,
    (first, stubs): (usize, &[Axis<'_>]),
    banners: &[Axis<'_>],
    options: &Options,
    tables: Vec<Vec<ShareTable>>,
    answer: &(impl Fn(usize, Vec<Estimates>) -> R + Sync),
) -> Vec<R> {
    let finish = |(k, tables): (usize, Vec<ShareTable>)| {
        let stub = &stubs[first + k];
        let finished =
            tables.into_iter().zip(banners).map(|(table, banner)| table.finish(design, stub, banner, options));
        answer(first + k, finished.collect())
    };
    tables.into_par_iter().enumerate().map(finish).collect()
}

/// The tables of some questions before the first row.
pub(super) fn empty_tables(n_units: usize, stubs: &[Axis<'_>], banners: &[Axis<'_>]) -> Vec<Vec<ShareTable>> {
    let empty = |stub: &Axis<'_>, banner: &Axis<'_>| ShareTable::new(n_units, stub.n_cells(), banner.n_cells());
    stubs.iter().map(|stub| banners.iter().map(|banner| empty(stub, banner)).collect()).collect()
}

/// Whether totals by unit under one set of weights are all that a share needs.
pub(super) fn is_plain(design: &SurveyDesign) -> bool {
    design.replicates().is_none() && design.adjustments().is_empty() && design.row_units().is_none()
}

/// The leading questions that one pass can hold, at least one.
pub(super) fn n_in_pass(n_units: usize, stubs: &[Axis<'_>], banners: &[Axis<'_>]) -> usize {
    let mut bytes = 0;
    let fits = |stub: &&Axis<'_>| {
        let of = |banner: &Axis<'_>| ShareTable::bytes(n_units, stub.n_cells(), banner.n_cells());
        bytes += banners.iter().map(of).sum::<usize>();
        bytes <= PASS_BYTES
    };
    stubs.iter().take_while(fits).count().max(1)
}

/// One table, for a design in which totals by unit are all that it needs.
pub(super) fn one_table(design: &SurveyDesign, stub: &Axis<'_>, banner: &Axis<'_>, options: &Options) -> Estimates {
    let mut table = ShareTable::new(design.n_units(), stub.n_cells(), banner.n_cells());
    table.add(Piece {
        weights: design.weights(),
        unit_of_row: design.unit_of_row(),
        answers: stub.cell_of_row(),
        domains: banner.cell_of_row(),
    });
    table.finish(design, stub, banner, options)
}

/// Reads the rows once, piece by piece, into the tables of some questions.
fn one_pass(design: &SurveyDesign, stubs: &[Axis<'_>], banners: &[Axis<'_>]) -> Vec<Vec<ShareTable>> {
    let mut tables = empty_tables(design.n_units(), stubs, banners);
    for start in (0..design.n_rows()).step_by(PIECE) {
        let rows = start..(start + PIECE).min(design.n_rows());
        tables.par_iter_mut().zip(stubs).for_each(|(tables, stub)| {
            tables.par_iter_mut().zip(banners).for_each(|(table, banner)| {
                table.add(Piece {
                    weights: &design.weights()[rows.clone()],
                    unit_of_row: &design.unit_of_row()[rows.clone()],
                    answers: &stub.cell_of_row()[rows.clone()],
                    domains: &banner.cell_of_row()[rows.clone()],
                });
            });
        });
    }
    tables
}
