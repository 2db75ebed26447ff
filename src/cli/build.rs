//! `opros build`.

use super::args::{BuildArgs, PictureFormat};
use super::exit::{Outcome, Stop};
use super::messages;
use super::terminal::Terminal;
use crate::error::Error;
use crate::pipeline::{self, Difference, Project, Request, StudyFolder, counted};

/// Builds the studies one after the other; one that fails does not keep the others from being built.
pub fn run(args: &BuildArgs, project: &Project, terminal: Terminal) -> Result<Outcome, Stop> {
    let studies = project.select(&args.studies)?;
    let mut outcome = Outcome::Done;
    for study in studies {
        let ending = match build(args, project, study, terminal) {
            Ok(ending) => ending,
            Err(Stop::Work(error)) => {
                messages::error(terminal, &error);
                if error.is_bad_data() { Outcome::Found } else { Outcome::Impossible }
            }
            Err(stop) => return Err(stop),
        };
        outcome = outcome.max(ending);
    }
    Ok(outcome)
}

fn build(args: &BuildArgs, project: &Project, study: &StudyFolder, terminal: Terminal) -> Result<Outcome, Stop> {
    let request = Request { only: args.only.clone(), with_png: args.format == Some(PictureFormat::Png) };
    refuse_png_without_feature(&request)?;
    let folder = match &args.out {
        Some(out) => out.join(&study.slug),
        None => study.folder.clone(),
    };
    let built = pipeline::build(project, study, &request)?;
    messages::findings(terminal, &built.findings);
    if args.check {
        let differences = pipeline::compare(&built.bundle, &folder, built.is_whole);
        return report_differences(&study.slug, &differences, terminal);
    }
    pipeline::write(&built.bundle, &folder, built.is_whole)?;
    if !terminal.is_quiet {
        terminal.data(&built.summary.to_string())?;
    }
    Ok(Outcome::Done)
}

fn report_differences(slug: &str, differences: &[Difference], terminal: Terminal) -> Result<Outcome, Stop> {
    let mut out = String::new();
    for difference in differences {
        out.push_str(&match difference {
            Difference::Missing(path) => format!("{slug}: missing {path}\n"),
            Difference::Changed(path) => format!("{slug}: changed {path}\n"),
            Difference::Stale(path) => format!("{slug}: stale {path}\n"),
            Difference::Foreign(path) => format!("{slug}: no build wrote {path}; remove it or keep it elsewhere\n"),
            Difference::Number { result, old, new } => {
                let [old, new] = [old, new].map(|value| value.as_deref().unwrap_or("none"));
                format!("{slug}: number {result}: {old} → {new}\n")
            }
        });
    }
    if differences.is_empty() {
        if !terminal.is_quiet {
            terminal.data(&format!("{slug}: current"))?;
        }
        return Ok(Outcome::Done);
    }
    terminal.data(&out)?;
    let count = counted(differences.len(), "difference");
    terminal.message(&format!("{slug}: {count}; `opros build {slug}` writes the new report"));
    Ok(Outcome::Found)
}

#[cfg(feature = "png")]
fn refuse_png_without_feature(_: &Request) -> Result<(), Error> {
    Ok(())
}

#[cfg(not(feature = "png"))]
fn refuse_png_without_feature(request: &Request) -> Result<(), Error> {
    use crate::diagnostic::{Diagnostic, Place};
    if !request.with_png {
        return Ok(());
    }
    let problem = Diagnostic::error("R09", Place::file("--format png"), "this program was built without PNG");
    Err(Error::unusable(problem.hint("install it with the feature `png`, which is on by default")))
}
