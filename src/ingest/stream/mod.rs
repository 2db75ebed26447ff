//! Tables that are too large for memory: a Parquet file as a source of coded rows, a row group at a time.

mod coder;
mod file;
mod pages;
mod parquet;

pub use file::{CodedFile, ReadAs};
pub use parquet::{Chunk, ColumnKind, ParquetFile};
