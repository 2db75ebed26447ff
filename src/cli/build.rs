//! `opros build`.
use super::args::BuildArgs;
use super::exit::{Outcome, Stop};
use super::terminal::Terminal;
use crate::pipeline::{self, Project};
pub fn run(args: &BuildArgs, project: &Project, terminal: Terminal) -> Result<Outcome, Stop> {
    for study in project.select(&args.studies)? {
        let (_, results) = pipeline::results(project, study)?;
        terminal.data(&String::from_utf8_lossy(&crate::report::records::results_json(&study.slug, &results)))?;
    }
    Ok(Outcome::Done)
}
