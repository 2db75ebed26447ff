//! One answer by age and period, and by year of birth: what an age–period–cohort display shows.

mod band;
mod people;
mod published;

pub(crate) use self::band::AgeBand;
pub(super) use self::published::published;
use super::result::{Evidence, ResultRecord, Unit};
use super::work::Work;
use crate::study::Span;
use crate::study::definition::AgesAnalysis;

/// Answers an analysis of respondents; a problem where it names neither or both kinds of evidence.
pub(super) fn of_respondents<'s>(analysis: &'s AgesAnalysis, work: &mut Work<'s>) {
    match (&analysis.groups, analysis.surveys.is_empty()) {
        (None, false) => people::write(analysis, work),
        (Some(_), true) => {}
        _ => {
            let problem = work.problem(&analysis.id, "A19", "ages need either `surveys` or `groups`");
            problem.hint =
                Some("name polls with respondents, or published groups of an analysis of subgroups".to_owned());
        }
    }
}

/// Answers an analysis of published groups, which stand among the results.
pub(super) fn of_groups<'s>(analysis: &'s AgesAnalysis, work: &mut Work<'s>) {
    if let (Some(groups), true) = (&analysis.groups, analysis.surveys.is_empty()) {
        published::write(analysis, groups, work);
    }
}

/// A share of an age group in a poll, or of everybody.
fn record(analysis: &str, poll: &str, group: Option<(&str, AgeBand)>, when: Span, evidence: Evidence) -> ResultRecord {
    let label = group.map_or("all", |(label, _)| label);
    let record = ResultRecord::new(analysis, &[poll, label], Unit::Share, evidence).with("poll", poll).at(when);
    match group {
        Some((_, band)) => {
            let year = when.mid_year().floor() as i32;
            record.with("age", &band.to_string()).with("born", &band.born(year))
        }
        None => record.with("group", "all"),
    }
}
