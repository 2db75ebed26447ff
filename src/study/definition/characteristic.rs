//! Characteristics of people, such as sex and age, that files and population frames code in their own ways.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Condition;

/// A characteristic of the people of a file, in levels of the study's own.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Characteristic {
    /// Short name; characteristics of several files with one name have the same levels.
    pub id: String,
    /// Column of the file.
    pub column: String,
    /// Level to the labels of the column that belong to it. A blank cell is not known; any other label needs a level.
    #[serde(default)]
    pub levels: BTreeMap<String, Vec<String>>,
    /// Lower ends of bands, for a column of whole numbers such as the age: 18, 30, 60 give the levels `18-29`, `30-59` and
    /// `60+`. Numbers below the first are not known.
    #[serde(default)]
    pub bands: Vec<u32>,
}

impl Characteristic {
    /// The level of a printed value; none where it belongs to none.
    pub fn level(&self, value: &str) -> Option<String> {
        if let Some((level, _)) = self.levels.iter().find(|(_, labels)| labels.iter().any(|label| label == value)) {
            return Some(level.clone());
        }
        let number: f64 = value.parse().ok().filter(|number: &f64| number.is_finite())?;
        let band = self.bands.iter().rposition(|low| f64::from(*low) <= number)?;
        let low = self.bands[band];
        Some(match self.bands.get(band + 1) {
            Some(next) => format!("{low}-{}", next.saturating_sub(1)),
            None => format!("{low}+"),
        })
    }
}

/// A population by combinations of characteristics: the standard to which shares can be brought.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// Short name.
    pub id: String,
    /// Folder under `datasets/`.
    pub package: String,
    /// Name of the resource in the package.
    pub resource: String,
    /// Rows to take; all by default.
    #[serde(default, rename = "where")]
    pub filter: Vec<Condition>,
    /// Characteristics that stand in columns.
    pub characteristic: Vec<Characteristic>,
    /// Columns of numbers of people, and the levels of further characteristics that each column stands for; no level where
    /// the column counts everybody.
    pub counts: BTreeMap<String, BTreeMap<String, String>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_bands_have_levels() {
        let levels = [("young", &["18-24", "25-29"][..]), ("old", &["30+"])];
        let levels = levels.map(|(level, labels)| (level.to_owned(), labels.iter().map(|l| (*l).to_owned()).collect()));
        let id = || "age".to_owned();
        let by_label = Characteristic { id: id(), column: id(), levels: levels.into(), bands: Vec::new() };
        assert_eq!(by_label.level("25-29").as_deref(), Some("young"));
        assert_eq!((by_label.level(""), by_label.level("40")), (None, None));
        let by_band = Characteristic { id: id(), column: id(), levels: BTreeMap::new(), bands: vec![18, 30, 60] };
        let level = |value| by_band.level(value);
        assert_eq!([level("18"), level("29"), level("30")].map(Option::unwrap), ["18-29", "18-29", "30-59"]);
        assert_eq!((level("99").as_deref(), level("17"), level("NaN")), (Some("60+"), None, None));
    }
}
