//! Dates that cannot be, and dates that are coarse.

use std::collections::BTreeMap;

use super::Checked;
use super::support::{PollColumn, finding};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::study::{PartialDate, Precision, Span};

/// Longest fieldwork, in days, that passes without a question.
const LONGEST: i32 = 400;

/// Years in which a poll can have been taken.
const YEARS: std::ops::RangeInclusive<i16> = 1930..=2100;

/// Years in which a thing of a list can have been made.
const ITEM_YEARS: std::ops::RangeInclusive<i16> = 1000..=2100;

/// V03: an end before the beginning, a fieldwork of years, a year before there were polls.
pub(super) fn impossible(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for topline in &checked.study.toplines {
        findings.extend(problem(topline.field).and_then(|(level, message)| {
            let found =
                checked.at_column(topline, checked.column_of_poll(topline, PollColumn::Date), level, "V03", message)?;
            Some(found.observed(topline.field.to_string()).expected("first day, then last day").hint(HINT))
        }));
    }
    for count in &checked.study.counts {
        let Some((start, end)) = count.start.zip(count.end) else { continue };
        if start.first_day() > end.last_day() {
            let message = "the period ends before it begins".to_owned();
            let found = checked.at(Level::Error, "V03", &count.origin, None, message);
            findings.push(found.observed(format!("{start} to {end}")).expected("first day, then last day").hint(HINT));
        }
    }
    findings.extend(items(checked));
    let definition = &checked.study.definition;
    let spans = (definition.survey.iter())
        .map(|survey| (format!("survey {}", survey.id), survey.field_start, survey.field_end));
    let periods = (definition.analysis.item_periods.iter().flat_map(|analysis| &analysis.period))
        .chain(definition.analysis.item_actors.iter().flat_map(|analysis| &analysis.period))
        .map(|period| (format!("period {}", period.id), period.start, period.end));
    for (key, start, end) in spans.chain(periods) {
        if start.first_day() > end.last_day() {
            let message = "the last day is before the first".to_owned();
            let found = checked.definition(Level::Error, "V03", key, message);
            findings.push(found.observed(format!("{start} to {end}")).expected("first day, then last day").hint(HINT));
        }
    }
    findings
}

/// Items of lists: a year that cannot be is an error, a day after the last that the list covers a warning.
fn items(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let definition = &checked.study.definition;
    let mut findings = Vec::new();
    for list in &checked.study.items {
        let column = definition.items.iter().find(|data| data.id == list.data).map(|data| data.date.as_str());
        let periods = definition.analysis.item_periods.iter().filter(|analysis| analysis.data == list.data);
        let until = periods.map(|analysis| analysis.until).max_by_key(|until| until.last_day());
        for item in &list.items {
            let Some(date) = item.date else { continue };
            let mut report = |level, message: &str, expected: String| {
                let mut found = checked.at(level, "V03", &item.origin, column, message.to_owned());
                found.place.key = Some(item.id.clone());
                findings.push(found.observed(date.to_string()).expected(expected).hint("compare with the source"));
            };
            if !ITEM_YEARS.contains(&date.first_day().year()) {
                let expected = format!("a year from {} to {}", ITEM_YEARS.start(), ITEM_YEARS.end());
                report(Level::Error, "the item is dated in an impossible year", expected);
            } else if let Some(until) = until
                && date.first_day() > until.last_day()
            {
                let message = "the item is dated after the last day that the list covers";
                report(
                    Level::Warning,
                    message,
                    format!("{until} or earlier, as `until` of [[analysis.item_periods]] says"),
                );
            }
        }
    }
    findings
}

const HINT: &str = "compare with the source; day and month, or the two dates, may be exchanged";

fn problem(field: Span) -> Option<(Level, String)> {
    let (start, end) = (field.start.first_day(), field.end.last_day());
    if start > end {
        return Some((Level::Error, "the poll ends before it begins".to_owned()));
    }
    if !YEARS.contains(&start.year()) || !YEARS.contains(&end.year()) {
        return Some((Level::Error, "no poll was taken in this year".to_owned()));
    }
    let days = (end - start).get_days();
    let is_day = |date: PartialDate| date.precision() == Precision::Day;
    (days > LONGEST && is_day(field.start) && is_day(field.end))
        .then(|| (Level::Warning, format!("the poll was {days} days in the field")))
}

/// V17: how many polls of each table are known to the month or year only.
pub(super) fn coarse(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut polls: BTreeMap<(&str, &str), (Precision, bool, &str)> = BTreeMap::new();
    for topline in &checked.study.toplines {
        let Some(share) = topline.answers.first() else { continue };
        let precision = topline.field.start.precision().max(topline.field.end.precision());
        polls.entry((&topline.data, &topline.poll)).or_insert((precision, topline.is_month_only, &share.origin.file));
    }
    let mut tables: BTreeMap<(&str, &str), [usize; 4]> = BTreeMap::new();
    for ((data, _), (precision, is_stamp, file)) in &polls {
        let counts = tables.entry((data, file)).or_default();
        counts[3] += 1;
        match (precision, is_stamp) {
            (Precision::Year, _) => counts[0] += 1,
            (Precision::Month, _) => counts[1] += 1,
            (Precision::Day, true) => counts[2] += 1,
            (Precision::Day, false) => {}
        }
    }
    let is_coarse = |counts: &[usize; 4]| counts[..3].iter().any(|count| *count > 0);
    tables
        .into_iter()
        .filter(|(_, counts)| is_coarse(counts))
        .map(|((data, file), [years, months, stamps, all])| {
            let message = format!("{} of {all} polls are not dated to the day", years + months + stamps);
            finding(Level::Note, "V17", Place::file(file).key(data), message)
                .observed(format!(
                    "{years} by the year, {months} by the month, {stamps} by a stamp that stands for a month"
                ))
                .hint("trends place such a poll in the middle of the time it can mean, and mark it")
        })
        .collect()
}
