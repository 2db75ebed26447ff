//! Diagnostics as text for people and as JSON for machines.
//!
//! ```text
//! error[E18]: `percent`: `twelve` is not a number
//!   datasets/polls/polls.csv:12:31, column `percent`
//!    12 | north-2014,role,good,twelve,1600
//!       |                      ^^^^^^
//!   got: twelve, expected: a number with a decimal point
//!   hint: correct the value, or leave the cell empty
//! ```

use std::collections::BTreeMap;

use super::{Diagnostic, Level};

/// Diagnostics of one kind in one column that are printed; the others are counted.
const PRINTED: usize = 20;

/// How text is rendered.
#[derive(Debug, Clone, Copy, Default)]
pub struct Style {
    /// Use the colours of a terminal?
    pub is_coloured: bool,
}

/// One diagnostic as a few lines of text, with a line break at the end.
pub fn text(diagnostic: &Diagnostic, style: Style) -> String {
    let mut out = String::new();
    let head = paint(&format!("{}[{}]", diagnostic.level.word(), diagnostic.code), diagnostic.level, style);
    out.push_str(&format!("{head}: {}\n", diagnostic.message));
    out.push_str(&format!("  {}\n", place(diagnostic)));
    if let Some(excerpt) = &diagnostic.excerpt {
        out.push_str(&excerpt_lines(diagnostic, excerpt, style));
    }
    match (&diagnostic.observed, &diagnostic.expected) {
        (Some(observed), Some(expected)) => out.push_str(&format!("  got: {observed}, expected: {expected}\n")),
        (Some(observed), None) => out.push_str(&format!("  got: {observed}\n")),
        (None, Some(expected)) => out.push_str(&format!("  expected: {expected}\n")),
        (None, None) => {}
    }
    if let Some(hint) = &diagnostic.hint {
        out.push_str(&format!("  hint: {hint}\n"));
    }
    out
}

/// Several diagnostics with blank lines between them, at most twenty of a kind in a column, and how many there are.
pub fn list(diagnostics: &[Diagnostic], style: Style) -> String {
    let mut counts: BTreeMap<(&str, &str, Option<&str>), usize> = BTreeMap::new();
    let mut parts = Vec::new();
    for diagnostic in diagnostics {
        let kind = (diagnostic.code, diagnostic.place.file.as_str(), diagnostic.place.column.as_deref());
        let count = counts.entry(kind).or_default();
        *count += 1;
        if *count <= PRINTED {
            parts.push(text(diagnostic, style));
        }
    }
    for ((code, file, column), count) in counts.iter().filter(|(_, count)| **count > PRINTED) {
        let column = column.map_or(String::new(), |name| format!(", column `{name}`"));
        parts.push(format!("… and {} more {code} in {file}{column}\n", count - PRINTED));
    }
    if diagnostics.len() > 1 {
        parts.push(format!("{}\n", summary(diagnostics)));
    }
    parts.join("\n")
}

/// How many errors, warnings and notes there are: `2 errors, 1 warning`.
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |level: Level| {
        let n = diagnostics.iter().filter(|diagnostic| diagnostic.level == level).count();
        let plural = if n == 1 { "" } else { "s" };
        (n > 0).then(|| format!("{n} {}{plural}", level.word()))
    };
    let parts: Vec<String> = [Level::Error, Level::Warning, Level::Note].into_iter().filter_map(count).collect();
    if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
}

/// All diagnostics as a JSON array, without limit.
pub fn json(diagnostics: &[Diagnostic]) -> serde_json::Value {
    // Diagnostics hold texts and numbers only, which always have a JSON form.
    serde_json::to_value(diagnostics).unwrap_or_default()
}

fn place(diagnostic: &Diagnostic) -> String {
    let place = &diagnostic.place;
    let mut text = place.file.clone();
    for number in [place.line, place.line.and(place.character)].into_iter().flatten() {
        text.push_str(&format!(":{number}"));
    }
    if let Some(column) = &place.column {
        text.push_str(&format!(", column `{column}`"));
    }
    if let Some(key) = &place.key {
        text.push_str(&format!(" ({key})"));
    }
    text
}

fn excerpt_lines(diagnostic: &Diagnostic, excerpt: &str, style: Style) -> String {
    let number = diagnostic.place.line.map_or(String::new(), |line| line.to_string());
    let mut out = format!("  {number:>4} | {excerpt}\n");
    if let Some((start, length)) = diagnostic.mark {
        let mark = paint(&"^".repeat(length), diagnostic.level, style);
        out.push_str(&format!("  {:>4} | {}{mark}\n", "", " ".repeat(start)));
    }
    out
}

fn paint(text: &str, level: Level, style: Style) -> String {
    if !style.is_coloured {
        return text.to_owned();
    }
    let colour = match level {
        Level::Error => "31",
        Level::Warning => "33",
        Level::Note => "36",
    };
    format!("\u{1b}[1;{colour}m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Place;

    fn example() -> Diagnostic {
        Diagnostic::error(
            "E18",
            Place::file("polls.csv").line(12).character(8).column("percent"),
            "`x` is not a number",
        )
        .observed("x")
        .expected("a number")
        .hint("correct the value")
        .excerpt("north,a,x,1600")
        .mark(8, 1)
    }

    #[test]
    fn a_diagnostic_as_text() {
        let expected = "\
error[E18]: `x` is not a number
  polls.csv:12:8, column `percent`
    12 | north,a,x,1600
       |         ^
  got: x, expected: a number
  hint: correct the value
";
        assert_eq!(text(&example(), Style::default()), expected);
        assert!(text(&example(), Style { is_coloured: true }).starts_with("\u{1b}[1;31merror[E18]\u{1b}[0m"));
    }

    #[test]
    fn a_list_prints_twenty_of_a_kind() {
        let many = vec![example(); 25];
        let printed = list(&many, Style::default());
        assert_eq!(printed.matches("error[E18]").count(), 20);
        assert!(printed.contains("… and 5 more E18 in polls.csv, column `percent`"));
        assert!(printed.ends_with("25 errors\n"));
        assert_eq!(summary(&[]), "no findings");
    }

    #[test]
    fn json_has_every_part_and_no_limit() {
        let value = json(&vec![example(); 25]);
        assert_eq!(value.as_array().map(Vec::len), Some(25));
        assert_eq!(value[0]["place"]["line"], 12);
        assert_eq!(value[0]["level"], "error");
        assert!(value[0].get("mark").is_none());
    }
}
