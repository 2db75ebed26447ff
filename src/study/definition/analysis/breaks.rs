//! When did a series break?

use schemars::JsonSchema;
use serde::Deserialize;

use super::PlaceboDates;
use crate::study::definition::Text;

/// Breaks of any series of results: at dates known beforehand, at dates that the data choose, and at dates without event.
///
/// The series are results of other analyses in order of time, such as `["approval/*/approve"]` or `["items/year-*"]`; all of them have
/// one unit, and those without an estimate are left out. Results:
///
/// - `<id>/event/<event>/step` and `…/bend`: jump of the level and change of the slope per year at the event, by a line before and
///   another after it, within `window_years` on each side, with errors that allow autocorrelation; a result whose dates hold the event
///   is left out;
/// - `<id>/event/<event>/smallest-detectable`, the smallest jump that such a test finds with a power of 80 %;
/// - `<id>/event/<event>/placebo`, the share of dates without event at which the jump is as large, with its p value;
/// - `<id>/any-break`: the largest F over all dates (its test of no break at all);
/// - `<id>/n-breaks`, the number of breaks in the mean that the BIC chooses; `<id>/break/<number>`, the change of the mean at each of
///   them, and `…/date`, the time of the first result after it with an interval;
/// - `<id>/change-point/<number>` and `…/date`, the same for a search by penalised cost, without interval.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BreaksAnalysis {
    /// Short name.
    pub id: String,
    /// Which series it is, for readers.
    pub label: Option<Text>,
    /// Ids of results; `*` stands for any text within a part of an id.
    pub results: Vec<String>,
    /// Events of the definition.
    #[serde(default)]
    pub events: Vec<String>,
    /// Years on each side of an event that its lines are fitted to; the whole series where absent.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub window_years: Option<f64>,
    /// Shortest stretch between two breaks, as a share of the series.
    #[serde(default = "trimming")]
    #[schemars(range(min = 0.02, max = 0.45))]
    pub trimming: f64,
    /// Most breaks looked for.
    #[serde(default = "most")]
    #[schemars(range(min = 1, max = 20))]
    pub most: u8,
    /// Dates without event.
    #[serde(default = "months")]
    pub placebo: PlaceboDates,
}

fn trimming() -> f64 {
    0.15
}

fn most() -> u8 {
    5
}

fn months() -> PlaceboDates {
    PlaceboDates { months_away: 6 }
}
