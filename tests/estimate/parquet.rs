//! `opros estimate` on Parquet: the same numbers to the last bit and the same messages as on CSV, whichever way rows are read.

use std::path::Path;

use crate::common::{Project, Run};
use opros::numeric::stream::Stream;
use polars::prelude::{Column, DataFrame, NamedFrom, ParquetWriter, Series};
use serde_json::Value;

/// A cell of a table.
enum Values {
    Texts(Vec<Option<String>>),
    Integers(Vec<Option<i64>>),
    Numbers(Vec<Option<f64>>),
}

impl Values {
    fn text(&self, row: usize) -> String {
        match self {
            Values::Texts(values) => values[row].clone().unwrap_or_default(),
            Values::Integers(values) => values[row].map(|v| v.to_string()).unwrap_or_default(),
            Values::Numbers(values) => values[row].map(|v| v.to_string()).unwrap_or_default(),
        }
    }

    fn column(&self, name: &str) -> Column {
        let name = name.into();
        Column::from(match self {
            Values::Texts(values) => Series::new(name, values),
            Values::Integers(values) => Series::new(name, values),
            Values::Numbers(values) => Series::new(name, values),
        })
    }
}

/// 6,000 people in 9 strata of 4 towns with 3 streets each: all kinds of columns, with empty cells and the code 99.
fn people() -> Vec<(&'static str, Values)> {
    let mut random = Stream::named(3, "people in parquet");
    let n = 6_000;
    let street: Vec<usize> = (0..n).map(|i| if i < 108 { i } else { random.index(108) }).collect();
    let of_street = |f: &dyn Fn(usize) -> String| Values::Texts(street.iter().map(|s| Some(f(*s))).collect());
    let sometimes = |random: &mut Stream, p: f64| !random.chance(p);
    let vote: Vec<Option<String>> = (0..n)
        .map(|_| sometimes(&mut random, 0.03).then(|| ["yes", "no", "don't know"][random.index(3)].to_owned()))
        .collect();
    let age = (0..n).map(|_| Some(if random.chance(0.02) { 99 } else { 18 + random.index(70) as i64 })).collect();
    let income = (0..n).map(|_| sometimes(&mut random, 0.05).then(|| 1e4 * random.exponential())).collect();
    let wave = (0..n).map(|_| Some([2i64, 10, 9][random.index(3)])).collect();
    let weight: Vec<Option<f64>> =
        (0..n).map(|_| Some(if random.chance(0.01) { 0.0 } else { 0.5 + random.uniform() })).collect();
    let answered = vote.iter().map(|v| Some(i64::from(v.is_some()))).collect();
    let mut columns = vec![
        ("w", Values::Numbers(weight)),
        ("stratum", Values::Integers(street.iter().map(|s| Some((s / 12) as i64 + 3)).collect())),
        ("town", of_street(&|s| format!("town {}", s / 3))),
        ("street", of_street(&|s| format!("{}", s % 3))),
        ("towns", Values::Integers(street.iter().map(|s| Some(20 + (s / 12) as i64)).collect())),
        ("streets", Values::Integers(street.iter().map(|s| Some(8 + (s / 3) as i64 % 2)).collect())),
        ("vote", Values::Texts(vote)),
        ("age", Values::Integers(age)),
        ("income", Values::Numbers(income)),
        ("wave", Values::Integers(wave)),
        ("answered", Values::Integers(answered)),
    ];
    for r in 1..=12 {
        let factor = |s: &usize| if s / 9 == r - 1 { 0.0 } else { 12.0 / 11.0 };
        columns.push((
            ["r01", "r02", "r03", "r04", "r05", "r06", "r07", "r08", "r09", "r10", "r11", "r12"][r - 1],
            Values::Numbers(street.iter().map(|s| Some(factor(s))).collect()),
        ));
    }
    columns
}

fn write_csv(path: &Path, columns: &[(&str, Values)], n: usize) {
    let mut text = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",");
    for row in 0..n {
        text.push('\n');
        text.push_str(&columns.iter().map(|(_, values)| values.text(row)).collect::<Vec<_>>().join(","));
    }
    std::fs::write(path, text + "\n").unwrap();
}

fn write_parquet(path: &Path, columns: &[(&str, Values)], n: usize) {
    let columns: Vec<Column> = columns.iter().map(|(name, values)| values.column(name)).collect();
    let mut frame = DataFrame::new(n, columns).unwrap();
    let file = std::fs::File::create(path).unwrap();
    ParquetWriter::new(file).with_row_group_size(Some(1_000)).finish(&mut frame).unwrap();
}

/// A folder with the same table as `people.csv` and `people.parquet`, the latter in six row groups.
fn project() -> Project {
    let project = Project::empty();
    let columns = people();
    write_csv(&project.root().join("people.csv"), &columns, 6_000);
    write_parquet(&project.root().join("people.parquet"), &columns, 6_000);
    project
}

fn estimate(project: &Project, file: &str, args: &[&str]) -> Run {
    project.run(&[&["estimate", file, "--na", "99", "--format", "json"], args].concat())
}

/// All results but variances.
fn results(run: &Run) -> (Vec<Value>, Value) {
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let results = document["results"].as_array().unwrap().iter().filter(|row| row["statistic"] != "variance");
    (results.cloned().collect(), document["notes"]["design"].clone())
}

const DESIGNS: &[&[&str]] = &[
    &["-w", "w"],
    &["-w", "w", "--strata", "stratum"],
    &["-w", "w", "--strata", "stratum", "--psu", "town"],
    &["-w", "w", "--strata", "stratum", "--psu", "town,street", "--population-size", "towns,streets"],
    &["-w", "w", "--strata", "stratum", "--psu", "town,street", "--population-size", "towns", "--nest"],
    &["--strata", "stratum", "--psu", "town,street", "--population-size", "towns,streets", "--degf", "design"],
    &["-w", "w", "--strata", "stratum", "--psu", "town", "--sampling-fraction", "0.25", "--degf", "inf"],
    &["-w", "w", "--replicates", "r*", "--replicate-type", "jk1", "--replicate-factors"],
    &["-w", "w", "--psu", "town", "--replicates", "r*", "--replicate-type", "jk1", "--replicate-factors", "--mse"],
];

const REQUESTS: &[&[&str]] = &[
    &["--proportion", "vote,wave", "--missing", "exclude"],
    &["--proportion", "vote", "--by", "wave", "--missing", "keep"],
    &[
        "--mean",
        "income,age",
        "--total",
        "income",
        "--ratio",
        "income/age",
        "--by",
        "vote,wave",
        "--missing",
        "exclude",
    ],
    &[
        "--mean",
        "income,answered",
        "--missing",
        "keep",
        "--where",
        "age >= 30 and (wave in [2, 10] or vote is missing)",
    ],
    &["--count", "vote,wave", "--cdf", "income", "--at", "5000,20000", "--by", "stratum", "--missing", "exclude"],
    &["--quantile", "income,wave", "--probs", "0.1,0.5", "--by", "stratum", "--missing", "exclude"],
    &[
        "--quantile",
        "income",
        "--where",
        "age >= 30",
        "--quantile-rule",
        "midpoint",
        "--quantile-ci",
        "beta",
        "--missing",
        "exclude",
    ],
    &["--total", "answered", "--by", "wave", "--where", "vote != 'no' and not income < 5000", "--deff", "without"],
];

#[test]
fn parquet_gives_the_bits_of_csv_and_rows_in_groups_those_of_rows_in_memory() {
    let project = project();
    for design in DESIGNS {
        for request in REQUESTS {
            let args = [*design, *request].concat();
            let csv = results(&estimate(&project, "people.csv", &args).expect(0));
            let parquet = results(&estimate(&project, "people.parquet", &args).expect(0));
            assert_eq!(parquet, csv, "{args:?}");
            // The scores of a variance belong to rows, so it holds the columns of the whole request in memory.
            let held = [&args[..], &["--variance", "income"]].concat();
            let held = results(&estimate(&project, "people.parquet", &held).expect(0));
            assert_eq!(parquet, held, "{args:?}");
        }
    }
}

/// A line of a message. CSV shows the line of the file and the character as well; where it stands and what is wrong with it
/// are the same.
fn without_excerpt(line: &str) -> Option<String> {
    if line.trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '|' || c == '^') {
        return None;
    }
    let place = line.trim_start().strip_prefix("people.csv:").and_then(|place| place.split_once(", "));
    Some(match place {
        Some((place, rest)) => format!("{}, {rest}", place.split(':').next().unwrap_or_default()),
        None => line.to_owned(),
    })
}

#[test]
fn problems_of_parquet_are_told_as_those_of_csv() {
    let project = project();
    for args in [
        &["-w", "weight", "--mean", "income"][..],
        &["-w", "income", "--mean", "age"],
        &["-w", "w", "--mean", "vote"],
        &["-w", "w", "--psu", "vote", "--mean", "income"],
        &["-w", "w", "--strata", "stratum", "--psu", "street", "--mean", "income"],
        &["-w", "w", "--strata", "town", "--psu", "town", "--mean", "income"],
        &["-w", "w", "--psu", "town", "--population-size", "streets", "--mean", "income"],
        &["-w", "w", "--psu", "town", "--population-size", "30", "--mean", "income"],
        &["-w", "w", "--replicates", "rep*", "--replicate-type", "jk1", "--mean", "income"],
        &["-w", "w", "--replicates", "r01,r013", "--replicate-type", "jk1", "--mean", "income"],
        &["-w", "w", "--replicates", "r01,income", "--replicate-type", "jk1", "--mean", "income"],
        &["-w", "w", "--proportion", "vote", "--where", "vote == yess"],
        &["-w", "w", "--proportion", "vote", "--where", "vote > 3"],
        &["-w", "w", "--proportion", "vote", "--by", "wav"],
        &["--mean", "income"],
    ] {
        let said = |file: &str| {
            let run = estimate(&project, file, args);
            let text = run.stderr.replace("people.parquet", "people.csv");
            (run.code.unwrap_or(-1), text.lines().filter_map(without_excerpt).collect::<Vec<_>>())
        };
        let (csv, parquet) = (said("people.csv"), said("people.parquet"));
        assert_ne!(csv.0, 0, "{args:?}");
        assert_eq!(parquet, csv, "{args:?}");
    }
}

#[test]
fn verbose_runs_say_how_rows_are_read() {
    let project = project();
    let args = ["-w", "w", "--psu", "town", "--mean", "age", "-v", "--missing", "exclude"];
    let run = estimate(&project, "people.parquet", &args).expect(0);
    assert!(run.stderr.contains("a row group at a time"), "{}", run.stderr);
    let quantile = [&args[..], &["--quantile", "income"]].concat();
    let run = estimate(&project, "people.parquet", &quantile).expect(0);
    assert!(run.stderr.contains("a row group at a time"), "{}", run.stderr);
    let held = [&quantile[..], &["--quantile-rule", "hf7"]].concat();
    let run = estimate(&project, "people.parquet", &held).expect(0);
    assert!(run.stderr.contains("held in memory: this rule"), "{}", run.stderr);
}

#[test]
fn a_damaged_file_is_refused() {
    let project = project();
    let whole = std::fs::read(project.root().join("people.parquet")).unwrap();
    for (name, bytes) in [("half", &whole[..whole.len() / 2]), ("empty", &b""[..]), ("text", b"w,age\n1,2\n")] {
        let name = format!("{name}.parquet");
        std::fs::write(project.root().join(&name), bytes).unwrap();
        let run = estimate(&project, &name, &["-w", "w", "--mean", "age"]).expect(2);
        assert!(run.stderr.contains("E22"), "{}", run.stderr);
    }
    let mut torn = whole.clone();
    let middle = torn.len() / 3;
    torn[middle..middle + 400].fill(0x5a);
    std::fs::write(project.root().join("torn.parquet"), torn).unwrap();
    let run = estimate(&project, "torn.parquet", &["-w", "w", "--mean", "age,income", "--proportion", "vote"]);
    assert!(matches!(run.code, Some(0..=2)) && !run.stderr.contains("panicked"), "{}", run.stderr);
}
