use super::*;
use crate::analysis::result::Results;
use crate::analysis::testing::{study, survey, text};
use crate::error::Result;
use crate::study::definition::{MetaCluster, MetaModerator};

/// Poll, pollster, value, standard error, middle of the field year, is it an opt-in panel?
type Row = (&'static str, &'static str, f64, f64, &'static str, bool);

const ROWS: [Row; 5] = [
    ("june", "aster", -0.10, 0.03, "2001", false),
    ("july", "aster", -0.06, 0.02, "2002", false),
    ("may", "birch", -0.01, 0.02, "2003", false),
    ("april", "birch", -0.04, 0.04, "2004", false),
    ("panel", "cedar", 0.05, 0.03, "2004", true),
];

fn results_of(rows: &[Row], analysis: &MetaAnalysisDef) -> Result<Results> {
    let mut study = study(Vec::new());
    study.definition.survey = rows
        .iter()
        .map(|row| {
            let mut survey = survey(row.0, &[]);
            survey.mode = text(if row.1 == "aster" { "face to face" } else { "telephone" });
            survey
        })
        .collect();
    let mut work = Work::new(&study);
    for (poll, pollster, value, se, year, is_opt_in) in rows {
        let figures = Figures { estimate: Some(*value), se: Some(*se), n: Some(1000), ..Figures::default() };
        let record = ResultRecord::new("gaps", &[poll, "mood", "gap"], Unit::ShareDifference, Evidence::Microdata)
            .with("poll", poll)
            .with("pollster", pollster)
            .with("measure", "mood")
            .at(Span::at(year.parse().unwrap()))
            .flags(is_opt_in.then_some(Flag::OptIn))
            .figures(Figures { se: Some(*se).filter(|se| *se > 0.0), ..figures });
        work.record(record);
    }
    run(analysis, &mut work);
    work.finish()
}

fn analysis() -> MetaAnalysisDef {
    MetaAnalysisDef {
        id: "mood".to_owned(),
        results: vec!["gaps/*/mood/gap".to_owned()],
        clusters: MetaCluster::Pollster,
        correlation_within_poll: None,
        moderators: vec![MetaModerator::Time, MetaModerator::Mode, MetaModerator::Pollster],
    }
}

fn figures<'r>(results: &'r Results, id: &str) -> &'r Figures {
    &results.get(id).unwrap_or_else(|| panic!("{id}")).estimate
}

#[test]
fn polls_are_pooled_with_and_without_the_panel() {
    let results = results_of(&ROWS, &analysis()).unwrap();
    let (all, rest) = (figures(&results, "mood/pooled"), figures(&results, "mood/without-opt-in/pooled"));
    assert!(all.estimate > rest.estimate);
    assert_eq!((all.degf, rest.degf, all.n), (Some(4.0), Some(3.0), Some(5000)));
    assert_eq!(figures(&results, "mood/without-opt-in/polls").estimate, Some(4.0));
    assert!(results.get("mood/pooled").unwrap().flags.contains(&Flag::OptIn));
    assert!(results.get("mood/without-opt-in/pooled").unwrap().flags.is_empty());
    // Leaving the panel out by name is the same as leaving the opt-in polls out.
    assert_eq!(figures(&results, "mood/without-panel").estimate, rest.estimate);
    let prediction = figures(&results, "mood/prediction");
    assert!(prediction.ci_low < all.ci_low && prediction.ci_high > all.ci_high);
    let i2 = figures(&results, "mood/i2");
    assert!(i2.test.as_ref().is_some_and(|test| test.method == "cochran_q" && test.degf == Some(4.0)));
    assert!(i2.ci_low <= i2.estimate && i2.estimate <= i2.ci_high);
    assert_eq!(figures(&results, "mood/pooled-robust").ci_method, Some(ROBUST));
}

#[test]
fn moderators_have_ids_of_their_levels() {
    let results = results_of(&ROWS, &analysis()).unwrap();
    assert!(figures(&results, "mood/per-decade").estimate.unwrap() > 0.0);
    let mode = results.get("mood/mode-face-to-face").unwrap();
    assert_eq!((mode.about("level"), mode.about("reference")), ("face to face", "telephone"));
    assert!(mode.estimate.estimate.unwrap() < 0.0);
    assert!(results.get("mood/pollster-birch").is_some() && results.get("mood/pollster-cedar").is_some());
    assert!(results.get("mood/pollster-aster").is_none());
}

#[test]
fn one_poll_is_no_pool_and_says_so() {
    let results = results_of(&ROWS[..1], &analysis()).unwrap();
    let pooled = figures(&results, "mood/pooled");
    assert_eq!(pooled.estimate, None);
    assert!(pooled.reason.as_ref().unwrap().contains("nothing to pool"));
    assert!(results.get("mood/tau").is_none());
}

#[test]
fn two_results_of_a_poll_need_a_correlation() {
    let mut rows = ROWS.to_vec();
    rows[1].0 = "june";
    let error = results_of(&rows, &analysis()).unwrap_err();
    assert!(error.diagnostics().iter().any(|problem| problem.code == "A05"));
    let mut misspelt = analysis();
    misspelt.results.push("gaps/june/moood/gap".to_owned());
    let error = results_of(&ROWS, &misspelt).unwrap_err();
    assert_eq!(error.diagnostics()[0].code, "A01");
}

#[test]
fn results_without_an_error_stay_out_and_unlike_ones_are_refused() {
    let mut rows = ROWS.to_vec();
    rows[3].3 = 0.0;
    let results = results_of(&rows, &analysis()).unwrap();
    assert_eq!(figures(&results, "mood/polls").estimate, Some(4.0));
    assert!(results.remarks.iter().any(|remark| remark.text.contains("gaps/april/mood/gap")));
    let own = MetaAnalysisDef { results: vec!["gaps/*/mood/gap".to_owned(), "mood/*".to_owned()], ..analysis() };
    assert!(results_of(&ROWS, &own).is_err());
}
