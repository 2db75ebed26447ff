//! How neighbours in time depend on each other.
//!
//! # Notation
//! yₜ evenly spaced, t = 1..n, ȳ its mean; γₖ = Σ (yₜ₊ₖ − ȳ)(yₜ − ȳ)/n.

mod autocorrelation;
mod autoregression;

pub use autocorrelation::{LjungBox, autocorrelations, durbin_watson, ljung_box, partial_autocorrelations};
pub use autoregression::{FirstOrder, first_order_autoregression};
