//! Choices of a design that mean nothing together, and what the notes say about those that were taken.

use crate::common::Project;
use crate::{DESIGN, estimate, poll, results};

#[test]
fn a_stratum_without_a_stage_is_told_and_crossing_works() {
    let project = poll();
    let mean = ["--mean", "age", "--format", "json"];
    let with = |flags: &[&str]| estimate(&project, &[flags, &mean].concat());
    for psu in [&[][..], &["--psu", "id"]] {
        let run = with(&[&["-w", "w", "--strata", "region,vote", "--na", "x"], psu].concat()).expect(2);
        run.says("E41").says("--strata region:vote");
    }
    // Crossed strata are those of a column that holds the same combinations.
    let lines = project.read("poll.csv");
    let joined: String = lines
        .lines()
        .enumerate()
        .map(|(at, line)| {
            let fields: Vec<&str> = line.split(',').collect();
            let last = if at == 0 { "both".to_owned() } else { format!("{}/{}", fields[2], fields[3]) };
            format!("{line},{last}\n")
        })
        .collect();
    project.write("poll.csv", joined);
    let crossed = results(&with(&["-w", "w", "--strata", "region:town"]).expect(0));
    assert_eq!(crossed, results(&with(&["-w", "w", "--strata", "both"]).expect(0)));
    assert_ne!(crossed, results(&with(&["-w", "w", "--strata", "region"]).expect(0)));
    with(&["-w", "w", "--strata", "region:twon"]).expect(2).says("did you mean `town`");
}

#[test]
fn flags_without_what_they_need_are_refused() {
    let project = poll();
    let refused = |args: &[&str]| estimate(&project, &[&DESIGN[..], args].concat()).expect(2).says("E41");
    refused(&["--mean", "age", "--adjust-domain-lonely"]).says("--lonely-psu center");
    refused(&["--mean", "age", "--adjust-domain-lonely", "--lonely-psu", "certainty"]).says("--lonely-psu average");
    refused(&["--quantile", "age", "--quantile-ci", "replicates"]).says("--replicates");
    estimate(&project, &[&DESIGN[..], &["--mean", "age", "--adjust-domain-lonely", "--lonely-psu", "adjust"]].concat())
        .expect(0);
}

#[test]
fn pairs_of_rows_are_named_and_lonely_rows_are_met_truly() {
    let project = Project::empty();
    project.write("pps.csv", "p,s,y\n0.2,a,3\n0.4,a,5\n0.3,a,1\n0.5,b,2\n0.1,b,9\n");
    let run = |file: &str, flags: &[&str]| {
        project.run(&[&["estimate", file, "--probabilities", "p", "--total", "y", "--strata", "s"], flags].concat())
    };
    run("pps.csv", &["--joint", "overton"])
        .expect(0)
        .prints("unequal probabilities, pairs by Overton, variance of Horvitz–Thompson")
        .prints("Weights: from the inclusion probabilities");
    run("pps.csv", &["--joint", "hartley-rao", "--yates-grundy"])
        .expect(0)
        .prints("pairs by Hartley–Rao, variance of Yates–Grundy");
    project.write("lonely.csv", "p,s,y\n0.2,a,3\n0.4,a,5\n0.3,a,1\n0.5,b,2\n");
    // Yates and Grundy's variance compares rows of a stratum; Horvitz and Thompson's has a part of each row.
    run("lonely.csv", &["--joint", "overton", "--yates-grundy"]).expect(2).says("`b`").says("--lonely-psu");
    run("lonely.csv", &["--joint", "overton", "--yates-grundy", "--lonely-psu", "remove"])
        .expect(0)
        .prints("lonely strata: remove, 1 at stage 1");
    run("lonely.csv", &["--joint", "overton"])
        .expect(0)
        .prints("1 at stage 1, which add their own part of the variance");
    run("lonely.csv", &["--joint", "overton", "--lonely-psu", "center"]).expect(2).says("pairs of rows");
}

#[test]
fn every_format_has_the_coefficient_of_variation() {
    let project = poll();
    let age = [&DESIGN[..], &["--mean", "age", "--small-bases", "none"]].concat();
    let json = results(&estimate(&project, &[&age[..], &["--format", "json"]].concat()).expect(0));
    let (value, se) = (json[0]["estimate"].as_f64().unwrap(), json[0]["se"].as_f64().unwrap());
    assert_eq!(json[0]["cv"].as_f64().unwrap(), se / value);
    let percent = format!("{:.1}%", 100.0 * se / value);
    let shown = [&age[..], &["--show", "cv"]].concat();
    estimate(&project, &shown).expect(0).prints(&percent);
    estimate(&project, &[&shown[..], &["--format", "md"]].concat()).expect(0).prints(&percent);
    let share = [&DESIGN[..], &["--cdf", "age", "--at", "0", "--format", "csv"]].concat();
    estimate(&project, &share).expect(0).prints(",,estimate is 0\n");
}

#[test]
fn the_rule_of_shah_and_vaish_comes_with_a_warning() {
    let project = poll();
    let args = [&DESIGN[..], &["--quantile", "age", "--quantile-rule", "shah-vaish"]].concat();
    estimate(&project, &args).expect(0).prints("limits need not lie around the quantile");
}
