//! Dependence in time.

use opros::analysis::trend::regression::LinearFit;
use opros::analysis::trend::series as stat;
use serde_json::{Value, json};

use super::arguments::{Arguments, list, text};

pub fn run(procedure: &str, a: &Arguments) -> Option<Result<Value, String>> {
    Some(match procedure {
        "acf" => correlations(a),
        "ljung_box" => ljung_box(a),
        "durbin_watson" => durbin_watson(a),
        "arima" => autoregression(a),
        _ => return None,
    })
}

fn correlations(a: &Arguments) -> Result<Value, String> {
    let (y, lags) = (a.numbers("column")?, a.count("lags")?);
    Ok(json!({
        "acf": list(&stat::autocorrelations(&y, lags).map_err(text)?),
        "pacf": list(&stat::partial_autocorrelations(&y, lags).map_err(text)?),
    }))
}

fn ljung_box(a: &Arguments) -> Result<Value, String> {
    let r = stat::ljung_box(&a.numbers("column")?, a.count("lag")?, 0).map_err(text)?;
    Ok(json!({"statistic": r.statistic, "parameter": {"df": r.degf}, "p_value": r.p_value}))
}

fn durbin_watson(a: &Arguments) -> Result<Value, String> {
    let model = a.model()?;
    let fit = LinearFit::of(&model.design, &model.y, None).map_err(text)?;
    Ok(json!({"dw": stat::durbin_watson(&fit.residuals).map_err(text)?}))
}

fn autoregression(a: &Arguments) -> Result<Value, String> {
    if a.numbers("order")? != [1.0, 0.0, 0.0] {
        return Err("only a first-order autoregression".to_string());
    }
    let r = stat::first_order_autoregression(&a.numbers("column")?).map_err(text)?;
    Ok(json!({"ar1": r.phi, "mean": r.mean, "sigma2": r.sigma2, "loglik": r.log_likelihood}))
}
