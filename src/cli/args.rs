//! What can be said on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::compare::CompareArgs;
use super::estimate::EstimateArgs;
use super::tabulate::TabulateArgs;
use super::trend::TrendArgs;
use super::weight::WeightArgs;

/// Help with the examples first.
pub const TEMPLATE: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

const EXIT_CODES: &str = "\
Exit codes: 0 done; 1 a check found something; 2 it could not be done.
A project is the nearest parent folder that holds `reports/`.";

/// Survey and polling statistics: from poll data to a report in which every number has a source.
#[derive(Debug, Parser)]
#[command(
    name = "opros",
    version,
    help_template = TEMPLATE,
    before_help = "\
Examples:
  opros build                     build every report of the project
  opros build --check             are the reports current? writes nothing
  opros validate                  check all data that the studies use
  opros trace RESULT              where does this number come from?
  opros estimate poll.csv --weight w --strata s --psu p --proportion vote --by region
  opros tabulate poll.csv --weight w --rows vote,trust --cols sex,age --letters
  opros weight rake poll.csv --weight w --targets targets.csv --out weighted.csv
  opros trend polls.csv --percent approve --n n --pollster house --event 2014-03-18
  opros explain V01               what does this finding mean?
",
    after_help = EXIT_CODES,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What every command understands.
    #[command(flatten)]
    pub common: Common,
}

/// Flags that every command understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// Print errors and the data asked for, nothing else
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print more: all findings, all lines of a source
    #[arg(long, short, global = true)]
    pub verbose: bool,
    /// Number of threads; as many as there are processors by default [env: OPROS_THREADS]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Colours in messages; `auto` means on a terminal, unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: ColorChoice,
}

/// When messages are coloured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read, check, compute, draw and write reports
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros build                        every study under `reports/`
  opros build NAME --out /tmp/look   into /tmp/look/NAME/
  opros build NAME --only FIGURE     the files of one figure
  opros build --check                compare with what stands there
"
    )]
    Build(BuildArgs),
    /// Check the data and definition of studies
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros validate                           everything that the studies use
  opros validate NAME --strict             warnings fail, too
  opros validate datasets/NAME             one data package
  opros validate --format json             for machines
"
    )]
    Validate(ValidateArgs),
    /// Say what a finding means and how to mend it
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros explain        all codes
  opros explain V01    one of them
"
    )]
    Explain(ExplainArgs),
    /// Say where a number comes from: value, interval, method, wording, files and lines
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros trace ANALYSIS/POLL/ANSWER
  opros trace ANALYSIS/POLL/ANSWER --format json
  opros trace ANALYSIS                   the ids that start so
"
    )]
    Trace(TraceArgs),
    /// Estimate from a file: means, totals, ratios, proportions, quantiles, by groups, with the sampling design
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros estimate poll.csv --weight w --proportion vote
  opros estimate poll.csv --weight w --strata region --psu town --nest --proportion vote --by sex,age
  opros estimate poll.csv --weight w --mean income --quantile income --probs 0.1,0.5,0.9 --where \"age >= 18\" --na NA
  opros estimate poll.csv --weight w --replicates 'rep*' --replicate-type jk1 --ratio spent/income --format csv
  opros estimate poll.csv --design design.toml --total visits --format json
  opros estimate weighted.csv --calibrated-by weighted.weights.toml --psu town --mean trust
"
    )]
    Estimate(Box<EstimateArgs>),
    /// Banner tables: column percentages of questions by groups, with bases, intervals and significance letters
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros tabulate poll.csv --weight w --rows vote,trust --cols sex,age,region --letters
  opros tabulate poll.csv --weight w --psu town --rows trust --cols region --letters --alpha 0.05,0.01 --intervals
  opros tabulate poll.csv --weight w --rows trust --cols region --net 'trust: Any trust = fully | rather' --rest
  opros tabulate poll.csv --weight w --rows q1,q2 --cols age --where 'wave == 3' --missing exclude --format md
  opros tabulate poll.csv --weight w --rows q1 --cols age,sex --letters --out tables.csv
"
    )]
    Tabulate(Box<TabulateArgs>),
    /// Do groups differ, by how much, and is it composition? Differences, ratios, tests, adjusted gaps, a figure
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros compare poll.csv --weight w --outcome vote=yes --groups region --reference capital
  opros compare poll.csv --weight w --psu town --outcome vote=yes --groups region --adjust age,sex --out gap
  opros compare poll.csv --weight w --outcome trust --groups sex --within 0.5
  opros compare poll.csv --weight w --outcome vote=yes --groups sex --by wave --format csv
  opros compare --published 'city=0.52,800,1.9' --published 'village=0.61,640,1.9'
"
    )]
    Compare(Box<CompareArgs>),
    /// Make new weights from old ones: rake, poststratify, calibrate, trim, replicates
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros weight rake poll.csv --weight w --targets targets.csv --out weighted.csv
  opros weight calibrate poll.csv --weight w --targets totals.csv --distance raking --out weighted.csv
  opros weight trim weighted.csv --calibrated-by weighted.weights.toml --upper 3 --out trimmed.csv --column trimmed
  opros weight replicates poll.csv --weight w --strata s --psu p --type jkn --out replicated.csv
"
    )]
    Weight(Box<WeightArgs>),
    /// Pool polls of several houses: level, house effects, steps at events, breaks; from a poll table or a study
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros trend polls.csv --percent approve --n n --pollster pollster --deff 1.5
  opros trend polls.csv --share yes --n n --pollster house --anchor aster --event 2014-03-18=annexation --out trend
  opros trend polls.csv --percent yes --assume-n aster=1600,boreas=1500 --deff aster=1.9,boreas=2 --pollster pollster
  opros trend polls.csv --percent yes --n n --field-start start --field-end end --house-by question,mode --format csv
  opros trend STUDY                    the declared trend analyses of a study
  opros trend STUDY --analysis ID --format json
"
    )]
    Trend(Box<TrendArgs>),
    /// Print the JSON schema of a definition file
    #[command(
        help_template = TEMPLATE,
        before_help = "\
Examples:
  opros schema > report.schema.json
  opros schema design > design.schema.json
"
    )]
    Schema(SchemaArgs),
}

/// Arguments of `build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// Studies by name; all where none is given
    #[arg(value_name = "STUDY")]
    pub studies: Vec<String>,
    /// Write into DIR/<study>/ instead of reports/<study>/
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Write only the files of these figures
    #[arg(long, value_name = "FIGURE", num_args = 1.., value_delimiter = ',')]
    pub only: Vec<String>,
    /// Write nothing; list stale files and changed numbers, and exit with 1 if there are any
    #[arg(long)]
    pub check: bool,
    /// Also write the figures in this format
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub format: Option<PictureFormat>,
}

/// Formats of pictures beside SVG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PictureFormat {
    /// Bitmap, into the folder `png`.
    Png,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Studies by name, or data packages and files by path; all studies where none is given
    #[arg(value_name = "STUDY|FILES")]
    pub targets: Vec<String>,
    /// How findings are printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: MessageFormat,
    /// Let warnings fail the check, too
    #[arg(long)]
    pub strict: bool,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// Of which file: `report.toml`, `design.toml`, or the record `….weights.toml`
    #[arg(value_name = "FILE", value_enum, default_value_t)]
    pub file: SchemaOf,
}

/// Files that have a schema.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// The definition of a study.
    #[default]
    Report,
    /// A sampling design.
    Design,
    /// The record of `opros weight`.
    Weights,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A code such as V01; all codes where none is given
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

/// Arguments of `trace`.
#[derive(Debug, Args)]
pub struct TraceArgs {
    /// Id of a result, as in results.json and in the tables beside the figures
    #[arg(value_name = "ID")]
    pub id: String,
    /// The study to look in; all where none is given
    #[arg(long, value_name = "STUDY")]
    pub study: Option<String>,
    /// How the answer is printed
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub format: MessageFormat,
}

/// For people or for machines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum MessageFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}
