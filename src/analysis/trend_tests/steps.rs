//! Changes between polls, evidence that there was none, and the change that could have been seen.

use super::slopes::{line, outcome};
use super::{Observation, Series, respondents};
use crate::analysis::detectable::{self, SIGNIFICANCE};
use crate::analysis::interval::{self, Interval, LEVEL};
use crate::analysis::multiplicity::{Adjustment, adjust};
use crate::analysis::result::{Figures, ResultRecord, Unit};
use crate::analysis::trend::TrendError;
use crate::analysis::trend::change::{
    Dependence, Wave, WaveDifference, equivalence, smallest_detectable_difference, wave_difference,
};

pub(super) fn records<'s>(series: &'s Series<'_>) -> Vec<ResultRecord> {
    let steps = |part: &'s [Observation]| part.windows(2).map(|pair| (&pair[0], &pair[1])).collect();
    let mut records = family(series, "since-last", steps);
    records.extend(family(series, "since-first", since_first));
    let longest = tested(series.longest());
    if let [first, .., last] = longest.as_slice() {
        records.extend(ends(series, first, last));
    }
    records
}

/// The polls that can be tested; all of them where fewer than two have a standard error.
fn tested(part: &[Observation]) -> Vec<&Observation> {
    let known: Vec<&Observation> = part.iter().filter(|poll| poll.se.is_some()).collect();
    if known.len() < 2 { part.iter().collect() } else { known }
}

/// Each poll with the first one that can be tested; earlier ones are left out.
fn since_first(part: &[Observation]) -> Vec<(&Observation, &Observation)> {
    let Some(first) = tested(part).first().copied() else { return Vec::new() };
    part.iter().filter(|poll| poll.time > first.time).map(|poll| (first, poll)).collect()
}

/// The changes of one kind, with p values adjusted by Holm's method over all of them.
fn family<'o>(
    series: &'o Series<'_>,
    kind: &str,
    pairs: impl Fn(&'o [Observation]) -> Vec<(&'o Observation, &'o Observation)>,
) -> Vec<ResultRecord> {
    let pairs: Vec<(&Observation, &Observation)> = series.parts.iter().flat_map(|part| pairs(part)).collect();
    let changes: Vec<Option<WaveDifference>> = pairs.iter().map(|(first, second)| change(first, second)).collect();
    let raw: Vec<f64> = changes.iter().map(|change| change.map_or(f64::NAN, |change| change.p_value)).collect();
    // P values of a normal statistic are probabilities, so the adjustment cannot fail.
    let adjusted = adjust(&raw, Adjustment::Holm, None).unwrap_or_else(|_| vec![f64::NAN; raw.len()]);
    pairs
        .iter()
        .zip(changes)
        .zip(adjusted)
        .map(|(((first, second), change), p_value)| {
            let figures = match change {
                Some(change) => Figures {
                    test: Some(outcome("wald_z_holm", change.z, None, p_value)),
                    ..figures(first, second, change)
                },
                None => unsure(first, second),
            };
            series
                .record(&[kind, &second.name], Unit::ShareDifference, [*first, *second])
                .with("measure", kind)
                .with("first", &first.name)
                .with("second", &second.name)
                .with("poll", second.record.about("poll"))
                .with("pollster", second.record.about("pollster"))
                .figures(figures)
        })
        .collect()
}

/// The change between two polls of separate samples; none where one has no standard error.
pub(super) fn change(first: &Observation, second: &Observation) -> Option<WaveDifference> {
    let wave = |poll: &Observation| Some(Wave { estimate: poll.estimate, se: poll.se? });
    wave_difference(wave(first)?, wave(second)?, Dependence::Independent, LEVEL).ok()
}

pub(super) fn figures(first: &Observation, second: &Observation, change: WaveDifference) -> Figures {
    Figures {
        estimate: Some(change.difference),
        se: Some(change.se),
        n: respondents([first, second]),
        ..Figures::default()
    }
    .limits(interval::symmetric(change.difference, change.se, None).map(|limits| limits.by("independent samples")))
}

fn unsure(first: &Observation, second: &Observation) -> Figures {
    let poll = if first.se.is_none() { first } else { second };
    Figures::without_interval(second.estimate - first.estimate, format!("no standard error for poll `{}`", poll.name))
}

/// Last minus first, the same against the margin, and what could have been seen.
fn ends(series: &Series<'_>, first: &Observation, last: &Observation) -> Vec<ResultRecord> {
    let record = |measure: &str, unit: Unit, figures: Figures| {
        series
            .record(&[measure], unit, [first, last])
            .with("measure", measure)
            .with("first", &first.name)
            .with("second", &last.name)
            .figures(figures)
    };
    let of_line = line_detectable(series, first, last);
    match change(first, last) {
        None => vec![
            record("first-last", Unit::ShareDifference, unsure(first, last)),
            record("detectable-line", Unit::ShareSize, of_line),
        ],
        Some(change) => {
            let or_reason = |figures: Result<Figures, TrendError>| {
                figures.unwrap_or_else(|error| Figures::not_estimable(error.to_string()))
            };
            vec![
                record("first-last", Unit::ShareDifference, figures(first, last, change).against_zero()),
                record("equivalence", Unit::ShareDifference, or_reason(equivalent(series, first, last, change))),
                record("detectable", Unit::ShareSize, or_reason(detectable(series.analysis.power, change.se))),
                record("detectable-line", Unit::ShareSize, of_line),
            ]
        }
    }
}

/// Two one-sided tests against the margin.
fn equivalent(
    series: &Series<'_>,
    first: &Observation,
    last: &Observation,
    change: WaveDifference,
) -> Result<Figures, TrendError> {
    let margin = series.analysis.margin / 100.0;
    let test = equivalence(change.difference, change.se, margin, f64::INFINITY, 1.0 - SIGNIFICANCE)?;
    let limits = Interval { low: test.low, high: test.high, method: "two one-sided tests" };
    Ok(Figures {
        level: Some(1.0 - 2.0 * SIGNIFICANCE),
        test: Some(outcome("equivalence", (margin - change.difference.abs()) / change.se, None, test.p_value)),
        ..figures(first, last, change).limits(Some(limits))
    })
}

pub(super) fn detectable(power: f64, se: f64) -> Result<Figures, TrendError> {
    smallest_detectable_difference(se, power, SIGNIFICANCE).map(|size| detectable::figures(Ok::<f64, TrendError>(size)))
}

/// The smallest total change along a line, from the sampling error of its slope.
fn line_detectable(series: &Series<'_>, first: &Observation, last: &Observation) -> Figures {
    let slope = line(series);
    match slope.se {
        Some(se) => detectable(series.analysis.power, se / 10.0 * (last.time - first.time))
            .unwrap_or_else(|error| Figures::not_estimable(error.to_string())),
        None => Figures::not_estimable(slope.reason.unwrap_or_default()),
    }
}
