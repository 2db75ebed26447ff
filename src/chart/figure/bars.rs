//! Counts: bars per year over time, bars per period in rows, or bars of shares by who acted.

use crate::analysis::result::{Flag, ResultRecord, Unit};
use crate::chart::palette;
use crate::chart::spec::{Color, Column, KeySymbol, Panel, RowMark, Section, TimePanel};
use crate::error::Result;
use crate::study::decimal_year;
use crate::study::definition::Figure;

use super::axes::{self, Need};
use super::listing::Listing;
use super::notes::{IntervalMark, Notes};
use super::select::{Item, Kind};
use super::{Context, Parts, distinct, place_in, points};

pub(super) fn parts(context: &Context) -> Result<Parts> {
    let items = context.items()?;
    let unit = context.unit(items.iter().map(|item| item.record))?;
    let records: Vec<&ResultRecord> = items.iter().map(|item| item.record).collect();
    let mut notes = context.notes();
    let section =
        if items.iter().all(is_year) { columns(context, &items, unit)? } else { rows(context, &notes, &items, unit) };
    let partial: Vec<&&ResultRecord> = records.iter().filter(|r| points::has(r, Flag::PartialPeriod)).collect();
    if !partial.is_empty() {
        notes.phrase_key(KeySymbol::Hatched(palette::GREY), "key-partial");
    }
    // In rows every period is named at its bar.
    if items.iter().all(is_year) {
        let named: Vec<String> = partial.iter().filter_map(|record| context.names.dates(record)).collect();
        notes.partial_periods(&named);
    }
    if !items.iter().all(is_year) {
        notes.intervals(IntervalMark::Whiskers, &records);
    }
    notes.flags(&records);
    let (keys, notes) = notes.finish();
    Ok(Parts { keys, sections: vec![section], notes })
}

/// Is the result a count, rate or share of a period? Years of a list, unless the figure names periods.
pub(super) fn draws(item: &Item, figure: &Figure) -> bool {
    match item.kind {
        // A stock at a date is no count of a period.
        Kind::Counts => item.record.unit != Unit::Count || !item.what.starts_with("stock-"),
        Kind::ItemPeriods => item.derived.is_empty() && (is_year(item) || !figure.only.is_empty()),
        Kind::ItemActors => item.derived.is_empty() || figure.answers.iter().any(|answer| answer == item.derived),
        _ => false,
    }
}

fn is_year(item: &Item) -> bool {
    item.kind == Kind::ItemPeriods && item.source.starts_with("year-")
}

/// Bars over the years, the time axis below.
fn columns(context: &Context, items: &[Item], unit: Unit) -> Result<Section> {
    let mut columns = Vec::new();
    for item in items {
        let (Some(when), Some(value)) = (item.record.when, points::shown(item.record)) else { continue };
        let year = f64::from(when.start.first_day().year());
        let until = decimal_year(when.end.last_day()).max(year + 0.2);
        let is_hatched = points::has(item.record, Flag::PartialPeriod);
        // The year not yet over is as narrow as its covered part, so that equal areas are equal counts per year.
        columns.push(Column {
            from: year + 0.1,
            until: if is_hatched { until.min(year + 0.9) } else { year + 0.9 },
            value,
            interval: None,
            color: palette::series(0),
            is_hatched,
            label: context.names.value(unit, value),
        });
    }
    columns.sort_by(|a, b| a.from.total_cmp(&b.from));
    let low = columns.iter().map(|c| c.from - 0.1).fold(f64::INFINITY, f64::min);
    let high = columns.iter().map(|c| libm::ceil(c.until)).fold(f64::NEG_INFINITY, f64::max);
    let range = points::extent(items.iter().map(|item| item.record));
    let highest = columns.iter().map(|c| c.value).fold(0.0, f64::max);
    let range = if unit == Unit::Count { (0.0, highest) } else { range };
    let need = Need { unit, range, has_zero: true, max: context.figure.axis_max, may_clip: false, n_ticks: 5 };
    let mut x = axes::time(low, high, context.locale);
    // A year is labelled below the middle of its bar.
    for tick in &mut x.ticks {
        tick.at += 0.5;
    }
    x.ticks.retain(|tick| tick.at < high);
    let mut events = context.events()?;
    events.retain(|event| (low..=high).contains(&event.x));
    let y = axes::linear(&need, context.locale);
    let panel = TimePanel { title: String::new(), x, y, series: Vec::new(), columns, events, strips: Vec::new() };
    Ok(Section { title: String::new(), columns: 1, panels: vec![Panel::Time(panel)] })
}

/// Bars in rows, one block a counter or period.
fn rows(context: &Context, notes: &Notes, items: &[Item], unit: Unit) -> Section {
    let mut listing = Listing::default();
    let mut groups = distinct(items.iter().map(group));
    groups.sort_by_key(|group| place_in(&context.figure.only, group));
    let of = |name: &str| items.iter().filter(|item| group(item) == name).copied().collect::<Vec<Item>>();
    // One order of actors in all blocks: that of the first.
    let mut camps: Vec<&str> = Vec::new();
    for group_name in &groups {
        let mut of_group = sorted(of(group_name));
        if of_group.iter().all(|item| item.kind == Kind::ItemActors) {
            of_group.sort_by_key(|item| camps.iter().position(|camp| *camp == item.what).unwrap_or(camps.len()));
            camps = distinct(camps.into_iter().chain(of_group.iter().map(|item| item.what)));
            // Whoever the first block lacks stands before the unknown.
            camps.sort_by_key(|camp| *camp == "unknown");
        }
        if groups.len() > 1
            && let Some(first) = of_group.first()
        {
            listing.heading(context.names.source(first));
        }
        for item in &of_group {
            let row = listing.row(context, row_label(context, item), item.record);
            let Some(value) = points::shown(item.record) else {
                listing.gap(row, notes.reason(item.record));
                continue;
            };
            let interval = points::interval(item.record);
            let bar = RowMark::Bar {
                row,
                from: 0.0,
                to: value,
                color: color(item),
                is_hatched: points::has(item.record, Flag::PartialPeriod),
                interval,
                label: String::new(),
            };
            listing.mark(row, bar, context.names.value_and_interval(unit, value, interval));
        }
    }
    let range = points::extent(items.iter().map(|item| item.record));
    let need = Need { unit, range, has_zero: true, max: context.figure.axis_max, may_clip: true, n_ticks: 6 };
    listing.section(context, axes::linear(&need, context.locale))
}

/// The counter, or the period of shares.
fn group<'a>(item: &Item<'a>) -> &'a str {
    match item.kind {
        Kind::Counts | Kind::ItemActors => item.source,
        _ => "",
    }
}

fn row_label(context: &Context, item: &Item) -> String {
    match item.kind {
        Kind::Counts => context.names.dates(item.record).unwrap_or_else(|| context.names.named(item.what)),
        Kind::ItemActors => context.names.named(item.what),
        _ => context.names.source(item),
    }
}

/// Periods by time; actors by size, the unknown last, which is their order in a first block.
fn sorted(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by(|a, b| match (a.kind, b.kind) {
        (Kind::ItemActors, Kind::ItemActors) => {
            let size = |item: &Item| points::shown(item.record).unwrap_or(f64::NEG_INFINITY);
            (a.what == "unknown").cmp(&(b.what == "unknown")).then(size(b).total_cmp(&size(a)))
        }
        _ => a.record.when.cmp(&b.record.when),
    });
    items
}

fn color(item: &Item) -> Color {
    if item.what == "unknown" { palette::LINE } else { palette::series(0) }
}
