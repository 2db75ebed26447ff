//! One adjustment of weights, from its description and the columns of a file.

use super::sidecar::{DistanceWord, Method, Step, Target};
use super::wording::{TargetPlaces, weighting_error};
use crate::cli::data::columns::{DataFile, Reading, unusable};
use crate::design::{Codes, MISSING, SurveyDesign};
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Result};
use crate::weighting::{
    CalibrateOptions, Distance, Margin, RakeOptions, TrimOptions, Weighted, WeightingProblem, calibrate, poststratify,
    rake, standardize, trim,
};

/// The name of the size of the population among calibration totals.
const INTERCEPT: &str = "(Intercept)";

/// Sums of targets that differ by more than this share contradict each other.
const SAME_SUM: f64 = 1e-6;

/// Where the targets of a step were written down.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The file.
    pub file: &'a str,
    /// The line of each target, where lines are known.
    pub lines: &'a [u64],
}

/// Adjusts the weights of a design.
///
/// # Errors
///
/// Unknown columns, levels without respondents or targets, targets that contradict each other or cannot be reached.
pub fn apply(step: &Step, places: Places<'_>, design: &SurveyDesign, file: &DataFile) -> Result<Weighted> {
    check_targets(&step.targets)?;
    let Places { file: name, lines } = places;
    let places = TargetPlaces { file: name, targets: &step.targets, lines };
    let mut reading = file.reading();
    let variables = variables(&step.targets);
    let adjusted = match step.method {
        Method::Trim => {
            let lower = step.lower.unwrap_or(f64::NEG_INFINITY);
            let upper = step.upper.unwrap_or(f64::INFINITY);
            if lower.is_nan() || upper.is_nan() || lower >= upper {
                let message = format!("bounds of {lower} to {upper} leave no room");
                return Err(unusable("E41", "trim", message, "the lower bound lies below the upper one"));
            }
            trim(design, &TrimOptions { lower, upper, strict: step.strict })
        }
        Method::Poststratify => {
            let [variable] = variables.as_slice() else {
                let message = format!("cells of {} variables are given", variables.len());
                let hint = "post-stratification has one variable: join several as `sex:age`, or use `weight rake`";
                return Err(unusable("E41", name, message, hint));
            };
            let margin = margin(variable, places, &mut reading)?;
            reading.finish()?;
            poststratify(design, &margin, step.allow_empty)
        }
        Method::Rake => {
            let mut margins = Vec::with_capacity(variables.len());
            for variable in &variables {
                margins.push(margin(variable, places, &mut reading)?);
            }
            reading.finish()?;
            let standard = RakeOptions::default();
            let options = RakeOptions {
                max_iterations: step.max_iterations.unwrap_or(standard.max_iterations),
                epsilon: step.epsilon.unwrap_or(standard.epsilon),
                accept_gap: step.accept_gap,
            };
            rake(design, &margins, &options)
        }
        Method::Standardize => {
            let [variable] = variables.as_slice() else {
                let message = format!("shares of {} variables are given", variables.len());
                let hint = "groups get the composition by one variable: join several as `sex:age`";
                return Err(unusable("E41", name, message, hint));
            };
            check_leveled(variable, places)?;
            let by = reading.crossed(variable);
            let over = match step.over.as_slice() {
                [] => Codes::from_codes(vec![0; file.n_rows()], vec!["all".to_owned()]),
                columns => reading.crossed(&columns.join(":")),
            };
            reading.finish()?;
            let mut problems = Vec::new();
            let targets: Vec<&Target> = step.targets.iter().collect();
            if !check_levels(variable, &by, &targets, design, &mut problems) {
                let is_new = |label: &&String| targets.iter().all(|target| target.level != **label);
                let levels = by.labels().iter().filter(is_new).cloned().collect();
                problems.push(WeightingProblem::LevelsWithoutTarget { margin: variable.clone(), levels });
            }
            let mut missing = over.codes().iter().enumerate().filter(|(_, code)| **code == MISSING);
            if let Some((row, _)) = missing.next() {
                let (margin, n, first_row) = (step.over.join(":"), 1 + missing.count(), row + 1);
                problems.push(WeightingProblem::MissingLabel { margin, n, first_row });
            }
            if !problems.is_empty() {
                return Err(weighting_error(file, Some(places), &problems));
            }
            let share = |label: &String| targets.iter().find(|t| t.level == *label).map_or(0.0, |target| target.total);
            standardize(design, &by, &over, &by.labels().iter().map(share).collect::<Vec<_>>())
        }
        Method::Calibrate => {
            let columns = calibration_columns(&variables, step, design, &mut reading);
            reading.finish()?;
            let columns = columns.map_err(|problems| weighting_error(file, Some(places), &problems))?;
            let totals: Vec<f64> = step.targets.iter().map(|target| target.total).collect();
            calibrate(design, &columns, &totals, &calibrate_options(step))
        }
    };
    adjusted.map_err(|error| weighting_error(file, Some(places), error.problems()))
}

fn calibrate_options(step: &Step) -> CalibrateOptions {
    let standard = CalibrateOptions::default();
    CalibrateOptions {
        distance: match step.distance {
            None | Some(DistanceWord::Linear) => Distance::Linear,
            Some(DistanceWord::Raking) => Distance::Raking,
            Some(DistanceWord::Logit) => Distance::Logit,
            Some(DistanceWord::Sinh) => Distance::HyperbolicSine,
        },
        bounds: step.bounds.map_or(standard.bounds, |[low, high]| (low, high)),
        trim: step.trim.map(|[low, high]| (low, high)),
        aggregate_stage: step.aggregate_stage,
        max_iterations: step.max_iterations.unwrap_or(standard.max_iterations),
        epsilon: step.epsilon.unwrap_or(standard.epsilon),
        ..standard
    }
}

/// The variables of the targets in the order in which they first stand.
fn variables(targets: &[Target]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for target in targets {
        if !names.contains(&target.variable) {
            names.push(target.variable.clone());
        }
    }
    names
}

/// A table of targets was checked when it was read; a record may have been changed by hand since.
fn check_targets(targets: &[Target]) -> Result<()> {
    let is_twice = |(at, target): &(usize, &Target)| {
        targets[..*at].iter().any(|earlier| earlier.variable == target.variable && earlier.level == target.level)
    };
    let Some((_, target)) = targets.iter().enumerate().find(is_twice) else { return Ok(()) };
    let message =
        format!("the target of {} stands twice in one step", format!("{} {}", target.variable, target.level).trim());
    Err(unusable("E46", "the record of the weights", message, "remove one of them"))
}

/// Every target of a variable needs its level.
fn check_leveled(variable: &str, places: TargetPlaces<'_>) -> Result<()> {
    if !places.targets.iter().any(|target| target.variable == variable && target.level.is_empty()) {
        return Ok(());
    }
    let place = places.of(variable, Some(""));
    let problem = Diagnostic::error("E46", place, format!("the target of `{variable}` has no level"));
    Err(Error::unusable(problem.hint("totals of numeric columns belong to `opros weight calibrate`")))
}

fn margin(variable: &str, places: TargetPlaces<'_>, reading: &mut Reading<'_>) -> Result<Margin> {
    check_leveled(variable, places)?;
    let of_variable = places.targets.iter().filter(|target| target.variable == variable);
    let levels = of_variable.map(|target| (target.level.clone(), target.total)).collect();
    Ok(Margin::new(variable, reading.crossed(variable), levels))
}

/// One column a target: ones for the intercept, numbers, or the indicator of a level. Levels are checked before anything
/// is computed.
fn calibration_columns(
    variables: &[String],
    step: &Step,
    design: &SurveyDesign,
    reading: &mut Reading<'_>,
) -> Result<Vec<(String, Vec<f64>)>, Vec<WeightingProblem>> {
    let n_rows = reading.file().n_rows();
    let mut problems = Vec::new();
    let mut sums: Vec<(String, f64)> = Vec::new();
    let mut levels: Vec<(&String, Codes)> = Vec::new();
    for variable in variables {
        let targets: Vec<&Target> = step.targets.iter().filter(|target| target.variable == *variable).collect();
        let is_intercept = variable == INTERCEPT && !reading.file().has(INTERCEPT);
        if is_intercept {
            sums.push((variable.clone(), targets.iter().map(|target| target.total).sum()));
        } else if targets.iter().all(|target| !target.level.is_empty()) {
            let codes = reading.crossed(variable);
            let has_all = check_levels(variable, &codes, &targets, design, &mut problems);
            if has_all {
                sums.push((variable.clone(), targets.iter().map(|target| target.total).sum()));
            }
            levels.push((variable, codes));
        }
    }
    if let [(first, first_sum), rest @ ..] = sums.as_slice() {
        for (second, second_sum) in rest {
            if (second_sum - first_sum).abs() > SAME_SUM * first_sum.abs() {
                problems.push(WeightingProblem::TargetsContradict {
                    first: first.clone(),
                    first_sum: *first_sum,
                    second: second.clone(),
                    second_sum: *second_sum,
                });
            }
        }
    }
    let has_size = !sums.is_empty();
    let mut columns = Vec::with_capacity(step.targets.len());
    for target in &step.targets {
        let codes = levels.iter().find(|(variable, _)| **variable == target.variable).map(|(_, codes)| codes);
        let values = match codes {
            Some(codes) => {
                let code = codes.labels().iter().position(|label| *label == target.level);
                let is_level = |c: &u32| if Some(*c as usize) == code { 1.0 } else { 0.0 };
                codes.codes().iter().map(is_level).collect()
            }
            None if target.variable == INTERCEPT && !reading.file().has(INTERCEPT) => vec![1.0; n_rows],
            None => reading.numbers(&target.variable),
        };
        let level = if target.level.is_empty() { String::new() } else { format!("={}", target.level) };
        columns.push((format!("{}{level}", target.variable), values));
    }
    // Without the size of the population some levels may be left to the others only by accident.
    if !has_size {
        for (variable, codes) in &levels {
            let known = |label: &&String| !step.targets.iter().any(|t| t.variable == **variable && t.level == **label);
            let without: Vec<String> = codes.labels().iter().filter(known).cloned().collect();
            if !without.is_empty() {
                problems.push(WeightingProblem::LevelsWithoutTarget { margin: (*variable).clone(), levels: without });
            }
        }
    }
    if problems.is_empty() { Ok(columns) } else { Err(problems) }
}

/// Names levels that no respondent has and rows without a level; says whether every level of the sample has a target.
fn check_levels(
    variable: &str,
    codes: &Codes,
    targets: &[&Target],
    design: &SurveyDesign,
    problems: &mut Vec<WeightingProblem>,
) -> bool {
    let mut has_rows = vec![false; codes.n_labels()];
    let mut missing = Vec::new();
    for (row, (code, weight)) in codes.codes().iter().zip(design.weights()).enumerate() {
        match has_rows.get_mut(*code as usize) {
            _ if *weight == 0.0 => {}
            Some(has) => *has = true,
            None if *code == MISSING => missing.push(row + 1),
            None => {}
        }
    }
    if let Some(first) = missing.first() {
        let margin = variable.to_owned();
        problems.push(WeightingProblem::MissingLabel { margin, n: missing.len(), first_row: *first });
    }
    let is_met = |level: &str| codes.labels().iter().zip(&has_rows).any(|(label, has)| *has && label == level);
    let empty: Vec<String> = targets.iter().map(|t| t.level.clone()).filter(|level| !is_met(level)).collect();
    if !empty.is_empty() && !codes.is_empty() {
        problems.push(WeightingProblem::EmptyLevels { margin: variable.to_owned(), levels: empty });
    }
    let has_target = |label: &String| targets.iter().any(|target| target.level == *label);
    codes.labels().iter().zip(&has_rows).all(|(label, has)| !has || has_target(label))
}
