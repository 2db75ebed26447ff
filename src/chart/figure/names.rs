//! Texts for readers: labels of the definition, and numbers in the unit of a result.

use crate::analysis::result::{ResultRecord, Unit};
use crate::chart::spec::Interval;
use crate::locale::Locale;
use crate::study::definition::{Definition, Figure, Question, Side};

use super::select::{Item, Kind};

/// Labels in the reader's language. A label of the figure itself goes before that of the definition.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub figure: &'a Figure,
    pub definition: &'a Definition,
    pub locale: &'a Locale,
}

impl<'a> Names<'a> {
    /// The question that an analysis of answers asks.
    pub fn question(&self, analysis: &str) -> Option<&'a Question> {
        let analysis = self.definition.analysis.answers.iter().find(|a| a.id == analysis)?;
        self.question_by_id(&analysis.question)
    }

    /// The short name of the question that a result answers.
    pub fn question_label(&self, item: &Item) -> String {
        let analysis = item.record.analysis.as_str();
        let question = self.question(analysis).or_else(|| self.question_by_id(item.record.about("question")));
        let question = || question.map(|question| self.text(&question.label));
        self.own(analysis).or_else(question).unwrap_or_else(|| humanise(analysis))
    }

    /// The short name of the question that a result names.
    pub fn asked(&self, record: &ResultRecord) -> String {
        let id = record.about("question");
        self.question_by_id(id).map_or_else(|| humanise(id), |question| self.text(&question.label))
    }

    fn question_by_id(&self, id: &str) -> Option<&'a Question> {
        self.definition.question.iter().find(|question| question.id == id)
    }

    /// What the result measures: an answer, side, measure, pair or camp; with a capital, as it stands alone.
    pub fn what(&self, item: &Item) -> String {
        capitalised(&self.what_as_written(item))
    }

    fn what_as_written(&self, item: &Item) -> String {
        if let Some(label) = self.own(item.what) {
            return label;
        }
        let question = match item.kind {
            Kind::Subgroups => self.question_by_id(item.question),
            Kind::TrendTests => self.question_by_id(item.record.about("question")),
            _ => self.question(&item.record.analysis),
        };
        if let Some(answer) = question.and_then(|q| q.answers.iter().find(|answer| answer.id == item.what)) {
            return self.text(&answer.label);
        }
        if let Some(side) = Side::ALL.into_iter().find(|side| side.word() == item.what) {
            return self.phrase(&format!("side-{}", side.word()), side.word());
        }
        if let Some(label) = self.definition.analysis.pair_label(&item.record.analysis, item.what) {
            return self.text(label);
        }
        if let Some(event) = self.definition.event.iter().find(|event| event.id == item.what) {
            return self.text(&event.label);
        }
        let pooled = self.definition.analysis.pooled.iter().filter(|a| a.id == item.record.analysis);
        if let Some(shift) = pooled.flat_map(|a| &a.shift).find(|shift| shift.id == item.what) {
            return self.text(&shift.label);
        }
        if let Some(label) = self.chance(&item.record.analysis, item.what) {
            return label;
        }
        let word = format!("word-{}", item.what);
        match item.kind {
            Kind::CountBreaks | Kind::Mood | Kind::TrendTests | Kind::ChangeSplit
                if self.locale.phrase(&word) != word =>
            {
                self.locale.phrase(&word).to_owned()
            }
            _ => self.apart(item.what).unwrap_or_else(|| self.phrase(item.what, item.what)),
        }
    }

    /// What an assumed chance to be found assumes.
    fn chance(&self, analysis: &str, id: &str) -> Option<String> {
        let chance = id.strip_prefix("chance-")?;
        let mut all = self.definition.analysis.count_breaks.iter().filter(|a| a.id == analysis).flat_map(|a| &a.chance);
        all.find(|assumed| assumed.id == chance).map(|assumed| self.text(&assumed.label))
    }

    /// A question of a mood with the answer that is read and the pollster.
    pub fn reading(&self, item: &Item) -> String {
        if let Some(label) = self.own(item.what) {
            return label;
        }
        let record = item.record;
        let question = self.question_by_id(record.about("question"));
        let answer = self.answer_of(record);
        let question = question.map_or_else(|| humanise(item.what), |question| self.text(&question.label));
        format!("{question}: {answer}, {}", self.pollster_of(record))
    }

    /// The answer that a result names, by its question.
    pub fn answer_of(&self, record: &ResultRecord) -> String {
        let id = record.about("answer");
        let question = self.question_by_id(record.about("question"));
        match question.and_then(|q| q.answers.iter().find(|answer| answer.id == id)) {
            Some(answer) => self.text(&answer.label),
            None => self.phrase(&format!("side-{id}"), id),
        }
    }

    /// The name of an event.
    pub fn event(&self, id: &str) -> String {
        let event = self.definition.event.iter().find(|event| event.id == id);
        self.own(id).unwrap_or_else(|| event.map_or_else(|| humanise(id), |event| self.text(&event.label)))
    }

    /// The side of an answer, where it has one.
    pub fn side(&self, item: &Item) -> Option<Side> {
        use crate::study::definition::AnswerRole;
        if let Some(side) = Side::ALL.into_iter().find(|side| side.word() == item.what) {
            return Some(side);
        }
        let answer = self.question(&item.record.analysis)?.answers.iter().find(|answer| answer.id == item.what)?;
        answer.side.or(match answer.role {
            AnswerRole::Neutral => Some(Side::Neutral),
            AnswerRole::DontKnow | AnswerRole::Refused => Some(Side::Undecided),
            _ => None,
        })
    }

    /// Where a number comes from: survey, counter, period, or else the poll's dates.
    pub fn source(&self, item: &Item) -> String {
        if let Some(label) = self.own(item.source) {
            return label;
        }
        let analyses = &self.definition.analysis;
        match item.kind {
            Kind::Counts => {
                let counters = analyses.counts.iter().filter(|a| a.id == item.record.analysis);
                let printed = counters.flat_map(|a| &a.counters).find(|(_, short)| *short == item.source);
                printed.map_or_else(|| humanise(item.source), |(printed, _)| printed.clone())
            }
            Kind::ItemPeriods | Kind::ItemActors => {
                let periods = analyses.item_periods.iter().filter(|a| a.id == item.record.analysis);
                let periods = periods.flat_map(|a| &a.period);
                let actors = analyses.item_actors.iter().filter(|a| a.id == item.record.analysis);
                let mut periods = periods.chain(actors.flat_map(|a| &a.period));
                match periods.find(|period| period.id == item.source) {
                    Some(period) => self.text(&period.label),
                    None => self.dates(item.record).unwrap_or_else(|| self.phrase(item.source, item.source)),
                }
            }
            _ => match self.definition.survey.iter().find(|survey| survey.id == item.source) {
                Some(survey) => self.text(&survey.label),
                None => self.dates(item.record).unwrap_or_else(|| humanise(item.source)),
            },
        }
    }

    /// The name of the pollster that a result is from; empty where it names none.
    pub fn pollster_of(&self, record: &ResultRecord) -> String {
        match record.about("pollster") {
            "" => String::new(),
            id => self.pollster(id),
        }
    }

    /// The dates of a result.
    pub fn dates(&self, record: &ResultRecord) -> Option<String> {
        record.when.map(|when| self.locale.period(when))
    }

    /// The pollster's id; empty where it cannot be told.
    pub fn pollster_id(&self, item: &Item) -> &'a str {
        let pollsters = || self.definition.pollster.iter().map(|pollster| pollster.id.as_str());
        if let Some(survey) = self.definition.survey.iter().find(|survey| survey.id == item.source) {
            return &survey.pollster;
        }
        let said = item.record.about("pollster");
        if let Some(id) = pollsters().find(|id| *id == said) {
            return id;
        }
        let is_stem = |id: &&str| item.source.strip_prefix(id).is_some_and(|rest| rest.starts_with(['-', '_']));
        pollsters().filter(is_stem).max_by_key(|id| id.len()).unwrap_or("")
    }

    /// The pollster's name.
    pub fn pollster(&self, id: &str) -> String {
        let found = self.definition.pollster.iter().find(|pollster| pollster.id == id);
        self.own(id).unwrap_or_else(|| found.map_or_else(|| humanise(id), |pollster| self.text(&pollster.label)))
    }

    /// A place, group or everybody.
    pub fn place(&self, id: &str) -> String {
        let node = self.definition.geography.iter().flat_map(|g| &g.node).find(|node| node.id == id);
        self.own(id).unwrap_or_else(|| match node {
            Some(node) => self.text(&node.label),
            None if id == "all" => self.locale.phrase("all-places").to_owned(),
            None => id.to_owned(),
        })
    }

    /// The label that the figure itself gives, or the phrase or word for a short name.
    pub fn named(&self, id: &str) -> String {
        self.own(id).or_else(|| self.apart(id)).unwrap_or_else(|| self.phrase(id, id))
    }

    /// A version or part of a difference: the label `tracks/<its name>` of the figure, or else that of its last part.
    pub fn part(&self, id: &str) -> String {
        let last = id.rsplit('/').next().unwrap_or(id);
        self.own(&format!("tracks/{id}")).unwrap_or_else(|| self.named(last))
    }

    /// A value in its unit, as short as it may be.
    pub fn value(&self, unit: Unit, value: f64) -> String {
        match unit {
            Unit::Share => self.locale.percent(value, 0),
            Unit::Count => self.locale.number(value, 0),
            Unit::ShareDifference | Unit::SharePerDecade => self.locale.points(value, 1),
            Unit::ShareSize => self.locale.point_size(value, 1),
            _ => self.locale.number(value, decimals(unit, value)),
        }
    }

    /// A value with its interval, for a column of numbers whose heading names the unit.
    pub fn value_and_interval(&self, unit: Unit, value: f64, interval: Option<Interval>) -> String {
        if unit == Unit::Year {
            let range = interval.map(|Interval { low, high }| format!(" ({})", self.locale.time_range(low, high)));
            return format!("{}{}", self.locale.time(value), range.unwrap_or_default());
        }
        let (plain, is_signed): (fn(f64) -> f64, bool) = match unit {
            Unit::Share | Unit::ShareSize => (|v| v * 100.0, false),
            Unit::ShareDifference | Unit::SharePerDecade => (|v| v * 100.0, true),
            Unit::Index => (|v| v, true),
            _ => (|v| v, false),
        };
        let digits = match unit {
            Unit::Share => 0,
            Unit::ShareDifference | Unit::ShareSize | Unit::SharePerDecade => 1,
            Unit::Count => 0,
            _ => decimals(unit, value),
        };
        let number = |v: f64| {
            let v = plain(v);
            if is_signed { self.locale.signed(v, digits) } else { self.locale.number(v, digits) }
        };
        let first = |v: f64| if unit == Unit::Share { self.locale.percent(v, 0) } else { number(v) };
        match interval {
            None => first(value),
            Some(Interval { low, high }) if is_signed => {
                format!("{} ({} {} {})", number(value), number(low), self.locale.phrase("to"), number(high))
            }
            Some(Interval { low, high }) => format!("{} ({}–{})", first(value), number(low), number(high)),
        }
    }

    /// A phrase of the language, or a readable form of the short name where the language lacks it.
    fn phrase(&self, key: &str, name: &str) -> String {
        let phrase = self.locale.phrase(key);
        if phrase == key { humanise(name) } else { phrase.to_owned() }
    }

    /// The name that the definition gives apart from any figure.
    fn apart(&self, id: &str) -> Option<String> {
        self.definition.labels.get(id).map(|label| self.text(label))
    }

    fn own(&self, id: &str) -> Option<String> {
        self.figure.labels.get(id).map(|label| self.text(label))
    }

    fn text(&self, text: &crate::study::definition::Text) -> String {
        text.get(self.locale.code()).to_owned()
    }
}

/// Decimals of a rate or ratio, the same in a whole figure: a limit of 0.95 must not read as 1.
fn decimals(unit: Unit, value: f64) -> usize {
    match unit {
        Unit::PerYear => 1,
        Unit::PerMillion | Unit::Ratio | Unit::Index if value.abs() < 100.0 => 2,
        _ => 0,
    }
}

/// A short name in readable form: `big_cities` becomes `Big cities`.
pub(super) fn humanise(id: &str) -> String {
    capitalised(&id.replace(['_', '-'], " "))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
