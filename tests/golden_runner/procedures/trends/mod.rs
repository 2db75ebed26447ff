//! Procedures of the areas timeseries, trends, counts and toplines.

pub mod arguments;
mod breaks;
mod counts;
mod models;
mod mood;
mod series;
mod smooth;
mod state_space;
mod tests_of_trend;
mod toplines;

use serde_json::Value;

use crate::data::Library;
use arguments::Arguments;

/// The result of a procedure, or none if it is not one of trends.
pub fn run(data: &mut Library, dataset: Option<&str>, analysis: &Value) -> Option<Result<Value, String>> {
    let procedure = analysis["procedure"].as_str()?;
    let parts = [
        toplines::run,
        counts::run,
        tests_of_trend::run,
        models::run,
        series::run,
        smooth::run,
        state_space::run,
        breaks::run,
        mood::run,
    ];
    let arguments = match Arguments::new(data, dataset, analysis) {
        Ok(arguments) => arguments,
        Err(message) => return Some(Err(message)),
    };
    parts.iter().find_map(|part| part(procedure, &arguments))
}
