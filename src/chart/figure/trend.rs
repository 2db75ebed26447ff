//! Answers over polls: dots, intervals and lines, broken where the series changes.

use crate::analysis::result::ResultRecord;
use crate::chart::palette;
use crate::chart::spec::{Dash, Panel, Section, Series, SeriesPoint, Shape, Strip, TimePanel};
use crate::error::Result;
use crate::study::definition::{Figure, Side};

use super::axes::{self, Need};
use super::notes::IntervalMark;
use super::select::{Item, Kind};
use super::{Context, Parts, distinct, place_in, points, pooled};

/// From this number of points on, whiskers become a band.
const DENSE: usize = 40;
/// Years without a poll that break the line of a dense series.
const LONG_GAP: f64 = 1.0;
/// Years between two polls over which the line of a sparse series is dotted only: what happened between them is not known.
const LONG_GAP_SPARSE: f64 = 6.0;
/// The same for yearly values of a model, whose middles lie a year apart.
const LONG_GAP_YEARLY: f64 = 1.5;

/// A line of the chart before it has a look.
struct Line<'a> {
    pollster: &'a str,
    items: Vec<Item<'a>>,
}

pub(super) fn parts(context: &Context) -> Result<Parts> {
    let (asked, items): (Vec<Item>, Vec<Item>) = context.items()?.into_iter().partition(|item| item.derived == "asked");
    let unit = context.unit(items.iter().map(|item| item.record))?;
    let lines = lines(context, &items);
    let n_pollsters = distinct(lines.iter().map(|line| line.pollster)).len();
    let n_answers = distinct(lines.iter().map(|line| answer_key(line))).len();
    let (mut has_gaps, mut has_sparse_gaps) = (false, false);
    let mut series = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(first) = line.items.first() else { continue };
        let name = match (n_answers > 1, n_pollsters > 1) {
            (true, true) if !line.pollster.is_empty() => {
                format!("{}, {}", context.names.what(first), context.names.pollster(line.pollster))
            }
            (false, true) if !line.pollster.is_empty() => context.names.pollster(line.pollster),
            (false, false) if lines.len() > 1 => context.names.question_label(first),
            _ => context.names.what(first),
        };
        let place = house_place(context, first);
        let index = place.unwrap_or(index);
        let side = Some(first).filter(|_| n_pollsters <= 1).and_then(|item| side_word(item.what));
        let mut points: Vec<_> = line.items.iter().filter_map(|item| points::series_point(item.record)).collect();
        if first.kind == Kind::Places {
            break_at_wordings(context, &line.items, &mut points);
        }
        let last = points.last().map(|point| point.value);
        let is_model = first.kind == Kind::Mood;
        let is_dense = is_model || points.len() >= DENSE;
        match (is_model, is_dense) {
            // A year that a model leaves out is named among the gaps.
            (true, _) => _ = break_at_gaps(&mut points, LONG_GAP_YEARLY),
            (false, true) => has_gaps |= break_at_gaps(&mut points, LONG_GAP),
            (false, false) => has_sparse_gaps |= thin_over_gaps(&mut points),
        }
        series.push(Series {
            label: name,
            last: last.map_or_else(String::new, |last| context.names.value(unit, last)),
            color: match (side, place) {
                (Some(side), _) => palette::side(side, 0, 1),
                (None, Some(place)) => pooled::look(place).color,
                (None, None) => palette::series(index),
            },
            dash: if is_dense && !is_model { Dash::Solid } else { dash(index) },
            shape: shape(index),
            is_dense,
            has_line: true,
            points,
        });
    }
    let records: Vec<&ResultRecord> = items.iter().map(|item| item.record).collect();
    let strips = strips(context, &asked);
    let times = series.iter().flat_map(|s| &s.points).map(|point| point.x);
    let times = times.chain(strips.iter().flat_map(|strip| &strip.marks).map(|(time, _)| *time));
    let (low, high) = times.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
    let range = points::extent(records.iter().copied());
    let need = Need { unit, range, has_zero: true, max: context.figure.axis_max, may_clip: false, n_ticks: 8 };
    let mut events = context.events()?;
    events.retain(|event| (low..=high).contains(&event.x));
    let is_any_dense = series.iter().any(|s| s.is_dense);
    let panel = TimePanel {
        title: String::new(),
        x: axes::time(low, high, context.locale),
        y: axes::linear(&need, context.locale),
        series,
        columns: Vec::new(),
        events,
        strips,
    };
    let is_any_model = items.iter().any(|item| item.kind == Kind::Mood);
    let mut notes = context.notes();
    if !is_any_dense || is_any_model {
        notes.symbols(&records);
    }
    notes.intervals(if is_any_dense { IntervalMark::Bands } else { IntervalMark::Whiskers }, &records);
    if is_any_dense && !is_any_model {
        notes.dense(&records, lines.len() > 1);
    }
    if has_gaps {
        notes.sentence("note-long-gap");
    }
    if has_sparse_gaps {
        notes.sentence("note-long-gap-sparse");
    }
    if !asked.is_empty() {
        notes.sentence("note-asked");
    }
    notes.flags(&records);
    notes.time_flags(&records);
    notes.gaps(&items, &context.names);
    let (keys, notes) = notes.finish();
    let section = Section { title: String::new(), columns: 1, panels: vec![Panel::Time(panel)] };
    Ok(Parts { keys, sections: vec![section], notes })
}

/// Which house of a pooled series a line belongs to: it looks the same in all figures.
fn house_place(context: &Context, item: &Item) -> Option<usize> {
    let pooled = context.definition.analysis.pooled.iter().find(|pooled| pooled.id == item.record.analysis)?;
    pooled.series.iter().position(|source| source.question == item.record.about("question"))
}

/// A row for each question of a mood, with a mark at each poll that asked it.
fn strips(context: &Context, asked: &[Item]) -> Vec<Strip> {
    let rows = distinct(asked.iter().map(|item| item.what));
    rows.into_iter()
        .filter_map(|row| {
            let of_row: Vec<&Item> = asked.iter().filter(|item| item.what == row).collect();
            let marks = of_row.iter().filter_map(|item| points::series_point(item.record)).map(|p| (p.x, p.is_open));
            Some(Strip { label: context.names.reading(of_row.first()?), marks: marks.collect() })
        })
        .collect()
}

/// Starts the line anew behind each long gap; true where there is one.
fn break_at_gaps(points: &mut [SeriesPoint], longest: f64) -> bool {
    let mut last = f64::INFINITY;
    let mut has_gap = false;
    for point in points {
        if point.x - last > longest {
            point.starts_segment = true;
            has_gap = true;
        }
        last = point.x;
    }
    has_gap
}

/// Starts the line anew where the respondents of a survey were asked in other words than those of the one before.
fn break_at_wordings(context: &Context, items: &[Item], points: &mut [SeriesPoint]) {
    let shown = items.iter().filter(|item| points::series_point(item.record).is_some());
    let wording = |item: &Item| {
        let survey = context.definition.survey.iter().find(|survey| survey.id == item.source)?;
        survey.outcome.iter().find(|outcome| outcome.measure == item.what).map(|outcome| &outcome.wording)
    };
    let mut before = None;
    for (item, point) in shown.zip(points) {
        let words = wording(item);
        point.starts_segment |= before.is_some_and(|before| before != words);
        before = Some(words);
    }
}

/// Marks the points of a sparse series that lie long after the one before in the same segment; true where there is one.
fn thin_over_gaps(points: &mut [SeriesPoint]) -> bool {
    let mut last = f64::INFINITY;
    let mut has_gap = false;
    for point in points {
        if point.x - last > LONG_GAP_SPARSE && !point.starts_segment {
            (point.starts_segment, point.is_after_gap) = (true, true);
            has_gap = true;
        }
        last = point.x;
    }
    has_gap
}

/// Is the result a share or gap at a time, or a mood or one of its readings, as opposed to a change or slope? Yearly averages only where they are named.
pub(super) fn draws(item: &Item, figure: &Figure) -> bool {
    let is_plain = item.derived.is_empty() || (item.derived == "year" && !figure.only.is_empty());
    let is_answer = item.kind == Kind::Answers && is_plain;
    let is_drift = item.kind == Kind::Pooled && item.derived == "drift";
    let is_of_mood = item.kind == Kind::Mood && matches!(item.derived, "" | "asked");
    let is_gap = item.kind == Kind::Places && item.derived == "gap";
    (is_answer || is_drift || is_of_mood || is_gap) && item.record.when.is_some()
}

/// One line for each question, answer and pollster, in the order of the figure.
fn lines<'a>(context: &Context<'a>, items: &[Item<'a>]) -> Vec<Line<'a>> {
    let mut out = Vec::new();
    let analyses = distinct(items.iter().map(|item| item.record.analysis.as_str()));
    for analysis in analyses {
        let of_analysis = || items.iter().filter(|item| item.record.analysis == analysis);
        let mut answers = distinct(of_analysis().map(|item| item.what));
        answers.sort_by_key(|answer| place_in(&context.figure.answers, answer));
        let pollsters = distinct(of_analysis().map(|item| context.names.pollster_id(item)));
        for answer in answers {
            for pollster in &pollsters {
                let is_of_line = |item: &&Item| item.what == answer && context.names.pollster_id(item) == *pollster;
                let mut items: Vec<Item> = of_analysis().filter(is_of_line).copied().collect();
                items.sort_by(|a, b| time(a.record).total_cmp(&time(b.record)));
                if items.iter().any(|item| points::shown(item.record).is_some()) {
                    out.push(Line { pollster, items });
                }
            }
        }
    }
    out
}

fn answer_key<'a>(line: &Line<'a>) -> &'a str {
    line.items.first().map_or("", |item| item.what)
}

fn time(record: &ResultRecord) -> f64 {
    record.when.map_or(f64::NEG_INFINITY, |when| when.mid_year())
}

fn side_word(word: &str) -> Option<Side> {
    Side::ALL.into_iter().find(|side| side.word() == word)
}

/// The dash of the `index`-th line.
pub(super) fn dash(index: usize) -> Dash {
    [Dash::Solid, Dash::Long, Dash::Short, Dash::Dots][index % 4]
}

/// The outline of the points of the `index`-th line.
pub(super) fn shape(index: usize) -> Shape {
    [Shape::Circle, Shape::Square, Shape::Triangle, Shape::TriangleDown][index % 4]
}
