//! Series as a hidden state that moves, seen with error.
//!
//! | model | use |
//! |---|---|
//! | one series of polls and houses, any number of polls | [`PooledPolls`] |
//! | the same with house effects that drift | [`drifting_offsets`], [`smallest_detectable_drift`] |
//! | several questions as indicators of one series, with loadings | [`Indicators`] |
//! | any small linear model, filtered, smoothed, forecast | [`StateSpace`] |
//! | variances of a local level by maximum likelihood | [`local_level_fit`] |
//!
//! # Notation
//! yₜ = zₜᵀαₜ + εₜ, εₜ ~ N(0, Hₜ); αₜ₊₁ = Tₜαₜ + ηₜ, ηₜ ~ N(0, Qₜ). A diffuse element of α₁ has infinite variance: the data alone
//! say what it is. The likelihood leaves the constant ½ ln 2π out for each diffuse element, as KFAS does.

mod averaging;
mod calibration;
mod drift_power;
mod drifting;
mod filter;
mod forecast;
mod free_variances;
mod indicators;
mod local_level;
mod model;
mod pooled;
mod pooled_fit;
mod pooled_kernel;
mod pooled_terms;
mod smoother;

pub use averaging::{AveragedPooled, AveragedTerm};
pub use calibration::{Calibration, calibration};
pub use drift_power::smallest_detectable_drift;
pub use drifting::{DriftingOffsets, drifting_offsets};
pub use filter::Filtered;
pub use forecast::{Forecast, forecast};
pub(in crate::analysis::trend) use free_variances::FreeVariances;
pub use free_variances::VarianceFit;
pub use indicators::{IndicatorFit, IndicatorReading, Indicators};
pub use local_level::{LocalLevelFit, local_level_fit};
pub use model::{Initial, StateSpace, Step};
pub use pooled::{
    Anchor, Estimated, HouseEffects, PollSeries, PooledPolls, TrendKind, Variances, poll_logit, poll_variance,
};
pub use pooled_fit::{PointDiagnostic, Pooled, PooledLevel, TermEffect};
pub use pooled_terms::Event;
pub use smoother::Smoothed;
