//! What to do with a stratum of which one sampling unit is in the sample.

use std::fmt;

/// The treatment of strata with one sampled unit.
///
/// Applies to strata that are alone *by design*. A stratum of which a domain holds one unit out of several keeps its
/// ordinary treatment, unless the design says `adjust_domain_lonely`.
///
/// # References
///
/// Lumley (2010), Complex Surveys, section 3.2.1; R `survey`, `options(survey.lonely.psu)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LonelyPsu {
    /// The design is refused and the strata are named. The default.
    #[default]
    Fail,
    /// The unit was certain to be selected: no contribution at this stage.
    Certainty,
    /// The stratum is left out of the variance (the number is that of `Certainty`, the claim is not).
    Remove,
    /// The unit is centred at the mean of all units of the stage instead of its own stratum (R: `adjust`).
    Center,
    /// The stratum gets the average contribution of the strata that have a variance.
    Average,
    /// The stratum joins another one: pairs of (lonely stratum, stratum to join). A lonely stratum that is not named
    /// joins its neighbour in the order of the labels. First stage only.
    Collapse(Vec<(String, String)>),
}

impl fmt::Display for LonelyPsu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fail => "fail",
            Self::Certainty => "certainty",
            Self::Remove => "remove",
            Self::Center => "center",
            Self::Average => "average",
            Self::Collapse(_) => "collapse",
        })
    }
}
