//! Which tables of which data packages a study uses, and what their columns mean.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Characteristic, Condition, Text};

/// A table with one row per poll, question and answer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToplineData {
    /// Short name, used by analyses and provenance.
    pub id: String,
    /// Folder under `datasets/`.
    pub package: String,
    /// Name of the resource in the package.
    pub resource: String,
    /// Rows to take; all by default.
    #[serde(default, rename = "where")]
    pub filter: Vec<Condition>,
    /// Column of the poll's id.
    pub poll: String,
    /// Column of the question's id.
    pub question: String,
    /// Column of the question's wording, where the table has it.
    pub wording: Option<String>,
    /// Column of the answer's id.
    pub answer: String,
    /// Column of the answer's text, where the table has it.
    pub answer_label: Option<String>,
    /// Column of the share, in percent.
    pub percent: String,
    /// Column of the number interviewed in the poll.
    pub n: Option<String>,
    /// Column of the first day in the field.
    pub field_start: String,
    /// Column of the last day in the field.
    pub field_end: String,
    /// Column of the pollster's name.
    pub pollster: String,
    /// Column of the mode of interview.
    pub mode: Option<String>,
    /// Column that says whom the poll speaks about.
    pub universe: Option<String>,
    /// Column of the group variable, for tables by subgroup; empty, `all` or `total` mean everybody.
    pub group_variable: Option<String>,
    /// Column of the group, for tables by subgroup.
    pub group: Option<String>,
    /// Column of the group's base, for tables by subgroup.
    pub group_n: Option<String>,
    /// Column that says whether the distribution is `complete`, `partial` or `multi`.
    pub status: Option<String>,
    /// Column of the source's address.
    pub source: Option<String>,
    /// Column of free remarks.
    pub note: Option<String>,
    /// Poll ids of this table that are another id elsewhere: resource with both columns.
    pub same_poll_as: Option<IdMap>,
}

/// A table that says which ids of two tables are one poll.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdMap {
    /// Name of the resource in the same package.
    pub resource: String,
    /// Column of the id in this table.
    pub from: String,
    /// Column of the id under which the poll is known elsewhere.
    pub to: String,
}

/// A table with one row per poll and one column per answer to one question.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeriesData {
    /// Short name.
    pub id: String,
    /// Folder under `datasets/`.
    pub package: String,
    /// Name of the resource in the package.
    pub resource: String,
    /// Rows to take; all by default.
    #[serde(default, rename = "where")]
    pub filter: Vec<Condition>,
    /// The question of the registry that all rows answer.
    pub question: String,
    /// Column of the pollster's name.
    pub pollster: String,
    /// Column of the date that stands for the poll; the poll's id is `<pollster id>-<date>`.
    pub date: String,
    /// Columns of the first and last day in the field, where known better than `date`.
    pub field_start: Option<String>,
    /// See `field_start`.
    pub field_end: Option<String>,
    /// Column that says how `date` was set, such as a mid-month stamp.
    pub date_convention: Option<String>,
    /// Values of `date_convention` that mean: only the month is known.
    #[serde(default)]
    pub month_only: Vec<String>,
    /// Answer of the registry to column of its percent.
    pub answers: BTreeMap<String, String>,
    /// Column of the number interviewed.
    pub n: Option<String>,
    /// Columns whose change breaks the series: office rated, wording.
    #[serde(default)]
    pub segment_by: Vec<String>,
    /// Universe of all rows.
    pub universe: String,
    /// Column of the source's address.
    pub source: Option<String>,
    /// Column of free remarks.
    pub note: Option<String>,
}

/// A file with one row per respondent.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RespondentData {
    /// Short name.
    pub id: String,
    /// Folder under `datasets/`.
    pub package: String,
    /// Name of the resource in the package.
    pub resource: String,
    /// Column of the place of living that the geography's crosswalk maps.
    pub settlement: Option<String>,
    /// Column of the area, such as the region, that the crosswalk of the areas maps.
    pub area: Option<String>,
    /// Characteristics of the respondents, such as sex and age.
    #[serde(default)]
    pub characteristic: Vec<Characteristic>,
}

/// Official results: one row per election, area or class, and option.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficialData {
    /// Short name.
    pub id: String,
    /// Folder under `datasets/`.
    pub package: String,
    /// Name of the resource in the package.
    pub resource: String,
    /// Rows to take; all by default.
    #[serde(default, rename = "where")]
    pub filter: Vec<Condition>,
    /// Column of the election's id.
    pub election: String,
    /// Column of the day.
    pub date: String,
    /// Column of the place: a class of settlements or a region.
    pub place: String,
    /// Column of the party or candidate.
    pub option: String,
    /// Column of the votes.
    pub votes: String,
    /// Column of registered voters of the place.
    pub registered: String,
    /// Column of all ballots counted in the place.
    pub ballots: String,
}

/// Published counts: one row per author and period.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountData {
    /// Short name.
    pub id: String,
    /// Folder under `datasets/`.
    pub package: String,
    /// Name of the resource in the package.
    pub resource: String,
    /// Column of the first day of the period; a row without it is a stock.
    pub period_start: String,
    /// Column of the last day of the period.
    pub period_end: String,
    /// Column of the number added in the period.
    pub count: String,
    /// Column of the stock at the end of the period.
    pub stock: Option<String>,
    /// Column of who counted.
    pub counter: String,
    /// Column of the source's address.
    pub source: Option<String>,
    /// Column of free remarks.
    pub note: Option<String>,
}

/// A list of dated items, one row each.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemData {
    /// Short name.
    pub id: String,
    /// Folder under `datasets/`.
    pub package: String,
    /// Name of the resource in the package.
    pub resource: String,
    /// Rows to take; all by default.
    #[serde(default, rename = "where")]
    pub filter: Vec<Condition>,
    /// Column of the item's id.
    pub item: String,
    /// Column of the date; may be empty or known to the month or year.
    pub date: String,
    /// Column of the place that the geography's crosswalk maps.
    pub place: Option<String>,
    /// Column of codes of who acted; several are separated by semicolons.
    pub actors: Option<String>,
    /// Column of the source's address.
    pub source: Option<String>,
}

/// A reference table that analyses look numbers up in.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LookupData {
    /// Short name.
    pub id: String,
    /// Folder under `datasets/`.
    pub package: String,
    /// Name of the resource in the package.
    pub resource: String,
    /// Column of the key; a key of a place is mapped by the geography's crosswalk.
    pub key: String,
    /// Column of the number.
    pub value: String,
    /// Unit of the number, as multiplier to persons or things: 1000 for thousands.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub multiplier: f64,
}

/// Whom a poll speaks about.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Universe {
    /// Short name.
    pub id: String,
    /// Name for readers.
    pub label: Text,
    /// Texts by which sources name it.
    pub labels: Vec<String>,
    /// Is it the universe that the study speaks about? Others are kept apart.
    #[serde(default)]
    pub main: bool,
}
