//! References that cannot be right, and another check of our numbers in their place.
//!
//! The rule: a survival curve of a case (`cox_survival`, `km`) says that everybody survives, exactly 1 at every time, although
//! rows with weight have their event at or before the last of these times. With an event in the risk set the product of the
//! shares surviving is below 1 whatever the estimator, so no correct engine can give it. Our own curve is then compared, within
//! the tolerance of the case, with the definition written as a naive loop over rows; it fails as any case does.

use serde_json::{Value, json};

use super::super::text;
use super::frame::Sides;
use super::survival::{cox_rows, groups, times};
use crate::compare::{Tolerance, compare, json as value};
use crate::design::{Study, numbers};
use crate::formula::Expr;

/// Nothing where the reference can be right; otherwise why it cannot, or how our own numbers fail the check.
pub fn check(
    study: &Study,
    analysis: &Value,
    found: &Value,
    expected: &Value,
    tolerance: Tolerance,
) -> Option<Result<String, String>> {
    let curves = match analysis["procedure"].as_str() {
        Some("cox_survival") => cox_curves(study, analysis),
        Some("km") => km_curves(study, analysis),
        _ => return None,
    };
    let curves = match curves {
        Ok(curves) => curves,
        Err(message) => return Some(Err(message)),
    };
    let at = numbers(&analysis["at"]);
    let last = at.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let impossible = expected["curves"].as_array()?.iter().find_map(|reference| {
        let own = curves.iter().find(|curve| Some(curve.group.as_str()) == reference["group"].as_str())?;
        let is_flat = !at.is_empty() && reference["surv"].as_array()?.iter().all(|s| s.as_f64() == Some(1.0));
        let n = own.rows.iter().filter(|row| row.is_event && row.weight > 0.0 && row.time <= last).count();
        (is_flat && n > 0).then(|| {
            format!("the reference says that all survive until {last}, but {n} events stand at or before that time")
        })
    })?;
    let naive: Vec<Value> = curves
        .iter()
        .map(|curve| {
            let survival: Vec<Value> = at.iter().map(|t| value(curve.survival_at(*t))).collect();
            json!({ "group": curve.group, "surv": survival })
        })
        .collect();
    match compare(found, &json!({ "curves": naive }), tolerance) {
        Ok(()) => Some(Ok(impossible)),
        Err(message) => Some(Err(format!("{impossible}; our curve is not that of a naive loop: {message}"))),
    }
}

/// A row of a curve: its time, its weight, and its risk relative to the curve.
pub struct Row {
    pub time: f64,
    pub is_event: bool,
    pub weight: f64,
    pub risk: f64,
}

struct Curve {
    group: String,
    rows: Vec<Row>,
    /// A product of shares (Kaplan and Meier) or the exponential of a sum (Breslow).
    is_product: bool,
}

impl Curve {
    /// Row by row: an event takes the weight of its row out of those at risk. Rows at risk have a later time, or the same
    /// time and no event, or an event further down in the file (for a product: all events of a time stand together, which
    /// taking them one by one equals).
    fn survival_at(&self, t: f64) -> f64 {
        let mut survival = 1.0;
        let mut hazard = 0.0;
        for (k, row) in self.rows.iter().enumerate().filter(|(_, row)| row.is_event && row.time <= t) {
            let is_at_risk = |(j, other): (usize, &Row)| {
                other.time > row.time || other.time == row.time && (!other.is_event || j >= k)
            };
            let left: f64 = (0..self.rows.len())
                .filter(|&j| is_at_risk((j, &self.rows[j])))
                .map(|j| self.rows[j].weight * self.rows[j].risk)
                .sum();
            hazard += row.weight / left;
            survival *= 1.0 - row.weight / left;
        }
        if self.is_product { survival } else { (-hazard).exp() }
    }
}

fn cox_curves(study: &Study, analysis: &Value) -> Result<Vec<Curve>, String> {
    Ok(vec![Curve { group: "all".to_string(), rows: cox_rows(study, analysis)?, is_product: false }])
}

fn km_curves(study: &Study, analysis: &Value) -> Result<Vec<Curve>, String> {
    let sides = Sides::read(text(analysis, "formula")?)?;
    let (time, event) = times(&study.data, &sides)?;
    let curve = |group: &str, is_in: &dyn Fn(usize) -> bool| {
        let is_row = |i: &usize| study.mask[*i] && is_in(*i) && !time[*i].is_nan() && !event[*i].is_nan();
        let weights = study.design.weights();
        let row = |i: usize| Row { time: time[i], is_event: event[i] == 1.0, weight: weights[i], risk: 1.0 };
        Curve { group: group.to_string(), rows: (0..time.len()).filter(is_row).map(row).collect(), is_product: true }
    };
    if matches!(sides.right, Expr::Number(_)) {
        return Ok(vec![curve("all", &|_| true)]);
    }
    let groups = groups(study, &sides.right)?;
    let labels = groups.labels().iter().zip(0u32..);
    Ok(labels.map(|(label, k)| curve(label, &|i| groups.codes()[i] == k)).collect())
}

/// A check that cannot fail is none: ten rows by hand, and a curve that is wrong.
pub fn self_test() -> Result<(), String> {
    // Times 1, 2, 2, 3 with events at 1, 2 and 2, weights 1, 1, 2, 4: (7/8)(1 − 3/7) = 1/2 at 2.
    let rows = [(1.0, true, 1.0), (2.0, true, 1.0), (2.0, true, 2.0), (3.0, false, 4.0)];
    let rows = || rows.iter().map(|&(time, is_event, weight)| Row { time, is_event, weight, risk: 1.0 }).collect();
    let product = Curve { group: String::new(), rows: rows(), is_product: true };
    let hazard = Curve { group: String::new(), rows: rows(), is_product: false };
    let wanted: f64 = 1.0 / 8.0 + 1.0 / 7.0 + 2.0 / 6.0;
    let is_right = (product.survival_at(2.5) - 0.5).abs() < 1e-15
        && (hazard.survival_at(2.5) - (-wanted).exp()).abs() < 1e-15
        && product.survival_at(0.5) == 1.0;
    is_right.then_some(()).ok_or_else(|| "the naive loop of disputed survival curves is wrong".to_string())
}
