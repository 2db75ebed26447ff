//! The rows of a decomposition.

use super::error::DecompositionError;
use crate::design::SurveyDesign;

/// Checks that a group has rows and, where units are known, more units than strata.
pub(super) fn check_group(
    design: &SurveyDesign,
    group: &str,
    is_member: impl Fn(usize) -> bool,
) -> Result<(), DecompositionError> {
    let members: Vec<bool> = (0..design.n_rows()).map(|i| is_member(i) && design.weights()[i] > 0.0).collect();
    if !members.contains(&true) {
        return Err(DecompositionError::EmptyGroup { group: group.to_owned() });
    }
    // With replicate weights the spread between replicates is all there is.
    if design.replicates().is_none() {
        let degf = design.degf(Some(&members));
        if degf <= 0.0 {
            return Err(DecompositionError::NoDegreesOfFreedom { group: group.to_owned(), degf });
        }
    }
    Ok(())
}

/// Checks that a column has a value (or NaN) for every row of the design, none of them infinite.
pub(super) fn check_column(design: &SurveyDesign, name: &str, values: &[f64]) -> Result<(), DecompositionError> {
    super::error::same_length(name, values.len(), design.n_rows())?;
    match values.iter().find(|v| v.is_infinite()) {
        None => Ok(()),
        Some(&got) => Err(DecompositionError::OutOfRange { what: name.to_owned(), got, expected: "a finite number" }),
    }
}
