//! What was asked in which poll, how much of it is known, and what became of it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::mood;
use super::published::{Request, leaves_room, select};
use crate::study::definition::SubgroupAnalysis;
use crate::study::{Completeness, PublishedTopline, Span, Study};

/// One question in one poll.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coverage {
    /// Question of the registry, or measure of a respondent file.
    pub question: String,
    /// Poll or survey.
    pub poll: String,
    /// Pollster.
    pub pollster: String,
    /// Universe; empty for respondent files.
    pub universe: String,
    /// Field dates.
    pub when: Span,
    /// How much of the distribution is known.
    pub status: Status,
    /// Printed answers of all respondents.
    pub n_answers: usize,
    /// Groups for which answers are printed.
    pub n_groups: usize,
    /// Analyses that use it.
    pub used_by: Vec<String>,
    /// Why no analysis uses it.
    pub left_out: Option<String>,
}

/// How much of a distribution is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// All answers are printed.
    Complete,
    /// Some are missing.
    Partial,
    /// Several answers were allowed.
    Multiple,
    /// The table does not say.
    Unstated,
    /// Only answers of groups are printed.
    GroupsOnly,
    /// The respondents themselves are at hand.
    Respondents,
}

impl From<Completeness> for Status {
    fn from(completeness: Completeness) -> Self {
        match completeness {
            Completeness::Complete => Status::Complete,
            Completeness::Partial => Status::Partial,
            Completeness::Multiple => Status::Multiple,
            Completeness::Unstated => Status::Unstated,
        }
    }
}

/// The table question × poll: questions in the order of the registry, polls in order of time, respondent files last.
pub fn coverage(study: &Study) -> Vec<Coverage> {
    let mut rows = published(study);
    rows.extend(respondents(study));
    rows
}

fn published(study: &Study) -> Vec<Coverage> {
    let questions = &study.definition.question;
    let order: BTreeMap<&str, usize> =
        questions.iter().enumerate().map(|(i, question)| (question.id.as_str(), i)).collect();
    let mut rows: BTreeMap<(usize, &str, &str), Coverage> = BTreeMap::new();
    for topline in &study.toplines {
        let place = order.get(topline.question.as_str()).copied().unwrap_or(usize::MAX);
        let row = rows.entry((place, &topline.question, &topline.poll)).or_insert_with(|| blank(topline));
        if topline.group.is_none() {
            // A poll may stand in several tables; the one that prints most of it says how much is known.
            if row.status == Status::GroupsOnly || topline.answers.len() > row.n_answers {
                row.n_answers = topline.answers.len();
                row.status = match questions.get(place) {
                    // Called complete by the table, and yet an answer must be missing.
                    Some(question)
                        if topline.completeness == Completeness::Complete && leaves_room(question, topline) =>
                    {
                        Status::Partial
                    }
                    _ => topline.completeness.into(),
                };
            }
        } else {
            row.n_groups += 1;
        }
        let groups = study.definition.analysis.subgroups.iter().filter(|analysis| takes(analysis, topline));
        for analysis in groups {
            if !row.used_by.contains(&analysis.id) {
                row.used_by.push(analysis.id.clone());
            }
        }
    }
    let mut left_out: BTreeMap<(&str, &str), String> = BTreeMap::new();
    let analyses = &study.definition.analysis;
    let answers = analyses.answers.iter().map(|analysis| (&analysis.id, Request::from(analysis)));
    let pooled = analyses.pooled.iter().flat_map(|analysis| {
        analysis.series.iter().map(move |source| (&analysis.id, Request::pooled(analysis, source)))
    });
    for (id, request) in answers.chain(pooled) {
        let Some(place) = order.get(request.question).copied() else { continue };
        let polls = select(study, &questions[place], request);
        for poll in &polls.taken {
            if let Some(row) = rows.get_mut(&(place, request.question, poll.topline.poll.as_str())) {
                row.used_by.push(id.clone());
            }
        }
        for poll in polls.left_out {
            left_out.entry((request.question, poll.poll)).or_insert(poll.why);
        }
    }
    for analysis in &study.definition.analysis.mood {
        for (question, poll) in mood::used(study, analysis) {
            let Some(place) = order.get(question).copied() else { continue };
            if let Some(row) = rows.get_mut(&(place, question, poll))
                && !row.used_by.contains(&analysis.id)
            {
                row.used_by.push(analysis.id.clone());
            }
        }
    }
    let mut rows: Vec<(usize, Coverage)> = rows
        .into_iter()
        .map(|((place, question, poll), mut row)| {
            if row.used_by.is_empty() {
                let why = left_out.remove(&(question, poll));
                row.left_out = Some(why.unwrap_or_else(|| "no analysis asks for the question".to_owned()));
            }
            (place, row)
        })
        .collect();
    rows.sort_by(|(a, x), (b, y)| {
        let time = x.when.mid_year().total_cmp(&y.when.mid_year());
        a.cmp(b).then_with(|| x.question.cmp(&y.question)).then(time).then_with(|| x.poll.cmp(&y.poll))
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

fn blank(topline: &PublishedTopline) -> Coverage {
    Coverage {
        question: topline.question.clone(),
        poll: topline.poll.clone(),
        pollster: topline.pollster.clone(),
        universe: topline.universe.clone(),
        when: topline.known_field(),
        status: Status::GroupsOnly,
        n_answers: 0,
        n_groups: 0,
        used_by: Vec::new(),
        left_out: None,
    }
}

fn takes(analysis: &SubgroupAnalysis, topline: &PublishedTopline) -> bool {
    analysis.data == topline.data
        && analysis.questions.contains(&topline.question)
        && topline
            .group
            .as_ref()
            .is_none_or(|group| analysis.variables.is_empty() || analysis.variables.contains(&group.variable))
}

fn respondents(study: &Study) -> Vec<Coverage> {
    let analyses = &study.definition.analysis.places;
    let rows = study.definition.survey.iter().flat_map(|survey| {
        survey.outcome.iter().map(move |outcome| {
            let users = analyses.iter().filter(|analysis| {
                analysis.surveys.contains(&survey.id) && analysis.measures.contains(&outcome.measure)
            });
            let used_by: Vec<String> = users.map(|analysis| analysis.id.clone()).collect();
            Coverage {
                question: outcome.measure.clone(),
                poll: survey.id.clone(),
                pollster: survey.pollster.clone(),
                universe: String::new(),
                when: Span { start: survey.field_start, end: survey.field_end },
                status: Status::Respondents,
                n_answers: 0,
                n_groups: 0,
                left_out: used_by.is_empty().then(|| "no analysis asks for the measure".to_owned()),
                used_by,
            }
        })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{question, study, topline};
    use crate::study::PublishedGroup;
    use crate::study::definition::AnswersAnalysis;

    #[test]
    fn a_distribution_that_leaves_room_is_not_complete() {
        let status = |shares: &[(&str, f64)]| {
            let mut poll = topline("early", "mood", "2000", shares);
            poll.completeness = Completeness::Complete;
            let mut study = study(vec![poll]);
            study.definition.question =
                vec![question("mood", &[("good", None, &[]), ("bad", None, &[]), ("none", None, &[])])];
            coverage(&study)[0].status
        };
        assert_eq!(status(&[("good", 60.0), ("bad", 33.0)]), Status::Partial);
        assert_eq!(status(&[("good", 60.0), ("bad", 39.0)]), Status::Complete);
    }

    #[test]
    fn every_question_of_every_poll_is_used_or_says_why_not() {
        let mut abroad = topline("abroad", "mood", "2000", &[("good", 10.0)]);
        abroad.universe = "elsewhere".to_owned();
        let mut group = topline("late", "mood", "2005", &[("good", 50.0)]);
        group.group = Some(PublishedGroup { variable: "age".into(), label: "55+".into(), n: None });
        let mut study = study(vec![
            topline("late", "mood", "2005", &[("good", 40.0), ("bad", 30.0)]),
            group,
            abroad,
            topline("early", "taste", "1999", &[("sweet", 40.0)]),
        ]);
        study.definition.question = vec![question("mood", &[("good", None, &[])]), question("taste", &[])];
        study.definition.analysis.answers = vec![AnswersAnalysis {
            id: "series".into(),
            question: "mood".into(),
            pollsters: Vec::new(),
            universe: None,
            answers: vec!["good".into()],
            from: None,
            until: None,
            yearly: false,
        }];
        let rows = coverage(&study);
        let polls: Vec<&str> = rows.iter().map(|row| row.poll.as_str()).collect();
        assert_eq!(polls, ["abroad", "late", "early"]);
        assert!(rows[0].left_out.as_ref().unwrap().contains("universe"));
        assert_eq!(
            (rows[1].n_answers, rows[1].n_groups, rows[1].used_by.as_slice()),
            (2, 1, &["series".to_owned()][..])
        );
        assert!(rows[2].left_out.as_ref().unwrap().contains("no analysis"));
    }
}
