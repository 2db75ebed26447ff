//! `opros trace`.

use super::args::{MessageFormat, TraceArgs};
use super::exit::{Outcome, Stop};
use super::terminal::Terminal;
use crate::error::Error;
use crate::locale::Locale;
use crate::pipeline::{self, Project};

/// Lines of a file that are shown; all in verbose runs.
const SHOWN_LINES: usize = 5;

/// Looks for the result in the studies that were asked for and prints the first that has it; where the id is the start
/// of others, such as an analysis, lists those.
pub fn run(args: &TraceArgs, project: &Project, terminal: Terminal) -> Result<Outcome, Stop> {
    let names: Vec<String> = args.study.iter().cloned().collect();
    let limit = if terminal.is_verbose { usize::MAX } else { SHOWN_LINES };
    let mut problem = None;
    for study in project.select(&names)? {
        let (found, results) = pipeline::results(project, study)?;
        let definition = &found.definition;
        let below = pipeline::below(&results, &args.id);
        if results.get(&args.id).is_none() && !below.is_empty() {
            match args.format {
                MessageFormat::Text => terminal.data(pipeline::listing(&below, definition, &english()?).trim_end())?,
                MessageFormat::Json => terminal.data(&format!("{:#}", pipeline::listing_json(&below)))?,
            }
            return Ok(Outcome::Done);
        }
        match pipeline::trace(&project.root, &study.slug, definition, &results, &args.id, limit) {
            Ok(trace) => {
                match args.format {
                    MessageFormat::Text => terminal.data(&trace.text(definition, &english()?))?,
                    MessageFormat::Json => terminal.data(&format!("{:#}", trace.json()))?,
                }
                return Ok(Outcome::Done);
            }
            Err(error) => problem = problem.or(Some(error)),
        }
    }
    Err(problem.map_or(Stop::Work(Error::Unusable(Vec::new())), Stop::Work))
}

/// The language of messages.
pub(super) fn english() -> Result<Locale, Error> {
    Locale::new("en").map_err(|error| {
        let place = crate::diagnostic::Place::file("en");
        Error::unusable(crate::diagnostic::Diagnostic::error("R10", place, error.to_string()))
    })
}
