//! Errors and findings as text, rendered once.

use super::exit::Stop;
use super::terminal::Terminal;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::render::{self, Style};
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
            let hint = match source.kind() {
                std::io::ErrorKind::WouldBlock => "start it again when the other build has ended",
                _ => "choose another `--out`, or clear the way",
            };
            terminal.error(&format!("{message}\n  hint: {hint}"));
        }
        Error::Unusable(problems) | Error::BadData(problems) => {
            terminal.error(&render::list(problems, style(terminal)))
        }
    }
}

/// Says what a check found: warnings and notes in verbose runs only. Errors have stopped the run before.
pub fn findings(terminal: Terminal, findings: &[Diagnostic]) {
    if findings.is_empty() {
        return;
    }
    if terminal.is_verbose {
        terminal.message(&render::list(findings, style(terminal)));
    } else {
        terminal.message(&format!("{}; `opros validate` lists them", render::summary(findings)));
    }
}

/// How diagnostics look on this terminal.
pub fn style(terminal: Terminal) -> Style {
    Style { is_coloured: terminal.has_color }
}
