//! An outcome as codes: yes, undecided, no; people who were not asked are outside the base.

use std::collections::BTreeMap;

use super::{LEVELS, Poll, column, text};
use crate::analysis::work::{Work, list};
use crate::design::{Codes, MISSING};
use crate::study::definition::Outcome;

/// Answers that count as the outcome.
pub(in crate::analysis) const YES: &str = "yes";
/// Answers that neither confirm nor deny it.
pub(super) const UNDECIDED: &str = "undecided";
/// All other answers.
pub(super) const NO: &str = "no";

/// An outcome over the rows of a survey.
pub(in crate::analysis) struct Coded {
    /// Yes, undecided or no of each row; missing where not asked.
    pub answers: Codes,
    /// Was the respondent asked?
    pub asked: Vec<bool>,
}

impl Coded {
    /// 1 for yes, 0 for undecided and no, NaN where not asked.
    pub fn numbers(&self) -> Vec<f64> {
        let yes = self.answers.labels().iter().position(|level| level == YES).map_or(MISSING, |level| level as u32);
        let number = |code: &u32| match *code {
            MISSING => f64::NAN,
            code => f64::from(u8::from(code == yes)),
        };
        self.answers.codes().iter().map(number).collect()
    }
}

/// Codes the answers of a survey's rows, or a problem for each answer that the definition does not place.
pub(in crate::analysis) fn code(
    analysis: &str,
    poll: &Poll<'_>,
    outcome: &Outcome,
    work: &mut Work<'_>,
) -> Option<Coded> {
    let column = column(analysis, poll.file, &outcome.column, work)?;
    let mut codes = Vec::with_capacity(poll.rows.len());
    let mut strange: BTreeMap<String, usize> = BTreeMap::new();
    for &row in &poll.rows {
        let answer = text(column, row);
        let lists = [&outcome.yes, &outcome.undecided, &outcome.no];
        match lists.iter().zip(0_u32..).find(|(list, _)| list.contains(&answer)) {
            Some((_, level)) => codes.push(level),
            None => {
                codes.push(MISSING);
                if !outcome.not_asked.contains(&answer) {
                    *strange.entry(answer).or_default() += 1;
                }
            }
        }
    }
    if !strange.is_empty() {
        let known = [&outcome.yes, &outcome.undecided, &outcome.no, &outcome.not_asked];
        for (answer, n_rows) in strange {
            let survey = &poll.survey.id;
            let message = format!(
                "answer `{answer}` of column `{}` of survey `{survey}` ({n_rows} rows) has no role",
                outcome.column
            );
            let problem = work.problem(analysis, "A06", message);
            problem.expected = Some(list(known.iter().flat_map(|answers| answers.iter().map(String::as_str))));
            problem.hint = Some("name it under `yes`, `no`, `undecided` or `not_asked` of the outcome".to_owned());
        }
        return None;
    }
    let asked: Vec<bool> = codes.iter().map(|code| *code != MISSING).collect();
    let unasked = asked.iter().filter(|asked| !**asked).count();
    if unasked > 0 {
        let about = format!("{}/{}", poll.survey.id, outcome.measure);
        work.remark(analysis, &about, format!("{unasked} of {} respondents were not asked", asked.len()));
    }
    let labels = LEVELS.iter().map(|level| (*level).to_owned()).collect();
    Some(Coded { answers: Codes::from_codes(codes, labels), asked })
}
