//! `opros estimate` as a person meets it: the numbers of R, every format, and what it says about bad designs.

#[path = "estimate/choices.rs"]
mod choices;
mod common;
#[path = "estimate/contrasts.rs"]
mod contrasts;
#[path = "estimate/formats.rs"]
mod formats;
#[path = "estimate/further.rs"]
mod further;
#[path = "common/golden.rs"]
mod golden;
#[cfg(feature = "parquet")]
#[path = "estimate/parquet.rs"]
mod parquet;
#[path = "estimate/phases.rs"]
mod phases;
#[path = "estimate/problems.rs"]
mod problems;
#[path = "estimate/streamed.rs"]
mod streamed;

use common::{Project, Run};
use golden::{Case, cases};
use serde_json::Value;

const API: &[&str] = &["apisrs", "apistrat", "apiclus1", "apiclus2"];

/// Twelve people in two strata with two towns each.
const POLL: &str = "\
id,w,region,town,vote,age,income
1,1,north,a,yes,30,10
2,1,north,a,no,41,20
3,2,north,a,yes,52,
4,1,north,b,no,63,40
5,1,north,b,yes,24,50
6,2,north,b,no,35,60
7,1,south,c,yes,46,70
8,1,south,c,no,57,80
9,2,south,c,no,68,90
10,1,south,d,yes,29,100
11,1,south,d,,40,110
12,2,south,d,no,51,120
";

const DESIGN: [&str; 6] = ["--weight", "w", "--strata", "region", "--psu", "town"];

fn poll() -> Project {
    let project = Project::empty();
    project.write("poll.csv", POLL);
    project
}

fn estimate(project: &Project, args: &[&str]) -> Run {
    project.run(&[&["estimate", "poll.csv"], args].concat())
}

fn results(run: &Run) -> Vec<Value> {
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    document["results"].as_array().unwrap().clone()
}

fn run_case(case: &Case, args: &[String]) -> Vec<Value> {
    let mut all = vec!["estimate".to_owned(), case.file()];
    all.extend(case.design());
    all.extend(args.iter().cloned());
    all.extend(["--format".to_owned(), "json".to_owned()]);
    let refs: Vec<&str> = all.iter().map(String::as_str).collect();
    results(&Project::empty().run(&refs).expect(0))
}

/// Flags of the statistics of a case: columns of labels are asked for their shares.
fn statistics(case: &Case, statistic: &str, terms: &[String]) -> Vec<String> {
    let is_label = |name: &str| matches!(name, "stype" | "sch.wide" | "comp.imp" | "awards");
    let (labels, numbers): (Vec<&String>, Vec<&String>) = terms.iter().partition(|name| is_label(name));
    let mut flags = Vec::new();
    for (flag, names) in [(format!("--{statistic}"), numbers), ("--proportion".to_owned(), labels)] {
        if !names.is_empty() {
            flags.extend([flag, names.into_iter().cloned().collect::<Vec<_>>().join(",")]);
        }
    }
    if flags.contains(&"--proportion".to_owned()) {
        flags.extend(["--ci".to_owned(), "wald".to_owned()]);
    }
    if case.json["analysis"]["na_rm"] == true {
        flags.extend(["--missing".to_owned(), "exclude".to_owned()]);
    }
    flags
}

fn has_value(case: &Case) -> bool {
    case.expected()["estimates"][0]["estimate"].is_number()
}

#[test]
fn means_totals_and_ratios_are_those_of_r() {
    let is_factor_total = |case: &Case| case.procedure() == "total" && case.json["analysis"]["formula"] == "~stype";
    let mut n_checked = 0;
    for (area, sets) in
        [("mean_total", API), ("ratio", API), ("deff", API), ("replicates", &["reppsu", "scd", "sdr"][..])]
    {
        let is_wanted = |case: &Case| {
            matches!(case.procedure(), "mean" | "total" | "ratio")
                && case.steps().is_empty()
                && has_value(case)
                && !is_factor_total(case)
        };
        for case in cases(area, sets, is_wanted) {
            let mut flags = if case.procedure() == "ratio" {
                let (above, below) = (case.terms("numerator"), case.terms("denominator"));
                let pairs = below.iter().flat_map(|b| above.iter().map(move |a| format!("{a}/{b}")));
                let pairs = pairs.collect::<Vec<_>>().join(",");
                [vec!["--ratio".to_owned(), pairs], statistics(&case, "", &[])].concat()
            } else {
                statistics(&case, case.procedure(), &case.terms("formula"))
            };
            flags.extend(["--degf".to_owned(), "design".to_owned()]);
            if case.json["analysis"]["deff"] == true {
                flags.extend(["--deff".to_owned(), "without".to_owned()]);
            }
            let found = run_case(&case, &flags);
            for expected in case.expected()["estimates"].as_array().unwrap() {
                let is_it = |row: &&Value| {
                    let answer = row["answer"].as_str().unwrap_or("");
                    expected["name"] == format!("{}{answer}", row["variable"].as_str().unwrap())
                };
                let row = found.iter().find(is_it).unwrap_or_else(|| panic!("{}: {expected}", case.name));
                for key in ["estimate", "se", "ci_low", "ci_high", "deff"] {
                    case.compare(key, &row[key], &expected[key]);
                }
            }
            n_checked += 1;
        }
    }
    assert!(n_checked >= 35, "{n_checked} cases");
}

#[test]
fn groups_are_those_of_r() {
    let is_wanted = |case: &Case| {
        case.procedure() == "by"
            && case.steps().is_empty()
            && matches!(case.json["analysis"]["statistic"].as_str(), Some("mean" | "total" | "ratio"))
    };
    let found = cases("domain", API, is_wanted);
    assert!(found.len() >= 6, "{} cases", found.len());
    for case in found {
        let by = case.terms("by");
        let flags = match case.json["analysis"]["statistic"].as_str().unwrap() {
            "ratio" => {
                vec!["--ratio".to_owned(), format!("{}/{}", case.terms("formula")[0], case.terms("denominator")[0])]
            }
            statistic => {
                let is_factor_total =
                    statistic == "total" && case.terms("formula").iter().any(|name| name == "comp.imp");
                if is_factor_total {
                    continue;
                }
                statistics(&case, statistic, &case.terms("formula"))
            }
        };
        let flags = [flags, vec!["--by".to_owned(), by.join(",")]].concat();
        let rows = run_case(&case, &flags);
        for expected in case.expected()["estimates"].as_array().unwrap() {
            let is_it = |row: &&Value| {
                let answer = row["answer"].as_str().unwrap_or("");
                by.iter().all(|name| row[name] == expected["domain"][name])
                    && expected["name"] == format!("{}{answer}", row["variable"].as_str().unwrap())
            };
            let row = rows.iter().find(is_it).unwrap_or_else(|| panic!("{}: {expected}", case.name));
            for key in ["estimate", "se"] {
                case.compare(key, &row[key], &expected[key]);
            }
        }
    }
}

#[test]
fn quantiles_are_those_of_r() {
    let is_wanted =
        |case: &Case| case.procedure() == "quantile" && (case.steps().is_empty() || case.steps() == ["subset"]);
    let found = cases("quantile", API, is_wanted);
    assert!(found.len() >= 18, "{} cases", found.len());
    for case in found {
        let analysis = &case.json["analysis"];
        let probs: Vec<String> = analysis["probs"].as_array().unwrap().iter().map(Value::to_string).collect();
        let method = match analysis["interval_type"].as_str().unwrap() {
            "mean" => "wald",
            "xlogit" => "logit",
            "asin" => "arcsine",
            other => other,
        };
        let degf = if analysis["df"] == "Inf" { "inf" } else { "design" };
        let formula = case.terms("formula").join(",");
        let mut flags: Vec<String> =
            ["--quantile", &formula, "--probs", &probs.join(","), "--quantile-ci", method, "--degf", degf]
                .map(str::to_owned)
                .to_vec();
        flags.extend(["--quantile-rule".to_owned(), analysis["qrule"].as_str().unwrap().to_owned()]);
        if !case.steps().is_empty() {
            let test = &case.json["design"]["steps"][0]["where"][0];
            flags.extend(["--where".to_owned(), format!("stype == {}", test["value"].as_str().unwrap())]);
            flags.retain(|flag| flag != "--degf" && flag != "design");
        }
        let rows = run_case(&case, &flags);
        for expected in case.expected()["estimates"].as_array().unwrap() {
            let p = expected["p"].to_string();
            let is_it = |row: &&Value| row["variable"] == expected["name"] && row["answer"] == *p;
            let row = rows.iter().find(is_it).unwrap_or_else(|| panic!("{}: {expected}", case.name));
            case.compare("quantile", &row["estimate"], &expected["quantile"]);
            for key in ["se", "ci_low", "ci_high"] {
                case.compare(key, &row[key], &expected[key]);
            }
        }
    }
}

#[test]
fn intervals_of_proportions_are_those_of_r() {
    let is_wanted = |case: &Case| case.json["analysis"]["formula"] == "~I(stype==\"E\")" && case.steps().is_empty();
    let mut n_checked = 0;
    for case in cases("proportion", API, is_wanted) {
        let method = match case.json["analysis"]["method"].as_str() {
            Some("mean") => "wald",
            Some("xlogit") => "logit",
            Some("asin") => "arcsine",
            Some("beta") => "beta",
            Some("likelihood") => "likelihood",
            _ => continue,
        };
        let rows = run_case(&case, &["--proportion", "stype", "--ci", method, "--degf", "design"].map(str::to_owned));
        let row = rows.iter().find(|row| row["answer"] == "E").unwrap();
        for key in ["estimate", "ci_low", "ci_high"] {
            case.compare(key, &row[key], &case.expected()[key]);
        }
        n_checked += 1;
    }
    assert!(n_checked >= 4, "{n_checked} cases");
}

#[test]
fn a_table_states_design_base_and_method() {
    let project = poll();
    estimate(&project, &[&DESIGN[..], &["--proportion", "vote", "--mean", "age", "--missing", "exclude"]].concat())
        .expect(0)
        .prints("4 units in 2 strata")
        .prints("lonely PSUs: fail (default), none met")
        .prints("Weights: w, sum 16")
        .prints("95 % intervals")
        .prints("logit, or Korn–Graubard")
        .prints("base below 30, not shown");
    let run = estimate(&project, &[&DESIGN[..], &["--mean", "age", "--small-bases", "none"]].concat()).expect(0);
    assert!(run.stdout.contains("46.4"), "{}", run.stdout);
}

#[test]
fn csv_has_the_shared_columns_and_all_digits() {
    let project = poll();
    let run = estimate(&project, &[&DESIGN[..], &["--mean", "age", "--by", "region", "--format", "csv"]].concat());
    let run = run.expect(0);
    let mut lines = run.stdout.lines();
    assert_eq!(
        lines.next().unwrap(),
        "statistic,variable,answer,region,estimate,se,ci_low,ci_high,level,ci_method,degf,deff,deff_reference,n,n_eff,\
         sum_w,n_psus,reason,cv,cv_reason"
    );
    // North: (30 + 41 + 2·52 + 63 + 24 + 2·35)/8.
    assert!(lines.next().unwrap().starts_with("mean,age,,north,41.5,"), "{}", run.stdout);
    assert_eq!(lines.count(), 1);
}

#[test]
fn a_group_named_like_a_column_of_results_keeps_both() {
    let project = poll();
    project.edit("poll.csv", "id,w,region", "n,w,region");
    let run = estimate(&project, &["-w", "w", "--mean", "age", "--by", "n", "--format", "csv"]);
    run.expect(2).prints("answer,by.n,estimate").says("domain in one sampling unit");
}

#[test]
fn markdown_escapes_and_json_parses() {
    let project = poll();
    project.edit("poll.csv", "yes", "yes | maybe");
    let args = [&DESIGN[..], &["--proportion", "vote", "--missing", "keep", "--format", "md"]].concat();
    estimate(&project, &args).expect(0).prints("| proportion | vote | yes \\| maybe |").prints("Design: 12 rows");
    let args = [&DESIGN[..], &["--proportion", "vote", "--missing", "keep", "--format", "json"]].concat();
    let rows = results(&estimate(&project, &args).expect(0));
    // One of 16 weighted people gave no answer and stays in the base.
    assert_eq!(rows[0]["estimate"], 9.0 / 16.0);
    assert_eq!(rows[0]["n"], 12);
}

#[test]
fn several_statistics_come_in_one_call() {
    let project = poll();
    let args = [
        &DESIGN[..],
        &["--mean", "age,income", "--total", "income", "--ratio", "income/age", "--proportion", "vote"],
        &["--quantile", "age", "--probs", "0.25,0.5", "--missing", "exclude", "--format", "json"],
    ];
    let rows = results(&estimate(&project, &args.concat()).expect(0));
    let seen: Vec<String> = rows.iter().map(|row| format!("{} {}", row["statistic"], row["variable"])).collect();
    assert_eq!(seen.len(), 8, "{seen:?}");
    // Each variable has its own base.
    assert_eq!((&rows[0]["n"], &rows[1]["n"]), (&Value::from(12), &Value::from(11)));
}

#[test]
fn conditions_keep_the_whole_design() {
    let project = poll();
    let run = |condition: &str| {
        let args = [&DESIGN[..], &["--mean", "age", "--where", condition, "--format", "json"]].concat();
        results(&estimate(&project, &args).expect(0)).swap_remove(0)
    };
    let north = run("region == north and not (town in [c, 'd'])");
    assert_eq!(north["estimate"], 41.5);
    assert_eq!(north["degf"], 1);
    assert_eq!(run("age >= 30 and age < 52")["n"], 6);
    assert_eq!(run("vote is missing or income is missing or age > 60")["n"], 4);
    // A comparison with a missing value is neither true nor false.
    assert_eq!(run("vote != yes")["n"], 6);
    assert_eq!(run("not vote == yes")["n"], 6);
    assert_eq!(run("`age` = 30 || age <> 30")["n"], 12);
}

#[test]
fn conditions_point_at_what_is_wrong() {
    let project = poll();
    let fails = |condition: &str| {
        estimate(&project, &[&DESIGN[..], &["--mean", "age", "--where", condition]].concat()).expect(2).says("E42")
    };
    fails("regoin == north").says("--where:1:1").says("did you mean `region`?");
    fails("age > 3 and region == nroth").says("--where:1:23").says("did you mean `north`?");
    fails("age >").says("--where:1:6");
    fails("age > 3 region").says("--where:1:9");
    fails("vote < 3").says("so `<` has no meaning");
    fails("(((age > 3").says("`)`");
    fails("").says("ends where");
}

#[test]
fn a_misspelt_column_is_told_with_the_closest() {
    let project = poll();
    let args = ["-w", "wt", "--strata", "regio", "--mean", "agee"];
    estimate(&project, &args).expect(2).says("there is no column `regio`").says("did you mean `region`?");
    estimate(&project, &["-w", "w", "--mean", "agee"]).expect(2).says("did you mean `age`?");
    estimate(&project, &["-w", "w", "--mean", "vote"]).expect(2).says("`--proportion`");
    estimate(&project, &["-w", "w", "--mean", "age", "--by", "regoin"]).expect(2).says("did you mean `region`?");
    project.run(&["estimate", "pol.csv", "-w", "w", "--mean", "age"]).expect(2).says("E01");
}

#[test]
fn columns_that_cannot_be_meant_are_told() {
    let project = poll();
    project.write("poll.csv", "w,x,y\n1,2,\n1,3,\n");
    estimate(&project, &["-w", "w", "--proportion", "y"]).expect(2).says("column `y` has no value in any row");
    estimate(&project, &["-w", "w", "--mean", "x", "--by", "y"]).expect(2).says("column `y` has no value in any row");
    project.write("poll.csv", "w;x\n1;2\n1;3\n");
    estimate(&project, &["-w", "w", "--mean", "x"]).expect(2).says("separated by semicolons");
}

#[test]
fn requests_without_meaning_are_refused() {
    let project = poll();
    estimate(&project, &["-w", "w"]).expect(2).says("--mean");
    estimate(&project, &["-w", "w", "--mean", "age", "--level", "95"]).expect(2).says("--level");
    estimate(&project, &["-w", "w", "--quantile", "age", "--probs", "50"]).expect(2).says("--probs");
    estimate(&project, &["-w", "w", "--ratio", "age"]).expect(2).says("numerator/denominator");
    estimate(&project, &["-w", "w", "--quantile", "age", "--missing", "keep"]).expect(2).says("exclude");
    let both = ["-w", "w", "--mean", "age", "--population-size", "9", "--sampling-fraction", "0.5"];
    estimate(&project, &both).expect(2).says("--sampling-fraction");
}

#[test]
fn without_weights_every_row_counts_one() {
    let project = poll();
    let ones = POLL.lines().map(|line| line.replace(",1,", ",2,") + "\n").collect::<String>();
    project.write("twos.csv", ones);
    for statistic in ["--mean", "--quantile"] {
        let run = estimate(&project, &[statistic, "age", "--psu", "town", "--format", "json"]).expect(0);
        let without =
            results(&run.says("note: no weights: every row counts 1").prints("none, every row counts 1, sum 12"));
        let twos = ["estimate", "twos.csv", "-w", "w", statistic, "age", "--psu", "town", "--format", "json"];
        let twos = results(&project.run(&twos).expect(0));
        for key in ["estimate", "se", "n"] {
            assert_eq!(without[0][key], twos[0][key]);
        }
        assert_eq!(without[0]["sum_w"], 12);
    }
    estimate(&project, &["--mean", "agge"]).expect(2).says("did you mean `age`?");
}

#[test]
fn bad_designs_are_told() {
    let project = poll();
    let fails = |args: &[&str]| estimate(&project, &[args, &["--mean", "age"]].concat()).expect(2).says("E40");
    fails(&["-w", "w", "--strata", "town", "--psu", "town"]).says("strata with one sampled unit").says("--lonely-psu");
    fails(&["-w", "w", "--strata", "vote2", "--psu", "town"].map(|a| if a == "vote2" { "age" } else { a }))
        .says("--nest");
    fails(&["-w", "w", "--strata", "region", "--psu", "town", "--population-size", "1"]).says("2 sampled of 1");
    project.edit("poll.csv", "1,1,north", "1,0,north");
    let zero: String = POLL.lines().map(|line| line.replace(",1,", ",0,").replace(",2,", ",0,") + "\n").collect();
    project.write("poll.csv", zero);
    fails(&["-w", "w"]).says("all weights are zero");
}

#[test]
fn lonely_strata_have_a_declared_treatment() {
    let project = poll();
    project.edit("poll.csv", "4,1,north,b", "4,1,north,a").edit("poll.csv", "5,1,north,b", "5,1,north,a");
    project.edit("poll.csv", "6,2,north,b", "6,2,north,a");
    let args = [&DESIGN[..], &["--mean", "age", "--format", "json"]].concat();
    estimate(&project, &args).expect(2).says("`north` (unit `a`, 6 rows)");
    let se = |policy: &[&str]| {
        results(&estimate(&project, &[&args[..], policy].concat()).expect(0))[0]["se"].as_f64().unwrap()
    };
    let certainty = se(&["--lonely-psu", "certainty"]);
    assert!(certainty > 0.0);
    assert_eq!(certainty, se(&["--lonely-psu", "remove"]));
    assert!(se(&["--lonely-psu", "center"]) > certainty);
    assert!(se(&["--lonely-psu", "average"]) > certainty);
    se(&["--lonely-psu", "collapse", "--collapse", "north=south"]);
    let args = [&args[..], &["--lonely-psu", "collapse", "--collapse", "nroth=south"]].concat();
    estimate(&project, &args).expect(2).says("nroth");
}

#[test]
fn bad_values_are_code_1_with_line_and_column() {
    for (old, new, said) in [
        ("3,2,north", "3,two,north", "`two` is not a number"),
        ("3,2,north", "3,NaN,north", "`NaN` is not a number"),
        ("3,2,north", "3,inf,north", "`inf` is not a number"),
        ("3,2,north", "3,-2,north", "`w` is out of bounds"),
        ("3,2,north", "3,,north", "`w` has no value"),
        ("3,2,north,a", "3,2,,a", "`region` has no value"),
        ("yes,52,", "yes,Inf,", "`Inf` is not a number"),
    ] {
        let project = poll();
        project.edit("poll.csv", old, new);
        let run = estimate(&project, &[&DESIGN[..], &["--mean", "age"]].concat()).expect(1);
        run.says(said).says("poll.csv:4:");
    }
    let project = poll();
    project.write("poll.csv", POLL.replace(",yes,", ",yes,NA "));
    let run = estimate(&project, &["-w", "w", "--mean", "age"]).expect(1);
    assert!(run.stderr.contains("NA 30"), "{}", run.stderr);
}

#[test]
fn texts_that_mean_no_value_are_declared() {
    let project = poll();
    project.edit("poll.csv", "yes,52,", "yes,52,NA").edit("poll.csv", "no,41,20", "no,41,NA");
    let args = ["-w", "w", "--mean", "income"];
    estimate(&project, &args).expect(1).says("`--na NA`").says("in 2 rows");
    let declared = [&args[..], &["--na", "NA"]].concat();
    estimate(&project, &declared).expect(2).says("E44").says("--missing exclude");
    estimate(&project, &[&declared[..], &["--missing", "exclude"]].concat()).expect(0);
}

#[test]
fn a_cell_without_an_estimate_has_its_reason() {
    let project = poll();
    // Town `a` is one sampling unit; the regions have two.
    let args = [&DESIGN[..], &["--mean", "income", "--by", "region", "--format", "csv"]].concat();
    estimate(&project, &args).expect(0).prints("missing values, no handling declared");
    let args = [&DESIGN[..], &["--mean", "age", "--where", "town == a"]].concat();
    estimate(&project, &args).expect(2).says("domain in one sampling unit");
    let args = [&DESIGN[..], &["--mean", "age", "--where", "age > 200"]].concat();
    estimate(&project, &args).expect(2).says("nothing can be estimated").says("empty domain");
}

#[test]
fn replicate_columns_must_exist() {
    let project = poll();
    let args = ["-w", "w", "--mean", "age", "--replicate-type", "jk1", "--replicates"];
    estimate(&project, &[&args[..], &["rep*"]].concat()).expect(2).says("no column fits the pattern `rep*`");
    estimate(&project, &[&args[..], &["w1"]].concat()).expect(2).says("there is no column `w1`");
    estimate(&project, &["-w", "w", "--mean", "age", "--replicates", "w*"]).expect(2).says("--replicate-type");
    let jkn = ["-w", "w", "--mean", "age", "--replicates", "age,id", "--replicate-type", "jkn"];
    estimate(&project, &jkn).expect(2).says("rscale");
}

#[test]
fn a_design_file_replaces_the_flags() {
    let project = poll();
    project.write("design.toml", "weight = \"w\"\nstrata = \"region\"\npsu = [\"town\"]\nlonely_psu = \"center\"\n");
    let flags = [&DESIGN[..], &["--mean", "age", "--format", "csv"]].concat();
    let by_flags = estimate(&project, &flags).expect(0);
    let by_file = estimate(&project, &["--design", "design.toml", "--mean", "age", "--format", "csv"]).expect(0);
    assert_eq!(by_flags.stdout, by_file.stdout);
    project.edit("design.toml", "strata", "startum");
    estimate(&project, &["--design", "design.toml", "--mean", "age"])
        .expect(2)
        .says("design.toml:2")
        .says("did you mean `strata`?");
    project.write("design.toml", "weight = 3\nlonely_psu = \"centre\"\n");
    estimate(&project, &["--design", "design.toml", "--mean", "age"]).expect(2).says("did you mean `center`?");
    let schema = project.run(&["schema", "design"]).expect(0);
    let schema: Value = serde_json::from_str(&schema.stdout).unwrap();
    assert!(schema["properties"]["population_size"].is_object());
}

#[test]
fn threads_do_not_change_a_bit() {
    let project = poll();
    let args = [&DESIGN[..], &["--mean", "age", "--by", "vote", "--format", "csv"]].concat();
    let one = estimate(&project, &[&args[..], &["--threads", "1"]].concat()).expect(0);
    let four = estimate(&project, &[&args[..], &["--threads", "4"]].concat()).expect(0);
    assert_eq!(one.stdout, four.stdout);
    assert!(!one.stdout.is_empty());
}

#[test]
fn help_begins_with_examples() {
    for args in [&["estimate", "--help"][..], &["weight", "--help"], &["weight", "rake", "--help"], &["schema", "-h"]] {
        let run = Project::empty().run(args).expect(0);
        assert!(run.stdout.find("Examples:").unwrap() < run.stdout.find("Usage:").unwrap(), "{}", run.stdout);
    }
}

#[test]
fn estimating_inside_a_project_writes_nothing() {
    let project = Project::tiny();
    project.write("poll.csv", POLL);
    let before = project.files("");
    let args = ["estimate", "poll.csv", "-w", "w", "--mean", "age"];
    project.run_with(&args, &[("OPROS_THREADS", "2")], project.root()).expect(0);
    assert!(project.files("") == before);
}

/// The blocks of the documentation run one after the other, in a folder with the reference data.
#[cfg(unix)]
#[test]
fn the_examples_of_the_documentation_run() {
    let project = Project::empty();
    for set in API {
        project.write(&format!("{set}.csv"), std::fs::read(golden::data(&format!("{set}.csv"))).unwrap());
    }
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/estimate.md")).unwrap();
    let mut script = String::from("set -e\n");
    for block in page.split("```").skip(1).step_by(2) {
        if let Some(commands) = block.strip_prefix("sh\n") {
            script.push_str(&commands.replace("cd tests/golden/data\n", ""));
        } else if let Some(toml) = block.strip_prefix("toml\n") {
            script.push_str(&format!("cat > design.toml <<'END'\n{toml}END\n"));
        }
    }
    assert!(script.matches("opros ").count() >= 10);
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_opros"));
    let path = format!("{}:{}", program.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut run = std::process::Command::new("sh");
    let output = run.args(["-c", &script]).current_dir(project.root()).env("PATH", path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    let first = page.split("```\n").find(|block| block.starts_with("apiclus1.csv\n")).unwrap();
    assert!(printed.starts_with(first), "{}", &printed[..2000.min(printed.len())]);
}

#[test]
fn a_column_is_named_once_in_each_flag() {
    let project = poll();
    estimate(&project, &["-w", "w", "--mean", "age,age"]).expect(2).says("--mean").says("`age` is named twice");
    estimate(&project, &["-w", "w", "--mean", "age", "--by", "vote,vote"]).expect(2).says("`vote` is named twice");
}

#[test]
fn quantiles_of_replicate_designs_have_their_error_from_the_replicates() {
    let project = Project::empty();
    let mut text = String::from("y,w,r1,r2,r3,r4\n");
    for i in 0..40 {
        let weight = |r: usize| if i % 4 == r { 0.0 } else { 4.0 / 3.0 };
        text.push_str(&format!("{},1,{},{},{},{}\n", (i * 17) % 41, weight(0), weight(1), weight(2), weight(3)));
    }
    project.write("poll.csv", text);
    let args = ["-w", "w", "--replicates", "r*", "--replicate-type", "jk1", "--quantile", "y", "--format", "json"];
    let by_default = estimate(&project, &args).expect(0).stdout;
    let asked = estimate(&project, &[&args[..], &["--quantile-ci", "replicates"]].concat()).expect(0).stdout;
    assert_eq!(by_default, asked);
    let found: Value = serde_json::from_str(&by_default).unwrap();
    let row = &found["results"][0];
    assert!(row["se"].as_f64().unwrap() > 0.0 && row["ci_method"] == "replicates", "{row}");
}
