//! The files that a definition names: each package and table is read once, tables in parallel.

use std::collections::BTreeSet;
use std::path::Path;

use rayon::prelude::*;

use super::overrides;
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::error::{Error, Result};
use crate::ingest::InputFile;
use crate::ingest::package::{DESCRIPTOR, ReadPackage};
use crate::ingest::table::{Table, error_of};
use crate::study::definition::Definition;

/// A table of a package, and which of its rows became evidence.
#[derive(Debug)]
pub struct SourceTable {
    /// Folder of the package under `datasets/`.
    pub package: String,
    /// Name of the resource in the package.
    pub resource: String,
    /// The cells.
    pub table: Table,
    /// Which rows became evidence.
    pub used: Vec<bool>,
    /// Columns that the schema declares as numbers.
    pub number_columns: BTreeSet<String>,
}

/// All files that were read for a study.
#[derive(Debug)]
pub struct Sources {
    packages: Vec<ReadPackage>,
    tables: Vec<SourceTable>,
    notes: Vec<Diagnostic>,
}

impl Sources {
    /// Reads what a definition names from `<root>/datasets`.
    ///
    /// # Errors
    ///
    /// Every problem of every file together.
    pub fn read(root: &Path, definition: &Definition) -> Result<Self> {
        let wanted = wanted_tables(definition);
        let mut problems = Vec::new();
        let mut packages = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for (package, _) in &wanted {
            if !names.contains(package) {
                names.push(package);
                match read_package(root, package) {
                    Ok(read) => packages.push((*package, read)),
                    Err(error) => problems.extend(error.diagnostics().iter().cloned()),
                }
            }
        }
        let read: Vec<Result<(SourceTable, Vec<Diagnostic>)>> = wanted
            .par_iter()
            .filter_map(|(name, resource)| {
                let (_, package) = packages.iter().find(|(known, _)| known == name)?;
                Some(read_table(package, name, resource))
            })
            .collect();
        let (mut tables, mut notes) = (Vec::new(), Vec::new());
        for result in read {
            match result {
                Ok((table, found)) => {
                    notes.extend(table.table.source().notes.iter().cloned());
                    notes.extend(found);
                    tables.push(table);
                }
                Err(error) => problems.extend(error.diagnostics().iter().cloned()),
            }
        }
        match error_of(problems) {
            Some(error) => Err(error),
            None => Ok(Sources { packages: packages.into_iter().map(|(_, package)| package).collect(), tables, notes }),
        }
    }

    /// The table of a resource.
    pub fn get(&self, package: &str, resource: &str) -> Option<&SourceTable> {
        self.tables.iter().find(|table| table.package == package && table.resource == resource)
    }

    /// All tables in the order of the definition.
    pub fn tables(&self) -> &[SourceTable] {
        &self.tables
    }

    /// Marks rows as used for evidence.
    pub(super) fn mark(&mut self, package: &str, resource: &str, rows: impl IntoIterator<Item = usize>) {
        let found = self.tables.iter_mut().find(|table| table.package == package && table.resource == resource);
        if let Some(table) = found {
            for row in rows {
                table.used[row] = true;
            }
        }
    }

    /// What was noticed while reading.
    pub(super) fn notes(&self) -> Vec<Diagnostic> {
        self.notes.clone()
    }

    /// The record of the files: tables, then descriptors.
    pub(super) fn inputs(&self) -> Vec<InputFile> {
        let tables = self.tables.iter().map(|source| {
            let used = source.used.iter().filter(|used| **used).count() as u64;
            InputFile {
                rows_read: source.table.n_rows() as u64,
                rows_used: used,
                ..InputFile::of_text(source.table.source())
            }
        });
        tables.chain(self.packages.iter().map(|package| InputFile::of_text(&package.source))).collect()
    }
}

/// Package and resource of every table that a definition names, each once.
fn wanted_tables(definition: &Definition) -> Vec<(&str, &str)> {
    let mut wanted: Vec<(&str, &str)> = Vec::new();
    for data in &definition.toplines {
        wanted.push((&data.package, &data.resource));
        wanted.extend(data.same_poll_as.as_ref().map(|map| (data.package.as_str(), map.resource.as_str())));
    }
    wanted.extend(definition.series.iter().map(|data| (data.package.as_str(), data.resource.as_str())));
    wanted.extend(definition.respondents.iter().map(|data| (data.package.as_str(), data.resource.as_str())));
    wanted.extend(definition.official.iter().map(|data| (data.package.as_str(), data.resource.as_str())));
    wanted.extend(definition.counts.iter().map(|data| (data.package.as_str(), data.resource.as_str())));
    wanted.extend(definition.items.iter().map(|data| (data.package.as_str(), data.resource.as_str())));
    wanted.extend(definition.lookup.iter().map(|data| (data.package.as_str(), data.resource.as_str())));
    for data in &definition.official_wide {
        wanted.extend(data.resources.iter().map(|resource| (data.package.as_str(), resource.as_str())));
        wanted.extend(data.leave_out.iter().map(|rule| (data.package.as_str(), rule.resource.as_str())));
    }
    wanted.extend(definition.area_data.iter().map(|data| (data.package.as_str(), data.resource.as_str())));
    wanted.extend(definition.frame.iter().map(|data| (data.package.as_str(), data.resource.as_str())));
    if let Some(areas) = &definition.areas {
        wanted.push((&areas.table.package, &areas.table.resource));
        wanted.push((&areas.crosswalk.package, &areas.crosswalk.resource));
    }
    wanted.extend(definition.geography.iter().map(|g| (g.crosswalk.package.as_str(), g.crosswalk.resource.as_str())));
    let mut seen = BTreeSet::new();
    wanted.retain(|pair| seen.insert(*pair));
    wanted
}

fn read_package(root: &Path, name: &str) -> Result<ReadPackage> {
    let datasets = root.join("datasets");
    let folder = datasets.join(name);
    let shown = format!("datasets/{name}");
    if folder.join(DESCRIPTOR).is_file() {
        return ReadPackage::read(&folder, &shown);
    }
    let mut known: Vec<String> = std::fs::read_dir(&datasets)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().join(DESCRIPTOR).is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    known.sort();
    let hint = match did_you_mean(name, known.iter().map(String::as_str)) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => "correct `package` in the definition, or add the package".to_owned(),
    };
    Err(Error::unusable(
        Diagnostic::error(
            "E11",
            Place::file(format!("{shown}/{DESCRIPTOR}")).key(name),
            format!("no package `{name}`"),
        )
        .observed("no such descriptor")
        .expected(if known.is_empty() {
            "a folder in `datasets/`".to_owned()
        } else {
            format!("one of {}", known.join(", "))
        })
        .hint(hint),
    ))
}

fn read_table(package: &ReadPackage, name: &str, resource: &str) -> Result<(SourceTable, Vec<Diagnostic>)> {
    let description = package.resource(resource)?;
    let table = Table::read_resource(package, description)?;
    let (table, notes) = overrides::apply(package, resource, table)?;
    let number_columns = description
        .schema
        .iter()
        .flat_map(|schema| &schema.fields)
        .filter(|field| matches!(field.kind.as_str(), "number" | "integer"))
        .map(|field| field.name.clone())
        .collect();
    let used = vec![false; table.n_rows()];
    Ok((SourceTable { package: name.to_owned(), resource: resource.to_owned(), table, used, number_columns }, notes))
}
