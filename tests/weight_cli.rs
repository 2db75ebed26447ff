//! `opros weight` as a person meets it: the weights of R, variances that know of them, and what it says about bad targets.

mod common;
#[path = "common/golden.rs"]
mod golden;

use common::{Project, Run};
use golden::{Case, cases};
use serde_json::Value;

const DATA: &[&str] = &["apisrs", "apistrat", "apiclus1", "apiclus2", "poll"];

/// Columns of labels in the reference data.
const LABELS: &[&str] = &["stype", "sch.wide", "comp.imp", "sex", "agegrp", "educ"];

const POLL: &str = "\
id,w,sex,age,income
1,1,f,young,10
2,1,f,old,20
3,2,f,old,30
4,1,m,young,40
5,1,m,old,50
6,2,m,young,60
";

const TARGETS: &str = "variable,level,total\nsex,f,60\nsex,m,40\nage,young,50\nage,old,50\n";

fn poll() -> Project {
    let project = Project::empty();
    project.write("poll.csv", POLL).write("targets.csv", TARGETS);
    project
}

fn weight(project: &Project, method: &str, args: &[&str]) -> Run {
    project.run(&[&["weight", method, "poll.csv", "-w", "w", "--out", "weighted.csv"], args].concat())
}

fn rake(project: &Project, args: &[&str]) -> Run {
    weight(project, "rake", &[&["--targets", "targets.csv"], args].concat())
}

fn column(project: &Project, file: &str, name: &str) -> Vec<f64> {
    let text = project.read(file);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let at = reader.headers().unwrap().iter().position(|header| header == name).unwrap();
    reader.records().map(|record| record.unwrap()[at].parse().unwrap()).collect()
}

/// The targets of a step of a case as the long table.
fn targets(step: &Value) -> String {
    let mut text = "variable,level,total\n".to_owned();
    let mut margin = |names: Vec<&str>, population: &Value| {
        let totals = population["Freq"].as_array().unwrap();
        for (row, total) in totals.iter().enumerate() {
            let labels: Vec<&str> = names.iter().map(|name| population[*name][row].as_str().unwrap()).collect();
            text.push_str(&format!("{},{},{total}\n", names.join(":"), labels.join(":")));
        }
    };
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    match step["op"].as_str().unwrap() {
        "rake" => {
            for (list, population) in
                step["margins"].as_array().unwrap().iter().zip(step["populations"].as_array().unwrap())
            {
                let names = names(list);
                margin(names.iter().map(String::as_str).collect(), population);
            }
        }
        "poststratify" => {
            let names = names(&step["variables"]);
            margin(names.iter().map(String::as_str).collect(), &step["population"]);
        }
        _ => {
            for (term, total) in step["population"].as_object().unwrap() {
                let label = LABELS.iter().find(|name| term.starts_with(**name));
                match label {
                    Some(name) => text.push_str(&format!("{name},{},{total}\n", &term[name.len()..])),
                    None => text.push_str(&format!("{term},,{total}\n")),
                }
            }
        }
    }
    text
}

/// The method of a step and its flags; nothing for what the command line does not have.
fn flags(step: &Value) -> Option<(&'static str, Vec<String>)> {
    let mut flags = Vec::new();
    let pair = |value: &Value| format!("{},{}", value[0], value[1]);
    let method = match step["op"].as_str()? {
        "rake" => "rake",
        "poststratify" if step["partial"] == false => "poststratify",
        "calibrate" if step["variance"].is_null() => {
            flags.extend(["--distance".to_owned(), step["calfun"].as_str()?.to_owned()]);
            for key in ["bounds", "trim"] {
                if step[key].is_array() {
                    flags.extend([format!("--{key}"), pair(&step[key])]);
                }
            }
            if step["aggregate_stage"].is_number() {
                flags.extend(["--aggregate-stage".to_owned(), step["aggregate_stage"].to_string()]);
            }
            "calibrate"
        }
        "trim_weights" => {
            for key in ["lower", "upper"] {
                if step[key].is_number() {
                    flags.extend([format!("--{key}"), step[key].to_string()]);
                }
            }
            flags.extend((step["strict"] == true).then(|| "--strict".to_owned()));
            "trim"
        }
        _ => return None,
    };
    Some((method, flags))
}

/// Runs the steps of a case one after the other, each on the file of the one before, and estimates; `None` for steps
/// that the command line does not have.
fn estimate(case: &Case) -> Option<Vec<Value>> {
    let project = Project::empty();
    let (mut file, mut record, mut condition) = (case.file(), None, None);
    let mut design = case.design();
    let weight_of = |design: &[String]| design.iter().position(|flag| flag == "--weight");
    for (at, step) in case.json["design"]["steps"].as_array().unwrap().iter().enumerate() {
        let out = format!("step{at}.csv");
        let mut args = vec!["weight".to_owned()];
        if step["op"] == "subset" {
            let test = &step["where"][0];
            condition = Some(format!("{} == '{}'", test["column"].as_str()?, test["value"].as_str()?));
            continue;
        } else if step["op"] == "as_replicate" {
            args.extend(["replicates".to_owned(), file, "--type".to_owned(), step["type"].as_str()?.to_lowercase()]);
            args.extend(design.clone());
        } else {
            let (method, flags) = flags(step)?;
            args.extend([method.to_owned(), file]);
            args.extend(flags);
            args.extend(design.iter().cloned());
            if method != "trim" {
                project.write(&format!("targets{at}.csv"), targets(step));
                args.extend(["--targets".to_owned(), format!("targets{at}.csv")]);
            }
            args.extend(["--column".to_owned(), format!("weight{at}")]);
            if let Some(record) = &record {
                args.extend(["--calibrated-by".to_owned(), String::clone(record)]);
            }
        }
        args.extend(["--out".to_owned(), out.clone()]);
        let refs: Vec<&str> = args.iter().map(String::as_str).collect();
        project.run(&refs).expect(0);
        if step["op"] == "as_replicate" {
            design = vec!["--design".to_owned(), format!("step{at}.design.toml")];
        } else {
            record = Some(format!("step{at}.weights.toml"));
            if let Some(at) = weight_of(&design) {
                design.drain(at..at + 2);
            }
        }
        file = out;
    }
    let mut args = vec!["estimate".to_owned(), file];
    args.extend(design);
    args.extend(["--calibrated-by".to_owned(), record?]);
    let terms = case.terms("formula");
    let (labels, numbers): (Vec<String>, Vec<String>) =
        terms.into_iter().partition(|name| LABELS.contains(&name.as_str()) || name == "vote");
    if !numbers.is_empty() {
        args.extend([format!("--{}", case.procedure()), numbers.join(",")]);
    }
    if !labels.is_empty() {
        args.extend(["--proportion".to_owned(), labels.join(",")]);
        args.extend(["--ci".to_owned(), "wald".to_owned()]);
    }
    if let Some(condition) = condition {
        args.extend(["--where".to_owned(), condition]);
    } else {
        args.extend(["--degf".to_owned(), "design".to_owned()]);
    }
    args.extend(["--format".to_owned(), "json".to_owned()]);
    let refs: Vec<&str> = args.iter().map(String::as_str).collect();
    let document: Value = serde_json::from_str(&project.run(&refs).expect(0).stdout).unwrap();
    document["results"].as_array().cloned()
}

#[test]
fn estimates_after_an_adjustment_are_those_of_r() {
    let is_wanted = |case: &Case| {
        matches!(case.procedure(), "mean" | "total")
            && case.expected()["estimates"][0]["estimate"].is_number()
            && !(case.procedure() == "total" && case.terms("formula").iter().any(|t| LABELS.contains(&t.as_str())))
    };
    let mut n_checked = 0;
    for case in cases("weighting", DATA, is_wanted) {
        let Some(rows) = estimate(&case) else { continue };
        let has_condition = case.steps().contains(&"subset");
        for expected in case.expected()["estimates"].as_array().unwrap() {
            let is_it = |row: &&Value| {
                let answer = row["answer"].as_str().unwrap_or("");
                expected["name"] == format!("{}{answer}", row["variable"].as_str().unwrap())
            };
            let row = rows.iter().find(is_it).unwrap_or_else(|| panic!("{}: {expected}", case.name));
            let keys = if has_condition { &["estimate", "se"][..] } else { &["estimate", "se", "ci_low", "ci_high"] };
            for key in keys {
                case.compare(key, &row[*key], &expected[*key]);
            }
        }
        n_checked += 1;
    }
    assert!(n_checked >= 20, "{n_checked} cases");
}

#[test]
fn raking_writes_weights_and_prints_the_record() {
    let project = poll();
    rake(&project, &[])
        .expect(0)
        .prints("raking to 2 margins")
        .prints("largest remaining gap")
        .prints("young")
        .prints("Kish design effect")
        .says("weighted.weights.toml")
        .says("--calibrated-by");
    let weights = column(&project, "weighted.csv", "new_weight");
    assert!((weights[..3].iter().sum::<f64>() - 60.0).abs() < 1e-9, "{weights:?}");
    // The columns of the file stand there as they were.
    let kept: Vec<String> =
        project.read("weighted.csv").lines().map(|l| l.rsplit_once(',').unwrap().0.into()).collect();
    assert_eq!(kept.join("\n") + "\n", POLL);
    let left = project.files("");
    assert_eq!(left.keys().map(String::as_str).collect::<Vec<_>>().len(), 4, "{:?}", left.keys());
}

#[test]
fn the_record_is_json_for_machines() {
    let run = rake(&poll(), &["--format", "json"]).expect(0);
    let record: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(record["margins"].as_array().unwrap().len(), 4);
    assert!(record["after"]["kish_deff"].as_f64().unwrap() > 1.0);
    assert_eq!(record["before"]["sum"], 8.0);
}

// One round ends on the last margin and leaves a gap in the first: refused, or told when it is accepted.
#[test]
fn a_gap_of_raking_is_refused_unless_it_is_accepted() {
    let project = poll();
    let few = ["--max-iterations", "1"];
    rake(&project, &few).expect(2).says("raking did not reach its targets in 1 iterations").says("--accept-gap");
    let run = rake(&project, &[&few[..], &["--accept-gap"]].concat()).expect(0);
    run.says("warning: targets were not reached in 1 iterations").says("of `sex`");
    assert!(project.read("weighted.weights.toml").contains("accept_gap = true"));
    let calibrated = ["--calibrated-by", "weighted.weights.toml", "--count", "sex,age"];
    let run = project.run(&[&["estimate", "weighted.csv"], &calibrated[..]].concat()).expect(0);
    run.prints("by raking (its targets were not reached)");
    let run = rake(&project, &[&few[..], &["--accept-gap", "--force", "--format", "json"]].concat()).expect(0);
    let record: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(record["converged"], false);
    let gap = |at: usize| record["margins"][at]["relative_gap"].as_f64().unwrap();
    assert!(gap(0) > 1e-3 && gap(2) < 1e-12 && gap(3) < 1e-12, "{record}");
}

#[test]
fn shares_are_of_the_population() {
    let project = poll();
    let shares = "variable,level,share\nsex,f,0.6\nsex,m,0.4\nage,young,0.5\nage,old,0.5\n";
    project.write("targets.csv", shares);
    rake(&project, &["--population", "100"]).expect(0);
    let by_shares = column(&project, "weighted.csv", "new_weight");
    project.write("targets.csv", TARGETS);
    rake(&project, &["--force"]).expect(0);
    for (a, b) in by_shares.iter().zip(column(&project, "weighted.csv", "new_weight")) {
        assert!((a - b).abs() < 1e-9);
    }
    project.write("targets.csv", shares.replace("0.6", "0.7"));
    rake(&project, &["--force"]).expect(2).says("shares of `sex` do not add up to 1").says("1.1");
}

#[test]
fn targets_come_as_json_too() {
    let project = poll();
    let json = r#"[{"variable": "sex", "level": "f", "total": 60}, {"variable": "sex", "level": "m", "total": 40}]"#;
    project.write("targets.json", json);
    weight(&project, "poststratify", &["--targets", "targets.json"]).expect(0);
    assert_eq!(column(&project, "weighted.csv", "new_weight")[0], 15.0);
    project.write("targets.json", json.replace("level", "levle"));
    weight(&project, "poststratify", &["--targets", "targets.json", "--force"]).expect(2).says("E46");
    project.write("targets.json", "[{");
    weight(&project, "poststratify", &["--targets", "targets.json", "--force"]).expect(2).says("targets.json:1");
}

#[test]
fn targets_that_do_not_fit_are_named_before_iterating() {
    let fails = |targets: &str, method: &str| {
        let project = poll();
        project.write("targets.csv", targets);
        let run = weight(&project, method, &["--targets", "targets.csv"]).expect(2);
        assert!(!project.path("weighted.csv").exists());
        run
    };
    let empty = format!("{TARGETS}age,middle,0\n");
    fails(&empty, "rake").says("margin `age` has levels without respondents: `middle`");
    fails(&empty, "calibrate").says("margin `age` has levels without respondents: `middle`");
    fails(&TARGETS.replace("age,old,50\n", ""), "rake").says("without a target: `old`");
    let contradiction = TARGETS.replace("sex,m,40", "sex,m,50");
    fails(&contradiction, "rake").says("`sex` adds up to 110, `age` to 100");
    fails(&contradiction, "calibrate").says("`sex` adds up to 110, `age` to 100");
    fails(&TARGETS.replace("age,", "agee,"), "rake").says("did you mean `age`?");
    fails(TARGETS, "poststratify").says("`sex:age`");
    fails(&format!("{TARGETS}sex,f,60\n"), "rake").says("stands twice: line 2 and line 6");
    fails(&TARGETS.replace("60", ""), "rake").says("neither a total nor a share");
    fails("variable,level,totl\nsex,f,1\n", "rake").says("`total`");
    fails("variable,level,total\nincome,,60\n", "rake").says("weight calibrate").says("targets.csv:2");
}

#[test]
fn problems_of_targets_stand_at_their_line() {
    let fails = |targets: &str, method: &str, more: &[&str]| {
        let project = poll();
        project.write("targets.csv", targets);
        let run = weight(&project, method, &[&["--targets", "targets.csv"], more].concat()).expect(2);
        assert!(run.stderr.contains("hint: ") && project.files("").len() == 2, "{}", run.stderr);
        run
    };
    fails(&format!("{TARGETS}age,middle,0\n"), "rake", &[]).says("targets.csv:6, column `level`");
    fails(&TARGETS.replace("age,old,50\n", ""), "rake", &[]).says("targets.csv:4");
    fails(&TARGETS.replace("sex,m,40", "sex,m,-40"), "rake", &[]).says("targets.csv:3").says("got: -40");
    fails(&TARGETS.replace("sex,m,40", "sex,m,50"), "calibrate", &[]).says("targets.csv:4");
    fails(&format!("{TARGETS}sex,f,60\n"), "rake", &[]).says("targets.csv:6");
    fails(TARGETS, "calibrate", &["--distance", "logit"]).says("--bounds 0.3,3");
    fails(TARGETS, "calibrate", &["--bounds", "1"]).says("1 number is given");
}

/// R: `svystandardize(des, by = ~stype, over = ~awards, population = c(.6, .2, .2))`, then `svyby(~api00, ~awards, s, svymean)`.
#[test]
fn standardized_groups_are_those_of_r() {
    let project = Project::empty();
    let text = std::fs::read(golden::data("apiclus1.csv")).unwrap();
    project.write("api.csv", text).write("ages.csv", "variable,level,share\nstype,E,0.6\nstype,H,0.2\nstype,M,0.2\n");
    let design = ["--psu", "dnum", "--population-size", "fpc"];
    let standardize = |more: &[&str]| {
        let args =
            ["weight", "standardize", "api.csv", "-w", "pw", "--targets", "ages.csv", "--out", "out.csv", "--force"];
        project.run(&[&args[..], &design, more].concat())
    };
    let estimates = |by: &[&str]| -> Vec<(f64, f64)> {
        let args =
            ["estimate", "out.csv", "--calibrated-by", "out.weights.toml", "--mean", "api00", "--format", "json"];
        let run = project.run(&[&args[..], &design, by].concat()).expect(0);
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        let rows = document["results"].as_array().unwrap().clone();
        rows.iter().map(|row| (row["estimate"].as_f64().unwrap(), row["se"].as_f64().unwrap())).collect()
    };
    let assert_near = |found: &[(f64, f64)], expected: &[(f64, f64)]| {
        assert_eq!(found.len(), expected.len());
        for ((a, se), (b, expected_se)) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-8 * b && (se - expected_se).abs() < 1e-7 * expected_se, "{found:?}");
        }
    };
    standardize(&["--over", "awards"]).expect(0);
    let by_award = [(625.02121212121, 31.875665765450), (644.81164241164, 24.588812361004)];
    assert_near(&estimates(&["--by", "awards"]), &by_award);
    standardize(&[]).expect(0);
    assert_near(&estimates(&[]), &[(639.32311904762, 24.718380833691)]);
    project.write("ages.csv", "variable,level,share\nstype,E,0.6\nstype,H,0.4\n");
    standardize(&["--over", "awards"]).expect(2).says("ages.csv:2").says("without a target: `M`");
    project.write("ages.csv", "variable,level,share\nstype,E,0.6\nstype,H,0.2\nstype,M,0.1\nstype,X,0.1\n");
    standardize(&["--over", "awards"]).expect(2).says("ages.csv:5").says("levels without respondents: `X`");
    standardize(&["--over", "award"]).expect(2).says("did you mean `awards`?");
}

#[test]
fn margins_out_of_reach_are_told() {
    let project = poll();
    // Every man is young: the margins of age and sex cannot both be met.
    project.write("poll.csv", POLL.replace("m,old", "m,young").replace("f,young", "f,old"));
    project.write("targets.csv", TARGETS);
    let run = rake(&project, &[]).expect(2).says("E43").says("targets.csv:").says("join levels, or drop a margin");
    assert!(!project.path("weighted.csv").exists(), "{}", run.stderr);
}

#[test]
fn a_method_that_does_not_fit_the_design_has_a_way_out() {
    let project = poll();
    let replicates = |args: &[&str]| {
        let run = weight(&project, "replicates", args).expect(2).says("--type jkn");
        assert!(!project.path("weighted.csv").exists(), "{}", run.stderr);
    };
    replicates(&["--strata", "sex", "--type", "jk1"]);
    replicates(&["--strata", "sex", "--type", "brr"]);
    weight(&project, "trim", &["--upper", "0.1"]).expect(2).says("move `--lower` or `--upper`");
    weight(&project, "trim", &["--upper", "1", "--lower", "2"]).expect(2).says("leave no room");
    let elsewhere = ["weight", "trim", "poll.csv", "-w", "w", "--upper", "1.5", "--out", "no/such/out.csv"];
    project.run(&elsewhere).expect(2).says("there is no folder `no/such`").says("make the folder");
}

#[test]
fn targets_that_are_no_numbers_are_bad_data() {
    let project = poll();
    project.write("targets.csv", TARGETS.replace("60", "sixty"));
    rake(&project, &[]).expect(1).says("`sixty` is not a number").says("targets.csv:2:7");
    project.write("targets.csv", TARGETS).edit("poll.csv", "3,2,f", "3,NaN,f");
    rake(&project, &[]).expect(1).says("`NaN` is not a number").says("poll.csv:4:3");
    project.write("poll.csv", POLL).edit("poll.csv", "3,2,f", "3,2,");
    rake(&project, &[]).expect(2).says("margin `sex` has no label in 1 of the rows (first: row 3)");
}

#[test]
fn a_calibration_without_a_solution_is_refused() {
    let project = poll();
    // Nobody has an income above 60, so six people cannot have 1,000 each.
    project.write("targets.csv", "variable,level,total\n(Intercept),,6\nincome,,6000\n");
    let args = ["--targets", "targets.csv", "--distance", "raking"];
    weight(&project, "calibrate", &args).expect(2).says("E43").says("did not reach its targets");
    let bounded = [&args[..2], &["--bounds", "1.5,2"]].concat();
    weight(&project, "calibrate", &bounded).expect(2).says("bounds are not usable");
    weight(&project, "calibrate", &[&args[..2], &["--bounds", "1"]].concat()).expect(2).says("low,high");
}

#[test]
fn nothing_is_overwritten_unasked() {
    let project = poll();
    rake(&project, &["--column", "w", "--force"]).expect(2).says("never overwritten");
    rake(&project, &["--column", "age"]).expect(2).says("--force");
    rake(&project, &[]).expect(0);
    let before = project.read("weighted.csv");
    rake(&project, &[]).expect(2).says("E45").says("the file exists");
    assert_eq!(project.read("weighted.csv"), before);
    rake(&project, &["--force"]).expect(0);
    let data = project.read("poll.csv");
    project
        .run(&["weight", "trim", "poll.csv", "-w", "w", "--upper", "1.5", "--out", "poll.csv", "--force"])
        .expect(2)
        .says("the command reads this file");
    assert_eq!(project.read("poll.csv"), data);
    project
        .run(&["weight", "trim", "poll.csv", "-w", "w", "--upper", "1.5", "--out", "t.parquet"])
        .expect(2)
        .says(".csv");
    project
        .run(&["weight", "trim", "poll.csv", "-w", "w", "--upper", "1.5", "--out", "no/t.csv"])
        .expect(2)
        .says("no/t.csv");
    project
        .run(&["weight", "trim", "poll.csv", "--upper", "1.5", "--out", "t.csv"])
        .expect(0)
        .says("every row counts 1");
    project.run(&["weight", "trim", "poll.csv", "-w", "w", "--lower", "3", "--upper", "2", "--out", "t.csv"]).expect(2);
}

#[test]
fn estimate_knows_of_the_adjustment_or_says_that_it_does_not() {
    let project = poll();
    rake(&project, &[]).expect(0);
    let estimate = |args: &[&str]| {
        project.run(&[&["estimate", "weighted.csv", "--mean", "income", "--format", "json"], args].concat())
    };
    let given = estimate(&["-w", "new_weight"]).expect(0).says("--calibrated-by weighted.weights.toml");
    let known = estimate(&["--calibrated-by", "weighted.weights.toml"]).expect(0).prints("residuals");
    let number = |run: &Run, key: &str| {
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        document["results"][0][key].as_f64().unwrap()
    };
    assert_eq!(number(&given, "estimate"), number(&known, "estimate"));
    assert!(number(&known, "se") < number(&given, "se"));
    estimate(&["--calibrated-by", "weighted.weights.toml", "-w", "id"]).expect(2).says("leave out `--weight`");
    let text = project.read("weighted.csv");
    project.write("weighted.csv", text.replacen("1,1,f,young,10", "1,5,f,young,10", 1));
    estimate(&["--calibrated-by", "weighted.weights.toml"]).expect(2).says("not what the record leads to");
    project.write("weighted.csv", text).edit("weighted.weights.toml", "base_weight", "base_wieght");
    estimate(&["--calibrated-by", "weighted.weights.toml"]).expect(2).says("did you mean `base_weight`?");
}

#[test]
fn replicates_bring_their_design_file() {
    let project = poll();
    let args = ["--type", "rao-wu", "--number", "20", "--seed", "7", "--prefix", "boot"];
    weight(&project, "replicates", &args).expect(0).prints("20 bootstrap replicates").says("weighted.design.toml");
    assert_eq!(column(&project, "weighted.csv", "boot20").len(), 6);
    let estimate = ["estimate", "weighted.csv", "--design", "weighted.design.toml", "--mean", "income"];
    project.run(&estimate).expect(0).prints("20 bootstrap replicates").prints("scale 0.05");
    let first = project.read("weighted.csv");
    weight(&project, "replicates", &[&args[..], &["--force"]].concat()).expect(0);
    assert_eq!(project.read("weighted.csv"), first);
    weight(&project, "replicates", &["--type", "brr", "--force"]).expect(2).says("two units in each stratum");
    weight(&project, "replicates", &["--type", "fay", "--force"]).expect(2).says("--keep");
}

#[test]
fn weighting_inside_a_project_touches_only_its_output() {
    let project = Project::tiny();
    project.write("poll.csv", POLL).write("targets.csv", TARGETS);
    let before = project.files("reports");
    let args = ["weight", "rake", "poll.csv", "-w", "w", "--targets", "targets.csv", "--out", "weighted.csv"];
    project.run_with(&args, &[("OPROS_THREADS", "2")], project.root()).expect(0);
    assert!(project.files("reports") == before);
}
