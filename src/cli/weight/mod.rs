//! `opros weight`.

mod args;
mod output;
mod record;
mod replicates;
pub mod sidecar;
mod steps;
mod targets;
mod wording;

pub use args::WeightArgs;

use serde_json::json;

use super::args::MessageFormat;
use super::data::columns::{DataFile, unusable};
use super::data::design::{Known, build};
use super::exit::{Outcome, Stop};
use super::survey::note_of_no_weights;
use super::terminal::Terminal;
use crate::design::SurveyDesign;
use crate::error::Result;
use args::{DistanceName, FileArgs, MethodArgs, TargetArgs};
use sidecar::{DistanceWord, Method, Step, WeightsFile};

/// Makes new weights, writes the file with them and prints the record.
pub fn run(args: &WeightArgs, terminal: Terminal) -> Result<Outcome, Stop> {
    match &args.method {
        MethodArgs::Rake(args) => {
            let step = Step {
                method: Method::Rake,
                max_iterations: Some(args.max_iterations),
                epsilon: Some(args.epsilon),
                accept_gap: args.accept_gap,
                ..Step::default()
            };
            adjust(&args.files, &args.column.column, Some(&args.targets), step, terminal)
        }
        MethodArgs::Poststratify(args) => {
            let step = Step { method: Method::Poststratify, allow_empty: args.allow_empty, ..Step::default() };
            adjust(&args.files, &args.column.column, Some(&args.targets), step, terminal)
        }
        MethodArgs::Calibrate(args) => {
            let step = Step {
                method: Method::Calibrate,
                max_iterations: Some(args.max_iterations),
                epsilon: Some(args.epsilon),
                distance: Some(match args.distance {
                    DistanceName::Linear => DistanceWord::Linear,
                    DistanceName::Raking => DistanceWord::Raking,
                    DistanceName::Logit => DistanceWord::Logit,
                    DistanceName::Sinh => DistanceWord::Sinh,
                }),
                bounds: pair("--bounds", &args.bounds)?,
                trim: pair("--trim", &args.trim)?,
                aggregate_stage: args.aggregate_stage,
                ..Step::default()
            };
            adjust(&args.files, &args.column.column, Some(&args.targets), step, terminal)
        }
        MethodArgs::Trim(args) => {
            let (lower, upper) = (args.lower, args.upper);
            let step = Step { method: Method::Trim, lower, upper, strict: args.strict, ..Step::default() };
            adjust(&args.files, &args.column.column, None, step, terminal)
        }
        MethodArgs::Standardize(args) => {
            let step = Step { method: Method::Standardize, over: args.over.clone(), ..Step::default() };
            adjust(&args.files, &args.column.column, Some(&args.targets), step, terminal)
        }
        MethodArgs::Replicates(args) => replicates::run(args, terminal),
    }
}

fn pair(flag: &str, values: &[f64]) -> Result<Option<[f64; 2]>> {
    match values {
        [] => Ok(None),
        [low, high] => Ok(Some([*low, *high])),
        several => {
            let plural = if several.len() == 1 { " is" } else { "s are" };
            Err(unusable("E41", flag, format!("{} number{plural} given", several.len()), "give two: low,high"))
        }
    }
}

/// What the adjustment starts from: the base weights, or those that earlier steps led to.
struct Start {
    design: SurveyDesign,
    base_weight: Option<String>,
    steps: Vec<Step>,
}

fn start(files: &FileArgs, terminal: Terminal) -> Result<(DataFile, Start)> {
    let spec = files.design.spec()?;
    let file = DataFile::read(&files.file, spec.missing.list(), &spec.format()?)?;
    if let Some(replayed) = sidecar::replay(&files.design, &spec, &file, Known::WeightsOnly)? {
        let (base_weight, steps) = (replayed.record.base_weight, replayed.record.steps);
        return Ok((file, Start { design: replayed.design, base_weight, steps }));
    }
    note_of_no_weights(&spec, terminal);
    let design = build(&spec, &file, Known::WeightsOnly)?;
    Ok((file, Start { design, base_weight: spec.weight, steps: Vec::new() }))
}

fn adjust(
    files: &FileArgs,
    column: &str,
    targets: Option<&TargetArgs>,
    mut step: Step,
    terminal: Terminal,
) -> Result<Outcome, Stop> {
    let (file, start) = start(files, terminal)?;
    let beside = sidecar::beside(&files.out);
    let inputs = files.inputs(targets);
    let base = start.base_weight.as_deref();
    output::refuse(&files.out, &beside, &file, &[column.to_owned()], base, &inputs, files.force)?;
    let (mut name, mut lines) = (file.name().to_owned(), Vec::new());
    if let Some(targets) = targets {
        name = targets.targets.display().to_string();
        (step.targets, lines) =
            targets::read(targets, &files.design.spec()?.format()?, start.design.weights().iter().sum())?;
    }
    let places = steps::Places { file: &name, lines: &lines };
    let adjusted = steps::apply(&step, places, &start.design, &file)?;
    let mut steps = start.steps;
    steps.push(step);
    let record = WeightsFile { column: column.to_owned(), base_weight: start.base_weight, steps };
    let text = toml::to_string(&record).map_err(|error| {
        unusable(
            "E45",
            &beside.display().to_string(),
            format!("the record cannot be written: {error}"),
            "use other bounds",
        )
    })?;
    let columns = [(column.to_owned(), adjusted.design.weights().to_vec())];
    output::write(&files.out, &file, &columns, &beside, &text, &inputs)?;
    let (out, beside) = (files.out.display(), beside.display());
    match files.format {
        MessageFormat::Text => terminal.data(&record::text(start.design.weights(), &adjusted))?,
        MessageFormat::Json => {
            let mut document = record::json(start.design.weights(), &adjusted);
            document["out"] = json!(out.to_string());
            document["record"] = json!(beside.to_string());
            document["column"] = json!(column);
            terminal.data(&format!("{document:#}"))?;
        }
    }
    if let Some(warning) = record::gap(&adjusted.record) {
        terminal.error(&warning);
    }
    if adjusted.design.weights().iter().any(|w| *w < 0.0) {
        terminal.message(
            "warning: some new weights are negative, which `opros estimate --weight` refuses; use `--distance raking` \
             or bounds such as `--bounds 0.1,10`",
        );
    }
    terminal.message(&format!(
        "wrote {out} (column `{column}`) and {beside}\n\
         estimate with `--calibrated-by {beside}` in place of `--weight`, so that the variance knows of the adjustment"
    ));
    Ok(Outcome::Done)
}
