//! Answers poll by poll as diverging bars: positive to the right, negative to the left, the rest set off.

use crate::analysis::result::Unit;
use crate::chart::palette;
use crate::chart::spec::{Color, KeySymbol, Panel, Row, RowMark, RowsPanel, Section, Track};
use crate::error::Result;
use crate::study::definition::Side;

use super::axes;
use super::select::{Item, Kind};
use super::{Context, Parts, distinct, place_in, points};

pub(super) fn parts(context: &Context) -> Result<Parts> {
    let items = context.items()?;
    let answers = answers(context, &items);
    let mut polls: Vec<Vec<Item>> = Vec::new();
    for source in distinct(items.iter().map(|item| (item.record.analysis.as_str(), item.source))) {
        polls.push(
            items.iter().filter(|item| (item.record.analysis.as_str(), item.source) == source).copied().collect(),
        );
    }
    polls.sort_by(|a, b| start(a).total_cmp(&start(b)));
    let n_pollsters = distinct(items.iter().map(|item| context.names.pollster_id(item))).len();
    let rows = polls.iter().map(|poll| row(context, poll, n_pollsters > 1)).collect::<Vec<_>>();
    let mut opinion = Vec::new();
    let mut aside = Vec::new();
    for (index, poll) in polls.iter().enumerate() {
        let (mut left, mut right, mut off) = (0.0, 0.0, 0.0);
        for answer in from_the_middle(&answers) {
            let Some(share) = poll.iter().find(|item| item.what == answer.id).and_then(|i| points::shown(i.record))
            else {
                continue;
            };
            let label = context.locale.number(share * 100.0, 0);
            let bar = |from: f64, to: f64| RowMark::Bar {
                row: index,
                from,
                to,
                color: answer.color,
                is_hatched: false,
                interval: None,
                label: label.clone(),
            };
            match answer.side {
                Side::Positive => {
                    opinion.push(bar(right, right + share));
                    right += share;
                }
                Side::Negative => {
                    opinion.push(bar(-left, -left - share));
                    left += share;
                }
                Side::Neutral | Side::Undecided => {
                    aside.push(bar(off, off + share));
                    off += share;
                }
            }
        }
    }
    let track = |axis, marks| Track {
        title: String::new(),
        subtitle: String::new(),
        axis,
        marks,
        notes: Vec::new(),
        notes_title: String::new(),
        references: Vec::new(),
    };
    let mut tracks = Vec::new();
    let ((left, right), (_, off)) = (ends(&opinion), ends(&aside));
    let step = axes::share_step(right - left + off);
    if !opinion.is_empty() {
        tracks.push(track(axes::diverging(-left, right, step, context.locale), opinion));
    }
    if !aside.is_empty() {
        tracks.push(track(axes::diverging(0.0, off, step, context.locale), aside));
    }
    let mut notes = context.notes();
    for answer in &answers {
        notes.key(KeySymbol::Patch(answer.color), answer.label.clone());
    }
    notes.gaps(&items, &context.names);
    let (keys, notes) = notes.finish();
    let detail_title = if rows.iter().any(|row| !row.detail.is_empty()) { "n" } else { "" }.to_owned();
    let panel = RowsPanel { rows, detail_title, tracks, is_common_scale: true, n_slots: 1 };
    let section = Section { title: String::new(), columns: 1, panels: vec![Panel::Rows(panel)] };
    Ok(Parts { keys, sections: vec![section], notes })
}

/// Is the result the share of an answer in a poll?
pub(super) fn draws(item: &Item) -> bool {
    item.kind == Kind::Answers && item.derived.is_empty() && item.record.unit == Unit::Share
}

/// An answer with its side and look.
struct Answer<'a> {
    id: &'a str,
    label: String,
    side: Side,
    color: Color,
}

/// The answers in the order of a bar read from left to right: negative, positive, neutral, undecided.
fn answers<'a>(context: &Context<'a>, items: &[Item<'a>]) -> Vec<Answer<'a>> {
    let mut firsts: Vec<Item> = Vec::new();
    for item in items {
        if !firsts.iter().any(|first| first.what == item.what) {
            firsts.push(*item);
        }
    }
    let order = |item: &Item| {
        let question = context.names.question(&item.record.analysis);
        let asked = question.and_then(|q| q.answers.iter().position(|answer| answer.id == item.what));
        (place_in(&context.figure.answers, item.what), asked.unwrap_or(usize::MAX))
    };
    firsts.sort_by_key(order);
    let mut out = Vec::new();
    for side in [Side::Negative, Side::Positive, Side::Neutral, Side::Undecided] {
        // An answer without a side says nothing for or against, so it stands with the neutral ones.
        let of_side: Vec<&Item> =
            firsts.iter().filter(|item| context.names.side(item).unwrap_or(Side::Neutral) == side).collect();
        let count = of_side.len();
        let mut of_side: Vec<Answer> = of_side
            .into_iter()
            .enumerate()
            .map(|(index, item)| {
                // Questionnaires run from the strongest yes to the strongest no.
                let strength = if side == Side::Negative { count - 1 - index } else { index };
                let color = palette::side(side, strength, count);
                Answer { id: item.what, label: context.names.what(item), side, color }
            })
            .collect();
        // Read from left to right, both sides have their strongest answers outside.
        if matches!(side, Side::Negative | Side::Positive) {
            of_side.reverse();
        }
        out.extend(of_side);
    }
    out
}

/// The answers so that each side is met from the middle outwards.
fn from_the_middle<'s, 'a>(answers: &'s [Answer<'a>]) -> impl Iterator<Item = &'s Answer<'a>> {
    let negative = answers.iter().rev().filter(|answer| answer.side == Side::Negative);
    negative.chain(answers.iter().filter(|answer| answer.side != Side::Negative))
}

fn row(context: &Context, poll: &[Item], has_pollster: bool) -> Row {
    let Some(first) = poll.first() else {
        return Row { label: String::new(), detail: String::new(), is_heading: false };
    };
    let dates = context.names.source(first);
    let label = if has_pollster {
        format!("{}, {dates}", context.names.pollster(context.names.pollster_id(first)))
    } else {
        dates
    };
    let n = poll.iter().find_map(|item| item.record.estimate.n);
    Row { label, detail: n.map_or_else(String::new, |n| context.count(n)), is_heading: false }
}

fn ends(bars: &[RowMark]) -> (f64, f64) {
    bars.iter().fold((0.0, 0.0), |(low, high): (f64, f64), bar| match bar {
        RowMark::Bar { to, .. } => (low.min(*to), high.max(*to)),
        _ => (low, high),
    })
}

fn start(poll: &[Item]) -> f64 {
    let when = poll.first().and_then(|item| item.record.when);
    when.map_or(f64::NEG_INFINITY, |when| when.mid_year())
}
