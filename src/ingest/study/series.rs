//! Tables with one row per poll and one column per answer to one question.

use super::columns::{View, decimals, settle_decimals};
use super::toplines::{Labels, share};
use super::{Evidence, Sources};
use crate::study::definition::{Definition, QuestionKind, SeriesData};
use crate::study::{Completeness, Origin, PublishedShare, PublishedTopline, Span};

/// Maps all series, in the order of the definition.
pub(super) fn map_all(definition: &Definition, sources: &mut Sources, evidence: &mut Evidence) {
    for data in &definition.series {
        let used = map(definition, data, sources, evidence);
        sources.mark(&data.package, &data.resource, used);
    }
}

fn map(definition: &Definition, data: &SeriesData, sources: &Sources, evidence: &mut Evidence) -> Vec<usize> {
    let Some(source) = sources.get(&data.package, &data.resource) else { return Vec::new() };
    let Some(question) = definition.question.iter().find(|question| question.id == data.question) else {
        return Vec::new();
    };
    let table = &source.table;
    let mut view = View::new(table, "[[series]]", &data.id);
    let pollster = view.need("pollster", &data.pollster);
    let date = view.need("date", &data.date);
    let field_start = view.want("field_start", data.field_start.as_ref());
    let field_end = view.want("field_end", data.field_end.as_ref());
    let convention = view.want("date_convention", data.date_convention.as_ref());
    let n = view.want("n", data.n.as_ref());
    view.want("source", data.source.as_ref());
    view.want("note", data.note.as_ref());
    // In the order of the questionnaire, not of the definition's keys.
    let answers: Vec<(&str, usize)> = question
        .answers
        .iter()
        .filter_map(|answer| {
            let column = data.answers.get(&answer.id)?;
            Some((answer.id.as_str(), view.need("answers", column)))
        })
        .collect();
    let segments: Vec<usize> = data.segment_by.iter().map(|column| view.need("segment_by", column)).collect();
    let rows = view.rows(&data.filter);
    let mut labels = Labels::of(definition);
    let mut used = Vec::new();
    for row in rows {
        if view.is_broken() {
            break;
        }
        let Some(by) = labels.pollster(table, row, pollster) else { continue };
        let Some(day) = view.date(row, date) else { continue };
        let start = field_start.and_then(|column| view.date(row, column));
        let end = field_end.and_then(|column| view.date(row, column));
        let start_or_day = start.or(end).unwrap_or(day);
        let mut shares = Vec::new();
        for (answer, column) in &answers {
            if let Some(share) = share(&mut view, row, *column, question.kind) {
                shares.push(PublishedShare {
                    answer: (*answer).to_owned(),
                    share,
                    decimals: decimals(view.cell(row, *column)),
                    origin: Origin::line(table.file(), table.line(row)),
                });
            }
        }
        if shares.is_empty() {
            continue;
        }
        settle_decimals(&mut shares);
        used.push(row);
        let poll = format!("{by}-{}", view.cell(row, date));
        evidence.polls.entry((data.id.clone(), poll.clone())).or_default().insert(poll.clone());
        let stamp = view.optional(row, convention);
        let segment: Vec<&str> = segments.iter().map(|column| view.cell(row, *column)).collect();
        evidence.toplines.push(PublishedTopline {
            data: data.id.clone(),
            poll,
            pollster: by.to_owned(),
            question: question.id.clone(),
            universe: data.universe.clone(),
            field: Span { start: start_or_day, end: end.unwrap_or(start_or_day) },
            is_month_only: start.or(end).is_none() && data.month_only.iter().any(|word| word == stamp),
            mode: String::new(),
            n: n.and_then(|column| view.count(row, column)).and_then(|n| u32::try_from(n).ok()),
            group: None,
            completeness: match question.kind {
                QuestionKind::Multiple => Completeness::Multiple,
                QuestionKind::Single | QuestionKind::Net => Completeness::Unstated,
            },
            segment: segment.join(" · "),
            answers: shares,
        });
    }
    evidence.findings.extend(labels.into_findings());
    evidence.problems.extend(view.into_problems());
    used
}
