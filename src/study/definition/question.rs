//! What is asked and who asks: the question registry and the pollsters.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Text;
use crate::study::PartialDate;

/// A question of the registry.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Short name, as in the data.
    pub id: String,
    /// Exact wording, or the closest that the source gives.
    pub wording: Text,
    /// Short name for tables and charts.
    pub label: Text,
    /// One answer, several, or a difference.
    #[serde(default)]
    pub kind: QuestionKind,
    /// Answers in the order of the questionnaire.
    pub answers: Vec<Answer>,
    /// Wordings that differ for some polls; the series is broken where the version changes.
    #[serde(default)]
    pub version: Vec<QuestionVersion>,
}

/// How many answers a respondent may give.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// One answer; shares add up to one.
    #[default]
    Single,
    /// Several answers or an open question; shares need not add up.
    Multiple,
    /// Positive minus negative, in percentage points.
    Net,
}

/// An answer of a question.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Short name, as in the data.
    pub id: String,
    /// Text for readers.
    pub label: Text,
    /// What kind of answer it is.
    #[serde(default)]
    pub role: AnswerRole,
    /// Which side of the question it stands on, where the question has sides.
    pub side: Option<Side>,
    /// For an aggregate: the answers that it sums.
    #[serde(default)]
    pub of: Vec<String>,
}

/// What kind of answer it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnswerRole {
    /// An opinion.
    #[default]
    Substantive,
    /// A middle position.
    Neutral,
    /// Hard to say.
    DontKnow,
    /// Refused.
    Refused,
    /// The question was not put to the respondent.
    NotAsked,
    /// A sum of other answers, printed by the source.
    Aggregate,
}

/// The side of an answer, for collapsed scales.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// For, good, approve.
    Positive,
    /// Indifferent, both.
    Neutral,
    /// Against, bad, disapprove.
    Negative,
    /// Hard to say, refused, does not know who it is.
    Undecided,
}

impl Side {
    /// The word by which analyses and result ids name the side.
    pub fn word(self) -> &'static str {
        match self {
            Side::Positive => "positive",
            Side::Neutral => "neutral",
            Side::Negative => "negative",
            Side::Undecided => "undecided",
        }
    }

    /// All sides, in the order of a stacked bar.
    pub const ALL: [Side; 4] = [Side::Positive, Side::Neutral, Side::Negative, Side::Undecided];
}

/// A wording that some polls used.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuestionVersion {
    /// Short name of the version.
    pub id: String,
    /// What differs.
    pub note: Text,
    /// Polls that asked this version.
    pub polls: Vec<String>,
}

/// A polling organisation, or a series of one organisation.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pollster {
    /// Short name.
    pub id: String,
    /// Name for readers.
    pub label: Text,
    /// Names by which sources print it.
    pub labels: Vec<String>,
    /// What is assumed where a source does not say it, period by period.
    #[serde(default)]
    pub assume: Vec<Assumption>,
}

/// An assumed number interviewed and design effect, with source and reason.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assumption {
    /// First day on which it holds; from the beginning where absent.
    pub from: Option<PartialDate>,
    /// Last day on which it holds; to the end where absent.
    pub until: Option<PartialDate>,
    /// Number interviewed, taken where the source prints none.
    #[schemars(range(min = 1))]
    pub n: Option<u32>,
    /// Design effect of the total against simple random sampling.
    #[schemars(range(min = 0.1, max = 100.0))]
    pub deff: f64,
    /// Why these numbers.
    pub reason: Text,
    /// Where they come from.
    pub source: String,
}
