//! Reading the definition of a study: `report.toml` and the files that it includes.
//!
//! Four looks, each over all files, and each reports everything it finds: is it TOML, have the tables the shape of
//! the types (unknown keys, missing keys, wrong kinds of value), do the references lead somewhere, and are the files
//! that it names there. The shape is checked against the same JSON schema that `opros schema` prints, because serde
//! alone would stop at the first problem.

mod periods;
mod references;
mod select;
mod shape;
mod spots;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, Deserializer};

use super::InputFile;
use super::source::SourceText;
use crate::diagnostic::{Diagnostic, Level, Place, did_you_mean};
use crate::error::{Error, Result};
use crate::study::definition::Definition;

/// Name of the file that a study starts from.
const MAIN_FILE: &str = "report.toml";

/// A definition and the files that it was read from.
#[derive(Debug, Clone)]
pub struct ReadDefinition {
    /// The definition.
    pub definition: Definition,
    /// Its files in the order in which they were read.
    pub files: Vec<InputFile>,
}

/// Reads and checks the definition in a report folder.
///
/// # Errors
///
/// Everything that is wrong with it, over all its files: `E01` unreadable, `E02` no TOML, `E03` unknown key, `E04`
/// wrong value or missing key, `E05` unknown id, `E06` duplicate id, `E07` missing file.
pub fn load_definition(report_dir: &Path) -> Result<Definition> {
    read_definition(report_dir).map(|read| read.definition)
}

/// Reads and checks the definition in a report folder, and says which files it consists of.
///
/// # Errors
///
/// As [`load_definition`].
pub fn read_definition(report_dir: &Path) -> Result<ReadDefinition> {
    let (sources, mut problems) = read_sources(report_dir)?;
    let schema = definition_schema();
    let mut documents = Vec::new();
    for source in &sources {
        let (document, errors) = DeTable::parse_recoverable(&source.text);
        problems.extend(errors.iter().map(|error| syntax_problem(source, error)));
        if errors.is_empty() {
            problems.extend(shape::check(&schema, &document, source, "opros schema"));
        }
        documents.push(Document { source, table: document });
    }
    if !problems.is_empty() {
        return Err(Error::Unusable(problems));
    }
    let mut definition = Definition::default();
    for source in &sources {
        match Deserializer::parse(&source.text).and_then(Definition::deserialize) {
            Ok(part) => definition.absorb(part),
            Err(error) => problems.push(value_problem(source, &error, "opros schema")),
        }
    }
    problems.extend(references::check(&documents));
    problems.extend(documents.iter().flat_map(periods::check));
    problems.extend(missing_files(report_dir, &documents));
    if problems.is_empty() {
        definition.spots = spots::of(&documents);
        let files = sources.iter().map(InputFile::of_text).collect();
        Ok(ReadDefinition { definition, files })
    } else {
        Err(Error::Unusable(problems))
    }
}

/// The JSON schema of a definition file, generated from the types.
pub fn definition_schema() -> serde_json::Value {
    schemars::schema_for!(Definition).to_value()
}

/// Reads a TOML file of another kind than a study, checked against the schema of its type in the same way.
///
/// # Errors
///
/// `E02` no TOML, `E03` unknown key, `E04` wrong value or missing key.
pub fn read_toml<T: serde::de::DeserializeOwned + schemars::JsonSchema>(
    source: &SourceText,
    schema_command: &str,
) -> Result<T> {
    let schema = schemars::schema_for!(T).to_value();
    let (document, errors) = DeTable::parse_recoverable(&source.text);
    let mut problems: Vec<Diagnostic> = errors.iter().map(|error| syntax_problem(source, error)).collect();
    if problems.is_empty() {
        problems.extend(shape::check(&schema, &document, source, schema_command));
    }
    if !problems.is_empty() {
        return Err(Error::Unusable(problems));
    }
    Deserializer::parse(&source.text)
        .and_then(T::deserialize)
        .map_err(|error| Error::unusable(value_problem(source, &error, schema_command)))
}

/// A definition file that parses as TOML.
struct Document<'a> {
    source: &'a SourceText,
    table: Spanned<DeTable<'a>>,
}

/// Reads `report.toml` and, in order, what it and its includes include.
fn read_sources(report_dir: &Path) -> Result<(Vec<SourceText>, Vec<Diagnostic>)> {
    let main = report_dir.join(MAIN_FILE);
    if !main.is_file() {
        return Err(Error::unusable(
            Diagnostic::error("E01", Place::file(display_name(report_dir, MAIN_FILE)), "file not found")
                .expected(format!("a folder with `{MAIN_FILE}` in it"))
                .hint("give the folder of a study, such as reports/<name>"),
        ));
    }
    let mut sources = vec![SourceText::read(&main, &display_name(report_dir, MAIN_FILE), None)?];
    let mut problems = Vec::new();
    let mut seen = BTreeSet::from([MAIN_FILE.to_owned()]);
    let mut next = 0;
    while let Some(source) = sources.get(next) {
        next += 1;
        let mut found = Vec::new();
        let (table, _) = DeTable::parse_recoverable(&source.text);
        for name in select::strings(table.get_ref(), "include[]") {
            if seen.insert(name.get_ref().to_string()) {
                match SourceText::read(
                    &report_dir.join(name.get_ref().as_ref()),
                    &display_name(report_dir, name.get_ref()),
                    None,
                ) {
                    Ok(included) => found.push(included),
                    Err(error) if error.diagnostics().iter().any(|problem| problem.code == "E01") => {
                        problems.push(
                            source
                                .point(Level::Error, "E07", name.span(), "the included file cannot be read")
                                .observed(name.get_ref().to_string())
                                .expected("a definition file beside this one")
                                .hint("create the file or remove it from `include`"),
                        );
                    }
                    Err(error) => problems.extend(error.diagnostics().iter().cloned()),
                }
            }
        }
        sources.extend(found);
    }
    Ok((sources, problems))
}

/// The path of a definition file as people know it: from `reports/` on, where the folder lies in one.
fn display_name(report_dir: &Path, name: &str) -> String {
    let parent = report_dir.parent().and_then(Path::file_name);
    let folder = match (parent, report_dir.file_name()) {
        (Some(parent), Some(own)) if parent == "reports" => PathBuf::from(parent).join(own),
        _ => report_dir.to_path_buf(),
    };
    folder.join(name).display().to_string()
}

fn syntax_problem(source: &SourceText, error: &toml::de::Error) -> Diagnostic {
    source
        .point(Level::Error, "E02", error.span().unwrap_or(0..0), one_line(error.message()))
        .hint("see https://toml.io for the notation: texts stand in quotes, tables in [brackets]")
}

/// What only the types know: numbers out of range and the like.
fn value_problem(source: &SourceText, error: &toml::de::Error, schema_command: &str) -> Diagnostic {
    source
        .point(Level::Error, "E04", error.span().unwrap_or(0..0), one_line(error.message()))
        .hint(format!("`{schema_command}` prints what each key may hold"))
}

fn one_line(message: &str) -> String {
    message.lines().map(str::trim).collect::<Vec<_>>().join("; ")
}

/// Text templates and other files that the definition names and that must stand beside it.
fn missing_files(report_dir: &Path, documents: &[Document<'_>]) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let mut require = |source: &SourceText, span, name: String, what: &str| {
        if !report_dir.join(&name).is_file() {
            let nearby = neighbours(report_dir);
            let hint = match did_you_mean(&name, nearby.iter().map(String::as_str)) {
                Some(candidate) => format!("did you mean `{candidate}`?"),
                None => format!("create `{}`", display_name(report_dir, &name)),
            };
            problems.push(
                source
                    .point(Level::Error, "E07", span, format!("{what} is missing"))
                    .observed("no such file")
                    .expected(format!("`{name}` beside the definition"))
                    .hint(hint),
            );
        }
    };
    for document in documents {
        for language in select::strings(document.table.get_ref(), "study.languages[]") {
            let name = format!("text.{}.md", language.get_ref());
            require(document.source, language.span(), name, &format!("the text in `{}`", language.get_ref()));
        }
        for accepted in select::strings(document.table.get_ref(), "study.accepted") {
            require(document.source, accepted.span(), accepted.get_ref().to_string(), "the file of accepted findings");
        }
    }
    problems
}

fn neighbours(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
