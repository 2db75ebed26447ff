use super::*;
use crate::analysis::result::{Flag, Results, Unit};
use crate::analysis::testing::{pollster, question, study, text, topline};
use crate::error::Result;
use crate::study::definition::EventDef;
use crate::study::{PublishedTopline, Study};

/// Polls of `aster` every second month from 2001 to 2006, of `birch` 5 points higher until 2003; 10 points more from 2004 on.
fn polls() -> Vec<PublishedTopline> {
    let mut out = Vec::new();
    for i in 0..36 {
        let (year, month) = (2001 + i / 6, 1 + 2 * (i % 6));
        let base = 40.0 + f64::from(i * 7 % 3) + if year >= 2004 { 10.0 } else { 0.0 };
        let date = format!("{year}-{month:02}-15");
        out.push(topline(&format!("aster-{date}"), "mood", &date, &[("good", base)]));
        if year < 2004 {
            let mut poll = topline(&format!("birch-{date}"), "mood", &date, &[("good", base + 5.0)]);
            poll.pollster = "birch".to_owned();
            out.push(poll);
        }
    }
    out
}

fn event(id: &str, date: &str) -> EventDef {
    EventDef { id: id.to_owned(), date: date.parse().unwrap(), label: text(id), source: "example.org".to_owned() }
}

fn with_question(toplines: Vec<PublishedTopline>) -> Study {
    let mut study = study(toplines);
    study.definition.question =
        vec![question("mood", &[("good", None, &[])]), question("other", &[("good", None, &[])])];
    study.definition.pollster =
        ["aster", "birch", "cedar"].map(|id| pollster(id, &[(None, None, Some(1000), 1.5)])).into();
    study.definition.event =
        vec![event("flood", "2004-01-01"), event("market", "2005-03-15"), event("founding", "1950-05-01")];
    study
}

const PLAIN: &str = r#"
id = "mood"
series = [{ question = "mood", answer = "good" }]
houses = { anchor = "aster" }
"#;

fn answer(study: &Study, definition: &str) -> Result<Results> {
    let analysis: PooledAnalysis = toml::from_str(definition).unwrap();
    let mut work = Work::new(study);
    run(&analysis, &mut work);
    work.finish()
}

fn messages(study: &Study, definition: &str) -> String {
    let error = answer(study, definition).unwrap_err();
    error.diagnostics().iter().map(|d| format!("{} {} {:?}\n", d.code, d.message, d.hint)).collect()
}

fn value(results: &Results, id: &str) -> f64 {
    results.get(id).unwrap().estimate.estimate.unwrap()
}

#[test]
fn level_houses_and_events_are_results_with_their_uncertainty() {
    let study = with_question(polls());
    let definition = format!("{PLAIN}event = [{{ event = \"flood\" }}]\nplacebo = {{ months_away = 3 }}\nforecast = 2");
    let results = answer(&study, &definition).unwrap();
    let step = results.get("mood/event/flood").unwrap();
    assert_eq!(step.unit, Unit::ShareDifference);
    assert!(step.estimate.ci_low.unwrap() < 0.1 && 0.1 < step.estimate.ci_high.unwrap());
    assert_eq!(step.about("before"), "aster-2003-11-15; birch-2003-11-15");
    assert_eq!(step.about("after"), "aster-2004-01-15");
    assert!(step.estimate.test.as_ref().unwrap().p_value < 1e-3);
    let placebo = results.get("mood/event/flood/placebo").unwrap();
    assert_eq!(placebo.estimate.estimate, Some(0.0));
    let n = placebo.estimate.n.unwrap();
    assert!((placebo.estimate.test.as_ref().unwrap().p_value - 1.0 / (n as f64 + 1.0)).abs() < 1e-12);
    assert!((value(&results, "mood/house/birch") - 0.05).abs() < 0.01);
    assert!((value(&results, "mood/level/2002-06") - 0.41).abs() < 0.02);
    let has = |id: &str, flag| results.get(id).unwrap().flags.contains(&flag);
    assert!(!has("mood/level/2002-06", Flag::OneHouse) && has("mood/level/2005-06", Flag::OneHouse));
    assert!(has("mood/level/2007-01", Flag::Forecast) && results.get("mood/level/2007-02").is_none());
    assert!((0.0..=1.0).contains(&value(&results, "mood/holdout/aster/inside-95")));
    assert!(results.get("mood/sd/level").is_some());
}

#[test]
fn a_poll_with_a_month_for_a_date_is_left_out_around_an_event_of_the_month() {
    let mut all = polls();
    let march = all.iter().position(|poll| poll.poll == "aster-2005-03-15").unwrap();
    all[march].field = crate::study::Span::at("2005-03".parse().unwrap());
    let study = with_question(all);
    let results = answer(&study, &format!("{PLAIN}event = [{{ event = \"market\" }}]")).unwrap();
    let step = results.get("mood/event/market").unwrap();
    assert_eq!((step.about("before"), step.about("after")), ("aster-2005-01-15", "aster-2005-05-15"));
    assert_eq!(step.about("straddling"), "aster-2005-03-15");
    assert!(results.remarks.iter().any(|remark| remark.text.contains("aster-2005-03-15")));
}

#[test]
fn an_event_outside_the_polls_has_a_reason() {
    let study = with_question(polls());
    let results = answer(&study, &format!("{PLAIN}event = [{{ event = \"founding\" }}]")).unwrap();
    for id in ["mood/event/founding", "mood/event/founding/smallest-detectable"] {
        let figures = &results.get(id).unwrap().estimate;
        assert!(figures.estimate.is_none() && figures.reason.as_ref().unwrap().contains("one side"), "{id}");
    }
}

#[test]
fn too_few_polls_give_reasons_and_no_numbers() {
    let study = with_question(vec![topline("aster-1", "mood", "2001-05-01", &[("good", 40.0)])]);
    let results = answer(&study, &format!("{PLAIN}event = [{{ event = \"flood\" }}]\ndrifting = true")).unwrap();
    for id in ["mood/level/2001-05", "mood/house/aster", "mood/event/flood", "mood/drift/sd"] {
        let figures = &results.get(id).unwrap().estimate;
        assert!(figures.estimate.is_none() && figures.reason.as_ref().unwrap().contains("polls"), "{id}");
    }
    let nothing = answer(&with_question(Vec::new()), PLAIN).unwrap();
    assert!(nothing.records.is_empty());
    assert!(nothing.remarks[0].text.contains("no poll"));
}

#[test]
fn polls_without_a_number_interviewed_are_counted_and_left_out() {
    let mut study = with_question(polls());
    study.definition.pollster[1].assume.clear();
    let results = answer(&study, PLAIN).unwrap();
    assert!(results.get("mood/house/birch").unwrap().estimate.estimate.is_none());
    let remark = results.remarks.iter().find(|remark| remark.about == "birch").unwrap();
    assert!(remark.text.starts_with("18 polls of birch"), "{}", remark.text);
}

#[test]
fn another_question_is_another_house_and_said() {
    let mut all = polls();
    for poll in all.iter_mut().filter(|poll| poll.pollster == "birch") {
        poll.pollster = "aster".to_owned();
        poll.question = "other".to_owned();
    }
    let both =
        PLAIN.replace("answer = \"good\" }]", "answer = \"good\" }, { question = \"other\", answer = \"good\" }]");
    let results = answer(&with_question(all), &both).unwrap();
    assert!((value(&results, "mood/house/aster-other") - 0.05).abs() < 0.01);
    assert!(results.remarks.iter().any(|remark| remark.about == "aster-other" && remark.text.contains("wording")));
}

#[test]
fn wrong_definitions_say_what_to_do() {
    let study = with_question(polls());
    let unknown = messages(&study, &PLAIN.replace("anchor = \"aster\"", "anchor = \"cedar\""));
    assert!(unknown.contains("A01") && unknown.contains("`cedar`") && unknown.contains("birch"), "{unknown}");
    let no_end = messages(&study, &format!("{PLAIN}event = [{{ event = \"flood\", kind = \"pulse\" }}]"));
    assert!(no_end.contains("A13") && no_end.contains("no end"), "{no_end}");
    let backwards =
        messages(&study, &format!("{PLAIN}event = [{{ event = \"flood\", kind = \"pulse\", until = \"2003\" }}]"));
    assert!(backwards.contains("ends before"), "{backwards}");
    let answer = messages(&study, &PLAIN.replace("answer = \"good\"", "answer = \"fine\""));
    assert!(answer.contains("`fine`"), "{answer}");
}

#[test]
fn houses_are_measured_by_the_rule_that_is_asked_for() {
    let study = with_question(polls());
    let rule = |rule: &str| answer(&study, &PLAIN.replace("{ anchor = \"aster\" }", rule)).unwrap();
    let effects = |results: &Results| (value(results, "mood/house/aster"), value(results, "mood/house/birch"));
    // 36 polls of one house, 18 of the other.
    let (aster, birch) = effects(&rule("\"weighted_by_polls\""));
    assert!((36.0 * aster + 18.0 * birch).abs() < 1e-9 && (birch - aster - 0.05).abs() < 0.01, "{aster} {birch}");
    let (aster, birch) = effects(&rule("{ weighted = { aster = 1, birch = 3 } }"));
    assert!((aster + 3.0 * birch).abs() < 1e-9, "{aster} {birch}");
    let (aster, birch) = effects(&rule("{ shrunken = 0.005 }"));
    assert!((0.01..0.045).contains(&(birch - aster)), "{aster} {birch}");
    // The only house with a weight is the one against which the others are measured.
    let only = rule("{ weighted = { birch = 2 } }");
    let figures = &only.get("mood/house/birch").unwrap().estimate;
    assert!(figures.estimate == Some(0.0) && figures.ci_low.is_none() && figures.reason.is_some(), "{figures:?}");
    for bad in ["{ weighted = { aster = -1 } }", "{ weighted = { aster = 0 } }", "{ shrunken = 0 }"] {
        let found = messages(&study, &PLAIN.replace("{ anchor = \"aster\" }", bad));
        assert!(found.contains("A20"), "{bad}: {found}");
    }
    let unknown = messages(&study, &PLAIN.replace("{ anchor = \"aster\" }", "{ weighted = { cedar = 1 } }"));
    assert!(unknown.contains("A01") && unknown.contains("cedar"), "{unknown}");
}

#[test]
fn intervals_say_whether_variances_are_taken_as_known() {
    let study = with_question(polls());
    let definition = format!("{PLAIN}event = [{{ event = \"flood\" }}]\n");
    let averaged = answer(&study, &definition).unwrap();
    let known = answer(&study, &format!("{definition}variances = \"known\"")).unwrap();
    let step = |results: &Results| results.get("mood/event/flood").unwrap().estimate.clone();
    let (averaged, known) = (step(&averaged), step(&known));
    let width = |figures: &crate::analysis::result::Figures| figures.ci_high.unwrap() - figures.ci_low.unwrap();
    assert!(width(&averaged) > width(&known));
    assert_eq!((averaged.ci_method, known.ci_method), (Some("state space"), Some("state space, variances as known")));
    assert_eq!((averaged.test.unwrap().method, known.test.unwrap().method), ("wald_t", "wald_z"));
}

#[test]
fn equal_polls_extremes_and_gaps_have_finite_results() {
    for percent in [0.0, 40.0, 100.0] {
        let dates = ["2001-01-10", "2001-01-10", "2001-03-10", "2012-03-10", "2012-05-10", "2012-06-10"];
        let polls: Vec<PublishedTopline> = (dates.iter().enumerate())
            .map(|(i, date)| topline(&format!("p{i}"), "mood", date, &[("good", percent)]))
            .rev()
            .collect();
        for scale in ["share", "logit"] {
            let results = answer(&with_question(polls.clone()), &format!("{PLAIN}scale = \"{scale}\"")).unwrap();
            let level = results.get("mood/level/2006-08").unwrap();
            assert!(level.flags.contains(&Flag::NoPollNear));
            assert!((level.estimate.estimate.unwrap() - percent / 100.0).abs() < 0.01, "{percent} {scale}");
            assert!(level.estimate.se.unwrap().is_finite());
        }
    }
}

#[test]
fn offsets_that_drift_are_shown_on_demand() {
    let study = with_question(polls());
    let results = answer(&study, &format!("{PLAIN}drifting = true\nstep = \"year\"")).unwrap();
    assert!((value(&results, "mood/drift/birch/2002") - 0.05).abs() < 0.02);
    assert!(results.get("mood/drift/birch/2005").is_none());
    assert_eq!(results.get("mood/drift/sd").unwrap().estimate.test.as_ref().unwrap().method, "likelihood_ratio_drift");
}

#[test]
fn events_beside_drifting_offsets_are_given_on_demand() {
    let study = with_question(polls());
    let events = "event = [{ event = \"flood\" }, { event = \"founding\" }]\ndrifting = true\nstep = \"year\"";
    let plain = answer(&study, &format!("{PLAIN}{events}")).unwrap();
    assert!(plain.get("mood/drifting-event/flood").is_none());
    let results = answer(&study, &format!("{PLAIN}drifting_events = true\n{events}")).unwrap();
    let step = results.get("mood/drifting-event/flood").unwrap();
    assert!((step.estimate.estimate.unwrap() - 0.10).abs() < 0.02 && step.estimate.ci_low.unwrap() > 0.05);
    let smallest = value(&results, "mood/drifting-event/flood/smallest-detectable");
    assert!((smallest - 2.801_585_2 * step.estimate.se.unwrap()).abs() < 1e-6);
    let none = &results.get("mood/drifting-event/founding/smallest-detectable").unwrap().estimate;
    assert!(none.reason.as_ref().unwrap().contains("one side"));
    assert_eq!(step.about("event"), "flood");
    let outside = &results.get("mood/drifting-event/founding").unwrap().estimate;
    assert!(outside.estimate.is_none() && outside.reason.as_ref().unwrap().contains("one side"));
    let needs = messages(&study, &format!("{PLAIN}drifting_events = true"));
    assert!(needs.contains("A13") && needs.contains("drifting = true"), "{needs}");
}
