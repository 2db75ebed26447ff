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
    // At 0 and 1 the formula gives 0, which would claim certainty; the interval says what is known.
    let se = (x > 0 && x < n).then(|| (p * (1.0 - p) / n as f64).sqrt());
    Figures { estimate: Some(p), se, n: Some(n), ..Figures::default() }.limits(interval::wilson(x, n))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::result::Results;
    use crate::analysis::testing::{items as list_of, period, study};
    use crate::error::Result;
    use crate::study::definition::OneOrMany;

    fn results(filter: Vec<Condition>) -> Result<Results> {
        let mut study = study(Vec::new());
        study.items = vec![list_of(&[
            ("2001", "Metro", &["party"]),
            ("2002", "Town", &["party", "club"]),
            ("2003", "Town", &["club", "office"]),
            ("2004", "Town", &["unknown"]),
            ("2005", "Town", &["ghost"]),
            ("2006", "Town", &[]),
        ])];
        study.definition.items = vec![ItemData {
            id: "stones".to_owned(),
            package: "stones".to_owned(),
            resource: "stones".to_owned(),
            filter: Vec::new(),
            item: "id".to_owned(),
            date: "date".to_owned(),
            place: Some("place".to_owned()),
            actors: Some("actors".to_owned()),
            source: None,
        }];
        let camp = |name: &str, codes: &[&str]| {
            (name.to_owned(), codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>())
        };
        let analysis = ItemActorsAnalysis {
            id: "actors".to_owned(),
            data: "stones".to_owned(),
            filter,
            camps: [camp("below", &["party", "club"]), camp("above", &["office"])].into(),
            period: vec![period("early", "2001", "2002", None)],
        };
        let mut work = Work::new(&study);
        run(&analysis, &mut work);
        work.finish()
    }

    #[test]
    fn camps_mixed_and_unknown_make_up_all_items() {
        let results = results(Vec::new()).unwrap();
        let share = |id: &str| results.get(&format!("actors/{id}")).unwrap().estimate.estimate.unwrap();
        let parts = ["all/above", "all/below", "all/mixed", "all/unknown"].map(share);
        assert_eq!(parts, [0.0, 2.0 / 6.0, 1.0 / 6.0, 3.0 / 6.0]);
        assert_eq!((share("all/below/known"), share("all/mixed/known")), (2.0 / 3.0, 1.0 / 3.0));
        assert_eq!(share("early/below"), 1.0);
        assert!(results.remarks.iter().any(|remark| remark.text.contains("`ghost`")));
        let none = &results.get("actors/all/above").unwrap().estimate;
        assert_eq!(none.ci_method, Some("wilson"));
        assert!(none.se.is_none() && none.ci_high.unwrap() > 0.3);
    }

    #[test]
    fn conditions_see_the_columns_that_are_kept() {
        let is = |column: &str, value: &str| Condition {
            column: column.to_owned(),
            is: Some(OneOrMany::One(value.to_owned())),
            is_not: None,
        };
        let results_of = |condition| results(vec![condition]);
        let metro = results_of(is("place", "Metro")).unwrap();
        assert_eq!(metro.get("actors/all/below").unwrap().estimate.n, Some(1));
        assert_eq!(results_of(is("status", "standing")).unwrap_err().diagnostics()[0].code, "A01");
    }
}
