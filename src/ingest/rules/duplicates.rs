//! One poll that stands twice, and one poll that is described in two ways.

use std::collections::BTreeMap;

use super::Checked;
use super::support::{PollColumn, half_unit, name, percent};
use crate::diagnostic::{Diagnostic, Level};
use crate::study::{PartialDate, PublishedShare, PublishedTopline, Span};

/// V04: one poll under two ids, or one poll with two values.
pub(super) fn same_poll(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut by_question: BTreeMap<(&str, String), Vec<&PublishedTopline>> = BTreeMap::new();
    for topline in &checked.study.toplines {
        let group = topline.group.as_ref().map_or(String::new(), |g| format!("{}={}", g.variable, g.label));
        by_question.entry((&topline.question, group)).or_default().push(topline);
    }
    let mut findings = Vec::new();
    for toplines in by_question.values() {
        for (index, later) in toplines.iter().enumerate() {
            for earlier in &toplines[..index] {
                if earlier.poll == later.poll {
                    findings.extend(two_values(checked, earlier, later));
                } else {
                    findings.extend(two_ids(checked, earlier, later));
                }
            }
        }
    }
    findings
}

/// One poll, two tables, two values of an answer.
fn two_values(checked: &Checked<'_>, earlier: &PublishedTopline, later: &PublishedTopline) -> Option<Diagnostic> {
    let (first, second) = common(earlier, later).find(|(a, b)| !is_same(a, b))?;
    let message = format!("`{}` has another value in another table", second.answer);
    let line = first.origin.lines.first().copied().unwrap_or(0);
    Some(
        checked
            .share(Level::Error, "V04", later, second, message)
            .observed(percent(second.share))
            .expected(format!("{}, as in {}, line {line}", percent(first.share), first.origin.file))
            .hint("compare with the source, and leave the wrong row out with `where`"),
    )
}

/// Same pollster, overlapping dates, same answers: one poll under two ids.
fn two_ids(checked: &Checked<'_>, earlier: &PublishedTopline, later: &PublishedTopline) -> Option<Diagnostic> {
    let is_one_series = earlier.pollster == later.pollster && earlier.universe == later.universe;
    if !is_one_series || !overlap(possible(earlier), possible(later)) {
        return None;
    }
    let pairs: Vec<_> = common(earlier, later).collect();
    let is_repeated = pairs.len() >= 2 && pairs.iter().all(|(a, b)| is_same(a, b));
    if !is_repeated {
        return None;
    }
    let message = format!("`{}` and `{}` look like one poll under two ids", earlier.poll, later.poll);
    let finding = checked.topline(Level::Warning, "V04", later, message)?;
    let answers: Vec<&str> = pairs.iter().map(|(share, _)| share.answer.as_str()).collect();
    Some(
        finding
            .observed(format!("same pollster, overlapping dates, same values of {}", answers.join(", ")))
            .expected("one id for one poll")
            .hint("unify the ids with `same_poll_as`, or leave one out with `where`"),
    )
}

fn common<'a>(
    a: &'a PublishedTopline,
    b: &'a PublishedTopline,
) -> impl Iterator<Item = (&'a PublishedShare, &'a PublishedShare)> {
    a.answers.iter().filter_map(|share| Some((share, b.answer(&share.answer)?)))
}

/// Are two printed shares the same number, as far as both are printed?
fn is_same(a: &PublishedShare, b: &PublishedShare) -> bool {
    let slack = if a.decimals == b.decimals { 0.0 } else { half_unit(a).max(half_unit(b)) };
    (a.share - b.share).abs() <= slack + 1e-9
}

/// The time that a poll can mean: the month, where the day is only a stamp.
fn possible(topline: &PublishedTopline) -> Span {
    let day = topline.field.start.first_day();
    match topline.is_month_only {
        true => Span { start: PartialDate::day(day.first_of_month()), end: PartialDate::day(day.last_of_month()) },
        false => topline.field,
    }
}

fn overlap(a: Span, b: Span) -> bool {
    a.start.first_day() <= b.end.last_day() && b.start.first_day() <= a.end.last_day()
}

/// V05: a poll that has two pollsters, dates, universes or numbers interviewed.
pub(super) fn two_stories(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut first: BTreeMap<&str, &PublishedTopline> = BTreeMap::new();
    let mut seen: Vec<(&str, &str, String)> = Vec::new();
    let mut findings = Vec::new();
    for topline in &checked.study.toplines {
        let Some(known) = first.get(topline.poll.as_str()) else {
            first.insert(&topline.poll, topline);
            continue;
        };
        for (what, column, own, other) in differences(known, topline) {
            if seen.contains(&(topline.poll.as_str(), what, own.clone())) {
                continue;
            }
            seen.push((&topline.poll, what, own.clone()));
            let message = format!("poll `{}` has two {what}", topline.poll);
            let column = checked.column_of_poll(topline, column);
            findings.extend(checked.at_column(topline, column, Level::Warning, "V05", message).map(|finding| {
                finding
                    .observed(own)
                    .expected(format!("{other}, as for {}", name(known)))
                    .hint("compare with the sources; two polls may share an id, or a question may have a smaller base")
            }));
        }
    }
    findings
}

/// What differs between two descriptions of one poll: the aspect, the second and the first description.
fn differences(
    known: &PublishedTopline,
    topline: &PublishedTopline,
) -> Vec<(&'static str, PollColumn, String, String)> {
    let mut found = Vec::new();
    let texts = [
        ("pollsters", PollColumn::Pollster, &topline.pollster, &known.pollster),
        ("universes", PollColumn::Universe, &topline.universe, &known.universe),
    ];
    for (what, column, own, other) in texts {
        if own != other {
            found.push((what, column, own.clone(), other.clone()));
        }
    }
    if let (Some(own), Some(other)) = (topline.n, known.n)
        && own != other
    {
        found.push(("numbers interviewed", PollColumn::Interviewed, own.to_string(), other.to_string()));
    }
    if !overlap(possible(topline), possible(known)) {
        found.push(("dates", PollColumn::Date, topline.field.to_string(), known.field.to_string()));
    }
    found
}
