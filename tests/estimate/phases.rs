//! Two phases and two frames by a design file, as R has them.

use std::path::Path;

use serde_json::Value;

use crate::common::Project;
use crate::golden::{Case, cases, data};
use crate::results;

fn more(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden_more").join(file);
    std::fs::read_to_string(folder).unwrap()
}

/// The columns of one phase, as a TOML list.
fn list(value: &Value) -> String {
    value.as_array().map_or("[]".to_owned(), |_| value.to_string())
}

/// A case of two phases as `design.toml`.
fn design_file(design: &Value) -> String {
    let mut text = format!("psu = {}\n", list(&design["ids"][0]));
    for (key, name) in [("strata", "strata"), ("fpc", "population_size"), ("probs", "probabilities")] {
        if design[key][0].is_array() {
            text.push_str(&format!("{name} = {}\n", design[key][0]));
        }
    }
    text.push_str(&format!("[second_phase]\ndrawn = {}\npsu = {}\n", design["subset"], design["ids"][1][0]));
    if design["strata"][1].is_array() {
        text.push_str(&format!("strata = {}\n", design["strata"][1][0]));
    }
    let method = if design["method"] == "full" { "full" } else { "approximate" };
    text.push_str(&format!("method = \"{method}\"\n"));
    text
}

#[test]
fn two_phases_by_a_design_file_are_those_of_r() {
    let project = Project::empty();
    project.write("phases.csv", more("data/phases.csv"));
    let names = ["ph_a1approx_tot", "ph_a4full_tot", "ph_c1approx_tot", "ph_d1approx_tot", "ph_f1full_tot"];
    for name in names {
        let json = serde_json::from_str(&more(&format!("cases/twophase/{name}.json"))).unwrap();
        let case = Case { name: name.to_owned(), json };
        project.write("design.toml", design_file(&case.json["design"]));
        let args = ["estimate", "phases.csv", "--design", "design.toml", "--format", "json", "--total", "y,z"];
        let found = results(&project.run(&args).expect(0));
        for (row, expected) in found.iter().zip(case.expected()["estimates"].as_array().unwrap()) {
            assert_eq!(row["variable"], expected["name"]);
            for key in ["estimate", "se", "ci_low", "ci_high"] {
                case.compare(key, &row[key], &expected[key]);
            }
            case.compare("degf", &row["degf"], &case.expected()["df"]);
        }
    }
}

// Rows outside the second phase have no answers; they are outside the base, not missing.
#[test]
fn answers_stand_in_the_second_phase_only() {
    let project = Project::empty();
    let text = "town,kind,drawn,vote\na,x,yes,1\na,x,no,\nb,x,yes,0\nb,y,yes,1\nc,y,no,\nc,y,yes,0\nc,x,yes,1\n";
    project.write("poll.csv", text);
    project.write(
        "design.toml",
        "psu = \"town\"\npopulation_size = \"30\"\n[second_phase]\ndrawn = \"drawn\"\nstrata = \"kind\"\n",
    );
    let run = project.run(&["estimate", "poll.csv", "--design", "design.toml", "--mean", "vote"]).expect(0);
    run.prints("7 rows of phase 1, 3 first-stage units; phase 2: 5 rows, 5 units in 2 strata");
    project.edit("design.toml", "\"kind\"", "\"kin\"");
    project.run(&["estimate", "poll.csv", "--design", "design.toml", "--mean", "vote"]).expect(2).says("kin");
    project.edit("design.toml", "\"kin\"", "\"kind\"").edit("poll.csv", "b,x,yes", "b,x,perhaps");
    let run = project.run(&["estimate", "poll.csv", "--design", "design.toml", "--mean", "vote"]).expect(1);
    run.says("holds other marks than yes and no").says("perhaps");
}

// Hartley's estimator: each frame by itself, rows of the overlap with their share of the weight; variances add up.
#[test]
fn two_frames_by_a_design_file_are_those_of_r() {
    let project = Project::empty();
    let mut text = String::from("frame,both,p,Lei,Feed,Tax,Clo\n");
    for (file, frame, overlap, p) in [("phone_a.csv", "A", "ab", 8), ("phone_b.csv", "B", "ba", 9)] {
        let read = std::fs::read_to_string(data(file)).unwrap();
        let header: Vec<&str> = read.lines().next().unwrap().split(',').collect();
        assert_eq!(header[p], format!("Prob{frame}"));
        let at = |name: &str| header.iter().position(|column| *column == name).unwrap();
        for line in read.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let values = ["Lei", "Feed", "Tax", "Clo"].map(|name| cells[at(name)]).join(",");
            text.push_str(&format!("{frame},{},{},{values}\n", u8::from(cells[0] == overlap), cells[p]));
        }
    }
    project.write("phones.csv", text);
    for case in cases("survey45", &["phone_a"], |case| case.json["design"]["kind"] == "dual_frame") {
        let theta = case.json["design"]["theta"].as_f64().unwrap();
        let shares = format!("{{ A = {theta}, B = {} }}", 1.0 - theta);
        let frames = format!("[frames]\ncolumn = \"frame\"\noverlap = \"both\"\nshares = {shares}\n");
        project.write("design.toml", format!("probabilities = \"p\"\njoint = \"simple-random\"\n{frames}"));
        let names = case.terms("formula");
        let procedure = format!("--{}", case.procedure());
        let args = ["estimate", "phones.csv", "--design", "design.toml", "--format", "json", &*procedure];
        let found = results(&project.run(&[&args[..], &[&*names.join(",")]].concat()).expect(0));
        for (row, expected) in found.iter().zip(case.expected()["estimates"].as_array().unwrap()) {
            assert_eq!(row["variable"], expected["name"]);
            case.compare("estimate", &row["estimate"], &expected["estimate"]);
            case.compare("se", &row["se"], &expected["se"]);
        }
    }
    project.edit("design.toml", "B = ", "C = ");
    let run = project.run(&["estimate", "phones.csv", "--design", "design.toml", "--mean", "Lei"]).expect(2);
    run.says("rows come from other frames").says("A, B");
}
