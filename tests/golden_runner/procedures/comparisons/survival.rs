//! Survival.

use opros::design::Codes;
use opros::model::{
    Cox, LogRankWeights, ModelMatrix, SurvivalCurve, SurvivalTimes, cox, kaplan_meier, log_rank, survival_with_errors,
    weibull,
};
use serde_json::{Value, json};

use super::super::{flag, text};
use super::disputed::Row;
use super::frame::{Sides, factor_response, predictors, with_new_rows};
use super::glm::{coefficients, rows};
use crate::compare::json as value;
use crate::data::Dataset;
use crate::design::{Study, numbers};
use crate::formula::Expr;
use crate::frame::factor;

pub fn run(study: &Study, analysis: &Value) -> Option<Result<Value, String>> {
    Some(match analysis["procedure"].as_str().unwrap_or_default() {
        "coxph" => report(study, analysis),
        "cox_survival" => predict(study, analysis),
        "km" => curves(study, analysis),
        "km_quantile" => quantiles(study, analysis),
        "logrank" => test(study, analysis),
        "survreg" => parametric(study, analysis),
        _ => return None,
    })
}

/// Times and events of `Surv(time, event)`.
pub fn times(data: &Dataset, sides: &Sides) -> Result<(Vec<f64>, Vec<f64>), String> {
    match sides.left()? {
        Expr::Call(name, arguments) if name == "Surv" => match arguments.as_slice() {
            [Expr::Name(time), Expr::Name(event)] => Ok((data.numbers(time)?, events(data.numbers(event)?))),
            _ => Err("Surv without two columns".to_string()),
        },
        other => Err(format!("not a survival time: {}", other.print())),
    }
}

/// 1 for an event; where the largest status is 2, that is the event and 1 is none.
fn events(status: Vec<f64>) -> Vec<f64> {
    let is_one_or_two = status.iter().copied().fold(f64::NEG_INFINITY, f64::max) == 2.0;
    if is_one_or_two { status.into_iter().map(|s| s - 1.0).collect() } else { status }
}

fn is_strata(term: &Expr) -> bool {
    matches!(term, Expr::Call(name, _) if name == "strata")
}

/// Predictors without an intercept, factors without their first level.
pub fn without_intercept(matrix: &ModelMatrix) -> Result<ModelMatrix, String> {
    let mut kept = ModelMatrix::empty(matrix.n_rows());
    for term in matrix.terms().iter().filter(|t| *t != "(Intercept)") {
        let columns = matrix.columns_of_term(term).map_err(|e| e.to_string())?;
        let own = columns.iter().map(|&j| (matrix.names()[j].clone(), matrix.column(j))).collect();
        kept.term(term, own).map_err(|e| e.to_string())?;
    }
    Ok(kept)
}

fn fit(study: &Study, analysis: &Value) -> Result<Cox, String> {
    let sides = Sides::read(text(analysis, "formula")?)?;
    let (time, event) = times(&study.data, &sides)?;
    let x = without_intercept(&predictors(&study.data, &sides.right, &study.mask, is_strata)?)?;
    let (terms, _) = sides.right.terms();
    let strata: Option<Codes> = terms
        .into_iter()
        .find_map(|t| match t {
            Expr::Call(name, inner) if name == "strata" => Some(factor(&study.data, &inner[0].print())),
            _ => None,
        })
        .transpose()?;
    let times = SurvivalTimes { time: &time, event: &event };
    cox(&study.design, &times, &x, strata.as_ref(), &study.mask, 0.95).map_err(|e| e.to_string())
}

fn report(study: &Study, analysis: &Value) -> Result<Value, String> {
    let model = fit(study, analysis)?;
    Ok(json!({
        "estimates": coefficients(&model.names, &model.coefficients, &model.covariance),
        "vcov": rows(&model.covariance), "df": value(study.design.degf(None)),
    }))
}

fn curve_values(group: &str, curve: &SurvivalCurve, at: &[f64]) -> Value {
    let mut found = json!({
        "group": group, "at": at, "surv": at.iter().map(|t| value(curve.survival_at(*t))).collect::<Vec<Value>>(),
    });
    if curve.se_log.is_some() {
        found["se_log"] = at.iter().map(|t| curve.se_log_at(*t).map_or(Value::Null, value)).collect();
    }
    found
}

/// A model, the predictors of all rows, and those of the new row.
fn with_new_row(study: &Study, analysis: &Value) -> Result<(Cox, ModelMatrix, Vec<f64>), String> {
    let model = fit(study, analysis)?;
    let sides = Sides::read(text(analysis, "formula")?)?;
    let (extended, _) = with_new_rows(&study.data, &analysis["newdata"])?;
    let x = without_intercept(&predictors(&extended, &sides.right, &study.mask, is_strata)?)?;
    let last = x.n_rows() - 1;
    let new: Vec<f64> = (0..x.names().len()).map(|j| x.value(j, last)).collect();
    Ok((model, x, new))
}

fn predict(study: &Study, analysis: &Value) -> Result<Value, String> {
    let (model, _, new) = with_new_row(study, analysis)?;
    let (time, survival) = model.survival_curve(&new).map_err(|e| e.to_string())?.into_iter().unzip();
    let curve = SurvivalCurve { time, survival, se_log: None };
    Ok(json!({"curves": [curve_values("all", &curve, &numbers(&analysis["at"]))]}))
}

/// The rows behind a curve of a Cox model, each with its risk relative to that of the new row.
pub fn cox_rows(study: &Study, analysis: &Value) -> Result<Vec<Row>, String> {
    let (model, x, new) = with_new_row(study, analysis)?;
    let sides = Sides::read(text(analysis, "formula")?)?;
    let (time, event) = times(&study.data, &sides)?;
    let kept: Vec<usize> = (0..x.names().len()).filter(|&j| !model.collinear.contains(&x.names()[j])).collect();
    let relative =
        |i: usize| -> f64 { kept.iter().zip(&model.coefficients).map(|(&j, b)| b * (x.value(j, i) - new[j])).sum() };
    let mut rows = Vec::new();
    for i in (0..time.len()).filter(|&i| study.mask[i]) {
        let (risk, weight) = (relative(i).exp(), study.design.weights()[i]);
        if !(risk + time[i] + event[i]).is_nan() {
            rows.push(Row { time: time[i], is_event: event[i] == 1.0, weight, risk });
        }
    }
    Ok(rows)
}

/// The curve of a group, with standard errors or without.
fn curve(study: &Study, analysis: &Value, sides: &Sides, mask: &[bool]) -> Result<SurvivalCurve, String> {
    let (time, event) = times(&study.data, sides)?;
    let times = SurvivalTimes { time: &time, event: &event };
    let function = if flag(analysis, "se") || flag(analysis, "ci") { survival_with_errors } else { kaplan_meier };
    function(&study.design, &times, mask).map_err(|e| e.to_string())
}

fn curves(study: &Study, analysis: &Value) -> Result<Value, String> {
    let sides = Sides::read(text(analysis, "formula")?)?;
    let at = numbers(&analysis["at"]);
    if matches!(sides.right, Expr::Number(_)) {
        let found = curve(study, analysis, &sides, &study.mask)?;
        return Ok(json!({"curves": [curve_values("all", &found, &at)]}));
    }
    let groups = groups(study, &sides.right)?;
    let mut found = Vec::new();
    for (k, label) in groups.labels().iter().enumerate() {
        let mask: Vec<bool> = groups.codes().iter().zip(&study.mask).map(|(c, m)| *m && *c == k as u32).collect();
        found.push(curve_values(label, &curve(study, analysis, &sides, &mask)?, &at));
    }
    Ok(json!({"curves": found}))
}

pub fn groups(study: &Study, term: &Expr) -> Result<Codes, String> {
    match term {
        Expr::Name(column) => factor(&study.data, column),
        other => factor_response(&study.data, other),
    }
}

fn quantiles(study: &Study, analysis: &Value) -> Result<Value, String> {
    let sides = Sides::read(text(analysis, "formula")?)?;
    let found = curve(study, analysis, &sides, &study.mask)?;
    let shares = numbers(&analysis["probs"]);
    let level = analysis["level"].as_f64().unwrap_or(0.95);
    let limits = |p: &f64| {
        let (low, high) = found.quantile_interval(*p, level).unwrap_or((f64::NAN, f64::NAN));
        json!([value(low), value(high)])
    };
    Ok(json!({
        "survival_prob": shares, "time": shares.iter().map(|p| value(found.quantile(*p))).collect::<Vec<Value>>(),
        "ci": shares.iter().map(limits).collect::<Vec<Value>>(),
    }))
}

fn test(study: &Study, analysis: &Value) -> Result<Value, String> {
    let sides = Sides::read(text(analysis, "formula")?)?;
    let (time, event) = times(&study.data, &sides)?;
    let x = without_intercept(&predictors(&study.data, &sides.right, &study.mask, is_strata)?)?;
    let weights = match text(analysis, "method")? {
        "score" => LogRankWeights::CoxScore,
        _ => LogRankWeights::FlemingHarrington {
            rho: analysis["rho"].as_f64().unwrap_or(0.0),
            gamma: analysis["gamma"].as_f64().unwrap_or(0.0),
        },
    };
    let times = SurvivalTimes { time: &time, event: &event };
    let r = log_rank(&study.design, &times, &x, &study.mask, weights).map_err(|e| e.to_string())?;
    Ok(json!({
        "score": r.score[0], "se": r.se[0], "z": r.z[0], "p_value": r.p_value, "chisq": r.chi_squared,
    }))
}

fn parametric(study: &Study, analysis: &Value) -> Result<Value, String> {
    let sides = Sides::read(text(analysis, "formula")?)?;
    let (time, event) = times(&study.data, &sides)?;
    let x = predictors(&study.data, &sides.right, &study.mask, is_strata)?;
    let times = SurvivalTimes { time: &time, event: &event };
    let model = weibull(&study.design, &times, &x, &study.mask, 0.95).map_err(|e| e.to_string())?;
    Ok(json!({
        "estimates": coefficients(&model.names, &model.coefficients, &model.covariance), "scale": model.scale,
    }))
}
