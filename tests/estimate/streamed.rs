//! Rows that pass by and columns in memory give the same results.

use opros::numeric::stream::Stream;
use serde_json::Value;

use crate::common::Project;
use crate::{estimate, results};

/// 900 people in 4 regions and 24 towns, with jackknife replicates as factors and as weights.
fn people() -> Project {
    let mut random = Stream::named(9, "people that pass by");
    let sets = |prefix: &str| (1..=8).map(|r| format!("{prefix}{r}")).collect::<Vec<_>>().join(",");
    let mut text = format!("w,region,town,vote,income,{},{}\n", sets("f"), sets("r"));
    for row in 0..900 {
        let town = if row < 24 { row } else { random.index(24) };
        let weight = if random.chance(0.02) { 0.0 } else { 0.5 + random.uniform() };
        let vote = if random.chance(0.05) { "" } else { ["yes", "no", "none"][random.index(3)] };
        let income = if random.chance(0.05) { String::new() } else { (1e4 * random.exponential()).to_string() };
        let factors: Vec<f64> = (0..8).map(|r| if town % 8 == r { 0.0 } else { 8.0 / 7.0 }).collect();
        let listed = |weight: f64| factors.iter().map(|f| (f * weight).to_string()).collect::<Vec<_>>().join(",");
        let region = town / 6;
        text.push_str(&format!("{weight},{region},{town},{vote},{income},{},{}\n", listed(1.0), listed(weight)));
    }
    let project = Project::empty();
    project.write("poll.csv", text);
    project
}

/// `r*` takes the region as well: replicate weights may be anything, also where the weight is 0.
const DESIGNS: [&[&str]; 6] = [
    &["-w", "w"],
    &["-w", "w", "--strata", "region"],
    &["-w", "w", "--strata", "region", "--psu", "town"],
    &["-w", "w", "--replicates", "r*", "--replicate-type", "jk1"],
    &["-w", "w", "--replicates", "f*", "--replicate-type", "jk1", "--replicate-factors", "--mse", "--degf", "design"],
    &["-w", "w", "--psu", "town", "--replicates", "f*", "--replicate-type", "jk1", "--replicate-factors"],
];

const REQUESTS: [&[&str]; 5] = [
    &["--quantile", "income", "--probs", "0.1,0.5,0.9", "--by", "region", "--missing", "exclude"],
    &["--quantile", "income", "--quantile-rule", "midpoint", "--where", "vote == yes"],
    &["--quantile", "income", "--quantile-ci", "beta", "--by", "vote,region", "--missing", "exclude"],
    &["--proportion", "vote", "--by", "region", "--missing", "exclude", "--mean", "income", "--ratio", "income/town"],
    &["--total", "income,town", "--count", "vote", "--missing", "keep", "--where", "income > 2000"],
];

#[test]
fn rows_that_pass_by_give_the_bits_of_columns_in_memory() {
    let project = people();
    for design in DESIGNS {
        for request in REQUESTS {
            let args = [design, request, &["--format", "json"]].concat();
            let streamed = results(&estimate(&project, &args));
            // The scores of variances belong to rows, so they hold the columns of the request.
            let held = results(&estimate(&project, &[&args[..], &["--variance", "town"]].concat()));
            let held: Vec<Value> = held.into_iter().filter(|row| row["statistic"] != "variance").collect();
            assert!(!streamed.is_empty());
            assert_eq!(streamed, held, "{args:?}");
        }
    }
}

#[test]
fn problems_of_replicate_weights_are_told() {
    let project = people();
    let fails = |columns: &str, kind: &str| {
        let args = ["-w", "w", "--replicates", columns, "--replicate-type", kind, "--mean", "town"];
        estimate(&project, &args).expect(2)
    };
    fails("rep*", "jk1").says("no column fits the pattern `rep*`").says("columns: w, region");
    fails("r1,r22", "jk1").says("there is no column `r22`").says("did you mean `r2`?");
    fails("r1", "jk1").says("replicate weights are too few").says("'rep*'");
    fails("r1,r2", "jkn").says("one factor (rscale) a replicate").says("hint");
    let args = ["-w", "w", "--replicates", "r1,income", "--replicate-type", "jk1", "--mean", "town"];
    estimate(&project, &args).expect(1).says("`income` has no value");
}

#[test]
fn further_columns_are_shown_when_asked_for() {
    let project = people();
    let args = ["-w", "w", "--psu", "town", "--mean", "town", "--show", "cv,degf,n-eff,sum-w,ci-method"];
    let run = estimate(&project, &args).expect(0);
    for said in ["cv", "degf", "effective n", "sum of weights", "interval by", " 23 "] {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    let found = &results(&estimate(&project, &[&args[..], &["--format", "json"]].concat()))[0];
    let number = |key: &str| found[key].as_f64().unwrap();
    assert_eq!(number("cv"), number("se") / number("estimate"));
}
