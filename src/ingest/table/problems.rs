//! Gathering the problems of a file without holding a million of them.

use std::collections::BTreeMap;

use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};

/// Problems of one kind in one column that are kept one by one; the others are counted.
const KEPT: usize = 1000;

/// Codes of values that cannot be true; all other error codes mean that a file cannot be used.
const BAD_VALUES: &[&str] = &["E18", "E19", "E20", "E21", "E24", "E47", "E48"];

/// Problems of a file.
#[derive(Debug, Default)]
pub struct Problems {
    list: Vec<Diagnostic>,
    counts: BTreeMap<(&'static str, Option<String>), usize>,
    file: String,
}

impl Problems {
    /// No problems yet of a file.
    pub fn of(file: &str) -> Self {
        Problems { file: file.to_owned(), ..Problems::default() }
    }

    /// Adds a problem that is only described if it is kept.
    pub fn add(&mut self, code: &'static str, column: &str, describe: impl FnOnce() -> Diagnostic) {
        let count = self.counts.entry((code, Some(column.to_owned()))).or_default();
        *count += 1;
        if *count <= KEPT {
            self.list.push(describe());
        }
    }

    /// Adds problems that were described elsewhere.
    pub fn extend(&mut self, problems: impl IntoIterator<Item = Diagnostic>) {
        self.list.extend(problems);
    }

    /// The problems by line, with a count of those that were not kept.
    pub fn into_list(self) -> Vec<Diagnostic> {
        let mut list = self.list;
        list.sort_by(|a, b| (&a.place.file, a.place.line).cmp(&(&b.place.file, b.place.line)));
        for ((code, column), count) in self.counts.into_iter().filter(|(_, count)| *count > KEPT) {
            let place = Place { column, ..Place::file(&self.file) };
            list.push(
                Diagnostic::error(code, place, format!("{} more problems of this kind in the column", count - KEPT))
                    .hint(format!("mend the first ones; `opros explain {code}` says more")),
            );
        }
        list
    }

    /// Nothing, or the error that the problems amount to.
    ///
    /// # Errors
    ///
    /// [`Error::BadData`] where only values are wrong, [`Error::Unusable`] where structure is.
    pub fn into_result(self) -> Result<()> {
        error_of(self.into_list()).map_or(Ok(()), Err)
    }
}

/// The error that problems amount to, if there are any.
pub(crate) fn error_of(problems: Vec<Diagnostic>) -> Option<Error> {
    if problems.is_empty() {
        None
    } else if problems.iter().all(|problem| BAD_VALUES.contains(&problem.code)) {
        Some(Error::BadData(problems))
    } else {
        Some(Error::Unusable(problems))
    }
}
