//! Coded checks of what a study uses. A rule looks at evidence, tables and definition and returns findings; it changes
//! nothing. Errors are for what makes results wrong, warnings for what a person should look at, notes for the rest.

mod characters;
mod dates;
mod definition;
mod duplicates;
mod groups;
mod interviewed;
mod labels;
mod official;
mod places;
mod series;
mod sources;
mod sums;
mod support;
mod weights;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::study::Sources;
use crate::diagnostic::{Diagnostic, Level};
use crate::explain;
use crate::study::Study;

/// Poll ids as printed, by data id and unified poll id.
pub type OriginalPolls = BTreeMap<(String, String), BTreeSet<String>>;

/// What the rules look at.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'a> {
    /// The evidence.
    pub study: &'a Study,
    /// The tables that it comes from.
    pub sources: &'a Sources,
    /// Poll ids as printed.
    pub original_polls: &'a OriginalPolls,
}

/// A coded check.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Stable code.
    pub code: &'static str,
    /// The highest level of its findings.
    pub level: Level,
    /// The check.
    pub check: fn(&Checked<'_>) -> Vec<Diagnostic>,
}

impl Rule {
    /// What the rule is about, in a few words.
    pub fn title(&self) -> &'static str {
        explain::get(self.code).map_or("", |entry| entry.title)
    }
}

/// All rules that look at a whole study. Some codes have no rule here, because reading itself finds them: `V19` and
/// `V20` unknown labels and questions, `V24` byte-order marks, `V25` corrections; `V22` comes from acceptances.
pub const RULES: &[Rule] = &[
    Rule { code: "V01", level: Level::Error, check: sums::totals },
    Rule { code: "V02", level: Level::Warning, check: sums::aggregates },
    Rule { code: "V03", level: Level::Error, check: dates::impossible },
    Rule { code: "V04", level: Level::Error, check: duplicates::same_poll },
    Rule { code: "V05", level: Level::Warning, check: duplicates::two_stories },
    Rule { code: "V06", level: Level::Warning, check: labels::look_alikes },
    Rule { code: "V07", level: Level::Warning, check: series::missing_answers },
    Rule { code: "V08", level: Level::Warning, check: series::changes },
    Rule { code: "V09", level: Level::Warning, check: interviewed::implausible },
    Rule { code: "V10", level: Level::Error, check: groups::cannot_give_total },
    Rule { code: "V11", level: Level::Warning, check: series::swapped },
    Rule { code: "V12", level: Level::Error, check: weights::check },
    Rule { code: "V13", level: Level::Warning, check: characters::strange },
    Rule { code: "V14", level: Level::Warning, check: interviewed::tiny_bases },
    Rule { code: "V15", level: Level::Warning, check: sources::missing },
    Rule { code: "V16", level: Level::Warning, check: places::unmapped },
    Rule { code: "V17", level: Level::Note, check: dates::coarse },
    Rule { code: "V18", level: Level::Warning, check: series::repeats },
    Rule { code: "V21", level: Level::Error, check: definition::against_data },
    Rule { code: "V23", level: Level::Warning, check: series::lone_jumps },
    Rule { code: "V26", level: Level::Error, check: official::more_than_possible },
];

/// Runs all rules.
pub fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    RULES.par_iter().flat_map_iter(|rule| (rule.check)(checked)).collect()
}

/// Findings by code, then place.
pub fn sort(findings: &mut [Diagnostic]) {
    findings.sort_by(|a, b| (a.code, &a.place, &a.message).cmp(&(b.code, &b.place, &b.message)));
}

/// Checks of a table about which nothing but its cells is known.
pub(crate) fn table_rules(table: &super::Table) -> Vec<Diagnostic> {
    let mut findings = characters::of_table(table);
    findings.extend(labels::of_table(table));
    findings
}
