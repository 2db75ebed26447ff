//! Does one counter see the pace change? Ratios of two rates of the same counter.

use jiff::civil::Date;

use super::items::{detectable_ratio, ratio};
use super::result::{Evidence, Flag, ResultRecord, Unit};
use super::time::years;
use super::work::Work;
use crate::study::definition::{CountRatioPair, CountRatiosAnalysis};

/// Things counted in some periods, which have no common day.
struct Sum {
    count: u64,
    time: f64,
    records: Vec<ResultRecord>,
}

/// Answers the analysis.
pub(super) fn run(analysis: &CountRatiosAnalysis, work: &mut Work<'_>) {
    for pair in &analysis.pair {
        for record in of_pair(analysis, pair, work).into_iter().flatten() {
            work.record(record);
        }
    }
}

fn of_pair(analysis: &CountRatiosAnalysis, pair: &CountRatioPair, work: &mut Work<'_>) -> Option<[ResultRecord; 2]> {
    let first = sum(analysis, pair, &pair.first, work);
    let second = sum(analysis, pair, &pair.second, work);
    let less = sum(analysis, pair, &pair.less, work);
    let (first, second, less) = (first?, second?, less?);
    let all: Vec<&ResultRecord> = first.records.iter().chain(&second.records).chain(&less.records).collect();
    let counter = all.first()?.about("counter").to_owned();
    if let Some(other) = all.iter().find(|record| record.about("counter") != counter) {
        let other = other.about("counter").to_owned();
        let problem = work.problem(&analysis.id, "A17", format!("pair `{}` mixes counters", pair.id));
        problem.observed = Some(format!("`{counter}` and `{other}`"));
        problem.hint = Some("counters follow different rules: compare each with itself".to_owned());
        return None;
    }
    let is_inside = |part: &ResultRecord| second.records.iter().any(|whole| holds(whole, part));
    let is_apart = |one: &ResultRecord, other: &ResultRecord| match days(one).zip(days(other)) {
        Some((a, b)) => a.1 < b.0 || b.1 < a.0,
        None => false,
    };
    let is_separate = first.records.iter().all(|one| {
        second.records.iter().all(|other| {
            // A day that both sides count must be among those taken off.
            is_apart(one, other) || less.records.iter().any(|part| holds(part, one))
        })
    });
    if !less.records.iter().all(is_inside) || less.count > second.count || less.time >= second.time || !is_separate {
        let problem = work.problem(&analysis.id, "A17", format!("pair `{}` counts days twice", pair.id));
        problem.expected =
            Some("`first` and `second` without a common day, but for days that `less` takes off `second`".to_owned());
        return None;
    }
    let rest = (second.count - less.count, second.time - less.time);
    let spans = all.iter().filter_map(|record| record.when).reduce(|a, b| a.hull(b));
    let is_partial = all.iter().any(|record| record.flags.contains(&Flag::PartialPeriod));
    let record = |path: &[&str]| {
        let record = ResultRecord::new(&analysis.id, path, Unit::Ratio, Evidence::Counted)
            .with("pair", &pair.id)
            .with("counter", &counter)
            .flags(is_partial.then_some(Flag::PartialPeriod))
            .rests_on(all.iter().flat_map(|record| &record.origins));
        match spans {
            Some(span) => record.at(span),
            None => record,
        }
    };
    let smallest = record(&[&pair.id, "detectable"]).with("measure", "detectable");
    Some([
        record(&[&pair.id]).figures(ratio((first.count, first.time), rest)),
        smallest.figures(detectable_ratio((first.count, first.time), rest)),
    ])
}

/// The sum of counts by period; a problem where one is none or where periods overlap.
fn sum(analysis: &CountRatiosAnalysis, pair: &CountRatioPair, ids: &[String], work: &mut Work<'_>) -> Option<Sum> {
    let mut sum = Sum { count: 0, time: 0.0, records: Vec::new() };
    let mut last: Option<Date> = None;
    let mut records = Vec::new();
    for id in ids {
        let Some(record) = work.results.get(id).cloned() else {
            let counts = work.results.records.iter().filter(|record| record.about("measure") == "added");
            let known: Vec<String> = counts.map(|record| record.id.clone()).collect();
            work.unknown(&analysis.id, "count per period", id, known.iter().map(String::as_str));
            return None;
        };
        records.push(record);
    }
    records.sort_by_key(|record| days(record).map(|days| days.0));
    for record in records {
        let Some(((start, end), count)) =
            days(&record).zip(record.estimate.n).filter(|_| record.about("measure") == "added")
        else {
            let problem = work.problem(&analysis.id, "A17", format!("`{}` is no count of a period", record.id));
            problem.hint = Some("name results of `[[analysis.counts]]` with a start and an end".to_owned());
            return None;
        };
        let (start, end) = if pair.whole_years { (start.first_of_year(), end.last_of_year()) } else { (start, end) };
        if last.is_some_and(|last| start <= last) {
            let problem = work.problem(&analysis.id, "A07", format!("pair `{}` adds overlapping periods", pair.id));
            problem.hint = Some("name periods without a common day".to_owned());
            return None;
        }
        last = Some(end);
        sum.count += count;
        sum.time += years(start, end);
        sum.records.push(record);
    }
    Some(sum)
}

/// First and last day.
fn days(record: &ResultRecord) -> Option<(Date, Date)> {
    record.when.map(|when| (when.start.first_day(), when.end.last_day()))
}

fn holds(whole: &ResultRecord, part: &ResultRecord) -> bool {
    days(whole).zip(days(part)).is_some_and(|(whole, part)| whole.0 <= part.0 && part.1 <= whole.1)
}
