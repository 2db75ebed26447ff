//! The shape of the house: imports point one way, nothing is tied to the built-in study, outputs know no machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What each module of `src` may import beside itself, as `ARCHITECTURE.md` has it.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("diagnostic", &[]),
    ("error", &["diagnostic"]),
    ("explain", &["diagnostic"]),
    ("study", &["diagnostic", "error"]),
    ("locale", &["study"]),
    ("numeric", &[]),
    ("rows", &[]),
    ("design", &["numeric", "rows"]),
    ("weighting", &["numeric", "rows", "design"]),
    ("estimate", &["numeric", "rows", "design", "weighting"]),
    ("model", &["numeric", "rows", "design", "weighting", "estimate"]),
    ("ingest", &["diagnostic", "error", "explain", "study", "rows"]),
    (
        "analysis",
        &["diagnostic", "error", "study", "locale", "numeric", "rows", "design", "weighting", "estimate", "model"],
    ),
    ("chart", &["diagnostic", "error", "study", "locale", "analysis"]),
    ("report", &["diagnostic", "error", "explain", "study", "locale", "ingest", "analysis", "chart"]),
    ("pipeline", &["diagnostic", "error", "explain", "study", "locale", "ingest", "analysis", "chart", "report"]),
    (
        "cli",
        &[
            "diagnostic",
            "error",
            "explain",
            "study",
            "locale",
            "rows",
            "design",
            "weighting",
            "estimate",
            "model",
            "ingest",
            "analysis",
            "chart",
            "report",
            "pipeline",
        ],
    ),
    ("main", &["cli"]),
];

/// Beginnings of words of the built-in study, in lower case.
const WORDS_OF_THE_STUDY: &[&str] = &[
    "russia",
    "levada",
    "stalin",
    "restalin",
    "putin",
    "chronicles",
    "moscow",
    "kremlin",
    "vciom",
    "vtsiom",
    "wciom",
    "zubok",
    "crimea",
    "ukrain",
    "soviet",
    "росси",
    "левад",
    "сталин",
    "путин",
    "москв",
    "хроник",
    "вциом",
    "кремл",
    "крым",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn sources() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    files(&root().join("src"), &mut paths);
    let inside = |path: &Path| path.strip_prefix(root().join("src")).unwrap().to_string_lossy().into_owned();
    paths.iter().filter_map(|path| Some((inside(path), std::fs::read_to_string(path).ok()?))).collect()
}

/// The first name of every `crate::name` in the code, comments left out, also inside `use crate::{…}`.
fn imports(code: &str) -> Vec<String> {
    let code: String = code.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        // `$crate` and `opros_crate` are other words.
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let list = &list[..list.find("};").unwrap_or(list.len())];
            let mut depth = 0;
            for part in list.split_inclusive(['{', '}', ',']) {
                if depth == 0 {
                    names.push(first_name(part.trim()));
                }
                depth += i32::from(part.ends_with('{')) - i32::from(part.ends_with('}'));
            }
        } else {
            names.push(first_name(rest));
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn first_name(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn imports_point_one_way() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_IMPORT.iter().copied().collect();
    let mut problems = Vec::new();
    for (file, code) in sources().iter().filter(|(file, _)| file.ends_with(".rs") && file != "lib.rs") {
        let module = file.split(['/', '.']).next().unwrap();
        let Some(may) = allowed.get(module) else {
            problems.push(format!("{file}: module `{module}` is not in the table of this test"));
            continue;
        };
        for name in imports(code) {
            // `crate::Error` and `crate::Result` are the public error.
            let name = if name == "Error" || name == "Result" { "error".to_owned() } else { name };
            let is_module = allowed.contains_key(name.as_str());
            if is_module && name != module && !may.contains(&name.as_str()) {
                problems.push(format!("{file}: `{module}` must not import `{name}`"));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_reader_of_imports_sees_every_form() {
    let code = "use crate::a::b;\nuse crate::{c::{d, e}, f};\nlet x = crate::g::h(); // crate::not";
    assert_eq!(imports(code), ["a", "c", "f", "g"]);
}

#[test]
fn no_word_of_the_built_in_study_stands_in_the_code() {
    let mut problems = Vec::new();
    for (file, text) in sources().iter().filter(|(file, _)| !file.starts_with("locale/")) {
        for (number, line) in text.lines().enumerate() {
            let line = line.to_lowercase();
            for word in WORDS_OF_THE_STUDY.iter().filter(|word| has_word_beginning_with(&line, word)) {
                problems.push(format!("{file}:{}: {word}", number + 1));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// `computing` has no word of the study in it.
fn has_word_beginning_with(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(at, _)| !line[..at].ends_with(char::is_alphabetic))
}

#[test]
fn files_have_one_purpose_and_are_rarely_long() {
    const RARELY_ABOVE: usize = 400;
    const NEVER_ABOVE: usize = 600;
    let lengths: Vec<(String, usize)> = sources()
        .into_iter()
        .filter(|(file, _)| file.ends_with(".rs"))
        .map(|(file, text)| (file, text.lines().count()))
        .collect();
    let too_long: Vec<&(String, usize)> = lengths.iter().filter(|(_, lines)| *lines > NEVER_ABOVE).collect();
    assert!(too_long.is_empty(), "{too_long:?}");
    let long = lengths.iter().filter(|(_, lines)| *lines > RARELY_ABOVE).count();
    assert!(long * 20 <= lengths.len(), "{long} of {} files are above {RARELY_ABOVE} lines", lengths.len());
}

#[test]
fn committed_reports_carry_no_machine_paths() {
    let mut paths = Vec::new();
    files(&root().join("reports"), &mut paths);
    let machine = [root().to_string_lossy().into_owned(), "/tmp/".to_owned(), "/home/".to_owned(), "/root/".to_owned()];
    let mut problems = Vec::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending != "png")) {
        let Ok(text) = std::fs::read_to_string(path) else { continue };
        for part in machine.iter().filter(|part| text.contains(part.as_str())) {
            problems.push(format!("{}: {part}", path.display()));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
