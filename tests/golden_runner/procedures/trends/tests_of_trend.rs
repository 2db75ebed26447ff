//! Tests of monotone trends.

use opros::analysis::trend::monotone::{
    Autocorrelation, cochran_armitage, jonckheere_terpstra, mann_kendall, sen_slope,
};
use serde_json::{Value, json};

use super::arguments::{Arguments, text};

pub fn run(procedure: &str, a: &Arguments) -> Option<Result<Value, String>> {
    Some(match procedure {
        "cochran_armitage" => shares(a),
        "mann_kendall" => kendall(a),
        "theil_sen" => theil_sen(a),
        "jonckheere_terpstra" => groups(a),
        _ => return None,
    })
}

fn shares(a: &Arguments) -> Result<Value, String> {
    let r = cochran_armitage(&a.numbers("x")?, &a.numbers("n")?, &a.numbers("score")?).map_err(text)?;
    Ok(json!({"statistic": r.chi_squared, "parameter": {"df": 1}, "p_value": r.p_value}))
}

fn kendall(a: &Arguments) -> Result<Value, String> {
    let y = a.numbers("column")?;
    let times: Vec<f64> = (0..y.len()).map(|i| i as f64).collect();
    let r = mann_kendall(&y, &times, Autocorrelation::Ignored).map_err(text)?;
    let line = sen_slope(&y, &times, a.number_or("level", 0.95)).map_err(text)?;
    Ok(json!({
        "S": r.s, "var_S": r.variance, "z": r.z, "p_value": r.p_value, "tau_a": r.tau_a, "tau_b": r.tau_b,
        "sen_slope": line.slope, "sen_intercept_conover": line.intercept, "sen_low": line.low, "sen_high": line.high,
    }))
}

fn theil_sen(a: &Arguments) -> Result<Value, String> {
    let line = sen_slope(&a.numbers("y")?, &a.numbers("x")?, 0.95).map_err(text)?;
    Ok(json!({"slope": line.slope, "intercept": line.intercept}))
}

fn groups(a: &Arguments) -> Result<Value, String> {
    let r = jonckheere_terpstra(&a.table("groups")?).map_err(text)?;
    Ok(json!({"J": r.j, "mean": r.mean, "var_no_ties": r.variance_no_ties, "z": r.z_no_ties}))
}
