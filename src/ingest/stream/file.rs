//! A Parquet file as a source of coded rows.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::coder::{Coder, Collected};
use super::pages::{Dictionary, Indexed};
use super::parquet::{Chunk, ColumnKind, ParquetFile};
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};
use crate::rows::{Column, RowSource, Table};

/// How a column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadAs {
    /// As dense codes of its labels.
    Codes,
    /// As numbers.
    Numbers,
}

/// Some columns of a Parquet file, read a row group at a time: memory is one row group of these columns.
pub struct CodedFile {
    path: PathBuf,
    n_rows: usize,
    n_groups: usize,
    columns: Vec<CodedColumn>,
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
    /// An unreadable or damaged file, an unknown column, text where numbers are wanted.
    pub fn open(path: &Path, columns: &[(&str, ReadAs)]) -> Result<Self> {
        let file = ParquetFile::open(path)?;
        let (n_rows, n_groups) = (file.n_rows(), file.n_groups());
        let columns = columns
            .par_iter()
            .map(|&(name, read_as)| {
                let kind = file.kind(name)?;
                let coder = match read_as {
                    ReadAs::Numbers if kind == ColumnKind::Text => return Err(text_for_numbers(path, name)),
                    ReadAs::Numbers => None,
                    ReadAs::Codes => {
                        let mut collected = Collected::default();
                        for group in 0..n_groups {
                            match file.read_indexed(group, name)? {
                                Some(chunk) => collected.add_indexed(&chunk),
                                None => collected.add(&file.read(group, name)?),
                            }
                        }
                        Some(collected.coder())
                    }
                };
                Ok(CodedColumn { name: name.to_owned(), coder })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(CodedFile { path: path.to_path_buf(), n_rows, n_groups, columns })
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
        for group in 0..self.n_groups {
            let columns = self
                .columns
                .par_iter()
                .enumerate()
                .map(|(i, column)| {
                    if !wanted.contains(&i) {
                        return Ok(Column::Codes(Vec::new()));
                    }
                    Ok(match (file.read_indexed(group, &column.name)?, &column.coder) {
                        (Some(chunk), Some(coder)) => Column::Codes(coder.codes_of_indexed(chunk)),
                        (Some(chunk), None) => Column::Numbers(numbers_of_indexed(&chunk)),
                        (None, Some(coder)) => Column::Codes(coder.codes(file.read(group, &column.name)?)),
                        (None, None) => Column::Numbers(numbers(file.read(group, &column.name)?)),
                    })
                })
                .collect::<Result<Vec<_>>>()?;
            if visit(&columns).is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn numbers(chunk: Chunk) -> Vec<f64> {
    match chunk {
        Chunk::Numbers(numbers) => numbers,
        Chunk::Integers(values) => {
            values.iter().map(|&value| if value == i64::MIN { f64::NAN } else { value as f64 }).collect()
        }
        Chunk::Codes { codes, .. } => vec![f64::NAN; codes.len()],
    }
}

fn numbers_of_indexed(chunk: &Indexed) -> Vec<f64> {
    let Dictionary::Integers(values) = &chunk.values else { return vec![f64::NAN; chunk.codes.len()] };
    let values: Vec<f64> =
        values.iter().map(|&value| if value == i64::MIN { f64::NAN } else { value as f64 }).collect();
    chunk.codes.iter().map(|code| values.get(*code as usize).copied().unwrap_or(f64::NAN)).collect()
}

fn text_for_numbers(path: &Path, column: &str) -> Error {
    Error::unusable(
        Diagnostic::error("E22", Place::file(path.display().to_string()).column(column), "the column holds text")
            .expected("numbers")
            .hint("name another column, or store the numbers as numbers"),
    )
}

#[cfg(test)]
mod tests {
    use polars::prelude::{DataFrame, NamedFrom, ParquetWriter, Series};

    use super::*;
    use crate::rows::MISSING;

    const N: usize = 10_000;

    /// Every way in which the generated columns are stored: with and without empty cells, few and many different values.
    #[test]
    fn columns_come_back_as_they_were_written() {
        let text = |i: usize| if i % 7 == 3 { None } else { Some(["north", "south", "west"][i % 3]) };
        let many = |i: usize| format!("label {:05}", i * 7919 % N);
        let whole = |i: usize| if i % 11 == 5 { None } else { Some((i % 13) as i64 - 6) };
        let number = |i: usize| if i % 5 == 1 { None } else { Some(i as f64 / 8.0) };
        let full = |i: usize| i as f64 * 0.1;
        let rows = || 0..N;
        let columns = vec![
            Series::new("text".into(), rows().map(text).collect::<Vec<_>>()).into(),
            Series::new("many".into(), rows().map(many).collect::<Vec<_>>()).into(),
            Series::new("whole".into(), rows().map(whole).collect::<Vec<_>>()).into(),
            Series::new("number".into(), rows().map(number).collect::<Vec<_>>()).into(),
            Series::new("full".into(), rows().map(full).collect::<Vec<_>>()).into(),
        ];
        let file = tempfile::NamedTempFile::new().unwrap();
        ParquetWriter::new(file.reopen().unwrap())
            .with_row_group_size(Some(3_000))
            .finish(&mut DataFrame::new(N, columns).unwrap())
            .unwrap();

        let wanted = [
            ("text", ReadAs::Codes),
            ("many", ReadAs::Codes),
            ("whole", ReadAs::Codes),
            ("whole", ReadAs::Numbers),
            ("number", ReadAs::Numbers),
            ("full", ReadAs::Numbers),
        ];
        let read = CodedFile::open(file.path(), &wanted).unwrap();
        let table = read.load().unwrap();
        assert_eq!(table.labels(0), ["north", "south", "west"]);
        assert_eq!(table.labels(2)[..3], ["-6", "-5", "-4"]);
        let label = |column: usize, row: usize| match table.columns()[column].codes()[row] {
            MISSING => None,
            code => Some(table.labels(column)[code as usize].as_str()),
        };
        let same = |a: f64, b: Option<f64>| b.map_or(a.is_nan(), |b| a == b);
        for i in rows() {
            assert_eq!(label(0, i), text(i), "row {i}");
            assert_eq!(label(1, i), Some(many(i).as_str()), "row {i}");
            assert_eq!(label(2, i).map(str::to_owned), whole(i).map(|v| v.to_string()), "row {i}");
            assert!(same(table.columns()[3].numbers()[i], whole(i).map(|v| v as f64)), "row {i}");
            assert!(same(table.columns()[4].numbers()[i], number(i)), "row {i}");
            assert!(same(table.columns()[5].numbers()[i], Some(full(i))), "row {i}");
        }
    }
}
