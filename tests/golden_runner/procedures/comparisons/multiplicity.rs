//! Many tests at once.

use opros::analysis::multiplicity::{Adjustment, adjust, combine};
use serde_json::{Value, json};

use super::super::trends::arguments::{Arguments, list, text};

pub fn run(procedure: &str, a: &Arguments) -> Option<Result<Value, String>> {
    Some(match procedure {
        "p_adjust" => p_adjust(a),
        "combine_p" => combine_p(a),
        _ => return None,
    })
}

/// P-values, of which some may be missing.
fn values(a: &Arguments) -> Result<Vec<f64>, String> {
    match a.value("p") {
        Value::Array(values) => Ok(values.iter().map(|v| v.as_f64().unwrap_or(f64::NAN)).collect()),
        _ => a.numbers("column"),
    }
}

fn p_adjust(a: &Arguments) -> Result<Value, String> {
    let method = match a.text("method")? {
        "holm" => Adjustment::Holm,
        "hochberg" => Adjustment::Hochberg,
        "hommel" => Adjustment::Hommel,
        "bonferroni" => Adjustment::Bonferroni,
        "BH" => Adjustment::BenjaminiHochberg,
        "BY" => Adjustment::BenjaminiYekutieli,
        other => return Err(format!("method {other}")),
    };
    let n_tests = a.has("n").then(|| a.count("n")).transpose()?;
    Ok(json!({"adjusted": list(&adjust(&values(a)?, method, n_tests).map_err(text)?)}))
}

fn combine_p(a: &Arguments) -> Result<Value, String> {
    let r = combine(&values(a)?).map_err(text)?;
    Ok(json!({
        "fisher_chisq": r.fisher_chi_squared, "fisher_p": r.fisher_p,
        "stouffer_z": r.stouffer_z, "stouffer_p": r.stouffer_p,
    }))
}
