use super::*;
use crate::analysis::result::Results;
use crate::analysis::testing::{geography, study};
use crate::error::Result;

fn row(place: &str, option: &str, votes: u64, ballots: u64, registered: Option<u64>) -> OfficialResult {
    OfficialResult {
        data: "votes".to_owned(),
        election: "mayor-2001".to_owned(),
        date: "2001-05-06".parse().unwrap(),
        place: place.to_owned(),
        option: option.to_owned(),
        votes,
        registered,
        ballots,
        origin: Origin::line(&"datasets/votes/votes.csv".into(), 2),
    }
}

fn results(rows: Vec<OfficialResult>, outside: &[&str]) -> Result<Results> {
    let mut study = study(Vec::new());
    geography(&mut study, "votes");
    study.official = rows;
    let analysis = ElectionAnalysis {
        id: "mayor".to_owned(),
        data: "votes".to_owned(),
        options: [("mayor-2001".to_owned(), vec!["Ash".to_owned(), "Birch".to_owned()])].into(),
        classes: "classes".to_owned(),
        split: "split".to_owned(),
        kinds: BTreeMap::new(),
        outside: outside.iter().map(|place| (*place).to_owned()).collect(),
    };
    let mut work = Work::new(&study);
    run(&analysis, &mut work);
    work.finish()
}

fn land() -> Vec<OfficialResult> {
    vec![
        row("Metro", "Ash", 30, 100, Some(200)),
        row("Metro", "Birch", 10, 100, Some(200)),
        row("Metro", "Cedar", 55, 100, Some(200)),
        row("Town", "Ash", 60, 100, Some(150)),
        row("Village", "Ash", 80, 100, Some(100)),
        row("Village", "Birch", 10, 100, Some(100)),
        row("Embassy", "Ash", 10, 20, None),
    ]
}

#[test]
fn shares_of_ballots_and_of_registered_voters() {
    let results = results(land(), &["Embassy"]).unwrap();
    let share = |id: &str| results.get(&format!("mayor/mayor-2001/{id}")).unwrap().estimate.estimate;
    assert_eq!((share("metro"), share("town"), share("rest")), (Some(0.4), Some(0.6), Some(0.75)));
    assert_eq!((share("metro/registered"), share("rest/registered")), (Some(0.2), Some(0.6)));
    assert_eq!((share("all"), share("all/registered")), (Some(200.0 / 320.0), None));
    assert!((share("gap").unwrap() + 0.35).abs() < 1e-12);
    let metro = &results.get("mayor/mayor-2001/metro").unwrap().estimate;
    assert_eq!((metro.n, metro.se, metro.ci_low), (Some(100), None, None));
    assert!(metro.reason.as_ref().unwrap().contains("no sampling error"));
    assert!(results.remarks.iter().any(|remark| remark.text.contains("Town: no row for `Birch`")));
}

#[test]
fn a_place_without_a_class_is_a_problem_and_one_over_several_only_counts_in_the_total() {
    let error = results(land(), &[]).unwrap_err();
    assert!(error.diagnostics()[0].message.contains("Embassy"));
    let mut rows = land();
    rows.push(row("Countryside", "Ash", 0, 100, Some(100)));
    let results = results(rows, &["Embassy"]).unwrap();
    let share = |id: &str| results.get(&format!("mayor/mayor-2001/{id}")).unwrap().estimate.estimate;
    assert_eq!((share("town"), share("rest"), share("all")), (Some(0.6), Some(0.5), Some(200.0 / 420.0)));
    assert!(results.remarks.iter().any(|remark| remark.text.contains("in no class")));
}

#[test]
fn no_ballots_and_misspelt_options() {
    let mut rows = land();
    rows[3].votes = 0;
    rows[3].ballots = 0;
    let town = results(rows.clone(), &["Embassy"]).unwrap().get("mayor/mayor-2001/town").unwrap().estimate.clone();
    assert_eq!((town.estimate, town.reason.as_deref()), (None, Some("no ballots")));
    for row in &mut rows {
        row.option = row.option.replace("Birch", "Birche");
    }
    let error = results(rows, &["Embassy"]).unwrap_err();
    assert_eq!(error.diagnostics()[0].hint.as_deref(), Some("did you mean `Birche`?"));
}

#[test]
fn swings_compare_elections_of_one_kind_and_dissimilarity_is_by_hand() {
    let mut study = study(Vec::new());
    geography(&mut study, "votes");
    let mut later = land();
    for row in &mut later {
        row.election = "mayor-2005".to_owned();
        row.date = "2005-05-08".parse().unwrap();
        row.votes /= 2;
    }
    study.official = land().into_iter().chain(later).collect();
    let options = vec!["Ash".to_owned(), "Birch".to_owned()];
    let analysis = ElectionAnalysis {
        id: "mayor".to_owned(),
        data: "votes".to_owned(),
        options: ["mayor-2001", "mayor-2005"].map(|id| (id.to_owned(), options.clone())).into(),
        classes: "classes".to_owned(),
        split: "split".to_owned(),
        kinds: [("mayor".to_owned(), vec!["mayor-2001".to_owned(), "mayor-2005".to_owned()])].into(),
        outside: vec!["Embassy".to_owned()],
    };
    let mut work = Work::new(&study);
    run(&analysis, &mut work);
    let results = work.finish().unwrap();
    let share =
        |id: &str| results.get(&format!("mayor/{id}")).unwrap_or_else(|| panic!("{id}")).estimate.estimate.unwrap();
    assert!((share("mayor-2005/metro/swing") + 0.2).abs() < 1e-12);
    assert!((share("mayor-2005/metro/registered/swing") + 0.1).abs() < 1e-12);
    // The gap was 0.4 − 0.75 and is half of that.
    assert!((share("mayor-2005/gap/swing") - 0.175).abs() < 1e-12);
    assert!((share("mayor-2001/gap-registered") - (0.2 - 0.6)).abs() < 1e-12);
    assert!(results.get("mayor/mayor-2001/metro/swing").is_none());
    assert!(results.get("mayor/mayor-2005/dissimilarity/swing").is_none());
    // Votes 40, 60, 90 of 190; others 60, 40, 10 of 110.
    let excess = [40.0 / 190.0 - 60.0 / 110.0, 60.0 / 190.0 - 40.0 / 110.0, 90.0 / 190.0 - 10.0 / 110.0_f64];
    assert!((share("mayor-2001/village/excess") - excess[2]).abs() < 1e-12);
    let index = 0.5 * excess.iter().map(|e| e.abs()).sum::<f64>();
    assert!((share("mayor-2001/dissimilarity") - index).abs() < 1e-12);
}
