//! `manifest.json`: what a report was made from and what it consists of.

use serde_json::Value;

/// Name of the manifest.
pub const FILE: &str = "manifest.json";

/// The files that a manifest lists, in its order; none where it is no manifest.
pub fn files(manifest: &[u8]) -> Vec<String> {
    let Ok(document) = serde_json::from_slice::<Value>(manifest) else { return Vec::new() };
    let Some(list) = document.get("files").and_then(Value::as_array) else { return Vec::new() };
    list.iter().filter_map(|file| file.as_str().map(str::to_owned)).collect()
}
