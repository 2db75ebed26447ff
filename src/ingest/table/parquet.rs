//! Reading Parquet into a table of text cells. Line numbers count the rows as if a header stood on line 1.

use super::Table;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};

#[cfg(not(feature = "parquet"))]
pub(super) fn read(_: &[u8], file: &str) -> Result<Table> {
    Err(Error::unusable(
        Diagnostic::error("E22", Place::file(file), "this build of the tool cannot read Parquet")
            .observed("a Parquet file")
            .expected("CSV")
            .hint("build with the feature `parquet`, which is on by default, or convert the file to CSV"),
    ))
}

#[cfg(feature = "parquet")]
pub(super) fn read(bytes: &[u8], file: &str) -> Result<Table> {
    use crate::ingest::source::SourceText;

    let refuse = |observed: String| {
        Error::unusable(
            Diagnostic::error("E22", Place::file(file), "the file cannot be read as Parquet")
                .observed(observed)
                .expected("a Parquet file")
                .hint("write the file again, or correct `format` of the resource in datapackage.json"),
        )
    };
    let frame = frame(bytes).map_err(refuse)?;
    let columns = frame.get_column_names().iter().map(|name| name.to_string()).collect::<Vec<_>>();
    if columns.is_empty() || frame.height() == 0 {
        return Err(refuse(format!("{} columns, {} rows", columns.len(), frame.height())));
    }
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

/// The file as a data frame, or why it is none.
#[cfg(feature = "parquet")]
fn frame(bytes: &[u8]) -> Result<polars::prelude::DataFrame, String> {
    use polars::prelude::{ParquetReader, SerReader};

    // The library gives up on some damaged files and on types that it was built without by panicking.
    let read = std::panic::catch_unwind(|| ParquetReader::new(std::io::Cursor::new(bytes.to_vec())).finish());
    match read {
        Ok(Ok(frame)) => Ok(frame),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("a damaged file, or a type of column that this build does not know".to_owned()),
    }
}

/// Writes a value as a CSV file would show it: nothing for null, plain numbers. The library's own form of a number
/// follows settings of the process.
#[cfg(feature = "parquet")]
fn push_text(out: &mut String, value: &polars::prelude::AnyValue<'_>) {
    use std::fmt::Write;

    use polars::prelude::AnyValue;

    // Writing to a string cannot fail.
    let _ = match value {
        AnyValue::Null => Ok(()),
        AnyValue::String(text) => out.write_str(text),
        AnyValue::StringOwned(text) => out.write_str(text),
        AnyValue::Int32(number) => write!(out, "{number}"),
        AnyValue::Int64(number) => write!(out, "{number}"),
        AnyValue::UInt32(number) => write!(out, "{number}"),
        AnyValue::UInt64(number) => write!(out, "{number}"),
        AnyValue::Float32(number) if number.is_nan() => Ok(()),
        AnyValue::Float64(number) if number.is_nan() => Ok(()),
        AnyValue::Float32(number) => write!(out, "{number}"),
        AnyValue::Float64(number) => write!(out, "{number}"),
        other => write!(out, "{other}"),
    };
}

#[cfg(all(test, feature = "parquet"))]
mod tests {
    use polars::prelude::{Column, DataFrame, NamedFrom, ParquetWriter, Series};

    use super::*;

    fn file() -> Vec<u8> {
        let town = Series::new("town".into(), vec![Some("Newport"), None, Some("Hill")]);
        let n = Series::new("n".into(), vec![Some(1600_i64), Some(2), None]);
        let share = Series::new("share".into(), vec![12.5, 40.0, f64::NAN]);
        let columns = [town, n, share].map(Column::from).to_vec();
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut DataFrame::new(3, columns).unwrap()).unwrap();
        bytes
    }

    #[test]
    fn values_become_cells() {
        let table = read(&file(), "t.parquet").unwrap();
        assert_eq!(table.columns(), ["town", "n", "share"]);
        let rows: Vec<Vec<&str>> = (0..3).map(|row| (0..3).map(|column| table.cell(row, column)).collect()).collect();
        assert_eq!(rows, [vec!["Newport", "1600", "12.5"], vec!["", "2", "40"], vec!["Hill", "", ""]]);
        assert_eq!(table.line(2), 4);
    }

    #[test]
    fn damaged_files_are_refused() {
        let whole = file();
        for bytes in [&b""[..], b"PAR1", b"town,n\n", &whole[..whole.len() / 2]] {
            assert_eq!(read(bytes, "t.parquet").unwrap_err().diagnostics()[0].code, "E22");
        }
    }
}
