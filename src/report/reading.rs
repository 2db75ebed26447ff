//! Results as a table that people read: names instead of ids, percent instead of proportions.

use super::labels::Labels;
use super::records::word;
use super::table::{Cell, Column, Table};
use crate::analysis::result::{Flag, ResultRecord};

/// Respects that a reader does not need beside the others.
const HIDDEN: &[&str] = &["segment", "first", "second"];

/// One row a result: what it is about, estimate, interval, base, marks.
pub fn rows(id: &str, records: &[&ResultRecord], labels: Labels) -> Table {
    let phrase = |key: &str| labels.locale.phrase(key).to_owned();
    let keys = about_keys(records, labels);
    let mut columns: Vec<Column> = keys.iter().map(|key| Column::about(key, &labels.word(key))).collect();
    columns.push(Column::number("estimate", &phrase("head-estimate")));
    columns.push(Column::number("interval", &phrase("column-interval")));
    columns.push(Column::number("n", &phrase("column-n")));
    columns.push(Column::remark("marks", &phrase("column-marks")));
    let mut table = Table::new(id, "", columns);
    for record in records {
        let mut cells: Vec<Cell> = keys.iter().map(|key| Cell::text(labels.about(record, key))).collect();
        let (value, reason) = match (estimate(record, labels), &record.estimate.reason) {
            (Cell::Text(_), Some(reason)) if record.estimate.estimate.is_none() => {
                (Cell::text(labels.locale.phrase("no-estimate")), reason.as_str())
            }
            (value, _) => (value, ""),
        };
        cells.push(value);
        cells.push(interval(record));
        cells.push(Cell::count(record.estimate.n));
        let remarks = [marks(record, labels), reason.to_owned()];
        let remarks: Vec<String> = remarks.into_iter().filter(|text| !text.is_empty()).collect();
        cells.push(Cell::text(remarks.join("; ")));
        table.push(cells);
    }
    table.without_empty_columns()
}

/// One row for each value of everything but `across`, one column for each value of `across`.
pub fn across(id: &str, across: &str, records: &[&ResultRecord], labels: Labels) -> Table {
    let keys: Vec<&str> = about_keys(records, labels).into_iter().filter(|key| *key != across).collect();
    let mut heads: Vec<(&str, String)> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    for record in records {
        let value = record.about(across);
        if value.is_empty() {
            continue;
        }
        let column = heads.iter().position(|(known, _)| *known == value).unwrap_or_else(|| {
            heads.push((value, labels.about(record, across)));
            heads.len() - 1
        });
        let head: Vec<String> = keys.iter().map(|key| labels.about(record, key)).collect();
        let row = rows.iter().position(|row| row.head == head).unwrap_or_else(|| {
            rows.push(Row { head, values: Vec::new() });
            rows.len() - 1
        });
        rows[row].values.push((column, estimate(record, labels)));
    }
    let mut columns: Vec<Column> = keys.iter().map(|key| Column::about(key, &labels.word(key))).collect();
    columns.extend(heads.iter().map(|(key, title)| Column::number(key, title)));
    let mut table = Table::new(id, "", columns);
    for Row { head, values } in rows {
        let mut cells: Vec<Cell> = head.into_iter().map(Cell::text).collect();
        cells.resize(keys.len() + heads.len(), Cell::Empty);
        for (column, cell) in values {
            cells[keys.len() + column] = cell;
        }
        table.push(cells);
    }
    table.without_empty_columns()
}

/// A row before all columns are known: its head, and cells by column.
struct Row {
    head: Vec<String>,
    values: Vec<(usize, Cell)>,
}

/// The estimate; the reason where there is none, nothing where the base is too small to print it.
pub fn estimate(record: &ResultRecord, labels: Labels) -> Cell {
    if record.flags.contains(&Flag::BaseUnder30) {
        return Cell::text(labels.locale.phrase("base-too-small"));
    }
    match (record.estimate.estimate, &record.estimate.reason) {
        (Some(value), _) => Cell::Quantity(value, record.unit),
        (None, Some(reason)) => Cell::text(reason),
        (None, None) => Cell::Empty,
    }
}

/// The interval; nothing where there is none or the base is too small to print it.
pub fn interval(record: &ResultRecord) -> Cell {
    match (record.estimate.ci_low, record.estimate.ci_high) {
        (Some(low), Some(high)) if !record.flags.contains(&Flag::BaseUnder30) => Cell::Range(low, high, record.unit),
        _ => Cell::Empty,
    }
}

/// The p value of the test of a record.
pub fn p_value(record: &ResultRecord, labels: Labels) -> Cell {
    let test = record.estimate.test.as_ref();
    test.map_or(Cell::Empty, |test| Cell::text(labels.locale.p_value(test.p_value, None)))
}

/// What the flags of a record mean.
pub fn marks(record: &ResultRecord, labels: Labels) -> String {
    let words: Vec<String> = record.flags.iter().map(|flag| labels.word(&word(flag))).collect();
    words.join("; ")
}

/// The respects in which the records differ, in the order of first mention.
fn about_keys<'a>(records: &[&'a ResultRecord], labels: Labels) -> Vec<&'a str> {
    let mut keys: Vec<&str> = super::records::about_keys(records);
    keys.retain(|key| !HIDDEN.contains(key));
    // A poll's name holds the pollster's.
    if keys.contains(&"poll") {
        keys.retain(|key| *key != "pollster");
    }
    let varies = |key: &str| {
        let first = records.first().map(|record| labels.about(record, key));
        records.iter().any(|record| Some(labels.about(record, key)) != first)
    };
    let varying: Vec<&str> = keys.iter().copied().filter(|key| varies(key)).collect();
    if varying.is_empty() { keys } else { varying }
}
