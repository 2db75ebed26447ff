//! Cells of a Parquet file: columns that are read when they are asked for, a row group at a time.

use std::path::{Path, PathBuf};

use super::{AllTexts, Cells, DataFile, Rows};
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};
use crate::ingest::Table;
use crate::ingest::stream::{CodedFile, ColumnKind, NoValue, ParquetFile};
use crate::ingest::table::shown;
use crate::rows::ReadAs;

struct Columnar {
    name: String,
    path: PathBuf,
    file: ParquetFile,
    no_value: NoValue,
}

/// Opens a Parquet file.
///
/// # Errors
///
/// An unreadable or damaged file, or one without rows.
pub(super) fn open(path: &Path, missing: &[String]) -> Result<DataFile> {
    let name = path.display().to_string();
    let file = ParquetFile::open(path)?;
    let columns: Vec<String> = file.column_names().map(str::to_owned).collect();
    let n_rows = file.n_rows();
    if columns.is_empty() || n_rows == 0 {
        let problem = Diagnostic::error("E22", Place::file(&*name), "the file has no rows, or no columns");
        let got = format!("{} columns, {n_rows} rows", columns.len());
        return Err(Error::unusable(problem.observed(got).hint("write the file again")));
    }
    let cells = Columnar { name: name.clone(), path: path.to_path_buf(), file, no_value: NoValue::of(missing) };
    Ok(DataFile { name, columns, n_rows, cells: Box::new(cells) })
}

impl Cells for Columnar {
    fn texts(&self) -> Result<Box<AllTexts<'_>>> {
        Ok(Box::new(Box::new(Table::read_parquet(&self.path, &self.name)?)))
    }

    fn for_each_number(
        &self,
        column: &str,
        take: &mut dyn FnMut(Vec<f64>),
        bad: &mut dyn FnMut(usize, &str),
    ) -> Result<()> {
        let mut first_row = 0;
        for group in 0..self.file.n_groups() {
            let mut bad = |row: usize, text: &str| bad(first_row + row, text);
            let numbers = self.file.read_numbers(group, column, &self.no_value, &mut bad)?;
            first_row += numbers.len();
            take(numbers);
        }
        Ok(())
    }

    fn rows(&self, columns: &[(String, ReadAs)]) -> Result<Box<Rows<'_>>> {
        let columns: Vec<(&str, ReadAs)> = columns.iter().map(|(name, read_as)| (name.as_str(), *read_as)).collect();
        Ok(Box::new(CodedFile::open_without(&self.path, &columns, self.no_value.clone())?))
    }

    fn is_columnar(&self) -> bool {
        true
    }

    fn holds_numbers(&self, column: &str) -> bool {
        self.file.kind(column).is_ok_and(|kind| kind == ColumnKind::Number)
    }

    fn line(&self, row: usize) -> u64 {
        row as u64 + 2
    }

    fn point(&self, code: &'static str, row: usize, column: &str, text: &str, message: String) -> Diagnostic {
        let place = Place::file(&*self.name).line(self.line(row)).column(column);
        Diagnostic::error(code, place, message).observed(shown(text))
    }
}
