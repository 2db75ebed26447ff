//! Foreign keys: values of one table of a package that must stand in another.

use std::collections::{BTreeMap, HashSet};

use super::package::{ForeignKey, ReadPackage, Resource};
use super::table::{Problems, Table, shown};
use crate::diagnostic::{Diagnostic, Level, Place, did_you_mean};

/// The rows whose key stands nowhere in the table that it refers to, and foreign keys that refer to nothing.
///
/// `tables` holds the tables that could be read, by name of the resource. A row whose key is empty refers to nothing; a
/// table that could not be read is a problem of its own and is left out.
pub(super) fn problems(package: &ReadPackage, tables: &BTreeMap<&str, Table>) -> Vec<Diagnostic> {
    let resources = &package.package.resources;
    let mut found = Vec::new();
    for resource in resources {
        let keys = resource.schema.as_ref().map_or(&[][..], |schema| &schema.foreign_keys);
        for key in keys {
            let target = key.reference.resource.as_deref().filter(|name| !name.is_empty()).unwrap_or(&resource.name);
            if !resources.iter().any(|candidate| candidate.name == target) {
                found.push(unknown_resource(package, resource, target));
            } else if let (Some(table), Some(other)) = (tables.get(resource.name.as_str()), tables.get(target)) {
                match (positions(table, key.fields.names()), positions(other, key.reference.fields.names())) {
                    (Some(from), Some(to)) if from.len() == to.len() => found.extend(lost(table, &from, other, &to)),
                    _ => found.push(unusable(package, resource, key)),
                }
            }
        }
    }
    found
}

fn positions(table: &Table, names: &[String]) -> Option<Vec<usize>> {
    names.iter().map(|name| table.position(name)).collect::<Option<Vec<usize>>>().filter(|columns| !columns.is_empty())
}

fn key_of<'t>(table: &'t Table, row: usize, columns: &[usize]) -> Vec<&'t str> {
    columns.iter().map(|column| table.cell(row, *column)).collect()
}

fn lost(table: &Table, from: &[usize], other: &Table, to: &[usize]) -> Vec<Diagnostic> {
    let known: HashSet<Vec<&str>> = (0..other.n_rows()).map(|row| key_of(other, row, to)).collect();
    let mut problems = Problems::of(table.file());
    let names = |table: &Table, columns: &[usize]| {
        columns.iter().map(|column| table.columns()[*column].as_str()).collect::<Vec<_>>().join(", ")
    };
    let (name, other_name) = (names(table, from), names(other, to));
    for row in 0..table.n_rows() {
        let key = key_of(table, row, from);
        if key.iter().all(|cell| cell.is_empty()) || known.contains(&key) {
            continue;
        }
        problems.add("E24", &name, || {
            let message = format!("the key ({name}) stands in no row of {}", other.file());
            let mut problem = table.point(Level::Error, "E24", row, from[0], message).observed(shown(&key.join(", ")));
            problem.place.column = Some(name.clone());
            let candidates: Vec<String> = known.iter().map(|key| key.join(", ")).collect();
            let close = did_you_mean(&key.join(", "), candidates.iter().map(String::as_str));
            problem.expected(format!("a value of ({other_name}) there")).hint(match close {
                Some(close) => format!("did you mean `{close}`?"),
                None => "correct the value, or add the row that it refers to".to_owned(),
            })
        });
    }
    problems.into_list()
}

fn unknown_resource(package: &ReadPackage, resource: &Resource, target: &str) -> Diagnostic {
    let place = Place::file(&*package.source.file).key(&resource.name);
    let problem = Diagnostic::error("E10", place, format!("a foreign key refers to `{target}`, which is no resource"));
    let names = package.package.resources.iter().map(|resource| resource.name.as_str());
    match did_you_mean(target, names) {
        Some(close) => problem.hint(format!("did you mean `{close}`?")),
        None => problem.hint("correct `reference.resource` of the foreign key"),
    }
}

fn unusable(package: &ReadPackage, resource: &Resource, key: &ForeignKey) -> Diagnostic {
    let place = Place::file(&*package.source.file).key(&resource.name);
    let columns = |names: &[String]| names.join(", ");
    Diagnostic::error("E10", place, "a foreign key names columns that do not stand against each other")
        .observed(format!("({}) and ({})", columns(key.fields.names()), columns(key.reference.fields.names())))
        .expected("as many columns of the table as of the table that it refers to, all of them there")
        .hint("correct `fields` and `reference.fields` of the foreign key")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The problems of towns that refer to regions North and South by `key`.
    fn of(towns: &str, key: &str) -> Vec<Diagnostic> {
        let folder = tempfile::tempdir().unwrap();
        let descriptor = format!(
            r#"{{"resources": [
                {{"name": "towns", "path": "towns.csv", "schema": {{"foreignKeys": [{key}]}}}},
                {{"name": "regions", "path": "regions.csv"}}]}}"#
        );
        for (name, text) in [("datapackage.json", descriptor.as_str()), ("towns.csv", towns)] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        std::fs::write(folder.path().join("regions.csv"), "region\nNorth\nSouth\n").unwrap();
        let package = ReadPackage::read(folder.path(), "p").unwrap();
        let read = |resource: &Resource| Table::read_resource(&package, resource).unwrap();
        let tables = package.package.resources.iter().map(|resource| (resource.name.as_str(), read(resource)));
        problems(&package, &tables.collect())
    }

    const KEY: &str = r#"{"fields": "region", "reference": {"resource": "regions", "fields": "region"}}"#;

    #[test]
    fn a_key_that_stands_nowhere_is_found_and_an_empty_one_is_not() {
        let found = of("town,region\nHill,North\nPort,Noth\nBay,\n", KEY);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].code, found[0].place.line), ("E24", Some(3)));
        assert_eq!(found[0].hint.as_deref(), Some("did you mean `North`?"));
    }

    #[test]
    fn a_key_that_refers_to_nothing_is_a_problem_of_the_descriptor() {
        let unknown = of("town,region\nHill,North\n", &KEY.replace("regions", "region"));
        assert_eq!(unknown[0].hint.as_deref(), Some("did you mean `regions`?"));
        let uneven =
            of("town,region\nHill,North\n", &KEY.replace(r#""fields": "region","#, r#""fields": ["town", "region"],"#));
        assert_eq!((uneven.len(), uneven[0].code), (1, "E10"));
    }

    #[test]
    fn a_table_may_refer_to_itself() {
        let key = r#"{"fields": "near", "reference": {"resource": "", "fields": "town"}}"#;
        let found = of("town,near\nHill,Port\nPort,Hull\n", key);
        assert_eq!((found.len(), found[0].place.line), (1, Some(3)));
    }
}
