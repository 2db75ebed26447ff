//! Counts and yes or no.

use opros::analysis::trend::counts::{Family, GlmFit, negative_binomial, rate_ratio_test, rate_test};
use opros::analysis::trend::regression::{Coefficient, HcKind};
use serde_json::{Value, json};

use super::arguments::{Arguments, list, text};
use super::models::estimates;
use crate::compare::json as number;

pub fn run(procedure: &str, a: &Arguments) -> Option<Result<Value, String>> {
    Some(match procedure {
        "glm_plain" => plain(a),
        "glm_nb" => negative(a),
        "glm_plain_robust" => robust(a),
        "poisson_test" => rates(a),
        _ => return None,
    })
}

fn family(a: &Arguments) -> Result<Family, String> {
    match a.text("family")? {
        "binomial" => Ok(Family::Binomial),
        "poisson" => Ok(Family::Poisson),
        "quasipoisson" => Ok(Family::QuasiPoisson),
        other => Err(format!("family {other}")),
    }
}

fn fitted(fit: &GlmFit, names: &[String], tests: &[Coefficient]) -> Value {
    json!({
        "estimates": estimates(names, tests), "deviance": fit.deviance, "null_deviance": fit.null_deviance,
        "aic": fit.aic, "df": fit.degf, "dispersion": fit.dispersion, "loglik": fit.log_likelihood,
        "theta": null, "theta_se": null,
    })
}

fn plain(a: &Arguments) -> Result<Value, String> {
    let model = a.model()?;
    let fit = GlmFit::of(&model.design, &model.y, model.offset.as_deref(), family(a)?).map_err(text)?;
    Ok(fitted(&fit, &model.names, &fit.tests().map_err(text)?))
}

fn negative(a: &Arguments) -> Result<Value, String> {
    let model = a.model()?;
    let fit = negative_binomial(&model.design, &model.y, model.offset.as_deref()).map_err(text)?;
    let mut out = fitted(&fit.glm, &model.names, &fit.glm.tests().map_err(text)?);
    out["aic"] = number(fit.aic);
    out["loglik"] = number(fit.log_likelihood);
    out["theta"] = number(fit.theta);
    out["theta_se"] = number(fit.theta_se);
    Ok(out)
}

fn robust(a: &Arguments) -> Result<Value, String> {
    let model = a.model()?;
    let fit = GlmFit::of(&model.design, &model.y, model.offset.as_deref(), family(a)?).map_err(text)?;
    let kind = if a.text("vcov")? == "HC1" { HcKind::Hc1 } else { HcKind::Hc0 };
    let covariance = fit.robust_covariance(kind).map_err(text)?;
    let tests = fit.normal_tests(&covariance).map_err(text)?;
    Ok(json!({"estimates": estimates(&model.names, &tests)}))
}

fn rates(a: &Arguments) -> Result<Value, String> {
    let (events, times) = (a.numbers("x")?, a.numbers("time")?);
    let (null, level) = (a.number_or("null_rate", 1.0), a.number_or("level", 0.95));
    match (events.as_slice(), times.as_slice()) {
        ([x], [t]) => {
            let r = rate_test(*x as u64, *t, null, level).map_err(text)?;
            Ok(json!({
                "statistic": x, "parameter": {"time base": t}, "p_value": r.p_value, "estimate": r.rate,
                "conf_int": list(&[r.low, r.high]), "conf_level": level,
            }))
        }
        ([x1, x2], [t1, t2]) => {
            let r = rate_ratio_test([*x1 as u64, *x2 as u64], [*t1, *t2], null, level).map_err(text)?;
            // R prints what the null ratio expects the other way round; the test does not use it.
            let expected = (x1 + x2) * null * t1 / (t1 + null * t2);
            Ok(json!({
                "statistic": x1, "parameter": {"expected count1": expected}, "p_value": r.p_value,
                "estimate": number(r.ratio), "conf_int": list(&[r.low, r.high]), "conf_level": level,
            }))
        }
        _ => Err("one or two counts with as many times".to_string()),
    }
}
