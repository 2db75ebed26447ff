//! The crosswalk: which leaves of the geography a printed label covers.
//!
//! A row of the crosswalk belongs to the data whose file name is the last part of its `dataset`
//! (`anywhere/towns.csv`, where `*` stands for any letters). After a colon may stand the stem of poll ids: then the
//! row holds for the polls whose printed id, up to its first digit, is that stem (`towns.csv:omnibus` for
//! `omnibus_2021_07`). In [`Places`] the labels of a file stand under the data id, and those of a poll's groups under
//! the data id, a colon and the poll's id.

use std::collections::BTreeSet;

use super::columns::View;
use super::{Evidence, Sources};
use crate::diagnostic::did_you_mean;
use crate::study::Places;
use crate::study::definition::Definition;

/// Maps the crosswalk onto the data of a definition.
pub(super) fn map(definition: &Definition, sources: &mut Sources, evidence: &mut Evidence) -> Places {
    let mut places = Places::default();
    let Some(geography) = &definition.geography else { return places };
    let crosswalk = &geography.crosswalk;
    let Some(source) = sources.get(&crosswalk.package, &crosswalk.resource) else { return places };
    let mut view = View::new(&source.table, "crosswalk of", "geography");
    let dataset = view.need("dataset", &crosswalk.dataset);
    let label = view.need("label", &crosswalk.label);
    let covers = view.need("covers", &crosswalk.covers);
    let leaves: Vec<&str> =
        geography.node.iter().filter(|node| node.covers.is_empty()).map(|node| node.id.as_str()).collect();
    let keys = Keys::of(definition, sources, evidence);
    let mut used = Vec::new();
    for row in view.rows(&[]) {
        let names: Vec<&str> = view.cell(row, covers).split('|').filter(|leaf| !leaf.is_empty()).collect();
        let found: Vec<String> = keys.matching(view.cell(row, dataset));
        if let Some(wrong) = names.iter().find(|name| !leaves.contains(name)) {
            let hint = match did_you_mean(wrong, leaves.iter().copied()) {
                Some(candidate) => format!("did you mean `{candidate}`?"),
                None => "correct the row, or add the place as a node without `covers`".to_owned(),
            };
            let expected = format!("leaves of the geography: {}", leaves.join(", "));
            view.report(row, covers, "E20", format!("`{wrong}` is no leaf of the geography"), &expected, &hint);
        }
        let covered: BTreeSet<String> = names.into_iter().map(str::to_owned).collect();
        for key in &found {
            places.insert(key, view.cell(row, label), covered.clone());
        }
        if !found.is_empty() {
            used.push(row);
        }
    }
    evidence.problems.extend(view.into_problems());
    sources.mark(&crosswalk.package, &crosswalk.resource, used);
    places
}

/// The keys under which labels of the data stand: file name, stem of the poll where labels are a poll's, and key.
struct Keys(Vec<(String, Option<String>, String)>);

impl Keys {
    fn of(definition: &Definition, sources: &Sources, evidence: &Evidence) -> Self {
        let file_name = |package: &str, resource: &str| {
            let source = sources.get(package, resource)?;
            source.table.file().rsplit('/').next().map(str::to_owned)
        };
        let mut keys = Vec::new();
        let plain = (definition.respondents.iter().map(|data| (&data.id, &data.package, &data.resource)))
            .chain(definition.official.iter().map(|data| (&data.id, &data.package, &data.resource)))
            .chain(
                definition
                    .official_wide
                    .iter()
                    .flat_map(|data| data.resources.iter().map(|resource| (&data.id, &data.package, resource))),
            )
            .chain(definition.items.iter().map(|data| (&data.id, &data.package, &data.resource)))
            .chain(definition.lookup.iter().map(|data| (&data.id, &data.package, &data.resource)));
        for (id, package, resource) in plain {
            keys.extend(file_name(package, resource).map(|file| (file, None, id.clone())));
        }
        for data in definition.toplines.iter().filter(|data| data.group.is_some()) {
            let Some(file) = file_name(&data.package, &data.resource) else { continue };
            for ((_, poll), printed) in evidence.polls.iter().filter(|((id, _), _)| *id == data.id) {
                let key = Places::key_of_poll(&data.id, poll);
                keys.extend(printed.iter().map(|id| (file.clone(), Some(stem(id).to_owned()), key.clone())));
            }
        }
        keys.sort();
        keys.dedup();
        Keys(keys)
    }

    fn matching(&self, dataset: &str) -> Vec<String> {
        let (path, wanted) = match dataset.split_once(':') {
            Some((path, stem)) => (path, Some(stem)),
            None => (dataset, None),
        };
        let is_meant = |stem: &Option<String>| match (stem.as_deref(), wanted) {
            (own, Some(wanted)) => own == Some(wanted),
            (_, None) => true,
        };
        let keys = self.0.iter().filter(|(file, stem, _)| dataset_matches(path, file) && is_meant(stem));
        keys.map(|(_, _, key)| key.clone()).collect()
    }
}

/// Is a file the one that a path names by its last part, `*` standing for any letters?
pub(crate) fn dataset_matches(path: &str, file: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.split_once('*') {
        None => name == file,
        Some((before, after)) => {
            file.len() >= before.len() + after.len() && file.starts_with(before) && file.ends_with(after)
        }
    }
}

/// A poll id up to its first digit, without the separator at the end.
pub(crate) fn stem(poll: &str) -> &str {
    let end = poll.find(|c: char| c.is_ascii_digit()).unwrap_or(poll.len());
    poll[..end].trim_end_matches(['_', '-'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems_end_before_the_first_digit() {
        assert_eq!(stem("omnibus_2021_07"), "omnibus");
        assert_eq!(stem("north_town_2005"), "north_town");
        assert_eq!(stem("plain"), "plain");
    }

    #[test]
    fn files_are_matched_by_the_last_part_of_the_path() {
        assert!(dataset_matches("old/place/towns.csv", "towns.csv"));
        assert!(dataset_matches("votes/part_*.csv", "part_2004.csv"));
        assert!(!dataset_matches("votes/part_*.csv", "party.csv"));
        assert!(!dataset_matches("towns.csv", "other.csv"));
    }
}
