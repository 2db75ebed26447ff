//! A Parquet file as a source of coded rows.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::coder::{Coder, Collected};
use super::no_value::NoValue;
use super::parquet::{Chunk, ParquetFile};
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};
use crate::ingest::table::{number_problem, parse_number};
use crate::rows::{Column, MISSING, ReadAs, RowSource, Table};

/// Some columns of a Parquet file, read a row group at a time: memory is one row group of these columns.
pub struct CodedFile {
    path: PathBuf,
    n_rows: usize,
    n_groups: usize,
    columns: Vec<CodedColumn>,
    no_value: NoValue,
}

struct CodedColumn {
    name: String,
    coder: Option<Coder>,
}

impl CodedFile {
    /// Opens a file and learns the labels of the columns that are read as codes.
    ///
    /// # Errors
    ///
    /// An unreadable or damaged file, an unknown column.
    pub fn open(path: &Path, columns: &[(&str, ReadAs)]) -> Result<Self> {
        Self::open_without(path, columns, NoValue::default())
    }

    /// As [`open`](Self::open), with cells that count as empty.
    ///
    /// # Errors
    ///
    /// As for `open`.
    pub fn open_without(path: &Path, columns: &[(&str, ReadAs)], no_value: NoValue) -> Result<Self> {
        let file = ParquetFile::open(path)?;
        let (n_rows, n_groups) = (file.n_rows(), file.n_groups());
        let columns = columns
            .par_iter()
            .map(|&(name, read_as)| {
                file.kind(name)?;
                let coder = match read_as {
                    ReadAs::Numbers => None,
                    ReadAs::Codes => {
                        let mut collected = Collected::default();
                        for group in 0..n_groups {
                            collected.add(&file.read_labels(group, name)?);
                        }
                        Some(collected.coder(&no_value))
                    }
                };
                Ok(CodedColumn { name: name.to_owned(), coder })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(CodedFile { path: path.to_path_buf(), n_rows, n_groups, columns, no_value })
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The whole table in memory.
    ///
    /// # Errors
    ///
    /// As for reading.
    pub fn load(&self) -> Result<Table> {
        let mut columns: Vec<Option<Column>> = vec![None; self.columns.len()];
        let all: Vec<usize> = (0..self.columns.len()).collect();
        self.for_each_group(&all, &mut |group| {
            for (column, chunk) in columns.iter_mut().zip(group) {
                match (column.as_mut(), chunk) {
                    (Some(Column::Codes(all)), Column::Codes(more)) => all.extend_from_slice(more),
                    (Some(Column::Numbers(all)), Column::Numbers(more)) => all.extend_from_slice(more),
                    _ => *column = Some(chunk.clone()),
                }
            }
            ControlFlow::Continue(())
        })?;
        let mut table = Table::default();
        for (i, column) in columns.into_iter().enumerate() {
            match column {
                Some(Column::Codes(codes)) => table.push_codes(codes, self.labels(i).to_vec()),
                Some(Column::Numbers(numbers)) => table.push_numbers(numbers),
                None if self.columns[i].coder.is_some() => table.push_codes(Vec::new(), self.labels(i).to_vec()),
                None => table.push_numbers(Vec::new()),
            };
        }
        Ok(table)
    }
}

impl RowSource for CodedFile {
    type Error = Error;

    fn labels(&self, column: usize) -> &[String] {
        self.columns[column].coder.as_ref().map_or(&[], Coder::labels)
    }

    fn for_each_group(&self, wanted: &[usize], visit: &mut dyn FnMut(&[Column]) -> ControlFlow<()>) -> Result<()> {
        let file = ParquetFile::open(&self.path)?;
        let mut first_row = 0;
        for group in 0..self.n_groups {
            let columns = self
                .columns
                .par_iter()
                .enumerate()
                .map(|(i, column)| {
                    if !wanted.contains(&i) {
                        return Ok(Column::Codes(Vec::new()));
                    }
                    Ok(match &column.coder {
                        Some(coder) => Column::Codes(coder.codes(file.read_labels(group, &column.name)?)),
                        None => Column::Numbers(self.numbers_of(file.read(group, &column.name)?, column, first_row)?),
                    })
                })
                .collect::<Result<Vec<_>>>()?;
            first_row += wanted.first().map_or(0, |column| columns[*column].len());
            if visit(&columns).is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl CodedFile {
    fn numbers_of(&self, chunk: Chunk, column: &CodedColumn, first_row: usize) -> Result<Vec<f64>> {
        let mut first_bad = None;
        let values = numbers(chunk, &self.no_value, &mut |row, text| {
            first_bad.get_or_insert_with(|| (first_row + row, text.to_owned()));
        });
        let Some((row, text)) = first_bad else { return Ok(values) };
        let message = number_problem(&text, false).map_or_else(|| format!("`{text}` is not a number"), |p| p.message);
        // Lines count the rows as if a header stood on line 1, as everywhere for Parquet.
        let place = Place::file(self.path.display().to_string()).line(row as u64 + 2).column(&*column.name);
        let problem = Diagnostic::error("E18", place, message).expected("a number");
        Err(Error::BadData(vec![problem.hint("name another column, or mend the value")]))
    }
}

impl ParquetFile {
    /// A column of numbers in a row group, NaN where there is no value; `bad` hears of texts that are no numbers, and of
    /// infinite ones, with their rows in the group.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub fn read_numbers(
        &self,
        group: usize,
        column: &str,
        no_value: &NoValue,
        bad: &mut dyn FnMut(usize, &str),
    ) -> Result<Vec<f64>> {
        Ok(numbers(self.read(group, column)?, no_value, bad))
    }
}

/// The numbers of a chunk, NaN where there is no value; `bad` hears of texts that are no numbers, and of infinite ones, with
/// their rows in the chunk.
fn numbers(chunk: Chunk, no_value: &NoValue, bad: &mut dyn FnMut(usize, &str)) -> Vec<f64> {
    match chunk {
        Chunk::Numbers(mut numbers) => {
            for (row, value) in numbers.iter_mut().enumerate() {
                if no_value.is_number(*value) {
                    *value = f64::NAN;
                } else if value.is_infinite() {
                    bad(row, &value.to_string());
                    *value = f64::NAN;
                }
            }
            numbers
        }
        Chunk::Integers(values) => {
            values.iter().map(|&value| if no_value.is_integer(value) { f64::NAN } else { value as f64 }).collect()
        }
        Chunk::Codes { codes, labels } => {
            let known: Vec<Option<f64>> = labels
                .iter()
                .map(|label| if no_value.is_text(label) { Some(f64::NAN) } else { parse_number(label) })
                .collect();
            let value = |(row, &code): (usize, &u32)| match known.get(code as usize) {
                _ if code == MISSING => f64::NAN,
                Some(Some(value)) => *value,
                Some(None) => {
                    bad(row, &labels[code as usize]);
                    f64::NAN
                }
                None => f64::NAN,
            };
            codes.iter().enumerate().map(value).collect()
        }
    }
}
