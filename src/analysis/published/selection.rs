//! Which polls belong to a series, in order of time, and where the series breaks.

use std::collections::BTreeMap;

use super::sample::Sample;
use crate::analysis::result::Flag;
use crate::analysis::work::{pollster_name, universe_name};
use crate::study::definition::{AnswersAnalysis, Definition, PooledAnalysis, PooledSource, Question};
use crate::study::{PartialDate, Precision, PublishedTopline, Span, Study};

/// What a series asks for.
#[derive(Debug, Clone, Copy)]
pub(in crate::analysis) struct Request<'s> {
    /// Question id.
    pub question: &'s str,
    /// Pollster ids; all where empty.
    pub pollsters: &'s [String],
    /// Universe id; the main one where absent.
    pub universe: Option<&'s str>,
    /// First date.
    pub from: Option<PartialDate>,
    /// Last date.
    pub until: Option<PartialDate>,
}

impl<'s> From<&'s AnswersAnalysis> for Request<'s> {
    fn from(analysis: &'s AnswersAnalysis) -> Self {
        Request {
            question: &analysis.question,
            pollsters: &analysis.pollsters,
            universe: analysis.universe.as_deref(),
            from: analysis.from,
            until: analysis.until,
        }
    }
}

impl<'s> Request<'s> {
    /// The polls of one question of a pooled series.
    pub fn pooled(analysis: &'s PooledAnalysis, source: &'s PooledSource) -> Self {
        Request {
            question: &source.question,
            pollsters: &source.pollsters,
            universe: analysis.universe.as_deref(),
            from: analysis.from,
            until: analysis.until,
        }
    }
}

/// The polls of a series and those that were left out.
#[derive(Debug, Default)]
pub(in crate::analysis) struct Polls<'s> {
    /// In order of time, then of id.
    pub taken: Vec<Selected<'s>>,
    /// Polls that asked the question and are not in the series, with the reason.
    pub left_out: Vec<LeftOut<'s>>,
}

/// A poll of a series.
#[derive(Debug)]
pub(in crate::analysis) struct Selected<'s> {
    /// The printed answers.
    pub topline: &'s PublishedTopline,
    /// The assumed sample, or why there is none.
    pub sample: Result<Sample, String>,
    /// What must stay the same for two polls to be compared.
    pub key: SegmentKey<'s>,
    /// Number of the segment within the pollster's series, from 1.
    pub segment: usize,
    /// Marks of the poll.
    pub flags: Vec<Flag>,
}

/// A poll that asked the question and is not in the series.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::analysis) struct LeftOut<'s> {
    /// The poll.
    pub poll: &'s str,
    /// Why.
    pub why: String,
    /// Is it more than what the series asked for itself?
    pub is_remarkable: bool,
}

/// Pollster, wording, what the table breaks the series by (such as the office), and mode where known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::analysis) struct SegmentKey<'s> {
    pollster: &'s str,
    version: &'s str,
    segment: &'s str,
    mode: String,
}

impl<'s> SegmentKey<'s> {
    /// Id of the version of the wording; empty for the plain one.
    pub fn version(&self) -> &'s str {
        self.version
    }

    /// Can polls of the two be compared as one series?
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.pollster == other.pollster && !self.is_broken_by(other)
    }

    /// A mode that is not known breaks nothing.
    fn is_broken_by(&self, other: &Self) -> bool {
        let is_other_mode = !self.mode.is_empty() && !other.mode.is_empty() && self.mode != other.mode;
        self.version != other.version || self.segment != other.segment || is_other_mode
    }
}

/// The polls of a series. A poll that stands in two tables, or under two ids, counts once.
pub(in crate::analysis) fn select<'s>(study: &'s Study, question: &'s Question, request: Request<'s>) -> Polls<'s> {
    let definition = &study.definition;
    let universe = request
        .universe
        .or_else(|| definition.universe.iter().find(|universe| universe.main).map(|universe| universe.id.as_str()));
    let mut polls = Polls::default();
    let mut by_poll: BTreeMap<&str, &PublishedTopline> = BTreeMap::new();
    for topline in study.toplines.iter().filter(|topline| is_of(topline, request.question)) {
        let mut leave_out = |why: String, is_remarkable| {
            polls.left_out.push(LeftOut { poll: &topline.poll, why, is_remarkable });
        };
        let is_taken = request.pollsters.is_empty() || request.pollsters.contains(&topline.pollster);
        if universe.is_some_and(|universe| universe != topline.universe) {
            let name = universe_name(&definition.universe, &topline.universe);
            leave_out(format!("it speaks about another universe: {name}"), is_taken);
        } else if !is_taken {
            let name = pollster_name(&definition.pollster, &topline.pollster);
            leave_out(format!("{name} is not part of the series"), false);
        } else if !is_within(topline.field, request) {
            leave_out("its dates are not surely within the dates of the series".to_owned(), false);
        } else {
            let one_id = one_id(definition, &topline.poll);
            match by_poll.get(one_id) {
                None => {
                    by_poll.insert(one_id, topline);
                }
                Some(first) => {
                    let (kept, dropped) =
                        if topline.answers.len() > first.answers.len() { (topline, *first) } else { (*first, topline) };
                    by_poll.insert(one_id, kept);
                    let why = format!("the same poll stands in the data as `{}` of `{}`", kept.poll, kept.data);
                    polls.left_out.push(LeftOut { poll: &dropped.poll, why, is_remarkable: true });
                }
            }
        }
    }
    let mut taken: Vec<&PublishedTopline> = by_poll.into_values().collect();
    taken.sort_by(|a, b| a.field.mid_year().total_cmp(&b.field.mid_year()).then_with(|| a.poll.cmp(&b.poll)));
    polls.taken = segments(definition, question, taken);
    polls
}

/// Shares of everybody for this question; groups are another analysis.
fn is_of(topline: &PublishedTopline, question: &str) -> bool {
    topline.group.is_none() && topline.question == question
}

fn is_within(field: Span, request: Request<'_>) -> bool {
    request.from.is_none_or(|from| from.first_day() <= field.start.first_day())
        && request.until.is_none_or(|until| field.end.last_day() <= until.last_day())
}

/// One id for a poll that a survey declares to be itself.
fn one_id<'d>(definition: &'d Definition, poll: &'d str) -> &'d str {
    definition
        .survey
        .iter()
        .find(|survey| survey.same_as.iter().any(|same| same == poll))
        .map_or(poll, |survey| survey.id.as_str())
}

/// Numbers the segments of each pollster's series and marks where a new one begins.
fn segments<'s>(
    definition: &'s Definition,
    question: &'s Question,
    taken: Vec<&'s PublishedTopline>,
) -> Vec<Selected<'s>> {
    let mut last: BTreeMap<&str, (SegmentKey<'s>, usize)> = BTreeMap::new();
    taken
        .into_iter()
        .map(|topline| {
            let mut key = key(question, topline);
            let mut flags = Vec::new();
            let segment = match last.get(key.pollster) {
                None => 1,
                Some((before, number)) if key.is_broken_by(before) => {
                    flags.push(Flag::SegmentChange);
                    number + 1
                }
                Some((before, number)) => {
                    if key.mode.is_empty() {
                        key.mode.clone_from(&before.mode);
                    }
                    *number
                }
            };
            last.insert(key.pollster, (key.clone(), segment));
            if is_coarse(topline.field) || topline.is_month_only {
                flags.push(Flag::DateCoarse);
            }
            let sample = Sample::of(definition, topline);
            flags.extend(sample.iter().flat_map(|sample| sample.flags()));
            Selected { topline, sample, key, segment, flags }
        })
        .collect()
}

fn key<'s>(question: &'s Question, topline: &'s PublishedTopline) -> SegmentKey<'s> {
    let version = question.version.iter().find(|version| version.polls.contains(&topline.poll));
    SegmentKey {
        pollster: &topline.pollster,
        version: version.map_or("", |version| version.id.as_str()),
        segment: &topline.segment,
        mode: mode_word(&topline.mode),
    }
}

/// The first word of a printed mode: sources say `telephone (CATI)` and `telephone` for one thing.
fn mode_word(mode: &str) -> String {
    mode.split_whitespace().next().unwrap_or("").trim_end_matches([',', ';']).to_lowercase()
}

/// Is a date known to the month or year only?
pub(in crate::analysis) fn is_coarse(field: Span) -> bool {
    field.start.precision().max(field.end.precision()) != Precision::Day
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::testing::{question, study, survey, topline};
    use crate::study::definition::{QuestionVersion, Text};

    const REQUEST: Request<'_> = Request { question: "mood", pollsters: &[], universe: None, from: None, until: None };

    fn polls(toplines: Vec<PublishedTopline>) -> Study {
        study(toplines)
    }

    #[test]
    fn polls_stand_in_order_of_time_and_other_universes_apart() {
        let mut abroad = topline("abroad", "mood", "2002", &[("good", 10.0)]);
        abroad.universe = "elsewhere".to_owned();
        let late = topline("late", "mood", "2005-01-10", &[("good", 50.0)]);
        let early = topline("early", "mood", "2001", &[("good", 40.0)]);
        let study = polls(vec![abroad, late, early]);
        let question = question("mood", &[("good", None, &[])]);
        let polls = select(&study, &question, REQUEST);
        let order: Vec<&str> = polls.taken.iter().map(|poll| poll.topline.poll.as_str()).collect();
        assert_eq!(order, ["early", "late"]);
        assert!(polls.taken[0].flags.contains(&Flag::DateCoarse));
        assert!(!polls.taken[1].flags.contains(&Flag::DateCoarse));
        assert_eq!((polls.left_out[0].poll, polls.left_out[0].is_remarkable), ("abroad", true));
    }

    #[test]
    fn one_poll_in_two_tables_counts_once() {
        let first = topline("p", "mood", "2001", &[("good", 40.0)]);
        let mut second = topline("p", "mood", "2001", &[("good", 40.0), ("bad", 20.0)]);
        second.data = "second".to_owned();
        let study = polls(vec![first, second]);
        let question = question("mood", &[("good", None, &[]), ("bad", None, &[])]);
        let polls = select(&study, &question, REQUEST);
        assert_eq!(polls.taken.len(), 1);
        assert_eq!(polls.taken[0].topline.data, "second");
        assert!(polls.left_out[0].why.contains("second"));
    }

    #[test]
    fn wording_office_and_mode_break_the_series() {
        let poll = |id: &str, date: &str, segment: &str, mode: &str| {
            let mut poll = topline(id, "mood", date, &[("good", 40.0)]);
            poll.segment = segment.to_owned();
            poll.mode = mode.to_owned();
            poll
        };
        let study = polls(vec![
            poll("a", "2001-01-01", "mayor", "face-to-face (at home)"),
            poll("b", "2002-01-01", "mayor", ""),
            poll("c", "2003-01-01", "mayor", "telephone (CATI)"),
            poll("d", "2004-01-01", "governor", "telephone"),
            poll("e", "2005-01-01", "governor", "telephone"),
        ]);
        let mut question = question("mood", &[("good", None, &[])]);
        question.version =
            vec![QuestionVersion { id: "short".into(), note: Text::default(), polls: vec!["e".to_owned()] }];
        let polls = select(&study, &question, REQUEST);
        let segments: Vec<usize> = polls.taken.iter().map(|poll| poll.segment).collect();
        assert_eq!(segments, [1, 1, 2, 3, 4]);
        let has_change = |poll: &Selected<'_>| poll.flags.contains(&Flag::SegmentChange);
        let changes: Vec<bool> = polls.taken.iter().map(has_change).collect();
        assert_eq!(changes, [false, false, true, true, true]);
    }

    #[test]
    fn dates_that_may_lie_outside_are_left_out() {
        let study = polls(vec![topline("year", "mood", "2001", &[]), topline("day", "mood", "2001-06-01", &[])]);
        let question = question("mood", &[]);
        let request = Request { from: Some("2001-03".parse().unwrap()), ..REQUEST };
        let polls = select(&study, &question, request);
        assert_eq!(polls.taken.len(), 1);
        assert_eq!(polls.left_out[0].poll, "year");
    }

    #[test]
    fn two_ids_that_a_survey_declares_to_be_itself_are_one_poll() {
        let first = topline("june", "mood", "2001-06-01", &[("good", 40.0)]);
        let second = topline("june-omnibus", "mood", "2001-06", &[("good", 40.0)]);
        let mut study = polls(vec![first, second]);
        study.definition.survey = vec![survey("june-file", &["june", "june-omnibus"])];
        let question = question("mood", &[("good", None, &[])]);
        let polls = select(&study, &question, REQUEST);
        assert_eq!((polls.taken.len(), polls.left_out.len()), (1, 1));
        assert_eq!((polls.taken[0].topline.poll.as_str(), polls.left_out[0].poll), ("june", "june-omnibus"));
    }
}
