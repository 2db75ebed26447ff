//! What the tool itself says in a report: ledger, coverage, findings, methods, sources.

pub mod claims;
pub mod coverage;
pub mod findings;
pub mod methods;
pub mod sources;
pub mod tables;
