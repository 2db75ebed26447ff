//! Meta-analysis.

use opros::analysis::meta::{
    MetaAnalysis, MetaTest, Moderator, ProportionMeasure, Tau2Method, Tau2Precision, egger, meta_analysis,
    meta_proportions, tau2_interval,
};
use serde_json::{Value, json};

use super::super::trends::arguments::{Arguments, text};

pub fn run(procedure: &str, a: &Arguments) -> Option<Result<Value, String>> {
    Some(match procedure {
        "meta_analysis" => pooled(a),
        "meta_prediction" => prediction(a),
        "meta_proportions" => proportions(a),
        "meta_tau2_ci" => between(a),
        "egger" => funnel(a),
        _ => return None,
    })
}

fn method(a: &Arguments) -> Result<Tau2Method, String> {
    Ok(match a.text("method")? {
        "FE" => Tau2Method::Fixed,
        "DL" => Tau2Method::DerSimonianLaird,
        "HE" => Tau2Method::HedgesOlkin,
        "SJ" => Tau2Method::SidikJonkman,
        "ML" => Tau2Method::MaximumLikelihood,
        "REML" => Tau2Method::Reml,
        "EB" => Tau2Method::EmpiricalBayes,
        "PM" => Tau2Method::PauleMandel,
        other => return Err(format!("method {other}")),
    })
}

fn fit(a: &Arguments) -> Result<MetaAnalysis, String> {
    let test = match a.text("test")? {
        "z" => MetaTest::Normal,
        "knha" => MetaTest::HartungKnapp,
        "adhoc" => MetaTest::HartungKnappAtLeastNormal,
        other => return Err(format!("test {other}")),
    };
    let columns: Vec<(String, Vec<f64>)> = a
        .value("moderators")
        .as_array()
        .into_iter()
        .flatten()
        .map(|m| (m["name"].as_str().unwrap_or_default().to_string(), crate::design::numbers(&m["values"])))
        .collect();
    let moderators: Vec<Moderator> =
        columns.iter().map(|(name, values)| Moderator { name: name.clone(), values }).collect();
    let (y, v) = (a.numbers("yi")?, a.numbers("vi")?);
    meta_analysis(&y, &v, &moderators, method(a)?, test, a.number_or("level", 0.95)).map_err(text)
}

fn pooled(a: &Arguments) -> Result<Value, String> {
    let r = fit(a)?;
    let estimates: Vec<Value> = r
        .coefficients
        .iter()
        .map(|c| {
            json!({
                "name": c.name, "estimate": c.estimate, "se": c.se, "ci_low": c.ci_low, "ci_high": c.ci_high,
                "p_value": c.p_value, "statistic": c.statistic,
            })
        })
        .collect();
    let h = r.heterogeneity;
    Ok(json!({
        "estimates": estimates, "tau2": h.tau2, "i2": h.i2, "h2": h.h2, "q": h.q, "q_p": h.q_p_value, "k": r.k,
    }))
}

fn prediction(a: &Arguments) -> Result<Value, String> {
    let p = fit(a)?.prediction();
    Ok(json!({
        "pred": p.value, "ci_low": p.ci_low, "ci_high": p.ci_high, "pi_low": p.pi_low, "pi_high": p.pi_high,
    }))
}

fn proportions(a: &Arguments) -> Result<Value, String> {
    let measure = match a.text("measure")? {
        "logit" => ProportionMeasure::Logit,
        "freeman-tukey" => ProportionMeasure::FreemanTukey,
        other => return Err(format!("measure {other}")),
    };
    let (x, n, level) = (a.numbers("x")?, a.numbers("n")?, a.number_or("level", 0.95));
    let r = meta_proportions(&x, &n, measure, method(a)?, MetaTest::Normal, level).map_err(text)?;
    Ok(json!({
        "estimate": r.estimate, "se": r.se, "tau2": r.tau2, "pooled": r.pooled, "low": r.low, "high": r.high,
    }))
}

fn between(a: &Arguments) -> Result<Value, String> {
    let r = tau2_interval(&a.numbers("yi")?, &a.numbers("vi")?, a.number_or("level", 0.95), Tau2Precision::AsR)
        .map_err(text)?;
    Ok(json!({"tau2_low": r.tau2_low, "tau2_high": r.tau2_high, "i2_low": r.i2_low, "i2_high": r.i2_high}))
}

fn funnel(a: &Arguments) -> Result<Value, String> {
    let r = egger(&a.numbers("yi")?, &a.numbers("vi")?).map_err(text)?;
    Ok(json!({"statistic": r.statistic, "p_value": r.p_value, "df": r.degf}))
}
