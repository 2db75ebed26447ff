//! One mood from many questions.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Text;
use crate::study::PartialDate;

/// One mood from many questions that were asked in scattered years, in two ways: Stimson's dyad ratios and a latent random
/// walk. A question that a pollster put in other words, in another mode or for another office is a question of its own.
///
/// Results: `<id>/dyad/<year>` with a bootstrap interval and `<id>/latent/<year>`, both on the scale of a share;
/// `<id>/loading/<item>`, correlation of the item with the dyad mood, and `<id>/latent-loading/<item>`, change of the item for
/// a typical yearly step; `<id>/asked/<item>/<poll>`, the readings, and `<id>/questions`, the number of items; `<id>/explained`, share of the items' variance that the
/// dyad mood explains; `<id>/reliability`, correlation of its two passes; `<id>/gap`, mean absolute difference of both moods,
/// and `<id>/agreement`, their correlation; for each change `<id>/dyad/<change>` and `<id>/latent/<change>`, mean of the second
/// period minus that of the first, each with `…/detectable`, the smallest change that could have been shown, and `<id>/placebo/<change>`, the share of all other years at which means as far before and
/// after differ at least as much.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoodAnalysis {
    /// Short name.
    pub id: String,
    /// Name of the mood for readers.
    pub label: Text,
    /// Questions and the side that counts as more of the mood.
    pub item: Vec<MoodItem>,
    /// Universe; the study's main one where absent.
    pub universe: Option<String>,
    /// First and last date of polls to take.
    pub from: Option<PartialDate>,
    /// See `from`.
    pub until: Option<PartialDate>,
    /// Readings of an item needed to take it; fewer say nothing of movement.
    #[serde(default = "two")]
    #[schemars(range(min = 2))]
    pub asked_at_least: usize,
    /// Effective base of a reading whose number of interviews is not known, and why.
    pub base_where_unknown: Option<AssumedBase>,
    /// Redrawings of the readings for the intervals.
    #[serde(default = "usual_draws")]
    #[schemars(range(min = 20, max = 20_000))]
    pub draws: u64,
    /// Changes between periods.
    #[serde(default)]
    pub change: Vec<MoodChange>,
}

/// A question of the mood.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoodItem {
    /// Question of the registry.
    pub question: String,
    /// Answer or side whose share is the reading.
    pub answer: String,
    /// Does the answer speak against the mood? Then the reading is one minus its share. The direction is that which is
    /// declared: a question that moves against the dyad mood has a negative loading and counts for nothing in it.
    #[serde(default)]
    pub against: bool,
    /// Pollsters to take; all where empty.
    #[serde(default)]
    pub pollsters: Vec<String>,
}

/// An assumed effective base with its reason.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AssumedBase {
    /// Number interviewed over the design effect.
    #[schemars(range(min = 1.0))]
    pub n_eff: f64,
    /// Why.
    pub reason: Text,
}

/// Means of the mood over two periods of whole years.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoodChange {
    /// Short name.
    pub id: String,
    /// Text for readers.
    pub label: Text,
    /// First and last year of the earlier period.
    pub first: [i32; 2],
    /// First and last year of the later period.
    pub second: [i32; 2],
}

fn two() -> usize {
    2
}

fn usual_draws() -> u64 {
    400
}
