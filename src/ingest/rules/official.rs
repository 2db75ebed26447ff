//! Official results that cannot be.

use std::collections::BTreeMap;

use super::Checked;
use crate::diagnostic::{Diagnostic, Level};
use crate::study::OfficialResult;

/// V26: more votes than ballots, more ballots than voters, or two numbers of ballots for one place.
pub(super) fn more_than_possible(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut places: BTreeMap<(&str, &str, &str), Vec<&OfficialResult>> = BTreeMap::new();
    for result in &checked.study.official {
        places.entry((&result.data, &result.election, &result.place)).or_default().push(result);
    }
    let mut findings = Vec::new();
    for ((data, election, place), results) in places {
        let first = results[0];
        let column =
            checked.study.definition.official.iter().find(|known| known.id == data).map(|known| &known.ballots);
        let mut report = |level, message: String, observed: String, expected: String| {
            let mut finding = checked.at(level, "V26", &first.origin, column.map(String::as_str), message);
            finding.place.key = Some(format!("{election} {place}"));
            let hint = "compare with the source; a row may stand twice, or a total among its parts";
            findings.push(finding.observed(observed).expected(expected).hint(hint));
        };
        let votes: u64 = results.iter().map(|result| result.votes).sum();
        if votes > first.ballots {
            let expected = format!("at most {} ballots", first.ballots);
            report(Level::Error, "more votes than ballots".to_owned(), format!("{votes} votes"), expected);
        }
        if let Some(registered) = first.registered.filter(|registered| first.ballots > *registered) {
            let expected = format!("at most {registered} registered voters");
            report(
                Level::Warning,
                "more ballots than voters".to_owned(),
                format!("{} ballots", first.ballots),
                expected,
            );
        }
        if let Some(other) = results.iter().find(|r| (r.ballots, r.registered) != (first.ballots, first.registered)) {
            let expected = format!("{} ballots in all rows of the place", first.ballots);
            report(
                Level::Error,
                "one place has two numbers".to_owned(),
                format!("{} ballots", other.ballots),
                expected,
            );
        }
    }
    findings
}
