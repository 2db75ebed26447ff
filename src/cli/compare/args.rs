//! What `opros compare` understands.

use std::path::PathBuf;

use clap::Args;

use crate::cli::data::design::DesignArgs;
use crate::cli::estimate::{CiName, DegfName, MissingName, TableFormat};
use crate::cli::tabulate::AdjustName;

/// What says something of respondents, whom published shares do not have.
const WITH_RESPONDENTS: [&str; 34] = [
    "file",
    "outcome",
    "groups",
    "adjust",
    "decompose",
    "trend",
    "by",
    "condition",
    "missing",
    "alpha",
    "ci",
    "degf",
    "weight",
    "strata",
    "psu",
    "population_size",
    "sampling_fraction",
    "probabilities",
    "joint",
    "yates_grundy",
    "nest",
    "lonely_psu",
    "collapse",
    "adjust_domain_lonely",
    "self_representing",
    "replicates",
    "replicate_type",
    "rho",
    "scale",
    "rscales",
    "replicate_factors",
    "na",
    "design",
    "calibrated_by",
];

/// Arguments of `compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// CSV or Parquet file, one row a respondent
    #[arg(value_name = "FILE", required_unless_present = "published")]
    pub file: Option<PathBuf>,
    /// What is compared.
    #[command(flatten)]
    pub what: WhatArgs,
    /// How the comparison is shown.
    #[command(flatten)]
    pub output: OutputArgs,
    /// How the sample was drawn.
    #[command(flatten)]
    pub design: DesignArgs,
}

/// Outcome, groups and choices.
#[derive(Debug, Args)]
#[command(next_help_heading = "Comparison")]
pub struct WhatArgs {
    /// The share of an answer, or the mean of a column of numbers
    #[arg(long, value_name = "Y[=ANSWER]", required_unless_present = "published")]
    pub outcome: Option<String>,
    /// The column of the groups
    #[arg(long, value_name = "COLUMN", required_unless_present = "published")]
    pub groups: Option<String>,
    /// The group that the others are compared with; the first by default
    #[arg(long, value_name = "GROUP")]
    pub reference: Option<String>,
    /// Columns held equal: the gap after age and sex, by predictions of a logit or linear model
    #[arg(long, value_name = "X,…", value_delimiter = ',')]
    pub adjust: Vec<String>,
    /// Columns that a gap to the reference is split by: made up of other people, or answering otherwise (Oaxaca–Blinder)
    #[arg(long, value_name = "X,…", value_delimiter = ',')]
    pub decompose: Vec<String>,
    /// A column of times (years, dates or numbers of waves): does the difference to the reference change with it?
    #[arg(long, value_name = "COLUMN")]
    pub trend: Option<String>,
    /// One comparison for each value of a column, such as a wave
    #[arg(long, value_name = "COLUMN")]
    pub by: Option<String>,
    /// Only rows for which this holds; the whole design stays in the variance
    #[arg(long = "where", value_name = "EXPR")]
    pub condition: Option<String>,
    /// Rows without an outcome [default: exclude]
    #[arg(long, value_name = "HANDLING", value_enum, default_value = "exclude", hide_default_value = true)]
    pub missing: MissingName,
    /// Test that a difference is smaller than this, such as 0.05 (two one-sided tests)
    #[arg(long, value_name = "MARGIN", allow_hyphen_values = true)]
    pub within: Option<f64>,
    /// Significance level of letters and arrows; with two the laxer gives small letters, the stricter capitals and double arrows
    #[arg(long, value_name = "A,…", value_delimiter = ',', default_value = "0.05")]
    pub alpha: Vec<f64>,
    /// P-values adjusted for all pairs, all differences from the reference, all from the rest
    #[arg(long, value_name = "METHOD", value_enum, default_value_t)]
    pub adjust_p: AdjustName,
    /// Intervals of shares: `rule` is logit, or Korn–Graubard where few cases are expected [default: rule]
    #[arg(long, value_name = "METHOD", value_enum)]
    pub ci: Option<CiName>,
    /// Confidence level
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95)]
    pub level: f64,
    /// Degrees of freedom: of the groups, of the whole design (R), or none (normal limits)
    #[arg(long, value_name = "RULE", value_enum, default_value_t)]
    pub degf: DegfName,
    /// A published share with its base and assumed design effect (1.0 if not given); two or more instead of a file
    #[arg(long, value_name = "GROUP=SHARE,N[,DEFF]", conflicts_with_all = WITH_RESPONDENTS)]
    pub published: Vec<String>,
}

/// What the comparison looks like.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// How the results are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: TableFormat,
    /// Print every two groups, too
    #[arg(long)]
    pub pairs: bool,
    /// Also write comparison.csv, .json, .md and .svg (a figure) into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
