//! Rows as their own sampling units, read in groups: moments by stratum and domain. The codes of the unit column of such a
//! [`PsuFrame`](super::PsuFrame) are strata. Scores would be as many as the rows and are not kept.

use std::ops::ControlFlow;

use super::sums::{Number, Under};
use super::{Cross, DesignColumns, NumberCheck, PassError, PsuFrame, WeightCheck};
use crate::design::{Base, Count, MembersByDomain, RowUnits, UnitSet};
use crate::estimate::accumulate::Scatter;
use crate::estimate::axis::Axis;
use crate::estimate::by_row::{Points, ShareSums, Squares};
use crate::estimate::finish::{Block, BlockTotals, Finished, Quantity, finish};
use crate::estimate::proportions::shares_block;
use crate::estimate::{Estimates, MissingOutcome, Options};
use crate::numeric::lanes::Totalled;
use crate::rows::{Column, MISSING, RowSource};

/// Rows, weights and units with members by domain, while rows come in; strata with members where rows are the units.
pub(super) struct Bases(MembersByDomain);

impl Bases {
    /// Before the first row.
    pub fn new(n_domains: usize, frame: &PsuFrame) -> Self {
        let n_units = frame.design.row_units().map_or(frame.n_units(), |rows| rows.n.len());
        Bases(MembersByDomain::new(n_domains, n_units))
    }

    /// Adds the next rows, in row order.
    pub fn add(&mut self, weights: &[f64], units: &[u32], domains: &[u32]) {
        self.0.add(weights, units, domains);
    }

    /// The bases of a design without replicate weights.
    pub fn finish(self, frame: &PsuFrame) -> Vec<Base> {
        let design = &frame.design;
        let has_rows = design.row_units().is_some();
        let base = |(c, units): (Count, UnitSet)| match has_rows {
            true => Base::from_strata(design, c.n, c.sum_w, c.sum_w_squared, units),
            false => Base::from_units(design, c.n, c.sum_w, c.sum_w_squared, units),
        };
        self.0.finish().map(base).collect()
    }

    /// The bases of a design with replicate weights, of which the degrees of freedom are known.
    pub fn finish_with(self, frame: &PsuFrame, degf: &[f64]) -> Vec<Base> {
        let base = |((c, units), degf): ((Count, UnitSet), &f64)| {
            Base::of_replicates(&frame.design, (c.n, c.sum_w, c.sum_w_squared), units, *degf)
        };
        self.0.finish().zip(degf).map(base).collect()
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
    let mut bases = Bases::new(n_domains, frame);
    let mut has_missing = vec![false; n_domains];
    let (mut strata, mut domains) = (Vec::new(), Vec::new());
    let visit = &mut |group: &[Column]| {
        let weights = group[columns.weight].numbers();
        check.look_at(weights);
        let strata = frame.units_in(group[columns.psu].codes(), &mut strata);
        let domains = cross.domains_in(group, weights, &mut domains);
        let mut cells = vec![MISSING; weights.len()];
        for ((cell, domain), &answer) in cells.iter_mut().zip(&mut *domains).zip(group[outcome].codes()) {
            if answer == MISSING && options.missing == MissingOutcome::Exclude {
                *domain = MISSING;
            }
            if *domain != MISSING {
                *cell = *domain * width + answer.min(width - 1);
                has_missing[*domain as usize] |= answer == MISSING && options.missing == MissingOutcome::Refuse;
            }
        }
        answers.add(weights, Some(strata), &cells, [None, Some(weights)]);
        all.add(weights, Some(strata), domains, [None, Some(weights)]);
        bases.add(weights, strata, domains);
        ControlFlow::Continue(())
    };
    let wanted: Vec<usize> = cross.by.iter().copied().chain([columns.weight, columns.psu, outcome]).collect();
    source.for_each_group(&wanted, visit).map_err(PassError::Source)?;
    check.verdict()?;
    let ([sums, squares], [all, all_squares]) = (answers.finish(), all.finish());
    let (stub, banner) = (Axis::named(source.labels(outcome)), Axis::named(&cross.labels));
    let cells = ShareSums { sums, squares, all, all_squares }.cells(&stub, &banner, units.n, None);
    let block = shares_block(BlockTotals::Rows(cells), n_levels, &has_missing);
    let request = finished(cross, source.labels(outcome).to_vec(), bases.finish(frame), options);
    Ok(finish(&frame.design, Quantity::Proportion, vec![block], request))
}

pub(super) fn finished(cross: Cross<'_>, names: Vec<String>, bases: Vec<Base>, options: &Options) -> Finished {
    let (domain_labels, options) = (cross.labels, options.clone());
    Finished { names, domain_labels, domain_of_row: None, bases, overlapping: None, options }
}

/// One estimate a domain: the columns above and below the line.
pub(super) struct Item {
    pub name: String,
    pub above: usize,
    pub below: Option<usize>,
    pub quantity: Quantity,
    /// The columns above and below the line with their names.
    numbers: Vec<(usize, String)>,
}

impl Item {
    pub(super) fn of((above, under): &(Number<'_>, Under<'_>)) -> Self {
        let (name, below, quantity) = match under {
            Under::Nothing => (above.1.to_owned(), None, Quantity::Total),
            Under::Size => (above.1.to_owned(), None, Quantity::Ratio),
            Under::Column(x) => (format!("{}/{}", above.1, x.1), Some(x.0), Quantity::Ratio),
        };
        let mut numbers = vec![(above.0, above.1.to_owned())];
        if let Under::Column(x) = under {
            numbers.push((x.0, x.1.to_owned()));
        }
        Item { name, above: above.0, below, quantity, numbers }
    }

    /// What is checked of its columns.
    pub fn checks(&self) -> Vec<NumberCheck> {
        self.numbers.iter().map(|_| NumberCheck::default()).collect()
    }

    /// Looks at its columns in the next rows.
    pub fn look_at(&self, group: &[Column], checks: &mut [NumberCheck]) {
        self.numbers.iter().zip(checks).for_each(|((column, _), check)| check.look_at(group[*column].numbers()));
    }

    /// Whether its columns can be used.
    pub fn verdict<E>(&self, checks: &[NumberCheck]) -> Result<(), PassError<E>> {
        self.numbers.iter().zip(checks).try_for_each(|((_, name), check)| check.verdict(name))
    }

    /// What is taken out of y by domain: the ratio, or the mean (of a total, too).
    fn slopes(&self, points: &Points, bases: &[Base]) -> Vec<f64> {
        let slope = |(d, base): (usize, &Base)| match &points.below {
            Some(below) if self.below.is_some() => points.above[d] / below[d],
            _ => points.above[d] / base.sum_w,
        };
        bases.iter().enumerate().map(slope).collect()
    }
}

/// Totals, means or ratios; see [`super::totals`] and its sisters.
pub(super) fn values<S: RowSource>(
    source: &S,
    frame: (&PsuFrame, RowUnits<'_>),
    columns: DesignColumns,
    items: &[Item],
    cross: Cross<'_>,
    options: &Options,
) -> Result<Estimates, PassError<S::Error>> {
    let quantity = items.first().map_or(Quantity::Total, |item| item.quantity);
    Rows { cross, columns, items, missing: options.missing }.estimate(source, frame, quantity, options)
}

/// The rows of a request.
pub(super) struct Rows<'a> {
    pub cross: Cross<'a>,
    pub columns: DesignColumns,
    pub items: &'a [Item],
    pub missing: MissingOutcome,
}

impl Rows<'_> {
    /// Totals, means or ratios: a look at the rows for the points, one for the residuals, one for their squares.
    fn estimate<S: RowSource>(
        self,
        source: &S,
        (frame, units): (&PsuFrame, RowUnits<'_>),
        quantity: Quantity,
        options: &Options,
    ) -> Result<Estimates, PassError<S::Error>> {
        let (n_domains, n_strata) = (self.cross.n(), units.n.len());
        let wanted = self.wanted();
        let mut memory = Default::default();
        let mut check = WeightCheck::default();
        let mut sums: Vec<_> = self.items.iter().map(|_| Scatter::<2>::new(1, n_domains)).collect();
        let mut bases = Bases::new(n_domains, frame);
        let mut has_missing = vec![vec![false; n_domains]; self.items.len()];
        let mut numbers: Vec<_> = self.items.iter().map(Item::checks).collect();
        let visit = &mut |group: &[Column]| {
            let weights = group[self.columns.weight].numbers();
            check.look_at(weights);
            let (domains, strata) = self.places(frame, group, &mut memory);
            bases.add(weights, strata, domains);
            self.items.iter().zip(&mut numbers).for_each(|(item, numbers)| item.look_at(group, numbers));
            for ((item, sums), has_missing) in self.items.iter().zip(&mut sums).zip(&mut has_missing) {
                let (y, x) = self.values_of(group, item);
                sums.add(weights, None, domains, [Some(&y), x.as_deref()]);
                self.mark_missing(&y, x.as_deref(), domains, has_missing);
            }
            ControlFlow::Continue(())
        };
        source.for_each_group(&wanted, visit).map_err(PassError::Source)?;
        check.verdict()?;
        self.items.iter().zip(&numbers).try_for_each(|(item, numbers)| item.verdict(numbers))?;
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
            let (domains, strata) = self.places(frame, group, &mut memory);
            for ((item, sums), points) in self.items.iter().zip(&mut sums).zip(&points) {
                let (y, x) = self.values_of(group, item);
                let rest = points.residuals(&y, x.as_deref(), domains);
                sums.add(weights, Some(strata), domains, [Some(&rest)]);
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
        let mut spreads: Vec<_> = self.items.iter().map(|_| Totalled::new(n_domains)).collect();
        let visit = &mut |group: &[Column]| {
            let weights = group[self.columns.weight].numbers();
            let (domains, strata) = self.places(frame, group, &mut memory);
            let both = squares.iter_mut().zip(&mut spreads);
            for ((item, slopes), (squares, spreads)) in self.items.iter().zip(&slopes).zip(both) {
                let (y, x) = self.values_of(group, item);
                let rest = squares.points().residuals(&y, x.as_deref(), domains);
                squares.add(weights, &rest, strata, domains);
                self.add_spreads(group, item, slopes, domains, spreads);
            }
            ControlFlow::Continue(())
        };
        source.for_each_group(&wanted, visit).map_err(PassError::Source)?;
        let parts = squares.into_iter().zip(spreads).zip(has_missing);
        let block = |((squares, spreads), has_missing): ((Squares<'_>, Totalled), Vec<bool>)| Block {
            totals: BlockTotals::Rows(squares.cells(None)),
            per_domain: 1,
            spreads: spreads.finish(),
            has_missing,
        };
        let blocks = parts.map(block).collect();
        let names = self.items.iter().map(|item| item.name.clone()).collect();
        Ok(finish(&frame.design, quantity, blocks, finished(self.cross, names, bases, options)))
    }

    /// The columns of the source that are looked at.
    pub fn wanted(&self) -> Vec<usize> {
        let measured = self.items.iter().flat_map(|item| [Some(item.above), item.below]).flatten();
        self.cross.by.iter().copied().chain([self.columns.weight, self.columns.psu]).chain(measured).collect()
    }

    /// The domain of each row that counts.
    pub fn domain_of_row(&self, group: &[Column]) -> Vec<u32> {
        let mut domains = self.cross.domain_of_row(group, group[self.columns.weight].numbers());
        self.leave_out_missing(group, &mut domains);
        domains
    }

    /// The domain of each row that counts, and the stratum of each row; in memory that is used again.
    fn places<'b>(
        &self,
        frame: &PsuFrame,
        group: &[Column],
        (domains, strata): &'b mut (Vec<u32>, Vec<u32>),
    ) -> (&'b [u32], &'b [u32]) {
        let domains = self.cross.domains_in(group, group[self.columns.weight].numbers(), domains);
        self.leave_out_missing(group, domains);
        (domains, frame.units_in(group[self.columns.psu].codes(), strata))
    }

    fn leave_out_missing(&self, group: &[Column], domains: &mut [u32]) {
        if self.missing == MissingOutcome::Exclude {
            for column in self.items.iter().flat_map(|item| [Some(item.above), item.below]).flatten() {
                for (domain, value) in domains.iter_mut().zip(group[column].numbers()) {
                    if value.is_nan() {
                        *domain = MISSING;
                    }
                }
            }
        }
    }

    /// The values of an item above and below the line; a missing value that stays in the base counts as 0.
    pub fn values_of(&self, group: &[Column], item: &Item) -> (Vec<f64>, Option<Vec<f64>>) {
        let values = |column: usize| {
            let values = group[column].numbers();
            match self.missing {
                MissingOutcome::KeepInBase => values.iter().map(|v| if v.is_nan() { 0.0 } else { *v }).collect(),
                MissingOutcome::Exclude | MissingOutcome::Refuse => values.to_vec(),
            }
        };
        (values(item.above), item.below.map(values))
    }

    /// Marks the domains in which a value is missing that nothing was declared for.
    pub fn mark_missing(&self, y: &[f64], x: Option<&[f64]>, domains: &[u32], has_missing: &mut [bool]) {
        if self.missing == MissingOutcome::Refuse {
            let is_missing = |row: usize| y[row].is_nan() || x.is_some_and(|x| x[row].is_nan());
            for (row, &domain) in domains.iter().enumerate() {
                if domain != MISSING && is_missing(row) {
                    has_missing[domain as usize] = true;
                }
            }
        }
    }

    /// Adds the squares of `y − R x` (of `y` for totals) of the next rows.
    pub fn add_spreads(&self, group: &[Column], item: &Item, slopes: &[f64], domains: &[u32], squares: &mut Totalled) {
        let value = |v: f64| if v.is_nan() { 0.0 } else { v };
        let weights = group[self.columns.weight].numbers();
        let y = group[item.above].numbers();
        let x = item.below.map(|column| group[column].numbers());
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
}
