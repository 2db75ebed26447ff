//! Direct standardization.

use opros::weighting::standardize as standardized;
use serde_json::{Value, json};

use super::{by, means, text};
use crate::design::{Study, numbers};
use crate::frame::{self, Grouping, variables};

pub fn standardize(study: &Study, analysis: &Value) -> Result<Value, String> {
    let mut mask = study.mask.clone();
    if let Some(formula) = analysis["excluding_missing"].as_str() {
        for column in variables(&study.data, formula)? {
            mask.iter_mut().zip(column.values()).for_each(|(m, v)| *m &= !v.is_nan());
        }
    }
    let groups = |key: &str| -> Result<Grouping, String> {
        Grouping::new(&study.data, &frame::names(text(analysis, key)?)?, &mask)
    };
    let (by, over) = (groups("by")?, groups("over")?);
    let shares = numbers(&analysis["population"]);
    let weighted = standardized(&study.design.within(&mask), &by.codes, &over.codes, &shares);
    let design = weighted.map_err(|e| e.to_string())?.design;
    let n_rows = mask.iter().filter(|m| **m).count();
    let adjusted = Study { data: study.data.clone(), design, mask, n_rows, is_pps: study.is_pps };
    if text(analysis, "by_out")? == "~1" {
        let request = json!({ "procedure": "mean", "formula": analysis["formula"], "na_rm": analysis["na_rm"] });
        return means::mean_or_total(&adjusted, &request);
    }
    let out = Grouping::new(&adjusted.data, &frame::names(text(analysis, "by_out")?)?, &adjusted.mask)?;
    let request = json!({ "formula": analysis["formula"], "statistic": "mean", "na_rm": analysis["na_rm"] });
    by::table(&adjusted, &request, &out)
}
