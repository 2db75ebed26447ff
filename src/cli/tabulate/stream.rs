//! Tables from rows that are read in groups and not kept: totals by sampling unit are all that is held.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::args::{TabulateArgs, WhatArgs};
use super::read::{Columns, Members, Named, Source};
use crate::analysis::banner::{Banner, BannerError, Options, banner_in_groups};
use crate::cli::data::columns::{DataFile, Reading, Rows, in_counting_order, no_label};
use crate::cli::data::design::{DesignFile, stages};
use crate::cli::data::filter::Filter;
use crate::cli::estimate::{Units, obstacle_of_design, told, units};
use crate::design::Codes;
use crate::error::{Error, Result};
use crate::estimate::pass::{DesignColumns, TableColumns, UnitFrame};
use crate::rows::{Column, MISSING, ReadAs, RowSource};

/// Why the columns of a request have to be held in memory.
///
/// # Errors
///
/// A design that cannot be understood.
pub fn obstacle(args: &TabulateArgs, spec: &DesignFile) -> Result<Option<&'static str>> {
    let are_rows_units = stages(spec)?.first().is_none_or(|stage| stage.units.is_none());
    Ok(if spec.replicates.is_some() {
        Some("replicate weights are columns of rows")
    } else {
        obstacle_of_design(spec, args.design.calibrated_by.is_some())?
            .or(are_rows_units.then_some("rows are the sampling units, and letters compare them"))
    })
}

/// A file with its units and the labels that are tabulated.
pub struct Streamed<'f> {
    rows: Box<Rows<'f>>,
    /// The sampling units.
    pub frame: UnitFrame,
    weight: Option<usize>,
    condition: Condition,
    /// What is tabulated.
    pub columns: Columns,
    /// Where the questions stand, and behind them the banner variables.
    places: Vec<usize>,
    n_questions: usize,
}

/// Which rows count, and the columns that say so.
struct Condition {
    filter: Option<Filter>,
    places: Vec<usize>,
}

impl Condition {
    /// The rows of a group for which it holds; all without one.
    fn mask(&self, group: &[Column]) -> Option<Vec<bool>> {
        let filter = self.filter.as_ref()?;
        Some(filter.mask(&self.places.iter().map(|column| &group[*column]).collect::<Vec<_>>()))
    }
}

/// The labels of columns: which of them occur in rows that count, and how many of these rows have none.
struct Met<'f> {
    file: &'f DataFile,
    by_column: BTreeMap<String, (Codes, Vec<bool>, usize)>,
}

impl Source for Met<'_> {
    fn column(&mut self, name: &str, reading: &mut Reading<'_>) -> Codes {
        let Some((labels, ..)) = self.by_column.get(name) else { return Codes::from_codes(Vec::new(), Vec::new()) };
        if labels.n_labels() == 0 {
            reading.problem(no_label(self.file, name));
        }
        in_counting_order(labels)
    }

    fn members(&self, name: &str) -> Members<'_> {
        self.by_column.get(name).map_or(Members { is_in: &[], n_missing: 0 }, |(_, occurs, n_missing)| Members {
            is_in: occurs,
            n_missing: *n_missing,
        })
    }
}

/// Reads the design, the condition and which labels occur.
///
/// # Errors
///
/// As for columns in memory.
pub fn open<'f>(what: &WhatArgs, spec: &DesignFile, file: &'f DataFile) -> Result<Streamed<'f>> {
    let Units { mut wanted, weight, frame, .. } = units(spec, file)?;
    let named = Named::of(what)?;
    let filter = what.condition.as_deref().map(|condition| Filter::of_file(condition, file)).transpose()?;
    let names: Vec<&String> = what.rows.iter().chain(&what.cols).collect();
    let mut reading = file.reading();
    for name in what.cols.iter().chain(&what.rows) {
        reading.knows(name);
    }
    reading.finish()?;
    let places: Vec<usize> = names.iter().map(|name| wanted.place(name, ReadAs::Codes)).collect();
    let read_as = |is_number: bool| if is_number { ReadAs::Numbers } else { ReadAs::Codes };
    let of_filter = filter.as_ref().map_or(&[][..], Filter::columns).iter();
    let of_filter = of_filter.map(|(name, is_number)| wanted.place(name, read_as(*is_number))).collect();
    let condition = Condition { filter, places: of_filter };
    let rows = file.rows(wanted.columns())?;
    let n_labels: Vec<usize> = places.iter().map(|place| rows.labels(*place).len()).collect();
    let mut occurs: Vec<Vec<bool>> = n_labels.iter().map(|n| vec![false; *n]).collect();
    let mut n_missing = vec![0; places.len()];
    let parts = Parts { rows: &*rows, frame: &frame, weight, condition: &condition };
    parts.for_each_group(&places, &mut |group, weights, _, mask| {
        for ((place, occurs), n_missing) in places.iter().zip(&mut occurs).zip(&mut n_missing) {
            let is_in = |row: usize| weights[row] > 0.0 && mask.is_none_or(|mask| mask[row]);
            for (_, code) in group[*place].codes().iter().enumerate().filter(|(row, _)| is_in(*row)) {
                match occurs.get_mut(*code as usize) {
                    Some(occurs) => *occurs = true,
                    None => *n_missing += 1,
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    let labels = |place: usize| {
        let labels = rows.labels(place).to_vec();
        Codes::from_codes((0..labels.len() as u32).collect(), labels)
    };
    let met = names.iter().zip(&places).zip(occurs.into_iter().zip(n_missing));
    let by_column = met.map(|((name, place), (occurs, n))| ((*name).clone(), (labels(*place), occurs, n))).collect();
    let columns = Columns::of_labels(named.variables(what, file, &mut Met { file, by_column })?);
    Ok(Streamed { rows, frame, weight, condition, columns, places, n_questions: what.rows.len() })
}

impl Streamed<'_> {
    /// The tables.
    ///
    /// # Errors
    ///
    /// What reading may fail with, weights that are not usable.
    pub fn banner(&self, options: &Options) -> Result<Result<Banner, BannerError>> {
        let first_span = FIRST + self.n_questions;
        let columns = TableColumns {
            design: DESIGN,
            questions: (FIRST..first_span).collect(),
            banners: std::iter::once(TOTAL).chain(first_span..FIRST + self.places.len()).collect(),
        };
        banner_in_groups(&View(self), self.frame.frame(), &columns, &self.columns.request(), options).map_err(told)
    }

    fn parts(&self) -> Parts<'_, '_> {
        Parts { rows: &*self.rows, frame: &self.frame, weight: self.weight, condition: &self.condition }
    }
}

/// The rows of a file with what says how they count.
struct Parts<'a, 'f> {
    rows: &'a Rows<'f>,
    frame: &'a UnitFrame,
    weight: Option<usize>,
    condition: &'a Condition,
}

/// Hears of a group: its columns, weights and units, and the rows that are looked at.
type Visit<'a> = dyn FnMut(&[Column], Vec<f64>, Vec<u32>, Option<&[bool]>) -> ControlFlow<()> + 'a;

impl Parts<'_, '_> {
    fn for_each_group(&self, places: &[usize], visit: &mut Visit<'_>) -> Result<()> {
        let own = self.frame.keys().iter().copied().chain(self.weight).chain(self.condition.places.iter().copied());
        let wanted: Vec<usize> = own.chain(places.iter().copied()).collect();
        let mut units = self.frame.reader();
        self.rows.for_each_group(&wanted, &mut |group| {
            let n_rows = wanted.first().map_or(0, |column| group[*column].len());
            let (unit_of_row, derived) = units.units_of(group, n_rows);
            let weights = match self.weight {
                Some(column) => group[column].numbers().to_vec(),
                None => derived.unwrap_or_default(),
            };
            visit(group, weights, unit_of_row, self.condition.mask(group).as_deref())
        })
    }
}

/// The columns of a view: weight, unit, total; then the questions and the banner variables.
const DESIGN: DesignColumns = DesignColumns { weight: 0, stratum: None, psu: 1, population_size: None };
const TOTAL: usize = 2;
const FIRST: usize = 3;

/// The rows of a file as tables see them: rows outside have no code in the total and the banner variables.
struct View<'a, 'f>(&'a Streamed<'f>);

impl RowSource for View<'_, '_> {
    type Error = Error;

    fn labels(&self, _: usize) -> &[String] {
        &[]
    }

    fn for_each_group(&self, wanted: &[usize], visit: &mut dyn FnMut(&[Column]) -> ControlFlow<()>) -> Result<()> {
        let Streamed { places, n_questions, columns, .. } = self.0;
        let is_wanted = |at: usize| wanted.contains(&(FIRST + at));
        let read: Vec<usize> = (0..places.len()).filter(|at| is_wanted(*at)).map(|at| places[at]).collect();
        self.0.parts().for_each_group(&read, &mut |group, weights, unit_of_row, mask| {
            let within = |codes: &mut Vec<u32>| {
                let rows = codes.iter_mut().zip(mask.unwrap_or_default());
                rows.filter(|(_, is_in)| !**is_in).for_each(|(code, _)| *code = MISSING);
            };
            let mut total = vec![0; weights.len()];
            within(&mut total);
            let mut shown = vec![Column::Numbers(weights), Column::Codes(unit_of_row), Column::Codes(total)];
            for (at, (place, variable)) in places.iter().zip(columns.variables()).enumerate() {
                let mut codes = Vec::new();
                if is_wanted(at) {
                    codes.extend(group[*place].codes().iter().map(|code| variable.recoded(*code)));
                    if at >= *n_questions {
                        within(&mut codes);
                    }
                }
                shown.push(Column::Codes(codes));
            }
            visit(&shown)
        })
    }
}
