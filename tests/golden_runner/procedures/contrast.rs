//! Contrasts of estimates.

use opros::design::Domains;
use opros::estimate::{self, Estimates};
use serde_json::{Map, Value, json};

use super::means::{entry, options, value_and_se};
use super::{expression, flag, object, text};
use crate::compare;
use crate::design::{Study, number};
use crate::formula;
use crate::frame::{self, Grouping, variables};

/// The name, value and gradient of a contrast.
type Term = (String, f64, Vec<(usize, f64)>);

pub fn contrast(study: &Study, analysis: &Value) -> Result<Value, String> {
    let (estimates, names) = estimates(study, analysis)?;
    let mut terms: Vec<Term> = Vec::new();
    let mut values = Vec::new();
    for i in 0..estimates.len() {
        values.push(value_and_se(&estimates, i)?.0.unwrap_or(f64::NAN));
    }
    if let Some(text) = analysis["nonlinear"].as_str() {
        let dual = expression::evaluate(&formula::parse(text)?, &names, &values)?;
        let gradient = dual.gradient.iter().copied().enumerate().collect();
        terms.push(("contrast".to_string(), dual.value, gradient));
    }
    let linear: Map<String, Value> = analysis["contrasts"].as_object().cloned().unwrap_or_default();
    for (name, coefficients) in &linear {
        let coefficients = coefficients_of(coefficients, &names)?;
        let value = coefficients.iter().map(|(i, c)| c * values[*i]).sum();
        // A contrast without a name of its own stands as "c1" in the cases; R calls it "contrast".
        let name = if linear.len() == 1 && name == "c1" { "contrast" } else { name };
        terms.push((name.to_string(), value, coefficients));
    }
    if flag(analysis, "add") {
        for (i, name) in names.iter().enumerate() {
            terms.push((name.clone(), values[i], vec![(i, 1.0)]));
        }
    }
    report(study, &estimates, &terms, options(study, analysis).level)
}

fn report(study: &Study, estimates: &Estimates, terms: &[Term], level: f64) -> Result<Value, String> {
    let degf = study.design.degf(None);
    let order: Vec<usize> = (0..estimates.len()).collect();
    let matrix = estimates.covariance(&order).map_err(|e| e.to_string())?;
    let covariance = |a: &[(usize, f64)], b: &[(usize, f64)]| -> f64 {
        a.iter().flat_map(|(i, x)| b.iter().map(move |(j, y)| (*i, *j, x * y))).map(|(i, j, c)| c * matrix[i][j]).sum()
    };
    let mut entries = Vec::new();
    let mut rows = Vec::new();
    for (name, value, gradient) in terms {
        let estimate = estimates.smooth_contrast(*value, gradient).map_err(|e| e.to_string())?;
        entries.push(entry(name, &estimate, estimate.se, degf));
        let row: Vec<Value> = terms.iter().map(|other| compare::json(covariance(gradient, &other.2))).collect();
        rows.push(row);
    }
    Ok(object([
        ("estimates", entries.into()),
        ("df", compare::json(degf)),
        ("ci_level", compare::json(level)),
        ("vcov", json!(rows)),
    ]))
}

/// Coefficients by the name of the estimate (absent is 0) or by position.
fn coefficients_of(given: &Value, names: &[String]) -> Result<Vec<(usize, f64)>, String> {
    match given {
        Value::Object(map) => map
            .iter()
            .map(|(name, c)| {
                let i = names.iter().position(|n| n == name).ok_or_else(|| format!("no estimate {name}"))?;
                Ok((i, number(c).unwrap_or(f64::NAN)))
            })
            .collect(),
        _ => Ok(crate::design::numbers(given).into_iter().enumerate().collect()),
    }
}

/// The estimates that contrasts are made of, and what they are called.
fn estimates(study: &Study, analysis: &Value) -> Result<(Estimates, Vec<String>), String> {
    let of = text(analysis, "of")?;
    let formula = text(analysis, "formula")?;
    let options = options(study, analysis);
    let whole = Domains::mask("all", &study.mask);
    let design = &study.design;
    let found = match of {
        "mean" => estimate::means(design, &variables(&study.data, formula)?, &whole, &options),
        "total" => estimate::totals(design, &variables(&study.data, formula)?, &whole, &options),
        "var" => estimate::covariances(design, &variables(&study.data, formula)?, &study.mask, &options),
        "by_mean" | "by_total" => {
            let columns = frame::names(text(analysis, "by")?)?;
            let grouping = Grouping::new(&study.data, &columns, &study.mask)?;
            let mut request = analysis.clone();
            request["statistic"] = of.trim_start_matches("by_").into();
            let found = super::by::linear(study, &request, &grouping)?;
            let n_names = found.len() / grouping.levels.len().max(1);
            let name = |i: usize| match n_names {
                1 => found.domain(i).to_string(),
                _ => format!("{}:{}", found.domain(i), found.name(i)),
            };
            let names = (0..found.len()).map(name).collect();
            return Ok((found, names));
        }
        other => return Err(format!("unsupported contrast of {other}")),
    };
    let found = found.map_err(|e| e.to_string())?;
    let names = (0..found.len()).map(|i| found.name(i).to_string()).collect();
    Ok((found, names))
}
