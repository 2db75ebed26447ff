//! Does what stands on disk equal what would be written now?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::write::stale_files;
use crate::report::RESULTS_FILE;
use crate::report::bundle::{Bundle, is_uncommitted};

/// One way in which the files on disk differ from a new build.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// The file is not there.
    Missing(String),
    /// The file has other bytes.
    Changed(String),
    /// The file belongs to an earlier build and would be removed.
    Stale(String),
    /// The file stands among figures or tables, but no build wrote it.
    Foreign(String),
    /// A result has another value, or is new, or gone.
    Number {
        /// Id of the result.
        result: String,
        /// The value on disk; none where the result is new.
        old: Option<String>,
        /// The value now; none where the result is gone.
        new: Option<String>,
    },
}

/// The differences between a new build and the folder it would be written to; none when it is current.
///
/// Files that version control ignores (pages, pictures) count only where they are there. `is_whole` says whether the
/// bundle is the whole report, so that other files of an earlier build are stale.
pub fn compare(bundle: &Bundle, folder: &Path, is_whole: bool) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (path, bytes) in bundle.iter() {
        match std::fs::read(folder.join(path)) {
            Ok(old) if old == bytes => {}
            Ok(_) => differences.push(Difference::Changed(path.to_owned())),
            Err(_) if is_uncommitted(path) => {}
            Err(_) => differences.push(Difference::Missing(path.to_owned())),
        }
    }
    let stale = if is_whole { stale_files(bundle, folder) } else { Vec::new() };
    let inside = |path: &Path| path.strip_prefix(folder).unwrap_or(path).display().to_string();
    let foreign = if is_whole { foreign_files(bundle, folder) } else { Vec::new() };
    let foreign = foreign.iter().filter(|path| !stale.contains(path));
    let foreign: Vec<Difference> = foreign.map(|path| Difference::Foreign(inside(path))).collect();
    differences.extend(stale.iter().map(|path| Difference::Stale(inside(path))));
    differences.extend(foreign);
    let old = std::fs::read(folder.join(RESULTS_FILE)).unwrap_or_default();
    if let Some(new) = bundle.get(RESULTS_FILE).filter(|new| !old.is_empty() && **new != old) {
        differences.extend(changed_numbers(&old, new));
    }
    differences
}

/// Files in the folders of figures and tables that the bundle does not have.
fn foreign_files(bundle: &Bundle, folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for name in ["figures", "tables"] {
        let entries = std::fs::read_dir(folder.join(name)).into_iter().flatten().flatten();
        let files = entries.filter(|entry| entry.path().is_file());
        let is_known = |entry: &std::fs::DirEntry| {
            bundle.get(&format!("{name}/{}", entry.file_name().to_string_lossy())).is_some()
        };
        out.extend(files.filter(|entry| !is_known(entry)).map(|entry| entry.path()));
    }
    out.sort();
    out
}

fn changed_numbers(old: &[u8], new: &[u8]) -> Vec<Difference> {
    let (old, new) = (values(old), values(new));
    let ids = old.keys().chain(new.keys().filter(|id| !old.contains_key(*id)));
    let mut differences: Vec<Difference> = ids
        .filter(|id| old.get(*id) != new.get(*id))
        .map(|id| Difference::Number { result: id.clone(), old: old.get(id).cloned(), new: new.get(id).cloned() })
        .collect();
    differences.sort();
    differences
}

/// Result id to its estimate and interval, as printed in the file.
fn values(results: &[u8]) -> BTreeMap<String, String> {
    let Ok(Value::Object(mut document)) = serde_json::from_slice(results) else { return BTreeMap::new() };
    let Some(Value::Array(records)) = document.remove("results") else { return BTreeMap::new() };
    records.iter().filter_map(|record| Some((record.get("id")?.as_str()?.to_owned(), printed(record)))).collect()
}

fn printed(record: &Value) -> String {
    let part = |key: &str| record.get(key).filter(|value| !value.is_null()).map(Value::to_string);
    let estimate = part("estimate").unwrap_or_else(|| "not estimable".to_owned());
    match (part("ci_low"), part("ci_high")) {
        (Some(low), Some(high)) => format!("{estimate} ({low} to {high})"),
        _ => estimate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::write;

    #[test]
    fn lists_files_and_numbers_that_differ() {
        let folder = tempfile::tempdir().unwrap();
        let results = |value: &str| format!(r#"{{"results": [{{"id": "a/1", "estimate": {value}}}]}}"#);
        let old = [
            ("a.csv", "1"),
            ("gone.csv", "1"),
            ("results.json", &results("0.5")),
            ("manifest.json", r#"{"files": ["gone.csv"]}"#),
        ];
        write(&Bundle::of_texts(&old), folder.path(), true).unwrap();
        assert_eq!(compare(&Bundle::of_texts(&old), folder.path(), true), []);
        std::fs::create_dir(folder.path().join("figures")).unwrap();
        std::fs::write(folder.path().join("figures/zombie.svg"), "").unwrap();
        let new = [
            ("a.csv", "2"),
            ("b.csv", "1"),
            ("index.html", "page"),
            ("results.json", &results("0.6")),
            ("manifest.json", r#"{"files": ["gone.csv"]}"#),
        ];
        assert_eq!(
            compare(&Bundle::of_texts(&new), folder.path(), true),
            [
                Difference::Changed("a.csv".to_owned()),
                Difference::Missing("b.csv".to_owned()),
                Difference::Changed("results.json".to_owned()),
                Difference::Stale("gone.csv".to_owned()),
                Difference::Foreign("figures/zombie.svg".to_owned()),
                Difference::Number {
                    result: "a/1".to_owned(),
                    old: Some("0.5".to_owned()),
                    new: Some("0.6".to_owned())
                },
            ]
        );
    }
}
