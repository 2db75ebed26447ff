//! What is computed from the data. Each kind has one table; ids of results are built from the analysis id.

mod ages;
mod areas;
mod breaks;
mod meta;
mod places;
mod pooled;

pub use ages::*;
pub use areas::*;
pub use breaks::*;
pub use meta::*;
pub use places::*;
pub use pooled::*;
mod count_breaks;
mod count_ratios;
mod mood;
mod sequence;
mod trend_tests;

pub use count_breaks::*;
pub use count_ratios::*;
pub use mood::*;
pub use sequence::*;
pub use trend_tests::*;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Condition, Text};
use crate::study::PartialDate;

/// All analyses of a study, by kind.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Analyses {
    /// Published answers to one question over polls.
    pub answers: Vec<AnswersAnalysis>,
    /// Differences between two results.
    pub contrast: Vec<ContrastAnalysis>,
    /// Published answers of subgroups.
    pub subgroups: Vec<SubgroupAnalysis>,
    /// Shares by place from respondent files.
    pub places: Vec<PlacesAnalysis>,
    /// Change of a gap between places over several surveys.
    pub gap_trend: Vec<GapTrendAnalysis>,
    /// Shares by age and by year of birth.
    pub ages: Vec<AgesAnalysis>,
    /// Changes of a share, split into other answers and other people.
    pub change_split: Vec<ChangeSplitAnalysis>,
    /// Official results by class of place.
    pub elections: Vec<ElectionAnalysis>,
    /// Published counts per period.
    pub counts: Vec<CountsAnalysis>,
    /// Items of a list per period.
    pub item_periods: Vec<ItemPeriodsAnalysis>,
    /// Items of a list per head of population, by place.
    pub item_rates: Vec<ItemRatesAnalysis>,
    /// Shares of items by who acted.
    pub item_actors: Vec<ItemActorsAnalysis>,
    /// Polls of several houses as one series.
    pub pooled: Vec<PooledAnalysis>,
    /// Breaks of a series of results.
    pub breaks: Vec<BreaksAnalysis>,
    /// One difference from several polls.
    pub meta: Vec<MetaAnalysisDef>,
    /// One mood from many questions.
    pub mood: Vec<MoodAnalysis>,
    /// Breaks in the pace of items of a list.
    pub count_breaks: Vec<CountBreaksAnalysis>,
    /// Ratios of two rates of one counter.
    pub count_ratios: Vec<CountRatiosAnalysis>,
    /// Tests of series of few polls.
    pub trend_tests: Vec<TrendTestsAnalysis>,
    /// Changes of several series across events.
    pub across_events: Vec<AcrossEventsAnalysis>,
    /// Order in time of two yearly series.
    pub sequence: Vec<SequenceAnalysis>,
    /// Associations between areas.
    pub area_association: Vec<AreaAssociationAnalysis>,
    /// Shares of areas with few interviews.
    pub small_area: Vec<SmallAreaAnalysis>,
}

impl Analyses {
    /// The text of a pair, ratio, change or sequence that an analysis compares, by its short name.
    pub fn pair_label(&self, analysis: &str, id: &str) -> Option<&Text> {
        let contrasts = self.contrast.iter().filter(|a| a.id == analysis).flat_map(|a| &a.pair);
        let contrasts = contrasts.map(|pair| (&pair.id, &pair.label));
        let ratios = self.count_ratios.iter().filter(|a| a.id == analysis).flat_map(|a| &a.pair);
        let ratios = ratios.map(|pair| (&pair.id, &pair.label));
        let changes = self.mood.iter().filter(|a| a.id == analysis).flat_map(|a| &a.change);
        let changes = changes.map(|change| (&change.id, &change.label));
        let sequences = self.sequence.iter().filter(|a| a.id == analysis).flat_map(|a| &a.pair);
        let sequences = sequences.map(|pair| (&pair.id, &pair.label));
        let mut all = contrasts.chain(ratios).chain(changes).chain(sequences);
        all.find(|(other, _)| *other == id).map(|(_, label)| label)
    }

    /// Adds the analyses of an included file behind these.
    pub fn absorb(&mut self, other: Analyses) {
        self.answers.extend(other.answers);
        self.contrast.extend(other.contrast);
        self.subgroups.extend(other.subgroups);
        self.places.extend(other.places);
        self.gap_trend.extend(other.gap_trend);
        self.ages.extend(other.ages);
        self.change_split.extend(other.change_split);
        self.elections.extend(other.elections);
        self.counts.extend(other.counts);
        self.item_periods.extend(other.item_periods);
        self.item_rates.extend(other.item_rates);
        self.item_actors.extend(other.item_actors);
        self.pooled.extend(other.pooled);
        self.breaks.extend(other.breaks);
        self.meta.extend(other.meta);
        self.mood.extend(other.mood);
        self.count_breaks.extend(other.count_breaks);
        self.count_ratios.extend(other.count_ratios);
        self.trend_tests.extend(other.trend_tests);
        self.across_events.extend(other.across_events);
        self.sequence.extend(other.sequence);
        self.area_association.extend(other.area_association);
        self.small_area.extend(other.small_area);
    }
}

/// Published answers to one question, poll by poll.
///
/// Results: `<id>/<poll>/<answer or side>`, a share; `<id>/change/<answer>`, last poll minus first, where both have one
/// pollster, wording, office and mode; `<id>/slope/<answer>`, change per ten years by weighted least squares, where
/// there are three polls or more, with a level of its own for each pollster, wording, office and mode.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswersAnalysis {
    /// Short name.
    pub id: String,
    /// Question of the registry.
    pub question: String,
    /// Pollsters to take; all where empty.
    #[serde(default)]
    pub pollsters: Vec<String>,
    /// Universe; the study's main one where absent.
    pub universe: Option<String>,
    /// Answers, or sides (`positive`, `neutral`, `negative`, `undecided`) of the collapsed scale.
    pub answers: Vec<String>,
    /// First and last date to take.
    pub from: Option<PartialDate>,
    /// See `from`.
    pub until: Option<PartialDate>,
    /// Averages per calendar year are also given (`<id>/year-2014/<answer>`), for dense series; where the analysis has
    /// several pollsters, one average each (`<id>/year-2014-<pollster>/<answer>`).
    #[serde(default)]
    pub yearly: bool,
}

/// Differences between pairs of results: `<id>/<pair id>`, first minus second; where they are shares of one answer at different times,
/// `<id>/<pair id>/detectable`, the smallest change that could have been shown (power 80 %, level 5 %).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContrastAnalysis {
    /// Short name.
    pub id: String,
    /// The pairs.
    pub pair: Vec<ContrastPair>,
}

/// A pair of results and how they depend on each other.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContrastPair {
    /// Short name.
    pub id: String,
    /// Text for readers.
    pub label: Text,
    /// Id of the first result.
    pub first: String,
    /// Id of the second result, subtracted from the first.
    pub second: String,
    /// How the two depend on each other.
    pub dependence: Dependence,
}

/// How two published shares depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dependence {
    /// Separate samples, or separate groups of one sample: variances add.
    Independent,
    /// Two answers to one single-choice question of one poll: covariance −p₁p₂·deff/n.
    SameQuestion,
    /// Two shares from the same respondents whose joint distribution is not known: the widest
    /// interval that any joint distribution allows, (se₁ + se₂)².
    SameRespondents,
}

/// Published answers of subgroups: `<id>/<poll>/<question>/<answer>/<group>` with the group as printed, `…/all` where
/// the poll's total stands in the table, and `…/<group>/minus-all`, the difference to that total, without an interval
/// unless the base of the group is known.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubgroupAnalysis {
    /// Short name.
    pub id: String,
    /// Id of the topline data with groups.
    pub data: String,
    /// Questions to take.
    pub questions: Vec<String>,
    /// Group variables to take; all where empty.
    #[serde(default)]
    pub variables: Vec<String>,
    /// Variables whose groups cut across sampling clusters, such as age: their design effect is
    /// 1 + (deff − 1)·n_g/n. Groups by all other variables are taken to consist of whole clusters and keep deff.
    #[serde(default)]
    pub across_clusters: Vec<String>,
}

/// Official results by class of place, without sampling error.
///
/// Results: `<id>/<election>/<node>` share of ballots, `<id>/<election>/<node>/registered` share of registered
/// voters, for the nodes of both groupings and `all`; and for the split `<id>/<election>/gap`, in shares of ballots, and
/// `<id>/<election>/gap-registered`. `…/swing` behind each of these ids but the last two is the change since the election
/// before of the same kind. `<id>/<election>/dissimilarity` is the part of the option's votes that would have to be cast in
/// other classes for the option to have one share in all, and `<id>/<election>/<class>/excess` the class's part of its
/// votes minus that of all other ballots.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElectionAnalysis {
    /// Short name.
    pub id: String,
    /// Id of the official data.
    pub data: String,
    /// Election to the options that are summed for it.
    pub options: BTreeMap<String, Vec<String>>,
    /// Grouping of classes shown.
    pub classes: String,
    /// Grouping of two nodes that are compared.
    pub split: String,
    /// Kind of election to the elections that are compared over time; no swings where absent.
    #[serde(default)]
    pub kinds: BTreeMap<String, Vec<String>>,
    /// Places that belong to no class and enter only the total.
    #[serde(default)]
    pub outside: Vec<String>,
}

/// Published counts: `<id>/<counter>/<start>_<end>` with the dates as printed, things per year with an exact Poisson
/// interval and the count itself as `n`; `<id>/<counter>/stock-<end>`, things standing at that date.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountsAnalysis {
    /// Short name.
    pub id: String,
    /// Id of the count data.
    pub data: String,
    /// Short names of the counters, by their printed name.
    pub counters: BTreeMap<String, String>,
}

/// Items of a list per period.
///
/// Results: `<id>/year-<year>`, items dated in the year; `<id>/<period>`, items per year with an exact Poisson
/// interval and the number of items as `n`; `<id>/<period>/vs-<other>`, ratio of the two rates with an exact interval;
/// `<id>/<period>/vs-<other>/detectable`, the smallest ratio above 1 that could have been shown with as many items;
/// `<id>/<period>/vs-<other>/chance-<id>`, the same under chances of being found that are assumed.
/// An item counts in a period only where every day that its date can mean lies inside.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemPeriodsAnalysis {
    /// Short name.
    pub id: String,
    /// Id of the item data.
    pub data: String,
    /// Last day that the list covers; the year after it is partial.
    pub until: PartialDate,
    /// Periods with first and last day.
    pub period: Vec<Period>,
    /// Assumed chances that an item was found.
    #[serde(default)]
    pub chance: Vec<FindingChance>,
}

/// A named period.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Short name.
    pub id: String,
    /// Text for readers.
    pub label: Text,
    /// First day.
    pub start: PartialDate,
    /// Last day.
    pub end: PartialDate,
    /// The period that it is compared with.
    pub versus: Option<String>,
}

/// Items of a list per million inhabitants, by class of place.
///
/// Results: `<id>/<node>`, with an exact Poisson interval, and for the split `<id>/ratio` (second node to first).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemRatesAnalysis {
    /// Short name.
    pub id: String,
    /// Id of the item data.
    pub data: String,
    /// Id of the lookup table of populations by class.
    pub population: String,
    /// Grouping of classes shown.
    pub classes: String,
    /// Grouping of two nodes that are compared.
    pub split: String,
}

/// Shares of items by who acted: `<id>/<period or all>/<camp>`, `…/mixed` and `…/unknown`, with a Wilson interval, and
/// `<id>/<period or all>/<camp or mixed>/known`, the share among items whose actors are known.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemActorsAnalysis {
    /// Short name.
    pub id: String,
    /// Id of the item data.
    pub data: String,
    /// Further conditions on the rows.
    #[serde(default, rename = "where")]
    pub filter: Vec<Condition>,
    /// Camp to the codes that belong to it; an item with codes of two camps counts as `mixed`.
    pub camps: BTreeMap<String, Vec<String>>,
    /// Periods; the whole list is always given as `all`.
    #[serde(default)]
    pub period: Vec<Period>,
}
