//! Quantiles of a number column in all domains, from a few passes.

use std::ops::ControlFlow;

use super::{Cross, DesignColumns, Number, PassError, PsuFrame, WeightCheck, check_level};
use crate::design::{Base, UnitSet};
use crate::estimate::quantile::{CutShares, Piece, Refined, Rows};
use crate::estimate::{EstimateError, Options, QuantileEstimate, QuantileOptions};
use crate::rows::{Column, MISSING, RowSource};

/// Quantiles of a number column in each domain, domain by domain: all combinations of the labels of `by`, the last fastest.
/// See [`crate::estimate::quantiles`] for the definition; the numbers are the same bits.
///
/// About five passes: for the bases, for the rows around the quantiles (two, more where very many rows are nearly equal), for
/// the shares at or below them, and for the limits. Memory does not grow with the number of rows.
///
/// # Errors
///
/// What reading may fail with, unusable weights, a level outside 0..1; a rule or limits for which a few rows of the sorted order
/// are not enough.
///
/// # Examples
///
/// ```
/// use opros::design::LonelyPsu;
/// use opros::estimate::QuantileOptions;
/// use opros::estimate::pass::{self, DesignColumns, PsuFrame};
/// use opros::rows::Table;
/// let mut table = Table::default();
/// let weight = table.push_numbers(vec![1.0; 4]);
/// let psu = table.push_codes(vec![0, 1, 2, 3], ["a", "b", "c", "d"].map(String::from).to_vec());
/// let income = table.push_numbers(vec![30.0, 10.0, 40.0, 20.0]);
/// let columns = DesignColumns { weight, stratum: None, psu, population_size: None };
/// let frame = PsuFrame::of(&table, columns, LonelyPsu::Fail)??;
/// let options = QuantileOptions::default();
/// let found = pass::quantiles(&table, &frame, columns, (income, "income"), &[0.5], &[], &options)?;
/// assert_eq!(found[0].value, Some(20.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn quantiles<S: RowSource>(
    source: &S,
    frame: &PsuFrame,
    columns: DesignColumns,
    variable: Number<'_>,
    probs: &[f64],
    by: &[usize],
    options: &QuantileOptions,
) -> Result<Vec<QuantileEstimate>, PassError<S::Error>> {
    check_level(&Options { level: options.level, ..Options::default() })?;
    if !options.needs_few_rows() {
        return Err(PassError::Request(EstimateError::WholeColumn));
    }
    let cross = Cross::of(source, by);
    let n_domains = cross.n();
    let mut groups = Groups { source, frame, columns, y: variable.0, cross: &cross, has_units: true };
    let mut check = WeightCheck::default();
    let mut n_infinite = (0, 0);
    let mut counts = vec![(0, 0.0, 0.0, UnitSet::new(frame.n_units())); n_domains];
    let count = &mut |piece: Piece<'_>| {
        for (i, _) in piece.values.iter().enumerate().filter(|(_, x)| x.is_infinite()) {
            let first_row = if n_infinite.0 == 0 { check.n_rows + i + 1 } else { n_infinite.1 };
            n_infinite = (n_infinite.0 + 1, first_row);
        }
        check.look_at(piece.weights);
        // Rows without weight or value have no domain.
        for ((&w, &domain), &unit) in piece.weights.iter().zip(piece.domains).zip(piece.units) {
            if let Some((n, sum, squares, units)) = counts.get_mut(domain as usize) {
                *n += 1;
                *sum += w;
                *squares += w * w;
                units.insert(unit as usize);
            }
        }
    };
    groups.look(count).map_err(PassError::Source)?;
    check.verdict()?;
    if let (n @ 1.., first_row) = n_infinite {
        let variable = variable.1.to_owned();
        return Err(PassError::Request(EstimateError::Infinite { variable, n, first_row }));
    }
    let base = |(n, sum, squares, units)| Base::from_units(&frame.design, n, sum, squares, units);
    let bases: Vec<Base> = counts.into_iter().map(base).collect();
    groups.has_units = false;
    let refined = Refined::new(&groups, probs, &bases, options).map_err(PassError::Source)?;
    let cuts = refined.cuts();
    let mut shares = CutShares::new(frame.n_units(), &cuts);
    groups.has_units = true;
    groups.look(&mut |piece| shares.add(piece)).map_err(PassError::Source)?;
    let shares = shares.finish(&frame.design, &bases);
    groups.has_units = false;
    refined.finish(&groups, &shares).map_err(PassError::Source)
}

/// The rows of a source, a group at a time.
struct Groups<'a, S> {
    source: &'a S,
    frame: &'a PsuFrame,
    columns: DesignColumns,
    y: usize,
    cross: &'a Cross<'a>,
    /// Whether the sampling units are wanted.
    has_units: bool,
}

impl<S: RowSource> Rows for Groups<'_, S> {
    type Error = S::Error;

    fn look(&self, visit: &mut dyn FnMut(Piece<'_>)) -> Result<(), S::Error> {
        let mut wanted: Vec<usize> = self.cross.by.iter().copied().chain([self.columns.weight, self.y]).collect();
        if self.has_units {
            wanted.push(self.columns.psu);
        }
        let (mut units, mut domains) = (Vec::new(), Vec::new());
        self.source.for_each_group(&wanted, &mut |group: &[Column]| {
            let (weights, values) = (group[self.columns.weight].numbers(), group[self.y].numbers());
            let domains = self.cross.domain_of_row(group, weights, &mut domains);
            domains.iter_mut().zip(values).filter(|(_, x)| x.is_nan()).for_each(|(domain, _)| *domain = MISSING);
            let units = match self.has_units {
                true => self.frame.units_of(group[self.columns.psu].codes(), &mut units),
                false => &[],
            };
            visit(Piece { values, weights, domains, units });
            ControlFlow::Continue(())
        })
    }
}
