//! Do the ids of a definition lead somewhere? Two tables say where ids are given and where they are used; one walk
//! over all files finds duplicates and references to nothing, each with its line.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;
use toml::de::DeTable;

use super::Document;
use super::select::{self, Within};
use crate::diagnostic::{Diagnostic, Level, Place, did_you_mean};
use crate::ingest::source::SourceText;
use crate::study::definition::Side;

/// What an id names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Topline,
    Respondents,
    Official,
    Counts,
    Items,
    Lookup,
    AreaData,
    Frame,
    Series,
    Universe,
    Pollster,
    Question,
    Node,
    Grouping,
    Design,
    Survey,
    Measure,
    Event,
    Analysis,
    Figure,
    Claim,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Topline => "poll table with one row per answer",
            Kind::Respondents => "file of respondents",
            Kind::Official => "table of official results",
            Kind::Counts => "table of counts",
            Kind::Items => "list of items",
            Kind::Lookup => "reference table",
            Kind::AreaData => "table of areas",
            Kind::Frame => "population frame",
            Kind::Series => "poll series",
            Kind::Universe => "universe",
            Kind::Pollster => "pollster",
            Kind::Question => "question",
            Kind::Node => "place",
            Kind::Grouping => "grouping",
            Kind::Design => "design",
            Kind::Survey => "survey",
            Kind::Measure => "measure",
            Kind::Event => "event",
            Kind::Analysis => "analysis",
            Kind::Figure => "figure",
            Kind::Claim => "claim",
        }
    }

    /// Kinds whose ids must differ from each other, because results and provenance name them alike.
    fn namespace(self) -> &'static str {
        match self {
            Kind::Topline | Kind::Series | Kind::Respondents | Kind::Official => "data",
            Kind::Counts | Kind::Items | Kind::Lookup | Kind::AreaData => "data",
            other => other.word(),
        }
    }
}

/// Where ids are given.
const GIVEN: &[(&str, Kind)] = &[
    ("toplines[].id", Kind::Topline),
    ("series[].id", Kind::Series),
    ("respondents[].id", Kind::Respondents),
    ("official[].id", Kind::Official),
    ("official_wide[].id", Kind::Official),
    ("counts[].id", Kind::Counts),
    ("items[].id", Kind::Items),
    ("lookup[].id", Kind::Lookup),
    ("area_data[].id", Kind::AreaData),
    ("frame[].id", Kind::Frame),
    ("universe[].id", Kind::Universe),
    ("pollster[].id", Kind::Pollster),
    ("question[].id", Kind::Question),
    ("geography.node[].id", Kind::Node),
    ("geography.grouping[].id", Kind::Grouping),
    ("design[].id", Kind::Design),
    ("survey[].id", Kind::Survey),
    ("event[].id", Kind::Event),
    ("analysis.answers[].id", Kind::Analysis),
    ("analysis.contrast[].id", Kind::Analysis),
    ("analysis.subgroups[].id", Kind::Analysis),
    ("analysis.places[].id", Kind::Analysis),
    ("analysis.gap_trend[].id", Kind::Analysis),
    ("analysis.ages[].id", Kind::Analysis),
    ("analysis.change_split[].id", Kind::Analysis),
    ("analysis.elections[].id", Kind::Analysis),
    ("analysis.counts[].id", Kind::Analysis),
    ("analysis.item_periods[].id", Kind::Analysis),
    ("analysis.item_rates[].id", Kind::Analysis),
    ("analysis.item_actors[].id", Kind::Analysis),
    ("analysis.pooled[].id", Kind::Analysis),
    ("analysis.breaks[].id", Kind::Analysis),
    ("analysis.meta[].id", Kind::Analysis),
    ("analysis.mood[].id", Kind::Analysis),
    ("analysis.count_breaks[].id", Kind::Analysis),
    ("analysis.count_ratios[].id", Kind::Analysis),
    ("analysis.trend_tests[].id", Kind::Analysis),
    ("analysis.across_events[].id", Kind::Analysis),
    ("analysis.sequence[].id", Kind::Analysis),
    ("analysis.area_association[].id", Kind::Analysis),
    ("analysis.small_area[].id", Kind::Analysis),
    ("figure[].id", Kind::Figure),
    ("claim[].id", Kind::Claim),
];

/// Where ids of analyses are given.
pub(super) fn analyses() -> impl Iterator<Item = &'static str> {
    GIVEN.iter().filter(|(_, kind)| *kind == Kind::Analysis).map(|(pattern, _)| *pattern)
}

/// Where ids are used.
const USED: &[(&str, Kind)] = &[
    ("series[].question", Kind::Question),
    ("series[].universe", Kind::Universe),
    ("geography.node[].covers[]", Kind::Node),
    ("geography.grouping[].nodes[]", Kind::Node),
    ("survey[].data", Kind::Respondents),
    ("survey[].design", Kind::Design),
    ("survey[].pollster", Kind::Pollster),
    ("analysis.answers[].question", Kind::Question),
    ("analysis.answers[].pollsters[]", Kind::Pollster),
    ("analysis.answers[].universe", Kind::Universe),
    ("analysis.subgroups[].data", Kind::Topline),
    ("analysis.subgroups[].questions[]", Kind::Question),
    ("analysis.places[].surveys[]", Kind::Survey),
    ("analysis.gap_trend[].surveys[]", Kind::Survey),
    ("analysis.gap_trend[].measure", Kind::Measure),
    ("analysis.gap_trend[].split", Kind::Grouping),
    ("analysis.places[].measures[]", Kind::Measure),
    ("analysis.places[].classes", Kind::Grouping),
    ("analysis.places[].split", Kind::Grouping),
    ("analysis.places[].standardise[].frame", Kind::Frame),
    ("analysis.ages[].surveys[]", Kind::Survey),
    ("analysis.ages[].measure", Kind::Measure),
    ("analysis.ages[].groups.of", Kind::Analysis),
    ("analysis.ages[].groups.questions[]", Kind::Question),
    ("analysis.change_split[].surveys[]", Kind::Survey),
    ("analysis.change_split[].measure", Kind::Measure),
    ("analysis.change_split[].groups.of", Kind::Analysis),
    ("analysis.change_split[].groups.questions[]", Kind::Question),
    ("analysis.change_split[].frames[]", Kind::Frame),
    ("analysis.area_association[].outcome.data", Kind::AreaData),
    ("analysis.area_association[].outcome.per", Kind::AreaData),
    ("analysis.area_association[].predictor.data", Kind::AreaData),
    ("analysis.area_association[].predictor.per", Kind::AreaData),
    ("analysis.area_association[].covariates[].data", Kind::AreaData),
    ("analysis.area_association[].covariates[].per", Kind::AreaData),
    ("analysis.area_association[].weight", Kind::AreaData),
    ("analysis.small_area[].survey", Kind::Survey),
    ("analysis.small_area[].measure", Kind::Measure),
    ("analysis.small_area[].covariates[].data", Kind::AreaData),
    ("analysis.small_area[].covariates[].per", Kind::AreaData),
    ("analysis.elections[].data", Kind::Official),
    ("analysis.elections[].classes", Kind::Grouping),
    ("analysis.elections[].split", Kind::Grouping),
    ("analysis.counts[].data", Kind::Counts),
    ("analysis.item_periods[].data", Kind::Items),
    ("analysis.item_rates[].data", Kind::Items),
    ("analysis.item_rates[].population", Kind::Lookup),
    ("analysis.item_rates[].classes", Kind::Grouping),
    ("analysis.item_rates[].split", Kind::Grouping),
    ("analysis.item_actors[].data", Kind::Items),
    ("analysis.pooled[].series[].question", Kind::Question),
    ("analysis.pooled[].series[].pollsters[]", Kind::Pollster),
    ("analysis.pooled[].universe", Kind::Universe),
    ("analysis.pooled[].houses.anchor", Kind::Pollster),
    ("analysis.pooled[].event[].event", Kind::Event),
    ("analysis.pooled[].shift[].pollster", Kind::Pollster),
    ("analysis.breaks[].events[]", Kind::Event),
    ("analysis.mood[].universe", Kind::Universe),
    ("analysis.mood[].item[].question", Kind::Question),
    ("analysis.mood[].item[].pollsters[]", Kind::Pollster),
    ("analysis.count_breaks[].data", Kind::Items),
    ("analysis.count_breaks[].events[]", Kind::Event),
    ("analysis.trend_tests[].of", Kind::Analysis),
    ("analysis.across_events[].series[].of", Kind::Analysis),
    ("analysis.across_events[].events[]", Kind::Event),
    ("analysis.sequence[].series[].items", Kind::Items),
    ("figure[].analyses[]", Kind::Analysis),
    ("figure[].events[]", Kind::Event),
    ("figure[].places[]", Kind::Node),
];

/// Where ids of results stand, which begin with the id of an analysis.
const RESULTS: &[&str] = &[
    "analysis.contrast[].pair[].first",
    "analysis.contrast[].pair[].second",
    "analysis.breaks[].results[]",
    "analysis.meta[].results[]",
    "analysis.count_ratios[].pair[].first[]",
    "analysis.count_ratios[].pair[].second[]",
    "analysis.count_ratios[].pair[].less[]",
    "analysis.trend_tests[].results[]",
    "analysis.sequence[].series[].results",
    "claim[].evidence[]",
];

/// Where rules stand, in which results are named in quotes.
const RULES: &[&str] = &["claim[].contradicted", "claim[].supported", "claim[].partly"];

/// Ids that must differ within the table that holds them: pattern and what they name.
const GIVEN_WITHIN: &[(&str, &str)] = &[
    ("question[].answers[].id", "answer"),
    ("question[].version[].id", "version"),
    ("analysis.contrast[].pair[].id", "pair"),
    ("analysis.item_periods[].period[].id", "period"),
    ("analysis.item_actors[].period[].id", "period"),
    ("analysis.pooled[].event[].event", "event"),
    ("analysis.pooled[].shift[].id", "shift"),
    ("analysis.mood[].change[].id", "change"),
    ("analysis.count_breaks[].chance[].id", "assumed chance"),
    ("analysis.count_ratios[].pair[].id", "pair"),
    ("analysis.sequence[].series[].id", "series"),
    ("analysis.sequence[].pair[].id", "pair"),
];

/// All problems with ids, by file and line.
pub(super) fn check(documents: &[Document<'_>]) -> Vec<Diagnostic> {
    let mut ids = Ids::default();
    let mut problems = ids.collect(documents);
    for document in documents {
        let mut found = Checker { ids: &ids, source: document.source, problems: Vec::new() };
        found.file(document.table.get_ref());
        problems.extend(found.problems);
    }
    let order = |place: &Place| documents.iter().position(|document| *document.source.file == *place.file);
    problems.sort_by_key(|problem| (order(&problem.place), problem.place.line, problem.place.character));
    problems
}

/// Everything that has an id.
#[derive(Default)]
struct Ids {
    of_kind: BTreeMap<Kind, BTreeSet<String>>,
    answers: BTreeMap<String, BTreeSet<String>>,
}

impl Ids {
    /// Gathers all ids and reports those that are given twice.
    fn collect(&mut self, documents: &[Document<'_>]) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        let mut first: BTreeMap<(&str, String), Place> = BTreeMap::new();
        for document in documents {
            let (root, source) = (document.table.get_ref(), document.source);
            for (pattern, kind) in GIVEN {
                for id in select::strings(root, pattern) {
                    self.of_kind.entry(*kind).or_default().insert(id.get_ref().to_string());
                    problems.extend(twice(&mut first, kind.namespace(), kind.word(), source, &id));
                }
            }
            for (pattern, word) in
                [("pollster[].labels[]", "name of a pollster"), ("universe[].labels[]", "universe label")]
            {
                for label in select::strings(root, pattern) {
                    problems.extend(twice(&mut first, word, word, source, &label));
                }
            }
            for key in ["study", "geography", "areas"] {
                if let Some((key, _)) = root.get_key_value(key) {
                    let key = Spanned::new(key.span(), key.get_ref());
                    problems.extend(twice(&mut first, "table", "table that may stand once", source, &key));
                }
            }
            for measure in select::strings(root, "survey[].outcome[].measure") {
                self.of_kind.entry(Kind::Measure).or_default().insert(measure.get_ref().to_string());
            }
            for question in select::values(root, "question[]") {
                let Some(table) = question.value.get_ref().as_table() else { continue };
                let answers =
                    select::strings(table, "answers[].id").iter().map(|id| id.get_ref().to_string()).collect();
                self.answers.insert(select::field(table, "id").unwrap_or_default().to_owned(), answers);
            }
        }
        problems
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &str> {
        self.of_kind.get(&kind).into_iter().flatten().map(String::as_str)
    }

    fn knows(&self, kind: Kind, id: &str) -> bool {
        self.of_kind.get(&kind).is_some_and(|ids| ids.contains(id))
    }
}

/// Reports an id that was given before in its namespace.
fn twice<'n, S: AsRef<str>>(
    first: &mut BTreeMap<(&'n str, String), Place>,
    namespace: &'n str,
    word: &str,
    source: &SourceText,
    id: &Spanned<S>,
) -> Option<Diagnostic> {
    let text = id.get_ref().as_ref();
    let problem = source.point(Level::Error, "E06", id.span(), format!("{word} `{text}` is given twice"));
    match first.entry((namespace, text.to_owned())) {
        std::collections::btree_map::Entry::Vacant(slot) => {
            slot.insert(problem.place);
            None
        }
        std::collections::btree_map::Entry::Occupied(earlier) => {
            let place = earlier.get();
            let hint = format!("first given in {}, line {}; rename or remove one", place.file, place.line.unwrap_or(1));
            Some(problem.observed(text).expected("an id of its own").hint(hint))
        }
    }
}

struct Checker<'a> {
    ids: &'a Ids,
    source: &'a SourceText,
    problems: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn file(&mut self, root: &DeTable<'_>) {
        for (pattern, kind) in USED {
            for id in select::strings(root, pattern) {
                if !self.ids.knows(*kind, id.get_ref()) {
                    self.unknown(&id, kind.word(), self.ids.of(*kind).collect());
                }
            }
        }
        for pattern in RESULTS {
            for id in select::strings(root, pattern) {
                self.result(&id, id.get_ref());
            }
        }
        for pattern in RULES {
            for rule in select::strings(root, pattern) {
                for id in quoted(rule.get_ref()) {
                    self.result(&rule, id);
                }
            }
        }
        for (pattern, word) in GIVEN_WITHIN {
            self.twice_within(root, pattern, word);
        }
        self.answers(root);
        self.periods(root);
    }

    /// Answers named by series, analyses and aggregates belong to their question.
    fn answers(&mut self, root: &DeTable<'_>) {
        for (answer, within) in select::keys(root, "series[].answers") {
            self.answer(&answer, select::field(within.own, "question"), &[]);
        }
        let sides = Side::ALL.map(Side::word);
        for found in select::values(root, "analysis.answers[].answers[]") {
            let Some(answer) = select::text(found.value) else { continue };
            self.answer(&answer, select::field(found.within.own, "question"), &sides);
        }
        for found in select::values(root, "analysis.pooled[].series[].answer") {
            let Some(answer) = select::text(found.value) else { continue };
            self.answer(&answer, select::field(found.within.own, "question"), &sides);
        }
        for found in select::values(root, "question[].answers[].of[]") {
            let Some(answer) = select::text(found.value) else { continue };
            self.answer(&answer, select::field(found.within.outer, "id"), &[]);
        }
    }

    fn answer<S: AsRef<str>>(&mut self, answer: &Spanned<S>, question: Option<&str>, also: &[&str]) {
        let Some((question, known)) = question.and_then(|id| Some((id, self.ids.answers.get(id)?))) else { return };
        let text = answer.get_ref().as_ref();
        if !known.contains(text) && !also.contains(&text) {
            let candidates = known.iter().map(String::as_str).chain(also.iter().copied()).collect();
            self.unknown(answer, &format!("answer of `{question}`"), candidates);
        }
    }

    /// The period that a period is compared with stands in the same analysis.
    fn periods(&mut self, root: &DeTable<'_>) {
        for list in ["analysis.item_periods[].period[].versus", "analysis.item_actors[].period[].versus"] {
            for found in select::values(root, list) {
                let Some(versus) = select::text(found.value) else { continue };
                let periods = select::strings(found.within.outer, "period[].id");
                let known: Vec<&str> = periods.iter().map(|id| id.get_ref().as_ref()).collect();
                if !known.contains(&versus.get_ref().as_ref()) {
                    self.unknown(&versus, "period of this analysis", known);
                }
            }
        }
    }

    fn twice_within(&mut self, root: &DeTable<'_>, pattern: &str, word: &str) {
        let mut seen = BTreeSet::new();
        for found in select::values(root, pattern) {
            let Some(id) = select::text(found.value) else { continue };
            let Within { outer, .. } = found.within;
            if !seen.insert((std::ptr::from_ref(outer), id.get_ref().to_string())) {
                let owner = select::field(outer, "id").unwrap_or_default();
                let message = format!("{word} `{}` of `{owner}` is given twice", id.get_ref());
                let problem = self.source.point(Level::Error, "E06", id.span(), message);
                self.problems.push(
                    problem.observed(id.get_ref().as_ref()).expected("an id of its own").hint("rename or remove one"),
                );
            }
        }
    }

    /// A result is named by the id of its analysis, a slash and more.
    fn result<S: AsRef<str>>(&mut self, at: &Spanned<S>, id: &str) {
        let is_known = self
            .ids
            .of(Kind::Analysis)
            .any(|analysis| id.strip_prefix(analysis).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
        if !is_known {
            let stem = id.split('/').next().unwrap_or(id);
            let at = Spanned::new(at.span(), stem);
            self.unknown(&at, "analysis", self.ids.of(Kind::Analysis).collect());
        }
    }

    fn unknown<S: AsRef<str>>(&mut self, at: &Spanned<S>, word: &str, known: Vec<&str>) {
        let text = at.get_ref().as_ref();
        let hint = match did_you_mean(text, known.iter().copied()) {
            Some(candidate) => format!("did you mean `{candidate}`?"),
            None => "correct the id, or add what it should name".to_owned(),
        };
        let problem = self.source.point(Level::Error, "E05", at.span(), format!("unknown {word} `{text}`"));
        self.problems.push(problem.observed(text).expected(one_of(&known)).hint(hint));
    }
}

/// The ids that would do, or how many there are when the list is long.
fn one_of(known: &[&str]) -> String {
    match known {
        [] => "an id of the definition, which has none of this kind".to_owned(),
        known if known.len() <= 12 => format!("one of {}", known.join(", ")),
        known => format!("one of {} ids, such as {}", known.len(), known[..6].join(", ")),
    }
}

/// The texts in single or double quotes within a rule.
fn quoted(rule: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = rule;
    while let Some(open) = rest.find(['\'', '"']) {
        let mark = &rest[open..=open];
        let inner = &rest[open + 1..];
        let Some(close) = inner.find(mark) else { break };
        found.push(&inner[..close]);
        rest = &inner[close + 1..];
    }
    found
}
