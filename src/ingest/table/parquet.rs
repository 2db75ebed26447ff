//! Reading Parquet into a table of text cells. Line numbers count the rows as if a header stood on line 1.

use super::Table;
use crate::error::Result;

#[cfg(not(feature = "parquet"))]
pub(super) fn read(_: &[u8], file: &str) -> Result<Table> {
    use crate::diagnostic::{Diagnostic, Place};
    Err(crate::error::Error::unusable(
        Diagnostic::error("E22", Place::file(file), "this build of the tool cannot read Parquet")
            .observed("a Parquet file")
            .expected("CSV")
            .hint("build with the feature `parquet`, which is on by default, or convert the file to CSV"),
    ))
}

#[cfg(feature = "parquet")]
pub(super) fn read(bytes: &[u8], file: &str) -> Result<Table> {
    use polars::prelude::{ParquetReader, SerReader};

    use crate::diagnostic::{Diagnostic, Place};
    use crate::error::Error;
    use crate::ingest::source::SourceText;

    let refuse = |observed: String| {
        Error::unusable(
            Diagnostic::error("E22", Place::file(file), "the file cannot be read as Parquet")
                .observed(observed)
                .expected("a Parquet file")
                .hint("write the file again, or correct `format` of the resource in datapackage.json"),
        )
    };
    let frame =
        ParquetReader::new(std::io::Cursor::new(bytes.to_vec())).finish().map_err(|error| refuse(error.to_string()))?;
    let columns = frame.get_column_names().iter().map(|name| name.to_string()).collect::<Vec<_>>();
    let mut cells = String::new();
    let mut ends = Vec::with_capacity(frame.height() * columns.len());
    for row in 0..frame.height() {
        for column in frame.columns() {
            let value = column.get(row).map_err(|error| refuse(error.to_string()))?;
            push_text(&mut cells, &value);
            ends.push(u32::try_from(cells.len()).map_err(|_| refuse("more than 4 GB of text".to_owned()))?);
        }
    }
    let mut source = SourceText::decode(&[], file, None)?;
    source.blake3 = blake3::hash(bytes).to_hex().to_string();
    source.bytes = bytes.len() as u64;
    let lines = (0..frame.height() as u64).map(|row| row + 2).collect();
    Ok(Table { source, delimiter: b',', columns, cells, ends, lines })
}

/// Writes a value as a CSV file would show it: nothing for null, plain numbers, ISO days.
#[cfg(feature = "parquet")]
fn push_text(out: &mut String, value: &polars::prelude::AnyValue<'_>) {
    use std::fmt::Write;

    use polars::prelude::AnyValue;

    // Writing to a string cannot fail.
    let _ = match value {
        AnyValue::Null => Ok(()),
        AnyValue::String(text) => out.write_str(text),
        AnyValue::StringOwned(text) => out.write_str(text),
        AnyValue::Float32(number) => write!(out, "{number}"),
        AnyValue::Float64(number) => write!(out, "{number}"),
        other => write!(out, "{other}"),
    };
}
