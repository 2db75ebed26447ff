//! Shares of the answers of a coded column in all domains, from one pass.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::{Cross, DesignColumns, PassError, PsuFrame, WeightCheck, check_level};
use crate::estimate::accumulate::{Counts, Scatter, Totals};
use crate::estimate::finish::{BlockTotals, Quantity, finish};
use crate::estimate::proportions::{shares_block, split};
use crate::estimate::{Estimates, MissingOutcome, Options};
use crate::rows::{Column, MISSING, RowSource};

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
    let n_levels = source.labels(outcome).len();
    let n_domains = cross.n();
    let width = u32::try_from(n_levels + 1).unwrap_or(MISSING);
    let mut cells = Scatter::<1>::new(frame.n_units(), n_domains * (n_levels + 1));
    let mut counts = Counts::new(n_domains);
    let mut has_missing = vec![false; n_domains];
    let mut check = WeightCheck::default();
    let visit = &mut |group: &[Column]| {
        let weights = group[columns.weight].numbers();
        check.look_at(weights);
        let mut domain_of_row = cross.domain_of_row(group, weights);
        let mut cell_of_row = vec![MISSING; weights.len()];
        for ((domain, cell), &answer) in domain_of_row.iter_mut().zip(&mut cell_of_row).zip(group[outcome].codes()) {
            if *domain == MISSING {
                continue;
            }
            if answer == MISSING {
                match options.missing {
                    MissingOutcome::Exclude => {
                        *domain = MISSING;
                        continue;
                    }
                    MissingOutcome::Refuse => has_missing[*domain as usize] = true,
                    MissingOutcome::KeepInBase => {}
                }
            }
            *cell = *domain * width + answer.min(width - 1);
        }
        cells.add(weights, Some(&frame.units_of(group[columns.psu].codes())), &cell_of_row, [None]);
        counts.add(weights, &domain_of_row);
        ControlFlow::Continue(())
    };
    let wanted: Vec<usize> = by.iter().copied().chain([columns.weight, columns.psu, outcome]).collect();
    source.for_each_group(&wanted, visit).map_err(PassError::Source)?;
    check.verdict()?;
    let [parts] = cells.finish();
    let (above, below) = split(&Totals::of_units(parts, n_domains * (n_levels + 1)), n_levels);
    let below = Arc::new(below);
    let bases = counts.bases(&frame.design, &below);
    let totals = BlockTotals::Parts { above, below: Some(below) };
    let block = shares_block(totals, n_levels, &has_missing);
    let request = cross.finished(source.labels(outcome).to_vec(), bases, options);
    Ok(finish(&frame.design, Quantity::Proportion, vec![block], request))
}
