//! Official results by class of place. They have no sampling error; what distorts them is told in words, not in an
//! interval.

mod dissimilarity;
mod swings;

use std::collections::{BTreeMap, BTreeSet};

use super::result::{Evidence, Figures, ResultRecord, Unit};
use super::work::{Groupings, Work, list};
use crate::study::definition::{ElectionAnalysis, Geography};
use crate::study::{OfficialResult, Origin, PartialDate, Placed, Span};

const OFFICIAL: &str = "official count, no sampling error";

/// Votes for the options, ballots and registered voters of some places.
#[derive(Debug, Default)]
struct Tally<'s> {
    votes: u64,
    ballots: u64,
    registered: u64,
    /// Places without a register of their own.
    unregistered: Vec<&'s str>,
    origins: Vec<&'s Origin>,
}

/// Answers the analysis, one election after the other in order of time.
pub(super) fn run<'s>(analysis: &'s ElectionAnalysis, work: &mut Work<'s>) {
    let study = work.study;
    let rows: Vec<&OfficialResult> = study.official.iter().filter(|row| row.data == analysis.data).collect();
    if rows.is_empty() {
        let known: BTreeSet<&str> = study.official.iter().map(|row| row.data.as_str()).collect();
        work.unknown(&analysis.id, "official data", &analysis.data, known);
        return;
    }
    let Some(Groupings { geography, classes, split, halves }) =
        work.groupings(&analysis.id, &analysis.classes, &analysis.split)
    else {
        return;
    };
    let known: BTreeSet<&str> = rows.iter().map(|row| row.election.as_str()).collect();
    for election in analysis.options.keys().filter(|election| !known.contains(election.as_str())) {
        work.unknown(&analysis.id, "election", election, known.iter().copied());
    }
    let places: BTreeSet<&str> = rows.iter().map(|row| row.place.as_str()).collect();
    for place in analysis.outside.iter().filter(|place| !places.contains(place.as_str())) {
        work.unknown(&analysis.id, "place", place, places.iter().copied());
    }
    let mut elections: Vec<(PartialDate, &str)> = rows
        .iter()
        .filter(|row| analysis.options.contains_key(&row.election))
        .map(|row| (row.date, row.election.as_str()))
        .collect();
    elections.sort_unstable();
    elections.dedup();
    let nodes = Nodes { geography, classes: &classes.nodes, split: &split.nodes };
    for election in analysis.kinds.values().flatten().filter(|election| !analysis.options.contains_key(*election)) {
        work.unknown(&analysis.id, "election of a kind", election, analysis.options.keys().map(String::as_str));
    }
    let first = work.results.records.len();
    for (date, election) in elections {
        let rows: Vec<&OfficialResult> = rows.iter().copied().filter(|row| row.election == election).collect();
        let tallies = tally(analysis, election, &rows, &nodes, work);
        write(analysis, Election { id: election, date }, &tallies, &nodes, halves, work);
        dissimilarity::write(analysis, Election { id: election, date }, &tallies, nodes.classes, work);
    }
    swings::write(analysis, first, work);
}

/// The two groupings in use.
struct Nodes<'s> {
    geography: &'s Geography,
    classes: &'s [String],
    split: &'s [String],
}

impl<'s> Nodes<'s> {
    /// All nodes, classes first, each once.
    fn all(&self) -> impl Iterator<Item = &'s str> {
        let classes = self.classes;
        classes.iter().chain(self.split.iter().filter(move |node| !classes.contains(node))).map(String::as_str)
    }
}

/// Adds the places of an election up: by node, and all together under "all".
fn tally<'s>(
    analysis: &ElectionAnalysis,
    election: &str,
    rows: &[&'s OfficialResult],
    nodes: &Nodes<'s>,
    work: &mut Work<'s>,
) -> BTreeMap<&'s str, Tally<'s>> {
    let options = analysis.options.get(election).map_or(&[][..], Vec::as_slice);
    let printed: BTreeSet<&str> = rows.iter().map(|row| row.option.as_str()).collect();
    for option in options.iter().filter(|option| !printed.contains(option.as_str())) {
        work.unknown(&analysis.id, &format!("option of `{election}`"), option, printed.iter().copied());
    }
    let mut by_place: BTreeMap<&str, Vec<&OfficialResult>> = BTreeMap::new();
    for row in rows {
        by_place.entry(&row.place).or_default().push(row);
    }
    let mut tallies: BTreeMap<&str, Tally<'s>> = BTreeMap::new();
    let mut unclassified = Vec::new();
    for (place, rows) in by_place {
        let mut targets = vec!["all"];
        if !analysis.outside.iter().any(|outside| outside == place) {
            for grouping in [nodes.classes, nodes.split] {
                match work.study.places.place(nodes.geography, grouping, &analysis.data, place) {
                    Placed::Inside(node) if !targets.contains(&node) => targets.push(node),
                    Placed::Inside(_) => {}
                    Placed::Unclassified => unclassified.push(place),
                    Placed::Unknown => {
                        let problem =
                            work.problem(&analysis.id, "A06", format!("place `{place}` is not in the crosswalk"));
                        problem.hint = Some("add the label to the crosswalk, or name it under `outside`".to_owned());
                    }
                }
            }
        }
        let is_counted = |row: &&&OfficialResult| options.contains(&row.option);
        let missing: Vec<&str> = options
            .iter()
            .map(String::as_str)
            .filter(|option| printed.contains(option) && !rows.iter().any(|row| row.option == **option))
            .collect();
        if !missing.is_empty() {
            work.remark(&analysis.id, election, format!("{place}: no row for {}, counted as 0", list(missing)));
        }
        for target in targets {
            let tally = tallies.entry(target).or_default();
            tally.votes += rows.iter().filter(is_counted).map(|row| row.votes).sum::<u64>();
            tally.ballots += rows[0].ballots;
            match rows[0].registered {
                Some(registered) => tally.registered += registered,
                None => tally.unregistered.push(place),
            }
            tally.origins.extend(rows.iter().filter(is_counted).map(|row| &row.origin));
        }
    }
    unclassified.dedup();
    if !unclassified.is_empty() {
        work.remark(&analysis.id, election, format!("in no class, only in the total: {}", list(unclassified)));
    }
    if !analysis.outside.is_empty() {
        let outside =
            analysis.outside.iter().map(String::as_str).filter(|place| rows.iter().any(|row| row.place == *place));
        let outside: Vec<&str> = outside.collect();
        if !outside.is_empty() {
            work.remark(
                &analysis.id,
                election,
                format!("outside the classes by declaration, only in the total: {}", list(outside)),
            );
        }
    }
    tallies
}

/// An election and its day.
#[derive(Clone, Copy)]
struct Election<'s> {
    id: &'s str,
    date: PartialDate,
}

impl Election<'_> {
    fn record(
        self,
        analysis: &ElectionAnalysis,
        path: &[&str],
        unit: Unit,
        place: &str,
        measure: &str,
    ) -> ResultRecord {
        let path: Vec<&str> = std::iter::once(self.id).chain(path.iter().copied()).collect();
        ResultRecord::new(&analysis.id, &path, unit, Evidence::Official)
            .with("election", self.id)
            .with("place", place)
            .with("measure", measure)
            .at(Span::at(self.date))
    }
}

fn write<'s>(
    analysis: &ElectionAnalysis,
    election: Election<'s>,
    tallies: &BTreeMap<&'s str, Tally<'s>>,
    nodes: &Nodes<'s>,
    halves: [&'s str; 2],
    work: &mut Work<'s>,
) {
    let record =
        |path: &[&str], unit, place: &str, measure: &str| election.record(analysis, path, unit, place, measure);
    for node in nodes.all().chain(["all"]) {
        let Some(tally) = tallies.get(node) else { continue };
        let origins = || tally.origins.iter().copied();
        work.record(record(&[node], Unit::Share, node, "ballots").figures(of_ballots(tally)).rests_on(origins()));
        work.record(
            record(&[node, "registered"], Unit::Share, node, "registered")
                .figures(of_registered(tally))
                .rests_on(origins()),
        );
    }
    let share_of: [(&str, &str, ShareOf); 2] =
        [("gap", "ballots", of_ballots), ("gap-registered", "registered", of_registered)];
    for (name, measure, share_of) in share_of {
        let record = record(&[name], Unit::ShareDifference, name, measure);
        let (Some(first), Some(second)) = (tallies.get(halves[0]), tallies.get(halves[1])) else {
            work.record(record.figures(Figures::not_estimable("no place on one side of the split")));
            continue;
        };
        let (a, b) = (share_of(first), share_of(second));
        let figures = match (a.estimate, b.estimate) {
            (Some(p), Some(q)) => Figures { n: add(a.n, b.n), ..Figures::without_interval(p - q, OFFICIAL) },
            (None, _) => Figures::not_estimable(a.reason.unwrap_or_default()),
            (_, None) => Figures::not_estimable(b.reason.unwrap_or_default()),
        };
        work.record(record.figures(figures).rests_on(first.origins.iter().chain(&second.origins).copied()));
    }
}

/// A share of ballots, or of registered voters.
type ShareOf = fn(&Tally<'_>) -> Figures;

fn add(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    Some(a? + b?)
}

fn of_ballots(tally: &Tally<'_>) -> Figures {
    share(tally.votes, tally.ballots, "no ballots")
}

/// Share of registered voters; places without a register cannot take part in it.
fn of_registered(tally: &Tally<'_>) -> Figures {
    if tally.unregistered.is_empty() {
        share(tally.votes, tally.registered, "no registered voters")
    } else {
        Figures::not_estimable(format!("no register of its own: {}", list(tally.unregistered.iter().copied())))
    }
}

fn share(votes: u64, base: u64, why_not: &str) -> Figures {
    if base == 0 {
        return Figures::not_estimable(why_not);
    }
    Figures { n: Some(base), ..Figures::without_interval(votes as f64 / base as f64, OFFICIAL) }
}

#[cfg(test)]
mod tests;
