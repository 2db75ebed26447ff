//! Reading CSV text into a table: every row as long as the header, every cell short enough to be meant.

use csv::{ReaderBuilder, StringRecord};

use super::Table;
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::error::{Error, Result};
use crate::ingest::source::SourceText;

/// Longest cell, in bytes. Longer ones are a quotation mark that was never closed, or no table.
const LONGEST_CELL: usize = 1 << 20;

/// Largest file, in bytes.
const LARGEST_FILE: usize = u32::MAX as usize;

/// Ragged rows that are listed one by one.
const LISTED: usize = 1000;

/// Divides a text into cells.
///
/// # Errors
///
/// All structural problems together: `E13` empty, `E14` header only, `E15` header, `E16` ragged, `E17` too long.
pub(super) fn read(source: SourceText, delimiter: u8) -> Result<Table> {
    if source.text.trim().is_empty() {
        let place = Place::file(&*source.file);
        return Err(Error::unusable(
            Diagnostic::error("E13", place, "the file is empty")
                .observed(format!("{} bytes", source.bytes))
                .expected("a header line and rows")
                .hint("write or download the file again"),
        ));
    }
    if source.text.len() > LARGEST_FILE {
        let place = Place::file(&*source.file);
        return Err(Error::unusable(
            Diagnostic::error("E17", place, "the file is too large to be read as text")
                .observed(format!("{} bytes", source.bytes))
                .expected(format!("at most {LARGEST_FILE} bytes"))
                .hint("store it as Parquet, or divide it"),
        ));
    }
    let mut problems = Vec::new();
    let table = divide(source, delimiter, &mut problems);
    if let Some(problem) = other_delimiter(&table) {
        return Err(Error::unusable(problem));
    }
    problems.extend(header_problems(&table));
    if table.n_rows() == 0 && problems.is_empty() {
        problems.push(
            Diagnostic::error("E14", Place::file(&**table.file()).line(1), "the file has a header and no rows")
                .observed("0 rows")
                .expected("one row or more")
                .hint("write or download the file again"),
        );
    }
    if problems.is_empty() { Ok(table) } else { Err(Error::Unusable(problems)) }
}

fn divide(source: SourceText, delimiter: u8, problems: &mut Vec<Diagnostic>) -> Table {
    let mut table =
        Table { delimiter, columns: Vec::new(), cells: String::new(), ends: Vec::new(), lines: Vec::new(), source };
    let text = std::mem::take(&mut table.source.text);
    table.cells.reserve(text.len());
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut lines = LineCounter { text: text.as_bytes(), at: 0, line: 1 };
    let mut ragged = Vec::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let place = Place::file(&*table.source.file);
                problems.push(
                    Diagnostic::error("E16", place, "the text cannot be divided into cells")
                        .observed(error.to_string())
                        .hint("check the quotation marks"),
                );
                break;
            }
        }
        let begin = record.position().map_or(0, |position| position.byte()) as usize;
        let end = reader.position().byte() as usize;
        let (line, begin) = lines.advance(begin);
        let is_last = end >= text.len();
        if let Some(problem) = too_long(&record, &text[begin..end.max(begin)], is_last, line, &table) {
            problems.push(problem);
        } else if table.columns.is_empty() {
            table.columns = record.iter().map(str::to_owned).collect();
        } else if record.len() != table.columns.len() {
            ragged.push((line, record.len()));
        } else {
            for cell in &record {
                table.cells.push_str(cell);
                table.ends.push(table.cells.len() as u32);
            }
            table.lines.push(line);
        }
    }
    table.source.text = text;
    problems.extend(ragged_problems(&table, &ragged));
    table
}

/// One column whose name holds another separator: the file is divided in another way than it is read.
fn other_delimiter(table: &Table) -> Option<Diagnostic> {
    let [header] = table.columns.as_slice() else { return None };
    let separators = [(b';', "semicolons", ";"), (b'\t', "tabs", "\\t"), (b',', "commas", ","), (b'|', "bars", "|")];
    let (byte, name, written) = separators
        .into_iter()
        .filter(|(byte, ..)| *byte != table.delimiter && header.as_bytes().contains(byte))
        .max_by_key(|(byte, ..)| header.bytes().filter(|own| own == byte).count())?;
    let n_columns = header.bytes().filter(|own| *own == byte).count() + 1;
    let second = table.source.text.lines().nth(1);
    if second.is_some_and(|line| !line.is_empty() && !line.as_bytes().contains(&byte)) {
        return None;
    }
    let expected = match table.delimiter {
        b',' => "commas between the cells".to_owned(),
        b'\t' => "tabs between the cells".to_owned(),
        other => format!("`{}` between the cells", other as char),
    };
    let flag = if byte == b'\t' { "tab".to_owned() } else { format!("'{}'", byte as char) };
    let as_read = if table.delimiter == b',' { "with commas" } else { "with the declared delimiter" };
    Some(
        table
            .source
            .point(Level::Error, "E15", 0..header.len(), format!("the file is separated by {name}"))
            .observed(format!("one column as it is read, {n_columns} by {name}"))
            .expected(expected)
            .hint(format!(
                "save the file {as_read}, or read it with `--delimiter {flag}`; in a data package, declare `\"dialect\": \
                 {{ \"delimiter\": \"{written}\" }}` for the resource"
            )),
    )
}

/// Finds the lines of growing byte positions in one pass.
struct LineCounter<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl LineCounter<'_> {
    /// The line of a record that starts at or after a byte, blank lines before it skipped.
    fn advance(&mut self, byte: usize) -> (u64, usize) {
        let mut begin = byte.min(self.text.len());
        while self.text.get(begin).is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            begin += 1;
        }
        if begin > self.at {
            self.line += self.text[self.at..begin].iter().filter(|byte| **byte == b'\n').count() as u64;
            self.at = begin;
        }
        (self.line, begin)
    }
}

/// A cell beyond measure, or a quotation mark that is open when the file ends.
fn too_long(record: &StringRecord, raw: &str, is_last: bool, line: u64, table: &Table) -> Option<Diagnostic> {
    let (column, longest) = record.iter().enumerate().max_by_key(|(_, cell)| cell.len())?;
    let is_quoted = raw.starts_with('"') || raw.contains(&format!("{}\"", table.delimiter as char));
    let is_open = is_last && is_quoted && raw.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
    if longest.len() <= LONGEST_CELL && !is_open {
        return None;
    }
    let mut place = Place::file(&*table.source.file).line(line);
    place.column = table.columns.get(column).cloned();
    let excerpt: String = raw.chars().take(100).take_while(|c| *c != '\n').collect();
    let problem = if is_open {
        Diagnostic::error("E17", place, "a quotation mark is opened on this line and never closed")
            .observed(format!("one cell to the end of the file, {} bytes", longest.len()))
            .expected("a closing quotation mark")
    } else {
        Diagnostic::error("E17", place, "a cell is too long to be meant")
            .observed(format!("{} bytes", longest.len()))
            .expected(format!("at most {LONGEST_CELL} bytes in a cell"))
    };
    Some(problem.excerpt(excerpt).hint(
        "look for a quotation mark that is not closed, or line ends that got lost; \
         a quotation mark inside a cell is doubled",
    ))
}

fn header_problems(table: &Table) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for (index, name) in table.columns.iter().enumerate() {
        let place = || Place::file(&**table.file()).line(1).column(name);
        if name.trim().is_empty() {
            problems.push(
                Diagnostic::error("E15", place(), format!("column {} has no name", index + 1))
                    .expected("a name for every column")
                    .hint("name the column, or remove it and the comma at the end of the lines"),
            );
        } else if table.columns[..index].contains(name) {
            problems.push(
                Diagnostic::error("E15", place(), format!("column `{name}` stands twice"))
                    .observed(format!("columns {} and {}", table.position(name).unwrap_or(0) + 1, index + 1))
                    .expected("different names")
                    .hint("rename or remove one of the two"),
            );
        }
    }
    problems
}

/// Rows of another length than the header, the first ones each and the others by number.
fn ragged_problems(table: &Table, ragged: &[(u64, usize)]) -> Vec<Diagnostic> {
    let width = table.columns.len();
    let mut problems: Vec<Diagnostic> = ragged
        .iter()
        .take(LISTED)
        .map(|(line, cells)| {
            let start = table.source.line_start(*line).unwrap_or(0);
            let hint = if *cells > width {
                "a cell with a comma in it stands in quotation marks; numbers take a decimal point, not a comma"
            } else {
                "add the missing cells, if empty ones; every row has a cell for each column"
            };
            table
                .source
                .point(Level::Error, "E16", start..start, format!("the row has {cells} cells, the header has {width}"))
                .observed(format!("{cells} cells"))
                .expected(format!("{width} cells"))
                .hint(hint)
        })
        .collect();
    if ragged.len() > LISTED {
        let place = Place::file(&**table.file());
        problems.push(
            Diagnostic::error("E16", place, "more rows have another number of cells than the header")
                .observed(format!("{} more rows", ragged.len() - LISTED))
                .hint("check the delimiter of the file"),
        );
    }
    problems
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(text: &str) -> Result<Table> {
        read(SourceText::decode(text.as_bytes(), "towns.csv", None).unwrap(), b',')
    }

    fn only_problem(text: &str) -> Diagnostic {
        table(text).unwrap_err().diagnostics()[0].clone()
    }

    #[test]
    fn cells_know_their_line() {
        let table = table("town,n\n\"New\nport\",2\n\n\nHill,3\r\n").unwrap();
        assert_eq!(table.columns(), ["town", "n"]);
        assert_eq!((table.cell(0, 0), table.line(0)), ("New\nport", 2));
        assert_eq!((table.cell(1, 0), table.line(1)), ("Hill", 6));
        assert_eq!(table.cell(1, 1), "3");
    }

    #[test]
    fn a_diagnostic_marks_the_cell() {
        let table = table("town,n\n\"a, b\",twelve\n").unwrap();
        let shown = table.point(Level::Error, "E18", 0, 1, "x");
        assert_eq!((shown.place.line, shown.place.character), (Some(2), Some(8)));
        assert_eq!((shown.observed.as_deref(), shown.mark), (Some("twelve"), Some((7, 6))));
    }

    #[test]
    fn empty_and_header_only_files_are_refused() {
        assert_eq!(only_problem("").code, "E13");
        assert_eq!(only_problem("\n \n").code, "E13");
        assert_eq!(only_problem("town,n\n").code, "E14");
    }

    #[test]
    fn the_header_names_each_column_once() {
        let problem = only_problem("town,n,n\na,1,2\n");
        assert_eq!((problem.code, problem.place.column.as_deref()), ("E15", Some("n")));
        assert_eq!(only_problem("town,\na,1\n").code, "E15");
    }

    #[test]
    fn a_file_with_other_separators_is_named_as_such() {
        let problem = only_problem("town;n\nHill;3,5\nPort;4,5\n");
        assert_eq!((problem.code, problem.place.line), ("E15", Some(1)));
        assert_eq!(problem.message, "the file is separated by semicolons");
        assert!(problem.hint.unwrap().contains(r#""delimiter": ";""#));
        let problem = only_problem("town\tn\nHill\t3\n");
        assert_eq!(problem.message, "the file is separated by tabs");
        assert!(problem.hint.unwrap().contains(r#""delimiter": "\t""#));
        // One column whose name happens to hold a semicolon.
        assert!(table("town; village\nHill\nPort\n").is_ok());
    }

    #[test]
    fn all_ragged_rows_are_reported_together() {
        let error = table("a,b\n1\n1,2\n1,2,3\n").unwrap_err();
        let lines: Vec<_> = error.diagnostics().iter().map(|problem| (problem.code, problem.place.line)).collect();
        assert_eq!(lines, [("E16", Some(2)), ("E16", Some(4))]);
    }

    #[test]
    fn long_cells_and_open_quotation_marks_are_refused() {
        let problem = only_problem(&format!("a,b\n1,{}\n", "x".repeat(10 << 20)));
        assert_eq!((problem.code, problem.place.line, problem.place.column.as_deref()), ("E17", Some(2), Some("b")));
        let problem = only_problem("a,b\n1,\"two\n3,4\n5,6\n");
        assert_eq!((problem.code, problem.place.line), ("E17", Some(2)));
        assert!(problem.message.contains("never closed"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(source) = SourceText::decode(&bytes, "x.csv", Some("windows-1252")) {
                let _ = read(source, b',');
            }
            let _ = SourceText::decode(&bytes, "x.csv", None);
        }

        #[test]
        fn any_table_like_text_is_read_or_refused(text in "[a\",\n\r \u{a0}я1]{0,80}") {
            if let Ok(table) = read(SourceText::decode(text.as_bytes(), "x.csv", None).unwrap(), b',') {
                for row in 0..table.n_rows() {
                    for column in 0..table.columns().len() {
                        let shown = table.point(Level::Error, "E18", row, column, "x");
                        prop_assert!(shown.place.line >= Some(table.line(row)));
                    }
                }
            }
        }
    }
}
