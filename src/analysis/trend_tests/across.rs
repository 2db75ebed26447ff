//! Changes across events: from the last poll before to the first after, series by series and on average.

use super::slopes::outcome;
use super::steps::{change, detectable, figures};
use super::{Observation, parts_of};
use crate::analysis::interval;
use crate::analysis::multiplicity::{Adjustment, adjust};
use crate::analysis::result::{Evidence, Figures, Flag, ResultRecord, Unit};
use crate::analysis::time::possible_times;
use crate::analysis::trend::change::WaveDifference;
use crate::analysis::work::Work;
use crate::study::Span;
use crate::study::definition::{AcrossEventsAnalysis, AcrossSeries, EventDef};

/// A series with its polls in comparable parts.
struct Series<'a> {
    declared: &'a AcrossSeries,
    name: String,
    question: String,
    parts: Vec<Vec<Observation>>,
}

/// Two polls on either side of an event.
struct Pair<'a> {
    series: &'a Series<'a>,
    before: &'a Observation,
    after: &'a Observation,
    change: WaveDifference,
}

/// Answers the analysis.
pub(in crate::analysis) fn run<'s>(analysis: &'s AcrossEventsAnalysis, work: &mut Work<'s>) {
    let mut all = Vec::new();
    let answers = &work.study.definition.analysis.answers;
    for declared in &analysis.series {
        let Some(of) = answers.iter().find(|candidate| candidate.id == declared.of) else {
            let known = answers.iter().map(|candidate| candidate.id.as_str());
            work.unknown(&analysis.id, "analysis of answers", &declared.of, known);
            return;
        };
        if !of.answers.contains(&declared.answer) {
            work.unknown(&analysis.id, "answer", &declared.answer, of.answers.iter().map(String::as_str));
            return;
        }
        let parts = parts_of(of, &declared.answer, work).map_or_else(Vec::new, |(parts, _)| parts);
        let name = format!("{}-{}", declared.of, declared.answer);
        all.push(Series { declared, name, question: of.question.clone(), parts });
    }
    let mut records = Vec::new();
    let mut pooled = Vec::new();
    for id in &analysis.events {
        let events = &work.study.definition.event;
        let Some(event) = events.iter().find(|event| event.id == *id) else {
            work.unknown(&analysis.id, "event", id, events.iter().map(|event| event.id.as_str()));
            return;
        };
        let pairs: Vec<Result<Pair<'_>, &'static str>> = all.iter().map(|series| pair(series, event)).collect();
        records.extend(of_event(analysis, event, &all, &pairs));
        let found: Vec<&Pair<'_>> = pairs.iter().filter_map(|pair| pair.as_ref().ok()).collect();
        pooled.push((event, mean(&found), record_of_mean(analysis, event, &found)));
    }
    records.extend(means(analysis, pooled));
    for record in records {
        work.record(record);
    }
}

/// The polls next to an event in the part where they lie nearest to each other.
fn pair<'a>(series: &'a Series<'a>, event: &EventDef) -> Result<Pair<'a>, &'static str> {
    let (start, end) = (event.date.first_day(), event.date.last_day());
    let (start, end) = (crate::study::decimal_year(start), crate::study::decimal_year(end));
    let is_before = |poll: &&Observation| possible_times(&poll.record).is_some_and(|(_, last)| last < start);
    let is_after = |poll: &&Observation| possible_times(&poll.record).is_some_and(|(first, _)| first > end);
    let of_part = |part: &'a Vec<Observation>| {
        let known = || part.iter().filter(|poll| poll.se.is_some());
        Some((known().rfind(is_before)?, known().find(is_after)?))
    };
    let span = |(before, after): &(&Observation, &Observation)| after.time - before.time;
    let nearest = series.parts.iter().filter_map(of_part).min_by(|a, b| span(a).total_cmp(&span(b)));
    let (before, after) = nearest.ok_or("no poll with a known sample on one side of it")?;
    let change = change(before, after).ok_or("no standard error of the change")?;
    Ok(Pair { series, before, after, change })
}

/// Records of the series at an event.
fn of_event(
    analysis: &AcrossEventsAnalysis,
    event: &EventDef,
    all: &[Series<'_>],
    pairs: &[Result<Pair<'_>, &'static str>],
) -> Vec<ResultRecord> {
    let raw: Vec<f64> = pairs.iter().map(|pair| pair.as_ref().map_or(f64::NAN, |pair| pair.change.p_value)).collect();
    // P values of a normal statistic are probabilities, so the adjustment cannot fail.
    let adjusted = adjust(&raw, Adjustment::Holm, None).unwrap_or_else(|_| vec![f64::NAN; raw.len()]);
    let mut out = Vec::new();
    for ((series, pair), p_value) in all.iter().zip(pairs).zip(adjusted) {
        let polls = pair.as_ref().map_or(vec![], |pair| vec![pair.before, pair.after]);
        let named = |path: &[&str], measure: &str| {
            let path: Vec<&str> = [event.id.as_str(), &series.name].into_iter().chain(path.iter().copied()).collect();
            record(analysis, event, &path, measure, &polls)
                .with("question", &series.question)
                .with("answer", &series.declared.answer)
        };
        match pair {
            Err(reason) => out.push(named(&[], "across").figures(Figures::not_estimable(*reason))),
            Ok(pair) => {
                let test = outcome("wald_z_holm", pair.change.z, None, p_value);
                let figures = Figures { test: Some(test), ..figures(pair.before, pair.after, pair.change) };
                out.push(named(&[], "across").figures(figures));
                out.push(named(&["detectable"], "detectable").figures(smallest(analysis, pair.change.se)));
            }
        }
    }
    out
}

fn smallest(analysis: &AcrossEventsAnalysis, se: f64) -> Figures {
    detectable(analysis.power, se).unwrap_or_else(|error| Figures::not_estimable(error.to_string()))
}

fn record(
    analysis: &AcrossEventsAnalysis,
    event: &EventDef,
    path: &[&str],
    measure: &str,
    polls: &[&Observation],
) -> ResultRecord {
    let unit = if measure == "detectable" { Unit::ShareSize } else { Unit::ShareDifference };
    let flags = polls.iter().flat_map(|poll| poll.record.flags.iter().copied());
    let record = ResultRecord::new(&analysis.id, path, unit, Evidence::Published)
        .with("event", &event.id)
        .with("measure", measure)
        .flags(flags.filter(|flag| *flag != Flag::SegmentChange).collect::<Vec<_>>())
        .rests_on(polls.iter().flat_map(|poll| &poll.record.origins));
    let spans = polls.iter().filter_map(|poll| poll.record.when);
    let record = match spans.reduce(Span::hull) {
        Some(span) => record.at(span),
        None => record,
    };
    match polls {
        [before, after] => record.with("before", &before.name).with("after", &after.name),
        _ => record,
    }
}

fn record_of_mean(analysis: &AcrossEventsAnalysis, event: &EventDef, pairs: &[&Pair<'_>]) -> ResultRecord {
    let polls: Vec<&Observation> = pairs.iter().flat_map(|pair| [pair.before, pair.after]).collect();
    let names: Vec<&str> = pairs.iter().map(|pair| pair.series.name.as_str()).collect();
    record(analysis, event, &[&event.id, "pooled"], "mean-change", &polls).with("series", &names.join(", "))
}

/// The mean change and its standard error.
///
/// # Definition
/// d̄ = Σ sᵢdᵢ/m, sᵢ = −1 for a series against the others. Changes that share a poll, directly or over others, depend on each other in
/// an unknown way: their standard errors add, the widest case; such groups of changes are independent of each other, so
/// se² = Σ_groups (Σ_i seᵢ)²/m².
fn mean(pairs: &[&Pair<'_>]) -> Option<(f64, f64)> {
    let m = pairs.len() as f64;
    if pairs.len() < 2 {
        return None;
    }
    let sign = |pair: &Pair<'_>| if pair.series.declared.against { -1.0 } else { 1.0 };
    let sum: f64 = pairs.iter().map(|pair| sign(pair) * pair.change.difference).sum();
    let mut group: Vec<usize> = (0..pairs.len()).collect();
    let shares = |a: &Pair<'_>, b: &Pair<'_>| {
        [a.before, a.after].iter().any(|poll| [b.before, b.after].iter().any(|other| other.name == poll.name))
    };
    for i in 0..pairs.len() {
        for j in 0..i {
            if shares(pairs[i], pairs[j]) {
                let (from, to) = (group[i], group[j]);
                group.iter_mut().filter(|own| **own == from).for_each(|own| *own = to);
            }
        }
    }
    let of_group = |g: usize| -> f64 {
        (0..pairs.len()).filter(|i| group[*i] == g).map(|i| pairs[i].change.se).sum::<f64>().powi(2)
    };
    let variance: f64 = (0..pairs.len()).map(of_group).sum::<f64>() / (m * m);
    Some((sum / m, variance.sqrt()))
}

type Mean<'a> = (&'a EventDef, Option<(f64, f64)>, ResultRecord);

/// Records of the mean changes, with p values adjusted over the events.
fn means(analysis: &AcrossEventsAnalysis, pooled: Vec<Mean<'_>>) -> Vec<ResultRecord> {
    let test = |mean: &Option<(f64, f64)>| mean.and_then(|(change, se)| interval::test_of_zero(change, se, None));
    let raw: Vec<f64> = pooled.iter().map(|(_, mean, _)| test(mean).map_or(f64::NAN, |test| test.p_value)).collect();
    let adjusted = adjust(&raw, Adjustment::Holm, None).unwrap_or_else(|_| vec![f64::NAN; raw.len()]);
    let mut out = Vec::new();
    for ((event, mean, record), p_value) in pooled.into_iter().zip(adjusted) {
        let Some((change, se)) = mean else {
            let reason = "fewer than two series have a poll with a known sample on both sides";
            out.push(record.figures(Figures::not_estimable(reason)));
            continue;
        };
        let limits = interval::symmetric(change, se, None);
        let figures = Figures {
            estimate: Some(change),
            se: Some(se),
            test: Some(outcome("wald_z_holm", change / se, None, p_value)),
            ..Figures::default()
        };
        let smallest =
            ResultRecord::new(&analysis.id, &[&event.id, "pooled", "detectable"], Unit::ShareSize, Evidence::Published);
        let smallest = smallest.with("event", &event.id).with("measure", "detectable");
        let figures = figures.limits(limits.map(|limits| limits.by("widest dependence within polls")));
        out.push(record.flags([Flag::WidestInterval]).figures(figures));
        out.push(smallest.figures(self::smallest(analysis, se)));
    }
    out
}
