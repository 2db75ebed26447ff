//! Tables with one row per poll, question and answer.

use std::collections::{BTreeMap, HashMap};

use super::columns::{View, decimals, settle_decimals};
use super::{Evidence, Sources};
use crate::diagnostic::{Diagnostic, Level, did_you_mean};
use crate::ingest::table::Table;
use crate::study::definition::{Definition, IdMap, Question, QuestionKind, ToplineData};
use crate::study::{Completeness, Origin, PublishedGroup, PublishedShare, PublishedTopline, Span};

/// Values of a group variable that mean: everybody, no group.
const EVERYBODY: &[&str] = &["", "all", "total"];

/// Maps all topline tables, in the order of the definition.
pub(super) fn map_all(definition: &Definition, sources: &mut Sources, evidence: &mut Evidence) {
    let first = evidence.toplines.len();
    for data in &definition.toplines {
        let used = map(definition, data, sources, evidence);
        if let Some(ids) = &data.same_poll_as {
            let named = unified_rows(data, ids, sources, evidence);
            sources.mark(&data.package, &ids.resource, named);
        }
        sources.mark(&data.package, &data.resource, used);
    }
    fill_universes(definition, &mut evidence.toplines[first..]);
}

/// A table without a column of the universe speaks of whom the same poll speaks about elsewhere, else of the main one.
fn fill_universes(definition: &Definition, toplines: &mut [PublishedTopline]) {
    let known: HashMap<String, String> = toplines
        .iter()
        .rev()
        .filter(|topline| !topline.universe.is_empty())
        .map(|topline| (topline.poll.clone(), topline.universe.clone()))
        .collect();
    let main = definition.universe.iter().find(|universe| universe.main).map_or("", |universe| universe.id.as_str());
    for topline in toplines.iter_mut().filter(|topline| topline.universe.is_empty()) {
        topline.universe = known.get(&topline.poll).map_or(main, String::as_str).to_owned();
    }
}

/// Positions of the columns of a topline table.
struct Columns {
    poll: usize,
    question: usize,
    answer: usize,
    percent: usize,
    field_start: usize,
    field_end: usize,
    pollster: usize,
    n: Option<usize>,
    mode: Option<usize>,
    universe: Option<usize>,
    group_variable: Option<usize>,
    group: Option<usize>,
    group_n: Option<usize>,
    status: Option<usize>,
}

impl Columns {
    fn find(view: &mut View<'_>, data: &ToplineData) -> Self {
        let named = [
            ("wording", &data.wording),
            ("answer_label", &data.answer_label),
            ("source", &data.source),
            ("note", &data.note),
        ];
        for (key, column) in named {
            view.want(key, column.as_ref());
        }
        Columns {
            poll: view.need("poll", &data.poll),
            question: view.need("question", &data.question),
            answer: view.need("answer", &data.answer),
            percent: view.need("percent", &data.percent),
            field_start: view.need("field_start", &data.field_start),
            field_end: view.need("field_end", &data.field_end),
            pollster: view.need("pollster", &data.pollster),
            n: view.want("n", data.n.as_ref()),
            mode: view.want("mode", data.mode.as_ref()),
            universe: view.want("universe", data.universe.as_ref()),
            group_variable: view.want("group_variable", data.group_variable.as_ref()),
            group: view.want("group", data.group.as_ref()),
            group_n: view.want("group_n", data.group_n.as_ref()),
            status: view.want("status", data.status.as_ref()),
        }
    }
}

/// Poll, question, and group variable and label where the row is of a group.
type Key = (String, String, Option<(String, String)>);

fn map(definition: &Definition, data: &ToplineData, sources: &Sources, evidence: &mut Evidence) -> Vec<usize> {
    let Some(source) = sources.get(&data.package, &data.resource) else { return Vec::new() };
    let table = &source.table;
    let mut view = View::new(table, "[[toplines]]", &data.id);
    let columns = Columns::find(&mut view, data);
    let rows = view.rows(&data.filter);
    let same = same_polls(data, sources, evidence);
    let mut labels = Labels::of(definition);
    let mut groups: HashMap<Key, usize> = HashMap::new();
    let (mut used, mut mapped) = (Vec::new(), Vec::<PublishedTopline>::new());
    for row in rows {
        if view.is_broken() {
            break;
        }
        let Some(question) = labels.question(table, row, columns.question) else { continue };
        let answer = labels.answer(table, row, columns.answer, question);
        let pollster = labels.pollster(table, row, columns.pollster);
        let universe = columns.universe.map_or(Some(""), |column| labels.universe(table, row, column));
        let share = share(&mut view, row, columns.percent, question.kind);
        let start = view.date(row, columns.field_start);
        let end = view.date(row, columns.field_end);
        let (Some(answer), Some(pollster), Some(universe), Some(share)) = (answer, pollster, universe, share) else {
            continue;
        };
        let Some(field) = start.or(end).map(|start| Span { start, end: end.unwrap_or(start) }) else {
            let hint = "fill in the year at least, or leave the row out with `where`";
            view.report(row, columns.field_start, "E20", "the poll has no date", "a date", hint);
            continue;
        };
        let printed = view.cell(row, columns.poll);
        let poll = same.get(printed).map_or(printed, String::as_str).to_owned();
        evidence.polls.entry((data.id.clone(), poll.clone())).or_default().insert(printed.to_owned());
        let group = group_of(&mut view, row, &columns);
        let key = (poll, question.id.clone(), group.as_ref().map(|g| (g.variable.clone(), g.label.clone())));
        let origin = Origin::line(table.file(), table.line(row));
        let found = PublishedShare { answer, share, decimals: decimals(view.cell(row, columns.percent)), origin };
        used.push(row);
        if let Some(index) = groups.get(&key) {
            let topline = &mut mapped[*index];
            match topline.answer(&found.answer) {
                Some(earlier) => evidence.findings.push(twice(table, row, columns.percent, earlier, question)),
                None => topline.answers.push(found),
            }
            continue;
        }
        groups.insert(key.clone(), mapped.len());
        let n = columns.n.and_then(|column| view.count(row, column)).and_then(|n| u32::try_from(n).ok());
        mapped.push(PublishedTopline {
            data: data.id.clone(),
            poll: key.0,
            pollster: pollster.to_owned(),
            question: key.1,
            universe: universe.to_owned(),
            field,
            is_month_only: false,
            mode: view.optional(row, columns.mode).to_owned(),
            n,
            group,
            completeness: completeness(view.optional(row, columns.status), question.kind),
            segment: String::new(),
            answers: vec![found],
        });
    }
    for topline in &mut mapped {
        settle_decimals(&mut topline.answers);
    }
    evidence.toplines.extend(mapped);
    evidence.findings.extend(labels.into_findings());
    evidence.problems.extend(view.into_problems());
    used
}

fn group_of(view: &mut View<'_>, row: usize, columns: &Columns) -> Option<PublishedGroup> {
    let variable = view.cell(row, columns.group_variable?);
    let label = view.optional(row, columns.group);
    if EVERYBODY.contains(&variable) {
        return None;
    }
    let n = columns.group_n.and_then(|column| view.count(row, column)).and_then(|n| u32::try_from(n).ok());
    Some(PublishedGroup { variable: variable.to_owned(), label: label.to_owned(), n })
}

/// The printed percent as a share; nothing where it is missing or impossible.
pub(super) fn share(view: &mut View<'_>, row: usize, column: usize, kind: QuestionKind) -> Option<f64> {
    let percent = view.number(row, column)?;
    let least = if kind == QuestionKind::Net { -100.0 } else { 0.0 };
    if (least..=100.0).contains(&percent) {
        return Some(percent / 100.0);
    }
    let message = format!("a share of {percent} percent is impossible");
    let hint = "correct the value; a decimal point may be missing";
    view.report(row, column, "E20", message, &format!("a number from {least} to 100"), hint);
    None
}

fn completeness(status: &str, kind: QuestionKind) -> Completeness {
    match status {
        _ if kind == QuestionKind::Multiple => Completeness::Multiple,
        "complete" => Completeness::Complete,
        "partial" => Completeness::Partial,
        "multi" => Completeness::Multiple,
        _ => Completeness::Unstated,
    }
}

/// One answer twice in one distribution.
fn twice(table: &Table, row: usize, column: usize, earlier: &PublishedShare, question: &Question) -> Diagnostic {
    let line = earlier.origin.lines.first().copied().unwrap_or(0);
    table
        .point(
            Level::Error,
            "V04",
            row,
            column,
            format!("answer `{}` of `{}` stands twice in one poll", earlier.answer, question.id),
        )
        .expected("one row for each poll, question, answer and group")
        .hint(format!("first on line {line}; leave one out with `where`, or correct the ids"))
}

/// Poll ids of this table that are another id elsewhere.
fn same_polls(data: &ToplineData, sources: &Sources, evidence: &mut Evidence) -> HashMap<String, String> {
    let Some(map) = &data.same_poll_as else { return HashMap::new() };
    let Some(source) = sources.get(&data.package, &map.resource) else { return HashMap::new() };
    let mut view = View::new(&source.table, "same_poll_as of [[toplines]]", &data.id);
    let from = view.need("from", &map.from);
    let to = view.need("to", &map.to);
    let mut same = HashMap::new();
    if !view.is_broken() {
        for row in 0..source.table.n_rows() {
            let (own, other) = (view.cell(row, from), view.cell(row, to));
            if !own.is_empty() && !other.is_empty() {
                same.insert(own.to_owned(), other.to_owned());
            }
        }
    }
    evidence.problems.extend(view.into_problems());
    same
}

/// Rows of the table of same polls that named a poll of this table.
fn unified_rows(data: &ToplineData, ids: &IdMap, sources: &Sources, evidence: &Evidence) -> Vec<usize> {
    let Some(source) = sources.get(&data.package, &ids.resource) else { return Vec::new() };
    let Some(from) = source.table.position(&ids.from) else { return Vec::new() };
    let printed: Vec<&String> =
        evidence.polls.iter().filter(|((id, _), _)| *id == data.id).flat_map(|(_, printed)| printed).collect();
    (0..source.table.n_rows()).filter(|row| printed.iter().any(|id| *id == source.table.cell(*row, from))).collect()
}

/// From printed labels to ids, with a record of those that lead nowhere.
pub(super) struct Labels<'a> {
    definition: &'a Definition,
    questions: HashMap<&'a str, &'a Question>,
    /// By code, column and label: the first finding and the number of rows.
    unknown: BTreeMap<(&'static str, usize, String), (Diagnostic, usize)>,
}

impl<'a> Labels<'a> {
    pub(super) fn of(definition: &'a Definition) -> Self {
        let questions = definition.question.iter().map(|question| (question.id.as_str(), question)).collect();
        Labels { definition, questions, unknown: BTreeMap::new() }
    }

    fn question(&mut self, table: &Table, row: usize, column: usize) -> Option<&'a Question> {
        let label = table.cell(row, column);
        let found = self.questions.get(label).copied();
        if found.is_none() {
            let known: Vec<&str> = self.definition.question.iter().map(|question| question.id.as_str()).collect();
            let message = format!("question `{label}` is not in the registry");
            // A letter more, less or exchanged: the rows were meant to be used.
            let is_slip = known.iter().any(|id| strsim::damerau_levenshtein(label, id) == 1);
            self.miss(
                "V20",
                if is_slip { Level::Warning } else { Level::Note },
                table,
                row,
                column,
                message,
                &known,
                "add it as a [[question]] to use its rows",
            );
        }
        found
    }

    fn answer(&mut self, table: &Table, row: usize, column: usize, question: &'a Question) -> Option<String> {
        let label = table.cell(row, column);
        if question.answers.iter().any(|answer| answer.id == label) {
            return Some(label.to_owned());
        }
        let known: Vec<&str> = question.answers.iter().map(|answer| answer.id.as_str()).collect();
        let message = format!("`{label}` is no answer of `{}`", question.id);
        let hint = format!("add it to the answers of [[question]] `{}`", question.id);
        self.miss("V19", Level::Error, table, row, column, message, &known, &hint);
        None
    }

    pub(super) fn pollster(&mut self, table: &Table, row: usize, column: usize) -> Option<&'a str> {
        let label = table.cell(row, column);
        let pollsters = &self.definition.pollster;
        let found = pollsters.iter().find(|pollster| pollster.labels.iter().any(|known| known == label));
        if found.is_none() {
            let known: Vec<&str> = pollsters.iter().flat_map(|p| &p.labels).map(String::as_str).collect();
            let message = format!("no pollster has the name `{label}`");
            let hint = "add it to `labels` of a [[pollster]], or leave the rows out with `where`";
            self.miss("V19", Level::Error, table, row, column, message, &known, hint);
        }
        found.map(|pollster| pollster.id.as_str())
    }

    fn universe(&mut self, table: &Table, row: usize, column: usize) -> Option<&'a str> {
        let label = table.cell(row, column);
        let universes = &self.definition.universe;
        let found = universes.iter().find(|universe| universe.labels.iter().any(|known| known == label));
        if found.is_none() {
            let known: Vec<&str> = universes.iter().flat_map(|u| &u.labels).map(String::as_str).collect();
            let message = format!("no universe has the label `{label}`");
            let hint = "add it to `labels` of a [[universe]], or leave the rows out with `where`";
            self.miss("V19", Level::Error, table, row, column, message, &known, hint);
        }
        found.map(|universe| universe.id.as_str())
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one diagnostic")]
    fn miss(
        &mut self,
        code: &'static str,
        level: Level,
        table: &Table,
        row: usize,
        column: usize,
        message: String,
        known: &[&str],
        hint: &str,
    ) {
        let label = table.cell(row, column);
        let entry = self.unknown.entry((code, column, message.clone())).or_insert_with(|| {
            let hint = match did_you_mean(label, known.iter().copied()) {
                Some(candidate) => format!("did you mean `{candidate}`? else {hint}"),
                None => hint.to_owned(),
            };
            let mut finding = table.point(level, code, row, column, message).hint(hint);
            finding.place.key = Some(label.to_owned());
            (finding, 0)
        });
        entry.1 += 1;
    }

    /// One finding for each unknown label, with the number of rows that are left out for it.
    pub(super) fn into_findings(self) -> Vec<Diagnostic> {
        self.unknown
            .into_values()
            .map(|(finding, rows)| {
                let observed = format!(
                    "{}, in {rows} row{}",
                    finding.observed.as_deref().unwrap_or(""),
                    if rows == 1 { "" } else { "s" }
                );
                finding.observed(observed)
            })
            .collect()
    }
}
