//! From a request to comparisons.

use super::args::CompareArgs;
use super::read::Columns;
use crate::analysis::compare::{
    AdjustedComparison, AdjustedRequest, CompareError, Control, GroupComparison, GroupOptions, OverallTest,
    TrendComparison, TrendRequest, adjusted_groups, compare_groups, compare_over_time, gap_trends, overall_tests,
};
use crate::analysis::decomposition::{Detail, Gap, Model, OaxacaBlinder, Predictor, Reference, oaxaca_blinder};
use crate::analysis::multiplicity::Adjustment;
use crate::cli::data::wording::diagnostic;
use crate::cli::estimate::MissingName;
use crate::cli::survey::Survey;
use crate::design::SurveyDesign;
use crate::error::{Error, Result};
use crate::estimate::{self, MissingOutcome, ProportionCi};

/// Most times that are drawn one by one.
const MOST_TIMES: usize = 60;

/// A comparison among the rows of one mask.
pub struct Part {
    /// The value of `--by`; empty without it.
    pub label: String,
    pub groups: GroupComparison,
    /// After adjustment; or why there is none.
    pub adjusted: Option<std::result::Result<AdjustedComparison, String>>,
    pub tests: Vec<(&'static str, std::result::Result<OverallTest, String>)>,
    /// The gap of each other group to the reference, split; or why not.
    pub splits: Vec<(String, std::result::Result<OaxacaBlinder, String>)>,
    /// How the differences change with time; or why that cannot be said.
    pub trend: Option<std::result::Result<TrendComparison, String>>,
    /// The groups at each time of the trend, where a picture of it is drawn.
    pub over_time: Vec<(f64, GroupComparison)>,
}

impl Part {
    /// The tests of the trends, by name.
    pub fn tests_of_trend(&self) -> Vec<(&'static str, std::result::Result<OverallTest, String>)> {
        let Some(Ok(trend)) = &self.trend else { return Vec::new() };
        let told = |found: &std::result::Result<OverallTest, CompareError>| {
            found.clone().map_err(|error| one_line(&error.to_string()))
        };
        let mut tests = vec![("differences change along a line", told(&trend.parallel))];
        tests.extend(trend.steady.as_ref().map(|found| ("differences change in any way", told(found))));
        tests
    }
}

/// Compares the groups of each mask.
///
/// # Errors
///
/// What the library refuses for all of them alike.
pub fn parts(args: &CompareArgs, survey: &Survey, columns: &Columns) -> Result<Vec<Part>> {
    let options = options(args, survey);
    columns.by.iter().map(|(label, mask)| part(args, survey, columns, &options, label, mask)).collect()
}

fn part(
    args: &CompareArgs,
    survey: &Survey,
    columns: &Columns,
    options: &GroupOptions,
    label: &str,
    mask: &[bool],
) -> Result<Part> {
    let design = &survey.design;
    let outcome = columns.outcome.borrowed();
    let groups = compare_groups(design, outcome, &columns.groups, columns.reference, mask, options)
        .map_err(|error| Error::unusable(diagnostic("E41", survey.file.name(), &error.to_string())))?;
    let response = columns.outcome.numbers();
    let refused = refused(args, design, &response, mask);
    let allowed = || refused.clone().map_or(Ok(()), Err);
    let adjusted = (!columns.controls.is_empty()).then(|| {
        allowed()?;
        let request = AdjustedRequest {
            response: &response,
            is_share: columns.outcome.is_share(),
            groups: &columns.groups,
            reference: columns.reference,
            controls: &columns.controls,
            mask,
        };
        adjusted_groups(design, &request, args.what.level).map_err(|error| one_line(&error.to_string()))
    });
    let tests = overall_tests(design, outcome, &columns.groups, mask, options)
        .into_iter()
        .map(|(name, found)| (name, allowed().and_then(|()| found.map_err(|error| one_line(&error.to_string())))))
        .collect();
    let splits = match columns.parts.is_empty() {
        true => Vec::new(),
        false => splits(survey, columns, &response, mask, &options.estimate, &allowed),
    };
    let trend = columns.trend.as_ref().map(|times| {
        allowed()?;
        let request = TrendRequest {
            response: &response,
            is_share: columns.outcome.is_share(),
            groups: &columns.groups,
            reference: columns.reference,
            times: &times.values,
            controls: &columns.controls,
            mask,
        };
        gap_trends(design, &request, args.what.level).map_err(|error| one_line(&error.to_string()))
    });
    let over_time = match (&trend, &columns.trend, &args.output.out) {
        (Some(Ok(found)), Some(times), Some(_)) if found.times.len() <= MOST_TIMES => {
            let (reference, times) = (columns.reference, (&times.values[..], &found.times[..]));
            compare_over_time(design, outcome, &columns.groups, reference, times, mask, options)
                .map_err(|error| Error::unusable(diagnostic("E41", survey.file.name(), &error.to_string())))?
        }
        _ => Vec::new(),
    };
    Ok(Part { label: label.to_owned(), groups, adjusted, tests, splits, trend, over_time })
}

/// Why nothing is fitted or tested, where rows without an outcome are refused.
fn refused(args: &CompareArgs, design: &SurveyDesign, response: &[f64], mask: &[bool]) -> Option<String> {
    let is_missing = |row: &usize| mask[*row] && design.weights()[*row] > 0.0 && response[*row].is_nan();
    let n = (0..response.len()).filter(is_missing).count();
    let is_refused = args.what.missing == MissingName::Refuse && n > 0;
    is_refused.then(|| format!("{n} rows have no outcome; `--missing exclude` takes those with one"))
}

fn splits(
    survey: &Survey,
    columns: &Columns,
    response: &[f64],
    mask: &[bool],
    options: &estimate::Options,
    allowed: &dyn Fn() -> std::result::Result<(), String>,
) -> Vec<(String, std::result::Result<OaxacaBlinder, String>)> {
    let predictors: Vec<Predictor<'_>> = columns
        .parts
        .iter()
        .map(|part| match part {
            Control::Factor(name, codes) => Predictor { name, detail: Detail::Factor(codes) },
            Control::Number(name, values) => Predictor { name, detail: Detail::Number(values) },
        })
        .collect();
    let model = if columns.outcome.is_share() { Model::Logit } else { Model::Linear };
    let labels = columns.groups.labels();
    let split = |first: &String| {
        if let Err(reason) = allowed() {
            return (first.clone(), Err(reason));
        }
        let second = &labels[columns.reference];
        let gap = Gap { outcome: response, groups: &columns.groups, first, second };
        let found = oaxaca_blinder(&survey.design, &gap, &predictors, model, Reference::default(), mask, options);
        (first.clone(), found.map_err(|error| one_line(&error.to_string())))
    };
    labels.iter().enumerate().filter(|(k, _)| *k != columns.reference).map(|(_, first)| split(first)).collect()
}

/// A message of several lines as one sentence: what is expected, and the way out, behind semicolons.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.trim().trim_start_matches("hint: "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ")
}

fn options(args: &CompareArgs, survey: &Survey) -> GroupOptions {
    let estimate = estimate::Options {
        level: args.what.level,
        missing: MissingOutcome::from(args.what.missing),
        degf: args.what.degf.rule(|| survey.design.degf(None)),
        proportion_ci: args.what.ci.map_or(ProportionCi::Rule, ProportionCi::from),
        ..estimate::Options::default()
    };
    let adjustment = Adjustment::from(args.what.adjust_p);
    GroupOptions { estimate, adjustment, within: args.what.within, ..GroupOptions::default() }
}
