//! Problems of adjustments, shown where the targets stand.

use super::sidecar::Target;
use crate::cli::data::columns::DataFile;
use crate::cli::data::wording::diagnostic;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::Error;
use crate::weighting::WeightingProblem;

/// Where the targets of an adjustment stand.
#[derive(Debug, Clone, Copy)]
pub struct TargetPlaces<'a> {
    /// The file.
    pub file: &'a str,
    /// The targets.
    pub targets: &'a [Target],
    /// The line of each, where lines are known.
    pub lines: &'a [u64],
}

impl TargetPlaces<'_> {
    /// The place of a target: of a level, or of the first of a margin.
    pub fn of(&self, margin: &str, level: Option<&str>) -> Place {
        let is_it = |target: &Target| target.variable == margin && level.is_none_or(|level| target.level == level);
        let at = self.targets.iter().position(is_it);
        let place = Place::file(self.file);
        match at.and_then(|at| self.lines.get(at)) {
            Some(line) => place.line(*line),
            None => place,
        }
    }
}

/// The name of raking in its problems.
const RAKING: &str = "raking";

/// All problems of an adjustment of weights: those of targets stand where the targets do.
pub fn weighting_error(file: &DataFile, targets: Option<TargetPlaces<'_>>, problems: &[WeightingProblem]) -> Error {
    let describe = |problem: &WeightingProblem| {
        let told = diagnostic("E43", file.name(), &problem.to_string());
        let target = |margin: &str, level: Option<&str>| targets.map(|targets| targets.of(margin, level));
        let (place, hint) = match problem {
            WeightingProblem::EmptyLevels { margin, levels } => {
                (target(margin, levels.first().map(String::as_str)).map(|place| place.column("level")), None)
            }
            WeightingProblem::LevelsWithoutTarget { margin, .. } => (target(margin, None), None),
            WeightingProblem::Target { margin, level, .. } => (
                target(margin, Some(level)),
                Some(
                    "give the size of the level in the population; a level that nobody has is left out of the targets",
                ),
            ),
            WeightingProblem::TargetsContradict { second, .. } => (target(second, None), None),
            WeightingProblem::MarginsOutOfReach { margin, level, .. } => (target(margin, Some(level)), None),
            WeightingProblem::MissingLabel { margin, first_row, .. } => {
                let place = Place::file(file.name()).line(file.line(first_row.saturating_sub(1)));
                (Some(place.column(margin.clone())), None)
            }
            WeightingProblem::NotConverged { method: RAKING, .. } => (
                None,
                Some(
                    "allow more with `--max-iterations`, give fewer targets, or take what is reached with `--accept-gap`",
                ),
            ),
            WeightingProblem::Bounds { .. } => {
                (None, Some("give bounds around 1, such as `--bounds 0.3,3`; the logit distance needs them"))
            }
            WeightingProblem::NothingInside { .. } => {
                (None, Some("move `--lower` or `--upper` to where the weights are"))
            }
            WeightingProblem::Replicates { .. } => {
                (None, Some("`--type jkn` takes any strata of two units or more, and so do the bootstraps"))
            }
            _ => (None, None),
        };
        let told = match place {
            Some(place) => Diagnostic { place, ..told },
            None => told,
        };
        match hint {
            Some(hint) => told.hint(hint),
            None => told,
        }
    };
    Error::Unusable(problems.iter().map(describe).collect())
}
