//! Comparisons: tests, models, association, meta-analysis.

mod association;
pub mod disputed;
pub mod frame;
mod glm;
mod meta;
mod models;
mod multiplicity;
mod reduced_bias;
mod survival;
mod tables;

use serde_json::Value;

use super::trends::arguments::Arguments;
use crate::data::Library;
use crate::design::Study;

/// Runs a procedure that needs no design; `None` where there is none of that name.
pub fn run_plain(library: &mut Library, dataset: Option<&str>, analysis: &Value) -> Option<Result<Value, String>> {
    let procedure = analysis["procedure"].as_str().unwrap_or_default();
    let arguments = match Arguments::new(library, dataset, analysis) {
        Ok(arguments) => arguments,
        Err(message) => return Some(Err(message)),
    };
    multiplicity::run(procedure, &arguments)
        .or_else(|| meta::run(procedure, &arguments))
        .or_else(|| association::run(procedure, &arguments))
}

/// Runs a procedure on a design; `None` where there is none of that name.
pub fn run(study: &Study, analysis: &Value) -> Option<Result<Value, String>> {
    glm::run(study, analysis)
        .or_else(|| tables::run(study, analysis))
        .or_else(|| survival::run(study, analysis))
        .or_else(|| models::run(study, analysis))
}
