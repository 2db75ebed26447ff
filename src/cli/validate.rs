//! `opros validate`.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::args::{MessageFormat, ValidateArgs};
use super::exit::{Outcome, Stop};
use super::messages::style;
use super::terminal::Terminal;
use crate::diagnostic::render;
use crate::diagnostic::{Diagnostic, Level};
use crate::error::Error;
use crate::ingest::validate_files;
use crate::pipeline::{self, Project, StudyFolder};

/// What was found in studies and files.
#[derive(Default)]
struct Found {
    open: Vec<Diagnostic>,
    accepted: Vec<(Diagnostic, String)>,
    outcome: Option<Outcome>,
}

/// Checks studies by name and files by path, and prints everything that was found.
pub fn run(args: &ValidateArgs, terminal: Terminal) -> Result<Outcome, Stop> {
    let mut found = Found::default();
    let project = super::project();
    let (mut names, mut paths) = (Vec::new(), Vec::new());
    for target in &args.targets {
        let is_study = project.as_ref().is_ok_and(|project| project.find(target).is_some());
        if !is_study && PathBuf::from(target).exists() {
            paths.push(PathBuf::from(target));
        } else {
            names.push(target.clone());
        }
    }
    if !names.is_empty() || paths.is_empty() {
        let project = project?;
        for study in project.select(&names)? {
            found.add_study(&project, study);
        }
    }
    if !paths.is_empty() {
        found.add_files(&paths);
    }
    print(&found, args.format, terminal)?;
    Ok(found.outcome(args.strict))
}

impl Found {
    fn add_study(&mut self, project: &Project, study: &StudyFolder) {
        match pipeline::check(project, study) {
            Ok(checked) => {
                for judged in checked.findings {
                    match judged.reason {
                        Some(reason) => self.accepted.push((judged.finding, reason)),
                        None => self.open.push(judged.finding),
                    }
                }
            }
            Err(error) => self.add_error(&error),
        }
    }

    fn add_files(&mut self, paths: &[PathBuf]) {
        let validated = validate_files(paths);
        self.open.extend(validated.findings);
        if let Some(error) = validated.error {
            self.add_error(&error);
        }
    }

    fn add_error(&mut self, error: &Error) {
        self.open.extend(error.diagnostics().iter().cloned());
        let outcome = if error.is_bad_data() { Outcome::Found } else { Outcome::Impossible };
        self.outcome = self.outcome.max(Some(outcome));
    }

    /// Errors fail the check, and with `is_strict` warnings, too.
    fn outcome(&self, is_strict: bool) -> Outcome {
        let fails = if is_strict { Level::Warning } else { Level::Error };
        let of_findings =
            if self.open.iter().any(|finding| finding.level >= fails) { Outcome::Found } else { Outcome::Done };
        self.outcome.unwrap_or(Outcome::Done).max(of_findings)
    }
}

fn print(found: &Found, format: MessageFormat, terminal: Terminal) -> Result<(), Stop> {
    match format {
        MessageFormat::Text => {
            let is_said = |finding: &&Diagnostic| !terminal.is_quiet || finding.level == Level::Error;
            let said: Vec<Diagnostic> = found.open.iter().filter(is_said).cloned().collect();
            let list = render::list(&said, style(terminal));
            if !list.is_empty() {
                terminal.data(&list)?;
            }
            // A list of several findings ends with their number.
            let summary = if found.open.len() > 1 { String::new() } else { render::summary(&found.open) + ", " };
            terminal.message(&format!("{summary}{} accepted", found.accepted.len()));
        }
        MessageFormat::Json => {
            let accepted = found.accepted.iter().map(|(finding, reason)| {
                let mut entry = serde_json::to_value(finding).unwrap_or_default();
                entry["reason"] = reason.as_str().into();
                entry
            });
            let mut document = Map::new();
            document.insert("findings".to_owned(), render::json(&found.open));
            document.insert("accepted".to_owned(), accepted.collect());
            terminal.data(&format!("{:#}", Value::Object(document)))?;
        }
    }
    Ok(())
}
