//! What is said about designs and files that cannot be used: the column, what stands there, and the way out.

use crate::common::{Project, Run};
use crate::{POLL, estimate, poll};

fn fails(project: &Project, args: &[&str]) -> Run {
    let run = estimate(project, &[args, &["--mean", "age"]].concat()).expect(2);
    assert!(run.stdout.is_empty() && run.stderr.contains("hint: "), "{}", run.stderr);
    run
}

#[test]
fn problems_of_a_design_name_its_columns() {
    let project = poll();
    let rows = fails(&project, &["-w", "w", "--strata", "id"]);
    rows.says("poll.csv, column `id`").says("`1` (unit `row 1`, 1 row)").says("--lonely-psu certainty");
    fails(&project, &["-w", "w", "--strata", "age", "--psu", "town"]).says("poll.csv, column `town`").says("--nest");
    project.write("poll.csv", POLL.replace("income", "towns").replace(",10\n", ",9\n"));
    let sized = ["-w", "w", "--strata", "region", "--psu", "town", "--population-size"];
    fails(&project, &[&sized[..], &["w"]].concat()).says("poll.csv, column `w`").says("varies within strata");
    fails(&project, &[&sized[..], &["1"]].concat()).says("2 sampled of 1").says("not respondents or weights");
    fails(&project, &[&sized[..], &["0"]].concat()).says("--population-size").says("1 or more");
    fails(&project, &["-w", "w", "--strata", "region", "--psu", "town", "--sampling-fraction", "3"])
        .says("--sampling-fraction")
        .says("a share, more than 0 and at most 1");
    fails(&project, &["-w", "w", "--strata", "region", "--lonely-psu", "collapse", "--collapse", "west=south"])
        .says("the stratum `west`")
        .says("as it stands in the column");
    let zero = "w,age\n0,1\n0,2\n";
    project.write("poll.csv", zero);
    fails(&project, &["-w", "w"]).says("all weights are zero").says("poll.csv, column `w`");
}

#[test]
fn strata_that_stand_for_themselves_are_declared() {
    let project = poll();
    let args = ["-w", "w", "--strata", "region", "--psu", "town", "--mean", "age", "--format", "json"];
    let se = |more: &[&str]| {
        let run = estimate(&project, &[&args[..], more].concat()).expect(0);
        crate::results(&run)[0]["se"].as_f64().unwrap()
    };
    let own = |deff: f64| se(&["--self-representing", &format!("north={deff}")]);
    // The variance of the stratum is that of its respondents times the factor; the other stratum keeps its own.
    let (once, twice, thrice) = (own(1.0), own(2.0), own(3.0));
    let steps = (twice * twice - once * once, thrice * thrice - twice * twice);
    assert!((steps.0 - steps.1).abs() < 1e-12 * steps.0.abs() && steps.0 > 0.0, "{steps:?}");
    project
        .write("design.toml", "weight = 'w'\nstrata = 'region'\npsu = 'town'\nself_representing = { north = 2.0 }\n");
    let run = estimate(&project, &["--design", "design.toml", "--mean", "age", "--format", "json"]).expect(0);
    assert_eq!(crate::results(&run)[0]["se"].as_f64(), Some(twice));
    let wrong =
        |pair: &str| fails(&project, &["-w", "w", "--strata", "region", "--psu", "town", "--self-representing", pair]);
    wrong("nroth=2").says("did you mean `north`?");
    wrong("north=0").says("`north` is not usable").says("column `region`");
    wrong("north").says("stratum=1.5");
}

#[test]
fn files_that_are_no_tables_are_told() {
    let project = poll();
    for (text, said) in [
        ("", "the file is empty"),
        ("w,age\n", "the file has a header and no rows"),
        ("w,age,age\n1,2,3\n", "column `age` stands twice"),
        ("w;age\n1;2\n", "save the file with commas"),
        ("w,age\n1,2,3\n", "the row has 3 cells, the header has 2"),
        ("w,age\n1,\"2\n", "a quotation mark is opened on this line and never closed"),
        (",age\n1,2\n", "column 1 has no name"),
    ] {
        project.write("poll.csv", text);
        fails(&project, &["-w", "w"]).says(said);
    }
    let text = POLL.replace("vote", "\u{433}\u{43e}\u{43b}\u{43e}\u{441}").into_bytes();
    let cp1251: Vec<u8> =
        String::from_utf8(text).unwrap().chars().map(|c| if c.is_ascii() { c as u8 } else { 0xe3 }).collect();
    project.write("poll.csv", cp1251);
    fails(&project, &["-w", "w"]).says("windows-1251");
}

#[test]
fn files_as_programs_write_them_are_read() {
    let project = poll();
    let plain = estimate(&project, &["-w", "w", "--proportion", "vote", "--missing", "exclude"]).expect(0).stdout;
    let windows = format!("\u{feff}{}", POLL.replace('\n', "\r\n"));
    project.write("poll.csv", windows);
    let run = estimate(&project, &["-w", "w", "--proportion", "vote", "--missing", "exclude"]).expect(0);
    assert_eq!(run.stdout, plain);
    let quoted =
        POLL.replace(",yes,", ",\"yes,\nI \"\"do\"\"\",").replace("vote", "\u{433}\u{43e}\u{43b}\u{43e}\u{441}");
    project.write("poll.csv", quoted);
    let args =
        ["-w", "w", "--proportion", "\u{433}\u{43e}\u{43b}\u{43e}\u{441}", "--missing", "exclude", "--format", "csv"];
    let run = estimate(&project, &args).expect(0);
    assert!(run.stdout.contains("\"yes,\nI \"\"do\"\"\""), "{}", run.stdout);
}

#[test]
fn a_decimal_comma_is_told_apart_from_a_missing_value() {
    let project = poll();
    project.edit("poll.csv", "3,2,north", "3,\"2,5\",north");
    let run = estimate(&project, &["-w", "w", "--mean", "age"]).expect(1);
    let run = run.says("poll.csv:4:3, column `w`").says("the decimal mark is a point: write 2.5");
    assert!(!run.stderr.contains("--na"), "{}", run.stderr);
}

#[test]
fn a_wide_file_does_not_fill_the_screen() {
    let project = poll();
    let names: Vec<String> = (0..3_000).map(|i| format!("c{i}")).collect();
    let cells = vec!["1"; 3_000].join(",");
    project.write("poll.csv", format!("w,{}\n1,{cells}\n1,{cells}\n", names.join(",")));
    let run = fails(&project, &["-w", "zzz"]).says("and 2961 more");
    assert!(run.stderr.len() < 1_500, "{}", run.stderr);
}

#[test]
fn a_hundred_thousand_strata_are_one_short_message() {
    let project = poll();
    let rows: String = (0..100_000).map(|i| format!("1,s{i},{}\n", i % 7)).collect();
    project.write("poll.csv", format!("w,s,age\n{rows}"));
    let run = fails(&project, &["-w", "w", "--strata", "s"]).says("and 99992 more");
    assert!(run.stderr.len() < 1_500, "{}", run.stderr);
    estimate(&project, &["-w", "w", "--strata", "s", "--mean", "age", "--lonely-psu", "average"]).expect(2).says("E44");
}
