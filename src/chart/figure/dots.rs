//! Shares by place: one row a place, one plot a poll, one block an answer or measure.

use crate::analysis::result::{ResultRecord, Unit};
use crate::chart::palette;
use crate::chart::spec::{Color, Panel, Row, RowMark, RowsPanel, Section, Track, ValueAxis};
use crate::error::Result;

use super::axes::{self, Need};
use super::notes::{IntervalMark, Notes};
use super::select::{Item, Kind, places};
use super::trend::place_in;
use super::{Context, Parts, distinct, points};

/// Plots that stand beside each other before a new line begins.
const MAX_TRACKS: usize = 4;

pub(super) fn parts(context: &Context) -> Result<Parts> {
    let items = context.items(|item| {
        let is_kind = matches!(item.kind, Kind::Places | Kind::Subgroups | Kind::Elections);
        is_kind && item.is_plain_place(context.definition, context.figure) && item.record.unit == Unit::Share
    })?;
    let records: Vec<&ResultRecord> = items.iter().map(|item| item.record).collect();
    let mut notes = context.notes();
    notes.symbols(&records);
    notes.intervals(IntervalMark::Whiskers, &records);
    notes.flags(&records);
    let range = points::extent(records.iter().copied());
    let need = Need { unit: Unit::Share, range, has_zero: false, max: context.figure.axis_max, n_ticks: 4 };
    let axis = axes::linear(&need, context.locale);
    let mut measures = distinct(items.iter().map(|item| (item.question, item.what)));
    measures.sort_by_key(|(_, what)| place_in(&context.figure.answers, what));
    let mut sections = Vec::new();
    for (index, measure) in measures.iter().enumerate() {
        let of_measure: Vec<Item> =
            items.iter().filter(|item| (item.question, item.what) == *measure).copied().collect();
        let title = of_measure.first().filter(|_| measures.len() > 1).map(|item| context.names.what(item));
        let panels = panels(context, &notes, &of_measure, index, &axis);
        sections.push(Section { title: title.unwrap_or_default(), columns: 1, panels });
    }
    let (keys, notes) = notes.finish();
    Ok(Parts { keys, sections, notes })
}

/// The polls of a measure, in lines of about equally many plots; analyses apart, as each has classes of its own.
fn panels(context: &Context, notes: &Notes, items: &[Item], measure: usize, axis: &ValueAxis) -> Vec<Panel> {
    let mut lines: Vec<(Vec<&str>, Vec<Item>)> = Vec::new();
    for analysis in distinct(items.iter().map(|item| item.record.analysis.as_str())) {
        let of_analysis: Vec<Item> = items.iter().filter(|i| i.record.analysis == analysis).copied().collect();
        let mut polls = distinct(of_analysis.iter().map(|item| item.source));
        polls.sort_by_key(|poll| place_in(&context.figure.only, poll));
        let n_lines = polls.len().div_ceil(MAX_TRACKS).max(1);
        let per_line = polls.len().div_ceil(n_lines).max(1);
        lines.extend(polls.chunks(per_line).map(|polls| (polls.to_vec(), of_analysis.clone())));
    }
    let n_slots = lines.iter().map(|(polls, _)| polls.len()).max().unwrap_or(1);
    let panel = |(polls, items): &(Vec<&str>, Vec<Item>)| {
        let places = places(context.figure, context.definition, items);
        let rows = places
            .iter()
            .map(|place| Row { label: context.names.place(place), detail: String::new(), is_heading: false })
            .collect();
        let tracks = polls
            .iter()
            .map(|poll| {
                let of_poll: Vec<Item> = items.iter().filter(|item| item.source == *poll).copied().collect();
                track(context, notes, &of_poll, &places, palette::series(measure), axis)
            })
            .collect();
        Panel::Rows(RowsPanel { rows, detail_title: String::new(), tracks, is_common_scale: true, n_slots })
    };
    lines.iter().map(panel).collect()
}

fn track(context: &Context, notes: &Notes, items: &[Item], places: &[&str], color: Color, axis: &ValueAxis) -> Track {
    let mut track = Track {
        title: items.first().map_or_else(String::new, |item| context.names.source(item)),
        axis: axis.clone(),
        marks: Vec::new(),
        notes: Vec::new(),
        references: Vec::new(),
    };
    for (row, place) in places.iter().enumerate() {
        let Some(record) = items.iter().find(|item| item.place == *place).map(|item| item.record) else { continue };
        let Some(value) = points::shown(record) else {
            track.marks.push(RowMark::Gap { row, text: notes.reason(record) });
            continue;
        };
        let is_everybody = *place == "all";
        if is_everybody {
            track.references.push(value);
        }
        let color = if is_everybody { palette::INK } else { color };
        track.marks.push(RowMark::Point {
            row,
            value,
            interval: points::interval(record),
            bounds: None,
            look: points::look(record, color),
        });
        track.notes.push((row, note(context, record, value)));
    }
    track
}

/// `71%  n 214` at the right edge.
fn note(context: &Context, record: &ResultRecord, value: f64) -> String {
    let share = context.locale.percent(value, 0);
    match record.estimate.n {
        Some(n) => format!("{share} · n\u{a0}{}", context.count(n)),
        None => share,
    }
}
