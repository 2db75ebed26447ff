//! Data go to standard output, messages to standard error.

use std::io::{self, IsTerminal, Write};

use super::args::{ColorChoice, Common};

/// How much is said, and whether in colour.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// Only errors and the data asked for.
    pub is_quiet: bool,
    /// Everything.
    pub is_verbose: bool,
    /// Colours in messages.
    pub has_color: bool,
}

impl Terminal {
    /// As the flags and the environment ask.
    pub fn new(common: &Common) -> Self {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let has_color = match common.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => io::stderr().is_terminal() && !is_set("NO_COLOR"),
        };
        Terminal { is_quiet: common.quiet, is_verbose: common.verbose, has_color }
    }

    /// The width that the environment names.
    pub fn width(self) -> Option<usize> {
        std::env::var("COLUMNS").ok()?.parse().ok().filter(|width| *width >= 40)
    }

    /// Prints data.
    ///
    /// # Errors
    ///
    /// Standard output cannot be written, for example because its reader has gone.
    pub fn data(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        if !text.ends_with('\n') {
            out.write_all(b"\n")?;
        }
        out.flush()
    }

    /// Prints a message for people; not in quiet runs. A closed standard error is nobody's problem.
    pub fn message(&self, text: &str) {
        if !self.is_quiet {
            self.error(text);
        }
    }

    /// Prints a message that is never left out.
    pub fn error(&self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{}", text.trim_end());
    }
}
