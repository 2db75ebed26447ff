//! A table against the schema of its resource: columns, types, limits, keys. All problems of the file together.

use std::collections::{HashMap, HashSet};

use jiff::civil::Date;
use regex_lite::Regex;

use super::problems::Problems;
use super::values::{ValueProblem, date_problem, is_date_like, number_problem, parse_number};
use super::{Table, shown};
use crate::diagnostic::{Diagnostic, Level, Place, did_you_mean};
use crate::error::Result;
use crate::ingest::package::{Field, MissingValue, Resource, Scalar, Schema};
use crate::study::Precision;

/// Checks a table; cells that mean "no value" come back empty, decimal marks as points.
///
/// # Errors
///
/// `E15` wrong columns, `E18` wrong type, `E19` impossible date, `E20` limits, `E21` duplicate key.
pub(super) fn check(table: Table, resource: &Resource, descriptor: &str) -> Result<Table> {
    let Some(schema) = &resource.schema else { return Ok(table) };
    let mut problems = Problems::of(table.file());
    problems.extend(column_problems(&table, schema, descriptor));
    let fields: Vec<(usize, &Field)> =
        schema.fields.iter().filter_map(|field| Some((table.position(&field.name)?, field))).collect();
    let table = normalised(table, schema, &fields);
    for (column, field) in &fields {
        match Checks::new(field) {
            Ok(checks) => checks.run(&table, *column, &mut problems),
            Err(pattern) => problems.extend([Diagnostic::error(
                "E10",
                Place::file(descriptor).column(&field.name).key(&resource.name),
                format!("the pattern of `{}` is no regular expression", field.name),
            )
            .observed(pattern)
            .hint("correct `constraints.pattern` of the field")]),
        }
    }
    let primary = schema.primary_key.as_ref().map(|key| key.names());
    for key in primary.into_iter().chain(schema.unique_keys.iter().map(Vec::as_slice)) {
        check_key(&table, key, &mut problems);
    }
    problems.into_result().map(|()| table)
}

fn column_problems(table: &Table, schema: &Schema, descriptor: &str) -> Vec<Diagnostic> {
    if schema.fields.is_empty() {
        return Vec::new();
    }
    let declared: Vec<&str> = schema.fields.iter().map(|field| field.name.as_str()).collect();
    let header: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let missing: Vec<&str> = declared.iter().copied().filter(|name| !header.contains(name)).collect();
    let extra: Vec<&str> = header.iter().copied().filter(|name| !declared.contains(name)).collect();
    let place = |name: &str| Place::file(&**table.file()).line(1).column(name);
    let mut problems = Vec::new();
    for name in &missing {
        let hint = match did_you_mean(name, extra.iter().copied()) {
            Some(candidate) => format!("the file has `{candidate}`: rename it to `{name}`, or correct {descriptor}"),
            None => format!("add the column to the file, or remove the field from {descriptor}"),
        };
        problems.push(
            Diagnostic::error("E15", place(name), format!("column `{name}` is missing"))
                .observed(format!("columns {}", header.join(", ")))
                .expected(format!("`{name}`, as {descriptor} declares"))
                .hint(hint),
        );
    }
    for name in extra {
        let hint = match did_you_mean(name, missing.iter().copied()) {
            Some(candidate) => format!("did you mean `{candidate}`?"),
            None => format!("declare it as a field in {descriptor}, or remove it from the file"),
        };
        problems.push(
            Diagnostic::error("E15", place(name), format!("column `{name}` is not declared"))
                .observed(name)
                .expected(format!("columns {}", declared.join(", ")))
                .hint(hint),
        );
    }
    problems
}

/// The table with "no value" as empty cells and decimal points; untouched where nothing differs.
fn normalised(table: Table, schema: &Schema, fields: &[(usize, &Field)]) -> Table {
    let texts = |values: &Option<Vec<MissingValue>>| -> Option<Vec<String>> {
        values.as_ref().map(|list| list.iter().map(|value| value.text().to_owned()).collect())
    };
    let common = texts(&schema.missing_values).unwrap_or_default();
    let mut rules: Vec<(Vec<String>, Option<char>)> = vec![(common.clone(), None); table.columns().len()];
    for (column, field) in fields {
        let is_number = matches!(field.kind.as_str(), "number");
        let mark = field.decimal_char.as_ref().and_then(|mark| mark.chars().next()).filter(|mark| *mark != '.');
        rules[*column] = (texts(&field.missing_values).unwrap_or_else(|| common.clone()), mark.filter(|_| is_number));
    }
    if rules.iter().all(|(missing, mark)| mark.is_none() && missing.iter().all(String::is_empty)) {
        return table;
    }
    table.rewritten(|_, column, text| {
        let (missing, mark) = &rules[column];
        if missing.iter().any(|value| value == text) {
            Some(String::new())
        } else {
            mark.map(|mark| text.replace(mark, "."))
        }
    })
}

/// The checks of one column, prepared once.
struct Checks<'a> {
    field: &'a Field,
    pattern: Option<Regex>,
    words: Option<HashSet<String>>,
}

impl<'a> Checks<'a> {
    fn new(field: &'a Field) -> Result<Self, String> {
        let pattern = match &field.constraints.pattern {
            Some(pattern) => Some(Regex::new(&format!("^(?:{pattern})$")).map_err(|_| pattern.clone())?),
            None => None,
        };
        let words = field.constraints.one_of.as_ref().map(|words| words.iter().map(Scalar::to_string).collect());
        Ok(Checks { field, pattern, words })
    }

    fn run(&self, table: &Table, column: usize, problems: &mut Problems) {
        let limits = &self.field.constraints;
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for row in 0..table.n_rows() {
            let text = table.cell(row, column);
            if text.is_empty() {
                if limits.required {
                    let message = format!("`{}` is empty", self.field.name);
                    self.report(table, row, column, problems, "E20", message, "a value", "fill in the value");
                }
                continue;
            }
            self.check_type(table, row, column, problems);
            self.check_limits(table, row, column, problems);
            if limits.unique
                && let Some(earlier) = seen.insert(text, row)
            {
                let hint = format!("first on line {}; correct or remove one", table.line(earlier));
                let message = format!("`{}` stands twice", shown(text));
                self.report(table, row, column, problems, "E21", message, "a value of its own", &hint);
            }
        }
    }

    fn check_type(&self, table: &Table, row: usize, column: usize, problems: &mut Problems) {
        let text = table.cell(row, column);
        let is_default = matches!(self.field.format.as_deref(), None | Some("default"));
        let problem = match self.field.kind.as_str() {
            "number" => number_problem(text, false),
            "integer" => number_problem(text, true),
            "date" if is_default => date_problem(text, Precision::Day),
            "yearmonth" if is_default => date_problem(text, Precision::Month),
            "year" if is_default => date_problem(text, Precision::Year),
            "boolean" if !matches!(text, "true" | "True" | "TRUE" | "1" | "false" | "False" | "FALSE" | "0") => {
                Some(ValueProblem {
                    code: "E18",
                    message: "not true or false".to_owned(),
                    expected: "`true` or `false`",
                    hint: "correct the value".to_owned(),
                })
            }
            _ => None,
        };
        if let Some(problem) = problem {
            let message = format!("`{}`: {}", self.field.name, problem.message);
            self.report(table, row, column, problems, problem.code, message, problem.expected, &problem.hint);
        }
    }

    /// Whether a number is one of the declared ones though it is written otherwise, such as 1.0 for 1.
    fn is_value_of(&self, text: &str, words: &HashSet<String>) -> bool {
        let is_numeric = matches!(self.field.kind.as_str(), "number" | "integer");
        let value = parse_number(text).filter(|_| is_numeric);
        value.is_some_and(|value| words.iter().any(|word| parse_number(word) == Some(value)))
    }

    fn check_limits(&self, table: &Table, row: usize, column: usize, problems: &mut Problems) {
        let text = table.cell(row, column);
        let limits = &self.field.constraints;
        let name = &self.field.name;
        let hint = "correct the value, or the limit in datapackage.json if the limit is wrong";
        let mut report = |message: String, expected: String, hint: &str| {
            self.report(table, row, column, problems, "E20", message, &expected, hint);
        };
        if let Some(minimum) = &limits.minimum
            && is_below(text, &minimum.to_string())
        {
            report(format!("`{name}` is below {minimum}"), format!("{minimum} or more"), hint);
        }
        if let Some(maximum) = &limits.maximum
            && is_below(&maximum.to_string(), text)
        {
            report(format!("`{name}` is above {maximum}"), format!("{maximum} or less"), hint);
        }
        if let Some(words) = &self.words
            && !words.contains(text)
            && !self.is_value_of(text, words)
        {
            let mut known: Vec<&str> = words.iter().map(String::as_str).collect();
            known.sort_unstable();
            let hint = match did_you_mean(text, known.iter().copied()) {
                Some(candidate) => format!("did you mean `{candidate}`?"),
                None => "correct the value, or add it to `constraints.enum` in datapackage.json".to_owned(),
            };
            report(
                format!("`{}` is not a value of `{name}`", shown(text)),
                format!("one of {}", known.join(", ")),
                &hint,
            );
        }
        if let Some(pattern) = &self.pattern
            && !pattern.is_match(text)
        {
            let pattern = limits.pattern.as_deref().unwrap_or_default();
            let problem = is_date_like(text).then(|| date_problem(text, Precision::Day)).flatten();
            match problem {
                Some(problem) => {
                    report(format!("`{name}`: {}", problem.message), problem.expected.to_owned(), &problem.hint)
                }
                None => report(format!("`{name}` has not the declared form"), format!("the form {pattern}"), hint),
            }
        }
        let length = text.chars().count();
        if limits.min_length.is_some_and(|least| length < least) || limits.max_length.is_some_and(|most| length > most)
        {
            let least = limits.min_length.unwrap_or(0);
            let most = limits.max_length.map_or_else(|| "any number of".to_owned(), |most| most.to_string());
            report(format!("`{name}` has {length} characters"), format!("{least} to {most} characters"), hint);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one diagnostic, described only if it is kept")]
    fn report(
        &self,
        table: &Table,
        row: usize,
        column: usize,
        problems: &mut Problems,
        code: &'static str,
        message: String,
        expected: &str,
        hint: &str,
    ) {
        problems.add(code, &self.field.name, || {
            table.point(Level::Error, code, row, column, message).expected(expected).hint(hint)
        });
    }
}

/// Is a value below a limit, as numbers, or as dates where neither is a number?
fn is_below(value: &str, limit: &str) -> bool {
    match (parse_number(value), parse_number(limit)) {
        (Some(value), Some(limit)) => value < limit,
        _ => match (value.parse::<Date>(), limit.parse::<Date>()) {
            (Ok(value), Ok(limit)) => value < limit,
            _ => false,
        },
    }
}

fn check_key(table: &Table, key: &[String], problems: &mut Problems) {
    let columns: Option<Vec<usize>> = key.iter().map(|name| table.position(name)).collect();
    let Some(columns) = columns.filter(|columns| !columns.is_empty()) else { return };
    let mut seen: HashMap<Vec<&str>, usize> = HashMap::with_capacity(table.n_rows());
    for row in 0..table.n_rows() {
        let values: Vec<&str> = columns.iter().map(|column| table.cell(row, *column)).collect();
        let printed = values.join(", ");
        if let Some(earlier) = seen.insert(values, row) {
            let name = key.join(", ");
            problems.add("E21", &name, || {
                let mut problem = table
                    .point(Level::Error, "E21", row, columns[0], format!("the key ({name}) stands twice"))
                    .observed(shown(&printed))
                    .expected("one row for each key")
                    .hint(format!("first on line {}; correct or remove one", table.line(earlier)));
                problem.place.column = Some(name.clone());
                problem
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::package::Package;
    use crate::ingest::source::SourceText;

    fn checked(text: &str, schema: serde_json::Value) -> Result<Table> {
        let descriptor = serde_json::json!({ "resources": [{ "name": "t", "path": "t.csv", "schema": schema }] });
        let package: Package = serde_json::from_value(descriptor).unwrap();
        let table = super::super::csv::read(SourceText::decode(text.as_bytes(), "t.csv", None).unwrap(), b',').unwrap();
        check(table, &package.resources[0], "datapackage.json")
    }

    fn problems(text: &str, schema: serde_json::Value) -> Vec<Diagnostic> {
        checked(text, schema).unwrap_err().diagnostics().to_vec()
    }

    #[test]
    fn a_declared_number_may_be_written_otherwise() {
        let schema = |kind: &str| serde_json::json!({ "fields": [{ "name": "rank", "type": kind, "constraints": { "enum": [0, 1] } }] });
        assert!(checked("rank\n0.0\n1\n", schema("number")).is_ok());
        assert_eq!(problems("rank\n0.5\n", schema("number"))[0].code, "E20");
        assert_eq!(problems("rank\n0.0\n", schema("string"))[0].code, "E20");
    }

    #[test]
    fn all_wrong_values_of_a_file_come_together() {
        let schema = serde_json::json!({ "fields": [
            { "name": "town", "type": "string", "constraints": { "required": true, "enum": ["Newport", "Hill"] } },
            { "name": "day", "type": "date" },
            { "name": "percent", "type": "number", "constraints": { "minimum": 0, "maximum": 100 } },
        ] });
        let found = problems("town,day,percent\nNewprt,2025-02-30,140\n,2025-02-28,\"12,5\"\nHill,,-1\n", schema);
        let seen: Vec<_> = found.iter().map(|p| (p.code, p.place.line, p.place.column.as_deref().unwrap())).collect();
        assert_eq!(
            seen,
            [
                ("E20", Some(2), "town"),
                ("E19", Some(2), "day"),
                ("E20", Some(2), "percent"),
                ("E20", Some(3), "town"),
                ("E18", Some(3), "percent"),
                ("E20", Some(4), "percent"),
            ]
        );
        assert!(found[0].hint.as_deref().unwrap().contains("Newport"));
        assert!(found[4].hint.as_deref().unwrap().starts_with("write 12.5"));
    }

    #[test]
    fn columns_are_compared_with_the_declared_ones() {
        let schema = serde_json::json!({ "fields": [{ "name": "percent", "type": "number" }] });
        let error = checked("pecent\n1\n", schema).unwrap_err();
        assert!(!error.is_bad_data());
        let found = error.diagnostics();
        assert_eq!(found.len(), 2);
        assert!(found[0].hint.as_deref().unwrap().contains("`pecent`"));
        assert_eq!(found[1].hint.as_deref(), Some("did you mean `percent`?"));
    }

    #[test]
    fn keys_stand_once() {
        let schema = serde_json::json!({
            "fields": [{ "name": "a", "type": "string" }, { "name": "b", "type": "integer" }],
            "primaryKey": ["a", "b"],
        });
        let found = problems("a,b\nx,1\nx,2\nx,1\n", schema);
        assert_eq!((found[0].code, found[0].place.line), ("E21", Some(4)));
        assert_eq!(found[0].hint.as_deref(), Some("first on line 2; correct or remove one"));
    }

    #[test]
    fn missing_values_become_empty_and_decimal_marks_points() {
        let schema = serde_json::json!({
            "fields": [{ "name": "a", "type": "number", "decimalChar": "," }, { "name": "b", "type": "string" }],
            "missingValues": ["", "n/a"],
        });
        let table = checked("a,b\n\"1,5\",n/a\nn/a,z\n", schema).unwrap();
        assert_eq!((table.cell(0, 0), table.cell(0, 1), table.cell(1, 0)), ("1.5", "", ""));
    }

    #[test]
    fn many_problems_of_a_kind_are_counted() {
        let text = format!("a\n{}", "x\n".repeat(1200));
        let found = problems(&text, serde_json::json!({ "fields": [{ "name": "a", "type": "integer" }] }));
        assert_eq!(found.len(), 1001);
        assert!(found[1000].message.starts_with("200 more"));
    }

    #[test]
    fn patterns_hold_for_the_whole_value() {
        let field = |pattern: &str| serde_json::json!({ "fields": [{ "name": "a", "type": "string", "constraints": { "pattern": pattern } }] });
        assert!(checked("a\n2014\n", field("\\d{4}")).is_ok());
        assert_eq!(problems("a\n20145\n", field("\\d{4}"))[0].code, "E20");
        assert_eq!(problems("a\n1\n", field("("))[0].code, "E10");
    }
}
