//! What commands on anybody's data share: columns of a file, conditions on rows, sampling designs by column names.

pub mod columns;
pub mod design;
mod file;
pub mod filter;
pub mod format;
pub mod wording;
