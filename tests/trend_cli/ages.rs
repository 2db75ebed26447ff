//! `opros trend --age` as a person meets it: printed age groups and respondents, shares by age and year of birth, splits of
//! changes, and what it says about tables that carry none.

use super::common::{Project, Run};
use super::{found, number, results};
use serde_json::Value;

/// Two polls ten years apart: every age answers as before, and the old, who say yes more often, have become more.
const GROUPS: &str = "\
year,age,yes,n,people
2004,18-34,20,400,40
2004,35-54,40,400,35
2004,55+,60,400,25
2014,18-34,20,400,30
2014,35-54,40,400,35
2014,55+,60,400,35
";

fn run(table: &str, args: &[&str]) -> Run {
    let project = Project::empty();
    project.write("table.csv", table);
    project.run(&[&["trend", "table.csv", "--age", "age", "--period", "year"], args].concat())
}

#[test]
fn a_change_of_the_people_alone_is_all_composition() {
    let args = ["--percent", "yes", "--n", "n", "--composition", "people", "--format", "json"];
    let results = results(&run(GROUPS, &args).expect(0));
    // By hand: 0.4·20 + 0.35·40 + 0.25·60 = 37, 0.3·20 + 0.35·40 + 0.35·60 = 41.
    let part = |name: &str| number(found(&results, &format!("split/2014/{name}")), "estimate");
    assert!((part("change") - 0.04).abs() < 1e-12 && (part("composition") - 0.04).abs() < 1e-12);
    assert!(part("within").abs() < 1e-12);
    // Shares of the population are known, so that the change within ages alone has an error: se² = Σ p̄²(v + v').
    let variance = |p: f64| p * (1.0 - p) / 400.0 + 0.01_f64.powi(2) / 12.0;
    let within =
        2.0 * (0.35_f64.powi(2) * variance(0.2) + 0.35_f64.powi(2) * variance(0.4) + 0.30_f64.powi(2) * variance(0.6));
    let se = number(found(&results, "split/2014/within"), "se");
    assert!((se - within.sqrt()).abs() < 1e-9, "{se} {}", within.sqrt());
    let young = found(&results, "ages/2004/18-34");
    assert_eq!((young["about"]["born"].as_str(), young["about"]["age"].as_str()), (Some("1970–1986"), Some("18–34")));
    assert!(number(young, "ci_low") < 0.2 && number(young, "ci_high") > 0.2);
}

#[test]
fn without_bases_there_is_no_interval_and_without_a_composition_no_split() {
    let args = ["--percent", "yes", "--composition", "people", "--format", "json"];
    let with = results(&run(GROUPS, &args).expect(0));
    for id in ["ages/2004/55+", "split/2014/composition"] {
        let result = found(&with, id);
        assert!(result["ci_low"].is_null() && !result["reason"].is_null(), "{result}");
    }
    let bare = run(GROUPS, &["--percent", "yes"]).expect(0);
    assert!(bare.stdout.contains("neither a population nor the bases"), "{}", bare.stdout);
    assert!(bare.stdout.contains("changes cannot be split"), "{}", bare.stdout);
}

#[test]
fn one_composition_for_all_polls_cannot_change() {
    let table = GROUPS.replace("2014,18-34,20,400,30", "2014,18-34,20,400,40");
    let table = table.replace("2014,55+,60,400,35", "2014,55+,66,400,25");
    let args = ["--percent", "yes", "--n", "n", "--composition", "people", "--format", "json"];
    let results = results(&run(&table, &args).expect(0));
    let composition = found(&results, "split/2014/composition");
    assert!(composition["estimate"].is_null() && composition["reason"].as_str().unwrap().contains("cannot change"));
    assert!((number(found(&results, "split/2014/within"), "estimate") - 0.25 * 0.06).abs() < 1e-12);
}

#[test]
fn groups_that_differ_between_polls_are_named() {
    let table = GROUPS.replace("2014,18-34", "2014,18-29");
    let printed = run(&table, &["--percent", "yes", "--n", "n"]).expect(0).stdout;
    assert!(printed.contains("`18-34` of `2004` is no group of all polls"), "{printed}");
    let words = run("year,age,yes\n2004,young,20\n2014,young,30\n", &["--percent", "yes"]).expect(2);
    assert!(words.stderr.contains("nothing can be estimated"), "{}", words.stderr);
    assert!(words.stdout.contains("groups without ages in years"), "{}", words.stdout);
}

#[test]
fn a_table_that_is_not_clear_is_refused() {
    let twice = format!("{GROUPS}2014,55+,61,400,35\n");
    let run_twice = run(&twice, &["--percent", "yes"]).expect(1);
    assert!(run_twice.stderr.contains("E47") && run_twice.stderr.contains(":8:"), "{}", run_twice.stderr);
    let dated = run(&GROUPS.replace("2004,", "long ago,"), &["--percent", "yes"]).expect(1);
    assert!(dated.stderr.contains("E48") && dated.stderr.matches("long ago").count() >= 1, "{}", dated.stderr);
    let neither = run(GROUPS, &[]).expect(2);
    assert!(neither.stderr.contains("--outcome") && neither.stderr.contains("--percent"), "{}", neither.stderr);
    run(GROUPS, &["--percent", "yes", "--anchor", "x"]).expect(2);
}

/// Four waves of people: those born from 1960 on say yes more often whenever they are asked.
fn people() -> String {
    let mut rows = vec!["year,age,answer,weight,town,person".to_owned()];
    for year in [1990, 1997, 2004, 2011] {
        for i in 0..600 {
            let age = 18 + i % 60;
            let limit = if year - age >= 1960 { 8 } else { 3 };
            let answer = if i * 7 % 10 < limit { "yes" } else { "no" };
            rows.push(format!("{year},{age},{answer},{},{},{i}", 1 + i % 2, i % 30));
        }
    }
    rows.push("2011,30,,1,1,601".to_owned());
    rows.join("\n") + "\n"
}

const PEOPLE: [&str; 8] =
    ["--outcome", "answer=yes", "--weight", "weight", "--bands", "18,30,45,60", "--format", "json"];

#[test]
fn cohorts_keep_their_answers_and_replace_each_other() {
    let args = [&PEOPLE[..], &["--cohorts", "10", "--psu", "town"]].concat();
    let results = results(&run(&people(), &args).expect(0));
    let cohorts: Vec<&Value> =
        results.iter().filter(|r| r["id"].as_str().unwrap().starts_with("ages/cohort/")).collect();
    assert!(cohorts.len() > 10);
    let is_large = |r: &&&Value| number(r, "n") > 90.0;
    let is_late = |r: &&&Value| r["about"]["born"].as_str().is_some_and(|born| born > "1962");
    let born_late: Vec<&&Value> = cohorts.iter().filter(is_late).filter(is_large).collect();
    assert!(born_late.len() > 2);
    for cohort in born_late {
        assert!((number(cohort, "estimate") - 0.8).abs() < 0.15, "{cohort}");
    }
    let at = |year: i32| number(found(&results, &format!("ages/{year}/30-44")), "estimate");
    assert!(at(2011) - at(1990) > 0.3);
    // All the change lies within ages: every wave has the same ages.
    let whole = |name: &str| number(found(&results, &format!("split/first-last/{name}")), "estimate");
    assert!((whole("within") + whole("composition") - whole("change")).abs() < 1e-12);
    assert!(whole("composition").abs() < 0.01 && whole("change") > 0.15);
    let steps: f64 =
        [1997, 2004, 2011].map(|y| number(found(&results, &format!("split/{y}/within")), "estimate")).iter().sum();
    // Results carry ten digits.
    assert!((steps - whole("within")).abs() < 1e-9, "{steps} {}", whole("within"));
}

#[test]
fn a_time_that_is_too_short_for_cohorts_says_so() {
    let args = [&PEOPLE[..], &["--cohorts", "30"]].concat();
    let results = results(&run(&people(), &args).expect(0));
    let none = found(&results, "ages/cohorts");
    assert!(none["estimate"].is_null() && none["reason"].as_str().unwrap().contains("the same people"), "{none}");
}

#[test]
fn pictures_and_files_are_written() {
    let project = Project::empty();
    project.write("people.csv", people());
    let args = ["trend", "people.csv", "--age", "age", "--period", "year", "--outcome", "answer=yes", "--out", "here"];
    project.run(&args).expect(0);
    for name in ["ages.svg", "split.svg", "results.csv", "results.json"] {
        assert!(project.path(&format!("here/{name}")).exists(), "{name}");
    }
    let picture = project.read("here/ages.svg");
    assert!(picture.contains("year of birth") && picture.contains("apart"), "the note on identification is missing");
}

#[test]
fn an_answer_that_nobody_gave_is_refused() {
    let refused = run(&people(), &["--outcome", "answer=maybe"]).expect(2);
    let many = run(&people(), &["--outcome", "answer=yes", "--split-by", "person"]).expect(2);
    assert!(many.stderr.contains("combinations") && many.stderr.contains("merge"), "{}", many.stderr);
    assert!(refused.stderr.contains("maybe") && refused.stderr.contains("no, yes"), "{}", refused.stderr);
    run(&people(), &["--outcome", "answer"]).expect(2);
    run(&people(), &["--outcome", "answer=yes", "--bands", "30,18"]).expect(2);
    run(&people(), &["--outcome", "answer=yes", "--where", "year = 2011"]).expect(2);
}
