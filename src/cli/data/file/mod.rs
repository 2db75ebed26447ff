//! A data file: CSV as a table of texts in memory, Parquet column by column, of which only those asked for are read.

#[cfg(feature = "parquet")]
mod columnar;
mod texts;

use std::ops::{ControlFlow, Deref};
use std::path::Path;

use crate::design::Codes;
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Result};
use crate::ingest::{Table, TextFormat};
use crate::rows::{ReadAs, RowSource};

/// Columns of a file, to be read a group of rows at a time.
pub type Rows<'a> = dyn RowSource<Error = Error> + 'a;

/// All cells of a file, held already or read for the purpose.
pub type AllTexts<'a> = dyn Deref<Target = Table> + 'a;

/// A data file, with the texts that mean "no value" in it beside the empty cell.
pub struct DataFile {
    name: String,
    columns: Vec<String>,
    n_rows: usize,
    cells: Box<dyn Cells>,
}

/// The cells of a file. Columns that are named are those of the file.
trait Cells {
    /// All of them as texts.
    fn texts(&self) -> Result<Box<AllTexts<'_>>>;
    /// Shows the numbers of a column, and texts that are none with their rows.
    fn for_each_number(
        &self,
        column: &str,
        take: &mut dyn FnMut(Vec<f64>),
        bad: &mut dyn FnMut(usize, &str),
    ) -> Result<()>;
    /// Some columns.
    fn rows(&self, columns: &[(String, ReadAs)]) -> Result<Box<Rows<'_>>>;
    /// Is the file read column by column?
    fn is_columnar(&self) -> bool;
    /// Does the file say that a column holds numbers?
    fn holds_numbers(&self, column: &str) -> bool;
    /// The line of a row.
    fn line(&self, row: usize) -> u64;
    /// A problem of a cell.
    fn point(&self, code: &'static str, row: usize, column: &str, text: &str, message: String) -> Diagnostic;
}

impl DataFile {
    /// Opens a CSV file of a format, or a Parquet file.
    ///
    /// # Errors
    ///
    /// Everything that keeps it from being a table.
    pub fn read(path: &Path, missing: &[String], format: &TextFormat) -> Result<Self> {
        #[cfg(feature = "parquet")]
        if is_parquet(path) {
            return columnar::open(path, missing);
        }
        texts::open(path, missing, format)
    }

    /// The file's name for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Whether there is a column of this name.
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    /// All cells as texts.
    ///
    /// # Errors
    ///
    /// The file cannot be read as a whole.
    pub fn texts(&self) -> Result<Box<AllTexts<'_>>> {
        self.cells.texts()
    }

    /// Shows the numbers of a column that the file has, piece after piece, NaN where there is no value. `bad` hears of texts
    /// that are no numbers, with their rows.
    ///
    /// # Errors
    ///
    /// A damaged file, or a type of column that is not read.
    pub fn for_each_number(
        &self,
        column: &str,
        take: &mut dyn FnMut(Vec<f64>),
        bad: &mut dyn FnMut(usize, &str),
    ) -> Result<()> {
        self.cells.for_each_number(column, take, bad)
    }

    /// Some columns that the file has, as labels or as numbers: a row group at a time where the file is Parquet.
    ///
    /// # Errors
    ///
    /// A damaged file, or a type of column that is not read.
    pub fn rows(&self, columns: &[(String, ReadAs)]) -> Result<Box<Rows<'_>>> {
        self.cells.rows(columns)
    }

    /// The labels of a column that the file has, in byte order; rows without a value have none.
    ///
    /// # Errors
    ///
    /// A damaged file, or a type of column that is not read.
    pub fn labels(&self, column: &str) -> Result<Codes> {
        let rows = self.rows(&[(column.to_owned(), ReadAs::Codes)])?;
        let mut codes = Vec::with_capacity(self.n_rows);
        rows.for_each_group(&[0], &mut |group| {
            codes.extend_from_slice(group[0].codes());
            ControlFlow::Continue(())
        })?;
        Ok(Codes::from_codes(codes, rows.labels(0).to_vec()))
    }

    /// The labels that a column has, in byte order.
    ///
    /// # Errors
    ///
    /// As for [`labels`](Self::labels).
    pub fn label_names(&self, column: &str) -> Result<Vec<String>> {
        Ok(self.rows(&[(column.to_owned(), ReadAs::Codes)])?.labels(0).to_vec())
    }

    /// Is it a Parquet file, of which columns are read by themselves?
    pub fn is_columnar(&self) -> bool {
        self.cells.is_columnar()
    }

    /// Does the file say that a column holds numbers, so that no cell has to be looked at?
    pub fn holds_numbers(&self, column: &str) -> bool {
        self.cells.holds_numbers(column)
    }

    /// The line of a row; those of a Parquet file count as if a header stood on line 1.
    pub fn line(&self, row: usize) -> u64 {
        self.cells.line(row)
    }

    /// A problem of a cell: its place and what stands there.
    pub fn point(&self, code: &'static str, row: usize, column: &str, text: &str, message: String) -> Diagnostic {
        self.cells.point(code, row, column, text, message)
    }
}

fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}
