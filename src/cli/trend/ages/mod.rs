//! Shares by age and year of birth, and splits of their change: of respondents, or of printed age groups.

mod groups;
mod respondents;

use clap::Args;

use super::args::ColumnArgs;
use super::houses::slug;
use super::study::plain;
use crate::analysis::result::{Flag, ResultRecord, Results};
use crate::chart::figure::selected;
use crate::cli::data::columns::{DataFile, Reading, unusable};
use crate::error::Result;
use crate::study::definition::{Analyses, ChangeSplitAnalysis, ChartKind, Figure, SplitAveraging, Text};
use crate::study::{PartialDate, Study};

/// Id of the display.
pub(super) const AGES: &str = "ages";
/// Id of the split.
pub(super) const SPLIT: &str = "split";

/// By age: what changed within ages, and what by the people.
#[derive(Debug, Args)]
#[command(next_help_heading = "By age")]
pub struct AgeArgs {
    /// Age in years, or age group such as 18-24 or 65+: shares by age and year of birth, and their change split into
    /// other answers and other people. With `--percent` or `--share` a row is a printed age group, with `--outcome` a person
    #[arg(long, value_name = "COL", requires = "period", conflicts_with_all = [
        "anchor", "event", "pulse", "slope", "drifting", "month_only", "house_by", "field_start", "date", "no_breaks",
        "assume_n", "pollster", "no_scatter", "from", "until", "margin", "placebo", "forecast", "step", "scale", "level",
    ])]
    pub age: Option<String>,
    /// When the row was asked: 2014, 2014-03 or 2014-03-18; rows of one period are one poll
    #[arg(long, value_name = "COL", requires = "age")]
    pub period: Option<String>,
    /// People: the answer of interest, or several: COL=ANSWER|ANSWER; rows without any answer stay out
    #[arg(long, value_name = "COL=ANSWER", requires = "age", conflicts_with_all = ["percent", "share", "n", "deff"])]
    pub outcome: Option<String>,
    /// People: column of the weights
    #[arg(long, value_name = "COL", requires = "outcome")]
    pub weight: Option<String>,
    /// People: column of the strata
    #[arg(long, value_name = "COL", requires = "outcome")]
    pub strata: Option<String>,
    /// People: column of the sampling units
    #[arg(long, value_name = "COL", requires = "outcome")]
    pub psu: Option<String>,
    /// People: lower ends of the age groups where ages are in years [default: 18,25,35,45,55,65]
    #[arg(long, value_name = "AGE,…", value_delimiter = ',', requires = "outcome")]
    pub bands: Vec<u32>,
    /// People: years of birth that make up a cohort; ages must be in years
    #[arg(long, value_name = "YEARS", requires = "outcome", value_parser = clap::value_parser!(u32).range(1..=50))]
    pub cohorts: Option<u32>,
    /// People: further columns that make up the composition beside age
    #[arg(long, value_name = "COL,…", value_delimiter = ',', requires = "outcome")]
    pub split_by: Vec<String>,
    /// Printed groups: share or number of the group in the population of that period
    #[arg(long, value_name = "COL", requires = "age", conflicts_with = "outcome")]
    pub composition: Option<String>,
    /// Hold more than two polls against all pairs of polls (Das Gupta), not each against the one before
    #[arg(long, requires = "age")]
    pub all_pairs: bool,
}

/// A study of a file by age.
pub struct ByAge {
    pub study: Study,
    pub notes: Vec<String>,
}

/// Reads the file as respondents or as printed groups.
///
/// # Errors
///
/// As for polls: columns, cells and dates that cannot be used, all together; `E41` where neither a share nor an outcome is named.
pub fn read(file: &DataFile, columns: &ColumnArgs, args: &AgeArgs, age: &str) -> Result<ByAge> {
    let Some(period) = &args.period else {
        return Err(unusable("E41", "--age", "ages need periods", "name the column of the years with `--period COL`"));
    };
    match (&args.outcome, columns.percent.is_some() || columns.share.is_some()) {
        (Some(outcome), _) => respondents::read(file, columns, args, [age, period], outcome),
        (None, true) => groups::read(file, columns, args, [age, period]),
        (None, false) => {
            let hint = "rows are people: `--outcome COL=ANSWER`; rows are printed age groups: `--percent COL` or `--share COL`";
            Err(unusable("E41", file.name(), "what is shown by age?", hint))
        }
    }
}

/// Leaves the figures that have something to show.
pub fn keep_drawable(study: &mut Study, results: &Results) {
    let definition = study.definition.clone();
    study.definition.figure.retain(|figure| {
        let is_shown =
            |record: &&ResultRecord| record.estimate.estimate.is_some() && !record.flags.contains(&Flag::BaseUnder30);
        selected(figure, &definition, results).iter().any(is_shown)
    });
}

/// A period of the file: its date and the name of its poll.
struct Period {
    id: String,
    label: String,
    date: PartialDate,
}

/// The periods in order of time, and the period of each row; rows without one stay out. Cells that are no dates are problems.
fn periods(reading: &mut Reading<'_>, rows: &[usize], column: &str) -> (Vec<Period>, Vec<Option<usize>>) {
    let texts = reading.texts(column);
    let mut periods: Vec<Period> = Vec::new();
    let mut bad: Vec<String> = Vec::new();
    let mut of_row: Vec<Option<String>> = Vec::with_capacity(rows.len());
    for row in rows {
        let text = texts.get(*row).and_then(Option::as_deref).map(|text| text.trim().to_owned());
        let is_new = |label: &&String| !bad.contains(label) && periods.iter().all(|period| period.label != **label);
        if let Some(label) = text.as_ref().filter(is_new) {
            match label.parse::<PartialDate>() {
                Ok(date) => periods.push(Period { id: slug(label), label: label.clone(), date }),
                Err(error) => {
                    let problem = reading.file().point("E48", *row, column, label, error.to_string());
                    reading.problem(problem.expected("2014, 2014-03 or 2014-03-18").hint("write the year first"));
                    // Said once, however many rows hold it.
                    bad.push(label.clone());
                }
            }
        }
        of_row.push(text);
    }
    periods.sort_by(|a, b| a.date.mid_year().total_cmp(&b.date.mid_year()));
    let position = |label: Option<String>| label.and_then(|label| periods.iter().position(|p| p.label == label));
    let of_row = of_row.into_iter().map(position).collect();
    (periods, of_row)
}

fn split(args: &AgeArgs) -> ChangeSplitAnalysis {
    ChangeSplitAnalysis {
        id: SPLIT.to_owned(),
        label: None,
        surveys: Vec::new(),
        measure: None,
        by: Vec::new(),
        groups: None,
        frames: Vec::new(),
        averaging: if args.all_pairs { SplitAveraging::AllPairs } else { SplitAveraging::Consecutive },
    }
}

/// The display, and the parts of the changes.
fn figures(title: &str, file: &str) -> Vec<Figure> {
    let figure = |id: &str, chart, subtitle: &str| Figure {
        tracks: Vec::new(),
        id: id.to_owned(),
        chart,
        analyses: vec![id.to_owned()],
        answers: Vec::new(),
        only: Vec::new(),
        places: Vec::new(),
        events: Vec::new(),
        title: plain(title),
        subtitle: plain(subtitle),
        caption: Text::Plain(format!("Source: {file}.")),
        labels: std::collections::BTreeMap::new(),
        axis_max: None,
    };
    vec![
        figure(AGES, ChartKind::Ages, "Shares by age and by year of birth"),
        figure(SPLIT, ChartKind::Forest, "Change from poll to poll, split into other answers and other people"),
    ]
}

/// The analyses of both kinds of file, with their ids.
fn analyses(ages: crate::study::definition::AgesAnalysis, split: ChangeSplitAnalysis) -> Analyses {
    Analyses { ages: vec![ages], change_split: vec![split], ..Analyses::default() }
}
