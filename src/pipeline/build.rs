//! All steps of a build, one after the other, until the report is a set of bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::draw;
use super::packages;
use super::project::{Project, StudyFolder};
use super::read::{Checked, check, refuse_errors};
use super::summary::{Summary, count_polls, count_verdicts};
use super::texts::{StudyText, definition_file, header};
use crate::analysis::claims::{Verdict, judge};
use crate::analysis::coverage::{Coverage, coverage};
use crate::analysis::reference::{References, Used};
use crate::analysis::result::Results;
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::error::Result;
use crate::explain;
use crate::locale::Locale;
use crate::report::blocks;
use crate::report::bundle::Bundle;
use crate::report::figures::{DrawnFigure, is_file_of};
use crate::report::labels::Labels;
use crate::report::manifest::{self, Made};
use crate::report::template::{Content, Rendered, render};
use crate::report::{RESULTS_FILE, as_of, page, plain, records, write};
use crate::study::definition::Header;

/// What a build is asked for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Only the files of these figures; everything where empty.
    pub only: Vec<String>,
    /// Figures as PNG, too.
    pub with_png: bool,
}

/// A report as bytes.
#[derive(Debug)]
pub struct Built {
    /// Its files.
    pub bundle: Bundle,
    /// Is it the whole report, so that other files of an earlier build are stale?
    pub is_whole: bool,
    /// Findings that nobody has accepted.
    pub findings: Vec<Diagnostic>,
    /// What it amounts to.
    pub summary: Summary,
}

/// Reads, checks, analyses, judges, draws and assembles a study. Writes nothing.
///
/// # Errors
///
/// The study cannot be read, has an open finding of level error, or its texts or figures refer to nothing.
pub fn build(project: &Project, folder: &StudyFolder, request: &Request) -> Result<Built> {
    let checked = check(project, folder)?;
    let definition = &checked.study.definition;
    let file = definition_file(folder);
    let figures = draw::choose(definition, &file, &request.only)?;
    refuse_errors(&checked.open())?;

    let results = Arc::new(crate::analysis::run(&checked.study)?);
    let first_locale = checked.first_locale();
    let verdicts = judge(definition, &results, first_locale)?;
    let mut made = Assembly {
        project,
        folder,
        header: header(folder, definition)?,
        checked: &checked,
        coverage: Arc::new(coverage(&checked.study)),
        verdicts: &verdicts,
        results: Arc::clone(&results),
        bundle: Bundle::default(),
        figures: Vec::new(),
        open: checked.open(),
    };
    for (i, text) in checked.texts.iter().enumerate() {
        // The first language has the plain names; further ones carry their code.
        let suffix = if i == 0 { String::new() } else { format!(".{}", text.locale.code()) };
        let drawn = draw::draw(&figures, &file, definition, &results, &text.locale, request.with_png)?;
        for figure in &drawn {
            figure.add_to(&mut made.bundle, &results, &suffix);
        }
        if request.only.is_empty() {
            made.add_text(&drawn, text, &suffix)?;
        }
        if i == 0 {
            made.figures = drawn;
        }
    }
    made.add_records();
    let Assembly { mut bundle, open: findings, figures: drawn, .. } = made;
    bundle.retain(|path| request.only.is_empty() || request.only.iter().any(|figure| is_file_of(path, figure)));
    let level = |level: Level| findings.iter().filter(|finding| finding.level == level).count();
    let summary = Summary {
        study: folder.slug.clone(),
        polls: count_polls(&checked.study),
        rows: checked.inputs.iter().map(|input| input.rows_used).sum(),
        findings: [level(Level::Error), level(Level::Warning), level(Level::Note)],
        accepted: checked.findings.iter().filter(|judged| judged.reason.is_some()).count(),
        results: results.records.len(),
        figures: drawn.len(),
        claims: count_verdicts(&verdicts, first_locale),
    };
    Ok(Built { bundle, is_whole: request.only.is_empty(), findings, summary })
}

/// A report while it is put together.
struct Assembly<'a> {
    project: &'a Project,
    folder: &'a StudyFolder,
    header: &'a Header,
    checked: &'a Checked,
    coverage: Arc<Vec<Coverage>>,
    verdicts: &'a [Verdict],
    results: Arc<Results>,
    bundle: Bundle,
    figures: Vec<DrawnFigure>,
    /// Open findings, to which the assembly adds its own.
    open: Vec<Diagnostic>,
}

impl Assembly<'_> {
    /// The report in one language, as Markdown and as a page, and the tables that its text uses.
    fn add_text(&mut self, drawn: &[DrawnFigure], text: &StudyText, suffix: &str) -> Result<()> {
        let StudyText { locale, file, template } = text;
        let content = self.content(drawn, locale, suffix)?;
        let environment = References::new(&self.results, locale).environment(&Used::default());
        let Rendered { document, figures, tables } = render(environment, file, template, locale.code(), content)?;
        for figure in drawn.iter().filter(|figure| !figures.contains(&figure.id)) {
            let message = format!("figure `{}` is drawn but the text does not show it", figure.id);
            let place = Place::file(file).key(&figure.id);
            let hint = format!("add `{{{{ figure('{}') }}}}` to the text, or remove the figure", figure.id);
            self.open.push(Diagnostic::warning("R08", place, message).hint(hint));
        }
        for table in &tables {
            blocks::tables::add_to(&mut self.bundle, table, &self.results);
        }
        self.bundle.insert(format!("report{suffix}.md"), plain::markdown(&document, locale));
        self.bundle.insert(format!("index{suffix}.html"), page::html(&document, locale));
        Ok(())
    }

    fn content(&self, drawn: &[DrawnFigure], locale: &Locale, suffix: &str) -> Result<Content> {
        let study = Arc::clone(&self.checked.study);
        let labels = Labels { definition: &study.definition, locale };
        let figures: BTreeMap<_, _> = drawn.iter().map(|figure| (figure.id.clone(), figure.block(suffix))).collect();
        let packages = packages::packages(self.project, &self.checked.inputs)?;
        let as_of = as_of::last_day(&study).map_or_else(String::new, |date| locale.date(date));
        let (table_study, table_locale, results) = (Arc::clone(&study), locale.clone(), Arc::clone(&self.results));
        let (coverage_study, coverage_locale) = (Arc::clone(&study), locale.clone());
        let rows = Arc::clone(&self.coverage);
        Ok(Content {
            title: self.header.title.get(locale.code()).to_owned(),
            summary: self.header.summary.get(locale.code()).to_owned(),
            figures,
            table: Box::new(move |request| {
                let labels = Labels { definition: &table_study.definition, locale: &table_locale };
                blocks::tables::table(request, &results, labels)
            }),
            coverage: Box::new(move |id| {
                let labels = Labels { definition: &coverage_study.definition, locale: &coverage_locale };
                blocks::coverage::coverage(id.as_deref(), &rows, labels)
            }),
            claims: blocks::claims::claims(self.verdicts, &self.results, labels),
            verdicts: in_words(&count_verdicts(self.verdicts, locale)),
            findings: blocks::findings::findings(&self.checked.findings, title_of, labels),
            methods: blocks::methods::methods(labels),
            sources: blocks::sources::sources(&packages, labels),
            data_as_of: as_of,
        })
    }

    /// Results, coverage, findings, and last the manifest that lists everything.
    fn add_records(&mut self) {
        let study = &self.checked.study;
        self.bundle.insert(RESULTS_FILE, records::results_json(&self.folder.slug, &self.results));
        let tables = [blocks::coverage::table(&self.coverage), blocks::findings::table(&self.checked.findings)];
        for table in &tables {
            self.bundle.insert(format!("tables/{}.csv", table.id), write::csv(table));
            self.bundle.insert(format!("tables/{}.json", table.id), write::json(table));
        }
        self.bundle.insert(manifest::FILE, Vec::new());
        let bytes = manifest::manifest(&Made {
            study: &self.folder.slug,
            definition: &study.definition,
            inputs: &self.checked.inputs,
            findings: &self.checked.findings,
            results: &self.results,
            verdicts: self.verdicts,
            figures: &self.figures,
            open: &self.open,
            data_as_of: as_of::last_day(study).map(|date| date.to_string()),
            bundle: &self.bundle,
        });
        self.bundle.insert(manifest::FILE, bytes);
    }
}

/// Verdicts with their numbers, one behind the other.
fn in_words(counts: &[(String, usize)]) -> String {
    let parts: Vec<String> = counts.iter().map(|(verdict, count)| format!("{count} {verdict}")).collect();
    parts.join(", ")
}

/// What a code is about, in a few words.
fn title_of(code: &str) -> String {
    explain::get(code).map_or_else(String::new, |entry| entry.title.to_owned())
}
