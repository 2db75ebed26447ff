use std::sync::Arc;

use super::*;
use crate::analysis::result::Results;
use crate::analysis::testing::{geography, study, survey, text};
use crate::error::Result;
use crate::study::Study;
use crate::study::definition::{DesignDef, OneOrMany, OwnStratum};

/// place, answer, weight, district, point
type Row = (&'static str, &'static str, f64, &'static str, &'static str);

const ROWS: [Row; 13] = [
    ("Metro", "yes", 1.0, "north", "1"),
    ("Metro", "no", 1.0, "north", "1"),
    ("Metro", "no", 2.0, "north", "1"),
    ("Metro", "hard to say", 1.0, "north", "1"),
    ("Town", "yes", 1.0, "south", "2"),
    ("Town", "yes", 1.0, "south", "2"),
    ("Town", "no", 2.0, "south", "3"),
    ("Village", "yes", 1.0, "", "4"),
    ("Village", "hard to say", 2.0, "", "5"),
    ("Village", "no", 1.0, "", "6"),
    ("", "yes", 1.0, "south", "7"),
    ("Town", "not asked", 1.0, "south", "7"),
    ("Town", "yes", 0.0, "south", "7"),
];

fn labels(name: &str, values: impl Iterator<Item = &'static str> + Clone) -> MicrodataColumn {
    let mut labels: Vec<String> = values.clone().map(ToOwned::to_owned).collect();
    labels.sort();
    labels.dedup();
    let code = |value: &str| labels.iter().zip(0..).find(|(label, _)| *label == value).unwrap().1;
    let codes = values.map(code).collect();
    MicrodataColumn { name: name.to_owned(), values: Values::Labels { codes, labels } }
}

fn condition(column: &str, value: &str) -> Condition {
    Condition { column: column.to_owned(), is: Some(OneOrMany::One(value.to_owned())), is_not: None }
}

fn land(design: DesignDef, rows: &[Row]) -> Study {
    let mut study = study(Vec::new());
    geography(&mut study, "people");
    study.definition.respondents = vec![RespondentData {
        id: "people".to_owned(),
        package: "people".to_owned(),
        resource: "people".to_owned(),
        settlement: Some("place".to_owned()),
        area: None,
        characteristic: Vec::new(),
    }];
    let file: Arc<str> = "datasets/people/people.csv".into();
    study.microdata = vec![Microdata {
        data: "people".to_owned(),
        file,
        lines: (2..).take(rows.len()).collect(),
        columns: vec![
            labels("place", rows.iter().map(|row| row.0)),
            labels("answer", rows.iter().map(|row| row.1)),
            MicrodataColumn {
                name: "weight".to_owned(),
                values: Values::Numbers(rows.iter().map(|row| row.2).collect()),
            },
            labels("district", rows.iter().map(|row| row.3)),
            labels("point", rows.iter().map(|row| row.4)),
        ],
    }];
    let mut june = survey("june", &[]);
    june.design.clone_from(&design.id);
    june.outcome = vec![Outcome {
        measure: "approval".to_owned(),
        wording: text("Do you approve?"),
        column: "answer".to_owned(),
        yes: vec!["yes".to_owned()],
        undecided: vec!["hard to say".to_owned()],
        not_asked: vec!["not asked".to_owned()],
        no: vec!["no".to_owned()],
    }];
    study.definition.survey = vec![june];
    study.definition.design = vec![design];
    study
}

fn plain() -> DesignDef {
    DesignDef {
        id: "plain".to_owned(),
        weight: "weight".to_owned(),
        strata: None,
        psu: None,
        own_stratum: Vec::new(),
        opt_in: false,
        note: text("As told"),
    }
}

fn run_on(study: &Study) -> Result<Results> {
    let analysis = PlacesAnalysis {
        id: "support".to_owned(),
        surveys: vec!["june".to_owned()],
        measures: vec!["approval".to_owned()],
        classes: "classes".to_owned(),
        split: "split".to_owned(),
        adjust: Vec::new(),
        standardise: Vec::new(),
        decompose: Vec::new(),
        scenario: None,
    };
    let mut work = Work::new(study);
    run(&analysis, &mut work);
    work.finish()
}

fn figures_of(results: &Results, name: &str) -> Figures {
    results.get(&format!("support/june/approval/{name}")).unwrap().estimate.clone()
}

fn close(got: Option<f64>, want: f64) {
    assert!((got.unwrap() - want).abs() < 1e-12, "got {got:?}, want {want}");
}

#[test]
fn undecided_stay_in_the_base_and_the_unasked_do_not() {
    let results = run_on(&land(plain(), &ROWS)).unwrap();
    close(figures_of(&results, "metro").estimate, 1.0 / 5.0);
    close(figures_of(&results, "town").estimate, 2.0 / 4.0);
    close(figures_of(&results, "village").estimate, 1.0 / 4.0);
    close(figures_of(&results, "rest").estimate, 3.0 / 8.0);
    // All: yes 1 + 2 + 1 + 1 (blank place) of 5 + 4 + 4 + 1; the unasked and weight 0 count in neither.
    close(figures_of(&results, "all").estimate, 5.0 / 14.0);
    assert_eq!(figures_of(&results, "all").n, Some(11));
    let flags = &results.get("support/june/approval/metro").unwrap().flags;
    assert_eq!(flags.as_slice(), [Flag::BaseUnder30]);
    let remarks: Vec<&str> = results.remarks.iter().map(|remark| remark.text.as_str()).collect();
    assert_eq!(
        remarks,
        [
            "1 of 13 respondents have no place in `classes`: blank 1",
            "1 of 13 respondents have no place in `split`: blank 1",
            "1 of 13 respondents were not asked"
        ]
    );
}

#[test]
fn the_gap_lies_between_its_bounds() {
    let results = run_on(&land(plain(), &ROWS)).unwrap();
    close(figures_of(&results, "gap").estimate, 1.0 / 5.0 - 3.0 / 8.0);
    close(figures_of(&results, "gap-low").estimate, 1.0 / 5.0 - 5.0 / 8.0);
    close(figures_of(&results, "gap-high").estimate, 2.0 / 5.0 - 3.0 / 8.0);
    // Two halves of one stratum of respondents: each row's score is w(y − p)/W of its half, signed; the sum of the
    // scores is 0, so se² = n/(n − 1)·Σ score², over the 13 rows of the design.
    let score = |row: &Row| {
        let y = f64::from(u8::from(row.1 == "yes"));
        match row.0 {
            "Metro" => row.2 * (y - 0.2) / 5.0,
            "Town" | "Village" if row.1 != "not asked" => -row.2 * (y - 0.375) / 8.0,
            _ => 0.0,
        }
    };
    let sum: f64 = ROWS.iter().map(|row| score(row) * score(row)).sum();
    close(figures_of(&results, "gap").se, (13.0 / 12.0 * sum).sqrt());
}

#[test]
fn a_blank_stratum_stands_apart_and_is_told() {
    let design = DesignDef { strata: Some("district".to_owned()), ..plain() };
    let results = run_on(&land(design, &ROWS)).unwrap();
    assert_eq!(figures_of(&results, "village").degf, Some(2.0));
    assert!(results.remarks.iter().any(|remark| remark.text.starts_with("3 respondents without a stratum")));
}

#[test]
fn a_place_in_one_sampling_point_needs_a_stratum_of_its_own() {
    let clustered = DesignDef { psu: Some("point".to_owned()), ..plain() };
    let results = run_on(&land(clustered.clone(), &ROWS)).unwrap();
    let metro = figures_of(&results, "metro");
    assert_eq!((metro.se, metro.n_psus), (None, Some(1)));
    assert!(metro.reason.unwrap().contains("one sampling unit"));

    let own = |deff| OwnStratum {
        label: "Metro".to_owned(),
        rows: vec![condition("place", "Metro")],
        respondents_are_units: true,
        deff,
        reason: None,
    };
    let with = |deff| {
        let design = DesignDef { own_stratum: vec![own(deff)], ..clustered.clone() };
        run_on(&land(design, &ROWS)).unwrap()
    };
    let (plain, declared) = (with(None), with(Some(2.25)));
    assert_eq!(figures_of(&declared, "metro").n_psus, Some(4));
    close(figures_of(&declared, "metro").se, 1.5 * figures_of(&plain, "metro").se.unwrap());
    close(figures_of(&declared, "town").se, figures_of(&plain, "town").se.unwrap());
    let has_flag = |name: &str| {
        let record = declared.get(&format!("support/june/approval/{name}")).unwrap();
        record.flags.contains(&Flag::DeffDeclared)
    };
    let marked = ["metro", "all", "gap", "town", "rest"].map(has_flag);
    assert_eq!(marked, [true, true, true, false, false]);
}

#[test]
fn an_opt_in_panel_is_marked_and_has_no_design() {
    let design = DesignDef { opt_in: true, psu: Some("point".to_owned()), ..plain() };
    let results = run_on(&land(design, &ROWS)).unwrap();
    let metro = results.get("support/june/approval/metro").unwrap();
    assert_eq!((metro.evidence, metro.estimate.n_psus), (Evidence::OptInMicrodata, Some(4)));
    assert!(metro.flags.contains(&Flag::OptIn));
}

#[test]
fn what_the_definition_does_not_place_is_a_problem() {
    let mut rows = ROWS;
    rows[0].1 = "maybe";
    assert!(run_on(&land(plain(), &rows)).unwrap_err().diagnostics()[0].message.contains("`maybe`"));
    let mut rows = ROWS;
    rows[0].0 = "Metropolis";
    assert!(run_on(&land(plain(), &rows)).unwrap_err().diagnostics()[0].message.contains("`Metropolis`"));
    let mut rows = ROWS;
    rows[3].2 = f64::NAN;
    let error = run_on(&land(plain(), &rows)).unwrap_err();
    assert_eq!(error.diagnostics()[0].observed.as_deref(), Some("datasets/people/people.csv line 5, the first"));
    let design = DesignDef { strata: Some("distrikt".to_owned()), ..plain() };
    let error = run_on(&land(design, &ROWS)).unwrap_err();
    assert_eq!(error.diagnostics()[0].hint.as_deref(), Some("did you mean `district`?"));
}

#[test]
fn a_survey_without_rows_is_a_problem() {
    let mut study = land(plain(), &ROWS);
    study.definition.survey[0].rows = vec![condition("district", "west")];
    assert!(run_on(&study).unwrap_err().diagnostics()[0].message.contains("no rows"));
}

/// Two districts in the metropolis and in the country.
const SIDES: [Row; 12] = [
    ("Metro", "yes", 1.0, "north", "1"),
    ("Metro", "no", 1.0, "north", "2"),
    ("Metro", "yes", 1.0, "south", "3"),
    ("Metro", "no", 2.0, "south", "4"),
    ("Town", "yes", 3.0, "north", "5"),
    ("Town", "no", 1.0, "north", "6"),
    ("Village", "yes", 1.0, "south", "7"),
    ("Village", "no", 1.0, "south", "8"),
    ("Village", "yes", 2.0, "south", "9"),
    ("", "yes", 1.0, "south", "10"),
    ("Town", "not asked", 1.0, "south", "11"),
    ("Town", "yes", 1.0, "", "12"),
];

fn with_districts(rows: &[Row]) -> Study {
    use crate::study::PopulationFrame;
    use crate::study::definition::Characteristic;
    let mut study = land(plain(), rows);
    let levels = ["north", "south"].map(|level| (level.to_owned(), vec![level.to_owned()]));
    study.definition.respondents[0].characteristic = vec![Characteristic {
        id: "district".to_owned(),
        column: "district".to_owned(),
        levels: levels.into(),
        bands: Vec::new(),
    }];
    study.frames = vec![PopulationFrame {
        id: "register".to_owned(),
        file: "datasets/people/frame.csv".into(),
        characteristics: vec!["district".to_owned()],
        cells: [("north", 25.0), ("south", 75.0)].map(|(level, people)| (vec![level.to_owned()], people)).into(),
        lines: Vec::new(),
    }];
    study
}

fn compared(study: &Study) -> Results {
    use crate::study::definition::{Adjustment, DecompositionMethod, Scenario, Split, Standard};
    let split = |id: &str, method| Split { id: id.to_owned(), by: vec!["district".to_owned()], method };
    let analysis = PlacesAnalysis {
        id: "support".to_owned(),
        surveys: vec!["june".to_owned()],
        measures: vec!["approval".to_owned()],
        classes: "classes".to_owned(),
        split: "split".to_owned(),
        adjust: vec![Adjustment { id: "adjusted".to_owned(), by: vec!["district".to_owned()] }],
        decompose: vec![
            split("cells", DecompositionMethod::Cells),
            split("linear", DecompositionMethod::Linear),
            split("logit", DecompositionMethod::Logit),
        ],
        standardise: vec![Standard { id: "standard".to_owned(), frame: "register".to_owned() }],
        scenario: Some(Scenario { losses: vec![50] }),
    };
    let mut work = Work::new(study);
    run(&analysis, &mut work);
    work.finish().unwrap()
}

#[test]
fn standardised_shares_are_weighted_means_of_the_cells() {
    let results = compared(&with_districts(&SIDES));
    // Metro: north 1/2, south 1/3; country: north 3/4, south 3/4.
    close(figures_of(&results, "metro/standard").estimate, 0.25 / 2.0 + 0.75 / 3.0);
    close(figures_of(&results, "rest/standard").estimate, 0.75);
    close(figures_of(&results, "gap-standard").estimate, 0.375 - 0.75);
    // Nobody in a village lives in the north.
    let village = figures_of(&results, "village/standard");
    assert!(village.estimate.is_none() && village.reason.unwrap().contains("no respondent is north"));
}

#[test]
fn what_is_left_after_losses_is_linear() {
    let results = compared(&with_districts(&SIDES));
    // Placed and asked: 14 people by weight, 2 yes in the metropolis, 7 in the country.
    close(figures_of(&results, "yes-in-rest").estimate, 7.0 / 9.0);
    close(figures_of(&results, "after-loss-50").estimate, (2.0 + 3.5) / 14.0);
}

#[test]
fn an_adjusted_gap_leaves_out_whom_it_does_not_know_and_says_so() {
    let results = compared(&with_districts(&SIDES));
    let gap = figures_of(&results, "gap-adjusted");
    assert_eq!(gap.n, Some(9));
    assert!(gap.estimate.unwrap() < 0.0 && gap.se.unwrap() > 0.0 && gap.test.is_some());
    assert!(results.remarks.iter().any(|remark| remark.text.contains("1 respondents of whom `district` is not known")));
}

#[test]
fn separated_answers_give_a_reason_and_no_gap() {
    let rows: Vec<Row> =
        SIDES.iter().map(|row| (row.0, if row.0 == "Metro" { "no" } else { "yes" }, row.2, row.3, row.4)).collect();
    let gap = figures_of(&compared(&with_districts(&rows)), "gap-adjusted");
    assert!(gap.estimate.is_none() && gap.reason.unwrap().contains("separate"));
}

#[test]
fn a_gap_is_split_into_composition_and_rates() {
    let results = compared(&with_districts(&SIDES));
    let of = |name: &str| figures_of(&results, name);
    // Metro: 2/5 in the north, where 1/2 say yes against 1/3; country: half in the north, 3/4 everywhere.
    close(of("split-cells/gap").estimate, 0.4 - 0.75);
    close(of("split-cells/composition").estimate, -0.1 * 1.25 / 2.0 + 0.1 * (1.0 / 3.0 + 0.75) / 2.0);
    close(of("split-cells/rates").estimate, -0.25 * 0.45 - (0.75 - 1.0 / 3.0) * 0.55);
    close(of("split-cells/composition-district").estimate, of("split-cells/composition").estimate.unwrap());
    for method in ["split-cells", "split-linear", "split-logit"] {
        let part = |name: &str| of(&format!("{method}/{name}"));
        let sum = part("composition").estimate.unwrap() + part("rates").estimate.unwrap();
        close(part("gap").estimate, sum);
        assert!(part("rates").ci_low < part("rates").estimate && part("rates").se > Some(0.0), "{method}");
        assert_eq!(part("gap").n, Some(9));
    }
    let record = results.get("support/june/approval/split-logit/rates-constant").unwrap();
    assert_eq!((record.about("split"), record.about("part"), record.about("place")), ("logit", "rates-constant", ""));
}

#[test]
fn a_split_that_cannot_be_made_says_why() {
    // In the metropolis nobody lives in the south, so no regression can tell its level.
    let rows: Vec<Row> = SIDES.iter().filter(|row| (row.0, row.3) != ("Metro", "south")).copied().collect();
    let gap = figures_of(&compared(&with_districts(&rows)), "split-logit/gap");
    assert!(gap.estimate.is_none() && gap.reason.is_some_and(|reason| reason.contains("south")));
}

#[test]
fn a_gap_that_changes_from_survey_to_survey() {
    use crate::study::definition::GapTrendAnalysis;
    let mut study = with_districts(&SIDES);
    let mut july = study.definition.survey[0].clone();
    study.definition.survey[0].rows = vec![condition("district", "north")];
    july.id = "july".to_owned();
    july.rows = vec![condition("district", "south")];
    (july.field_start, july.field_end) = ("2003-07-01".parse().unwrap(), "2003-07-09".parse().unwrap());
    study.definition.survey.push(july);
    let analysis = |measure: &str| GapTrendAnalysis {
        id: "moves".to_owned(),
        surveys: vec!["june".to_owned(), "july".to_owned()],
        measure: measure.to_owned(),
        split: "split".to_owned(),
        by: Vec::new(),
    };
    let asked = analysis("approval");
    let mut work = Work::new(&study);
    gap_trend(&asked, &mut work);
    let results = work.finish().unwrap();
    let of = |name: &str| results.get(&format!("moves/{name}")).unwrap().estimate.clone();
    // North: 1/2 against 3/4; south: 1/3 against 3/4.
    close(of("change-metro").estimate, 1.0 / 3.0 - 0.5);
    close(of("change-rest").estimate, 0.0);
    close(of("change").estimate, 1.0 / 3.0 - 0.5);
    assert!(of("change").test.is_some_and(|test| test.method == "wald_f") && of("change").se > Some(0.0));
    let (se, degf) = (of("change").se.unwrap(), of("change").degf.unwrap());
    let law = crate::numeric::dist::StudentT::new(degf).unwrap();
    close(of("detectable").estimate, (law.upper_quantile(0.025) + law.quantile(0.8)) * se);
    assert!(results.get("moves/any-change").is_none());
    let misspelt = analysis("aproval");
    let mut work = Work::new(&study);
    gap_trend(&misspelt, &mut work);
    let error = work.finish().unwrap_err();
    assert!(error.to_string().contains("measure of `june` `aproval` does not exist"), "{error}");
}
