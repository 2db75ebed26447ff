//! The domain model: what a study consists of. Plain types, no reading and no statistics.

pub mod definition;

mod areas;
mod date;
mod evidence;
mod places;

pub use areas::{Area, AreaNumbers, AreaSystem, Located, PopulationFrame};
pub use date::{NotADate, PartialDate, Precision, Span, decimal_year};
pub use evidence::*;
pub use places::{Placed, Places};

use definition::Definition;

/// A study with everything that its definition asks for, read and checked.
#[derive(Debug, Clone, Default)]
pub struct Study {
    /// The definition.
    pub definition: Definition,
    /// Published toplines and subgroup tables, in file order.
    pub toplines: Vec<PublishedTopline>,
    /// Respondent files by data id, in the order of the definition.
    pub microdata: Vec<Microdata>,
    /// Official results by data id.
    pub official: Vec<OfficialResult>,
    /// Published counts by data id.
    pub counts: Vec<PublishedCount>,
    /// Item lists by data id.
    pub items: Vec<EventList>,
    /// Reference numbers by data id.
    pub lookups: Vec<Lookup>,
    /// How printed labels map to places.
    pub places: Places,
    /// Areas, and how printed labels map to them.
    pub areas: AreaSystem,
    /// Numbers of areas by data id.
    pub area_numbers: Vec<AreaNumbers>,
    /// Populations by characteristics.
    pub frames: Vec<PopulationFrame>,
}

impl Study {
    /// The respondent file of a data id.
    pub fn microdata(&self, data: &str) -> Option<&Microdata> {
        self.microdata.iter().find(|file| file.data == data)
    }

    /// The item list of a data id.
    pub fn items(&self, data: &str) -> Option<&EventList> {
        self.items.iter().find(|list| list.data == data)
    }

    /// The reference numbers of a data id.
    pub fn lookup(&self, data: &str) -> Option<&Lookup> {
        self.lookups.iter().find(|table| table.data == data)
    }
}
