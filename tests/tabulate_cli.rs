//! `opros tabulate` as a person meets it: the numbers of `opros estimate`, letters with their tests, every format, bad input.

mod common;
#[cfg(unix)]
#[path = "common/pages.rs"]
mod pages;

use common::{Project, Run};
use serde_json::Value;

const N: usize = 600;
const DESIGN: [&str; 4] = ["--weight", "w", "--psu", "town"];

/// Forty towns of fifteen people; trust depends on age, five hermits, some do not answer, an identifier.
fn poll() -> Project {
    let mut text = String::from("id,w,town,age,place,trust,other\n");
    for i in 0..N {
        let age = ["under 30", "30 to 59", "60 and over"][i * 7 % 3];
        let place = if i < 5 { "hermitage" } else { ["city", "village"][i % 2] };
        let level = (i * 37 + i / 15 * 11) % 100;
        let cut = if age == "60 and over" { 70 } else { 40 };
        let trust = match level {
            _ if i % 50 == 3 => "",
            l if l < cut / 2 => "fully",
            l if l < cut => "rather",
            l if l > 93 => "hard to say",
            _ => "not",
        };
        let other = if i % 2 == 0 { "yes" } else { "no" };
        let w = 0.5 + (i % 4) as f64 / 4.0;
        text.push_str(&format!("{i},{w},t{},{age},{place},{trust},{other}\n", i / 15));
    }
    let project = Project::empty();
    project.write("poll.csv", text);
    project
}

fn tabulate(project: &Project, args: &[&str]) -> Run {
    project.run(&[&["tabulate", "poll.csv"], args].concat())
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap()
}

/// What was printed, without the ends of lines.
fn flowing(run: &Run) -> String {
    run.stdout.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_close(a: &Value, b: &Value) -> bool {
    let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
    (a - b).abs() <= 1e-12 * b.abs().max(1e-6)
}

#[test]
fn a_banner_has_bases_percentages_letters_and_its_rules() {
    let run =
        tabulate(&poll(), &[&DESIGN[..], &["--rows", "trust", "--cols", "age,place", "--letters"]].concat()).expect(0);
    for text in [
        "poll.csv",
        "Total",
        "age ──",
        "Base, unweighted",
        "Base, weighted",
        "Effective base",
        "(no answer)",
        "hard to say",
        "p-values adjusted by Holm for all pairs of a line within a span",
        "not compared: bases below 30, columns that overlap, shares of 0 or 100 %",
        "base below 30, not shown",
    ] {
        assert!(flowing(&run).contains(text), "{text}\n{}", run.stdout);
    }
    // Those of 60 and over, column B, trust less rarely than both others.
    let line = run.stdout.lines().find(|line| line.starts_with("not ")).unwrap();
    assert!(line.contains(" B "), "{line}");
    assert_eq!(run.stderr, "");
}

#[test]
fn cells_are_those_of_estimate_and_letters_have_their_tests() {
    let project = poll();
    let wanted =
        [&["--rows", "trust", "--cols", "age", "--letters", "--rest", "--format", "json"], &DESIGN[..]].concat();
    let found = json(&tabulate(&project, &[&wanted[..], &["--missing", "exclude"]].concat()).expect(0));
    let estimated = [
        &["estimate", "poll.csv", "--proportion", "trust", "--by", "age", "--missing", "exclude", "--format", "json"],
        &DESIGN[..],
    ];
    let estimated = json(&project.run(&estimated.concat()).expect(0));
    let cells = found["results"].as_array().unwrap();
    let mut n = 0;
    for want in estimated["results"].as_array().unwrap() {
        let is_it = |cell: &&Value| cell["answer"] == want["answer"] && cell["group"] == want["age"];
        let got = cells.iter().find(is_it).unwrap();
        for key in ["estimate", "se", "ci_low", "ci_high", "degf", "deff", "n", "sum_w", "n_eff"] {
            assert!(is_close(&got[key], &want[key]), "{key}: {} {}", got[key], want[key]);
        }
        assert_eq!((&got["ci_method"], &got["n_psus"]), (&want["ci_method"], &want["n_psus"]));
        n += 1;
    }
    assert_eq!(n, 12);
    let comparisons = found["comparisons"].as_array().unwrap();
    // Three pairs and three columns against the rest, in four lines.
    assert_eq!(comparisons.len(), 24);
    let mut letters = 0;
    for test in comparisons {
        assert_eq!(test["skipped"], Value::Null, "{test}");
        let (d, se) = (test["difference"].as_f64().unwrap(), test["se"].as_f64().unwrap());
        assert!((test["statistic"].as_f64().unwrap() - d / se).abs() < 1e-9);
        assert!(test["adjusted_p_value"].as_f64().unwrap() >= test["p_value"].as_f64().unwrap());
        assert!(test["degf"].as_f64().unwrap() > 30.0);
        assert_eq!(test["method"], "design-based t test of the difference");
        letters += usize::from(test["against"] != "the rest" && test["adjusted_p_value"].as_f64().unwrap() < 0.05);
    }
    let shown: usize = cells.iter().filter_map(|cell| cell["letters"].as_str()).map(str::len).sum();
    assert!(shown > 0 && shown == letters, "{shown} {letters}");
    assert!(cells.iter().any(|cell| cell["rest"] == "higher"));
}

#[test]
fn two_levels_give_small_letters_and_capitals_and_double_arrows() {
    let flags =
        ["--rows", "trust", "--cols", "age", "--letters", "--rest", "--alpha", "0.9,0.0001", "--adjust-p", "none"];
    let run = tabulate(&poll(), &[&flags[..], &DESIGN[..]].concat()).expect(0);
    assert!(flowing(&run).contains("small letters p < 0.9, capitals p < 0.0001"), "{}", run.stdout);
    assert!(run.stdout.contains("↓↓") && flowing(&run).contains("p-values not adjusted"), "{}", run.stdout);
    let lower = run.stdout.lines().any(|line| line.contains("% a") || line.contains("% b") || line.contains("% c"));
    assert!(lower, "{}", run.stdout);
}

#[test]
fn nets_and_order_are_as_said() {
    let flags = [
        "--rows",
        "trust",
        "--cols",
        "age",
        "--letters",
        "--format",
        "json",
        "--net",
        "trust: Any trust = fully | rather",
        "--net",
        "age: under 60 = under 30 | 30 to 59",
        "--order",
        "age: under 30 | 30 to 59",
    ];
    let found = json(&tabulate(&poll(), &[&flags[..], &DESIGN[..]].concat()).expect(0));
    let cells = found["results"].as_array().unwrap();
    let groups: Vec<&str> = cells[..5].iter().map(|c| c["group"].as_str().unwrap()).collect();
    assert_eq!(groups, ["Total", "under 30", "30 to 59", "60 and over", "under 60"]);
    let of = |answer: &str, group: &str| {
        let cell = cells.iter().find(|c| c["answer"] == answer && c["group"] == group).unwrap();
        (cell["estimate"].as_f64().unwrap(), cell["n"].as_u64().unwrap())
    };
    let sum = of("fully", "Total").0 + of("rather", "Total").0;
    assert!((of("Any trust", "Total").0 - sum).abs() < 1e-12);
    assert_eq!(of("not", "under 60").1, of("not", "under 30").1 + of("not", "30 to 59").1);
    let overlapping = |c: &&Value| c["against"] == "under 60" && c["group"] == "under 30";
    let test = found["comparisons"].as_array().unwrap().iter().find(overlapping).unwrap();
    assert_eq!(test["skipped"], "overlapping columns");
}

#[test]
fn rows_without_an_answer_are_a_line_or_outside() {
    let project = poll();
    let run = |handling: &[&str]| {
        let flags = [&["--rows", "trust", "--format", "json"], &DESIGN[..], handling].concat();
        json(&tabulate(&project, &flags).expect(0))["results"].as_array().unwrap().clone()
    };
    let (shown, excluded) = (run(&[]), run(&["--missing", "exclude"]));
    assert_eq!((shown.len(), excluded.len()), (5, 4));
    assert_eq!((shown[4]["answer"].as_str(), shown[0]["n"].as_u64()), (Some("(no answer)"), Some(600)));
    assert_eq!(excluded[0]["n"], 588);
    // A code can be declared to be no answer; "hard to say" otherwise is one.
    let declared = run(&["--na", "hard to say"]);
    assert!(declared.iter().all(|cell| cell["answer"] != "hard to say"));
    assert!(declared[3]["estimate"].as_f64() > shown[4]["estimate"].as_f64());
}

#[test]
fn csv_and_markdown_carry_the_same_table() {
    let project = poll();
    let flags =
        [&["--rows", "trust,other", "--cols", "age", "--letters", "--intervals", "--out"], &["t.csv"][..], &DESIGN[..]];
    let run = tabulate(&project, &flags.concat()).expect(0);
    assert_eq!(run.stdout, "");
    let csv = project.read("t.csv");
    let header = "question,answer,is_net,span,group,column,estimate,se,ci_low,ci_high,level,ci_method,degf,deff,deff_reference,n,n_eff,sum_w,n_psus,reason,letters,rest";
    assert_eq!(csv.lines().next(), Some(header));
    assert_eq!(csv.lines().count(), 1 + (5 + 2) * 4);
    let flags = [&["--rows", "trust,other", "--cols", "age", "--letters", "--format", "md"], &DESIGN[..]];
    let text = tabulate(&project, &flags.concat()).expect(0).stdout;
    assert!(
        text.starts_with("### trust\n\n|  | Total | *age*<br>30 to 59 (A) | 60 and over (B) | under 30 (C) |\n|---|"),
        "{text}"
    );
    let rows = text.lines().filter(|line| line.starts_with('|'));
    assert!(rows.clone().all(|line| line.matches('|').count() == 6), "{text}");
}

#[test]
fn headers_bases_and_percentages_end_at_the_same_place() {
    let flags = ["--rows", "trust", "--cols", "age,other", "--letters"];
    let run = tabulate(&poll(), &[&DESIGN[..], &flags[..]].concat()).expect(0);
    let line = |start: &str| run.stdout.lines().find(|line| line.starts_with(start)).unwrap();
    // Where words end behind the names of the lines.
    let ends = |line: &str, is_meant: &dyn Fn(&str) -> bool| -> Vec<usize> {
        let letters: Vec<char> = line.chars().collect();
        let is_end = |at: &usize| letters[*at] != ' ' && letters.get(at + 1).is_none_or(|next| *next == ' ');
        let word = |at: usize| -> String {
            letters[..=at]
                .iter()
                .rev()
                .take_while(|letter| **letter != ' ')
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .collect()
        };
        (18..letters.len()).filter(is_end).filter(|at| is_meant(&word(*at))).collect()
    };
    let bases = ends(line("Base, unweighted"), &|_| true);
    assert_eq!(bases.len(), 6, "{}", run.stdout);
    assert_eq!(ends(line("not "), &|word| word.ends_with('%')), bases, "{}", run.stdout);
    let header = run.stdout.lines().find(|line| line.contains("(A)")).unwrap();
    assert_eq!(ends(header, &|word| word.starts_with('(')), bases[1..], "{}", run.stdout);
}

#[test]
fn wide_banners_go_on_below() {
    let flags = ["--rows", "trust", "--cols", "town,age", "--letters", "--rest", "--intervals", "--width", "80"];
    let run = tabulate(&poll(), &[&flags[..], &["--weight", "w", "--small-bases", "none"]].concat()).expect(0);
    let longest = run.stdout.lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest <= 80, "{longest}\n{}", run.stdout);
    assert!(run.stdout.lines().filter(|line| line.starts_with("Base, unweighted")).count() > 4, "{}", run.stdout);
    for town in 0..40 {
        assert!(run.stdout.contains(&format!(" t{town}")), "t{town}\n{}", run.stdout);
    }
}

#[test]
fn mistakes_are_named_with_the_way_out() {
    let project = poll();
    let fails = |flags: &[&str], texts: &[&str]| {
        let run = tabulate(&project, &[flags, &DESIGN[..]].concat()).expect(2);
        texts.iter().fold(run, |run, text| run.says(text));
    };
    fails(&["--rows", "trst"], &["there is no column `trst`", "did you mean `trust`?"]);
    fails(
        &["--rows", "trust", "--cols", "id"],
        &["`id` has too many different values for a table", "600", "200 or fewer"],
    );
    fails(&["--rows", "trust", "--net", "trust: x = fuly"], &["no label `fuly`", "did you mean `fully`?"]);
    fails(
        &["--rows", "trust", "--net", "truts: x = fully"],
        &["neither in `--rows` nor in `--cols`", "did you mean `trust`?"],
    );
    fails(&["--rows", "trust", "--net", "trust fully"], &["not of the form COLUMN: LABEL = A | B"]);
    fails(&["--rows", "trust", "--cols", "age", "--letters", "--alpha", "0.01,0.05"], &["the laxer first"]);
    fails(&["--rows", "trust", "--letters"], &["there are no columns to compare"]);
    fails(&["--rows", "trust,trust"], &["`trust` is named twice"]);
    fails(&["--rows", "trust", "--level", "95"], &["a confidence level of 95 has no meaning"]);
    fails(&["--rows", "trust", "--where", "town == t3"], &["nothing can be estimated"]);
}

#[test]
fn five_thousand_levels_are_refused_before_anything_is_computed() {
    let project = Project::empty();
    let rows: String = (0..5_000).map(|i| format!("1,{},c{i}\n", ["a", "b"][i % 2])).collect();
    project.write("poll.csv", format!("w,q,id\n{rows}"));
    let run = tabulate(&project, &["--weight", "w", "--rows", "q", "--cols", "id", "--letters"]).expect(2);
    assert!(run.stderr.contains("too many different values") && run.stderr.contains("5000"), "{}", run.stderr);
}

#[test]
fn an_empty_cell_has_a_reason_and_no_number() {
    let flags = ["--rows", "trust", "--cols", "place", "--where", "not (place == city)", "--letters"];
    let run = tabulate(&poll(), &[&flags[..], &DESIGN[..], &["--format", "json"]].concat()).expect(0);
    let found = json(&run);
    // A column without rows is no column; what is left is compared.
    let results = found["results"].as_array().unwrap();
    assert!(!results.iter().any(|row| row["column"] == "city"), "{results:?}");
}

#[test]
fn a_span_of_one_column_has_no_letters() {
    let flags = ["--rows", "trust", "--cols", "place", "--where", "place == city", "--letters", "--rest"];
    let run = tabulate(&poll(), &[&flags[..], &DESIGN[..]].concat()).expect(0);
    let line = run.stdout.lines().find(|line| line.starts_with("fully")).unwrap();
    assert!(!line.contains(['A', '↑', '↓']), "{line}");
}

#[test]
fn a_project_around_the_file_stays_as_it_was() {
    let project = Project::tiny();
    let before = project.files("");
    project.write("poll.csv", "w,q,g\n1,yes,a\n1,no,b\n").edit("poll.csv", "1,no", "2,no");
    tabulate(&project, &["--weight", "w", "--rows", "q", "--cols", "g", "--small-bases", "none"])
        .expect(0)
        .prints("67%");
    std::fs::remove_file(project.path("poll.csv")).unwrap();
    assert_eq!(project.files(""), before);
}

#[test]
fn weights_that_look_like_counts_are_noted() {
    let project = Project::empty();
    let rows: String = (0..60).map(|i| format!("{},{}\n", 1 + i % 5, ["a", "b"][i % 2])).collect();
    project.write("poll.csv", format!("n,q\n{rows}"));
    let run = tabulate(&project, &["--weight", "n", "--rows", "q"]).expect(0);
    assert!(run.stderr.contains("whole numbers that add up to 180 in 60 rows"), "{}", run.stderr);
    let quiet = tabulate(&project, &["--weight", "n", "--rows", "q", "--quiet"]).expect(0);
    assert_eq!(quiet.stderr, "");
}

#[cfg(unix)]
#[test]
fn the_examples_of_the_documentation_run() {
    pages::check("tabulate.md", 2);
}

#[test]
fn help_begins_with_examples() {
    let help = Project::empty().run(&["tabulate", "--help"]).expect(0).stdout;
    assert!(help.find("Examples:").unwrap() < help.find("Usage:").unwrap(), "{help}");
}

#[test]
fn without_weights_every_row_counts_one() {
    let project = poll();
    let run = tabulate(&project, &["--psu", "town", "--rows", "other", "--format", "json"]).expect(0);
    run.says("note: no weights: every row counts 1").prints("none, every row counts 1, sum 600");
    tabulate(&project, &["--rows", "otther", "--cols", "plase"]).expect(2).says("`other`").says("`place`");
}

#[test]
fn a_format_that_is_not_written_is_refused_by_its_ending() {
    let project = poll();
    let flags = [&DESIGN[..], &["--rows", "trust"]].concat();
    let run = tabulate(&project, &[&flags[..], &["--out", "table.xlsx"]].concat()).expect(2);
    run.says("`table.xlsx` stands for no format that is written").says(".csv, .json, .md, .txt");
    assert!(!project.path("table.xlsx").exists());
    // Who names the format has the last word.
    tabulate(&project, &[&flags[..], &["--out", "table.tsv", "--format", "csv"]].concat()).expect(0);
    tabulate(&project, &[&flags[..], &["--out", "TABLE.JSON"]].concat()).expect(0);
    assert!(serde_json::from_str::<Value>(&project.read("TABLE.JSON")).is_ok());
}

#[test]
fn data_and_existing_files_are_not_written_over() {
    let project = poll();
    let flags = [&DESIGN[..], &["--rows", "trust"]].concat();
    let to = |out: &str, more: &[&str]| tabulate(&project, &[&flags[..], &["--out", out], more].concat());
    let data = project.read("poll.csv");
    to("poll.csv", &[]).expect(2).says("the command reads this file");
    to("poll.csv", &["--force"]).expect(2).says("the command reads this file");
    assert_eq!(project.read("poll.csv"), data);
    to("table.csv", &[]).expect(0);
    project.write("table.csv", "mine");
    to("table.csv", &[]).expect(2).says("the file exists").says("--force");
    assert_eq!(project.read("table.csv"), "mine");
    to("table.csv", &["--force"]).expect(0);
    assert_ne!(project.read("table.csv"), "mine");
    to("nowhere/table.csv", &[]).expect(2).says("there is no folder `nowhere`");
    if cfg!(unix) {
        to("/dev/null", &["--force", "--format", "csv"]).expect(2).says("no file but a device");
        to("/dev/stdout", &["--format", "csv"]).expect(2).says("without `--out`");
    }
}

#[test]
fn letters_of_many_columns_stand_apart() {
    let project = Project::empty();
    let mut text = String::from("wave,yes\n");
    // Thirty waves of forty; more and more say yes.
    for i in 0..1200 {
        let (wave, k) = (i / 40, i % 40);
        text.push_str(&format!("wave {},{}\n", wave + 1, u8::from(k < 4 + wave)));
    }
    project.write("poll.csv", text);
    let flags = ["--rows", "yes", "--cols", "wave", "--letters", "--adjust-p", "none", "--format", "csv"];
    let table = tabulate(&project, &flags).expect(0).stdout;
    let last = table.lines().find(|line| line.contains(",wave 30,")).unwrap();
    assert!(last.contains(",AD,"), "{last}");
    let yes = table.lines().find(|line| line.starts_with("yes,1,") && line.contains(",wave 30,")).unwrap();
    assert!(yes.contains("A,B,C,"), "{yes}");
    // Numbers within labels count: 2 before 10.
    let waves: Vec<usize> = ["wave 2,", "wave 9,", "wave 10,"].iter().map(|wave| table.find(wave).unwrap()).collect();
    assert!(waves.is_sorted());
}

#[test]
fn a_net_needs_a_name_of_its_own() {
    let flags = [&DESIGN[..], &["--rows", "trust", "--net", "trust: not = fully | rather"]].concat();
    tabulate(&poll(), &flags).expect(2).says("`trust` has a label `not` already").says("rename the net");
    let flags =
        [&DESIGN[..], &["--rows", "trust", "--net", "trust: x = fully | rather", "--net", "trust: x = not | rather"]];
    tabulate(&poll(), &flags.concat()).expect(2).says("`trust` has a label `x` already");
}

#[test]
fn of_two_columns_the_arrow_is_the_letter() {
    let flags = ["--rows", "trust", "--cols", "place", "--where", "place != hermitage", "--letters", "--rest"];
    let found = json(&tabulate(&poll(), &[&DESIGN[..], &flags, &["--format", "json"]].concat()).expect(0));
    let tests = found["comparisons"].as_array().unwrap();
    for test in tests.iter().filter(|test| test["against"] == "the rest" && test["p_value"].is_number()) {
        assert!(is_close(&test["adjusted_p_value"], &test["p_value"]), "{test}");
    }
}

#[test]
fn weights_whose_squares_leave_the_numbers_are_refused() {
    let project = poll();
    for weight in ["1e308", "1e-320"] {
        project.write("poll.csv", format!("w,q,g\n{weight},a,x\n1,b,y\n1,a,x\n1,b,y\n"));
        let run = tabulate(&project, &["--weight", "w", "--rows", "q", "--cols", "g"]).expect(1);
        run.says("`w` is out of bounds").says("1e-100 to 1e100");
    }
}
