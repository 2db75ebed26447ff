//! The files of a built report, as bytes, before anything touches a disk.

use std::collections::BTreeMap;

/// Files by their path inside the report's folder, with `/` between folders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    files: BTreeMap<String, Vec<u8>>,
}

impl Bundle {
    /// Adds a file.
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), bytes.into());
    }

    /// Files of text, for tests.
    #[cfg(test)]
    pub fn of_texts(files: &[(&str, &str)]) -> Self {
        Bundle { files: files.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec())).collect() }
    }

    /// The bytes of a file.
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// The files in order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// Only the files for which `keep` says yes.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.files.retain(|path, _| keep(path));
    }
}

/// Is the file kept out of version control? Pages can always be built again and pictures are asked for by name.
pub fn is_uncommitted(path: &str) -> bool {
    path.ends_with(".html") || path.starts_with("png/")
}
