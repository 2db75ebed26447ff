//! Shares of items by who acted.

use std::collections::{BTreeMap, BTreeSet};

use super::items;
use super::period::Window;
use crate::analysis::interval;
use crate::analysis::result::{Evidence, Figures, ResultRecord, Unit};
use crate::analysis::work::{Work, list};
use crate::study::definition::{Condition, ItemActorsAnalysis, ItemData};
use crate::study::{EventItem, Span};

const MIXED: &str = "mixed";
const UNKNOWN: &str = "unknown";

/// Answers the analysis: the whole list as `all`, then the periods.
pub(in crate::analysis) fn run<'s>(analysis: &'s ItemActorsAnalysis, work: &mut Work<'s>) {
    let Some(found) = items(&analysis.id, &analysis.data, work) else { return };
    for name in [MIXED, UNKNOWN].into_iter().filter(|name| analysis.camps.contains_key(*name)) {
        let problem = work.problem(&analysis.id, "A08", format!("a camp cannot be called `{name}`"));
        problem.hint = Some("the word stands for items of several camps, or of none".to_owned());
    }
    let Some(columns) = Columns::new(analysis, work) else { return };
    let taken: Vec<&EventItem> = found
        .items
        .iter()
        .filter(|item| analysis.filter.iter().all(|condition| columns.holds(condition, item)))
        .collect();
    let camps = Camps::new(analysis);
    let strange: BTreeSet<&str> = taken
        .iter()
        .flat_map(|item| &item.actors)
        .map(String::as_str)
        .filter(|code| *code != UNKNOWN && camps.of(code).is_none())
        .collect();
    if !strange.is_empty() {
        work.remark(&analysis.id, "codes", format!("in no camp, so they do not make an item known: {}", list(strange)));
    }
    for record in records(analysis, "all", None, &taken, &camps) {
        work.record(record);
    }
    for period in &analysis.period {
        let window = Window::new(period, None);
        let (inside, straddling) = window.sort(taken.iter().copied());
        if !straddling.is_empty() {
            let text = format!("{} items are dated too coarsely to lie surely inside or outside", straddling.len());
            work.remark(&analysis.id, &period.id, text);
        }
        for record in records(analysis, &period.id, Some(window.span()), &inside, &camps) {
            work.record(record);
        }
    }
}

/// Which camp each code belongs to.
struct Camps<'s> {
    of_code: BTreeMap<&'s str, &'s str>,
}

impl<'s> Camps<'s> {
    fn new(analysis: &'s ItemActorsAnalysis) -> Self {
        let codes = analysis
            .camps
            .iter()
            .flat_map(|(camp, codes)| codes.iter().map(move |code| (code.as_str(), camp.as_str())));
        Camps { of_code: codes.collect() }
    }

    fn of(&self, code: &str) -> Option<&'s str> {
        self.of_code.get(code).copied()
    }

    /// The camp of an item; several camps are `mixed`, none is `unknown`.
    fn of_item(&self, item: &EventItem) -> &'s str {
        let camps: BTreeSet<&str> = item.actors.iter().filter_map(|code| self.of(code)).collect();
        match (camps.len(), camps.first()) {
            (1, Some(camp)) => camp,
            (0, _) => UNKNOWN,
            _ => MIXED,
        }
    }
}

fn records(
    analysis: &ItemActorsAnalysis,
    period: &str,
    when: Option<Span>,
    items: &[&EventItem],
    camps: &Camps<'_>,
) -> Vec<ResultRecord> {
    let all = items.len() as u64;
    let known = items.iter().filter(|item| camps.of_item(item) != UNKNOWN).count() as u64;
    let names = analysis.camps.keys().map(String::as_str).chain([MIXED, UNKNOWN]);
    let mut records = Vec::new();
    for camp in names {
        let mine: Vec<&&EventItem> = items.iter().filter(|item| camps.of_item(item) == camp).collect();
        let x = mine.len() as u64;
        let record = |path: &[&str], measure: &str, n: u64| {
            let record = ResultRecord::new(&analysis.id, path, Unit::Share, Evidence::Counted)
                .with("period", period)
                .with("camp", camp)
                .with("measure", measure)
                .rests_on(mine.iter().map(|item| &item.origin))
                .figures(share(x, n));
            match when {
                Some(when) => record.at(when),
                None => record,
            }
        };
        records.push(record(&[period, camp], "all", all));
        if camp != UNKNOWN {
            records.push(record(&[period, camp, "known"], "known", known));
        }
    }
    records
}

/// Share of items found, with Wilson's interval: it covers the chance of a list of this length, not how items were
/// found.
fn share(x: u64, n: u64) -> Figures {
    if n == 0 {
        return Figures { n: Some(0), ..Figures::not_estimable("no items") };
    }
    let p = x as f64 / n as f64;
    Figures { estimate: Some(p), se: Some((p * (1.0 - p) / n as f64).sqrt()), n: Some(n), ..Figures::default() }
        .limits(interval::wilson(x, n))
}

/// The columns of the list that a condition can name.
struct Columns<'s> {
    data: Option<&'s ItemData>,
}

impl<'s> Columns<'s> {
    /// Checks the conditions; a condition on another column belongs to the data, where all columns are at hand.
    fn new(analysis: &ItemActorsAnalysis, work: &mut Work<'s>) -> Option<Self> {
        let data = work.study.definition.items.iter().find(|data| data.id == analysis.data);
        let columns = Columns { data };
        let names: Vec<&str> = columns.names().collect();
        let mut is_fine = true;
        for condition in &analysis.filter {
            if !names.contains(&condition.column.as_str()) {
                is_fine = false;
                let message = format!("column `{}` is not kept with the items", condition.column);
                let problem = work.problem(&analysis.id, "A01", message);
                problem.expected = Some(list(names.iter().copied()));
                problem.hint = Some("put the condition into `where` of the data, as items of their own".to_owned());
            }
        }
        is_fine.then_some(columns)
    }

    fn names(&self) -> impl Iterator<Item = &'s str> {
        self.data.into_iter().flat_map(|data| {
            [Some(&data.item), Some(&data.date), data.place.as_ref(), data.actors.as_ref()]
                .into_iter()
                .flatten()
                .map(String::as_str)
        })
    }

    fn holds(&self, condition: &Condition, item: &EventItem) -> bool {
        let Some(data) = self.data else { return false };
        let column = condition.column.as_str();
        if column == data.item {
            condition.holds(&item.id)
        } else if column == data.date {
            condition.holds(&item.date.map_or_else(String::new, |date| date.to_string()))
        } else if data.place.as_deref() == Some(column) {
            condition.holds(&item.place)
        } else {
            condition.holds(&item.actors.join(";"))
        }
    }
}
