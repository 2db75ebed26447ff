//! New weights from old ones, with a record of how: raking, post-stratification, calibration, trimming, replicates.
//!
//! Every step takes a checked design and returns another one; the weights before are never overwritten, and the variance of
//! the new design knows what was done. Replicate weights go through the same step one by one.

mod calibrate;
mod distance;
mod error;
mod hadamard;
mod margin;
mod newton;
mod nonresponse;
mod poststratify;
mod rake;
mod record;
mod replicates;
mod standardize;
mod trim;

pub use calibrate::{CalibrateOptions, calibrate};
pub use distance::Distance;
pub use error::{WeightingError, WeightingProblem};
pub use margin::Margin;
pub use nonresponse::{NonresponseAdjustment, nonresponse};
pub use poststratify::poststratify;
pub use rake::{RakeOptions, rake};
pub use record::{MarginGap, WeightSummary, Weighted, WeightingRecord};
pub use replicates::{ReplicateMethod, replicate};
pub use standardize::standardize;
pub use trim::{TrimOptions, trim};
