//! Column chunks of a Parquet file, one row group at a time, decoded straight into codes and numbers.
//!
//! A text column that the file stores with a dictionary is never expanded into strings: its dictionary indices are
//! the codes. Only the byte ranges of the wanted columns are read, so memory is one row group of these columns.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use polars_arrow::array::{Array, BooleanArray, DictionaryArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::{ArrowDataType, Field, IntegerType, Metadata};
use polars_arrow::types::NativeType;
use polars_parquet::read as parquet;

use super::pages::{Indexed, Pages};
use super::spare::Spare;
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::error::{Error, Result};
use crate::rows::MISSING;

/// The mark by which the decoder knows that a text column may be handed over as dictionary indices.
const CATEGORICAL: &str = "_PL_CATEGORICAL2";

/// An open Parquet file: its schema and row groups.
pub struct ParquetFile {
    path: PathBuf,
    file: Mutex<File>,
    n_bytes: u64,
    metadata: parquet::FileMetadata,
    fields: Vec<Field>,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text.
    Text,
    /// Whole or decimal numbers.
    Number,
    /// Booleans: 0 and 1 as numbers, `false` and `true` as labels.
    Flag,
    /// Something that the tool does not read: lists, structs, timestamps.
    Other,
}

/// The rows of one column in one row group.
#[derive(Debug, Clone, PartialEq)]
pub enum Chunk {
    /// Codes into `labels`; [`MISSING`] for an empty cell. Labels are in the order of the group's dictionary.
    Codes {
        /// Code of each row.
        codes: Vec<u32>,
        /// Label of each code.
        labels: Vec<String>,
    },
    /// Whole numbers; `None`-cells hold [`i64::MIN`].
    Integers(Vec<i64>),
    /// Numbers; `NaN` for an empty cell.
    Numbers(Vec<f64>),
}

impl ParquetFile {
    /// Opens a file and reads its footer.
    ///
    /// # Errors
    ///
    /// `E01` where the file cannot be opened, `E22` where it is no Parquet file or damaged.
    pub fn open(path: &Path) -> Result<Self> {
        let mut file = File::open(path).map_err(|source| Error::unreadable(path, &source))?;
        let (metadata, schema) = guarded(path, || {
            let metadata = parquet::read_metadata(&mut file).map_err(|cause| cause.to_string())?;
            let schema = parquet::infer_schema(&metadata).map_err(|cause| cause.to_string())?;
            Ok((metadata, schema))
        })?;
        let fields = schema.iter_values().cloned().collect();
        let n_bytes = file.metadata().map_err(|source| Error::unreadable(path, &source))?.len();
        Ok(ParquetFile { path: path.to_path_buf(), file: Mutex::new(file), n_bytes, metadata, fields })
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.metadata.num_rows
    }

    /// Number of row groups.
    pub fn n_groups(&self) -> usize {
        self.metadata.row_groups.len()
    }

    /// Names of the columns, in file order.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }

    /// What a column holds.
    ///
    /// # Errors
    ///
    /// `E15` where the file has no such column.
    pub fn kind(&self, column: &str) -> Result<ColumnKind> {
        Ok(match &self.field(column)?.dtype {
            ArrowDataType::Utf8View | ArrowDataType::Utf8 | ArrowDataType::LargeUtf8 => ColumnKind::Text,
            ArrowDataType::Dictionary(..) => ColumnKind::Text,
            ArrowDataType::Boolean => ColumnKind::Flag,
            ArrowDataType::Float32 | ArrowDataType::Float64 => ColumnKind::Number,
            ArrowDataType::Int8 | ArrowDataType::Int16 | ArrowDataType::Int32 | ArrowDataType::Int64 => {
                ColumnKind::Number
            }
            ArrowDataType::UInt8 | ArrowDataType::UInt16 | ArrowDataType::UInt32 | ArrowDataType::UInt64 => {
                ColumnKind::Number
            }
            _ => ColumnKind::Other,
        })
    }

    /// The rows of a column in a row group.
    ///
    /// # Errors
    ///
    /// `E15` for an unknown column, `E22` for a type that is not read or a damaged file.
    pub fn read(&self, group: usize, column: &str) -> Result<Chunk> {
        self.read_with(group, column, &mut Spare::default())
    }

    /// As [`read`](Self::read), in memory that was used before.
    pub(super) fn read_with(&self, group: usize, column: &str, spare: &mut Spare) -> Result<Chunk> {
        let field = self.field(column)?.clone();
        match self.kind(column)? {
            ColumnKind::Text => match self.decode(group, column, as_dictionary(&field)) {
                Ok(arrays) => codes(&arrays).ok_or_else(|| self.wrong_type(column, &field)),
                // A writer that gave up its dictionary half-way leaves plain pages: read the text itself.
                Err(_) => {
                    let arrays = self.decode(group, column, field.clone())?;
                    coded_text(&arrays).ok_or_else(|| self.wrong_type(column, &field))
                }
            },
            ColumnKind::Number | ColumnKind::Flag => {
                if field.dtype == ArrowDataType::Float64 {
                    let pages = self.pages(group, column)?;
                    let pages = self.plain(pages, group, spare);
                    if let Some(numbers) = guarded(&self.path, || Ok(pages.plain_numbers()))? {
                        return Ok(Chunk::Numbers(numbers));
                    }
                }
                let arrays = self.decode(group, column, field.clone())?;
                numbers(&arrays).ok_or_else(|| self.wrong_type(column, &field))
            }
            ColumnKind::Other => Err(self.wrong_type(column, &field)),
        }
    }

    /// The rows of a column in a row group as labels, where it does not hold numbers.
    ///
    /// # Errors
    ///
    /// As for [`read`](Self::read).
    pub(super) fn read_labels(&self, group: usize, column: &str) -> Result<Chunk> {
        match self.read(group, column)? {
            Chunk::Integers(flags) if self.kind(column)? == ColumnKind::Flag => Ok(Chunk::Codes {
                codes: flags.iter().map(|flag| u32::try_from(*flag).unwrap_or(MISSING)).collect(),
                labels: ["false", "true"].map(str::to_owned).to_vec(),
            }),
            chunk => Ok(chunk),
        }
    }

    /// The rows of a column in a row group as indices into its dictionary; `None` where the file stores them in another way.
    ///
    /// # Errors
    ///
    /// `E15` for an unknown column, `E01` or `E22` where the bytes cannot be read.
    pub(super) fn read_indexed(&self, group: usize, column: &str, spare: &mut Spare) -> Result<Option<Indexed>> {
        let field = self.field(column)?;
        if matches!(field.dtype, ArrowDataType::Float32 | ArrowDataType::Float64 | ArrowDataType::Boolean) {
            return Ok(None);
        }
        let pages = self.plain(self.pages(group, column)?, group, spare);
        guarded(&self.path, || Ok(pages.indexed(&field.dtype)))
    }

    /// Pages that may be stored in one of the two plainest ways.
    fn plain<'a>(
        &self,
        (chunk, pages): (&parquet::ColumnChunkMetadata, parquet::PageReader),
        group: usize,
        spare: &'a mut Spare,
    ) -> Pages<'a> {
        let n_rows = self.metadata.row_groups.get(group).map_or(0, |group| group.num_rows());
        Pages::new(pages, chunk, n_rows, spare)
    }

    fn field(&self, column: &str) -> Result<&Field> {
        self.fields.iter().find(|field| field.name.as_str() == column).ok_or_else(|| {
            let mut problem = Diagnostic::error("E15", self.place().column(column), "the file has no such column")
                .observed(self.column_names().collect::<Vec<_>>().join(", "));
            if let Some(near) = did_you_mean(column, self.column_names()) {
                problem = problem.hint(format!("did you mean `{near}`?"));
            }
            Error::unusable(problem)
        })
    }

    /// The column chunk of a row group and its pages.
    fn pages(&self, group: usize, column: &str) -> Result<(&parquet::ColumnChunkMetadata, parquet::PageReader)> {
        let path = &self.path;
        let row_group = self.metadata.row_groups.get(group).ok_or_else(|| damaged(path, "row group missing"))?;
        let index = row_group.columns_idxs_under_root_iter(column).and_then(|indices| indices.first().copied());
        let chunk = index
            .and_then(|index| row_group.parquet_columns().get(index))
            .ok_or_else(|| damaged(path, "column chunk missing"))?;
        let range = chunk.byte_range();
        let length = usize::try_from(range.end.saturating_sub(range.start)).map_err(|_| damaged(path, "bad range"))?;
        let ends_early = || damaged(path, "the file ends too early");
        if range.end > self.n_bytes {
            return Err(ends_early());
        }
        let mut bytes = Vec::with_capacity(length);
        {
            let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            file.seek(SeekFrom::Start(range.start))
                .and_then(|_| Read::by_ref(&mut *file).take(length as u64).read_to_end(&mut bytes))
                .map_err(|source| Error::unreadable(path, &source))?;
        }
        if bytes.len() < length {
            return Err(ends_early());
        }
        let pages = parquet::PageReader::new(Cursor::new(bytes.into()), chunk, Vec::new(), usize::MAX);
        Ok((chunk, pages))
    }

    fn decode(&self, group: usize, column: &str, field: Field) -> Result<Vec<Box<dyn Array>>> {
        let (chunk, pages) = self.pages(group, column)?;
        let pages = parquet::BasicDecompressor::new(pages, Vec::new());
        let primitive = &chunk.descriptor().descriptor.primitive_type;
        guarded(&self.path, || {
            let arrays = parquet::column_iter_to_arrays(vec![pages], vec![primitive], field, None);
            arrays.map(|(arrays, _)| arrays).map_err(|cause| cause.to_string())
        })
    }

    fn place(&self) -> Place {
        Place::file(self.path.display().to_string())
    }

    fn wrong_type(&self, column: &str, field: &Field) -> Error {
        Error::unusable(
            Diagnostic::error("E22", self.place().column(column), "the column has a type that is not read")
                .observed(format!("{:?}", field.dtype))
                .expected("text, whole numbers, decimal numbers or booleans"),
        )
    }
}

/// Runs a step of the decoder, which gives up on some damaged files by panicking.
fn guarded<T>(path: &Path, step: impl FnOnce() -> std::result::Result<T, String>) -> Result<T> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(step)) {
        Ok(result) => result.map_err(|cause| damaged(path, &cause)),
        Err(_) => Err(damaged(path, "the decoder cannot make sense of it")),
    }
}

fn damaged(path: &Path, cause: &str) -> Error {
    Error::unusable(
        Diagnostic::error("E22", Place::file(path.display().to_string()), "the file is not a readable Parquet file")
            .observed(cause)
            .hint("was it copied whole? try to open it with another program, or export it again"),
    )
}

fn as_dictionary(field: &Field) -> Field {
    let dtype = ArrowDataType::Dictionary(IntegerType::UInt32, Box::new(ArrowDataType::Utf8View), false);
    let mut mark = Metadata::default();
    mark.insert(CATEGORICAL.into(), "".into());
    Field::new(field.name.clone(), dtype, true).with_metadata(mark)
}

fn codes(arrays: &[Box<dyn Array>]) -> Option<Chunk> {
    let mut codes = Vec::with_capacity(arrays.iter().map(|array| array.len()).sum());
    let mut labels: Vec<String> = Vec::new();
    for array in arrays {
        let array = array.as_any().downcast_ref::<DictionaryArray<u32>>()?;
        let values = array.values().as_any().downcast_ref::<Utf8ViewArray>()?;
        let offset = u32::try_from(labels.len()).ok()?;
        labels.extend(values.values_iter().map(str::to_owned));
        extend(&mut codes, array.keys(), MISSING, |key| key + offset);
    }
    Some(Chunk::Codes { codes, labels })
}

fn coded_text(arrays: &[Box<dyn Array>]) -> Option<Chunk> {
    let mut known = std::collections::HashMap::new();
    let mut codes = Vec::new();
    let mut labels: Vec<String> = Vec::new();
    for array in arrays {
        let array = array.as_any().downcast_ref::<Utf8ViewArray>()?;
        for text in array.iter() {
            codes.push(text.map_or(MISSING, |text| match known.get(text) {
                Some(&code) => code,
                None => {
                    let code = u32::try_from(labels.len()).unwrap_or(MISSING);
                    known.insert(text.to_owned(), code);
                    labels.push(text.to_owned());
                    code
                }
            }));
        }
    }
    Some(Chunk::Codes { codes, labels })
}

fn numbers(arrays: &[Box<dyn Array>]) -> Option<Chunk> {
    let whole = |array: &dyn Array, out: &mut Vec<i64>| -> Option<()> {
        macro_rules! take {
            ($($kind:ty),*) => {
                $(if let Some(values) = array.as_any().downcast_ref::<PrimitiveArray<$kind>>() {
                    extend(out, values, i64::MIN, |value| i64::from(value));
                    return Some(());
                })*
            };
        }
        take!(i8, i16, i32, i64, u8, u16, u32);
        let flags = array.as_any().downcast_ref::<BooleanArray>()?;
        out.extend(flags.iter().map(|flag| flag.map_or(i64::MIN, i64::from)));
        Some(())
    };
    let decimal = |array: &dyn Array, out: &mut Vec<f64>| -> Option<()> {
        if let Some(values) = array.as_any().downcast_ref::<PrimitiveArray<f64>>() {
            extend(out, values, f64::NAN, |value| value);
            return Some(());
        }
        if let Some(values) = array.as_any().downcast_ref::<PrimitiveArray<u64>>() {
            extend(out, values, f64::NAN, |value| value as f64);
            return Some(());
        }
        let values = array.as_any().downcast_ref::<PrimitiveArray<f32>>()?;
        extend(out, values, f64::NAN, f64::from);
        Some(())
    };
    let mut integers = Vec::new();
    if arrays.iter().all(|array| whole(array.as_ref(), &mut integers).is_some()) {
        return Some(Chunk::Integers(integers));
    }
    let mut numbers = Vec::new();
    arrays.iter().all(|array| decimal(array.as_ref(), &mut numbers).is_some()).then_some(Chunk::Numbers(numbers))
}

/// Appends the values of an array, `empty` where a cell is empty.
fn extend<T: NativeType, U>(out: &mut Vec<U>, array: &PrimitiveArray<T>, empty: U, convert: impl Fn(T) -> U)
where
    U: Copy,
{
    let values = array.values().iter();
    match array.validity() {
        None => out.extend(values.map(|value| convert(*value))),
        Some(validity) => {
            let validity: &Bitmap = validity;
            out.extend(
                values.zip(validity.iter()).map(|(value, is_there)| if is_there { convert(*value) } else { empty }),
            );
        }
    }
}
