//! `opros explain`.

use super::args::ExplainArgs;
use super::exit::{Outcome, Stop};
use super::terminal::Terminal;
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::error::Error;
use crate::explain::{Entry, all, get};

/// Prints what a code means, or all codes with their titles.
pub fn run(args: &ExplainArgs, terminal: Terminal) -> Result<Outcome, Stop> {
    let Some(code) = &args.code else {
        let list: String = all().map(|entry| format!("{}  {}\n", entry.code, entry.title)).collect();
        terminal.data(&list)?;
        return Ok(Outcome::Done);
    };
    let entry = get(code).ok_or_else(|| unknown(code))?;
    terminal.data(&text(entry))?;
    Ok(Outcome::Done)
}

fn text(entry: &Entry) -> String {
    format!(
        "{}: {}\n\nMeans: {}\n\nWhy it matters: {}\n\nHow to mend it: {}\n",
        entry.code, entry.title, entry.means, entry.why, entry.fix
    )
}

fn unknown(code: &str) -> Error {
    let problem =
        Diagnostic::error("R12", Place::file("explain").key(code), format!("no finding has the code `{code}`"));
    let close = did_you_mean(&code.to_uppercase(), all().map(|entry| entry.code));
    Error::unusable(match close {
        Some(close) => problem.hint(format!("did you mean `{close}`? `opros explain` lists all codes")),
        None => problem.hint("`opros explain` lists all codes"),
    })
}
