//! Breaks at dates known beforehand, and at dates without event.

use super::record;
use super::series::{Point, Series};
use crate::analysis::interval;
use crate::analysis::pooled::placebo_share;
use crate::analysis::result::{Figures, ResultRecord, Unit};
use crate::analysis::trend::breaks::{Interruption, PlaceboShare, interrupted_series, placebo_months};
use crate::analysis::trend::regression::{Coefficient, NeweyWest};
use crate::analysis::work::Work;
use crate::numeric::dist::Normal;
use crate::study::Span;
use crate::study::definition::BreaksAnalysis;

/// Residual degrees of freedom beside which a line on both sides says nothing.
const PARAMETERS: usize = 4;

/// Records of every event of the analysis.
pub(super) fn records(analysis: &BreaksAnalysis, series: &Series, work: &Work<'_>) -> Vec<ResultRecord> {
    let events = &work.study.definition.event;
    let declared = analysis.events.iter().filter_map(|id| events.iter().find(|event| event.id == *id));
    let dates: Vec<f64> = declared.clone().map(|event| event.date.mid_year()).collect();
    let mut placebos: Option<Vec<f64>> = None;
    let mut out = Vec::new();
    for event in declared {
        let at = event.date.mid_year();
        let is_bent = matches!(series.unit, Unit::Share | Unit::ShareDifference);
        let named = |measure: &str, unit| {
            record(analysis, series, &["event", &event.id, measure], unit, measure)
                .with("event", &event.id)
                .at(Span::at(event.date))
        };
        let found = interruption(analysis, series, at);
        let (step, smallest, placebo) = match &found {
            Err(reason) => {
                let nothing = || Figures::not_estimable(reason.clone());
                (nothing(), nothing(), nothing())
            }
            Ok(found) => {
                let sizes = placebos.get_or_insert_with(|| placebo_sizes(analysis, series, &dates));
                let step = found.fit.level_change;
                (figures(step, found), smallest_detectable(step), placebo_figures(step, sizes))
            }
        };
        out.push(neighbours(named("step", series.difference_unit()), found.as_ref().ok(), at, series).figures(step));
        if is_bent {
            let bend = match &found {
                Err(reason) => Figures::not_estimable(reason.clone()),
                Ok(found) => figures(scaled(found.fit.slope_change, YEARS), found),
            };
            out.push(named("bend", Unit::SharePerDecade).figures(bend));
        }
        out.push(named("smallest-detectable", series.difference_unit().size()).figures(smallest));
        out.push(named("placebo", Unit::Share).figures(placebo));
    }
    out
}

/// Slopes are given per ten years.
const YEARS: f64 = 10.0;

/// The fit at one date, with the points that it rests on.
struct Found {
    fit: Interruption,
    /// Positions in the series.
    used: Vec<usize>,
    straddling: Vec<usize>,
}

/// A line before a date and another after it; results whose dates hold it are left out.
fn interruption(analysis: &BreaksAnalysis, series: &Series, at: f64) -> Result<Found, String> {
    let is_near = |point: &Point| analysis.window_years.is_none_or(|window| (point.time - at).abs() <= window);
    let near: Vec<usize> = (0..series.points.len()).filter(|i| is_near(&series.points[*i])).collect();
    let (straddling, used): (Vec<usize>, Vec<usize>) = near.into_iter().partition(|i| series.points[*i].holds(at));
    let pick = |value: fn(&Point) -> f64| used.iter().map(|i| value(&series.points[*i])).collect::<Vec<f64>>();
    let (times, values) = (pick(|point| point.time), pick(|point| point.value));
    let weights: Option<Vec<f64>> = used.iter().map(|i| series.points[*i].se.map(|se| 1.0 / (se * se))).collect();
    let fit = interrupted_series(&times, &values, weights.as_deref(), at, errors(times.len()));
    fit.map(|fit| Found { fit, used, straddling }).map_err(|error| error.to_string())
}

/// Errors that allow autocorrelation up to ⌊4(n/100)^{2/9}⌋ results back.
fn errors(n: usize) -> NeweyWest {
    let lag = libm::floor(4.0 * libm::pow(n as f64 / 100.0, 2.0 / 9.0)) as usize;
    NeweyWest { lag: lag.min(n.saturating_sub(PARAMETERS + 1)), prewhite: false, small_sample: true }
}

/// Sizes of the jump at dates without event. Dates that part the series in the same way count once.
fn placebo_sizes(analysis: &BreaksAnalysis, series: &Series, events: &[f64]) -> Vec<f64> {
    let times = series.times();
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return Vec::new() };
    let changes = series.points.iter().filter(|point| point.is_changed).map(|point| point.time);
    let avoid: Vec<f64> = events.iter().copied().chain(changes).collect();
    let mut parts: Vec<(Vec<usize>, usize)> = Vec::new();
    let mut sizes = Vec::new();
    for date in placebo_months((*first, *last), &avoid, u32::from(analysis.placebo.months_away)) {
        let Ok(found) = interruption(analysis, series, date) else { continue };
        let part = (found.used, found.fit.n_before);
        if !parts.contains(&part) {
            parts.push(part);
            sizes.push(found.fit.level_change.estimate);
        }
    }
    sizes
}

fn neighbours(record: ResultRecord, found: Option<&Found>, at: f64, series: &Series) -> ResultRecord {
    let Some(found) = found else { return record };
    let id = |i: &usize| series.points[*i].id.as_str();
    let before = found.used.iter().rfind(|i| series.points[**i].time < at);
    let after = found.used.iter().find(|i| series.points[**i].time >= at);
    let straddling: Vec<&str> = found.straddling.iter().map(id).collect();
    let near = before.into_iter().chain(after);
    record
        .with("before", before.map_or("", id))
        .with("after", after.map_or("", id))
        .with("straddling", &straddling.join("; "))
        .rests_on(near.flat_map(|i| &series.points[*i].origins))
}

fn scaled(coefficient: Coefficient, by: f64) -> Coefficient {
    Coefficient { estimate: by * coefficient.estimate, se: by * coefficient.se, ..coefficient }
}

fn figures(coefficient: Coefficient, found: &Found) -> Figures {
    let degf = Some((found.used.len() - PARAMETERS) as f64);
    let (estimate, se) = (coefficient.estimate, coefficient.se);
    Figures {
        estimate: Some(estimate),
        se: Some(se),
        degf,
        test: interval::test_of_zero(estimate, se, degf),
        ..Figures::default()
    }
    .limits(interval::symmetric(estimate, se, degf).map(|limits| limits.by("interrupted series")))
}

fn smallest_detectable(step: Coefficient) -> Figures {
    let power = Normal::STANDARD.upper_quantile(0.025) + Normal::STANDARD.upper_quantile(0.2);
    Figures::without_interval(power * step.se, "found with a power of 80 % at a level of 5 %")
}

fn placebo_figures(step: Coefficient, sizes: &[f64]) -> Figures {
    match PlaceboShare::of(step.estimate, sizes) {
        Ok(share) => placebo_share(&share),
        Err(error) => Figures::not_estimable(error.to_string()),
    }
}
