//! References: how texts, figures and claim rules speak of results by id.
//!
//! In a text, `{{ share('feel/aster-2001/positive') }}` becomes `46%`; every number of a report comes in this way.
//!
//! | function | for | gives |
//! |---|---|---|
//! | `share(id, decimals=0)` | shares | `46%` |
//! | `points(id, decimals=0)` | differences and slopes of shares | `+3 pp` |
//! | `number(id, decimals)` | counts, rates, ratios, correlations | `1,234.5` |
//! | `ratio(id)` | ratios | `2.4`, below 1 with two decimals |
//! | `range(id, decimals=0)` | everything with an interval | the interval in the form of its unit |
//! | `tally(id)` | shares of dates or things with a base | `7 of 17`, `none of 25` |
//! | `base(id)` | everything | respondents, ballots or items |
//! | `when(id)` | everything with a time | field dates or period |
//! | `level(id)` | everything with an interval | `95%` |
//! | `p_value(id)` | everything that was tested | `p = 0.03`, `p < 0.001` |
//! | `est`, `se`, `low`, `high`, `n`, `p` | conditions | the plain number |
//! | `known(id)` | conditions | is there an estimate? |
//!
//! An id that no analysis produces is an error with the closest id that one does. A result that is not estimable says
//! so in a text, with its reason; in a condition it is an undefined value, by which a claim becomes not testable.

mod functions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior};

use super::result::{Figures, Results, Unit};
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::error::Result;
use crate::locale::Locale;
use crate::study::Span;

/// Names of the functions that conditions may use.
pub(super) const CONDITION_FUNCTIONS: [&str; 7] = ["est", "se", "low", "high", "n", "p", "known"];

/// The results of a study by id, in the words of a language.
#[derive(Debug, Clone)]
pub struct References {
    entries: Arc<BTreeMap<String, Entry>>,
    locale: Arc<Locale>,
}

/// What a reference can say of a result.
#[derive(Debug, Clone)]
struct Entry {
    unit: Unit,
    figures: Figures,
    when: Option<Span>,
}

/// The ids that a text has used so far; clones share the record.
#[derive(Debug, Clone, Default)]
pub struct Used(Arc<Mutex<BTreeSet<String>>>);

impl Used {
    fn add(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
    }

    /// The ids, each once, in byte order.
    pub fn ids(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// A rendered text and the results that it used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Ids of the results, each once, in byte order.
    pub used: Vec<String>,
}

impl References {
    /// Makes the results available to templates in a language.
    pub fn new(results: &Results, locale: &Locale) -> Self {
        let entries = results
            .records
            .iter()
            .map(|record| {
                let entry = Entry { unit: record.unit, figures: record.estimate.clone().finite(), when: record.when };
                (record.id.clone(), entry)
            })
            .collect();
        References { entries: Arc::new(entries), locale: Arc::new(locale.clone()) }
    }

    /// A template environment with the functions above; it writes down in `used` which results it was asked for.
    ///
    /// Undefined variables are errors, and nothing is escaped.
    pub fn environment(&self, used: &Used) -> Environment<'static> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        functions::add(&mut environment, self, used);
        environment
    }

    /// Renders a template in which every number is a reference; `file` and `key` say where it stands.
    ///
    /// # Errors
    ///
    /// A template that does not parse, or refers to a result that does not exist, or to one of another unit.
    pub fn render(&self, file: &str, key: &str, source: &str) -> Result<Rendered> {
        let used = Used::default();
        let text = self
            .environment(&used)
            .render_str(source, ())
            .map_err(|error| crate::Error::unusable(template_problem(file, key, &error)))?;
        Ok(Rendered { text, used: used.ids() })
    }

    /// Is there a result of this id?
    pub fn has(&self, id: &str) -> bool {
        self.entries.contains_key(id)
    }

    /// All ids, in byte order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The closest id to one that does not exist, as a hint.
    pub(super) fn hint(&self, id: &str) -> String {
        match did_you_mean(id, self.ids()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => "no analysis produces an id like it".to_owned(),
        }
    }

    fn entry(&self, id: &str, used: &Used) -> std::result::Result<&Entry, Error> {
        let Some(entry) = self.entries.get(id) else {
            return Err(Error::new(
                ErrorKind::InvalidOperation,
                format!("result `{id}` does not exist; {}", self.hint(id)),
            ));
        };
        used.add(id);
        Ok(entry)
    }
}

/// What is wrong with a template, with its line.
pub fn template_problem(file: &str, key: &str, error: &Error) -> Diagnostic {
    let mut place = Place::file(file).key(key);
    if let Some(line) = error.line() {
        place = place.line(line as u64);
    }
    let problem = Diagnostic::error("A10", place, problem_text(error));
    match template_hint(error) {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

/// The way out of a template error, by its kind; none where the message says it already.
pub fn template_hint(error: &Error) -> Option<&'static str> {
    match error.kind() {
        ErrorKind::SyntaxError => {
            Some("write `{{ share('id') }}` or `{% if low('id') > 0 %} … {% endif %}`, each bracket closed")
        }
        // A value that a result lacks, not a name that stands for nothing.
        ErrorKind::UndefinedError if error.detail().is_some_and(|text| text.contains("` has no ")) => {
            Some("ask `known('id')` before a value that may be missing")
        }
        ErrorKind::UndefinedError => {
            Some("a name stands for nothing: check its spelling, and put ids of results in quotes")
        }
        ErrorKind::UnknownFunction => Some(
            "the functions are share, points, number, ratio, range, tally, base, when, level, p_value, est, se, low, high, n, p and \
             known",
        ),
        ErrorKind::MissingArgument | ErrorKind::TooManyArguments => {
            Some("functions take the id of a result in quotes and, some of them, a number of decimals")
        }
        _ => None,
    }
}

/// The message of a template error, with its causes, without the position, which stands in the place.
pub(super) fn problem_text(error: &Error) -> String {
    let mut text = error.detail().map_or_else(|| error.kind().to_string(), ToOwned::to_owned);
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests;
