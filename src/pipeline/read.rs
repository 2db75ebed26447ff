//! The first steps: definition, data, checks, analyses.

use std::path::Path;
use std::sync::Arc;

use super::project::{Project, StudyFolder};
use super::texts::{self, StudyText};
use crate::analysis::result::Results;
use crate::diagnostic::{Diagnostic, Level};
use crate::error::{Error, Result};
use crate::ingest::definition::read_definition;
use crate::ingest::{InputFile, load_study};
use crate::locale::Locale;
use crate::report::blocks::findings::Judged;
use crate::study::Study;

/// A study that was read and checked.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The study.
    pub study: Arc<Study>,
    /// Files that were read: the definition, then the data.
    pub inputs: Vec<InputFile>,
    /// The texts, one a language.
    pub texts: Vec<StudyText>,
    /// Findings, with the reason where somebody has accepted one.
    pub findings: Vec<Judged>,
}

impl Checked {
    /// The language that comes first; every study has one.
    pub fn first_locale(&self) -> &Locale {
        &self.texts[0].locale
    }

    /// Findings that nobody has accepted.
    pub fn open(&self) -> Vec<Diagnostic> {
        let open = self.findings.iter().filter(|judged| judged.reason.is_none());
        open.map(|judged| judged.finding.clone()).collect()
    }
}

/// Reads a study and checks it.
///
/// # Errors
///
/// The definition or the data cannot be used, or hold values that cannot be true.
pub fn check(project: &Project, study: &StudyFolder) -> Result<Checked> {
    let read = read_definition(&study.folder)?;
    let loaded = load_study(&project.root, read.definition)?;
    let mut inputs = read.files;
    inputs.extend(loaded.inputs);
    for input in &mut inputs {
        input.path = inside(&project.root, &input.path);
    }
    let study_texts = texts::read(study, &loaded.study.definition)?;
    let mut findings = loaded.findings;
    findings.extend(texts::lint(study, &loaded.study.definition, &study_texts));
    let findings = findings.into_iter().map(|finding| Judged { finding, reason: None }).collect();
    Ok(Checked { study: Arc::new(loaded.study), inputs, texts: study_texts, findings })
}

/// Reads a study, refuses open errors, and answers its analyses.
///
/// # Errors
///
/// As [`check`]; [`Error::BadData`] with the findings of level error that nobody has accepted.
pub fn results(project: &Project, study: &StudyFolder) -> Result<(Arc<Study>, Results)> {
    let checked = check(project, study)?;
    refuse_errors(&checked.open())?;
    let results = crate::analysis::run(&checked.study)?;
    Ok((checked.study, results))
}

/// Stops where a finding of level error is open.
pub(super) fn refuse_errors(open: &[Diagnostic]) -> Result<()> {
    let errors: Vec<Diagnostic> = open.iter().filter(|finding| finding.level == Level::Error).cloned().collect();
    if errors.is_empty() { Ok(()) } else { Err(Error::BadData(errors)) }
}

/// The path relative to the project, so that no output knows where the project lies.
fn inside(root: &Path, path: &str) -> String {
    Path::new(path).strip_prefix(root).map_or_else(|_| path.to_owned(), |path| path.to_string_lossy().into_owned())
}
