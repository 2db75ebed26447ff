//! Tables and records as JSON, one record a line, keys in column order.

use serde_json::{Map, Value};

use crate::report::number::file_number;
use crate::report::table::{Cell, Table};

/// The table as JSON bytes: id, title, columns, rows and notes.
pub fn json(table: &Table) -> Vec<u8> {
    let mut head = Map::new();
    head.insert("id".to_owned(), table.id.clone().into());
    head.insert("title".to_owned(), table.title.clone().into());
    head.insert("notes".to_owned(), table.notes.clone().into());
    let rows: Vec<Value> = table
        .rows
        .iter()
        .map(|row| {
            let cells = table.columns.iter().zip(row).map(|(column, cell)| (column.key.clone(), value(cell)));
            Value::Object(cells.collect())
        })
        .collect();
    json_lines(&head, "rows", &rows)
}

/// A JSON object whose last member is a list with one record a line, so that a changed record is a changed line.
pub fn json_lines(head: &Map<String, Value>, list: &str, records: &[Value]) -> Vec<u8> {
    let mut out = String::from("{\n");
    for (key, value) in head {
        out.push_str(&format!("  {}: {value},\n", Value::from(key.as_str())));
    }
    out.push_str(&format!("  {}: [", Value::from(list)));
    for (i, record) in records.iter().enumerate() {
        out.push_str(if i == 0 { "\n    " } else { ",\n    " });
        out.push_str(&record.to_string());
    }
    out.push_str(if records.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" });
    out.into_bytes()
}

/// A cell as a JSON value.
pub fn value(cell: &Cell) -> Value {
    let number = |value: f64| file_number(value).map_or(Value::Null, Value::Number);
    match cell {
        Cell::Empty => Value::Null,
        Cell::Text(text) => Value::from(text.as_str()),
        Cell::Count(count) => Value::from(*count),
        Cell::Number(x) | Cell::Quantity(x, _) => number(*x),
        Cell::Range(low, high, _) => Value::from(vec![number(*low), number(*high)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::table::Column;

    #[test]
    fn one_row_a_line_and_keys_in_column_order() {
        let mut table = Table::new("t", "Title", vec![Column::about("z", "Z"), Column::number("a", "A")]);
        table.push(vec![Cell::text("x"), Cell::Number(0.5)]);
        table.push(vec![Cell::text("y"), Cell::Empty]);
        let text = String::from_utf8(json(&table)).unwrap();
        assert!(text.contains("\n    {\"z\":\"x\",\"a\":0.5},\n    {\"z\":\"y\",\"a\":null}\n"), "{text}");
        let parsed: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(parsed["title"], "Title");
    }

    #[test]
    fn an_empty_list_is_valid_json() {
        let text = json_lines(&Map::new(), "rows", &[]);
        assert_eq!(serde_json::from_slice::<Value>(&text).unwrap()["rows"], Value::from(Vec::<Value>::new()));
    }
}
