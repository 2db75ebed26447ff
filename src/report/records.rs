//! Results as rows: the table beside every figure, and `results.json`.

use serde_json::{Map, Value};

use super::lines;
use super::table::{Cell, Column, Table};
use super::write::{self, json_lines};
use crate::analysis::result::{Figures, ResultRecord, Results, TestOutcome};

/// What a row may be about, in the order of columns; anything else follows in alphabetical order.
const ABOUT_ORDER: &[&str] = &[
    "series",
    "event",
    "poll",
    "pollster",
    "survey",
    "election",
    "counter",
    "period",
    "question",
    "measure",
    "answer",
    "option",
    "camp",
    "place",
    "split",
    "part",
    "group",
    "before",
    "after",
    "straddling",
];

/// The records as a table with one row each: what it is about, the estimate with everything that belongs to it, and
/// the source file and lines.
pub fn table<'a>(id: &str, title: &str, records: impl IntoIterator<Item = &'a ResultRecord>) -> Table {
    let records: Vec<&ResultRecord> = records.into_iter().collect();
    let about = about_keys(&records);
    let plain = |key: &str| Column::about(key, key);
    let mut columns = vec![plain("result"), plain("analysis")];
    columns.extend(about.iter().map(|key| plain(key)));
    columns.extend(["when", "unit", "evidence"].map(plain));
    columns.extend(figure_values(&Figures::default()).iter().map(|(key, _)| Column::number(key, key)));
    let is_tested = records.iter().any(|record| record.estimate.test.is_some());
    if is_tested {
        columns.extend(test_values(None).iter().map(|(key, _)| Column::number(key, key)));
    }
    columns.extend(["reason", "flags", "source"].map(|key| Column::remark(key, key)));
    let mut table = Table::new(id, title, columns);
    for record in records {
        let mut cells = vec![Cell::text(&record.id), Cell::text(&record.analysis)];
        cells.extend(about.iter().map(|key| Cell::text(record.about(key))));
        cells.push(record.when.map_or(Cell::Empty, |span| Cell::text(span.to_string())));
        cells.push(Cell::text(word(&record.unit)));
        cells.push(Cell::text(word(&record.evidence)));
        cells.extend(figure_values(&record.estimate).into_iter().map(|(_, cell)| cell));
        if is_tested {
            cells.extend(test_values(record.estimate.test.as_ref()).into_iter().map(|(_, cell)| cell));
        }
        cells.push(Cell::text(record.estimate.reason.clone().unwrap_or_default()));
        cells.push(Cell::text(flags(record).join(" ")));
        cells.push(Cell::text(lines::places(&record.origins)));
        table.push(cells);
    }
    table
}

/// Every result of a study by its stable id, one a line, and what the analyses left out.
pub fn results_json(study: &str, results: &Results) -> Vec<u8> {
    let mut head = Map::new();
    head.insert("study".to_owned(), study.into());
    let remarks = results.remarks.iter().map(|remark| {
        let mut entry = Map::new();
        entry.insert("analysis".to_owned(), remark.analysis.clone().into());
        entry.insert("about".to_owned(), remark.about.clone().into());
        entry.insert("text".to_owned(), remark.text.clone().into());
        Value::Object(entry)
    });
    head.insert("remarks".to_owned(), remarks.collect());
    let records: Vec<Value> = results.records.iter().map(record_json).collect();
    json_lines(&head, "results", &records)
}

/// A result with everything that belongs to it, keys in the order of columns.
pub fn record_json(record: &ResultRecord) -> Value {
    let mut entry = Map::new();
    entry.insert("id".to_owned(), record.id.clone().into());
    entry.insert("analysis".to_owned(), record.analysis.clone().into());
    let about = record.about.iter().map(|(key, text)| ((*key).to_owned(), Value::from(text.as_str())));
    entry.insert("about".to_owned(), Value::Object(about.collect()));
    entry.insert("when".to_owned(), record.when.map(|span| span.to_string()).into());
    entry.insert("unit".to_owned(), word(&record.unit).into());
    entry.insert("evidence".to_owned(), word(&record.evidence).into());
    for (key, cell) in figure_values(&record.estimate) {
        entry.insert(key.to_owned(), write::value(&cell));
    }
    if let Some(test) = &record.estimate.test {
        for (key, cell) in test_values(Some(test)) {
            entry.insert(key.to_owned(), write::value(&cell));
        }
    }
    entry.insert("reason".to_owned(), record.estimate.reason.clone().into());
    entry.insert("flags".to_owned(), flags(record).into());
    entry.insert("source".to_owned(), lines::places(&record.origins).into());
    Value::Object(entry)
}

/// The columns that every table shares, in their order, `reason` apart.
pub fn figure_values(figures: &Figures) -> [(&'static str, Cell); 13] {
    [
        ("estimate", Cell::number(figures.estimate)),
        ("se", Cell::number(figures.se)),
        ("ci_low", Cell::number(figures.ci_low)),
        ("ci_high", Cell::number(figures.ci_high)),
        ("level", Cell::number(figures.level)),
        ("ci_method", Cell::text(figures.ci_method.unwrap_or_default())),
        ("degf", Cell::number(figures.degf)),
        ("deff", Cell::number(figures.deff)),
        ("deff_reference", Cell::text(figures.deff_reference.unwrap_or_default())),
        ("n", Cell::count(figures.n)),
        ("n_eff", Cell::number(figures.n_eff)),
        ("sum_w", Cell::number(figures.sum_w)),
        ("n_psus", Cell::count(figures.n_psus)),
    ]
}

/// The columns of tables in which a number was tested, behind those that every table shares.
pub fn test_values(test: Option<&TestOutcome>) -> [(&'static str, Cell); 5] {
    [
        ("test", Cell::text(test.map_or("", |test| test.method))),
        ("statistic", Cell::number(test.and_then(|test| test.statistic))),
        ("test_numerator_degf", Cell::number(test.and_then(|test| test.numerator_degf))),
        ("test_degf", Cell::number(test.and_then(|test| test.degf))),
        ("p_value", Cell::number(test.map(|test| test.p_value))),
    ]
}

/// The respects that the records have, in the order of columns.
pub(super) fn about_keys<'a>(records: &[&'a ResultRecord]) -> Vec<&'a str> {
    let mut keys: Vec<&str> = records.iter().flat_map(|record| record.about.keys().copied()).collect();
    let rank = |key: &str| ABOUT_ORDER.iter().position(|known| *known == key).unwrap_or(ABOUT_ORDER.len());
    keys.sort_unstable_by_key(|key| (rank(key), *key));
    keys.dedup();
    keys
}

fn flags(record: &ResultRecord) -> Vec<String> {
    record.flags.iter().map(word).collect()
}

/// The word by which a unit, kind of evidence or flag stands in files.
pub fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}
