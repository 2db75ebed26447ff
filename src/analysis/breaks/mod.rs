//! Breaks of a series of results.

mod dated;
mod found;
mod series;

use series::Series;

use super::result::{Evidence, ResultRecord, Unit};
use super::work::Work;
use crate::study::Span;
use crate::study::definition::BreaksAnalysis;

/// Answers the analysis.
pub(super) fn run<'s>(analysis: &'s BreaksAnalysis, work: &mut Work<'s>) {
    let Some(series) = Series::read(analysis, work) else { return };
    let mut records = dated::records(analysis, &series, work);
    records.extend(found::records(analysis, &series));
    for record in records {
        work.record(record);
    }
}

/// A record about the whole series.
fn record(analysis: &BreaksAnalysis, series: &Series, path: &[&str], unit: Unit, measure: &str) -> ResultRecord {
    let evidence = series.points.first().map_or(Evidence::Published, |point| point.evidence);
    let label = analysis.label.as_ref().map_or("", |_| &analysis.id);
    let record = ResultRecord::new(&analysis.id, path, unit, evidence).with("series", label).with("measure", measure);
    match (series.points.first(), series.points.last()) {
        (Some(first), Some(last)) => record.at(Span { start: first.when.start, end: last.when.end }),
        _ => record,
    }
}

#[cfg(test)]
mod tests;
