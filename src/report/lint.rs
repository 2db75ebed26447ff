//! Every number of a text is a reference to a result. This check finds digits that somebody typed.

use crate::diagnostic::{Diagnostic, Place};
use crate::locale::Locale;

/// Reports the digits typed by hand in a Markdown template, each with its line.
///
/// Allowed are years from 1900 to 2099, dates such as `18 March 2014` and `2014-03-18`, ids such as C01, numbers of
/// list items, `18+`, and everything inside template tags, code and link targets.
pub fn typed_numbers(file: &str, text: &str, locale: &Locale) -> Vec<Diagnostic> {
    let prose = without_markup(text);
    let months: Vec<&String> = locale.months().iter().chain(locale.months_of_day()).collect();
    let mut problems = Vec::new();
    for (i, line) in prose.lines().enumerate() {
        for word in typed(line, &months) {
            let number = i as u64 + 1;
            let original = text.lines().nth(i).unwrap_or_default();
            problems.push(
                Diagnostic::error("R06", Place::file(file).line(number), format!("number typed by hand: `{word}`"))
                    .observed(word)
                    .expected("a reference to a result, such as {{ share('<id of a result>') }}")
                    .hint("refer to the result that the number comes from; `opros trace ID` shows what there is")
                    .excerpt(shorten(original)),
            );
        }
    }
    problems
}

/// The words of a line whose digits are not allowed.
fn typed(line: &str, months: &[&String]) -> Vec<String> {
    let words: Vec<&str> = line.split(|c: char| c.is_whitespace()).filter(|word| !word.is_empty()).collect();
    let is_month = |word: Option<&&str>| word.is_some_and(|word| months.iter().any(|month| **month == trim(word)));
    let mut found = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let is_item = i == 0 && is_list_number(word);
        let next_is_month = is_month(words.get(i + 1));
        // `18–21 March`, `28 March – 2 April`.
        if is_item || (next_is_month && trim(word).split(['–', '-']).all(is_day)) {
            continue;
        }
        let parts = word.split(['–', '—', '/', '(', ')', '«', '»', '“', '”']);
        if parts.map(trim).any(|part| part.contains(|c: char| c.is_ascii_digit()) && !is_allowed(part)) {
            found.push(trim(word).to_owned());
        }
    }
    found
}

fn is_allowed(word: &str) -> bool {
    let word = word.trim_end_matches("s").trim_end_matches("'");
    word == "18+"
        || is_iso_date(word)
        || word.split('-').all(|part| !part.contains(|c: char| c.is_ascii_digit()) || is_year(part) || is_id(part))
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.parse::<u16>().is_ok_and(|year| (1900..2100).contains(&year))
}

/// A capital letter or several before digits, as in C01, V03.
fn is_id(word: &str) -> bool {
    let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
    !letters.is_empty() && letters.len() < word.len() && letters.bytes().all(|b| b.is_ascii_uppercase())
}

fn is_iso_date(word: &str) -> bool {
    word.parse::<crate::study::PartialDate>().is_ok_and(|date| (1900..2100).contains(&date.first_day().year()))
}

fn is_day(word: &str) -> bool {
    word.len() <= 2 && word.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day))
}

fn is_list_number(word: &str) -> bool {
    word.strip_suffix(['.', ')']).is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn trim(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '+')
}

/// The text with template tags, code and link targets blanked; line breaks stay where they are.
fn without_markup(text: &str) -> String {
    const SPANS: [(&str, &str); 7] =
        [("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("```", "```"), ("`", "`"), ("](", ")"), ("<", ">")];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let span = SPANS.iter().find(|(open, _)| rest.starts_with(open)).and_then(|(open, close)| {
            let end = rest[open.len()..].find(close)? + open.len() + close.len();
            // A single `<` or backtick that closes far away is not markup.
            let is_short_form = matches!(*open, "`" | "<" | "](");
            (!is_short_form || !rest[..end].contains("\n\n")).then_some(end)
        });
        let length = span.unwrap_or(first.len_utf8());
        match span {
            Some(end) => out.extend(rest[..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' })),
            None => out.push(first),
        }
        rest = &rest[length..];
    }
    out
}

fn shorten(line: &str) -> String {
    const LIMIT: usize = 120;
    if line.chars().count() <= LIMIT { line.to_owned() } else { line.chars().take(LIMIT).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(u64, String)> {
        typed_numbers("text.en.md", text, &Locale::new("en").unwrap())
            .into_iter()
            .map(|d| (d.place.line.unwrap(), d.observed.unwrap()))
            .collect()
    }

    #[test]
    fn typed_numbers_are_found_with_their_line() {
        assert_eq!(
            found("a\n\nAbout 46% said so,\nor +3.1 pp (n = 1600)."),
            [(3, "46".to_owned()), (4, "+3.1".to_owned()), (4, "1600".to_owned()),]
        );
        assert_eq!(found("from 5 to 7\n"), [(1, "5".to_owned()), (1, "7".to_owned())]);
    }

    #[test]
    fn years_dates_ids_lists_and_markup_are_allowed() {
        let text = "\
1. In 2014, in the 1990s and 2003–2005, on 18 March 2014 and 18–21 March 2014, since 2014-03-18.
2) Claim C01, rule V03, adults 18+.
{{ share('a/b-2014-03/1') }} and {% if n('x') > 5 %}many{% endif %} {# 7 #}
`code 7` and [a link](https://example.org/page/123), <https://example.org/7>

```
block 12
```
";
        assert_eq!(found(text), []);
    }

    #[test]
    fn other_four_digit_numbers_are_not_years() {
        assert_eq!(found("1600 people"), [(1, "1600".to_owned())]);
    }

    #[test]
    fn lines_count_after_multi_line_tags() {
        assert_eq!(found("{% set a = 1\n%}\nin 3 towns"), [(3, "3".to_owned())]);
    }
}
