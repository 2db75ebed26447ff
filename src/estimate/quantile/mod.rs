//! Quantiles: rules and intervals.

mod interval;
mod locate;
mod refined;
mod root;
mod rule;
mod score;
mod shares;

pub use interval::{QuantileEstimate, QuantileInterval, QuantileOptions, quantiles};
pub(super) use locate::{Piece, Rows};
pub(super) use refined::Refined;
pub use rule::{QuantileRule, Sorted};
pub(super) use shares::{CutShares, ReplicateCutShares};
