//! Polls of several houses as one series: dots by house, the smoothed level with its ribbon, and the houses' effects below.

use crate::analysis::result::{Flag, ResultRecord, Unit};
use crate::chart::palette;
use crate::chart::spec::{
    Color, Dash, KeySymbol, Panel, PointLook, RowMark, Section, Series, SeriesPoint, Shape, TimePanel,
};
use crate::error::{Error, Result};

use super::axes::{self, Need};
use super::listing::Listing;
use super::select::{Item, Kind};
use super::{Context, Parts, distinct, points, trend};

/// Steps without the state in between that do not end a stretch with one house: a single poll of another house covers so many.
const MAX_PAUSE: usize = 7;
/// Shorter stretches are drawn and not named.
const MIN_NAMED: usize = 6;

pub(super) fn parts(context: &Context) -> Result<Parts> {
    let items = context.items()?;
    let of = |derived: &'static str| {
        items.iter().filter(move |item| item.kind == Kind::Pooled && item.derived == derived).copied()
    };
    let pooled = distinct(items.iter().filter(|item| item.kind == Kind::Pooled).map(|item| &item.record.analysis));
    if let [first, second, ..] = pooled.as_slice() {
        return Err(Error::unusable(
            context
                .problem("F06", format!("figure `{}` draws two pooled series", context.figure.id))
                .observed(format!("`{first}` and `{second}`"))
                .expected("one pooled series, and analyses of answers for its dots")
                .hint("make a figure for each"),
        ));
    }
    let levels: Vec<Item> = of("level").filter(|item| points::shown(item.record).is_some()).collect();
    let polls: Vec<Item> = items.iter().filter(|item| item.kind == Kind::Answers).copied().collect();
    let effects: Vec<Item> = of("house").chain(of("shift")).collect();
    let on_time: Vec<&ResultRecord> = levels.iter().chain(&polls).map(|item| item.record).collect();
    let unit = context.unit(on_time.iter().copied())?;
    let mut houses = distinct(effects.iter().map(|item| context.names.pollster_id(item)));
    houses.extend(polls.iter().map(|item| context.names.pollster_id(item)));
    let houses = distinct(houses.into_iter());
    let mut notes = context.notes();
    let mut series: Vec<Series> = Vec::new();
    for (index, house) in houses.iter().enumerate() {
        let own = polls.iter().filter(|item| context.names.pollster_id(item) == *house);
        let mut points: Vec<SeriesPoint> = own.filter_map(|item| points::series_point(item.record)).collect();
        points.sort_by(|a, b| a.x.total_cmp(&b.x));
        if points.is_empty() {
            continue;
        }
        let look = look(index);
        notes.key(KeySymbol::SmallPoint(look), context.names.pollster(house));
        series.push(Series {
            label: context.names.pollster(house),
            last: String::new(),
            color: look.color,
            dash: Dash::Solid,
            shape: look.shape,
            is_dense: true,
            has_line: false,
            points,
        });
    }
    let (ahead, known): (Vec<Item>, Vec<Item>) =
        levels.iter().copied().partition(|item| points::has(item.record, Flag::Forecast));
    let level = level_series(context, unit, &known);
    let is_any_sparse = level.points.iter().any(|point| point.is_sparse);
    notes.phrase_key(KeySymbol::Band(level.color), "key-ribbon");
    if is_any_sparse {
        notes.phrase_key(KeySymbol::HatchedBand(level.color), "key-one-house");
    }
    if !ahead.is_empty() {
        notes.phrase_key(KeySymbol::Band(FORECAST), "key-forecast");
        series.push(forecast_series(context, unit, &level, &ahead));
    }
    series.push(level);
    let times = || series.iter().flat_map(|s| &s.points).map(|point| point.x);
    let (low, high) = (times().fold(f64::INFINITY, f64::min), times().fold(f64::NEG_INFINITY, f64::max));
    let range = dots_and_ribbon(&series);
    let need = Need { unit, range, has_zero: false, max: context.figure.axis_max, may_clip: false, n_ticks: 8 };
    let mut events = context.events()?;
    events.retain(|event| (low..=high).contains(&event.x));
    let y = axes::linear(&need, context.locale);
    let cuts_zero = y.from > 0.0;
    let panel = TimePanel {
        title: String::new(),
        x: axes::time(low, high, context.locale),
        y,
        series,
        columns: Vec::new(),
        strips: Vec::new(),
        events,
    };
    let of_level: Vec<&ResultRecord> = levels.iter().map(|item| item.record).collect();
    notes.ribbon(&of_level);
    notes.named_list("note-one-house", &stretches(context, &levels));
    if cuts_zero {
        notes.sentence("note-no-zero");
    }
    notes.dense(&of_level, false);
    notes.flags(&of_level);
    let mut sections = vec![Section { title: String::new(), columns: 1, panels: vec![Panel::Time(panel)] }];
    if !effects.is_empty() {
        sections.push(house_section(context, &effects, &houses));
    }
    let (keys, notes) = notes.finish();
    Ok(Parts { keys, sections, notes })
}

/// The level of a pooled series, an effect of a house, or a published poll.
pub(super) fn draws(item: &Item) -> bool {
    match item.kind {
        Kind::Pooled => matches!(item.derived, "level" | "house" | "shift"),
        Kind::Answers => item.derived.is_empty() && item.record.when.is_some(),
        _ => false,
    }
}

/// Colour and outline of a house; the level has the colour of ink.
pub(super) fn look(index: usize) -> PointLook {
    let color = palette::SERIES.iter().filter(|color| **color != LEVEL).nth(index % (palette::SERIES.len() - 1));
    PointLook {
        color: color.copied().unwrap_or(palette::GREY),
        shape: trend::shape(index),
        is_open: false,
        is_faint: false,
    }
}

/// Colour of the level.
const LEVEL: Color = palette::SERIES[3];

/// Colour of what lies after the last poll.
const FORECAST: Color = palette::GREY;

fn level_series(context: &Context, unit: Unit, levels: &[Item]) -> Series {
    let points: Vec<SeriesPoint> = levels.iter().filter_map(|item| points::series_point(item.record)).collect();
    Series {
        label: context.locale.phrase("smoothed-level").to_owned(),
        last: points.last().map_or_else(String::new, |last| context.names.value(unit, last.value)),
        color: LEVEL,
        dash: Dash::Solid,
        shape: Shape::Circle,
        is_dense: true,
        has_line: true,
        points,
    }
}

/// What the model says of times after the last poll: it goes on where the level ends.
fn forecast_series(context: &Context, unit: Unit, level: &Series, ahead: &[Item]) -> Series {
    let joint = level.points.last().cloned().map(|last| SeriesPoint { is_sparse: false, ..last });
    let points: Vec<SeriesPoint> =
        joint.into_iter().chain(ahead.iter().filter_map(|item| points::series_point(item.record))).collect();
    Series {
        label: context.locale.phrase("forecast-level").to_owned(),
        last: points.last().map_or_else(String::new, |last| context.names.value(unit, last.value)),
        color: FORECAST,
        dash: Dash::Short,
        shape: Shape::Circle,
        is_dense: true,
        has_line: true,
        points,
    }
}

/// All values of the picture; intervals of single polls are not drawn.
fn dots_and_ribbon(series: &[Series]) -> (f64, f64) {
    let mut range = (f64::INFINITY, f64::NEG_INFINITY);
    for one in series {
        for point in &one.points {
            let interval = point.interval.filter(|_| one.has_line);
            let (low, high) = interval.map_or((point.value, point.value), |interval| (interval.low, interval.high));
            range = (range.0.min(low), range.1.max(high));
        }
    }
    range
}

/// Stretches of time with polls of one house only, in words.
fn stretches(context: &Context, levels: &[Item]) -> Vec<String> {
    let mut out: Vec<(&str, usize, usize, usize)> = Vec::new();
    for (i, item) in levels.iter().enumerate().filter(|(_, item)| points::has(item.record, Flag::OneHouse)) {
        let house = item.record.about("pollster");
        match out.last_mut() {
            Some((last, _, end, n)) if *last == house && i - *end <= MAX_PAUSE => (*end, *n) = (i, *n + 1),
            _ => out.push((house, i, i, 1)),
        }
    }
    let words = |(house, start, end, n): (&str, usize, usize, usize)| {
        let date = |i: usize| context.names.dates(levels[i].record).unwrap_or_default();
        let values = [
            ("house", context.names.pollster(house)),
            ("from", date(start)),
            ("until", date(end)),
            ("n", context.count(n as u64)),
            ("steps", context.count((end - start + 1) as u64)),
        ];
        let values: Vec<(&str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        super::notes::fill(context.locale.phrase("one-house-stretch"), &values)
    };
    out.into_iter().filter(|(_, _, _, n)| *n >= MIN_NAMED).map(words).collect()
}

/// Effects of the houses, one row each.
fn house_section(context: &Context, effects: &[Item], houses: &[&str]) -> Section {
    let notes = context.notes();
    let mut listing = Listing::default();
    for item in effects {
        let record = item.record;
        let house = context.names.pollster_id(item);
        let name = match item.derived {
            "shift" => context.names.what(item),
            _ if item.what == house => context.names.pollster(house),
            // A pollster that asks two of the questions is two houses.
            _ => format!("{}, {}", context.names.pollster(house), context.names.asked(record)),
        };
        let row = listing.row(context, name, record);
        let Some(value) = points::shown(record) else {
            listing.gap(row, notes.reason(record));
            continue;
        };
        let interval = points::interval(record);
        let text = match interval {
            None => context.locale.phrase("reference-house").to_owned(),
            Some(_) => context.names.value_and_interval(record.unit, value, interval),
        };
        let index = houses.iter().position(|candidate| *candidate == house).unwrap_or(0);
        let mut look = look(index);
        look.is_open = item.derived == "shift";
        listing.mark(row, RowMark::Point { row, value, interval, bounds: None, look }, text);
    }
    let range = points::extent(effects.iter().map(|item| item.record));
    let need = Need { unit: Unit::ShareDifference, range, has_zero: true, max: None, may_clip: false, n_ticks: 7 };
    let mut section = listing.section(context, axes::linear(&need, context.locale));
    section.title = context.locale.phrase("heading-house-effects").to_owned();
    section
}
