//! One answer by age, a line a poll, and the same shares again by year of birth.

use crate::analysis::result::{ResultRecord, Unit};
use crate::chart::palette;
use crate::chart::spec::{Panel, Section, Series, SeriesPoint, TimePanel, ValueAxis};
use crate::error::Result;

use super::axes::{self, Need};
use super::notes::IntervalMark;
use super::select::{Item, Kind};
use super::trend::{dash, shape};
use super::{Context, Parts, distinct, points};

/// Years between the points of two polls at one age, so that their whiskers do not cover each other.
const APART: f64 = 0.7;

/// A share at an age.
struct Spot<'a> {
    record: &'a ResultRecord,
    age: f64,
    born: f64,
}

/// An age group as it is drawn: the years that it covers, and was one end of it open?
struct Group {
    from: f64,
    until: f64,
    label: String,
}

pub(super) fn parts(context: &Context) -> Result<Parts> {
    let items = context.items()?;
    let records: Vec<&ResultRecord> = items.iter().map(|item| item.record).collect();
    let groups = groups(&records);
    let polls = distinct(items.iter().map(|item| item.source));
    let mut lines: Vec<(String, Vec<Spot>)> = Vec::new();
    for poll in &polls {
        let of_poll: Vec<&Item> = items.iter().filter(|item| item.source == *poll).collect();
        let Some(first) = of_poll.first() else { continue };
        let mut spots: Vec<Spot> = of_poll.iter().filter_map(|item| spot(item, &groups)).collect();
        spots.sort_by(|a, b| a.age.total_cmp(&b.age));
        lines.push((context.names.source(first), spots));
    }
    let range = points::extent(records.iter().copied());
    let need =
        Need { unit: Unit::Share, range, has_zero: true, max: context.figure.axis_max, may_clip: false, n_ticks: 8 };
    let y = axes::linear(&need, context.locale);
    let ticks: Vec<(f64, String)> =
        groups.iter().map(|group| ((group.from + group.until) / 2.0, group.label.clone())).collect();
    let by_age = panel(context, "panel-by-age", &lines, y.clone(), true, |axis_low, axis_high| {
        let mut axis = axes::dates(&ticks);
        (axis.from, axis.until) = (axis.from.min(axis_low), axis.until.max(axis_high));
        axis
    });
    let by_birth =
        panel(context, "panel-by-birth", &lines, y, false, |low, high| axes::time(low, high, context.locale));
    let mut notes = context.notes();
    notes.symbols(&records);
    notes.intervals(IntervalMark::Whiskers, &records);
    notes.flags(&records);
    notes.time_flags(&records);
    if records.iter().any(|record| !has_two_ends(record.about("age"))) {
        notes.sentence("note-ages-open");
    }
    let times: Vec<f64> = records.iter().filter_map(|record| record.when).map(|when| when.mid_year()).collect();
    let (first, last) = times.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), t| (a.min(*t), b.max(*t)));
    let narrowest = groups.iter().map(|group| group.until - group.from).fold(f64::INFINITY, f64::min);
    if last - first < 0.5 * narrowest {
        notes.sentence("note-ages-short");
    }
    notes.sentence("note-ages-identification");
    notes.gaps(&items, &context.names);
    let (keys, notes) = notes.finish();
    let panels = vec![Panel::Time(by_age), Panel::Time(by_birth)];
    let section = Section { title: String::new(), columns: 2, panels };
    Ok(Parts { keys, sections: vec![section], notes })
}

fn spot<'a>(item: &Item<'a>, groups: &[Group]) -> Option<Spot<'a>> {
    let group = groups.iter().find(|group| group.label == item.record.about("age"))?;
    let (age, year) = ((group.from + group.until) / 2.0, item.record.when?.mid_year());
    Some(Spot { record: item.record, age, born: year - age })
}

/// Is the result the share of an age group in a poll?
pub(super) fn draws(item: &Item) -> bool {
    item.kind == Kind::Ages && item.derived.is_empty() && !item.record.about("age").is_empty()
}

fn panel(
    context: &Context,
    title: &str,
    lines: &[(String, Vec<Spot>)],
    y: ValueAxis,
    is_by_age: bool,
    axis: impl Fn(f64, f64) -> crate::chart::spec::TimeAxis,
) -> TimePanel {
    let middle = (lines.len() as f64 - 1.0) / 2.0;
    let mut series = Vec::new();
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (index, (label, spots)) in lines.iter().enumerate() {
        let at = |spot: &Spot| if is_by_age { spot.age + APART * (index as f64 - middle) } else { spot.born };
        let drawn = |spot: &Spot| {
            let x = at(spot);
            Some(SeriesPoint { x, starts_segment: false, ..points::series_point(spot.record)? })
        };
        let mut points: Vec<SeriesPoint> = spots.iter().filter_map(drawn).collect();
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        for point in &points {
            (low, high) = (low.min(point.x), high.max(point.x));
        }
        if points.is_empty() {
            continue;
        }
        series.push(Series {
            label: label.clone(),
            // The last point is an age, not what became of the series.
            last: String::new(),
            color: palette::series(index),
            dash: dash(index),
            shape: shape(index),
            is_dense: false,
            has_line: true,
            points,
        });
    }
    TimePanel {
        title: context.locale.phrase(title).to_owned(),
        x: axis(low - 1.0, high + 1.0),
        y,
        series,
        columns: Vec::new(),
        events: Vec::new(),
        strips: Vec::new(),
    }
}

/// First and last age of a label such as `18–24`; a group that is open at one end is as wide as the one beside it.
fn groups(records: &[&ResultRecord]) -> Vec<Group> {
    let labels = distinct(records.iter().map(|record| record.about("age")));
    let ages = |label: &str| -> Vec<f64> { label.split(['–', '+']).filter_map(|part| part.parse().ok()).collect() };
    let mut closed: Vec<(f64, f64)> = labels
        .iter()
        .filter(|label| has_two_ends(label))
        .filter_map(|label| {
            let ages = ages(label);
            Some((*ages.first()?, *ages.last()? + 1.0))
        })
        .collect();
    closed.sort_by(|a, b| a.0.total_cmp(&b.0));
    let width = |group: Option<&(f64, f64)>| group.map_or(10.0, |(from, until)| until - from);
    let mut groups: Vec<Group> = labels
        .into_iter()
        .filter_map(|label| {
            let ages = ages(label);
            let (first, last) = (*ages.first()?, *ages.last()?);
            let (from, until) = match label {
                _ if has_two_ends(label) => (first, last + 1.0),
                _ if label.ends_with('+') => (first, first + width(closed.last())),
                _ => (last + 1.0 - width(closed.first()), last + 1.0),
            };
            Some(Group { from, until, label: label.to_owned() })
        })
        .collect();
    groups.sort_by(|a, b| a.from.total_cmp(&b.from));
    groups
}

fn has_two_ends(label: &str) -> bool {
    !label.ends_with('+') && !label.starts_with('–')
}
