//! Which results a figure draws, and what each is about.
//!
//! The ids of results are a contract stated beside each analysis of the definition, so they are read here once.

use crate::analysis::result::{ResultRecord, Results};
use crate::study::definition::{Definition, Figure};

/// A result with the parts of its id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    /// The result.
    pub record: &'a ResultRecord,
    /// Which analysis it is from.
    pub kind: Kind,
    /// Poll, survey, election, counter, or period of items.
    pub source: &'a str,
    /// Answer, measure, pair, camp, or period of a counter.
    pub what: &'a str,
    /// Question of a subgroup table.
    pub question: &'a str,
    /// Node of a grouping, `all`, or group of a published poll.
    pub place: &'a str,
    /// What is derived: `gap`, `gap-low`, `registered`, `change`, `known` …; empty for the plain number.
    pub derived: &'a str,
}

/// The kind of an analysis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Answers,
    Contrast,
    Subgroups,
    Places,
    Ages,
    ChangeSplit,
    Elections,
    Counts,
    ItemPeriods,
    ItemRates,
    ItemActors,
    Meta,
    Pooled,
    Breaks,
    CountBreaks,
    CountRatios,
    Mood,
    TrendTests,
    AcrossEvents,
    Sequence,
    GapTrend,
    AreaAssociation,
    SmallArea,
}

impl<'a> Item<'a> {
    /// Is it the plain number of a place that is shown: one that the figure names, or a class of the analysis' own
    /// grouping, a group, or everybody?
    pub fn is_plain_place(&self, definition: &Definition, figure: &Figure) -> bool {
        let is_shown = match classes(definition, &self.record.analysis) {
            Some(classes) if figure.places.is_empty() => {
                self.place == "all" || classes.iter().any(|class| class == self.place)
            }
            _ => !self.place.is_empty(),
        };
        self.derived.is_empty() && is_shown
    }
}

/// The nodes of the grouping whose classes an analysis shows; none where it has no grouping.
fn classes<'a>(definition: &'a Definition, analysis: &str) -> Option<&'a [String]> {
    let all = &definition.analysis;
    let places = all.places.iter().map(|a| (&a.id, &a.classes));
    let elections = all.elections.iter().map(|a| (&a.id, &a.classes));
    let rates = all.item_rates.iter().map(|a| (&a.id, &a.classes));
    let (_, grouping) = places.chain(elections).chain(rates).find(|(id, _)| *id == analysis)?;
    let grouping = definition.geography.as_ref()?.grouping.iter().find(|candidate| candidate.id == *grouping)?;
    Some(&grouping.nodes)
}

/// The places of results in the order of the figure, or else of the grouping, everybody last.
pub(super) fn places<'a>(figure: &Figure, definition: &Definition, items: &[Item<'a>]) -> Vec<&'a str> {
    let mut places = super::distinct(items.iter().map(|item| item.place));
    let nodes = items.first().and_then(|item| classes(definition, &item.record.analysis)).unwrap_or(&[]);
    places
        .sort_by_key(|place| (super::place_in(&figure.places, place), *place == "all", super::place_in(nodes, place)));
    places
}

/// The results that the figure names, in the order of its analyses.
pub(super) fn items<'a>(figure: &'a Figure, definition: &'a Definition, results: &'a Results) -> Vec<Item<'a>> {
    let mut out = Vec::new();
    for analysis in &figure.analyses {
        let Some(kind) = kind(definition, analysis) else { continue };
        out.extend(results.of(analysis).map(|record| item(record, kind)).filter(|item| is_named(item, figure)));
    }
    out
}

/// The smallest change that could have been shown stands beside a change in the results, and in no picture that does not name it.
fn is_smallest_change(item: &Item, figure: &Figure) -> bool {
    let leaf = item.record.id.rsplit('/').next().unwrap_or_default();
    let is_smallest = leaf.starts_with("detectable") || leaf == "smallest-detectable";
    is_smallest && !figure.answers.iter().chain(&figure.only).any(|name| name == leaf)
}

fn is_named(item: &Item, figure: &Figure) -> bool {
    if is_smallest_change(item, figure) {
        return false;
    }
    let lists = |list: &[String], names: &[&str]| {
        list.is_empty() || names.iter().any(|name| !name.is_empty() && list.iter().any(|entry| entry == name))
    };
    let answers: &[&str] = match item.kind {
        Kind::Meta | Kind::GapTrend => return lists(&figure.answers, &[item.what]),
        // Levels and offsets are given for every date, which nobody lists.
        Kind::Pooled if matches!(item.derived, "level" | "drift") => return true,
        Kind::Pooled | Kind::Breaks => return lists(&figure.only, &[item.what]),
        Kind::Ages => return lists(&figure.only, &[item.source]),
        Kind::ChangeSplit => return lists(&figure.answers, &[item.what]) && lists(&figure.only, &[item.source]),
        Kind::AreaAssociation | Kind::SmallArea => return true,
        Kind::Answers | Kind::Subgroups | Kind::Places | Kind::ItemActors | Kind::Contrast => &[item.what],
        Kind::TrendTests | Kind::Mood => return lists(&figure.answers, &[item.what, item.derived]),
        Kind::CountBreaks | Kind::CountRatios | Kind::Sequence | Kind::AcrossEvents => {
            return lists(&figure.only, &[item.source, item.what])
                && lists(&figure.answers, &[item.what, item.derived]);
        }
        Kind::Elections => return lists(&figure.only, &[item.source]) && lists(&figure.places, &[item.place]),
        Kind::Counts | Kind::ItemPeriods | Kind::ItemRates => return lists(&figure.only, &[item.source, item.what]),
    };
    let sources: &[&str] = match item.kind {
        Kind::Contrast => &[item.what],
        Kind::Answers if matches!(item.derived, "change" | "slope") => return lists(&figure.answers, answers),
        _ => &[item.source],
    };
    let is_place_named = match item.kind {
        Kind::Places | Kind::Subgroups if item.derived.is_empty() => lists(&figure.places, &[item.place]),
        _ => true,
    };
    lists(&figure.answers, answers) && lists(&figure.only, sources) && is_place_named
}

fn kind(definition: &Definition, analysis: &str) -> Option<Kind> {
    let all = &definition.analysis;
    let kinds = [
        (Kind::Answers, all.answers.iter().any(|a| a.id == analysis)),
        (Kind::Contrast, all.contrast.iter().any(|a| a.id == analysis)),
        (Kind::Subgroups, all.subgroups.iter().any(|a| a.id == analysis)),
        (Kind::Places, all.places.iter().any(|a| a.id == analysis)),
        (Kind::GapTrend, all.gap_trend.iter().any(|a| a.id == analysis)),
        (Kind::Ages, all.ages.iter().any(|a| a.id == analysis)),
        (Kind::ChangeSplit, all.change_split.iter().any(|a| a.id == analysis)),
        (Kind::Elections, all.elections.iter().any(|a| a.id == analysis)),
        (Kind::Counts, all.counts.iter().any(|a| a.id == analysis)),
        (Kind::ItemPeriods, all.item_periods.iter().any(|a| a.id == analysis)),
        (Kind::ItemRates, all.item_rates.iter().any(|a| a.id == analysis)),
        (Kind::ItemActors, all.item_actors.iter().any(|a| a.id == analysis)),
        (Kind::Meta, all.meta.iter().any(|a| a.id == analysis)),
        (Kind::Pooled, all.pooled.iter().any(|a| a.id == analysis)),
        (Kind::Breaks, all.breaks.iter().any(|a| a.id == analysis)),
        (Kind::CountBreaks, all.count_breaks.iter().any(|a| a.id == analysis)),
        (Kind::CountRatios, all.count_ratios.iter().any(|a| a.id == analysis)),
        (Kind::Mood, all.mood.iter().any(|a| a.id == analysis)),
        (Kind::TrendTests, all.trend_tests.iter().any(|a| a.id == analysis)),
        (Kind::AcrossEvents, all.across_events.iter().any(|a| a.id == analysis)),
        (Kind::Sequence, all.sequence.iter().any(|a| a.id == analysis)),
        (Kind::AreaAssociation, all.area_association.iter().any(|a| a.id == analysis)),
        (Kind::SmallArea, all.small_area.iter().any(|a| a.id == analysis)),
    ];
    kinds.into_iter().find(|(_, is_it)| *is_it).map(|(kind, _)| kind)
}

fn item(record: &ResultRecord, kind: Kind) -> Item<'_> {
    let rest = record.id.strip_prefix(record.analysis.as_str()).unwrap_or(&record.id);
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    let part = |i: usize| parts.get(i).copied().unwrap_or("");
    let mut item = Item { record, kind, source: "", what: "", question: "", place: "", derived: "" };
    match kind {
        Kind::Answers => {
            item.what = part(1);
            match part(0) {
                derived @ ("change" | "slope") => item.derived = derived,
                year if year.starts_with("year-") => (item.source, item.derived) = (year, "year"),
                poll => item.source = poll,
            }
        }
        Kind::Contrast => item.what = part(0),
        Kind::Subgroups => {
            (item.source, item.question, item.what, item.place) = (part(0), part(1), part(2), part(3));
            item.derived = part(4);
        }
        Kind::Places => {
            (item.source, item.what) = (part(0), part(1));
            match part(2) {
                gap if gap == "gap" || gap.starts_with("gap-") => item.derived = gap,
                // The parts of a split gap: everything behind the measure.
                split if split.starts_with("split-") => {
                    item.derived = rest.trim_start_matches('/').splitn(3, '/').nth(2).unwrap_or("");
                }
                node => (item.place, item.derived) = (node, part(3)),
            }
        }
        Kind::Ages => match (part(0), part(1)) {
            ("cohort", born) => (item.source, item.what, item.derived) = (part(2), born, "cohort"),
            (cohorts, "") => item.derived = cohorts,
            (poll, group) => (item.source, item.place) = (poll, group),
        },
        Kind::ChangeSplit => (item.source, item.what, item.place) = (part(0), record.about("measure"), part(2)),
        Kind::Elections => {
            item.source = part(0);
            match part(1) {
                gap @ ("gap" | "gap-registered" | "dissimilarity") => {
                    item.derived = if part(2).is_empty() { gap } else { part(2) };
                }
                node => (item.place, item.derived) = (node, part(2)),
            }
        }
        Kind::Counts => (item.source, item.what) = (part(0), part(1)),
        Kind::ItemPeriods => (item.source, item.derived) = (part(0), part(1)),
        Kind::ItemRates => match part(0) {
            "ratio" => item.derived = "ratio",
            node => item.place = node,
        },
        Kind::AreaAssociation | Kind::SmallArea => {
            item.what = record.about("measure");
            match record.about("area") {
                "" => item.derived = part(0),
                area => (item.place, item.derived) = (area, part(1)),
            }
        }
        Kind::Meta => {
            item.what = record.about("measure");
            match part(0) {
                set @ "without-opt-in" => (item.source, item.derived) = (set, part(1)),
                statistic => item.derived = statistic,
            }
        }
        Kind::GapTrend => (item.what, item.derived) = (record.about("measure"), part(0)),
        Kind::ItemActors => (item.source, item.what, item.derived) = (part(0), part(1), part(2)),
        Kind::Pooled => match (part(0), part(2)) {
            ("level", _) => (item.source, item.derived) = (part(1), "level"),
            ("drift", date) if !date.is_empty() => (item.source, item.what, item.derived) = (date, "drift", "drift"),
            (kind, "") => (item.what, item.derived) = (part(1), kind),
            (_, more) => (item.what, item.derived) = (part(1), more),
        },
        Kind::Breaks => match part(0) {
            "event" => (item.what, item.derived) = (part(1), part(2)),
            kind => (item.source, item.derived) = (part(1), kind),
        },
        // What concerns all periods has no event.
        Kind::CountBreaks if part(1).is_empty() => item.what = part(0),
        Kind::CountBreaks => (item.source, item.what) = (part(0), part(1)),
        Kind::CountRatios => item.what = part(0),
        Kind::Mood => match (part(0), part(1)) {
            ("asked", of) => (item.what, item.source, item.derived) = (of, part(2), "asked"),
            (way @ ("dyad" | "latent"), year) if year.bytes().all(|byte| byte.is_ascii_digit()) => {
                (item.what, item.source) = (way, year);
            }
            (measure, of) => (item.what, item.derived) = (of, measure),
        },
        Kind::TrendTests => {
            item.what = record.about("answer");
            item.derived = record.about("measure");
            item.source = record.about("poll");
        }
        Kind::AcrossEvents => (item.source, item.what, item.derived) = (part(0), part(1), part(2)),
        Kind::Sequence => (item.what, item.derived) = (part(0), part(1)),
    }
    item
}
