//! Runs reference cases: `cargo test --release --test golden`.
//!
//! The folder is that of `OPROS_GOLDEN`, otherwise our own cases of `tests/golden_more` and then those of `tests/golden`, whose
//! README says what a case is. One line a group and area, then every case that fails, and every case whose reference is
//! disputed (`procedures/comparisons/disputed.rs`), by name. A disputed case counts apart, neither passed nor failed; it fails
//! where our numbers do not pass another check. Arguments select cases by a part of their id.

mod case;
mod compare;
mod data;
mod design;
mod formula;
mod frame;
mod procedures;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use case::{Case, Index, Verdict};

fn main() -> ExitCode {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let folders = match std::env::var_os("OPROS_GOLDEN") {
        Some(folder) => vec![PathBuf::from(folder)],
        None => vec![tests.join("golden_more"), tests.join("golden")],
    };
    let selection: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with('-')).collect();
    let failures: Result<Vec<usize>, String> = folders.iter().map(|folder| run(folder, &selection)).collect();
    match failures.map(|n| n.iter().sum()) {
        Ok(0_usize) => ExitCode::SUCCESS,
        Ok(n) => {
            println!("golden: {n} cases fail");
            ExitCode::FAILURE
        }
        Err(message) => {
            println!("golden: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the selected cases and returns how many fail.
fn run(folder: &Path, selection: &[String]) -> Result<usize, String> {
    procedures::self_test()?;
    let index = Index::read(folder)?;
    let mut tallies: BTreeMap<(String, String), Tally> = BTreeMap::new();
    let mut lines = Vec::new();
    let mut n_failed = 0;
    let mut data = data::Library::new(folder);
    for entry in index.cases {
        if !selection.is_empty() && !selection.iter().any(|s| entry.id.contains(s.as_str())) {
            continue;
        }
        let tally = tallies.entry((entry.issue_group.clone(), entry.area.clone())).or_default();
        tally.n += 1;
        match Case::read(folder, &entry.id).and_then(|case| case.check(&mut data)) {
            Ok(Verdict::Passed) => tally.passed += 1,
            Ok(Verdict::Disputed(reason)) => {
                tally.disputed += 1;
                lines.push(format!("DISPUTED {}: {reason}", entry.id));
            }
            Err(message) => {
                n_failed += 1;
                lines.push(format!("FAIL {}: {message}", entry.id));
            }
        }
    }
    let mut all = Tally::default();
    for ((group, area), tally) in &tallies {
        println!("golden {group} {area} {tally}");
        all.add(tally);
    }
    println!("golden: {} of {} cases pass{}", all.passed, all.n, all.apart());
    lines.iter().for_each(|line| println!("{line}"));
    Ok(n_failed)
}

/// Cases of an area by how they ended.
#[derive(Default)]
struct Tally {
    passed: usize,
    disputed: usize,
    n: usize,
}

impl Tally {
    fn add(&mut self, other: &Tally) {
        self.passed += other.passed;
        self.disputed += other.disputed;
        self.n += other.n;
    }

    /// Disputed cases, where there are any.
    fn apart(&self) -> String {
        if self.disputed == 0 { String::new() } else { format!(", {} disputed", self.disputed) }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}{}", self.passed, self.n, self.apart())
    }
}
