//! Lines over elections or surveys, one a place; kinds of elections apart.

use crate::analysis::result::{ResultRecord, Unit};
use crate::chart::palette;
use crate::chart::spec::{Panel, Section, Series, TimePanel};
use crate::error::Result;
use crate::study::definition::{Definition, Figure};

use super::axes::{self, Need};
use super::notes::IntervalMark;
use super::select::{Item, Kind, places};
use super::trend::{dash, shape};
use super::{Context, Parts, distinct, points};

pub(super) fn parts(context: &Context) -> Result<Parts> {
    let items = context.items()?;
    let records: Vec<&ResultRecord> = items.iter().map(|item| item.record).collect();
    let places = places(context.figure, context.definition, &items);
    let range = points::extent(records.iter().copied());
    let need =
        Need { unit: Unit::Share, range, has_zero: true, max: context.figure.axis_max, may_clip: false, n_ticks: 8 };
    let y = axes::linear(&need, context.locale);
    let kinds = distinct(items.iter().map(kind));
    let mut panels = Vec::new();
    for kind_name in &kinds {
        let of_kind: Vec<Item> = items.iter().filter(|item| kind(item) == *kind_name).copied().collect();
        let title = if kinds.len() > 1 { context.names.named(kind_name) } else { String::new() };
        panels.push(Panel::Time(panel(context, title, &of_kind, &places, y.clone())?));
    }
    let mut notes = context.notes();
    notes.symbols(&records);
    notes.intervals(IntervalMark::Whiskers, &records);
    notes.flags(&records);
    notes.time_flags(&records);
    notes.gaps(&items, &context.names);
    let (keys, notes) = notes.finish();
    let section = Section { title: String::new(), columns: panels.len().min(2), panels };
    Ok(Parts { keys, sections: vec![section], notes })
}

/// Is the result the share of a place at a time? Of registered voters where the figure names these.
pub(super) fn draws(item: &Item, figure: &Figure, definition: &Definition) -> bool {
    let wanted = if figure.answers.iter().any(|answer| answer == "registered") { "registered" } else { "" };
    let is_kind = matches!(item.kind, Kind::Elections | Kind::Places) && item.derived == wanted;
    let is_place = Item { derived: "", ..*item }.is_plain_place(definition, figure);
    is_kind && is_place && item.record.when.is_some() && item.record.unit == Unit::Share
}

fn panel(
    context: &Context,
    title: String,
    items: &[Item],
    places: &[&str],
    y: crate::chart::spec::ValueAxis,
) -> Result<TimePanel> {
    let mut series = Vec::new();
    let decimals = last_decimals(context, items, places);
    for (index, place) in places.iter().enumerate() {
        let mut points: Vec<_> = items
            .iter()
            .filter(|item| item.place == *place)
            .filter_map(|item| points::series_point(item.record))
            .collect();
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        let Some(last) = points.last().map(|point| point.value) else { continue };
        let (label, last) = (context.names.place(place), context.locale.percent(last, decimals));
        let color = if *place == "all" { palette::INK } else { palette::series(color_index(index)) };
        series.push(Series {
            label,
            last,
            color,
            dash: dash(index),
            shape: shape(index),
            is_dense: false,
            has_line: true,
            points,
        });
    }
    let mut times: Vec<(f64, String)> = Vec::new();
    for item in items {
        let Some(when) = item.record.when else { continue };
        if !times.iter().any(|(at, _)| *at == when.mid_year()) {
            times.push((when.mid_year(), when.end.first_day().year().to_string()));
        }
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let x = axes::dates(&times);
    let mut events = context.events()?;
    events.retain(|event| (x.from..=x.until).contains(&event.x));
    Ok(TimePanel { title, x, y, series, columns: Vec::new(), events, strips: Vec::new() })
}

/// Decimals that tell the last values apart: one where whole percents are the same for several places.
fn last_decimals(context: &Context, items: &[Item], places: &[&str]) -> usize {
    let last = |place: &&&str| {
        let points = items.iter().filter(|item| item.place == **place).filter_map(|i| points::series_point(i.record));
        points.max_by(|a, b| a.x.total_cmp(&b.x)).map(|point| context.locale.percent(point.value, 0))
    };
    let printed: Vec<String> = places.iter().filter_map(|place| last(&place)).collect();
    usize::from(distinct(printed.iter()).len() < printed.len())
}

/// The kind of an election: its short name without the year at the end. Results of different kinds are not joined.
fn kind<'a>(item: &Item<'a>) -> &'a str {
    match item.kind {
        Kind::Elections => item.source.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '-'),
        _ => item.what,
    }
}

/// Black is kept for everybody.
fn color_index(index: usize) -> usize {
    if index >= 3 { index + 1 } else { index }
}
