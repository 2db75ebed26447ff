//! Items per calendar year and per named period, and ratios of periods.

use std::collections::BTreeSet;

use super::period::Window;
use super::{chance, items};
use crate::analysis::counts::{rate, tell_scaled};
use crate::analysis::detectable::{self, POWER, SIGNIFICANCE};
use crate::analysis::interval::{Interval, LEVEL};
use crate::analysis::result::{Evidence, Figures, Flag, ResultRecord, TestOutcome, Unit};
use crate::analysis::trend::counts::{rate_ratio_test, smallest_detectable_ratio};
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
        let span = window.span();
        tell_scaled(&analysis.id, &period.id, span.start.first_day(), span.end.last_day(), work);
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

/// One record for each year from the first dated item or period to the end of the list, years without items included. A count
/// of items found has no interval; that of a rate stands with the periods.
fn calendar_years(analysis: &ItemPeriodsAnalysis, list: &EventList) -> Vec<ResultRecord> {
    let last = analysis.until.first_day().year();
    let dates = list.items.iter().filter_map(|item| item.date);
    let first =
        dates.chain(analysis.period.iter().map(|period| period.start)).map(|date| date.first_day().year()).min();
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
    let record = |path: &[&str]| {
        ResultRecord::new(&analysis.id, path, Unit::Ratio, Evidence::Counted)
            .with("period", &period.id)
            .with("measure", &name)
            .at(window.span().hull(base.span()))
            .flags((window.is_cut || base.is_cut).then_some(Flag::PartialPeriod))
            .rests_on(mine.iter().chain(&theirs).map(|item| &item.origin))
    };
    let compared = |chances: [f64; 2]| {
        ratio((mine.len() as u64, window.exposure() * chances[0]), (theirs.len() as u64, base.exposure() * chances[1]))
    };
    work.record(record(&[&period.id, &name]).figures(compared([1.0, 1.0])));
    let (first, second) = ((mine.len() as u64, window.exposure()), (theirs.len() as u64, base.exposure()));
    let smallest = record(&[&period.id, &name, "detectable"]).with("measure", "detectable");
    work.record(smallest.figures(detectable_ratio(first, second)));
    if !chance::are_sound(&analysis.id, &analysis.chance, &[window, base], work) {
        return;
    }
    for assumed in &analysis.chance {
        let chances = [window, base].map(|window| assumed.over(window.first, window.last).unwrap_or(1.0));
        let leaf = format!("chance-{}", assumed.id);
        work.record(record(&[&period.id, &name, &leaf]).with("chance", &assumed.id).figures(compared(chances)));
    }
}

/// The ratio of two rates with its exact interval and test of one; `n` counts the items of both.
pub(in crate::analysis) fn ratio(first: (u64, f64), second: (u64, f64)) -> Figures {
    let n = Some(first.0 + second.0);
    let Ok(ratio) = rate_ratio_test([first.0, second.0], [first.1, second.1], 1.0, LEVEL) else {
        return Figures { n, ..Figures::not_estimable("no items on either side, or no exposure") };
    };
    if !ratio.ratio.is_finite() {
        return Figures { n, ..Figures::not_estimable("no items to compare with: the ratio has no upper limit") };
    }
    let test = TestOutcome {
        method: "rate_ratio_exact",
        statistic: None,
        numerator_degf: None,
        degf: None,
        p_value: ratio.p_value,
    };
    Figures { estimate: Some(ratio.ratio), n, test: Some(test), ..Figures::default() }.limits(Some(Interval {
        low: ratio.low,
        high: ratio.high,
        method: "conditional exact",
    }))
}

/// The smallest ratio of two rates that its test could have shown, given as many items.
pub(in crate::analysis) fn detectable_ratio(first: (u64, f64), second: (u64, f64)) -> Figures {
    let found = smallest_detectable_ratio(first.0 + second.0, [first.1, second.1], POWER, SIGNIFICANCE);
    let n = Some(first.0 + second.0);
    let none = || "so few items that no ratio could have been shown".to_owned();
    Figures {
        n,
        ..detectable::figures(found.map_err(|error| error.to_string()).and_then(|ratio| ratio.ok_or_else(none)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::result::Results;
    use crate::analysis::testing::{items as list_of, period, study};
    use crate::error::Result;

    fn results(until: &str, periods: Vec<Period>) -> Result<Results> {
        let mut study = study(Vec::new());
        study.items = vec![list_of(&[
            ("2001", "", &[]),
            ("2001-05", "", &[]),
            ("2002-02-03", "", &[]),
            ("2003", "", &[]),
            ("2003-12-30", "", &[]),
            ("", "", &[]),
        ])];
        let analysis = ItemPeriodsAnalysis {
            id: "stones".to_owned(),
            data: "stones".to_owned(),
            until: until.parse().unwrap(),
            period: periods,
            chance: Vec::new(),
        };
        let mut work = Work::new(&study);
        run(&analysis, &mut work);
        work.finish()
    }

    #[test]
    fn years_periods_and_their_ratio() {
        let periods = vec![period("early", "2001", "2001", None), period("late", "2002", "2003", Some("early"))];
        let results = results("2003-12-31", periods).unwrap();
        let years: Vec<Option<u64>> =
            (2001..=2003).map(|year| results.get(&format!("stones/year-{year}")).unwrap().estimate.n).collect();
        assert_eq!(years, [Some(2), Some(1), Some(2)]);
        let late = &results.get("stones/late").unwrap().estimate;
        assert_eq!((late.estimate, late.n), (Some(1.5), Some(3)));
        let ratio = &results.get("stones/late/vs-early").unwrap().estimate;
        assert_eq!((ratio.estimate, ratio.n), (Some(0.75), Some(5)));
        assert!(results.remarks.iter().any(|remark| remark.text.starts_with("1 of 6 items have no date")));
    }

    #[test]
    fn items_that_may_lie_outside_do_not_count() {
        let results = results("2003-12-31", vec![period("spring", "2001-03", "2001-06", None)]).unwrap();
        assert_eq!(results.get("stones/spring").unwrap().estimate.n, Some(1));
        assert!(results.remarks.iter().any(|remark| remark.about == "spring" && remark.text.starts_with("1 items")));
    }

    #[test]
    fn a_list_that_ends_early_has_less_exposure() {
        let results = results("2003-06-30", vec![period("late", "2003", "2003", None)]).unwrap();
        let late = results.get("stones/late").unwrap();
        assert_eq!((late.estimate.n, late.flags.as_slice()), (Some(1), &[Flag::PartialPeriod][..]));
        assert!((late.estimate.estimate.unwrap() - 365.0 / 181.0).abs() < 1e-12);
        assert_eq!(results.get("stones/year-2003").unwrap().flags, [Flag::PartialPeriod]);
        assert!(results.remarks.iter().any(|remark| remark.about == "after-end"));
    }

    #[test]
    fn overlapping_periods_and_unknown_ones_cannot_be_compared() {
        let overlap = vec![period("a", "2001", "2002", None), period("b", "2002", "2003", Some("a"))];
        assert_eq!(results("2003", overlap).unwrap_err().diagnostics()[0].code, "A07");
        assert!(results("2003", vec![period("a", "2001", "2002", Some("c"))]).is_err());
    }

    #[test]
    fn nothing_to_compare_with_has_no_ratio() {
        let figures = ratio((3, 1.0), (0, 1.0));
        assert_eq!((figures.estimate, figures.ci_low, figures.n), (None, None, Some(3)));
        assert!(ratio((0, 1.0), (0, 1.0)).reason.is_some());
        assert_eq!(ratio((0, 1.0), (4, 1.0)).estimate, Some(0.0));
    }
}
