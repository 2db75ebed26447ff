//! One function a procedure: from arguments to the numbers of the case schema.

mod by;
mod comparisons;
mod contrast;
mod distribution;
mod expression;
mod means;
mod moments;
mod proportion;
mod quantile;
mod replicates;
mod standardize;
mod trends;
mod weights;

pub use comparisons::disputed::self_test;
use serde_json::{Map, Value, json};

use crate::compare;
use crate::data::Library;
use crate::design::Study;

/// Runs a case.
pub fn run(library: &mut Library, dataset: Option<&str>, design: &Value, analysis: &Value) -> Result<Value, String> {
    let procedure = analysis["procedure"].as_str().unwrap_or_default();
    if design["kind"] == "none" {
        if let Some(found) = trends::run(library, dataset, analysis) {
            return found;
        }
        if let Some(found) = comparisons::run_plain(library, dataset, analysis) {
            return found;
        }
        let data = library.get(dataset.ok_or("the case names no data set")?)?;
        return match procedure {
            "nonresponse_adjust" => weights::nonresponse_adjust(&data, analysis),
            "weighted_descriptives" => weights::weighted_descriptives(&data, analysis),
            "kish" => weights::kish(&data, analysis),
            other => Err(format!("unsupported procedure {other}")),
        };
    }
    let study = Study::read(library, dataset, design)?;
    if let Some(found) = comparisons::run(&study, analysis) {
        return found;
    }
    match procedure {
        "mean" | "total" => means::mean_or_total(&study, analysis),
        "cv" => means::cv(&study, analysis),
        "ratio" => means::ratio(&study, analysis),
        "ratio_separate" => means::ratio_separate(&study, design, analysis),
        "ratio_total" => means::ratio_total(&study, analysis),
        "degf" => Ok(json!({ "df": study.design.degf(None) })),
        "by" => by::by(&study, analysis),
        "bys" => by::bys(&study, analysis),
        "contrast" => contrast::contrast(&study, analysis),
        "ciprop" => proportion::ciprop(&study, analysis),
        "var" => moments::var(&study, analysis),
        "sd" => moments::sd(&study, analysis),
        "correlation" => moments::correlation(&study, analysis),
        "cronbach_alpha" => moments::cronbach_alpha(&study, analysis),
        "kappa" => moments::kappa(&study, analysis),
        "quantile" => quantile::quantile(&study, analysis),
        "old_quantile" => quantile::old_quantile(&study, analysis),
        "cdf" => distribution::cdf(&study, analysis),
        "histogram" => distribution::histogram(&study, analysis),
        "kernel_density" => distribution::kernel_density(&study, analysis),
        "standardize" => standardize::standardize(&study, analysis),
        "replicate_weights" => replicates::replicate_weights(&study),
        "with_replicates" => replicates::with_replicates(&study, analysis),
        "kish" => weights::kish(&study.data, analysis),
        "joint_collapse" => weights::joint_collapse(&study, analysis),
        other => Err(format!("unsupported procedure {other}")),
    }
}

/// Whether the reference of a case cannot be right: why, or how our numbers fail the check that takes its place.
pub fn dispute(
    library: &mut Library,
    dataset: Option<&str>,
    case: (&Value, &Value),
    found: &Value,
    expected: &Value,
    tolerance: compare::Tolerance,
) -> Option<Result<String, String>> {
    let (design, analysis) = case;
    if design["kind"] == "none" {
        return None;
    }
    let study = Study::read(library, dataset, design).ok()?;
    comparisons::disputed::check(&study, analysis, found, expected, tolerance)
}

/// A number that may be missing.
fn number(value: Option<f64>) -> Value {
    value.map_or(Value::Null, compare::json)
}

/// An object from pairs.
fn object<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    pairs.into_iter().map(|(key, value)| (key.to_string(), value)).collect::<Map<_, _>>().into()
}

fn text<'a>(analysis: &'a Value, key: &str) -> Result<&'a str, String> {
    analysis[key].as_str().ok_or_else(|| format!("no {key}"))
}

fn flag(analysis: &Value, key: &str) -> bool {
    analysis[key].as_bool().unwrap_or(false)
}
