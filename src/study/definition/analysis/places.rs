//! Places of respondents, and the gap between two of them.

use schemars::JsonSchema;
use serde::Deserialize;

/// Shares by place from respondent files.
///
/// Results: `<id>/<survey>/<measure>/<node>` for the nodes of `classes` and of `split`, `…/all`, and for the split
/// `…/gap` (first node minus second), `…/gap-low` and `…/gap-high`: all undecided counted as no in the first node
/// and yes in the second, and the reverse. For each adjustment `…/gap-<adjustment>`, the gap were everybody's
/// characteristics the same in both nodes; for each standard `…/<node>/<standard>` and `…/gap-<standard>`, shares
/// brought to the composition of a population. For each way to decompose the gap `…/split-<id>/gap` (among those of whom all
/// characteristics are known), `…/composition` and `…/composition-<characteristic>` (other people), `…/rates` (like people who
/// answer otherwise) and, by regression, `…/rates-<characteristic>` and `…/rates-constant`. For the scenario `…/yes-in-<node>`, the part of those who say yes that lives in
/// the second node, and `…/after-loss-<percent>`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlacesAnalysis {
    /// Short name.
    pub id: String,
    /// Surveys to take, with every outcome whose measure is listed.
    pub surveys: Vec<String>,
    /// Measures to take.
    pub measures: Vec<String>,
    /// Grouping whose nodes are shown; a label of a file maps to the node that covers the same leaves.
    pub classes: String,
    /// Grouping of two nodes that are compared.
    pub split: String,
    /// Gaps with other characteristics held constant.
    #[serde(default)]
    pub adjust: Vec<Adjustment>,
    /// Shares brought to the composition of a population.
    #[serde(default)]
    pub standardise: Vec<Standard>,
    /// The gap split into composition and rates.
    #[serde(default)]
    pub decompose: Vec<Split>,
    /// An illustration of losses in the second node of the split.
    pub scenario: Option<Scenario>,
}

/// What would be left of an outcome if part of those who say yes in the second node of the split did not: arithmetic, not a
/// forecast.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Losses in percent of those who say yes there.
    pub losses: Vec<u8>,
}

/// A gap with other characteristics held constant: mean difference of the predictions of a logit model of the design with
/// place and these characteristics.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adjustment {
    /// Short name, part of the id of the result.
    pub id: String,
    /// Characteristics that are held constant; a survey that lacks one is passed over.
    pub by: Vec<String>,
}

/// A gap split into what the composition of the two nodes accounts for, characteristic by characteristic, and what it does not.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Short name, part of the ids of the results.
    pub id: String,
    /// Characteristics that make up the composition; a survey that lacks one is passed over.
    pub by: Vec<String>,
    /// How it is split.
    pub method: DecompositionMethod,
}

/// How a gap is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecompositionMethod {
    /// By the cells of the characteristics (Kitagawa, Das Gupta).
    Cells,
    /// By linear regression (Oaxaca, Blinder).
    Linear,
    /// By logit regression (Oaxaca–Blinder, Yun).
    Logit,
}

/// Direct standardisation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// Short name, part of the ids of the results.
    pub id: String,
    /// Id of the frame; a survey that lacks one of its characteristics is passed over.
    pub frame: String,
}

/// Does the gap between two places change over surveys that ask the same in the same way? Interaction of place and time among the
/// respondents of all of them, with each survey a sample of its own.
///
/// Results: `<id>/change`, change of the gap (first node minus second) from the first survey to the last along a straight line,
/// and its test; `<id>/detectable`, the smallest change of the gap that could have been shown; `<id>/change-<node>`, the same of the share of each node; with three surveys or more `<id>/any-change`, a test of
/// any difference between their gaps; and with characteristics the same under `…-adjusted`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GapTrendAnalysis {
    /// Short name.
    pub id: String,
    /// Surveys, two or more.
    pub surveys: Vec<String>,
    /// The measure; every survey has an outcome of it.
    pub measure: String,
    /// Grouping of two nodes that are compared.
    pub split: String,
    /// Characteristics that are also held constant.
    #[serde(default)]
    pub by: Vec<String>,
}
