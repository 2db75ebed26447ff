//! The picture in words.

use crate::chart::spec::{
    Color, Key, KeySymbol, Panel, RowMark, RowsPanel, ScatterPanel, Section, Series, SeriesPoint, TilesPanel,
    TimePanel, Unit, ValueAxis,
};
use crate::locale::Locale;

use super::notes::fill;

/// Values named before the rest is only counted.
const MAX_VALUES: usize = 24;

/// The title, and what each panel shows: first and last value of a line, value of a bar or point.
pub(super) fn text(title: &str, keys: &[Key], sections: &[Section], locale: &Locale) -> String {
    let mut parts = Vec::new();
    for section in sections {
        for panel in &section.panels {
            let values = match panel {
                Panel::Time(panel) => time(panel, locale),
                Panel::Rows(panel) => rows(panel, keys, locale),
                Panel::Scatter(panel) => scatter(panel, locale),
                Panel::Tiles(panel) => tiles(panel, locale),
            };
            parts.extend(values.into_iter().map(|value| prefixed(&section.title, value)));
        }
    }
    let hidden = parts.len().saturating_sub(MAX_VALUES);
    parts.truncate(MAX_VALUES);
    if hidden > 0 {
        parts.push(fill(locale.phrase("and-more"), &[("count", &hidden.to_string())]));
    }
    let title = title.trim();
    let stop = if title.is_empty() || title.ends_with(['.', '!', '?', '…']) { "" } else { "." };
    format!("{title}{stop} {}.", parts.join("; ")).trim().to_owned()
}

fn time(panel: &TimePanel, locale: &Locale) -> Vec<String> {
    let series = panel.series.iter().filter_map(|series| line(series, &panel.y, locale));
    let columns = panel.columns.iter().map(|column| {
        let (year, value) = (format!("{:.0}", libm::floor(column.from)), number(&panel.y, column.value, locale));
        format!("{year}: {value}")
    });
    series.chain(columns).map(|text| prefixed(&panel.title, text)).collect()
}

fn line(series: &Series, axis: &ValueAxis, locale: &Locale) -> Option<String> {
    let (first, last) = (series.points.first()?, series.points.last()?);
    let moment = |p: &SeriesPoint| format!("{} ({:.0})", number(axis, p.value, locale), libm::floor(p.x));
    if series.points.len() == 1 {
        return Some(format!("{}: {}", series.label, moment(first)));
    }
    let values = [("name", series.label.as_str()), ("first", &moment(first)), ("last", &moment(last))];
    Some(fill(locale.phrase("alt-line"), &values))
}

fn rows(panel: &RowsPanel, keys: &[Key], locale: &Locale) -> Vec<String> {
    let mut out = Vec::new();
    let mut heading = "";
    for (index, row) in panel.rows.iter().enumerate() {
        if row.is_heading {
            heading = &row.label;
            continue;
        }
        for track in &panel.tracks {
            let of_row = track.marks.iter().filter_map(|mark| match mark {
                RowMark::Point { row, value, .. } if *row == index => Some(number(&track.axis, *value, locale)),
                RowMark::Bar { row, from, to, color, .. } if *row == index => {
                    let value = number(&track.axis, (to - from).abs(), locale);
                    Some(meaning(keys, *color).map_or_else(|| value.clone(), |name| format!("{name} {value}")))
                }
                RowMark::Gap { row, text } if *row == index => Some(text.clone()),
                _ => None,
            });
            let values: Vec<String> = of_row.collect();
            if !values.is_empty() {
                let name = prefixed(&track.subtitle, prefixed(heading, row.label.clone()));
                let name = prefixed(&track.title, name);
                out.push(format!("{name}: {}", values.join(", ")));
            }
        }
    }
    out
}

/// The named points with both values.
fn scatter(panel: &ScatterPanel, locale: &Locale) -> Vec<String> {
    let named = panel.points.iter().filter(|point| point.is_named);
    named
        .map(|point| {
            let (x, y) = (value(panel.x.unit, point.x, locale), value(panel.y.unit, point.y, locale));
            format!("{}: {x}, {y}", point.label)
        })
        .collect()
}

/// The tiles from the highest value to the lowest.
fn tiles(panel: &TilesPanel, locale: &Locale) -> Vec<String> {
    let mut tiles: Vec<(f64, &str)> =
        panel.tiles.iter().filter_map(|tile| Some((tile.value?, tile.name.as_str()))).collect();
    tiles.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    tiles.into_iter().map(|(number, name)| format!("{name}: {}", value(panel.unit, number, locale))).collect()
}

/// What the legend says about a colour.
fn meaning(keys: &[Key], of: Color) -> Option<&str> {
    keys.iter().find(|key| key.symbol == KeySymbol::Patch(of)).map(|key| key.text.as_str())
}

fn number(axis: &ValueAxis, number: f64, locale: &Locale) -> String {
    value(axis.unit, number, locale)
}

fn value(unit: Unit, value: f64, locale: &Locale) -> String {
    match unit {
        Unit::Share => locale.percent(value, 0),
        Unit::ShareDifference | Unit::SharePerDecade => locale.points(value, 1),
        Unit::ShareSize => locale.point_size(value, 1),
        Unit::Count => locale.number(value, 0),
        Unit::Year => locale.time(value),
        Unit::PerYear | Unit::PerMillion | Unit::Ratio | Unit::Index => {
            locale.number(value, if value.abs() < 10.0 { 2 } else { 0 })
        }
    }
}

fn prefixed(title: &str, text: String) -> String {
    if title.is_empty() { text } else { format!("{title}, {text}") }
}
