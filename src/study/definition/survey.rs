//! Polls with respondent files: how they were sampled and which of their columns are outcomes.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Condition, Text};
use crate::study::PartialDate;

/// How the respondents of a file were sampled and weighted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DesignDef {
    /// Short name.
    pub id: String,
    /// Column of the weight.
    pub weight: String,
    /// Column of the stratum; one stratum where absent. Blank values form a stratum of their own, flagged.
    pub strata: Option<String>,
    /// Column of the primary sampling unit; respondents are the units where absent.
    pub psu: Option<String>,
    /// Places that are strata of their own, before `strata` is looked at.
    #[serde(default)]
    pub own_stratum: Vec<OwnStratum>,
    /// Is the sample an opt-in panel? Then intervals are model-based and marked.
    #[serde(default)]
    pub opt_in: bool,
    /// In words: sampling, weighting and what is not known.
    pub note: Text,
}

/// Rows that form a stratum of their own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnStratum {
    /// Name of the stratum.
    pub label: String,
    /// Rows that belong to it.
    #[serde(rename = "where")]
    pub rows: Vec<Condition>,
    /// Are the respondents the units here, whatever `psu` says (a self-representing place)?
    #[serde(default)]
    pub respondents_are_units: bool,
    /// Declared design effect that multiplies the stratum's part of the variance; 1 where absent.
    #[schemars(range(min = 0.1, max = 100.0))]
    pub deff: Option<f64>,
    /// Why.
    pub reason: Option<Text>,
}

/// A poll of which the respondents are at hand.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    /// Short name; the poll's id in results.
    pub id: String,
    /// Name for readers.
    pub label: Text,
    /// Id of the respondent data.
    pub data: String,
    /// Rows of the poll.
    #[serde(rename = "where")]
    pub rows: Vec<Condition>,
    /// Id of the design.
    pub design: String,
    /// Id of the pollster.
    pub pollster: String,
    /// First and last day in the field.
    pub field_start: PartialDate,
    /// See `field_start`.
    pub field_end: PartialDate,
    /// Mode of interview.
    pub mode: Text,
    /// Published polls that are this poll, and must not be counted beside it.
    #[serde(default)]
    pub same_as: Vec<String>,
    /// What the respondents were asked.
    pub outcome: Vec<Outcome>,
}

/// One yes-or-no reading of a column.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// What is measured; outcomes with different words here are never pooled as one.
    pub measure: String,
    /// Wording of the question.
    pub wording: Text,
    /// Column of the answers.
    pub column: String,
    /// Answers that count as the outcome.
    pub yes: Vec<String>,
    /// Answers that neither confirm nor deny it: hard to say, refused. They stay in the base and give the bounds.
    #[serde(default)]
    pub undecided: Vec<String>,
    /// Answers of people who were not asked and are outside the base.
    #[serde(default)]
    pub not_asked: Vec<String>,
    /// All other answers, which deny the outcome.
    pub no: Vec<String>,
}
