//! Ids of a study as people read them.

use crate::analysis::result::ResultRecord;
use crate::locale::Locale;
use crate::study::Span;
use crate::study::definition::{Definition, Side, Text};

/// The names that a definition gives to its ids, in one language.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// The definition.
    pub definition: &'a Definition,
    /// The language.
    pub locale: &'a Locale,
}

impl<'a> Labels<'a> {
    /// What a record is about in one respect, for readers; the id where it has no name.
    pub fn about(&self, record: &'a ResultRecord, key: &str) -> String {
        let id = record.about(key);
        let name = match key {
            "poll" | "survey" | "election" | "counter" => return self.source(record, key),
            "pollster" => self.pollster(id),
            "question" => self.question(id),
            "answer" => self.answer(record.about("question"), id),
            "place" | "group" => self.place(id),
            "period" => match self.period(&record.analysis, id) {
                None if !id.is_empty() && record.when.is_some() => {
                    return record.when.map_or_else(String::new, |when| self.locale.period(when));
                }
                known => known.or_else(|| self.own(id)),
            },
            "chance" => self.chance(id),
            "measure" => match id.strip_prefix("vs-").and_then(|other| self.period(&record.analysis, other)) {
                Some(other) => return self.locale.phrase("ratio-to").replace("{period}", other),
                None => id.strip_prefix("chance-").and_then(|chance| self.chance(chance)),
            },
            "statistic" => {
                let key = format!("statistic-{id}");
                match self.locale.phrase(&key) {
                    phrase if phrase == key => None,
                    phrase => return phrase.to_owned(),
                }
            }
            "pair" => self.pair(&record.analysis, id),
            "event" => self.event(id),
            "series" => self.series(id),
            "before" | "after" | "straddling" => return self.polls(id),
            "shift" => self.shift(&record.analysis, id),
            _ => None,
        };
        name.or_else(|| self.own(id)).map_or_else(|| self.word(id), str::to_owned)
    }

    /// The analysis of a record, where the definition names it.
    pub fn analysis(&self, record: &ResultRecord) -> Option<&'a str> {
        self.definition.labels.get(&record.analysis).map(|label| self.get(label))
    }

    /// All that a record is about, in words; its id where it is about nothing that has a name.
    pub fn whole(&self, record: &'a ResultRecord) -> String {
        /// From what is asked to who asked; the pollster stands in the poll's name.
        const ORDER: &[&str] = &[
            "question",
            "series",
            "pair",
            "event",
            "shift",
            "counter",
            "period",
            "answer",
            "option",
            "camp",
            "measure",
            "chance",
            "statistic",
            "polls",
            "place",
            "split",
            "part",
            "group",
        ];
        const SOURCES: &[&str] = &["poll", "survey", "election"];
        let mut parts: Vec<String> = Vec::new();
        for key in ORDER.iter().chain(SOURCES) {
            let text = match (*key, record.about(key)) {
                (_, "")
                | ("measure", "all" | "rate" | "added" | "ballots" | "period")
                | ("polls" | "period", "all") => continue,
                ("place", "ratio") => continue,
                // The mean of many series is called that, not by all of their ids.
                ("series", _) if record.about("measure") == "mean-change" => continue,
                ("counter", _) if !record.about("pair").is_empty() => continue,
                ("measure", "year") if !record.about("period").is_empty() => continue,
                _ => self.about(record, key),
            };
            if !text.is_empty() && !parts.contains(&text) {
                parts.push(text);
            }
        }
        if parts.is_empty() { record.id.clone() } else { parts.join(", ") }
    }

    /// A poll, survey or election with its dates.
    fn source(&self, record: &'a ResultRecord, key: &str) -> String {
        let id = record.about(key);
        if id.is_empty() {
            return String::new();
        }
        if key == "counter" {
            let counts = self.definition.analysis.counts.iter().filter(|counts| counts.id == record.analysis);
            let mut printed = counts.flat_map(|counts| &counts.counters).filter(|(_, short)| *short == id);
            return printed.next().map_or_else(|| self.word(id), |(printed, _)| printed.clone());
        }
        self.poll(id, if key == "poll" { record.about("pollster") } else { "" }, record.when)
    }

    /// A poll by its survey's or pollster's name, with its dates unless the name tells the year.
    pub fn poll(&self, id: &str, pollster: &str, when: Option<Span>) -> String {
        let name = self.survey(id).or_else(|| self.pollster(pollster)).or_else(|| self.own(id));
        let name = name.map_or_else(|| self.word(id), str::to_owned);
        let tells = |span: &Span| name.contains(&span.end.first_day().year().to_string());
        match when.filter(|span| !tells(span)) {
            Some(span) => format!("{name}, {}", self.locale.span(span)),
            None => name,
        }
    }

    /// A question of the registry, or a measure of respondent files.
    pub fn question_or_measure(&self, id: &str) -> String {
        self.question(id).map_or_else(|| self.word(id), str::to_owned)
    }

    /// A word of the tool's own, such as `gap`, in the language; spaces for underscores where there is no phrase.
    pub fn word(&self, id: &str) -> String {
        let key = format!("word-{id}");
        match self.locale.phrase(&key) {
            phrase if phrase == key => id.replace('_', " "),
            phrase => phrase.to_owned(),
        }
    }

    fn get(&self, text: &'a Text) -> &'a str {
        text.get(self.locale.code())
    }

    fn survey(&self, id: &str) -> Option<&'a str> {
        self.definition.survey.iter().find(|survey| survey.id == id).map(|survey| self.get(&survey.label))
    }

    /// A name that the definition gives apart.
    fn own(&self, id: &str) -> Option<&'a str> {
        self.definition.labels.get(id).map(|label| self.get(label))
    }

    /// Assumed chances that an item was found, of any analysis.
    fn chance(&self, id: &str) -> Option<&'a str> {
        let all = &self.definition.analysis;
        let assumed = all.item_periods.iter().flat_map(|analysis| &analysis.chance);
        let mut assumed = assumed.chain(all.count_breaks.iter().flat_map(|analysis| &analysis.chance));
        assumed.find(|chance| chance.id == id).map(|chance| self.get(&chance.label))
    }

    fn pollster(&self, id: &str) -> Option<&'a str> {
        self.definition.pollster.iter().find(|pollster| pollster.id == id).map(|pollster| self.get(&pollster.label))
    }

    fn question(&self, id: &str) -> Option<&'a str> {
        self.definition.question.iter().find(|question| question.id == id).map(|question| self.get(&question.label))
    }

    fn answer(&self, question: &str, id: &str) -> Option<&'a str> {
        if Side::ALL.iter().any(|side| side.word() == id) {
            return None;
        }
        let question = self.definition.question.iter().find(|candidate| candidate.id == question)?;
        question.answers.iter().find(|answer| answer.id == id).map(|answer| self.get(&answer.label))
    }

    fn place(&self, id: &str) -> Option<&'a str> {
        let nodes = &self.definition.geography.as_ref()?.node;
        nodes.iter().find(|node| node.id == id).map(|node| self.get(&node.label))
    }

    fn period(&self, analysis: &str, id: &str) -> Option<&'a str> {
        let all = &self.definition.analysis;
        let of_periods = all.item_periods.iter().find(|candidate| candidate.id == analysis).map(|a| &a.period);
        let of_actors = all.item_actors.iter().find(|candidate| candidate.id == analysis).map(|a| &a.period);
        of_periods.or(of_actors)?.iter().find(|period| period.id == id).map(|period| self.get(&period.label))
    }

    /// An event of the definition.
    fn event(&self, id: &str) -> Option<&'a str> {
        self.definition.event.iter().find(|event| event.id == id).map(|event| self.get(&event.label))
    }

    /// A series that is pooled, or asked for breaks.
    fn series(&self, id: &str) -> Option<&'a str> {
        let all = &self.definition.analysis;
        let pooled = all.pooled.iter().find(|candidate| candidate.id == id).and_then(|found| found.label.as_ref());
        let breaks = all.breaks.iter().find(|candidate| candidate.id == id).and_then(|found| found.label.as_ref());
        pooled.or(breaks).map(|label| self.get(label))
    }

    /// Polls named by their ids, in words: a poll of a series is called by its pollster and its date, the one in brackets behind its id
    /// where there is one.
    pub fn polls(&self, ids: &str) -> String {
        let name = |id: &str| {
            let (id, better) = match id.strip_suffix(')').and_then(|rest| rest.split_once(" (")) {
                Some((id, date)) => (id, Some(date)),
                None => (id, None),
            };
            let ids = self.definition.pollster.iter().map(|pollster| pollster.id.as_str());
            let stems = ids.filter_map(|pollster| Some((pollster, id.strip_prefix(pollster)?.strip_prefix('-')?)));
            match stems.max_by_key(|(pollster, _)| pollster.len()) {
                Some((pollster, date)) => match better.unwrap_or(date).parse() {
                    Ok(date) => self.poll("", pollster, Some(Span::at(date))),
                    Err(_) => id.to_owned(),
                },
                None => id.to_owned(),
            }
        };
        ids.split("; ").filter(|id| !id.is_empty()).map(name).collect::<Vec<_>>().join("; ")
    }

    fn shift(&self, analysis: &str, id: &str) -> Option<&'a str> {
        let pooled = self.definition.analysis.pooled.iter().find(|candidate| candidate.id == analysis)?;
        pooled.shift.iter().find(|shift| shift.id == id).map(|shift| self.get(&shift.label))
    }

    fn pair(&self, analysis: &str, id: &str) -> Option<&'a str> {
        self.definition.analysis.pair_label(analysis, id).map(|label| self.get(label))
    }
}
