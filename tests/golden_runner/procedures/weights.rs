//! Weights, and descriptives of a weighted sample without a design.

use opros::weighting::{WeightSummary, nonresponse};
use serde_json::{Value, json};

use super::{object, text};
use crate::compare;
use crate::data::Dataset;
use crate::design::{Study, conditions, strings};
use crate::frame::Grouping;

pub fn kish(data: &Dataset, analysis: &Value) -> Result<Value, String> {
    let summary = WeightSummary::of(&data.numbers(text(analysis, "weights")?)?);
    Ok(json!({
        "n": summary.n,
        "deff": summary.kish_deff(),
        "n_eff": summary.n_eff(),
        "cv2": summary.cv2(),
        "sum": summary.sum,
    }))
}

pub fn nonresponse_adjust(data: &Dataset, analysis: &Value) -> Result<Value, String> {
    let weights = data.numbers(text(analysis, "weights")?)?;
    let cells = Grouping::new(data, &strings(&analysis["cells"]), &vec![true; data.n_rows])?;
    let respondents = conditions(data, &analysis["respondent"])?;
    let adjusted = nonresponse(&weights, &cells.codes, &respondents).map_err(|e| e.to_string())?;
    let factor = |(d, f): (usize, &f64)| {
        let mut entry = cells.domain(d);
        entry["factor"] = compare::json(*f);
        entry
    };
    let factors: Vec<Value> = adjusted.factors.iter().enumerate().map(factor).collect();
    let summary = WeightSummary::of(&adjusted.weights);
    Ok(json!({ "factors": factors, "sum": summary.sum, "sum_sq": summary.sum_sq }))
}

pub fn joint_collapse(study: &Study, analysis: &Value) -> Result<Value, String> {
    let cells = Grouping::new(&study.data, &strings(&analysis["variables"]), &study.mask)?;
    let mut totals = vec![0.0; cells.levels.len()];
    for (&code, w) in cells.codes.codes().iter().zip(study.design.weights()) {
        if let Some(total) = totals.get_mut(code as usize) {
            *total += w;
        }
    }
    let cell = |(d, total): (usize, &f64)| {
        let mut entry = cells.domain(d);
        entry["total"] = compare::json(*total);
        entry
    };
    Ok(json!({ "cells": totals.iter().enumerate().map(cell).collect::<Vec<Value>>() }))
}

/// Conventions for weights that count repetitions (frequency) or precision (reliability).
pub fn weighted_descriptives(data: &Dataset, analysis: &Value) -> Result<Value, String> {
    let weights = data.numbers(text(analysis, "weights")?)?;
    let x = data.numbers(text(analysis, "variable")?)?;
    let pairs: Vec<(f64, f64)> = x.iter().zip(&weights).filter(|(x, _)| !x.is_nan()).map(|(x, w)| (*x, *w)).collect();
    let w: Vec<f64> = pairs.iter().map(|p| p.1).collect();
    let summary = WeightSummary::of(&w);
    let mean = pairs.iter().map(|(x, w)| w * x).sum::<f64>() / summary.sum;
    let spread: f64 = pairs.iter().map(|(x, w)| w * (x - mean) * (x - mean)).sum();
    let scores: f64 = pairs.iter().map(|(x, w)| (w * (x - mean)).powi(2)).sum();
    let reliability = spread / (summary.sum - summary.sum_sq / summary.sum);
    Ok(object([
        ("mean", compare::json(mean)),
        ("var_pop", compare::json(spread / summary.sum)),
        ("var_frequency", compare::json(spread / (summary.sum - 1.0))),
        ("var_reliability", compare::json(reliability)),
        ("se_design_free", compare::json(scores.sqrt() / summary.sum)),
    ]))
}
