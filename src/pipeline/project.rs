//! Where a project lies: its root, its studies, and the names by which people call them.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::error::{Error, Result};

/// A folder that holds `reports/`, and its studies.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder.
    pub root: PathBuf,
    /// Studies in order of their names.
    pub studies: Vec<StudyFolder>,
}

/// A study of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StudyFolder {
    /// Name of the folder under `reports/`.
    pub slug: String,
    /// The folder.
    pub folder: PathBuf,
}

impl Project {
    /// The project around a folder: the nearest parent that holds `reports/`.
    ///
    /// # Errors
    ///
    /// There is no such parent, or it cannot be read.
    pub fn around(start: &Path) -> Result<Self> {
        let root = start.ancestors().find(|folder| folder.join("reports").is_dir()).ok_or_else(|| {
            Error::unusable(
                Diagnostic::error("R01", Place::file(start.display().to_string()), "not inside a project")
                    .expected("a folder that holds `reports/`, here or in a parent")
                    .hint("change to the project's folder, or create `reports/<study>/report.toml`"),
            )
        })?;
        Ok(Project { root: root.to_path_buf(), studies: studies(&root.join("reports"))? })
    }

    /// The studies that were asked for by name or folder; all of them where nothing was asked.
    ///
    /// # Errors
    ///
    /// A name that no study has, with the closest one that exists; a project without studies.
    pub fn select(&self, names: &[String]) -> Result<Vec<&StudyFolder>> {
        if names.is_empty() && self.studies.is_empty() {
            let place = Place::file(self.root.join("reports").display().to_string());
            return Err(Error::unusable(
                Diagnostic::error("R02", place, "no study found").expected("a folder with a `report.toml`"),
            ));
        }
        if names.is_empty() {
            return Ok(self.studies.iter().collect());
        }
        let mut found = Vec::new();
        let mut problems = Vec::new();
        for name in names {
            match self.find(name) {
                Some(study) if found.contains(&study) => {}
                Some(study) => found.push(study),
                None => problems.push(self.unknown(name)),
            }
        }
        if problems.is_empty() { Ok(found) } else { Err(Error::Unusable(problems)) }
    }

    /// The study of a name, of a folder such as `reports/<name>/`, or of its `report.toml`.
    pub fn find(&self, name: &str) -> Option<&StudyFolder> {
        self.studies.iter().find(|study| study.slug == name).or_else(|| {
            let path = std::fs::canonicalize(name).ok()?;
            let folder = if path.ends_with("report.toml") { path.parent()? } else { &path };
            self.studies.iter().find(|study| std::fs::canonicalize(&study.folder).is_ok_and(|known| known == folder))
        })
    }

    fn unknown(&self, name: &str) -> Diagnostic {
        let known: Vec<&str> = self.studies.iter().map(|study| study.slug.as_str()).collect();
        let place = Place::file("reports").key(name);
        let problem = Diagnostic::error("R02", place, format!("no study is called `{name}`"));
        match did_you_mean(name, known.iter().copied()) {
            Some(close) => problem.hint(format!("did you mean `{close}`?")),
            None => problem.hint(format!("studies here: {}", known.join(", "))),
        }
    }
}

fn studies(reports: &Path) -> Result<Vec<StudyFolder>> {
    let unreadable = |error| Error::unreadable(reports, &error);
    let mut studies = Vec::new();
    for entry in std::fs::read_dir(reports).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let folder = entry.path();
        if folder.join("report.toml").is_file() {
            studies.push(StudyFolder { slug: entry.file_name().to_string_lossy().into_owned(), folder });
        }
    }
    studies.sort_by(|a, b| a.slug.cmp(&b.slug));
    Ok(studies)
}
