//! Problems of the engine as diagnostics: their lines are taken apart, and ways out name the flags of the command line.

use super::design::DesignFile;
use crate::design::{DesignError, DesignProblem};
use crate::diagnostic::{Diagnostic, Place};
use crate::error::Error;

/// A text of the engine (`what`, then lines `got: …, expected: …` and `hint: …`) as a diagnostic.
pub fn diagnostic(code: &'static str, file: &str, text: &str) -> Diagnostic {
    let mut lines = text.lines().map(str::trim);
    let mut problem = Diagnostic::error(code, Place::file(file), lines.next().unwrap_or_default());
    for line in lines {
        if let Some(values) = line.strip_prefix("got: ") {
            problem = match values.split_once(", expected: ") {
                Some((got, expected)) => problem.observed(got).expected(expected),
                None => problem.observed(values),
            };
        } else if let Some(hint) = line.strip_prefix("hint: ") {
            problem = problem.hint(hint);
        }
    }
    problem
}

/// All problems of a design, with the columns that they are about.
pub fn design_error(file: &str, spec: &DesignFile, error: &DesignError) -> Error {
    let describe = |problem: &DesignProblem| {
        let told = diagnostic("E40", file, &problem.to_string());
        let told = match problem_column(spec, problem) {
            Some(column) => Diagnostic { place: Place::file(file).column(column), ..told },
            None => told,
        };
        match problem {
            DesignProblem::AllWeightsZero => told.hint("name the column of the weights: `--weight W`"),
            DesignProblem::UnitInTwoStrata { .. } => {
                told.hint("if labels of units start anew in each stratum, add `--nest`")
            }
            DesignProblem::LonelyStrata { .. } if spec.yates_grundy => {
                told.hint("choose with `--lonely-psu certainty|remove`, or leave out `--yates-grundy`")
            }
            DesignProblem::LonelyStrata { .. } => told.hint(
                "choose with `--lonely-psu certainty|remove|center|average|collapse`; docs/estimate.md says what each does",
            ),
            DesignProblem::PopulationBelowSample { .. } => told.hint(
                "`--population-size` counts units in the population of the row's stratum, not respondents or weights",
            ),
            DesignProblem::PopulationVaries { .. } => told.hint("give one population size for all rows of a stratum"),
            DesignProblem::UnknownStratum { suggestion: None, .. } => {
                told.hint("write the label as it stands in the column of the strata")
            }
            DesignProblem::VarianceFactor { .. } => told.hint("write `--self-representing stratum=1.5`"),
            DesignProblem::NothingToJoin => told.hint("choose another `--lonely-psu`"),
            DesignProblem::TooFewReplicates { .. } => {
                told.hint("`--replicates` takes several columns, by names or by a pattern such as 'rep*'")
            }
            DesignProblem::ReplicateFactors { .. } => told.hint("docs/estimate.md lists what each `--replicate-type` needs"),
            _ => told,
        }
    };
    Error::Unusable(error.problems().iter().map(describe).collect())
}

/// The column that a problem of a design is about, where it is one.
fn problem_column<'a>(spec: &'a DesignFile, problem: &DesignProblem) -> Option<&'a String> {
    let strata = |stage: usize| spec.strata.list().get(stage - 1).filter(|column| !column.is_empty());
    match problem {
        DesignProblem::AllWeightsZero | DesignProblem::WeightsOverflow => spec.weight.as_ref(),
        DesignProblem::UnitInTwoStrata { stage, .. } => spec.psu.list().get(stage - 1),
        DesignProblem::PopulationBelowSample { stage, .. } | DesignProblem::PopulationVaries { stage, .. } => {
            spec.population_size.list().get(stage - 1).or_else(|| spec.sampling_fraction.list().get(stage - 1))
        }
        DesignProblem::LonelyStrata { stage, .. } => strata(*stage).or_else(|| spec.psu.list().get(stage - 1)),
        DesignProblem::UnknownStratum { .. } | DesignProblem::VarianceFactor { .. } | DesignProblem::NothingToJoin => {
            strata(1)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_engine_is_taken_apart() {
        let told = diagnostic("E40", "a.csv", "too many\n  got: 3, expected: 2\n  hint: drop one");
        assert_eq!(told.message, "too many");
        assert_eq!((told.observed.as_deref(), told.expected.as_deref()), (Some("3"), Some("2")));
        assert_eq!(told.hint.as_deref(), Some("drop one"));
    }
}
