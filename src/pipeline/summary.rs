//! What a build amounts to, in one line.

use std::collections::BTreeSet;
use std::fmt;

use crate::analysis::claims::{Ruling, Verdict};
use crate::locale::Locale;
use crate::study::Study;

/// Polls, rows, findings, figures and claims of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Name of the study.
    pub study: String,
    /// Polls, published or with respondents, each once.
    pub polls: usize,
    /// Rows of data that became evidence.
    pub rows: u64,
    /// Open findings: errors, warnings, notes.
    pub findings: [usize; 3],
    /// Findings accepted with a reason.
    pub accepted: usize,
    /// Results.
    pub results: usize,
    /// Figures.
    pub figures: usize,
    /// Verdict and number of claims.
    pub claims: Vec<(String, usize)>,
}

/// Polls of a study, each counted once even where it stands in several tables or has respondents, too.
pub fn count_polls(study: &Study) -> usize {
    let surveys = &study.definition.survey;
    let known_as_survey: BTreeSet<&str> =
        surveys.iter().flat_map(|survey| &survey.same_as).map(String::as_str).collect();
    let published: BTreeSet<&str> = study
        .toplines
        .iter()
        .map(|topline| topline.poll.as_str())
        .filter(|poll| !known_as_survey.contains(poll))
        .collect();
    let of_respondents: BTreeSet<&str> = surveys.iter().map(|survey| survey.id.as_str()).collect();
    published.union(&of_respondents).count()
}

/// How often each verdict stands, in the order of a ledger's summary, those that never stand left out.
pub fn count_verdicts(verdicts: &[Verdict], locale: &Locale) -> Vec<(String, usize)> {
    let counts = Ruling::ALL.into_iter().map(|ruling| {
        let count = verdicts.iter().filter(|verdict| verdict.verdict == ruling).count();
        (locale.phrase(ruling.phrase()).to_owned(), count)
    });
    counts.filter(|(_, count)| *count > 0).collect()
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [errors, warnings, notes] = self.findings;
        write!(
            f,
            "{}: {}, {}, {} ({}, {}, {}, {} accepted), {}, {}",
            self.study,
            counted(self.polls, "poll"),
            counted(usize::try_from(self.rows).unwrap_or(usize::MAX), "row"),
            counted(errors + warnings + notes + self.accepted, "finding"),
            counted(errors, "error"),
            counted(warnings, "warning"),
            counted(notes, "note"),
            self.accepted,
            counted(self.results, "result"),
            counted(self.figures, "figure"),
        )?;
        if !self.claims.is_empty() {
            let total: usize = self.claims.iter().map(|(_, count)| count).sum();
            let parts: Vec<String> = self.claims.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
            write!(f, ", {} ({})", counted(total, "claim"), parts.join(", "))?;
        }
        Ok(())
    }
}

/// `1 poll`, `2 polls`.
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line() {
        let summary = Summary {
            study: "tiny".to_owned(),
            polls: 1,
            rows: 20,
            findings: [0, 1, 2],
            accepted: 1,
            results: 5,
            figures: 2,
            claims: vec![("supported".to_owned(), 2), ("contradicted".to_owned(), 1)],
        };
        assert_eq!(
            summary.to_string(),
            "tiny: 1 poll, 20 rows, 4 findings (0 errors, 1 warning, 2 notes, 1 accepted), 5 results, 2 figures, \
             3 claims (2 supported, 1 contradicted)"
        );
    }
}
