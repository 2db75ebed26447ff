//! `opros estimate`.

mod args;
mod base;
mod document;
mod groups;
mod people;
mod request;
mod run;

pub use args::{CiName, DeffName, DegfName, EstimateArgs, MissingName, SmallBases, TableFormat};
pub use base::sample;
pub use people::{decimals_for, percent, quantity};

use super::data::columns::DataFile;
use super::data::design::{Known, build};
use super::exit::{Outcome, Stop};
use super::messages;
use super::terminal::Terminal;
use super::weight::sidecar;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};
use crate::estimate::NotEstimable;
use request::Request;
use run::Report;

/// Reads the file, estimates and prints.
pub fn run(args: &EstimateArgs, terminal: Terminal) -> Result<Outcome, Stop> {
    let request = Request::new(args)?;
    let spec = args.design.spec()?;
    let file = DataFile::read(&args.file, spec.missing.list())?;
    let replayed = sidecar::replay(&args.design, &spec, &file, Known::Variance)?;
    let (design, weights) = match replayed {
        Some(replayed) => (replayed.design, replayed.words),
        None => {
            if let Some(note) = spec.weight.as_deref().and_then(|weight| sidecar::unused(&args.file, weight)) {
                terminal.message(&note);
            }
            let words = spec.weight.clone().unwrap_or_else(|| "from the population sizes".to_owned());
            (build(&spec, &file, Known::Variance)?, words)
        }
    };
    let report = run::run(&request, &file, &design, &weights, spec.lonely_psu.is_some())?;
    terminal.data(&match args.format {
        TableFormat::Table => people::text(&report, args.small_bases),
        TableFormat::Md => people::markdown(&report, args.small_bases),
        TableFormat::Csv => document::csv(&report),
        TableFormat::Json => document::json(&report),
    })?;
    if report.rows.iter().all(|row| row.estimate.reason.is_some()) {
        messages::error(terminal, &nothing_estimable(&report));
        return Ok(Outcome::Impossible);
    }
    Ok(Outcome::Done)
}

fn nothing_estimable(report: &Report) -> Error {
    let mut reasons: Vec<NotEstimable> = Vec::new();
    for reason in report.rows.iter().filter_map(|row| row.estimate.reason) {
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
    };
    let listed: Vec<String> = reasons.iter().map(ToString::to_string).collect();
    Error::unusable(
        Diagnostic::error("E44", Place::file(&*report.file), "nothing can be estimated")
            .observed(if listed.is_empty() { "no group with a row".to_owned() } else { listed.join("; ") })
            .hint(hint),
    )
}
