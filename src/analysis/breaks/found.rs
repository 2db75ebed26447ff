//! Breaks at dates that the data choose.

use super::record;
use super::series::Series;
use crate::analysis::interval::LEVEL;
use crate::analysis::result::{Figures, ResultRecord, TestOutcome, Unit};
use crate::analysis::trend::breaks::{
    BreakErrors, BreakSet, Cost, Penalty, RegressionBreaks, Search, SupF, change_points, sup_f_test,
};
use crate::analysis::trend::regression::{LinearFit, NeweyWest};
use crate::numeric::matrix::Matrix;
use crate::study::Span;
use crate::study::definition::BreaksAnalysis;

/// Why a change at a date that was searched for has no interval.
const CHOSEN: &str = "its date was chosen to make it large, so that an interval would be too short";

/// Records of the search for breaks.
pub(super) fn records(analysis: &BreaksAnalysis, series: &Series) -> Vec<ResultRecord> {
    let (y, n) = (series.values(), series.points.len());
    let mean = Matrix::from_fn(n, 1, |_, _| 1.0);
    let mut out = vec![
        any_break(analysis, series, "any-break", sup_f_test(&mean, &y, analysis.trimming).map_err(|e| e.to_string())),
        any_break(analysis, series, "any-break-lagged", lagged(&y, analysis.trimming)),
    ];
    let number = record(analysis, series, &["n-breaks"], Unit::Count, "n-breaks");
    let breaks = RegressionBreaks::find(&mean, &y, analysis.trimming, Some(usize::from(analysis.most)));
    let breaks = match breaks {
        Ok(breaks) => breaks,
        Err(error) => {
            out.push(number.figures(Figures::not_estimable(error.to_string())));
            return out;
        }
    };
    let best = breaks.best();
    out.push(number.figures(Figures::without_interval(best as f64, "the number with the smallest BIC")));
    let positions = &breaks.models[best].breaks;
    let sets = if best > 0 { breaks.confidence_sets(best, LEVEL, BreakErrors::Autoregressive).ok() } else { None };
    for (i, position) in positions.iter().enumerate() {
        let range = sets.as_ref().and_then(|sets| sets.get(i)).map(BreakSet::range);
        out.extend(change(analysis, series, ("break", i), positions, (*position, range)));
    }
    if let Some(positions) = penalised(series, &y, positions) {
        for (i, position) in positions.iter().enumerate() {
            out.extend(change(analysis, series, ("change-point", i), &positions, (*position, None)));
        }
    }
    out
}

/// The largest F over dates of a regression on the value before, so that a series that moves slowly is not taken for one that breaks.
fn lagged(y: &[f64], trimming: f64) -> Result<SupF, String> {
    let n = y.len().saturating_sub(1);
    let design = Matrix::from_fn(n, 2, |i, j| if j == 0 { 1.0 } else { y[i] });
    sup_f_test(&design, y.get(1..).unwrap_or(&[]), trimming).map_err(|error| error.to_string())
}

fn any_break(
    analysis: &BreaksAnalysis,
    series: &Series,
    name: &'static str,
    found: Result<SupF, String>,
) -> ResultRecord {
    let record = record(analysis, series, &[name], Unit::Index, name);
    match found {
        Err(reason) => record.figures(Figures::not_estimable(reason)),
        Ok(found) => record.figures(Figures {
            n: Some(series.points.len() as u64),
            test: Some(TestOutcome {
                method: "sup_f",
                statistic: Some(found.test.statistic),
                numerator_degf: None,
                degf: None,
                p_value: found.test.p_value,
            }),
            ..Figures::without_interval(found.test.statistic, "a test statistic")
        }),
    }
}

/// Change points by penalised cost, the noise measured by what the breaks leave, autocorrelation included.
///
/// # Definition
/// Costs are sums of squares over ω², the long-run variance of the residuals around the means between `breaks` (Newey and West with lag
/// ⌊4(n/100)^{2/9}⌋); each change point costs 2 ln n.
fn penalised(series: &Series, y: &[f64], breaks: &[usize]) -> Option<Vec<usize>> {
    let n = y.len();
    let segment = |i: usize| breaks.partition_point(|b| *b <= i);
    let design = Matrix::from_fn(n, breaks.len() + 1, |i, j| f64::from(u8::from(segment(i) == j)));
    let residuals = LinearFit::of(&design, y, None).ok()?.residuals;
    let ones = Matrix::from_fn(n, 1, |_, _| 1.0);
    let lag = libm::floor(4.0 * libm::pow(n as f64 / 100.0, 2.0 / 9.0)) as usize;
    let errors = NeweyWest { lag: lag.min(n.saturating_sub(2)), prewhite: false, small_sample: false };
    let of_mean = errors.covariance(&LinearFit::of(&ones, &residuals, None).ok()?).ok()?[(0, 0)];
    let omega = (of_mean * n as f64).sqrt();
    if !(omega > 0.0 && omega.is_finite()) {
        return None;
    }
    let scaled: Vec<f64> = series.points.iter().map(|point| point.value / omega).collect();
    change_points(&scaled, Cost::Mean, Penalty::Bic, 2, Search::Pelt).ok().map(|found| found.positions)
}

/// The change of the mean at a break, and its date.
fn change(
    analysis: &BreaksAnalysis,
    series: &Series,
    (kind, index): (&'static str, usize),
    positions: &[usize],
    (position, range): (usize, Option<(usize, usize)>),
) -> Vec<ResultRecord> {
    let mean = |from: usize, until: usize| {
        let values: Vec<f64> = series.points[from..until].iter().map(|point| point.value).collect();
        values.iter().sum::<f64>() / values.len() as f64
    };
    let start = if index == 0 { 0 } else { positions[index - 1] };
    let end = positions.get(index + 1).copied().unwrap_or(series.points.len());
    let Some(first_after) = series.points.get(position) else { return Vec::new() };
    let number = (index + 1).to_string();
    let when = Span { start: first_after.when.start, end: first_after.when.end };
    let size = mean(position, end) - mean(start, position);
    let near = [position - 1, position];
    let size_record = record(analysis, series, &[kind, &number], series.difference_unit(), kind)
        .with("period", &number)
        .at(when)
        .rests_on(near.iter().flat_map(|i| &series.points[*i].origins))
        .figures(Figures::without_interval(size, CHOSEN));
    // A break after position p lies before the result at p, counted from 0.
    let time = |p: usize| series.points.get(p).map(|point| point.time);
    let figures = match range {
        None => Figures::without_interval(first_after.time, "this search gives no interval"),
        Some((low, high)) => Figures {
            estimate: Some(first_after.time),
            ci_low: time(low),
            ci_high: time(high),
            level: Some(LEVEL),
            ci_method: Some("likelihood ratio, autoregressive errors"),
            ..Figures::default()
        },
    };
    let measure = if kind == "break" { "break-date" } else { "change-point-date" };
    let date = record(analysis, series, &[kind, &number, "date"], Unit::Year, measure)
        .with("period", &number)
        .at(when)
        .figures(figures);
    vec![size_record, date]
}
