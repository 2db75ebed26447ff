//! The data behind a report: packages, files, licences, rows and hashes.

use crate::report::document::Block;
use crate::report::labels::Labels;
use crate::report::table::{Cell, Column, Table};

/// Digits of a hash that a reader sees; the manifest has all of them.
const SHORT_HASH: usize = 12;

/// A data package that a study uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourcePackage {
    /// Folder under `datasets/`.
    pub name: String,
    /// Title.
    pub title: String,
    /// Licences as the package states them.
    pub licences: Vec<String>,
    /// Where the data come from.
    pub sources: Vec<String>,
    /// Files that were read.
    pub files: Vec<SourceFile>,
}

/// A file of a data package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path relative to the project root.
    pub path: String,
    /// BLAKE3 hash in hexadecimal digits.
    pub blake3: String,
    /// Rows of the file.
    pub rows_read: u64,
    /// Rows that became evidence.
    pub rows_used: u64,
}

/// What each package is, and a table of its files.
pub fn sources(packages: &[SourcePackage], labels: Labels) -> Vec<Block> {
    let phrase = |key: &'static str| labels.locale.phrase(key);
    let mut list: Vec<String> = Vec::new();
    for package in packages {
        let mut item = format!("- **{}** (`datasets/{}`).", package.title, package.name);
        if !package.licences.is_empty() {
            item.push_str(&format!(" {}: {}.", phrase("licence"), package.licences.join("; ")));
        }
        if !package.sources.is_empty() {
            item.push_str(&format!(" {}: {}.", phrase("data-from"), package.sources.join("; ")));
        }
        list.push(item);
    }
    vec![Block::Prose(list.join("\n")), Block::Table { table: files(packages, labels), files: None }]
}

fn files(packages: &[SourcePackage], labels: Labels) -> Table {
    let phrase = |key: &'static str| labels.locale.phrase(key);
    let columns = vec![
        Column::about("file", phrase("column-file")),
        Column::number("rows_read", phrase("column-rows-read")),
        Column::number("rows_used", phrase("column-rows-used")),
        Column::remark("blake3", phrase("column-hash")),
    ];
    let mut table = Table::new("files", "", columns);
    for file in packages.iter().flat_map(|package| &package.files) {
        let short: String = file.blake3.chars().take(SHORT_HASH).collect();
        table.push(vec![
            Cell::text(format!("`{}`", file.path)),
            Cell::Count(file.rows_read),
            Cell::Count(file.rows_used),
            Cell::text(format!("`{short}`")),
        ]);
    }
    table
}
