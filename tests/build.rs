//! `opros build` on a study of invented towns: what is written, when nothing is, and that only the data decide.

mod common;

use std::collections::BTreeMap;

use common::{Project, command};

const OUT: &str = "reports/tiny";

fn built() -> (Project, BTreeMap<String, Vec<u8>>) {
    let project = Project::tiny();
    project.run(&["build"]).expect(0);
    let files = project.files(OUT);
    (project, files)
}

#[test]
fn a_study_becomes_a_report_with_its_tables_and_records() {
    let project = Project::tiny();
    project.run(&["build"]).expect(0).prints("tiny: ").prints(" figures, 4 claims (");
    let files = project.files(OUT);
    let figures = [
        "bridge-trend",
        "bridge-answers",
        "approval",
        "vale",
        "vale-steps",
        "places",
        "gap",
        "council",
        "landmarks",
        "per-head",
    ];
    for figure in figures {
        for ending in ["svg", "csv", "json"] {
            assert!(files.contains_key(&format!("figures/{figure}.{ending}")), "{figure}.{ending}");
        }
    }
    for file in ["report.md", "index.html", "results.json", "manifest.json", "tables/bridge.csv", "tables/bridge.json"]
    {
        assert!(files.contains_key(file), "{file}");
    }
    let text = project.read("reports/tiny/report.md");
    assert!(text.contains("In 2023 55% of adults in Arlen"), "{text}");
    // A pooled step names the polls nearest to it; of these only the month is known.
    assert!(text.contains("Lakeside Polls, February 2019"), "{text}");
    let picture = project.read("reports/tiny/figures/vale.svg");
    for words in ["Smoothed level", "How much higher a house reads than the level", "Harbour Research"] {
        assert!(picture.contains(words), "{words}");
    }
    assert!(!text.contains("{{") && !text.contains("<!--block"), "{text}");
}

#[test]
fn the_table_beside_a_figure_has_the_shared_columns() {
    let (project, _) = built();
    let table = project.read("reports/tiny/figures/bridge-trend.csv");
    let header = table.lines().next().unwrap();
    assert!(
        header.contains(
            "estimate,se,ci_low,ci_high,level,ci_method,degf,deff,deff_reference,n,n_eff,sum_w,n_psus,reason,flags,source"
        ),
        "{header}"
    );
    assert!(table.contains("datasets/polls/toplines.csv:"), "{table}");
    let json: serde_json::Value =
        serde_json::from_str(&project.read("reports/tiny/figures/bridge-trend.json")).unwrap();
    assert_eq!(json["rows"].as_array().unwrap().len(), table.lines().count() - 1);
}

#[test]
fn the_manifest_says_what_the_report_was_made_from() {
    let (project, files) = built();
    let manifest: serde_json::Value = serde_json::from_str(&project.read("reports/tiny/manifest.json")).unwrap();
    assert_eq!(manifest["study"], "tiny");
    let inputs = manifest["inputs"].as_array().unwrap();
    let toplines = inputs.iter().find(|input| input["file"] == "datasets/polls/toplines.csv").unwrap();
    assert_eq!(toplines["blake3"].as_str().unwrap().len(), 64);
    assert_eq!(toplines["rows_read"], 44);
    let listed = manifest["files"].as_array().unwrap();
    for name in listed {
        assert!(files.contains_key(name.as_str().unwrap()), "{name}");
    }
    assert!(!listed.iter().any(|name| name == "index.html" || name == "report.toml"));
    let claims = manifest["claims"].as_array().unwrap();
    assert_eq!(claims.len(), 4);
    assert_eq!(claims[0]["verdict"], "supported");
    assert_eq!(claims[1]["verdict"], "contradicted");
    assert_eq!(claims[3]["verdict"], "not_testable");
    assert_eq!(claims[0]["evidence"][0]["result"], "bridge/lakeside-2023-04/positive");
    assert!(claims[0]["evidence"][0]["n"].is_u64());
    let figures = manifest["figures"].as_array().unwrap();
    assert_eq!(figures.len(), files.keys().filter(|name| name.ends_with(".svg")).count());
    assert!(figures.iter().all(|figure| !figure["results"].as_array().unwrap().is_empty()));
}

#[test]
fn the_page_is_self_contained_and_accessible() {
    let (project, _) = built();
    let page = project.read("reports/tiny/index.html");
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
    for part in ["<main", "<nav", "aria-label", "@media print", "data:font/woff2;base64,", "<svg", "verdict supported"]
    {
        assert!(page.contains(part), "{part}");
    }
    let outside: Vec<&str> = page.match_indices("src=\"").map(|(at, _)| &page[at..at + 40]).collect();
    assert!(outside.is_empty(), "{outside:?}");
    assert!(!page.contains("<script") && !page.contains("url(http") && !page.contains("@import"));
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut unique = ids.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(ids.len(), unique.len(), "ids of a page are unique");
}

#[test]
fn a_second_build_changes_no_byte() {
    let (project, first) = built();
    project.run(&["build"]).expect(0);
    assert!(project.files(OUT) == first);
    project.run(&["build", "--check"]).expect(0).prints("tiny: current");
}

#[test]
fn threads_locale_time_zone_and_folder_change_no_byte() {
    let (project, first) = built();
    let surroundings = [
        ("", [("LC_ALL", "C"), ("TZ", "Pacific/Kiritimati"), ("OPROS_THREADS", "1")]),
        ("datasets/polls", [("LC_ALL", "ru_RU.UTF-8"), ("LANG", "ru_RU.UTF-8"), ("OPROS_THREADS", "7")]),
        ("reports/tiny", [("LC_ALL", "tr_TR.UTF-8"), ("TZ", "America/St_Johns"), ("OPROS_THREADS", "3")]),
        ("reports", [("LC_ALL", ""), ("HOME", "/nonexistent"), ("OPROS_THREADS", "")]),
    ];
    for (folder, environment) in surroundings {
        std::fs::remove_file(project.path("reports/tiny/manifest.json")).unwrap();
        std::fs::remove_dir_all(project.path("reports/tiny/figures")).unwrap();
        project.run_with(&["build"], &environment, &project.path(folder)).expect(0);
        let files = project.files(OUT);
        for (name, bytes) in &first {
            assert!(files.get(name) == Some(bytes), "{name} differs in `{folder}` with {environment:?}");
        }
        assert_eq!(files.len(), first.len());
    }
}

#[test]
fn another_place_on_the_disk_changes_no_byte() {
    let (_, first) = built();
    let (_, second) = built();
    assert!(first == second);
}

#[test]
fn outside_a_project_the_way_in_is_told_and_nothing_is_written() {
    let project = Project::empty();
    project.run(&["build", "--out", "here"]).expect(2).says("R01").says("reports/");
    assert!(project.files("").is_empty());
}

#[test]
fn out_writes_elsewhere_and_leaves_the_study_alone() {
    let project = Project::tiny();
    let before = project.files(OUT);
    project.run(&["build", "tiny", "--out", "elsewhere/deep"]).expect(0);
    assert!(project.files(OUT) == before);
    assert!(project.files("elsewhere/deep/tiny").contains_key("report.md"));
}

#[test]
fn only_writes_the_files_of_the_figures_asked_for() {
    let project = Project::tiny();
    project.run(&["build", "--only", "gap", "--out", "part"]).expect(0);
    let names: Vec<String> = project.files("part/tiny").into_keys().collect();
    assert_eq!(names, ["figures/gap.csv", "figures/gap.json", "figures/gap.svg"]);
}

#[test]
fn a_figure_that_the_text_does_not_show_is_a_warning() {
    let project = Project::tiny();
    project.edit("reports/tiny/text.en.md", "{{ figure('gap') }}\n", "");
    project.run(&["build", "-v"]).expect(0).says("R08").says("figure `gap`");
    assert!(project.read("reports/tiny/manifest.json").contains("R08 reports/tiny/text.en.md"));
}

#[test]
fn files_of_an_earlier_build_go_when_their_figure_goes() {
    let (project, _) = built();
    project.edit("reports/tiny/text.en.md", "{{ figure('gap') }}\n", "");
    let definition = project.read("reports/tiny/analyses.toml");
    let start = definition.find("[[figure]]\nid = \"gap\"").unwrap();
    let end = definition[start + 1..].find("[[figure]]").unwrap() + start + 1;
    project.write("reports/tiny/analyses.toml", format!("{}{}", &definition[..start], &definition[end..]));
    project.run(&["build", "--check"]).expect(1).prints("tiny: stale figures/gap.svg");
    project.run(&["build"]).expect(0);
    assert!(!project.files(OUT).keys().any(|name| name.starts_with("figures/gap.")));
    project.run(&["build", "--check"]).expect(0);
}

#[test]
fn check_lists_changed_numbers_and_writes_nothing() {
    let (project, _) = built();
    let data = "datasets/polls/toplines.csv";
    let poll = "harbour-2022-11,bridge,Should the old stone bridge at Brookham be kept?";
    project.edit(data, &format!("{poll},keep_rather,Rather yes,35"), &format!("{poll},keep_rather,Rather yes,36"));
    project.edit(
        data,
        &format!("{poll},all_one,It is all one to me,19"),
        &format!("{poll},all_one,It is all one to me,18"),
    );
    let before = project.files(OUT);
    let run = project.run(&["build", "--check"]).expect(1);
    let run = run.prints("changed results.json").prints("number bridge/harbour-2022-11/positive: 0.53 (");
    assert!(run.stdout.contains(" → 0.54 ("), "{}", run.stdout);
    assert!(project.files(OUT) == before);
}

#[test]
fn check_of_a_report_that_was_never_built_lists_what_is_missing() {
    let project = Project::tiny();
    project.run(&["build", "--check"]).expect(1).prints("missing report.md");
}

#[test]
fn a_fresh_clone_without_pages_is_current() {
    let (project, _) = built();
    std::fs::remove_file(project.path("reports/tiny/index.html")).unwrap();
    project.run(&["build", "--check"]).expect(0);
}

#[test]
fn an_open_error_stops_the_build_before_anything_is_written() {
    let project = Project::tiny();
    let before = project.files(OUT);
    project.edit("datasets/polls/toplines.csv", ",41,1000,", ",141,1000,");
    project.run(&["build"]).expect(1).says("datasets/polls/toplines.csv");
    assert!(project.files(OUT) == before);
}

#[test]
fn an_output_folder_that_is_a_file_is_refused() {
    let project = Project::tiny();
    project.write("taken", "mine");
    project.run(&["build", "--out", "taken"]).expect(2).says("cannot write");
    assert_eq!(project.read("taken"), "mine");
    project.write("out/tiny", "mine");
    project.run(&["build", "--out", "out"]).expect(2).says("it is a file, not a folder");
    assert_eq!(project.read("out/tiny"), "mine");
}

#[test]
fn an_output_folder_that_cannot_be_written_is_refused() {
    // The kernel's own folder refuses new files even to root.
    let project = Project::tiny();
    project.run(&["build", "--out", "/proc/opros"]).expect(2).says("cannot write").says("hint");
}

#[test]
fn a_file_in_the_way_leaves_the_old_report_whole() {
    let (project, _) = built();
    std::fs::remove_file(project.path("reports/tiny/figures/gap.svg")).unwrap();
    project.write("reports/tiny/figures/gap.svg/in-the-way", "x");
    project.edit("reports/tiny/report.toml", "The old bridge and the mayor", "The new bridge and the mayor");
    let before = project.files(OUT);
    project.run(&["build"]).expect(2).says("gap.svg");
    assert!(project.files(OUT) == before);
}

#[test]
fn a_build_killed_half_way_leaves_a_whole_report_and_the_next_one_clears_up() {
    let (project, first) = built();
    for delay in [1, 5, 20, 60] {
        let mut child = command(&["build"], &[], project.root()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(delay));
        let _ = child.kill();
        child.wait().unwrap();
        for (name, bytes) in &first {
            assert!(project.files(OUT).get(name) == Some(bytes), "{name} after {delay} ms");
        }
    }
    project.write("reports/tiny/.opros-left/0", "half");
    project.run(&["build"]).expect(0);
    assert!(project.files(OUT) == first);
}

#[test]
fn a_number_typed_by_hand_stops_the_build() {
    let project = Project::tiny();
    project.edit("reports/tiny/text.en.md", "## Trend\n", "## Trend\n\nAbout 46% want it.\n");
    project.run(&["build"]).expect(1).says("text.en.md:13").says("number typed by hand: `46`");
}

#[test]
fn a_text_that_refers_to_nothing_is_told_with_its_line() {
    let project = Project::tiny();
    project.edit("reports/tiny/text.en.md", "figure('bridge-trend')", "figure('bridge-trnd')");
    project.run(&["build"]).expect(2).says("text.en.md:13").says("did you mean `bridge-trend`?");
}

#[test]
fn a_problem_in_the_text_of_a_figure_is_told_with_the_file_and_line_of_the_figure() {
    const LINE: &str = "analyses.toml:257 (figure gap, title)";
    let project = Project::tiny();
    project.edit("reports/tiny/analyses.toml", "The port approves less", "The port approves 9% less");
    project.run(&["build"]).expect(1).says(LINE).says("number typed by hand: `9`");
    project.edit("reports/tiny/analyses.toml", "approves 9% less", "approves {{ share('plces') }} less");
    project.run(&["build"]).expect(2).says(LINE).says("`plces` does not exist");
}

#[cfg(feature = "png")]
#[test]
fn pictures_come_with_their_format_and_change_nothing_else() {
    let (project, first) = built();
    project.run(&["build", "--format", "png"]).expect(0);
    let files = project.files(OUT);
    assert!(files["png/gap.png"].starts_with(b"\x89PNG"));
    assert!(first.iter().all(|(name, bytes)| files.get(name) == Some(bytes)));
}
