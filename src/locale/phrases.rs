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
        toml::from_str(text).ok()
    }

    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.phrases.get(key).map(String::as_str)
    }

    pub(super) fn list(&self, key: &str) -> &[String] {
        self.lists.get(key).map_or(&[], Vec::as_slice)
    }
}
