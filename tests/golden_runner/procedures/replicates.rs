//! Replicate weights themselves, and statistics under each set of them.

use opros::estimate::{Statistic, statistic};
use serde_json::{Value, json};

use super::means::{options, value_and_se};
use super::{number, object, text};
use crate::compare;
use crate::design::{Study, strings};

pub fn replicate_weights(study: &Study) -> Result<Value, String> {
    let replicates = study.design.replicates().ok_or("the design has no replicates")?;
    let stage = study.design.stages().first().ok_or("the design has no units")?;
    let mut is_seen = vec![false; stage.n_units()];
    let is_first = |row: &usize| !std::mem::replace(&mut is_seen[stage.unit_of_row()[*row] as usize], true);
    let rows: Vec<usize> = (0..study.data.n_rows).filter(is_first).collect();
    let weights = study.design.weights();
    let factor = |row: usize, column: &Vec<f64>| compare::json(column[row] / weights[row]);
    let factors = rows.iter().map(|&row| replicates.columns().iter().map(|c| factor(row, c)).collect::<Value>());
    let form = replicates.form();
    Ok(json!({
        "scale": form.scale(),
        "rscales": form.rscales(),
        "factors_first_row_of_each_psu": factors.collect::<Value>(),
    }))
}

pub fn with_replicates(study: &Study, analysis: &Value) -> Result<Value, String> {
    let numbers = |key: &str| study.data.numbers(text(analysis, key)?);
    let computed: Box<dyn Statistic> = match text(analysis, "statistic")? {
        "correlation" => Box::new(Correlation { x: numbers("x")?, y: numbers("y")? }),
        "mean_difference" => {
            let labels = study.data.labels(text(analysis, "group")?)?;
            let wanted: Vec<String> = match &analysis["groups"] {
                Value::Array(items) if items.iter().all(Value::is_number) => {
                    items.iter().map(Value::to_string).collect()
                }
                other => strings(other),
            };
            let [first, second] = wanted.as_slice() else {
                return Err("expected two groups".to_string());
            };
            let side = |label: &Option<String>| match label {
                Some(l) if l == first => 1,
                Some(l) if l == second => 2,
                _ => 0,
            };
            Box::new(MeanDifference { y: numbers("variable")?, side: labels.iter().map(side).collect() })
        }
        other => return Err(format!("unsupported statistic {other}")),
    };
    let found = statistic(&study.design, computed.as_ref(), &study.mask, &options(study, analysis));
    let (value, se) = value_and_se(&found.map_err(|e| e.to_string())?, 0)?;
    Ok(object([("estimate", number(value)), ("se", number(se))]))
}

struct Correlation {
    x: Vec<f64>,
    y: Vec<f64>,
}

struct MeanDifference {
    y: Vec<f64>,
    side: Vec<u8>,
}

fn weighted_mean(weights: &[f64], value: impl Fn(usize) -> f64) -> f64 {
    let counted = || weights.iter().enumerate().filter(|(_, w)| **w != 0.0);
    counted().map(|(i, w)| w * value(i)).sum::<f64>() / counted().map(|(_, w)| w).sum::<f64>()
}

impl Statistic for Correlation {
    fn names(&self) -> Vec<String> {
        vec!["correlation".to_string()]
    }

    fn values(&self, weights: &[f64]) -> Option<Vec<f64>> {
        let (mx, my) = (weighted_mean(weights, |i| self.x[i]), weighted_mean(weights, |i| self.y[i]));
        let moment = |a: &[f64], ma: f64, b: &[f64], mb: f64| weighted_mean(weights, |i| (a[i] - ma) * (b[i] - mb));
        let spread = moment(&self.x, mx, &self.x, mx) * moment(&self.y, my, &self.y, my);
        Some(vec![moment(&self.x, mx, &self.y, my) / spread.sqrt()])
    }

    fn scores(&self, weights: &[f64]) -> Vec<Vec<f64>> {
        vec![vec![0.0; weights.len()]]
    }
}

impl Statistic for MeanDifference {
    fn names(&self) -> Vec<String> {
        vec!["difference".to_string()]
    }

    fn values(&self, weights: &[f64]) -> Option<Vec<f64>> {
        let mean = |side: u8| {
            let own: Vec<f64> =
                weights.iter().zip(&self.side).map(|(w, s)| if *s == side { *w } else { 0.0 }).collect();
            weighted_mean(&own, |i| self.y[i])
        };
        Some(vec![mean(1) - mean(2)])
    }

    fn scores(&self, weights: &[f64]) -> Vec<Vec<f64>> {
        vec![vec![0.0; weights.len()]]
    }
}
