//! From files to evidence: definitions, data packages, tables, checks.
//!
//! [`load_definition`] reads what a study declares, [`load_study`] reads the data that it names and checks them,
//! [`validate_files`] checks any files. All problems of a file are reported together, each with its place and the
//! way out. Wrong structure is [`Error::Unusable`](crate::Error::Unusable), impossible values are
//! [`Error::BadData`](crate::Error::BadData), and what is merely strange is a finding of a rule.

mod accept;
pub mod definition;
mod foreign_keys;
pub mod package;
pub mod rules;
pub mod source;
#[cfg(feature = "parquet")]
pub mod stream;
pub mod study;
pub mod table;
mod validate;

pub use accept::{Acceptance, Accepted, AcceptedPlace, Sorted, apply_acceptances};
pub use definition::{definition_schema, load_definition};
pub use study::{Loaded, load_study};
pub use table::{Table, TextFormat};
pub use validate::{Validated, ValidatedFile, validate_files};

use source::SourceText;

/// A file that was read, for the record of what a result rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Path relative to the project root.
    pub path: String,
    /// BLAKE3 hash of its bytes, in hexadecimal digits.
    pub blake3: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Rows of the table; 0 for a file that is no table.
    pub rows_read: u64,
    /// Rows that became evidence.
    pub rows_used: u64,
}

impl InputFile {
    /// The record of a file that is no table.
    pub(crate) fn of_text(source: &SourceText) -> Self {
        InputFile {
            path: source.file.to_string(),
            blake3: source.blake3.clone(),
            bytes: source.bytes,
            rows_read: 0,
            rows_used: 0,
        }
    }
}
