//! What the repository promises beside its code: links lead somewhere, the README's commands exist, reports are current.

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The targets of Markdown links and pictures that lead into the repository.
fn local_links(text: &str) -> Vec<String> {
    let targets =
        text.match_indices("](").filter_map(|(at, _)| text[at + 2..].split_once(')').map(|(target, _)| target));
    targets
        .filter(|target| !target.contains("://") && !target.starts_with('#'))
        .map(|target| target.split('#').next().unwrap_or("").to_owned())
        .collect()
}

fn missing_links(file: &str, text: &str) -> Vec<String> {
    let folder = Path::new(file).parent().unwrap_or(Path::new(""));
    local_links(text).into_iter().filter(|target| !root().join(folder).join(target).exists()).collect()
}

#[test]
fn links_lead_somewhere() {
    for file in
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "BENCHMARKS.md", "datasets/README.md"]
    {
        let text = read(file);
        assert_eq!(missing_links(file, &text), Vec::<String>::new(), "{file}");
    }
}

#[test]
fn a_dead_link_is_seen() {
    assert_eq!(missing_links("README.md", "see [this](no-such-file.md)"), ["no-such-file.md"]);
}

#[test]
fn commands_of_the_readme_exist() {
    let readme = read("README.md");
    let named =
        readme.split('`').filter_map(|code| code.strip_prefix("opros ")).filter_map(|rest| rest.split(' ').next());
    let mut commands: Vec<&str> = named.filter(|word| word.bytes().all(|b| b.is_ascii_lowercase())).collect();
    commands.sort_unstable();
    commands.dedup();
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        let help = Command::new(env!("CARGO_BIN_EXE_opros")).args([command, "--help"]).output().unwrap();
        assert!(help.status.success(), "opros {command} --help");
    }
}

#[test]
fn committed_reports_are_what_the_data_give() {
    let check =
        Command::new(env!("CARGO_BIN_EXE_opros")).args(["build", "--check"]).current_dir(root()).output().unwrap();
    let said = String::from_utf8_lossy(&check.stdout).into_owned() + &String::from_utf8_lossy(&check.stderr);
    assert_eq!(check.status.code(), Some(0), "run `cargo run --release -- build` and commit reports/\n{said}");
}
