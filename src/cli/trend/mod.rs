//! `opros trend`.

mod ages;
mod args;
mod events;
mod houses;
mod polls;
mod print;
mod study;

pub use args::TrendArgs;

use std::path::Path;

use super::data::columns::{DataFile, unusable};
use super::exit::{Outcome, Stop};
use super::files;
use super::messages;
use super::terminal::Terminal;
use crate::analysis::result::{ResultRecord, Results};
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::error::{Error, Result};
use crate::locale::Locale;
use crate::pipeline::{self, Project};
use crate::report::records;
use crate::report::write::csv;
use crate::study::definition::Definition;
use print::Report;

/// Reads polls or a study, pools, tests, prints and draws.
pub fn run(args: &TrendArgs, terminal: Terminal, project: impl Fn() -> Result<Project, Stop>) -> Result<Outcome, Stop> {
    if let Some(folder) = &args.out {
        files::check_folder("--out", folder, "the picture, results.csv and results.json")?;
    }
    let path = Path::new(&args.target);
    let is_file = path.exists() && !path.is_dir() || path.extension().is_some();
    if is_file { of_file(args, path, terminal) } else { of_study(args, &project()?, terminal) }
}

/// A table of polls.
fn of_file(args: &TrendArgs, path: &Path, terminal: Terminal) -> Result<Outcome, Stop> {
    if !args.model.analysis.is_empty() {
        let hint = "leave it out; it chooses among the analyses of a study";
        return Err(unusable("E41", "--analysis", "a file has no declared analyses", hint).into());
    }
    if let Some(age) = &args.ages.age {
        let file = DataFile::read(path, &args.columns.na, &args.columns.format.format()?)?;
        let mut by_age = ages::read(&file, &args.columns, &args.ages, age)?;
        let results = crate::analysis::run(&by_age.study)?;
        ages::keep_drawable(&mut by_age.study, &results);
        if let Some(title) = &args.title {
            let title = study::plain(title);
            by_age.study.definition.figure.iter_mut().for_each(|figure| figure.title = title.clone());
        }
        let remarks = results.remarks.iter().map(|remark| format!("{}: {}", remark.about, remark.text));
        let notes = by_age.notes.into_iter().chain(remarks).collect();
        // The printed groups stand among the ages.
        let records = results.records.iter().filter(|record| record.analysis != study::POLLS).collect();
        return finish(args, file.name(), &by_age.study.definition, &results, records, notes, terminal);
    }
    let margin = args.model.margin;
    if !(margin > 0.0 && margin <= 100.0) {
        let hint = "give the largest change that does not matter, such as 3";
        return Err(unusable("E41", "--margin", format!("{margin} is no number of points above 0"), hint).into());
    }
    check_period(&args.model)?;
    let events = events::declared(&args.model)?;
    let file = DataFile::read(path, &args.columns.na, &args.columns.format.format()?)?;
    let table = polls::read(&file, &args.columns)?;
    let mut study = study::of(&table, &events, &args.model)?;
    let results = crate::analysis::run(&study)?;
    let title = study::title(args.title.as_deref().unwrap_or(&table.answer), &results, &super::trace::english()?);
    study.definition.figure.iter_mut().for_each(|figure| figure.title = title.clone());
    let records: Vec<&ResultRecord> = results.records.iter().collect();
    finish(args, file.name(), &study.definition, &results, records, table.notes, terminal)
}

/// Refuses a time that ends before it begins.
fn check_period(args: &args::ModelArgs) -> Result<()> {
    match (args.from, args.until) {
        (Some(from), Some(until)) if until.last_day() < from.first_day() => {
            let message = format!("the time ends ({until}) before it begins ({from})");
            Err(unusable("E41", "--until", message, "exchange the dates of `--from` and `--until`"))
        }
        _ => Ok(()),
    }
}

/// The declared trend analyses of a study.
fn of_study(args: &TrendArgs, project: &Project, terminal: Terminal) -> Result<Outcome, Stop> {
    if let Some(flag) = flag_of_files(args) {
        let hint = "give it with a file; a study declares its columns and events in its definition";
        return Err(unusable("E41", flag, format!("`{flag}` says something about a file"), hint).into());
    }
    let folders = project.select(std::slice::from_ref(&args.target))?;
    let Some(folder) = folders.first() else {
        return Err(unusable("E41", &args.target, "no such study", "name a folder under `reports/`, or a file").into());
    };
    let (study, results) = pipeline::results(project, folder)?;
    let known = trend_analyses(&study.definition);
    let asked: Vec<&str> = match &args.model.analysis[..] {
        [] => known.clone(),
        ids => ids.iter().map(String::as_str).collect(),
    };
    if let Some(id) = asked.iter().find(|id| !known.contains(id)) {
        return Err(unknown_analysis(id, &known).into());
    }
    let records: Vec<&ResultRecord> = asked.iter().flat_map(|id| results.of(id)).collect();
    if records.is_empty() {
        let hint = "declare `[[analysis.pooled]]` or `[[analysis.breaks]]`; docs/trend.md shows both";
        return Err(unusable("E44", &args.target, "the study declares no trend analysis", hint).into());
    }
    let remarks = results.remarks.iter().filter(|remark| asked.contains(&remark.analysis.as_str()));
    let notes = remarks.map(|remark| format!("{}: {}", remark.about, remark.text)).collect();
    finish(args, &args.target, &study.definition, &results, records, notes, terminal)
}

/// The first flag that only a file understands.
fn flag_of_files(args: &TrendArgs) -> Option<&'static str> {
    let (columns, model) = (&args.columns, &args.model);
    [
        ("--percent", columns.percent.is_some()),
        ("--share", columns.share.is_some()),
        ("--date", columns.date.is_some()),
        ("--field-start", columns.field_start.is_some()),
        ("--pollster", columns.pollster.is_some()),
        ("--house-by", !columns.house_by.is_empty()),
        ("--n", columns.n.is_some()),
        ("--assume-n", !columns.assume_n.is_empty()),
        ("--deff", !columns.deff.is_empty()),
        ("--where", columns.condition.is_some()),
        ("--age", args.ages.age.is_some()),
        ("--anchor", model.anchor.is_some()),
        ("--houses", model.houses.is_some()),
        ("--house-weight", !model.house_weight.is_empty()),
        ("--known-variances", model.known_variances),
        ("--event", !model.event.is_empty()),
        ("--pulse", !model.pulse.is_empty()),
        ("--slope", !model.slope.is_empty()),
        ("--title", args.title.is_some()),
    ]
    .into_iter()
    .find_map(|(flag, is_given)| is_given.then_some(flag))
}

fn trend_analyses(definition: &Definition) -> Vec<&str> {
    let analyses = &definition.analysis;
    let pooled = analyses.pooled.iter().map(|analysis| &analysis.id);
    let breaks = analyses.breaks.iter().map(|analysis| &analysis.id);
    let mood = analyses.mood.iter().map(|analysis| &analysis.id);
    let tests = analyses.trend_tests.iter().map(|analysis| &analysis.id);
    let across = analyses.across_events.iter().map(|analysis| &analysis.id);
    let ages = analyses.ages.iter().map(|analysis| &analysis.id);
    let splits = analyses.change_split.iter().map(|analysis| &analysis.id);
    let counts = analyses.count_breaks.iter().map(|analysis| &analysis.id);
    pooled
        .chain(breaks)
        .chain(mood)
        .chain(tests)
        .chain(across)
        .chain(ages)
        .chain(splits)
        .chain(counts)
        .map(String::as_str)
        .collect()
}

fn unknown_analysis(id: &str, known: &[&str]) -> Error {
    let problem = Diagnostic::error("E41", Place::file("--analysis"), format!("no trend analysis is called `{id}`"));
    Error::unusable(match did_you_mean(id, known.iter().copied()) {
        Some(close) => problem.hint(format!("did you mean `{close}`?")),
        None => problem.hint(format!("trend analyses of the study: {}", known.join(", "))),
    })
}

/// Prints, and writes the files of `--out`.
fn finish(
    args: &TrendArgs,
    file: &str,
    definition: &Definition,
    results: &Results,
    records: Vec<&ResultRecord>,
    notes: Vec<String>,
    terminal: Terminal,
) -> Result<Outcome, Stop> {
    let is_empty = records.iter().all(|record| record.estimate.estimate.is_none());
    let reasons: Vec<String> = records.iter().filter_map(|record| record.estimate.reason.clone()).take(1).collect();
    let locale = super::trace::english()?;
    if let Some(out) = &args.out {
        write(&args.target, out, definition, results, &records, &locale)?;
    }
    let report = Report { file: file.to_owned(), locale: &locale, records, notes };
    terminal.data(&print::text(&report, args.format))?;
    if is_empty {
        let problem = Diagnostic::error("E44", Place::file(file), "nothing can be estimated");
        let problem = problem.observed(reasons.join("; "));
        messages::error(
            terminal,
            &Error::unusable(problem.hint("a level that moves needs three polls or more; see the notes")),
        );
        return Ok(Outcome::Impossible);
    }
    Ok(Outcome::Done)
}

/// Writes the results as CSV and JSON, and every picture of the analyses printed.
fn write(
    target: &str,
    out: &Path,
    definition: &Definition,
    results: &Results,
    records: &[&ResultRecord],
    locale: &Locale,
) -> Result<()> {
    std::fs::create_dir_all(out).map_err(|error| Error::output(out, error))?;
    let table = records::table("results", "", records.iter().copied());
    let only: Vec<ResultRecord> = records.iter().map(|record| (*record).clone()).collect();
    let json = records::results_json(
        "trend",
        &Results { records: only, remarks: results.remarks.clone(), ..Results::default() },
    );
    let mut written = vec![(out.join("results.csv"), csv(&table)), (out.join("results.json"), json)];
    let is_shown = |id: &String| records.iter().any(|record| record.analysis == *id);
    for figure in definition.figure.iter().filter(|figure| figure.analyses.iter().any(is_shown)) {
        let drawn = pipeline::draw_figure(figure, definition, results, locale)?;
        written.push((out.join(format!("{}.svg", figure.id)), drawn.into_bytes()));
    }
    let written = written.iter().map(|(path, bytes)| (path.as_path(), bytes.clone())).collect();
    files::write(written, &[Path::new(target)])
}
