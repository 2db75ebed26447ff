//! Official results by class of place. They have no sampling error; what distorts them is told in words, not in an
//! interval.

use std::collections::{BTreeMap, BTreeSet};

use super::result::{Evidence, Figures, ResultRecord, Unit};
use super::work::{Work, list};
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
    let (Some(classes), Some((split, halves)), Some(geography)) = (
        work.grouping(&analysis.id, &analysis.classes),
        work.split(&analysis.id, &analysis.split),
        study.definition.geography.as_ref(),
    ) else {
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
    for (date, election) in elections {
        let rows: Vec<&OfficialResult> = rows.iter().copied().filter(|row| row.election == election).collect();
        let tallies = tally(analysis, election, &rows, &nodes, work);
        write(analysis, Election { id: election, date }, &tallies, &nodes, halves, work);
    }
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

fn write<'s>(
    analysis: &ElectionAnalysis,
    election: Election<'s>,
    tallies: &BTreeMap<&'s str, Tally<'s>>,
    nodes: &Nodes<'s>,
    halves: [&'s str; 2],
    work: &mut Work<'s>,
) {
    let record = |path: &[&str], unit, place: &str, measure: &str| {
        let path: Vec<&str> = std::iter::once(election.id).chain(path.iter().copied()).collect();
        ResultRecord::new(&analysis.id, &path, unit, Evidence::Official)
            .with("election", election.id)
            .with("place", place)
            .with("measure", measure)
            .at(Span::at(election.date))
    };
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
    let gap = match (tallies.get(halves[0]), tallies.get(halves[1])) {
        (Some(first), Some(second)) => {
            let figures = match (of_ballots(first).estimate, of_ballots(second).estimate) {
                (Some(a), Some(b)) => {
                    Figures { n: Some(first.ballots + second.ballots), ..Figures::without_interval(a - b, OFFICIAL) }
                }
                _ => Figures::not_estimable("no ballots on one side of the split"),
            };
            record(&["gap"], Unit::ShareDifference, "gap", "ballots")
                .figures(figures)
                .rests_on(first.origins.iter().chain(&second.origins).copied())
        }
        _ => record(&["gap"], Unit::ShareDifference, "gap", "ballots")
            .figures(Figures::not_estimable("no place on one side of the split")),
    };
    work.record(gap);
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
mod tests {
    use super::*;
    use crate::analysis::result::Results;
    use crate::analysis::testing::{geography, study};
    use crate::error::Result;

    fn row(place: &str, option: &str, votes: u64, ballots: u64, registered: Option<u64>) -> OfficialResult {
        OfficialResult {
            data: "votes".to_owned(),
            election: "mayor-2001".to_owned(),
            date: "2001-05-06".parse().unwrap(),
            place: place.to_owned(),
            option: option.to_owned(),
            votes,
            registered,
            ballots,
            origin: Origin::line(&"datasets/votes/votes.csv".into(), 2),
        }
    }

    fn results(rows: Vec<OfficialResult>, outside: &[&str]) -> Result<Results> {
        let mut study = study(Vec::new());
        geography(&mut study, "votes");
        study.official = rows;
        let analysis = ElectionAnalysis {
            id: "mayor".to_owned(),
            data: "votes".to_owned(),
            options: [("mayor-2001".to_owned(), vec!["Ash".to_owned(), "Birch".to_owned()])].into(),
            classes: "classes".to_owned(),
            split: "split".to_owned(),
            outside: outside.iter().map(|place| (*place).to_owned()).collect(),
        };
        let mut work = Work::new(&study);
        run(&analysis, &mut work);
        work.finish()
    }

    fn land() -> Vec<OfficialResult> {
        vec![
            row("Metro", "Ash", 30, 100, Some(200)),
            row("Metro", "Birch", 10, 100, Some(200)),
            row("Metro", "Cedar", 55, 100, Some(200)),
            row("Town", "Ash", 60, 100, Some(150)),
            row("Village", "Ash", 80, 100, Some(100)),
            row("Village", "Birch", 10, 100, Some(100)),
            row("Embassy", "Ash", 10, 20, None),
        ]
    }

    #[test]
    fn shares_of_ballots_and_of_registered_voters() {
        let results = results(land(), &["Embassy"]).unwrap();
        let share = |id: &str| results.get(&format!("mayor/mayor-2001/{id}")).unwrap().estimate.estimate;
        assert_eq!((share("metro"), share("town"), share("rest")), (Some(0.4), Some(0.6), Some(0.75)));
        assert_eq!((share("metro/registered"), share("rest/registered")), (Some(0.2), Some(0.6)));
        assert_eq!((share("all"), share("all/registered")), (Some(200.0 / 320.0), None));
        assert!((share("gap").unwrap() + 0.35).abs() < 1e-12);
        let metro = &results.get("mayor/mayor-2001/metro").unwrap().estimate;
        assert_eq!((metro.n, metro.se, metro.ci_low), (Some(100), None, None));
        assert!(metro.reason.as_ref().unwrap().contains("no sampling error"));
        assert!(results.remarks.iter().any(|remark| remark.text.contains("Town: no row for `Birch`")));
    }

    #[test]
    fn a_place_without_a_class_is_a_problem_and_one_over_several_only_counts_in_the_total() {
        let error = results(land(), &[]).unwrap_err();
        assert!(error.diagnostics()[0].message.contains("Embassy"));
        let mut rows = land();
        rows.push(row("Countryside", "Ash", 0, 100, Some(100)));
        let results = results(rows, &["Embassy"]).unwrap();
        let share = |id: &str| results.get(&format!("mayor/mayor-2001/{id}")).unwrap().estimate.estimate;
        assert_eq!((share("town"), share("rest"), share("all")), (Some(0.6), Some(0.5), Some(200.0 / 420.0)));
        assert!(results.remarks.iter().any(|remark| remark.text.contains("in no class")));
    }

    #[test]
    fn no_ballots_and_misspelt_options() {
        let mut rows = land();
        rows[3].votes = 0;
        rows[3].ballots = 0;
        let town = results(rows.clone(), &["Embassy"]).unwrap().get("mayor/mayor-2001/town").unwrap().estimate.clone();
        assert_eq!((town.estimate, town.reason.as_deref()), (None, Some("no ballots")));
        for row in &mut rows {
            row.option = row.option.replace("Birch", "Birche");
        }
        let error = results(rows, &["Embassy"]).unwrap_err();
        assert_eq!(error.diagnostics()[0].hint.as_deref(), Some("did you mean `Birche`?"));
    }
}
