//! What the marks of a figure mean: entries of the legend, and sentences for the caption.

use crate::analysis::result::{Evidence, Flag, LATENT_METHOD, ResultRecord, STATE_SPACE, STATE_SPACE_KNOWN};
use crate::chart::palette;
use crate::chart::spec::{Key, KeySymbol, PointLook, Shape, ValueAxis};
use crate::locale::Locale;

use super::names::Names;
use super::points;
use super::select::Item;

/// Collects what the reader must know about the results that are drawn.
pub(super) struct Notes<'a> {
    locale: &'a Locale,
    keys: Vec<Key>,
    sentences: Vec<String>,
}

/// How intervals are drawn, for the sentence that names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IntervalMark {
    /// Lines through the points.
    Whiskers,
    /// Bands around the lines.
    Bands,
}

/// How many results are named one by one before the rest is only counted.
const MAX_NAMED: usize = 6;

impl<'a> Notes<'a> {
    pub fn new(locale: &'a Locale) -> Self {
        Notes { locale, keys: Vec::new(), sentences: Vec::new() }
    }

    /// Adds an entry of the legend.
    pub fn key(&mut self, symbol: KeySymbol, text: String) {
        self.keys.push(Key { symbol, text });
    }

    /// Adds an entry of the legend with a fixed phrase.
    pub fn phrase_key(&mut self, symbol: KeySymbol, phrase: &str) {
        self.key(symbol, self.locale.phrase(phrase).to_owned());
    }

    /// Explains open markers, diamonds and dashed whiskers where there are any.
    pub fn symbols(&mut self, records: &[&ResultRecord]) {
        let look = |shape, is_open| PointLook { color: palette::GREY, shape, is_open, is_faint: false };
        let any = |flag| records.iter().any(|record| points::has(record, flag));
        if any(Flag::NAssumed) {
            self.phrase_key(KeySymbol::Point(look(Shape::Circle, true)), "key-n-assumed");
        }
        if any(Flag::OptIn) {
            self.phrase_key(KeySymbol::Point(look(Shape::Diamond, false)), "key-opt-in");
        }
        let is_dashed = |record: &&&ResultRecord| points::is_faint(record) && points::interval(record).is_some();
        if records.iter().any(|record| is_dashed(&record)) {
            self.phrase_key(KeySymbol::DashedWhisker(palette::GREY), "key-small-base");
        }
    }

    /// Says how intervals are drawn, their level and methods, and what they do not cover.
    pub fn intervals(&mut self, mark: IntervalMark, records: &[&ResultRecord]) {
        let with: Vec<&&ResultRecord> = records.iter().filter(|record| points::interval(record).is_some()).collect();
        if with.is_empty() {
            return;
        }
        let levels =
            super::distinct(with.iter().filter_map(|record| record.estimate.level).map(|level| self.level(level)));
        let methods = super::distinct(with.iter().filter_map(|record| record.estimate.ci_method));
        let methods: Vec<String> = methods.into_iter().map(|method| self.method(method)).collect();
        // A model of the series covers more than sampling; a correlation of yearly series has no sample behind it.
        let is_modelled = |r: &ResultRecord| {
            matches!(r.estimate.ci_method, Some(STATE_SPACE | STATE_SPACE_KNOWN | LATENT_METHOD | "fisher"))
        };
        let is_sampled = !with.iter().any(|r| is_modelled(r))
            && with.iter().any(|r| !matches!(r.evidence, Evidence::Counted | Evidence::Official));
        let mark = match mark {
            IntervalMark::Whiskers => "note-whiskers",
            IntervalMark::Bands => "note-bands",
        };
        let mut text = self.fill(mark, &[("level", &levels.join(", "))]);
        if !methods.is_empty() {
            text.push_str(&format!(" ({})", methods.join(", ")));
        }
        if is_sampled {
            text.push_str(self.locale.phrase("note-sampling-only"));
        }
        text.push('.');
        self.sentences.push(text);
    }

    /// Says what the ribbon of a smoothed level is, its level and method, and what it does not cover.
    pub fn ribbon(&mut self, records: &[&ResultRecord]) {
        let levels =
            super::distinct(records.iter().filter_map(|record| record.estimate.level).map(|level| self.level(level)));
        if !levels.is_empty() {
            let text = self.fill("note-ribbon", &[("level", &levels.join(", "))]);
            self.sentences.push(text);
        }
    }

    /// Adds a sentence with a list; none where the list is empty.
    pub fn named_list(&mut self, phrase: &str, named: &[String]) {
        self.list(phrase, named);
    }

    /// Adds a fixed sentence.
    pub fn sentence(&mut self, phrase: &str) {
        self.sentences.push(self.locale.phrase(phrase).to_owned());
    }

    /// Says what an arrow means, where a range goes beyond the axis.
    pub fn beyond(&mut self, axis: &ValueAxis, (low, high): (f64, f64)) {
        if axis.is_below(low) || axis.is_above(high) {
            self.sentence("note-beyond");
        }
    }

    /// Says that dense series show markers on some polls only, and what is assumed for their intervals.
    pub fn dense(&mut self, records: &[&ResultRecord], has_markers: bool) {
        if has_markers {
            let is_poll = records.iter().any(|record| !record.about("poll").is_empty());
            self.sentence(if is_poll { "note-dense" } else { "note-dense-steps" });
        }
        if records.iter().any(|record| points::has(record, Flag::NoPollNear)) {
            self.sentence("note-no-poll-near");
        }
        if records.iter().any(|record| points::has(record, Flag::NAssumed)) {
            self.sentence("note-n-assumed");
        }
    }

    /// Says what brackets and stars at numbers mean.
    pub fn guarded(&mut self, records: &[&ResultRecord]) {
        let any = |flag| records.iter().any(|record| points::shown(record).is_some() && points::has(record, flag));
        let sentences = [(any(Flag::BaseUnder50), "note-bracketed"), (any(Flag::BaseUnder100), "note-starred")];
        self.sentences_where(&sentences);
    }

    /// Adds the sentences that flags and evidence ask for.
    pub fn flags(&mut self, records: &[&ResultRecord]) {
        let any = |flag| records.iter().any(|record| points::has(record, flag));
        let sentences = [
            (records.iter().any(|record| has_no_n(record)), "note-no-n"),
            (records.iter().any(|record| is_deff_declared(record)), "note-deff-declared"),
            (any(Flag::WidestInterval), "note-widest"),
            (records.iter().any(|record| record.evidence == Evidence::Official), "note-official"),
        ];
        self.sentences_where(&sentences);
    }

    /// Adds the sentences that flags ask for where time is an axis.
    pub fn time_flags(&mut self, records: &[&ResultRecord]) {
        let any = |flag| records.iter().any(|record| points::has(record, flag));
        let sentences = [(any(Flag::SegmentChange), "note-segment"), (any(Flag::DateCoarse), "note-date-coarse")];
        self.sentences_where(&sentences);
    }

    fn sentences_where(&mut self, sentences: &[(bool, &str)]) {
        for (_, phrase) in sentences.iter().filter(|(holds, _)| *holds) {
            self.sentence(phrase);
        }
    }

    /// Names the polls for which an answer or place of the chart has no estimate.
    pub fn gaps(&mut self, items: &[Item], names: &Names) {
        let missing: Vec<&Item> = items.iter().filter(|item| points::shown(item.record).is_none()).collect();
        let name = |item: &Item| if item.place.is_empty() { names.what(item) } else { names.place(item.place) };
        let named: Vec<String> = super::distinct(missing.iter().map(|item| name(item)))
            .into_iter()
            .map(|label| {
                let of_label = missing.iter().filter(|item| name(item) == label);
                let polls = self.shortened(&of_label.map(|item| names.source(item)).collect::<Vec<_>>(), ", ");
                format!("{label} ({polls})")
            })
            .collect();
        self.list("note-gaps", &named);
    }

    /// Names the periods that are not over or not fully covered.
    pub fn partial_periods(&mut self, names: &[String]) {
        self.list("note-partial", &super::distinct(names.iter().cloned()));
    }

    /// Why a result is not drawn.
    pub fn reason(&self, record: &ResultRecord) -> String {
        match &record.estimate.reason {
            _ if points::has(record, Flag::BaseUnder30) => self.locale.phrase("base-under-30").to_owned(),
            Some(reason) => reason.clone(),
            None => self.locale.phrase("no-estimate").to_owned(),
        }
    }

    /// The legend and the sentences.
    pub fn finish(self) -> (Vec<Key>, Vec<String>) {
        (self.keys, self.sentences)
    }

    fn list(&mut self, phrase: &str, named: &[String]) {
        if named.is_empty() {
            return;
        }
        let list = self.shortened(named, "; ");
        let text = self.fill(phrase, &[("list", &list)]);
        self.sentences.push(text);
    }

    fn shortened(&self, named: &[String], separator: &str) -> String {
        let mut list = named.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>();
        if named.len() > MAX_NAMED {
            let more = (named.len() - MAX_NAMED).to_string();
            list.push(self.fill("and-more", &[("count", &more)]));
        }
        list.join(separator)
    }

    fn level(&self, level: f64) -> String {
        self.locale.percent(level, 0)
    }

    fn method(&self, method: &str) -> String {
        let key = format!("method-{}", method.replace(',', "").replace([' ', '_'], "-"));
        let phrase = self.locale.phrase(&key);
        if phrase == key { method.replace(['_', '-'], " ") } else { phrase.to_owned() }
    }

    fn fill(&self, phrase: &str, values: &[(&str, &str)]) -> String {
        fill(self.locale.phrase(phrase), values)
    }
}

/// Does a drawn interval rest on a declared design effect alone? In a respondent file it concerns one stratum only.
fn is_deff_declared(record: &ResultRecord) -> bool {
    points::interval(record).is_some()
        && record.evidence == Evidence::Published
        && points::has(record, Flag::DeffDeclared)
}

/// Is the result drawn without an interval because nobody says how many were interviewed?
fn has_no_n(record: &ResultRecord) -> bool {
    let is_bare = points::shown(record).is_some() && points::interval(record).is_none();
    is_bare && record.evidence == Evidence::Published && record.estimate.n.is_none()
}

/// A phrase with `{name}` replaced by a value.
pub(super) fn fill(phrase: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(phrase.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}
