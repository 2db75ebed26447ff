//! What `opros trend` understands.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};

use super::ages::AgeArgs;
use crate::cli::data::format::FormatArgs;
use crate::cli::estimate::TableFormat;
use crate::study::PartialDate;
use crate::study::definition::{GridStep, PooledLevelKind, PooledScale};

/// Arguments of `trend`.
#[derive(Debug, Args)]
pub struct TrendArgs {
    /// CSV or Parquet file, one row a poll; or a study of the project, whose declared trend analyses are printed
    #[arg(value_name = "FILE|STUDY")]
    pub target: String,
    /// Which columns say what.
    #[command(flatten)]
    pub columns: ColumnArgs,
    /// Shares by age and splits of their change.
    #[command(flatten)]
    pub ages: AgeArgs,
    /// What is fitted and tested.
    #[command(flatten)]
    pub model: ModelArgs,
    /// How the results are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    pub format: TableFormat,
    /// What the share is, for the title of the picture; the name of its column by default
    #[arg(long, value_name = "TEXT", help_heading = "Output")]
    pub title: Option<String>,
    /// Also write the picture and all results into this folder
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub out: Option<PathBuf>,
}

/// Columns of the poll table.
#[derive(Debug, Args)]
#[command(next_help_heading = "Columns", group(ArgGroup::new("value").args(["percent", "share"])))]
pub struct ColumnArgs {
    /// Share of the answer, from 0 to 100
    #[arg(long, value_name = "COL")]
    pub percent: Option<String>,
    /// Share of the answer, from 0 to 1
    #[arg(long, value_name = "COL")]
    pub share: Option<String>,
    /// Date of the poll: 2014-03-18, 2014-03 or 2014 [default: date]
    #[arg(long, value_name = "COL")]
    pub date: Option<String>,
    /// First day in the field; where empty, `--date` is taken
    #[arg(long, value_name = "COL", requires = "field_end")]
    pub field_start: Option<String>,
    /// Last day in the field
    #[arg(long, value_name = "COL", requires = "field_start")]
    pub field_end: Option<String>,
    /// Dates stand for months, whatever day they print: of all polls, or of those for which this holds
    #[arg(long, value_name = "EXPR", num_args = 0..=1, default_missing_value = "")]
    pub month_only: Option<String>,
    /// Who asked; one pollster where absent
    #[arg(long, value_name = "COL")]
    pub pollster: Option<String>,
    /// Columns such as question, wording or mode: a pollster with another value is another house
    #[arg(long, value_name = "COL,…", value_delimiter = ',')]
    pub house_by: Vec<String>,
    /// Number interviewed
    #[arg(long, value_name = "COL")]
    pub n: Option<String>,
    /// Number interviewed where the table gives none: N for all, or POLLSTER=N
    #[arg(long, value_name = "[POLLSTER=]N", value_delimiter = ',')]
    pub assume_n: Vec<String>,
    /// Design effect against simple random sampling: a number for all, POLLSTER=NUMBER, or a column [default: 1]
    #[arg(long, value_name = "NUMBER|COL", value_delimiter = ',')]
    pub deff: Vec<String>,
    /// Only rows for which this holds, such as "pollster in [aster, boreas]"
    #[arg(long = "where", value_name = "EXPR")]
    pub condition: Option<String>,
    /// Texts that mean "no value", such as NA; the empty cell always does
    #[arg(long, value_name = "TEXT", value_delimiter = ',', allow_hyphen_values = true)]
    pub na: Vec<String>,
    /// How the text of the file is written.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// The model, events and tests.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model and tests")]
pub struct ModelArgs {
    /// The analysis of the study to print; all about trends where absent
    #[arg(long, value_name = "ID")]
    pub analysis: Vec<String>,
    /// The house whose level the series is; without it house effects add up to zero
    #[arg(long, value_name = "POLLSTER")]
    pub anchor: Option<String>,
    /// How else the level lies among the houses: sum-to-zero; weighted, each house by its number of polls; or shrunken=POINTS, effects
    /// drawn around zero with this standard deviation, so that houses with few polls are drawn towards the others
    #[arg(long, value_name = "RULE", conflicts_with = "anchor", value_parser = houses_rule)]
    pub houses: Option<HousesRule>,
    /// Effects add up to zero with these weights; pollsters that are not named have none
    #[arg(long, value_name = "POLLSTER=NUMBER", value_delimiter = ',', conflicts_with_all = ["anchor", "houses"])]
    pub house_weight: Vec<String>,
    /// Take estimated variances as known, as most programs do; intervals are then too short where polls are few
    #[arg(long)]
    pub known_variances: bool,
    /// Scale on which effects add up
    #[arg(long, value_name = "SCALE", value_enum, default_value_t)]
    pub scale: ScaleName,
    /// How the level moves: a random walk, or one whose slope walks too
    #[arg(long, value_name = "KIND", value_enum, default_value_t)]
    pub level: LevelName,
    /// Polls scatter by sampling alone; otherwise a variance beyond it is estimated for houses with ten polls or more
    #[arg(long)]
    pub no_scatter: bool,
    /// Also let the distances between houses drift; needs `--anchor`, the house that does not
    #[arg(long, requires = "anchor")]
    pub drifting: bool,
    /// Steps at which the level is given
    #[arg(long, value_name = "STEP", value_enum, default_value_t)]
    pub step: StepName,
    /// Steps after the last poll to forecast
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=120))]
    pub forecast: u8,
    /// Tests a lasting step of the level: DATE or DATE=NAME
    #[arg(long, value_name = "DATE[=NAME]")]
    pub event: Vec<String>,
    /// Tests a passing change: FROM..TO or FROM..TO=NAME
    #[arg(long, value_name = "FROM..TO[=NAME]")]
    pub pulse: Vec<String>,
    /// Tests a change of the slope: DATE or DATE=NAME
    #[arg(long, value_name = "DATE[=NAME]")]
    pub slope: Vec<String>,
    /// Compares steps with those at dates this many months away from every event; 0 leaves that out
    #[arg(long, value_name = "MONTHS", default_value_t = 6, value_parser = clap::value_parser!(u8).range(0..=60))]
    pub placebo: u8,
    /// Leave out the search for breaks within each house
    #[arg(long)]
    pub no_breaks: bool,
    /// A change that does not matter, in percentage points, for the test of no change
    #[arg(long, value_name = "POINTS", default_value_t = 3.0)]
    pub margin: f64,
    /// First and last date to take
    #[arg(long, value_name = "DATE")]
    pub from: Option<PartialDate>,
    /// See `from`
    #[arg(long, value_name = "DATE")]
    pub until: Option<PartialDate>,
}

/// How the level lies among the houses, where none is the anchor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HousesRule {
    /// Effects add up to zero.
    SumToZero,
    /// Effects add up to zero, weighted by the numbers of polls.
    Weighted,
    /// Effects are drawn around zero with this standard deviation, a difference of shares.
    Shrunken(f64),
}

fn houses_rule(text: &str) -> Result<HousesRule, String> {
    let (name, number) = text.split_once('=').map_or((text, None), |(name, number)| (name, Some(number)));
    match (name, number) {
        ("sum-to-zero", None) => Ok(HousesRule::SumToZero),
        ("weighted", None) => Ok(HousesRule::Weighted),
        ("weighted", Some(_)) => Err("weights are given by `--house-weight POLLSTER=NUMBER`".to_owned()),
        ("shrunken", Some(number)) => match number.trim().parse::<f64>() {
            Ok(points) if points > 0.0 && points <= 100.0 => Ok(HousesRule::Shrunken(points / 100.0)),
            _ => Err(format!("`{number}` is no number of points above 0, such as 3")),
        },
        ("shrunken", None) => Err("say by how many points houses differ, such as shrunken=3".to_owned()),
        _ => Err("write sum-to-zero, weighted or shrunken=POINTS; an anchor is given by `--anchor`".to_owned()),
    }
}

/// Scales of the model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ScaleName {
    /// Shares as they are.
    #[default]
    Share,
    /// Logarithms of odds.
    Logit,
}

impl From<ScaleName> for PooledScale {
    fn from(name: ScaleName) -> Self {
        match name {
            ScaleName::Share => PooledScale::Share,
            ScaleName::Logit => PooledScale::Logit,
        }
    }
}

/// How the level moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LevelName {
    /// A random walk.
    #[default]
    Local,
    /// A random walk whose slope is a random walk too.
    Linear,
}

impl From<LevelName> for PooledLevelKind {
    fn from(name: LevelName) -> Self {
        match name {
            LevelName::Local => PooledLevelKind::LocalLevel,
            LevelName::Linear => PooledLevelKind::LocalLinear,
        }
    }
}

/// Steps in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum StepName {
    /// Every day.
    Day,
    /// Every Monday.
    Week,
    /// The middle of every month.
    #[default]
    Month,
    /// The middle of every year.
    Year,
}

impl From<StepName> for GridStep {
    fn from(name: StepName) -> Self {
        match name {
            StepName::Day => GridStep::Day,
            StepName::Week => GridStep::Week,
            StepName::Month => GridStep::Month,
            StepName::Year => GridStep::Year,
        }
    }
}
