//! Known totals of the population: a long table of variable, level, and total or share.

use std::path::Path;

use serde_json::Value;

use super::args::TargetArgs;
use super::sidecar::Target;
use crate::cli::data::columns::DataFile;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};
use crate::ingest::TextFormat;
use crate::ingest::source::SourceText;
use crate::ingest::table::parse_number;

/// Shares that add up to 1 but for this are taken as they are.
const SUM_OF_SHARES: f64 = 1e-6;

/// One row of the table.
struct Row {
    /// Where it stands in the table.
    place: String,
    /// Its line, where the table has lines.
    line: Option<u64>,
    variable: String,
    level: String,
    total: Option<f64>,
    share: Option<f64>,
}

/// Reads the targets and their lines (none for JSON); a CSV is of the format of the data, or plain; shares become totals of the population.
///
/// # Errors
///
/// An unreadable table, missing columns, values that are no numbers, shares that do not add up to 1.
pub fn read(args: &TargetArgs, format: &TextFormat, sum_of_weights: f64) -> Result<(Vec<Target>, Vec<u64>)> {
    let name = args.targets.display().to_string();
    let is_json = args.targets.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    let rows = if is_json { from_json(&args.targets, &name)? } else { from_csv(&args.targets, format)? };
    let mut problems = Vec::new();
    let problem = |message: String, hint: &str| Diagnostic::error("E46", Place::file(&*name), message).hint(hint);
    let in_row = |row: &Row, message: String, hint: &str| {
        let place = Place::file(&*name);
        let place = row.line.map_or_else(|| place.clone(), |line| place.clone().line(line));
        Diagnostic::error("E46", place, message).hint(hint)
    };
    let population = args.population.unwrap_or(sum_of_weights);
    if !(population.is_finite() && population > 0.0) {
        problems.push(problem(format!("a population of {population} has no meaning"), "give a positive number"));
    }
    let mut found: Vec<Target> = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        let what = if row.level.is_empty() { row.variable.clone() } else { format!("{}, {}", row.variable, row.level) };
        let is_same = |earlier: &&Row| earlier.variable == row.variable && earlier.level == row.level;
        if let Some(earlier) = rows[..at].iter().find(is_same) {
            let message = format!("the target of {what} stands twice: {} and {}", earlier.place, row.place);
            problems.push(in_row(row, message, "remove one of the rows"));
        }
        let total = match (row.total, row.share) {
            (Some(total), None) => total,
            (None, Some(share)) if !row.level.is_empty() => share * population,
            (None, Some(_)) => {
                problems.push(in_row(row, format!("{what} has a share but no level"), "numeric columns have a total"));
                continue;
            }
            (Some(_), Some(_)) => {
                problems.push(in_row(row, format!("{what} has both a total and a share"), "leave one of them empty"));
                continue;
            }
            (None, None) => {
                problems.push(in_row(
                    row,
                    format!("{what} has neither a total nor a share"),
                    "fill one of the columns",
                ));
                continue;
            }
        };
        found.push(Target { variable: row.variable.clone(), level: row.level.clone(), total });
    }
    problems.extend(shares_of_one(&rows).into_iter().map(|(variable, sum)| {
        problem(
            format!("shares of `{variable}` do not add up to 1"),
            "correct them, or give totals; shares are written as 0.51, not 51",
        )
        .observed(sum.to_string())
        .expected("1")
    }));
    if rows.is_empty() {
        problems.push(problem("there are no targets".to_owned(), "add rows of variable, level, total"));
    }
    let lines = rows.iter().filter_map(|row| row.line).collect();
    if problems.is_empty() { Ok((found, lines)) } else { Err(Error::Unusable(problems)) }
}

/// Variables whose shares do not add up to 1, with their sums.
fn shares_of_one(rows: &[Row]) -> Vec<(&str, f64)> {
    let mut sums: Vec<(&str, f64)> = Vec::new();
    for (variable, share) in rows.iter().filter_map(|row| Some((row.variable.as_str(), row.share?))) {
        match sums.iter_mut().find(|(name, _)| *name == variable) {
            Some((_, sum)) => *sum += share,
            None => sums.push((variable, share)),
        }
    }
    sums.retain(|(_, sum)| (sum - 1.0).abs() > SUM_OF_SHARES);
    sums
}

fn from_csv(path: &Path, format: &TextFormat) -> Result<Vec<Row>> {
    let plain = TextFormat::default();
    let file = match DataFile::read(path, &[], format) {
        Ok(file) if file.has("variable") => file,
        _ if *format != plain => DataFile::read(path, &[], &plain)?,
        other => other?,
    };
    let mut reading = file.reading();
    let (variables, levels) = (reading.complete_labels("variable"), reading.labels("level"));
    let mut optional = |name: &str| file.has(name).then(|| reading.numbers(name));
    let (totals, shares) = (optional("total"), optional("share"));
    if totals.is_none() && shares.is_none() {
        let problem = Diagnostic::error("E15", Place::file(file.name()), "there is no column `total` and none `share`");
        reading.problem(problem.hint("the columns are variable, level, and total or share"));
    }
    reading.finish()?;
    let label = |codes: &crate::design::Codes, row: usize| {
        codes.labels().get(codes.codes()[row] as usize).cloned().unwrap_or_default()
    };
    let value = |values: &Option<Vec<f64>>, row: usize| values.as_ref().map(|v| v[row]).filter(|v| !v.is_nan());
    let rows = (0..file.n_rows()).map(|row| Row {
        place: format!("line {}", file.line(row)),
        line: Some(file.line(row)),
        variable: label(&variables, row),
        level: label(&levels, row),
        total: value(&totals, row),
        share: value(&shares, row),
    });
    Ok(rows.collect())
}

fn from_json(path: &Path, name: &str) -> Result<Vec<Row>> {
    let source = SourceText::read(path, name, None)?;
    let hint = "write [{\"variable\": \"sex\", \"level\": \"female\", \"total\": 15300}, …]";
    let refuse = |place: Place, message: String| Error::unusable(Diagnostic::error("E46", place, message).hint(hint));
    let document: Value = serde_json::from_str(&source.text).map_err(|error| {
        let place = Place::file(name).line(error.line() as u64).character(error.column() as u64);
        refuse(place, format!("the file is no JSON: {error}"))
    })?;
    let Some(items) = document.as_array() else {
        return Err(refuse(Place::file(name), "the file is no list of targets".to_owned()));
    };
    let text = |item: &Value, key: &str| match item.get(key) {
        None | Some(Value::Null) => Some(String::new()),
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(_) => None,
    };
    let number = |item: &Value, key: &str| match item.get(key) {
        None | Some(Value::Null) => Some(None),
        Some(Value::String(text)) => parse_number(text).map(Some),
        Some(other) => other.as_f64().map(Some),
    };
    let mut rows = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let row = || {
            Some(Row {
                place: format!("target {}", at + 1),
                line: None,
                variable: text(item, "variable").filter(|name| !name.is_empty())?,
                level: text(item, "level")?,
                total: number(item, "total")?,
                share: number(item, "share")?,
            })
        };
        let is_known = |key: &String| matches!(key.as_str(), "variable" | "level" | "total" | "share");
        let has_only_known = item.as_object().is_some_and(|keys| keys.keys().all(is_known));
        match row().filter(|_| has_only_known) {
            Some(row) => rows.push(row),
            None => return Err(refuse(Place::file(name), format!("target {} is not of that form", at + 1))),
        }
    }
    Ok(rows)
}
