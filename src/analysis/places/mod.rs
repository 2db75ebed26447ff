//! Shares by place from respondent files: the engine estimates, here stands what it is asked and how it is told.

mod adjusted;
mod characteristics;
mod decomposed;
mod design;
mod figures;
mod outcome;
mod scenario;
mod settlement;
mod standard;
mod trend;

use std::collections::BTreeSet;

pub(super) use self::characteristics::characteristic;
pub(super) use self::design::stacked;
use self::design::{PollDesign, design};
pub(super) use self::figures::{figures, flags};
use self::outcome::{Coded, NO, UNDECIDED};
pub(super) use self::outcome::{YES, code};
use self::settlement::{Place, settle};
pub(super) use self::trend::run as gap_trend;
use super::result::{Evidence, Figures, Flag, ResultRecord, Unit};
use super::work::{Groupings, Work};
use crate::design::{Domains, MISSING};
use crate::estimate::{self, Estimate, Estimates, Options};
use crate::study::definition::{Condition, Outcome, PlacesAnalysis, RespondentData, Survey};
use crate::study::{Microdata, MicrodataColumn, Origin, Span, Values};

/// Answers the analysis, survey by survey and measure by measure.
pub(super) fn run<'s>(analysis: &'s PlacesAnalysis, work: &mut Work<'s>) {
    let definition = &work.study.definition;
    let surveys = definition.survey.iter().filter(|survey| analysis.surveys.contains(&survey.id));
    let measures: BTreeSet<&str> =
        surveys.flat_map(|survey| &survey.outcome).map(|outcome| outcome.measure.as_str()).collect();
    for measure in analysis.measures.iter().filter(|measure| !measures.contains(measure.as_str())) {
        work.unknown(&analysis.id, "measure", measure, measures.iter().copied());
    }
    let Some(Groupings { classes, split, halves, .. }) =
        work.groupings(&analysis.id, &analysis.classes, &analysis.split)
    else {
        return;
    };
    for id in &analysis.surveys {
        let Some(survey) = definition.survey.iter().find(|survey| survey.id == *id) else {
            work.unknown(&analysis.id, "survey", id, definition.survey.iter().map(|survey| survey.id.as_str()));
            continue;
        };
        let Some(poll) = Poll::new(&analysis.id, survey, work) else { continue };
        let Some(in_classes) = settle(&analysis.id, &poll, classes, work) else { continue };
        let Some(in_split) = settle(&analysis.id, &poll, split, work) else { continue };
        let cut = Cut { classes: &in_classes, split: &in_split, halves };
        for outcome in survey.outcome.iter().filter(|outcome| analysis.measures.contains(&outcome.measure)) {
            let Some(coded) = code(&analysis.id, &poll, outcome, work) else { continue };
            one_outcome(analysis, &poll, outcome, &coded, &cut, work);
            for adjustment in &analysis.adjust {
                adjusted::write(analysis, adjustment, &poll, outcome, &coded, &cut, work);
            }
            for split in &analysis.decompose {
                decomposed::write(analysis, split, &poll, outcome, &coded, &cut, work);
            }
            if let Some(losses) = &analysis.scenario {
                scenario::write(analysis, losses, &poll, outcome, &coded, &cut, work);
            }
            for standard in &analysis.standardise {
                standard::write(analysis, standard, &poll, outcome, &coded, &cut, work);
            }
        }
    }
}

/// A survey with its rows and its design.
pub(super) struct Poll<'s> {
    pub survey: &'s Survey,
    pub data: &'s RespondentData,
    pub file: &'s Microdata,
    /// Rows of the file that belong to the survey.
    pub rows: Vec<usize>,
    pub design: PollDesign,
    pub is_opt_in: bool,
}

impl<'s> Poll<'s> {
    pub fn new(analysis: &str, survey: &'s Survey, work: &mut Work<'s>) -> Option<Self> {
        let study = work.study;
        let (Some(data), Some(file)) =
            (study.definition.respondents.iter().find(|data| data.id == survey.data), study.microdata(&survey.data))
        else {
            let known = study.microdata.iter().map(|file| file.data.as_str());
            work.unknown(analysis, "respondent data", &survey.data, known);
            return None;
        };
        let Some(definition) = study.definition.design.iter().find(|design| design.id == survey.design) else {
            let known = study.definition.design.iter().map(|design| design.id.as_str());
            work.unknown(analysis, "design", &survey.design, known);
            return None;
        };
        let rows = matching(analysis, file, &survey.rows, work)?;
        let rows: Vec<usize> = (0..file.n_rows()).filter(|&row| rows[row]).collect();
        if rows.is_empty() {
            let problem = work.problem(analysis, "A09", format!("survey `{}` has no rows", survey.id));
            problem.hint = Some("check the conditions under `where` of the survey".to_owned());
            return None;
        }
        let design = design(analysis, survey, definition, file, &rows, work)?;
        Some(Poll { survey, data, file, rows, design, is_opt_in: definition.opt_in })
    }
}

impl Poll<'_> {
    /// A record of a place and, after it, what is special about the number.
    fn record(&self, analysis: &PlacesAnalysis, outcome: &Outcome, names: &[&str], unit: Unit) -> ResultRecord {
        let survey = self.survey;
        let evidence = if self.is_opt_in { Evidence::OptInMicrodata } else { Evidence::Microdata };
        let path: Vec<&str> =
            [survey.id.as_str(), outcome.measure.as_str()].into_iter().chain(names.iter().copied()).collect();
        ResultRecord::new(&analysis.id, &path, unit, evidence)
            .with("poll", &survey.id)
            .with("pollster", &survey.pollster)
            .with("measure", &outcome.measure)
            .with("place", names.first().copied().unwrap_or_default())
            .at(Span { start: survey.field_start, end: survey.field_end })
            .rests_on([&Origin { file: self.file.file.clone(), lines: Vec::new() }])
    }
}

/// Which rows of a file fulfil all conditions, or a problem.
fn matching(analysis: &str, file: &Microdata, conditions: &[Condition], work: &mut Work<'_>) -> Option<Vec<bool>> {
    let mut holds = vec![true; file.n_rows()];
    for condition in conditions {
        let column = column(analysis, file, &condition.column, work)?;
        for (row, holds) in holds.iter_mut().enumerate() {
            *holds = *holds && condition.holds(&text(column, row));
        }
    }
    Some(holds)
}

/// A column of a file, or a problem.
pub(super) fn column<'f>(
    analysis: &str,
    file: &'f Microdata,
    name: &str,
    work: &mut Work<'_>,
) -> Option<&'f MicrodataColumn> {
    let found = file.column(name);
    if found.is_none() {
        let known: Vec<&str> = file.columns.iter().map(|column| column.name.as_str()).collect();
        work.unknown(analysis, &format!("column of `{}`", file.data), name, known);
    }
    found
}

/// The value of a cell as text; a missing number is empty.
pub(super) fn text(column: &MicrodataColumn, row: usize) -> String {
    match &column.values {
        Values::Labels { .. } => column.label(row).to_owned(),
        Values::Numbers(numbers) if numbers[row].is_nan() => String::new(),
        Values::Numbers(numbers) => numbers[row].to_string(),
    }
}

/// The places of the respondents in both groupings.
struct Cut<'a> {
    classes: &'a Place<'a>,
    split: &'a Place<'a>,
    halves: [&'a str; 2],
}

fn one_outcome(
    analysis: &PlacesAnalysis,
    poll: &Poll<'_>,
    outcome: &Outcome,
    coded: &Coded,
    cut: &Cut<'_>,
    work: &mut Work<'_>,
) {
    let survey = poll.survey;
    let record = |name: &str, unit: Unit, figures: Figures, flags: Vec<Flag>| {
        poll.record(analysis, outcome, &[name], unit).flags(flags).figures(figures)
    };
    let in_domain = |place: &Place<'_>| place.domains().within(&coded.asked);
    let of_all = Domains::mask("all", &coded.asked);
    let options = Options::default();
    let estimated = [in_domain(cut.classes), in_domain(cut.split), of_all]
        .map(|domains| estimate::proportions(&poll.design.design, &coded.answers, &domains, &options));
    let [Ok(by_class), Ok(by_half), Ok(of_all)] = estimated else {
        for error in estimated.into_iter().filter_map(Result::err) {
            work.problem(&analysis.id, "A09", format!("survey `{}`: {error}", survey.id));
        }
        return;
    };
    let mut done = BTreeSet::new();
    for (estimates, place) in [(&by_class, cut.classes), (&by_half, cut.split)] {
        for node in place.nodes {
            let Some(index) = estimates.position(node, YES) else { continue };
            let Some(found) = estimates.get(index).filter(|_| done.insert(node.as_str())) else { continue };
            let declared = poll.design.is_declared(|row| coded.asked[row] && place.is_in(row, node));
            work.record(record(node, Unit::Share, figures(found), flags(found, poll.is_opt_in, declared)));
        }
    }
    if let Some(found) = of_all.position("all", YES).and_then(|index| of_all.get(index)) {
        let declared = poll.design.is_declared(|row| coded.asked[row]);
        work.record(record("all", Unit::Share, figures(found), flags(found, poll.is_opt_in, declared)));
    }
    let in_split = |row: usize| coded.asked[row] && cut.split.code_of_row[row] != MISSING;
    let declared = poll.design.is_declared(in_split);
    for (name, gap) in gaps(&by_half, cut.halves) {
        // The base rule is for each side of a difference, not for their sum.
        let sides = cut.halves.iter().filter_map(|half| by_half.get(by_half.position(half, YES)?));
        let flags = sides.flat_map(|side| flags(side, poll.is_opt_in, declared)).collect();
        work.record(record(name, Unit::ShareDifference, figures(&gap), flags));
    }
}

/// The difference of the two halves, and its bounds for the undecided.
///
/// # Definition
///
/// With y the share of yes and u that of undecided, in the first and second half: gap = y₁ − y₂;
/// gap-low = y₁ − (y₂ + u₂), all undecided counted as no in the first half and yes in the second;
/// gap-high = (y₁ + u₁) − y₂, the reverse. All three are linear in the shares, with their covariances.
fn gaps(by_half: &Estimates, [first, second]: [&str; 2]) -> Vec<(&'static str, Estimate)> {
    let at = |half: &str, answer: &str| by_half.position(half, answer);
    let (Some(y1), Some(y2), Some(u1), Some(u2)) =
        (at(first, YES), at(second, YES), at(first, UNDECIDED), at(second, UNDECIDED))
    else {
        return Vec::new();
    };
    let terms: [(&'static str, Vec<(usize, f64)>); 3] = [
        ("gap", vec![(y1, 1.0), (y2, -1.0)]),
        ("gap-low", vec![(y1, 1.0), (y2, -1.0), (u2, -1.0)]),
        ("gap-high", vec![(y1, 1.0), (u1, 1.0), (y2, -1.0)]),
    ];
    terms.into_iter().filter_map(|(name, terms)| Some((name, by_half.contrast(&terms).ok()?))).collect()
}

/// Levels of an outcome in the order of their codes.
const LEVELS: [&str; 3] = [YES, UNDECIDED, NO];

#[cfg(test)]
mod tests;
