//! The rows of a file as an estimate sees them: weight, sampling unit, group and the columns asked for.

use std::ops::ControlFlow;

use crate::cli::data::columns::Rows;
use crate::cli::data::filter::Filter;
use crate::error::{Error, Result};
use crate::estimate::pass::{Combinations, DesignColumns, UnitFrame};
use crate::rows::{Column, MISSING, RowSource};

/// The columns of the design and of the groups in a view.
pub const DESIGN: DesignColumns = DesignColumns { weight: 0, stratum: None, psu: 1, population_size: None };
/// The group.
pub const GROUP: usize = 2;
/// The first of the replicate weights; the columns asked for come behind them.
pub const FIRST_REPLICATE: usize = 3;

/// Which rows count, and in which group they are.
pub struct Members<'a> {
    /// The condition, and where its columns stand in the source.
    pub filter: Option<(&'a Filter, Vec<usize>)>,
    /// The columns that are crossed.
    pub by: Vec<usize>,
}

impl Members<'_> {
    /// The columns of the source that are looked at.
    pub fn wanted(&self) -> impl Iterator<Item = usize> + '_ {
        self.by.iter().copied().chain(self.filter.iter().flat_map(|(_, columns)| columns.iter().copied()))
    }

    /// The rows of a group for which the condition holds; all without one.
    pub fn mask(&self, group: &[Column]) -> Option<Vec<bool>> {
        let (filter, columns) = self.filter.as_ref()?;
        Some(filter.mask(&columns.iter().map(|column| &group[*column]).collect::<Vec<_>>()))
    }
}

/// A column asked for.
pub struct Asked {
    /// Where it stands in the source.
    pub column: usize,
    /// What is made of it.
    pub shown: Shown,
}

/// How a column of the source is shown.
pub enum Shown {
    /// Its numbers.
    Numbers,
    /// Its labels: the new code of each code, and the labels in their new order.
    Labels(Vec<u32>, Vec<String>),
    /// 1 for one of its codes, 0 for the others.
    Indicator(u32),
    /// Labels for its numbers: above a bound, and at or below it.
    Sides(f64, Vec<String>),
}

impl Shown {
    fn labels(&self) -> &[String] {
        match self {
            Shown::Labels(_, labels) | Shown::Sides(_, labels) => labels,
            Shown::Numbers | Shown::Indicator(_) => &[],
        }
    }

    fn column(&self, source: &Column) -> Column {
        match self {
            Shown::Numbers => source.clone(),
            Shown::Labels(order, _) => {
                let code = |code: &u32| order.get(*code as usize).copied().unwrap_or(MISSING);
                Column::Codes(source.codes().iter().map(code).collect())
            }
            Shown::Indicator(own) => {
                let value = |code: &u32| if *code == MISSING { f64::NAN } else { f64::from(u8::from(code == own)) };
                Column::Numbers(source.codes().iter().map(value).collect())
            }
            Shown::Sides(bound, _) => {
                let code = |value: &f64| if value.is_nan() { MISSING } else { u32::from(value <= bound) };
                Column::Codes(source.numbers().iter().map(code).collect())
            }
        }
    }
}

/// The groups: combinations of the labels of some columns.
pub struct GroupCodes {
    /// The combinations that rows have.
    pub combinations: Combinations,
    /// The group of each.
    pub group_of: Vec<u32>,
    /// The name of each group.
    pub names: Vec<String>,
}

/// Replicate weights of a source.
#[derive(Default)]
pub struct ReplicateWeights {
    /// Where they stand.
    pub columns: Vec<usize>,
    /// Are they factors on the weight?
    pub are_factors: bool,
}

impl ReplicateWeights {
    /// The first of the columns asked for in a view with these weights.
    pub fn first_asked(&self) -> usize {
        FIRST_REPLICATE + self.columns.len()
    }

    /// The weights of a set in some rows.
    fn column(&self, group: &[Column], set: usize, weights: &[f64]) -> Column {
        let own = group[set].numbers();
        Column::Numbers(match self.are_factors {
            true => own.iter().zip(weights).map(|(factor, w)| factor * w).collect(),
            false => own.to_vec(),
        })
    }
}

/// A view of a source.
pub struct View<'a> {
    /// The source.
    pub source: &'a Rows<'a>,
    /// Its sampling units.
    pub frame: &'a UnitFrame,
    /// The column of the weights; they follow from the design without.
    pub weight: Option<usize>,
    /// The columns of the replicate weights.
    pub replicates: &'a ReplicateWeights,
    /// Which rows count.
    pub members: &'a Members<'a>,
    /// Their groups.
    pub groups: &'a GroupCodes,
    /// The columns asked for.
    pub asked: Vec<Asked>,
}

impl RowSource for View<'_> {
    type Error = Error;

    fn labels(&self, column: usize) -> &[String] {
        match column.checked_sub(self.replicates.first_asked()).and_then(|at| self.asked.get(at)) {
            Some(asked) => asked.shown.labels(),
            None if column == GROUP => &self.groups.names,
            None => &[],
        }
    }

    fn for_each_group(&self, wanted: &[usize], visit: &mut dyn FnMut(&[Column]) -> ControlFlow<()>) -> Result<()> {
        let first_asked = self.replicates.first_asked();
        let is_wanted = |at: &usize| wanted.contains(&(at + first_asked));
        let sets: &[usize] = if wanted.contains(&FIRST_REPLICATE) { &self.replicates.columns } else { &[] };
        let asked: Vec<usize> = (0..self.asked.len()).filter(is_wanted).map(|at| self.asked[at].column).collect();
        let own = self.frame.keys().iter().copied().chain(self.weight).chain(self.members.wanted());
        let from_source: Vec<usize> = own.chain(asked).chain(sets.iter().copied()).collect();
        let mut units = self.frame.reader();
        let mut groups = self.groups.combinations.lookup();
        self.source.for_each_group(&from_source, &mut |group| {
            let n_rows = from_source.first().map_or(0, |column| group[*column].len());
            let (unit_of_row, derived) = units.units_of(group, n_rows);
            let weights = match self.weight {
                Some(column) => group[column].numbers().to_vec(),
                None => derived.unwrap_or_default(),
            };
            let mut domains = groups.numbers(&self.members.by, group, n_rows);
            for domain in &mut domains {
                *domain = self.groups.group_of.get(*domain as usize).copied().unwrap_or(MISSING);
            }
            if let Some(mask) = self.members.mask(group) {
                domains.iter_mut().zip(mask).filter(|(_, is_in)| !is_in).for_each(|(domain, _)| *domain = MISSING);
            }
            let set = |set: &usize| self.replicates.column(group, *set, &weights);
            let mut sets: Vec<Column> = sets.iter().map(set).collect();
            sets.resize(self.replicates.columns.len(), Column::Numbers(Vec::new()));
            let mut columns = vec![Column::Numbers(weights), Column::Codes(unit_of_row), Column::Codes(domains)];
            columns.append(&mut sets);
            columns.extend(self.asked.iter().enumerate().map(|(at, asked)| match is_wanted(&at) {
                true => asked.shown.column(&group[asked.column]),
                false => Column::Codes(Vec::new()),
            }));
            visit(&columns)
        })
    }
}
