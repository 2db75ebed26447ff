//! Study text, results and charts become documents: Markdown, HTML, CSV and JSON, as bytes.
//!
//! One table model ([`table::Table`]) and many writers ([`write`]). Nothing here reads a clock, an environment or a
//! file, and nothing is estimated here.

pub mod lines;
pub mod lint;
pub mod number;
pub mod records;
pub mod table;
pub mod write;
