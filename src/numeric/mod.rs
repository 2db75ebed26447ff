//! Slices in, numbers out: sums, moments, linear algebra, distributions, optimisers, random streams.
//!
//! Nothing here knows Polars or a word of survey statistics.

pub mod dist;
pub mod linalg;
pub mod matrix;
pub mod moments;
pub mod search;
pub mod stream;
pub mod sum;
