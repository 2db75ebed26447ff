//! The record beside a weighted file (`weighted.weights.toml`): what was done to which weight, so that it can be done
//! again and the variance can take it into account.

use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::steps;
use crate::cli::data::columns::{DataFile, unusable};
use crate::cli::data::design::{DesignArgs, DesignFile, Known, build, is_unweighted};
use crate::design::SurveyDesign;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};
use crate::ingest::definition::read_toml;
use crate::ingest::source::SourceText;

/// Weights that differ by more than this share are not the same.
const SAME_WEIGHT: f64 = 1e-9;

/// What was done to a weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WeightsFile {
    /// Column of the new weights.
    pub column: String,
    /// Column of the weights before the first step; where none is given, they follow from the population sizes of the
    /// design, or are 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_weight: Option<String>,
    /// The steps in their order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
}

/// One adjustment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// How the weights were adjusted.
    pub method: Method,
    /// Most iterations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_iterations: Option<usize>,
    /// When iterations stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epsilon: Option<f64>,
    /// Raking: the weights of the last round are taken although targets are not reached.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept_gap: bool,
    /// Post-stratification: cells without respondents are passed over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_empty: bool,
    /// Calibration: distance between old and new weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<DistanceWord>,
    /// Calibration: bounds on new over old weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<[f64; 2]>,
    /// Calibration: bounds at which new over old weights are cut afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trim: Option<[f64; 2]>,
    /// Calibration: the stage within whose units weights stay the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregate_stage: Option<usize>,
    /// Trimming: lower bound of weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    /// Trimming: upper bound of weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
    /// Trimming: repeated until no weight is outside.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
    /// Standardization: the columns whose levels crossed are the groups; all rows are one where none is given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub over: Vec<String>,
    /// Known totals of the population.
    #[serde(default, rename = "target", skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
}

/// How weights are adjusted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Raking.
    #[default]
    Rake,
    /// Post-stratification.
    Poststratify,
    /// Calibration.
    Calibrate,
    /// Trimming.
    Trim,
    /// Direct standardization.
    Standardize,
}

/// Distance of a calibration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DistanceWord {
    /// Linear.
    Linear,
    /// Exponential.
    Raking,
    /// Logistic.
    Logit,
    /// Hyperbolic sine.
    Sinh,
}

/// A known total.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// The column; several are joined by colons.
    pub variable: String,
    /// The level; none for a column of numbers.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub level: String,
    /// The total.
    pub total: f64,
}

/// A design whose weights were adjusted anew.
pub struct Replayed {
    /// The design.
    pub design: SurveyDesign,
    /// Its weights in words.
    pub words: String,
    /// The record.
    pub record: WeightsFile,
}

/// The name of the record of a file: `weighted.csv` has `weighted.weights.toml`.
pub fn beside(file: &Path) -> PathBuf {
    file.with_extension("weights.toml")
}

/// Adjusts the base weights again as the record of `--calibrated-by` says; nothing where the flag is not given.
///
/// # Errors
///
/// An unusable record, other weights in the file than those that come out, and all that can go wrong with the steps.
pub fn replay(args: &DesignArgs, spec: &DesignFile, file: &DataFile, known: Known) -> Result<Option<Replayed>> {
    let Some(path) = &args.calibrated_by else { return Ok(None) };
    let name = path.display().to_string();
    let source = SourceText::read(path, &name, None)?;
    let record: WeightsFile = read_toml(&source, "opros schema weights")?;
    if let Some(weight) = &spec.weight
        && *weight != record.column
        && Some(weight) != record.base_weight.as_ref()
    {
        let message = format!("the record is about `{}`, made from {}", record.column, base_words(&record, spec));
        return Err(unusable("E41", &name, message, "leave out `--weight`: the record names it"));
    }
    let base = DesignFile { weight: record.base_weight.clone(), ..spec.clone() };
    let mut design = build(&base, file, known)?;
    let mut methods: Vec<String> = Vec::new();
    for step in &record.steps {
        let places = steps::Places { file: &name, lines: &[] };
        let adjusted = steps::apply(step, places, &design, file)?;
        let gap = if adjusted.record.is_converged { "" } else { " (its targets were not reached)" };
        methods.push(format!("{}{gap}", step.method.word()));
        design = adjusted.design;
    }
    if file.has(&record.column) {
        compare(&record, &design, file, &name)?;
    }
    let words = format!("{} from {} by {} ({name})", record.column, base_words(&record, spec), methods.join(", then "));
    Ok(Some(Replayed { design, words, record }))
}

fn base_words<'r>(record: &'r WeightsFile, spec: &DesignFile) -> &'r str {
    let before = DesignFile { weight: record.base_weight.clone(), ..spec.clone() };
    let without = if is_unweighted(&before) { "a weight of 1 for every row" } else { "the population sizes" };
    record.base_weight.as_deref().unwrap_or(without)
}

impl Method {
    /// The method as a noun.
    pub fn word(self) -> &'static str {
        match self {
            Method::Rake => "raking",
            Method::Poststratify => "post-stratification",
            Method::Calibrate => "calibration",
            Method::Trim => "trimming",
            Method::Standardize => "standardization",
        }
    }
}

/// The weights in the file must be those that the record leads to.
fn compare(record: &WeightsFile, design: &SurveyDesign, file: &DataFile, name: &str) -> Result<()> {
    let mut reading = file.reading();
    let stored = reading.numbers(&record.column);
    reading.finish()?;
    let is_same = |(a, b): (&f64, &f64)| (a - b).abs() <= SAME_WEIGHT * b.abs().max(1.0);
    match stored.iter().zip(design.weights()).position(|pair| !is_same(pair)) {
        None => Ok(()),
        Some(row) => Err(Error::unusable(
            Diagnostic::error("E43", Place::file(name), format!("`{}` is not what the record leads to", record.column))
                .observed(format!("{} in row {} of {}", stored[row], row + 1, file.name()))
                .expected(design.weights()[row].to_string())
                .hint("the file or the record changed since; make the weights again with `opros weight`"),
        )),
    }
}

/// A note where a file has a record about a weight that is used without it.
pub fn unused(file: &Path, weight: &str) -> Option<String> {
    let path = beside(file);
    let text = std::fs::read_to_string(&path).ok()?;
    let record: WeightsFile = toml::from_str(&text).ok()?;
    let path = path.display();
    (record.column == weight).then(|| {
        format!(
            "note: `{weight}` is treated as given; with `--calibrated-by {path}` the variance knows how it was adjusted"
        )
    })
}

/// The JSON schema of the record.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(WeightsFile).to_value()
}
