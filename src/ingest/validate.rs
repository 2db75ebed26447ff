//! Checking files that belong to no study: with a descriptor beside them against its schema, without one for
//! structure, characters and columns that nearly hold numbers or dates.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::package::{DESCRIPTOR, ReadPackage, Resource};
use super::rules::{sort, table_rules};
use super::table::{Table, TextFormat, error_of, number_problem, parse_number};
use super::{InputFile, foreign_keys};
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::error::{Error, Result};
use crate::study::PartialDate;

/// Part of the cells of a column that must be numbers, or dates, for the others to be noticed.
const NEARLY_ALL: f64 = 0.95;

/// What was found in files.
#[derive(Debug, Default)]
pub struct Validated {
    /// The files that could be read.
    pub files: Vec<ValidatedFile>,
    /// Findings, by file.
    pub findings: Vec<Diagnostic>,
    /// Why files cannot be used, and values that cannot be true.
    pub error: Option<Error>,
}

/// A file that could be read.
#[derive(Debug, Clone)]
pub struct ValidatedFile {
    /// Its record.
    pub input: InputFile,
    /// Its columns with the kind of their values: declared, or as they look.
    pub columns: Vec<(String, String)>,
    /// Is there a schema that it was checked against?
    pub has_schema: bool,
}

/// Checks CSV and Parquet files, and all tables of a folder with a descriptor or of a descriptor itself.
///
/// All files are checked whatever the others hold; see [`Validated::error`].
pub fn validate_files(paths: &[PathBuf]) -> Validated {
    let mut validated = Validated::default();
    let mut problems = Vec::new();
    for path in paths {
        let shown = path.display().to_string();
        let is_descriptor = path.file_name().is_some_and(|name| name == DESCRIPTOR);
        let folder = if is_descriptor { path.parent() } else { path.is_dir().then_some(path.as_path()) };
        let result = match folder {
            Some(folder) => package(folder, &mut validated, &mut problems),
            None => file(path, &shown, &mut validated),
        };
        if let Err(error) = result {
            problems.extend(error.diagnostics().iter().cloned());
        }
    }
    sort(&mut validated.findings);
    validated.error = error_of(problems);
    validated
}

/// All tables of a package.
fn package(folder: &Path, validated: &mut Validated, problems: &mut Vec<Diagnostic>) -> Result<()> {
    let package = ReadPackage::read(folder, &shown_folder(folder))?;
    let mut tables = BTreeMap::new();
    for resource in &package.package.resources {
        match resource_file(&package, resource, validated) {
            Ok(Some(table)) => _ = tables.insert(resource.name.as_str(), table),
            Ok(None) => {}
            Err(error) => problems.extend(error.diagnostics().iter().cloned()),
        }
    }
    problems.extend(foreign_keys::problems(&package, &tables));
    Ok(())
}

/// One file, with the descriptor beside it where that describes it.
fn file(path: &Path, shown: &str, validated: &mut Validated) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if path.exists() && folder.join(DESCRIPTOR).is_file() {
        let package = ReadPackage::read(folder, &shown_folder(folder))?;
        let is_meant = |resource: &&Resource| {
            package.file_of(resource).is_ok_and(|(known, _)| known.file_name() == path.file_name())
        };
        if let Some(resource) = package.package.resources.iter().find(is_meant) {
            return resource_file(&package, resource, validated).map(drop);
        }
    }
    let is_parquet = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("parquet"));
    let table = if is_parquet {
        Table::read_parquet(path, shown)?
    } else {
        Table::read_csv(path, shown, &TextFormat::default())?
    };
    let mut columns = Vec::new();
    for (column, name) in table.columns().iter().enumerate() {
        let kind = Kind::of(&table, column);
        validated.findings.extend(odd_cells(&table, column, kind));
        columns.push((name.clone(), kind.word().to_owned()));
    }
    add(validated, &table, columns, false);
    Ok(())
}

/// The table of a resource, checked; none for corrections of which there are none.
fn resource_file(package: &ReadPackage, resource: &Resource, validated: &mut Validated) -> Result<Option<Table>> {
    let table = match Table::read_resource(package, resource) {
        Ok(table) => table,
        // A table of corrections may be empty.
        Err(error) if resource.name == "overrides" && error.diagnostics().iter().all(|p| p.code == "E14") => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let fields = resource.schema.as_ref().map_or(&[][..], |schema| &schema.fields);
    let kind = |name: &String| fields.iter().find(|field| field.name == *name).map_or("string", |field| &field.kind);
    let columns = table.columns().iter().map(|name| (name.clone(), kind(name).to_owned())).collect();
    add(validated, &table, columns, resource.schema.is_some());
    Ok(Some(table))
}

fn add(validated: &mut Validated, table: &Table, columns: Vec<(String, String)>, has_schema: bool) {
    validated.findings.extend(table.source().notes.iter().cloned());
    validated.findings.extend(table_rules(table));
    let rows = table.n_rows() as u64;
    let input = InputFile { rows_read: rows, rows_used: rows, ..InputFile::of_text(table.source()) };
    validated.files.push(ValidatedFile { input, columns, has_schema });
}

fn shown_folder(folder: &Path) -> String {
    if folder.as_os_str().is_empty() { ".".to_owned() } else { folder.display().to_string() }
}

/// What the cells of a column look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Empty,
    Whole,
    Number,
    DecimalComma,
    Date,
    Text,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Kind::Empty => "empty",
            Kind::Whole => "integer",
            Kind::Number => "number",
            Kind::DecimalComma => "number with decimal comma",
            Kind::Date => "date",
            Kind::Text => "string",
        }
    }

    /// The kind of nearly all cells; text where nothing else is that frequent.
    fn of(table: &Table, column: usize) -> Self {
        let cells = || (0..table.n_rows()).map(|row| table.cell(row, column)).filter(|text| !text.is_empty());
        let n_cells = cells().count();
        if n_cells == 0 {
            return Kind::Empty;
        }
        let is_most = |n: usize| n as f64 >= NEARLY_ALL * n_cells as f64;
        let count = |is_kind: fn(&str) -> bool| cells().filter(|text| is_kind(text)).count();
        let n_numbers = count(is_number);
        if is_most(n_numbers) {
            let n_whole = count(|text| is_number(text) && !text.contains('.'));
            return if n_whole == n_numbers { Kind::Whole } else { Kind::Number };
        }
        if is_most(count(|text| is_number(&text.replacen(',', ".", 1)))) {
            return Kind::DecimalComma;
        }
        if is_most(count(has_date_form)) { Kind::Date } else { Kind::Text }
    }
}

fn is_number(text: &str) -> bool {
    parse_number(text).is_some()
}

fn has_date_form(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes[4] == b'-'
        && bytes[7] == b'-'
        && bytes.iter().filter(|b| b.is_ascii_digit()).count() == 8
}

/// Cells of a column that are not what nearly all others are.
fn odd_cells(table: &Table, column: usize, kind: Kind) -> Vec<Diagnostic> {
    let name = &table.columns()[column];
    let rows = || (0..table.n_rows()).filter(|row| !table.cell(*row, column).is_empty());
    match kind {
        Kind::Whole | Kind::Number => rows()
            .filter_map(|row| {
                let problem = number_problem(table.cell(row, column), false)?;
                let message = format!("nearly all cells of `{name}` are numbers, {}", problem.message);
                let finding = table.point(Level::Warning, problem.code, row, column, message);
                Some(finding.expected(problem.expected).hint(problem.hint))
            })
            .collect(),
        Kind::Date => rows()
            .filter(|row| table.cell(*row, column).parse::<PartialDate>().is_err())
            .map(|row| {
                let message = format!("`{name}`: `{}` is no day of the calendar", table.cell(row, column));
                let finding = table.point(Level::Error, "E19", row, column, message);
                finding.expected("a day such as 2014-03-18").hint("correct the date")
            })
            .collect(),
        Kind::DecimalComma => {
            let place = Place::file(&**table.file()).line(1).column(name);
            vec![
                Diagnostic::warning("E18", place, format!("`{name}` holds numbers with a decimal comma"))
                    .observed(rows().next().map_or("", |row| table.cell(row, column)))
                    .expected("decimal points")
                    .hint("write points, or declare `\"decimalChar\": \",\"` in a datapackage.json beside the file"),
            ]
        }
        Kind::Empty | Kind::Text => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validate(files: &[(&str, &str)], which: &str) -> Validated {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        validate_files(&[folder.path().join(which)])
    }

    #[test]
    fn a_sane_file_passes_and_its_columns_are_guessed() {
        let seen = validate(&[("t.csv", "town,n,share,day\nHill,3,1.5,2014-03-18\nPort,4,2,\n")], "t.csv");
        assert!(seen.error.is_none() && seen.findings.is_empty(), "{:?}", seen.findings);
        let kinds: Vec<&str> = seen.files[0].columns.iter().map(|(_, kind)| kind.as_str()).collect();
        assert_eq!(kinds, ["string", "integer", "number", "date"]);
    }

    #[test]
    fn odd_cells_of_a_column_are_found() {
        let text = format!("n,day\n{}x,2025-02-30\n", "1,2014-03-18\n".repeat(30));
        let seen = validate(&[("t.csv", &text)], "t.csv");
        let found: Vec<_> = seen.findings.iter().map(|f| (f.code, f.level, f.place.line)).collect();
        assert_eq!(found, [("E18", Level::Warning, Some(32)), ("E19", Level::Error, Some(32))]);
    }

    #[test]
    fn a_descriptor_beside_the_file_is_used() {
        let descriptor = r#"{"resources": [{"name": "t", "path": "t.csv",
            "schema": {"fields": [{"name": "n", "type": "integer"}]}}]}"#;
        let files = [("datapackage.json", descriptor), ("t.csv", "n\nx\n"), ("other.csv", "a,b\n1,2\n")];
        for which in ["t.csv", "datapackage.json", "."] {
            let seen = validate(&files, which);
            assert_eq!(seen.error.unwrap().diagnostics()[0].code, "E18", "{which}");
        }
        assert!(validate(&files, "other.csv").error.is_none());
        assert_eq!(validate(&files, "missing.csv").error.unwrap().diagnostics()[0].code, "E01");
    }
}
