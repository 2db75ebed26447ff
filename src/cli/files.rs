//! Output files: written whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::data::columns::unusable;
use super::data::design::DesignArgs;
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

/// The files that a command on respondents reads.
pub fn inputs<'a>(file: &'a Path, design: &'a DesignArgs) -> Vec<&'a Path> {
    let named = [&design.design, &design.calibrated_by];
    std::iter::once(file).chain(named.into_iter().flatten().map(PathBuf::as_path)).collect()
}

/// Refuses a file that may not be written, before anything is computed: one in a folder that does not exist, one that the command
/// reads, what is no file but a device or a folder, and, without `--force`, what exists.
///
/// # Errors
///
/// `E45`.
pub fn check_file(path: &Path, inputs: &[&Path], force: bool) -> Result<()> {
    let refused = |message: String, hint: &str| Err(unusable("E45", &path.display().to_string(), message, hint));
    if let Some(folder) = folder(path).filter(|folder| !folder.is_dir()) {
        let message = format!("there is no folder `{}`", folder.display());
        return refused(message, "make the folder, or choose another file with `--out`");
    }
    check_target(path, inputs)?;
    if path.exists() && !force {
        return refused("the file exists".to_owned(), "choose another `--out`, or add `--force`");
    }
    Ok(())
}

/// Refuses what is never written over: a file that the command reads, and what is no file.
fn check_target(path: &Path, inputs: &[&Path]) -> Result<()> {
    let refused = |message: &str, hint: &str| Err(unusable("E45", &path.display().to_string(), message, hint));
    let Ok(found) = path.metadata() else { return Ok(()) };
    if found.is_dir() {
        return refused("this is a folder", "choose another name with `--out`");
    }
    if !found.is_file() {
        return refused("this is no file but a device", "name a file; standard output is written without `--out`");
    }
    let Ok(target) = path.canonicalize() else { return Ok(()) };
    if inputs.iter().any(|input| input.canonicalize().is_ok_and(|input| input == target)) {
        return refused("the command reads this file, so it is not written over", "choose another `--out`");
    }
    Ok(())
}

/// Writes files, each under a temporary name first; all are there before the first gets its own. None takes the place of an input.
///
/// # Errors
///
/// `E45` for what is never written over; [`Error::Output`] where writing is not possible. Then what stood there is as before.
pub fn write(files: Vec<(&Path, Vec<u8>)>, inputs: &[&Path]) -> Result<()> {
    files.iter().try_for_each(|(path, _)| check_target(path, inputs))?;
    let staged = files.into_iter().map(|(path, bytes)| {
        // A link stays one: what it names is written.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let file = stage(&path, &bytes).map_err(|error| Error::output(&path, plain(error)))?;
        Ok((path, file))
    });
    for (path, file) in staged.collect::<Result<Vec<_>>>()? {
        file.persist(&path).map_err(|error| Error::output(&path, error.error))?;
    }
    Ok(())
}

/// Writes texts into a folder, which is made where there is none; what a command wrote there before is written again.
///
/// # Errors
///
/// As for [`write`].
pub fn write_into(folder: &Path, texts: Vec<(&str, String)>, inputs: &[&Path]) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|error| Error::output(folder, error))?;
    let named: Vec<_> = texts.into_iter().map(|(name, text)| (folder.join(name), text.into_bytes())).collect();
    write(named.iter().map(|(path, bytes)| (path.as_path(), bytes.clone())).collect(), inputs)
}

/// The error without the name of the temporary file, which is nobody's concern.
fn plain(error: std::io::Error) -> std::io::Error {
    error.raw_os_error().map_or_else(|| error.kind().into(), std::io::Error::from_raw_os_error)
}

/// The folder of a file; none where it is the one that the command runs in.
fn folder(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty())
}

fn stage(path: &Path, bytes: &[u8]) -> std::io::Result<tempfile::NamedTempFile> {
    let folder = folder(path).unwrap_or(Path::new("."));
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
