//! Adjustments of weights that cannot be made.

use std::fmt;

use crate::design::{SurveyDesign, VarianceForm};

/// Names listed before "and … more".
const LISTED: usize = 8;

/// All problems of an adjustment.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", Listing(.problems))]
pub struct WeightingError {
    problems: Vec<WeightingProblem>,
}

impl WeightingError {
    pub(super) fn new(problems: Vec<WeightingProblem>) -> Self {
        Self { problems }
    }

    /// Every problem found.
    pub fn problems(&self) -> &[WeightingProblem] {
        &self.problems
    }
}

impl From<WeightingProblem> for WeightingError {
    fn from(problem: WeightingProblem) -> Self {
        Self { problems: vec![problem] }
    }
}

/// One problem of an adjustment.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WeightingProblem {
    #[error("{what} has the wrong length\n  got: {got}, expected: {expected}")]
    Length { what: String, got: usize, expected: usize },
    #[error("margin `{margin}` has levels without respondents: {}\n  hint: join such a level with another one, or drop it from the targets", list(.levels))]
    EmptyLevels { margin: String, levels: Vec<String> },
    #[error("margin `{margin}` has levels in the sample without a target: {}\n  hint: give every level that occurs a target", list(.levels))]
    LevelsWithoutTarget { margin: String, levels: Vec<String> },
    #[error(
        "margin `{margin}` has no label in {n} of the rows (first: row {first_row})\n  hint: give such rows a level, or take them out of the sample"
    )]
    MissingLabel { margin: String, n: usize, first_row: usize },
    #[error(
        "the target of level `{level}` of margin `{margin}` is not usable\n  got: {value}, expected: a finite number, 0 or more"
    )]
    Target { margin: String, level: String, value: f64 },
    #[error(
        "target margins contradict each other: `{first}` adds up to {first_sum}, `{second}` to {second_sum}\n  hint: scale the targets to one population size"
    )]
    TargetsContradict { first: String, first_sum: f64, second: String, second_sum: f64 },
    #[error(
        "no weights meet all target margins: level `{level}` of `{margin}` stays away from its target\n  got: {reached}, expected: {target}\n  hint: levels of different margins meet in too few combinations; join levels, or drop a margin"
    )]
    MarginsOutOfReach { margin: String, level: String, target: f64, reached: f64 },
    #[error(
        "{method} did not reach its targets in {iterations} iterations\n  got: largest gap {gap}, expected: at most {allowed}\n  hint: allow more iterations, wider bounds, or fewer targets"
    )]
    NotConverged { method: &'static str, iterations: usize, gap: f64, allowed: f64 },
    #[error("the calibration variables have missing or infinite values in `{0}`")]
    CalibrationVariable(String),
    #[error("the working variance is not positive in all rows")]
    WorkingVariance,
    #[error(
        "bounds are not usable\n  got: {low} to {high}, expected: a lower bound below 1 and an upper bound above 1"
    )]
    Bounds { low: f64, high: f64 },
    #[error(
        "bounds for trimming are not usable\n  got: {low} to {high}, expected: a lower bound at or below the upper one"
    )]
    TrimBounds { low: f64, high: f64 },
    #[error("weights need to be trimmed, but none lies within the bounds ({})", range(*low, *high))]
    NothingInside { low: f64, high: f64 },
    #[error("the design has no stage {stage}\n  got: {stage}, expected: 1 to {n_stages}")]
    Stage { stage: usize, n_stages: usize },
    #[error(
        "weights of two phases are not adjusted, as the variance would have to tell which phase the targets correct\n  hint: adjust the weights of the first phase before the second is declared"
    )]
    TwoPhases,
    #[error("the design has replicate weights already")]
    HasReplicates,
    #[error("{method} needs {expected}\n  got: {got}")]
    Replicates { method: &'static str, expected: &'static str, got: String },
}

/// Two phases take no adjustment.
pub(super) fn one_phase(design: &SurveyDesign) -> Result<(), WeightingProblem> {
    match design.form().as_ref() {
        VarianceForm::TwoPhase(_) => Err(WeightingProblem::TwoPhases),
        _ => Ok(()),
    }
}

/// A range whose ends may be open.
fn range(low: f64, high: f64) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("{low} to {high}"),
        (true, false) => format!("{low} or more"),
        _ => format!("{high} or less"),
    }
}

fn list(items: &[String]) -> String {
    let mut text: Vec<String> = items.iter().take(LISTED).map(|s| format!("`{s}`")).collect();
    if items.len() > LISTED {
        text.push(format!("and {} more", items.len() - LISTED));
    }
    text.join(", ")
}

struct Listing<'a>(&'a [WeightingProblem]);

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [one] => write!(f, "{one}"),
            many => {
                write!(f, "the adjustment of the weights has {} problems", many.len())?;
                many.iter().try_for_each(|problem| write!(f, "\n- {problem}"))
            }
        }
    }
}
