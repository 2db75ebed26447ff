//! Replicate weights that are columns of a source, read in groups: totals under every set of weights.

use std::ops::ControlFlow;
use std::sync::Arc;

use super::rows::{Bases, Item, Rows, finished};
use super::{Cross, DesignColumns, PassError, PsuFrame, WeightCheck};
use crate::design::{Base, RankLook};
use crate::estimate::accumulate::Totals;
use crate::estimate::axis::Axis;
use crate::estimate::finish::{Block, BlockTotals, Quantity, finish};
use crate::estimate::proportions::{shares_block, split};
use crate::estimate::replicate_totals::ByReplicate;
use crate::estimate::{DegfRule, Estimates, MissingOutcome, Options};
use crate::numeric::lanes::Totalled;
use crate::rows::{Column, MISSING, RowSource};

/// Degrees of freedom of all rows of a source under its replicate weights: their rank minus one.
///
/// # Errors
///
/// What reading may fail with.
pub fn degf<S: RowSource>(source: &S, frame: &PsuFrame, columns: DesignColumns) -> Result<f64, S::Error> {
    let domains = |group: &[Column]| {
        let weights = group[columns.weight].numbers();
        weights.iter().map(|w| if *w == 0.0 { MISSING } else { 0 }).collect()
    };
    let members = Members { source, frame, columns, domains: &domains };
    let bases = members.bases(1, vec![columns.weight], DegfRule::Domain, &mut |_| {})?;
    Ok(bases[0].degf)
}

/// The rows of a source and the domain of each.
pub(super) struct Members<'a, S> {
    pub source: &'a S,
    pub frame: &'a PsuFrame,
    pub columns: DesignColumns,
    pub domains: &'a dyn Fn(&[Column]) -> Vec<u32>,
}

impl<S: RowSource> Members<'_, S> {
    /// The bases of the domains: a look for their rows, and where degrees of freedom are not given, one or two more for the
    /// rank of the weights. `visit` sees the groups of the first look.
    pub fn bases(
        &self,
        n_domains: usize,
        mut wanted: Vec<usize>,
        degf: DegfRule,
        visit: &mut dyn FnMut(&[Column]),
    ) -> Result<Vec<Base>, S::Error> {
        wanted.push(self.columns.psu);
        let known = degf.known();
        if known.is_none() {
            wanted.extend(&self.frame.replicates);
        }
        let n_ranks = if known.is_some() { 0 } else { n_domains };
        let mut ranks = vec![RankLook::new(self.frame.replicates.len()); n_ranks];
        let mut bases = Bases::new(n_domains, self.frame);
        self.source.for_each_group(&wanted, &mut |group| {
            visit(group);
            let domains = (self.domains)(group);
            let units = self.frame.units_of(group[self.columns.psu].codes());
            bases.add(group[self.columns.weight].numbers(), &units, &domains);
            self.each_member(group, &domains, &mut ranks, |rank, sets, row| rank.meet(|r| sets[r][row]));
            ControlFlow::Continue(())
        })?;
        let mut found = vec![known; n_domains];
        while found.contains(&None) {
            self.source.for_each_group(&wanted, &mut |group| {
                let mut domains = (self.domains)(group);
                let is_open = |domain: &u32| found.get(*domain as usize).is_some_and(Option::is_none);
                domains.iter_mut().filter(|domain| !is_open(domain)).for_each(|domain| *domain = MISSING);
                self.each_member(group, &domains, &mut ranks, |rank, sets, row| rank.take(|r| sets[r][row]));
                ControlFlow::Continue(())
            })?;
            for (degf, rank) in found.iter_mut().zip(&mut ranks).filter(|(degf, _)| degf.is_none()) {
                *degf = rank.degf();
            }
        }
        let degf: Vec<f64> = found.into_iter().flatten().collect();
        Ok(bases.finish_with(self.frame, &degf))
    }

    fn each_member(
        &self,
        group: &[Column],
        domains: &[u32],
        ranks: &mut [RankLook],
        add: impl Fn(&mut RankLook, &[&[f64]], usize),
    ) {
        if ranks.is_empty() {
            return;
        }
        let sets = sets(self.frame, group);
        for (row, domain) in domains.iter().enumerate() {
            if let Some(rank) = ranks.get_mut(*domain as usize) {
                add(rank, &sets, row);
            }
        }
    }
}

/// The replicate weights of a group.
fn sets<'g>(frame: &PsuFrame, group: &'g [Column]) -> Vec<&'g [f64]> {
    frame.replicates.iter().map(|column| group[*column].numbers()).collect()
}

/// Shares of the answers; see [`super::proportions`].
pub(super) fn shares<S: RowSource>(
    source: &S,
    frame: &PsuFrame,
    columns: DesignColumns,
    outcome: usize,
    cross: Cross<'_>,
    options: &Options,
) -> Result<Estimates, PassError<S::Error>> {
    let n_domains = cross.n();
    let n_levels = source.labels(outcome).len();
    let width = n_levels as u32 + 1;
    let answered = |group: &[Column]| {
        let mut domains = cross.domain_of_row(group, group[columns.weight].numbers());
        if options.missing == MissingOutcome::Exclude {
            let answers = group[outcome].codes().iter();
            domains.iter_mut().zip(answers).filter(|(_, a)| **a == MISSING).for_each(|(domain, _)| *domain = MISSING);
        }
        domains
    };
    let mut check = WeightCheck::default();
    let mut totals = ByReplicate::<1>::new(frame.replicates.len(), n_domains * width as usize);
    let mut has_missing = vec![false; n_domains];
    let wanted: Vec<usize> = cross.by.iter().copied().chain([columns.weight, outcome]).collect();
    let visit = &mut |group: &[Column]| {
        let weights = group[columns.weight].numbers();
        check.look_at(weights);
        let cell = |(domain, &answer): (u32, &u32)| {
            if domain == MISSING {
                return MISSING;
            }
            has_missing[domain as usize] |= answer == MISSING && options.missing == MissingOutcome::Refuse;
            domain * width + answer.min(width - 1)
        };
        let cells: Vec<u32> = answered(group).into_iter().zip(group[outcome].codes()).map(cell).collect();
        totals.add(weights, &sets(frame, group), &cells, [None]);
        ControlFlow::Continue(())
    };
    let with_sets: Vec<usize> = wanted.iter().chain(&frame.replicates).copied().collect();
    source.for_each_group(&with_sets, visit).map_err(PassError::Source)?;
    check.verdict()?;
    let members = Members { source, frame, columns, domains: &answered };
    let bases = members.bases(n_domains, wanted, options.degf, &mut |_| {}).map_err(PassError::Source)?;
    let [all] = totals.finish();
    let (above, below) = split(&all, &Axis::named(source.labels(outcome)), &Axis::named(&cross.labels));
    let block = shares_block(BlockTotals::Parts { above, below: Some(Arc::new(below)) }, n_levels, &has_missing);
    let request = finished(cross, source.labels(outcome).to_vec(), bases, options);
    Ok(finish(&frame.design, Quantity::Proportion, vec![block], request))
}

/// The totals that an item needs under every set of weights: the first one those of the weights as well.
enum Sums {
    /// Weights and values.
    First(ByReplicate<2>),
    /// Values.
    Further(ByReplicate<1>),
    /// Weights, values, and what stands below them.
    Ratio(ByReplicate<3>),
}

impl Sums {
    fn new(at: usize, item: &Item, n_sets: usize, n_domains: usize) -> Self {
        match (item.below, at) {
            (Some(_), _) => Self::Ratio(ByReplicate::new(n_sets, n_domains)),
            (None, 0) => Self::First(ByReplicate::new(n_sets, n_domains)),
            (None, _) => Self::Further(ByReplicate::new(n_sets, n_domains)),
        }
    }

    fn add(&mut self, weights: &[f64], sets: &[&[f64]], domains: &[u32], y: &[f64], x: Option<&[f64]>) {
        match self {
            Self::First(sums) => sums.add(weights, sets, domains, [None, Some(y)]),
            Self::Further(sums) => sums.add(weights, sets, domains, [Some(y)]),
            Self::Ratio(sums) => sums.add(weights, sets, domains, [None, Some(y), x]),
        }
    }

    /// Totals above and below the line; `sizes` are the sums of weights that all items share.
    fn finish(self, quantity: Quantity, sizes: &mut Option<Arc<Totals>>) -> BlockTotals {
        let above = match self {
            Self::Ratio(sums) => {
                let [_, above, below] = sums.finish();
                return BlockTotals::Parts { above, below: Some(Arc::new(below)) };
            }
            Self::First(sums) => {
                let [own, above] = sums.finish();
                *sizes = Some(Arc::new(own));
                above
            }
            Self::Further(sums) => {
                let [above] = sums.finish();
                above
            }
        };
        BlockTotals::Parts { above, below: sizes.clone().filter(|_| quantity == Quantity::Ratio) }
    }
}

/// Totals, means or ratios; see [`super::totals`] and its sisters.
pub(super) fn values<S: RowSource>(
    source: &S,
    frame: &PsuFrame,
    columns: DesignColumns,
    items: &[Item],
    cross: Cross<'_>,
    options: &Options,
) -> Result<Estimates, PassError<S::Error>> {
    let n_domains = cross.n();
    let rows = Rows { cross, columns, items, missing: options.missing };
    let wanted = rows.wanted();
    let mut check = WeightCheck::default();
    let new = |(at, item): (usize, &Item)| Sums::new(at, item, frame.replicates.len(), n_domains);
    let mut sums: Vec<Sums> = items.iter().enumerate().map(new).collect();
    let mut has_missing = vec![vec![false; n_domains]; items.len()];
    let mut numbers: Vec<_> = items.iter().map(Item::checks).collect();
    let visit = &mut |group: &[Column]| {
        let weights = group[columns.weight].numbers();
        check.look_at(weights);
        let (domains, sets) = (rows.domain_of_row(group), sets(frame, group));
        items.iter().zip(&mut numbers).for_each(|(item, numbers)| item.look_at(group, numbers));
        for ((item, sums), has_missing) in items.iter().zip(&mut sums).zip(&mut has_missing) {
            let (y, x) = rows.values_of(group, item);
            sums.add(weights, &sets, &domains, &y, x.as_deref());
            rows.mark_missing(&y, x.as_deref(), &domains, has_missing);
        }
        ControlFlow::Continue(())
    };
    let with_sets: Vec<usize> = wanted.iter().chain(&frame.replicates).copied().collect();
    source.for_each_group(&with_sets, visit).map_err(PassError::Source)?;
    check.verdict()?;
    items.iter().zip(&numbers).try_for_each(|(item, numbers)| item.verdict(numbers))?;
    let domains = |group: &[Column]| rows.domain_of_row(group);
    let members = Members { source, frame, columns, domains: &domains };
    let bases = members.bases(n_domains, wanted.clone(), options.degf, &mut |_| {}).map_err(PassError::Source)?;

    let quantity = items.first().map_or(Quantity::Total, |item| item.quantity);
    let mut sizes = None;
    let totals: Vec<BlockTotals> = sums.into_iter().map(|sums| sums.finish(quantity, &mut sizes)).collect();
    let slopes = |(item, totals): (&Item, &BlockTotals)| -> Vec<f64> {
        let slope = |(d, base): (usize, &Base)| match totals.points(d, 1) {
            (above, Some(under)) if item.below.is_some() => above / under,
            (above, _) => above / base.sum_w,
        };
        bases.iter().enumerate().map(slope).collect()
    };
    let slopes: Vec<Vec<f64>> = items.iter().zip(&totals).map(slopes).collect();
    let mut spreads: Vec<Totalled> = items.iter().map(|_| Totalled::new(n_domains)).collect();
    let visit = &mut |group: &[Column]| {
        let domains = rows.domain_of_row(group);
        for ((item, slopes), spreads) in items.iter().zip(&slopes).zip(&mut spreads) {
            rows.add_spreads(group, item, slopes, &domains, spreads);
        }
        ControlFlow::Continue(())
    };
    source.for_each_group(&wanted, visit).map_err(PassError::Source)?;
    let parts = totals.into_iter().zip(spreads).zip(has_missing);
    let blocks = parts.map(|((totals, spreads), has_missing)| Block {
        totals,
        per_domain: 1,
        spreads: spreads.finish(),
        has_missing,
    });
    let blocks = blocks.collect();
    let names = items.iter().map(|item| item.name.clone()).collect();
    Ok(finish(&frame.design, quantity, blocks, finished(rows.cross, names, bases, options)))
}
