use super::*;
use crate::analysis::result::{Figures, Results};
use crate::analysis::testing::{study, text};
use crate::error::Result;
use crate::study::Study;
use crate::study::definition::EventDef;

fn event(id: &str, date: &str) -> EventDef {
    EventDef { id: id.to_owned(), date: date.parse().unwrap(), label: text(id), source: "example.org".to_owned() }
}

fn with_events() -> Study {
    let mut study = study(Vec::new());
    study.definition.event = vec![event("flood", "2004-01-20"), event("founding", "1950")];
    study
}

/// A share each month of 2001 to 2006 that jumps by 10 points in February 2004.
fn months() -> Vec<ResultRecord> {
    (0..72)
        .map(|i| {
            let date = format!("{}-{:02}", 2001 + i / 12, 1 + i % 12);
            let jump = if i >= 37 { 0.1 } else { 0.0 };
            let value = 0.4 + jump + 0.004 * f64::from(i * 7 % 5);
            ResultRecord::new("mood", &[&date, "good"], Unit::Share, Evidence::Published)
                .at(Span::at(date.parse().unwrap()))
                .figures(Figures { estimate: Some(value), se: Some(0.01), ..Figures::default() })
        })
        .collect()
}

fn answer(records: Vec<ResultRecord>, more: &str) -> Result<Results> {
    let study = with_events();
    let analysis: BreaksAnalysis =
        toml::from_str(&format!("id = \"breaks\"\nresults = [\"mood/*/good\"]\n{more}")).unwrap();
    let mut work = Work::new(&study);
    for record in records {
        work.record(record);
    }
    run(&analysis, &mut work);
    work.finish()
}

#[test]
fn a_jump_is_found_at_its_date_and_stands_out() {
    let results = answer(months(), "events = [\"flood\"]\nwindow_years = 2").unwrap();
    let get = |id: &str| results.get(&format!("breaks/{id}")).unwrap();
    let step = get("event/flood/step");
    assert!(step.estimate.ci_low.unwrap() < 0.1 && 0.1 < step.estimate.ci_high.unwrap());
    assert_eq!((step.about("before"), step.about("after")), ("mood/2003-12/good", "mood/2004-02/good"));
    assert_eq!(step.about("straddling"), "mood/2004-01/good");
    // 48 months near it less one that straddles, four coefficients.
    assert_eq!(step.estimate.degf, Some(43.0));
    assert_eq!(get("event/flood/placebo").estimate.estimate, Some(0.0));
    assert_eq!(get("n-breaks").estimate.estimate, Some(1.0));
    assert_eq!(get("break/1").when.unwrap().to_string(), "2004-02");
    assert!((get("break/1").estimate.estimate.unwrap() - 0.1).abs() < 0.005);
    let date = &get("break/1/date").estimate;
    let time = 2004.0 + 1.5 / 12.0;
    assert!((date.estimate.unwrap() - time).abs() < 0.01);
    assert!(date.ci_low.unwrap() <= date.estimate.unwrap() && date.estimate.unwrap() <= date.ci_high.unwrap());
    assert_eq!(get("change-point/1").when.unwrap().to_string(), "2004-02");
    assert!(get("any-break").estimate.test.as_ref().unwrap().p_value < 1e-6);
}

#[test]
fn a_quiet_series_has_no_break() {
    let quiet: Vec<ResultRecord> = months().into_iter().take(37).collect();
    let results = answer(quiet, "").unwrap();
    assert_eq!(results.get("breaks/n-breaks").unwrap().estimate.estimate, Some(0.0));
    assert!(results.get("breaks/break/1").is_none() && results.get("breaks/change-point/1").is_none());
    assert!(results.get("breaks/any-break").unwrap().estimate.test.as_ref().unwrap().p_value > 0.5);
}

#[test]
fn events_outside_and_short_series_have_reasons() {
    let results = answer(months(), "events = [\"founding\"]").unwrap();
    let reason = results.get("breaks/event/founding/step").unwrap().estimate.reason.clone().unwrap();
    assert!(reason.contains("times before the event"), "{reason}");
    let short: Vec<ResultRecord> = months().into_iter().take(2).collect();
    let results = answer(short, "events = [\"flood\"]").unwrap();
    for id in ["event/flood/step", "event/flood/placebo", "any-break", "any-break-lagged", "n-breaks"] {
        let figures = &results.get(&format!("breaks/{id}")).unwrap().estimate;
        assert!(figures.estimate.is_none() && figures.reason.is_some(), "{id}");
    }
    let mut without = months();
    without[3].estimate.estimate = None;
    assert!(answer(without, "").unwrap().remarks[0].text.starts_with("1 results"));
}

#[test]
fn names_of_nothing_and_mixed_units_are_problems() {
    let codes = |result: Result<Results>| {
        result.unwrap_err().diagnostics().iter().map(|d| d.code.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(codes(answer(Vec::new(), "")), ["A01"]);
    let mut mixed = months();
    mixed[1].unit = Unit::Count;
    assert_eq!(codes(answer(mixed, "")), ["A04"]);
}
