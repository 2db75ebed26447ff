//! Requests that cannot be run, and estimates that cannot be made.

use std::fmt;

/// A request that cannot be run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EstimateError {
    #[error("{what} has the wrong length\n  got: {got} rows, expected: {expected}, as in the design")]
    Length { what: String, got: usize, expected: usize },
    #[error(
        "`{variable}` is infinite in {n} of the rows (first: row {first_row})\n  hint: mark such values as missing, or correct them"
    )]
    Infinite { variable: String, n: usize, first_row: usize },
    #[error("the confidence level is not usable\n  got: {0}, expected: more than 0 and less than 1")]
    Level(f64),
    #[error("no variable to estimate")]
    NoVariable,
    #[error("there is no estimate {index}\n  got: {index}, expected: less than {n}")]
    Index { index: usize, n: usize },
    #[error("a contrast has no terms")]
    NoTerms,
    #[error("a contrast takes estimates of one design, by domains that do not overlap")]
    OtherDesign,
    #[error(
        "covariances of rows that are sampling units need the rows, which were read in groups and not kept\n  hint: hold the columns in memory"
    )]
    ScoresNotKept,
    #[error(
        "this rule or interval of a quantile needs the whole column at once\n  hint: the inverse and the midpoint rule with Woodruff's limits do not; or keep the column in memory"
    )]
    WholeColumn,
}

/// Why an estimate, or its variance, does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotEstimable {
    /// No row with a positive weight.
    EmptyDomain,
    /// All members lie in one sampling unit, so the spread between units is unknown.
    OnePsu,
    /// As many strata as units with members.
    NoDegreesOfFreedom,
    /// An answer is missing and the request does not say what to do with it.
    MissingValues,
    /// The denominator is zero.
    ZeroDenominator,
    /// A replicate has no estimate.
    ReplicateUndefined,
    /// The estimator of the variance gave a negative number, as those from pairs of rows can.
    NegativeVariance,
    /// All values are alike, so that nothing is known of their spread.
    NoVariation,
    /// A share of 0 or 100 %: its estimated variance of 0 says nothing.
    WholeShare,
    /// The number lies where the quantity cannot: a negative variance, a share outside 0..=1. Negative weights do that.
    Impossible,
    /// Both limits of a quantile are the same value, as the steps between values are wider than the interval: a standard error from
    /// their distance would be 0.
    LimitsMeet,
    /// The expression has no value there, as the logarithm of 0.
    Undefined,
    /// A limit of the share at a quantile lies outside 0..=1, where no value is.
    LimitBeyond,
}

impl fmt::Display for NotEstimable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmptyDomain => "empty domain",
            Self::OnePsu => "domain in one sampling unit",
            Self::NoDegreesOfFreedom => "no degrees of freedom",
            Self::MissingValues => "missing values, no handling declared",
            Self::ZeroDenominator => "denominator is zero",
            Self::ReplicateUndefined => "undefined in a replicate",
            Self::NegativeVariance => "the variance estimate is negative",
            Self::NoVariation => "no variation: all values are alike",
            Self::WholeShare => "share of 0 or 100 %, whose variance is not known",
            Self::LimitsMeet => "both limits are the same value, no standard error",
            Self::Undefined => "the expression has no value",
            Self::LimitBeyond => "a limit lies beyond the values",
            Self::Impossible => "impossible value, as weights are negative",
        })
    }
}
