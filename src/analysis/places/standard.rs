//! Shares of places brought to the composition of a population.

use std::collections::{BTreeMap, BTreeSet};

use super::characteristics::characteristic;
use super::figures::{figures, flags};
use super::outcome::{Coded, YES};
use super::settlement::Place;
use super::{Cut, Poll};
use crate::analysis::result::{Figures, Flag, Unit};
use crate::analysis::work::{Work, list};
use crate::design::{Codes, MISSING};
use crate::estimate::{self, Estimates, Options};
use crate::study::PopulationFrame;
use crate::study::definition::{Outcome, PlacesAnalysis, Standard};
use crate::weighting::standardize;

/// Writes the standardised shares of all places, and the gap.
///
/// # Definition
/// Within each place the weights are scaled so that every combination of characteristics has its share of the frame; the
/// variance takes this into account. A place in which a combination has no respondent cannot be standardised.
pub(super) fn write(
    analysis: &PlacesAnalysis,
    standard: &Standard,
    poll: &Poll<'_>,
    outcome: &Outcome,
    coded: &Coded,
    cut: &Cut<'_>,
    work: &mut Work<'_>,
) {
    let Some(frame) = work.study.frames.iter().find(|frame| frame.id == standard.frame) else { return };
    let Some(cells) = cells(analysis, standard, frame, poll, work) else { return };
    let mut done = BTreeSet::new();
    for place in [cut.classes, cut.split] {
        let standardised = brought(poll, coded, place, &cells);
        for node in place.nodes.iter().filter(|node| done.insert(node.as_str())) {
            let (figures, flags) = share(poll, coded, place, node, &cells, &standardised);
            let record =
                poll.record(analysis, outcome, &[node, &standard.id], Unit::Share).with("standard", &standard.id);
            work.record(record.flags(flags).figures(figures));
        }
        if std::ptr::eq(place, cut.split) {
            let (figures, flags) = gap(poll, coded, cut, &cells, &standardised);
            let name = format!("gap-{}", standard.id);
            let record = poll.record(analysis, outcome, &[&name], Unit::ShareDifference).with("standard", &standard.id);
            work.record(record.flags(flags).figures(figures));
        }
    }
}

/// The group of the rows that lie in no place.
const OUTSIDE: &str = "(outside)";

/// The combination of each respondent, and the share that each combination has in the frame.
struct Cells {
    codes: Codes,
    shares: Vec<f64>,
}

fn cells(
    analysis: &PlacesAnalysis,
    standard: &Standard,
    frame: &PopulationFrame,
    poll: &Poll<'_>,
    work: &mut Work<'_>,
) -> Option<Cells> {
    let mut columns = Vec::new();
    for id in &frame.characteristics {
        columns.push(characteristic(&analysis.id, &standard.id, id, poll, work)?);
    }
    let labels: Vec<&Vec<String>> = frame.cells.keys().collect();
    let total: f64 = frame.cells.values().sum();
    let mut unknown: BTreeMap<String, usize> = BTreeMap::new();
    let codes = (0..poll.rows.len())
        .map(|row| {
            let levels: Option<Vec<String>> =
                columns.iter().map(|codes| codes.labels().get(codes.codes()[row] as usize).cloned()).collect();
            let Some(levels) = levels else { return MISSING };
            match labels.binary_search(&&levels) {
                Ok(position) => position as u32,
                Err(_) => {
                    *unknown.entry(levels.join(", ")).or_default() += 1;
                    MISSING
                }
            }
        })
        .collect();
    if let Some((combination, n_rows)) = unknown.first_key_value() {
        let message = format!("frame `{}` has no {combination}, of which {n_rows} respondents are", frame.id);
        let problem = work.problem(&analysis.id, "A06", message);
        problem.expected =
            Some(list(labels.iter().map(|levels| levels.join(", ")).collect::<Vec<_>>().iter().map(String::as_str)));
        problem.hint =
            Some("give the characteristic the same levels in the frame and in the respondent data".to_owned());
        return None;
    }
    let names = labels.iter().map(|levels| levels.join(", ")).collect();
    let shares = frame.cells.values().map(|people| people / total).collect();
    Some(Cells { codes: Codes::from_codes(codes, names), shares })
}

/// Shares by place after standardisation, or why there are none.
fn brought(poll: &Poll<'_>, coded: &Coded, place: &Place<'_>, cells: &Cells) -> Result<Estimates, String> {
    // Rows of which something is not known make up a group of their own, outside every place.
    let outside = place.nodes.len() as u32;
    let known: Vec<bool> =
        coded.asked.iter().zip(cells.codes.codes()).map(|(asked, cell)| *asked && *cell != MISSING).collect();
    let group = |(row, code): (usize, &u32)| if known[row] && *code != MISSING { *code } else { outside };
    let groups = place.nodes.iter().cloned().chain([OUTSIDE.to_owned()]).collect();
    let over = Codes::from_codes(place.code_of_row.iter().enumerate().map(group).collect(), groups);
    let cell = |code: &u32| if *code == MISSING { 0 } else { *code };
    let by = Codes::from_codes(cells.codes.codes().iter().map(cell).collect(), cells.codes.labels().to_vec());
    let weighted = standardize(&poll.design.design, &by, &over, &cells.shares).map_err(|error| error.to_string())?;
    let domains = place.domains().within(&known);
    estimate::proportions(&weighted.design, &coded.answers, &domains, &Options::default())
        .map_err(|error| error.to_string())
}

/// Combinations of which the place has no respondent.
fn empty(poll: &Poll<'_>, coded: &Coded, place: &Place<'_>, node: &str, cells: &Cells) -> Option<String> {
    let weights = poll.design.design.weights();
    let mut found = vec![false; cells.shares.len()];
    for (row, cell) in cells.codes.codes().iter().enumerate() {
        if coded.asked[row]
            && weights[row] > 0.0
            && place.is_in(row, node)
            && let Some(found) = found.get_mut(*cell as usize)
        {
            *found = true;
        }
    }
    let missing = (0..found.len()).filter(|&cell| !found[cell] && cells.shares[cell] > 0.0);
    let names: Vec<&str> = missing.map(|cell| cells.codes.labels()[cell].as_str()).collect();
    let (first, rest) = names.split_first()?;
    Some(match rest.len() {
        0 => format!("no respondent is {first}"),
        more => format!("no respondent is {first}, nor of {more} other combinations"),
    })
}

fn share(
    poll: &Poll<'_>,
    coded: &Coded,
    place: &Place<'_>,
    node: &str,
    cells: &Cells,
    standardised: &Result<Estimates, String>,
) -> (Figures, Vec<Flag>) {
    if let Some(reason) = empty(poll, coded, place, node, cells) {
        return (Figures::not_estimable(reason), Vec::new());
    }
    let estimates = match standardised {
        Ok(estimates) => estimates,
        Err(reason) => return (Figures::not_estimable(reason.as_str()), Vec::new()),
    };
    match estimates.position(node, YES).and_then(|index| estimates.get(index)) {
        Some(found) => {
            let declared = poll.design.is_declared(|row| coded.asked[row] && place.is_in(row, node));
            (figures(found), flags(found, poll.is_opt_in, declared))
        }
        None => (Figures::not_estimable("no respondent lives there"), Vec::new()),
    }
}

fn gap(
    poll: &Poll<'_>,
    coded: &Coded,
    cut: &Cut<'_>,
    cells: &Cells,
    standardised: &Result<Estimates, String>,
) -> (Figures, Vec<Flag>) {
    let sides = cut.halves.map(|half| share(poll, coded, cut.split, half, cells, standardised));
    let flags: Vec<Flag> = sides.iter().flat_map(|(_, flags)| flags.iter().copied()).collect();
    if let Some((missing, _)) = sides.iter().find(|(side, _)| side.estimate.is_none()) {
        let reason = missing.reason.clone().unwrap_or_default();
        return (Figures::not_estimable(format!("one side is not estimable: {reason}")), flags);
    }
    let Ok(estimates) = standardised else { return (Figures::not_estimable("no standardised shares"), flags) };
    let [Some(first), Some(second)] = cut.halves.map(|half| estimates.position(half, YES)) else {
        return (Figures::not_estimable("one side has no respondent"), flags);
    };
    match estimates.contrast(&[(first, 1.0), (second, -1.0)]) {
        Ok(found) => (figures(&found), flags),
        Err(error) => (Figures::not_estimable(error.to_string()), flags),
    }
}
