//! Generalized linear models.

use opros::estimate::wald_interval;
use opros::model::{
    Glm, GlmOptions, ModelMatrix, PseudoR2, Regression, Scale, TermTest, glm, likelihood_ratio_test, score_test,
    wald_test, working_wald_test,
};
use opros::numeric::dist::{StudentT, SumMethod};
use opros::numeric::matrix::Matrix;
use serde_json::{Map, Value, json};

use super::super::{flag, number, object, text};
use super::frame::{Sides, answered, family_and_link, predictors, response, term_name, with_new_rows};
use crate::compare::json as value;
use crate::data::Dataset;
use crate::design::{Study, numbers};
use crate::formula::{Expr, parse};

pub fn run(study: &Study, analysis: &Value) -> Option<Result<Value, String>> {
    Some(match analysis["procedure"].as_str().unwrap_or_default() {
        "glm" => report(study, analysis),
        "glm_confint" => confint(study, analysis),
        "glm_predict" => predict(study, analysis),
        "aic" => criteria(study, analysis),
        "pseudo_r2" => pseudo_r2(study, analysis),
        "regterm" => regterm(study, analysis),
        "score_test" => score(study, analysis),
        "predictive_margins" => margins(study, analysis),
        _ => return None,
    })
}

/// The model of a formula, and its predictors.
fn fit_formula(study: &Study, analysis: &Value, formula: &str) -> Result<(Glm, ModelMatrix), String> {
    let sides = Sides::read(formula)?;
    let y = response(&study.data, sides.left()?)?;
    let x = predictors(&study.data, &sides.right, &answered(&study.mask, &y), |_| false)?;
    let start = numbers(&analysis["start"]);
    // R takes the working weights of the step before the last, so where it stopped shows in the sixth digit. Its calls
    // stopped at 1e-13, at 1e-12 with start values, and at its default within predictive margins.
    let epsilon = match analysis["procedure"].as_str() {
        Some("predictive_margins") => 1e-8,
        _ if !start.is_empty() => 1e-12,
        _ => 1e-13,
    };
    let options = GlmOptions {
        level: analysis["level"].as_f64().unwrap_or(0.95),
        start: (!start.is_empty()).then_some(start),
        epsilon,
        ..GlmOptions::default()
    };
    let (family, link) = family_and_link(analysis)?;
    let regression = Regression { response: &y, predictors: &x, family, link };
    let model = glm(&study.design, &regression, &study.mask, &options).map_err(|e| e.to_string())?;
    Ok((model, x))
}

fn fit(study: &Study, analysis: &Value) -> Result<Glm, String> {
    Ok(fit_formula(study, analysis, text(analysis, "formula")?)?.0)
}

/// The rows of a matrix as JSON.
pub fn rows(matrix: &Matrix) -> Value {
    (0..matrix.n_rows()).map(|i| matrix.row(i).iter().map(|v| value(*v)).collect::<Vec<Value>>()).collect()
}

/// Names, values and standard errors as the schema has them.
pub fn coefficients(names: &[String], values: &[f64], covariance: &Matrix) -> Vec<Value> {
    let entry = |(j, name): (usize, &String)| json!({"name": name, "estimate": value(values[j]), "se": value(covariance[(j, j)].sqrt())});
    names.iter().enumerate().map(entry).collect()
}

fn report(study: &Study, analysis: &Value) -> Result<Value, String> {
    let model = fit(study, analysis)?;
    let covariance = match analysis["std_errors"].as_str() {
        None => model.covariance.clone(),
        Some(word) => return super::reduced_bias::report(&model, word),
    };
    let mut estimates = coefficients(&model.names, &model.coefficients, &covariance);
    let t_law = StudentT::new(model.df_residual).ok();
    let deffs = model.design_effects();
    let mut limits = Vec::new();
    for (j, entry) in estimates.iter_mut().enumerate() {
        let (b, se) = (model.coefficients[j], covariance[(j, j)].sqrt());
        let t = b / se;
        entry["t"] = value(t);
        entry["p_value"] = number(t_law.as_ref().map(|law| law.two_sided_sf(t.abs())));
        if flag(analysis, "deff") {
            entry["deff"] = value(deffs[j]);
        }
        let interval = wald_interval(b, se, model.df_residual, 0.95);
        limits.push(vec![number(interval.map(|i| i.low)), number(interval.map(|i| i.high))]);
    }
    let kept = Kept::of(study, &model);
    Ok(object([
        ("estimates", estimates.into()),
        ("vcov", rows(&covariance)),
        ("df", value(model.df_design)),
        ("df_residual", value(model.df_residual)),
        ("df_design", value(study.design.degf(None))),
        ("deviance", value(model.deviance * kept.per_row)),
        ("null_deviance", value(model.null_deviance * kept.per_row)),
        ("dispersion", number(model.dispersion().map_err(|e| e.to_string())?.map(|d| d * kept.answered))),
        ("n", (model.n + study.n_rows - kept.n).into()),
        ("conf_int_wald_t", json!(limits)),
    ]))
}

/// Once weights are adjusted, R keeps the rows outside a domain with weight 0: weights are scaled to mean 1 over them too, and
/// rows with a missing value count in the scale of the dispersion.
struct Kept {
    /// Rows of the domain.
    n: usize,
    per_row: f64,
    answered: f64,
}

impl Kept {
    fn of(study: &Study, model: &Glm) -> Self {
        let n = study.mask.iter().filter(|m| **m).count();
        let is_kept = !study.design.adjustments().is_empty() && study.design.replicates().is_none();
        let answered = if is_kept { model.n as f64 / n as f64 } else { 1.0 };
        Self { n, per_row: study.n_rows as f64 / n as f64, answered }
    }
}

fn confint(study: &Study, analysis: &Value) -> Result<Value, String> {
    let model = fit(study, analysis)?;
    let level = analysis["level"].as_f64().unwrap_or(0.95);
    let mut limits = Vec::new();
    for j in 0..model.coefficients.len() {
        let (low, high) = match text(analysis, "method")? {
            "likelihood" => model.profile_interval_as_r(j, level, model.df_residual).map_err(|e| e.to_string())?,
            _ => {
                let se = model.covariance[(j, j)].sqrt();
                let interval = wald_interval(model.coefficients[j], se, model.df_residual, level);
                interval.map_or((f64::NAN, f64::NAN), |i| (i.low, i.high))
            }
        };
        limits.push(vec![value(low), value(high)]);
    }
    Ok(json!({"conf_int": limits, "names": model.names}))
}

fn predict(study: &Study, analysis: &Value) -> Result<Value, String> {
    let model = fit(study, analysis)?;
    let sides = Sides::read(text(analysis, "formula")?)?;
    let (extended, n_new) = with_new_rows(&study.data, &analysis["newdata"])?;
    let y = response(&study.data, sides.left()?)?;
    // R's `predict` leaves offsets out.
    let is_offset = |term: &Expr| matches!(term, Expr::Call(name, _) if name == "offset");
    let x = predictors(&extended, &sides.right, &answered(&study.mask, &y), is_offset)?;
    let scale = if analysis["type"] == "link" { Scale::Link } else { Scale::Response };
    let all = model.predict(&x, scale).map_err(|e| e.to_string())?;
    let new = &all[all.len() - n_new..];
    let entry = |(i, p): (usize, &opros::model::Predicted)| json!({"row": i + 1, "estimate": value(p.value), "se": value(p.se)});
    Ok(json!({"estimates": new.iter().enumerate().map(entry).collect::<Vec<Value>>()}))
}

fn criteria(study: &Study, analysis: &Value) -> Result<Value, String> {
    let small = fit(study, analysis)?;
    let (largest, _) = fit_formula(study, analysis, text(analysis, "maximal")?)?;
    let mut aic = Vec::new();
    let mut bic = Vec::new();
    for model in [&small, &largest] {
        let a = model.aic().map_err(|e| e.to_string())?;
        aic.push(json!([a.effective_parameters, a.aic, a.mean_design_effect]));
        let b = model.bic(&largest).map_err(|e| e.to_string())?;
        bic.push(json!([b.n_parameters, b.bic, number(b.n_eff)]));
    }
    Ok(json!({
        "aic": aic, "aic_columns": ["eff.p", "AIC", "deltabar"], "bic": bic, "bic_columns": ["p", "BIC", "neff"],
    }))
}

fn pseudo_r2(study: &Study, analysis: &Value) -> Result<Value, String> {
    let kind = match text(analysis, "method")? {
        "Cox-Snell" => PseudoR2::CoxSnell,
        _ => PseudoR2::Nagelkerke,
    };
    Ok(json!({"value": fit(study, analysis)?.pseudo_r2(kind).map_err(|e| e.to_string())?}))
}

fn approximation(analysis: &Value) -> SumMethod {
    match analysis["approximation"].as_str() {
        Some("satterthwaite") => SumMethod::Satterthwaite,
        _ => SumMethod::Saddlepoint,
    }
}

fn regterm(study: &Study, analysis: &Value) -> Result<Value, String> {
    let model = fit(study, analysis)?;
    let term = term_name(model.terms(), text(analysis, "term")?)?;
    let degf = crate::design::number(&analysis["ddf"]);
    let test: TermTest = match text(analysis, "method")? {
        "Wald" => wald_test(&model, &term, degf),
        "WorkingWald" => working_wald_test(&model, &term, degf, approximation(analysis)),
        "LRT" => likelihood_ratio_test(&model, &term, degf, approximation(analysis)),
        other => return Err(format!("method {other}")),
    }
    .map_err(|e| e.to_string())?;
    let mut found = Map::new();
    let is_f = analysis["method"] == "Wald" && test.denominator_degf.is_finite();
    let per_row = if analysis["method"] == "Wald" { 1.0 } else { Kept::of(study, &model).per_row };
    found.insert(if is_f { "F" } else { "chisq" }.to_string(), value(per_row * test.statistic));
    found.insert("df".to_string(), test.n_coefficients.into());
    let has_none = analysis["method"] == "Wald" && test.denominator_degf.is_infinite();
    found.insert("ddf".to_string(), if has_none { json!([]) } else { value(test.denominator_degf) });
    found.insert("p_value".to_string(), value(test.p_value));
    found.insert("lambda".to_string(), test.lambda.iter().map(|l| value(per_row * l)).collect());
    Ok(found.into())
}

fn score(study: &Study, analysis: &Value) -> Result<Value, String> {
    let model = fit(study, analysis)?;
    let term = term_name(model.terms(), text(analysis, "drop")?)?;
    let test = score_test(&model, &term, None, approximation(analysis)).map_err(|e| e.to_string())?;
    Ok(json!({"statistic": test.statistic, "ddf": test.denominator_degf, "p_value": test.p_value}))
}

fn margins(study: &Study, analysis: &Value) -> Result<Value, String> {
    let group = parse(text(analysis, "adjust_for")?)?;
    let (terms, _) = group.terms();
    let group = terms.first().ok_or("nothing to adjust for")?;
    let formula = format!("{}+{}", text(analysis, "formula")?, group.print());
    let (model, x) = fit_formula(study, analysis, &formula)?;
    let columns = x.columns_of_term(&group.print()).map_err(|e| e.to_string())?;
    let labels = first_seen(&study.data, group, &study.mask)?;
    let mut scenarios = Vec::new();
    for label in &labels {
        let column = format!("{}{label}", group.print());
        let mut scenario = ModelMatrix::empty(x.n_rows());
        for term in x.terms() {
            let members = x.columns_of_term(term).map_err(|e| e.to_string())?;
            let fixed = |j: usize| match columns.contains(&j) {
                true => vec![f64::from(u8::from(x.names()[j] == column)); x.n_rows()],
                false => x.column(j),
            };
            let own = members.iter().map(|&j| (x.names()[j].clone(), fixed(j))).collect();
            scenario.term(term, own).map_err(|e| e.to_string())?;
        }
        scenarios.push((label.clone(), scenario));
    }
    // R predicts for the rows of the model without the group, also where the group itself is missing.
    let y = response(&study.data, Sides::read(&formula)?.left()?)?;
    let mut everybody = answered(&study.mask, &y);
    for (_, scenario) in &scenarios {
        for j in 0..scenario.names().len() {
            everybody.iter_mut().zip(scenario.column(j)).for_each(|(is_in, value)| *is_in &= !value.is_nan());
        }
    }
    let found = model.margins_over(&scenarios, &everybody, &|_| None).map_err(|e| e.to_string())?;
    let degf = study.design.degf(None);
    let entry = |(j, name): (usize, &String)| {
        let (m, se) = (found.values[j], found.covariance[(j, j)].sqrt());
        let limit = |degf: f64, is_low: bool| {
            number(wald_interval(m, se, degf, 0.95).map(|i| if is_low { i.low } else { i.high }))
        };
        json!({
            "name": name, "estimate": m, "se": se, "ci_low": limit(degf, true), "ci_high": limit(degf, false),
            "ci_z_low": limit(f64::INFINITY, true), "ci_z_high": limit(f64::INFINITY, false),
        })
    };
    Ok(json!({
        "estimates": found.names.iter().enumerate().map(entry).collect::<Vec<Value>>(),
        "df": value(degf), "ci_level": 0.95, "vcov": rows(&found.covariance),
    }))
}

/// The levels of a factor in the order in which they appear.
fn first_seen(data: &Dataset, term: &crate::formula::Expr, mask: &[bool]) -> Result<Vec<String>, String> {
    let crate::frame::Term::Factor { codes, .. } = crate::frame::evaluate(data, term)? else {
        return Err("not a factor".to_string());
    };
    let mut seen: Vec<String> = Vec::new();
    for (code, _) in codes.codes().iter().zip(mask).filter(|(_, m)| **m) {
        if let Some(label) = codes.labels().get(*code as usize)
            && !seen.contains(label)
        {
            seen.push(label.clone());
        }
    }
    Ok(seen)
}
