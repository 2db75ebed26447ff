//! Quantiles.

use opros::design::Domains;
use opros::estimate::{self, DegfRule, QuantileInterval, QuantileOptions, QuantileRule, Sorted, Variable};
use serde_json::{Value, json};

use super::by::{ci_method, plain};
use super::{flag, number, object, text};
use crate::compare;
use crate::design::{Study, numbers};
use crate::frame::variables;

/// The rule, limits, level and degrees of freedom that an analysis asks for.
pub fn settings(analysis: &Value) -> Result<QuantileOptions, String> {
    let rule = match analysis["qrule"].as_str().unwrap_or("math") {
        "math" | "hf1" => QuantileRule::Inverse,
        "school" | "hf2" => QuantileRule::Midpoint,
        "hf3" => QuantileRule::EvenRow,
        "hf4" => QuantileRule::Linear,
        "hf5" => QuantileRule::MidWeight,
        "hf6" => QuantileRule::Weibull,
        "hf7" => QuantileRule::Gumbel,
        "hf8" => QuantileRule::MedianUnbiased,
        "hf9" => QuantileRule::NormalUnbiased,
        "shahvaish" => QuantileRule::ShahVaish,
        other => return Err(format!("unsupported rule {other}")),
    };
    let interval = match analysis["interval_type"].as_str().unwrap_or("mean") {
        "score" => QuantileInterval::Score,
        "quantile" => QuantileInterval::Replicates,
        word => QuantileInterval::Woodruff(ci_method(word)?),
    };
    let degf = crate::design::number(&analysis["df"]).map_or(DegfRule::Domain, DegfRule::Fixed);
    Ok(QuantileOptions { rule, interval, level: level(analysis), degf })
}

fn level(analysis: &Value) -> f64 {
    let alpha = analysis["alpha"].as_f64().map(|alpha| 1.0 - alpha);
    alpha.or(analysis["level"].as_f64()).unwrap_or(0.95)
}

pub fn quantile(study: &Study, analysis: &Value) -> Result<Value, String> {
    let settings = settings(analysis)?;
    let domain = Domains::mask("all", &study.mask);
    let probs = numbers(&analysis["probs"]);
    let mut entries = Vec::new();
    for variable in variables(&study.data, text(analysis, "formula")?)? {
        let counts = |i: usize| study.mask[i] && study.design.weights()[i] != 0.0;
        let has_missing = (0..study.data.n_rows).any(|i| counts(i) && variable.values()[i].is_nan());
        let is_refused = has_missing && !flag(analysis, "na_rm");
        let found = estimate::quantiles(&study.design, &variable, &probs, &domain, &settings);
        for quantile in found.map_err(|e| e.to_string())? {
            let or_refused = |value: Option<f64>| number(value.filter(|_| !is_refused));
            entries.push(object([
                ("name", variable.name().into()),
                ("p", compare::json(quantile.p)),
                ("quantile", or_refused(quantile.value)),
                ("ci_low", or_refused(quantile.ci_low)),
                ("ci_high", or_refused(quantile.ci_high)),
                ("se", or_refused(quantile.se)),
            ]));
        }
    }
    Ok(object([("estimates", entries.into()), ("df", compare::json(study.design.degf(None)))]))
}

/// Linear interpolation between the points (C_i, x_i), constant beyond the ends; limits at p -/+ t times the standard error of
/// the share above the quantile.
pub fn old_quantile(study: &Study, analysis: &Value) -> Result<Value, String> {
    let domain = Domains::mask("all", &study.mask);
    let degf = study.design.degf(None);
    let mut entries = Vec::new();
    for variable in variables(&study.data, text(analysis, "formula")?)? {
        let sorted = Sorted::new(variable.values(), study.design.weights());
        for p in numbers(&analysis["probs"]) {
            let q = sorted.interpolated(p).ok_or("no values")?;
            let above = variable.values().iter().map(|x| if *x > q { 1.0 } else { 0.0 }).collect();
            let share = Variable::owned("above", above);
            let mean = estimate::means(&study.design, &[share], &domain, &plain(Default::default()));
            let se = mean.and_then(|m| m.variance(0)).map_err(|e| e.to_string())?.sqrt();
            let limits = estimate::wald_interval(p, se, degf, level(analysis)).ok_or("no degrees of freedom")?;
            entries.push(object([
                ("name", variable.name().into()),
                ("p", compare::json(p)),
                ("quantile", compare::json(q)),
                ("ci_low", number(sorted.interpolated(limits.low))),
                ("ci_high", number(sorted.interpolated(limits.high))),
            ]));
        }
    }
    Ok(json!({ "estimates": entries }))
}
