//! What each diagnostic code means, why it matters and how to mend it: the text behind `opros explain`.
//!
//! `E` codes say that something cannot be done or cannot be true, `A` codes that an analysis or claim cannot be computed
//! as declared, `F` and `R` codes that a figure or report cannot be made; `V` codes are findings of rules. Codes are stable: one that is no longer used is never given to
//! something else.

mod analyses;
mod commands;
mod errors;
mod reports;
mod rules;

/// What a code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Entry {
    /// The code.
    pub code: &'static str,
    /// In a few words.
    pub title: &'static str,
    /// What it means.
    pub means: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// How to mend it.
    pub fix: &'static str,
}

/// All codes, in order.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    errors::ENTRIES
        .iter()
        .chain(commands::ENTRIES)
        .chain(rules::ENTRIES)
        .chain(analyses::ENTRIES)
        .chain(reports::ENTRIES)
}

/// What a code means; codes are given in any case.
pub fn get(code: &str) -> Option<&'static Entry> {
    all().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Codes in quotes in the source, tests and this catalogue apart.
    fn used(folder: &Path, codes: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                if !path.ends_with("explain") {
                    used(&path, codes);
                }
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("tests.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                codes.extend(code.split('"').filter(|word| is_code(word)).map(str::to_owned));
            }
        }
    }

    fn is_code(word: &str) -> bool {
        matches!(word.as_bytes(), [b'E' | b'V' | b'A' | b'F' | b'R', a, b] if a.is_ascii_digit() && b.is_ascii_digit())
    }

    #[test]
    fn every_code_is_explained_and_every_explanation_is_used() {
        let mut codes = BTreeSet::new();
        used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut codes);
        let known: BTreeSet<String> = all().map(|entry| entry.code.to_owned()).collect();
        let unexplained: Vec<_> = codes.difference(&known).collect();
        assert!(unexplained.is_empty(), "{unexplained:?}");
        let unused: Vec<_> = known.difference(&codes).filter(|code| !code.starts_with('A')).collect();
        assert!(unused.is_empty(), "{unused:?}");
    }

    #[test]
    fn codes_stand_once_and_are_found_in_any_case() {
        let codes: Vec<_> = all().map(|entry| entry.code).collect();
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
        assert_eq!(get("v01").unwrap().code, "V01");
        assert!(get("V99").is_none());
    }
}
