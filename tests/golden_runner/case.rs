//! A case: a design, an analysis, the numbers expected.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::compare::{Tolerance, compare};
use crate::data::Library;
use crate::procedures;

/// The list of cases.
#[derive(Deserialize)]
pub struct Index {
    pub cases: Vec<Entry>,
}

#[derive(Deserialize)]
pub struct Entry {
    pub id: String,
    pub area: String,
    pub issue_group: String,
}

impl Index {
    pub fn read(folder: &Path) -> Result<Self, String> {
        read_json(&folder.join("index.json"))
    }
}

#[derive(Deserialize)]
pub struct Case {
    dataset: Option<String>,
    design: Value,
    analysis: Value,
    expected: Value,
    /// Where a newer engine gives other numbers, these are the ones to match.
    expected_newer: Option<Value>,
    tolerance: Tolerance,
}

impl Case {
    /// The case with an id: the part behind the first slash is its path.
    pub fn read(folder: &Path, id: &str) -> Result<Self, String> {
        let path = id.split_once('/').map_or(id, |(_, path)| path);
        read_json(&folder.join("cases").join(format!("{path}.json")))
    }

    /// Compares our numbers with those expected.
    pub fn check(&self, data: &mut Library) -> Result<Verdict, String> {
        let expected = self.expected_newer.as_ref().unwrap_or(&self.expected);
        let found = procedures::run(data, self.dataset.as_deref(), &self.design, &self.analysis);
        let must_refuse = expected.get("error") == Some(&Value::Bool(true));
        let found = match (found, must_refuse) {
            (Err(_), true) => return Ok(Verdict::Passed),
            (Ok(_), true) => return Err("expected a refusal, got numbers".to_string()),
            (Err(message), false) => return Err(message),
            (Ok(found), false) => found,
        };
        let case = (&self.design, &self.analysis);
        match procedures::dispute(data, self.dataset.as_deref(), case, &found, expected, self.tolerance) {
            Some(dispute) => dispute.map(Verdict::Disputed),
            None => compare(&found, expected, self.tolerance).map(|()| Verdict::Passed),
        }
    }
}

/// How a case ended that did not fail.
pub enum Verdict {
    Passed,
    /// The reference cannot be right, for this reason; our numbers passed another check.
    Disputed(String),
}

fn read_json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
}
