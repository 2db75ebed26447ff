//! Areas such as regions, and how printed labels map to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Origin;

/// The areas of a study in the order of their table, and the crosswalk from (data, label).
#[derive(Debug, Clone, Default)]
pub struct AreaSystem {
    /// The areas.
    pub areas: Vec<Area>,
    area_of: BTreeMap<(String, String), String>,
}

/// An area.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Id, as in the crosswalk.
    pub id: String,
    /// Name for readers.
    pub label: String,
    /// Name of a few letters.
    pub short: String,
    /// Column and row on a map of tiles, counted from 1.
    pub tile: Option<(u32, u32)>,
    /// Latitude and longitude of the main place, in degrees.
    pub position: Option<(f64, f64)>,
    /// Where it stands.
    pub origin: Origin,
}

/// What a printed label turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Located<'a> {
    /// An area.
    Area(&'a str),
    /// No area: blank, abroad, a total.
    Outside,
    /// The crosswalk does not know it.
    Unknown,
}

impl AreaSystem {
    /// Adds a row of the crosswalk; `area` is empty for what is no area.
    pub fn insert(&mut self, data: &str, label: &str, area: &str) {
        self.area_of.insert((data.to_owned(), label.to_owned()), area.to_owned());
    }

    /// The area that a label of a file means.
    pub fn locate(&self, data: &str, label: &str) -> Located<'_> {
        match self.area_of.get(&(data.to_owned(), label.to_owned())).map(String::as_str) {
            Some("") => Located::Outside,
            Some(area) => Located::Area(area),
            None if label.is_empty() => Located::Outside,
            None => Located::Unknown,
        }
    }

    /// The labels that the crosswalk has for a file, in byte order.
    pub fn labels(&self, data: &str) -> impl Iterator<Item = &str> {
        self.area_of.keys().filter(move |(known, _)| known == data).map(|(_, label)| label.as_str())
    }

    /// An area by its id.
    pub fn get(&self, id: &str) -> Option<&Area> {
        self.areas.iter().find(|area| area.id == id)
    }
}

/// A number of each area.
#[derive(Debug, Clone)]
pub struct AreaNumbers {
    /// Data id.
    pub data: String,
    /// Path of the file, relative to the project root.
    pub file: Arc<str>,
    /// Number of an area with the lines that it comes from.
    pub by_area: BTreeMap<String, (f64, Vec<u64>)>,
}

/// A population by combinations of characteristics.
#[derive(Debug, Clone)]
pub struct PopulationFrame {
    /// Id.
    pub id: String,
    /// Path of the file, relative to the project root.
    pub file: Arc<str>,
    /// Characteristics in the order of the combinations.
    pub characteristics: Vec<String>,
    /// Levels of the characteristics, and people.
    pub cells: BTreeMap<Vec<String>, f64>,
    /// Lines that were used.
    pub lines: Vec<u64>,
}
