use super::*;
use crate::analysis::answers;
use crate::analysis::result::{Figures, Results};
use crate::analysis::testing::{pollster, question, study, topline};
use crate::error::Result;
use crate::study::definition::Side;
use crate::study::{PublishedTopline, Study};

fn asked(poll: &str, date: &str, good: f64) -> PublishedTopline {
    topline(poll, "mood", date, &[("good", good)])
}

fn with(toplines: Vec<PublishedTopline>) -> Study {
    let mut study = study(toplines);
    study.definition.question = vec![question("mood", &[("good", Some(Side::Positive), &[])])];
    study.definition.pollster = vec![pollster("aster", &[(None, None, Some(1000), 1.5)])];
    let answers = AnswersAnalysis {
        id: "mood".to_owned(),
        question: "mood".to_owned(),
        pollsters: Vec::new(),
        universe: None,
        answers: vec!["good".to_owned()],
        from: None,
        until: None,
        yearly: false,
    };
    study.definition.analysis.answers = vec![answers];
    study
}

fn tests(of: Option<&str>, results: &[&str]) -> TrendTestsAnalysis {
    TrendTestsAnalysis {
        id: "test".to_owned(),
        of: of.map(str::to_owned),
        answers: Vec::new(),
        results: results.iter().map(|id| (*id).to_owned()).collect(),
        margin: 5.0,
        power: 0.8,
    }
}

fn run_all(study: &Study, analysis: &TrendTestsAnalysis) -> Result<Results> {
    let mut work = Work::new(study);
    answers::run(&study.definition.analysis.answers[0], &mut work);
    run(analysis, &mut work);
    work.finish()
}

fn of(toplines: Vec<PublishedTopline>) -> Results {
    let study = with(toplines);
    run_all(&study, &tests(Some("mood"), &[])).unwrap()
}

fn figures<'r>(results: &'r Results, id: &str) -> &'r Figures {
    &results.get(id).unwrap_or_else(|| panic!("no {id}")).estimate
}

#[test]
fn rising_polls_by_hand() {
    let results = of(vec![
        asked("a", "2001", 40.0),
        asked("b", "2003", 44.0),
        asked("c", "2005", 50.0),
        asked("d", "2007", 54.0),
    ]);
    let sen = figures(&results, "test/good/sen");
    // Slopes per year: 2, 2.5, 2.33, 3, 2.5, 2; the median of 2, 2, 2.33, 2.5, 2.5, 3 is 2.4167.
    assert!((sen.estimate.unwrap() - 0.241_666_666_666_666_67).abs() < 1e-9, "{:?}", sen.estimate);
    let test = sen.test.as_ref().unwrap();
    // Two of 24 orders are monotone.
    assert_eq!((test.method, test.statistic), ("mann_kendall_exact", Some(6.0)));
    assert!((test.p_value - 2.0 / 24.0).abs() < 1e-12);
    let line = figures(&results, "test/good/line");
    assert!((line.estimate.unwrap() - 0.24).abs() < 0.01 && line.test.as_ref().unwrap().p_value < 1e-6);
    let step = results.get("test/good/since-last/c").unwrap();
    assert!((step.estimate.estimate.unwrap() - 0.06).abs() < 1e-12);
    assert_eq!((step.about("first"), step.about("poll")), ("b", "c"));
    let since = figures(&results, "test/good/since-first/d");
    assert!((since.estimate.unwrap() - 0.14).abs() < 1e-12);
    // Three tests: the smallest p times three.
    let z = since.estimate.unwrap() / since.se.unwrap();
    assert!((since.test.as_ref().unwrap().statistic.unwrap() - z).abs() < 1e-9);
    assert!(results.get("test/good/newey-west").is_none());
}

#[test]
fn other_wordings_are_never_compared() {
    let mut late = [asked("c", "2005", 70.0), asked("d", "2007", 70.0)];
    for poll in &mut late {
        poll.segment = "governor".to_owned();
    }
    let [c, d] = late;
    let results = of(vec![asked("a", "2001", 40.0), asked("b", "2003", 41.0), c, d]);
    assert!(results.get("test/good/since-last/c").is_none());
    assert!((figures(&results, "test/good/since-last/d").estimate.unwrap()).abs() < 1e-12);
    assert!(figures(&results, "test/good/sen").estimate.unwrap() < 0.06);
    let ends = results.get("test/good/first-last").unwrap();
    assert_eq!((ends.about("first"), ends.about("second")), ("a", "b"));
}

#[test]
fn no_change_is_shown_or_could_not_be_seen() {
    let results = of(vec![asked("a", "2001", 40.0), asked("b", "2003", 40.0)]);
    let equal = figures(&results, "test/good/equivalence");
    // se² = 2·1.5·0.24/1000 + 2/12·0.0001; δ/se = 1.85, one-sided p = 0.032.
    let se: f64 = (2.0 * 1.5 * 0.24 / 1000.0 + 2.0 / 12.0 * 1e-4_f64).sqrt();
    let p = equal.test.as_ref().unwrap().p_value;
    assert!(equal.level == Some(0.9) && p > 0.02 && p < 0.05, "{p}");
    assert!((figures(&results, "test/good/detectable").estimate.unwrap() - 2.801_585_218 * se).abs() < 1e-6);
    // Two polls: two slopes at most, no interval.
    assert!(figures(&results, "test/good/sen").ci_low.is_none());
}

#[test]
fn unknown_bases_leave_differences_without_tests() {
    let mut study = with(vec![asked("a", "2001", 40.0), asked("b", "2003", 45.0)]);
    study.definition.pollster.clear();
    let results = run_all(&study, &tests(Some("mood"), &[])).unwrap();
    let step = figures(&results, "test/good/since-last/b");
    assert!(step.test.is_none() && step.reason.as_ref().unwrap().contains("no standard error"));
    assert!(figures(&results, "test/good/line").estimate.is_none());
    assert!(figures(&results, "test/good/sen").test.is_none() || figures(&results, "test/good/sen").estimate.is_some());
}

#[test]
fn one_poll_and_no_poll_have_reasons() {
    for polls in [vec![asked("a", "2001", 40.0)], Vec::new()] {
        let results = of(polls);
        assert!(figures(&results, "test/good/sen").reason.is_some());
        assert!(figures(&results, "test/good/line").reason.is_some());
        assert!(results.get("test/good/first-last").is_none());
    }
}

#[test]
fn results_can_be_a_series_of_their_own() {
    let study = with(vec![asked("a", "2001", 40.0), asked("b", "2003", 44.0), asked("c", "2005", 47.0)]);
    let ids = ["mood/a/good", "mood/b/good", "mood/c/good"];
    let results = run_all(&study, &tests(None, &ids)).unwrap();
    assert!((figures(&results, "test/since-first/c").estimate.unwrap() - 0.07).abs() < 1e-12);
}

#[test]
fn wrong_definitions_are_told() {
    let study = with(vec![asked("a", "2001", 40.0)]);
    let code = |analysis: TrendTestsAnalysis| run_all(&study, &analysis).unwrap_err().diagnostics()[0].code;
    assert_eq!(code(tests(None, &[])), "A14");
    assert_eq!(code(tests(Some("mood"), &["mood/a/good"])), "A14");
    assert_eq!(code(tests(Some("moood"), &[])), "A01");
    assert_eq!(code(tests(None, &["mood/z/good"])), "A01");
    assert_eq!(code(TrendTestsAnalysis { margin: 0.0, ..tests(Some("mood"), &[]) }), "A14");
    assert_eq!(code(TrendTestsAnalysis { answers: vec!["bad".to_owned()], ..tests(Some("mood"), &[]) }), "A01");
}

/// Two questions of the same polls and one of others, around a day in 2004.
fn around(toplines: Vec<PublishedTopline>) -> Study {
    let mut study = with(toplines);
    study.definition.question.push(question("gloom", &[("good", Some(Side::Positive), &[])]));
    study.definition.question.push(question("other", &[("good", Some(Side::Positive), &[])]));
    let first = study.definition.analysis.answers[0].clone();
    for id in ["gloom", "other"] {
        let own = AnswersAnalysis { id: id.to_owned(), question: id.to_owned(), ..first.clone() };
        study.definition.analysis.answers.push(own);
    }
    study.definition.event = vec![crate::study::definition::EventDef {
        id: "flood".to_owned(),
        date: "2004-05-20".parse().unwrap(),
        label: crate::analysis::testing::text("flood"),
        source: "example.org".to_owned(),
    }];
    study
}

fn across(study: &Study, definition: &str) -> Result<Results> {
    let analysis: crate::study::definition::AcrossEventsAnalysis = toml::from_str(definition).unwrap();
    let mut work = Work::new(study);
    for own in &study.definition.analysis.answers {
        answers::run(own, &mut work);
    }
    across_events(&analysis, &mut work);
    work.finish()
}

const ACROSS: &str = r#"
id = "test"
events = ["flood"]
series = [
  { of = "mood", answer = "good" },
  { of = "gloom", answer = "good", against = true },
  { of = "other", answer = "good" },
]
"#;

#[test]
fn changes_across_an_event_by_hand() {
    let poll = |id: &str, question: &str, date: &str, good: f64| topline(id, question, date, &[("good", good)]);
    let study = around(vec![
        poll("a", "mood", "2001", 10.0),
        poll("b", "mood", "2003-05", 40.0),
        // Asked in the month of the event, on one side or the other.
        poll("c", "mood", "2004-05", 90.0),
        poll("d", "mood", "2005-05", 50.0),
        poll("b", "gloom", "2003-05", 30.0),
        poll("d", "gloom", "2005-05", 24.0),
        poll("e", "other", "2003-07", 20.0),
        poll("f", "other", "2006-07", 22.0),
    ]);
    let results = across(&study, ACROSS).unwrap();
    let mood = results.get("test/flood/mood-good").unwrap();
    assert_eq!((mood.about("before"), mood.about("after")), ("b", "d"));
    assert!((mood.estimate.estimate.unwrap() - 0.10).abs() < 1e-12);
    let se = |id: &str| figures(&results, id).se.unwrap();
    let (m, g, o) = (se("test/flood/mood-good"), se("test/flood/gloom-good"), se("test/flood/other-good"));
    let raw = |id: &str, se: f64| {
        let z = figures(&results, id).estimate.unwrap() / se;
        crate::analysis::interval::test_of_zero(z, 1.0, None).unwrap().p_value
    };
    let p = figures(&results, "test/flood/mood-good").test.as_ref().unwrap().p_value;
    assert!((p - 3.0 * raw("test/flood/mood-good", m)).abs() < 1e-12, "the smallest of three by Holm");
    // Changes of one poll add their errors, those of others their variances; the gloom is turned round.
    let mean = figures(&results, "test/flood/pooled");
    assert!((mean.estimate.unwrap() - (0.10 + 0.06 + 0.02) / 3.0).abs() < 1e-12);
    assert!((mean.se.unwrap() - (((m + g).powi(2) + o * o).sqrt() / 3.0)).abs() < 1e-12);
    let smallest = figures(&results, "test/flood/pooled/detectable").estimate.unwrap();
    assert!((smallest - 2.801_585_218 * mean.se.unwrap()).abs() < 1e-6);
}

#[test]
fn a_series_on_one_side_of_an_event_has_a_reason() {
    let poll = |id: &str, date: &str, good: f64| topline(id, "mood", date, &[("good", good)]);
    let study = around(vec![poll("a", "2001", 40.0), poll("b", "2004", 50.0)]);
    let results = across(&study, ACROSS).unwrap();
    for id in ["test/flood/mood-good", "test/flood/pooled"] {
        let found = figures(&results, id);
        assert!(found.estimate.is_none() && found.reason.is_some(), "{id}");
    }
    let unknown = ACROSS.replace("of = \"other\"", "of = \"othr\"");
    assert_eq!(across(&study, &unknown).unwrap_err().diagnostics()[0].code, "A01");
}
