//! Statistics beside means and shares, and designs of unequal probabilities, as R has them.

use serde_json::Value;

use crate::common::Project;
use crate::golden::{Case, cases, data};
use crate::{DESIGN, estimate, poll, results, run_case};

const PPS: &str = "election_pps";

#[test]
fn unequal_probabilities_are_those_of_r() {
    let mut n_checked = 0;
    for case in cases("pps", &[PPS], |case| matches!(case.procedure(), "total" | "ratio")) {
        let pps = &case.json["design"]["pps"];
        let joint = match pps["method"].as_str() {
            Some("brewer") => &["--probabilities", "p"][..],
            Some("overton") => &["--probabilities", "p", "--joint", "overton"],
            Some("hartley_rao") if case.json["design"]["variance"] == "YG" => {
                &["--probabilities", "p", "--joint", "hartley-rao", "--yates-grundy"]
            }
            Some("hartley_rao") => &["--probabilities", "p", "--joint", "hartley-rao"],
            None => &[],
            // A matrix of joint probabilities is for the library.
            Some(_) => continue,
        };
        let names = case.terms(if case.procedure() == "ratio" { "numerator" } else { "formula" });
        let asked = match case.procedure() {
            "ratio" => format!("{}/{}", names[0], case.terms("denominator")[0]),
            _ => names.join(","),
        };
        let procedure = format!("--{}", case.procedure());
        let flags = [joint, &[&*procedure, &asked, "--degf", "design"]].concat();
        let mut design = case.design();
        // The cases put the probabilities in the place of population sizes.
        if let Some(at) = design.iter().position(|flag| flag == "--population-size") {
            design.drain(at..at + 2);
        }
        let all: Vec<&str> = ["estimate", PPS_FILE, "--format", "json"]
            .into_iter()
            .chain(design.iter().map(String::as_str))
            .chain(flags.iter().copied())
            .collect();
        let project = Project::empty();
        std::fs::copy(data("election_pps.csv"), project.path(PPS_FILE)).unwrap();
        let found = results(&project.run(&all).expect(0));
        for expected in case.expected()["estimates"].as_array().unwrap() {
            let row = found.iter().find(|row| row["variable"] == expected["name"]).unwrap();
            for key in ["estimate", "se"] {
                case.compare(key, &row[key], &expected[key]);
            }
        }
        n_checked += 1;
    }
    assert!(n_checked >= 8, "{n_checked} cases");
}

const PPS_FILE: &str = "pps.csv";

#[test]
fn probabilities_that_cannot_be_meant_are_told() {
    let project = Project::empty();
    std::fs::copy(data("election_pps.csv"), project.path(PPS_FILE)).unwrap();
    let run = |flags: &[&str]| project.run(&[&["estimate", PPS_FILE, "--total", "Bush"], flags].concat()).expect(2);
    run(&["-w", "wt", "--joint", "overton"]).says("--probabilities");
    run(&["--probabilities", "p", "--yates-grundy"]).says("--joint overton");
    run(&["--probabilities", "p", "--population-size", "votes"]).says("cannot be used with");
    let run = project.run(&["estimate", PPS_FILE, "--total", "Bush", "--probabilities", "votes"]).expect(1);
    run.says("a probability, more than 0 and at most 1");
    let run =
        ["estimate", PPS_FILE, "--total", "Bush", "--probabilities", "p", "--psu", "County", "--joint", "overton"];
    project.run(&run).expect(2).says("rows as units");
}

#[test]
fn counts_are_totals_of_categories_as_in_r() {
    let is_wanted = |case: &Case| case.procedure() == "total" && case.json["analysis"]["formula"] == "~stype";
    let found = cases("mean_total", &["apisrs", "apistrat", "apiclus1", "apiclus2"], is_wanted);
    assert!(!found.is_empty());
    for case in found {
        let rows = run_case(&case, &["--count", "stype", "--degf", "design"].map(str::to_owned));
        for expected in case.expected()["estimates"].as_array().unwrap() {
            let is_it = |row: &&Value| expected["name"] == format!("stype{}", row["answer"].as_str().unwrap());
            let row = rows.iter().find(is_it).unwrap();
            for key in ["estimate", "se", "ci_low", "ci_high"] {
                case.compare(key, &row[key], &expected[key]);
            }
        }
    }
}

#[test]
fn variances_and_standard_deviations_are_those_of_r() {
    let is_wanted = |case: &Case| {
        matches!(case.procedure(), "var" | "sd") && case.steps().is_empty() && case.terms("formula").len() == 1
    };
    let found = cases("variance", &["apisrs", "apistrat", "apiclus1", "apiclus2", "poll"], is_wanted);
    assert!(found.len() >= 4, "{} cases", found.len());
    for case in found {
        let name = case.terms("formula").remove(0);
        let flag = if case.procedure() == "sd" { "--sd" } else { "--variance" };
        let row = run_case(&case, &[flag, &name, "--missing", "exclude"].map(str::to_owned)).remove(0);
        let key = if case.procedure() == "sd" { "sd" } else { "variance" };
        case.compare(key, &row["estimate"], &case.expected()[key]);
        case.compare("se", &row["se"], &case.expected()["se"]);
    }
}

// The root of a variance has half its standard error over the root.
#[test]
fn a_standard_deviation_is_the_root_of_the_variance() {
    let project = poll();
    let flags = ["--variance", "age", "--sd", "age", "--by", "region", "--format", "json"];
    let found = results(&estimate(&project, &[&DESIGN[..], &flags].concat()).expect(0));
    let number = |row: &Value, key: &str| row[key].as_f64().unwrap();
    assert_eq!(found.len(), 4);
    for (variance, sd) in found[..2].iter().zip(&found[2..]) {
        let root = number(variance, "estimate").sqrt();
        assert!((number(sd, "estimate") - root).abs() < 1e-12);
        assert!((number(sd, "se") - number(variance, "se") / (2.0 * root)).abs() < 1e-12);
    }
    let refused = estimate(&project, &[&DESIGN[..], &["--sd", "income"]].concat()).expect(2);
    refused.says("--missing exclude");
}

// A value of the distribution function is the share of an answer, and the count of an answer its share of the sum.
#[test]
fn distribution_functions_are_shares_and_counts_are_shares_of_the_sum() {
    let project = poll();
    let with = |flags: &[&str]| {
        let flags = [&DESIGN[..], &["--missing", "exclude", "--format", "json"], flags].concat();
        results(&estimate(&project, &flags).expect(0))
    };
    let cdf = with(&["--cdf", "income", "--at", "35,90", "--ci", "logit"]);
    assert_eq!(cdf.iter().map(|row| row["answer"].clone()).collect::<Vec<_>>(), ["35", "90"]);
    // Incomes 10 (weight 1), 20 (1) of 14; 90 and less: all but the weights 1, 1 and 2 of the last three.
    let weights = [1.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 2.0, 1.0, 1.0, 2.0];
    let sum: f64 = weights.iter().sum();
    assert!((cdf[0]["estimate"].as_f64().unwrap() - 2.0 / sum).abs() < 1e-12, "{cdf:?}");
    assert!((cdf[1]["estimate"].as_f64().unwrap() - (sum - 4.0) / sum).abs() < 1e-12, "{cdf:?}");
    assert_eq!(cdf[0]["ci_method"], "logit");
    let (shares, counts) = (with(&["--proportion", "vote"]), with(&["--count", "vote"]));
    for (share, count) in shares.iter().zip(&counts) {
        assert_eq!(share["answer"], count["answer"]);
        let product = share["estimate"].as_f64().unwrap() * share["sum_w"].as_f64().unwrap();
        assert!((count["estimate"].as_f64().unwrap() - product).abs() < 1e-9);
    }
    estimate(&project, &[&DESIGN[..], &["--cdf", "income"]].concat()).expect(2).says("--at");
}
