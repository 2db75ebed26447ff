//! What can be wrong with a decomposition.

use thiserror::Error;

use crate::estimate::EstimateError;
use crate::model::ModelError;
use crate::numeric::dist::ParameterError;

/// Why a gap cannot be split.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DecompositionError {
    /// Lists that belong together differ in length.
    #[error("{what} has {got} values, expected {expected}")]
    Length { what: String, got: usize, expected: usize },
    /// A number outside its range; NaN is outside every range.
    #[error("{what} is {got}, expected {expected}")]
    OutOfRange { what: String, got: f64, expected: &'static str },
    /// Not enough of something.
    #[error("{got} {what}, expected {needed} or more")]
    TooFew { what: &'static str, got: usize, needed: usize },
    /// A group or level that does not exist.
    #[error("`{variable}` has no level `{level}`\n  got: {level}, expected one of: {levels}")]
    UnknownLevel { variable: String, level: String, levels: String },
    /// Groups that are one.
    #[error("both groups are `{group}`\n  hint: name two groups that differ")]
    SameGroup { group: String },
    /// A group without rows.
    #[error("no row of `{group}` with a positive weight has all variables")]
    EmptyGroup { group: String },
    /// A group in one sampling unit.
    #[error("`{group}` has {degf} degrees of freedom, so its spread is unknown")]
    NoDegreesOfFreedom { group: String, degf: f64 },
    /// A level that one of the groups lacks: its coefficient there is unknown.
    #[error(
        "`{variable}` has no row `{level}` in `{group}`\n  hint: merge the level with another; a coefficient of nobody cannot be estimated"
    )]
    LevelWithoutRows { variable: String, level: String, group: String },
    /// Predictors that explain each other in one of the groups.
    #[error("in `{group}` other predictors explain {columns}\n  hint: leave one of them out")]
    Collinear { group: String, columns: String },
    /// Predictors that settle the answer in one of the groups.
    #[error(
        "in `{group}` the answer is settled by {columns}, so the coefficient has no finite value\n  hint: merge levels, or use the linear model"
    )]
    Separated { group: String, columns: String },
    /// A regression behind the split.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A request that the estimators refuse.
    #[error(transparent)]
    Estimate(#[from] EstimateError),
    /// Parameters of a distribution.
    #[error(transparent)]
    Distribution(#[from] ParameterError),
}

pub(super) fn same_length(what: &str, got: usize, expected: usize) -> Result<(), DecompositionError> {
    match got == expected {
        true => Ok(()),
        false => Err(DecompositionError::Length { what: what.to_owned(), got, expected }),
    }
}

/// The position of a level.
pub(super) fn level(variable: &str, level: &str, levels: &[String]) -> Result<usize, DecompositionError> {
    levels.iter().position(|l| l == level).ok_or_else(|| DecompositionError::UnknownLevel {
        variable: variable.to_owned(),
        level: level.to_owned(),
        levels: levels.join(", "),
    })
}
