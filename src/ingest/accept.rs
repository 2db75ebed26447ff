//! Findings that somebody has looked at and accepted: a TOML file with rule, place and reason of each.
//!
//! ```toml
//! [[accept]]
//! rule = "V18"
//! place = { file = "datasets/polls/approval.csv", key = "north-2016-06 approval" }
//! reason = "Two weeks with the same figures; the pollster's own table has both."
//! ```
//!
//! An entry matches every finding of the rule whose place has all that the entry names; what it leaves out may be
//! anything. Lines move when rows are added, so a key is the better name.

use std::path::Path;

use serde::Deserialize;

use super::source::SourceText;
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::error::{Error, Result};
use crate::explain;

/// Findings that were accepted, with their reasons.
#[derive(Debug, Clone, Default)]
pub struct Accepted {
    /// File of the entries, as people know it.
    pub file: String,
    /// The entries.
    pub entries: Vec<Acceptance>,
}

/// An accepted finding.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// Code of the rule.
    pub rule: String,
    /// Where the finding is.
    pub place: AcceptedPlace,
    /// Why it is accepted.
    pub reason: String,
    /// Line of the entry.
    #[serde(skip)]
    pub line: u64,
}

/// The place of an accepted finding; what is absent may be anything.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptedPlace {
    /// File of the finding.
    pub file: String,
    /// Line of the file.
    pub line: Option<u64>,
    /// Column of the file.
    pub column: Option<String>,
    /// What the row is about, as the finding says.
    pub key: Option<String>,
}

/// Findings divided by acceptances.
#[derive(Debug, Default)]
pub struct Sorted {
    /// Findings that no entry matches.
    pub open: Vec<Diagnostic>,
    /// Findings that an entry matches, with its reason.
    pub accepted: Vec<(Diagnostic, String)>,
    /// Findings about entries that match nothing.
    pub stale: Vec<Diagnostic>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    accept: Vec<toml::Spanned<Acceptance>>,
}

impl Accepted {
    /// Reads a file of accepted findings; `shown` is its name for people.
    ///
    /// # Errors
    ///
    /// `E01` where it cannot be read, `E02` – `E04` where it is not of the form that the module describes.
    pub fn read(path: &Path, shown: &str) -> Result<Self> {
        let source = SourceText::read(path, shown, None)?;
        let file: File = toml::from_str(&source.text).map_err(|error| {
            let message = error.message().lines().map(str::trim).collect::<Vec<_>>().join("; ");
            let code = match () {
                () if message.starts_with("unknown field") => "E03",
                () if toml::from_str::<toml::Table>(&source.text).is_err() => "E02",
                () => "E04",
            };
            Error::unusable(
                source
                    .point(Level::Error, code, error.span().unwrap_or(0..0), message)
                    .expected("[[accept]] with `rule`, `place = { file, line, column, key }` and `reason`")
                    .hint("correct the entry"),
            )
        })?;
        let mut problems = Vec::new();
        let mut entries = Vec::new();
        for entry in file.accept {
            let at = source.point(Level::Error, "E04", entry.span(), "the entry gives no reason");
            let mut acceptance = entry.into_inner();
            acceptance.line = at.place.line.unwrap_or(1);
            if acceptance.reason.trim().is_empty() {
                problems.push(at.expected("why the finding is right as it is").hint("fill in `reason`"));
            } else if explain::get(&acceptance.rule).is_none() {
                let mut problem = at.observed(&acceptance.rule).expected("the code of a rule, such as V01");
                problem.message = format!("no rule has the code `{}`", acceptance.rule);
                problems.push(problem.hint("take the code that the finding shows"));
            } else {
                entries.push(acceptance);
            }
        }
        match problems.is_empty() {
            true => Ok(Accepted { file: shown.to_owned(), entries }),
            false => Err(Error::Unusable(problems)),
        }
    }
}

impl Acceptance {
    fn matches(&self, finding: &Diagnostic) -> bool {
        let (wanted, place) = (&self.place, &finding.place);
        self.rule.eq_ignore_ascii_case(finding.code)
            && wanted.file == place.file
            && wanted.line.is_none_or(|line| place.line == Some(line))
            && wanted.column.as_ref().is_none_or(|column| place.column.as_ref() == Some(column))
            && wanted.key.as_ref().is_none_or(|key| place.key.as_ref() == Some(key))
    }
}

/// Divides findings into open and accepted ones, and finds entries that match nothing (`V22`).
pub fn apply_acceptances(findings: Vec<Diagnostic>, accepted: &Accepted) -> Sorted {
    let mut sorted = Sorted::default();
    let mut is_used = vec![false; accepted.entries.len()];
    for finding in findings {
        let mut reason = None;
        for (entry, used) in accepted.entries.iter().zip(&mut is_used) {
            if entry.matches(&finding) {
                *used = true;
                reason.get_or_insert(&entry.reason);
            }
        }
        match reason {
            Some(reason) => sorted.accepted.push((finding, reason.clone())),
            None => sorted.open.push(finding),
        }
    }
    for (entry, _) in accepted.entries.iter().zip(is_used).filter(|(_, used)| !used) {
        let place = Place::file(&accepted.file).line(entry.line).key(&entry.rule);
        let key = entry.place.key.as_deref().map_or(String::new(), |key| format!(", key `{key}`"));
        sorted.stale.push(
            Diagnostic::warning("V22", place, format!("the accepted finding {} does not occur", entry.rule))
                .observed(format!("no {} in {}{key}", entry.rule, entry.place.file))
                .expected("a finding that the entry matches")
                .hint("remove the entry, or correct its place"),
        );
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Accepted> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("accepted.toml");
        std::fs::write(&path, text).unwrap();
        Accepted::read(&path, "reports/town/accepted.toml")
    }

    #[test]
    fn accepted_open_and_stale_are_told_apart() {
        let accepted = read(
            "[[accept]]\nrule = \"V18\"\nplace = { file = \"a.csv\", key = \"one\" }\nreason = \"chance\"\n\
             [[accept]]\nrule = \"V01\"\nplace = { file = \"a.csv\" }\nreason = \"gone\"\n",
        )
        .unwrap();
        let finding = |key: &str| Diagnostic::warning("V18", Place::file("a.csv").line(3).key(key), "x");
        let sorted = apply_acceptances(vec![finding("one"), finding("two")], &accepted);
        assert_eq!(sorted.open[0].place.key.as_deref(), Some("two"));
        assert_eq!(sorted.accepted[0].1, "chance");
        assert_eq!((sorted.stale.len(), sorted.stale[0].code, sorted.stale[0].place.line), (1, "V22", Some(5)));
    }

    #[test]
    fn wrong_entries_are_refused_with_their_line() {
        let code = |text: &str| read(text).unwrap_err().diagnostics()[0].code;
        assert_eq!(code("[[accept]]\nrule = \"V01\"\nplace = { fle = \"a\" }\nreason = \"r\"\n"), "E03");
        assert_eq!(code("[[accept]]\nrule = \"V01\"\nplace = { file = \"a\" }\nreason = \" \"\n"), "E04");
        assert_eq!(code("[[accept]]\nrule = \"V99\"\nplace = { file = \"a\" }\nreason = \"r\"\n"), "E04");
        assert_eq!(code("[[accept\n"), "E02");
        assert!(read("").unwrap().entries.is_empty());
    }
}
