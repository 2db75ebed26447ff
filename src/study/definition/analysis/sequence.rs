//! What comes first?

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Text;

/// Order in time of two yearly series: does one move before the other?
///
/// Counts enter as their square roots; both series without their straight line. Results: `<id>/<pair>/lag-<k>`, correlation
/// of the first series with the second k years later (`lag-minus-<k>`: earlier), p values by Holm over the lags of the pair;
/// `<id>/<pair>/detectable`, the smallest true correlation that one such test at 5 % finds with a power of 80 %.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SequenceAnalysis {
    /// Short name.
    pub id: String,
    /// First year.
    pub from: i32,
    /// Last year.
    pub until: i32,
    /// Longest lag, in years.
    #[schemars(range(min = 1, max = 10))]
    pub longest: usize,
    /// The series.
    pub series: Vec<SequenceSeries>,
    /// Which are compared.
    pub pair: Vec<SequencePair>,
}

/// A yearly series: items of a list, or results of one analysis with a year at their end.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SequenceSeries {
    /// Short name.
    pub id: String,
    /// Text for readers.
    pub label: Text,
    /// Id of item data, counted by year.
    pub items: Option<String>,
    /// In place of `items`: front of the ids of results, such as `mood/latent` for `mood/latent/2014`.
    pub results: Option<String>,
}

/// Two series.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SequencePair {
    /// Short name.
    pub id: String,
    /// Text for readers.
    pub label: Text,
    /// The series that may lead.
    pub first: String,
    /// The series that may follow.
    pub second: String,
}
