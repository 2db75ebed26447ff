//! Slices in, numbers out: sums, moments, linear algebra, distributions, optimisers, random streams.
//!
//! Nothing here knows Polars or a word of survey statistics.
