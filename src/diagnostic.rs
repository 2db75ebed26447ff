//! What the tool tells a person: one finding with its place, what was seen, what was expected and the way out.
//!
//! A diagnostic holds data; text is rendered once, at the edge, by [`render`]. Codes are stable and explained by
//! `opros explain`.

pub mod render;

use serde::Serialize;

/// How much a diagnostic weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing; never changes an exit code.
    Note,
    /// Fails a check only under `--strict`.
    Warning,
    /// Fails the check, or stops the work.
    Error,
}

impl Level {
    /// The word printed before the message.
    pub fn word(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// Where a diagnostic points: a file and, as far as known, line, column and key.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Path as the user knows it, relative to the project root where possible.
    pub file: String,
    /// Line in the file, counted from 1, the header being line 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Character of the line, counted from 1, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub character: Option<u64>,
    /// Name of the column, or of the key in a definition file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// What the row is about: a poll, a question, a region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

impl Place {
    /// A whole file.
    pub fn file(file: impl Into<String>) -> Self {
        Place { file: file.into(), ..Place::default() }
    }

    /// The same place, narrowed to a line.
    pub fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The same place, narrowed to a character of the line.
    pub fn character(mut self, character: u64) -> Self {
        self.character = Some(character);
        self
    }

    /// The same place, narrowed to a column or key.
    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    /// The same place, with the thing that the row is about.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }
}

/// One finding: code, level, place, observed, expected, why it matters and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable code, such as `V01`.
    pub code: &'static str,
    /// Weight of the finding.
    pub level: Level,
    /// One line that says what is wrong, lower case, no full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed: Option<String>,
    /// What should stand there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// The way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The offending line as it stands in the file, shortened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
    /// The part of the excerpt that is meant: first character, counted from 0, and number of characters.
    #[serde(skip)]
    pub mark: Option<(usize, usize)>,
}

impl Diagnostic {
    /// An error-level diagnostic; narrow it with the other methods.
    pub fn error(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self::new(Level::Error, code, place, message)
    }

    /// A warning-level diagnostic.
    pub fn warning(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self::new(Level::Warning, code, place, message)
    }

    /// A note.
    pub fn note(code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Self::new(Level::Note, code, place, message)
    }

    fn new(level: Level, code: &'static str, place: Place, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            level,
            message: message.into(),
            place,
            observed: None,
            expected: None,
            hint: None,
            excerpt: None,
            mark: None,
        }
    }

    /// Says what stands there.
    pub fn observed(mut self, text: impl Into<String>) -> Self {
        self.observed = Some(text.into());
        self
    }

    /// Says what should stand there.
    pub fn expected(mut self, text: impl Into<String>) -> Self {
        self.expected = Some(text.into());
        self
    }

    /// Says how to mend it.
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hint = Some(text.into());
        self
    }

    /// Shows the line of the file.
    pub fn excerpt(mut self, text: impl Into<String>) -> Self {
        self.excerpt = Some(text.into());
        self
    }

    /// Marks a part of the excerpt: first character, counted from 0, and number of characters.
    pub fn mark(mut self, start: usize, length: usize) -> Self {
        self.mark = Some((start, length));
        self
    }
}

/// The candidate closest to a misspelt word, if one is close enough to be meant.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = folded(word);
    candidates
        .into_iter()
        .map(|candidate| (likeness(&word, &folded(candidate)), candidate))
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, candidate)| candidate)
}

/// A word as it is compared: without capitals and outer spaces.
fn folded(word: &str) -> String {
    word.trim().to_lowercase()
}

/// Likeness by Jaro and Winkler, from 0 to 1. One slip of the keyboard in a short word weighs too much there.
fn likeness(a: &str, b: &str) -> f64 {
    let is_slip = a.chars().count() >= 3 && strsim::osa_distance(a, b) == 1;
    strsim::jaro_winkler(a, b).max(if is_slip { 0.85 } else { 0.0 })
}
