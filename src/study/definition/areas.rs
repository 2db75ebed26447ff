//! Areas such as regions: their table, the crosswalk from printed labels, and tables of numbers by area.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Condition, Crosswalk, Text};

/// The areas of a study.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Areas {
    /// Name for readers, such as "Regions".
    pub label: Text,
    /// The table that maps the labels of each file to areas; `covers` is the column of the area, empty for what is none.
    pub crosswalk: Crosswalk,
    /// The table of the areas.
    pub table: AreaTable,
}

/// The table with one row per area.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaTable {
    /// Folder under `datasets/`.
    pub package: String,
    /// Name of the resource in the package.
    pub resource: String,
    /// Column of the area's id, as in the crosswalk.
    pub area: String,
    /// Column of the name for readers.
    pub label: String,
    /// Column of a name of two or three letters, for maps of tiles.
    pub short: Option<String>,
    /// Column of the tile's column, counted from 1.
    pub tile_column: Option<String>,
    /// Column of the tile's row, counted from 1.
    pub tile_row: Option<String>,
    /// Column of the latitude of the area's main place, in degrees.
    pub latitude: Option<String>,
    /// Column of its longitude, in degrees.
    pub longitude: Option<String>,
}

/// A number of each area: the values of the rows of an area are added up, or its rows counted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaData {
    /// Short name.
    pub id: String,
    /// Folder under `datasets/`.
    pub package: String,
    /// Name of the resource in the package.
    pub resource: String,
    /// Rows to take; all by default.
    #[serde(default, rename = "where")]
    pub filter: Vec<Condition>,
    /// Column of the area's label.
    pub area: String,
    /// Column of the number; rows are counted where absent. Rows without a number are passed over.
    pub value: Option<String>,
}
