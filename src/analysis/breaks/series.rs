//! Results in order of time.

use crate::analysis::pattern::matches;
use crate::analysis::result::{Evidence, Flag, ResultRecord, Unit};
use crate::analysis::time::possible_times;
use crate::analysis::work::{Work, list};
use crate::study::definition::BreaksAnalysis;
use crate::study::{Origin, Span};

/// A result at its time.
pub(super) struct Point {
    pub time: f64,
    /// First and last time that its date can mean.
    pub first: f64,
    pub last: f64,
    pub value: f64,
    pub se: Option<f64>,
    pub when: Span,
    pub id: String,
    pub evidence: Evidence,
    pub origins: Vec<Origin>,
    /// Does the wording, office or mode change here?
    pub is_changed: bool,
}

impl Point {
    fn of(record: &ResultRecord) -> Option<Point> {
        let when = record.when?;
        let (first, last) = possible_times(record)?;
        Some(Point {
            time: when.mid_year(),
            first,
            last,
            value: record.estimate.estimate?,
            se: record.estimate.se.filter(|se| *se > 0.0),
            when,
            id: record.id.clone(),
            evidence: record.evidence,
            origins: record.origins.clone(),
            is_changed: record.flags.contains(&Flag::SegmentChange),
        })
    }

    /// May it lie on both sides of a time?
    pub fn holds(&self, time: f64) -> bool {
        self.first <= time && time <= self.last
    }
}

/// A series of results.
pub(super) struct Series {
    pub unit: Unit,
    /// In order of time.
    pub points: Vec<Point>,
}

impl Series {
    /// The results that the analysis names; none where a pattern fits nothing or units differ, with a problem.
    pub fn read<'s>(analysis: &'s BreaksAnalysis, work: &mut Work<'s>) -> Option<Series> {
        let mut unknown = Vec::new();
        let mut taken: Vec<&ResultRecord> = Vec::new();
        for pattern in &analysis.results {
            let found: Vec<&ResultRecord> =
                work.results.records.iter().filter(|record| matches(pattern, &record.id)).collect();
            if found.is_empty() {
                unknown.push(pattern);
            }
            for record in found {
                if !taken.iter().any(|other| other.id == record.id) {
                    taken.push(record);
                }
            }
        }
        let units: Vec<Unit> = taken.iter().map(|record| record.unit).collect();
        let mut points: Vec<Point> = taken.iter().filter_map(|record| Point::of(record)).collect();
        points.sort_by(|a, b| a.time.total_cmp(&b.time).then_with(|| a.id.cmp(&b.id)));
        let n_without = taken.len() - points.len();
        let ids: Vec<String> = work.results.records.iter().map(|record| record.id.clone()).collect();
        for pattern in &unknown {
            work.unknown(&analysis.id, "result", pattern, ids.iter().map(String::as_str));
        }
        let unit = *units.first()?;
        if let Some(position) = units.iter().position(|other| *other != unit) {
            let message = "results of different units are no series";
            let observed = list([points.first().map_or("", |point| point.id.as_str())]);
            let problem = work.problem(&analysis.id, "A04", message);
            problem.observed = Some(format!("{observed} in {unit:?}, another in {:?}", units[position]).to_lowercase());
            problem.hint = Some("name results of one unit in `results`".to_owned());
            return None;
        }
        if n_without > 0 {
            let text = format!("{n_without} results have no estimate or no date and are left out");
            work.remark(&analysis.id, "series", text);
        }
        unknown.is_empty().then_some(Series { unit, points })
    }

    /// Unit of a difference of two values.
    pub fn difference_unit(&self) -> Unit {
        if self.unit == Unit::Share { Unit::ShareDifference } else { self.unit }
    }

    pub fn times(&self) -> Vec<f64> {
        self.points.iter().map(|point| point.time).collect()
    }

    pub fn values(&self) -> Vec<f64> {
        self.points.iter().map(|point| point.value).collect()
    }
}
