//! Tables as Markdown pipe tables.

use super::words::cell_words;
use crate::locale::Locale;
use crate::report::table::{Role, Table};

/// The table in Markdown, its notes below it. Column titles and cells may hold inline Markdown.
pub fn markdown(table: &Table, locale: &Locale) -> String {
    let mut out = String::new();
    if !table.title.is_empty() {
        out.push_str(&format!("**{}**\n\n", one_line(&table.title)));
    }
    let titles: Vec<String> = table.columns.iter().map(|column| one_line(&column.title)).collect();
    let rules: Vec<&str> =
        table.columns.iter().map(|column| if column.role == Role::Number { "---:" } else { "---" }).collect();
    out.push_str(&format!("| {} |\n|{}|\n", titles.join(" | "), rules.join("|")));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(|cell| one_line(&cell_words(cell, locale))).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    for note in &table.notes {
        out.push_str(&format!("\n{}\n", one_line(note)));
    }
    out
}

/// Text that stays on one line and inside one cell. No-break spaces belong to numbers and stay.
pub fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split([' ', '\n', '\r', '\t']).filter(|word| !word.is_empty()).collect();
    words.join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::result::Unit;
    use crate::report::table::{Cell, Column};

    #[test]
    fn numbers_stand_right_and_pipes_do_not_break_cells() {
        let mut table = Table::new("t", "", vec![Column::about("a", "Town"), Column::number("b", "Share")]);
        table.push(vec![Cell::text("a|b"), Cell::Quantity(0.5, Unit::Share)]);
        table.notes.push("a note".to_owned());
        let text = markdown(&table, &Locale::new("en").unwrap());
        assert_eq!(text, "| Town | Share |\n|---|---:|\n| a\\|b | 50.0% |\n\na note\n");
    }
}
