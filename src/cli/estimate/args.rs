//! What `opros estimate` understands.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use crate::cli::data::design::DesignArgs;
use crate::estimate::{
    CiMethod, DeffReference, DegfRule, MissingOutcome, ProportionCi, QuantileInterval, QuantileRule,
};

/// Arguments of `estimate`.
#[derive(Debug, Args)]
#[command(group(
    ArgGroup::new("statistic")
        .args(["mean", "total", "ratio", "proportion", "count", "quantile", "variance", "sd", "cdf"])
        .required(true)
        .multiple(true)
), group(
    ArgGroup::new("shares").args(["proportion", "cdf"]).multiple(true)
))]
pub struct EstimateArgs {
    /// CSV or Parquet file, one row a respondent
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// What is estimated.
    #[command(flatten)]
    pub what: WhatArgs,
    /// How the sample was drawn.
    #[command(flatten)]
    pub design: DesignArgs,
    /// How the results are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    pub format: TableFormat,
    /// Further columns of `table` and `md`; `csv` and `json` have them all
    #[arg(long, value_name = "COLUMN,…", value_enum, value_delimiter = ',', help_heading = "Output")]
    pub show: Vec<ShowName>,
    /// Marks of small bases in `table` and `md`
    #[arg(long, value_name = "RULES", value_enum, default_value_t, help_heading = "Output")]
    pub small_bases: SmallBases,
}

/// Statistics, groups and choices.
#[derive(Debug, Args)]
#[command(next_help_heading = "Statistics")]
pub struct WhatArgs {
    /// Means of numeric columns
    #[arg(long, value_name = "X,…", value_delimiter = ',')]
    pub mean: Vec<String>,
    /// Totals of numeric columns
    #[arg(long, value_name = "X,…", value_delimiter = ',')]
    pub total: Vec<String>,
    /// Ratios of totals
    #[arg(long, value_name = "A/B,…", value_delimiter = ',')]
    pub ratio: Vec<String>,
    /// Shares of the answers of columns of labels
    #[arg(long, value_name = "Y,…", value_delimiter = ',')]
    pub proportion: Vec<String>,
    /// Totals of the answers of columns of labels: how many there are in the population
    #[arg(long, value_name = "Y,…", value_delimiter = ',')]
    pub count: Vec<String>,
    /// Variances of numeric columns in the population
    #[arg(long, value_name = "X,…", value_delimiter = ',')]
    pub variance: Vec<String>,
    /// Standard deviations of numeric columns in the population
    #[arg(long, value_name = "X,…", value_delimiter = ',')]
    pub sd: Vec<String>,
    /// Shares of values of numeric columns at or below those of `--at`
    #[arg(long, value_name = "X,…", value_delimiter = ',', requires = "at")]
    pub cdf: Vec<String>,
    /// The values of `--cdf`
    #[arg(long, value_name = "V,…", value_delimiter = ',', allow_negative_numbers = true, requires = "cdf")]
    pub at: Vec<f64>,
    /// Quantiles of numeric columns
    #[arg(long, value_name = "X,…", value_delimiter = ',')]
    pub quantile: Vec<String>,
    /// The shares below the quantiles
    #[arg(long, value_name = "P,…", value_delimiter = ',', default_value = "0.5", requires = "quantile")]
    pub probs: Vec<f64>,
    /// An expression over results that are asked for, such as "gap = mean(x)[north] - mean(x)[south]"
    #[arg(long, value_name = "EXPR")]
    pub contrast: Vec<String>,
    /// One result a group; several columns are crossed
    #[arg(long, value_name = "G,…", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Only rows for which this holds, such as "age >= 30 and region in [north, south]"; the whole design stays
    #[arg(long = "where", value_name = "EXPR")]
    pub condition: Option<String>,
    /// Rows without a value: `refuse` makes their group not estimable [default: refuse]
    #[arg(long, value_name = "HANDLING", value_enum, default_value_t, hide_default_value = true)]
    pub missing: MissingName,
    /// Intervals of proportions: `rule` is logit, or Korn–Graubard where few cases are expected [default: rule]
    #[arg(long, value_name = "METHOD", value_enum, requires = "shares")]
    pub ci: Option<CiName>,
    /// Confidence level
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95)]
    pub level: f64,
    /// Degrees of freedom: of each group (as R on a `subset`), of the whole design, or infinite (R's `confint`)
    #[arg(long, value_name = "RULE", value_enum, default_value_t)]
    pub degf: DegfName,
    /// Design effects against a simple random sample with or without replacement
    #[arg(long, value_name = "REFERENCE", value_enum, default_value_t)]
    pub deff: DeffName,
    /// How a quantile is read off (hf1 … hf9 are Hyndman and Fan's)
    #[arg(long, value_name = "RULE", value_enum, default_value_t, requires = "quantile")]
    pub quantile_rule: RuleName,
    /// Intervals of quantiles: Woodruff's through a proportion, a score test, or replicates [default: wald, or replicates where the
    /// design has them]
    #[arg(long, value_name = "METHOD", value_enum, requires = "quantile")]
    pub quantile_ci: Option<QuantileCiName>,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum TableFormat {
    /// Aligned for people.
    #[default]
    Table,
    /// All digits, one line a result.
    Csv,
    /// All digits, with design and notes.
    Json,
    /// A Markdown table.
    Md,
}

/// Columns that are shown when they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShowName {
    /// Coefficient of variation: standard error over the size of the estimate.
    Cv,
    /// Degrees of freedom behind the interval.
    Degf,
    /// Effective sample size: n over the design effect with replacement.
    NEff,
    /// Sum of the weights of the base.
    SumW,
    /// Method of the interval.
    CiMethod,
}

/// Rules for small bases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum SmallBases {
    /// n < 30 suppressed, 30–49 or fewer than 8 PSUs bracketed, 50–99 starred.
    #[default]
    Poll,
    /// No marks.
    None,
}

/// Handling of rows without a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum MissingName {
    /// The base is the rows with a value; the units of the others stay in the design.
    Exclude,
    /// They stay in the base: not this answer, or 0.
    Keep,
    /// Their group is not estimable.
    #[default]
    Refuse,
}

impl From<MissingName> for MissingOutcome {
    fn from(name: MissingName) -> Self {
        match name {
            MissingName::Exclude => MissingOutcome::Exclude,
            MissingName::Keep => MissingOutcome::KeepInBase,
            MissingName::Refuse => MissingOutcome::Refuse,
        }
    }
}

/// Intervals of proportions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CiName {
    /// Logit, or Korn–Graubard where few cases are expected.
    Rule,
    /// Estimate ± t · se (R: mean).
    Wald,
    /// On the log-odds (R: xlogit).
    Logit,
    /// Profile likelihood.
    Likelihood,
    /// On the arcsine of the root (R: asin).
    Arcsine,
    /// Clopper–Pearson with an effective size (R: beta).
    #[value(alias = "beta")]
    KornGraubard,
    /// Wilson's score interval with an effective size.
    Wilson,
}

impl From<CiName> for ProportionCi {
    fn from(name: CiName) -> Self {
        ProportionCi::Always(match name {
            CiName::Rule => return ProportionCi::Rule,
            CiName::Wald => CiMethod::Wald,
            CiName::Logit => CiMethod::Logit,
            CiName::Likelihood => CiMethod::Likelihood,
            CiName::Arcsine => CiMethod::ArcSine,
            CiName::KornGraubard => CiMethod::KornGraubard,
            CiName::Wilson => CiMethod::Wilson,
        })
    }
}

/// Degrees of freedom behind intervals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum DegfName {
    /// Units with members minus strata with members.
    #[default]
    Domain,
    /// Those of the whole design, everywhere.
    Design,
    /// Infinitely many: normal limits.
    Inf,
}

impl DegfName {
    /// The rule, where the whole design has some degrees of freedom.
    pub fn rule(self, of_design: impl FnOnce() -> f64) -> DegfRule {
        match self {
            DegfName::Domain => DegfRule::Domain,
            DegfName::Design => DegfRule::Fixed(of_design()),
            DegfName::Inf => DegfRule::Fixed(f64::INFINITY),
        }
    }
}

/// What design effects compare with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum DeffName {
    /// A simple random sample with replacement.
    #[default]
    With,
    /// One without replacement from a population as large as the sum of the weights (R's default).
    Without,
}

impl From<DeffName> for DeffReference {
    fn from(name: DeffName) -> Self {
        match name {
            DeffName::With => DeffReference::WithReplacement,
            DeffName::Without => DeffReference::WithoutReplacement,
        }
    }
}

/// Rules of quantiles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum RuleName {
    /// The left-continuous inverse (R: math).
    #[default]
    #[value(aliases = ["math", "hf1"])]
    Inverse,
    /// The mean of both neighbours where the share is met (R: school).
    #[value(aliases = ["school", "hf2"])]
    Midpoint,
    /// Hyndman and Fan's third.
    Hf3,
    /// Linear on the cumulated weights.
    Hf4,
    /// Points at the middle of the weights.
    Hf5,
    /// Weibull's points.
    Hf6,
    /// Gumbel's points, the default of R's `quantile`.
    Hf7,
    /// Median-unbiased points.
    Hf8,
    /// Normal-unbiased points.
    Hf9,
    /// Shah and Vaish's as R has it: limits need not lie around the quantile.
    #[value(alias = "shahvaish")]
    ShahVaish,
}

impl From<RuleName> for QuantileRule {
    fn from(name: RuleName) -> Self {
        match name {
            RuleName::Inverse => QuantileRule::Inverse,
            RuleName::Midpoint => QuantileRule::Midpoint,
            RuleName::Hf3 => QuantileRule::EvenRow,
            RuleName::Hf4 => QuantileRule::Linear,
            RuleName::Hf5 => QuantileRule::MidWeight,
            RuleName::Hf6 => QuantileRule::Weibull,
            RuleName::Hf7 => QuantileRule::Gumbel,
            RuleName::Hf8 => QuantileRule::MedianUnbiased,
            RuleName::Hf9 => QuantileRule::NormalUnbiased,
            RuleName::ShahVaish => QuantileRule::ShahVaish,
        }
    }
}

/// Intervals of quantiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum QuantileCiName {
    /// Woodruff through Wald limits of the share (R: mean).
    Wald,
    /// Woodruff through logit limits (R: xlogit).
    Logit,
    /// Woodruff through arcsine limits (R: asin).
    Arcsine,
    /// Woodruff through Korn–Graubard limits (R: beta).
    #[value(alias = "beta")]
    KornGraubard,
    /// Limits of a score test.
    Score,
    /// Replicate standard error of the quantile.
    Replicates,
}

impl QuantileCiName {
    /// The name that stands in the column `ci_method`.
    pub fn label(self) -> &'static str {
        match self {
            QuantileCiName::Wald => "woodruff wald",
            QuantileCiName::Logit => "woodruff logit",
            QuantileCiName::Arcsine => "woodruff arcsine",
            QuantileCiName::KornGraubard => "woodruff korn-graubard",
            QuantileCiName::Score => "score",
            QuantileCiName::Replicates => "replicates",
        }
    }
}

impl From<QuantileCiName> for QuantileInterval {
    fn from(name: QuantileCiName) -> Self {
        QuantileInterval::Woodruff(match name {
            QuantileCiName::Wald => CiMethod::Wald,
            QuantileCiName::Logit => CiMethod::Logit,
            QuantileCiName::Arcsine => CiMethod::ArcSine,
            QuantileCiName::KornGraubard => CiMethod::KornGraubard,
            QuantileCiName::Score => return QuantileInterval::Score,
            QuantileCiName::Replicates => return QuantileInterval::Replicates,
        })
    }
}
