//! A tiny study of invented towns in a folder of its own, with files that a test can spoil.

use std::path::{Path, PathBuf};

use opros::diagnostic::Diagnostic;
use opros::ingest::{Loaded, load_definition, load_study};
use opros::{Error, Result};

/// Files of the study: path and text.
const FILES: &[(&str, &str)] = &[
    ("reports/towns/report.toml", include_str!("report.toml")),
    ("reports/towns/text.en.md", "# Towns\n"),
    ("datasets/polls/datapackage.json", include_str!("polls.json")),
    ("datasets/polls/polls.csv", include_str!("polls.csv")),
    ("datasets/people/datapackage.json", include_str!("people.json")),
    ("datasets/people/people.csv", include_str!("people.csv")),
    ("datasets/places/datapackage.json", include_str!("places.json")),
    ("datasets/places/crosswalk.csv", include_str!("crosswalk.csv")),
    ("datasets/places/votes.csv", include_str!("votes.csv")),
];

/// The study in a temporary folder.
pub struct SmallStudy {
    folder: tempfile::TempDir,
}

impl SmallStudy {
    /// The study as it should be.
    pub fn new() -> Self {
        let study = SmallStudy { folder: tempfile::tempdir().unwrap() };
        for (path, text) in FILES {
            study.write(path, text.as_bytes());
        }
        study
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Writes a file over the one that stands there.
    pub fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    /// The study with a text of a file replaced, which must stand there.
    pub fn with(self, path: &str, old: &str, new: &str) -> Self {
        let text = std::fs::read_to_string(self.path(path)).unwrap();
        assert!(text.contains(old), "{path} has no {old:?}");
        self.write(path, text.replacen(old, new, 1).as_bytes());
        self
    }

    /// The study with a text at the end of a file.
    pub fn and(self, path: &str, more: &str) -> Self {
        let text = std::fs::read_to_string(self.path(path)).unwrap();
        self.write(path, format!("{text}{more}").as_bytes());
        self
    }

    /// Reads definition and data.
    pub fn load(&self) -> Result<Loaded> {
        load_study(self.root(), load_definition(&self.path("reports/towns"))?)
    }

    /// Reads a study that must be refused.
    pub fn refusal(&self) -> Error {
        self.load().expect_err("the study should be refused")
    }

    /// The findings of a code in a study that is read.
    pub fn findings(&self, code: &str) -> Vec<Diagnostic> {
        let loaded = self.load().unwrap_or_else(|error| panic!("{:#?}", error.diagnostics()));
        loaded.findings.into_iter().filter(|finding| finding.code == code).collect()
    }
}
