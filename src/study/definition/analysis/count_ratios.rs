//! Does one counter see the pace change?

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Text;

/// Ratios of two rates of one counter: `<id>/<pair>`, first to second, with the exact conditional interval and test, and
/// `<id>/<pair>/detectable`, the smallest ratio above 1 that the test could have shown.
/// Counts of different counters are never put into one ratio.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountRatiosAnalysis {
    /// Short name.
    pub id: String,
    /// The pairs.
    pub pair: Vec<CountRatioPair>,
}

/// Two rates of one counter.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountRatioPair {
    /// Short name.
    pub id: String,
    /// Text for readers.
    pub label: Text,
    /// Ids of counts per period whose sum is the first count; their periods have no common day.
    pub first: Vec<String>,
    /// The same for the second count.
    pub second: Vec<String>,
    /// Counts taken off the second one, their periods lying inside its own: a printed total less a printed part of it.
    #[serde(default)]
    pub less: Vec<String>,
    /// Does every period count as the whole calendar years that it touches? Then an unfinished year is not scaled up:
    /// months not yet counted are taken to have brought nothing.
    #[serde(default)]
    pub whole_years: bool,
}
