//! The shape of a definition file against the JSON schema of its types: all unknown keys, missing keys and values of
//! the wrong kind at once, each with its place.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::diagnostic::{Diagnostic, Level, did_you_mean};
use crate::ingest::source::SourceText;
use crate::study::PartialDate;

/// Everything that is wrong with the shape of a document, in the order of the file.
///
/// `schema_command` is the command that prints the schema.
pub(super) fn check(
    schema: &Value,
    document: &Spanned<DeTable<'_>>,
    source: &SourceText,
    schema_command: &str,
) -> Vec<Diagnostic> {
    let mut walker = Walker { schema, source, schema_command, problems: Vec::new() };
    walker.table(schema, document.get_ref(), 0..0, "");
    let mut problems = walker.problems;
    problems.sort_by_key(|problem| (problem.place.line, problem.place.character));
    problems
}

struct Walker<'a> {
    schema: &'a Value,
    source: &'a SourceText,
    schema_command: &'a str,
    problems: Vec<Diagnostic>,
}

impl<'a> Walker<'a> {
    fn value(&mut self, schema: &'a Value, value: &Spanned<DeValue<'_>>, key: &str) {
        if is_date(schema) {
            return self.date(value, key);
        }
        let schema = self.resolve(schema);
        if let Some(variants) = variants(schema) {
            let variants: Vec<&Value> = variants.iter().map(|variant| self.resolve(variant)).collect();
            let words = variants.iter().flat_map(|variant| words(variant)).collect::<Vec<_>>();
            if words.len() == variants.len() {
                return self.word(&words, value, key);
            }
            return match variants.iter().find(|variant| fits(variant, value.get_ref())) {
                Some(variant) => self.value(variant, value, key),
                None => self.wrong_kind(&variants, value, key),
            };
        }
        let words = words(schema);
        if !words.is_empty() {
            return self.word(&words, value, key);
        }
        if !fits(schema, value.get_ref()) {
            return self.wrong_kind(&[schema], value, key);
        }
        match value.get_ref() {
            DeValue::Table(table) => self.table(schema, table, value.span(), key),
            DeValue::Array(items) => {
                if let Some(element) = schema.get("items") {
                    for item in items.iter() {
                        self.value(element, item, key);
                    }
                }
            }
            DeValue::Integer(number) if number.radix() == 10 => self.bounds(schema, value, key, number.as_str()),
            DeValue::Float(number) => self.bounds(schema, value, key, number.as_str()),
            _ => {}
        }
    }

    /// A number that is none, or that lies beyond the bounds of the schema.
    fn bounds(&mut self, schema: &'a Value, value: &Spanned<DeValue<'_>>, key: &str, text: &str) {
        let Ok(number) = text.replace('_', "").parse::<f64>() else { return };
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let is_whole = kinds(schema).contains(&"integer");
        let kind = if is_whole { "a whole number" } else { "a number" };
        let of_kind = schema.get("format").and_then(Value::as_str).filter(|format| *format == "uint32");
        let most = bound("maximum").or_else(|| of_kind.map(|_| f64::from(u32::MAX)));
        let (least, above) = (bound("minimum"), bound("exclusiveMinimum"));
        let expected = match (least, above, most) {
            (Some(least), _, Some(most)) => format!("{kind} from {least} to {most}"),
            (Some(least), _, None) => format!("{kind}, {least} or more"),
            (None, Some(above), _) => format!("{kind} above {above}"),
            (None, None, Some(most)) => format!("{kind}, {most} or less"),
            (None, None, None) => kind.to_owned(),
        };
        let message = if !number.is_finite() {
            format!("`{key}` is not a finite number")
        } else if least.is_some_and(|least| number < least) || above.is_some_and(|above| number <= above) {
            format!("`{key}` is too small")
        } else if most.is_some_and(|most| number > most) {
            format!("`{key}` is too large")
        } else {
            return;
        };
        self.report(value, key, message, text.to_owned(), expected, "correct the number".to_owned());
    }

    fn table(&mut self, schema: &'a Value, table: &DeTable<'_>, span: std::ops::Range<usize>, name: &str) {
        let schema = self.resolve(schema);
        let none = Map::new();
        let known = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        for (key, value) in table.iter() {
            let word = key.get_ref().as_ref();
            match (known.and_then(|known| known.get(word)), others) {
                (Some(inner), _) => self.value(inner, value, word),
                (None, Some(inner)) if inner.is_object() => self.value(inner, value, word),
                _ => self.unknown_key(key.span(), word, known.unwrap_or(&none), table),
            }
        }
        let required = schema.get("required").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for key in required.iter().filter_map(Value::as_str).filter(|key| !table.contains_key(*key)) {
            let what = if name.is_empty() { "the file".to_owned() } else { format!("`{name}`") };
            self.problems.push(
                self.source
                    .point(Level::Error, "E04", span.clone(), format!("{what} lacks the key `{key}`"))
                    .expected(format!("`{key} = …`"))
                    .hint(self.describe(known, key)),
            );
        }
    }

    fn unknown_key(&mut self, span: std::ops::Range<usize>, word: &str, known: &Map<String, Value>, table: &DeTable) {
        // A key that stands there already is not what was meant.
        let free = known.keys().map(String::as_str).filter(|key| !table.contains_key(*key));
        let hint = match did_you_mean(word, free) {
            Some(candidate) => format!("did you mean `{candidate}`?"),
            None => format!("remove the key; `{}` prints all keys", self.schema_command),
        };
        let list = known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let mut problem = self
            .source
            .point(Level::Error, "E03", span, format!("unknown key `{word}`"))
            .observed(word)
            .expected(format!("one of {list}"))
            .hint(hint);
        problem.place.column = Some(word.to_owned());
        self.problems.push(problem);
    }

    fn word(&mut self, words: &[&str], value: &Spanned<DeValue<'_>>, key: &str) {
        let text = value.get_ref().as_str();
        if text.is_some_and(|text| words.contains(&text)) {
            return;
        }
        let observed = text.unwrap_or(value.get_ref().type_str());
        let hint = did_you_mean(observed, words.iter().copied())
            .map_or_else(|| "take one of the words".to_owned(), |word| format!("did you mean `{word}`?"));
        let message = format!("`{observed}` is not a value of `{key}`");
        self.report(value, key, message, observed.to_owned(), format!("one of {}", words.join(", ")), hint);
    }

    fn date(&mut self, value: &Spanned<DeValue<'_>>, key: &str) {
        let expected = "a date in quotes: \"2014\", \"2014-03\" or \"2014-03-18\"".to_owned();
        match value.get_ref() {
            DeValue::String(text) => {
                if text.parse::<PartialDate>().is_err() {
                    let message = format!("`{text}` is not a date");
                    let hint = "correct the date; a month or year alone may stand".to_owned();
                    self.report(value, key, message, text.to_string(), expected, hint);
                }
            }
            other => {
                let hint = "put the date in quotes".to_owned();
                let message = format!("`{key}` is no text");
                self.report(value, key, message, other.type_str().to_owned(), expected, hint);
            }
        }
    }

    fn wrong_kind(&mut self, schemas: &[&Value], value: &Spanned<DeValue<'_>>, key: &str) {
        let kinds: BTreeSet<&str> = schemas.iter().flat_map(|schema| kinds(schema)).collect();
        let expected: Vec<&str> =
            kinds.into_iter().filter(|kind| *kind != "null").map(|kind| self.name_kind(kind)).collect();
        let observed = value.get_ref().type_str();
        let hint = match (observed, expected.as_slice()) {
            (_, ["a list"]) => "put it in [brackets]".to_owned(),
            ("integer" | "float" | "datetime" | "boolean", ["a text in quotes"]) => "put it in quotes".to_owned(),
            ("string", ["a number" | "a whole number"]) => "remove the quotes".to_owned(),
            _ => format!("`{}` prints what each key may hold", self.schema_command),
        };
        let message = format!("`{key}` has the wrong kind of value");
        self.report(value, key, message, observed.to_owned(), expected.join(" or "), hint);
    }

    fn report(
        &mut self,
        value: &Spanned<DeValue<'_>>,
        key: &str,
        message: String,
        observed: String,
        expected: String,
        hint: String,
    ) {
        let mut problem = self.source.point(Level::Error, "E04", value.span(), message);
        problem.place.column = Some(key.to_owned());
        self.problems.push(problem.observed(observed).expected(expected).hint(hint));
    }

    fn name_kind(&self, kind: &str) -> &'static str {
        match kind {
            "string" => "a text in quotes",
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            "array" => "a list",
            "object" => "a table",
            _ => "another kind of value",
        }
    }

    fn describe(&self, known: Option<&'a Map<String, Value>>, key: &str) -> String {
        let property = known.and_then(|known| known.get(key));
        let own = property.and_then(|property| property.get("description")).and_then(Value::as_str);
        let text = own.or_else(|| property.map(|p| self.resolve(p)).and_then(|p| p.get("description")?.as_str()));
        match text {
            Some(text) => format!("add `{key}`: {}", text.lines().next().unwrap_or(text)),
            None => format!("add `{key}`"),
        }
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..8 {
            let target = schema.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix('#'));
            match target.and_then(|path| self.schema.pointer(path)) {
                Some(inner) => schema = inner,
                None => break,
            }
        }
        schema
    }
}

/// Is this a reference to a date, alone or as one of several variants?
fn is_date(schema: &Value) -> bool {
    let own = |schema: &Value| schema.get("$ref").and_then(Value::as_str) == Some("#/$defs/PartialDate");
    own(schema) || variants(schema).is_some_and(|variants| variants.iter().any(own))
}

fn variants(schema: &Value) -> Option<&Vec<Value>> {
    schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()
}

/// The words of an enumeration.
fn words(schema: &Value) -> Vec<&str> {
    match (schema.get("const").and_then(Value::as_str), schema.get("enum").and_then(Value::as_array)) {
        (Some(word), _) => vec![word],
        (None, Some(words)) => words.iter().filter_map(Value::as_str).collect(),
        (None, None) => Vec::new(),
    }
}

fn kinds(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Is the value of a kind that the schema allows, not looking inside?
fn fits(schema: &Value, value: &DeValue<'_>) -> bool {
    if let Some(variants) = variants(schema) {
        return variants.iter().any(|variant| fits(variant, value));
    }
    let kinds = kinds(schema);
    kinds.is_empty()
        || kinds.iter().any(|kind| match *kind {
            "string" => value.is_str(),
            "integer" => value.is_integer(),
            "number" => value.is_integer() || value.is_float(),
            "boolean" => value.is_bool(),
            "array" => value.is_array(),
            "object" => value.is_table(),
            _ => false,
        })
}
