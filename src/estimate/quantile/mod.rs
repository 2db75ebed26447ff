//! Quantiles: rules and intervals.

mod interval;
mod root;
mod rule;
mod score;
mod shares;

pub use interval::{QuantileEstimate, QuantileInterval, QuantileOptions, quantiles};
pub use rule::{QuantileRule, Sorted};
