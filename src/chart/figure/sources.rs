//! Where the numbers of a figure come from: who asked or counted, when, how many, and the data behind them.

use std::collections::BTreeSet;

use crate::analysis::result::{Evidence, Flag, ResultRecord};
use crate::study::definition::ChartKind;
use crate::study::{PartialDate, Precision, Span};

use super::notes::fill;
use super::select::{Item, Kind};
use super::{Context, distinct, points};

/// A sentence for the caption; empty where nothing is drawn.
pub(super) fn sentence(context: &Context, items: &[Item]) -> String {
    let drawn: Vec<&Item> = items.iter().filter(|item| points::shown(item.record).is_some()).collect();
    let authors = distinct(drawn.iter().map(|item| author(context, item)).filter(|name| !name.is_empty()));
    let named = authors.iter().map(|name| {
        let own = drawn.iter().filter(|item| author(context, item) == *name);
        let when = own.filter_map(|item| when_known(item.record)).reduce(around);
        match when {
            Some(when) => format!("{name}, {}", context.locale.period(when)),
            None => name.clone(),
        }
    });
    let mut parts: Vec<String> = named.collect();
    parts.extend(base(context, &drawn));
    let files = drawn.iter().flat_map(|item| &item.record.origins).map(|origin| &*origin.file);
    let packages: BTreeSet<&str> = files.filter_map(|file| file.split('/').nth(1)).collect();
    if !packages.is_empty() {
        let list = packages.into_iter().map(|name| format!("datasets/{name}")).collect::<Vec<_>>().join(", ");
        parts.push(fill(context.locale.phrase("source-data"), &[("list", &list)]));
    }
    if parts.is_empty() {
        return String::new();
    }
    fill(context.locale.phrase("note-source"), &[("list", &parts.join("; "))])
}

/// The pollster; for official results, that they are official. Who counted things stands at the rows.
fn author(context: &Context, item: &Item) -> String {
    let names = &context.names;
    match item.kind {
        Kind::Contrast => {
            let parts = ["first", "second"].map(|key| context.results.get(item.record.about(key)));
            let known = distinct(parts.into_iter().flatten().map(|record| names.pollster_of(record)));
            known.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ")
        }
        _ => match item.record.evidence {
            Evidence::Official => context.locale.phrase("source-official").to_owned(),
            Evidence::Counted => String::new(),
            _ => match names.pollster_id(item) {
                "" => String::new(),
                id => names.pollster(id),
            },
        },
    }
}

/// The least and the largest number interviewed, where no label says it.
fn base(context: &Context, drawn: &[&Item]) -> Option<String> {
    let has_labels =
        matches!(context.figure.chart, ChartKind::Dots | ChartKind::Forest | ChartKind::Rates | ChartKind::Stacked);
    let of_people = |item: &&&Item| {
        !matches!(item.record.evidence, Evidence::Official | Evidence::Counted) && item.derived.is_empty()
    };
    let bases: Vec<u64> = drawn.iter().filter(of_people).filter_map(|item| item.record.estimate.n).collect();
    let (least, most) = (*bases.iter().min()?, *bases.iter().max()?);
    let range = if least == most {
        context.count(least)
    } else {
        format!("{}–{}", context.count(least), context.count(most))
    };
    (!has_labels).then(|| fill(context.locale.phrase("source-base"), &[("range", &range)]))
}

/// The time of a result; only the month where the printed day is none of fieldwork.
fn when_known(record: &ResultRecord) -> Option<Span> {
    let when = record.when?;
    let month = |date: PartialDate| match date.precision() {
        Precision::Day if points::has(record, Flag::DateCoarse) => {
            let day = date.first_day();
            format!("{:04}-{:02}", day.year(), day.month()).parse().unwrap_or(date)
        }
        _ => date,
    };
    Some(Span { start: month(when.start), end: month(when.end) })
}

/// From the earlier start to the later end.
fn around(a: Span, b: Span) -> Span {
    Span {
        start: if b.start.first_day() < a.start.first_day() { b.start } else { a.start },
        end: if b.end.last_day() > a.end.last_day() { b.end } else { a.end },
    }
}
