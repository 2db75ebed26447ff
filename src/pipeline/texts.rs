//! The texts of a study: one Markdown template a language, and the texts of its figures.

use super::project::StudyFolder;
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};
use crate::locale::Locale;
use crate::report::lint::typed_numbers;
use crate::study::definition::{Definition, Header, Text};

/// A template in one language.
#[derive(Debug, Clone)]
pub struct StudyText {
    /// The language.
    pub locale: Locale,
    /// Path relative to the project root.
    pub file: String,
    /// The template.
    pub template: String,
}

/// Path of the definition's main file, relative to the project root.
pub(super) fn definition_file(folder: &StudyFolder) -> String {
    format!("reports/{}/report.toml", folder.slug)
}

/// Reads the template of each language.
///
/// # Errors
///
/// R11 for a study without languages, R10 for a language without phrases, E01 for a template that is not there.
pub(super) fn read(folder: &StudyFolder, definition: &Definition) -> Result<Vec<StudyText>> {
    let header = header(folder, definition)?;
    header
        .languages
        .iter()
        .map(|language| {
            let locale = Locale::new(language).map_err(|error| {
                let place = Place::file(definition_file(folder)).column("languages");
                Error::unusable(Diagnostic::error("R10", place, error.to_string()).observed(language))
            })?;
            let name = format!("text.{language}.md");
            let file = format!("reports/{}/{name}", folder.slug);
            let template = std::fs::read_to_string(folder.folder.join(&name))
                .map_err(|error| Error::unreadable(file.as_ref(), &error))?;
            Ok(StudyText { locale, file, template })
        })
        .collect()
}

/// The header of a study; it names at least one language, and the folder's name as the study's id.
pub(super) fn header<'a>(folder: &StudyFolder, definition: &'a Definition) -> Result<&'a Header> {
    let place = Place::file(definition_file(folder)).column("study");
    let header = definition.study.as_ref().filter(|header| !header.languages.is_empty()).ok_or_else(|| {
        let problem = Diagnostic::error("R11", place.clone(), "the study has no header with a language");
        Error::unusable(problem.hint("add `[study]` with id, title, summary, seed and `languages = [\"en\"]`"))
    })?;
    if header.id != folder.slug {
        let problem = Diagnostic::error("R13", place.key("id"), "the study's id is not the name of its folder");
        let hint = "rename the folder or change the id, so that people find one by the other";
        return Err(Error::unusable(problem.observed(&header.id).expected(&folder.slug).hint(hint)));
    }
    Ok(header)
}

/// Numbers typed by hand in the templates and in the texts of figures.
pub(super) fn lint(folder: &StudyFolder, definition: &Definition, texts: &[StudyText]) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for StudyText { locale, file, template } in texts {
        findings.extend(typed_numbers(file, template, locale));
        for figure in &definition.figure {
            let parts: [(&str, &Text); 3] =
                [("title", &figure.title), ("subtitle", &figure.subtitle), ("caption", &figure.caption)];
            for (part, text) in parts {
                let found = typed_numbers(&definition_file(folder), text.get(locale.code()), locale);
                let key = format!("figure {}, {part}", figure.id);
                findings.extend(found.into_iter().map(|finding| in_definition(finding, definition, &key)));
            }
        }
    }
    findings
}

/// A finding in a text of the definition, moved to the line where that text begins.
pub(super) fn in_definition(mut finding: Diagnostic, definition: &Definition, key: &str) -> Diagnostic {
    finding.place.line = None;
    if let Some(spot) = definition.spots.get(key) {
        finding.place.file.clone_from(&spot.file);
        finding.place.line = Some(spot.line);
    }
    finding.place.key = Some(key.to_owned());
    finding
}
