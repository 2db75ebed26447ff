//! A Parquet file as a source of coded rows.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::coder::{Coder, Collected};
use super::no_value::NoValue;
use super::pages::{Dictionary, Indexed};
use super::parquet::{Chunk, ParquetFile};
use super::spare::Spare;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};
use crate::ingest::table::{number_problem, parse_number};
use crate::rows::{Column, ReadAs, RowSource, Table};

/// Some columns of a Parquet file, read a row group at a time: memory is one row group of these columns.
pub struct CodedFile {
    path: PathBuf,
    n_rows: usize,
    n_groups: usize,
    columns: Vec<CodedColumn>,
    no_value: NoValue,
    /// By column; empty while somebody reads.
    spares: Mutex<Vec<Spare>>,
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
                let mut spare = Spare::default();
                let coder = match read_as {
                    ReadAs::Numbers => None,
                    ReadAs::Codes => {
                        let mut collected = Collected::default();
                        for group in 0..n_groups {
                            match file.read_indexed(group, name, &mut spare)? {
                                Some(chunk) => {
                                    collected.add_indexed(&chunk);
                                    spare.take_back(Column::Codes(chunk.codes));
                                }
                                None => collected.add(&file.read_labels(group, name)?),
                            }
                        }
                        Some(collected.coder(&no_value))
                    }
                };
                Ok((CodedColumn { name: name.to_owned(), coder }, spare))
            })
            .collect::<Result<Vec<_>>>()?;
        let (columns, spares): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        Ok(CodedFile { path: path.to_path_buf(), n_rows, n_groups, columns, no_value, spares: Mutex::new(spares) })
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
        let spares = || self.spares.lock().unwrap_or_else(PoisonError::into_inner);
        let mut own = std::mem::take(&mut *spares());
        own.resize_with(self.columns.len(), Spare::default);
        let mut first_row = 0;
        for group in 0..self.n_groups {
            let columns = self
                .columns
                .par_iter()
                .zip(&mut own)
                .enumerate()
                .map(|(i, (column, spare))| match wanted.contains(&i) {
                    true => self.rows(&file, group, column, first_row, spare),
                    false => Ok(Column::Codes(Vec::new())),
                })
                .collect::<Result<Vec<_>>>()?;
            first_row += wanted.first().map_or(0, |column| columns[*column].len());
            let verdict = visit(&columns);
            own.iter_mut().zip(columns).for_each(|(spare, rows)| spare.take_back(rows));
            if verdict.is_break() {
                break;
            }
        }
        *spares() = own;
        Ok(())
    }
}

impl CodedFile {
    /// The rows of a column in a row group.
    fn rows(
        &self,
        file: &ParquetFile,
        group: usize,
        column: &CodedColumn,
        first_row: usize,
        spare: &mut Spare,
    ) -> Result<Column> {
        Ok(match (file.read_indexed(group, &column.name, spare)?, &column.coder) {
            (Some(chunk), Some(coder)) => Column::Codes(coder.codes_of_indexed(chunk)),
            (Some(chunk), None) => {
                let memory = spare.numbers();
                let numbers =
                    self.checked(column, first_row, |bad| numbers_of_indexed(&chunk, &self.no_value, memory, bad))?;
                spare.take_back(Column::Codes(chunk.codes));
                Column::Numbers(numbers)
            }
            (None, Some(coder)) => Column::Codes(coder.codes(file.read_labels(group, &column.name)?)),
            (None, None) => {
                let chunk = file.read_with(group, &column.name, spare)?;
                Column::Numbers(self.checked(column, first_row, |bad| numbers(chunk, &self.no_value, bad))?)
            }
        })
    }

    /// The numbers of a column in a row group, or the first text among them that is none.
    fn checked(
        &self,
        column: &CodedColumn,
        first_row: usize,
        read: impl FnOnce(&mut dyn FnMut(usize, &str)) -> Vec<f64>,
    ) -> Result<Vec<f64>> {
        let mut first_bad = None;
        let values = read(&mut |row, text| {
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
        Ok(match self.read_indexed(group, column, &mut Spare::default())? {
            Some(chunk) => numbers_of_indexed(&chunk, no_value, Vec::new(), bad),
            None => numbers(self.read(group, column)?, no_value, bad),
        })
    }
}

/// The numbers of a chunk, NaN where there is no value; `bad` hears of texts that are no numbers, and of infinite ones, with
/// their rows in the chunk.
fn numbers(chunk: Chunk, no_value: &NoValue, bad: &mut dyn FnMut(usize, &str)) -> Vec<f64> {
    match chunk {
        Chunk::Numbers(mut numbers) => {
            // Without a question a row, as hardly ever one is infinite.
            if !no_value.has_numbers() && !numbers.iter().fold(false, |any, value| any | value.is_infinite()) {
                return numbers;
            }
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
        Chunk::Integers(values) => values.iter().map(|value| number(*value, no_value)).collect(),
        Chunk::Codes { codes, labels } => {
            numbers_of_indexed(&Indexed { values: Dictionary::Texts(labels), codes }, no_value, Vec::new(), bad)
        }
    }
}

fn number(value: i64, no_value: &NoValue) -> f64 {
    if no_value.is_integer(value) { f64::NAN } else { value as f64 }
}

/// The same of indices; `numbers` is the memory for them.
fn numbers_of_indexed(
    chunk: &Indexed,
    no_value: &NoValue,
    mut numbers: Vec<f64>,
    bad: &mut dyn FnMut(usize, &str),
) -> Vec<f64> {
    let texts = match &chunk.values {
        Dictionary::Integers(values) => {
            let values: Vec<f64> = values.iter().map(|value| number(*value, no_value)).collect();
            numbers.extend(chunk.codes.iter().map(|code| values.get(*code as usize).copied().unwrap_or(f64::NAN)));
            return numbers;
        }
        Dictionary::Texts(texts) => texts,
    };
    let known = |text: &String| if no_value.is_text(text) { Some(f64::NAN) } else { parse_number(text) };
    let known: Vec<Option<f64>> = texts.iter().map(known).collect();
    let value = |(row, code): (usize, &u32)| match known.get(*code as usize) {
        Some(Some(value)) => *value,
        Some(None) => {
            bad(row, &texts[*code as usize]);
            f64::NAN
        }
        None => f64::NAN,
    };
    numbers.extend(chunk.codes.iter().enumerate().map(value));
    numbers
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
        assert_eq!(table.labels(2)[..3], ["-1", "-2", "-3"]);
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
