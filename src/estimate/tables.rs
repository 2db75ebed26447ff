//! Many tables in one pass: the answers of many questions in the columns of many banners.

use std::ops::Range;

use super::accumulate::in_lanes;
use super::error::EstimateError;
use super::estimates::{Estimates, UnitScores};
use super::finish::{BlockTotals, Finished, Quantity, finish};
use super::options::{MissingOutcome, Options};
use super::proportions::{check_outcome, proportions, shares_block};
use super::variables::check_request;
use crate::design::{Base, Codes, Domains, MISSING, SurveyDesign, UnitSet};

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

impl Pair<'_> {
    /// Cells of a domain: the answers, and one more for rows without an answer.
    fn width(&self) -> usize {
        self.outcome.n_labels() + 1
    }

    fn n_cells(&self) -> usize {
        self.width() * self.domains.len()
    }

    /// Weights by unit and cell; then, by cell, the number of rows and the sum of squared weights.
    fn size(&self, n_units: usize) -> usize {
        (n_units + 2) * self.n_cells()
    }

    /// Adds a range of rows.
    fn add(&self, design: &SurveyDesign, rows: Range<usize>, totals: &mut [f64]) {
        let n_cells = self.n_cells();
        let (by_unit, counts) = totals.split_at_mut(design.n_units() * n_cells);
        let width = self.width() as u32;
        let columns = self.outcome.codes()[rows.clone()]
            .iter()
            .zip(&self.domains.code_of_row()[rows.clone()])
            .zip(&design.weights()[rows.clone()])
            .zip(&design.unit_of_row()[rows]);
        for (((&answer, &domain), &w), &unit) in columns {
            if domain != MISSING && w != 0.0 {
                let cell = (domain * width + answer.min(width - 1)) as usize;
                by_unit[unit as usize * n_cells + cell] += w;
                counts[2 * cell] += 1.0;
                counts[2 * cell + 1] += w * w;
            }
        }
    }

    /// Estimates from the totals of the table, which become the scores in place.
    fn finish(&self, design: &SurveyDesign, mut totals: Vec<f64>, options: &Options) -> Estimates {
        let (n_levels, width, n_domains) = (self.outcome.n_labels(), self.width(), self.domains.len());
        let n_cells = self.n_cells();
        let counts = totals.split_off(design.n_units() * n_cells);
        let counts: Vec<&[f64]> = counts.chunks_exact(2 * width).collect();
        // Rows without an answer are outside the base, or stay in it.
        let kept = if options.missing == MissingOutcome::Exclude { n_levels } else { width };
        let mut sums = vec![0.0; n_cells];
        for unit in totals.chunks_exact(n_cells.max(1)) {
            sums.iter_mut().zip(unit).for_each(|(sum, t)| *sum += t);
        }
        let sizes: Vec<f64> = sums.chunks_exact(width).map(|d| d[..kept].iter().sum()).collect();
        let mut units = vec![UnitSet::new(design.n_units()); n_domains];
        for (unit, cells) in totals.chunks_exact_mut(n_cells.max(1)).enumerate() {
            for (d, cells) in cells.chunks_exact_mut(width).enumerate() {
                let size: f64 = cells[..kept].iter().sum();
                if size > 0.0 {
                    units[d].insert(unit);
                    for (t, sum) in cells.iter_mut().zip(&sums[d * width..]).take(n_levels) {
                        *t = (*t - sum / sizes[d] * size) / sizes[d];
                    }
                }
                // The last cell of a domain is no estimate.
                cells[n_levels] = 0.0;
            }
        }
        let base = |(d, units): (usize, UnitSet)| {
            let sum = |offset: usize| counts[d][offset..2 * kept].iter().step_by(2).sum::<f64>();
            Base::from_units(design, sum(0) as usize, sizes[d], sum(1), units)
        };
        let bases: Vec<Base> = units.into_iter().enumerate().map(base).collect();
        let refuses = options.missing == MissingOutcome::Refuse;
        let has_missing: Vec<bool> = counts.iter().map(|d| refuses && d[2 * n_levels] > 0.0).collect();
        let point = |c: usize| (sums[c / n_levels * width + c % n_levels], sizes[c / n_levels]);
        let points = (0..n_domains * n_levels).map(point).collect();
        let scores = UnitScores { n_columns: n_cells, data: totals };
        let block = shares_block(BlockTotals::Scores { scores, width, points }, n_levels, &has_missing);
        let request = Finished {
            names: self.outcome.labels().to_vec(),
            domain_labels: self.domains.labels().to_vec(),
            domain_of_row: None,
            bases,
            options: options.clone(),
        };
        finish(design, Quantity::Proportion, vec![block], request)
    }
}

/// The leading tables that one pass can hold, at least one.
fn n_in_pass(design: &SurveyDesign, pairs: &[Pair<'_>]) -> usize {
    let mut bytes = 0;
    let fits = |pair: &&Pair<'_>| {
        bytes += 8 * pair.size(design.n_units());
        bytes <= PASS_BYTES
    };
    pairs.iter().take_while(fits).count().max(1)
}

/// Reads the rows once and finishes all tables.
pub(super) fn one_pass(design: &SurveyDesign, pairs: &[Pair<'_>], options: &Options) -> Vec<Estimates> {
    let mut starts = Vec::with_capacity(pairs.len());
    let mut size = 0;
    for pair in pairs {
        starts.push(size);
        size += pair.size(design.n_units());
    }
    let mut totals = in_lanes(design.n_rows(), size, |rows, totals| {
        for (pair, start) in pairs.iter().zip(&starts) {
            pair.add(design, rows.clone(), &mut totals[*start..]);
        }
    });
    // From the last table to the first, so that each takes its part off the end.
    let tables = pairs.iter().zip(&starts).rev();
    let mut found: Vec<Estimates> =
        tables.map(|(pair, start)| pair.finish(design, totals.split_off(*start), options)).collect();
    found.reverse();
    found
}
