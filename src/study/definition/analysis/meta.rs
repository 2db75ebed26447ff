//! One effect from several polls.

use schemars::JsonSchema;
use serde::Deserialize;

/// One difference from the same difference in several polls, by random effects.
///
/// Results: `<id>/pooled` (REML, Hartung–Knapp), `<id>/prediction` (where the difference of a further poll would lie),
/// `<id>/pooled-robust` (errors robust against dependence within clusters), `<id>/tau` (standard deviation between polls),
/// `<id>/i2` (its part of the variance, with Cochran's Q), `<id>/polls` (how many), `<id>/funnel` (do uncertain polls say
/// something else?), `<id>/without-<poll>` (without one poll), and for the moderators `<id>/per-decade`, `<id>/mode-<mode>`
/// and `<id>/pollster-<pollster>` (difference to the most frequent one). Where some polls are opt-in panels and others are
/// not, the same again without them under `<id>/without-opt-in/…`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MetaAnalysisDef {
    /// Short name.
    pub id: String,
    /// Ids of differences of one measure; `*` stands for any text within a part of an id. Results without a standard error
    /// stay out.
    pub results: Vec<String>,
    /// What may be correlated: estimates of one pollster, or of one poll only.
    #[serde(default)]
    pub clusters: MetaCluster,
    /// Correlation of the sampling errors of two results of one poll, from 0 to below 1; needed where a poll gives several.
    #[schemars(range(min = 0.0, max = 0.999))]
    pub correlation_within_poll: Option<f64>,
    /// What may explain why polls differ, each in a model of its own.
    #[serde(default)]
    pub moderators: Vec<MetaModerator>,
}

/// Within which clusters estimates may be correlated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetaCluster {
    /// Estimates of one pollster.
    #[default]
    Pollster,
    /// Estimates of one poll.
    Poll,
}

/// What may explain why polls differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MetaModerator {
    /// The middle of the field dates.
    Time,
    /// The mode of interview that the survey declares.
    Mode,
    /// Who asked.
    Pollster,
}
