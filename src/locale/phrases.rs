//! The phrase files, compiled into the program.

use std::collections::BTreeMap;

/// Languages that have a phrase file.
pub(super) const LANGUAGES: &[&str] = &["en"];

/// Fixed phrases of one language.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub(super) struct Phrases {
    phrases: BTreeMap<String, String>,
    lists: BTreeMap<String, Vec<String>>,
}

impl Phrases {
    /// The phrases of a language; none where there is no file or it does not parse.
    pub(super) fn load(code: &str) -> Option<Self> {
        let text = match code {
            "en" => include_str!("en.toml"),
            _ => return None,
        };
        Self::parse(code, text).ok()
    }

    fn parse(code: &str, text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| format!("src/locale/{code}.toml does not parse: {error}"))
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.phrases.get(key).map(String::as_str)
    }

    pub(super) fn list(&self, key: &str) -> &[String] {
        self.lists.get(key).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phrase_file_parses() {
        for code in LANGUAGES {
            let text = std::fs::read_to_string(format!("{}/src/locale/{code}.toml", env!("CARGO_MANIFEST_DIR")));
            let parsed = Phrases::parse(code, &text.unwrap());
            assert!(parsed.is_ok(), "{}", parsed.unwrap_err());
            assert!(Phrases::load(code).is_some(), "language {code} is listed but has no phrases");
        }
    }

    #[test]
    fn a_phrase_file_that_does_not_parse_says_so() {
        let error = Phrases::parse("xx", "[lists]\n[phrases]\nto = \"to").unwrap_err();
        assert!(error.contains("xx.toml does not parse") && error.contains("line 3"), "{error}");
    }
}
