//! The one public error: why something could not be done, with every problem that was found.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Place};

/// Result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A data file, definition or request is unusable; all its problems are listed.
    #[error("{}", headline(.0))]
    Unusable(Vec<Diagnostic>),
    /// Data hold values that cannot be true or read; all of them are listed.
    #[error("{}", headline(.0))]
    BadData(Vec<Diagnostic>),
    /// An output could not be written.
    #[error("cannot write {}: {source}", .path.display())]
    Output {
        /// What should have been written.
        path: PathBuf,
        /// Why it was not.
        source: std::io::Error,
    },
}

impl Error {
    /// An error with one problem.
    pub fn unusable(problem: Diagnostic) -> Self {
        Error::Unusable(vec![problem])
    }

    /// An input file that cannot be opened or read.
    pub fn unreadable(path: &Path, source: &std::io::Error) -> Self {
        let what = match source.kind() {
            std::io::ErrorKind::NotFound => "file not found",
            std::io::ErrorKind::PermissionDenied => "no permission to read the file",
            _ => "file cannot be read",
        };
        Error::unusable(
            Diagnostic::error("E01", Place::file(path.display().to_string()), what)
                .observed(source.to_string())
                .hint("check the path and its permissions"),
        )
    }

    /// An output that cannot be written.
    pub fn output(path: &Path, source: std::io::Error) -> Self {
        Error::Output { path: path.to_path_buf(), source }
    }

    /// Did the data fail a check (exit code 1), as opposed to the work being impossible (2)?
    pub fn is_bad_data(&self) -> bool {
        matches!(self, Error::BadData(_))
    }

    /// The problems behind the error.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Error::Unusable(problems) | Error::BadData(problems) => problems,
            Error::Output { .. } => &[],
        }
    }
}

fn headline(problems: &[Diagnostic]) -> String {
    match problems {
        [] => "nothing to say".to_owned(),
        [only] => format!("{}: {}", only.place.file, only.message),
        [first, rest @ ..] => format!("{}: {} (and {} more)", first.place.file, first.message, rest.len()),
    }
}
