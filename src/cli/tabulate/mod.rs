//! `opros tabulate`.

mod args;
mod document;
mod labels;
mod markdown;
mod notes;
mod read;
mod shown;
mod stream;
mod text;

pub use args::{AdjustName, TabulateArgs};
pub use read::too_many;

use super::data::columns::{DataFile, unusable};
use super::data::design::DesignFile;
use super::data::wording::diagnostic;
use super::estimate::{Sample, TableFormat, note_of_memory, nothing_estimable};
use super::exit::{Outcome, Stop};
use super::files;
use super::messages;
use super::survey::{self, Survey};
use super::terminal::Terminal;
use crate::analysis::banner::{Banner, BannerError, Options, banner};
use crate::analysis::multiplicity::Adjustment;
use crate::error::{Error, Result};
use crate::estimate::{self, DeffReference, MissingOutcome, ProportionCi};
use notes::Note;
use read::Columns;

/// Width of the text where nobody says otherwise.
const WIDTH: usize = 120;

/// Tables and what is said about them.
struct Report<'a> {
    args: &'a TabulateArgs,
    file: String,
    banner: Banner,
    notes: Vec<Note>,
}

/// Reads the file, tabulates and prints.
pub fn run(args: &TabulateArgs, terminal: Terminal) -> Result<Outcome, Stop> {
    check(args)?;
    let format = format(args);
    let spec = args.design.spec()?;
    let file = DataFile::read(&args.file, spec.missing.list(), &spec.format()?)?;
    let obstacle = stream::obstacle(args, &spec)?;
    note_of_memory(&file, obstacle, terminal);
    let report = match obstacle {
        None => streamed(args, &spec, &file, terminal)?,
        Some(_) => held(args, &Survey::of(file, &args.design, &spec, terminal)?, terminal)?,
    };
    let printed = match format {
        TableFormat::Table => text::text(&report, args.output.width.map_or_else(|| width(terminal), usize::from)),
        TableFormat::Md => markdown::markdown(&report),
        TableFormat::Csv => document::csv(&report),
        TableFormat::Json => document::json(&report),
    };
    match &args.output.out {
        Some(path) => files::write(vec![(path, printed.into_bytes())], &files::inputs(&args.file, &args.design))?,
        None => terminal.data(&printed)?,
    }
    if report.banner.tables.iter().flat_map(|table| &table.cells).all(|cell| cell.reason.is_some()) {
        let reasons = report.banner.tables.iter().flat_map(|table| &table.cells).filter_map(|cell| cell.reason);
        messages::error(terminal, &nothing_estimable(&report.file, reasons));
        return Ok(Outcome::Impossible);
    }
    Ok(Outcome::Done)
}

/// Tables from rows that are read in groups.
fn streamed<'a>(args: &'a TabulateArgs, spec: &DesignFile, file: &DataFile, terminal: Terminal) -> Result<Report<'a>> {
    survey::note_of_record(file, spec, terminal);
    let source = stream::open(&args.what, spec, file)?;
    let rows = source.frame.totals();
    let n = rows.n_rows - rows.n_zero;
    survey::note_of_counts(spec, rows.look_like_counts, n, rows.sum_w, terminal);
    source.columns.alike().for_each(|note| terminal.message(&note));
    let found = source.banner(&options(args, || source.frame.frame().design.degf(None)))?;
    let (design, weights) = (&source.frame.frame().design, survey::words(spec));
    let sample = Sample { design, rows, weights: &weights, is_lonely_chosen: spec.lonely_psu.is_some() };
    report(args, file.name(), found, &sample, &source.columns)
}

/// Tables from columns in memory.
fn held<'a>(args: &'a TabulateArgs, survey: &Survey, terminal: Terminal) -> Result<Report<'a>> {
    let columns = Columns::read(&args.what, survey)?;
    columns.alike().for_each(|note| terminal.message(&note));
    let found = banner(&survey.design, &columns.request(), &options(args, || survey.design.degf(None)));
    report(args, survey.file.name(), found, &Sample::of(survey), &columns)
}

fn report<'a>(
    args: &'a TabulateArgs,
    file: &str,
    found: Result<Banner, BannerError>,
    sample: &Sample<'_>,
    columns: &Columns,
) -> Result<Report<'a>> {
    let banner = found.map_err(|error| Error::unusable(diagnostic("E41", file, &error.to_string())))?;
    let notes = notes::notes(args, sample, columns, &banner);
    Ok(Report { args, file: file.to_owned(), banner, notes })
}

fn width(terminal: Terminal) -> usize {
    terminal.width().unwrap_or(WIDTH)
}

/// Endings of `--out`, and what they are written as.
const ENDINGS: [(&str, TableFormat); 4] =
    [("csv", TableFormat::Csv), ("json", TableFormat::Json), ("md", TableFormat::Md), ("txt", TableFormat::Table)];

/// As asked for, or as the name of the file says.
fn format(args: &TabulateArgs) -> TableFormat {
    let ending = args.output.out.as_deref().map(files::ending);
    let known = ENDINGS.iter().find(|(known, _)| ending.as_deref() == Some(*known));
    args.output.format.unwrap_or(known.map_or(TableFormat::Table, |(_, format)| *format))
}

fn check(args: &TabulateArgs) -> Result<()> {
    if let (Some(path), None) = (&args.output.out, args.output.format) {
        files::check_ending("--out", path, &ENDINGS.map(|(ending, _)| ending))?;
    }
    if let Some(path) = &args.output.out {
        files::check_file(path, &files::inputs(&args.file, &args.design), args.output.force)?;
    }
    let is_level = |level: f64| level > 0.0 && level < 1.0;
    if !is_level(args.what.level) {
        let message = format!("a confidence level of {} has no meaning", args.what.level);
        return Err(unusable("E41", "--level", message, "give a share such as 0.95"));
    }
    check_alpha(&args.tests.alpha)?;
    if args.what.cols.is_empty() && (args.tests.letters || args.tests.rest) {
        let message = "there are no columns to compare";
        return Err(unusable(
            "E41",
            "--cols",
            message,
            "name banner variables with `--cols`, or leave out `--letters` and `--rest`",
        ));
    }
    for (flag, names) in [("--rows", &args.what.rows), ("--cols", &args.what.cols)] {
        let is_again = |(k, name): (usize, &String)| names[..k].contains(name);
        if let Some(k) = names.iter().enumerate().position(is_again) {
            let message = format!("`{}` is named twice", names[k]);
            return Err(unusable("E41", flag, message, "name each column once"));
        }
    }
    Ok(())
}

/// Refuses significance levels without meaning.
///
/// # Errors
///
/// `E41` unless there is one, or two with the laxer first.
pub fn check_alpha(levels: &[f64]) -> Result<()> {
    let is_level = |level: f64| level > 0.0 && level < 1.0;
    let is_fine = match levels {
        [one] => is_level(*one),
        [lax, strict] => is_level(*lax) && is_level(*strict) && strict < lax,
        _ => false,
    };
    if is_fine {
        return Ok(());
    }
    let given: Vec<String> = levels.iter().map(f64::to_string).collect();
    let message = format!("significance levels of {} have no meaning", given.join(", "));
    Err(unusable("E41", "--alpha", message, "give one, such as 0.05, or two with the laxer first: 0.05,0.01"))
}

fn options(args: &TabulateArgs, degf_of_design: impl FnOnce() -> f64) -> Options {
    let estimate = estimate::Options {
        level: args.what.level,
        missing: MissingOutcome::Exclude,
        degf: args.what.degf.rule(degf_of_design),
        deff: DeffReference::from(args.what.deff),
        proportion_ci: args.what.ci.map_or(ProportionCi::Rule, ProportionCi::from),
    };
    Options {
        estimate,
        pairs: args.tests.letters,
        rest: args.tests.rest,
        levels: args.tests.alpha.clone(),
        adjustment: Adjustment::from(args.tests.adjust_p),
        ..Options::default()
    }
}
