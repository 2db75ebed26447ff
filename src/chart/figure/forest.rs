//! Differences with intervals, one row each, grouped by what is measured and sorted by size.

use crate::analysis::result::{ResultRecord, Unit};
use crate::chart::palette;
use crate::chart::spec::{Interval, KeySymbol, PointLook, RowMark, Shape};
use crate::error::Result;

use super::axes::{self, Need};
use super::listing::Listing;
use super::notes::IntervalMark;
use super::select::{Item, Kind};
use super::{Context, Parts, distinct, place_in, points};

pub(super) fn parts(context: &Context) -> Result<Parts> {
    let items = context.items()?;
    let unit = context.unit(items.iter().map(|item| item.record))?;
    let (names, locale) = (&context.names, context.locale);
    let records: Vec<&ResultRecord> = items.iter().map(|item| item.record).collect();
    let mut notes = context.notes();
    let mut groups = distinct(items.iter().map(group));
    groups.sort_by_key(|group| place_in(&context.figure.answers, group));
    let mut listing = Listing::default();
    let mut range = points::extent(records.iter().copied());
    let (mut has_bounds, mut has_prediction) = (false, false);
    for (index, group_name) in groups.iter().enumerate() {
        let mut of_group: Vec<Item> = items.iter().filter(|item| group(item) == *group_name).copied().collect();
        // Sequences, steps in time and ways of one ratio keep their order; pooled values stand below the polls that they sum up.
        let is_kept = |item: &Item| matches!(item.kind, Kind::Sequence | Kind::CountBreaks | Kind::ChangeSplit);
        of_group.sort_by(|a, b| {
            let is_mean = |item: &Item| item.kind == Kind::AcrossEvents && item.what == "pooled";
            let place = |item: &Item| {
                (item.kind == Kind::Meta || is_mean(item), item.kind == Kind::Meta && !item.source.is_empty())
            };
            let by_size =
                || if is_kept(a) { std::cmp::Ordering::Equal } else { size(b.record).total_cmp(&size(a.record)) };
            place(a).cmp(&place(b)).then_with(by_size)
        });
        if groups.len() > 1
            && let Some(first) = of_group.first()
        {
            let label = match first.kind {
                _ if group_name.is_empty() => String::new(),
                Kind::CountBreaks | Kind::AcrossEvents => names.event(first.source),
                _ => names.what(first),
            };
            listing.heading(label);
        }
        for item in of_group {
            let record = item.record;
            let row = listing.row(context, label(context, &item), record);
            let Some(value) = points::shown(record) else {
                listing.gap(row, notes.reason(record));
                continue;
            };
            let (interval, bounds) = (points::interval(record), bounds(context, &item));
            if let Some(bounds) = bounds {
                has_bounds = has_bounds || item.kind != Kind::Meta;
                has_prediction = has_prediction || item.kind == Kind::Meta;
                range = (range.0.min(bounds.low), range.1.max(bounds.high));
            }
            let text = points::guarded(record, names.value_and_interval(unit, value, interval));
            let look = match item.kind {
                Kind::Meta => PointLook { color: palette::INK, shape: Shape::Square, is_open: false, is_faint: false },
                _ => points::look(record, palette::series(index)),
            };
            listing.mark(row, RowMark::Point { row, value, interval, bounds, look }, text);
        }
    }
    let axis = match unit {
        Unit::Ratio => axes::log(unit, range, Some(1.0), locale),
        _ => {
            let need = Need { unit, range, has_zero: true, max: context.figure.axis_max, may_clip: true, n_ticks: 7 };
            axes::linear(&need, locale)
        }
    };
    if has_bounds {
        notes.phrase_key(KeySymbol::Whisker(palette::GREY), "key-interval");
        notes.phrase_key(KeySymbol::ThinWhisker(palette::GREY), "key-bounds");
    }
    if has_prediction {
        notes.phrase_key(KeySymbol::ThinWhisker(palette::INK), "key-prediction");
    }
    notes.symbols(&records);
    notes.beyond(&axis, range);
    notes.intervals(IntervalMark::Whiskers, &records);
    notes.guarded(&records);
    notes.flags(&records);
    let (keys, notes) = notes.finish();
    let section = listing.section(context, axis);
    Ok(Parts { keys, sections: vec![section], notes })
}

/// Is the result a difference or ratio of two others?
pub(super) fn draws(item: &Item) -> bool {
    match item.kind {
        Kind::Places | Kind::Elections => item.derived == "gap",
        Kind::Answers => item.derived == "change" || item.derived == "slope",
        Kind::ItemPeriods => item.derived.starts_with("vs-"),
        Kind::ItemRates => item.derived == "ratio",
        Kind::Subgroups => item.derived == "minus-all",
        Kind::Contrast | Kind::CountRatios => true,
        // What no interval belongs to, such as the chance that explains a rise away, is no row of its own.
        Kind::CountBreaks => !item.source.is_empty() && points::interval(item.record).is_some(),
        Kind::Mood => !item.record.about("pair").is_empty() && item.record.unit == Unit::ShareDifference,
        Kind::TrendTests => matches!(item.derived, "line" | "sen" | "newey-west" | "first-last"),
        // What has no poll on one side of the event is no row.
        Kind::AcrossEvents => item.derived.is_empty() && item.record.estimate.estimate.is_some(),
        Kind::Sequence => item.derived.starts_with("lag-"),
        Kind::Meta => item.derived == "pooled",
        Kind::Pooled => item.derived == "event",
        Kind::Breaks => item.derived == "step",
        Kind::ChangeSplit => item.place.is_empty(),
        Kind::Ages | Kind::Counts | Kind::ItemActors | Kind::GapTrend | Kind::AreaAssociation | Kind::SmallArea => {
            false
        }
    }
}

/// Is the result an outer limit of a difference?
pub(super) fn is_bound(item: &Item) -> bool {
    match item.kind {
        Kind::Places => matches!(item.derived, "gap-low" | "gap-high"),
        Kind::Meta => item.derived == "prediction",
        _ => false,
    }
}

/// What the rows of a group have in common.
fn group<'a>(item: &Item<'a>) -> &'a str {
    match item.kind {
        Kind::Places | Kind::Subgroups | Kind::Sequence | Kind::Meta | Kind::ChangeSplit => item.what,
        Kind::CountBreaks | Kind::AcrossEvents => item.source,
        _ => "",
    }
}

pub(super) fn label(context: &Context, item: &Item) -> String {
    let names = &context.names;
    match item.kind {
        Kind::Contrast | Kind::Answers | Kind::Pooled | Kind::Breaks | Kind::CountRatios | Kind::CountBreaks => {
            names.what(item)
        }
        Kind::Sequence => names.named(item.derived),
        Kind::ChangeSplit if item.record.about("poll").is_empty() => names.named("whole-way"),
        Kind::Mood => format!("{}, {}", names.what(item), names.named(item.derived)),
        Kind::AcrossEvents if item.what == "pooled" => names.named("mean-change"),
        Kind::AcrossEvents => format!("{}: {}", names.asked(item.record), names.answer_of(item.record)),
        Kind::TrendTests => format!("{}: {}", names.question_label(item), names.what(item)),
        Kind::Meta if item.source.is_empty() => names.named("pooled-all"),
        Kind::Meta => names.named("pooled-without-opt-in"),
        Kind::Subgroups => format!("{}, {}", names.place(item.place), names.source(item)),
        _ => names.source(item),
    }
}

/// The gap when all undecided answers go one way, and the other way; of a pooled value, where that of a further poll
/// would lie.
pub(super) fn bounds(context: &Context, item: &Item) -> Option<Interval> {
    if item.kind == Kind::Meta {
        let id = item.record.id.strip_suffix("pooled")?;
        return points::interval(context.results.get(&format!("{id}prediction"))?);
    }
    let limit = |end: &str| {
        let record = context.results.get(&format!("{}-{end}", item.record.id))?;
        record.estimate.estimate.filter(|value| value.is_finite())
    };
    let (a, b) = (limit("low")?, limit("high")?);
    Some(Interval { low: a.min(b), high: a.max(b) })
}

fn size(record: &ResultRecord) -> f64 {
    points::shown(record).unwrap_or(f64::NEG_INFINITY)
}
