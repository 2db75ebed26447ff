//! Labels that look alike: words of two alphabets, and values that differ only in letters that look the same, in case,
//! spaces or dashes.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::Checked;
use crate::diagnostic::{Diagnostic, Level};
use crate::ingest::Table;

/// Different values above which a column is free text, not labels.
const MOST_LABELS: usize = 300;

/// Characters above which a value is free text, not a label.
const LONGEST_LABEL: usize = 80;

/// Cyrillic letters and the Latin letters that look the same.
const TWINS: &[(char, char)] = &[
    ('а', 'a'),
    ('е', 'e'),
    ('о', 'o'),
    ('р', 'p'),
    ('с', 'c'),
    ('у', 'y'),
    ('х', 'x'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ѕ', 's'),
    ('к', 'k'),
    ('м', 'm'),
    ('т', 't'),
    ('в', 'b'),
    ('н', 'h'),
    ('ё', 'e'),
];

/// V06 over all tables of a study.
pub(super) fn look_alikes(checked: &Checked<'_>) -> Vec<Diagnostic> {
    checked.sources.tables().iter().flat_map(|source| of_table(&source.table)).collect()
}

/// V06 over one table.
pub(super) fn of_table(table: &Table) -> Vec<Diagnostic> {
    (0..table.columns().len()).into_par_iter().flat_map_iter(|column| of_column(table, column)).collect()
}

fn of_column(table: &Table, column: usize) -> Vec<Diagnostic> {
    let mut first: HashMap<&str, usize> = HashMap::new();
    for row in 0..table.n_rows() {
        first.entry(table.cell(row, column)).or_insert(row);
    }
    let is_labels = first.len() <= MOST_LABELS && first.keys().all(|label| label.len() <= LONGEST_LABEL * 2);
    let mut labels: Vec<(usize, &str)> = first.into_iter().map(|(label, row)| (row, label)).collect();
    labels.sort_unstable();
    let mut findings = Vec::new();
    for (row, label) in labels.iter().filter(|(_, label)| !label.is_ascii() && label.chars().count() <= LONGEST_LABEL) {
        for word in label.split(|c: char| !c.is_alphabetic()).filter(|word| is_mixed(word)) {
            findings.push(
                table
                    .point(Level::Warning, "V06", *row, column, format!("`{word}` mixes Latin and Cyrillic letters"))
                    .observed(spell(word))
                    .expected("letters of one alphabet in a word")
                    .hint("correct the letters, or joins by this label will miss it"),
            );
        }
    }
    if is_labels {
        findings.extend(twins(table, column, &labels));
    }
    findings
}

/// Two labels of a column that a reader would take for one.
fn twins(table: &Table, column: usize, labels: &[(usize, &str)]) -> Vec<Diagnostic> {
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for (row, label) in labels {
        if label.is_empty() || !label.chars().any(char::is_alphabetic) {
            continue;
        }
        if let Some(earlier) = seen.insert(skeleton(label), label) {
            findings.push(
                table
                    .point(
                        Level::Warning,
                        "V06",
                        *row,
                        column,
                        format!("`{label}` and `{earlier}` look like one label"),
                    )
                    .expected("one spelling of one label")
                    .hint("unify the spelling, by a row of the overrides where the data are published"),
            );
        }
    }
    findings
}

/// The label with what a reader does not see taken out.
fn skeleton(label: &str) -> String {
    label
        .chars()
        .flat_map(char::to_lowercase)
        .filter(|c| {
            !c.is_whitespace()
                && !matches!(c, '-' | '_' | '.' | '\u{2010}'..='\u{2015}' | '\u{a0}' | '\u{200b}'..='\u{200d}')
        })
        .map(|c| TWINS.iter().find(|(cyrillic, _)| *cyrillic == c).map_or(c, |(_, latin)| *latin))
        .collect()
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, '\u{400}'..='\u{52f}')
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}')
}

fn is_mixed(word: &str) -> bool {
    word.chars().any(is_cyrillic) && word.chars().any(is_latin)
}

/// The word with the letters of the rarer alphabet named.
fn spell(word: &str) -> String {
    let n_latin = word.chars().filter(|c| is_latin(*c)).count();
    let n_cyrillic = word.chars().filter(|c| is_cyrillic(*c)).count();
    let (is_rare, name): (fn(char) -> bool, _) =
        if n_latin <= n_cyrillic { (is_latin, "Latin") } else { (is_cyrillic, "Cyrillic") };
    let rare: Vec<String> = word.chars().filter(|c| is_rare(*c)).map(|c| format!("`{c}`")).collect();
    format!("{} in {word}: {name}", rare.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mixed_words_and_twins() {
        assert!(is_mixed("Cоветская"));
        assert!(!is_mixed("Советская"));
        assert_eq!(spell("Cоветская"), "`C` in Cоветская: Latin");
        assert_eq!(skeleton("Сосна"), skeleton("Cocнa"));
        assert_eq!(skeleton("City 500k – 1M"), skeleton("city 500k-1M"));
        assert_ne!(skeleton("city 100k"), skeleton("city 500k"));
    }
}
