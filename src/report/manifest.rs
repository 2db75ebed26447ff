//! `manifest.json`: what a report was made from and what it consists of.

use serde_json::{Map, Value};

use super::blocks::findings::Judged;
use super::bundle::{Bundle, is_uncommitted};
use super::figures::DrawnFigure;
use super::records::word;
use super::table::Cell;
use super::write;
use crate::analysis::claims::Verdict;
use crate::analysis::result::Results;
use crate::diagnostic::{Diagnostic, Level};
use crate::ingest::InputFile;
use crate::study::definition::Definition;

/// Name of the manifest.
pub const FILE: &str = "manifest.json";

/// What a manifest tells.
#[derive(Debug, Clone)]
pub struct Made<'a> {
    /// Name of the study.
    pub study: &'a str,
    /// The definition.
    pub definition: &'a Definition,
    /// Files that were read.
    pub inputs: &'a [InputFile],
    /// Findings about them.
    pub findings: &'a [Judged],
    /// Open findings, those of the texts included.
    pub open: &'a [Diagnostic],
    /// Results.
    pub results: &'a Results,
    /// Verdicts about the claims.
    pub verdicts: &'a [Verdict],
    /// Figures in the first language.
    pub figures: &'a [DrawnFigure],
    /// The last day that the data speak of.
    pub data_as_of: Option<String>,
    /// The other files of the report.
    pub bundle: &'a Bundle,
}

/// The manifest as JSON bytes.
pub fn manifest(made: &Made) -> Vec<u8> {
    let header = made.definition.study.as_ref();
    let mut out = Map::new();
    out.insert("study".to_owned(), made.study.into());
    out.insert("tool".to_owned(), object([("name", "opros".into()), ("version", env!("CARGO_PKG_VERSION").into())]));
    out.insert(
        "options".to_owned(),
        object([
            ("seed", header.map(|header| header.seed).into()),
            ("languages", header.map(|header| header.languages.clone()).unwrap_or_default().into()),
        ]),
    );
    out.insert("data_as_of".to_owned(), made.data_as_of.clone().into());
    out.insert("inputs".to_owned(), made.inputs.iter().map(input).collect());
    out.insert("analyses".to_owned(), analyses(made.results));
    out.insert("findings".to_owned(), findings(made.findings));
    let warnings = made.open.iter().filter(|finding| finding.level == Level::Warning);
    out.insert("warnings".to_owned(), warnings.map(|finding| Value::from(warning(finding))).collect());
    out.insert("figures".to_owned(), made.figures.iter().map(|figure| figure_entry(figure, made)).collect());
    out.insert("claims".to_owned(), made.verdicts.iter().map(|verdict| claim(verdict, made.definition)).collect());
    let files = made.bundle.iter().map(|(path, _)| path).filter(|path| !is_uncommitted(path));
    out.insert("files".to_owned(), files.map(Value::from).collect());
    format!("{:#}\n", Value::Object(out)).into_bytes()
}

/// The files that a manifest lists, in its order; none where it is no manifest.
pub fn files(manifest: &[u8]) -> Vec<String> {
    let Ok(document) = serde_json::from_slice::<Value>(manifest) else { return Vec::new() };
    let Some(list) = document.get("files").and_then(Value::as_array) else { return Vec::new() };
    list.iter().filter_map(|file| file.as_str().map(str::to_owned)).collect()
}

fn object<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn input(input: &InputFile) -> Value {
    object([
        ("file", input.path.as_str().into()),
        ("blake3", input.blake3.as_str().into()),
        ("bytes", input.bytes.into()),
        ("rows_read", input.rows_read.into()),
        ("rows_used", input.rows_used.into()),
    ])
}

/// Results and remarks of each analysis, in the order of the results.
fn analyses(results: &Results) -> Value {
    let mut counts: Vec<(&str, u64, u64)> = Vec::new();
    for record in &results.records {
        match counts.iter_mut().find(|(known, ..)| *known == record.analysis) {
            Some((_, records, _)) => *records += 1,
            None => counts.push((&record.analysis, 1, 0)),
        }
    }
    for remark in &results.remarks {
        match counts.iter_mut().find(|(known, ..)| *known == remark.analysis) {
            Some((.., remarks)) => *remarks += 1,
            None => counts.push((&remark.analysis, 0, 1)),
        }
    }
    let entries = counts.into_iter().map(|(analysis, records, remarks)| {
        object([("id", analysis.into()), ("results", records.into()), ("remarks", remarks.into())])
    });
    entries.collect()
}

/// What the checks found: findings by code and level, accepted ones apart.
fn findings(findings: &[Judged]) -> Value {
    let mut counts: Vec<((&str, &str, bool), u64)> = Vec::new();
    for Judged { finding, reason } in findings {
        let key = (finding.code, finding.level.word(), reason.is_some());
        match counts.iter_mut().find(|(known, _)| *known == key) {
            Some((_, count)) => *count += 1,
            None => counts.push((key, 1)),
        }
    }
    let entries = counts.into_iter().map(|((code, level, is_accepted), count)| {
        object([
            ("code", code.into()),
            ("level", level.into()),
            ("accepted", is_accepted.into()),
            ("count", count.into()),
        ])
    });
    entries.collect()
}

/// `V08 datasets/polls/a.csv:12: the wording changes`.
fn warning(finding: &Diagnostic) -> String {
    let line = finding.place.line.map_or_else(String::new, |line| format!(":{line}"));
    format!("{} {}{line}: {}", finding.code, finding.place.file, finding.message)
}

fn figure_entry(figure: &DrawnFigure, made: &Made) -> Value {
    let defined = made.definition.figure.iter().find(|candidate| candidate.id == figure.id);
    object([
        ("id", figure.id.as_str().into()),
        ("chart", defined.map(|defined| word(&defined.chart)).into()),
        ("analyses", defined.map(|defined| defined.analyses.clone()).unwrap_or_default().into()),
        ("results", figure.results.clone().into()),
    ])
}

fn claim(verdict: &Verdict, definition: &Definition) -> Value {
    let claim = definition.claim.iter().find(|claim| claim.id == verdict.id);
    let text = |choose: fn(&crate::study::definition::Claim) -> &crate::study::definition::Text| {
        Value::from(claim.map(|claim| choose(claim).get("en")))
    };
    let evidence = verdict.evidence.iter().map(|evidence| {
        object([
            ("result", evidence.result.as_str().into()),
            ("value", write::value(&Cell::number(evidence.value))),
            ("se", write::value(&Cell::number(evidence.se))),
            ("n", evidence.n.into()),
        ])
    });
    object([
        ("id", verdict.id.as_str().into()),
        ("verdict", word(&verdict.verdict).into()),
        ("test", word(&verdict.test).into()),
        ("rule", text(|claim| &claim.rule)),
        ("expression", verdict.expression.clone().into()),
        ("why", verdict.why.as_str().into()),
        ("evidence", evidence.collect()),
        ("caveat", text(|claim| &claim.caveat)),
    ])
}
