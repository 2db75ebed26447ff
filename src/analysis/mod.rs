//! The questions that people ask of a study, answered as results with uncertainty, base and source.

pub mod proportions;
pub mod result;
pub mod trend;
