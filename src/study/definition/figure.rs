//! What is drawn.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Text;

/// A figure of the report. Texts are templates in which every number is a reference to a result.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Short name; also the name of its files.
    pub id: String,
    /// How it is drawn.
    pub chart: ChartKind,
    /// Analyses that it draws, in order.
    pub analyses: Vec<String>,
    /// Answers, sides or measures to draw, in order; all of the analysis where empty.
    #[serde(default)]
    pub answers: Vec<String>,
    /// Polls, surveys, elections, periods or counters to draw; all where empty.
    #[serde(default)]
    pub only: Vec<String>,
    /// Places to draw, in order; all of the grouping where empty.
    #[serde(default)]
    pub places: Vec<String>,
    /// Versions or parts of a difference to draw beside each other, by the last parts of the ids of results, such as `gap`,
    /// `gap-adjusted` or `split-logit/composition`.
    #[serde(default)]
    pub tracks: Vec<String>,
    /// Events to mark.
    #[serde(default)]
    pub events: Vec<String>,
    /// The finding, as a template.
    pub title: Text,
    /// Wording, base and dates.
    pub subtitle: Text,
    /// Source, interval method and notes, beside what the tool adds itself.
    #[serde(default)]
    pub caption: Text,
    /// Texts for readers, by short name, where the definition has none or this figure needs a shorter one: measures,
    /// camps, counters, polls, periods, kinds of elections.
    #[serde(default)]
    pub labels: BTreeMap<String, Text>,
    /// Highest value of the axis, in percent or units; from the data where absent.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub axis_max: Option<f64>,
}

/// How a figure is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartKind {
    /// Dots, intervals and lines over time, labels at the line's end.
    Trend,
    /// Diverging stacked bars, one bar a poll.
    Stacked,
    /// Dots with intervals, one row a place, one panel a poll.
    Dots,
    /// Differences with intervals, one row a poll.
    Forest,
    /// Lines over elections, one a place.
    Lines,
    /// Bars per period, partial periods hatched.
    Bars,
    /// Rates with intervals, one row a place.
    Rates,
    /// A pooled series: dots by house from analyses of answers, the smoothed level with its ribbon, and house effects below.
    Pooled,
    /// Areas as points: predictor to the right, outcome upwards.
    Scatter,
    /// Estimates of areas, one tile each.
    Tiles,
    /// One difference in several versions or parts, one row a poll, one plot each.
    Tracks,
    /// Shares by age, a line a poll, and the same shares by year of birth.
    Ages,
}
