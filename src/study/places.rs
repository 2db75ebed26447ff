//! How printed labels map to the places of a study's geography.

use std::collections::{BTreeMap, BTreeSet};

use super::definition::Geography;

/// The crosswalk from (dataset, label) to the leaves that the label covers.
///
/// The dataset is the data id of the definition; for groups of a published poll it is [`Places::key_of_poll`].
#[derive(Debug, Clone, Default)]
pub struct Places {
    leaves_of: BTreeMap<(String, String), BTreeSet<String>>,
}

/// What a printed label turned out to be within a grouping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed<'a> {
    /// It lies inside this node of the grouping.
    Inside(&'a str),
    /// It is blank or covers parts of several nodes: not classified.
    Unclassified,
    /// The crosswalk does not know it.
    Unknown,
}

impl Places {
    /// The dataset under which the labels of a poll's groups stand, because one label of a table of many pollsters
    /// means different things by pollster.
    pub fn key_of_poll(data: &str, poll: &str) -> String {
        format!("{data}:{poll}")
    }

    /// Adds a row of the crosswalk; `covers` is empty for a label that cannot be classified.
    pub fn insert(&mut self, dataset: &str, label: &str, covers: BTreeSet<String>) {
        self.leaves_of.insert((dataset.to_owned(), label.to_owned()), covers);
    }

    /// The leaves that a label of a file covers; none where the crosswalk does not know it.
    pub fn leaves(&self, dataset: &str, label: &str) -> Option<&BTreeSet<String>> {
        self.leaves_of.get(&(dataset.to_owned(), label.to_owned()))
    }

    /// The labels that the crosswalk has for a dataset, in byte order.
    pub fn labels(&self, dataset: &str) -> impl Iterator<Item = &str> {
        self.leaves_of.keys().filter(move |(known, _)| known == dataset).map(|(_, label)| label.as_str())
    }

    /// The node of `grouping` (node ids) that holds all leaves of the label.
    pub fn place<'a>(&self, geography: &Geography, grouping: &'a [String], dataset: &str, label: &str) -> Placed<'a> {
        let Some(leaves) = self.leaves(dataset, label) else { return Placed::Unknown };
        if leaves.is_empty() {
            return Placed::Unclassified;
        }
        grouping
            .iter()
            .find(|node| leaves.is_subset(&geography.leaves(node)))
            .map_or(Placed::Unclassified, |node| Placed::Inside(node))
    }
}

impl Geography {
    /// The leaves that a node covers; a leaf covers itself.
    pub fn leaves(&self, node: &str) -> BTreeSet<String> {
        match self.node.iter().find(|candidate| candidate.id == node) {
            Some(node) if !node.covers.is_empty() => node.covers.iter().cloned().collect(),
            Some(node) => BTreeSet::from([node.id.clone()]),
            None => BTreeSet::new(),
        }
    }
}
