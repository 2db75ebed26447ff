//! Slices in, numbers out: sums, moments, linear algebra, distributions, optimisers, random streams.
//!
//! Nothing here knows Polars or a word of survey statistics. Elementary functions come from `libm` and every sum has a
//! fixed order, so results are the same bits on every machine.

pub mod derivative;
pub mod dist;
pub mod dual;
pub mod elementary;
pub(crate) mod lanes;
pub mod linalg;
pub mod matrix;
pub mod moments;
pub mod optimise;
pub mod profile;
pub mod root;
pub mod stream;
pub mod sum;
