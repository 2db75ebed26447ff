//! One difference in several versions or parts: one row a poll, one plot a version, all along one axis.

use crate::analysis::result::ResultRecord;
use crate::chart::palette;
use crate::chart::spec::{Interval, KeySymbol, Panel, PointLook, Row, RowMark, RowsPanel, Section, Shape, Track};
use crate::error::Result;
use crate::study::definition::Figure;

use super::axes::{self, Need};
use super::notes::IntervalMark;
use super::select::{Item, Kind};
use super::{Context, Parts, distinct, forest, place_in, points};

pub(super) fn parts(context: &Context) -> Result<Parts> {
    let items = context.items()?;
    let unit = context.unit(items.iter().map(|item| item.record))?;
    let (names, figure) = (&context.names, context.figure);
    let records: Vec<&ResultRecord> = items.iter().map(|item| item.record).collect();
    let mut notes = context.notes();
    let mut measures = distinct(items.iter().map(|item| item.what));
    measures.sort_by_key(|measure| place_in(&figure.answers, measure));
    // A prediction interval may be many times as long as all others; it is cut at the end of the axis.
    let mut range = points::extent(records.iter().copied());
    let need = Need { unit, range, has_zero: true, max: figure.axis_max, may_clip: true, n_ticks: 4 };
    let axis = axes::linear(&need, context.locale);
    let mut tracks: Vec<Track> = figure
        .tracks
        .iter()
        .map(|key| Track {
            title: names.part(key),
            subtitle: String::new(),
            axis: axis.clone(),
            marks: Vec::new(),
            notes: Vec::new(),
            notes_title: String::new(),
            references: Vec::new(),
        })
        .collect();
    let mut rows: Vec<Row> = Vec::new();
    let mut has_prediction = false;
    for (index, measure) in measures.iter().enumerate() {
        let of_measure: Vec<&Item> = items.iter().filter(|item| item.what == *measure).collect();
        if measures.len() > 1
            && let Some(first) = of_measure.first()
        {
            rows.push(Row { label: names.what(first), detail: String::new(), is_heading: true });
        }
        let mut lines = distinct(of_measure.iter().map(|item| (is_pooled(item), item.source)));
        // Pooled values stand below the polls that they sum up, those of fewer polls last.
        lines.sort_by_key(|(is_pooled, source)| (*is_pooled, *is_pooled && !source.is_empty()));
        for line in lines {
            let of_line = || of_measure.iter().filter(|item| (is_pooled(item), item.source) == line);
            let Some(first) = of_line().next() else { continue };
            // A pool of one poll has no value, and the poll stands above.
            if line.0 && of_line().all(|item| points::shown(item.record).is_none()) {
                continue;
            }
            let bases = of_line().filter_map(|item| item.record.estimate.n);
            let detail = bases.max().map_or_else(String::new, |n| context.count(n));
            let row = rows.len();
            rows.push(Row { label: forest::label(context, first), detail, is_heading: false });
            for (track, key) in tracks.iter_mut().zip(&figure.tracks) {
                let Some(item) = of_line().find(|item| version(item) == key) else { continue };
                let record = item.record;
                let Some(value) = points::shown(record) else {
                    track.marks.push(RowMark::Gap { row, text: notes.reason(record) });
                    continue;
                };
                let bounds = prediction(context, item);
                if let Some(bounds) = bounds {
                    has_prediction = true;
                    range = (range.0.min(bounds.low), range.1.max(bounds.high));
                }
                let look = match item.kind {
                    Kind::Meta => {
                        PointLook { color: palette::INK, shape: Shape::Square, is_open: false, is_faint: false }
                    }
                    _ => points::look(record, palette::series(index)),
                };
                track.marks.push(RowMark::Point { row, value, interval: points::interval(record), bounds, look });
                let text = points::guarded(record, names.value_and_interval(unit, value, None));
                track.notes.push((row, text));
            }
        }
    }
    if records.iter().any(|record| points::interval(record).is_some()) {
        notes.phrase_key(KeySymbol::Whisker(palette::GREY), "key-interval");
    }
    if has_prediction {
        notes.phrase_key(KeySymbol::ThinWhisker(palette::INK), "key-prediction");
    }
    notes.symbols(&records);
    notes.beyond(&axis, range);
    notes.intervals(IntervalMark::Whiskers, &records);
    notes.guarded(&records);
    notes.flags(&records);
    let detail_title = if rows.iter().any(|row| !row.detail.is_empty()) { "n" } else { "" }.to_owned();
    let n_slots = tracks.len();
    let panel = RowsPanel { rows, detail_title, tracks, is_common_scale: false, n_slots };
    let (keys, notes) = notes.finish();
    let section = Section { title: String::new(), columns: 1, panels: vec![Panel::Rows(panel)] };
    Ok(Parts { keys, sections: vec![section], notes })
}

/// Is the result one of the versions or parts that the figure names?
pub(super) fn draws(item: &Item, figure: &Figure) -> bool {
    let version = version(item);
    !version.is_empty() && figure.tracks.iter().any(|track| track == version)
}

/// Which version or part of a difference a result is; of a pooled value that of what is pooled.
fn version<'a>(item: &Item<'a>) -> &'a str {
    match item.kind {
        Kind::Places => item.derived,
        Kind::Meta if item.derived == "pooled" => item.record.about("difference"),
        _ => "",
    }
}

fn is_pooled(item: &Item) -> bool {
    item.kind == Kind::Meta
}

/// Where the difference of a further poll would lie.
fn prediction(context: &Context, item: &Item) -> Option<Interval> {
    if is_pooled(item) { forest::bounds(context, item) } else { None }
}
