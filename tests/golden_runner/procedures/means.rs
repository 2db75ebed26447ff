//! Means, totals and ratios.

use opros::design::Domains;
use opros::estimate::{
    self, DeffReference, DegfRule, Estimate, Estimates, MissingOutcome, Options, Variable, wald_interval,
};
use serde_json::{Map, Value, json};

use super::{flag, number, object, text};
use crate::compare;
use crate::design::{Study, strings};
use crate::frame::variables;

/// The options that an analysis asks for; degrees of freedom are those of the whole (sub)design.
pub fn options(study: &Study, analysis: &Value) -> Options {
    Options {
        level: analysis["level"].as_f64().unwrap_or(0.95),
        missing: if flag(analysis, "na_rm") { MissingOutcome::Exclude } else { MissingOutcome::Refuse },
        degf: DegfRule::Fixed(study.design.degf(None)),
        deff: match &analysis["deff"] {
            Value::String(word) if word == "replace" => DeffReference::WithReplacement,
            _ => DeffReference::WithoutReplacement,
        },
        ..Options::default()
    }
}

/// The value and the standard error of an estimate; the error is also read where the engine marks it as not estimable.
pub fn value_and_se(estimates: &Estimates, index: usize) -> Result<(Option<f64>, Option<f64>), String> {
    let estimate = estimates.get(index).ok_or("no such estimate")?;
    let se = match (estimate.value, estimate.se) {
        (None, _) => None,
        (_, Some(se)) => Some(se),
        (Some(_), None) => Some(estimates.variance(index).map_err(|e| e.to_string())?.sqrt()),
    };
    Ok((estimate.value, se))
}

/// An estimate with t limits and normal limits.
pub fn entry(name: &str, estimate: &Estimate, se: Option<f64>, degf: f64) -> Value {
    let limits = |degf: f64| {
        let (value, se) = estimate.value.zip(se)?;
        wald_interval(value, se, degf, estimate.level)
    };
    let (t, z) = (limits(degf), limits(f64::INFINITY));
    object([
        ("name", name.into()),
        ("estimate", number(estimate.value)),
        ("se", number(se)),
        ("ci_low", number(t.map(|l| l.low))),
        ("ci_high", number(t.map(|l| l.high))),
        ("ci_z_low", number(z.map(|l| l.low))),
        ("ci_z_high", number(z.map(|l| l.high))),
        ("deff", number(estimate.deff)),
    ])
}

/// A covariance matrix, undefined where an estimate is.
pub fn vcov(estimates: &Estimates, order: &[usize]) -> Result<Value, String> {
    let matrix = estimates.covariance(order).map_err(|e| e.to_string())?;
    let is_defined = |i: usize| estimates.get(order[i]).is_some_and(|e| e.value.is_some());
    let rows = matrix.iter().enumerate().map(|(i, row)| {
        let entry = |(j, v): (usize, &f64)| number((is_defined(i) && is_defined(j)).then_some(*v));
        row.iter().enumerate().map(entry).collect::<Vec<Value>>()
    });
    Ok(json!(rows.collect::<Vec<_>>()))
}

/// Everything that the schema asks of a set of estimates.
pub fn report(study: &Study, estimates: &Estimates, level: f64) -> Result<Value, String> {
    let degf = study.design.degf(None);
    let mut entries = Vec::new();
    for i in 0..estimates.len() {
        let estimate = estimates.get(i).ok_or("no such estimate")?;
        entries.push(entry(estimates.name(i), estimate, value_and_se(estimates, i)?.1, degf));
    }
    let order: Vec<usize> = (0..estimates.len()).collect();
    Ok(object([
        ("estimates", entries.into()),
        ("df", compare::json(degf)),
        ("ci_level", compare::json(level)),
        ("vcov", vcov(estimates, &order)?),
        ("weights", weights(study)),
    ]))
}

/// The final weights: rows dropped by a subset before any adjustment do not count.
fn weights(study: &Study) -> Value {
    let all = study.design.weights();
    let kept: Vec<f64> = if study.n_rows == all.len() {
        all.to_vec()
    } else {
        all.iter().zip(&study.mask).filter(|(_, m)| **m).map(|(w, _)| *w).collect()
    };
    let n = kept.len();
    // Eight rows spread over the sample, counted from 1.
    let rows: Vec<usize> = (0..8).map(|k| 1 + round_half_even(k as f64 * (n as f64 - 1.0) / 7.0)).collect();
    let values: Vec<Value> = rows.iter().map(|r| compare::json(kept[r - 1])).collect();
    object([
        ("n", n.into()),
        ("sum", compare::json(kept.iter().sum())),
        ("sum_sq", compare::json(kept.iter().map(|w| w * w).sum())),
        ("min", compare::json(kept.iter().copied().fold(f64::INFINITY, f64::min))),
        ("max", compare::json(kept.iter().copied().fold(f64::NEG_INFINITY, f64::max))),
        ("rows", rows.into()),
        ("values", values.into()),
    ])
}

fn round_half_even(x: f64) -> usize {
    x.round_ties_even() as usize
}

pub fn mean_or_total(study: &Study, analysis: &Value) -> Result<Value, String> {
    let variables = variables(&study.data, text(analysis, "formula")?)?;
    let options = options(study, analysis);
    let domain = Domains::mask("all", &study.mask);
    let function = if analysis["procedure"] == "mean" { estimate::means } else { estimate::totals };
    let estimates = function(&study.design, &variables, &domain, &options).map_err(|e| e.to_string())?;
    report(study, &estimates, options.level)
}

pub fn cv(study: &Study, analysis: &Value) -> Result<Value, String> {
    let variables = variables(&study.data, text(analysis, "formula")?)?;
    let domain = Domains::mask("all", &study.mask);
    let options = options(study, analysis);
    let means = estimate::means(&study.design, &variables, &domain, &options).map_err(|e| e.to_string())?;
    let mut entries = Vec::new();
    for i in 0..means.len() {
        let cv = means.get(i).and_then(estimate::Estimate::cv);
        entries.push(object([("name", means.name(i).into()), ("cv", number(cv))]));
    }
    Ok(json!({ "estimates": entries }))
}

/// All pairs of numerators and denominators, the numerator fastest.
pub fn pairs(
    study: &Study,
    analysis: &Value,
    numerator: &str,
) -> Result<Vec<(Variable<'static>, Variable<'static>)>, String> {
    let above = variables(&study.data, text(analysis, numerator)?)?;
    let below = variables(&study.data, text(analysis, "denominator")?)?;
    Ok(below.iter().flat_map(|x| above.iter().map(move |y| (y.clone(), x.clone()))).collect())
}

fn ratios(study: &Study, analysis: &Value, domains: &Domains) -> Result<Estimates, String> {
    let pairs = pairs(study, analysis, "numerator")?;
    estimate::ratios(&study.design, &pairs, domains, &options(study, analysis)).map_err(|e| e.to_string())
}

pub fn ratio(study: &Study, analysis: &Value) -> Result<Value, String> {
    let estimates = ratios(study, analysis, &Domains::mask("all", &study.mask))?;
    let mut found = report(study, &estimates, options(study, analysis).level)?;
    if let Some([estimate]) = estimates.iter().collect::<Vec<_>>().first_chunk() {
        found["deff"] = number(estimate.deff);
    }
    Ok(found)
}

pub fn ratio_separate(study: &Study, design: &Value, analysis: &Value) -> Result<Value, String> {
    let column = strings(&design["strata"]).first().cloned().ok_or("the design has no strata")?;
    let codes = study.data.codes(&column)?;
    let estimates = ratios(study, analysis, &Domains::by(&codes).within(&study.mask))?;
    let mut ratios = Map::new();
    for i in 0..estimates.len() {
        let (value, se) = value_and_se(&estimates, i)?;
        let entry = object([("ratio", number(value)), ("var", number(se.map(|se| se * se)))]);
        ratios.insert(estimates.domain(i).to_string(), entry);
    }
    Ok(json!({ "ratios": ratios }))
}

pub fn ratio_total(study: &Study, analysis: &Value) -> Result<Value, String> {
    let estimates = ratios(study, analysis, &Domains::mask("all", &study.mask))?;
    let (value, se) = value_and_se(&estimates, 0)?;
    let total = analysis["total"].as_f64().ok_or("no total")?;
    Ok(object([("total", number(value.map(|r| r * total))), ("se", number(se.map(|se| se * total)))]))
}
