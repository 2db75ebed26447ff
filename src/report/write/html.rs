//! Tables as HTML, wide ones scrolling inside their own frame.

use super::words::cell_words;
use crate::locale::Locale;
use crate::report::table::{Cell, Role, Table};

/// The table in HTML. `inline` turns the words of a cell into HTML.
pub fn html(table: &Table, locale: &Locale, inline: impl Fn(&str) -> String) -> String {
    let mut out = String::from("<div class=\"table\" role=\"region\" tabindex=\"0\"");
    let name = if table.title.is_empty() { &table.id } else { &table.title };
    out.push_str(&format!(" aria-label=\"{}\"><table>\n", escape(name)));
    if !table.title.is_empty() {
        out.push_str(&format!("<caption>{}</caption>\n", inline(&table.title)));
    }
    out.push_str("<thead><tr>");
    for column in &table.columns {
        out.push_str(&format!("<th scope=\"col\"{}>{}</th>", class(column.role), inline(&column.title)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (i, (column, cell)) in table.columns.iter().zip(row).enumerate() {
            let words = match cell {
                Cell::Text(text) => inline(text),
                other => escape(&cell_words(other, locale)),
            };
            if i == 0 {
                out.push_str(&format!("<th scope=\"row\"{}>{words}</th>", class(column.role)));
            } else {
                out.push_str(&format!("<td{}>{words}</td>", class(column.role)));
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody></table></div>\n");
    for note in &table.notes {
        out.push_str(&format!("<p class=\"note\">{}</p>\n", inline(note)));
    }
    out
}

/// Text that is safe in HTML content and attributes.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn class(role: Role) -> &'static str {
    match role {
        Role::Number => " class=\"number\"",
        Role::Remark => " class=\"remark\"",
        Role::About => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::table::Column;

    #[test]
    fn first_column_is_a_row_header_and_text_is_escaped() {
        let mut table = Table::new("t", "", vec![Column::about("a", "Town"), Column::number("b", "n")]);
        table.push(vec![Cell::text("<Hill>"), Cell::Count(1200)]);
        let text = html(&table, &Locale::new("en").unwrap(), escape);
        assert!(text.contains("<th scope=\"row\">&lt;Hill&gt;</th><td class=\"number\">1,200</td>"), "{text}");
    }
}
