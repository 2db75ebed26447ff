//! Contrasts of results, as R has them.

use serde_json::Value;

use crate::common::Project;
use crate::golden::{Case, cases, data};
use crate::results;

/// The row of a contrast, from the data and the design of a case.
fn contrast(case: &Case, flags: &[&str]) -> Value {
    let project = Project::empty();
    let mut args = vec!["estimate".to_owned(), case.file()];
    args.extend(case.design());
    args.extend(["--format".to_owned(), "json".to_owned()]);
    args.extend(flags.iter().map(|flag| (*flag).to_owned()));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let rows = results(&project.run(&args).expect(0));
    rows.into_iter().find(|row| row["statistic"] == "contrast").unwrap()
}

#[test]
fn contrasts_are_those_of_r() {
    let difference = ["--mean", "api00", "--by", "stype", "--contrast", "c1 = mean(api00)[E] - mean(api00)[H]"];
    let ratio = ["--mean", "api00", "--by", "sch.wide", "--contrast", "mean(api00)[Yes] / mean(api00)[No]"];
    let odds = ["--mean", "q2", "--missing", "exclude", "--contrast", "log(mean(q2) / (1 - mean(q2)))"];
    let both = ["--mean", "api00,api99", "--contrast", "mean(api00) / mean(api99)"];
    let sum = ["--total", "enroll,api.stu", "--contrast", "sum = total(enroll) + total(api.stu)"];
    let lead =
        ["--proportion", "vote", "--missing", "exclude", "--contrast", "proportion(vote, A) - proportion(vote, B)"];
    let asked: [(&str, &[&str]); 6] = [
        ("difference_of_domains", &difference),
        ("domain_ratio_nonlinear", &ratio),
        ("log_odds", &odds),
        ("ratio_of_means_nonlinear", &both),
        ("total_add", &sum),
        ("poll_lead", &lead),
    ];
    let data_sets = ["apistrat", "apiclus1", "poll"];
    for (name, flags) in asked {
        let case = cases("contrast", &data_sets, |case| case.name == name).remove(0);
        let found = contrast(&case, flags);
        let expected = case.expected()["estimates"].as_array().unwrap().first().unwrap();
        for key in ["estimate", "se"] {
            case.compare(key, &found[key], &expected[key]);
        }
        assert!(found["ci_low"].as_f64().unwrap() < found["estimate"].as_f64().unwrap(), "{name}");
    }
}

// A separate ratio estimate of a total adds the ratios of the strata, weighted by the known totals of the denominator; where the sample
// has these totals itself, it is the plain total of the numerator. Cochran (1977), section 6.10.
#[test]
fn separate_ratios_are_contrasts_of_ratios_by_stratum() {
    let project = Project::empty();
    project.write("apistrat.csv", std::fs::read(data("apistrat.csv")).unwrap());
    let design = ["-w", "pw", "--strata", "stype", "--population-size", "fpc", "--format", "json", "--by", "stype"];
    let run =
        |flags: &[&str]| results(&project.run(&[&["estimate", "apistrat.csv"], &design[..], flags].concat()).expect(0));
    let totals = run(&["--total", "enroll,api.stu"]);
    let of = |name: &str, at: usize| {
        totals.iter().filter(|row| row["variable"] == name).nth(at).unwrap()["estimate"].as_f64().unwrap()
    };
    let parts: Vec<String> =
        (0..3).map(|at| format!("{} * ratio(api.stu/enroll)[{}]", of("enroll", at), ["E", "H", "M"][at])).collect();
    let found = run(&["--ratio", "api.stu/enroll", "--contrast", &format!("separate = {}", parts.join(" + "))]);
    let separate = found.iter().find(|row| row["statistic"] == "contrast").unwrap();
    let plain: f64 = (0..3).map(|at| of("api.stu", at)).sum();
    assert!((separate["estimate"].as_f64().unwrap() / plain - 1.0).abs() < 1e-12, "{separate}");
    // Strata are independent: variances of the ratios add up.
    let ratios = found.iter().filter(|row| row["statistic"] == "ratio");
    let variance: f64 =
        ratios.enumerate().map(|(at, row)| (of("enroll", at) * row["se"].as_f64().unwrap()).powi(2)).sum();
    assert!((separate["se"].as_f64().unwrap() / variance.sqrt() - 1.0).abs() < 1e-10, "{separate}");
    assert_eq!((&separate["stype"], &separate["n"]), (&Value::Null, &Value::from(200)));
}

#[test]
fn a_contrast_without_groups_is_made_in_each() {
    let project = Project::empty();
    project.write("apistrat.csv", std::fs::read(data("apistrat.csv")).unwrap());
    let design =
        ["estimate", "apistrat.csv", "-w", "pw", "--strata", "stype", "--population-size", "fpc", "--by", "stype"];
    let gain = ["--mean", "api00,api99", "--contrast", "gain = mean(api00) - mean(api99)", "--format", "json"];
    let found = results(&project.run(&[&design[..], &gain].concat()).expect(0));
    let gains: Vec<&Value> =
        found.iter().filter(|row| row["statistic"] == "contrast").map(|row| &row["stype"]).collect();
    assert_eq!(gains, ["E", "H", "M"]);
}

#[test]
fn what_a_contrast_cannot_name_is_told() {
    let project = Project::empty();
    project.write("apistrat.csv", std::fs::read(data("apistrat.csv")).unwrap());
    let design = ["estimate", "apistrat.csv", "-w", "pw", "--by", "stype", "--mean", "api00", "--proportion", "awards"];
    let refused = |text: &str| project.run(&[&design[..], &["--contrast", text]].concat()).expect(2);
    refused("mean(api00)[E] - mean(api99)[H]").says("no mean of `api99`").says("--mean api99");
    refused("mean(api00)[E] - mean(api00)[X]").says("no group `[X]`").says("`[H]`");
    refused("mean(api00)[E] - mean(api00)").says("group of some results and not of others");
    refused("proportion(awards)[E] - 1").says("does not say which answer").says("proportion(awards, Yes)");
    refused("proportion(awards, yes)[E] - 1").says("no answer `yes`").says("`Yes`");
    refused("median(api00)[E] - 1").says("contrasts know no `median`");
    refused("mean(api00)[E] -").says("ends too early");
    let run = project.run(&[&design[..], &["--contrast", "log(mean(api00) - mean(api00))"]].concat()).expect(0);
    run.prints("the expression has no value");
}
