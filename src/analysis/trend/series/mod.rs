//! How neighbours in time depend on each other.
//!
//! # Notation
//! yₜ evenly spaced, t = 1..n, ȳ its mean; γₖ = Σ (yₜ₊ₖ − ȳ)(yₜ − ȳ)/n.

mod autocorrelation;
mod autoregression;
mod lagged;

pub use autocorrelation::{LjungBox, autocorrelations, durbin_watson, ljung_box, partial_autocorrelations};
pub use autoregression::{FirstOrder, first_order_autoregression};
pub use lagged::{LaggedCorrelation, correlation, detrended, lagged_correlations, smallest_detectable_correlation};
