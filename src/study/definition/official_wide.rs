//! Official results in tables with a column for each option.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Condition;

/// Official results: one row per commission or polling station and one column per option, in one table or several.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficialWideData {
    /// Short name; analyses of elections name it as `data`.
    pub id: String,
    /// Folder under `datasets/`.
    pub package: String,
    /// Names of the resources in the package, which share the columns named here.
    pub resources: Vec<String>,
    /// Rows to take; all by default.
    #[serde(default, rename = "where")]
    pub filter: Vec<Condition>,
    /// Rows that another table of the package tells to leave out.
    pub leave_out: Option<LeaveOut>,
    /// Column of the election's id.
    pub election: String,
    /// Column of the day.
    pub date: String,
    /// Column of the class of settlements.
    pub place: String,
    /// Columns of the options to take; a table that lacks one has no such option.
    pub options: Vec<String>,
    /// Column of registered voters.
    pub registered: String,
    /// Columns whose sum is the number of ballots counted.
    pub ballots: Vec<String>,
}

/// Rows left out because of what another table says of their key.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveOut {
    /// Column of the key in the tables of results.
    pub column: String,
    /// Name of the resource, in the same package, that knows the keys.
    pub resource: String,
    /// Column of the key there.
    pub key: String,
    /// Rows there whose keys are left out.
    #[serde(rename = "where")]
    pub filter: Vec<Condition>,
}
