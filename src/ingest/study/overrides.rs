//! Corrections to published rows: the resource `overrides` of a package, one row a cell, each with a reason. The data
//! file itself stays as printed.

use super::columns::View;
use crate::diagnostic::{Diagnostic, Level};
use crate::error::Result;
use crate::ingest::package::ReadPackage;
use crate::ingest::table::{Table, error_of};

/// Name of the resource that holds corrections; it may have no rows.
const RESOURCE: &str = "overrides";

/// The table with the corrections that are meant for it, and a note for each.
///
/// # Errors
///
/// A correction that finds no cell to correct is `E23`: it would silently do nothing.
pub(super) fn apply(package: &ReadPackage, resource: &str, table: Table) -> Result<(Table, Vec<Diagnostic>)> {
    if resource == RESOURCE || !package.package.resources.iter().any(|known| known.name == RESOURCE) {
        return Ok((table, Vec::new()));
    }
    let corrections = match Table::read_resource(package, package.resource(RESOURCE)?) {
        Ok(corrections) => corrections,
        Err(error) if error.diagnostics().iter().all(|problem| problem.code == "E14") => {
            return Ok((table, Vec::new()));
        }
        Err(error) => return Err(error),
    };
    let mut view = View::new(&corrections, "resource", RESOURCE);
    let names = ["resource", "key_column", "key", "column", "old", "new", "reason"];
    let [of, key_column, key, column, old, new, reason] = names.map(|name| view.need(name, name));
    let is_broken = view.is_broken();
    let mut problems = view.into_problems();
    let (mut notes, mut changes) = (Vec::new(), Vec::new());
    for row in (0..corrections.n_rows()).filter(|row| !is_broken && corrections.cell(*row, of) == resource) {
        let cell = |column| corrections.cell(row, column);
        let columns = table.position(cell(key_column)).zip(table.position(cell(column)));
        let found = columns.and_then(|(by, target)| {
            let is_meant = |at: &usize| table.cell(*at, by) == cell(key) && table.cell(*at, target) == cell(old);
            let rows: Vec<usize> = (0..table.n_rows()).filter(is_meant).collect();
            (!rows.is_empty()).then_some((rows, target))
        });
        let Some((rows, target)) = found else {
            problems.push(
                corrections
                    .point(Level::Error, "E23", row, key, format!("the correction finds nothing in `{resource}`"))
                    .expected(format!(
                        "a row whose `{}` is this and whose `{}` is `{}`",
                        cell(key_column),
                        cell(column),
                        cell(old)
                    ))
                    .hint("correct the row of the overrides, or remove it if the data were mended"),
            );
            continue;
        };
        for at in rows {
            notes.push(
                table
                    .point(Level::Note, "V25", at, target, format!("`{}` is read as `{}`", cell(column), cell(new)))
                    .expected(cell(new))
                    .hint(format!("correction with the reason: {}", cell(reason))),
            );
            changes.push((at, target, cell(new).to_owned()));
        }
    }
    match error_of(problems) {
        Some(error) => Err(error),
        None if changes.is_empty() => Ok((table, notes)),
        None => Ok((table.corrected(&changes), notes)),
    }
}
