//! From tables to evidence: everything that a definition names is read, checked and mapped.

mod areas;
mod columns;
mod official;
mod official_wide;
mod overrides;
mod places;
mod respondents;
mod series;
mod sources;
mod toplines;

use std::path::Path;

use super::{InputFile, rules};
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::ingest::table::error_of;
use crate::study::Study;
use crate::study::definition::Definition;

pub use sources::{SourceTable, Sources};

/// A study with what was found out while reading it.
#[derive(Debug)]
pub struct Loaded {
    /// The study.
    pub study: Study,
    /// What the rules found, in the order of the rules; nothing is accepted yet.
    pub findings: Vec<Diagnostic>,
    /// The files that were read, in the order of the definition.
    pub inputs: Vec<InputFile>,
}

/// Reads all data that a definition names from `<root>/datasets`, checks them and maps them to evidence.
///
/// Files are read in parallel; the result does not depend on it.
///
/// # Errors
///
/// Every problem of every file together: [`Error::Unusable`](crate::Error::Unusable) where a file or column is
/// missing or cannot be read, [`Error::BadData`](crate::Error::BadData) where values cannot be true. What is merely
/// strange is a finding.
pub fn load_study(root: &Path, definition: Definition) -> Result<Loaded> {
    let mut sources = Sources::read(root, &definition)?;
    let mut evidence = Evidence::default();
    toplines::map_all(&definition, &mut sources, &mut evidence);
    series::map_all(&definition, &mut sources, &mut evidence);
    let microdata = respondents::map_all(&definition, &mut sources, &mut evidence);
    let mut official = official::map_official(&definition, &mut sources, &mut evidence);
    official.extend(official_wide::map(&definition, &mut sources, &mut evidence));
    let counts = official::map_counts(&definition, &mut sources, &mut evidence);
    let items = official::map_items(&definition, &mut sources, &mut evidence);
    let lookups = official::map_lookups(&definition, &mut sources, &mut evidence);
    let places = places::map(&definition, &mut sources, &mut evidence);
    let area_system = areas::map_areas(&definition, &mut sources, &mut evidence);
    let area_numbers = areas::map_numbers(&definition, &area_system, &mut sources, &mut evidence);
    let frames = areas::map_frames(&definition, &mut sources, &mut evidence);
    if let Some(error) = error_of(evidence.problems) {
        return Err(error);
    }
    let toplines = evidence.toplines;
    let study = Study {
        definition,
        toplines,
        microdata,
        official,
        counts,
        items,
        lookups,
        places,
        areas: area_system,
        area_numbers,
        frames,
    };
    let mut findings = sources.notes();
    findings.extend(evidence.findings);
    findings.extend(rules::run(&rules::Checked { study: &study, sources: &sources, original_polls: &evidence.polls }));
    rules::sort(&mut findings);
    Ok(Loaded { study, findings, inputs: sources.inputs() })
}

/// What mapping has produced so far.
#[derive(Default)]
struct Evidence {
    toplines: Vec<crate::study::PublishedTopline>,
    /// Poll id as printed and poll id as unified, by data id.
    polls: rules::OriginalPolls,
    /// What keeps the data from being used.
    problems: Vec<Diagnostic>,
    /// What is strange about the data.
    findings: Vec<Diagnostic>,
}
