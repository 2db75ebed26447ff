//! Areas such as regions: numbers of areas from several tables, and what is asked of them.

mod association;
mod shares;

pub(super) use association::run as association;
pub(super) use shares::run as small_areas;

use std::collections::BTreeMap;

use super::result::Unit;
use super::work::Work;
use crate::study::definition::AreaMeasure;
use crate::study::{AreaNumbers, Origin};

/// A measure over the areas in which it is known.
struct Measured<'s> {
    by_area: BTreeMap<&'s str, f64>,
    tables: Vec<&'s AreaNumbers>,
}

impl<'s> Measured<'s> {
    /// Looks a measure up, or tells the problem.
    fn of(analysis: &str, measure: &AreaMeasure, work: &mut Work<'s>) -> Option<Self> {
        let top = numbers(analysis, &measure.data, work)?;
        let bottom = match &measure.per {
            Some(data) => Some(numbers(analysis, data, work)?),
            None => None,
        };
        let times = measure.times.unwrap_or(1.0);
        let value = |(area, (value, _)): (&'s String, &'s (f64, Vec<u64>))| {
            let below = match bottom {
                Some(table) => table.by_area.get(area)?.0,
                None => 1.0,
            };
            (below > 0.0).then_some((area.as_str(), times * value / below))
        };
        let by_area = top.by_area.iter().filter_map(value).collect();
        Some(Measured { by_area, tables: std::iter::once(top).chain(bottom).collect() })
    }

    /// The rows behind the number of an area.
    fn origins(&self, area: &str) -> Vec<Origin> {
        let lines = |table: &&AreaNumbers| {
            let (_, lines) = table.by_area.get(area)?;
            Some(Origin { file: table.file.clone(), lines: lines.clone() })
        };
        self.tables.iter().filter_map(lines).collect()
    }
}

fn numbers<'s>(analysis: &str, data: &str, work: &mut Work<'s>) -> Option<&'s AreaNumbers> {
    let tables = &work.study.area_numbers;
    let found = tables.iter().find(|table| table.data == data);
    if found.is_none() {
        work.unknown(analysis, "table of areas", data, tables.iter().map(|table| table.data.as_str()));
    }
    found
}

impl AreaMeasure {
    /// The unit of the measure: a quotient without a factor is a share, one times a million is a rate.
    fn unit(&self) -> Unit {
        match (&self.per, self.times) {
            (Some(_), None) => Unit::Share,
            (Some(_), Some(1e6)) => Unit::PerMillion,
            _ => Unit::Index,
        }
    }
}

#[cfg(test)]
mod tests;
