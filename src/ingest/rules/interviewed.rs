//! Numbers interviewed: implausible, at odds with a printed margin, or too small to say much.

use super::Checked;
use super::support::name;
use crate::diagnostic::{Diagnostic, Level};
use crate::ingest::table::parse_number;
use crate::study::PublishedTopline;

/// Numbers interviewed in a poll that pass without a question.
const PLAUSIBLE: std::ops::RangeInclusive<u32> = 200..=60_000;

/// Respondents below whom a group says nothing.
const TINY: u32 = 30;

/// V09: a poll of very few or very many, and a margin in the remarks that the number interviewed does not allow.
pub(super) fn implausible(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for topline in &checked.study.toplines {
        let Some(n) = topline.n else { continue };
        if seen.contains(&topline.poll.as_str()) {
            continue;
        }
        seen.push(&topline.poll);
        if !PLAUSIBLE.contains(&n) {
            let message = format!("poll `{}` has an unusual number interviewed", topline.poll);
            findings.extend(checked.topline(Level::Warning, "V09", topline, message).map(|finding| {
                finding
                    .observed(n.to_string())
                    .expected(format!("{} to {}", PLAUSIBLE.start(), PLAUSIBLE.end()))
                    .hint("compare with the source; a digit may be missing, or several polls pooled")
            }));
        }
        findings.extend(margin_problem(checked, topline, n));
    }
    findings
}

/// A margin in the remarks against the one of a simple random sample of n at 50 percent.
fn margin_problem(checked: &Checked<'_>, topline: &PublishedTopline, n: u32) -> Option<Diagnostic> {
    let margin = margin_in(note_of(checked, topline)?)?;
    let simple = 98.0 / f64::from(n.max(1)).sqrt();
    let level_and_text = if margin < simple * 0.95 {
        (Level::Warning, "the stated margin is smaller than chance alone allows")
    } else if margin > simple * 2.5 {
        (Level::Warning, "the stated margin is far larger than the number interviewed explains")
    } else {
        return None;
    };
    let (level, text) = level_and_text;
    Some(
        checked
            .topline(level, "V09", topline, format!("poll `{}`: {text}", topline.poll))?
            .observed(format!("±{margin} points at n = {n}"))
            .expected(format!("about ±{simple:.1} points or somewhat more"))
            .hint("compare with the source; number or margin may belong to another poll"),
    )
}

/// The remark beside the first share of a poll.
fn note_of<'a>(checked: &Checked<'a>, topline: &PublishedTopline) -> Option<&'a str> {
    let definition = &checked.study.definition;
    let columns = |id: &str| {
        let table = definition.toplines.iter().find(|data| data.id == id);
        let series = definition.series.iter().find(|data| data.id == id);
        table
            .map(|data| (&data.package, &data.resource, &data.note))
            .or_else(|| series.map(|data| (&data.package, &data.resource, &data.note)))
    };
    let (package, resource, note) = columns(&topline.data)?;
    let table = &checked.sources.get(package, resource)?.table;
    let line = topline.answers.first()?.origin.lines.first().copied()?;
    Some(table.cell(table.row_of_line(line)?, table.position(note.as_ref()?)?))
}

/// A margin of error in points that a remark states.
fn margin_in(note: &str) -> Option<f64> {
    let lower = note.to_lowercase();
    let start = lower.find("margin").or_else(|| lower.find("sampling error")).or_else(|| lower.find('±'))?;
    let end = lower[start..].char_indices().nth(60).map_or(lower.len(), |(at, _)| start + at);
    let near = &lower[start..end];
    let from = near.find(|c: char| c.is_ascii_digit())?;
    let rest = near[from..].trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
    let number = near[from..near.len() - rest.len()].replace(',', ".");
    let rest = rest.trim_start();
    let is_margin = ["%", "percent", "point", "pp", "p.p."].iter().any(|unit| rest.starts_with(unit));
    parse_number(number.trim_end_matches('.')).filter(|margin| is_margin && *margin > 0.0 && *margin < 20.0)
}

/// V14: groups and respondent files with very few people.
pub(super) fn tiny_bases(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for topline in &checked.study.toplines {
        let Some(n) = topline.group.as_ref().and_then(|group| group.n).filter(|n| *n < TINY) else { continue };
        let message = format!("a group of {n} people");
        findings.extend(checked.topline(Level::Warning, "V14", topline, message).map(|finding| {
            finding
                .observed(format!("n = {n} in {}", name(topline)))
                .expected(format!("{TINY} or more"))
                .hint("tables suppress it; merge the group with a neighbour to show it")
        }));
    }
    for survey in &checked.study.definition.survey {
        let Some(file) = checked.study.microdata(&survey.data) else { continue };
        let n = super::weights::rows_of(file, survey).len();
        if (1..TINY as usize * 3).contains(&n) {
            let message = format!("survey `{}` has {n} respondents", survey.id);
            findings.push(
                checked
                    .definition(Level::Warning, "V14", format!("survey {}", survey.id), message)
                    .observed(n.to_string())
                    .expected(format!("{} or more", TINY * 3))
                    .hint("check the conditions in `where` of the survey"),
            );
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::margin_in;

    #[test]
    fn margins_are_found_with_their_unit() {
        assert_eq!(margin_in("n 1600; margin of error 3.4 points"), Some(3.4));
        assert_eq!(margin_in("Sampling error does not exceed 3,6 %"), Some(3.6));
        assert_eq!(margin_in("±2.5 pp"), Some(2.5));
        assert_eq!(margin_in("margin not stated, page of 2014"), None);
        assert_eq!(margin_in("a marginal remark with 5 items"), None);
        assert_eq!(margin_in("margin"), None);
    }
}
