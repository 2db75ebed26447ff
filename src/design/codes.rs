//! Labels as dense codes.

use std::collections::HashMap;
use std::sync::Arc;

pub use crate::rows::MISSING;

/// A column of labels as dense codes `0..labels.len()`, made once; codes follow the byte order of the labels.
///
/// Inner loops then add into dense tables: no hash table, no string. A row without a label has the code [`MISSING`].
///
/// # Examples
///
/// ```
/// use opros::design::Codes;
/// let codes = Codes::from_labels(&["north", "south", "north"]);
/// assert_eq!(codes.codes(), [0, 1, 0]);
/// assert_eq!(codes.labels(), ["north", "south"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codes {
    codes: Arc<Vec<u32>>,
    labels: Vec<String>,
}

impl Codes {
    /// Codes for complete labels.
    pub fn from_labels<S: AsRef<str>>(labels: &[S]) -> Self {
        Self::from_optional_iter(labels.iter().map(|label| Some(label.as_ref())))
    }

    /// Codes for labels of which some may be missing.
    pub fn from_optional<S: AsRef<str>>(labels: &[Option<S>]) -> Self {
        Self::from_optional_iter(labels.iter().map(|label| label.as_ref().map(AsRef::as_ref)))
    }

    /// Codes for integers, which become their decimal labels.
    pub fn from_integers(values: &[i64]) -> Self {
        let mut distinct = values.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        let mut labels: Vec<(String, usize)> =
            distinct.iter().enumerate().map(|(i, value)| (value.to_string(), i)).collect();
        labels.sort();
        let mut rank = vec![0u32; distinct.len()];
        for (new, (_, old)) in labels.iter().enumerate() {
            rank[*old] = new as u32;
        }
        let codes: Vec<u32> = values
            .iter()
            .map(|value| {
                let position = distinct.partition_point(|v| v < value);
                rank[position]
            })
            .collect();
        Self { codes: Arc::new(codes), labels: labels.into_iter().map(|(label, _)| label).collect() }
    }

    /// Codes that exist already, with the labels in the order that the codes count (a dictionary column, or the answers
    /// of a question in the order of the questionnaire). Codes at or above the number of labels are missing.
    pub fn from_codes(mut codes: Vec<u32>, labels: Vec<String>) -> Self {
        let n_labels = labels.len() as u32;
        for code in &mut codes {
            if *code >= n_labels {
                *code = MISSING;
            }
        }
        Self { codes: Arc::new(codes), labels }
    }

    fn from_optional_iter<'a>(labels: impl Iterator<Item = Option<&'a str>>) -> Self {
        let mut first_seen: Vec<&str> = Vec::new();
        let mut index: HashMap<&str, u32> = HashMap::new();
        let mut codes: Vec<u32> = labels
            .map(|label| match label {
                None => MISSING,
                Some(label) => *index.entry(label).or_insert_with(|| {
                    first_seen.push(label);
                    first_seen.len() as u32 - 1
                }),
            })
            .collect();
        let mut order: Vec<u32> = (0..first_seen.len() as u32).collect();
        order.sort_by_key(|&i| first_seen[i as usize]);
        let mut rank = vec![0u32; order.len()];
        for (new, &old) in order.iter().enumerate() {
            rank[old as usize] = new as u32;
        }
        for code in &mut codes {
            if *code != MISSING {
                *code = rank[*code as usize];
            }
        }
        let labels = order.iter().map(|&i| first_seen[i as usize].to_string()).collect();
        Self { codes: Arc::new(codes), labels }
    }

    /// The same column with the labels that occur in some rows only; other labels become missing. And how many of these rows
    /// have none.
    pub fn among(&self, is_in: &[bool]) -> (Self, usize) {
        let mut occurs = vec![false; self.n_labels()];
        let mut n_missing = 0;
        for (&code, _) in self.codes.iter().zip(is_in).filter(|(_, is_in)| **is_in) {
            match occurs.get_mut(code as usize) {
                Some(occurs) => *occurs = true,
                None => n_missing += 1,
            }
        }
        let kept: Vec<usize> = (0..occurs.len()).filter(|k| occurs[*k]).collect();
        let mut rank = vec![MISSING; occurs.len()];
        kept.iter().zip(0..).for_each(|(old, new)| rank[*old] = new);
        let recoded = self.codes.iter().map(|code| rank.get(*code as usize).copied().unwrap_or(MISSING));
        let labels = kept.iter().map(|k| self.labels[*k].clone()).collect();
        (Self::from_codes(recoded.collect(), labels), n_missing)
    }

    /// The same column with a label for the rows that have none.
    pub fn with_label_for_missing(&self, label: &str) -> Self {
        let mut labels = self.labels.clone();
        labels.push(label.to_string());
        let last = self.n_labels() as u32;
        Self::from_codes(self.codes.iter().map(|c| (*c).min(last)).collect(), labels)
    }

    /// One code a row.
    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// The column itself, to be shared.
    pub(crate) fn shared(&self) -> Arc<Vec<u32>> {
        Arc::clone(&self.codes)
    }

    /// The labels in the order of their codes.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// True when there is no row.
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// Number of labels.
    pub fn n_labels(&self) -> usize {
        self.labels.len()
    }
}

impl<S: AsRef<str>> From<&[S]> for Codes {
    fn from(labels: &[S]) -> Self {
        Self::from_labels(labels)
    }
}

impl<S: AsRef<str>> From<&Vec<S>> for Codes {
    fn from(labels: &Vec<S>) -> Self {
        Self::from_labels(labels)
    }
}

impl<S: AsRef<str>, const N: usize> From<&[S; N]> for Codes {
    fn from(labels: &[S; N]) -> Self {
        Self::from_labels(labels)
    }
}

impl From<&Codes> for Codes {
    fn from(codes: &Codes) -> Self {
        codes.clone()
    }
}

/// Largest table of all possible pairs that is laid out in full.
const DIRECT_PAIRS: usize = 1 << 22;

/// Pairs of codes as dense codes in the order of the pairs, with the pair behind each code.
///
/// A pair with a missing member is missing.
pub(crate) fn dense_pairs(first: &[u32], second: &[u32]) -> (Vec<u32>, Vec<(u32, u32)>) {
    let n_labels = |codes: &[u32]| codes.iter().filter(|c| **c != MISSING).max().map_or(0, |c| *c as usize + 1);
    let width = n_labels(second);
    if n_labels(first).saturating_mul(width) <= DIRECT_PAIRS {
        direct_pairs(first, second, width)
    } else {
        sorted_pairs(first, second)
    }
}

fn direct_pairs(first: &[u32], second: &[u32], width: usize) -> (Vec<u32>, Vec<(u32, u32)>) {
    let slot = |a: u32, b: u32| a as usize * width + b as usize;
    let height = first.iter().filter(|c| **c != MISSING).max().map_or(0, |c| *c as usize + 1);
    let mut code_of_pair = vec![MISSING; height * width];
    for (&a, &b) in first.iter().zip(second) {
        if a != MISSING && b != MISSING {
            code_of_pair[slot(a, b)] = 0;
        }
    }
    let mut pairs = Vec::new();
    for (i, code) in code_of_pair.iter_mut().enumerate().filter(|(_, code)| **code == 0) {
        *code = pairs.len() as u32;
        pairs.push(((i / width) as u32, (i % width) as u32));
    }
    let code = |(&a, &b): (&u32, &u32)| if a == MISSING || b == MISSING { MISSING } else { code_of_pair[slot(a, b)] };
    (first.iter().zip(second).map(code).collect(), pairs)
}

fn sorted_pairs(first: &[u32], second: &[u32]) -> (Vec<u32>, Vec<(u32, u32)>) {
    let both = first.iter().zip(second).map(|(&a, &b)| (a, b));
    let mut pairs: Vec<(u32, u32)> = both.clone().filter(|p| p.0 != MISSING && p.1 != MISSING).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let index: HashMap<(u32, u32), u32> = pairs.iter().enumerate().map(|(i, p)| (*p, i as u32)).collect();
    (both.map(|pair| index.get(&pair).copied().unwrap_or(MISSING)).collect(), pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_coded_in_byte_order_and_missing_rows_have_no_code() {
        let codes = Codes::from_optional(&[Some("б"), None, Some("a"), Some("б")]);
        assert_eq!(codes.codes(), [1, MISSING, 0, 1]);
        assert_eq!(codes.labels(), ["a", "б"]);
    }

    #[test]
    fn labels_that_do_not_occur_are_left_out() {
        let codes = Codes::from_optional(&[Some("b"), None, Some("a"), Some("c")]);
        let (among, n_missing) = codes.among(&[true, true, false, true]);
        assert_eq!(
            (among.labels(), among.codes(), n_missing),
            (&["b", "c"].map(String::from)[..], &[0, MISSING, MISSING, 1][..], 1)
        );
        let shown = among.with_label_for_missing("none");
        assert_eq!((shown.labels()[2].as_str(), shown.codes()), ("none", &[0, 2, 2, 1][..]));
    }

    #[test]
    fn integers_are_ordered_as_labels() {
        let codes = Codes::from_integers(&[2, 10, 2]);
        assert_eq!(codes.labels(), ["10", "2"]);
        assert_eq!(codes.codes(), [1, 0, 1]);
    }

    #[test]
    fn pairs_are_dense_and_ordered() {
        let (codes, pairs) = dense_pairs(&[1, 0, 1, MISSING], &[0, 5, 0, 1]);
        assert_eq!(codes, [1, 0, 1, MISSING]);
        assert_eq!(pairs, [(0, 5), (1, 0)]);
        assert_eq!(sorted_pairs(&[1, 0, 1, MISSING], &[0, 5, 0, 1]), (codes, pairs));
    }
}
