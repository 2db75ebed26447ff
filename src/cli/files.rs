//! Output files: written whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Writes files, each under a temporary name first; all are there before the first gets its own.
///
/// # Errors
///
/// [`Error::Output`] where that is not possible; then what stood there is as before.
pub fn write(files: Vec<(&Path, Vec<u8>)>) -> Result<()> {
    let staged = files.into_iter().map(|(path, bytes)| {
        let file = stage(path, &bytes).map_err(|error| Error::output(path, error))?;
        Ok((path, file))
    });
    for (path, file) in staged.collect::<Result<Vec<_>>>()? {
        file.persist(path).map_err(|error| Error::output(path, error.error))?;
    }
    Ok(())
}

fn stage(path: &Path, bytes: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(PathBuf::from("."), Path::to_path_buf);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".opros-");
    #[cfg(unix)]
    {
        // Temporary files are private; the finished one is as readable as any other new file.
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.flush()?;
    Ok(file)
}
