//! Tables as Markdown.

use super::Report;
use crate::analysis::banner::Table;
use crate::cli::aligned::escaped;

/// All tables under headings, then the notes.
pub fn markdown(report: &Report<'_>) -> String {
    let mut out = String::new();
    for table in &report.banner.tables {
        out.push_str(&format!("### {}\n\n{}\n", safe(&table.question), one(report, table)));
    }
    for (name, note) in &report.notes {
        out.push_str(&format!("{name}: {}.  \n", safe(note)));
    }
    out
}

fn safe(text: &str) -> String {
    escaped(text).replace('<', "&lt;")
}

fn one(report: &Report<'_>, table: &Table) -> String {
    let banner = &report.banner;
    let line = |label: String, cells: &mut dyn Iterator<Item = String>| {
        format!("| {label} | {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let header = banner.columns.iter().enumerate().map(|(k, column)| {
        let is_first = column.span.is_some() && (k == 0 || banner.columns[k - 1].span != column.span);
        let span =
            column.span.filter(|_| is_first).map_or_else(String::new, |s| format!("*{}*<br>", safe(&banner.spans[s])));
        let letter = match column.letter.is_empty() || !report.args.tests.letters {
            true => String::new(),
            false => format!(" ({})", column.letter),
        };
        format!("{span}{}{letter}", safe(&column.label))
    });
    let mut out = line(String::new(), &mut header.into_iter());
    out.push_str(&format!("|---|{}\n", "---:|".repeat(banner.columns.len())));
    for (name, base) in report.bases(table) {
        out.push_str(&line(format!("*{name}*"), &mut base.iter().map(|text| format!("*{text}*"))));
    }
    for (k, own) in table.lines.iter().enumerate() {
        let cells = (0..banner.columns.len()).map(|column| {
            let cell = report.cell(table, k, column);
            let marks = if cell.marks.is_empty() { String::new() } else { format!(" {}", cell.marks) };
            let interval = if cell.interval.is_empty() { String::new() } else { format!("<br>{}", cell.interval) };
            format!("{}{marks}{interval}", safe(&format!("{}{}", cell.number, cell.suffix)))
        });
        let label = safe(&own.label);
        out.push_str(&line(if own.is_net { format!("**{label}**") } else { label }, &mut cells.into_iter()));
    }
    out
}
