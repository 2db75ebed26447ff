//! The weighted file: all columns as they were, the new ones behind them, written whole or not at all.

use std::path::Path;

use crate::cli::data::columns::{DataFile, unusable};
use crate::cli::files;
use crate::error::{Error, Result};
use crate::ingest::Table;

/// Refuses, before anything is computed, what may not be written over.
///
/// # Errors
///
/// `E45` for an existing file or column without `--force`, for the base weight and what the command reads always, and for a name
/// that is no CSV.
pub fn refuse(
    out: &Path,
    beside: &Path,
    file: &DataFile,
    columns: &[String],
    base: Option<&str>,
    inputs: &[&Path],
    force: bool,
) -> Result<()> {
    let name = out.display().to_string();
    let is_csv = out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    if !is_csv {
        return Err(unusable(
            "E45",
            &name,
            "the weighted file is written as CSV",
            "give `--out` a name ending in .csv",
        ));
    }
    if let Some(base) = columns.iter().find(|column| Some(column.as_str()) == base) {
        let message = format!("`{base}` is the base weight, which is never overwritten");
        return Err(unusable("E45", &name, message, "choose another name for the new column"));
    }
    for path in [out, beside] {
        files::check_file(path, inputs, force)?;
    }
    if let Some(column) = columns.iter().find(|column| file.has(column) && !force) {
        let message = format!("{} has a column `{column}` already", file.name());
        return Err(unusable("E45", &name, message, "choose another name for the new column, or add `--force`"));
    }
    Ok(())
}

/// Writes the file with its new columns and the text beside it.
///
/// # Errors
///
/// [`Error::Output`] where that is not possible; then what stood there is as before.
pub fn write(
    out: &Path,
    file: &DataFile,
    columns: &[(String, Vec<f64>)],
    beside: &Path,
    text: &str,
    inputs: &[&Path],
) -> Result<()> {
    let table = csv(&**file.texts()?, columns).map_err(|error| Error::output(out, error))?;
    files::write(vec![(out, table), (beside, text.as_bytes().to_vec())], inputs)
}

fn csv(file: &Table, columns: &[(String, Vec<f64>)]) -> std::io::Result<Vec<u8>> {
    let is_replaced = |name: &String| columns.iter().any(|(new, _)| new == name);
    let kept: Vec<usize> = (0..file.columns().len()).filter(|at| !is_replaced(&file.columns()[*at])).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = kept.iter().map(|at| file.columns()[*at].as_str()).chain(columns.iter().map(|(name, _)| name.as_str()));
    writer.write_record(names)?;
    for row in 0..file.n_rows() {
        let new: Vec<String> = columns.iter().map(|(_, values)| values[row].to_string()).collect();
        writer.write_record(kept.iter().map(|at| file.cell(row, *at)).chain(new.iter().map(String::as_str)))?;
    }
    writer.into_inner().map_err(|error| std::io::Error::other(error.to_string()))
}
