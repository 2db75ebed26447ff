//! `opros compare`.

mod args;
mod explained;
mod figure;
mod notes;
mod people;
mod published;
mod read;
mod rows;
mod run;
mod trend;

pub use args::CompareArgs;

use std::path::Path;

use super::data::columns::unusable;
use super::estimate::{TableFormat, nothing_estimable};
use super::exit::{Outcome, Stop};
use super::files;
use super::messages;
use super::survey::Survey;
use super::terminal::Terminal;
use read::Columns;
use run::Part;

/// A comparison and what is said about it.
struct Report<'a> {
    args: &'a CompareArgs,
    file: String,
    columns: Columns,
    parts: Vec<Part>,
    notes: Vec<(&'static str, String)>,
}

impl Report<'_> {
    fn group_name(&self) -> &str {
        self.args.what.groups.as_deref().unwrap_or_default()
    }
}

/// Reads the file, compares, prints, and writes where it is asked to.
pub fn run(args: &CompareArgs, terminal: Terminal) -> Result<Outcome, Stop> {
    read::check(&args.what)?;
    if let Some(folder) = &args.output.out {
        files::check_folder("--out", folder, "comparison.csv, .json, .md and .svg, and trend.svg")?;
    }
    if !args.what.published.is_empty() {
        terminal.data(&published::published(args)?)?;
        return Ok(Outcome::Done);
    }
    let Some(path) = &args.file else {
        return Err(unusable("E41", "FILE", "no file to read", "name a file, or give published shares").into());
    };
    let survey = Survey::read(path, &args.design, terminal)?;
    let columns = Columns::read(&args.what, &survey)?;
    for note in &columns.alike {
        terminal.message(note);
    }
    let parts = run::parts(args, &survey, &columns)?;
    let notes = notes::notes(args, &survey, &columns);
    let report = Report { args, file: survey.file.name().to_owned(), columns, parts, notes };
    if let Some(folder) = &args.output.out {
        write(&report, folder, &files::inputs(path, &args.design))?;
    }
    terminal.data(&match args.output.format {
        TableFormat::Table => people::text(&report),
        TableFormat::Md => people::markdown(&report),
        TableFormat::Csv => rows::csv(&report),
        TableFormat::Json => rows::json(&report),
    })?;
    let estimates = || report.parts.iter().flat_map(|part| &part.groups.estimates);
    if estimates().all(|e| e.reason.is_some()) {
        messages::error(terminal, &nothing_estimable(&report.file, estimates().filter_map(|e| e.reason)));
        return Ok(Outcome::Impossible);
    }
    Ok(Outcome::Done)
}

fn write(report: &Report<'_>, folder: &Path, inputs: &[&Path]) -> Result<(), Stop> {
    let mut texts = vec![
        ("comparison.csv", rows::csv(report)),
        ("comparison.json", rows::json(report)),
        ("comparison.md", people::markdown(report)),
        ("comparison.svg", figure::figure(report)?),
    ];
    texts.extend(figure::over_time(report)?.map(|picture| ("trend.svg", picture)));
    files::write_into(folder, texts, inputs)?;
    Ok(())
}
