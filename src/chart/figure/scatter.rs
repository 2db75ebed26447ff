//! Areas as points: one number to the right, another upwards, the size of a point for its weight.

use crate::analysis::result::{ResultRecord, Unit};
use crate::chart::spec::{Panel, ScatterPanel, ScatterPoint, Section};
use crate::error::Result;

use super::axes::{self, Need};
use super::select::{Item, Kind};
use super::{Context, Parts};

/// Labels of the areas that lie furthest out; more would cover each other.
const MAX_LABELS: usize = 14;

pub(super) fn parts(context: &Context) -> Result<Parts> {
    let items = context.items()?;
    let mut points: Vec<ScatterPoint> = Vec::new();
    let mut units = (Unit::Index, Unit::Share);
    for item in items.iter().filter(|item| item.derived == "outcome") {
        let other = item.record.id.strip_suffix("outcome").map(|id| format!("{id}predictor"));
        let Some(predictor) = other.and_then(|id| context.results.get(&id)) else { continue };
        let (Some(x), Some(y)) = (predictor.estimate.estimate, item.record.estimate.estimate) else { continue };
        units = (predictor.unit, item.record.unit);
        let label = area_name(context, item.place);
        points.push(ScatterPoint {
            x,
            y,
            size: item.record.estimate.n.map_or(1.0, |n| n as f64),
            label,
            is_named: false,
        });
    }
    name_outermost(&mut points);
    let range = |value: fn(&ScatterPoint) -> f64| {
        points.iter().map(value).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let axis = |unit: Unit, range: (f64, f64)| {
        let need = Need { unit, range, has_zero: true, max: None, may_clip: false, n_ticks: 6 };
        axes::linear(&need, context.locale)
    };
    let (mut x, mut y) = (axis(units.0, range(|p| p.x)), axis(units.1, range(|p| p.y)));
    let definition = &context.definition.analysis.area_association;
    let own = items.first().and_then(|item| definition.iter().find(|own| own.id == item.record.analysis));
    if let Some(own) = own {
        let language = context.locale.code();
        x.label = own.predictor.label.get(language).to_owned();
        y.label = own.outcome.label.get(language).to_owned();
    }
    let records: Vec<&ResultRecord> = items.iter().map(|item| item.record).collect();
    let mut notes = context.notes();
    notes.flags(&records);
    let (keys, mut notes) = notes.finish();
    if own.is_some_and(|own| own.weight.is_some()) {
        notes.push(context.locale.phrase("note-scatter-size").to_owned());
    }
    let panel = ScatterPanel { x, y, points };
    Ok(Parts {
        keys,
        sections: vec![Section { title: String::new(), columns: 1, panels: vec![Panel::Scatter(panel)] }],
        notes,
    })
}

/// The name of an area; its id where it has none.
fn area_name(context: &Context, id: &str) -> String {
    context.results.areas.iter().find(|area| area.id == id).map_or_else(|| id.to_owned(), |area| area.label.clone())
}

/// Is the result a number of an area?
pub(super) fn draws(item: &Item) -> bool {
    item.kind == Kind::AreaAssociation && matches!(item.derived, "outcome" | "predictor")
}

/// Names the points furthest from the middle, in units of the spread of each axis, and the largest ones.
fn name_outermost(points: &mut [ScatterPoint]) {
    let n = points.len().max(1) as f64;
    let centre = |value: fn(&ScatterPoint) -> f64| {
        let mean = points.iter().map(value).sum::<f64>() / n;
        let spread = (points.iter().map(|p| (value(p) - mean).powi(2)).sum::<f64>() / n).sqrt();
        (mean, if spread > 0.0 { spread } else { 1.0 })
    };
    let ((mx, sx), (my, sy)) = (centre(|p| p.x), centre(|p| p.y));
    let most = points.iter().map(|p| p.size).fold(0.0, f64::max);
    let weight = |p: &ScatterPoint| {
        let far = ((p.x - mx) / sx).powi(2) + ((p.y - my) / sy).powi(2);
        if most > 0.0 { far + 4.0 * p.size / most } else { far }
    };
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| weight(&points[*b]).total_cmp(&weight(&points[*a])).then(a.cmp(b)));
    for index in order.into_iter().take(MAX_LABELS) {
        points[index].is_named = true;
    }
}
