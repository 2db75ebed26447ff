//! What several rules need: findings that point at evidence, and series of polls.

use std::collections::BTreeSet;

use super::Checked;
use crate::diagnostic::{Diagnostic, Level, Place};
use crate::study::definition::{Answer, AnswerRole, Question};
use crate::study::{Origin, PublishedShare, PublishedTopline};

impl<'a> Checked<'a> {
    /// A finding about a row, with its line shown; `column` is the one that is meant.
    pub(super) fn at(
        &self,
        level: Level,
        code: &'static str,
        origin: &Origin,
        column: Option<&str>,
        message: String,
    ) -> Diagnostic {
        let line = origin.lines.first().copied();
        let found =
            self.sources.tables().iter().find(|source| *source.table.file() == origin.file).and_then(|source| {
                Some((&source.table, source.table.row_of_line(line?)?, source.table.position(column?)?))
            });
        match found {
            Some((table, row, column)) => table.point(level, code, row, column, message),
            None => {
                let place = Place { line, ..Place::file(&*origin.file) };
                finding(level, code, place, message)
            }
        }
    }

    /// A finding about a share of a published poll.
    pub(super) fn share(
        &self,
        level: Level,
        code: &'static str,
        topline: &PublishedTopline,
        share: &PublishedShare,
        message: String,
    ) -> Diagnostic {
        let mut found = self.at(level, code, &share.origin, self.column_of(topline, &share.answer), message);
        found.place.key = Some(name(topline));
        found
    }

    /// A finding about a published distribution as a whole, pointing at its first row.
    pub(super) fn topline(
        &self,
        level: Level,
        code: &'static str,
        topline: &PublishedTopline,
        message: String,
    ) -> Option<Diagnostic> {
        topline.answers.first().map(|share| self.share(level, code, topline, share, message))
    }

    /// A finding about a published distribution, pointing at a column of its first row.
    pub(super) fn at_column(
        &self,
        topline: &PublishedTopline,
        column: Option<&str>,
        level: Level,
        code: &'static str,
        message: String,
    ) -> Option<Diagnostic> {
        let share = topline.answers.first()?;
        let mut found = self.at(level, code, &share.origin, column, message);
        found.place.key = Some(name(topline));
        Some(found)
    }

    /// A finding about a key of the definition.
    pub(super) fn definition(&self, level: Level, code: &'static str, key: String, message: String) -> Diagnostic {
        let id = self.study.definition.study.as_ref().map_or("", |header| header.id.as_str());
        let place = Place::file(format!("reports/{id}/report.toml")).key(key);
        finding(level, code, place, message)
    }

    /// The question of the registry.
    pub(super) fn question(&self, id: &str) -> Option<&'a Question> {
        self.study.definition.question.iter().find(|question| question.id == id)
    }

    /// The column in which a published poll says something of itself, where its table has one.
    pub(super) fn column_of_poll(&self, topline: &PublishedTopline, what: PollColumn) -> Option<&'a str> {
        let definition = &self.study.definition;
        if let Some(data) = definition.toplines.iter().find(|data| data.id == topline.data) {
            return match what {
                PollColumn::Date => Some(&data.field_start),
                PollColumn::Interviewed => data.n.as_deref(),
                PollColumn::Pollster => Some(&data.pollster),
                PollColumn::Universe => data.universe.as_deref(),
            };
        }
        let data = definition.series.iter().find(|data| data.id == topline.data)?;
        match what {
            PollColumn::Date => data.field_start.as_deref().or(Some(&data.date)),
            PollColumn::Interviewed => data.n.as_deref(),
            PollColumn::Pollster => Some(&data.pollster),
            PollColumn::Universe => None,
        }
    }

    /// The column in which an answer of a published poll stands.
    fn column_of(&self, topline: &PublishedTopline, answer: &str) -> Option<&'a str> {
        let definition = &self.study.definition;
        let series = definition.series.iter().find(|data| data.id == topline.data);
        let table = definition.toplines.iter().find(|data| data.id == topline.data);
        series.and_then(|data| data.answers.get(answer)).or_else(|| table.map(|data| &data.percent)).map(String::as_str)
    }

    /// All series: polls of one pollster about one question and universe, of everybody, by date, each poll once.
    pub(super) fn chains(&self) -> Vec<Chain<'a>> {
        let mut toplines: Vec<&PublishedTopline> =
            self.study.toplines.iter().filter(|topline| topline.group.is_none()).collect();
        let series = |t: &'a PublishedTopline| (t.question.as_str(), t.pollster.as_str(), t.universe.as_str());
        toplines.sort_by(|a, b| {
            series(a)
                .cmp(&series(b))
                .then_with(|| a.field.mid_year().total_cmp(&b.field.mid_year()))
                .then_with(|| a.poll.cmp(&b.poll))
        });
        let mut chains: Vec<Chain<'a>> = Vec::new();
        for topline in toplines {
            match chains.last_mut() {
                Some(chain) if chain.polls.first().is_some_and(|first| series(first) == series(topline)) => {
                    if chain.polls.iter().all(|known| known.poll != topline.poll) {
                        chain.polls.push(topline);
                    }
                }
                _ => chains
                    .extend(self.question(&topline.question).map(|question| Chain { question, polls: vec![topline] })),
            }
        }
        chains
    }
}

/// What a table says of a poll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PollColumn {
    /// First day in the field.
    Date,
    /// Number interviewed.
    Interviewed,
    /// Who asked.
    Pollster,
    /// Whom it speaks about.
    Universe,
}

/// Polls of one pollster about one question, by date.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    /// The question.
    pub question: &'a Question,
    /// The polls by date.
    pub polls: Vec<&'a PublishedTopline>,
}

/// A diagnostic of a level.
pub(super) fn finding(level: Level, code: &'static str, place: Place, message: String) -> Diagnostic {
    match level {
        Level::Note => Diagnostic::note(code, place, message),
        Level::Warning => Diagnostic::warning(code, place, message),
        Level::Error => Diagnostic::error(code, place, message),
    }
}

/// Poll, question and group in a few words.
pub(super) fn name(topline: &PublishedTopline) -> String {
    match &topline.group {
        Some(group) => format!("{} {} {}={}", topline.poll, topline.question, group.variable, group.label),
        None => format!("{} {}", topline.poll, topline.question),
    }
}

/// The answers that together cover a distribution once: a printed sum instead of its parts where a part is missing,
/// the parts instead of their sum where all are there.
pub(super) fn cover<'t>(question: &Question, topline: &'t PublishedTopline) -> Vec<&'t PublishedShare> {
    let mut sums: Vec<(&Answer, &PublishedShare)> = question
        .answers
        .iter()
        .filter(|answer| answer.role == AnswerRole::Aggregate)
        .filter_map(|answer| Some((answer, topline.answer(&answer.id)?)))
        .filter(|(answer, _)| !answer.of.iter().all(|part| topline.answer(part).is_some()))
        .collect();
    sums.sort_by_key(|(answer, _)| std::cmp::Reverse(answer.of.len()));
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    let mut chosen = Vec::new();
    for (answer, share) in sums {
        if answer.of.iter().all(|part| !covered.contains(part.as_str())) {
            covered.extend(answer.of.iter().map(String::as_str));
            chosen.push(share);
        }
    }
    let is_sum = |id: &str| question.answers.iter().any(|a| a.id == id && a.role == AnswerRole::Aggregate);
    chosen.extend(topline.answers.iter().filter(|s| !is_sum(&s.answer) && !covered.contains(s.answer.as_str())));
    chosen
}

/// How far rounding can move a printed share, as a share.
pub(super) fn half_unit(share: &PublishedShare) -> f64 {
    0.005 / 10_f64.powi(i32::from(share.decimals))
}

/// A share in percent as a message prints it.
pub(super) fn percent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    text.strip_suffix(".0").map_or_else(|| text.clone(), str::to_owned)
}
