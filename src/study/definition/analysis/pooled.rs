//! Polls of several houses as one series.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::study::PartialDate;
use crate::study::definition::Text;

/// One series from the polls of several houses: a level that moves, house effects, dated events.
///
/// A house is a pollster with its question. Results, shares in 0..=1 and differences of shares:
///
/// - `<id>/level/<date>`, the smoothed level at each step of the grid, with flags for forecasts and for times with polls of one house
///   or of none nearby;
/// - `<id>/house/<pollster>`, how much higher the house reads than the level;
/// - `<id>/event/<event>`, the change at an event with its test, `…/smallest-detectable` and, with `placebo`, `…/placebo`: the share of
///   dates without event at which the model finds a step as large, with its p value;
/// - `<id>/shift/<shift>`, what a lasting change within a house adds, and `…/smallest-detectable`;
/// - `<id>/sd/level`, `<id>/sd/slope`, `<id>/sd/<pollster>`: standard deviations of the change of level and slope over one year, and of
///   the polls of a house beyond sampling;
/// - `<id>/holdout/<pollster>/inside-50`, `…-80`, `…-95`: share of left-out polls inside their intervals;
/// - `<id>/outlier/<poll>`, a poll minus what all others say, where that is beyond chance;
/// - with `drifting`: `<id>/drift/<pollster>/<date>`, the offset of a house that may drift, and `<id>/drift/sd` with the test of drift and
///   `…/smallest-detectable`, the smallest drift in a year that this test would find;
/// - with `drifting_events` as well: `<id>/drifting-event/<event>`, the change at the event if offsets may drift, and
///   `…/smallest-detectable`.
///
/// Where a pollster asks two of the questions, its houses are named `<pollster>-<question>`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PooledAnalysis {
    /// Short name.
    pub id: String,
    /// What tells the series from others that are pooled in another way, for readers.
    pub label: Option<Text>,
    /// Questions and answers that are taken for one thing, up to a constant for each house.
    pub series: Vec<PooledSource>,
    /// Universe; the study's main one where absent.
    pub universe: Option<String>,
    /// First and last date to take.
    pub from: Option<PartialDate>,
    /// See `from`.
    pub until: Option<PartialDate>,
    /// The scale on which effects add up.
    #[serde(default)]
    pub scale: PooledScale,
    /// How the level moves.
    #[serde(default)]
    pub level: PooledLevelKind,
    /// Against what house effects are measured.
    pub houses: PooledHouses,
    /// What intervals and tests hold besides sampling.
    #[serde(default)]
    pub variances: PooledVariances,
    /// Is a variance beyond sampling estimated for each house with ten polls or more?
    #[serde(default = "yes")]
    pub scatter: bool,
    /// Are offsets that drift estimated too, and shown beside the constant ones?
    #[serde(default)]
    pub drifting: bool,
    /// With `drifting`: are the events estimated beside offsets that drift, too?
    #[serde(default)]
    pub drifting_events: bool,
    /// Steps of the grid on which the level is given.
    #[serde(default)]
    pub step: GridStep,
    /// Steps after the last poll for which the level is forecast.
    #[serde(default)]
    #[schemars(range(max = 120))]
    pub forecast: u8,
    /// Days before and after a step of the grid within which houses are counted for its flags.
    #[serde(default = "quarter")]
    pub window_days: u16,
    /// Dated changes of the level. A poll that may have been asked on both sides of a step or pulse is left out.
    #[serde(default)]
    pub event: Vec<PooledEvent>,
    /// Lasting changes within a house, such as another mode of interview.
    #[serde(default)]
    pub shift: Vec<PooledShift>,
    /// Compares the steps with those at dates without event.
    pub placebo: Option<PlaceboDates>,
}

fn yes() -> bool {
    true
}

fn quarter() -> u16 {
    91
}

/// A question and the answer that is taken.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PooledSource {
    /// Question of the registry.
    pub question: String,
    /// Answer, or side of the collapsed scale.
    pub answer: String,
    /// Pollsters to take; all where empty.
    #[serde(default)]
    pub pollsters: Vec<String>,
}

/// The scale on which effects add up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PooledScale {
    /// Shares as they are.
    #[default]
    Share,
    /// Logarithms of odds.
    Logit,
}

/// How the level moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PooledLevelKind {
    /// A random walk.
    #[default]
    LocalLevel,
    /// A random walk whose slope is a random walk too.
    LocalLinear,
}

/// Against what house effects are measured; the level is that of the anchor.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PooledHouses {
    /// This pollster has no effect: `{ anchor = "pollster" }`.
    Anchor(String),
    /// The effects of all houses add up to zero.
    SumToZero,
    /// The effects add up to zero, each house weighted by its number of polls.
    WeightedByPolls,
    /// The effects add up to zero with these weights: `{ weighted = { pollster = 2, other = 1 } }`. A pollster that is not named has
    /// none; the weight of one with several questions is divided among them.
    Weighted(BTreeMap<String, f64>),
    /// Effects are drawn around zero with this standard deviation, a difference of shares: `{ shrunken = 0.03 }`. A house with few
    /// polls is drawn towards the others.
    Shrunken(f64),
}

/// What intervals and tests hold besides sampling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PooledVariances {
    /// That variances of the model are estimated: averages over those that the polls allow.
    #[default]
    Averaged,
    /// Variances are taken as known at their likeliest values; intervals are too short where polls are few.
    Known,
}

/// Steps of a grid in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GridStep {
    /// Every day.
    Day,
    /// Every Monday.
    Week,
    /// The middle of every month.
    #[default]
    Month,
    /// The middle of every year.
    Year,
}

/// An event in a pooled series.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PooledEvent {
    /// Event of the definition.
    pub event: String,
    /// What it may change.
    #[serde(default)]
    pub kind: PooledEventKind,
    /// Last day of a pulse.
    pub until: Option<PartialDate>,
}

/// What an event may change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PooledEventKind {
    /// The level, from then on.
    #[default]
    Step,
    /// The level, from then on until `until`.
    Pulse,
    /// The slope, from then on.
    Slope,
}

/// A lasting change within a house.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PooledShift {
    /// Short name.
    pub id: String,
    /// Text for readers.
    pub label: Text,
    /// Whose polls changed.
    pub pollster: String,
    /// From when on.
    pub from: PartialDate,
}

/// Dates without event: the middle of every month that is far enough from every event and break of the series.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceboDates {
    /// Months that a date keeps from every event, from both ends of the series and from every change of wording, office or mode.
    #[schemars(range(min = 1, max = 60))]
    pub months_away: u8,
}
