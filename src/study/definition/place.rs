//! Where people live: leaves, the nodes that cover them, groupings of nodes, and the crosswalk from printed labels.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Text;

/// The geography of a study: a tree of places given by the leaves that each node covers.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Geography {
    /// Nodes. A leaf covers nothing but itself and leaves `covers` empty.
    pub node: Vec<Node>,
    /// Sets of disjoint nodes that a comparison uses.
    pub grouping: Vec<Grouping>,
    /// The table that maps printed labels to leaves.
    pub crosswalk: Crosswalk,
}

/// A place or class of places.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Short name; that of a leaf stands in the crosswalk.
    pub id: String,
    /// Name for readers.
    pub label: Text,
    /// The leaves that the node covers; empty for a leaf.
    #[serde(default)]
    pub covers: Vec<String>,
}

/// Disjoint nodes that are compared with each other.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Grouping {
    /// Short name.
    pub id: String,
    /// Name for readers.
    pub label: Text,
    /// Nodes in the order of tables and charts, the reference last.
    pub nodes: Vec<String>,
}

/// The table that maps the labels of each file to leaves.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Crosswalk {
    /// Folder under `datasets/`.
    pub package: String,
    /// Name of the resource in the package.
    pub resource: String,
    /// Column that names the file, and after a colon the stem of the poll id, which a label belongs to.
    pub dataset: String,
    /// Column of the printed label.
    pub label: String,
    /// Column of the leaves covered, separated by `|`; empty where the label cannot be classified.
    pub covers: String,
}
