//! Items per million inhabitants, by class of place.

use std::collections::{BTreeMap, BTreeSet};

use super::items;
use super::periods::ratio;
use crate::analysis::counts::rate;
use crate::analysis::result::{Evidence, Figures, ResultRecord, Unit};
use crate::analysis::work::Work;
use crate::study::definition::{Geography, Grouping, ItemRatesAnalysis};
use crate::study::{EventItem, Lookup, Origin, Placed};

const MILLION: f64 = 1e6;

/// Answers the analysis.
///
/// # Definition
///
/// Items found in the places of a class over the million inhabitants of the class; exact Poisson interval. A rate is of
/// items found, over all time: a class in which none was found is unknown, not zero, so it is not estimated.
pub(in crate::analysis) fn run<'s>(analysis: &'s ItemRatesAnalysis, work: &mut Work<'s>) {
    let study = work.study;
    let Some(list) = items(&analysis.id, &analysis.data, work) else { return };
    let Some(population) = study.lookup(&analysis.population) else {
        let known = study.lookups.iter().map(|table| table.data.as_str());
        work.unknown(&analysis.id, "lookup table", &analysis.population, known);
        return;
    };
    let (Some(classes), Some((split, halves)), Some(geography)) = (
        work.grouping(&analysis.id, &analysis.classes),
        work.split(&analysis.id, &analysis.split),
        study.definition.geography.as_ref(),
    ) else {
        return;
    };
    let in_classes = Classes::new(analysis, geography, classes, (&list.items, population), work);
    let in_split = Classes::new(analysis, geography, split, (&list.items, population), work);
    let both = [(&in_classes, &classes.nodes), (&in_split, &split.nodes)];
    let mut done = BTreeSet::new();
    for (found, nodes) in both {
        for node in nodes {
            if done.insert(node.as_str()) {
                work.record(
                    record(analysis, &[node], Unit::PerMillion, node, &found.origins(node)).figures(found.rate(node)),
                );
            }
        }
    }
    let figures = match (in_split.exposure(halves[1]), in_split.exposure(halves[0])) {
        (Ok(second), Ok(first)) => ratio((in_split.count(halves[1]), second), (in_split.count(halves[0]), first)),
        (Err(reason), _) | (_, Err(reason)) => Figures::not_estimable(reason),
    };
    let origins: Vec<Origin> = halves.iter().flat_map(|node| in_split.origins(node)).collect();
    work.record(record(analysis, &["ratio"], Unit::Ratio, "ratio", &origins).figures(figures));
}

fn record(analysis: &ItemRatesAnalysis, path: &[&str], unit: Unit, place: &str, origins: &[Origin]) -> ResultRecord {
    ResultRecord::new(&analysis.id, path, unit, Evidence::Counted)
        .with("place", place)
        .with("measure", if unit == Unit::Ratio { "ratio-of-places" } else { "rate" })
        .rests_on(origins)
}

/// Items and inhabitants by node of one grouping.
struct Classes<'s> {
    items: BTreeMap<&'s str, Vec<&'s EventItem>>,
    population: BTreeMap<&'s str, (f64, Vec<Origin>)>,
    /// Nodes of which some inhabitants stand in a row of the table that also covers others, with that row's key.
    mixed: BTreeMap<&'s str, &'s str>,
}

impl<'s> Classes<'s> {
    fn new(
        analysis: &ItemRatesAnalysis,
        geography: &Geography,
        grouping: &'s Grouping,
        (items, table): (&'s [EventItem], &'s Lookup),
        work: &mut Work<'s>,
    ) -> Self {
        let mut classes = Classes { items: BTreeMap::new(), population: BTreeMap::new(), mixed: BTreeMap::new() };
        let places = &work.study.places;
        let nodes = grouping.nodes.as_slice();
        let (mut unclassified, mut unknown) = (0_usize, BTreeSet::new());
        for item in items {
            match places.place(geography, nodes, &analysis.data, &item.place) {
                Placed::Inside(node) => classes.items.entry(node).or_default().push(item),
                Placed::Unclassified => unclassified += 1,
                Placed::Unknown if item.place.is_empty() => unclassified += 1,
                Placed::Unknown => {
                    unknown.insert((analysis.data.as_str(), item.place.as_str()));
                }
            }
        }
        for (key, people, line) in &table.entries {
            match places.place(geography, nodes, &analysis.population, key) {
                Placed::Inside(node) => {
                    let (sum, origins) = classes.population.entry(node).or_default();
                    *sum += people;
                    origins.push(Origin::line(&table.file, *line));
                }
                Placed::Unclassified => {
                    let leaves = places.leaves(&analysis.population, key).cloned().unwrap_or_default();
                    let touched = nodes.iter().filter(|node| !geography.leaves(node).is_disjoint(&leaves));
                    classes.mixed.extend(touched.map(|node| (node.as_str(), key.as_str())));
                }
                Placed::Unknown => {
                    unknown.insert((analysis.population.as_str(), key.as_str()));
                }
            }
        }
        for (data, label) in unknown {
            let message = format!("label `{label}` of `{data}` is not in the crosswalk");
            let problem = work.problem(&analysis.id, "A06", message);
            problem.hint = Some("add the label to the crosswalk; leave the leaves empty if it has no class".to_owned());
        }
        if unclassified > 0 {
            let text = format!("{unclassified} of {} items have no place in `{}`", items.len(), grouping.id);
            work.remark(&analysis.id, "unclassified", text);
        }
        classes
    }

    fn count(&self, node: &str) -> u64 {
        self.items.get(node).map_or(0, |items| items.len() as u64)
    }

    /// Millions of inhabitants, or why they are not known.
    fn exposure(&self, node: &str) -> Result<f64, String> {
        if let Some(key) = self.mixed.get(node) {
            return Err(format!("the population of `{node}` cannot be told apart: `{key}` covers other places too"));
        }
        match self.population.get(node) {
            Some((people, _)) if *people > 0.0 => Ok(people / MILLION),
            _ => Err(format!("the table of populations has no row for `{node}`")),
        }
    }

    fn rate(&self, node: &str) -> Figures {
        match (self.exposure(node), self.count(node)) {
            (Err(reason), n) => Figures { n: Some(n), ..Figures::not_estimable(reason) },
            (Ok(_), 0) => Figures { n: Some(0), ..Figures::not_estimable("none found: unknown, not zero") },
            (Ok(millions), n) => rate(n, millions),
        }
    }

    fn origins(&self, node: &str) -> Vec<Origin> {
        let items = self.items.get(node).into_iter().flatten().map(|item| item.origin.clone());
        let people = self.population.get(node).into_iter().flat_map(|(_, origins)| origins.iter().cloned());
        items.chain(people).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::result::Results;
    use crate::analysis::testing::{geography, items as list_of, study};
    use crate::error::Result;

    fn results(places: &[&str], population: &[(&str, f64)]) -> Result<Results> {
        let mut study = study(Vec::new());
        geography(&mut study, "stones");
        geography(&mut study, "people");
        let rows: Vec<(&str, &str, &[&str])> = places.iter().map(|place| ("2001", *place, &[][..])).collect();
        study.items = vec![list_of(&rows)];
        study.lookups = vec![Lookup {
            data: "people".to_owned(),
            file: "datasets/people.csv".into(),
            entries: population.iter().zip(2..).map(|((key, n), line)| ((*key).to_owned(), *n, line)).collect(),
        }];
        let analysis = ItemRatesAnalysis {
            id: "rates".to_owned(),
            data: "stones".to_owned(),
            population: "people".to_owned(),
            classes: "classes".to_owned(),
            split: "split".to_owned(),
        };
        let mut work = Work::new(&study);
        run(&analysis, &mut work);
        work.finish()
    }

    #[test]
    fn rates_per_million_and_their_ratio() {
        let population = [("Metro", 2e6), ("Town", 1e6), ("Village", 3e6)];
        let results = results(&["Metro", "Metro", "Town", "Town", "Countryside", ""], &population).unwrap();
        let rate = |node: &str| results.get(&format!("rates/{node}")).unwrap().estimate.clone();
        assert_eq!((rate("metro").estimate, rate("town").estimate), (Some(1.0), Some(2.0)));
        assert_eq!((rate("village").estimate, rate("village").n), (None, Some(0)));
        assert_eq!((rate("rest").estimate, rate("ratio").estimate), (Some(0.75), Some(0.75)));
        let remarks: Vec<&str> = results.remarks.iter().map(|remark| remark.text.as_str()).collect();
        assert_eq!(remarks, ["2 of 6 items have no place in `classes`", "1 of 6 items have no place in `split`"]);
    }

    #[test]
    fn a_population_that_covers_two_classes_gives_neither_a_rate() {
        let results = results(&["Metro", "Town"], &[("Metro", 2e6), ("Town", 1e6), ("Countryside", 3e6)]).unwrap();
        let town = &results.get("rates/town").unwrap().estimate;
        assert!(town.estimate.is_none() && town.reason.as_ref().unwrap().contains("Countryside"));
        assert_eq!(results.get("rates/rest").unwrap().estimate.estimate, Some(0.25));
    }

    #[test]
    fn a_label_that_the_crosswalk_does_not_know_is_a_problem() {
        let error = results(&["Metropolis"], &[("Metro", 2e6)]).unwrap_err();
        assert_eq!(error.diagnostics()[0].code, "A06");
    }
}
