//! A result: a number with its uncertainty, method, base and the rows that it comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use crate::study::{Origin, Span};

/// One number of a study with everything that is needed to believe it.
#[derive(Debug, Clone)]
pub struct ResultRecord {
    /// Stable id, `<analysis>/<poll or period>/<answer or place>`.
    pub id: String,
    /// Id of the analysis.
    pub analysis: String,
    /// What the number is about: `poll`, `pollster`, `question`, `answer`, `segment`, `group`, `variable`, `place`,
    /// `measure`, `survey`, `election`, `period`, `counter`, `camp`, `pair`, `first`, `second`, `event`, `shift`, `before`, `after`,
    /// `straddling`, `houses`, `series`, `statistic`, `polls`, `left_out`, `level`, `reference`, `standard`, `area`.
    pub about: BTreeMap<&'static str, String>,
    /// Unit of the estimate.
    pub unit: Unit,
    /// What the number rests on.
    pub evidence: Evidence,
    /// When, where the number belongs to a time.
    pub when: Option<Span>,
    /// The estimate and its uncertainty.
    pub estimate: Figures,
    /// Marks that travel with the number into tables and charts.
    pub flags: Vec<Flag>,
    /// Files and lines.
    pub origins: Vec<Origin>,
}

impl ResultRecord {
    /// A record without an estimate yet; the id is the analysis and the parts of the path.
    pub(super) fn new(analysis: &str, path: &[&str], unit: Unit, evidence: Evidence) -> Self {
        let id = std::iter::once(analysis).chain(path.iter().copied()).collect::<Vec<_>>().join("/");
        ResultRecord {
            id,
            analysis: analysis.to_owned(),
            about: BTreeMap::new(),
            unit,
            evidence,
            when: None,
            estimate: Figures::default(),
            flags: Vec::new(),
            origins: Vec::new(),
        }
    }

    /// The same record, with one respect of what it is about; an empty value is left out.
    pub(super) fn with(mut self, key: &'static str, value: &str) -> Self {
        if !value.is_empty() {
            self.about.insert(key, value.to_owned());
        }
        self
    }

    /// The same record at a time.
    pub(super) fn at(mut self, when: Span) -> Self {
        self.when = Some(when);
        self
    }

    /// The same record with its estimate.
    pub(super) fn figures(mut self, figures: Figures) -> Self {
        self.estimate = figures;
        self
    }

    /// The same record with further flags, each once, in the order of [`Flag`].
    pub(super) fn flags(mut self, flags: impl IntoIterator<Item = Flag>) -> Self {
        self.flags.extend(flags);
        self.flags.sort_unstable();
        self.flags.dedup();
        self
    }

    /// The same record with the rows that it rests on; rows of one file are put together.
    pub(super) fn rests_on<'o>(mut self, origins: impl IntoIterator<Item = &'o Origin>) -> Self {
        let mut by_file: BTreeMap<Arc<str>, BTreeSet<u64>> = BTreeMap::new();
        for origin in origins {
            by_file.entry(Arc::clone(&origin.file)).or_default().extend(origin.lines.iter().copied());
        }
        self.origins =
            by_file.into_iter().map(|(file, lines)| Origin { file, lines: lines.into_iter().collect() }).collect();
        self
    }

    /// What the number is about, in one respect; empty where it has none.
    pub fn about(&self, key: &str) -> &str {
        self.about.get(key).map_or("", String::as_str)
    }
}

/// The estimate and its uncertainty: the columns that every table shares.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Figures {
    /// The estimate, in the unit of the record; none where not estimable.
    pub estimate: Option<f64>,
    /// Standard error.
    pub se: Option<f64>,
    /// Lower limit of the interval.
    pub ci_low: Option<f64>,
    /// Upper limit of the interval.
    pub ci_high: Option<f64>,
    /// Level of the interval.
    pub level: Option<f64>,
    /// Method of the interval.
    pub ci_method: Option<&'static str>,
    /// Degrees of freedom; none for infinitely many.
    pub degf: Option<f64>,
    /// Design effect, computed or declared.
    pub deff: Option<f64>,
    /// Against what, and whether computed or declared.
    pub deff_reference: Option<&'static str>,
    /// Respondents, unweighted; ballots or items where these are counted.
    pub n: Option<u64>,
    /// Size of a simple random sample with the same standard error.
    pub n_eff: Option<f64>,
    /// Sum of the weights.
    pub sum_w: Option<f64>,
    /// Primary sampling units with members.
    pub n_psus: Option<u64>,
    /// A test of a hypothesis about the estimate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<TestOutcome>,
    /// Why there is no estimate or no interval.
    pub reason: Option<String>,
}

/// The outcome of a test of a hypothesis about an estimate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TestOutcome {
    /// Name of the test, such as `wald_t` or `rao_scott_2`; a phrase `test-…` says it in words.
    pub method: &'static str,
    /// The statistic; none where the test has no other than the estimate.
    pub statistic: Option<f64>,
    /// Degrees of freedom of the numerator of an F statistic.
    pub numerator_degf: Option<f64>,
    /// Degrees of freedom; those of the denominator of an F statistic; none for infinitely many.
    pub degf: Option<f64>,
    /// The p value, after adjustment where `method` names one.
    pub p_value: f64,
}

impl Figures {
    /// No estimate, and why.
    pub(super) fn not_estimable(reason: impl Into<String>) -> Self {
        Figures { reason: Some(reason.into()), ..Figures::default() }
    }

    /// An estimate of which no interval can be given, and why.
    pub(super) fn without_interval(estimate: f64, reason: impl Into<String>) -> Self {
        Figures { estimate: Some(estimate), reason: Some(reason.into()), ..Figures::default() }
    }

    /// The same figures, a number that is not finite counting as missing: every comparison with it would be false, and
    /// its negation true. An interval needs both limits.
    pub(super) fn finite(mut self) -> Self {
        let is_bad = |value: &Option<f64>| value.is_some_and(|value| !value.is_finite());
        if is_bad(&self.estimate) {
            let reason = self.reason.unwrap_or_else(|| "the estimate is no finite number".to_owned());
            return Figures { reason: Some(reason), n: self.n, ..Figures::default() };
        }
        for value in [&mut self.se, &mut self.degf, &mut self.deff, &mut self.n_eff, &mut self.sum_w] {
            if is_bad(value) {
                *value = None;
            }
        }
        if self.test.as_ref().is_some_and(|test| !test.p_value.is_finite()) {
            self.test = None;
        }
        if is_bad(&self.ci_low) || is_bad(&self.ci_high) {
            (self.ci_low, self.ci_high) = (None, None);
            self.reason.get_or_insert_with(|| "a limit of the interval is no finite number".to_owned());
        }
        self
    }
}

/// Method of an interval that covers the scatter of questions around a mood beside sampling.
pub const LATENT_METHOD: &str = "latent random walk";

/// Method of the intervals of a pooled series, averaged over the variances that the polls allow.
pub const STATE_SPACE: &str = "state space";

/// Method of the intervals of a pooled series whose variances are taken as known.
pub const STATE_SPACE_KNOWN: &str = "state space, variances as known";

/// Unit of an estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share, 0..=1.
    Share,
    /// A difference of shares, −1..=1; printed in percentage points.
    ShareDifference,
    /// A size of differences of shares, 0..=1: a standard deviation or a threshold; printed in percentage points without sign.
    ShareSize,
    /// Change of a share per ten years, −1..=1 per decade.
    SharePerDecade,
    /// A number of things.
    Count,
    /// Things per year.
    PerYear,
    /// Things per million inhabitants.
    PerMillion,
    /// A ratio of two rates.
    Ratio,
    /// A time, as a year with decimals.
    Year,
    /// A number without unit, such as a correlation.
    Index,
}

impl Unit {
    /// The unit of a standard deviation or a threshold of what is measured in this one.
    #[must_use]
    pub fn size(self) -> Self {
        if self == Unit::ShareDifference { Unit::ShareSize } else { self }
    }
}

/// What a number rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// Respondents with a probability design.
    Microdata,
    /// Respondents of an opt-in panel: intervals are model-based.
    OptInMicrodata,
    /// Printed shares with an assumed design effect.
    Published,
    /// Official counts: no sampling error, but see the caveats.
    Official,
    /// Things that somebody counted or found.
    Counted,
}

/// A mark that travels with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// The number interviewed is assumed, not printed by the source.
    NAssumed,
    /// The design effect is declared, not computed.
    DeffDeclared,
    /// The date is known to the month or year only.
    DateCoarse,
    /// The sample is an opt-in panel.
    OptIn,
    /// Base under 30: the estimate is suppressed in tables.
    BaseUnder30,
    /// Base 30–49, or fewer than 8 sampling units with members: bracketed.
    BaseUnder50,
    /// Base 50–99: starred.
    BaseUnder100,
    /// The period is not over, or not fully covered.
    PartialPeriod,
    /// The wording, office or mode differs from the neighbour in the series.
    SegmentChange,
    /// The interval is the widest that any joint distribution allows.
    WidestInterval,
    /// Polls of one house only lie near: its distance to the others is taken from other times.
    OneHouse,
    /// No poll lies near: the level is carried over from afar.
    NoPollNear,
    /// It lies after the last poll.
    Forecast,
}

/// Something that an analysis left out or wants the reader to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// Id of the analysis.
    pub analysis: String,
    /// Poll, row or group that it is about.
    pub about: String,
    /// What and why.
    pub text: String,
}

/// All results of a study, in the order of the definition.
#[derive(Debug, Clone, Default)]
pub struct Results {
    /// The numbers.
    pub records: Vec<ResultRecord>,
    /// What was left out or should be known.
    pub remarks: Vec<Remark>,
    /// Names and tiles of the areas that records speak of.
    pub areas: Vec<crate::study::Area>,
}

impl Results {
    /// The record of an id.
    pub fn get(&self, id: &str) -> Option<&ResultRecord> {
        self.records.iter().find(|record| record.id == id)
    }

    /// The records of an analysis, in order.
    pub fn of<'a>(&'a self, analysis: &'a str) -> impl Iterator<Item = &'a ResultRecord> {
        self.records.iter().filter(move |record| record.analysis == analysis)
    }
}
