//! Things per million inhabitants with intervals, one row a place.

use crate::analysis::result::ResultRecord;
use crate::chart::palette;
use crate::chart::spec::{Panel, Row, RowMark, RowsPanel, Section, Track};
use crate::error::Result;
use crate::study::definition::{Definition, Figure};

use super::axes::{self, Need};
use super::notes::IntervalMark;
use super::select::{Item, Kind, places};
use super::{Context, Parts, points};

/// Rates that differ by more than this factor are shown on a logarithmic axis.
const WIDE: f64 = 50.0;

pub(super) fn parts(context: &Context) -> Result<Parts> {
    let mut items = context.items()?;
    let places = places(context.figure, context.definition, &items);
    items.sort_by_key(|item| places.iter().position(|place| *place == item.place));
    let unit = context.unit(items.iter().map(|item| item.record))?;
    let records: Vec<&ResultRecord> = items.iter().map(|item| item.record).collect();
    let mut notes = context.notes();
    let (mut rows, mut marks, mut texts) = (Vec::new(), Vec::new(), Vec::new());
    for (row, item) in items.iter().enumerate() {
        let n = item.record.estimate.n.map_or_else(String::new, |n| context.count(n));
        rows.push(Row { label: context.names.place(item.place), detail: n, is_heading: false });
        let Some(value) = points::shown(item.record) else {
            marks.push(RowMark::Gap { row, text: notes.reason(item.record) });
            continue;
        };
        let interval = points::interval(item.record);
        texts.push((row, context.names.value_and_interval(unit, value, interval)));
        let look = points::look(item.record, palette::series(0));
        marks.push(RowMark::Point { row, value, interval, bounds: None, look });
    }
    let range = points::extent(records.iter().copied());
    let values: Vec<f64> = records.iter().filter_map(|record| points::shown(record)).collect();
    let (least, most) =
        (values.iter().copied().fold(f64::INFINITY, f64::min), values.iter().copied().fold(0.0, f64::max));
    let axis = if range.0 > 0.0 && most / least > WIDE && context.figure.axis_max.is_none() {
        axes::log(unit, range, None, context.locale)
    } else {
        let need = Need { unit, range, has_zero: true, max: context.figure.axis_max, may_clip: true, n_ticks: 6 };
        axes::linear(&need, context.locale)
    };
    notes.symbols(&records);
    notes.intervals(IntervalMark::Whiskers, &records);
    notes.flags(&records);
    let (keys, notes) = notes.finish();
    let notes_title = context.locale.phrase("chart-estimate").to_owned();
    let track = Track {
        title: String::new(),
        subtitle: String::new(),
        axis,
        marks,
        notes: texts,
        notes_title,
        references: Vec::new(),
    };
    let detail_title = if rows.iter().any(|row| !row.detail.is_empty()) { "n" } else { "" }.to_owned();
    let panel = RowsPanel { rows, detail_title, tracks: vec![track], is_common_scale: false, n_slots: 1 };
    let section = Section { title: String::new(), columns: 1, panels: vec![Panel::Rows(panel)] };
    Ok(Parts { keys, sections: vec![section], notes })
}

/// Is the result the rate of a place?
pub(super) fn draws(item: &Item, figure: &Figure, definition: &Definition) -> bool {
    let is_named = figure.places.is_empty() || figure.places.iter().any(|place| place == item.place);
    item.kind == Kind::ItemRates && is_named && item.is_plain_place(definition, figure)
}
