use super::*;
use crate::analysis::result::Results;
use crate::analysis::testing::{items as list_of, study, text};
use crate::error::Result;
use crate::study::definition::{ChanceSpan, FindingChance};

/// One a year from 2001 to 2006, four a year from 2007 to 2012.
fn dates() -> Vec<String> {
    (2001..=2012)
        .flat_map(|year| (0..if year < 2007 { 1 } else { 4 }).map(move |i| format!("{year}-0{}", i + 2)))
        .collect()
}

fn event(id: &str, date: &str) -> EventDef {
    EventDef { id: id.to_owned(), date: date.parse().unwrap(), label: text(id), source: "chronicle".to_owned() }
}

fn analysis(events: &[&str]) -> CountBreaksAnalysis {
    CountBreaksAnalysis {
        id: "pace".to_owned(),
        data: "stones".to_owned(),
        from: "2001".parse().unwrap(),
        until: "2012-12-31".parse().unwrap(),
        by: CountPeriod::Year,
        events: events.iter().map(|id| (*id).to_owned()).collect(),
        window: 3,
        chance: Vec::new(),
    }
}

fn span(start: &str, end: &str, chance: f64) -> ChanceSpan {
    ChanceSpan { start: start.parse().unwrap(), end: end.parse().unwrap(), chance }
}

fn answered(analysis: &CountBreaksAnalysis) -> Result<Results> {
    let mut study = study(Vec::new());
    let dates = dates();
    let rows: Vec<(&str, &str, &[&str])> = dates.iter().map(|date| (date.as_str(), "", &[][..])).collect();
    study.items = vec![list_of(&rows)];
    study.definition.event = vec![event("flood", "2007-03-01"), event("fair", "2010-11-01"), event("dawn", "1999")];
    let mut work = Work::new(&study);
    run(analysis, &mut work);
    work.finish()
}

#[test]
fn a_step_is_seen_in_every_way() {
    let results = answered(&analysis(&["flood"])).unwrap();
    let get = |id: &str| results.get(&format!("pace/{id}")).unwrap_or_else(|| panic!("no {id}")).estimate.clone();
    // Six years each: 24 against 6.
    for way in ["flood/ratio", "flood/profile", "flood/overdispersed"] {
        assert!((get(way).estimate.unwrap() - 4.0).abs() < 1e-9, "{way}");
        assert!(get(way).ci_low.unwrap() > 1.0, "{way}");
    }
    assert!(get("flood/ratio").test.unwrap().p_value < 0.01);
    // Given as many items: less than the rise that is clear, more than nothing.
    let smallest = get("flood/detectable").estimate.unwrap();
    assert!(smallest > 1.0 && smallest < get("flood/ratio").estimate.unwrap(), "{smallest}");
    assert_eq!(get("flood/overdispersed").ci_method, Some("quasi-poisson, t"));
    let window = get("flood/window");
    assert_eq!((window.estimate, window.n), (Some(4.0), Some(15)));
    // No other date has a ratio as large.
    assert_eq!((get("flood/placebo").estimate, get("flood/placebo").n), (Some(0.0), Some(6)));
    let change = results.get("pace/change-point").unwrap();
    assert_eq!(change.when.unwrap().start.to_string(), "2007-01-01");
    assert!(get("change-point").test.unwrap().p_value < 0.05);
    assert!(get("trend").ci_low.unwrap() > 1.0);
    // Every year has what its rate says, so there is nothing to test.
    assert!(get("overdispersion").reason.unwrap().contains("does not vary"));
}

#[test]
fn what_explains_a_rise_away() {
    let results = answered(&analysis(&["flood"])).unwrap();
    let get = |id: &str| results.get(&format!("pace/flood/{id}")).unwrap().estimate.clone();
    let tipping = get("tipping").estimate.unwrap();
    assert!((tipping - get("ratio").ci_low.unwrap()).abs() < 1e-12);
    let growth = get("tipping-per-year").estimate.unwrap();
    // Six years apart on average: growth to the sixth is near the ratio of chances.
    assert!(growth > 1.0 && (growth.powi(6) / tipping).ln().abs() < 0.2, "{growth} {tipping}");
    let mut assumed = analysis(&["flood"]);
    let at = vec![span("2001", "2006", 0.25), span("2007", "2012", 1.0)];
    assumed.chance = vec![FindingChance { id: "quarter".to_owned(), label: text("a quarter"), at }];
    let ratio = answered(&assumed).unwrap().get("pace/flood/chance-quarter").unwrap().estimate.clone();
    assert!((ratio.estimate.unwrap() - 1.0).abs() < 1e-12 && ratio.ci_low.unwrap() < 1.0);
}

#[test]
fn no_rise_needs_no_explanation() {
    let results = answered(&analysis(&["flood", "fair"])).unwrap();
    let get = |id: &str| results.get(&format!("pace/fair/{id}")).unwrap().estimate.clone();
    // 2011 and 2012 against 2007 to 2010.
    assert_eq!((get("ratio").estimate, get("ratio").n), (Some(1.0), Some(24)));
    assert!(get("tipping").reason.unwrap().contains("no clear rise"));
    assert!(get("tipping-per-year").estimate.is_none());
    assert!(get("placebo").reason.is_some());
}

#[test]
fn months_leave_out_what_is_dated_to_the_year() {
    let mut monthly = analysis(&["flood"]);
    monthly.by = CountPeriod::Month;
    let results = answered(&monthly).unwrap();
    let ratio = &results.get("pace/flood/ratio").unwrap().estimate;
    // The flood is of 1 March: February 2007 lies before it.
    assert_eq!(ratio.n, Some(30));
    assert!(ratio.estimate.unwrap() < 4.0);
}

#[test]
fn wrong_definitions_are_told() {
    let code = |analysis: CountBreaksAnalysis| answered(&analysis).unwrap_err().diagnostics()[0].code;
    assert_eq!(code(analysis(&["floods"])), "A01");
    assert_eq!(code(analysis(&["dawn"])), "A16");
    assert_eq!(code(analysis(&["fair", "flood"])), "A16");
    assert_eq!(code(CountBreaksAnalysis { data: "stone".to_owned(), ..analysis(&[]) }), "A01");
    assert_eq!(code(CountBreaksAnalysis { until: "2002".parse().unwrap(), ..analysis(&[]) }), "A16");
    for at in [vec![span("2001", "2006", 0.5)], vec![span("2001", "2012", 1.5)]] {
        let chance = vec![FindingChance { id: "half".to_owned(), label: text("half"), at }];
        assert_eq!(code(CountBreaksAnalysis { chance, ..analysis(&["flood"]) }), "A16");
    }
}
