//! Official results in tables with a column for each option: summed to election, place and option.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::View;
use super::{Evidence, Sources};
use crate::study::definition::{Definition, LeaveOut, OfficialWideData};
use crate::study::{OfficialResult, Origin, PartialDate};

/// Sums of one election and place.
#[derive(Default)]
struct Tally {
    votes: BTreeMap<String, u64>,
    registered: u64,
    ballots: u64,
}

/// Maps all such tables.
pub(super) fn map(definition: &Definition, sources: &mut Sources, evidence: &mut Evidence) -> Vec<OfficialResult> {
    let mut results = Vec::new();
    for data in &definition.official_wide {
        let left_out = data.leave_out.as_ref().map(|rule| keys(data, rule, sources, evidence)).unwrap_or_default();
        for resource in &data.resources {
            results.extend(one_table(data, resource, &left_out, sources, evidence));
        }
    }
    results
}

/// The keys that are left out.
fn keys(data: &OfficialWideData, rule: &LeaveOut, sources: &mut Sources, evidence: &mut Evidence) -> BTreeSet<String> {
    let Some(source) = sources.get(&data.package, &rule.resource) else { return BTreeSet::new() };
    let mut view = View::new(&source.table, "leave_out of [[official_wide]]", &data.id);
    let key = view.need("key", &rule.key);
    let rows = view.rows(&rule.filter);
    let keys = rows.iter().map(|row| view.cell(*row, key).to_owned()).collect();
    evidence.problems.extend(view.into_problems());
    sources.mark(&data.package, &rule.resource, rows);
    keys
}

fn one_table(
    data: &OfficialWideData,
    resource: &str,
    left_out: &BTreeSet<String>,
    sources: &mut Sources,
    evidence: &mut Evidence,
) -> Vec<OfficialResult> {
    let Some(source) = sources.get(&data.package, resource) else { return Vec::new() };
    let table = &source.table;
    let mut view = View::new(table, "[[official_wide]]", &data.id);
    let election = view.need("election", &data.election);
    let date = view.need("date", &data.date);
    let place = view.need("place", &data.place);
    let registered = view.need("registered", &data.registered);
    let ballots: Vec<usize> = data.ballots.iter().map(|column| view.need("ballots", column)).collect();
    let key = data.leave_out.as_ref().map(|rule| view.need("leave_out", &rule.column));
    let options: Vec<(&String, usize)> =
        data.options.iter().filter_map(|option| Some((option, table.position(option)?))).collect();
    if options.is_empty() {
        // None of the options: the first stands for all in the message.
        for option in data.options.iter().take(1) {
            view.need("options", option);
        }
    }
    let mut used = Vec::new();
    let mut tallies: BTreeMap<(String, PartialDate, String), Tally> = BTreeMap::new();
    for row in view.rows(&data.filter) {
        if key.is_some_and(|key| left_out.contains(view.cell(row, key))) {
            continue;
        }
        let Some(day) = view.date(row, date) else { continue };
        let id = (view.cell(row, election).to_owned(), day, view.cell(row, place).to_owned());
        let tally = tallies.entry(id).or_default();
        for (option, column) in &options {
            *tally.votes.entry((*option).clone()).or_default() += view.count(row, *column).unwrap_or(0);
        }
        tally.registered += view.count(row, registered).unwrap_or(0);
        tally.ballots += ballots.iter().filter_map(|column| view.count(row, *column)).sum::<u64>();
        used.push(row);
    }
    let mut results = Vec::new();
    for ((election, date, place), tally) in tallies {
        for (option, votes) in tally.votes {
            results.push(OfficialResult {
                data: data.id.clone(),
                election: election.clone(),
                date,
                place: place.clone(),
                option,
                votes,
                registered: Some(tally.registered).filter(|registered| *registered > 0),
                ballots: tally.ballots,
                // Thousands of rows: the file as a whole.
                origin: Origin { file: table.file().clone(), lines: Vec::new() },
            });
        }
    }
    evidence.problems.extend(view.into_problems());
    sources.mark(&data.package, resource, used);
    results
}
