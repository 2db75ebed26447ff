//! The data packages of a study: titles, licences and files.

use crate::error::Result;
use crate::ingest::InputFile;
use crate::ingest::package::{Package, ReadPackage};
use crate::pipeline::Project;
use crate::report::blocks::sources::{SourceFile, SourcePackage};

/// The packages that the inputs lie in, in the order of their first file.
///
/// # Errors
///
/// A descriptor cannot be read.
pub(super) fn packages(project: &Project, inputs: &[InputFile]) -> Result<Vec<SourcePackage>> {
    let mut packages: Vec<SourcePackage> = Vec::new();
    for input in inputs {
        let Some((name, _)) = input.path.strip_prefix("datasets/").and_then(|path| path.split_once('/')) else {
            continue;
        };
        let index = match packages.iter().position(|package| package.name == name) {
            Some(index) => index,
            None => {
                packages.push(read(project, name)?);
                packages.len() - 1
            }
        };
        if !input.path.ends_with("/datapackage.json") {
            packages[index].files.push(SourceFile {
                path: input.path.clone(),
                blake3: input.blake3.clone(),
                rows_read: input.rows_read,
                rows_used: input.rows_used,
            });
        }
    }
    Ok(packages)
}

fn read(project: &Project, name: &str) -> Result<SourcePackage> {
    let shown = format!("datasets/{name}");
    let Package { title, licenses, sources, .. } = ReadPackage::read(&project.root.join(&shown), &shown)?.package;
    Ok(SourcePackage {
        name: name.to_owned(),
        title: title.unwrap_or_else(|| name.to_owned()),
        licences: licenses.iter().map(|licence| licence.words().to_owned()).collect(),
        sources: sources.iter().map(|source| source.words().to_owned()).collect(),
        files: Vec::new(),
    })
}
