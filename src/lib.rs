//! Opros: survey and polling statistics, from poll data to a report in which every number has a source.
//!
//! `ARCHITECTURE.md` has the map of the house.

pub mod design;
pub mod estimate;
pub mod numeric;
pub mod weighting;
