//! The first steps: definition, data, checks, analyses.

use std::path::Path;
use std::sync::Arc;

use super::project::{Project, StudyFolder};
use super::texts::{self, StudyText};
use crate::analysis::result::Results;
use crate::diagnostic::{Diagnostic, Level};
use crate::error::{Error, Result};
use crate::ingest::definition::read_definition;
use crate::ingest::{Accepted, InputFile, Sorted, apply_acceptances, load_study};
use crate::locale::Locale;
use crate::report::blocks::findings::Judged;
use crate::study::Study;
use crate::study::definition::Definition;

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
    for text in &study_texts {
        let path = study.folder.join(text.file.rsplit('/').next().unwrap_or_default());
        inputs.push(text_input(&path, text.file.clone())?);
    }
    let mut findings = loaded.findings;
    findings.extend(texts::lint(study, &loaded.study.definition, &study_texts));
    let findings = accept(study, &loaded.study.definition, findings, &mut inputs)?;
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

/// Sets aside what the study's file of accepted findings names; an acceptance that fits nothing is a finding itself.
fn accept(
    folder: &StudyFolder,
    definition: &Definition,
    findings: Vec<Diagnostic>,
    inputs: &mut Vec<InputFile>,
) -> Result<Vec<Judged>> {
    let accepted = match definition.study.as_ref().and_then(|header| header.accepted.as_ref()) {
        Some(name) => {
            let (path, shown) = (folder.folder.join(name), format!("reports/{}/{name}", folder.slug));
            let accepted = Accepted::read(&path, &shown)?;
            inputs.push(text_input(&path, shown)?);
            accepted
        }
        None => Accepted::default(),
    };
    let Sorted { open, accepted, stale } = apply_acceptances(findings, &accepted);
    let open = open.into_iter().chain(stale).map(|finding| Judged { finding, reason: None });
    let accepted = accepted.into_iter().map(|(finding, reason)| Judged { finding, reason: Some(reason) });
    Ok(open.chain(accepted).collect())
}

/// The record of a file that is no table.
fn text_input(path: &Path, shown: String) -> Result<InputFile> {
    let bytes = std::fs::read(path).map_err(|error| Error::unreadable(Path::new(&shown), &error))?;
    let blake3 = blake3::hash(&bytes).to_hex().to_string();
    Ok(InputFile { path: shown, blake3, bytes: bytes.len() as u64, rows_read: 0, rows_used: 0 })
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
