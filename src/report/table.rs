//! The one table model: every table of a report, in every format, is one of these.

use crate::analysis::result::Unit;

/// A table before it takes a format.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Short name; also the name of its files.
    pub id: String,
    /// Heading; empty where the text around it says enough.
    pub title: String,
    /// Columns, left to right.
    pub columns: Vec<Column>,
    /// Rows; each has a cell for every column.
    pub rows: Vec<Vec<Cell>>,
    /// Notes printed below.
    pub notes: Vec<String>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name in CSV and JSON, the same in all languages.
    pub key: String,
    /// Heading for readers.
    pub title: String,
    /// What the column is for.
    pub role: Role,
}

/// What a column is for; writers align and order by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// What the row is about.
    About,
    /// Numbers.
    Number,
    /// Words about the number: method, flags, reasons, sources.
    Remark,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing to say.
    Empty,
    /// Words.
    Text(String),
    /// A count of things or people.
    Count(u64),
    /// A number without unit.
    Number(f64),
    /// A number in its unit; people read it in percent or points, files carry it as it is.
    Quantity(f64, Unit),
    /// An interval in its unit.
    Range(f64, f64, Unit),
}

impl Cell {
    /// Words, or nothing where there are none.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Cell::Empty } else { Cell::Text(text) }
    }

    /// A number, or nothing.
    pub fn number(value: Option<f64>) -> Self {
        value.map_or(Cell::Empty, Cell::Number)
    }

    /// A count, or nothing.
    pub fn count(value: Option<u64>) -> Self {
        value.map_or(Cell::Empty, Cell::Count)
    }
}

impl Column {
    /// A column that says what the row is about.
    pub fn about(key: &str, title: &str) -> Self {
        Column { key: key.to_owned(), title: title.to_owned(), role: Role::About }
    }

    /// A column of numbers.
    pub fn number(key: &str, title: &str) -> Self {
        Column { key: key.to_owned(), title: title.to_owned(), role: Role::Number }
    }

    /// A column of words about the number.
    pub fn remark(key: &str, title: &str) -> Self {
        Column { key: key.to_owned(), title: title.to_owned(), role: Role::Remark }
    }
}

impl Table {
    /// A table without rows.
    pub fn new(id: impl Into<String>, title: impl Into<String>, columns: Vec<Column>) -> Self {
        Table { id: id.into(), title: title.into(), columns, rows: Vec::new(), notes: Vec::new() }
    }

    /// Adds a row; missing cells are empty and surplus ones dropped, so that rows always fit the columns.
    pub fn push(&mut self, mut cells: Vec<Cell>) {
        cells.resize(self.columns.len(), Cell::Empty);
        self.rows.push(cells);
    }

    /// The same table without the columns that are empty in every row.
    pub fn without_empty_columns(mut self) -> Self {
        let keep: Vec<bool> =
            (0..self.columns.len()).map(|i| self.rows.iter().any(|row| row[i] != Cell::Empty)).collect();
        retain(&mut self.columns, &keep);
        for row in &mut self.rows {
            retain(row, &keep);
        }
        self
    }
}

fn retain<T>(items: &mut Vec<T>, keep: &[bool]) {
    let mut flags = keep.iter();
    items.retain(|_| *flags.next().unwrap_or(&true));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_always_fit_the_columns() {
        let mut table = Table::new("t", "", vec![Column::about("a", "A"), Column::number("b", "B")]);
        table.push(vec![Cell::text("x")]);
        table.push(vec![Cell::text("y"), Cell::Count(1), Cell::Count(2)]);
        assert_eq!(table.rows, [vec![Cell::text("x"), Cell::Empty], vec![Cell::text("y"), Cell::Count(1)]]);
    }

    #[test]
    fn empty_columns_go() {
        let mut table = Table::new("t", "", vec![Column::about("a", "A"), Column::number("b", "B")]);
        table.push(vec![Cell::Empty, Cell::Count(1)]);
        let table = table.without_empty_columns();
        assert_eq!(table.columns.len(), 1);
        assert_eq!(table.rows, [vec![Cell::Count(1)]]);
    }
}
