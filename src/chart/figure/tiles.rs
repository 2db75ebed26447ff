//! One tile an area, coloured by its number.

use crate::analysis::result::{ResultRecord, Unit};
use crate::chart::palette;
use crate::chart::spec::{Panel, Section, Tile, TileScale, TilesPanel};
use crate::error::Result;

use super::select::{Item, Kind};
use super::{Context, Parts, points};

/// Steps of the colour scale.
const STEPS: usize = 6;

pub(super) fn parts(context: &Context) -> Result<Parts> {
    let items = context.items()?;
    let unit = context.unit(items.iter().map(|item| item.record))?;
    let records: Vec<&ResultRecord> = items.iter().map(|item| item.record).collect();
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in records.iter().filter_map(|record| points::shown(record)) {
        (low, high) = (low.min(value), high.max(value));
    }
    let step = nice((high - low) / STEPS as f64, unit);
    let first = libm::floor(low / step + 1e-9) * step;
    let count = (libm::ceil((high - first) / step - 1e-9) as usize).clamp(1, 9);
    let class = |value: f64| (libm::floor((value - first) / step + 1e-9).max(0.0) as usize).min(count - 1);
    let mut tiles = Vec::new();
    for area in &context.results.areas {
        let Some((column, row)) = area.tile else { continue };
        let item = items.iter().find(|item| item.place == area.id);
        let value = item.and_then(|item| points::shown(item.record));
        let is_alone = item.is_some_and(|item| item.record.estimate.n == Some(0));
        tiles.push(Tile {
            column,
            row,
            label: area.short.clone(),
            name: area.label.clone(),
            text: value.map_or_else(String::new, |value| context.names.value(unit, value)),
            color: value.map(|value| palette::ramp(class(value), count)),
            is_marked: is_alone,
            value,
        });
    }
    let edges = (0..=count).map(|k| context.names.value(unit, first + k as f64 * step)).collect();
    let scale = TileScale { colors: (0..count).map(|k| palette::ramp(k, count)).collect(), edges };
    let mut notes = context.notes();
    notes.flags(&records);
    let (keys, mut notes) = notes.finish();
    if tiles.iter().any(|tile| tile.is_marked) {
        notes.push(context.locale.phrase("note-tiles-alone").to_owned());
    }
    if tiles.iter().any(|tile| tile.value.is_none()) {
        notes.push(context.locale.phrase("note-tiles-empty").to_owned());
    }
    notes.push(context.locale.phrase("note-tiles").to_owned());
    let panel = TilesPanel { tiles, scale, unit };
    Ok(Parts {
        keys,
        sections: vec![Section { title: String::new(), columns: 1, panels: vec![Panel::Tiles(panel)] }],
        notes,
    })
}

/// Is the result the estimate of an area?
pub(super) fn draws(item: &Item) -> bool {
    item.kind == Kind::SmallArea && item.derived.is_empty() && !item.place.is_empty()
}

/// A round step at least as wide: 1, 2 or 5 times a power of ten; of shares at least a point.
fn nice(width: f64, unit: Unit) -> f64 {
    let least = if unit == Unit::Share { 0.01 } else { 1e-6 };
    let width = if width.is_finite() { width.max(least) } else { least };
    let power = libm::pow(10.0, libm::floor(libm::log10(width)));
    let digit = [1.0, 2.0, 5.0, 10.0].into_iter().find(|digit| digit * power >= width * (1.0 - 1e-9)).unwrap_or(10.0);
    digit * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round() {
        let near = |got: f64, want: f64| assert!((got / want - 1.0).abs() < 1e-9, "{got} {want}");
        near(nice(0.034, Unit::Share), 0.05);
        near(nice(0.001, Unit::Share), 0.01);
        near(nice(2.0, Unit::Index), 2.0);
        near(nice(f64::NAN, Unit::Share), 0.01);
    }
}
