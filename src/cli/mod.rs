//! The command line: arguments, terminal, exit codes. Environment and terminal enter the program here only.

mod aligned;
mod args;
mod build;
mod compare;
mod data;
mod estimate;
mod exit;
mod explain;
mod files;
mod messages;
mod results;
mod survey;
mod tabulate;
mod terminal;
mod trace;
mod trend;
mod validate;
mod weight;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;

use crate::diagnostic::{Diagnostic, Place};
use crate::error::Error;
use crate::ingest::definition_schema;
use crate::pipeline::Project;
use args::{Cli, Command, Common, SchemaOf};
use exit::{Outcome, Stop};
use terminal::Terminal;

/// Runs the program and returns its exit code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(message) => {
            // Help and version are asked for; everything else is wrong usage. A closed terminal changes neither.
            let _ = message.print();
            return if message.use_stderr() { exit::code(&Ok(Outcome::Impossible)) } else { 0 };
        }
    };
    let terminal = Terminal::new(&cli.common);
    let ending = dispatch(&cli, terminal);
    if let Err(stop) = &ending {
        messages::stop(terminal, stop);
    }
    exit::code(&ending)
}

fn dispatch(cli: &Cli, terminal: Terminal) -> Result<Outcome, Stop> {
    set_threads(&cli.common)?;
    match &cli.command {
        Command::Build(args) => build::run(args, &project()?, terminal),
        Command::Validate(args) => validate::run(args, terminal),
        Command::Explain(args) => explain::run(args, terminal),
        Command::Trace(args) => trace::run(args, &project()?, terminal),
        Command::Estimate(args) => estimate::run(args, terminal),
        Command::Compare(args) => compare::run(args, terminal),
        Command::Tabulate(args) => tabulate::run(args, terminal),
        Command::Weight(args) => weight::run(args, terminal),
        Command::Trend(args) => trend::run(args, terminal, project),
        Command::Schema(args) => {
            let schema = match args.file {
                SchemaOf::Report => definition_schema(),
                SchemaOf::Design => data::design::schema(),
                SchemaOf::Weights => weight::sidecar::schema(),
            };
            terminal.data(&format!("{schema:#}"))?;
            Ok(Outcome::Done)
        }
    }
}

/// The project around the working folder.
fn project() -> Result<Project, Stop> {
    let here = std::env::current_dir().map_err(|error| Error::unreadable(&PathBuf::from("."), &error))?;
    Ok(Project::around(&here)?)
}

/// The number of threads: the flag, or else the environment.
fn set_threads(common: &Common) -> Result<(), Stop> {
    let from_environment = match std::env::var("OPROS_THREADS") {
        Ok(text) if !text.is_empty() => {
            Some(text.parse::<u16>().ok().filter(|n| (1..=1024).contains(n)).ok_or_else(|| {
                let place = Place::file("OPROS_THREADS");
                let problem = Diagnostic::error("R04", place, "the number of threads is not a number from 1 to 1024");
                Error::unusable(problem.observed(text).hint("set it to a number such as 2, or unset it"))
            })?)
        }
        _ => None,
    };
    if let Some(threads) = common.threads.or(from_environment) {
        // Only the first call of a process sets the pool; later ones keep it.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global();
    }
    Ok(())
}
