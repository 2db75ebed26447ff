//! Memory that is used again from row group to row group.

use polars_parquet::parquet::compression::DecompressionContext;

use crate::rows::Column;

/// Memory of a column that is used again for its next chunk. The system gives and takes back large pieces page by page, which
/// costs as much as decoding.
pub(super) struct Spare {
    /// For a page that was compressed.
    pub page: Vec<u8>,
    /// Of the decompressor.
    pub context: DecompressionContext,
    /// For what says which rows of a page are empty.
    pub levels: Vec<u32>,
    codes: Vec<u32>,
    numbers: Vec<f64>,
}

impl Default for Spare {
    fn default() -> Self {
        let context = DecompressionContext::Unset;
        Spare { page: Vec::new(), context, levels: Vec::new(), codes: Vec::new(), numbers: Vec::new() }
    }
}

impl Spare {
    /// Takes back the memory of rows that are no longer needed.
    pub(super) fn take_back(&mut self, rows: Column) {
        match rows {
            Column::Codes(codes) if !codes.is_empty() => self.codes = codes,
            Column::Numbers(numbers) if !numbers.is_empty() => self.numbers = numbers,
            _ => {}
        }
    }

    /// An empty vector for numbers.
    pub(super) fn numbers(&mut self) -> Vec<f64> {
        let mut numbers = std::mem::take(&mut self.numbers);
        numbers.clear();
        numbers
    }

    /// An empty vector for codes.
    pub(super) fn codes(&mut self) -> Vec<u32> {
        let mut codes = std::mem::take(&mut self.codes);
        codes.clear();
        codes
    }
}
