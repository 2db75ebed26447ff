//! Rows of evidence without a source.

use super::Checked;
use crate::diagnostic::{Diagnostic, Level};

/// V15: a used row whose column of the source is empty.
pub(super) fn missing(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let definition = &checked.study.definition;
    let tables = (definition.toplines.iter().map(|d| (&d.package, &d.resource, &d.source, &d.poll)))
        .chain(definition.series.iter().map(|d| (&d.package, &d.resource, &d.source, &d.date)))
        .chain(definition.counts.iter().map(|d| (&d.package, &d.resource, &d.source, &d.counter)))
        .chain(definition.items.iter().map(|d| (&d.package, &d.resource, &d.source, &d.item)));
    let mut findings = Vec::new();
    let mut done: Vec<(&String, &String, usize)> = Vec::new();
    for (package, resource, source, key) in tables {
        let Some(known) = checked.sources.get(package, resource) else { continue };
        let Some(column) = source.as_ref().and_then(|name| known.table.position(name)) else { continue };
        if done.contains(&(package, resource, column)) {
            continue;
        }
        done.push((package, resource, column));
        let key = known.table.position(key);
        for row in (0..known.table.n_rows()).filter(|row| known.used[*row]) {
            if known.table.cell(row, column).trim().is_empty() {
                let mut finding =
                    known.table.point(Level::Warning, "V15", row, column, "the row names no source".to_owned());
                finding.place.key = key.map(|key| known.table.cell(row, key).to_owned());
                findings.push(
                    finding
                        .expected("an address or a reference")
                        .hint("add the source, leave the row out, or accept the finding with the reason"),
                );
            }
        }
    }
    findings
}
