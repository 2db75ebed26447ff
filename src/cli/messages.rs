//! Errors and findings as text, rendered once.

use super::exit::Stop;
use super::terminal::Terminal;
use crate::diagnostic::{Diagnostic, Level};
use crate::error::Error;

/// Says why a command ended early.
pub fn stop(terminal: Terminal, stop: &Stop) {
    match stop {
        Stop::Work(error) => self::error(terminal, error),
        Stop::Print(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
        Stop::Print(error) => terminal.error(&format!("error: cannot print: {error}")),
    }
}

/// Says what went wrong, every problem with its place and the way out.
pub fn error(terminal: Terminal, error: &Error) {
    match error {
        Error::Output { path, source } => {
            let message = format!("error: cannot write {}: {source}", path.display());
            terminal.error(&format!("{message}\n  hint: nothing was changed; choose another folder with `--out DIR`"));
        }
        Error::Unusable(problems) | Error::BadData(problems) => {
            for problem in problems {
                terminal.error(&text(terminal, problem));
            }
        }
    }
}

/// Says what a check found: errors always, warnings unless the run is quiet, notes in verbose runs.
pub fn findings(terminal: Terminal, findings: &[Diagnostic]) {
    for finding in findings {
        match finding.level {
            Level::Error => terminal.error(&text(terminal, finding)),
            Level::Warning if terminal.is_verbose => terminal.message(&text(terminal, finding)),
            Level::Note if terminal.is_verbose => terminal.message(&text(terminal, finding)),
            Level::Warning | Level::Note => {}
        }
    }
}
fn text(_: Terminal, d: &Diagnostic) -> String {
    format!("{d:#?}")
}
