//! Things per million inhabitants with intervals, one row a place.

use crate::analysis::result::ResultRecord;
use crate::chart::palette;
use crate::chart::spec::RowMark;
use crate::error::Result;
use crate::study::definition::{Definition, Figure};

use super::axes::{self, Need};
use super::listing::Listing;
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
    let mut listing = Listing::default();
    for item in &items {
        let row = listing.row(context, context.names.place(item.place), item.record);
        let Some(value) = points::shown(item.record) else {
            listing.gap(row, notes.reason(item.record));
            continue;
        };
        let interval = points::interval(item.record);
        let text = context.names.value_and_interval(unit, value, interval);
        let look = points::look(item.record, palette::series(0));
        listing.mark(row, RowMark::Point { row, value, interval, bounds: None, look }, text);
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
    notes.beyond(&axis, range);
    notes.intervals(IntervalMark::Whiskers, &records);
    notes.flags(&records);
    let (keys, notes) = notes.finish();
    let section = listing.section(context, axis);
    Ok(Parts { keys, sections: vec![section], notes })
}

/// Is the result the rate of a place?
pub(super) fn draws(item: &Item, figure: &Figure, definition: &Definition) -> bool {
    let is_named = figure.places.is_empty() || figure.places.iter().any(|place| place == item.place);
    item.kind == Kind::ItemRates && is_named && item.is_plain_place(definition, figure)
}
