//! Splits of the respondents of several polls.

use std::collections::BTreeSet;

use super::{Step, averaging};
use crate::analysis::decomposition::{Change, standardize};
use crate::analysis::detectable;
use crate::analysis::people::People;
use crate::analysis::places::{figures, flags};
use crate::analysis::result::{Evidence, Figures, Flag};
use crate::analysis::work::Work;
use crate::design::{Codes, MISSING};
use crate::estimate::{Estimate, Options};
use crate::study::definition::{ChangeSplitAnalysis, SplitAveraging};

/// Combinations of groups at most: with more, most of them are empty in one poll or another, and the work grows with their square.
const MOST_CELLS: usize = 200;

/// Combinations that occur.
fn n_cells(columns: &[(&str, Codes)]) -> usize {
    let n = columns.first().map_or(0, |(_, codes)| codes.len());
    let cell = |row: usize| columns.iter().map(|(_, codes)| codes.codes()[row]).collect::<Vec<u32>>();
    (0..n).map(cell).filter(|cell| !cell.contains(&MISSING)).collect::<BTreeSet<_>>().len()
}

/// Writes the parts of each change.
pub(super) fn write<'s>(analysis: &'s ChangeSplitAnalysis, work: &mut Work<'s>) {
    let Some(people) = People::of(&analysis.id, &analysis.surveys, analysis.measure.as_deref(), work) else { return };
    let mut columns: Vec<(&str, Codes)> = Vec::new();
    for id in &analysis.by {
        let Some(codes) = people.characteristic(&analysis.id, id, work) else { return };
        columns.push((id, codes));
    }
    let n_cells = n_cells(&columns);
    if n_cells > MOST_CELLS {
        let message = format!("{n_cells} combinations of {}", analysis.by.join(", "));
        let problem = work.problem(&analysis.id, "A19", message);
        problem.expected = Some(format!("{MOST_CELLS} at most: smaller ones hold nobody in some poll"));
        problem.hint = Some("leave a characteristic out, or merge its levels".to_owned());
        return;
    }
    let groupings: Vec<(&str, &Codes)> = columns.iter().map(|(id, codes)| (*id, codes)).collect();
    let outcome = people.outcome();
    let change = Change { outcome: &outcome, waves: &people.poll_of_row, groupings: &groupings };
    let options = Options::default();
    let split = match standardize(&people.design, &change, averaging(analysis), &people.is_asked, &options) {
        Ok(split) => split,
        Err(error) => {
            work.problem(&analysis.id, "A19", error.to_string());
            return;
        }
    };
    let ids = people.poll_of_row.labels();
    let n_steps = ids.len() - 1;
    let evidence = if people.is_opt_in { Evidence::OptInMicrodata } else { Evidence::Microdata };
    let shown = |found: &Estimate| -> (Figures, Vec<Flag>) {
        (figures(found), flags(found, people.is_opt_in, people.is_declared))
    };
    let is_known = |row: usize| people.is_asked[row] && columns.iter().all(|(_, codes)| codes.codes()[row] != MISSING);
    let respondents = |polls: [usize; 2]| -> u64 {
        let of_two = |row: &usize| polls.contains(&(people.poll_of_row.codes()[*row] as usize));
        let counts = |row: &usize| of_two(row) && is_known(*row) && people.design.weights()[*row] > 0.0;
        (0..people.is_asked.len()).filter(counts).count() as u64
    };
    for (k, change) in split.changes.iter().enumerate() {
        let at = |id: &String| ids.iter().position(|other| other == id).unwrap_or(0);
        let polls = [at(&change.from), at(&change.to)];
        let step = Step {
            from: &change.from,
            to: &change.to,
            fields: polls.map(|poll| people.field(poll)),
            is_whole: k >= n_steps,
        };
        let sum = |positions: &[usize]| {
            let terms: Vec<(usize, f64)> = positions.iter().map(|position| (*position, 1.0)).collect();
            split.estimates.contrast(&terms)
        };
        let mut parts: Vec<(Vec<String>, Vec<usize>)> = vec![
            (vec!["change".to_owned()], vec![change.gap]),
            (vec!["within".to_owned()], vec![change.rates]),
            (vec!["composition".to_owned()], change.composition.clone()),
        ];
        if split.groupings.len() > 1 {
            for (name, position) in split.groupings.iter().zip(&change.composition) {
                parts.push((vec![format!("composition-{name}")], vec![*position]));
            }
        } else {
            for (name, by_cell) in [("within", &change.rates_by_cell), ("composition", &change.composition_by_cell)] {
                for (cell, position) in split.cells.iter().zip(by_cell) {
                    parts.push((vec![name.to_owned(), cell.clone()], vec![*position]));
                }
            }
        }
        for (path, positions) in parts {
            let is_of_two = analysis.averaging == SplitAveraging::Consecutive || path == ["change"];
            let (figures, flags) = match sum(&positions) {
                Ok(found) if is_of_two => {
                    let (figures, flags) = shown(&found);
                    (Figures { n: Some(respondents(polls)), ..figures }, flags)
                }
                Ok(found) => shown(&found),
                Err(error) => (Figures::not_estimable(error.to_string()), Vec::new()),
            };
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let named = |path: &[&str]| {
                let record = step.record(analysis, path, evidence);
                record
                    .with("statistic", &analysis.by.join(", "))
                    .rests_on(&people.origins(&polls))
                    .flags(flags.iter().copied())
            };
            if path == ["change"] {
                work.record(named(&["detectable"]).figures(detectable::of_change(&figures)));
            }
            work.record(named(&path).figures(figures));
        }
    }
}
