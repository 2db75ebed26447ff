//! What the checks found about the data, and what of it was accepted with a reason.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Level};
use crate::report::document::Block;
use crate::report::labels::Labels;
use crate::report::table::{Cell, Column, Table};

/// Name of the table of all findings.
pub const TABLE: &str = "findings";

/// A finding and, where it was accepted, the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The finding.
    pub finding: Diagnostic,
    /// Why it was accepted; none where it is open.
    pub reason: Option<String>,
}

/// Findings by code with their levels, then the reasons for which findings were accepted.
pub fn findings(findings: &[Judged], title_of: impl Fn(&str) -> String, labels: Labels) -> Vec<Block> {
    if findings.is_empty() {
        return vec![Block::Prose(labels.locale.phrase("no-findings").to_owned())];
    }
    let mut blocks =
        vec![Block::Table { table: by_code(findings, title_of, labels), files: Some(format!("tables/{TABLE}")) }];
    let reasons = reasons(findings, labels);
    if !reasons.rows.is_empty() {
        blocks.push(Block::Prose(labels.locale.phrase("accepted-intro").to_owned()));
        blocks.push(Block::Table { table: reasons, files: None });
    }
    blocks
}

/// All findings, one a row.
pub fn table(findings: &[Judged]) -> Table {
    let about = ["code", "level", "file", "line", "column", "key"].map(|key| Column::about(key, key));
    let said = ["message", "observed", "expected", "hint", "accepted"].map(|key| Column::remark(key, key));
    let mut table = Table::new(TABLE, "", about.into_iter().chain(said).collect());
    for Judged { finding, reason } in findings {
        let optional = |text: &Option<String>| Cell::text(text.clone().unwrap_or_default());
        table.push(vec![
            Cell::text(finding.code),
            Cell::text(finding.level.word()),
            Cell::text(&finding.place.file),
            Cell::count(finding.place.line),
            optional(&finding.place.column),
            optional(&finding.place.key),
            Cell::text(&finding.message),
            optional(&finding.observed),
            optional(&finding.expected),
            optional(&finding.hint),
            optional(reason),
        ]);
    }
    table
}

fn by_code(findings: &[Judged], title_of: impl Fn(&str) -> String, labels: Labels) -> Table {
    let phrase = |key: &'static str| labels.locale.phrase(key);
    let columns = vec![
        Column::about("code", phrase("column-code")),
        Column::about("what", phrase("column-what")),
        Column::number("errors", phrase("column-errors")),
        Column::number("warnings", phrase("column-warnings")),
        Column::number("notes", phrase("column-notes")),
        Column::number("accepted", phrase("column-accepted")),
    ];
    let mut counts: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
    for Judged { finding, reason } in findings {
        let column = match (reason, finding.level) {
            (Some(_), _) => 3,
            (None, Level::Error) => 0,
            (None, Level::Warning) => 1,
            (None, Level::Note) => 2,
        };
        counts.entry(finding.code).or_default()[column] += 1;
    }
    let mut table = Table::new("findings_by_code", "", columns);
    for (code, counts) in counts {
        let mut cells = vec![Cell::text(code), Cell::text(title_of(code))];
        cells.extend(counts.map(Cell::Count));
        table.push(cells);
    }
    table
}

fn reasons(findings: &[Judged], labels: Labels) -> Table {
    let phrase = |key: &'static str| labels.locale.phrase(key);
    let columns = vec![
        Column::about("code", phrase("column-code")),
        Column::number("findings", phrase("column-accepted")),
        Column::remark("reason", phrase("column-reason")),
    ];
    let mut counts: Vec<((&str, &str), u64)> = Vec::new();
    for Judged { finding, reason } in findings {
        let Some(reason) = reason else { continue };
        let key = (finding.code, reason.as_str());
        match counts.iter_mut().find(|(known, _)| *known == key) {
            Some((_, count)) => *count += 1,
            None => counts.push((key, 1)),
        }
    }
    let mut table = Table::new("accepted", "", columns);
    for ((code, reason), count) in counts {
        table.push(vec![Cell::text(code), Cell::Count(count), Cell::text(reason)]);
    }
    table
}
