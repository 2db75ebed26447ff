//! One code a label for a whole file, although every row group has a dictionary of its own.

use std::collections::{BTreeSet, HashMap};

use super::no_value::NoValue;
use super::pages::{Dictionary, Indexed};
use super::parquet::Chunk;
use crate::rows::MISSING;

/// Whole numbers whose range is below this are looked up in a table.
const TABLE_LIMIT: usize = 1 << 22;

/// Codes in the byte order of the labels.
#[derive(Debug, Clone, Default)]
pub(super) struct Coder {
    labels: Vec<String>,
    code_of: HashMap<String, u32>,
    /// Whole numbers in a small range are looked up in a table: first number, code of each number from there.
    small: Option<(i64, Vec<u32>)>,
    /// All whole numbers by value, with their codes.
    integers: Vec<(i64, u32)>,
}

/// The labels of a column, collected group by group.
#[derive(Debug, Clone, Default)]
pub(super) struct Collected {
    texts: BTreeSet<String>,
    integers: BTreeSet<i64>,
}

impl Collected {
    /// Adds the labels of a chunk.
    pub(super) fn add(&mut self, chunk: &Chunk) {
        match chunk {
            Chunk::Codes { codes, labels } => {
                // A dictionary may know labels that no row has.
                let mut is_there = vec![false; labels.len()];
                codes.iter().filter(|code| **code != MISSING).for_each(|code| is_there[*code as usize] = true);
                let met = labels.iter().zip(is_there).filter(|(_, is_there)| *is_there);
                self.texts.extend(met.map(|(label, _)| label.clone()));
            }
            Chunk::Integers(values) => {
                let known = || values.iter().copied().filter(|value| *value != i64::MIN);
                let (Some(low), Some(high)) = (known().min(), known().max()) else { return };
                match high.checked_sub(low).and_then(|span| usize::try_from(span).ok()) {
                    Some(span) if span < TABLE_LIMIT => {
                        let mut is_there = vec![false; span + 1];
                        known().for_each(|value| is_there[usize::try_from(value - low).unwrap_or(0)] = true);
                        self.integers.extend((low..).zip(is_there).filter(|(_, there)| *there).map(|(value, _)| value));
                    }
                    _ => self.integers.extend(known()),
                }
            }
            Chunk::Numbers(values) => {
                self.texts.extend(values.iter().filter(|value| !value.is_nan()).map(|value| value.to_string()));
            }
        }
    }

    /// Adds the labels of a chunk that some row has.
    pub(super) fn add_indexed(&mut self, chunk: &Indexed) {
        let n = chunk.values.len();
        let mut is_there = vec![false; n + 1];
        chunk.codes.iter().for_each(|code| is_there[(*code as usize).min(n)] = true);
        match &chunk.values {
            Dictionary::Texts(values) => {
                let new = values.iter().zip(is_there).filter(|(text, there)| *there && !self.texts.contains(*text));
                let new: Vec<String> = new.map(|(text, _)| text.clone()).collect();
                self.texts.extend(new);
            }
            Dictionary::Integers(values) => {
                self.integers.extend(values.iter().zip(is_there).filter(|(_, there)| *there).map(|(value, _)| *value));
            }
        }
    }

    /// Fixes the codes; texts that mean "no value" get none.
    pub(super) fn coder(mut self, no_value: &NoValue) -> Coder {
        self.texts.retain(|text| !no_value.is_text(text));
        self.integers.retain(|value| !no_value.is_integer(*value));
        let mut labels: Vec<String> = self.texts.into_iter().collect();
        labels.extend(self.integers.iter().map(i64::to_string));
        labels.sort_unstable();
        let code_of: HashMap<String, u32> =
            labels.iter().enumerate().map(|(code, label)| (label.clone(), to_code(code))).collect();
        let code = |value: &i64| code_of.get(&value.to_string()).copied().unwrap_or(MISSING);
        let integers: Vec<(i64, u32)> = self.integers.iter().map(|value| (*value, code(value))).collect();
        let small = match (integers.first(), integers.last()) {
            (Some(&(first, _)), Some(&(last, _)))
                if last.checked_sub(first).is_some_and(|span| span < TABLE_LIMIT as i64) =>
            {
                let mut table = vec![MISSING; usize::try_from(last - first + 1).unwrap_or(0)];
                for (value, code) in &integers {
                    table[usize::try_from(value - first).unwrap_or(0)] = *code;
                }
                Some((first, table))
            }
            _ => None,
        };
        Coder { labels, code_of, small, integers }
    }
}

impl Coder {
    /// The labels in the order of their codes.
    pub(super) fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The codes of a chunk of indices.
    pub(super) fn codes_of_indexed(&self, chunk: Indexed) -> Vec<u32> {
        let code_of_index: Vec<u32> = match &chunk.values {
            Dictionary::Texts(values) => values.iter().map(|text| self.code_of_text(text)).collect(),
            Dictionary::Integers(values) => values.iter().map(|value| self.code_of_integer(*value)).collect(),
        };
        let mut codes = chunk.codes;
        codes.iter_mut().for_each(|code| *code = code_of_index.get(*code as usize).copied().unwrap_or(MISSING));
        codes
    }

    fn code_of_text(&self, text: &str) -> u32 {
        self.code_of.get(text).copied().unwrap_or(MISSING)
    }

    fn code_of_integer(&self, value: i64) -> u32 {
        match &self.small {
            Some((first, table)) => {
                let at = usize::try_from(value.wrapping_sub(*first)).ok();
                at.and_then(|at| table.get(at)).copied().unwrap_or(MISSING)
            }
            None => {
                let at = self.integers.binary_search_by_key(&value, |(known, _)| *known);
                at.map_or(MISSING, |at| self.integers[at].1)
            }
        }
    }

    /// The codes of a chunk.
    pub(super) fn codes(&self, chunk: Chunk) -> Vec<u32> {
        match chunk {
            Chunk::Codes { codes, labels } => {
                self.codes_of_indexed(Indexed { values: Dictionary::Texts(labels), codes })
            }
            Chunk::Integers(values) => values.iter().map(|value| self.code_of_integer(*value)).collect(),
            Chunk::Numbers(values) => values.iter().map(|value| self.code_of_text(&value.to_string())).collect(),
        }
    }
}

fn to_code(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(MISSING)
}
