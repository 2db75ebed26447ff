//! What `opros tabulate` understands.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::analysis::multiplicity::Adjustment;
use crate::cli::data::design::DesignArgs;
use crate::cli::estimate::{CiName, DeffName, DegfName, SmallBases, TableFormat};

/// Arguments of `tabulate`.
#[derive(Debug, Args)]
pub struct TabulateArgs {
    /// CSV or Parquet file, one row a respondent
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What is tabulated.
    #[command(flatten)]
    pub what: WhatArgs,
    /// How columns are compared.
    #[command(flatten)]
    pub tests: TestArgs,
    /// How the tables are shown.
    #[command(flatten)]
    pub output: OutputArgs,
    /// How the sample was drawn.
    #[command(flatten)]
    pub design: DesignArgs,
}

/// Lines, columns and rows of the file.
#[derive(Debug, Args)]
#[command(next_help_heading = "Tables")]
pub struct WhatArgs {
    /// Questions: one table each, with a line for every answer
    #[arg(long, value_name = "Q,…", value_delimiter = ',', required = true)]
    pub rows: Vec<String>,
    /// Banner variables: a span of columns each, behind the total
    #[arg(long, value_name = "V,…", value_delimiter = ',')]
    pub cols: Vec<String>,
    /// Several answers or groups as one more line or column
    #[arg(long, value_name = "COLUMN: LABEL = A | B")]
    pub net: Vec<String>,
    /// Labels of a column that come first, in this order
    #[arg(long, value_name = "COLUMN: A | B")]
    pub order: Vec<String>,
    /// Only rows for which this holds, such as "age >= 30 and region in [north, south]"; the whole design stays
    #[arg(long = "where", value_name = "EXPR")]
    pub condition: Option<String>,
    /// Rows without an answer: a line of their own, or outside the base [default: show]
    #[arg(long, value_name = "HANDLING", value_enum, default_value_t, hide_default_value = true)]
    pub missing: MissingLine,
    /// Intervals of shares: `rule` is logit, or Korn–Graubard where few cases are expected [default: rule]
    #[arg(long, value_name = "METHOD", value_enum)]
    pub ci: Option<CiName>,
    /// Confidence level of the intervals
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95)]
    pub level: f64,
    /// Degrees of freedom: of each column, of the whole design (R), or none (normal limits)
    #[arg(long, value_name = "RULE", value_enum, default_value_t)]
    pub degf: DegfName,
    /// Design effects against a simple random sample with or without replacement
    #[arg(long, value_name = "REFERENCE", value_enum, default_value_t)]
    pub deff: DeffName,
}

/// Comparisons of columns.
#[derive(Debug, Args)]
#[command(next_help_heading = "Comparisons")]
pub struct TestArgs {
    /// Letters: behind a share stand the columns of its span whose share is smaller
    #[arg(long)]
    pub letters: bool,
    /// Arrows: a share is higher (↑) or lower (↓) than in the rest of its span
    #[arg(long)]
    pub rest: bool,
    /// Significance level; with two the laxer gives small letters, the stricter capitals (and double arrows)
    #[arg(long, value_name = "A,…", value_delimiter = ',', default_value = "0.05")]
    pub alpha: Vec<f64>,
    /// P-values adjusted for all comparisons of a line within a span
    #[arg(long, value_name = "METHOD", value_enum, default_value_t)]
    pub adjust_p: AdjustName,
}

/// What the tables look like.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Intervals below the shares
    #[arg(long)]
    pub intervals: bool,
    /// Decimals of percentages
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=6))]
    pub decimals: u8,
    /// How the tables are printed: as the ending of `--out` says, or else as a table
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<TableFormat>,
    /// Write into a file instead
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write over an existing file
    #[arg(long, requires = "out")]
    pub force: bool,
    /// Width of the text: wide banners go on below, span by span [default: $COLUMNS, or 120]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(40..))]
    pub width: Option<u16>,
    /// Marks of small bases in `table` and `md`
    #[arg(long, value_name = "RULES", value_enum, default_value_t)]
    pub small_bases: SmallBases,
}

/// What is done with rows without an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum MissingLine {
    /// They are in the base, and a line says how many.
    #[default]
    Show,
    /// The base is the rows with an answer; the units of the others stay in the design.
    Exclude,
}

/// How p-values are adjusted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum AdjustName {
    /// Holm's step-down Bonferroni.
    #[default]
    Holm,
    /// Times the number of comparisons.
    Bonferroni,
    /// Benjamini and Hochberg's false discovery rate.
    Bh,
    /// As they are.
    None,
}

impl AdjustName {
    /// The name in sentences.
    pub fn word(self) -> &'static str {
        match self {
            AdjustName::Holm => "Holm",
            AdjustName::Bonferroni => "Bonferroni",
            AdjustName::Bh => "Benjamini–Hochberg",
            AdjustName::None => "none",
        }
    }
}

impl From<AdjustName> for Adjustment {
    fn from(name: AdjustName) -> Self {
        match name {
            AdjustName::Holm => Adjustment::Holm,
            AdjustName::Bonferroni => Adjustment::Bonferroni,
            AdjustName::Bh => Adjustment::BenjaminiHochberg,
            AdjustName::None => Adjustment::None,
        }
    }
}
