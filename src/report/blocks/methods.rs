//! How the numbers were made: designs, assumptions and rules, taken from the definition.

use crate::report::document::Block;
use crate::report::labels::Labels;
use crate::report::table::{Cell, Column, Table};
use crate::study::definition::{Analyses, Assumption, DesignDef, OwnStratum};

/// Rules that hold in every study; each is a phrase of the language.
const RULES: &[&str] = &[
    "rule-published",
    "rule-missing-n",
    "rule-microdata",
    "rule-proportion",
    "rule-counts",
    "rule-official",
    "rule-base",
    "rule-small",
    "rule-rounding",
    "rule-wording",
    "rule-sampling-only",
];

/// Is a kind of analysis used?
type IsUsed = fn(&Analyses) -> bool;

/// Rules of a kind of analysis, printed where a study uses it.
const OF_KIND: &[(&str, IsUsed)] = &[
    ("rule-pooled", |analyses| !analyses.pooled.is_empty()),
    ("rule-breaks", |analyses| !analyses.breaks.is_empty()),
    ("rule-meta", |analyses| !analyses.meta.is_empty()),
    ("rule-trend-tests", |analyses| !analyses.trend_tests.is_empty()),
    ("rule-across-events", |analyses| !analyses.across_events.is_empty()),
    ("rule-ages", |analyses| !analyses.ages.is_empty()),
    ("rule-change-split", |analyses| !analyses.change_split.is_empty()),
    ("rule-mood", |analyses| !analyses.mood.is_empty()),
    ("rule-count-breaks", |analyses| !analyses.count_breaks.is_empty()),
    ("rule-count-ratios", |analyses| !analyses.count_ratios.is_empty()),
    ("rule-sequence", |analyses| !analyses.sequence.is_empty()),
    ("rule-adjusted", |analyses| analyses.places.iter().any(|places| !places.adjust.is_empty())),
    ("rule-split", |analyses| analyses.places.iter().any(|places| !places.decompose.is_empty())),
    ("rule-gap-trend", |analyses| !analyses.gap_trend.is_empty()),
    ("rule-standardised", |analyses| analyses.places.iter().any(|places| !places.standardise.is_empty())),
    ("rule-scenario", |analyses| analyses.places.iter().any(|places| places.scenario.is_some())),
    ("rule-dissimilarity", |analyses| !analyses.elections.is_empty()),
    ("rule-areas", |analyses| !analyses.area_association.is_empty()),
    ("rule-small-areas", |analyses| !analyses.small_area.is_empty()),
];

/// Designs of respondent files, assumptions about published polls, and the rules of the tool.
pub fn methods(labels: Labels) -> Vec<Block> {
    let phrase = |key: &str| labels.locale.phrase(key).to_owned();
    let mut blocks = Vec::new();
    if !labels.definition.design.is_empty() {
        blocks.push(Block::Prose(format!("### {}", phrase("heading-designs"))));
        let designs = labels.definition.design.iter().map(|design| design_text(design, labels));
        blocks.push(Block::Prose(designs.collect::<Vec<_>>().join("\n")));
        blocks.push(Block::Table { table: surveys(labels), files: None });
    }
    let assumptions = assumptions(labels);
    if !assumptions.rows.is_empty() {
        blocks.push(Block::Prose(format!("### {}", phrase("heading-assumptions"))));
        blocks.push(Block::Prose(phrase("assumptions-intro")));
        blocks.push(Block::Table { table: assumptions, files: None });
    }
    blocks.push(Block::Prose(format!("### {}", phrase("heading-rules"))));
    let of_study = OF_KIND.iter().filter(|(_, is_used)| is_used(&labels.definition.analysis)).map(|(key, _)| key);
    let rules: Vec<String> = RULES.iter().chain(of_study).map(|key| format!("- {}", phrase(key))).collect();
    blocks.push(Block::Prose(rules.join("\n")));
    blocks
}

fn design_text(design: &DesignDef, labels: Labels) -> String {
    let phrase = |key: &'static str| labels.locale.phrase(key);
    let mut parts = vec![format!("{} `{}`", phrase("design-weight"), design.weight)];
    if let Some(strata) = &design.strata {
        parts.push(format!("{} `{strata}`", phrase("design-strata")));
    }
    parts.push(match &design.psu {
        Some(psu) => format!("{} `{psu}`", phrase("design-psu")),
        None => phrase("design-no-psu").to_owned(),
    });
    if design.opt_in {
        parts.push(phrase("design-opt-in").to_owned());
    }
    let mut out = format!("- **{}**: {}. {}", design.id, parts.join(", "), design.note.get(labels.locale.code()));
    for stratum in &design.own_stratum {
        out.push_str(&format!("\n  - {}", own_stratum_text(stratum, labels)));
    }
    out
}

fn own_stratum_text(stratum: &OwnStratum, labels: Labels) -> String {
    let phrase = |key: &'static str| labels.locale.phrase(key);
    let mut parts = vec![phrase("own-stratum").to_owned()];
    if stratum.respondents_are_units {
        parts.push(phrase("own-stratum-respondents").to_owned());
    }
    if let Some(deff) = stratum.deff {
        parts.push(format!("{} {}", phrase("own-stratum-deff"), labels.locale.number(deff, 2)));
    }
    let reason = stratum.reason.as_ref().map_or("", |reason| reason.get(labels.locale.code()));
    format!("{}: {}. {reason}", stratum.label, parts.join(", "))
}

fn surveys(labels: Labels) -> Table {
    let phrase = |key: &str| labels.locale.phrase(key).to_owned();
    let columns = vec![
        Column::about("survey", &phrase("column-survey")),
        Column::about("field", &phrase("column-field")),
        Column::about("mode", &phrase("column-mode")),
        Column::about("design", &phrase("column-design")),
        Column::about("wording", &phrase("column-wording")),
    ];
    let mut table = Table::new("surveys", "", columns);
    let code = labels.locale.code();
    for survey in &labels.definition.survey {
        let field = crate::study::Span { start: survey.field_start, end: survey.field_end };
        let wordings: Vec<String> = survey
            .outcome
            .iter()
            .map(|outcome| format!("{}: “{}”", labels.word(&outcome.measure), outcome.wording.get(code)))
            .collect();
        table.push(vec![
            Cell::text(survey.label.get(code)),
            Cell::text(labels.locale.span(field)),
            Cell::text(survey.mode.get(code)),
            Cell::text(&survey.design),
            Cell::text(wordings.join("; ")),
        ]);
    }
    table
}

fn assumptions(labels: Labels) -> Table {
    let phrase = |key: &str| labels.locale.phrase(key).to_owned();
    let columns = vec![
        Column::about("pollster", &phrase("column-pollster")),
        Column::about("period", &phrase("column-period")),
        Column::number("n", &phrase("column-assumed-n")),
        Column::number("deff", &phrase("column-deff")),
        Column::remark("reason", &phrase("column-reason")),
        Column::remark("source", &phrase("column-source")),
    ];
    let mut table = Table::new("assumptions", "", columns);
    let code = labels.locale.code();
    for pollster in &labels.definition.pollster {
        for assumption in &pollster.assume {
            table.push(vec![
                Cell::text(pollster.label.get(code)),
                Cell::text(period(assumption, labels)),
                Cell::count(assumption.n.map(u64::from)),
                Cell::Number(assumption.deff),
                Cell::text(assumption.reason.get(code)),
                Cell::text(&assumption.source),
            ]);
        }
    }
    table
}

fn period(assumption: &Assumption, labels: Labels) -> String {
    let locale = labels.locale;
    match (assumption.from, assumption.until) {
        (Some(from), Some(until)) => format!("{} – {}", locale.date(from), locale.date(until)),
        (Some(from), None) => format!("{} {}", locale.phrase("since"), locale.date(from)),
        (None, Some(until)) => format!("{} {}", locale.phrase("until"), locale.date(until)),
        (None, None) => locale.phrase("always").to_owned(),
    }
}
