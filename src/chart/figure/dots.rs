//! Shares by place: one row a place, one plot a poll and measure.

use crate::analysis::result::{ResultRecord, Unit};
use crate::chart::palette;
use crate::chart::spec::{Color, KeySymbol, Panel, Row, RowMark, RowsPanel, Section, Track, ValueAxis};
use crate::error::Result;
use crate::study::definition::{Definition, Figure};

use super::axes::{self, Need};
use super::notes::{IntervalMark, Notes};
use super::select::{Item, Kind, places};
use super::{Context, Parts, distinct, place_in, points};

/// Plots that stand beside each other before a new line begins.
const MAX_TRACKS: usize = 3;

pub(super) fn parts(context: &Context) -> Result<Parts> {
    let items = context.items()?;
    let records: Vec<&ResultRecord> = items.iter().map(|item| item.record).collect();
    let mut notes = context.notes();
    notes.symbols(&records);
    notes.intervals(IntervalMark::Whiskers, &records);
    notes.guarded(&records);
    notes.flags(&records);
    let range = points::extent(records.iter().copied());
    let need =
        Need { unit: Unit::Share, range, has_zero: false, max: context.figure.axis_max, may_clip: true, n_ticks: 4 };
    let axis = axes::linear(&need, context.locale);
    notes.beyond(&axis, range);
    let lines = lines(context, &items);
    let n_slots = lines.iter().map(|line| line.tracks.len()).max().unwrap_or(1);
    let has_measures = distinct(items.iter().map(|item| (item.question, item.what))).len() > 1;
    let panel = |line: &Line| {
        let of_analysis: Vec<Item> = items.iter().filter(|i| i.record.analysis == line.analysis).copied().collect();
        let places = places(context.figure, context.definition, &of_analysis);
        let row = |place: &&str| Row { label: context.names.place(place), detail: String::new(), is_heading: false };
        let tracks = line.tracks.iter().map(|source| {
            let of_track: Vec<Item> = of_analysis.iter().filter(|item| source.has(item)).copied().collect();
            let mut track = track(context, &notes, &of_track, &places, palette::series(source.index), &axis);
            if let Some(first) = of_track.first().filter(|_| has_measures) {
                track.subtitle = std::mem::replace(&mut track.title, context.names.what(first));
            }
            track
        });
        Panel::Rows(RowsPanel {
            rows: places.iter().map(row).collect(),
            detail_title: String::new(),
            tracks: tracks.collect(),
            is_common_scale: true,
            n_slots,
        })
    };
    let panels = lines.iter().map(panel).collect();
    let sections = vec![Section { title: String::new(), columns: 1, panels }];
    if items.iter().any(|item| item.place == "all") {
        notes.phrase_key(KeySymbol::Reference(palette::LINE), "key-everybody");
    }
    let (keys, notes) = notes.finish();
    Ok(Parts { keys, sections, notes })
}

/// Is the result the share of a place or group?
pub(super) fn draws(item: &Item, figure: &Figure, definition: &Definition) -> bool {
    let is_kind = matches!(item.kind, Kind::Places | Kind::Subgroups | Kind::Elections);
    is_kind && item.is_plain_place(definition, figure) && item.record.unit == Unit::Share
}

/// Plots beside each other. Analyses stand apart, as each has classes of its own.
struct Line<'a> {
    analysis: &'a str,
    tracks: Vec<Source<'a>>,
}

/// A measure in a poll.
#[derive(Clone, Copy)]
struct Source<'a> {
    /// Place of the measure among all measures.
    index: usize,
    measure: (&'a str, &'a str),
    poll: &'a str,
}

impl Source<'_> {
    fn has(&self, item: &Item) -> bool {
        (item.question, item.what) == self.measure && item.source == self.poll
    }
}

/// Lines of plots: the polls of a measure stand together, and join the line of the measure before where all fit.
fn lines<'a>(context: &Context, items: &[Item<'a>]) -> Vec<Line<'a>> {
    let mut measures = distinct(items.iter().map(|item| (item.question, item.what)));
    measures.sort_by_key(|(_, what)| place_in(&context.figure.answers, what));
    let mut out: Vec<Line> = Vec::new();
    for analysis in distinct(items.iter().map(|item| item.record.analysis.as_str())) {
        for (index, measure) in measures.iter().copied().enumerate() {
            let is_it = |item: &&Item| item.record.analysis == analysis && (item.question, item.what) == measure;
            let mut polls = distinct(items.iter().filter(is_it).map(|item| item.source));
            polls.sort_by_key(|poll| place_in(&context.figure.only, poll));
            let tracks: Vec<Source> = polls.into_iter().map(|poll| Source { index, measure, poll }).collect();
            match out.last_mut() {
                Some(line) if line.analysis == analysis && line.tracks.len() + tracks.len() <= MAX_TRACKS => {
                    line.tracks.extend(tracks);
                }
                _ => {
                    let n_lines = tracks.len().div_ceil(MAX_TRACKS).max(1);
                    let per_line = tracks.len().div_ceil(n_lines).max(1);
                    out.extend(tracks.chunks(per_line).map(|tracks| Line { analysis, tracks: tracks.to_vec() }));
                }
            }
        }
    }
    out
}

fn track(context: &Context, notes: &Notes, items: &[Item], places: &[&str], color: Color, axis: &ValueAxis) -> Track {
    let mut track = Track {
        title: items.first().map_or_else(String::new, |item| context.names.source(item)),
        subtitle: String::new(),
        axis: axis.clone(),
        marks: Vec::new(),
        notes: Vec::new(),
        notes_title: context.locale.phrase("chart-share-n").to_owned(),
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

/// The share, and in brackets the number interviewed. A small base brackets the share or stars it.
fn note(context: &Context, record: &ResultRecord, value: f64) -> String {
    let share = points::guarded(record, context.locale.percent(value, 0));
    match record.estimate.n {
        Some(n) => format!("{share} ({})", context.count(n)),
        None => share,
    }
}
