//! Writing a whole set of files so that an interrupted run leaves the old set whole.
//!
//! A run holds the lock of its folder. Every file is first written into a folder beside its final place, then a journal
//! of what is to be moved and removed. Only then are the files moved, the manifest last. A run that is killed before the
//! journal stands leaves the old set; one that is killed after it has left all that is needed for the new set, and the
//! next run completes it first.

use std::collections::BTreeSet;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::journal::{self, Journal};
use super::lock::Lock;
use crate::error::{Error, Result};
use crate::report::bundle::Bundle;
use crate::report::manifest;

/// Everything temporary in an output folder starts with this.
pub(super) const TEMPORARY: &str = ".opros-";

/// Writes the files below `folder`. `replaces_all` removes files of the previous build that are gone now.
///
/// # Errors
///
/// The folder or a file cannot be written; then the files that stood there are as before. Another run writes into the
/// folder and does not end.
pub fn write(bundle: &Bundle, folder: &Path, replaces_all: bool) -> Result<()> {
    make_folder(folder)?;
    let _lock = Lock::take(folder)?;
    journal::complete(folder)?;
    sweep(folder)?;
    let stage = folder.join(journal::STAGE);
    std::fs::create_dir(&stage).map_err(|e| Error::output(folder, e))?;
    match prepare(bundle, folder, &stage, replaces_all).and_then(|journal| journal.write(folder)) {
        Ok(()) => journal::complete(folder),
        Err(error) => {
            // What failed before the journal stood has changed nothing.
            let _ = std::fs::remove_dir_all(&stage);
            Err(error)
        }
    }
}

/// Writes what is new into the stage; what is to be done with it.
fn prepare(bundle: &Bundle, folder: &Path, stage: &Path, replaces_all: bool) -> Result<Journal> {
    let mut journal = Journal::default();
    for (path, bytes) in bundle.iter() {
        let target = folder.join(path);
        if std::fs::read(&target).is_ok_and(|old| old == bytes) {
            continue;
        }
        refuse_folder(&target)?;
        if let Some(parent) = target.parent() {
            make_folder(parent)?;
        }
        let staged = stage.join(journal.moved.len().to_string());
        write_file(&staged, bytes).map_err(|e| Error::output(&target, e))?;
        journal.moved.push(path.to_owned());
    }
    let stale = if replaces_all { stale_files(bundle, folder) } else { Vec::new() };
    let inside = stale.iter().filter_map(|path| path.strip_prefix(folder).ok()?.to_str());
    journal.removed = inside.map(str::to_owned).collect();
    Ok(journal)
}

/// Files that the previous manifest lists, that still stand there, and that the new set lacks.
pub(super) fn stale_files(bundle: &Bundle, folder: &Path) -> Vec<PathBuf> {
    let Ok(bytes) = std::fs::read(folder.join(manifest::FILE)) else { return Vec::new() };
    let listed: BTreeSet<String> = manifest::files(&bytes).into_iter().collect();
    listed
        .into_iter()
        .filter(|path| bundle.get(path).is_none() && stays_inside(path))
        .map(|path| folder.join(path))
        .filter(|path| path.is_file())
        .collect()
}

/// A manifest is a file that anybody can edit: it must not make the tool remove files elsewhere.
pub(super) fn stays_inside(path: &str) -> bool {
    Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

fn make_folder(folder: &Path) -> Result<()> {
    match std::fs::create_dir_all(folder) {
        Ok(()) => Ok(()),
        Err(_) if folder.is_file() => {
            Err(Error::output(folder, io::Error::new(io::ErrorKind::NotADirectory, "it is a file, not a folder")))
        }
        Err(error) => Err(Error::output(folder, error)),
    }
}

fn refuse_folder(target: &Path) -> Result<()> {
    if target.is_dir() {
        let reason = io::Error::new(io::ErrorKind::IsADirectory, "a folder stands where a file should be written");
        return Err(Error::output(target, reason));
    }
    Ok(())
}

pub(super) fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use io::Write;
    let mut file = std::fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

/// Removes temporary folders of runs that did not end; with the lock held, none of them has an owner.
fn sweep(folder: &Path) -> Result<()> {
    for entry in std::fs::read_dir(folder).map_err(|e| Error::output(folder, e))?.flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) && entry.path().is_dir() {
            std::fs::remove_dir_all(entry.path()).map_err(|e| Error::output(&entry.path(), e))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(folder: &Path) -> Vec<String> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        names
    }

    #[test]
    fn files_of_the_previous_build_that_are_gone_are_removed_and_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("own.txt"), "mine").unwrap();
        let first =
            [("a.csv", "1"), ("b.csv", "2"), ("manifest.json", r#"{"files": ["a.csv", "b.csv", "../own.txt"]}"#)];
        write(&Bundle::of_texts(&first), folder.path(), true).unwrap();
        write(&Bundle::of_texts(&[("a.csv", "1"), ("manifest.json", r#"{"files": ["a.csv"]}"#)]), folder.path(), true)
            .unwrap();
        assert_eq!(listing(folder.path()), ["a.csv", "manifest.json", "own.txt"]);
    }

    #[test]
    fn a_set_that_cannot_be_written_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        write(&Bundle::of_texts(&[("a.csv", "old")]), folder.path(), true).unwrap();
        std::fs::create_dir(folder.path().join("b.csv")).unwrap();
        let error = write(&Bundle::of_texts(&[("a.csv", "new"), ("b.csv", "new")]), folder.path(), true).unwrap_err();
        assert!(error.to_string().contains("b.csv"), "{error}");
        assert_eq!(std::fs::read_to_string(folder.path().join("a.csv")).unwrap(), "old");
        assert_eq!(listing(folder.path()), ["a.csv", "b.csv"]);
    }

    #[test]
    fn what_an_interrupted_run_left_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".opros-abc")).unwrap();
        std::fs::write(folder.path().join(".opros-abc/0"), "half").unwrap();
        write(&Bundle::of_texts(&[("a.csv", "1")]), folder.path(), true).unwrap();
        assert_eq!(listing(folder.path()), ["a.csv"]);
    }

    #[test]
    fn an_output_folder_that_is_a_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("out");
        std::fs::write(&file, "").unwrap();
        let error = write(&Bundle::of_texts(&[("a.csv", "1")]), &file, true).unwrap_err();
        assert!(error.to_string().contains("it is a file"), "{error}");
        assert!(write(&Bundle::of_texts(&[("a.csv", "1")]), &file.join("deeper"), true).is_err());
    }

    #[test]
    fn a_run_that_was_killed_while_it_moved_files_is_completed_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::fs::write(root.join("report.toml"), "mine").unwrap();
        let old =
            [("a.csv", "old"), ("b.csv", "old"), ("gone.csv", "old"), ("manifest.json", r#"{"files": ["gone.csv"]}"#)];
        write(&Bundle::of_texts(&old), root, true).unwrap();
        let new = [("a.csv", "new"), ("b.csv", "new"), ("manifest.json", r#"{"files": []}"#)];
        let stage = root.join(journal::STAGE);
        std::fs::create_dir(&stage).unwrap();
        prepare(&Bundle::of_texts(&new), root, &stage, true).unwrap().write(root).unwrap();
        // The kill comes after the first file.
        std::fs::rename(stage.join("0"), root.join("a.csv")).unwrap();

        // The next run writes one figure only, and still finds all of the new set.
        write(&Bundle::of_texts(&[("c.csv", "1")]), root, false).unwrap();
        assert_eq!(listing(root), ["a.csv", "b.csv", "c.csv", "manifest.json", "report.toml"]);
        assert_eq!(std::fs::read_to_string(root.join("b.csv")).unwrap(), "new");
    }

    #[test]
    fn a_journal_never_reaches_outside_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let (root, own) = (folder.path().join("out"), folder.path().join("own.txt"));
        std::fs::create_dir_all(root.join(journal::STAGE)).unwrap();
        std::fs::write(&own, "mine").unwrap();
        std::fs::write(root.join(journal::STAGE).join("0"), "theirs").unwrap();
        let journal = Journal { moved: vec!["../own.txt".to_owned()], removed: vec!["../own.txt".to_owned()] };
        journal.write(&root).unwrap();
        write(&Bundle::of_texts(&[("a.csv", "1")]), &root, true).unwrap();
        assert_eq!(std::fs::read_to_string(&own).unwrap(), "mine");
    }

    #[test]
    fn many_runs_at_once_all_end_well() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        std::thread::scope(|scope| {
            for run in 0..8 {
                scope.spawn(move || {
                    let text = run.to_string();
                    let files = [("a.csv", text.as_str()), ("figures/b.csv", &text), ("manifest.json", &text)];
                    write(&Bundle::of_texts(&files), root, true).unwrap();
                });
            }
        });
        assert_eq!(listing(root), ["a.csv", "figures", "manifest.json"]);
        let text = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
        assert!(text("a.csv") == text("figures/b.csv") && text("a.csv") == text("manifest.json"));
    }
}
