//! One run at a time writes into a folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::write::TEMPORARY;
use crate::error::{Error, Result};

/// How often a folder that another run writes into is looked at again, and after which time.
const TRIES: u32 = 1200;
const PAUSE: Duration = Duration::from_millis(50);

/// The right to write into a folder. The system takes it back when the run ends, however it ends.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
    path: PathBuf,
}

impl Lock {
    /// Waits until no other run writes into the folder.
    ///
    /// # Errors
    ///
    /// The folder cannot be written, or the other run has not ended after a minute.
    pub fn take(folder: &Path) -> Result<Self> {
        Lock::take_within(folder, TRIES)
    }

    fn take_within(folder: &Path, tries: u32) -> Result<Self> {
        let path = folder.join(format!("{TEMPORARY}lock"));
        for attempt in 0..tries {
            if attempt > 0 {
                std::thread::sleep(PAUSE);
            }
            let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let file = opened.map_err(|error| Error::output(folder, error))?;
            match file.try_lock() {
                Ok(()) if is_current(&file) => return Ok(Lock { _file: file, path }),
                Ok(()) | Err(TryLockError::WouldBlock) => {}
                // A file system without locks: then every run is for itself.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    return Ok(Lock { _file: file, path });
                }
                Err(TryLockError::Error(error)) => return Err(Error::output(folder, error)),
            }
        }
        let reason = "another build is writing into this folder and has not ended; wait for it, or end it";
        Err(Error::output(folder, io::Error::new(io::ErrorKind::WouldBlock, reason)))
    }
}

impl Drop for Lock {
    /// Takes the lock file away where a run that waits for it can tell; elsewhere it stays, without a lock.
    fn drop(&mut self) {
        if cfg!(unix) {
            // Whether this works or not, the lock ends with the file.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Is the file still the one that others would lock, or did its owner remove it while we waited?
#[cfg(unix)]
fn is_current(file: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    file.metadata().is_ok_and(|metadata| metadata.nlink() > 0)
}

#[cfg(not(unix))]
fn is_current(_: &File) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_waits_and_then_says_why_it_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let first = Lock::take(folder.path()).unwrap();
        let error = Lock::take_within(folder.path(), 2).unwrap_err();
        assert!(error.to_string().contains("another build is writing"), "{error}");
        drop(first);
        drop(Lock::take_within(folder.path(), 1).unwrap());
        assert!(!cfg!(unix) || std::fs::read_dir(folder.path()).unwrap().next().is_none());
    }

    #[test]
    fn the_lock_of_a_run_that_died_is_free() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(".opros-lock"), "").unwrap();
        Lock::take_within(folder.path(), 1).unwrap();
    }
}
