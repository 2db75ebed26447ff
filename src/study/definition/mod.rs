//! The definition of a study: `report.toml` and the files that it includes, as types.
//!
//! A definition names data, questions, pollsters, places, designs, analyses, figures and claims. It holds no
//! numbers of a result. The JSON schema that `opros schema` prints is generated from these types.

mod analysis;
mod areas;
mod characteristic;
mod claim;
mod data;
mod figure;
mod official_wide;
mod place;
mod question;
mod survey;

pub use analysis::*;
pub use areas::*;
pub use characteristic::*;
pub use claim::*;
pub use data::*;
pub use figure::*;
pub use official_wide::*;
pub use place::*;
pub use question::*;
pub use survey::*;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// Everything that `report.toml` and the files it includes may say.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Definition {
    /// Name, title, languages and seed. Stands once, in `report.toml`.
    pub study: Option<Header>,
    /// Further definition files beside this one, read in order; their tables are added to these.
    pub include: Vec<String>,
    /// Poll tables with one row per answer.
    pub toplines: Vec<ToplineData>,
    /// Poll tables with one row per poll and a column per answer.
    pub series: Vec<SeriesData>,
    /// Files of respondents.
    pub respondents: Vec<RespondentData>,
    /// Official election results.
    pub official: Vec<OfficialData>,
    /// Official results with a column per option.
    pub official_wide: Vec<OfficialWideData>,
    /// Published counts of things per period.
    pub counts: Vec<CountData>,
    /// Lists of dated items, one row each.
    pub items: Vec<ItemData>,
    /// Reference tables: populations, id maps.
    pub lookup: Vec<LookupData>,
    /// Numbers of areas.
    pub area_data: Vec<AreaData>,
    /// Populations by characteristics.
    pub frame: Vec<Frame>,
    /// Areas such as regions. Stands once.
    pub areas: Option<Areas>,
    /// Whom a poll speaks about.
    pub universe: Vec<Universe>,
    /// Who asks.
    pub pollster: Vec<Pollster>,
    /// What is asked.
    pub question: Vec<Question>,
    /// Where: nodes, groupings and the crosswalk from printed labels.
    pub geography: Option<Geography>,
    /// How the respondents of a file were sampled and weighted.
    pub design: Vec<DesignDef>,
    /// Polls of which respondent files are at hand.
    pub survey: Vec<Survey>,
    /// Dated events that figures and tests refer to.
    pub event: Vec<EventDef>,
    /// Texts for readers, by short name, of what has no table of its own: measures, camps, variants of an analysis, and
    /// analyses that answer the same question from other data.
    pub labels: BTreeMap<String, Text>,
    /// What is computed.
    pub analysis: Analyses,
    /// What is drawn.
    pub figure: Vec<Figure>,
    /// What is claimed, and by which rule it is judged.
    pub claim: Vec<Claim>,
    /// Where parts of the definition stand in its files: `analysis <id>`, `claim <id>, supported`, `figure <id>, title`.
    /// Filled on reading.
    #[serde(skip)]
    pub spots: BTreeMap<String, Spot>,
}

/// Where a part of the definition stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Path of the file as people know it.
    pub file: String,
    /// Line, counted from 1.
    pub line: u64,
    /// Character of the line, counted from 1.
    pub character: u64,
    /// The line, shortened.
    pub excerpt: String,
    /// The part of the excerpt that is meant: first character, counted from 0, and number of characters.
    pub mark: Option<(usize, usize)>,
}

impl Definition {
    /// Adds the tables of an included file behind these.
    pub fn absorb(&mut self, other: Definition) {
        self.study = self.study.take().or(other.study);
        self.toplines.extend(other.toplines);
        self.series.extend(other.series);
        self.respondents.extend(other.respondents);
        self.official.extend(other.official);
        self.official_wide.extend(other.official_wide);
        self.counts.extend(other.counts);
        self.items.extend(other.items);
        self.lookup.extend(other.lookup);
        self.area_data.extend(other.area_data);
        self.frame.extend(other.frame);
        self.areas = self.areas.take().or(other.areas);
        self.universe.extend(other.universe);
        self.pollster.extend(other.pollster);
        self.question.extend(other.question);
        self.geography = self.geography.take().or(other.geography);
        self.design.extend(other.design);
        self.survey.extend(other.survey);
        self.event.extend(other.event);
        self.labels.extend(other.labels);
        self.analysis.absorb(other.analysis);
        self.figure.extend(other.figure);
        self.claim.extend(other.claim);
        self.spots.extend(other.spots);
    }
}

/// Name, title, languages and seed of a study.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Short name; also the name of the folder under `reports/`.
    pub id: String,
    /// Title of the report.
    pub title: Text,
    /// One or two sentences below the title.
    pub summary: Text,
    /// Languages of the report, such as `en`; each needs a `text.<language>.md`.
    pub languages: Vec<String>,
    /// Seed of every named random stream of the study.
    pub seed: u64,
    /// File of accepted findings, beside this one.
    pub accepted: Option<String>,
}

/// A text that is the same in all languages, or one text a language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Text {
    /// The same in all languages.
    Plain(String),
    /// Language code to text.
    ByLanguage(BTreeMap<String, String>),
}

impl Text {
    /// The text in a language; English, then any other, where that language is missing.
    pub fn get(&self, language: &str) -> &str {
        match self {
            Text::Plain(text) => text,
            Text::ByLanguage(texts) => texts
                .get(language)
                .or_else(|| texts.get("en"))
                .or_else(|| texts.values().next())
                .map_or("", String::as_str),
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Text::Plain(String::new())
    }
}

/// A condition on one column of a table; several conditions are joined by AND.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Name of the column.
    pub column: String,
    /// The value is one of these.
    pub is: Option<OneOrMany>,
    /// The value is none of these.
    pub is_not: Option<OneOrMany>,
}

impl Condition {
    /// Does a printed value fulfil the condition? An empty value is the text "".
    pub fn holds(&self, value: &str) -> bool {
        self.is.as_ref().is_none_or(|set| set.contains(value))
            && self.is_not.as_ref().is_none_or(|set| !set.contains(value))
    }
}

/// One text or a list of texts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    /// One text.
    One(String),
    /// Several texts.
    Many(Vec<String>),
}

impl OneOrMany {
    /// Is the text the one, or among the many?
    pub fn contains(&self, value: &str) -> bool {
        self.iter().any(|text| text == value)
    }

    /// The texts in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        match self {
            OneOrMany::One(text) => std::slice::from_ref(text),
            OneOrMany::Many(texts) => texts.as_slice(),
        }
        .iter()
        .map(String::as_str)
    }
}

/// A dated event that figures mark and tests refer to.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventDef {
    /// Short name.
    pub id: String,
    /// When.
    pub date: crate::study::PartialDate,
    /// Short label for a chart.
    pub label: Text,
    /// Where the date comes from.
    pub source: String,
}
