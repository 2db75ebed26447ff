//! `opros compare` as a person meets it: gaps, tests and adjusted gaps that other routes confirm, the figure, bad input.

mod common;
#[cfg(unix)]
#[path = "common/pages.rs"]
mod pages;

use common::{Project, Run};
use serde_json::Value;

const N: usize = 900;
const DESIGN: [&str; 4] = ["--weight", "w", "--psu", "town"];

/// Sixty towns of fifteen; the old trust more and live in villages; five hermits; scores from 0 to 30.
fn poll() -> Project {
    let mut text = String::from("id,w,town,age,age2,place,vote,trust,score,one,year\n");
    for i in 0..N {
        let place = if i < 5 { "hermitage" } else { ["city", "town", "village"][i % 3] };
        let is_old = (i * 7 + i / 15) % 10 < if place == "village" { 7 } else { 3 };
        let age = if is_old { "old" } else { "young" };
        let level = (i * 37 + i / 15 * 11) % 100;
        let yes = level < 30 + if is_old { 35 } else { 0 } + if place == "city" { 0 } else { 4 };
        let vote = if i % 90 == 7 {
            ""
        } else if yes {
            "yes"
        } else {
            "no"
        };
        let trust = ["much", "some", "none"][level % 3];
        let score = (level % 31) as f64 + if place == "village" { 3.0 } else { 0.0 };
        let w = 0.5 + (i % 4) as f64 / 4.0;
        let town = i / 15;
        text.push_str(&format!("{i},{w},t{town},{age},{age},{place},{vote},{trust},{score},x,{}\n", 2001 + i % 2));
    }
    let project = Project::empty();
    project.write("poll.csv", text);
    project
}

fn compare(project: &Project, args: &[&str]) -> Run {
    project.run(&[&["compare", "poll.csv"], args].concat())
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap()
}

fn rows<'a>(document: &'a Value, comparison: &str, statistic: &str) -> Vec<&'a Value> {
    let is_it = |row: &&Value| row["comparison"] == comparison && row["statistic"] == statistic;
    document["results"].as_array().unwrap().iter().filter(is_it).collect()
}

fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("{key} of {row}"))
}

const VOTE: [&str; 6] = ["--outcome", "vote=yes", "--groups", "place", "--where", "place != hermitage"];

#[test]
fn groups_are_those_of_estimate_and_ratios_follow_from_them() {
    let project = poll();
    let found = json(&compare(&project, &[&VOTE[..], &DESIGN[..], &["--format", "json"]].concat()).expect(0));
    let flags = ["estimate", "poll.csv", "--proportion", "vote", "--by", "place", "--where", "place != hermitage"];
    let estimated = [&flags[..], &DESIGN[..], &["--missing", "exclude", "--format", "json"]].concat();
    let estimated = json(&project.run(&estimated).expect(0));
    let of = |place: &str| {
        let is_it = |row: &&Value| row["answer"] == "yes" && row["place"] == place;
        estimated["results"].as_array().unwrap().iter().find(is_it).unwrap().clone()
    };
    let shares = rows(&found, "groups", "share");
    assert_eq!(shares.len(), 4);
    for share in &shares[1..] {
        let want = of(share["group"].as_str().unwrap());
        for key in ["estimate", "se", "ci_low", "ci_high", "degf", "deff", "n", "sum_w"] {
            assert!((number(share, key) - number(&want, key)).abs() < 1e-12 * number(&want, key).abs(), "{key}");
        }
    }
    let (p, q) = (number(&of("village"), "estimate"), number(&of("city"), "estimate"));
    let against_city = |statistic: &str| {
        let found = rows(&found, "reference", statistic);
        found.into_iter().find(|row| row["group"] == "village" && row["against"] == "city").unwrap().clone()
    };
    assert!((number(&against_city("difference"), "estimate") - (p - q)).abs() < 1e-12);
    assert!((number(&against_city("ratio"), "estimate") - p / q).abs() < 1e-12);
    assert!((number(&against_city("odds ratio"), "estimate") - p / (1.0 - p) / (q / (1.0 - q))).abs() < 1e-12);
    let ratio = against_city("ratio");
    // Limits are symmetric on the log scale.
    let middle = (number(&ratio, "ci_low") * number(&ratio, "ci_high")).sqrt();
    assert!((middle - p / q).abs() < 1e-9, "{ratio}");
    assert_eq!((rows(&found, "pairs", "difference").len(), rows(&found, "rest", "difference").len()), (3, 3));
    let tests = found["tests"].as_array().unwrap();
    assert_eq!(tests.len(), 4);
    assert!(tests.iter().all(|test| test["p_value"].as_f64().unwrap() < 0.2), "{tests:?}");
}

#[test]
fn an_adjusted_gap_is_smaller_where_composition_explains_it() {
    let project = poll();
    let flags = [&VOTE[..], &DESIGN[..], &["--adjust", "age", "--decompose", "age", "--format", "json"]].concat();
    let found = json(&compare(&project, &flags).expect(0));
    let village = |comparison: &str, statistic: &str| {
        let found = rows(&found, comparison, statistic);
        number(found.into_iter().find(|row| row["group"] == "village").unwrap(), "estimate")
    };
    let (raw, adjusted) = (village("reference", "difference"), village("adjusted", "adjusted difference"));
    assert!(raw > 0.1 && adjusted < 0.6 * raw, "{raw} {adjusted}");
    // The same question by another route: what composition explains is about what adjustment takes away.
    let (gap, explained) = (village("decomposition", "gap"), village("decomposition", "explained"));
    assert!((gap - raw).abs() < 1e-9 && (explained - (raw - adjusted)).abs() < 0.02, "{gap} {explained}");
    let text =
        compare(&project, &[&VOTE[..], &DESIGN[..], &["--adjust", "age", "--decompose", "age"]].concat()).expect(0);
    text.prints("after holding age equal").prints("made up of other people").prints("Rao–Scott, second order, F");
}

#[test]
fn without_controls_the_model_gives_the_groups_themselves() {
    // A logit model of the groups alone is saturated, so its predictions are the shares; `one` of two values adds nothing.
    let project = poll();
    let flags = [&VOTE[..], &DESIGN[..], &["--adjust", "year", "--format", "json"]].concat();
    let found = json(&compare(&project, &flags).expect(0));
    let (shares, adjusted) = (rows(&found, "groups", "share"), rows(&found, "adjusted", "adjusted share"));
    for (share, adjusted) in shares[1..].iter().zip(adjusted) {
        assert_eq!(share["group"], adjusted["group"]);
        assert!((number(share, "estimate") - number(adjusted, "estimate")).abs() < 0.01);
        assert!(number(adjusted, "ci_low") < number(share, "estimate"));
    }
}

#[test]
fn means_are_compared_with_ranks_beside() {
    let project = poll();
    let flags = ["--outcome", "score", "--groups", "place", "--reference", "town", "--within", "20", "--pairs"];
    let text = compare(&project, &[&flags[..], &DESIGN[..]].concat()).expect(0);
    let text = text
        .prints("mean of score by place")
        .prints("Kruskal–Wallis")
        .prints("every two groups")
        .prints("yes (p <0.001)");
    // Five hermits are shown nowhere and tested nowhere.
    let hermits = text.stdout.lines().find(|line| line.starts_with("hermitage")).unwrap();
    assert!(hermits.contains('–') && !hermits.contains("yes (p"), "{hermits}");
}

#[test]
fn values_of_by_are_compared_one_by_one() {
    let project = poll();
    let flags = [&VOTE[..], &DESIGN[..], &["--by", "year", "--format", "csv"]].concat();
    let csv = compare(&project, &flags).expect(0).stdout;
    let header = "by,comparison,statistic,group,against,estimate,se,ci_low,ci_high,level,ci_method,degf,deff,deff_reference,n,n_eff,sum_w,n_psus,reason,t,p_value,adjusted_p_value,equivalence_p_value,statistic_value,denominator_degf";
    assert_eq!(csv.lines().next(), Some(header));
    let of = |by: &str| csv.lines().filter(|line| line.starts_with(by)).count();
    assert!(of("year = 2001,") > 10 && of("year = 2001,") == of("year = 2002,"), "{csv}");
}

#[test]
fn a_folder_gets_the_tables_and_the_figure() {
    let project = poll();
    compare(&project, &[&VOTE[..], &DESIGN[..], &["--out", "gap", "--quiet"]].concat()).expect(0);
    let svg = project.read("gap/comparison.svg");
    assert!(
        svg.contains("<title") && svg.contains("n = ") && svg.contains("village"),
        "{}",
        &svg[..200.min(svg.len())]
    );
    assert!(project.read("gap/comparison.md").starts_with("### share of vote = yes by place"));
    assert!(serde_json::from_str::<Value>(&project.read("gap/comparison.json")).is_ok());
    assert_eq!(project.files("gap").len(), 4);
    assert!(svg.contains("difference from city") && svg.contains("reference") && svg.contains("percentage points"));
    compare(&project, &[&VOTE[..], &DESIGN[..], &["--out", "gap", "--adjust", "age"]].concat()).expect(0);
    assert!(project.read("gap/comparison.svg").contains("after holding age equal"));
}

#[test]
fn separation_is_said_and_has_no_standard_error_of_zero() {
    let project = poll();
    // Nobody in the city votes yes.
    let text = project.read("poll.csv");
    let changed: String = text
        .lines()
        .map(|line| if line.contains(",city,") { line.replace(",yes,", ",no,") } else { line.to_owned() } + "\n")
        .collect();
    project.write("poll.csv", changed);
    let flags = [&VOTE[..], &DESIGN[..], &["--reference", "town", "--adjust", "age"]].concat();
    let run = compare(&project, &flags).expect(0).prints("separation: all or none with city give the answer");
    let lines: Vec<&str> = run.stdout.lines().filter(|line| line.starts_with("city")).collect();
    assert!(lines[0].contains("0.0%") && lines[1].contains("n/e"), "{lines:?}");
    let found = json(&compare(&project, &[&flags[..], &["--format", "json"]].concat()).expect(0));
    let zero = |row: &&Value| row["group"] == "city" && row["comparison"] == "adjusted" && row["se"] == 0;
    assert!(!found["results"].as_array().unwrap().iter().any(|row| zero(&row)));
    // A share of 0 % is not tested against anything.
    let pairs = rows(&found, "pairs", "difference");
    assert!(pairs.iter().filter(|row| row["group"] == "city").all(|row| row["p_value"] == Value::Null));
}

/// All voters of the city vote yes.
fn unanimous_city() -> Project {
    let project = poll();
    let text = project.read("poll.csv");
    let changed: String = text
        .lines()
        .map(|line| if line.contains(",city,") { line.replace(",no,", ",yes,") } else { line.to_owned() } + "\n")
        .collect();
    project.write("poll.csv", changed);
    project
}

// R 4.2.2, survey 4.1.1: `svypredmeans(svyglm(y ~ age, subset(design, place != "hermitage" & !is.na(vote)), family =
// quasibinomial), ~place)` with the level `town` first.
#[test]
fn a_separated_reference_leaves_the_others_as_in_r() {
    let project = unanimous_city();
    let found = |reference: &str| {
        let flags = [&VOTE[..], &DESIGN[..], &["--reference", reference, "--adjust", "age", "--format", "json"]];
        json(&compare(&project, &flags.concat()).expect(0))
    };
    let (separated, other) = (found("city"), found("town"));
    for (group, share, se) in [("village", 0.4712646635, 0.0427782898), ("town", 0.4638238588, 0.0388352080)] {
        for document in [&separated, &other] {
            let row =
                rows(document, "adjusted", "adjusted share").into_iter().find(|row| row["group"] == group).unwrap();
            assert!((number(row, "estimate") - share).abs() < 1e-8, "{row}");
            assert!((number(row, "se") - se).abs() < 1e-7, "{row}");
        }
    }
    let reason = |document: &Value, statistic: &str, group: &str| {
        let row = rows(document, "adjusted", statistic).into_iter().find(|row| row["group"] == group).unwrap().clone();
        assert_eq!((&row["estimate"], &row["se"]), (&Value::Null, &Value::Null));
        row["reason"].as_str().unwrap().to_owned()
    };
    for document in [&separated, &other] {
        assert!(reason(document, "adjusted share", "city").starts_with("all in the group give the answer"));
    }
    assert_eq!(reason(&separated, "adjusted difference", "village"), "the reference has no adjusted share");
    let flags = [&VOTE[..], &DESIGN[..], &["--adjust", "age"]].concat();
    compare(&project, &flags)
        .expect(0)
        .prints("city: not estimable: all in the group give the answer")
        .prints("differences from city are not estimable; name another group with `--reference`");
}

#[test]
fn two_groups_of_which_the_reference_is_separated_have_a_model() {
    let two = ["--outcome", "vote=yes", "--groups", "place", "--where", "place in [city, town]", "--adjust", "age"];
    let run = compare(&unanimous_city(), &[&two[..], &DESIGN[..]].concat()).expect(0);
    let after = run.stdout.split("after holding age equal").nth(1).unwrap();
    let town = after.lines().find(|line| line.starts_with("town")).unwrap();
    assert!(town.contains("%") && town.contains("n/e") && !after.contains("positive definite"), "{after}");
}

#[test]
fn a_level_of_a_control_that_separates_is_predicted_and_the_rest_fitted() {
    let project = poll();
    // All old say yes: the share of each group is that of its old with certainty, and of the young by the model.
    let text = project.read("poll.csv");
    let changed: String = text
        .lines()
        .map(|line| if line.contains(",old,") { line.replace(",no,", ",yes,") } else { line.to_owned() } + "\n")
        .collect();
    project.write("poll.csv", changed);
    let flags = [&VOTE[..], &DESIGN[..], &["--adjust", "age", "--format", "json"]].concat();
    let found = json(&compare(&project, &flags).expect(0));
    let young = ["--outcome", "vote=yes", "--groups", "place", "--where", "place != hermitage and age == young"];
    let young = json(&compare(&project, &[&young[..], &DESIGN[..], &["--format", "json"]].concat()).expect(0));
    let people = json(
        &compare(
            &project,
            &[
                &["--outcome", "age=young", "--groups", "year", "--where"][..],
                &["place != hermitage and not (vote is missing)", "--format", "json"],
                &DESIGN[..],
            ]
            .concat(),
        )
        .expect(0),
    );
    let share_young = number(rows(&people, "groups", "share")[0], "estimate");
    for (adjusted, young) in
        rows(&found, "adjusted", "adjusted share").iter().zip(&rows(&young, "groups", "share")[1..])
    {
        let want = 1.0 - share_young + share_young * number(young, "estimate");
        assert!((number(adjusted, "estimate") - want).abs() < 1e-9, "{adjusted} {want}");
        assert!(number(adjusted, "se") > 0.0);
    }
    compare(&project, &[&VOTE[..], &DESIGN[..], &["--adjust", "age"]].concat())
        .expect(0)
        .prints("separation: all or none with age old");
}

// R 4.2.2, survey 4.1.1: `svychisq(~vote + place, subset(design, place != "hermitage" & !is.na(vote)))`.
#[test]
fn tests_of_shares_stand_on_the_rows_with_both_answers() {
    let found = json(&compare(&poll(), &[&VOTE[..], &DESIGN[..], &["--format", "json"]].concat()).expect(0));
    let test = |name: &str| {
        let tests = found["tests"].as_array().unwrap();
        tests.iter().find(|test| test["test"].as_str().unwrap().starts_with(name)).unwrap().clone()
    };
    let (second, first) = (test("Rao–Scott, second"), test("Rao–Scott, first"));
    for (row, key, want) in [
        (&second, "statistic", 4.6389540787),
        (&second, "degf", 1.9582284267),
        (&second, "denominator_degf", 115.5354771749),
        (&second, "p_value", 0.0120489542),
        (&first, "statistic", 16.7765101096),
        (&first, "p_value", 0.0096678041),
    ] {
        assert!((number(row, key) / want - 1.0).abs() < 1e-8, "{key} of {row}");
    }
}

/// A line of the poll with a weight of 1.
fn ones(line: &str) -> String {
    let mut cells: Vec<&str> = line.split(',').collect();
    cells[1] = "1";
    cells.join(",")
}

#[test]
fn without_weights_every_row_counts_one() {
    let project = poll();
    let run = compare(&project, &[&VOTE[..], &["--psu", "town", "--format", "json"]].concat()).expect(0);
    let without = json(&run.says("note: no weights: every row counts 1"));
    assert_eq!(without["notes"]["weights"], "none, every row counts 1, sum 900");
    let text = project.read("poll.csv");
    let (head, body) = text.split_once('\n').unwrap();
    let body: Vec<String> = body.lines().map(ones).collect();
    project.write("poll.csv", format!("{head}\n{}\n", body.join("\n")));
    let with = json(&compare(&project, &[&VOTE[..], &DESIGN[..], &["--format", "json"]].concat()).expect(0));
    assert_eq!(without["results"], with["results"]);
    // Other mistakes are not hidden.
    let wrong = ["--outcome", "votte=yes", "--groups", "plase"];
    compare(&project, &wrong).expect(2).says("did you mean `vote`?").says("did you mean `place`?");
    let replicates = ["--replicates", "w", "--replicate-type", "bootstrap"];
    compare(&project, &[&VOTE[..], &replicates[..]].concat()).expect(2).says("without the weight itself");
}

#[test]
fn a_column_has_one_part() {
    let project = poll();
    let fails = |flags: &[&str], texts: &[&str]| {
        let run = compare(&project, &[flags, &DESIGN[..]].concat()).expect(2);
        texts.iter().fold(run, |run, text| run.says(text));
    };
    let vote = ["--outcome", "vote=yes", "--groups", "place"];
    let with = |more: &[&'static str]| [&vote[..], more].concat();
    fails(
        &with(&["--adjust", "place,vote"]),
        &["--adjust: `place` is the column of the groups", "`vote` is the outcome"],
    );
    fails(&with(&["--decompose", "age,age"]), &["--decompose: `age` is named twice"]);
    fails(&with(&["--by", "place"]), &["--by: `place` is the column of the groups"]);
    fails(&with(&["--trend", "vote"]), &["--trend: `vote` is the outcome"]);
    fails(&with(&["--trend", "place"]), &["--trend: `place` is the column of the groups"]);
    fails(&with(&["--trend", "year", "--by", "year"]), &["--by: `year` is a column of --trend, too"]);
    fails(&with(&["--adjust", "year", "--trend", "year"]), &["--trend: `year` is a column of --adjust, too"]);
    fails(&with(&["--by", "age", "--decompose", "age"]), &["--by: `age` is a column of --decompose, too"]);
    let both = with(&["--where", "place != hermitage", "--adjust", "age", "--decompose", "age"]);
    compare(&project, &[&both[..], &DESIGN[..]].concat()).expect(0);
    fails(&["--outcome", "place=city", "--groups", "place"], &["`place` is the outcome, so each group has one value"]);
    let twice = ["compare", "--published", "a=0.5,100", "--published", "a=0.6,100"];
    project.run(&twice).expect(2).says("two published shares are called `a`");
}

#[test]
fn differences_from_a_hidden_group_are_hidden_too() {
    let flags = ["--outcome", "vote=yes", "--groups", "place", "--adjust", "age", "--pairs"];
    let run = compare(&poll(), &[&flags[..], &DESIGN[..]].concat()).expect(0);
    // Five hermits: no share, no difference, no ratio, in any table.
    let hermits: Vec<&str> =
        run.stdout.lines().filter(|line| line.contains("hermitage") && line.contains('–')).collect();
    assert!(hermits.len() >= 5 && hermits.iter().all(|line| !line.contains('.')), "{hermits:?}");
}

#[test]
fn a_folder_gets_its_own_files_again_and_never_loses_the_data() {
    let project = poll();
    let flags = [&VOTE[..], &DESIGN[..]].concat();
    let args = [&flags[..], &["--out", "gap"]].concat();
    compare(&project, &args).expect(0);
    compare(&project, &args).expect(0);
    let data = project.read("poll.csv");
    project.write("gap/comparison.csv", &data);
    let args = [&["compare", "gap/comparison.csv"], &args[..]].concat();
    project.run(&args).expect(2).says("comparison.csv").says("the command reads this file");
    assert_eq!(project.read("gap/comparison.csv"), data);
}

/// The capital is one town of 60; the other 840 people live in 56 towns; some answer alike.
fn capital() -> Project {
    let mut text = String::from("w,town,place,vote,all,score,seven,sex,year\n");
    for i in 0..N {
        let (town, place) = if i < 60 { (0, "capital") } else { (i / 15, ["city", "village"][i % 2]) };
        let level = (i * 37 + i / 15 * 11) % 100;
        let vote = if level < if place == "city" { 40 } else { 50 } { "yes" } else { "no" };
        let all = if place == "city" || level < 60 { "yes" } else { "no" };
        let sex = if (i * 7) % 10 < 5 { "f" } else { "m" };
        let w = 0.5 + (i % 4) as f64 / 7.0;
        text.push_str(&format!("{w},t{town},{place},{vote},{all},{level},7,{sex},{}\n", 2001 + i % 3));
    }
    let project = Project::empty();
    project.write("poll.csv", text);
    project
}

#[test]
fn a_group_in_one_sampling_unit_has_no_standard_error_in_any_model() {
    let project = capital();
    let flags = ["--outcome", "vote=yes", "--groups", "place", "--adjust", "sex", "--trend", "year"];
    let args = [&flags[..], &DESIGN[..]].concat();
    let run = compare(&project, &args).expect(0);
    let run = run.prints("n/e capital: domain in one sampling unit").prints("--self-representing");
    let run = run.prints("capital: not estimable: domain in one sampling unit");
    run.prints("n/e capital: no interval and no test, and differences from it have none");
    let found = json(&compare(&project, &[&args[..], &["--format", "json"]].concat()).expect(0));
    for (comparison, statistic) in [("adjusted", "adjusted difference"), ("trend", "difference of slopes")] {
        for row in rows(&found, comparison, statistic) {
            assert!(row["se"].is_null() && row["p_value"].is_null() && row["reason"].is_string(), "{row}");
        }
    }
    // The others are tested among themselves, and any of them can be the reference.
    let tests = found["tests"].as_array().unwrap();
    assert!(tests.iter().all(|test| test["p_value"].as_f64().is_some()), "{tests:?}");
    let other = [&args[..], &["--reference", "city", "--format", "json"]].concat();
    let found = json(&compare(&project, &other).expect(0));
    let of = |group: &str| {
        let row = rows(&found, "trend", "difference of slopes").into_iter().find(|row| row["group"] == group).unwrap();
        row["p_value"].as_f64()
    };
    assert!(of("village").is_some() && of("capital").is_none());
}

#[test]
fn a_constant_outcome_has_no_variation_and_no_test() {
    let project = capital();
    let flags = ["--outcome", "seven", "--groups", "sex", "--weight", "w"];
    let run = compare(&project, &flags).expect(0).prints("no variation: all values are alike");
    assert!(!run.stdout.contains("<0.001") && !run.stdout.contains('↑'), "{}", run.stdout);
    let found = json(&compare(&project, &[&flags[..], &["--format", "json"]].concat()).expect(0));
    for row in rows(&found, "pairs", "difference") {
        assert!(row["se"].is_null() && row["ci_low"].is_null() && row["p_value"].is_null(), "{row}");
        assert_eq!(row["reason"], "no variation: all values are alike");
    }
    assert!(rows(&found, "pairs", "ratio").is_empty());
    assert!(found["tests"].as_array().unwrap().iter().all(|test| test["p_value"].is_null()));
}

#[test]
fn a_share_of_all_is_not_known_to_be_all() {
    let project = capital();
    let flags = ["--outcome", "all=yes", "--groups", "place", "--reference", "village", "--where", "place != capital"];
    let args = [&flags[..], &["--weight", "w"]].concat();
    let found = json(&compare(&project, &[&args[..], &["--format", "json"]].concat()).expect(0));
    let shares = rows(&found, "groups", "share");
    let limits = |group: &str| {
        let row = shares.iter().find(|row| row["group"] == group).unwrap();
        ["estimate", "ci_low", "ci_high"].map(|key| number(row, key))
    };
    let ([p, low_p, high_p], [q, low_q, high_q]) = (limits("city"), limits("village"));
    assert_eq!((p, high_p), (1.0, 1.0));
    let difference = rows(&found, "reference", "difference")[0];
    // Newcombe's limits: the distances of both ends, as the hypotenuse.
    assert!((number(difference, "ci_low") - (p - q - (p - low_p).hypot(high_q - q))).abs() < 1e-12);
    assert!((number(difference, "ci_high") - (p - q + (high_p - p).hypot(q - low_q))).abs() < 1e-12);
    assert_eq!(difference["ci_method"], "newcombe");
    assert!(difference["se"].is_null() && difference["p_value"].is_null() && difference["reason"].is_string());
    assert!(rows(&found, "reference", "ratio").is_empty() && rows(&found, "reference", "odds ratio").is_empty());
    compare(&project, &args).expect(0).prints("shares of 0 or 100 % are not tested");
}

#[test]
fn of_two_groups_the_arrow_is_the_letter() {
    let found = json(
        &compare(&capital(), &["--outcome", "vote=yes", "--groups", "sex", "--weight", "w", "--format", "json"])
            .expect(0),
    );
    let p = number(rows(&found, "pairs", "difference")[0], "adjusted_p_value");
    for row in rows(&found, "rest", "difference") {
        assert!((number(row, "adjusted_p_value") - p).abs() < 1e-9, "{row}");
    }
}

#[test]
fn margins_of_shares_are_shares() {
    let project = poll();
    let run = compare(&project, &[&VOTE[..], &DESIGN[..], &["--within", "5"]].concat()).expect(2);
    run.says("a margin of 5 is 500 points").says("write 5 points as 0.05");
    let run = compare(&project, &[&VOTE[..], &DESIGN[..], &["--within", "-0.1"]].concat()).expect(2);
    run.says("a margin of -0.1 has no meaning");
    let means = ["--outcome", "score", "--groups", "place", "--where", "place != hermitage", "--within", "5"];
    compare(&project, &[&means[..], &DESIGN[..]].concat()).expect(0).prints("equivalent?");
}

#[test]
fn refused_rows_name_the_way_out() {
    let flags = [&VOTE[..], &DESIGN[..], &["--missing", "refuse", "--adjust", "age"]].concat();
    let run = compare(&poll(), &flags)
        .expect(0)
        .prints("n/e town: missing values, no handling declared; `--missing exclude`");
    let tests = run.stdout.lines().skip_while(|line| !line.starts_with("are all groups")).skip(2).collect::<Vec<_>>();
    assert!(tests.len() == 4 && tests.iter().all(|line| line.contains("n/e")), "{tests:?}");
    run.prints("no model: 10 rows have no outcome");
}

#[test]
fn machines_read_what_people_read() {
    let project = poll();
    let flags = [&VOTE[..], &DESIGN[..], &["--adjust", "age,age2", "--decompose", "age"]].concat();
    let found = json(&compare(&project, &[&flags[..], &["--format", "json"]].concat()).expect(0));
    let models = found["models"].as_array().unwrap();
    assert_eq!(models[0]["left_out"].as_array().unwrap().len(), 1, "{}", models[0]);
    assert_eq!((&models[0]["model"], &models[0]["separated"]), (&Value::from("logit"), &serde_json::json!([])));
    assert!(models[1]["n"].as_f64().unwrap() > 200.0 && models[1]["comparison"] == "decomposition");
    let table = compare(&project, &[&flags[..], &["--format", "csv"]].concat()).expect(0).stdout;
    assert_eq!(table.lines().filter(|line| line.starts_with(",tests,")).count(), 4, "{table}");
    let all = ["--outcome", "vote=yes", "--groups", "place", "--format", "csv"];
    let table = compare(&project, &[&all[..], &DESIGN[..]].concat()).expect(0).stdout;
    let hermits: Vec<&str> =
        table.lines().filter(|line| line.starts_with(",pairs,difference,city,hermitage")).collect();
    assert!(hermits.len() == 1 && hermits[0].contains("domain in one sampling unit"), "{hermits:?}");
}

#[test]
fn where_nothing_can_be_compared_one_line_says_so() {
    let run = compare(&poll(), &["--outcome", "vote=yes", "--groups", "town", "--where", "score > 3"]).expect(0);
    let run = run.prints("nothing can be compared: all 60 groups have a base below 30");
    assert!(run.stdout.lines().count() < 12, "{}", run.stdout);
    let found = ["--outcome", "vote=yes", "--groups", "town", "--where", "score > 3", "--format", "json"];
    let found = json(&compare(&poll(), &found).expect(0));
    assert!(found["tests"].as_array().unwrap().iter().all(|test| test["p_value"].is_null()));
}

#[test]
fn labels_that_look_alike_are_said() {
    let project = poll();
    let text = project.read("poll.csv").replacen(",city,", ",city ,", 40);
    project.write("poll.csv", text);
    let run = compare(&project, &[&VOTE[..], &DESIGN[..]].concat()).expect(0);
    run.says("labels of `place` differ in outer spaces only").says("`city`");
}

#[test]
fn a_file_is_no_folder() {
    let project = poll();
    let run = compare(&project, &[&VOTE[..], &DESIGN[..], &["--out", "gap.xlsx"]].concat()).expect(2);
    run.says("`gap.xlsx` is the name of a file").says("comparison.csv");
    assert!(!project.path("gap.xlsx").exists());
}

#[test]
fn collinear_columns_are_left_out_by_name() {
    let flags = [&VOTE[..], &DESIGN[..], &["--adjust", "age,age2"]].concat();
    compare(&poll(), &flags)
        .expect(0)
        .prints("left out, because other columns explain them or nobody has them: age2 young");
}

#[test]
fn empty_cells_have_a_reason() {
    let flags =
        ["--outcome", "vote=yes", "--groups", "place", "--by", "age", "--where", "not (age == old and place == city)"];
    let run = compare(&poll(), &[&flags[..], &DESIGN[..], &["--format", "json"]].concat()).expect(0);
    let found = json(&run);
    let empty: Vec<&Value> = rows(&found, "groups", "share")
        .into_iter()
        .filter(|row| row["by"] == "age = old" && row["group"] == "city")
        .collect();
    assert_eq!((empty[0]["estimate"].clone(), empty[0]["reason"].as_str()), (Value::Null, Some("empty domain")));
}

#[test]
fn mistakes_are_named_with_the_way_out() {
    let project = poll();
    let fails = |flags: &[&str], texts: &[&str]| {
        let run = compare(&project, &[flags, &DESIGN[..]].concat()).expect(2);
        texts.iter().fold(run, |run, text| run.says(text));
    };
    let vote = ["--outcome", "vote=yes", "--groups", "place"];
    let with = |more: &[&'static str]| [&vote[..], more].concat();
    fails(&with(&["--reference", "vilage"]), &["there is no group `vilage`", "did you mean `village`?"]);
    fails(
        &with(&["--reference", "city", "--where", "place != city"]),
        &["the reference `city` has no row that counts"],
    );
    fails(&with(&["--where", "place == city"]), &["all rows that count are in one group, `city`"]);
    fails(
        &["--outcome", "vote=yess", "--groups", "place"],
        &["nobody who counts answers `yess`", "did you mean `yes`?"],
    );
    fails(
        &["--outcome", "trust", "--groups", "place"],
        &["`trust` has several answers; which one is compared?", "--outcome 'trust=much'"],
    );
    fails(&["--outcome", "vote=yes", "--groups", "id"], &["`id` has too many different values", "900", "200 or fewer"]);
    fails(&["--outcome", "vote=yes", "--groups", "plase"], &["there is no column `plase`", "did you mean `place`?"]);
    fails(&with(&["--adjust", "one"]), &["`one` has one value in all rows that count", "leave it out"]);
    fails(&with(&["--within", "-1"]), &[]);
    fails(&with(&["--level", "95"]), &["a confidence level of 95 has no meaning"]);
}

#[test]
fn five_thousand_groups_are_refused_before_anything_is_computed() {
    let project = Project::empty();
    let lines: String = (0..5_000).map(|i| format!("1,{},c{i}\n", ["a", "b"][i % 2])).collect();
    project.write("poll.csv", format!("w,q,id\n{lines}"));
    compare(&project, &["--weight", "w", "--outcome", "q=a", "--groups", "id"]).expect(2).says("5000");
}

#[test]
fn five_thousand_labels_are_not_held_equal() {
    let project = Project::empty();
    let lines: String =
        (0..5_000).map(|i| format!("1,{},{},c{i}\n", ["a", "b"][i % 3 % 2], ["x", "y"][i % 2])).collect();
    project.write("poll.csv", format!("w,q,g,id\n{lines}"));
    for flag in ["--adjust", "--decompose"] {
        let flags = ["--weight", "w", "--outcome", "q=a", "--groups", "g", flag, "id"];
        compare(&project, &flags).expect(2).says("`id` has too many different values").says("100 or fewer");
    }
}

#[test]
fn weights_that_look_like_counts_are_noted() {
    let project = Project::empty();
    let lines: String =
        (0..60).map(|i| format!("{},{},{}\n", 1 + i % 5, ["a", "b"][i % 2], ["x", "y"][i % 3 % 2])).collect();
    project.write("poll.csv", format!("n,q,g\n{lines}"));
    let run = compare(&project, &["--weight", "n", "--outcome", "q=a", "--groups", "g"]).expect(0);
    run.says("whole numbers that add up to 180 in 60 rows");
}

#[test]
fn a_split_that_cannot_be_made_says_why() {
    let project = poll();
    let flags = |by: &'static str| [&VOTE[..], &DESIGN[..], &["--decompose", by]].concat();
    compare(&project, &flags("age,age2")).expect(0).prints("not split: ").prints("age2");
    // All the old of the village vote yes: the logit model has no finite effect.
    let text = project.read("poll.csv");
    let all = |line: &str| line.replace(",no,", ",yes,").replace(",,", ",yes,");
    let changed = |line: &str| if line.contains(",old,old,village,") { all(line) } else { line.to_owned() };
    let changed: String = text.lines().map(|line| changed(line) + "\n").collect();
    project.write("poll.csv", changed);
    compare(&project, &flags("age")).expect(0).prints("village: not split: ");
    let only = ["--where", "not (place == city and age == old)", "--outcome", "vote=yes", "--groups", "place"];
    let flags = [&only[..], &DESIGN[..], &["--decompose", "age", "--reference", "town"]].concat();
    compare(&project, &flags).expect(0).prints("city: not split: ").prints("old");
}

#[test]
fn a_trend_of_the_gap_is_its_difference_between_two_waves() {
    let project = poll();
    let trend = [&VOTE[..], &DESIGN[..], &["--trend", "year"]].concat();
    let run = compare(&project, &trend).expect(0);
    run.prints("does the difference to city change with year?").prints("differences change along a line: F ");
    let found = json(&compare(&project, &[&trend[..], &["--format", "json"]].concat()).expect(0));
    let by_year = [&VOTE[..], &DESIGN[..], &["--by", "year", "--format", "json"]].concat();
    let by_year = json(&compare(&project, &by_year).expect(0));
    let gap = |year: &str| {
        let rows = rows(&by_year, "reference", "difference");
        number(rows.into_iter().find(|row| row["by"] == year && row["group"] == "village").unwrap(), "estimate")
    };
    let change = rows(&found, "trend", "difference of slopes");
    let change = change.into_iter().find(|row| row["group"] == "village").unwrap();
    assert!((number(change, "estimate") - (gap("year = 2002") - gap("year = 2001"))).abs() < 1e-9, "{change}");
    assert!(number(change, "se") > 0.0 && number(change, "p_value") > 0.0);
    assert_eq!(rows(&found, "trend", "slope").len(), 3);
    let tests = found["tests"].as_array().unwrap();
    assert!(tests.iter().any(|test| test["test"] == "differences change along a line"), "{tests:?}");
}

#[test]
fn the_picture_of_a_trend_shows_the_gap_at_each_time() {
    let project = capital();
    let flags = ["--outcome", "vote=yes", "--groups", "sex", "--trend", "year", "--out", "look"];
    let run = compare(&project, &[&flags[..], &DESIGN[..]].concat()).expect(0);
    assert!(run.stdout.contains(" on 1.0 and "), "{}", run.stdout);
    let picture = project.read("look/trend.svg");
    let by_year =
        json(&compare(&project, &[&flags[..4], &DESIGN[..], &["--by", "year", "--format", "json"]].concat()).expect(0));
    for row in rows(&by_year, "reference", "difference") {
        let points = format!("{:+.1} at {}", 100.0 * number(row, "estimate"), &row["by"].as_str().unwrap()[7..]);
        assert!(picture.contains(&points.replace('-', "−")), "{points}");
    }
}

#[test]
fn columns_that_are_no_times_are_refused() {
    let project = poll();
    let fails = |column: &'static str, more: &[&'static str], says: [&str; 2]| {
        let run = compare(&project, &[&VOTE[..], &DESIGN[..], &["--trend", column], more].concat()).expect(2);
        says.iter().fold(run, |run, text| run.says(text));
    };
    fails("age", &[], ["`age` is no column of times", "compare them one by one with --by age"]);
    fails("yaer", &[], ["there is no column `yaer`", "did you mean `year`?"]);
    let one = ["--outcome", "vote=yes", "--groups", "place", "--where", "year == 2001", "--trend", "year"];
    compare(&project, &[&one[..], &DESIGN[..]].concat()).expect(2).says("`year` has one value in all rows that count");
}

#[test]
fn published_shares_need_no_file() {
    let project = Project::empty();
    let run =
        project.run(&["compare", "--published", "a=0.8,70", "--published", "b=0.6,80", "--format", "json"]).expect(0);
    let found = json(&run);
    let of = |method: &str| {
        let rows = found["results"].as_array().unwrap();
        let row = rows.iter().find(|row| row["ci_method"] == method).unwrap();
        ["ci_low", "ci_high"].map(|key| (number(row, key) * 1e4).round() / 1e4)
    };
    // Newcombe (1998), table II: 56/70 less 48/80.
    assert_eq!((of("Newcombe"), of("score")), ([0.0524, 0.3339], [0.0528, 0.3382]));
    let wider = project.run(&["compare", "--published", "a=0.8,70,2", "--published", "b=0.6,80,2"]).expect(0);
    wider.prints("deff 2.00").prints("Agresti–Caffo");
    for (text, says) in [
        ("a=52,800", "write 52 % as 0.52"),
        ("a:0.5", "GROUP=SHARE,N[,DEFF]"),
        ("a=0.5,0", "the base is no whole number of 1"),
        ("a=0.5,800.5", "the base is no whole number"),
        ("=0.5,800", "the group has no name"),
        ("a=0.5,3,10", "worth less than one"),
        ("a=0.5,800,1000", "at most 100"),
        // A decimal comma.
        ("a=0,5,100", "write 0.5,100"),
        ("a=0,52,40", "write 0.52,40"),
        ("a=0,52,800,1.9", "write 0.52,800,1.9"),
    ] {
        project.run(&["compare", "--published", text, "--published", "b=0.5,100"]).expect(2).says(says);
    }
    project.run(&["compare", "--published", "a=0.5,100"]).expect(2).says("two or more");
    project.run(&["compare"]).expect(2);
}

#[test]
fn published_shares_take_the_flags_that_make_sense_and_refuse_the_others() {
    let project = Project::empty();
    let run = |args: &[&str]| {
        let shares =
            ["compare", "--published", "a=0.9,800,2", "--published", "b=0.5,600,2", "--published", "c=0.51,900"];
        project.run(&[&shares[..], args].concat())
    };
    let text = run(&["--reference", "b", "--within", "0.1"]).expect(0).stdout;
    assert!(
        text.contains("<0.001") && text.contains("adj. p") && text.contains("odds ratio") && text.contains("yes (p")
    );
    let firsts: Vec<&str> = text.lines().filter(|line| line.contains("Newcombe")).collect();
    assert!(firsts.len() == 2 && firsts.iter().all(|line| line[1..].trim_start().starts_with('b')), "{text}");
    let table = run(&["--format", "csv"]).expect(0).stdout;
    assert_eq!(table.lines().filter(|line| line.contains(",difference,")).count(), 12);
    let header = table.lines().next().unwrap();
    assert!(["share", "n", "deff", "adjusted_p_value"].iter().all(|name| header.split(',').any(|own| own == *name)));
    let notes = &json(&run(&["--format", "json"]).expect(0))["notes"];
    assert!(notes.is_object(), "{notes}");
    run(&["--out", "look"]).expect(0);
    let written: Vec<String> = project.files("look").into_keys().collect();
    assert_eq!(written, ["comparison.csv", "comparison.json", "comparison.md", "comparison.svg"]);
    for flags in [["--strata", "s"], ["--alpha", "0.1"], ["--ci", "wald"], ["--missing", "keep"]] {
        run(&flags).expect(2).says(flags[0]);
    }
    run(&["poll.csv"]).expect(2).says("FILE");
    run(&["--reference", "d"]).expect(2).says("there is no group `d`");
    run(&["--within", "5"]).expect(2).says("write 5 points as 0.05");
}

#[test]
fn a_project_around_the_file_stays_as_it_was() {
    let project = Project::tiny();
    let before = project.files("");
    let lines: String = (0..80).map(|i| format!("1,{},{}\n", ["yes", "no"][i % 3 % 2], ["a", "b"][i % 2])).collect();
    project.write("poll.csv", format!("w,q,g\n{lines}")).edit("poll.csv", "w,q,g\n1,", "w,q,g\n2,");
    compare(&project, &["--weight", "w", "--outcome", "q=yes", "--groups", "g"]).expect(0).prints("odds ratio");
    std::fs::remove_file(project.path("poll.csv")).unwrap();
    assert_eq!(project.files(""), before);
}

#[cfg(unix)]
#[test]
fn the_examples_of_the_documentation_run() {
    pages::check("compare.md", 3);
}

#[test]
fn help_begins_with_examples() {
    let help = Project::empty().run(&["compare", "--help"]).expect(0).stdout;
    assert!(help.find("Examples:").unwrap() < help.find("Usage:").unwrap(), "{help}");
}
