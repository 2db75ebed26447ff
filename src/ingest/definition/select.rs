//! Finding values in a TOML document by a pattern of keys, with the bytes where they stand.

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

/// A value found in a document, with the table that holds it.
#[derive(Clone, Copy)]
pub(super) struct Found<'d, 'i> {
    /// The value.
    pub value: &'d Spanned<DeValue<'i>>,
    /// The tables on the way to it, the outermost first.
    pub within: Within<'d, 'i>,
}

/// The innermost two tables around a value.
#[derive(Clone, Copy)]
pub(super) struct Within<'d, 'i> {
    /// The table that holds the value.
    pub own: &'d DeTable<'i>,
    /// The table around that one.
    pub outer: &'d DeTable<'i>,
}

/// All values at a pattern such as `analysis.answers[].pollsters[]`; `[]` steps into each element of an array.
pub(super) fn values<'d, 'i>(root: &'d DeTable<'i>, pattern: &str) -> Vec<Found<'d, 'i>> {
    let mut tables = vec![Within { own: root, outer: root }];
    let mut steps: Vec<&str> = pattern.split('.').collect();
    let last = steps.pop().unwrap_or_default();
    for step in steps {
        tables = tables
            .into_iter()
            .flat_map(|within| {
                elements(within.own, step)
                    .into_iter()
                    .filter_map(move |value| Some(Within { own: value.get_ref().as_table()?, outer: within.own }))
            })
            .collect();
    }
    tables
        .into_iter()
        .flat_map(|within| elements(within.own, last).into_iter().map(move |value| Found { value, within }))
        .collect()
}

/// The texts among the values at a pattern.
pub(super) fn strings<'d, 'i>(root: &'d DeTable<'i>, pattern: &str) -> Vec<Spanned<&'d DeString<'i>>> {
    values(root, pattern).into_iter().filter_map(|found| text(found.value)).collect()
}

/// The keys of a table at a pattern, in the order in which they stand in the file.
pub(super) fn keys<'d, 'i>(root: &'d DeTable<'i>, pattern: &str) -> Vec<(Spanned<&'d DeString<'i>>, Within<'d, 'i>)> {
    let mut keys = Vec::new();
    for found in values(root, pattern) {
        let Some(table) = found.value.get_ref().as_table() else { continue };
        keys.extend(table.keys().map(|key| (Spanned::new(key.span(), key.get_ref()), found.within)));
    }
    keys.sort_by_key(|(key, _)| key.span().start);
    keys
}

/// The text of a value with its place.
pub(super) fn text<'d, 'i>(value: &'d Spanned<DeValue<'i>>) -> Option<Spanned<&'d DeString<'i>>> {
    match value.get_ref() {
        DeValue::String(text) => Some(Spanned::new(value.span(), text)),
        _ => None,
    }
}

/// The text of a key in a table.
pub(super) fn field<'d>(table: &'d DeTable<'_>, key: &str) -> Option<&'d str> {
    table.get(key)?.get_ref().as_str()
}

fn elements<'d, 'i>(table: &'d DeTable<'i>, step: &str) -> Vec<&'d Spanned<DeValue<'i>>> {
    match step.strip_suffix("[]") {
        None => table.get(step).into_iter().collect(),
        Some(key) => match table.get(key).map(Spanned::get_ref) {
            Some(DeValue::Array(items)) => items.iter().collect(),
            _ => Vec::new(),
        },
    }
}
