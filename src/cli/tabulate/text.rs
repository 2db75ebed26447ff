//! Tables as aligned text: spans side by side as far as the width goes, then below.

use std::ops::Range;

use super::Report;
use super::shown::{Cell, plain};
use crate::analysis::banner::Table;

/// Most characters of the names of lines; longer ones go on in the next line.
const LABEL: usize = 32;
/// Characters from which names of columns are broken at spaces, and within words.
const HEADER: usize = 11;
const WORD: usize = 16;
const GAP: &str = "  ";
const SPAN_GAP: &str = "   ";

/// All tables, then the notes.
pub fn text(report: &Report<'_>, width: usize) -> String {
    let mut out = format!("{}\n", report.file);
    for table in &report.banner.tables {
        out.push('\n');
        Layout::of(report, table, width).print(&mut out);
    }
    out.push('\n');
    let indent = report.notes.iter().map(|(name, _)| name.chars().count() + 2).max().unwrap_or(0);
    for (name, note) in &report.notes {
        for (k, line) in wrapped(note, width.saturating_sub(indent).max(30), usize::MAX).iter().enumerate() {
            let name = if k == 0 { format!("{name}:") } else { String::new() };
            out.push_str(&format!("{name:<indent$}{line}\n"));
        }
    }
    out
}

/// A table with the widths of its columns.
struct Layout<'a> {
    report: &'a Report<'a>,
    table: &'a Table,
    /// By line and column.
    cells: Vec<Vec<Cell>>,
    label: usize,
    columns: Vec<Width>,
    width: usize,
}

/// A column: its header, and the room for number, suffix and marks.
struct Width {
    header: Vec<String>,
    number: usize,
    suffix: usize,
    marks: usize,
}

impl Width {
    fn all(&self) -> usize {
        let header = self.header.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        header.max(self.number) + self.suffix + self.marks
    }
}

impl<'a> Layout<'a> {
    fn of(report: &'a Report<'a>, table: &'a Table, width: usize) -> Self {
        let n_columns = table.bases.len();
        let lines = 0..table.lines.len();
        let cells: Vec<Vec<Cell>> =
            lines.map(|line| (0..n_columns).map(|column| report.cell(table, line, column)).collect()).collect();
        let bases = report.bases(table);
        let longest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
        let column = |column: usize| {
            let own = || cells.iter().map(|line| &line[column]);
            let length = |text: &str| text.chars().count();
            let marks = longest(&mut own().map(|cell| length(&cell.marks)));
            let suffix = longest(&mut own().map(|cell| length(cell.suffix)));
            let number = longest(
                &mut own()
                    .flat_map(|cell| [length(&cell.number), length(&cell.interval)])
                    .chain(bases.iter().map(|(_, base)| length(&base[column]))),
            );
            let marks = if marks > 0 { marks + 1 } else { 0 };
            let of = &report.banner.columns[column];
            let room = (number + suffix + marks).max(HEADER);
            let mut header = wrapped(&plain(&of.label), room, WORD);
            if !of.letter.is_empty() && report.args.tests.letters {
                header.push(format!("({})", of.letter));
            }
            Width { header, number, suffix, marks }
        };
        let columns: Vec<Width> = (0..n_columns).map(column).collect();
        let names = table.lines.iter().map(|line| line.label.chars().count());
        let label = longest(&mut names.chain(bases.iter().map(|(name, _)| name.chars().count())));
        Self { report, table, cells, label: label.min(LABEL), columns, width }
    }

    /// A number, or a line of the header, with what stands behind it: all of a column end at the same place.
    fn number(&self, column: usize, text: &str, suffix: &str, marks: &str) -> String {
        let width = &self.columns[column];
        let marks = if marks.is_empty() { String::new() } else { format!(" {marks}") };
        format!("{text}{suffix:<s$}{marks:<m$}", s = width.suffix, m = width.marks)
    }

    /// The columns behind the total that stand beside each other, part by part: whole spans where they fit.
    fn parts(&self) -> Vec<Vec<Range<usize>>> {
        let room = self.width.saturating_sub(self.label + GAP.len() + self.columns[0].all());
        let cost = |columns: &Range<usize>| -> usize {
            columns.clone().map(|column| self.columns[column].all() + GAP.len()).sum::<usize>() + 1
        };
        let mut parts: Vec<Vec<Range<usize>>> = vec![Vec::new()];
        let mut used = 0;
        for span in self.spans().into_iter().flat_map(|span| self.divided(span, room, &cost)) {
            if used > 0 && used + cost(&span) > room {
                parts.push(Vec::new());
                used = 0;
            }
            used += cost(&span);
            if let Some(part) = parts.last_mut() {
                part.push(span);
            }
        }
        parts
    }

    /// A span, or as few pieces of much the same number of columns as its width needs.
    fn divided(&self, span: Range<usize>, room: usize, cost: &dyn Fn(&Range<usize>) -> usize) -> Vec<Range<usize>> {
        for n_pieces in 1..=span.len() {
            let size = span.len().div_ceil(n_pieces);
            let pieces: Vec<Range<usize>> =
                span.clone().step_by(size).map(|start| start..(start + size).min(span.end)).collect();
            if pieces.iter().all(|piece| cost(piece) <= room) {
                return pieces;
            }
        }
        span.map(|column| column..column + 1).collect()
    }

    fn spans(&self) -> Vec<Range<usize>> {
        let columns = &self.report.banner.columns;
        let of = |span: usize| {
            let own = |column: &usize| columns[*column].span == Some(span);
            let start = (0..columns.len()).find(own).unwrap_or(columns.len());
            start..start + (start..columns.len()).filter(own).count()
        };
        (0..self.report.banner.spans.len()).map(of).collect()
    }

    fn print(&self, out: &mut String) {
        out.push_str(&format!("{}\n", plain(&self.table.question)));
        for (k, spans) in self.parts().iter().enumerate() {
            if k > 0 {
                out.push('\n');
            }
            let columns: Vec<usize> = std::iter::once(0).chain(spans.iter().cloned().flatten()).collect();
            let part = Part { layout: self, spans, columns };
            part.print(out);
        }
    }
}

/// The columns that stand beside each other: the total and some spans, or parts of them.
struct Part<'a> {
    layout: &'a Layout<'a>,
    spans: &'a [Range<usize>],
    columns: Vec<usize>,
}

impl Part<'_> {
    fn print(&self, out: &mut String) {
        let layout = self.layout;
        if !self.spans.is_empty() {
            self.names_of_spans(out);
        }
        let height = self.columns.iter().map(|&c| layout.columns[c].header.len()).max().unwrap_or(0);
        for k in 0..height {
            self.line(out, "", |column| {
                let header = &layout.columns[column].header;
                let text = (k + header.len()).checked_sub(height).map_or("", |at| &header[at]);
                layout.number(column, text, "", "")
            });
        }
        for (name, base) in layout.report.bases(layout.table) {
            self.line(out, name, |column| layout.number(column, &base[column], "", ""));
        }
        for (own, cells) in layout.table.lines.iter().zip(&layout.cells) {
            let label = plain(&own.label);
            let label = if own.is_net { format!("= {label}") } else { label };
            let mut labels = wrapped(&label, layout.label, layout.label).into_iter();
            self.line(out, &labels.next().unwrap_or_default(), |column| {
                let cell = &cells[column];
                layout.number(column, &cell.number, cell.suffix, &cell.marks)
            });
            if cells.iter().any(|cell| !cell.interval.is_empty()) {
                let label = labels.next().unwrap_or_default();
                self.line(out, &label, |column| layout.number(column, &cells[column].interval, "", ""));
            }
            labels.for_each(|label| self.line(out, &label, |_| String::new()));
        }
    }

    /// One line: the label, then a text a column, to the right.
    fn line(&self, out: &mut String, label: &str, cell: impl Fn(usize) -> String) {
        let mut text = format!("{label:<width$}", width = self.layout.label);
        for &column in &self.columns {
            let is_first = self.spans.iter().any(|span| span.start == column);
            text.push_str(if is_first { SPAN_GAP } else { GAP });
            text.push_str(&format!("{:>width$}", cell(column), width = self.layout.columns[column].all()));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }

    /// The name of each span, with a rule over all its columns.
    fn names_of_spans(&self, out: &mut String) {
        let layout = self.layout;
        let mut text = " ".repeat(layout.label + GAP.len() + layout.columns[0].all());
        for span in self.spans {
            let room = span.clone().map(|column| layout.columns[column].all() + GAP.len()).sum::<usize>() - GAP.len();
            let position = layout.report.banner.columns[span.start].span.unwrap_or(0);
            let name = shortened(&plain(&layout.report.banner.spans[position]), room);
            let rule = room - name.chars().count();
            let rule = if rule > 1 { format!(" {}", "─".repeat(rule - 1)) } else { " ".repeat(rule) };
            text.push_str(&format!("{SPAN_GAP}{name}{rule}"));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    }
}

/// A text of at most so many letters.
fn shortened(text: &str, room: usize) -> String {
    match text.chars().count() <= room {
        true => text.to_owned(),
        false => text.chars().take(room.saturating_sub(1)).chain(['…']).collect(),
    }
}

/// A text in lines of some width, broken at spaces; words of more than `word` letters are broken, too.
fn wrapped(text: &str, width: usize, word: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for whole in text.split_whitespace() {
        let letters: Vec<char> = whole.chars().collect();
        for piece in letters.chunks(word.max(1)) {
            match lines.last_mut() {
                Some(last) if last.is_empty() => last.extend(piece),
                Some(last) if last.chars().count() + 1 + piece.len() <= width => {
                    last.push(' ');
                    last.extend(piece);
                }
                _ => lines.push(piece.iter().collect()),
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{shortened, wrapped};

    #[test]
    fn long_texts_go_on_in_the_next_line() {
        assert_eq!(wrapped("higher or incomplete higher", 11, 16), ["higher or", "incomplete", "higher"]);
        assert_eq!(wrapped("abcdefgh ij", 4, 5), ["abcde", "fgh", "ij"]);
        assert_eq!(wrapped("", 4, 5), [""]);
        assert_eq!((shortened("settlement", 6).as_str(), shortened("age", 3).as_str()), ("settl…", "age"));
    }
}
