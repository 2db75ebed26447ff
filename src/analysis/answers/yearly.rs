//! Averages per calendar year, for dense series.

use std::collections::BTreeMap;

use super::{Point, joint_flags};
use crate::analysis::interval;
use crate::analysis::result::{Evidence, Figures, Flag, ResultRecord, Unit};
use crate::study::definition::AnswersAnalysis;
use crate::study::{PartialDate, Span};

/// One record for each calendar year; for each pollster apart where the series has several.
///
/// # Definition
///
/// Unweighted mean of the year's m polls; se² = Σ se² / m², the samples being separate. It covers sampling, not the
/// movement of opinion within the year. Interval of a share as for one poll.
pub(super) fn records(analysis: &AnswersAnalysis, answer: &str, points: &[Point<'_>], unit: Unit) -> Vec<ResultRecord> {
    let has_one_pollster = points.windows(2).all(|pair| pair[0].pollster == pair[1].pollster);
    let mut groups: BTreeMap<(i32, &str), Vec<&Point<'_>>> = BTreeMap::new();
    for point in points {
        let pollster = if has_one_pollster { "" } else { point.pollster };
        groups.entry((point.time.floor() as i32, pollster)).or_default().push(point);
    }
    groups
        .into_iter()
        .map(|((year, pollster), polls)| {
            let name = if pollster.is_empty() { format!("year-{year}") } else { format!("year-{year}-{pollster}") };
            let is_broken = polls.iter().any(|poll| !poll.key.is_same_as(polls[0].key));
            let record = ResultRecord::new(&analysis.id, &[&name, answer], unit, Evidence::Published)
                .with("measure", "year")
                .with("period", &year.to_string())
                .with("pollster", polls[0].pollster)
                .with("question", &analysis.question)
                .with("answer", answer)
                .flags(joint_flags(polls.iter().copied()).chain(is_broken.then_some(Flag::SegmentChange)))
                .rests_on(polls.iter().flat_map(|poll| &poll.record.origins))
                .figures(average(&polls, unit));
            match format!("{year:04}").parse::<PartialDate>() {
                Ok(year) => record.at(Span::at(year)),
                Err(_) => record,
            }
        })
        .collect()
}

fn average(polls: &[&Point<'_>], unit: Unit) -> Figures {
    let m = polls.len() as f64;
    let mean = polls.iter().map(|poll| poll.estimate).sum::<f64>() / m;
    let Some(variance) = polls.iter().map(|poll| poll.variance).sum::<Option<f64>>().map(|sum| sum / (m * m)) else {
        return Figures::without_interval(mean, "a poll of the year has no standard error");
    };
    let n: Option<u64> = polls.iter().map(|poll| poll.record.estimate.n).sum();
    let n_eff = mean * (1.0 - mean) / variance;
    let interval = if unit == Unit::Share && n_eff > 0.0 {
        interval::share(mean, n.unwrap_or(0) as f64, n_eff)
    } else {
        interval::symmetric(mean, variance.sqrt(), None)
    };
    Figures {
        estimate: Some(mean),
        se: Some(variance.sqrt()),
        n,
        n_eff: (unit == Unit::Share && n_eff > 0.0).then_some(n_eff),
        ..Figures::default()
    }
    .limits(interval)
}
