//! Coded checks.

use std::collections::{BTreeMap, BTreeSet};

use super::study::Sources;
use crate::diagnostic::Diagnostic;
use crate::study::Study;

/// Poll ids as printed, by data id and unified poll id.
pub type OriginalPolls = BTreeMap<(String, String), BTreeSet<String>>;

/// What the rules look at.
pub struct Checked<'a> {
    /// The evidence.
    pub study: &'a Study,
    /// The tables that it comes from.
    pub sources: &'a Sources,
    /// Poll ids as printed.
    pub original_polls: &'a OriginalPolls,
}

/// Runs all rules.
pub fn run(_checked: &Checked<'_>) -> Vec<Diagnostic> {
    Vec::new()
}

/// Findings by code, then place.
pub fn sort(findings: &mut [Diagnostic]) {
    findings.sort_by(|a, b| (a.code, &a.place).cmp(&(b.code, &b.place)));
}
