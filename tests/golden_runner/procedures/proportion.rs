//! Intervals of proportions.

use opros::design::Domains;
use opros::estimate::{self, ProportionInput, Statistic, Variable, proportion_interval};
use opros::model::{Family, GlmOptions, Link, ModelMatrix, Regression, glm};
use serde_json::Value;

use super::by::{ci_method, plain};
use super::means::{options, value_and_se};
use super::{number, object, text};
use crate::compare;
use crate::design::Study;
use crate::frame::terms;

pub fn ciprop(study: &Study, analysis: &Value) -> Result<Value, String> {
    let mut found = in_domain(study, analysis, &study.mask)?;
    found["df"] = compare::json(study.design.degf(None));
    Ok(found)
}

/// The proportion, its variance and its limits in a domain, on the degrees of freedom of the domain or those given.
pub fn in_domain(study: &Study, analysis: &Value, mask: &[bool]) -> Result<Value, String> {
    let word = text(analysis, "method")?;
    let method = ci_method(word)?;
    let terms = terms(&study.data, text(analysis, "formula")?)?;
    let variable = terms.first().ok_or("no variable")?.zero_one()?;
    let settings = options(study, analysis);
    let domain = Domains::mask("domain", mask);
    let design = &study.design;
    let mean = estimate::means(design, std::slice::from_ref(&variable), &domain, &plain(settings.missing));
    let mean = mean.map_err(|e| e.to_string())?;
    let (Some(p), Some(se)) = value_and_se(&mean, 0)? else {
        return Ok(object([
            ("estimate", Value::Null),
            ("var", Value::Null),
            ("ci_low", Value::Null),
            ("ci_high", Value::Null),
        ]));
    };
    let own = design.degf(Some(mask));
    // The beta interval keeps to the degrees of freedom of the design.
    let degf = match crate::design::number(&analysis["df"]) {
        Some(degf) if word != "beta" => degf,
        _ => own,
    };
    // Rows outside a domain are dropped only while weights are not adjusted.
    let n_rows = if mask == study.mask || !design.adjustments().is_empty() {
        study.n_rows
    } else {
        mask.iter().filter(|m| **m).count()
    };
    let base = mean.base(0);
    let variance = if word == "logit" && design.replicates().is_some() {
        // The model is refitted in each replicate, so the spread is that of the log-odds.
        let logit = estimate::statistic(design, &LogOdds(variable.values()), mask, &settings);
        let variance = logit.and_then(|l| l.variance(0)).map_err(|e| e.to_string())?;
        variance * (p * (1.0 - p)).powi(2)
    } else {
        se * se
    };
    let n = if word == "beta" { n_rows as f64 } else { base.n as f64 };
    let input = ProportionInput { p, variance, n, kish_n_eff: base.kish_n_eff(), degf, level: settings.level };
    let limits = match word {
        "likelihood" => profile(study, &variable, mask, &input)?,
        _ => proportion_interval(&input, method).map(|limits| (limits.low, limits.high)),
    };
    Ok(object([
        ("estimate", compare::json(p)),
        ("var", compare::json(se * se)),
        ("ci_low", number(limits.map(|l| l.0))),
        ("ci_high", number(limits.map(|l| l.1))),
    ]))
}

/// The profile of the intercept of a logistic model; R has none with replicate weights.
fn profile(
    study: &Study,
    variable: &Variable<'_>,
    mask: &[bool],
    input: &ProportionInput,
) -> Result<Option<(f64, f64)>, String> {
    if study.design.replicates().is_some() {
        return Ok(None);
    }
    let predictors = ModelMatrix::with_intercept(variable.values().len());
    let (family, link) = (Family::Binomial, Link::Logit);
    let regression = Regression { response: variable.values(), predictors: &predictors, family, link };
    let model = glm(&study.design, &regression, mask, &GlmOptions::default()).map_err(|e| e.to_string())?;
    let limits = model.profile_interval_as_r(0, input.level, input.degf).map_err(|e| e.to_string())?;
    let share = |b: f64| 1.0 / (1.0 + (-b).exp());
    Ok(Some((share(limits.0), share(limits.1))))
}

struct LogOdds<'a>(&'a [f64]);

impl Statistic for LogOdds<'_> {
    fn names(&self) -> Vec<String> {
        vec!["log-odds".to_string()]
    }

    fn values(&self, weights: &[f64]) -> Option<Vec<f64>> {
        let counted = || weights.iter().zip(self.0).filter(|(w, y)| **w != 0.0 && !y.is_nan());
        let sum_w: f64 = counted().map(|(w, _)| w).sum();
        let p = counted().map(|(w, y)| w * y).sum::<f64>() / sum_w;
        Some(vec![(p / (1.0 - p)).ln()])
    }

    fn scores(&self, weights: &[f64]) -> Vec<Vec<f64>> {
        vec![vec![0.0; weights.len()]]
    }
}
