//! Published answers to one question, poll by poll, with change, slope and yearly averages.

mod change;
mod slope;
mod yearly;

pub(super) use slope::{Observation, weighted_line};

use super::published::{Absent, Request, SegmentKey, Selected, printed, select, unit_of, value_figures};
use super::result::{Evidence, Figures, Flag, ResultRecord, Unit};
use super::work::{Work, answer_name};
use crate::study::Span;
use crate::study::definition::{AnswersAnalysis, Question, Side};

/// One answer in one poll, as the measures over time need it.
struct Point<'s> {
    poll: &'s str,
    pollster: &'s str,
    key: &'s SegmentKey<'s>,
    when: Span,
    /// Middle of the field time, in years.
    time: f64,
    estimate: f64,
    variance: Option<f64>,
    record: ResultRecord,
}

/// Answers the analysis: a record for each poll and answer, then what the series says as a whole.
pub(super) fn run<'s>(analysis: &'s AnswersAnalysis, work: &mut Work<'s>) {
    let Some(question) = work.question(&analysis.id, &analysis.question) else { return };
    check(analysis, question, work);
    let polls = select(work.study, question, Request::from(analysis));
    for left_out in polls.left_out.iter().filter(|left_out| left_out.is_remarkable) {
        work.remark(&analysis.id, left_out.poll, format!("left out: {}", left_out.why));
    }
    if polls.taken.is_empty() {
        work.remark(&analysis.id, &question.id, "no poll at hand asked the question in this universe and time");
    }
    for answer in &analysis.answers {
        let mut points = Vec::new();
        for poll in &polls.taken {
            let Some(record) = one_poll(analysis, question, poll, answer, work) else { continue };
            points.extend(point(poll, &record));
            work.record(record);
        }
        let unit = unit_of(question);
        work.record(change::record(analysis, answer, &points));
        work.record(slope::record(analysis, answer, &points, work.study));
        if analysis.yearly {
            for record in yearly::records(analysis, answer, &points, unit) {
                work.record(record);
            }
        }
    }
}

/// Names in the analysis that stand for nothing.
fn check<'s>(analysis: &'s AnswersAnalysis, question: &'s Question, work: &mut Work<'s>) {
    let definition = &work.study.definition;
    let has_side = |side: &&Side| question.answers.iter().any(|answer| answer.side == Some(**side));
    let sides = Side::ALL.iter().filter(has_side).map(|side| side.word());
    let known = question.answers.iter().map(|answer| answer.id.as_str()).chain(sides);
    for answer in &analysis.answers {
        if !known.clone().any(|name| name == answer) {
            work.unknown(&analysis.id, "answer or side", answer, known.clone());
        }
    }
    let pollsters = definition.pollster.iter().map(|pollster| pollster.id.as_str());
    for pollster in &analysis.pollsters {
        if !pollsters.clone().any(|id| id == pollster) {
            work.unknown(&analysis.id, "pollster", pollster, pollsters.clone());
        }
    }
    let universes = definition.universe.iter().map(|universe| universe.id.as_str());
    if let Some(universe) = &analysis.universe
        && !universes.clone().any(|id| id == universe)
    {
        work.unknown(&analysis.id, "universe", universe, universes);
    }
}

/// The record of one answer in one poll; none for an answer that the questionnaire does not have.
fn one_poll(
    analysis: &AnswersAnalysis,
    question: &Question,
    poll: &Selected<'_>,
    answer: &str,
    work: &mut Work<'_>,
) -> Option<ResultRecord> {
    let topline = poll.topline;
    let unit = unit_of(question);
    let record = ResultRecord::new(&analysis.id, &[&topline.poll, answer], unit, Evidence::Published)
        .with("poll", &topline.poll)
        .with("pollster", &topline.pollster)
        .with("question", &topline.question)
        .with("answer", answer)
        .with("segment", &poll.segment.to_string())
        .at(topline.known_field());
    let printed = match printed(question, topline, answer) {
        Ok(printed) => printed,
        Err(Absent::Unknown) => return None,
        Err(Absent::NotPrinted(reason)) => {
            work.remark(&analysis.id, &topline.poll, format!("{}: {reason}", answer_name(question, answer)));
            let flags = poll.flags.iter().copied().filter(|flag| !matches!(flag, Flag::NAssumed | Flag::DeffDeclared));
            return Some(record.flags(flags).figures(Figures::not_estimable(reason)));
        }
    };
    if let Some(note) = &printed.note {
        work.remark(&analysis.id, &topline.poll, format!("{}: {note}", answer_name(question, answer)));
    }
    let figures = match &poll.sample {
        Ok(sample) => value_figures(unit, &printed, *sample),
        Err(reason) => Figures::without_interval(printed.share.min(1.0), reason),
    };
    let widest = (unit == Unit::ShareDifference && figures.se.is_some()).then_some(Flag::WidestInterval);
    Some(record.figures(figures).flags(poll.flags.iter().copied().chain(widest)).rests_on(&printed.origins))
}

fn point<'s>(poll: &'s Selected<'s>, record: &ResultRecord) -> Option<Point<'s>> {
    Some(Point {
        poll: &poll.topline.poll,
        pollster: &poll.topline.pollster,
        key: &poll.key,
        when: poll.topline.known_field(),
        time: poll.topline.field.mid_year(),
        estimate: record.estimate.estimate?,
        variance: record.estimate.se.map(|se| se * se),
        record: record.clone(),
    })
}

/// Flags of a number made from several polls; a break inside the series is told apart.
fn joint_flags<'p>(points: impl IntoIterator<Item = &'p Point<'p>>) -> impl Iterator<Item = Flag> {
    points.into_iter().flat_map(|point| point.record.flags.iter().copied()).filter(|flag| *flag != Flag::SegmentChange)
}

/// The span from the first to the last of some polls, which stand in order of time.
fn span(points: &[&Point<'_>]) -> Option<Span> {
    Some(Span { start: points.first()?.when.start, end: points.last()?.when.end })
}

#[cfg(test)]
mod tests;
