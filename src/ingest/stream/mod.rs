//! Tables that are too large for memory: a Parquet file as a source of coded rows, a row group at a time.

mod coder;
mod file;
mod no_value;
mod pages;
mod parquet;
mod spare;

pub use crate::rows::ReadAs;
pub use file::CodedFile;
pub use no_value::NoValue;
pub use parquet::{Chunk, ColumnKind, ParquetFile};
