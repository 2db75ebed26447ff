//! Opros: survey and polling statistics, from poll data to a report in which every number has a source.
//!
//! `ARCHITECTURE.md` has the map of the house.

pub mod analysis;
pub mod chart;
pub mod cli;
pub mod design;
pub mod diagnostic;
pub mod error;
pub mod estimate;
pub mod explain;
pub mod ingest;
pub mod locale;
pub mod model;
pub mod numeric;
pub mod pipeline;
pub mod report;
pub mod rows;
pub mod study;
pub mod weighting;

pub use error::{Error, Result};
