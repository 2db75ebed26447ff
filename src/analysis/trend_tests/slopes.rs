//! Slopes of a series, with their tests.

use super::{Observation, Series, respondents};
use crate::analysis::answers::{self, weighted_line};
use crate::analysis::interval::{self, Interval, LEVEL};
use crate::analysis::result::{Figures, ResultRecord, TestOutcome, Unit};
use crate::analysis::trend::TrendError;
use crate::analysis::trend::monotone::{
    Part, SharePart, cochran_armitage_within, mann_kendall_within, sen_slope_within,
};
use crate::analysis::trend::regression::{LinearFit, NeweyWest, newey_west_bandwidth};
use crate::numeric::matrix::Matrix;

/// From this number of polls on, neighbours may depend on each other and can show it.
const DENSE: usize = 30;

const DECADE: f64 = 10.0;

pub(super) fn records(series: &Series<'_>) -> Vec<ResultRecord> {
    let mut records = vec![
        record(series, "line", line(series)),
        record(series, "sen", sen(series).unwrap_or_else(|error| Figures::not_estimable(error.to_string()))),
    ];
    let longest = series.longest();
    if longest.len() >= DENSE {
        let figures = newey_west(longest).unwrap_or_else(|error| Figures::not_estimable(error.to_string()));
        records.push(record(series, "newey-west", figures));
    }
    records
}

fn record(series: &Series<'_>, measure: &str, figures: Figures) -> ResultRecord {
    series.record(&[measure], Unit::SharePerDecade, series.compared()).with("measure", measure).figures(figures)
}

/// The straight line of the polls whose standard error is known, with a level of its own for each part.
pub(super) fn line(series: &Series<'_>) -> Figures {
    match series.unit {
        Unit::Share => shares(series).unwrap_or_else(|error| Figures::not_estimable(error.to_string())),
        _ => differences(series),
    }
}

/// Slope and test of Cochran and Armitage, with effective bases.
fn shares(series: &Series<'_>) -> Result<Figures, TrendError> {
    let known = |poll: &&Observation| poll.record.estimate.n_eff.is_some();
    let parts: Vec<SharePart> = series
        .parts
        .iter()
        .map(|part| {
            let polls: Vec<(f64, f64, f64)> =
                part.iter().filter_map(|poll| Some((poll.estimate, poll.record.estimate.n_eff?, poll.time))).collect();
            SharePart {
                successes: polls.iter().map(|(p, n, _)| p * n).collect(),
                totals: polls.iter().map(|(_, n, _)| *n).collect(),
                scores: polls.iter().map(|(_, _, time)| *time).collect(),
            }
        })
        .collect();
    let test = match cochran_armitage_within(&parts) {
        Err(TrendError::TooFew { .. }) => {
            return Ok(Figures::not_estimable("fewer than two polls with a known base that may be compared"));
        }
        test => test?,
    };
    let (slope, se) = (test.slope * DECADE, test.se * DECADE);
    let limits = interval::symmetric(slope, se, None).map(|limits| limits.by("cochran-armitage"));
    Ok(Figures {
        estimate: Some(slope),
        se: Some(se),
        n: respondents(series.compared().filter(known)),
        test: Some(outcome("cochran_armitage", test.z, None, test.p_value)),
        ..Figures::default()
    }
    .limits(limits))
}

/// Weighted least squares of differences.
fn differences(series: &Series<'_>) -> Figures {
    let observations: Vec<answers::Observation> = series
        .parts
        .iter()
        .enumerate()
        .flat_map(|(level, part)| part.iter().filter_map(move |poll| Some((level, poll, poll.se?))))
        .map(|(level, poll, se)| answers::Observation {
            level,
            time: poll.time,
            estimate: poll.estimate,
            weight: 1.0 / (se * se),
        })
        .collect();
    let Some(line) = weighted_line(&observations) else {
        return Figures::not_estimable("too few polls with a standard error for a line");
    };
    let (slope, se) = (line.slope * DECADE, line.se * DECADE);
    let limits = interval::symmetric(slope, se, Some(line.degf)).map(|limits| limits.by("weighted least squares, t"));
    Figures { estimate: Some(slope), se: Some(se), degf: Some(line.degf), ..Figures::default() }
        .limits(limits)
        .against_zero()
}

/// Sen's slope with the Mann–Kendall test: values and order only, no sampling error.
fn sen(series: &Series<'_>) -> Result<Figures, TrendError> {
    let parts: Vec<Part> = series
        .parts
        .iter()
        .map(|part| Part {
            values: part.iter().map(|poll| poll.estimate).collect(),
            times: part.iter().map(|poll| poll.time).collect(),
        })
        .collect();
    if !series.parts.iter().any(|part| part.len() > 1) {
        return Ok(Figures::not_estimable("fewer than two polls that may be compared"));
    }
    let (slope, test) = (sen_slope_within(&parts, LEVEL)?, mann_kendall_within(&parts)?);
    let figures = Figures {
        estimate: Some(slope.slope * DECADE),
        test: Some(outcome(
            if test.is_exact { "mann_kendall_exact" } else { "mann_kendall" },
            test.s,
            None,
            test.p_value,
        )),
        ..Figures::default()
    };
    Ok(if slope.is_short {
        let reason = "too few pairs of polls for an interval of this level".to_owned();
        Figures { reason: Some(reason), ..figures }
    } else {
        figures.limits(Some(Interval { low: slope.low * DECADE, high: slope.high * DECADE, method: "sen" }))
    })
}

/// The slope of a dense series, polls alike, with errors that allow neighbours to depend on each other.
fn newey_west(part: &[Observation]) -> Result<Figures, TrendError> {
    let middle = part.iter().map(|poll| poll.time).sum::<f64>() / part.len() as f64;
    let design = Matrix::from_fn(part.len(), 2, |i, j| if j == 0 { 1.0 } else { (part[i].time - middle) / DECADE });
    let values: Vec<f64> = part.iter().map(|poll| poll.estimate).collect();
    let fit = LinearFit::of(&design, &values, None)?;
    let lag = newey_west_bandwidth(&fit, false)?.floor().clamp(0.0, (part.len() / 2) as f64) as usize;
    let covariance = NeweyWest { lag, prewhite: false, small_sample: true }.covariance(&fit)?;
    let slope = fit.tests(&covariance)?.swap_remove(1);
    let limits = interval::symmetric(slope.estimate, slope.se, Some(fit.degf)).map(|limits| limits.by("newey-west, t"));
    Ok(Figures {
        estimate: Some(slope.estimate),
        se: Some(slope.se),
        degf: Some(fit.degf),
        n: respondents(part),
        ..Figures::default()
    }
    .limits(limits)
    .against_zero())
}

pub(super) fn outcome(method: &'static str, statistic: f64, degf: Option<f64>, p_value: f64) -> TestOutcome {
    TestOutcome { method, statistic: Some(statistic), numerator_degf: None, degf, p_value }
}
