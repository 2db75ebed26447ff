//! Did it change, when, by how much, and is the change real: statistics of series and counts.
//!
//! | question | where |
//! |---|---|
//! | everything about the polls of several houses | [`pooling`] |
//! | one series from many polls and houses, and other hidden states | [`state_space`] |
//! | one mood from many questions | [`mood`] |
//! | a smooth line through points | [`smooth`] |
//! | did it rise or fall | [`monotone`], [`change`], [`regression`] |
//! | when did it break | [`breaks`] |
//! | how many events, at which rate | [`counts`] |
//! | how do neighbours in time depend on each other | [`series`] |
//!
//! Everything takes slices and gives numbers. Missing values are NaN only where a function says so; everywhere else they are
//! an error with their position. Input that has no answer is an error with its reason, never a panic and never a bare NaN.

mod check;
mod error;

pub mod breaks;
pub mod change;
pub mod counts;
pub mod monotone;
pub mod mood;
pub mod pooling;
pub mod regression;
pub mod series;
pub mod smooth;
pub mod state_space;

pub use error::TrendError;
