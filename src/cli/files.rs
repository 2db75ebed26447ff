//! Output files: written whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::data::columns::unusable;
use crate::error::{Error, Result};

/// Endings by which people name files, whether a command writes such a format or not.
const OF_FILES: [&str; 17] = [
    "csv", "docx", "htm", "html", "json", "md", "ods", "parquet", "pdf", "png", "pptx", "svg", "tex", "tsv", "txt",
    "xls", "xlsx",
];

/// The ending of a name, in small letters; empty where there is none.
pub fn ending(path: &Path) -> String {
    path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default()
}

/// Refuses a file where a folder is asked for, before anything is computed.
///
/// # Errors
///
/// `E41`, with the files that the folder gets.
pub fn check_folder(flag: &str, path: &Path, gets: &str) -> Result<()> {
    let is_file = path.is_file() || !path.is_dir() && OF_FILES.contains(&ending(path).as_str());
    if !is_file {
        return Ok(());
    }
    let message = format!("`{}` is the name of a file, and {flag} names a folder", path.display());
    Err(unusable("E41", flag, message, &format!("name a folder; it gets {gets}")))
}

/// Refuses a file whose ending stands for no format of the command, before anything is computed.
///
/// # Errors
///
/// `E41`, with the endings that there are.
pub fn check_ending(flag: &str, path: &Path, known: &[&str]) -> Result<()> {
    let ending = ending(path);
    if ending.is_empty() || known.contains(&ending.as_str()) {
        return Ok(());
    }
    let listed = known.iter().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(", ");
    let message = format!("the ending of `{}` stands for no format that is written", path.display());
    Err(unusable("E41", flag, message, &format!("name a file that ends in {listed}")))
}

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
