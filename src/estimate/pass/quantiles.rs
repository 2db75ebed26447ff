//! Quantiles of a number column in all domains, from a few passes.

use std::ops::ControlFlow;

use super::rows::Bases;
use super::{Cross, DesignColumns, Number, NumberCheck, PassError, PsuFrame, WeightCheck, check_level, replicated};
use crate::design::Base;
use crate::estimate::quantile::{CutShares, Piece, Refined, ReplicateCutShares, Rows};
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
    let mut groups = Groups { source, frame, columns, y: variable.0, cross: &cross, asks: Asks::Units };
    let bases = bases(&groups, variable.1, n_domains, options)?;
    groups.asks = Asks::Values;
    let refined = Refined::new(&groups, probs, &bases, options).map_err(PassError::Source)?;
    let cuts = refined.cuts();
    let shares = if frame.replicates.is_empty() {
        let mut shares = CutShares::new(&frame.design, &cuts);
        groups.asks = Asks::Units;
        groups.look(&mut |piece| shares.add(piece)).map_err(PassError::Source)?;
        shares.finish(&frame.design, &bases)
    } else {
        let mut shares = ReplicateCutShares::new(frame.replicates.len(), &cuts);
        groups.asks = Asks::Replicates;
        let add = &mut |piece: Piece<'_>, replicates: &[&[f64]]| shares.add(piece, replicates);
        groups.look_with_replicates(add).map_err(PassError::Source)?;
        shares.finish(&frame.design, &bases)
    };
    groups.asks = Asks::Values;
    refined.finish(&groups, &shares).map_err(PassError::Source)
}

/// The bases of all domains; weights and values are checked on the way.
fn bases<S: RowSource>(
    groups: &Groups<'_, S>,
    name: &str,
    n_domains: usize,
    options: &QuantileOptions,
) -> Result<Vec<Base>, PassError<S::Error>> {
    let frame = groups.frame;
    let mut check = WeightCheck::default();
    let mut numbers = NumberCheck::default();
    let mut look_at = |piece: &Piece<'_>| {
        numbers.look_at(piece.values);
        check.look_at(piece.weights);
    };
    let bases = if frame.replicates.is_empty() {
        let mut bases = Bases::new(n_domains, frame);
        groups
            .look(&mut |piece| {
                look_at(&piece);
                // Rows without weight or value have no domain.
                bases.add(piece.weights, piece.units, piece.domains);
            })
            .map_err(PassError::Source)?;
        bases.finish(frame)
    } else {
        let domains = |group: &[Column]| groups.domains(group);
        let mut looked = |group: &[Column]| look_at(&groups.piece(group, &groups.domains(group), &[]));
        let members = replicated::Members { source: groups.source, frame, columns: groups.columns, domains: &domains };
        members.bases(n_domains, groups.by_and_value(), options.degf, &mut looked).map_err(PassError::Source)?
    };
    check.verdict()?;
    numbers.verdict(name)?;
    Ok(bases)
}

/// What is wanted of the rows beside weight and value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    Values,
    Units,
    Replicates,
}

/// The rows of a source, a group at a time.
struct Groups<'a, S> {
    source: &'a S,
    frame: &'a PsuFrame,
    columns: DesignColumns,
    y: usize,
    cross: &'a Cross<'a>,
    asks: Asks,
}

impl<S: RowSource> Groups<'_, S> {
    fn by_and_value(&self) -> Vec<usize> {
        self.cross.by.iter().copied().chain([self.columns.weight, self.y]).collect()
    }

    /// The domain of each row of a group with a value.
    fn domains(&self, group: &[Column]) -> Vec<u32> {
        let mut domains = Vec::new();
        self.domains_in(group, &mut domains);
        domains
    }

    /// The same in memory that is used again.
    fn domains_in<'b>(&self, group: &[Column], domains: &'b mut Vec<u32>) -> &'b [u32] {
        let domains = self.cross.domains_in(group, group[self.columns.weight].numbers(), domains);
        let values = group[self.y].numbers();
        domains.iter_mut().zip(values).filter(|(_, x)| x.is_nan()).for_each(|(domain, _)| *domain = MISSING);
        domains
    }

    fn piece<'p>(&self, group: &'p [Column], domains: &'p [u32], units: &'p [u32]) -> Piece<'p> {
        Piece { values: group[self.y].numbers(), weights: group[self.columns.weight].numbers(), domains, units }
    }

    fn look_with_replicates(&self, visit: &mut dyn FnMut(Piece<'_>, &[&[f64]])) -> Result<(), S::Error> {
        let mut wanted = self.by_and_value();
        match self.asks {
            Asks::Values => {}
            Asks::Units => wanted.push(self.columns.psu),
            Asks::Replicates => wanted.extend(&self.frame.replicates),
        }
        let (mut units, mut domains) = (Vec::new(), Vec::new());
        self.source.for_each_group(&wanted, &mut |group: &[Column]| {
            let domains = self.domains_in(group, &mut domains);
            let units = match self.asks {
                Asks::Units => self.frame.units_in(group[self.columns.psu].codes(), &mut units),
                Asks::Values | Asks::Replicates => &[],
            };
            let replicates: Vec<&[f64]> = match self.asks {
                Asks::Replicates => self.frame.replicates.iter().map(|column| group[*column].numbers()).collect(),
                Asks::Values | Asks::Units => Vec::new(),
            };
            visit(self.piece(group, domains, units), &replicates);
            ControlFlow::Continue(())
        })
    }
}

impl<S: RowSource> Rows for Groups<'_, S> {
    type Error = S::Error;

    fn look(&self, visit: &mut dyn FnMut(Piece<'_>)) -> Result<(), S::Error> {
        self.look_with_replicates(&mut |piece, _| visit(piece))
    }
}
