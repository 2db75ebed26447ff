//! What the tool itself says in a report: ledger, coverage, findings, methods, sources.

pub mod methods;
