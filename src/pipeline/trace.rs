//! Where a number comes from, down to the printed lines.

use std::path::Path;

use serde_json::{Map, Value};

use crate::analysis::result::{ResultRecord, Results};
use crate::diagnostic::{Diagnostic, Place, did_you_mean};
use crate::error::{Error, Result};
use crate::locale::Locale;
use crate::report::labels::Labels;
use crate::report::records::{figure_values, record_json, test_values, word};
use crate::report::table::Cell;
use crate::report::{lines, reading, write};
use crate::study::definition::Definition;

/// A number with its method, wording and the lines that it rests on.
#[derive(Debug, Clone)]
pub struct Trace<'a> {
    /// Name of the study.
    pub study: &'a str,
    /// The result.
    pub record: &'a ResultRecord,
    /// Wording of the question, where the number belongs to one.
    pub wording: Option<&'a str>,
    /// The files and lines.
    pub rows: Vec<SourceRows>,
}

/// Lines of a file.
#[derive(Debug, Clone)]
pub struct SourceRows {
    /// Path relative to the project root.
    pub file: String,
    /// The header, where the file is text.
    pub header: String,
    /// All lines that the number rests on; none where it rests on the whole file.
    pub lines: Vec<u64>,
    /// The first of them with their text, where the file is text.
    pub shown: Vec<(u64, String)>,
}

/// Finds a result and reads the first `limit` lines of each file that it rests on.
///
/// # Errors
///
/// R03 where no result has the id, with the closest one.
pub fn trace<'a>(
    root: &Path,
    study: &'a str,
    definition: &'a Definition,
    results: &'a Results,
    id: &str,
    limit: usize,
) -> Result<Trace<'a>> {
    let record = results.get(id).ok_or_else(|| Error::unusable(unknown(results, id)))?;
    let rows =
        lines::merged(&record.origins).into_iter().map(|(file, lines)| read_rows(root, file, lines, limit)).collect();
    Ok(Trace { study, record, wording: wording(definition, record), rows })
}

/// The results whose ids lie below an id, such as all of an analysis.
pub fn below<'a>(results: &'a Results, id: &str) -> Vec<&'a ResultRecord> {
    let start = format!("{}/", id.trim_end_matches('/'));
    results.records.iter().filter(|record| record.id.starts_with(&start)).collect()
}

/// One line a result: its id, and the number as people read it.
pub fn listing(records: &[&ResultRecord], definition: &Definition, locale: &Locale) -> String {
    let labels = Labels { definition, locale };
    let words = |cell: &Cell| write::cell_words(cell, locale);
    let line = |record: &&ResultRecord| {
        let (value, interval) = (words(&reading::estimate(record, labels)), words(&reading::interval(record)));
        let interval = if interval.is_empty() { interval } else { format!(" ({interval})") };
        format!("{}\t{value}{interval}\n", record.id)
    };
    records.iter().map(line).collect()
}

/// The same for machines: the records as in `results.json`.
pub fn listing_json(records: &[&ResultRecord]) -> Value {
    records.iter().map(|record| record_json(record)).collect()
}

fn unknown(results: &Results, id: &str) -> Diagnostic {
    let place = Place::file("results.json").key(id);
    let problem = Diagnostic::error("R03", place, format!("no result has the id `{id}`"));
    match did_you_mean(id, results.records.iter().map(|record| record.id.as_str())) {
        Some(close) => problem.hint(format!("did you mean `{close}`?")),
        None => problem.hint("results.json and the tables beside the figures list the ids"),
    }
}

fn wording<'a>(definition: &'a Definition, record: &ResultRecord) -> Option<&'a str> {
    let question = record.about("question");
    let registered = definition.question.iter().find(|candidate| candidate.id == question);
    let of_survey = || {
        let survey = [record.about("survey"), record.about("poll")];
        let survey = definition.survey.iter().find(|candidate| survey.contains(&candidate.id.as_str()))?;
        survey.outcome.iter().find(|outcome| outcome.measure == record.about("measure")).map(|outcome| &outcome.wording)
    };
    registered.map(|question| &question.wording).or_else(of_survey).map(|text| text.get("en"))
}

fn read_rows(root: &Path, file: &str, lines: Vec<u64>, limit: usize) -> SourceRows {
    let text = std::fs::read(root.join(file)).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let all: Vec<&str> = text.lines().collect();
    let line = |number: u64| {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        all.get(index).map(|text| (*text).to_owned())
    };
    let shown = lines.iter().take(limit).filter_map(|number| Some((*number, line(*number)?))).collect();
    SourceRows { file: file.to_owned(), header: line(1).unwrap_or_default(), lines, shown }
}

impl Trace<'_> {
    /// For people.
    pub fn text(&self, definition: &Definition, locale: &Locale) -> String {
        let labels = Labels { definition, locale };
        let words = |cell: &Cell| write::cell_words(cell, locale);
        let record = self.record;
        let mut out = format!("{}\n", record.id);
        let mut say = |name: &str, text: String| {
            if !text.is_empty() {
                out.push_str(&format!("  {name:<10} {text}\n"));
            }
        };
        say("study", self.study.to_owned());
        say("analysis", record.analysis.clone());
        let about = record.about.keys().map(|key| format!("{key} {}", labels.about(record, key)));
        say("about", about.collect::<Vec<_>>().join("; "));
        say("when", record.when.map_or_else(String::new, |span| locale.span(span)));
        say("value", words(&reading::estimate(record, labels)));
        say("interval", words(&reading::interval(record)));
        say("unit", word(&record.unit));
        say("evidence", word(&record.evidence));
        let said_above = ["estimate", "ci_low", "ci_high"];
        for (key, cell) in figure_values(&record.estimate).iter().filter(|(key, _)| !said_above.contains(key)) {
            say(key, write::field(cell));
        }
        for (key, cell) in test_values(record.estimate.test.as_ref()) {
            say(key, write::field(&cell));
        }
        say("reason", record.estimate.reason.clone().unwrap_or_default());
        say("marks", reading::marks(record, labels));
        say("wording", self.wording.unwrap_or_default().to_owned());
        for rows in &self.rows {
            out.push_str(&format!("  {}\n", rows.file));
            let which = if rows.lines.is_empty() { "the whole file".to_owned() } else { lines::ranges(&rows.lines) };
            out.push_str(&format!("    lines: {which}\n"));
            if !rows.shown.is_empty() {
                out.push_str(&format!("    {:>7}  {}\n", "", rows.header));
            }
            for (number, text) in &rows.shown {
                out.push_str(&format!("    {number:>7}  {text}\n"));
            }
            let hidden = rows.lines.len() - rows.shown.len();
            if hidden > 0 && !rows.shown.is_empty() {
                out.push_str(&format!("    {:>7}  ({hidden} more lines)\n", "…"));
            }
        }
        out
    }

    /// For machines.
    pub fn json(&self) -> Value {
        let mut entry = Map::new();
        entry.insert("study".to_owned(), self.study.into());
        if let Value::Object(record) = record_json(self.record) {
            entry.extend(record);
        }
        entry.insert("wording".to_owned(), self.wording.into());
        let rows = self.rows.iter().map(|rows| {
            let shown = rows.shown.iter().map(|(line, text)| {
                Value::Object(Map::from_iter([
                    ("line".to_owned(), Value::from(*line)),
                    ("text".to_owned(), Value::from(text.as_str())),
                ]))
            });
            Value::Object(Map::from_iter([
                ("file".to_owned(), Value::from(rows.file.as_str())),
                ("lines".to_owned(), lines::ranges(&rows.lines).into()),
                ("header".to_owned(), rows.header.as_str().into()),
                ("shown".to_owned(), shown.collect()),
            ]))
        });
        entry.insert("rows".to_owned(), rows.collect());
        Value::Object(entry)
    }
}
