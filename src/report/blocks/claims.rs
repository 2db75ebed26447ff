//! The claims ledger: what others claim, judged by rules that were stated before the results were known.

use crate::analysis::claims::{ClaimEvidence, Verdict};
use crate::analysis::result::{ResultRecord, Results};
use crate::report::document::{Block, ClaimBlock};
use crate::report::labels::Labels;
use crate::report::reading;
use crate::report::records::word;
use crate::report::table::{Cell, Column, Table};
use crate::study::definition::{Claim, TestDepth};

/// An overview of all claims, then each with data, rule, result, caveat, and what would settle it.
pub fn claims(verdicts: &[Verdict], results: &Results, labels: Labels) -> Vec<Block> {
    let pairs: Vec<(&Claim, &Verdict)> = labels
        .definition
        .claim
        .iter()
        .filter_map(|claim| Some((claim, verdicts.iter().find(|verdict| verdict.id == claim.id)?)))
        .collect();
    if pairs.is_empty() {
        return vec![Block::Prose(labels.locale.phrase("no-claims").to_owned())];
    }
    let mut blocks = vec![Block::Table { table: overview(&pairs, labels), files: None }];
    blocks.extend(pairs.into_iter().map(|(claim, verdict)| Block::Claim(block(claim, verdict, results, labels))));
    blocks
}

fn overview(pairs: &[(&Claim, &Verdict)], labels: Labels) -> Table {
    let phrase = |key: &'static str| labels.locale.phrase(key);
    let columns = vec![
        Column::about("claim", "№"),
        Column::about("text", phrase("column-claim")),
        Column::about("verdict", phrase("column-verdict")),
        Column::about("test", phrase("column-test")),
    ];
    let mut table = Table::new("claims", "", columns);
    let is_mixed = pairs.iter().any(|(_, verdict)| verdict.test == TestDepth::FirstLook);
    for (claim, verdict) in pairs {
        table.push(vec![
            Cell::text(&claim.id),
            Cell::text(claim.claim.get(labels.locale.code())),
            Cell::text(phrase(verdict.verdict.phrase())),
            if is_mixed { Cell::text(depth(verdict, labels)) } else { Cell::Empty },
        ]);
    }
    table.without_empty_columns()
}

fn block(claim: &Claim, verdict: &Verdict, results: &Results, labels: Labels) -> ClaimBlock {
    let phrase = |key: &'static str| labels.locale.phrase(key).to_owned();
    let text = |text: &crate::study::definition::Text| text.get(labels.locale.code()).to_owned();
    let records: Vec<&ResultRecord> =
        verdict.evidence.iter().filter_map(|evidence| results.get(&evidence.result)).collect();
    // The rule as an expression, and the ids of its results, stand in the manifest.
    let result = in_words(&verdict.why, results, labels);
    ClaimBlock {
        id: claim.id.clone(),
        claim: text(&claim.claim),
        verdict: word(&verdict.verdict),
        verdict_words: phrase(verdict.verdict.phrase()),
        depth: if verdict.test == TestDepth::FirstLook { phrase("first-look") } else { String::new() },
        fields: vec![
            (phrase("claim-data"), data(&records, labels)),
            (phrase("claim-rule"), text(&claim.rule)),
            (phrase("claim-result"), result),
            (phrase("claim-caveat"), text(&claim.caveat)),
            (phrase("claim-settle"), text(&claim.settle)),
        ],
        evidence: evidence(&verdict.evidence, &records, results, labels),
    }
}

/// A reason in which results and polls are called by their names instead of their ids.
fn in_words(reason: &str, results: &Results, labels: Labels) -> String {
    let name = |(place, text): (usize, &str)| match results.get(text) {
        _ if place % 2 == 0 => text.to_owned(),
        Some(record) => format!("“{}”", labels.whole(record)),
        None => labels.polls(text),
    };
    reason.split('`').enumerate().map(name).collect()
}

/// What a record is, in words; with its analysis where another record reads the same.
fn name(record: &ResultRecord, among: &[&ResultRecord], labels: Labels) -> String {
    let name = labels.whole(record);
    let is_shared = among.iter().any(|other| other.id != record.id && labels.whole(other) == name);
    match labels.analysis(record).filter(|_| is_shared) {
        Some(analysis) => format!("{name}, {analysis}"),
        None => name,
    }
}

fn depth(verdict: &Verdict, labels: Labels) -> String {
    let key = match verdict.test {
        TestDepth::FirstLook => "first-look",
        TestDepth::Full => "full-test",
    };
    labels.locale.phrase(key).to_owned()
}

/// Kinds of evidence with the files that they stand in.
fn data(records: &[&ResultRecord], labels: Labels) -> String {
    let mut kinds: Vec<(String, Vec<&str>)> = Vec::new();
    for record in records {
        let kind = labels.word(&word(&record.evidence));
        let index = kinds.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
            kinds.push((kind, Vec::new()));
            kinds.len() - 1
        });
        for origin in &record.origins {
            if !kinds[index].1.contains(&&*origin.file) {
                kinds[index].1.push(&origin.file);
            }
        }
    }
    let parts = kinds.into_iter().map(|(kind, files)| {
        let files: Vec<String> = files.iter().map(|file| format!("`{file}`")).collect();
        if files.is_empty() { kind } else { format!("{kind} ({})", files.join(", ")) }
    });
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() { labels.locale.phrase("claim-no-data").to_owned() } else { parts.join("; ") }
}

fn evidence(evidence: &[ClaimEvidence], records: &[&ResultRecord], results: &Results, labels: Labels) -> Table {
    let phrase = |key: &'static str| labels.locale.phrase(key);
    let columns = vec![
        Column::about("result", phrase("column-result")),
        Column::number("value", phrase("head-estimate")),
        Column::number("interval", phrase("column-interval")),
        Column::number("p", "p"),
        Column::number("n", phrase("column-n")),
        Column::remark("reason", phrase("column-marks")),
    ];
    let mut table = Table::new("evidence", "", columns);
    for item in evidence {
        let Some(record) = records.iter().find(|record| record.id == item.result) else { continue };
        let reason = item.reason.as_ref().map_or_else(String::new, |reason| in_words(reason, results, labels));
        let marks = [reading::marks(record, labels), reason];
        let marks: Vec<String> = marks.into_iter().filter(|text| !text.is_empty()).collect();
        table.push(vec![
            Cell::text(name(record, records, labels)),
            item.value.map_or(Cell::Empty, |value| Cell::Quantity(value, item.unit)),
            reading::interval(record),
            reading::p_value(record, labels),
            Cell::count(item.n),
            Cell::text(marks.join("; ")),
        ]);
    }
    table.without_empty_columns()
}
