//! Study text, results and charts become documents: Markdown, HTML, CSV and JSON, as bytes.
//!
//! One table model ([`table::Table`]) and many writers ([`mod@write`]). Nothing here reads a clock, an environment or a
//! file, and nothing is estimated here.

pub mod as_of;
pub mod blocks;
pub mod bundle;
pub mod document;
pub mod figures;
pub mod labels;
pub mod lines;
pub mod lint;
pub mod manifest;
pub mod number;
pub mod page;
pub mod plain;
pub mod reading;
pub mod records;
pub mod table;
pub mod template;
pub mod write;

/// File with every result of a study by its stable id.
pub const RESULTS_FILE: &str = "results.json";
