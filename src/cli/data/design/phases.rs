//! Samples drawn from samples, and samples from two frames.

use super::file::{DesignFile, FrameTable, PhaseMethodName, PhaseTable};
use crate::cli::data::columns::{DataFile, Reading, unusable};
use crate::cli::data::wording::design_error;
use crate::design::{Frames, SecondPhase, SurveyDesign, SurveyDesignBuilder, TwoPhaseMethod};
use crate::diagnostic::{Diagnostic, Place};
use crate::error::Result;

/// The texts of a mark, in small letters.
const YES: [&str; 3] = ["1", "true", "yes"];
const NO: [&str; 3] = ["0", "false", "no"];

/// The columns of a second phase.
pub struct PhaseColumns {
    in_second: Vec<bool>,
    second: SecondPhase,
    method: TwoPhaseMethod,
}

/// Reads the columns of a second phase; problems stay with the reading.
pub fn phase_columns(table: &PhaseTable, reading: &mut Reading<'_>) -> PhaseColumns {
    let in_second = marks(&table.drawn, reading);
    let mut labels = |column: &Option<String>| column.as_ref().map(|name| reading.complete_crossed(name));
    let (ids, strata) = (labels(&table.psu), labels(&table.strata));
    let expected = "a probability, more than 0 and at most 1";
    let numbers = |name: &String| reading.complete_numbers(name, expected, |p| p > 0.0 && p <= 1.0);
    let probabilities = table.probabilities.as_ref().map(numbers);
    let method = match table.method {
        None | Some(PhaseMethodName::Full) => TwoPhaseMethod::Full,
        Some(PhaseMethodName::Approximate) => TwoPhaseMethod::Approximate,
    };
    PhaseColumns { in_second, second: SecondPhase { ids, strata, probabilities }, method }
}

impl PhaseColumns {
    /// The checked design.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with either phase.
    pub fn build(self, first: SurveyDesignBuilder, spec: &DesignFile, file: &DataFile) -> Result<SurveyDesign> {
        crate::design::two_phase(first, self.second, &self.in_second, self.method)
            .map_err(|error| design_error(file.name(), spec, &error))
    }
}

/// Reads the columns of two frames; problems stay with the reading.
pub fn frames(table: &FrameTable, reading: &mut Reading<'_>) -> Frames {
    let frame = reading.complete_labels(&table.column);
    let in_overlap = marks(&table.overlap, reading);
    let mut given = table.shares.iter().map(|(label, share)| (label.clone(), *share));
    // `check` has seen that there are two.
    let shares = [given.next().unwrap_or_default(), given.next().unwrap_or_default()];
    Frames { frame, in_overlap, shares }
}

/// What two phases and two frames do not go together with.
///
/// # Errors
///
/// `E41`, with the way out.
pub fn check(spec: &DesignFile) -> Result<()> {
    let is_special = spec.joint.is_some() || spec.replicates.is_some() || !spec.self_representing.is_empty();
    let (place, message, hint) = match (&spec.second_phase, &spec.frames) {
        (Some(_), Some(_)) => (
            "second_phase",
            "two phases and two frames are described at once",
            "estimate from one of them; their product is not supported",
        ),
        (Some(_), None) if is_special => (
            "second_phase",
            "two phases take strata, units and population sizes, not replicate weights, joint probabilities or strata \
             that stand for themselves",
            "leave out either",
        ),
        (None, Some(table)) if table.shares.len() != 2 => (
            "frames",
            "the overlap is to be shared out between two frames",
            "write `shares = { landline = 0.5, mobile = 0.5 }` with the labels of the column",
        ),
        _ => return Ok(()),
    };
    Err(unusable("E41", place, message, hint))
}

/// A column of yes and no.
fn marks(column: &str, reading: &mut Reading<'_>) -> Vec<bool> {
    let codes = reading.complete_labels(column);
    let label = |code: &u32| codes.labels().get(*code as usize).map(|label| label.to_lowercase());
    let meaning: Vec<Option<bool>> = (0..codes.n_labels() as u32)
        .map(|code| match label(&code)?.as_str() {
            label if YES.contains(&label) => Some(true),
            label if NO.contains(&label) => Some(false),
            _ => None,
        })
        .collect();
    let unknown: Vec<&str> =
        codes.labels().iter().zip(&meaning).filter(|(_, m)| m.is_none()).map(|(label, _)| label.as_str()).collect();
    if !unknown.is_empty() {
        let place = Place::file(reading.file().name()).column(column);
        let message = format!("column `{column}` holds other marks than yes and no");
        reading.problem(
            Diagnostic::error("E20", place, message)
                .observed(unknown.into_iter().take(LISTED).collect::<Vec<_>>().join(", "))
                .expected("1 or 0, true or false, yes or no")
                .hint("make a column of 1 and 0"),
        );
    }
    codes.codes().iter().map(|code| meaning.get(*code as usize).copied().flatten().unwrap_or(false)).collect()
}

/// Labels that are named.
const LISTED: usize = 5;
