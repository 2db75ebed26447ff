//! Models beside the generalized linear ones.

use opros::model::{
    Coefficients, ModelMatrix, NonlinearScores, Ordinal, OrdinalInformation, OrdinalLink, Scaling, factor_analysis,
    instrumental_variables, nonlinear_least_squares, normal_location_scale, ordinal, principal_components,
};
use serde_json::{Value, json};

use super::super::text;
use super::frame::{Sides, factor_response, predictors, response, with_new_rows};
use super::glm::{coefficients, rows};
use crate::compare::json as value;
use crate::data::Dataset;
use crate::design::{Study, numbers};
use crate::formula::Expr;
use crate::frame::variables;

pub fn run(study: &Study, analysis: &Value) -> Option<Result<Value, String>> {
    Some(match analysis["procedure"].as_str().unwrap_or_default() {
        "olr" => ordinal_report(study, analysis),
        "olr_predict" => ordinal_predict(study, analysis),
        "ivreg" => instruments(study, analysis),
        "nls" => nonlinear(study, analysis),
        "mle" => location_scale(study, analysis),
        "prcomp" => components(study, analysis),
        "factanal" => factors(study, analysis),
        _ => return None,
    })
}

fn slopes(data: &Dataset, right: &Expr, rows: &[bool]) -> Result<ModelMatrix, String> {
    super::survival::without_intercept(&predictors(data, right, rows, |_| false)?)
}

fn fit_ordinal(study: &Study, analysis: &Value) -> Result<Ordinal, String> {
    let sides = Sides::read(text(analysis, "formula")?)?;
    let answers = factor_response(&study.data, sides.left()?)?;
    let x = slopes(&study.data, &sides.right, &study.mask)?;
    let link = match text(analysis, "link")? {
        "logistic" => OrdinalLink::Logistic,
        "probit" => OrdinalLink::Probit,
        "cloglog" => OrdinalLink::LogLog,
        other => return Err(format!("link {other}")),
    };
    ordinal(&study.design, &answers, &x, link, &study.mask, 0.95, OrdinalInformation::AsR).map_err(|e| e.to_string())
}

fn ordinal_report(study: &Study, analysis: &Value) -> Result<Value, String> {
    let model = fit_ordinal(study, analysis)?;
    Ok(json!({
        "estimates": coefficients(&model.names, &model.coefficients, &model.covariance),
        "vcov": rows(&model.covariance),
    }))
}

fn ordinal_predict(study: &Study, analysis: &Value) -> Result<Value, String> {
    let model = fit_ordinal(study, analysis)?;
    let sides = Sides::read(text(analysis, "formula")?)?;
    let (extended, n_new) = with_new_rows(&study.data, &analysis["newdata"])?;
    let all = model.probabilities(&slopes(&extended, &sides.right, &study.mask)?).map_err(|e| e.to_string())?;
    Ok(json!({"levels": model.levels, "probabilities": &all[all.len() - n_new..]}))
}

fn report(model: &Coefficients) -> Value {
    json!({
        "estimates": coefficients(&model.names, &model.values, &model.covariance),
        "vcov": rows(&model.covariance), "df": value(model.df_design),
    })
}

fn instruments(study: &Study, analysis: &Value) -> Result<Value, String> {
    let (left, right) = text(analysis, "formula")?.split_once('~').ok_or("a formula without ~")?;
    let (before, behind) = right.split_once('|').ok_or("no instruments")?;
    let y = response(&study.data, Sides::read(&format!("{left}~1"))?.left()?)?;
    let side = |part: &str| predictors(&study.data, &Sides::read(&format!("~{part}"))?.right, &study.mask, |_| false);
    let (x, z) = (side(before)?, side(behind)?);
    let model = instrumental_variables(&study.design, &y, &x, &z, &study.mask, 0.95);
    Ok(report(&model.map_err(|e| e.to_string())?))
}

fn nonlinear(study: &Study, analysis: &Value) -> Result<Value, String> {
    let sides = Sides::read(text(analysis, "formula")?)?;
    let y = response(&study.data, sides.left()?)?;
    let table = analysis["start"].as_object().ok_or("no start values")?;
    let start: Vec<(String, f64)> =
        table.iter().map(|(name, v)| (name.clone(), v.as_f64().unwrap_or(f64::NAN))).collect();
    let mean = |at: &[f64]| -> Vec<f64> {
        let parameter = |name: &str| start.iter().position(|s| s.0 == name).map(|j| at[j]);
        evaluate(&study.data, &sides.right, &parameter).unwrap_or_default()
    };
    let model = nonlinear_least_squares(&study.design, &y, mean, &start, &study.mask, 0.95, NonlinearScores::AsR);
    Ok(report(&model.map_err(|e| e.to_string())?))
}

/// Arithmetic with columns and parameters, row by row.
fn evaluate(data: &Dataset, expr: &Expr, parameter: &impl Fn(&str) -> Option<f64>) -> Result<Vec<f64>, String> {
    let map = |inner: &Expr, f: fn(f64) -> f64| {
        Ok(evaluate(data, inner, parameter)?.into_iter().map(f).collect::<Vec<f64>>())
    };
    match expr {
        Expr::Number(v) => Ok(vec![*v; data.n_rows]),
        Expr::Name(name) => parameter(name).map_or_else(|| data.numbers(name), |v| Ok(vec![v; data.n_rows])),
        Expr::Minus(inner) => map(inner, |v| -v),
        Expr::Call(name, inner) => match (name.as_str(), inner.as_slice()) {
            ("exp", [inner]) => map(inner, f64::exp),
            ("log", [inner]) => map(inner, f64::ln),
            ("sqrt", [inner]) => map(inner, f64::sqrt),
            _ => Err(format!("function {name}")),
        },
        Expr::Binary(op, left, right) => {
            let (a, b) = (evaluate(data, left, parameter)?, evaluate(data, right, parameter)?);
            let apply = |(x, y): (&f64, &f64)| match op.as_str() {
                "+" => x + y,
                "-" => x - y,
                "*" => x * y,
                "/" => x / y,
                _ => x.powf(*y),
            };
            Ok(a.iter().zip(&b).map(apply).collect())
        }
        other => Err(format!("not arithmetic: {}", other.print())),
    }
}

fn location_scale(study: &Study, analysis: &Value) -> Result<Value, String> {
    let formulas = &analysis["formulas"];
    let mean = Sides::read(text(formulas, "mean")?)?;
    let y = response(&study.data, mean.left()?)?;
    let x = predictors(&study.data, &mean.right, &study.mask, |_| false)?;
    let z = predictors(&study.data, &Sides::read(text(formulas, "sd")?)?.right, &study.mask, |_| false)?;
    let start = [numbers(&analysis["start"]["mean"]), numbers(&analysis["start"]["sd"])].concat();
    let found = normal_location_scale(&study.design, &y, &x, &z, &start, &study.mask, 0.95);
    let (model, log_likelihood) = found.map_err(|e| e.to_string())?;
    let mut entries = report(&model);
    entries["loglik"] = value(log_likelihood);
    Ok(entries)
}

fn components(study: &Study, analysis: &Value) -> Result<Value, String> {
    let variables = variables(&study.data, text(analysis, "formula")?)?;
    let is_scaled = analysis["scale"].as_bool().unwrap_or(false);
    let found = principal_components(&study.design, &variables, is_scaled, Scaling::AsR, &study.mask);
    let found = found.map_err(|e| e.to_string())?;
    let size = |i: usize| found.loadings.row(i).iter().map(|v| value(v.abs())).collect::<Vec<Value>>();
    Ok(json!({
        "sdev": found.deviations, "names": found.names,
        "abs_rotation": (0..found.names.len()).map(size).collect::<Vec<_>>(),
    }))
}

fn factors(study: &Study, analysis: &Value) -> Result<Value, String> {
    let variables = variables(&study.data, text(analysis, "formula")?)?;
    let n_factors = analysis["factors"].as_u64().unwrap_or(0) as usize;
    let found = factor_analysis(&study.design, &variables, n_factors, &study.mask).map_err(|e| e.to_string())?;
    Ok(json!({"uniquenesses": found.uniquenesses, "n_effective": found.n_eff}))
}
