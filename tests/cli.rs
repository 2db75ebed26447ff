//! The command line as a person meets it: help, messages, exit codes.

mod common;

use std::io::Read;
use std::process::Stdio;

use common::{Project, command};

#[test]
fn help_begins_with_examples() {
    let project = Project::empty();
    for args in
        [&["--help"][..], &["build", "--help"], &["validate", "--help"], &["trace", "--help"], &["explain", "-h"]]
    {
        let run = project.run(args).expect(0);
        let (examples, usage) = (run.stdout.find("Examples:").unwrap(), run.stdout.find("Usage:").unwrap());
        assert!(examples < usage, "{}", run.stdout);
    }
    project.run(&["--version"]).expect(0).prints(env!("CARGO_PKG_VERSION"));
}

#[test]
fn wrong_usage_is_code_2_and_says_how() {
    let project = Project::empty();
    project.run(&[]).expect(2).says("Usage:");
    project.run(&["biuld"]).expect(2).says("'build'");
    project.run(&["build", "--chek"]).expect(2).says("'--check'");
    project.run(&["build", "--threads", "0"]).expect(2).says("--threads");
    project.run(&["build", "--quiet", "-v"]).expect(2);
}

#[test]
fn an_unknown_study_is_told_with_the_closest() {
    let project = Project::tiny();
    project.run(&["build", "tinny"]).expect(2).says("no study is called `tinny`").says("did you mean `tiny`?");
    project.run(&["trace", "x", "--study", "zzz"]).expect(2).says("studies here: tiny");
}

#[test]
fn an_unknown_figure_is_told_with_the_closest() {
    let project = Project::tiny();
    let before = project.files("reports");
    project.run(&["build", "--only", "bridge-trnd"]).expect(2).says("did you mean `bridge-trend`?");
    assert!(project.files("reports") == before);
}

#[test]
fn a_misspelt_key_of_the_definition_is_told_with_its_line() {
    let project = Project::tiny();
    project.edit("reports/tiny/report.toml", "summary = ", "sumary = ");
    project.run(&["build"]).expect(2).says("report.toml:8").says("did you mean `summary`?");
}

#[test]
fn a_study_has_one_name() {
    let project = Project::tiny();
    project.edit("reports/tiny/report.toml", "id = \"tiny\"", "id = \"small\"");
    project.run(&["build"]).expect(2).says("R13").says("got: small, expected: tiny");
}

#[test]
fn an_unknown_question_of_the_definition_is_told() {
    let project = Project::tiny();
    project.edit("reports/tiny/analyses.toml", "question = \"bridge\"", "question = \"brigde\"");
    project.run(&["build"]).expect(2).says("brigde").says("did you mean `bridge`?");
}

#[test]
fn threads_of_the_environment_are_checked() {
    let project = Project::tiny();
    project.run_with(&["schema"], &[("OPROS_THREADS", "many")], project.root()).expect(2).says("OPROS_THREADS");
    project.run_with(&["schema"], &[("OPROS_THREADS", "2")], project.root()).expect(0);
}

#[test]
fn trace_tells_value_method_and_lines() {
    let project = Project::tiny();
    project
        .run(&["trace", "bridge/lakeside-2023-04/positive"])
        .expect(0)
        .prints("55.0%")
        .prints("Should the old stone bridge at Brookham be kept?")
        .prints("datasets/polls/toplines.csv")
        .prints("lakeside-2023-04,bridge,");
    let run = project.run(&["trace", "bridge/lakeside-2023-04/positive", "--format", "json"]).expect(0);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["estimate"], 0.55);
    assert_eq!(json["n"], 998);
}

#[test]
fn trace_of_the_start_of_ids_lists_them_and_of_an_unknown_one_names_the_closest() {
    let project = Project::tiny();
    project.run(&["trace", "names"]).expect(0).prints("names/stone-vale\t");
    let run = project.run(&["trace", "names", "--format", "json"]).expect(0);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(json.as_array().unwrap().iter().any(|record| record["id"] == "names/stone-vale"));
    project.run(&["trace", "names/stone-vael"]).expect(2).says("did you mean `names/stone-vale`?");
}

#[test]
fn explain_knows_its_codes() {
    let project = Project::empty();
    project.run(&["explain"]).expect(0).prints("V01").prints("R05");
    project.run(&["explain", "R06"]).expect(0).prints("R06");
    project.run(&["explain", "v01"]).expect(0).prints("V01");
    project.run(&["explain", "Q99"]).expect(2).says("Q99");
}

#[test]
fn schema_is_json() {
    let run = Project::empty().run(&["schema"]).expect(0);
    let schema: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(schema["properties"]["figure"].is_object());
}

#[test]
fn validate_speaks_to_people_and_machines() {
    let project = Project::tiny();
    project.run(&["validate"]).expect(0);
    project.edit("datasets/polls/toplines.csv", ",41,1000,", ",141,1000,");
    project.run(&["validate"]).expect(1).prints("datasets/polls/toplines.csv");
    let run = project.run(&["validate", "--format", "json"]).expect(1);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(json.to_string().contains("toplines.csv"), "{json}");
}

#[test]
fn quiet_runs_say_nothing_when_all_is_well() {
    let run = Project::tiny().run(&["build", "--quiet"]).expect(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
}

#[test]
fn messages_have_colour_only_when_asked_for() {
    let project = Project::tiny();
    let plain = project.run_with(&["build", "tinny"], &[("NO_COLOR", "1")], project.root()).expect(2);
    assert!(!plain.stderr.contains('\u{1b}'));
    let coloured = project.run(&["build", "tinny", "--color", "always"]).expect(2);
    assert!(coloured.stderr.contains('\u{1b}'));
}

#[cfg(not(feature = "png"))]
#[test]
fn pictures_that_this_program_cannot_make_are_refused() {
    let project = Project::tiny();
    project.run(&["build", "--format", "png"]).expect(2).says("R09");
    assert!(!project.files("reports").contains_key("tiny/report.md"));
}

#[test]
fn a_closed_pipe_is_success() {
    let project = Project::empty();
    let mut child =
        command(&["schema"], &[], project.root()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The reader goes away before anything was read.
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{said}");
    assert_eq!(said, "");
}
