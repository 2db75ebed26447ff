//! Distributions: tails and quantiles that hold at a billion degrees of freedom and at probabilities of 1e-300.
//!
//! Every p-value and every interval of the project comes from here. Each distribution is a checked value:
//! construction fails with [`ParameterError`], and afterwards no call fails. Ask for a small tail by its own name
//! (`sf`, `upper_quantile`), never as `1 − cdf`.
//!
//! # Shapes and units
//! Probabilities are 0 to 1. A probability at or beyond the ends gives the end of the support; NaN in gives NaN out.
//! A quantile that is too small or large for an `f64` is 0 or infinity.
//!
//! Non-central distributions are not here: nothing in the project needs them.
//!
//! # Agreement
//! `tests/distributions.rs` compares with 50-digit values at 1e-10 relative. Elementary functions come from `libm`,
//! never from the platform, and no fused multiply-add is used, so results are the same bits everywhere.
//! statrs stands behind no number: [`second_opinion`] says where it fails and keeps it as an independent check.

mod beta;
mod beta_tail;
mod chi_squared_sum;
mod contour;
mod discrete;
mod error;
mod fisher;
mod gamma;
mod gamma_tail;
mod normal;
mod quadrature;
pub mod second_opinion;
mod special;
mod student;
mod tails;

pub use beta::Beta;
pub use chi_squared_sum::{ChiSquaredSum, SumMethod};
pub use discrete::{Binomial, Poisson, exact_count_bounds, exact_proportion_bounds, score_bound};
pub use error::ParameterError;
pub use fisher::FisherF;
pub use gamma::{ChiSquared, Gamma};
pub use normal::Normal;
pub use student::StudentT;
