//! Results for machines: CSV and JSON, with all digits.

use serde_json::{Map, Value, json};

use super::run::{Report, Row};
use crate::cli::results::{NUMBERS, number, numbers, plain, written};
use crate::estimate::Estimate;

/// What a result is about, before the groups.
const ABOUT: [&str; 3] = ["statistic", "variable", "answer"];

/// What stands behind the shared numbers: the coefficient of variation, and why there is none where the estimate is.
const RELATIVE: [&str; 2] = ["cv", "cv_reason"];

/// One line a result.
pub fn csv(report: &Report) -> String {
    let lines = report.rows.iter().map(|row| fields(row).into_iter().map(|(_, value)| plain(&value)).collect());
    written(std::iter::once(header(report)).chain(lines))
}

/// Design, notes and results.
pub fn json(report: &Report) -> String {
    let keys = header(report);
    let results: Vec<Value> = report
        .rows
        .iter()
        .map(|row| {
            let values = fields(row).into_iter().map(|(_, value)| value);
            Value::Object(keys.iter().cloned().zip(values).collect::<Map<String, Value>>())
        })
        .collect();
    let notes: Map<String, Value> =
        report.notes.iter().map(|(name, text)| (name.to_lowercase(), json!(text))).collect();
    format!("{:#}", json!({ "file": report.file, "notes": notes, "results": results }))
}

/// Names of all columns. A group whose column has the name of another one is written `by.<name>`.
fn header(report: &Report) -> Vec<String> {
    let taken = |name: &str| ABOUT.contains(&name) || NUMBERS.contains(&name) || RELATIVE.contains(&name);
    let by = report.by.iter().map(|name| if taken(name) { format!("by.{name}") } else { name.clone() });
    ABOUT
        .map(str::to_owned)
        .into_iter()
        .chain(by)
        .chain(NUMBERS.map(str::to_owned))
        .chain(RELATIVE.map(str::to_owned))
        .collect()
}

fn fields(row: &Row) -> Vec<(&'static str, Value)> {
    let text = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let about = [json!(row.statistic), json!(row.variable), text(&row.answer)];
    let by = row.by.iter().map(|label| ("by", text(label)));
    ABOUT
        .into_iter()
        .zip(about)
        .chain(by)
        .chain(NUMBERS.into_iter().zip(numbers(&row.estimate, &row.ci_method)))
        .chain(RELATIVE.into_iter().zip(relative(&row.estimate)))
        .collect()
}

/// The values of [`RELATIVE`].
fn relative(e: &Estimate) -> [Value; 2] {
    let is_zero = e.value == Some(0.0) && e.se.is_some();
    [number(e.cv()), if is_zero { json!("estimate is 0") } else { Value::Null }]
}
