//! What the results of all commands have in common when machines read them.

use serde_json::{Number, Value, json};

use crate::estimate::Estimate;

/// The numbers that every result has, in this order.
pub const NUMBERS: [&str; 14] = [
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

/// The values of [`NUMBERS`].
pub fn numbers(e: &Estimate, ci_method: &str) -> [Value; 14] {
    [
        number(e.value),
        number(e.se),
        number(e.ci_low),
        number(e.ci_high),
        number(Some(e.level)),
        if ci_method.is_empty() { Value::Null } else { json!(ci_method) },
        number(Some(e.degf)),
        number(e.deff),
        if e.deff.is_some() { json!(e.deff_reference.name()) } else { Value::Null },
        json!(e.n),
        number(e.n_eff),
        number(Some(e.sum_w)),
        e.n_psus.map_or(Value::Null, |n| json!(n)),
        e.reason.map_or(Value::Null, |reason| json!(reason.to_string())),
    ]
}

/// A number with all its digits, whole ones without a point; infinite degrees of freedom are the text `inf`.
pub fn number(value: Option<f64>) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match value {
        Some(value) if value.is_infinite() && value > 0.0 => json!("inf"),
        Some(value) if value.fract() == 0.0 && value.abs() < EXACT => json!(value as i64),
        Some(value) => Number::from_f64(value).map_or(Value::Null, Value::Number),
        None => Value::Null,
    }
}

/// A value as a field of a CSV file.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Records of equal length as CSV.
pub fn written(records: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for record in records {
        // Writing to memory fails on rows of unequal length only, and all have one field a column.
        let written = writer.write_record(&record);
        debug_assert!(written.is_ok(), "{written:?}");
    }
    String::from_utf8_lossy(&writer.into_inner().unwrap_or_default()).into_owned()
}
