//! The respondents of several polls as one sample with one design, poll by poll in order of time.

use super::places::{Poll, YES, characteristic, code, column, stacked};
use super::work::Work;
use crate::design::{Codes, MISSING, SurveyDesign};
use crate::study::definition::Survey;
use crate::study::{Origin, Span};

/// Respondents of several polls, one behind the other, and what they answered.
pub(super) struct People<'s> {
    pub polls: Vec<Poll<'s>>,
    pub design: SurveyDesign,
    /// Yes, undecided or no of each row.
    pub answers: Codes,
    pub is_asked: Vec<bool>,
    /// The poll of each row; labels are ids in order of time.
    pub poll_of_row: Codes,
    /// Does a declared design effect enter the variance?
    pub is_declared: bool,
    pub is_opt_in: bool,
}

impl<'s> People<'s> {
    /// Gathers the polls of an analysis, or problems for what does not exist.
    pub fn of(analysis: &str, surveys: &[String], measure: Option<&str>, work: &mut Work<'s>) -> Option<Self> {
        let Some(measure) = measure else {
            let problem = work.problem(analysis, "A19", "surveys without a measure");
            problem.hint = Some("name what the surveys measured as `measure`".to_owned());
            return None;
        };
        let definition = &work.study.definition;
        let mut taken: Vec<&'s Survey> = Vec::new();
        for id in surveys {
            match definition.survey.iter().find(|survey| survey.id == *id) {
                Some(survey) => taken.push(survey),
                None => {
                    work.unknown(analysis, "survey", id, definition.survey.iter().map(|survey| survey.id.as_str()));
                    return None;
                }
            }
        }
        taken.sort_by(|a, b| field(a).mid_year().total_cmp(&field(b).mid_year()));
        let (mut polls, mut answers, mut is_asked, mut poll_of_row) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut labels = Vec::new();
        for survey in &taken {
            let Some(outcome) = survey.outcome.iter().find(|outcome| outcome.measure == measure) else {
                let known = survey.outcome.iter().map(|outcome| outcome.measure.as_str());
                work.unknown(analysis, &format!("measure of survey `{}`", survey.id), measure, known);
                return None;
            };
            let poll = Poll::new(analysis, survey, work)?;
            let coded = code(analysis, &poll, outcome, work)?;
            poll_of_row.extend(std::iter::repeat_n(labels.len() as u32, poll.rows.len()));
            labels.push(survey.id.clone());
            answers.extend_from_slice(coded.answers.codes());
            is_asked.extend_from_slice(&coded.asked);
            polls.push((poll, coded));
        }
        let levels = polls.first().map(|(_, coded)| coded.answers.labels().to_vec()).unwrap_or_default();
        let polls: Vec<Poll<'s>> = polls.into_iter().map(|(poll, _)| poll).collect();
        let design = stacked(analysis, &polls.iter().collect::<Vec<_>>(), work)?;
        let is_declared = design.is_declared(|row| is_asked[row]);
        let is_opt_in = polls.iter().any(|poll| poll.is_opt_in);
        Some(People {
            polls,
            design: design.design,
            answers: Codes::from_codes(answers, levels),
            is_asked,
            poll_of_row: Codes::from_codes(poll_of_row, labels),
            is_declared,
            is_opt_in,
        })
    }

    /// A characteristic of all respondents; none where a poll lacks it.
    pub fn characteristic(&self, analysis: &str, id: &str, work: &mut Work<'_>) -> Option<Codes> {
        let mut levels: Vec<Option<String>> = Vec::with_capacity(self.design.n_rows());
        for poll in &self.polls {
            let own = characteristic(analysis, analysis, id, poll, work)?;
            levels.extend(own.codes().iter().map(|code| own.labels().get(*code as usize).cloned()));
        }
        Some(Codes::from_optional(&levels))
    }

    /// The column of numbers behind a characteristic in bands, of all respondents; none where a poll has labels only.
    pub fn numbers(&self, analysis: &str, characteristic: &str, work: &mut Work<'_>) -> Option<Vec<f64>> {
        let mut numbers = Vec::with_capacity(self.design.n_rows());
        for poll in &self.polls {
            let own = poll.data.characteristic.iter().find(|own| own.id == characteristic && !own.bands.is_empty())?;
            let values = column(analysis, poll.file, &own.column, work)?.numbers()?;
            numbers.extend(poll.rows.iter().map(|row| values[*row]));
        }
        Some(numbers)
    }

    /// The outcome as 1 and 0; NaN for people who were not asked.
    pub fn outcome(&self) -> Vec<f64> {
        let yes = self.answers.labels().iter().position(|label| label == YES).map_or(MISSING, |yes| yes as u32);
        let value = |(code, asked): (&u32, &bool)| match asked {
            true => f64::from(u8::from(*code == yes)),
            false => f64::NAN,
        };
        self.answers.codes().iter().zip(&self.is_asked).map(value).collect()
    }

    /// When a poll was in the field.
    pub fn field(&self, poll: usize) -> Span {
        field(self.polls[poll].survey)
    }

    /// The files of some polls.
    pub fn origins(&self, polls: &[usize]) -> Vec<Origin> {
        polls.iter().map(|poll| Origin { file: self.polls[*poll].file.file.clone(), lines: Vec::new() }).collect()
    }
}

fn field(survey: &Survey) -> Span {
    Span { start: survey.field_start, end: survey.field_end }
}
