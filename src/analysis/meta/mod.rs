//! Meta-analysis: one effect from several polls, with what the polls differ by.
//!
//! # Notation
//! y the estimates of k polls, v their sampling variances, X the moderators (a column of ones first), τ² the variance of
//! the true effects between polls, W = diag 1/(v + τ²), P = W − W X (X'W X)⁻¹ X'W.
//!
//! Effects from one poll are not independent: [`clustered_meta_analysis`] allows for that, the others want one estimate a poll.

mod clusters;
mod error;
mod fit;
mod funnel;
mod prediction;
mod proportions;
mod tau2;

pub use clusters::{ClusteredCoefficient, ClusteredMeta, Dependence, clustered_meta_analysis};
pub use error::MetaError;
pub use fit::{
    Coefficient, Heterogeneity, MetaAnalysis, MetaTest, Moderator, Prediction, leave_one_out, meta_analysis,
};
pub use funnel::{FunnelTest, egger};
pub use prediction::{PredictionMethod, prediction_interval};
pub use proportions::{PooledProportion, ProportionMeasure, meta_proportions};
pub use tau2::{Tau2Interval, Tau2Method, Tau2Precision, tau2_interval};
