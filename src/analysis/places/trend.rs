//! Does the gap between two places change from survey to survey: group × time among the respondents of all of them.

use super::characteristics::held;
use super::design::stacked;
use super::figures::figures;
use super::outcome::{Coded, code};
use super::settlement::{Place, settle};
use super::{Cut, Poll, decomposed};
use crate::analysis::compare::{
    CompareError, Control, GroupTrend, OverallTest, TrendComparison, TrendRequest, gap_trends,
};
use crate::analysis::detectable;
use crate::analysis::interval::LEVEL;
use crate::analysis::result::{Evidence, Figures, Flag, ResultRecord, TestOutcome, Unit};
use crate::analysis::work::Work;
use crate::design::{Codes, MISSING};
use crate::estimate::Estimate;
use crate::study::definition::GapTrendAnalysis;
use crate::study::{Origin, Span};

/// A survey, ready to be stacked.
struct Wave<'s> {
    poll: Poll<'s>,
    coded: Coded,
    place: Place<'s>,
    time: f64,
    /// Codes of the characteristics; empty where none are asked for or known.
    by: Vec<(&'s str, Codes)>,
}

/// Answers the analysis.
pub(in crate::analysis) fn run<'s>(analysis: &'s GapTrendAnalysis, work: &mut Work<'s>) {
    let definition = &work.study.definition;
    let Some((split, halves)) = work.split(&analysis.id, &analysis.split) else { return };
    let mut waves = Vec::new();
    for id in &analysis.surveys {
        let Some(survey) = definition.survey.iter().find(|survey| survey.id == *id) else {
            work.unknown(&analysis.id, "survey", id, definition.survey.iter().map(|survey| survey.id.as_str()));
            return;
        };
        let Some(outcome) = survey.outcome.iter().find(|outcome| outcome.measure == analysis.measure) else {
            let known = survey.outcome.iter().map(|outcome| outcome.measure.as_str());
            work.unknown(&analysis.id, &format!("measure of `{id}`"), &analysis.measure, known);
            return;
        };
        let Some(poll) = Poll::new(&analysis.id, survey, work) else { return };
        let Some(place) = settle(&analysis.id, &poll, split, work) else { return };
        let Some(coded) = code(&analysis.id, &poll, outcome, work) else { return };
        let time = Span { start: survey.field_start, end: survey.field_end }.mid_year();
        waves.push(Wave { poll, coded, place, time, by: Vec::new() });
    }
    write(analysis, "", &waves, halves, work);
    if analysis.by.is_empty() {
        return;
    }
    for wave in &mut waves {
        let cut = Cut { classes: &wave.place, split: &wave.place, halves };
        match held(&analysis.id, &analysis.id, &analysis.by, &wave.poll, &wave.coded, &cut, work) {
            Some(held) => wave.by = held.by,
            None => return,
        }
    }
    write(analysis, "-adjusted", &waves, halves, work);
}

fn write(analysis: &GapTrendAnalysis, suffix: &str, waves: &[Wave<'_>], halves: [&str; 2], work: &mut Work<'_>) {
    let polls: Vec<&Poll<'_>> = waves.iter().map(|wave| &wave.poll).collect();
    let Some(design) = stacked(&analysis.id, &polls, work) else { return };
    let response: Vec<f64> = waves.iter().flat_map(|wave| wave.coded.numbers()).collect();
    let times: Vec<f64> = waves.iter().flat_map(|wave| vec![wave.time; wave.poll.rows.len()]).collect();
    // The second half is the reference: gaps are the first minus the second.
    let groups = joined(waves.iter().map(|wave| {
        let cut = Cut { classes: &wave.place, split: &wave.place, halves };
        decomposed::places(&cut, [halves[1], halves[0]])
    }));
    let first = waves.first().map_or(&[][..], |wave| &wave.by);
    let controls: Vec<Control> = first
        .iter()
        .enumerate()
        .map(|(k, (name, _))| {
            let codes = joined(waves.iter().filter_map(|wave| wave.by.get(k)).map(|(_, codes)| codes.clone()));
            Control::Factor((*name).to_owned(), codes)
        })
        .collect();
    let mask = vec![true; response.len()];
    let request = TrendRequest {
        response: &response,
        is_share: true,
        groups: &groups,
        reference: 0,
        times: &times,
        controls: &controls,
        mask: &mask,
    };
    let found = gap_trends(&design.design, &request, LEVEL);
    // A pollster is named where it is the same in all surveys.
    let first = polls.first().map_or("", |poll| &poll.survey.pollster);
    let pollster = if polls.iter().all(|poll| poll.survey.pollster == first) { first } else { "" };
    let is_opt_in = polls.iter().any(|poll| poll.is_opt_in);
    let spans = polls.iter().map(|poll| Span { start: poll.survey.field_start, end: poll.survey.field_end });
    let when = spans.reduce(Span::hull);
    let declared = design.is_declared(|row| groups.codes()[row] != MISSING);
    let record = |name: &str, unit: Unit| {
        let evidence = if is_opt_in { Evidence::OptInMicrodata } else { Evidence::Microdata };
        let origins: Vec<Origin> =
            polls.iter().map(|poll| Origin { file: poll.file.file.clone(), lines: Vec::new() }).collect();
        let record = ResultRecord::new(&analysis.id, &[&format!("{name}{suffix}")], unit, evidence)
            .with("pollster", pollster)
            .with("measure", &analysis.measure)
            .with("statistic", name)
            .flags(is_opt_in.then_some(Flag::OptIn))
            .flags(declared.then_some(Flag::DeffDeclared))
            .rests_on(&origins);
        match when {
            Some(when) => record.at(when),
            None => record,
        }
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            work.record(record("change", Unit::ShareDifference).figures(Figures::not_estimable(error.to_string())));
            return;
        }
    };
    let span = found.times.last().zip(found.times.first()).map_or(0.0, |(last, first)| last - first);
    let n = Some(found.n as u64);
    for (group, half) in [(1, halves[0]), (0, halves[1])] {
        let figures = change(&found, group, span, |trend| trend.slope.as_ref());
        work.record(record(&format!("change-{half}"), Unit::ShareDifference).figures(Figures { n, ..figures }));
    }
    let mut gap = change(&found, 1, span, |trend| trend.difference.as_ref());
    gap.test = test(&found.parallel);
    let smallest = detectable::of_change(&gap);
    work.record(record("change", Unit::ShareDifference).figures(Figures { n, ..gap }));
    work.record(record("detectable", Unit::ShareSize).figures(Figures { n, ..smallest }));
    if let Some(steady) = &found.steady {
        let statistic = steady.as_ref().ok().map(|found| found.statistic);
        let figures = match statistic {
            Some(f) => Figures { n, test: test(steady), ..Figures::without_interval(f, "the statistic of a test") },
            None => Figures::not_estimable("the differences of single surveys cannot be tested"),
        };
        work.record(record("any-change", Unit::Index).figures(figures));
    }
}

/// The change over the whole time along a straight line.
fn change<'f>(
    found: &'f TrendComparison,
    group: usize,
    span: f64,
    of: impl Fn(&'f GroupTrend) -> Option<&'f Estimate>,
) -> Figures {
    let Some(slope) = found.groups.get(group).and_then(of) else {
        return Figures::not_estimable("the model has no such slope");
    };
    let own = figures(slope);
    let over = |value: Option<f64>| value.map(|value| value * span);
    Figures {
        estimate: over(own.estimate),
        se: over(own.se),
        ci_low: over(own.ci_low),
        ci_high: over(own.ci_high),
        ci_method: own.ci_method.map(|_| "Wald, interaction of place and time"),
        deff: None,
        deff_reference: None,
        n_eff: None,
        ..own
    }
}

fn test(found: &Result<OverallTest, CompareError>) -> Option<TestOutcome> {
    let found = found.as_ref().ok()?;
    Some(TestOutcome {
        method: "wald_f",
        statistic: Some(found.statistic),
        numerator_degf: Some(found.degf),
        degf: found.denominator_degf,
        p_value: found.p_value,
    })
}

/// Codes one behind another; labels of all, in byte order where they differ.
fn joined(parts: impl Iterator<Item = Codes>) -> Codes {
    let parts: Vec<Codes> = parts.collect();
    let alike = parts.windows(2).all(|pair| pair[0].labels() == pair[1].labels());
    let mut labels: Vec<String> = parts.first().map_or_else(Vec::new, |part| part.labels().to_vec());
    if !alike {
        labels = parts.iter().flat_map(|part| part.labels().to_vec()).collect();
        labels.sort_unstable();
        labels.dedup();
    }
    let code = |part: &Codes, code: u32| {
        let label = part.labels().get(code as usize);
        label.and_then(|label| labels.iter().position(|own| own == label)).map_or(MISSING, |k| k as u32)
    };
    let codes = parts.iter().flat_map(|part| part.codes().iter().map(|c| code(part, *c)).collect::<Vec<u32>>());
    Codes::from_codes(codes.collect(), labels)
}
