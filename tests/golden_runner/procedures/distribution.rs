//! Distribution functions, histograms, densities.

use opros::estimate::{self, Variable};
use serde_json::{Value, json};

use super::text;
use crate::compare;
use crate::design::{Study, numbers};
use crate::frame::variables;

fn variable(study: &Study, analysis: &Value) -> Result<Variable<'static>, String> {
    variables(&study.data, text(analysis, "formula")?)?.into_iter().next().ok_or("no variable".to_string())
}

fn list(values: &[f64]) -> Value {
    values.iter().map(|v| compare::json(*v)).collect()
}

pub fn cdf(study: &Study, analysis: &Value) -> Result<Value, String> {
    let x = variable(study, analysis)?;
    let at = numbers(&analysis["at"]);
    let shares = estimate::cumulative_shares(x.values(), study.design.weights(), &at);
    Ok(json!({ "at": list(&at), "cdf": list(&shares) }))
}

pub fn histogram(study: &Study, analysis: &Value) -> Result<Value, String> {
    let x = variable(study, analysis)?;
    let breaks = numbers(&analysis["breaks"]);
    let density = estimate::histogram(x.values(), study.design.weights(), &breaks);
    Ok(json!({ "breaks": list(&breaks), "density": list(&density) }))
}

pub fn kernel_density(study: &Study, analysis: &Value) -> Result<Value, String> {
    let x = variable(study, analysis)?;
    let n = analysis["gridsize"].as_u64().unwrap_or(401) as usize;
    let bandwidth = analysis["bandwidth"].as_f64().ok_or("no bandwidth")?;
    let density = estimate::density(x.values(), study.design.weights(), bandwidth, n);
    // The cases keep every fortieth point of the grid.
    let step = (n - 1) / 10;
    let kept: Vec<(f64, f64)> = density.into_iter().step_by(step).collect();
    let (points, heights): (Vec<f64>, Vec<f64>) = kept.into_iter().unzip();
    Ok(json!({ "x": list(&points), "y": list(&heights) }))
}
