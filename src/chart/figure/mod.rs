//! From the results that a figure names to a chart specification.

mod ages;
mod alt;
mod axes;
mod bars;
mod dots;
mod forest;
mod lines;
mod listing;
mod names;
mod notes;
mod points;
mod pooled;
mod rates;
mod scatter;
mod select;
mod sources;
mod stacked;
mod tiles;
mod tracks;
mod trend;

use super::spec::{ChartSpec, Event, Key, Section};
use crate::analysis::result::{ResultRecord, Results, Unit};
use crate::diagnostic::{Diagnostic, Place};
use crate::error::{Error, Result};
use crate::locale::Locale;
use crate::study::definition::{ChartKind, Definition, Figure};
use names::Names;
use notes::Notes;
use select::{Item, Kind};

/// The texts of a figure in the reader's language, with all references to results filled in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FigureTexts {
    /// The finding.
    pub title: String,
    /// Wording, base and dates.
    pub subtitle: String,
    /// Source, method and notes; what the marks mean is added to it.
    pub caption: String,
}

/// The chart specification of a figure.
///
/// Results are taken in the order of the definition: those of `figure.analyses` whose answer, poll and place the
/// figure names, and of the kind that the chart can show. Labels come from the definition in the language of
/// `locale`, and what flags mean is added to the legend and the caption.
///
/// # Errors
///
/// F01 where nothing is selected or nothing of it can be drawn; F02 where the selected results have different units
/// and so no common axis; F03 where the figure marks an event that the definition does not have; F06 where a
/// pooled figure names two pooled series.
pub fn figure(
    figure: &Figure,
    texts: &FigureTexts,
    definition: &Definition,
    results: &Results,
    locale: &Locale,
) -> Result<ChartSpec> {
    let names = Names { figure, definition, locale };
    let context = Context { figure, definition, results, locale, names };
    let parts = match figure.chart {
        ChartKind::Trend => trend::parts(&context),
        ChartKind::Stacked => stacked::parts(&context),
        ChartKind::Dots => dots::parts(&context),
        ChartKind::Forest => forest::parts(&context),
        ChartKind::Lines => lines::parts(&context),
        ChartKind::Bars => bars::parts(&context),
        ChartKind::Rates => rates::parts(&context),
        ChartKind::Pooled => pooled::parts(&context),
        ChartKind::Scatter => scatter::parts(&context),
        ChartKind::Tiles => tiles::parts(&context),
        ChartKind::Tracks => tracks::parts(&context),
        ChartKind::Ages => ages::parts(&context),
    }?;
    let alt = alt::text(&texts.title, &parts.keys, &parts.sections, locale);
    let mut shown = select::items(figure, definition, results);
    shown.retain(|item| draws(item, figure, definition));
    let source = sources::sentence(&context, &shown);
    let mut caption: Vec<String> = Vec::new();
    caption.extend(Some(texts.caption.trim().to_owned()).filter(|text| !text.is_empty()));
    // An author who names the source knows it better than the data do.
    let source_word = locale.phrase("note-source").split(':').next().unwrap_or("");
    let names_source = texts.caption.contains(source_word);
    caption.extend(Some(source).filter(|text| !text.is_empty() && !names_source));
    // What the author says already is not said again.
    let is_new = |note: &String| !texts.caption.contains(note.trim_end_matches('.'));
    caption.extend(parts.notes.into_iter().filter(is_new));
    Ok(ChartSpec {
        id: figure.id.clone(),
        language: locale.code().to_owned(),
        title: texts.title.trim().to_owned(),
        subtitle: texts.subtitle.trim().to_owned(),
        caption: caption.join(" "),
        alt,
        keys: parts.keys,
        sections: parts.sections,
    })
}

/// The results that the chart of a figure is drawn from, in the order of its analyses.
pub fn selected<'a>(figure: &'a Figure, definition: &'a Definition, results: &'a Results) -> Vec<&'a ResultRecord> {
    let is_bound = |item: &Item| match figure.chart {
        ChartKind::Forest => forest::is_bound(item),
        ChartKind::Tracks => item.kind == Kind::Meta && forest::is_bound(item),
        _ => false,
    };
    let items = select::items(figure, definition, results).into_iter();
    items.filter(|item| is_bound(item) || draws(item, figure, definition)).map(|item| item.record).collect()
}

/// Can the figure's kind of chart show the result?
fn draws(item: &Item, figure: &Figure, definition: &Definition) -> bool {
    match figure.chart {
        ChartKind::Trend => trend::draws(item, figure),
        ChartKind::Stacked => stacked::draws(item),
        ChartKind::Dots => dots::draws(item, figure, definition),
        ChartKind::Forest => forest::draws(item),
        ChartKind::Lines => lines::draws(item, figure, definition),
        ChartKind::Bars => bars::draws(item, figure),
        ChartKind::Rates => rates::draws(item, figure, definition),
        ChartKind::Pooled => pooled::draws(item),
        ChartKind::Scatter => scatter::draws(item),
        ChartKind::Tiles => tiles::draws(item),
        ChartKind::Tracks => tracks::draws(item, figure),
        ChartKind::Ages => ages::draws(item),
    }
}

/// What every kind of chart works from.
struct Context<'a> {
    figure: &'a Figure,
    definition: &'a Definition,
    results: &'a Results,
    locale: &'a Locale,
    names: Names<'a>,
}

/// What a kind of chart contributes to the specification.
struct Parts {
    keys: Vec<Key>,
    sections: Vec<Section>,
    notes: Vec<String>,
}

impl<'a> Context<'a> {
    /// The selected results that the kind of chart shows, in order.
    ///
    /// # Errors
    ///
    /// F01 where none is left, or none of them has an estimate.
    fn items(&self) -> Result<Vec<Item<'a>>> {
        let mut items = select::items(self.figure, self.definition, self.results);
        items.retain(|item| draws(item, self.figure, self.definition));
        if items.iter().any(|item| points::shown(item.record).is_some()) {
            return Ok(items);
        }
        let figure = self.figure;
        let expected = format!("results for a {} chart", kind_word(figure.chart));
        let observed = match items.first() {
            None => "no such result is selected".to_owned(),
            Some(first) => format!("{} results without estimate, the first is `{}`", items.len(), first.record.id),
        };
        let at_hand: Vec<&str> = figure
            .analyses
            .iter()
            .flat_map(|analysis| self.results.of(analysis))
            .map(|record| record.id.as_str())
            .take(4)
            .collect();
        let hint = if at_hand.is_empty() {
            format!("its analyses gave no results: {}", figure.analyses.join(", "))
        } else {
            format!("check `answers`, `only` and `places`; results at hand: {} …", at_hand.join(", "))
        };
        Err(Error::unusable(
            self.problem("F01", format!("figure `{}` has nothing to draw", figure.id))
                .observed(observed)
                .expected(expected)
                .hint(hint),
        ))
    }

    /// The unit of all the results.
    ///
    /// # Errors
    ///
    /// F02 where there are several.
    fn unit<'r>(&self, mut records: impl Iterator<Item = &'r ResultRecord>) -> Result<Unit> {
        let Some(first) = records.next() else { return Ok(Unit::Count) };
        match records.find(|record| record.unit != first.unit) {
            None => Ok(first.unit),
            Some(other) => Err(Error::unusable(
                self.problem("F02", format!("figure `{}` mixes units on one axis", self.figure.id))
                    .observed(format!("`{}` in {:?}, `{}` in {:?}", first.id, first.unit, other.id, other.unit))
                    .expected("one unit a figure")
                    .hint("name the results to draw with `answers` and `only`, or make two figures"),
            )),
        }
    }

    /// The events that the figure marks.
    ///
    /// # Errors
    ///
    /// F03 where the definition lacks one.
    fn events(&self) -> Result<Vec<Event>> {
        let event = |id: &String| {
            let found = self.definition.event.iter().find(|event| event.id == *id);
            found
                .map(|event| Event { x: event.date.mid_year(), label: event.label.get(self.locale.code()).to_owned() })
                .ok_or_else(|| {
                    Error::unusable(
                        self.problem("F03", format!("figure `{}` marks an unknown event", self.figure.id))
                            .observed(id.clone())
                            .hint("add an `[[event]]` with this id"),
                    )
                })
        };
        self.figure.events.iter().map(event).collect()
    }

    /// A number of things or people.
    fn count(&self, n: u64) -> String {
        self.locale.number(n as f64, 0)
    }

    fn notes(&self) -> Notes<'a> {
        Notes::new(self.locale)
    }

    fn problem(&self, code: &'static str, message: String) -> Diagnostic {
        Diagnostic::error(code, Place::file("report.toml").key(self.figure.id.clone()), message)
    }
}

fn kind_word(kind: ChartKind) -> &'static str {
    match kind {
        ChartKind::Trend => "trend",
        ChartKind::Stacked => "stacked",
        ChartKind::Dots => "dots",
        ChartKind::Forest => "forest",
        ChartKind::Lines => "lines",
        ChartKind::Bars => "bars",
        ChartKind::Rates => "rates",
        ChartKind::Pooled => "pooled",
        ChartKind::Scatter => "scatter",
        ChartKind::Tiles => "tiles",
        ChartKind::Tracks => "tracks",
        ChartKind::Ages => "ages",
    }
}

/// The values in order of first appearance, each once.
fn distinct<T: PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut out = Vec::new();
    for value in values {
        if !out.contains(&value) {
            out.push(value);
        }
    }
    out
}

/// The place of a name in a list; behind all others where it is not in it.
fn place_in(list: &[String], name: &str) -> usize {
    list.iter().position(|entry| entry == name).unwrap_or(list.len())
}
