//! Last poll minus first.

use super::{Point, joint_flags, span};
use crate::analysis::interval;
use crate::analysis::result::{Evidence, Figures, ResultRecord, Unit};
use crate::study::definition::AnswersAnalysis;

/// The change of an answer from the first poll to the last.
///
/// # Definition
///
/// p₂ − p₁ of two separate samples: se² = se₁² + se₂², interval ± z·se. Only within one pollster, wording, office and
/// mode; otherwise the record says why there is no number.
pub(super) fn record(analysis: &AnswersAnalysis, answer: &str, points: &[Point<'_>]) -> ResultRecord {
    let record = ResultRecord::new(&analysis.id, &["change", answer], Unit::ShareDifference, Evidence::Published)
        .with("measure", "change")
        .with("question", &analysis.question)
        .with("answer", answer);
    let [first, .., last] = points else {
        let n_polls = points.len();
        return record
            .figures(Figures::not_estimable(format!("a change needs two polls with a share, there are {n_polls}")));
    };
    let record = record
        .with("first", first.poll)
        .with("second", last.poll)
        .flags(joint_flags([first, last]))
        .rests_on(first.record.origins.iter().chain(&last.record.origins));
    let record = match span(&[first, last]) {
        Some(span) => record.at(span),
        None => record,
    };
    record.figures(figures(first, last))
}

fn figures(first: &Point<'_>, last: &Point<'_>) -> Figures {
    if !first.key.is_same_as(last.key) {
        let what = if first.pollster == last.pollster { "wording, office or mode" } else { "pollster" };
        return Figures::not_estimable(format!("{what} differs between the first and the last poll"));
    }
    let difference = last.estimate - first.estimate;
    let (Some(before), Some(after)) = (first.variance, last.variance) else {
        let poll = if first.variance.is_none() { first.poll } else { last.poll };
        return Figures::without_interval(difference, format!("no standard error for poll `{poll}`"));
    };
    let se = (before + after).sqrt();
    let interval = interval::symmetric(difference, se, None);
    Figures {
        estimate: Some(difference),
        se: Some(se),
        n: first.record.estimate.n.zip(last.record.estimate.n).map(|(first, last)| first + last),
        ..Figures::default()
    }
    .limits(interval)
}
