//! Results for machines: CSV and JSON, with all digits.

use serde_json::{Map, Number, Value, json};

use super::run::{Report, Row};

/// The numbers that every result has, in this order.
const NUMBERS: [&str; 14] = [
    "estimate",
    "se",
    "ci_low",
    "ci_high",
    "level",
    "ci_method",
    "degf",
    "deff",
    "deff_reference",
    "n",
    "n_eff",
    "sum_w",
    "n_psus",
    "reason",
];

/// What a result is about, before the groups.
const ABOUT: [&str; 3] = ["statistic", "variable", "answer"];

/// One line a result.
pub fn csv(report: &Report) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let lines = report.rows.iter().map(|row| fields(row).into_iter().map(|(_, value)| plain(&value)).collect());
    for record in std::iter::once(header(report)).chain(lines) {
        // Writing to memory fails on rows of unequal length only, and all have one field a column.
        let written = writer.write_record(&record);
        debug_assert!(written.is_ok(), "{written:?}");
    }
    String::from_utf8_lossy(&writer.into_inner().unwrap_or_default()).into_owned()
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
    let taken = |name: &str| ABOUT.contains(&name) || NUMBERS.contains(&name);
    let by = report.by.iter().map(|name| if taken(name) { format!("by.{name}") } else { name.clone() });
    ABOUT.map(str::to_owned).into_iter().chain(by).chain(NUMBERS.map(str::to_owned)).collect()
}

fn fields(row: &Row) -> Vec<(&'static str, Value)> {
    let e = &row.estimate;
    let text = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let about = [json!(row.statistic), json!(row.variable), text(&row.answer)];
    let numbers = [
        number(e.value),
        number(e.se),
        number(e.ci_low),
        number(e.ci_high),
        number(Some(e.level)),
        text(&row.ci_method),
        number(Some(e.degf)),
        number(e.deff),
        if e.deff.is_some() { json!(e.deff_reference.name()) } else { Value::Null },
        json!(e.n),
        number(e.n_eff),
        number(Some(e.sum_w)),
        e.n_psus.map_or(Value::Null, |n| json!(n)),
        e.reason.map_or(Value::Null, |reason| json!(reason.to_string())),
    ];
    let by = row.by.iter().map(|label| ("by", json!(label)));
    ABOUT.into_iter().zip(about).chain(by).chain(NUMBERS.into_iter().zip(numbers)).collect()
}

/// A number with all its digits, whole ones without a point; infinite degrees of freedom are the text `inf`.
fn number(value: Option<f64>) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Some(value) if value.is_infinite() && value > 0.0 => json!("inf"),
        Some(value) if value.fract() == 0.0 && value.abs() < EXACT => json!(value as i64),
        Some(value) => Number::from_f64(value).map_or(Value::Null, Value::Number),
        None => Value::Null,
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
