//! `opros weight replicates`.

use serde_json::json;

use super::args::{MadeName, ReplicatesArgs};
use super::output;
use super::wording::weighting_error;
use crate::cli::args::MessageFormat;
use crate::cli::data::columns::{DataFile, unusable};
use crate::cli::data::design::{DesignFile, Known, ReplicateTable, ReplicateType, build};
use crate::cli::exit::{Outcome, Stop};
use crate::cli::terminal::Terminal;
use crate::design::SurveyDesign;
use crate::error::Result;
use crate::weighting::{ReplicateMethod, replicate};

/// Makes replicate weights and writes the file with them, with a `design.toml` beside it.
pub fn run(args: &ReplicatesArgs, terminal: Terminal) -> Result<Outcome, Stop> {
    let files = &args.files;
    if files.design.calibrated_by.is_some() {
        let hint = "make replicates of the base weight; `opros estimate --calibrated-by` then adjusts each of them";
        let message = "replicates of adjusted weights would miss what the adjustment varies by";
        return Err(unusable("E41", "--calibrated-by", message, hint).into());
    }
    let spec = files.design.spec()?;
    let file = DataFile::read(&files.file, spec.missing.list(), &spec.format()?)?;
    let Some(weight) = spec.weight.clone() else {
        let hint = "name the column of the base weights: `--weight W`";
        return Err(unusable("E41", "--weight", "there is no weight to start from", hint).into());
    };
    let design = build(&spec, &file, Known::Variance)?;
    let made = replicate(&design, &method(args), args.around_estimate)
        .map_err(|error| weighting_error(&file, None, error.problems()))?;
    if design.stages().len() > 1 {
        terminal.message(
            "note: replicates are made of the units of the first stage: what later stages with a population size add to the \
             variance is not in them. `opros estimate` without replicates has it",
        );
    }
    let columns = columns(&made, &args.prefix);
    let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let beside = files.out.with_extension("design.toml");
    let inputs = files.inputs(None);
    output::refuse(&files.out, &beside, &file, &names, Some(&weight), &inputs, files.force)?;
    let described = described(args, &made, &names, spec, weight);
    let text = toml::to_string(&described).map_err(|error| {
        unusable("E45", &beside.display().to_string(), format!("the design cannot be written: {error}"), "report this")
    })?;
    output::write(&files.out, &file, &columns, &beside, &text, &inputs)?;
    let (out, beside) = (files.out.display(), beside.display());
    match files.format {
        MessageFormat::Text => terminal.data(&made.to_string())?,
        MessageFormat::Json => {
            let document = json!({
                "design": made.to_string(),
                "n_replicates": names.len(),
                "columns": names,
                "out": out.to_string(),
                "design_file": beside.to_string(),
            });
            terminal.data(&format!("{document:#}"))?;
        }
    }
    terminal.message(&format!("wrote {out} and {beside}\nestimate with `--design {beside}`"));
    Ok(Outcome::Done)
}

fn method(args: &ReplicatesArgs) -> ReplicateMethod {
    let (n_replicates, seed) = (args.number, args.seed);
    match args.kind {
        MadeName::Jk1 => ReplicateMethod::Jk1,
        MadeName::Jkn => ReplicateMethod::Jkn,
        MadeName::Brr => ReplicateMethod::Brr,
        MadeName::Fay => ReplicateMethod::Fay { rho: args.keep.unwrap_or(0.0) },
        MadeName::RaoWu => ReplicateMethod::RaoWu { n_replicates, seed },
        MadeName::CantyDavison => ReplicateMethod::CantyDavison { n_replicates, seed },
    }
}

/// The columns of weights, numbered with leading zeros so that their names sort.
fn columns(made: &SurveyDesign, prefix: &str) -> Vec<(String, Vec<f64>)> {
    let columns = made.replicates().map_or(&[][..], |replicates| replicates.columns());
    let width = columns.len().to_string().len();
    let name = |at: usize| format!("{prefix}{:0width$}", at + 1);
    columns.iter().enumerate().map(|(at, column)| (name(at), column.clone())).collect()
}

fn described(
    args: &ReplicatesArgs,
    made: &SurveyDesign,
    names: &[String],
    spec: DesignFile,
    weight: String,
) -> DesignFile {
    let form = made.replicates().map(|replicates| replicates.form());
    let kind = match args.kind {
        MadeName::Jk1 => ReplicateType::Jk1,
        MadeName::Jkn => ReplicateType::Jkn,
        MadeName::Brr => ReplicateType::Brr,
        MadeName::Fay => ReplicateType::Fay,
        MadeName::RaoWu | MadeName::CantyDavison => ReplicateType::Bootstrap,
    };
    let table = ReplicateTable {
        columns: names.to_vec().into(),
        kind,
        rho: args.keep.filter(|_| args.kind == MadeName::Fay),
        scale: form.map(|form| form.scale()),
        rscales: form.map_or_else(Vec::new, |form| form.rscales().to_vec()),
        mse: Some(args.around_estimate),
        factors: false,
    };
    DesignFile { weight: Some(weight), missing: spec.missing, replicates: Some(table), ..DesignFile::default() }
}
