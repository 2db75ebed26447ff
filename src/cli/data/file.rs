//! A data file: CSV as a table of texts in memory, Parquet column by column, of which only those asked for are read.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::design::Codes;
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::error::{Error, Result};
use crate::ingest::Table;
#[cfg(feature = "parquet")]
use crate::ingest::stream::{CodedFile, ColumnKind, NoValue, ParquetFile};
use crate::ingest::table::{parse_number, shown};
use crate::rows::{self, Column, ReadAs, RowSource};

/// A data file, with the texts that mean "no value" in it beside the empty cell.
pub struct DataFile {
    name: String,
    path: PathBuf,
    columns: Vec<String>,
    n_rows: usize,
    missing: Vec<String>,
    cells: Cells,
}

/// Where the cells are.
enum Cells {
    Texts(Table),
    #[cfg(feature = "parquet")]
    Parquet(ParquetFile),
}

impl DataFile {
    /// Opens a CSV or Parquet file.
    ///
    /// # Errors
    ///
    /// Everything that keeps it from being a table.
    pub fn read(path: &Path, missing: &[String]) -> Result<Self> {
        let (cells, columns, n_rows) = cells(path)?;
        let name = path.display().to_string();
        Ok(DataFile { name, path: path.to_path_buf(), columns, n_rows, missing: missing.to_vec(), cells })
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

    /// Hands all cells over as texts.
    ///
    /// # Errors
    ///
    /// The file cannot be read as a whole.
    pub fn with_texts<T>(&self, take: impl FnOnce(&Table) -> T) -> Result<T> {
        match &self.cells {
            Cells::Texts(table) => Ok(take(table)),
            #[cfg(feature = "parquet")]
            Cells::Parquet(_) => Ok(take(&Table::read_parquet(&self.path, &self.name)?)),
        }
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
        match &self.cells {
            Cells::Texts(table) => {
                let Some(position) = table.position(column) else { return Ok(()) };
                let number = |row: usize| match self.cell(table, row, position) {
                    None => f64::NAN,
                    Some(text) => parse_number(text).unwrap_or_else(|| {
                        bad(row, text);
                        f64::NAN
                    }),
                };
                take((0..self.n_rows).map(number).collect());
            }
            #[cfg(feature = "parquet")]
            Cells::Parquet(file) => {
                let no_value = NoValue::of(&self.missing);
                let mut first_row = 0;
                for group in 0..file.n_groups() {
                    let mut bad = |row: usize, text: &str| bad(first_row + row, text);
                    let numbers = file.read_numbers(group, column, &no_value, &mut bad)?;
                    first_row += numbers.len();
                    take(numbers);
                }
            }
        }
        Ok(())
    }

    /// The labels of a column that the file has, in byte order; rows without a value have none.
    ///
    /// # Errors
    ///
    /// A damaged file, or a type of column that is not read.
    pub fn labels(&self, column: &str) -> Result<Codes> {
        if let Cells::Texts(table) = &self.cells {
            let position = table.position(column);
            let cell = |row: usize| position.and_then(|position| self.cell(table, row, position));
            return Ok(Codes::from_optional(&(0..self.n_rows).map(cell).collect::<Vec<_>>()));
        }
        let source = self.rows(&[(column.to_owned(), ReadAs::Codes)])?;
        let mut codes = Vec::with_capacity(self.n_rows);
        source.for_each_group(&[0], &mut |group| {
            codes.extend_from_slice(group[0].codes());
            ControlFlow::Continue(())
        })?;
        Ok(Codes::from_codes(codes, source.labels(0).to_vec()))
    }

    /// The labels that a column has, in byte order.
    ///
    /// # Errors
    ///
    /// As for [`labels`](Self::labels).
    pub fn label_names(&self, column: &str) -> Result<Vec<String>> {
        Ok(self.rows(&[(column.to_owned(), ReadAs::Codes)])?.labels(0).to_vec())
    }

    /// Some columns that the file has, as labels or as numbers: a row group at a time where the file is Parquet.
    ///
    /// # Errors
    ///
    /// A damaged file, or a type of column that is not read.
    pub fn rows(&self, columns: &[(String, ReadAs)]) -> Result<Rows> {
        #[cfg(feature = "parquet")]
        if let Cells::Parquet(_) = &self.cells {
            let columns: Vec<(&str, ReadAs)> =
                columns.iter().map(|(name, read_as)| (name.as_str(), *read_as)).collect();
            let no_value = NoValue::of(&self.missing);
            return Ok(Rows::InGroups(Box::new(CodedFile::open_without(&self.path, &columns, no_value)?)));
        }
        let mut table = rows::Table::default();
        for (name, read_as) in columns {
            match read_as {
                ReadAs::Codes => {
                    let codes = self.labels(name)?;
                    table.push_codes(codes.codes().to_vec(), codes.labels().to_vec());
                }
                ReadAs::Numbers => {
                    let mut numbers = Vec::new();
                    self.for_each_number(name, &mut |piece| numbers = piece, &mut |_, _| {})?;
                    table.push_numbers(numbers);
                }
            }
        }
        Ok(Rows::Held(table))
    }

    /// Is it a Parquet file, of which columns are read by themselves?
    pub fn is_columnar(&self) -> bool {
        !matches!(self.cells, Cells::Texts(_))
    }

    /// Does the file say that a column holds numbers, so that none has to be looked at?
    pub fn holds_numbers(&self, column: &str) -> bool {
        match &self.cells {
            Cells::Texts(_) => false,
            #[cfg(feature = "parquet")]
            Cells::Parquet(file) => file.kind(column).is_ok_and(|kind| kind == ColumnKind::Number),
        }
    }

    /// A problem of a cell: its place and what stands there. Lines of a Parquet file count as if a header stood on line 1.
    pub fn point(&self, code: &'static str, row: usize, column: &str, text: &str, message: String) -> Diagnostic {
        if let Cells::Texts(table) = &self.cells
            && let Some(position) = table.position(column)
        {
            return table.point(Level::Error, code, row, position, message);
        }
        let place = Place::file(self.name()).line(row as u64 + 2).column(column);
        Diagnostic::error(code, place, message).observed(shown(text))
    }

    /// A cell; nothing where it is empty or says that there is no value.
    fn cell<'a>(&self, table: &'a Table, row: usize, column: usize) -> Option<&'a str> {
        let text = table.cell(row, column);
        (!text.is_empty() && !self.missing.iter().any(|code| code == text)).then_some(text)
    }
}

/// Columns of a file.
pub enum Rows {
    /// In memory: one group.
    Held(rows::Table),
    /// In the file, a row group at a time.
    #[cfg(feature = "parquet")]
    InGroups(Box<CodedFile>),
}

impl RowSource for Rows {
    type Error = Error;

    fn labels(&self, column: usize) -> &[String] {
        match self {
            Rows::Held(table) => table.labels(column),
            #[cfg(feature = "parquet")]
            Rows::InGroups(file) => file.labels(column),
        }
    }

    fn for_each_group(&self, wanted: &[usize], visit: &mut dyn FnMut(&[Column]) -> ControlFlow<()>) -> Result<()> {
        match self {
            Rows::Held(table) => {
                let _ = visit(table.columns());
                Ok(())
            }
            #[cfg(feature = "parquet")]
            Rows::InGroups(file) => file.for_each_group(wanted, visit),
        }
    }
}

fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"))
}

fn of_texts(table: Table) -> (Cells, Vec<String>, usize) {
    let (columns, n_rows) = (table.columns().to_vec(), table.n_rows());
    (Cells::Texts(table), columns, n_rows)
}

#[cfg(feature = "parquet")]
fn cells(path: &Path) -> Result<(Cells, Vec<String>, usize)> {
    let name = path.display().to_string();
    if !is_parquet(path) {
        return Ok(of_texts(Table::read_csv(path, &name)?));
    }
    let file = ParquetFile::open(path)?;
    let columns: Vec<String> = file.column_names().map(str::to_owned).collect();
    let n_rows = file.n_rows();
    if columns.is_empty() || n_rows == 0 {
        let place = Place::file(name);
        let problem = Diagnostic::error("E22", place, "the file has no rows, or no columns");
        return Err(Error::unusable(
            problem.observed(format!("{} columns, {n_rows} rows", columns.len())).hint("write the file again"),
        ));
    }
    Ok((Cells::Parquet(file), columns, n_rows))
}

#[cfg(not(feature = "parquet"))]
fn cells(path: &Path) -> Result<(Cells, Vec<String>, usize)> {
    let name = path.display().to_string();
    let table = if is_parquet(path) { Table::read_parquet(path, &name)? } else { Table::read_csv(path, &name)? };
    Ok(of_texts(table))
}
