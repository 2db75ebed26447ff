//! Pages of column chunks that are stored in the two plainest ways: decimal numbers one after another, and indices into a
//! dictionary, which are codes already.

use polars_arrow::datatypes::ArrowDataType;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::encoding::Encoding;
use polars_parquet::parquet::encoding::hybrid_rle::{HybridRleChunk, HybridRleDecoder};
use polars_parquet::parquet::metadata::ColumnChunkMetadata;
use polars_parquet::parquet::page::{CompressedPage, DataPage, DataPageHeader, EncodedSplitBuffer, Page, split_buffer};
use polars_parquet::parquet::read::{PageReader, decompress};
use polars_parquet::parquet::schema::types::PhysicalType;

use super::spare::Spare;
use crate::rows::MISSING;

/// The rows of a chunk as indices.
pub(super) struct Indexed {
    /// What the indices stand for.
    pub values: Dictionary,
    /// The index of each row, [`MISSING`] for an empty cell.
    pub codes: Vec<u32>,
}

/// The values of a chunk, each once.
pub(super) enum Dictionary {
    Texts(Vec<String>),
    Integers(Vec<i64>),
}

impl Dictionary {
    /// Number of values.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Texts(values) => values.len(),
            Self::Integers(values) => values.len(),
        }
    }
}

/// The pages of a column chunk.
pub(super) struct Pages<'a> {
    pages: PageReader,
    physical: PhysicalType,
    is_compressed: bool,
    n_rows: usize,
    spare: &'a mut Spare,
}

impl<'a> Pages<'a> {
    /// The pages of a chunk of so many rows.
    pub(super) fn new(pages: PageReader, chunk: &ColumnChunkMetadata, n_rows: usize, spare: &'a mut Spare) -> Self {
        let is_compressed = chunk.compression() != Compression::Uncompressed;
        Pages { pages, physical: chunk.physical_type(), is_compressed, n_rows, spare }
    }

    /// The rows of a chunk of decimal numbers without empty cells; `None` where they are stored in another way, or not
    /// readable.
    pub(super) fn plain_numbers(mut self) -> Option<Vec<f64>> {
        if self.physical != PhysicalType::Double || self.pages.read_dict().ok()?.is_some() {
            return None;
        }
        let mut numbers = self.spare.numbers();
        numbers.reserve(self.n_rows);
        while let Some(page) = self.next() {
            let page = page?;
            let values = full(&page).filter(|_| page.encoding() == Encoding::Plain)?;
            numbers.extend(words(values).map(f64::from_le_bytes));
            self.take_back(page);
        }
        (numbers.len() == self.n_rows).then_some(numbers)
    }

    /// The rows of a chunk of text or whole numbers; `None` where they are stored in another way, or not readable.
    pub(super) fn indexed(mut self, dtype: &ArrowDataType) -> Option<Indexed> {
        let values = self.dictionary(dtype)?;
        let mut codes = self.spare.codes();
        codes.reserve(self.n_rows);
        while let Some(page) = self.next() {
            let page = page?;
            add_indices(&page, &mut codes, &mut self.spare.levels)?;
            self.take_back(page);
        }
        let n = values.len() as u32;
        let is_sound = codes.iter().fold(true, |all, &code| all & ((code < n) | (code == MISSING)));
        (is_sound && codes.len() == self.n_rows).then_some(Indexed { values, codes })
    }

    fn dictionary(&mut self, dtype: &ArrowDataType) -> Option<Dictionary> {
        let page = CompressedPage::Dict(self.pages.read_dict().ok()??);
        match decompress(page, &mut Vec::new(), &mut self.spare.context).ok()? {
            Page::Dict(page) => dictionary(&page.buffer, page.num_values, self.physical, dtype),
            Page::Data(_) => None,
        }
    }

    /// The next page of rows, if there is one; `None` inside where it is not readable.
    fn next(&mut self) -> Option<Option<DataPage>> {
        let page = self.pages.next()?;
        let page = page.and_then(|page| decompress(page, &mut self.spare.page, &mut self.spare.context));
        Some(match page {
            Ok(Page::Data(page)) => Some(page),
            Ok(Page::Dict(_)) | Err(_) => None,
        })
    }

    /// Takes back the memory of a page, unless it is that of the file's bytes.
    fn take_back(&mut self, mut page: DataPage) {
        if self.is_compressed {
            self.spare.page = std::mem::take(page.buffer_mut());
        }
    }
}

fn dictionary(bytes: &[u8], n_values: usize, physical: PhysicalType, dtype: &ArrowDataType) -> Option<Dictionary> {
    use ArrowDataType::{Int8, Int16, Int32, Int64, LargeUtf8, UInt8, UInt16, UInt32, Utf8, Utf8View};
    let values = match (physical, dtype) {
        (PhysicalType::ByteArray, Utf8View | Utf8 | LargeUtf8) => Dictionary::Texts(texts(bytes)?),
        (PhysicalType::Int32, Int8 | Int16 | Int32) => {
            Dictionary::Integers(words(bytes).map(|word| i64::from(i32::from_le_bytes(word))).collect())
        }
        (PhysicalType::Int32, UInt8 | UInt16 | UInt32) => {
            Dictionary::Integers(words(bytes).map(|word| i64::from(u32::from_le_bytes(word))).collect())
        }
        (PhysicalType::Int64, Int64) => Dictionary::Integers(words(bytes).map(i64::from_le_bytes).collect()),
        _ => return None,
    };
    (values.len() == n_values).then_some(values)
}

fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
    bytes.as_chunks().0.iter().copied()
}

/// Texts, each after its length.
fn texts(mut bytes: &[u8]) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (text, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        texts.push(std::str::from_utf8(text).ok()?.to_owned());
        bytes = rest;
    }
    Some(texts)
}

/// The levels and the values of a page of a flat column.
fn parts(page: &DataPage) -> Option<EncodedSplitBuffer<'_>> {
    if let DataPageHeader::V2(header) = page.header() {
        let length = |bytes: i32| usize::try_from(bytes).ok();
        let levels = length(header.repetition_levels_byte_length)? + length(header.definition_levels_byte_length)?;
        if levels > page.buffer().len() {
            return None;
        }
    }
    if page.descriptor.max_rep_level != 0 || page.descriptor.max_def_level > 1 {
        return None;
    }
    split_buffer(page).ok()
}

/// The values of a page without empty cells.
fn full(page: &DataPage) -> Option<&[u8]> {
    let parts = parts(page)?;
    if page.descriptor.max_def_level == 0 {
        return Some(parts.values);
    }
    match HybridRleDecoder::new(parts.def, 1, page.num_values()).next_chunk().ok()? {
        Some(HybridRleChunk::Rle(1, there)) if there == page.num_values() => Some(parts.values),
        _ => None,
    }
}

/// Appends the indices of a page; `levels` is memory for them.
fn add_indices(page: &DataPage, codes: &mut Vec<u32>, levels: &mut Vec<u32>) -> Option<()> {
    if !matches!(page.encoding(), Encoding::PlainDictionary | Encoding::RleDictionary) {
        return None;
    }
    let n = page.num_values();
    if let Some(values) = full(page) {
        return unpack(values, n, codes);
    }
    let parts = parts(page)?;
    levels.clear();
    add_runs(HybridRleDecoder::new(parts.def, 1, n), levels)?;
    let first = codes.len();
    unpack(parts.values, levels.iter().sum::<u32>() as usize, codes)?;
    // Those that are there stand side by side now; from the last on they move to their rows.
    let mut n_left = codes.len() - first;
    codes.resize(first + n, MISSING);
    let codes = &mut codes[first..];
    for (row, level) in levels.iter().enumerate().rev() {
        n_left -= *level as usize;
        codes[row] = if *level == 1 { codes[n_left] } else { MISSING };
    }
    Some(())
}

/// Appends indices: their width in bits, then the packed runs.
fn unpack(bytes: &[u8], n: usize, codes: &mut Vec<u32>) -> Option<()> {
    let Some((bits, packed)) = bytes.split_first() else { return (n == 0).then_some(()) };
    if *bits > 32 {
        return None;
    }
    add_runs(HybridRleDecoder::new(packed, u32::from(*bits), n), codes)
}

/// Appends all that a decoder promises.
fn add_runs(runs: HybridRleDecoder<'_>, values: &mut Vec<u32>) -> Option<()> {
    let wanted = values.len() + runs.len();
    for run in runs.into_chunk_iter() {
        match run.ok()? {
            HybridRleChunk::Rle(value, length) => values.resize(values.len() + length, value),
            HybridRleChunk::Bitpacked(run) => run.collect_into(values),
        }
    }
    (values.len() == wanted).then_some(())
}
