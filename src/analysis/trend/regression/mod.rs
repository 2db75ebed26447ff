//! Least squares on time and on events, with errors that survive unequal variances and autocorrelation.
//!
//! # Notation
//! X has a row per observation, w the weights (1 without), e = y − Xb, h the leverages, B = (XᵀWX)⁻¹.

mod linear;
mod newey_west;
mod robust;

pub use linear::{Coefficient, LinearFit};
pub use newey_west::{NeweyWest, newey_west_bandwidth};
pub use robust::{HcKind, heteroskedastic_covariance};

pub(super) use robust::sandwich;
