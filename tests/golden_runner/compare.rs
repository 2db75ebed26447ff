//! Compares what was found with what is expected: every expected key must be there, further keys are ignored.

use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Copy, Deserialize)]
pub struct Tolerance {
    rel: f64,
    abs: f64,
}

/// The first difference, or none.
pub fn compare(found: &Value, expected: &Value, tolerance: Tolerance) -> Result<(), String> {
    at("", found, expected, tolerance)
}

fn at(path: &str, found: &Value, expected: &Value, tolerance: Tolerance) -> Result<(), String> {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => expected.iter().try_for_each(|(key, want)| {
            let path = format!("{path}.{key}");
            let got = found.get(key).ok_or_else(|| format!("{path} is missing"))?;
            match key.as_str() {
                "vcov" => covariance(&path, got, want, tolerance),
                "domain" => domain(&path, got, want),
                _ => at(&path, got, want, tolerance),
            }
        }),
        (Value::Array(found), Value::Array(expected)) => {
            if found.len() != expected.len() {
                return Err(format!("{path} has {} entries, expected {}", found.len(), expected.len()));
            }
            let pairs = found.iter().zip(expected).enumerate();
            pairs.into_iter().try_for_each(|(i, (f, e))| at(&format!("{path}[{i}]"), f, e, tolerance))
        }
        (_, Value::String(word)) if number(expected).is_none() && word != "NaN" => {
            if found == expected {
                Ok(())
            } else {
                Err(format!("{path}: got {found}, expected {expected}"))
            }
        }
        (_, Value::Bool(_)) if found == expected => Ok(()),
        _ => close(path, found, expected, tolerance, None),
    }
}

/// Entries of a covariance matrix are compared on the scale of the two variances.
fn covariance(path: &str, found: &Value, expected: &Value, tolerance: Tolerance) -> Result<(), String> {
    let (Value::Array(rows), Value::Array(wanted)) = (found, expected) else {
        return close(path, found, expected, tolerance, None);
    };
    if rows.len() != wanted.len() {
        return Err(format!("{path} has {} rows, expected {}", rows.len(), wanted.len()));
    }
    let diagonal: Vec<f64> =
        wanted.iter().enumerate().map(|(i, row)| row.get(i).and_then(number).unwrap_or(f64::NAN)).collect();
    for (i, (row, want)) in rows.iter().zip(wanted).enumerate() {
        for (j, &variance) in diagonal.iter().enumerate() {
            let scale = (diagonal[i] * variance).sqrt();
            let scale = if scale.is_nan() { None } else { Some(scale) };
            let entry = |value: &Value| value.get(j).cloned().unwrap_or(Value::Null);
            close(&format!("{path}[{i}][{j}]"), &entry(row), &entry(want), tolerance, scale)?;
        }
    }
    Ok(())
}

/// A domain is a map from columns to levels; a level may be written as a number or as a text.
fn domain(path: &str, found: &Value, expected: &Value) -> Result<(), String> {
    let text = |value: &Value| match value {
        Value::String(s) => s.clone(),
        other => other.to_string(),
    };
    let (Some(found), Some(expected)) = (found.as_object(), expected.as_object()) else {
        return Err(format!("{path} is not a map"));
    };
    for (column, level) in expected {
        let got = found.get(column).map(text);
        if got.as_deref() != Some(text(level).as_str()) {
            return Err(format!("{path}.{column}: got {got:?}, expected {level}"));
        }
    }
    Ok(())
}

fn close(path: &str, found: &Value, expected: &Value, tolerance: Tolerance, scale: Option<f64>) -> Result<(), String> {
    let (got, want) = (number(found), number(expected));
    let is_close = match (got, want) {
        (None, None) => is_undefined(found) && is_undefined(expected),
        (Some(got), Some(want)) if got == want => true,
        (Some(got), Some(want)) => (got - want).abs() <= tolerance.abs + tolerance.rel * scale.unwrap_or(want.abs()),
        _ => false,
    };
    if is_close { Ok(()) } else { Err(format!("{path}: got {found}, expected {expected}")) }
}

fn is_undefined(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("NaN")
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(n) => n.as_f64(),
        Value::String(s) if s == "Inf" => Some(f64::INFINITY),
        Value::String(s) if s == "-Inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// A number as JSON: NaN is null, infinities are words.
pub fn json(value: f64) -> Value {
    match value {
        v if v == f64::INFINITY => Value::from("Inf"),
        v if v == f64::NEG_INFINITY => Value::from("-Inf"),
        v => serde_json::Number::from_f64(v).map_or(Value::Null, Value::Number),
    }
}
