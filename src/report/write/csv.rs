//! Tables as CSV: a header of keys, one line a row, numbers as they are.

use crate::report::number::file_number;
use crate::report::table::{Cell, Table};

/// The table as CSV bytes: UTF-8, commas, line feeds.
pub fn csv(table: &Table) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let header = table.columns.iter().map(|column| column.key.clone()).collect();
    let rows = table.rows.iter().map(|row| row.iter().map(field).collect::<Vec<_>>());
    for record in std::iter::once(header).chain(rows) {
        // Writing to memory fails only on rows of unequal length, which a table cannot have.
        let written = writer.write_record(&record);
        debug_assert!(written.is_ok(), "{written:?}");
    }
    writer.into_inner().unwrap_or_default()
}

/// A cell as a CSV field, before quoting.
pub fn field(cell: &Cell) -> String {
    let number = |value: f64| file_number(value).map_or_else(String::new, |number| number.to_string());
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Count(count) => count.to_string(),
        Cell::Number(value) | Cell::Quantity(value, _) => number(*value),
        Cell::Range(low, high, _) => format!("{} {}", number(*low), number(*high)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::result::Unit;
    use crate::report::table::Column;

    #[test]
    fn numbers_are_plain_and_texts_are_quoted_where_needed() {
        let mut table = Table::new("t", "", vec![Column::about("town", "Town"), Column::number("estimate", "Share")]);
        table.push(vec![Cell::text("Lower, Upper"), Cell::Quantity(0.125, Unit::Share)]);
        table.push(vec![Cell::text("Hill"), Cell::Empty]);
        assert_eq!(String::from_utf8(csv(&table)).unwrap(), "town,estimate\n\"Lower, Upper\",0.125\nHill,\n");
    }
}
