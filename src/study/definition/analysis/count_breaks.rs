//! Did the pace of things change at a date?

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Text;
use crate::study::PartialDate;

/// Breaks in the pace at which items of a list appear.
///
/// Periods are whole calendar years or months; one belongs to the time after an event where its middle does. Each event is
/// compared with the time since the event before it. Results: `<id>/<event>/ratio`, ratio of the rates after and before with
/// the exact conditional interval and test; `…/detectable`, the smallest ratio above 1 that this test could have shown; `…/profile`, the same by Poisson regression with the interval of the profile
/// likelihood; `…/overdispersed`, by negative binomial regression where counts vary more than Poisson's law allows, with
/// quasi-Poisson errors where θ is not identified; `…/window`, ratio of `window` periods on either side, and `…/placebo`, the
/// share of all other dates at which such a ratio is at least as far from 1; `…/tipping`, how many times easier items after
/// the event would have to be found for the lower limit of `…/ratio` to fall to 1, `…/tipping-per-year`, the yearly growth of
/// the chance to be found that does it, and `…/chance-<id>`, the ratio under chances of being found that are assumed;
/// `<id>/trend`, ratio of rates ten years apart by Poisson regression; `<id>/overdispersion`, variance over mean with the test
/// of Cameron and Trivedi; `<id>/change-point`, ratio at the date that fits best, with the p value of the largest such ratio
/// among counts that fall at random.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountBreaksAnalysis {
    /// Short name.
    pub id: String,
    /// Id of the item data.
    pub data: String,
    /// First day that is counted.
    pub from: PartialDate,
    /// Last day that the list covers.
    pub until: PartialDate,
    /// Length of a period.
    #[serde(default)]
    pub by: CountPeriod,
    /// Events, in order of time.
    pub events: Vec<String>,
    /// Periods on either side of a date that placebo dates compare.
    #[schemars(range(min = 1))]
    pub window: usize,
    /// Assumed chances that an item was found.
    #[serde(default)]
    pub chance: Vec<FindingChance>,
}

/// Length of the periods in which items are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountPeriod {
    /// Calendar years.
    #[default]
    Year,
    /// Calendar months; items dated to the year only are left out.
    Month,
}

/// Chances, by time, that an item which exists was found.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingChance {
    /// Short name.
    pub id: String,
    /// Text for readers: what is assumed and why.
    pub label: Text,
    /// The chances; together they must cover the whole time.
    pub at: Vec<ChanceSpan>,
}

impl FindingChance {
    /// The chance that holds from one day to another, both inside; `None` where no single one does.
    #[must_use]
    pub fn over(&self, first: Date, last: Date) -> Option<f64> {
        let mut spans = self.at.iter();
        let holds = |span: &&ChanceSpan| span.start.first_day() <= first && last <= span.end.last_day();
        spans.find(holds).map(|span| span.chance)
    }

    /// Are all its chances above 0 and at most 1, and all its spans the right way round?
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.at
            .iter()
            .all(|span| span.chance > 0.0 && span.chance <= 1.0 && span.start.first_day() <= span.end.last_day())
    }
}

/// A chance that holds for a time.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChanceSpan {
    /// First day.
    pub start: PartialDate,
    /// Last day.
    pub end: PartialDate,
    /// Chance, above 0 up to 1.
    #[schemars(range(max = 1.0), extend("exclusiveMinimum" = 0))]
    pub chance: f64,
}
