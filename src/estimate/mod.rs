//! Estimates from a checked design: mergeable totals, scores, covariance, degrees of freedom, intervals.
//!
//! The way of a number: `accumulate` adds every row once into totals per sampling unit (or per
//! replicate); `finish` turns totals into points and unit scores; the design's
//! [`VarianceForm`](crate::design::VarianceForm) turns scores into variances; `interval` puts limits around them.
//! [`Estimates`] keep the scores, so the covariance of any pair is formed when somebody asks for it.

mod accumulate;
mod agreement;
mod axis;
mod by_row;
mod distribution;
mod error;
mod estimates;
mod expression;
mod finish;
mod interval;
mod moments;
mod options;
mod pairs;
pub mod pass;
mod proportions;
mod quantile;
mod replicate_totals;
mod scored;
mod share_table;
mod spread;
mod statistic;
mod sum_table;
mod tables;
mod variable;
mod variables;

#[cfg(test)]
mod tests;

pub use agreement::kappa;
pub use axis::Axis;
pub use distribution::{cumulative_shares, density, histogram};
pub use error::{EstimateError, NotEstimable};
pub use estimates::{Estimate, Estimates, coefficient_of_variation};
pub use expression::{Expression, ExpressionError, Reference};
pub use interval::{CiMethod, Interval, ProportionInput, proportion_interval, wald_interval};
pub use moments::{correlation, covariances};
pub use options::{DeffReference, DegfRule, MissingOutcome, Options, ProportionCi};
pub use proportions::proportions;
pub use quantile::{QuantileEstimate, QuantileInterval, QuantileOptions, QuantileRule, Sorted, quantiles};
pub use scored::{Scored, scored};
pub use statistic::{Statistic, statistic};
pub use tables::{tables, tables_with};
pub use variable::Variable;
pub use variables::{means, ratios, totals};
