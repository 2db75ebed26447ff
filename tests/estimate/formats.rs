//! CSV files as other programs write them: semicolons, another encoding, decimal commas.

use crate::common::Project;
use crate::results;

const POLL: &str = "вес;город;доход\n1,5;Северск;12\u{a0}500,5\n2;Северск;8000\n1;Томск;9 100,25\n2,5;Томск;7000,5\n";

fn poll() -> Project {
    let project = Project::empty();
    project.write("poll.csv", encoding_rs::WINDOWS_1251.encode(POLL).0);
    project
}

#[test]
fn a_file_of_a_russian_spreadsheet_is_read_as_declared() {
    let project = poll();
    let flags = ["--encoding", "cp1251", "--delimiter", ";", "--decimal", ","];
    let ask = ["estimate", "poll.csv", "-w", "вес", "--total", "доход", "--format", "json"];
    let found = results(&project.run(&[&ask[..], &flags].concat()).expect(0));
    // 1.5 · 12500.5 + 2 · 8000 + 9100.25 + 2.5 · 7000.5.
    assert!((found[0]["estimate"].as_f64().unwrap() - 61_352.25).abs() < 1e-9, "{}", found[0]);
    project.write("design.toml", "weight = \"вес\"\nencoding = \"windows-1251\"\ndelimiter = \";\"\ndecimal = \",\"\n");
    let by_file = ["estimate", "poll.csv", "--design", "design.toml", "--total", "доход", "--where", "доход > 8000.5"];
    project.run(&[&by_file[..], &["--small-bases", "none"]].concat()).expect(0).prints("27,851");
    // Targets in the same format, or plain; what is written is plain.
    project.write(
        "targets.csv",
        encoding_rs::WINDOWS_1251.encode("variable;level;total\nгород;Северск;6,5\nгород;Томск;3,5\n").0,
    );
    let weight = ["weight", "poststratify", "poll.csv", "-w", "вес", "--targets", "targets.csv", "--out", "w.csv"];
    project.run(&[&weight[..], &flags].concat()).expect(0);
    assert!(project.read("w.csv").contains("\n1.5,Северск,12500.5,"), "{}", project.read("w.csv"));
    project.write("targets.csv", "variable,level,total\nгород,Северск,6.5\nгород,Томск,3.5\n");
    project.run(&[&weight[..], &flags, &["--force"]].concat()).expect(0);
}

#[test]
fn what_is_not_declared_is_refused_with_the_way_out() {
    let project = poll();
    let ask = ["estimate", "poll.csv", "-w", "вес", "--mean", "доход"];
    let with = |flags: &[&str]| project.run(&[&ask[..], flags].concat());
    with(&[]).expect(2).says("looks like windows-1251").says("--encoding windows-1251");
    with(&["--encoding", "cp1251"]).expect(2).says("separated by semicolons").says("--delimiter ';'");
    with(&["--encoding", "cp1251", "--delimiter", ";"]).expect(1).says("--decimal ,");
    with(&["--encoding", "cp1251", "--decimal", ","]).expect(2).says("cannot both separate cells");
    with(&["--encoding", "martian"]).expect(2).says("not known").says("windows-1251");
    with(&["--delimiter", "ab"]).expect(2).says("cannot separate cells");
    with(&["--delimiter", ";", "--decimal", "'"]).expect(2).says("no decimal mark");
}
