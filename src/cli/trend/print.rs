//! Results of trend analyses for people and machines.

use serde_json::{Value, json};

use super::ages::{AGES, SPLIT};
use super::study::POLLS;
use crate::analysis::result::{ResultRecord, Unit};
use crate::cli::estimate::{TableFormat, quantity};
use crate::locale::Locale;
use crate::report::records::{self, record_json};
use crate::report::write::csv;
use crate::study::Precision;

/// What is printed, and what should be known beside it.
pub struct Report<'a> {
    pub file: String,
    /// The language of dates.
    pub locale: &'a Locale,
    pub records: Vec<&'a ResultRecord>,
    pub notes: Vec<String>,
}

/// Steps of a level that a table for people shows; all are in CSV and JSON.
const SHOWN_STEPS: usize = 12;

/// The report in a format.
pub fn text(report: &Report<'_>, format: TableFormat) -> String {
    match format {
        TableFormat::Csv => {
            let table = records::table("trend", "", report.records.iter().copied());
            String::from_utf8_lossy(&csv(&table)).into_owned()
        }
        TableFormat::Json => {
            let results: Vec<Value> = report.records.iter().map(|record| record_json(record)).collect();
            format!("{:#}", json!({ "file": report.file, "notes": report.notes, "results": results }))
        }
        TableFormat::Table => aligned(report),
        TableFormat::Md => markdown(report),
    }
}

const HEADER: [&str; 6] = ["result", "when", "estimate", "interval", "p", "note"];

/// Changes from poll to poll that a table for people shows, whatever their p value.
const SHOWN_CHANGES: usize = 12;

/// The rows for people, and notes on what is left to the machine formats: polls, early steps of a level, and many changes from
/// poll to poll that are no more than chance.
fn rows(report: &Report<'_>) -> (Vec<[String; 6]>, Vec<String>) {
    let of = |is_one: &dyn Fn(&ResultRecord) -> bool| report.records.iter().filter(|record| is_one(record)).count();
    let is_level = |record: &ResultRecord| record.about("measure") == "level";
    let is_change = |record: &ResultRecord| matches!(record.about("measure"), "since-last" | "since-first");
    let is_chance = |record: &ResultRecord| record.estimate.test.as_ref().is_none_or(|test| test.p_value >= 0.05);
    let n_early = of(&is_level).saturating_sub(SHOWN_STEPS);
    let is_flood = of(&is_change) > SHOWN_CHANGES;
    let (mut n_levels, mut n_chance) = (0, 0);
    let mut rows = Vec::new();
    for record in report.records.iter().filter(|record| record.analysis != POLLS) {
        if is_level(record) {
            n_levels += 1;
            if n_levels <= n_early {
                continue;
            }
        } else if is_flood && is_change(record) && is_chance(record) {
            n_chance += 1;
            continue;
        }
        rows.push(row(record, report.locale));
    }
    let elsewhere = "are in `--format csv` and in the files of `--out`";
    let mut notes = Vec::new();
    if n_early > 0 {
        notes.push(format!("{n_early} earlier steps of the level {elsewhere}"));
    }
    if n_chance > 0 {
        notes.push(format!("{n_chance} changes between polls with an adjusted p value of 0.05 or more {elsewhere}"));
    }
    (rows, notes)
}

fn row(record: &ResultRecord, locale: &Locale) -> [String; 6] {
    let e = &record.estimate;
    let shown = |value: f64| number(record, value, locale);
    let interval = match (e.ci_low, e.ci_high) {
        (Some(low), Some(high)) => format!("{} to {}", shown(low), shown(high)),
        _ => String::new(),
    };
    let p = e.test.as_ref().map_or_else(String::new, |test| p_value(test.p_value));
    let flags: Vec<String> = record.flags.iter().map(|flag| records::word(flag).replace('_', " ")).collect();
    // Assumed samples are said once, above the table.
    let by_year = [AGES, SPLIT].contains(&record.analysis.as_str());
    let flags = flags.into_iter().filter(|flag| flag != "n assumed" && flag != "deff declared");
    // Periods are years where the file says so.
    let flags = flags.filter(|flag| !by_year || flag != "date coarse");
    let near = ["before", "after"].into_iter().filter(|key| !record.about(key).is_empty());
    let near = near.map(|key| format!("{key}: {}", record.about(key)));
    let note: Vec<String> = flags.chain(e.reason.clone()).chain(near).collect();
    [
        record.id.clone(),
        record.when.map_or_else(String::new, |when| when.to_string()),
        e.estimate.map_or_else(String::new, shown),
        interval,
        p,
        note.join("; "),
    ]
}

/// A number as its unit asks for: percent for shares, points for differences, months for times; a count of dates as such.
fn number(record: &ResultRecord, value: f64, locale: &Locale) -> String {
    let points = |value: f64| format!("{} pp", quantity(100.0 * value, 1));
    match (record.unit, record.about("measure"), record.estimate.n) {
        (Unit::Share, "placebo", Some(n)) => format!("{:.0} of {n}", value * n as f64),
        (Unit::Share, ..) => format!("{}%", quantity(100.0 * value, 1)),
        // Sizes: what they are of is said behind them, and thresholds have no direction.
        (Unit::ShareSize, "sd-level" | "drift-sd" | "drift-smallest-detectable", _) => {
            format!("{} in a year", points(value))
        }
        (Unit::ShareSize, "sd-slope", _) => format!("{} per year in a year", points(value)),
        (Unit::ShareSize, ..) => points(value),
        (Unit::ShareDifference, ..) => format!("{} pp", signed(100.0 * value, 1)),
        (Unit::SharePerDecade, "smallest-detectable" | "drifting-smallest-detectable", _) => {
            format!("{} per decade", points(value))
        }
        (Unit::SharePerDecade, ..) => format!("{} pp per decade", signed(100.0 * value, 1)),
        (Unit::Year, ..) => time(record, value, locale),
        _ => quantity(value, 2),
    }
}

/// The month of a time, or its year where results stand for whole years.
fn time(record: &ResultRecord, value: f64, locale: &Locale) -> String {
    match record.when.map(|when| when.start.precision()) {
        Some(Precision::Year) => format!("{:.0}", libm::floor(value)),
        _ => locale.time(value),
    }
}

fn signed(value: f64, decimals: usize) -> String {
    let text = quantity(value, decimals);
    if value > 0.0 && text.contains(|c: char| ('1'..='9').contains(&c)) { format!("+{text}") } else { text }
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".to_owned() } else { format!("{p:.3}") }
}

fn aligned(report: &Report<'_>) -> String {
    let (rows, hidden) = rows(report);
    let mut out = format!("{}\n", report.file);
    for note in report.notes.iter().chain(&hidden) {
        out.push_str(&format!("  note: {note}\n"));
    }
    out.push('\n');
    let header = HEADER.map(str::to_owned);
    let all = || std::iter::once(&header).chain(&rows);
    let width = |column: usize| all().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADER.len()).map(width).collect();
    for row in all() {
        let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
            let padding = " ".repeat(width - cell.chars().count());
            let is_left = column < 2 || column == HEADER.len() - 1;
            if is_left { format!("{cell}{padding}") } else { format!("{padding}{cell}") }
        });
        out.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}

fn markdown(report: &Report<'_>) -> String {
    let (rows, hidden) = rows(report);
    let line = |cells: &[String; 6]| {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|").replace('*', "\\*")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let mut out = line(&HEADER.map(str::to_owned));
    out.push_str("| --- | --- | ---: | ---: | ---: | --- |\n");
    rows.iter().for_each(|row| out.push_str(&line(row)));
    for note in report.notes.iter().chain(&hidden) {
        out.push_str(&format!("\n{note}.  "));
    }
    out.push('\n');
    out
}
