//! Items per calendar year and per named period, and ratios of periods.

use std::collections::BTreeSet;

use super::items;
use super::period::Window;
use crate::analysis::counts::rate;
use crate::analysis::interval::{Interval, RATE_RATIO_METHOD, rate_ratio};
use crate::analysis::result::{Evidence, Figures, Flag, ResultRecord, Unit};
use crate::analysis::work::Work;
use crate::study::EventList;
use crate::study::definition::{ItemPeriodsAnalysis, Period};

/// Answers the analysis.
pub(in crate::analysis) fn run<'s>(analysis: &'s ItemPeriodsAnalysis, work: &mut Work<'s>) {
    let Some(list) = items(&analysis.id, &analysis.data, work) else { return };
    tell_undated(analysis, list, work);
    for record in calendar_years(analysis, list) {
        work.record(record);
    }
    for period in &analysis.period {
        let window = Window::new(period, Some(analysis.until));
        let (inside, straddling) = window.sort(&list.items);
        if !straddling.is_empty() {
            let text = format!("{} items are dated too coarsely to lie surely inside or outside", straddling.len());
            work.remark(&analysis.id, &period.id, text);
        }
        work.record(
            ResultRecord::new(&analysis.id, &[&period.id], Unit::PerYear, Evidence::Counted)
                .with("period", &period.id)
                .with("measure", "period")
                .at(window.span())
                .flags(window.is_cut.then_some(Flag::PartialPeriod))
                .rests_on(inside.iter().map(|item| &item.origin))
                .figures(rate(inside.len() as u64, window.exposure())),
        );
        if let Some(versus) = &period.versus {
            compare(analysis, list, period, versus, work);
        }
    }
}

fn tell_undated(analysis: &ItemPeriodsAnalysis, list: &EventList, work: &mut Work<'_>) {
    let undated = list.items.iter().filter(|item| item.date.is_none()).count();
    if undated > 0 {
        let text = format!("{undated} of {} items have no date and are in no year and no period", list.items.len());
        work.remark(&analysis.id, "undated", text);
    }
    let until = analysis.until.last_day();
    let late = list.items.iter().filter(|item| item.date.is_some_and(|date| date.first_day() > until)).count();
    if late > 0 {
        let text = format!("{late} items are dated after {}, where the list ends, and are left out", analysis.until);
        work.remark(&analysis.id, "after-end", text);
    }
}

/// One record for each year from the first dated item to the end of the list, years without items included. A count
/// of items found has no interval; that of a rate stands with the periods.
fn calendar_years(analysis: &ItemPeriodsAnalysis, list: &EventList) -> Vec<ResultRecord> {
    let last = analysis.until.first_day().year();
    let first = list.items.iter().filter_map(|item| item.date).map(|date| date.first_day().year()).min();
    let windows = first.into_iter().flat_map(|first| first..=last);
    windows
        .filter_map(|year| Some((year, Window::year(year, Some(analysis.until))?)))
        .map(|(year, window)| {
            let inside = window.sort(&list.items).0;
            let n = inside.len() as u64;
            ResultRecord::new(&analysis.id, &[&format!("year-{year}")], Unit::Count, Evidence::Counted)
                .with("period", &year.to_string())
                .with("measure", "year")
                .at(window.span())
                .flags(window.is_cut.then_some(Flag::PartialPeriod))
                .rests_on(inside.iter().map(|item| &item.origin))
                .figures(Figures { n: Some(n), ..Figures::without_interval(n as f64, "a count of items found") })
        })
        .collect()
}

fn compare(analysis: &ItemPeriodsAnalysis, list: &EventList, period: &Period, versus: &str, work: &mut Work<'_>) {
    let Some(other) = analysis.period.iter().find(|candidate| candidate.id == versus) else {
        let known: BTreeSet<&str> = analysis.period.iter().map(|period| period.id.as_str()).collect();
        work.unknown(&analysis.id, "period", versus, known);
        return;
    };
    let (window, base) = (Window::new(period, Some(analysis.until)), Window::new(other, Some(analysis.until)));
    if window.overlaps(base) {
        let message = format!("period `{}` overlaps `{versus}`, which it is compared with", period.id);
        let problem = work.problem(&analysis.id, "A07", message);
        problem.hint = Some("a ratio of rates needs periods without a common day".to_owned());
        return;
    }
    let (mine, theirs) = (window.sort(&list.items).0, base.sort(&list.items).0);
    let name = format!("vs-{versus}");
    work.record(
        ResultRecord::new(&analysis.id, &[&period.id, &name], Unit::Ratio, Evidence::Counted)
            .with("period", &period.id)
            .with("measure", &name)
            .flags((window.is_cut || base.is_cut).then_some(Flag::PartialPeriod))
            .rests_on(mine.iter().chain(&theirs).map(|item| &item.origin))
            .figures(ratio((mine.len() as u64, window.exposure()), (theirs.len() as u64, base.exposure()))),
    );
}

/// The ratio of two rates with its exact interval; `n` counts the items of both.
pub(super) fn ratio(first: (u64, f64), second: (u64, f64)) -> Figures {
    let n = Some(first.0 + second.0);
    let Some(ratio) = rate_ratio(first, second) else {
        return Figures { n, ..Figures::not_estimable("no items on either side, or no exposure") };
    };
    match (ratio.ratio, ratio.high) {
        (Some(estimate), Some(high)) => Figures { estimate: Some(estimate), n, ..Figures::default() }
            .limits(Some(Interval { low: ratio.low, high, method: RATE_RATIO_METHOD })),
        _ => Figures { n, ..Figures::not_estimable("no items to compare with: the ratio has no upper limit") },
    }
}
