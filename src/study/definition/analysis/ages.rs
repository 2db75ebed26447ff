//! An answer by age and by year of birth, and what moved it: other answers or other people.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Text;

/// One answer by age group, poll by poll, and the same people by year of birth.
///
/// Results: `<id>/<poll>/<age group>`, a share, with the years of birth that the group can have; `<id>/<poll>/all` where everybody is
/// known; where `cohorts` is given `<id>/cohort/<years of birth>/<poll>`, people born in the same years again and again, or
/// `<id>/cohorts` with the reason why there are none.
///
/// Age is the year of the poll less the year of birth, so no data tell effects of age, of the time and of the cohort apart: the
/// results describe, and explain nothing.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgesAnalysis {
    /// Short name.
    pub id: String,
    /// Polls whose respondents are at hand, in order of time; or else `groups`.
    #[serde(default)]
    pub surveys: Vec<String>,
    /// Measure of the surveys.
    pub measure: Option<String>,
    /// Characteristic whose levels are age groups, such as `18-24` and `65+`.
    #[serde(default = "age")]
    pub age: String,
    /// Years of birth in a cohort. For this the characteristic must take bands of a column of whole ages.
    #[schemars(range(min = 1, max = 50))]
    pub cohorts: Option<u32>,
    /// In place of surveys: published groups.
    pub groups: Option<PublishedGroups>,
}

/// Published groups of one answer, as an analysis of subgroups gives them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishedGroups {
    /// The analysis of subgroups.
    pub of: String,
    /// The questions that ask the same.
    pub questions: Vec<String>,
    /// The answer.
    pub answer: String,
    /// The group variable.
    #[serde(default = "age")]
    pub variable: String,
}

/// The change of a share from poll to poll, split: like people answer otherwise, or the people are others.
///
/// Results, with `<id>/<poll>` at the front for the change since the poll before and `<id>/first-last` for the whole way of three polls
/// or more: `/change` and `/detectable`, the smallest change that could have been shown; `/within`, what the change would have been with the composition held equal; `/composition`; with several
/// characteristics `/composition-<characteristic>`; with one `/within/<group>` and `/composition/<group>`, which add up.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSplitAnalysis {
    /// Short name.
    pub id: String,
    /// Text for readers.
    pub label: Option<Text>,
    /// Polls whose respondents are at hand, in order of time, taken as separate samples; or else `groups`.
    #[serde(default)]
    pub surveys: Vec<String>,
    /// Measure of the surveys.
    pub measure: Option<String>,
    /// Characteristics that make up the composition, six at most; published groups have their own.
    #[serde(default)]
    pub by: Vec<String>,
    /// In place of surveys: published groups.
    pub groups: Option<PublishedGroups>,
    /// Populations that give the composition of published groups: one for all polls, or one for each poll in order of time.
    #[serde(default)]
    pub frames: Vec<String>,
    /// Against what more than two polls are held.
    #[serde(default)]
    pub averaging: SplitAveraging,
}

/// Against what more than two polls are held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SplitAveraging {
    /// Each poll against the one before; the parts of the whole way add up over its steps.
    #[default]
    Consecutive,
    /// All pairs of polls, averaged: the parts of any two polls follow from one standard (Das Gupta).
    AllPairs,
}

fn age() -> String {
    "age".to_owned()
}
