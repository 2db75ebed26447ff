//! `opros estimate`.

mod args;
mod base;
mod contrast;
mod document;
mod groups;
mod held;
mod people;
mod request;
mod run;
mod stream;
mod view;

pub use args::{CiName, DeffName, DegfName, EstimateArgs, MissingName, SmallBases, TableFormat};
pub use base::{Sample, sample};
pub use people::{decimals_for, percent, quantity};
pub use stream::{Units, obstacle_of_design, told, units};

use super::data::columns::{DataFile, unusable};
use super::data::design::DesignFile;
use super::exit::{Outcome, Stop};
use super::messages;
use super::survey::{self, Survey};
use super::terminal::Terminal;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};
use crate::estimate::{Estimate, NotEstimable};
use args::QuantileCiName;
use request::Request;
use run::Report;

/// Reads the file, estimates and prints.
pub fn run(args: &EstimateArgs, terminal: Terminal) -> Result<Outcome, Stop> {
    let spec = args.design.spec()?;
    let request = Request::new(args, spec.replicates.is_some())?;
    let file = DataFile::read(&args.file, spec.missing.list(), &spec.format()?)?;
    let report = Report { shown: args.show.clone(), ..estimated(args, &request, &spec, file, terminal)? };
    terminal.data(&match args.format {
        TableFormat::Table => people::text(&report, args.small_bases),
        TableFormat::Md => people::markdown(&report, args.small_bases),
        TableFormat::Csv => document::csv(&report),
        TableFormat::Json => document::json(&report),
    })?;
    // A reason may stand beside a standard error without limits, or limits without a standard error.
    let is_known = |e: &Estimate| match e.reason {
        None | Some(NotEstimable::LimitsMeet | NotEstimable::LimitBeyond) => true,
        Some(_) => e.se.is_some(),
    };
    if !report.rows.iter().any(|row| is_known(&row.estimate)) {
        let reasons = report.rows.iter().filter_map(|row| row.estimate.reason);
        messages::error(terminal, &nothing_estimable(&report.file, reasons));
        return Ok(Outcome::Impossible);
    }
    Ok(Outcome::Done)
}

/// Reads the rows in groups where totals by sampling unit are enough, and holds the columns otherwise.
fn estimated(
    args: &EstimateArgs,
    request: &Request<'_>,
    spec: &DesignFile,
    file: DataFile,
    terminal: Terminal,
) -> Result<Report> {
    if args.what.quantile_ci == Some(QuantileCiName::Replicates) && spec.replicates.is_none() {
        let hint = "name them: `--replicates 'rep*' --replicate-type bootstrap`; or take another `--quantile-ci`";
        return Err(unusable("E41", "--quantile-ci replicates", "the design has no replicate weights", hint));
    }
    let obstacle = stream::obstacle(request, spec, args.design.calibrated_by.is_some())?;
    note_of_memory(&file, obstacle, terminal);
    if obstacle.is_some() {
        return run::held(request, &Survey::of(file, &args.design, spec, terminal)?);
    }
    survey::note_of_record(&file, spec, terminal);
    run::streamed(request, &file, spec, terminal)
}

/// Says whether memory grows with the rows of a file, and why.
pub fn note_of_memory(file: &DataFile, obstacle: Option<&str>, terminal: Terminal) {
    if terminal.is_verbose && file.is_columnar() {
        terminal.message(&match obstacle {
            None => "note: rows are read a row group at a time; memory does not grow with their number".to_owned(),
            Some(why) => format!("note: the columns of the request are held in memory: {why}"),
        });
    }
}

/// The error where every number of a request has a reason to be absent.
pub fn nothing_estimable(file: &str, of_numbers: impl Iterator<Item = NotEstimable>) -> Error {
    let mut reasons: Vec<NotEstimable> = Vec::new();
    for reason in of_numbers {
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    let hint = match reasons.first() {
        None | Some(NotEstimable::EmptyDomain) => "no row is left: check `--where`, `--by` and the weights",
        Some(NotEstimable::MissingValues) => {
            "say what rows without a value mean: `--missing exclude` takes those with one as the base, \
             `--missing keep` keeps them in it"
        }
        Some(NotEstimable::OnePsu | NotEstimable::NoDegreesOfFreedom) => {
            "variances need two sampling units or more; check `--psu` and `--strata`, or take larger groups"
        }
        Some(NotEstimable::ZeroDenominator) => "take another denominator",
        Some(NotEstimable::ReplicateUndefined) => "take larger groups, or another set of replicates",
        Some(NotEstimable::NegativeVariance) => "take Yates and Grundy's variance, or Brewer's approximation",
        Some(NotEstimable::NoVariation | NotEstimable::WholeShare) => "let more rows through `--where`",
        Some(NotEstimable::LimitsMeet | NotEstimable::LimitBeyond) => "take larger groups",
        Some(NotEstimable::Undefined) => "look at the values of the results that the contrast names",
        Some(NotEstimable::Impossible) => "adjust the weights with `--bounds`, which keep them positive",
    };
    let listed: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    Error::unusable(
        Diagnostic::error("E44", Place::file(file), "nothing can be estimated")
            .observed(if listed.is_empty() { "no group with a row".to_owned() } else { listed.join("; ") })
            .hint(hint),
    )
}
