use super::*;
use crate::analysis::result::Results;
use crate::analysis::testing::{study, text};
use crate::error::Result;
use crate::study::definition::AreaAssociationAnalysis;
use crate::study::{Area, Study};

/// Area, outcome, items found (none where not known), people.
/// Name, votes, items found and people of an area.
type AreaRow = (&'static str, f64, Option<f64>, f64);

const AREAS: [AreaRow; 7] = [
    ("a", 10.0, Some(1.0), 100.0),
    ("b", 21.0, Some(2.0), 100.0),
    ("c", 29.0, Some(3.0), 100.0),
    ("d", 41.0, Some(4.0), 100.0),
    ("e", 49.0, Some(5.0), 100.0),
    ("f", 61.0, Some(6.0), 100.0),
    ("g", 5.0, None, 100.0),
];

fn land() -> Study {
    let mut study = study(Vec::new());
    let file: std::sync::Arc<str> = "datasets/land/areas.csv".into();
    for (line, (id, ..)) in (2..).zip(AREAS) {
        study.areas.areas.push(Area {
            id: id.to_owned(),
            label: id.to_uppercase(),
            short: id.to_owned(),
            tile: Some((1, 1)),
            position: Some((0.0, line as f64)),
            origin: Origin::line(&file, line),
        });
    }
    let table = |data: &str, value: fn(&AreaRow) -> Option<f64>| AreaNumbers {
        data: data.to_owned(),
        file: file.clone(),
        by_area: AREAS.iter().filter_map(|row| Some((row.0.to_owned(), (value(row)?, vec![2])))).collect(),
    };
    study.area_numbers =
        vec![table("votes", |row| Some(row.1)), table("items", |row| row.2), table("people", |row| Some(row.3))];
    study
}

fn measure(id: &str, data: &str, per: Option<&str>) -> AreaMeasure {
    AreaMeasure { id: id.to_owned(), label: text(id), data: data.to_owned(), per: per.map(str::to_owned), times: None }
}

fn analysis() -> AreaAssociationAnalysis {
    AreaAssociationAnalysis {
        id: "link".to_owned(),
        outcome: measure("share", "votes", Some("people")),
        predictor: measure("found", "items", None),
        covariates: Vec::new(),
        weight: Some("people".to_owned()),
        neighbours: Some(2),
        permutations: Some(99),
    }
}

fn run(analysis: &AreaAssociationAnalysis) -> Result<Results> {
    let study = land();
    let mut work = Work::new(&study);
    association(analysis, &mut work);
    work.finish()
}

#[test]
fn a_link_is_found_and_an_area_without_a_number_is_left_out() {
    let results = run(&analysis()).unwrap();
    let of = |id: &str| results.get(&format!("link/{id}")).unwrap_or_else(|| panic!("{id}")).estimate.clone();
    assert_eq!(of("areas").estimate, Some(6.0));
    // Σ(x − 3.5)y/17.5 with equal weights: 1.755/17.5.
    assert!((of("slope").estimate.unwrap() - 1.755 / 17.5).abs() < 1e-12);
    assert!(of("slope").test.unwrap().p_value < 0.001 && of("slope-permutation").test.unwrap().p_value < 0.05);
    assert!(of("correlation").estimate.unwrap() > 0.99);
    // Of 1, 2, …, 6 the ends decide most.
    let without = results.get("link/slope-without-leverage").unwrap();
    assert!(["a", "f"].contains(&without.about("without")), "{}", without.about("without"));
    assert_eq!(without.estimate.n, Some(5));
    assert!((without.estimate.estimate.unwrap() - 0.1).abs() < 0.01);
    assert!(results.get("link/slope-adjusted").is_none() && results.get("link/g/outcome").is_none());
    assert_eq!(results.get("link/a/outcome").unwrap().unit, Unit::Share);
    assert!(results.remarks.iter().any(|remark| remark.text.contains("not known")));
    assert_eq!(results.areas.len(), 7);
}

#[test]
fn the_same_seed_gives_the_same_test() {
    let p = |results: &Results| results.get("link/slope-permutation").unwrap().estimate.test.clone();
    assert_eq!(p(&run(&analysis()).unwrap()), p(&run(&analysis()).unwrap()));
}

#[test]
fn a_table_that_is_not_there_is_named() {
    let wrong = AreaAssociationAnalysis { predictor: measure("found", "itms", None), ..analysis() };
    let error = run(&wrong).unwrap_err();
    assert_eq!(error.diagnostics()[0].hint.as_deref(), Some("did you mean `items`?"));
}

#[test]
fn a_covariate_that_says_the_same_is_no_answer_but_a_reason() {
    let same = AreaAssociationAnalysis { covariates: vec![measure("again", "items", None)], ..analysis() };
    let results = run(&same).unwrap();
    let adjusted = &results.get("link/slope-adjusted").unwrap().estimate;
    assert!(adjusted.estimate.is_none() && adjusted.reason.is_some());
}
