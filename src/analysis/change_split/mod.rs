//! What moved a share from poll to poll: other answers of like people, or other people.

mod people;
mod published;

use super::result::{Evidence, ResultRecord, Unit};
use super::work::Work;
use crate::analysis::decomposition::Averaging;
use crate::study::Span;
use crate::study::definition::{ChangeSplitAnalysis, SplitAveraging};

/// Answers an analysis of respondents; a problem where it names neither or both kinds of evidence, or no characteristic.
pub(super) fn of_respondents<'s>(analysis: &'s ChangeSplitAnalysis, work: &mut Work<'s>) {
    match (&analysis.groups, analysis.surveys.is_empty()) {
        (None, false) if analysis.by.is_empty() => {
            let problem = work.problem(&analysis.id, "A19", "a split of surveys needs characteristics");
            problem.hint = Some("name the characteristics of the composition under `by`".to_owned());
        }
        (None, false) => people::write(analysis, work),
        (Some(_), true) => {}
        _ => {
            let problem = work.problem(&analysis.id, "A19", "a split needs either `surveys` or `groups`");
            problem.hint =
                Some("name polls with respondents, or published groups of an analysis of subgroups".to_owned());
        }
    }
}

/// Answers an analysis of published groups, which stand among the results.
pub(super) fn of_groups<'s>(analysis: &'s ChangeSplitAnalysis, work: &mut Work<'s>) {
    if let (Some(groups), true) = (&analysis.groups, analysis.surveys.is_empty()) {
        published::write(analysis, groups, work);
    }
}

fn averaging(analysis: &ChangeSplitAnalysis) -> Averaging {
    match analysis.averaging {
        SplitAveraging::Consecutive => Averaging::Consecutive,
        SplitAveraging::AllPairs => Averaging::AllPairs,
    }
}

/// The polls of a change.
struct Step<'a> {
    from: &'a str,
    to: &'a str,
    fields: [Span; 2],
    /// Is it the whole way, over polls between?
    is_whole: bool,
}

impl Step<'_> {
    /// A part of the change, such as `within` or `composition/18-24`, or `detectable`, the smallest change that could have been shown.
    fn record(&self, analysis: &ChangeSplitAnalysis, part: &[&str], evidence: Evidence) -> ResultRecord {
        let name = if self.is_whole { "first-last" } else { self.to };
        let path: Vec<&str> = [name].into_iter().chain(part.iter().copied()).collect();
        let measure = match part.first().copied().unwrap_or_default() {
            "change" => "whole-change",
            other => other,
        };
        let unit = if measure == "detectable" { Unit::ShareSize } else { Unit::ShareDifference };
        let record = ResultRecord::new(&analysis.id, &path, unit, evidence)
            .with("measure", measure)
            .with("first", self.to)
            .with("second", self.from)
            .with("group", part.get(1).copied().unwrap_or_default())
            .at(Span { start: self.fields[0].start, end: self.fields[1].end });
        if self.is_whole { record } else { record.with("poll", self.to) }
    }
}
