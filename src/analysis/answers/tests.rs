use super::*;
use crate::analysis::result::Results;
use crate::analysis::testing::{pollster, question, study, topline};
use crate::study::definition::QuestionKind;
use crate::study::{PublishedTopline, Study};

fn analysis(answers: &[&str]) -> AnswersAnalysis {
    AnswersAnalysis {
        id: "mood".to_owned(),
        question: "mood".to_owned(),
        pollsters: Vec::new(),
        universe: None,
        answers: answers.iter().map(|answer| (*answer).to_owned()).collect(),
        from: None,
        until: None,
        yearly: true,
    }
}

fn with_question(toplines: Vec<PublishedTopline>) -> Study {
    let mut study = study(toplines);
    study.definition.question = vec![question(
        "mood",
        &[("good", Some(Side::Positive), &[]), ("fair", Some(Side::Positive), &[]), ("bad", Some(Side::Negative), &[])],
    )];
    study.definition.pollster = vec![pollster("aster", &[(None, None, Some(1000), 1.5)])];
    study
}

fn results(study: &Study, answers: &[&str]) -> Results {
    let analysis = analysis(answers);
    let mut work = Work::new(study);
    run(&analysis, &mut work);
    work.finish().unwrap()
}

#[test]
fn a_poll_without_a_number_interviewed_takes_the_declared_one_and_says_so() {
    let study = with_question(vec![topline("p", "mood", "2001", &[("good", 40.0), ("fair", 20.0)])]);
    let results = results(&study, &["positive"]);
    let record = results.get("mood/p/positive").unwrap();
    assert_eq!(record.flags, [Flag::NAssumed, Flag::DeffDeclared, Flag::DateCoarse]);
    assert_eq!((record.estimate.n, record.estimate.deff), (Some(1000), Some(1.5)));
    let variance: f64 = 1.5 * 0.24 / 1000.0 + 2.0 / 12.0 * 1e-4;
    assert!((record.estimate.se.unwrap() - variance.sqrt()).abs() < 1e-12);
    assert_eq!(record.origins[0].lines, [2, 3]);
}

#[test]
fn without_a_declaration_there_is_a_share_and_no_interval() {
    let mut study = with_question(vec![topline("p", "mood", "2001", &[("good", 40.0)])]);
    study.definition.pollster.clear();
    let results = results(&study, &["good"]);
    let estimate = &results.get("mood/p/good").unwrap().estimate;
    assert_eq!((estimate.estimate, estimate.se, estimate.ci_low), (Some(0.4), None, None));
    assert!(estimate.reason.as_ref().unwrap().contains("no number interviewed"));
    assert!(results.get("mood/slope/good").unwrap().estimate.estimate.is_none());
}

#[test]
fn a_partial_side_leaves_a_record_without_estimate_and_a_remark() {
    let study = with_question(vec![topline("p", "mood", "2001", &[("good", 40.0)])]);
    let results = results(&study, &["positive"]);
    let record = results.get("mood/p/positive").unwrap();
    assert_eq!(record.estimate.estimate, None);
    assert!(record.estimate.reason.as_ref().unwrap().contains("fair"));
    assert!(
        results
            .remarks
            .iter()
            .any(|remark| remark.about == "p" && remark.text.contains("the source prints only \u{201c}good\u{201d}"))
    );
}

#[test]
fn a_misspelt_answer_is_a_problem_with_a_suggestion() {
    let study = with_question(vec![topline("p", "mood", "2001", &[("good", 40.0)])]);
    let analysis = analysis(&["goood"]);
    let mut work = Work::new(&study);
    run(&analysis, &mut work);
    let error = work.finish().unwrap_err();
    assert_eq!(error.diagnostics()[0].hint.as_deref(), Some("did you mean `good`?"));
}

fn poll(id: &str, date: &str, good: f64) -> PublishedTopline {
    topline(id, "mood", date, &[("good", good)])
}

fn change(toplines: Vec<PublishedTopline>) -> Figures {
    results(&with_question(toplines), &["good"]).get("mood/change/good").unwrap().estimate.clone()
}

#[test]
fn a_change_is_the_negative_of_its_reverse() {
    let there = change(vec![poll("a", "2001-05-01", 40.0), poll("b", "2003-05-01", 47.0)]);
    let back = change(vec![poll("a", "2003-05-01", 40.0), poll("b", "2001-05-01", 47.0)]);
    // 1.5·0.4·0.6/1000 + 1.5·0.47·0.53/1000 + 2/12·0.0001.
    let variance: f64 = 1.5 * (0.24 + 0.47 * 0.53) / 1000.0 + 2.0 / 12.0 * 1e-4;
    assert!((there.estimate.unwrap() - 0.07).abs() < 1e-12);
    assert!((there.se.unwrap() - variance.sqrt()).abs() < 1e-12);
    assert_eq!(back.estimate, there.estimate.map(|change| -change));
    assert!((back.ci_low.unwrap() + there.ci_high.unwrap()).abs() < 1e-12);
    assert_eq!(there.n, Some(2000));
}

#[test]
fn what_cannot_be_compared_has_no_change() {
    assert!(change(Vec::new()).reason.unwrap().contains("there are 0"));
    assert!(change(vec![poll("a", "2001", 40.0)]).reason.unwrap().contains("there are 1"));
    let mut other = poll("b", "2003", 47.0);
    other.segment = "governor".to_owned();
    assert!(change(vec![poll("a", "2001", 40.0), other.clone()]).reason.unwrap().starts_with("wording, office"));
    other.pollster = "birch".to_owned();
    assert!(change(vec![poll("a", "2001", 40.0), other]).reason.unwrap().starts_with("pollster differs"));
}

#[test]
fn averages_of_a_year_have_the_error_of_separate_samples() {
    let polls = vec![poll("a", "2001-02-01", 40.0), poll("b", "2001-08-01", 50.0), poll("c", "2002-08-01", 60.0)];
    let results = results(&with_question(polls.clone()), &["good"]);
    let year = results.get("mood/year-2001/good").unwrap();
    // (1.5·(0.24 + 0.25)/1000 + 2/12·0.0001) / 4.
    let variance: f64 = (1.5 * 0.49 / 1000.0 + 2.0 / 12.0 * 1e-4) / 4.0;
    assert!((year.estimate.estimate.unwrap() - 0.45).abs() < 1e-12);
    assert!((year.estimate.se.unwrap() - variance.sqrt()).abs() < 1e-12);
    assert_eq!((year.estimate.n, year.flags.contains(&Flag::SegmentChange)), (Some(2000), false));
    let of_one = results.get("mood/year-2002/good").unwrap();
    assert_eq!(of_one.estimate.se, results.get("mood/c/good").unwrap().estimate.se);
}

#[test]
fn pollsters_are_not_averaged_with_each_other() {
    let mut other = poll("b", "2001-08-01", 50.0);
    other.pollster = "birch".to_owned();
    let results = results(&with_question(vec![poll("a", "2001-02-01", 40.0), other]), &["good"]);
    assert!(results.get("mood/year-2001/good").is_none());
    let birch = &results.get("mood/year-2001-birch/good").unwrap().estimate;
    assert_eq!((birch.estimate, birch.se), (Some(0.5), None));
}

#[test]
fn a_net_value_is_a_difference_with_the_widest_interval() {
    let mut study = with_question(vec![poll("a", "2001-02-01", -20.0)]);
    study.definition.question[0].kind = QuestionKind::Net;
    let results = results(&study, &["good"]);
    let record = results.get("mood/a/good").unwrap();
    assert_eq!((record.unit, record.estimate.estimate), (Unit::ShareDifference, Some(-0.2)));
    assert!(record.flags.contains(&Flag::WidestInterval));
}

#[test]
fn a_side_that_the_question_does_not_have_is_a_problem() {
    let study = with_question(vec![poll("a", "2001-02-01", 40.0)]);
    let analysis = analysis(&["neutral"]);
    let mut work = Work::new(&study);
    run(&analysis, &mut work);
    assert_eq!(work.finish().unwrap_err().diagnostics()[0].code, "A01");
}
