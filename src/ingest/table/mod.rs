//! A table in memory: text cells that know their line. Numbers and dates are read from the cells where they are used,
//! so that every problem can show what stands there.

mod csv;
mod parquet;
mod problems;
mod schema;
mod values;

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::package::{ReadPackage, Resource};
use super::source::{SourceText, read_bytes};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::error::{Error, Result};

pub use problems::Problems;
pub(crate) use problems::error_of;
pub(crate) use values::partial_date_problem;
pub use values::{ValueProblem, decimal_comma, number_problem, parse_number};

/// How the text of a CSV file is written, where no descriptor says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFormat {
    /// The byte between two cells.
    pub delimiter: u8,
    /// The encoding; UTF-8 where none is named.
    pub encoding: Option<String>,
    /// Numbers have a decimal comma; groups of digits may have spaces between them.
    pub has_decimal_comma: bool,
}

impl Default for TextFormat {
    fn default() -> Self {
        TextFormat { delimiter: b',', encoding: None, has_decimal_comma: false }
    }
}

/// A table of text cells, read from a CSV or Parquet file.
#[derive(Debug)]
pub struct Table {
    /// The file's text; empty for a binary file.
    source: SourceText,
    delimiter: u8,
    columns: Vec<String>,
    cells: String,
    ends: Vec<u32>,
    lines: Vec<u64>,
}

impl Table {
    /// Reads a CSV file that has no descriptor. Numbers with a decimal comma become numbers with a point.
    ///
    /// # Errors
    ///
    /// Everything that keeps it from being a table: `E01`, `E12` – `E17`.
    pub fn read_csv(path: &Path, file: &str, format: &TextFormat) -> Result<Self> {
        let table = csv::read(SourceText::read(path, file, format.encoding.as_deref())?, format.delimiter)?;
        Ok(match format.has_decimal_comma {
            false => table,
            true => table.rewritten(|_, _, text| decimal_comma(text).filter(|_| text.contains(','))),
        })
    }

    /// Reads a Parquet file that has no descriptor.
    ///
    /// # Errors
    ///
    /// `E01` or `E22` where it cannot be read.
    pub fn read_parquet(path: &Path, file: &str) -> Result<Self> {
        parquet::read(&read_bytes(path, file)?, file)
    }

    /// Reads a resource of a package and checks it against its schema.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the file: structure as [`Error::Unusable`], values as [`Error::BadData`].
    pub fn read_resource(package: &ReadPackage, resource: &Resource) -> Result<Self> {
        let (path, file) = package.file_of(resource)?;
        let table = if resource.is_parquet(&path) {
            Self::read_parquet(&path, &file)?
        } else {
            let delimiter = match resource.dialect.delimiter.as_bytes() {
                [one] if one.is_ascii() => *one,
                _ => {
                    return Err(Error::unusable(
                        Diagnostic::error(
                            "E10",
                            Place::file(&*package.source.file).key(&resource.name),
                            "the delimiter is not one ASCII character",
                        )
                        .observed(&resource.dialect.delimiter)
                        .expected("one character, such as `,` or `;`")
                        .hint("correct `dialect.delimiter` of the resource"),
                    ));
                }
            };
            csv::read(SourceText::read(&path, &file, resource.encoding.as_deref())?, delimiter)?
        };
        schema::check(table, resource, &package.source.file)
    }

    /// The file's name for people, relative to the project root.
    pub fn file(&self) -> &Arc<str> {
        &self.source.file
    }

    /// The file's text, hash and the notes of its reading.
    pub fn source(&self) -> &SourceText {
        &self.source
    }

    /// Names of the columns in file order.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Number of rows, the header not counted.
    pub fn n_rows(&self) -> usize {
        self.lines.len()
    }

    /// Position of a column.
    pub fn position(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }

    /// The line of the file on which a row begins.
    pub fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }

    /// The row that begins on a line of the file.
    pub fn row_of_line(&self, line: u64) -> Option<usize> {
        self.lines.binary_search(&line).ok()
    }

    /// The text of a cell.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        let index = row * self.columns.len() + column;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.cells[start..self.ends[index] as usize]
    }

    /// The same table with other texts in its cells; `None` keeps a text.
    fn rewritten(mut self, change: impl Fn(usize, usize, &str) -> Option<String>) -> Self {
        let mut cells = String::with_capacity(self.cells.len());
        let mut ends = Vec::with_capacity(self.ends.len());
        for row in 0..self.n_rows() {
            for column in 0..self.columns.len() {
                let text = self.cell(row, column);
                match change(row, column, text) {
                    Some(other) => cells.push_str(&other),
                    None => cells.push_str(text),
                }
                ends.push(cells.len() as u32);
            }
        }
        self.cells = cells;
        self.ends = ends;
        self
    }

    /// The same table with other texts in some cells, given as row, column and text.
    pub(crate) fn corrected(self, changes: &[(usize, usize, String)]) -> Self {
        self.rewritten(|row, column, _| {
            changes.iter().find(|change| (change.0, change.1) == (row, column)).map(|change| change.2.clone())
        })
    }

    /// All cells in one text, to look for characters.
    pub(crate) fn all_cells(&self) -> &str {
        &self.cells
    }

    /// A diagnostic about a cell: its place, what stands there, and the line.
    pub fn point(
        &self,
        level: Level,
        code: &'static str,
        row: usize,
        column: usize,
        message: impl Into<String>,
    ) -> Diagnostic {
        let mut diagnostic = match self.span_of(row, column) {
            Some(span) => self.source.point(level, code, span, message),
            None => {
                let place = Place::file(&**self.file()).line(self.line(row));
                match level {
                    Level::Note => Diagnostic::note(code, place, message),
                    Level::Warning => Diagnostic::warning(code, place, message),
                    Level::Error => Diagnostic::error(code, place, message),
                }
            }
        };
        diagnostic.place.column = self.columns.get(column).cloned();
        diagnostic.observed(shown(self.cell(row, column)))
    }

    /// Where a cell stands in the text, quotation marks included.
    fn span_of(&self, row: usize, column: usize) -> Option<Range<usize>> {
        let start = self.source.line_start(self.line(row))?;
        if self.source.text.is_empty() {
            return None;
        }
        let bytes = self.source.text.as_bytes();
        let (mut at, mut index, mut begin, mut is_quoted) = (start, 0, start, false);
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => is_quoted = !is_quoted,
                b'\n' | b'\r' if !is_quoted => break,
                byte if *byte == self.delimiter && !is_quoted => {
                    if index == column {
                        break;
                    }
                    index += 1;
                    begin = at + 1;
                }
                _ => {}
            }
            at += 1;
        }
        (index == column).then_some(begin..at)
    }
}

/// A value as a message quotes it: shortened, and an empty one named.
pub(crate) fn shown(value: &str) -> String {
    match value.char_indices().nth(60) {
        _ if value.is_empty() => "nothing".to_owned(),
        Some((at, _)) => format!("{}…", &value[..at]),
        None => value.to_owned(),
    }
}
