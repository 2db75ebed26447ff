//! What `opros weight` understands.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::args::{MessageFormat, TEMPLATE};
use crate::cli::data::design::DesignArgs;
use crate::cli::files;
use crate::weighting::Distance;

/// Arguments of `weight`.
#[derive(Debug, Args)]
pub struct WeightArgs {
    /// How the new weights are made.
    #[command(subcommand)]
    pub method: MethodArgs,
}

/// The ways to new weights.
#[derive(Debug, Subcommand)]
pub enum MethodArgs {
    /// Fit the weights to several margins in turn
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros weight rake poll.csv --weight w --targets targets.csv --out weighted.csv

targets.csv, totals or shares (shares of a variable add up to 1):
  variable,level,share
  sex,female,0.53
  sex,male,0.47
  age,18-44,0.5
  age,45+,0.5
A margin of two columns is written `sex:age` with levels such as `female:45+`.
"
    )]
    Rake(RakeArgs),
    /// Fit the weights to the total of each cell
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros weight poststratify poll.csv --weight w --targets cells.csv --out weighted.csv

cells.csv, one variable; cells of two columns are written `sex:age`, `female:45+`:
  variable,level,total
  sex,female,15300
  sex,male,13700
"
    )]
    Poststratify(PoststratifyArgs),
    /// Fit the weights to totals of numbers and of levels (GREG and its relatives)
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros weight calibrate poll.csv --weight w --targets totals.csv --distance raking --out weighted.csv

totals.csv; a numeric column has no level, `(Intercept)` is the size of the population:
  variable,level,total
  sex,female,15300
  sex,male,13700
  income,,41200000
"
    )]
    Calibrate(CalibrateArgs),
    /// Cut extreme weights and give the excess to the others
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros weight trim poll.csv --weight w --lower 0.3 --upper 3 --out trimmed.csv
"
    )]
    Trim(TrimArgs),
    /// Give every group the same composition: direct standardization
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros weight standardize poll.csv --weight w --targets ages.csv --over region --out standard.csv
  opros estimate standard.csv --calibrated-by standard.weights.toml --mean trust --by region

ages.csv, the composition that all groups get:
  variable,level,share
  age,18-44,0.5
  age,45+,0.5
"
    )]
    Standardize(StandardizeArgs),
    /// Make replicate weights from the sampling design
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros weight replicates poll.csv --weight w --strata s --psu p --type jkn --out replicated.csv
  opros estimate replicated.csv --design replicated.design.toml --mean x
"
    )]
    Replicates(ReplicatesArgs),
}

/// What goes in and out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Files")]
pub struct FileArgs {
    /// CSV or Parquet file, one row a respondent
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The CSV file that is written: all columns of FILE, and the new ones
    #[arg(long, short, value_name = "CSV")]
    pub out: PathBuf,
    /// Write over an existing file or column; never over the base weight
    #[arg(long)]
    pub force: bool,
    /// How the record is printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: MessageFormat,
    /// How the sample was drawn.
    #[command(flatten)]
    pub design: DesignArgs,
}

impl FileArgs {
    /// What is read, and not written over.
    pub fn inputs<'a>(&'a self, targets: Option<&'a TargetArgs>) -> Vec<&'a Path> {
        let mut inputs = files::inputs(&self.file, &self.design);
        inputs.extend(targets.map(|targets| targets.targets.as_path()));
        inputs
    }
}

/// Name of the new column.
#[derive(Debug, Args)]
#[command(next_help_heading = "Weighting")]
pub struct ColumnArgs {
    /// Name of the new column
    #[arg(long, value_name = "NAME", default_value = "new_weight")]
    pub column: String,
}

/// What is known of the population.
#[derive(Debug, Args)]
#[command(next_help_heading = "Weighting")]
pub struct TargetArgs {
    /// CSV or JSON table with columns variable, level, and total or share
    #[arg(long, value_name = "FILE")]
    pub targets: PathBuf,
    /// Size of the population that shares refer to; the sum of the weights by default
    #[arg(long, value_name = "N")]
    pub population: Option<f64>,
}

/// Arguments of `weight rake`.
#[derive(Debug, Args)]
pub struct RakeArgs {
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub column: ColumnArgs,
    #[command(flatten)]
    pub targets: TargetArgs,
    /// Most rounds through all margins
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub max_iterations: usize,
    /// Stop when no cell moved by more than this share of the sum of the weights
    #[arg(long, value_name = "SHARE", default_value_t = 1e-12)]
    pub epsilon: f64,
    /// Take the weights of the last round although targets are not reached; the record tells what is left
    #[arg(long)]
    pub accept_gap: bool,
}

/// Arguments of `weight poststratify`.
#[derive(Debug, Args)]
pub struct PoststratifyArgs {
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub column: ColumnArgs,
    #[command(flatten)]
    pub targets: TargetArgs,
    /// Pass over cells without respondents instead of naming them and stopping
    #[arg(long)]
    pub allow_empty: bool,
}

/// Arguments of `weight calibrate`.
#[derive(Debug, Args)]
pub struct CalibrateArgs {
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub column: ColumnArgs,
    #[command(flatten)]
    pub targets: TargetArgs,
    /// The distance between old and new weights
    #[arg(long, value_name = "DISTANCE", value_enum, default_value_t)]
    pub distance: DistanceName,
    /// Bounds on new over old weights
    #[arg(long, value_name = "LOW,HIGH", value_delimiter = ',', allow_hyphen_values = true)]
    pub bounds: Vec<f64>,
    /// Bounds at which new over old weights are cut afterwards
    #[arg(long, value_name = "LOW,HIGH", value_delimiter = ',')]
    pub trim: Vec<f64>,
    /// Keep weights the same within the units of this stage
    #[arg(long, value_name = "STAGE")]
    pub aggregate_stage: Option<usize>,
    /// Most steps
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub max_iterations: usize,
    /// Largest gap allowed, relative to 1 + the target
    #[arg(long, value_name = "SHARE", default_value_t = 1e-10)]
    pub epsilon: f64,
}

/// Arguments of `weight trim`.
#[derive(Debug, Args)]
pub struct TrimArgs {
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub column: ColumnArgs,
    /// Weights below are raised to it
    #[arg(long, value_name = "W", required_unless_present = "upper")]
    pub lower: Option<f64>,
    /// Weights above are cut to it
    #[arg(long, value_name = "W")]
    pub upper: Option<f64>,
    /// Repeat until no weight is outside
    #[arg(long)]
    pub strict: bool,
}

/// Arguments of `weight standardize`.
#[derive(Debug, Args)]
pub struct StandardizeArgs {
    #[command(flatten)]
    pub files: FileArgs,
    #[command(flatten)]
    pub column: ColumnArgs,
    #[command(flatten)]
    pub targets: TargetArgs,
    /// The groups that get the same composition; several columns are crossed, all rows are one without
    #[arg(long, value_name = "G,…", value_delimiter = ',')]
    pub over: Vec<String>,
}

/// Arguments of `weight replicates`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Weighting")]
pub struct ReplicatesArgs {
    /// How the replicates are made
    #[arg(long = "type", value_name = "TYPE", value_enum)]
    pub kind: MadeName,
    /// Number of replicates of a bootstrap
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub number: usize,
    /// Seed of a bootstrap: the same seed gives the same weights
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub seed: u64,
    /// Names of the new columns begin so
    #[arg(long, value_name = "PREFIX", default_value = "rep")]
    pub prefix: String,
    /// The share that the lighter half keeps (fay)
    #[arg(long = "keep", value_name = "SHARE", required_if_eq("kind", "fay"))]
    pub keep: Option<f64>,
    /// Variances around the full-sample estimate instead of the mean of the replicates
    #[arg(long)]
    pub around_estimate: bool,
    #[command(flatten)]
    pub files: FileArgs,
}

/// Distances between old and new weights.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum DistanceName {
    /// Generalized regression; weights may become negative.
    #[default]
    Linear,
    /// Exponential; weights stay positive.
    Raking,
    /// Logistic; needs bounds.
    Logit,
    /// Hyperbolic sine.
    Sinh,
}

impl From<DistanceName> for Distance {
    fn from(name: DistanceName) -> Self {
        match name {
            DistanceName::Linear => Distance::Linear,
            DistanceName::Raking => Distance::Raking,
            DistanceName::Logit => Distance::Logit,
            DistanceName::Sinh => Distance::HyperbolicSine,
        }
    }
}

/// Ways to make replicate weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MadeName {
    /// Leaves out one unit at a time; no strata.
    Jk1,
    /// Leaves out one unit at a time within its stratum.
    Jkn,
    /// Balanced half samples; two units a stratum.
    Brr,
    /// Half samples that keep a share of the lighter half.
    Fay,
    /// Rao and Wu's bootstrap.
    RaoWu,
    /// Canty and Davison's bootstrap.
    CantyDavison,
}
