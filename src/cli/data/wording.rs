//! Problems of the engine as diagnostics: their lines are taken apart, and ways out name the flags of the command line.

use crate::design::{DesignError, DesignProblem};
use crate::diagnostic::{Diagnostic, Place};
use crate::error::Error;
use crate::weighting::{WeightingError, WeightingProblem};

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

/// All problems of a design.
pub fn design_error(file: &str, error: &DesignError) -> Error {
    let describe = |problem: &DesignProblem| {
        let told = diagnostic("E40", file, &problem.to_string());
        match problem {
            DesignProblem::UnitInTwoStrata { .. } => {
                told.hint("if labels of units start anew in each stratum, add `--nest`")
            }
            DesignProblem::LonelyStrata { .. } => told.hint(
                "choose with `--lonely-psu certainty|remove|center|average|collapse`; docs/estimate.md says what each does",
            ),
            DesignProblem::PopulationBelowSample { .. } => told.hint(
                "`--population-size` counts units in the population of the row's stratum, not respondents or weights",
            ),
            DesignProblem::PopulationVaries { .. } => told.hint("give one population size for all rows of a stratum"),
            _ => told,
        }
    };
    Error::Unusable(error.problems().iter().map(describe).collect())
}

/// All problems of an adjustment of weights.
pub fn weighting_error(file: &str, error: &WeightingError) -> Error {
    let describe = |problem: &WeightingProblem| diagnostic("E43", file, &problem.to_string());
    Error::Unusable(error.problems().iter().map(describe).collect())
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
