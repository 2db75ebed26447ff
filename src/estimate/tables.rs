//! Many tables in one pass: the answers of many questions in the columns of many banners.

use rayon::prelude::*;

use super::error::EstimateError;
use super::estimates::Estimates;
use super::options::Options;
use super::proportions::{check_outcome, proportions};
use super::share_table::{Piece, ShareTable};
use super::variables::check_request;
use crate::design::{Codes, Domains, SurveyDesign};

/// Rows that many tables share before the next are read.
const PIECE: usize = 8 * 65_536;
/// Bytes of totals that one pass may hold; more tables take more passes.
const PASS_BYTES: usize = 256 << 20;

/// The shares of each outcome in the domains of each banner: `tables[outcome][banner]`, each as [`proportions`] gives it.
///
/// Rows are read once for as many tables as the memory budget holds; each block of rows stays in the processor's cache while
/// it is added to all of them. Replicate designs, adjusted weights and rows as units go table by table.
///
/// # Errors
///
/// As for [`proportions`].
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
    for banner in banners {
        check_request(design, banner, options)?;
    }
    for outcome in outcomes {
        check_outcome(design, outcome)?;
    }
    if !is_plain(design) {
        let row = |outcome: &&Codes| banners.iter().map(|b| proportions(design, outcome, b, options)).collect();
        return outcomes.iter().map(row).collect();
    }
    let pairs: Vec<Pair<'_>> =
        outcomes.iter().flat_map(|outcome| banners.iter().map(move |domains| Pair { outcome, domains })).collect();
    let mut found = Vec::with_capacity(pairs.len());
    let mut rest = pairs.as_slice();
    while !rest.is_empty() {
        let (now, later) = rest.split_at(n_in_pass(design, rest));
        found.extend(one_pass(design, now, options));
        rest = later;
    }
    let mut found = found.into_iter();
    Ok(outcomes.iter().map(|_| found.by_ref().take(banners.len()).collect()).collect())
}

/// Whether totals by unit under one set of weights are all that a share needs.
pub(super) fn is_plain(design: &SurveyDesign) -> bool {
    design.replicates().is_none() && design.adjustments().is_empty() && design.row_units().is_none()
}

/// One table: an outcome in the domains of a banner.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub outcome: &'a Codes,
    pub domains: &'a Domains,
}

/// The leading tables that one pass can hold, at least one.
fn n_in_pass(design: &SurveyDesign, pairs: &[Pair<'_>]) -> usize {
    let mut bytes = 0;
    let fits = |pair: &&Pair<'_>| {
        bytes += 8 * ShareTable::size(design.n_units(), pair.outcome.n_labels(), pair.domains.len());
        bytes <= PASS_BYTES
    };
    pairs.iter().take_while(fits).count().max(1)
}

/// Reads the rows once, piece by piece, and finishes all tables.
pub(super) fn one_pass(design: &SurveyDesign, pairs: &[Pair<'_>], options: &Options) -> Vec<Estimates> {
    let n_units = design.n_units();
    let empty = |pair: &Pair<'_>| ShareTable::new(n_units, pair.outcome.n_labels(), pair.domains.len());
    let mut tables: Vec<ShareTable> = pairs.iter().map(empty).collect();
    let n_rows = design.n_rows();
    // One table takes all rows at once; many share pieces that stay in the cache.
    let n_at_once = if pairs.len() == 1 { n_rows } else { PIECE };
    for start in (0..n_rows).step_by(n_at_once.max(1)) {
        let rows = start..(start + n_at_once).min(n_rows);
        tables.par_iter_mut().zip(pairs).for_each(|(table, pair)| {
            table.add(Piece {
                weights: &design.weights()[rows.clone()],
                unit_of_row: &design.unit_of_row()[rows.clone()],
                answers: &pair.outcome.codes()[rows.clone()],
                domains: &pair.domains.code_of_row()[rows.clone()],
            });
        });
    }
    let finish = |(table, pair): (ShareTable, &Pair<'_>)| {
        table.finish(design, pair.outcome.labels().to_vec(), pair.domains.labels().to_vec(), options)
    };
    tables.into_iter().zip(pairs).map(finish).collect()
}
