//! Rows of a table as codes and numbers, a group at a time: what readers give and estimators take.

use std::ops::ControlFlow;

/// The code of an empty cell.
pub const MISSING: u32 = u32::MAX;

/// How a column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadAs {
    /// As dense codes of its labels.
    Codes,
    /// As numbers.
    Numbers,
}

/// The values of one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Dense codes; [`MISSING`] for an empty cell.
    Codes(Vec<u32>),
    /// Numbers; `NaN` for an empty cell.
    Numbers(Vec<f64>),
}

impl Column {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match self {
            Column::Codes(codes) => codes.len(),
            Column::Numbers(numbers) => numbers.len(),
        }
    }

    /// Has it no rows?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The codes; empty for a column of numbers.
    pub fn codes(&self) -> &[u32] {
        match self {
            Column::Codes(codes) => codes,
            Column::Numbers(_) => &[],
        }
    }

    /// The numbers, taken out of the column; empty for a column of codes.
    pub fn into_numbers(self) -> Vec<f64> {
        match self {
            Column::Numbers(numbers) => numbers,
            Column::Codes(_) => Vec::new(),
        }
    }

    /// The numbers; empty for a column of codes.
    pub fn numbers(&self) -> &[f64] {
        match self {
            Column::Numbers(numbers) => numbers,
            Column::Codes(_) => &[],
        }
    }
}

/// Rows of a table in file order, a group at a time.
pub trait RowSource {
    /// Why rows cannot be read.
    type Error;

    /// The labels that the codes of a column stand for; empty for a column of numbers.
    fn labels(&self, column: usize) -> &[String];

    /// Shows the groups in order, until one is broken off. The wanted columns of a group are equally long; the others may be
    /// empty, as a source need not read them.
    ///
    /// # Errors
    ///
    /// Whatever reading may fail with.
    fn for_each_group(
        &self,
        wanted: &[usize],
        visit: &mut dyn FnMut(&[Column]) -> ControlFlow<()>,
    ) -> Result<(), Self::Error>;
}

/// A table in memory: one group.
#[derive(Debug, Clone, Default)]
pub struct Table {
    columns: Vec<Column>,
    labels: Vec<Vec<String>>,
}

impl Table {
    /// Adds a column of codes with their labels and gives its index.
    pub fn push_codes(&mut self, codes: Vec<u32>, labels: Vec<String>) -> usize {
        self.columns.push(Column::Codes(codes));
        self.labels.push(labels);
        self.columns.len() - 1
    }

    /// Adds a column of numbers and gives its index.
    pub fn push_numbers(&mut self, numbers: Vec<f64>) -> usize {
        self.columns.push(Column::Numbers(numbers));
        self.labels.push(Vec::new());
        self.columns.len() - 1
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The columns, taken out of the table: for those who keep them.
    pub fn into_columns(self) -> Vec<Column> {
        self.columns
    }
}

impl RowSource for Table {
    type Error = std::convert::Infallible;

    fn labels(&self, column: usize) -> &[String] {
        &self.labels[column]
    }

    fn for_each_group(
        &self,
        _: &[usize],
        visit: &mut dyn FnMut(&[Column]) -> ControlFlow<()>,
    ) -> Result<(), Self::Error> {
        let _ = visit(&self.columns);
        Ok(())
    }
}
