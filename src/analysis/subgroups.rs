//! Published answers of subgroups, and how far each lies from the poll's total.

use std::collections::BTreeSet;

use super::base::base_flag;
use super::interval;
use super::published::{DECLARED, Printed, Sample, is_coarse, single, unit_of, value_figures};
use super::result::{Evidence, Figures, Flag, ResultRecord, Unit};
use super::work::Work;
use crate::study::definition::{Question, SubgroupAnalysis};
use crate::study::{PublishedGroup, PublishedTopline};

/// Last part of the id of a total.
const ALL: &str = "all";

/// Answers the analysis, table by table in file order.
pub(super) fn run<'s>(analysis: &'s SubgroupAnalysis, work: &mut Work<'s>) {
    let study = work.study;
    let tables: Vec<&PublishedTopline> = study.toplines.iter().filter(|table| table.data == analysis.data).collect();
    if tables.is_empty() {
        let known: BTreeSet<&str> = study.toplines.iter().map(|table| table.data.as_str()).collect();
        work.unknown(&analysis.id, "topline data", &analysis.data, known);
        return;
    }
    let variables: BTreeSet<&str> =
        tables.iter().filter_map(|table| table.group.as_ref()).map(|group| group.variable.as_str()).collect();
    for variable in analysis.variables.iter().chain(&analysis.across_clusters) {
        if !variables.contains(variable.as_str()) {
            work.unknown(&analysis.id, "group variable", variable, variables.iter().copied());
        }
    }
    for id in &analysis.questions {
        let Some(question) = work.question(&analysis.id, id) else { continue };
        let of_question: Vec<&PublishedTopline> =
            tables.iter().copied().filter(|table| table.question == *id).collect();
        if of_question.is_empty() {
            work.remark(&analysis.id, id, "no table by subgroup at hand");
        }
        for table in &of_question {
            if let Some(survey) = at_hand(work, table) {
                let text = format!("left out: the respondents of this poll are at hand as `{survey}`");
                work.remark(&analysis.id, &table.poll, text);
                continue;
            }
            let is_wanted =
                |group: &PublishedGroup| analysis.variables.is_empty() || analysis.variables.contains(&group.variable);
            if table.group.as_ref().is_none_or(is_wanted) {
                one_table(analysis, question, table, total(&of_question, table), work);
            }
        }
    }
}

/// The survey that is this poll and measured this question.
fn at_hand<'s>(work: &Work<'s>, table: &PublishedTopline) -> Option<&'s str> {
    let surveys = &work.study.definition.survey;
    let same = surveys.iter().find(|survey| survey.same_as.contains(&table.poll))?;
    same.outcome.iter().any(|outcome| outcome.measure == table.question).then_some(same.id.as_str())
}

/// The total of the same poll among the tables of a question.
fn total<'t>(tables: &[&'t PublishedTopline], table: &PublishedTopline) -> Option<&'t PublishedTopline> {
    tables.iter().copied().find(|candidate| candidate.poll == table.poll && candidate.group.is_none())
}

fn one_table(
    analysis: &SubgroupAnalysis,
    question: &Question,
    table: &PublishedTopline,
    total: Option<&PublishedTopline>,
    work: &mut Work<'_>,
) {
    let unit = unit_of(question);
    let poll = Sample::of(&work.study.definition, table);
    let group = table.group.as_ref();
    let label = group.map_or(ALL, |group| group.label.as_str());
    let sample = match (&poll, group) {
        (Err(reason), _) => Err(reason.clone()),
        (Ok(sample), None) => Ok(*sample),
        (Ok(sample), Some(group)) => group_sample(analysis, *sample, group),
    };
    for share in &table.answers {
        let printed = single(share);
        let record = |path: &[&str], unit| {
            let path: Vec<&str> =
                [table.poll.as_str(), &table.question, &share.answer].into_iter().chain(path.iter().copied()).collect();
            ResultRecord::new(&analysis.id, &path, unit, Evidence::Published)
                .with("poll", &table.poll)
                .with("pollster", &table.pollster)
                .with("question", &table.question)
                .with("answer", &share.answer)
                .with("group", label)
                .with("variable", group.map_or("", |group| &group.variable))
                .at(table.known_field())
                .flags((is_coarse(table.field) || table.is_month_only).then_some(Flag::DateCoarse))
                .rests_on([&share.origin])
        };
        let figures = match &sample {
            Ok(sample) => value_figures(unit, &printed, *sample),
            Err(reason) => Figures::without_interval(printed.share, reason),
        };
        work.record(record(&[label], unit).flags(flags(&sample)).figures(figures));
        let Some(group) = group else { continue };
        let of_all = total.and_then(|total| total.answer(&share.answer));
        let figures = match (of_all, &poll, &sample) {
            (None, ..) => Figures::not_estimable("the table does not give the answer of all respondents"),
            (Some(of_all), Ok(poll), Ok(_)) if unit == Unit::Share => {
                minus_all(&printed, &single(of_all), Groups::new(analysis, *poll, group))
            }
            (Some(of_all), Err(reason), _) | (Some(of_all), _, Err(reason)) => {
                Figures::without_interval(printed.share - of_all.share, reason)
            }
            (Some(of_all), ..) => {
                Figures::without_interval(printed.share - of_all.share, "difference of printed net values")
            }
        };
        work.record(
            record(&[label, "minus-all"], Unit::ShareDifference)
                .with("measure", "minus-all")
                .flags(flags(&sample))
                .rests_on(std::iter::once(share).chain(of_all).map(|share| &share.origin))
                .figures(figures),
        );
    }
}

fn flags(sample: &Result<Sample, String>) -> impl Iterator<Item = Flag> {
    let small = sample.as_ref().ok().and_then(|sample| base_flag(sample.n, None));
    sample.as_ref().ok().into_iter().flat_map(|sample| sample.flags()).chain(small)
}

fn group_sample(analysis: &SubgroupAnalysis, poll: Sample, group: &PublishedGroup) -> Result<Sample, String> {
    match group.n {
        Some(n) if n > 0 => Ok(poll.group(u64::from(n), analysis.across_clusters.contains(&group.variable))),
        _ => Err("the source does not give the number of respondents in the group".to_owned()),
    }
}

/// The samples of a group and of the rest of the poll.
#[derive(Debug, Clone, Copy)]
struct Groups {
    group: Sample,
    rest: Option<Sample>,
}

impl Groups {
    fn new(analysis: &SubgroupAnalysis, poll: Sample, group: &PublishedGroup) -> Self {
        let n = u64::from(group.n.unwrap_or(0));
        let is_across = analysis.across_clusters.contains(&group.variable);
        Groups { group: poll.group(n, is_across), rest: (poll.n > n).then(|| poll.group(poll.n - n, is_across)) }
    }
}

/// A group's share minus that of all respondents.
///
/// # Definition
///
/// The group is part of the total: with π = n_g/n, p_all = π·p_g + (1 − π)·p_rest, so p_g − p_all =
/// (1 − π)(p_g − p_rest) and se² = (1 − π)²·(v_g + v_rest), v = deff·p(1 − p)/n of each side, plus the rounding of
/// both printed shares. The two sides are taken as independent; p_rest follows from the printed shares and is kept
/// within 0 and 1. Interval ± z·se.
fn minus_all(printed: &Printed, all: &Printed, groups: Groups) -> Figures {
    let difference = printed.share - all.share;
    let Some(rest) = groups.rest else {
        return Figures::without_interval(difference, "the group is not smaller than the poll");
    };
    let (n_group, n_rest) = (groups.group.n as f64, rest.n as f64);
    let part = n_group / (n_group + n_rest);
    let p_rest = ((all.share - part * printed.share) / (1.0 - part)).clamp(0.0, 1.0);
    let sampling = groups.group.variance(printed.share.clamp(0.0, 1.0)) + rest.variance(p_rest);
    let variance = (1.0 - part).powi(2) * sampling + printed.rounding_variance + all.rounding_variance;
    let interval = interval::symmetric(difference, variance.sqrt(), None);
    Figures {
        estimate: Some(difference),
        se: Some(variance.sqrt()),
        deff_reference: Some(DECLARED),
        n: Some(groups.group.n),
        ..Figures::default()
    }
    .limits(interval.map(|limits| limits.by("group and rest independent")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::result::Results;
    use crate::analysis::testing::{pollster, question, study, topline};

    fn table(group: Option<(&str, &str, Option<u32>)>, percent: f64) -> PublishedTopline {
        let mut table = topline("p", "mood", "2001-02-03", &[("good", percent)]);
        table.n = Some(1000);
        table.group =
            group.map(|(variable, label, n)| PublishedGroup { variable: variable.into(), label: label.into(), n });
        table
    }

    fn results(tables: Vec<PublishedTopline>) -> Results {
        let mut study = study(tables);
        study.definition.question = vec![question("mood", &[("good", None, &[])])];
        study.definition.pollster = vec![pollster("aster", &[(None, None, None, 2.0)])];
        let analysis = SubgroupAnalysis {
            id: "groups".into(),
            data: "tops".into(),
            questions: vec!["mood".into()],
            variables: Vec::new(),
            across_clusters: vec!["age".into()],
        };
        let mut work = Work::new(&study);
        run(&analysis, &mut work);
        work.finish().unwrap()
    }

    #[test]
    fn groups_across_clusters_and_groups_of_clusters() {
        let results = results(vec![
            table(None, 40.0),
            table(Some(("age", "55+", Some(250))), 52.0),
            table(Some(("settlement", "village", Some(250))), 52.0),
            table(Some(("party", "Greens", None)), 60.0),
        ]);
        let deff = |group: &str| results.get(&format!("groups/p/mood/good/{group}")).unwrap().estimate.deff;
        assert_eq!(
            (deff("all"), deff("55+"), deff("village"), deff("Greens")),
            (Some(2.0), Some(1.25), Some(2.0), None)
        );
        let greens = results.get("groups/p/mood/good/Greens/minus-all").unwrap();
        assert!((greens.estimate.estimate.unwrap() - 0.2).abs() < 1e-12);
        assert_eq!(greens.estimate.ci_low, None);
        let village = results.get("groups/p/mood/good/village/minus-all").unwrap();
        // π = 1/4, p_rest = (0.40 − 0.13)/0.75 = 0.36; v = 2·0.52·0.48/250 + 2·0.36·0.64/750.
        let sampling = 2.0 * 0.52 * 0.48 / 250.0 + 2.0 * 0.36 * 0.64 / 750.0;
        let variance: f64 = 0.75 * 0.75 * sampling + 2.0 * 1e-4 / 12.0;
        assert!((village.estimate.se.unwrap() - variance.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_group_as_large_as_the_poll_has_no_rest() {
        let results = results(vec![table(None, 40.0), table(Some(("age", "18+", Some(1000))), 40.0)]);
        let record = results.get("groups/p/mood/good/18+/minus-all").unwrap();
        assert_eq!(record.estimate.estimate, Some(0.0));
        assert!(record.estimate.reason.is_some());
    }

    #[test]
    fn tiny_groups_are_marked() {
        let results = results(vec![table(Some(("age", "90+", Some(12))), 50.0)]);
        assert!(results.get("groups/p/mood/good/90+").unwrap().flags.contains(&Flag::BaseUnder30));
    }
}
