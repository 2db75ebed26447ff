//! Regressions on time.

use opros::analysis::trend::regression::{
    Coefficient, HcKind, LinearFit, NeweyWest, heteroskedastic_covariance, newey_west_bandwidth,
};
use serde_json::{Value, json};

use super::arguments::{Arguments, text};
use crate::compare::json as number;

pub fn run(procedure: &str, a: &Arguments) -> Option<Result<Value, String>> {
    Some(match procedure {
        "lm" => linear(a),
        "interrupted_time_series" => interrupted(a),
        "bandwidth" => bandwidth(a),
        _ => return None,
    })
}

/// Coefficients with tests; the statistic under both names that cases use.
pub fn estimates(names: &[String], tests: &[Coefficient]) -> Value {
    let one = |(name, c): (&String, &Coefficient)| {
        json!({
            "name": name, "estimate": number(c.estimate), "se": number(c.se), "t": number(c.statistic),
            "z": number(c.statistic), "p_value": number(c.p_value),
        })
    };
    names.iter().zip(tests).map(one).collect()
}

fn linear(a: &Arguments) -> Result<Value, String> {
    let model = a.model()?;
    let weights = if a.has("weights") { Some(a.numbers("weights")?) } else { None };
    // An offset is a known part of the response.
    let y: Vec<f64> = match &model.offset {
        Some(offset) => model.y.iter().zip(offset).map(|(y, o)| y - o).collect(),
        None => model.y,
    };
    let fit = LinearFit::of(&model.design, &y, weights.as_deref()).map_err(text)?;
    let tests = fit.tests(&fit.covariance()).map_err(text)?;
    Ok(json!({
        "estimates": estimates(&model.names, &tests), "r_squared": fit.r_squared, "sigma": fit.sigma, "df": fit.degf,
    }))
}

fn interrupted(a: &Arguments) -> Result<Value, String> {
    let model = a.model()?;
    let fit = LinearFit::of(&model.design, &model.y, None).map_err(text)?;
    let covariance = match a.text("hac")? {
        "HC0" => heteroskedastic_covariance(&fit, HcKind::Hc0),
        "HC1" => heteroskedastic_covariance(&fit, HcKind::Hc1),
        "HC2" => heteroskedastic_covariance(&fit, HcKind::Hc2),
        "HC3" => heteroskedastic_covariance(&fit, HcKind::Hc3),
        "HC4" => heteroskedastic_covariance(&fit, HcKind::Hc4),
        "newey-west" => {
            let prewhite = a.number_or("prewhite", 0.0) > 0.0 || a.flag("prewhite");
            let lag = if a.has("lag") {
                a.count("lag")?
            } else {
                newey_west_bandwidth(&fit, prewhite).map_err(text)?.floor() as usize
            };
            NeweyWest { lag, prewhite, small_sample: a.flag("small_sample") }.covariance(&fit)
        }
        other => return Err(format!("errors of kind {other}")),
    };
    let tests = fit.tests(&covariance.map_err(text)?).map_err(text)?;
    Ok(json!({"estimates": estimates(&model.names, &tests)}))
}

fn bandwidth(a: &Arguments) -> Result<Value, String> {
    let model = a.model()?;
    let fit = LinearFit::of(&model.design, &model.y, None).map_err(text)?;
    Ok(json!({
        "bandwidth": newey_west_bandwidth(&fit, false).map_err(text)?,
        "bandwidth_prewhite": newey_west_bandwidth(&fit, true).map_err(text)?,
    }))
}
