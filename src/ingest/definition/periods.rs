//! Periods for which something is assumed: none ends before it begins, and no two of a pollster hold at once.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

use super::{Document, select};
use crate::diagnostic::{Diagnostic, Level};
use crate::study::PartialDate;

/// A period as it stands in the file.
struct Period {
    from: Option<PartialDate>,
    until: Option<PartialDate>,
    /// Where it stands: its first date, or the table.
    span: Range<usize>,
    text: String,
}

/// `E04`: periods of `[[pollster.assume]]` that are reversed or overlap.
pub(super) fn check(document: &Document<'_>) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for pollster in select::values(document.table.get_ref(), "pollster[]") {
        let Some(table) = pollster.value.get_ref().as_table() else { continue };
        let id = select::field(table, "id").unwrap_or_default();
        let mut earlier: Vec<Period> = Vec::new();
        for found in select::values(table, "assume[]") {
            let Some(own) = found.value.get_ref().as_table() else { continue };
            let period = read(own, found.value.span());
            let at = |message: String| document.source.point(Level::Error, "E04", period.span.clone(), message);
            if begins(&period) > ends(&period) {
                problems.push(
                    at(format!("an assumption for `{id}` ends before it begins"))
                        .observed(&period.text)
                        .expected("`until` on the day of `from` or later")
                        .hint("exchange or correct the two dates"),
                );
                continue;
            }
            if let Some(other) = earlier.iter().find(|other| overlap(other, &period)) {
                problems.push(
                    at(format!("two assumptions for `{id}` hold at the same time"))
                        .observed(format!("{} and {}", other.text, period.text))
                        .expected("periods that do not overlap")
                        .hint("let `until` of the one be the day before `from` of the other; a year or month alone means all of it"),
                );
            }
            earlier.push(period);
        }
    }
    problems
}

fn read(table: &DeTable<'_>, whole: Range<usize>) -> Period {
    let date = |key: &str| select::field(table, key).and_then(|text| text.parse::<PartialDate>().ok());
    let span = table.get("from").or_else(|| table.get("until")).map_or(whole, Spanned::span);
    let text = match (select::field(table, "from"), select::field(table, "until")) {
        (Some(from), Some(until)) => format!("from {from} until {until}"),
        (Some(from), None) => format!("from {from}"),
        (None, Some(until)) => format!("until {until}"),
        (None, None) => "all the time".to_owned(),
    };
    Period { from: date("from"), until: date("until"), span, text }
}

fn begins(period: &Period) -> jiff::civil::Date {
    period.from.map_or(jiff::civil::Date::MIN, PartialDate::first_day)
}

fn ends(period: &Period) -> jiff::civil::Date {
    period.until.map_or(jiff::civil::Date::MAX, PartialDate::last_day)
}

fn overlap(a: &Period, b: &Period) -> bool {
    begins(a) <= ends(b) && begins(b) <= ends(a)
}
