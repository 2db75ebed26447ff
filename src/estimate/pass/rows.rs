//! Rows as their own sampling units, read in groups: moments by stratum and domain. The codes of the unit column of such a
//! [`PsuFrame`](super::PsuFrame) are strata. Scores would be as many as the rows and are not kept.

use std::ops::ControlFlow;

use super::sums::Rows;
use super::{Cross, DesignColumns, PassError, PsuFrame, WeightCheck};
use crate::design::{Base, RowUnits, UnitSet};
use crate::estimate::accumulate::{Counts, Lanes, Scatter};
use crate::estimate::axis::Axis;
use crate::estimate::by_row::{Points, ShareSums, Squares};
use crate::estimate::finish::{Block, BlockTotals, Quantity, finish};
use crate::estimate::proportions::shares_block;
use crate::estimate::{Estimates, MissingOutcome, Options};
use crate::rows::{Column, MISSING, RowSource};

/// Rows, weights and strata with members by domain, while rows come in.
struct Bases {
    counts: Counts,
    strata: Vec<UnitSet>,
}

impl Bases {
    fn new(n_domains: usize, n_strata: usize) -> Self {
        Bases { counts: Counts::new(n_domains), strata: vec![UnitSet::new(n_strata); n_domains] }
    }

    fn add(&mut self, weights: &[f64], strata: &[u32], domains: &[u32]) {
        self.counts.add(weights, domains);
        for (&stratum, &domain) in strata.iter().zip(domains) {
            if let Some(set) = self.strata.get_mut(domain as usize) {
                set.insert(stratum as usize);
            }
        }
    }

    fn finish(self, frame: &PsuFrame) -> Vec<Base> {
        self.counts.bases_of_rows(&frame.design, self.strata)
    }
}

/// Shares of the answers; see [`super::proportions`].
pub(super) fn shares<S: RowSource>(
    source: &S,
    (frame, units): (&PsuFrame, RowUnits<'_>),
    columns: DesignColumns,
    outcome: usize,
    cross: Cross<'_>,
    options: &Options,
) -> Result<Estimates, PassError<S::Error>> {
    let (n_domains, n_strata) = (cross.n(), units.n.len());
    let n_levels = source.labels(outcome).len();
    let width = n_levels as u32 + 1;
    let mut check = WeightCheck::default();
    let mut answers = Scatter::<2>::new(n_strata, n_domains * width as usize);
    let mut all = Scatter::<2>::new(n_strata, n_domains);
    let mut bases = Bases::new(n_domains, n_strata);
    let mut has_missing = vec![false; n_domains];
    let visit = &mut |group: &[Column]| {
        let weights = group[columns.weight].numbers();
        check.look_at(weights);
        let strata = frame.units_of(group[columns.psu].codes());
        let mut domains = cross.domain_of_row(group, weights);
        let mut cells = vec![MISSING; weights.len()];
        for ((cell, domain), &answer) in cells.iter_mut().zip(&mut domains).zip(group[outcome].codes()) {
            if answer == MISSING && options.missing == MissingOutcome::Exclude {
                *domain = MISSING;
            }
            if *domain != MISSING {
                *cell = *domain * width + answer.min(width - 1);
                has_missing[*domain as usize] |= answer == MISSING && options.missing == MissingOutcome::Refuse;
            }
        }
        answers.add(weights, Some(&strata), &cells, [None, Some(weights)]);
        all.add(weights, Some(&strata), &domains, [None, Some(weights)]);
        bases.add(weights, &strata, &domains);
        ControlFlow::Continue(())
    };
    let wanted: Vec<usize> = cross.by.iter().copied().chain([columns.weight, columns.psu, outcome]).collect();
    source.for_each_group(&wanted, visit).map_err(PassError::Source)?;
    check.verdict()?;
    let ([sums, squares], [all, all_squares]) = (answers.finish(), all.finish());
    let (stub, banner) = (Axis::named(source.labels(outcome)), Axis::named(&cross.labels));
    let cells = ShareSums { sums, squares, all, all_squares }.cells(&stub, &banner, units.n, None);
    let block = shares_block(BlockTotals::Rows(cells), n_levels, &has_missing);
    let request = cross.finished(source.labels(outcome).to_vec(), bases.finish(frame), options);
    Ok(finish(&frame.design, Quantity::Proportion, vec![block], request))
}

impl Rows<'_> {
    /// Totals, means or ratios: a look at the rows for the points, one for the residuals, one for their squares.
    pub(super) fn of_row_units<S: RowSource>(
        self,
        source: &S,
        (frame, units): (&PsuFrame, RowUnits<'_>),
        quantity: Quantity,
        options: &Options,
    ) -> Result<Estimates, PassError<S::Error>> {
        let (n_domains, n_strata) = (self.cross.n(), units.n.len());
        let wanted = self.wanted();
        let mut check = WeightCheck::default();
        let mut sums: Vec<_> = self.items.iter().map(|_| Scatter::<2>::new(1, n_domains)).collect();
        let mut bases = Bases::new(n_domains, n_strata);
        let mut has_missing = vec![vec![false; n_domains]; self.items.len()];
        let visit = &mut |group: &[Column]| {
            let weights = group[self.columns.weight].numbers();
            check.look_at(weights);
            let domains = self.domain_of_row(group);
            bases.add(weights, &frame.units_of(group[self.columns.psu].codes()), &domains);
            for ((item, sums), has_missing) in self.items.iter().zip(&mut sums).zip(&mut has_missing) {
                let (y, x) = self.values_of(group, item);
                sums.add(weights, None, &domains, [Some(&y), x.as_deref()]);
                self.mark_missing(&y, x.as_deref(), &domains, has_missing);
            }
            ControlFlow::Continue(())
        };
        source.for_each_group(&wanted, visit).map_err(PassError::Source)?;
        check.verdict()?;
        let bases = bases.finish(frame);
        let points: Vec<Points> = sums
            .into_iter()
            .map(|sums| {
                let [above, below] = sums.finish();
                Points { above, below: (quantity != Quantity::Total).then_some(below) }
            })
            .collect();

        let mut sums: Vec<_> = self.items.iter().map(|_| Scatter::<1>::new(n_strata, n_domains)).collect();
        let visit = &mut |group: &[Column]| {
            let weights = group[self.columns.weight].numbers();
            let (domains, strata) = (self.domain_of_row(group), frame.units_of(group[self.columns.psu].codes()));
            for ((item, sums), points) in self.items.iter().zip(&mut sums).zip(&points) {
                let (y, x) = self.values_of(group, item);
                let rest = points.residuals(&y, x.as_deref(), &domains);
                sums.add(weights, Some(&strata), &domains, [Some(&rest)]);
            }
            ControlFlow::Continue(())
        };
        source.for_each_group(&wanted, visit).map_err(PassError::Source)?;

        let with_sums = points.into_iter().zip(sums).map(|(points, sums)| {
            let [sums] = sums.finish();
            Squares::new(points, sums, units.n)
        });
        let mut squares: Vec<Squares<'_>> = with_sums.collect();
        let slopes: Vec<Vec<f64>> =
            self.items.iter().zip(&squares).map(|(i, s)| i.slopes(s.points(), &bases)).collect();
        let mut spreads: Vec<_> = self.items.iter().map(|_| Lanes::new(n_domains)).collect();
        let visit = &mut |group: &[Column]| {
            let weights = group[self.columns.weight].numbers();
            let (domains, strata) = (self.domain_of_row(group), frame.units_of(group[self.columns.psu].codes()));
            let both = squares.iter_mut().zip(&mut spreads);
            for ((item, slopes), (squares, spreads)) in self.items.iter().zip(&slopes).zip(both) {
                let (y, x) = self.values_of(group, item);
                let rest = squares.points().residuals(&y, x.as_deref(), &domains);
                squares.add(weights, &rest, &strata, &domains);
                self.add_spreads(group, item, slopes, &domains, spreads);
            }
            ControlFlow::Continue(())
        };
        source.for_each_group(&wanted, visit).map_err(PassError::Source)?;
        let parts = squares.into_iter().zip(spreads).zip(has_missing);
        let block = |((squares, spreads), has_missing): ((Squares<'_>, Lanes), Vec<bool>)| Block {
            totals: BlockTotals::Rows(squares.cells(None)),
            per_domain: 1,
            spreads: spreads.finish(),
            has_missing,
        };
        let blocks = parts.map(block).collect();
        let names = self.names();
        Ok(finish(&frame.design, quantity, blocks, self.cross.finished(names, bases, options)))
    }
}
