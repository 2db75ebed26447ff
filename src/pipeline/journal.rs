//! What a run is about to move and remove, so that another one can complete it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::write::{stays_inside, write_file};
use crate::error::{Error, Result};
use crate::report::manifest;

/// Folder of the files that are to be moved; file `i` of it is the `i`-th of the journal.
pub(super) const STAGE: &str = ".opros-new";
const JOURNAL: &str = "journal.json";

/// Moves and removals, by path inside the output folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    pub moved: Vec<String>,
    pub removed: Vec<String>,
}

impl Journal {
    /// Puts the journal into the stage of a folder. From here on the new set of files counts.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let stage = folder.join(STAGE);
        let bytes = serde_json::to_vec(self).map_err(|error| Error::output(folder, error.into()))?;
        let unfinished = stage.join("journal");
        write_file(&unfinished, &bytes).map_err(|error| Error::output(folder, error))?;
        std::fs::rename(&unfinished, stage.join(JOURNAL)).map_err(|error| Error::output(folder, error))
    }
}

/// Does what the journal of a folder says and has not been done yet; nothing where there is none.
///
/// # Errors
///
/// A file cannot be moved or removed; the journal stays, and the next run tries again.
pub(super) fn complete(folder: &Path) -> Result<()> {
    let stage = folder.join(STAGE);
    let Some(journal) = read(&stage) else { return Ok(()) };
    let mut moves: Vec<(usize, &String)> = journal.moved.iter().enumerate().collect();
    moves.sort_by_key(|(_, path)| path.as_str() == manifest::FILE);
    for (index, path) in moves.into_iter().filter(|(_, path)| stays_inside(path)) {
        let (staged, target) = (stage.join(index.to_string()), folder.join(path));
        // One that is gone was moved before the kill.
        if staged.is_file() {
            std::fs::rename(&staged, &target).map_err(|error| Error::output(&target, error))?;
        }
    }
    for path in journal.removed.iter().filter(|path| stays_inside(path)) {
        let target = folder.join(path);
        if target.is_file() {
            std::fs::remove_file(&target).map_err(|error| Error::output(&target, error))?;
        }
    }
    std::fs::remove_dir_all(&stage).map_err(|error| Error::output(&stage, error))
}

fn read(stage: &Path) -> Option<Journal> {
    serde_json::from_slice(&std::fs::read(stage.join(JOURNAL)).ok()?).ok()
}
