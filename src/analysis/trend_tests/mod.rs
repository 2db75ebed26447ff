//! Tests of series of few polls: did it change, between which polls, and could it have changed unseen?

mod across;
mod slopes;
mod steps;

pub(super) use across::run as across_events;

use super::published::{Request, SegmentKey, select};
use super::result::{Evidence, Flag, ResultRecord, Unit};
use super::work::Work;
use crate::study::Span;
use crate::study::definition::{AnswersAnalysis, TrendTestsAnalysis};

/// A poll of a series.
struct Observation {
    /// Poll, or the last part of the id of a result.
    name: String,
    /// Middle of the field time, in years.
    time: f64,
    estimate: f64,
    se: Option<f64>,
    record: ResultRecord,
}

/// A series in parts that may each be compared within themselves only, each in order of time.
struct Series<'a> {
    analysis: &'a TrendTestsAnalysis,
    /// The answer; empty for a series of results.
    answer: &'a str,
    unit: Unit,
    parts: Vec<Vec<Observation>>,
}

/// Answers the analysis; it comes after contrasts, so that it can test differences too.
pub(super) fn run<'s>(analysis: &'s TrendTestsAnalysis, work: &mut Work<'s>) {
    if !(analysis.margin > 0.0 && analysis.power > 0.0 && analysis.power < 1.0) {
        let problem = work.problem(&analysis.id, "A14", "a margin or power outside its range");
        problem.observed = Some(format!("margin {}, power {}", analysis.margin, analysis.power));
        problem.expected = Some("a margin above 0 in percentage points, a power between 0 and 1".to_owned());
        return;
    }
    match (&analysis.of, analysis.results.is_empty()) {
        (Some(of), true) => {
            for series in of_answers(analysis, of, work) {
                test(&series, work);
            }
        }
        (None, false) => {
            if let Some(series) = of_results(analysis, work) {
                test(&series, work);
            }
        }
        _ => {
            let problem = work.problem(&analysis.id, "A14", "a trend test needs either `of` or `results`");
            problem.hint = Some("name an analysis of answers as `of`, or ids of results in order of time".to_owned());
        }
    }
}

fn test(series: &Series<'_>, work: &mut Work<'_>) {
    let records = slopes::records(series).into_iter().chain(steps::records(series));
    for record in records.collect::<Vec<_>>() {
        work.record(record);
    }
}

/// A series for each answer of an analysis of answers.
fn of_answers<'s>(analysis: &'s TrendTestsAnalysis, of: &str, work: &mut Work<'s>) -> Vec<Series<'s>> {
    let study = work.study;
    let all = &study.definition.analysis.answers;
    let Some(answers) = all.iter().find(|candidate| candidate.id == of) else {
        work.unknown(&analysis.id, "analysis of answers", of, all.iter().map(|candidate| candidate.id.as_str()));
        return Vec::new();
    };
    for answer in analysis.answers.iter().filter(|answer| !answers.answers.contains(answer)) {
        work.unknown(&analysis.id, "answer", answer, answers.answers.iter().map(String::as_str));
    }
    let wanted = if analysis.answers.is_empty() { &answers.answers } else { &analysis.answers };
    wanted.iter().filter_map(|answer| of_answer(analysis, answers, answer, work)).collect()
}

fn of_answer<'s>(
    analysis: &'s TrendTestsAnalysis,
    answers: &'s AnswersAnalysis,
    answer: &'s str,
    work: &Work<'s>,
) -> Option<Series<'s>> {
    let (parts, unit) = parts_of(answers, answer, work)?;
    Some(Series { analysis, answer, unit, parts })
}

/// The polls of an answer in parts that may each be compared within themselves, and the unit of its results.
fn parts_of(answers: &AnswersAnalysis, answer: &str, work: &Work<'_>) -> Option<(Vec<Vec<Observation>>, Unit)> {
    let study = work.study;
    let question = study.definition.question.iter().find(|question| question.id == answers.question)?;
    let polls = select(study, question, Request::from(answers));
    let mut heads: Vec<&SegmentKey<'_>> = Vec::new();
    let mut parts: Vec<Vec<Observation>> = Vec::new();
    let mut unit = Unit::Share;
    for poll in &polls.taken {
        let Some(record) = work.results.get(&format!("{}/{}/{answer}", answers.id, poll.topline.poll)) else {
            continue;
        };
        unit = record.unit;
        let Some(observation) = observation(&poll.topline.poll, record) else { continue };
        match heads.iter().position(|head| head.is_same_as(&poll.key)) {
            Some(part) => parts[part].push(observation),
            None => {
                heads.push(&poll.key);
                parts.push(vec![observation]);
            }
        }
    }
    Some((parts, unit))
}

/// A series of results that the definition names.
fn of_results<'s>(analysis: &'s TrendTestsAnalysis, work: &mut Work<'s>) -> Option<Series<'s>> {
    let mut part: Vec<Observation> = Vec::new();
    let mut unit = None;
    for id in &analysis.results {
        let Some(record) = work.results.get(id).cloned() else {
            let ids: Vec<String> = work.results.records.iter().map(|record| record.id.clone()).collect();
            work.unknown(&analysis.id, "result", id, ids.iter().map(String::as_str));
            return None;
        };
        if !matches!(record.unit, Unit::Share | Unit::ShareDifference) || unit.is_some_and(|unit| unit != record.unit) {
            let problem = work.problem(&analysis.id, "A14", format!("result `{id}` cannot be in the series"));
            problem.observed = Some(format!("{:?}", record.unit));
            problem.expected = Some("shares only, or differences of shares only".to_owned());
            return None;
        }
        unit = Some(record.unit);
        let name = match record.about("poll") {
            "" => id.rsplit('/').next().unwrap_or(id),
            poll => poll,
        };
        part.extend(observation(name, &record));
    }
    part.sort_by(|a, b| a.time.total_cmp(&b.time));
    Some(Series { analysis, answer: "", unit: unit?, parts: vec![part] })
}

fn observation(name: &str, record: &ResultRecord) -> Option<Observation> {
    Some(Observation {
        name: name.to_owned(),
        time: record.when?.mid_year(),
        estimate: record.estimate.estimate?,
        se: record.estimate.se.filter(|se| *se > 0.0),
        record: record.clone(),
    })
}

impl Series<'_> {
    /// A record of the series that rests on some of its polls.
    fn record<'o>(&self, path: &[&str], unit: Unit, polls: impl IntoIterator<Item = &'o Observation>) -> ResultRecord {
        let polls: Vec<&Observation> = polls.into_iter().collect();
        let path: Vec<&str> =
            Some(self.answer).into_iter().filter(|answer| !answer.is_empty()).chain(path.iter().copied()).collect();
        let spans = polls.iter().filter_map(|poll| poll.record.when);
        let flags = polls.iter().flat_map(|poll| poll.record.flags.iter().copied());
        let question = polls.first().map_or("", |poll| poll.record.about("question"));
        let record = ResultRecord::new(&self.analysis.id, &path, unit, Evidence::Published)
            .with("question", question)
            .with("answer", self.answer)
            .flags(flags.filter(|flag| *flag != Flag::SegmentChange))
            .rests_on(polls.iter().flat_map(|poll| &poll.record.origins));
        match spans.reduce(Span::hull) {
            Some(span) => record.at(span),
            None => record,
        }
    }

    /// The part with the most polls; of two alike the longer one, then the earlier one.
    fn longest(&self) -> &[Observation] {
        let length =
            |part: &[Observation]| part.last().zip(part.first()).map_or(0.0, |(last, first)| last.time - first.time);
        let longer = |a: &[Observation], b: &[Observation]| (b.len(), length(b)) > (a.len(), length(a));
        self.parts.iter().fold(&[][..], |best, part| if longer(best, part) { part } else { best })
    }

    /// Polls in parts of two and more.
    fn compared(&self) -> impl Iterator<Item = &Observation> {
        self.parts.iter().filter(|part| part.len() > 1).flatten()
    }
}

/// Respondents of all polls, where all are known.
fn respondents<'o>(polls: impl IntoIterator<Item = &'o Observation>) -> Option<u64> {
    polls.into_iter().map(|poll| poll.record.estimate.n).sum()
}

#[cfg(test)]
mod tests;
