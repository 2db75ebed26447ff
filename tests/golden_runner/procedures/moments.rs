//! Variances, covariances and what is made of them.

use opros::design::Domains;
use opros::estimate::{self, Estimates, Variable};
use serde_json::{Value, json};

use super::means::{entry, options, value_and_se};
use super::{number, object, text};
use crate::compare;
use crate::design::Study;
use crate::frame::{factor, names, variables};

fn covariances(study: &Study, analysis: &Value, columns: &[Variable<'_>]) -> Result<Estimates, String> {
    let options = options(study, analysis);
    estimate::covariances(&study.design, columns, &study.mask, &options).map_err(|e| e.to_string())
}

/// A single number, or the rows of a matrix.
fn square(values: Vec<Value>, k: usize) -> Value {
    if k == 1 { values.into_iter().next().unwrap_or(Value::Null) } else { json!(values.chunks(k).collect::<Vec<_>>()) }
}

pub fn var(study: &Study, analysis: &Value) -> Result<Value, String> {
    let columns = variables(&study.data, text(analysis, "formula")?)?;
    let found = covariances(study, analysis, &columns)?;
    let mut values = Vec::new();
    let mut errors = Vec::new();
    for i in 0..found.len() {
        let (value, se) = value_and_se(&found, i)?;
        values.push(number(value));
        errors.push(number(se));
    }
    let names: Vec<&str> = columns.iter().map(Variable::name).collect();
    Ok(object([
        ("variance", square(values, columns.len())),
        ("se", square(errors, columns.len())),
        ("names", json!(names)),
    ]))
}

pub fn sd(study: &Study, analysis: &Value) -> Result<Value, String> {
    let columns = variables(&study.data, text(analysis, "formula")?)?;
    let mut values = Vec::new();
    for column in &columns {
        let found = covariances(study, analysis, std::slice::from_ref(column))?;
        values.push(number(found.get(0).and_then(|e| e.value).map(f64::sqrt)));
    }
    let value = if values.len() == 1 { values.remove(0) } else { values.into() };
    Ok(object([("sd", value)]))
}

pub fn correlation(study: &Study, analysis: &Value) -> Result<Value, String> {
    let columns = variables(&study.data, text(analysis, "formula")?)?;
    let options = options(study, analysis);
    let mut rows = Vec::new();
    for x in &columns {
        let mut row = Vec::new();
        for y in &columns {
            let found = estimate::correlation(&study.design, x, y, &study.mask, &options).map_err(|e| e.to_string())?;
            row.push(number(found.value));
        }
        rows.push(row);
    }
    Ok(json!({ "correlation": rows }))
}

/// `k/(k − 1) · (1 − sum of the variances / variance of the sum)`.
pub fn cronbach_alpha(study: &Study, analysis: &Value) -> Result<Value, String> {
    let columns = variables(&study.data, text(analysis, "formula")?)?;
    let k = columns.len();
    let found = covariances(study, analysis, &columns)?;
    let entry = |i: usize, j: usize| found.get(i * k + j).and_then(|e| e.value).unwrap_or(f64::NAN);
    let own: f64 = (0..k).map(|i| entry(i, i)).sum();
    let all: f64 = (0..k).flat_map(|i| (0..k).map(move |j| (i, j))).map(|(i, j)| entry(i, j)).sum();
    let k = k as f64;
    Ok(object([("alpha", compare::json(k / (k - 1.0) * (1.0 - own / all)))]))
}

pub fn kappa(study: &Study, analysis: &Value) -> Result<Value, String> {
    let names = names(text(analysis, "formula")?)?;
    let [first, second] = names.as_slice() else {
        return Err("kappa takes two variables".to_string());
    };
    let options = options(study, analysis);
    let (a, b) = (factor(&study.data, first)?, factor(&study.data, second)?);
    let domain = Domains::mask("all", &study.mask);
    let found = estimate::kappa(&study.design, &a, &b, &domain, &options).map_err(|e| e.to_string())?;
    let degf = study.design.degf(None);
    Ok(object([
        ("estimates", json!([entry("kappa", &found, found.se, degf)])),
        ("df", compare::json(degf)),
        ("ci_level", compare::json(options.level)),
    ]))
}
