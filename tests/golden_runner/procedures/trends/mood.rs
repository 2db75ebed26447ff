//! The mood of many questions.

use opros::analysis::trend::mood::{DyadRatios, LastReading, Reading};
use serde_json::{Value, json};

use super::arguments::{Arguments, list, text};

pub fn run(procedure: &str, a: &Arguments) -> Option<Result<Value, String>> {
    (procedure == "dyad_ratios").then(|| extract(a))
}

fn extract(a: &Arguments) -> Result<Value, String> {
    let data = a.data()?;
    let labels = data.labels(a.text("item")?)?;
    let mut names: Vec<String> = labels.iter().flatten().cloned().collect();
    names.sort();
    names.dedup();
    let (years, values, bases) = (a.numbers("year")?, a.numbers("value")?, a.numbers("n")?);
    let first = years.iter().copied().fold(f64::INFINITY, f64::min);
    let code = |label: &Option<String>| names.iter().position(|n| Some(n) == label.as_ref()).unwrap_or(0);
    let mut readings: Vec<Reading> = (0..years.len())
        .map(|i| Reading { item: code(&labels[i]), period: (years[i] - first) as usize, value: values[i], n: bases[i] })
        .collect();
    readings.sort_by_key(|r| (r.item, r.period));
    let settings =
        DyadRatios { is_smoothed: a.flag("smoothing"), last_reading: LastReading::LeftOut, ..DyadRatios::default() };
    let r = settings.extract(&readings).map_err(text)?;
    let loadings: Value = r
        .items
        .iter()
        .map(|i| json!({"item": names[i.item], "loading": i.loading, "mean": i.mean, "sd": i.sd}))
        .collect();
    let period: Vec<f64> = (0..r.mood.len()).map(|p| first + p as f64).collect();
    Ok(json!({
        "period": list(&period), "mood": list(&r.mood), "loadings": loadings, "iterations": r.iterations,
        "total_variance": r.total_variance, "variance_explained": r.variance_explained,
    }))
}
