//! Writing a whole set of files so that an interrupted run leaves the old set whole.
//!
//! Every file is first written into a temporary folder beside its final place. Only when all of them stand there are
//! they renamed, the manifest last; then files go that the previous manifest lists and the new set lacks.

use std::collections::BTreeSet;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::report::bundle::Bundle;
use crate::report::manifest;

/// Temporary folders start with this; what an interrupted run left behind is removed by the next one.
const TEMPORARY: &str = ".opros-";

/// Writes the files below `folder`. `replaces_all` removes files of the previous build that are gone now.
///
/// # Errors
///
/// The folder or a file cannot be written; then the files that stood there are as before.
pub fn write(bundle: &Bundle, folder: &Path, replaces_all: bool) -> Result<()> {
    make_folder(folder)?;
    sweep(folder)?;
    let stale = if replaces_all { stale_files(bundle, folder) } else { Vec::new() };
    let stage = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(folder).map_err(|e| Error::output(folder, e))?;
    let mut moves = Vec::new();
    for (path, bytes) in bundle.iter() {
        let target = folder.join(path);
        if std::fs::read(&target).is_ok_and(|old| old == bytes) {
            continue;
        }
        refuse_folder(&target)?;
        if let Some(parent) = target.parent() {
            make_folder(parent)?;
        }
        let staged = stage.path().join(moves.len().to_string());
        write_file(&staged, bytes).map_err(|e| Error::output(&target, e))?;
        moves.push((staged, target));
    }
    moves.sort_by_key(|(_, target)| target.ends_with(manifest::FILE));
    for (staged, target) in &moves {
        std::fs::rename(staged, target).map_err(|e| Error::output(target, e))?;
    }
    for path in stale {
        std::fs::remove_file(&path).map_err(|e| Error::output(&path, e))?;
    }
    Ok(())
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
fn stays_inside(path: &str) -> bool {
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

fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use io::Write;
    let mut file = std::fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_data()
}

/// Removes temporary folders of runs that did not end.
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

    fn bundle(files: &[(&str, &str)]) -> Bundle {
        let mut bundle = Bundle::default();
        for (path, text) in files {
            bundle.insert(*path, text.as_bytes());
        }
        bundle
    }

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
        write(&bundle(&first), folder.path(), true).unwrap();
        write(&bundle(&[("a.csv", "1"), ("manifest.json", r#"{"files": ["a.csv"]}"#)]), folder.path(), true).unwrap();
        assert_eq!(listing(folder.path()), ["a.csv", "manifest.json", "own.txt"]);
    }

    #[test]
    fn a_set_that_cannot_be_written_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        write(&bundle(&[("a.csv", "old")]), folder.path(), true).unwrap();
        std::fs::create_dir(folder.path().join("b.csv")).unwrap();
        let error = write(&bundle(&[("a.csv", "new"), ("b.csv", "new")]), folder.path(), true).unwrap_err();
        assert!(error.to_string().contains("b.csv"), "{error}");
        assert_eq!(std::fs::read_to_string(folder.path().join("a.csv")).unwrap(), "old");
        assert_eq!(listing(folder.path()), ["a.csv", "b.csv"]);
    }

    #[test]
    fn what_an_interrupted_run_left_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".opros-abc")).unwrap();
        std::fs::write(folder.path().join(".opros-abc/0"), "half").unwrap();
        write(&bundle(&[("a.csv", "1")]), folder.path(), true).unwrap();
        assert_eq!(listing(folder.path()), ["a.csv"]);
    }

    #[test]
    fn an_output_folder_that_is_a_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("out");
        std::fs::write(&file, "").unwrap();
        let error = write(&bundle(&[("a.csv", "1")]), &file, true).unwrap_err();
        assert!(error.to_string().contains("it is a file"), "{error}");
        assert!(write(&bundle(&[("a.csv", "1")]), &file.join("deeper"), true).is_err());
    }
}
