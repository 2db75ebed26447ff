//! Cells of a CSV file: texts in memory.

use std::ops::ControlFlow;
use std::path::Path;

use super::{AllTexts, Cells, DataFile, Rows, is_parquet};
use crate::design::Codes;
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::error::{Error, Result};
use crate::ingest::table::{parse_number, shown};
use crate::ingest::{Table, TextFormat};
use crate::rows::{self, Column, ReadAs, RowSource};

struct Texts {
    table: Table,
    missing: Vec<String>,
}

/// Reads a file as a table of texts.
///
/// # Errors
///
/// Everything that keeps it from being a table.
pub(super) fn open(path: &Path, missing: &[String], format: &TextFormat) -> Result<DataFile> {
    let name = path.display().to_string();
    let table =
        if is_parquet(path) { Table::read_parquet(path, &name)? } else { Table::read_csv(path, &name, format)? };
    let (columns, n_rows) = (table.columns().to_vec(), table.n_rows());
    Ok(DataFile { name, columns, n_rows, cells: Box::new(Texts { table, missing: missing.to_vec() }) })
}

impl Texts {
    /// The cells of a column; nothing where one is empty or says that there is no value.
    fn cells<'a>(&'a self, column: &str) -> impl Iterator<Item = Option<&'a str>> {
        let position = self.table.position(column);
        (0..self.table.n_rows()).map(move |row| {
            let text = self.table.cell(row, position?);
            (!text.is_empty() && !self.missing.iter().any(|code| code == text)).then_some(text)
        })
    }
}

impl Cells for Texts {
    fn texts(&self) -> Result<Box<AllTexts<'_>>> {
        Ok(Box::new(&self.table))
    }

    fn for_each_number(
        &self,
        column: &str,
        take: &mut dyn FnMut(Vec<f64>),
        bad: &mut dyn FnMut(usize, &str),
    ) -> Result<()> {
        let number = |(row, text): (usize, Option<&str>)| {
            let Some(text) = text else { return f64::NAN };
            parse_number(text).unwrap_or_else(|| {
                bad(row, text);
                f64::NAN
            })
        };
        take(self.cells(column).enumerate().map(number).collect());
        Ok(())
    }

    fn rows(&self, columns: &[(String, ReadAs)]) -> Result<Box<Rows<'_>>> {
        let mut table = rows::Table::default();
        for (name, read_as) in columns {
            match read_as {
                ReadAs::Codes => {
                    let codes = Codes::from_optional(&self.cells(name).collect::<Vec<_>>());
                    table.push_codes(codes.codes().to_vec(), codes.labels().to_vec());
                }
                ReadAs::Numbers => {
                    let number = |text: Option<&str>| text.and_then(parse_number).unwrap_or(f64::NAN);
                    table.push_numbers(self.cells(name).map(number).collect());
                }
            }
        }
        Ok(Box::new(Held(table)))
    }

    fn is_columnar(&self) -> bool {
        false
    }

    fn holds_numbers(&self, _: &str) -> bool {
        false
    }

    fn line(&self, row: usize) -> u64 {
        self.table.line(row)
    }

    fn point(&self, code: &'static str, row: usize, column: &str, text: &str, message: String) -> Diagnostic {
        match self.table.position(column) {
            Some(position) => self.table.point(Level::Error, code, row, position, message),
            None => {
                let place = Place::file(&**self.table.file()).line(self.line(row)).column(column);
                Diagnostic::error(code, place, message).observed(shown(text))
            }
        }
    }
}

/// Columns in memory: one group.
struct Held(rows::Table);

impl RowSource for Held {
    type Error = Error;

    fn labels(&self, column: usize) -> &[String] {
        self.0.labels(column)
    }

    fn for_each_group(&self, _: &[usize], visit: &mut dyn FnMut(&[Column]) -> ControlFlow<()>) -> Result<()> {
        let _ = visit(self.0.columns());
        Ok(())
    }
}
