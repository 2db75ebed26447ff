//! Did the pace of items change at a date, and how much of that could come from recent items being easier to find?

mod finding;
mod models;

use super::items;
use super::period::Window;
use super::periods::{detectable_ratio, ratio};
use crate::analysis::result::{Evidence, Figures, Flag, ResultRecord, Unit};
use crate::analysis::trend::counts::placebo_rates;
use crate::analysis::work::Work;
use crate::numeric::stream::Stream;
use crate::study::definition::{CountBreaksAnalysis, CountPeriod, EventDef};
use crate::study::{EventItem, Origin, PartialDate, Span, decimal_year};
use finding::Finding;

/// Counts by period.
struct Counts<'s> {
    analysis: &'s CountBreaksAnalysis,
    windows: Vec<Window>,
    counts: Vec<f64>,
    exposure: Vec<f64>,
    origins: Vec<&'s Origin>,
    is_cut: bool,
}

/// An event among the periods.
struct Break<'s> {
    event: &'s EventDef,
    /// First period of the time before it that it is compared with.
    from: usize,
    /// First period after it.
    at: usize,
    /// First period that is not compared.
    until: usize,
}

/// Answers the analysis.
pub(in crate::analysis) fn run<'s>(analysis: &'s CountBreaksAnalysis, work: &mut Work<'s>) {
    let Some(list) = items(&analysis.id, &analysis.data, work) else { return };
    let (Some(breaks), Some(finding)) = (breaks_named(analysis, work), Finding::of(analysis, work)) else { return };
    let windows = windows(analysis);
    if windows.len() < 4 {
        let problem = work.problem(&analysis.id, "A16", format!("{} periods are too few for a break", windows.len()));
        problem.expected = Some("`from` and `until` at least four periods apart".to_owned());
        return;
    }
    let counts = Counts::of(analysis, windows, &list.items, work);
    let starts: Vec<usize> = breaks.iter().map(|event| counts.first_after(event)).collect();
    let mut records = models::whole(&counts, &starts, seeded(analysis, work));
    for (place, event) in breaks.iter().enumerate() {
        let found = Break {
            event,
            from: if place == 0 { 0 } else { starts[place - 1] },
            at: starts[place],
            until: starts.get(place + 1).copied().unwrap_or(counts.counts.len()),
        };
        if found.from >= found.at || found.at >= found.until {
            let problem =
                work.problem(&analysis.id, "A16", format!("event `{}` has no periods on both sides", event.id));
            problem.hint =
                Some("list events in order of time, inside `from` and `until`, with periods between".to_owned());
            continue;
        }
        records.extend(at_event(&counts, &found));
        records.extend(models::at_event(&counts, &starts, place, &found));
        records.extend(finding.records(&counts, &found));
    }
    for record in records {
        work.record(record);
    }
}

fn seeded(analysis: &CountBreaksAnalysis, work: &Work<'_>) -> Stream {
    let seed = work.study.definition.study.as_ref().map_or(0, |header| header.seed);
    Stream::named(seed, &format!("count breaks {}", analysis.id))
}

/// The events, or a problem.
fn breaks_named<'s>(analysis: &CountBreaksAnalysis, work: &mut Work<'s>) -> Option<Vec<&'s EventDef>> {
    let known = &work.study.definition.event;
    let mut out = Vec::new();
    for id in &analysis.events {
        match known.iter().find(|event| event.id == *id) {
            Some(event) => out.push(event),
            None => work.unknown(&analysis.id, "event", id, known.iter().map(|event| event.id.as_str())),
        }
    }
    (out.len() == analysis.events.len()).then_some(out)
}

/// The periods from first to last day; the last one may be cut short.
fn windows(analysis: &CountBreaksAnalysis) -> Vec<Window> {
    let (mut first, last) = (analysis.from.first_day(), analysis.until.last_day());
    let mut out = Vec::new();
    while first <= last {
        let end = match analysis.by {
            CountPeriod::Year => first.last_of_year(),
            CountPeriod::Month => first.last_of_month(),
        };
        out.push(Window { first, last: end.min(last), is_cut: last < end });
        match end.tomorrow() {
            Ok(next) => first = next,
            Err(_) => break,
        }
    }
    out
}

impl<'s> Counts<'s> {
    fn of(analysis: &'s CountBreaksAnalysis, windows: Vec<Window>, list: &'s [EventItem], work: &mut Work<'s>) -> Self {
        let sorted: Vec<Vec<&EventItem>> = windows.iter().map(|window| window.sort(list).0).collect();
        let whole = Window {
            first: analysis.from.first_day(),
            last: analysis.until.last_day(),
            is_cut: windows.iter().any(|window| window.is_cut),
        };
        let (inside, straddling) = whole.sort(list);
        let n_counted: usize = sorted.iter().map(Vec::len).sum();
        let coarse = straddling.len() + inside.len() - n_counted;
        if coarse > 0 {
            let text = format!("{coarse} items are dated too coarsely to lie surely in one period and are left out");
            work.remark(&analysis.id, "coarse", text);
        }
        Counts {
            analysis,
            counts: sorted.iter().map(|items| items.len() as f64).collect(),
            exposure: windows.iter().map(|window| window.exposure()).collect(),
            origins: sorted.iter().flatten().map(|item| &item.origin).collect(),
            is_cut: whole.is_cut,
            windows,
        }
    }

    /// The first period whose middle lies after the event.
    fn first_after(&self, event: &EventDef) -> usize {
        let date = event.date.mid_year();
        let middle = |window: &Window| (decimal_year(window.first) + decimal_year(window.last)) / 2.0;
        self.windows.iter().position(|window| middle(window) >= date).unwrap_or(self.windows.len())
    }

    fn sum(&self, periods: core::ops::Range<usize>) -> u64 {
        self.counts[periods].iter().sum::<f64>() as u64
    }

    fn time(&self, periods: core::ops::Range<usize>) -> f64 {
        self.exposure[periods].iter().sum()
    }

    fn span(&self, periods: core::ops::Range<usize>) -> Option<Span> {
        let (first, last) = (self.windows.get(periods.start)?, self.windows.get(periods.end.checked_sub(1)?)?);
        Some(Span { start: PartialDate::day(first.first), end: PartialDate::day(last.last) })
    }

    fn record(&self, path: &[&str], unit: Unit, periods: core::ops::Range<usize>) -> ResultRecord {
        let record = ResultRecord::new(&self.analysis.id, path, unit, Evidence::Counted)
            .with("measure", path.last().copied().unwrap_or_default())
            .rests_on(self.origins.iter().copied())
            .flags(self.is_cut.then_some(Flag::PartialPeriod));
        match self.span(periods) {
            Some(span) => record.at(span),
            None => record,
        }
    }

    fn at(&self, found: &Break<'_>, measure: &str, unit: Unit) -> ResultRecord {
        self.record(&[&found.event.id, measure], unit, found.from..found.until).with("event", &found.event.id)
    }
}

/// The exact ratio at an event, and the same in a window, with other dates beside it.
fn at_event(counts: &Counts<'_>, found: &Break<'_>) -> Vec<ResultRecord> {
    let side = |periods: core::ops::Range<usize>| (counts.sum(periods.clone()), counts.time(periods));
    let (after, before) = (side(found.at..found.until), side(found.from..found.at));
    let window = counts.analysis.window;
    let (low, high) = (found.at.saturating_sub(window), (found.at + window).min(counts.counts.len()));
    let in_window = ratio(side(found.at..high), side(low..found.at));
    let placebo = match placebo_rates(&counts.counts, &counts.exposure, found.at, window) {
        Err(error) => Figures::not_estimable(error.to_string()),
        Ok(placebo) if placebo.n_dates == 0 => Figures::not_estimable("no other date has a window on both sides"),
        Ok(placebo) => Figures {
            n: Some(placebo.n_dates as u64),
            ..Figures::without_interval(
                placebo.n_as_large as f64 / placebo.n_dates as f64,
                "a share of dates, whose windows overlap",
            )
        },
    };
    vec![
        counts.at(found, "ratio", Unit::Ratio).figures(ratio(after, before)),
        counts.at(found, "detectable", Unit::Ratio).figures(detectable_ratio(after, before)),
        counts
            .record(&[&found.event.id, "window"], Unit::Ratio, low..high)
            .with("event", &found.event.id)
            .figures(in_window),
        counts.at(found, "placebo", Unit::Share).figures(placebo),
    ]
}

#[cfg(test)]
mod tests;
