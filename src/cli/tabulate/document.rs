//! Tables for machines: one line or object a cell, with all digits.

use serde_json::{Map, Value, json};

use super::Report;
use crate::analysis::banner::{Against, Comparison, TEST, Table};
use crate::cli::results::{NUMBERS, number, numbers, plain, written};

/// What a cell is about.
const ABOUT: [&str; 6] = ["question", "answer", "is_net", "span", "group", "column"];

/// One line a cell: what it is about, its numbers, its letters.
pub fn csv(report: &Report<'_>) -> String {
    let lines = cells(report).map(|cell| cell.into_iter().map(|(_, value)| plain(&value)).collect());
    let header = ABOUT.into_iter().chain(NUMBERS).chain(["letters", "rest"]).map(str::to_owned).collect();
    written(std::iter::once(header).chain(lines))
}

/// Notes, cells, and the test behind every letter and arrow.
pub fn json(report: &Report<'_>) -> String {
    let object = |pairs: Vec<(&'static str, Value)>| {
        Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<String, Value>>())
    };
    let results: Vec<Value> = cells(report).map(object).collect();
    let tables = report.banner.tables.iter();
    let comparisons: Vec<Value> =
        tables.flat_map(|table| table.comparisons.iter().map(|c| object(comparison(report, table, c)))).collect();
    let notes: Map<String, Value> =
        report.notes.iter().map(|(name, text)| (name.to_lowercase(), json!(text))).collect();
    let document = json!({ "file": report.file, "notes": notes, "results": results, "comparisons": comparisons });
    format!("{document:#}")
}

fn cells<'a>(report: &'a Report<'_>) -> impl Iterator<Item = Vec<(&'static str, Value)>> + 'a {
    let of_table = move |table: &'a Table| {
        (0..table.lines.len()).flat_map(move |line| (0..table.bases.len()).map(move |column| (table, line, column)))
    };
    report.banner.tables.iter().flat_map(of_table).map(|(table, line, column)| cell(report, table, line, column))
}

fn cell(report: &Report<'_>, table: &Table, line: usize, column: usize) -> Vec<(&'static str, Value)> {
    let banner = &report.banner;
    let (own, of) = (&table.lines[line], &banner.columns[column]);
    let text = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let about = [
        json!(table.question),
        json!(own.label),
        json!(own.is_net),
        of.span.map_or(Value::Null, |span| json!(banner.spans[span])),
        json!(of.label),
        text(&of.letter),
    ];
    let estimate = table.cell(line, column);
    let method = estimate.ci_method.map_or("", |method| method.name());
    let rest = banner.against_rest(table, line, column).map_or("", |(d, _)| if d > 0.0 { "higher" } else { "lower" });
    let letters = [("letters", text(&banner.letters(table, line, column))), ("rest", text(rest))];
    ABOUT.into_iter().zip(about).chain(NUMBERS.into_iter().zip(numbers(estimate, method))).chain(letters).collect()
}

fn comparison(report: &Report<'_>, table: &Table, found: &Comparison) -> Vec<(&'static str, Value)> {
    let banner = &report.banner;
    let column = &banner.columns[found.column];
    let against = match found.against {
        Against::Column(other) => json!(banner.columns[other].label),
        Against::Rest => json!("the rest"),
    };
    let difference = found.difference.as_ref();
    let of = |value: Option<f64>| number(value);
    vec![
        ("question", json!(table.question)),
        ("answer", json!(table.lines[found.line].label)),
        ("span", column.span.map_or(Value::Null, |span| json!(banner.spans[span]))),
        ("group", json!(column.label)),
        ("against", against),
        ("difference", of(difference.and_then(|d| d.value))),
        ("se", of(difference.and_then(|d| d.se))),
        ("ci_low", of(difference.and_then(|d| d.ci_low))),
        ("ci_high", of(difference.and_then(|d| d.ci_high))),
        ("statistic", of(found.statistic)),
        ("degf", of(difference.map(|d| d.degf))),
        ("p_value", of(found.p_value)),
        ("adjusted_p_value", of(found.adjusted_p_value)),
        ("adjustment", json!(report.args.tests.adjust_p.word())),
        ("method", json!(TEST)),
        ("skipped", found.skipped.map_or(Value::Null, |reason| json!(reason.name()))),
    ]
}
