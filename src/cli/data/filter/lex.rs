//! An expression as words and signs.

use super::{Problem, Span};
use crate::ingest::table::parse_number;

/// A word or sign.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A bare word: a column, a label or a word of the language.
    Word(String),
    /// A column in backticks.
    Column(String),
    /// A label in quotes.
    Text(String),
    /// A number, and as it was written.
    Number(f64, String),
    /// `==`, `!=`, `<`, `<=`, `>`, `>=`, and brackets.
    Sign(&'static str),
}

const SIGNS: &[(&str, &str)] = &[
    ("==", "=="),
    ("!=", "!="),
    ("<>", "!="),
    ("<=", "<="),
    (">=", ">="),
    ("&&", "and"),
    ("||", "or"),
    ("=", "=="),
    ("<", "<"),
    (">", ">"),
    ("(", "("),
    (")", ")"),
    ("[", "["),
    ("]", "]"),
    (",", ","),
];

/// Divides an expression into tokens with their places.
pub fn tokens(expression: &str) -> Result<Vec<(Token, Span)>, Problem> {
    let chars: Vec<char> = expression.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        if c.is_whitespace() {
            at += 1;
            continue;
        }
        let start = at;
        let token = if matches!(c, '"' | '\'' | '`') {
            let text = quoted(&chars, start)?;
            at += text.chars().count() + 2;
            if c == '`' { Token::Column(text) } else { Token::Text(text) }
        } else if c.is_ascii_digit() || matches!(c, '-' | '+' | '.') {
            at = end(&chars, start + 1, |c| c.is_alphanumeric() || c == '.' || c == '_');
            // The sign of an exponent belongs to the number.
            if matches!(chars.get(at), Some('-' | '+')) && matches!(chars[at - 1], 'e' | 'E') {
                at = end(&chars, at + 1, |c| c.is_ascii_digit());
            }
            let text: String = chars[start..at].iter().collect();
            let value = parse_number(&text).ok_or_else(|| {
                let message = format!("`{text}` is not a number");
                Problem::new((start, at - start), message, format!("put a label in quotes: '{text}'"))
            })?;
            Token::Number(value, text)
        } else if c.is_alphabetic() || c == '_' {
            at = end(&chars, start, |c| c.is_alphanumeric() || matches!(c, '.' | '_'));
            Token::Word(chars[start..at].iter().collect())
        } else {
            let rest: String = chars[start..].iter().take(2).collect();
            let Some((written, meant)) = SIGNS.iter().find(|(written, _)| rest.starts_with(written)) else {
                let hint = "put labels in 'quotes' and unusual column names in `backticks`";
                return Err(Problem::new((start, 1), format!("`{c}` is not understood"), hint));
            };
            at += written.len();
            Token::Sign(meant)
        };
        found.push((token, (start, at - start)));
    }
    Ok(found)
}

fn end(chars: &[char], from: usize, belongs: impl Fn(char) -> bool) -> usize {
    chars[from..].iter().position(|c| !belongs(*c)).map_or(chars.len(), |length| from + length)
}

fn quoted(chars: &[char], start: usize) -> Result<String, Problem> {
    let quote = chars[start];
    match chars[start + 1..].iter().position(|c| *c == quote) {
        Some(length) => Ok(chars[start + 1..start + 1 + length].iter().collect()),
        None => {
            Err(Problem::new((start, chars.len() - start), "a quotation mark is not closed", format!("add {quote}")))
        }
    }
}
