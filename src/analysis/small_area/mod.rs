//! Small-area estimates: shares of areas in which few were interviewed, with help from what else is known of the areas.
//!
//! # Notation
//! y the direct estimates of m areas, ψ their sampling variances, X what is known of the areas (a column of ones first),
//! A the variance of the areas about the regression, γ = A/(A + ψ) how much of the direct estimate is kept.

mod error;
mod fay_herriot;

pub use error::SmallAreaError;
pub use fay_herriot::{AreaEstimate, AreaVarianceMethod, FayHerriot, fay_herriot};
