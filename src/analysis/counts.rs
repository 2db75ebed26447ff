//! Published counts of things per period, each counter apart.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::interval;
use super::result::{Evidence, Figures, Flag, ResultRecord, Unit};
use super::time::{is_whole_years, years};
use super::work::{Work, list};
use crate::study::definition::CountsAnalysis;
use crate::study::{PublishedCount, Span};

/// Answers the analysis: one rate for each counter and period, and stocks apart. Counters use different rules and
/// their periods overlap, so nothing is ever added up.
pub(super) fn run(analysis: &CountsAnalysis, work: &mut Work<'_>) {
    let study = work.study;
    let rows: Vec<&PublishedCount> = study.counts.iter().filter(|row| row.data == analysis.data).collect();
    if rows.is_empty() {
        let known: BTreeSet<&str> = study.counts.iter().map(|row| row.data.as_str()).collect();
        work.unknown(&analysis.id, "count data", &analysis.data, known);
        return;
    }
    let printed: BTreeSet<&str> = rows.iter().map(|row| row.counter.as_str()).collect();
    for counter in analysis.counters.keys().filter(|counter| !printed.contains(counter.as_str())) {
        work.unknown(&analysis.id, "counter", counter, printed.iter().copied());
    }
    let other: Vec<&str> =
        printed.iter().copied().filter(|counter| !analysis.counters.contains_key(*counter)).collect();
    if !other.is_empty() {
        work.remark(&analysis.id, "counters", format!("left out: {}", list(other)));
    }
    let mut ids = BTreeSet::new();
    for row in rows {
        let Some(counter) = analysis.counters.get(&row.counter) else { continue };
        if let (Some((start, end)), Some(_)) = (row.start.zip(row.end), row.count) {
            tell_scaled(&analysis.id, &format!("{counter}/{start}_{end}"), start.first_day(), end.last_day(), work);
        }
        for record in flow(analysis, counter, row).into_iter().chain(stock(analysis, counter, row)) {
            if ids.insert(record.id.clone()) {
                work.record(record);
            } else {
                let text = format!("left out: `{counter}` has another row for the same period, {}", row.counter);
                work.remark(&analysis.id, &record.id, text);
            }
        }
    }
}

/// Says that a rate of less or more than whole years takes things to come evenly over the year.
pub(super) fn tell_scaled(analysis: &str, about: &str, first: Date, last: Date, work: &mut Work<'_>) {
    if first <= last && !is_whole_years(first, last) {
        let text = "scaled to a year by its days, as if things came evenly over the year: too high where the period \
                    holds the season in which most come, too low where it misses it";
        work.remark(analysis, about, text);
    }
}

/// Things per year in a period.
///
/// # Definition
///
/// Rate x/t for x things in t years; se √x/t; interval [`interval::poisson`] over t. `n` is the count itself.
fn flow(analysis: &CountsAnalysis, counter: &str, row: &PublishedCount) -> Option<ResultRecord> {
    let (count, start, end) = (row.count?, row.start?, row.end?);
    let (first, last) = (start.first_day(), end.last_day());
    let period = format!("{start}_{end}");
    let record = ResultRecord::new(&analysis.id, &[counter, &period], Unit::PerYear, Evidence::Counted)
        .with("counter", counter)
        .with("period", &period)
        .with("measure", "added")
        .at(Span { start, end })
        .flags((!is_whole_years(first, last)).then_some(Flag::PartialPeriod))
        .rests_on([&row.origin]);
    Some(record.figures(rate(count, years(first, last))))
}

/// A rate from a count and its exposure, with an exact interval; a count of 0 has no standard error.
pub(super) fn rate(count: u64, exposure: f64) -> Figures {
    if exposure <= 0.0 {
        return Figures { n: Some(count), ..Figures::not_estimable("the period has no days") };
    }
    Figures {
        estimate: Some(count as f64 / exposure),
        se: (count > 0).then(|| (count as f64).sqrt() / exposure),
        n: Some(count),
        ..Figures::default()
    }
    .limits(interval::poisson(count).map(|limits| limits.times(1.0 / exposure)))
}

/// Things standing at a day.
fn stock(analysis: &CountsAnalysis, counter: &str, row: &PublishedCount) -> Option<ResultRecord> {
    let stock = row.stock?;
    let name = row.end.map_or_else(|| "stock-undated".to_owned(), |end| format!("stock-{end}"));
    let record = ResultRecord::new(&analysis.id, &[counter, &name], Unit::Count, Evidence::Counted)
        .with("counter", counter)
        .with("period", &name)
        .with("measure", "stock")
        .rests_on([&row.origin])
        .figures(Figures {
            n: Some(stock),
            ..Figures::without_interval(stock as f64, "things standing at the date, not things added")
        });
    Some(match row.end {
        Some(end) => record.at(Span::at(end)),
        None => record,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::analysis::result::Results;
    use crate::analysis::testing::study;
    use crate::study::Origin;

    fn row(counter: &str, start: &str, end: &str, count: Option<u64>, stock: Option<u64>) -> PublishedCount {
        let file: Arc<str> = "datasets/stones/counts.csv".into();
        PublishedCount {
            data: "stones".to_owned(),
            counter: counter.to_owned(),
            start: start.parse().ok(),
            end: end.parse().ok(),
            count,
            stock,
            note: String::new(),
            origin: Origin::line(&file, 2),
        }
    }

    fn results(rows: Vec<PublishedCount>) -> Results {
        let mut study = study(Vec::new());
        study.counts = rows;
        let counters = [("The Gazette", "gazette"), ("The Club", "club")]
            .map(|(printed, short)| (printed.to_owned(), short.to_owned()))
            .into();
        let analysis = CountsAnalysis { id: "stones".to_owned(), data: "stones".to_owned(), counters };
        let mut work = Work::new(&study);
        run(&analysis, &mut work);
        work.finish().unwrap()
    }

    #[test]
    fn a_rate_has_exact_limits_and_stocks_stay_apart() {
        let results = results(vec![
            row("The Gazette", "2000-01-01", "2001-12-31", Some(10), None),
            row("The Gazette", "2002-01-01", "2002-07-01", Some(0), None),
            row("The Club", "", "2002-07-01", None, Some(110)),
            row("Nobody", "2002-01-01", "2002-07-01", Some(5), None),
        ]);
        let rate = results.get("stones/gazette/2000-01-01_2001-12-31").unwrap();
        assert_eq!((rate.estimate.estimate, rate.estimate.n, rate.flags.len()), (Some(5.0), Some(10), 0));
        assert!((rate.estimate.ci_low.unwrap() - 4.795_388_696_132_434 / 2.0).abs() < 1e-9);
        let none = results.get("stones/gazette/2002-01-01_2002-07-01").unwrap();
        assert_eq!((none.estimate.estimate, none.estimate.ci_low), (Some(0.0), Some(0.0)));
        assert_eq!(none.flags, [Flag::PartialPeriod]);
        let stock = results.get("stones/club/stock-2002-07-01").unwrap();
        assert_eq!((stock.unit, stock.estimate.estimate, stock.estimate.ci_low), (Unit::Count, Some(110.0), None));
        assert!(results.remarks[0].text.contains("Nobody"));
        let scaled: Vec<&str> = results.remarks[1..].iter().map(|remark| remark.about.as_str()).collect();
        assert_eq!(scaled, ["gazette/2002-01-01_2002-07-01"]);
        assert!(results.remarks[1].text.starts_with("scaled to a year by its days"));
    }
}
