//! Areas compared with each other.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::Text;

/// A number of each area, possibly over another.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaMeasure {
    /// Short name.
    pub id: String,
    /// Text for readers, with the unit.
    pub label: Text,
    /// Id of the area data.
    pub data: String,
    /// Id of the area data that it is divided by.
    pub per: Option<String>,
    /// What the quotient is multiplied by, such as a million; 1 where absent. Without it, a quotient is a share.
    pub times: Option<f64>,
}

/// Do two numbers go together between areas? An association of areas, not of people.
///
/// Only areas in which all numbers are known enter. Results: `<id>/slope`, outcome on predictor by least squares with
/// HC3 errors, and `<id>/slope-adjusted` with the covariates; `<id>/slope-permutation` and
/// `<id>/slope-adjusted-permutation`, the same with the test by permutation; `<id>/slope-without-leverage` and
/// `<id>/slope-adjusted-without-leverage`, without the area that decides most of its own fitted value; `<id>/correlation`; `<id>/moran` and
/// `<id>/moran-adjusted`, how alike the residuals of neighbours are; `<id>/areas`, how many; and for each area
/// `<id>/<area>/outcome` and `<id>/<area>/predictor`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AreaAssociationAnalysis {
    /// Short name.
    pub id: String,
    /// What is explained.
    pub outcome: AreaMeasure,
    /// What may explain it.
    pub predictor: AreaMeasure,
    /// What is held constant.
    #[serde(default)]
    pub covariates: Vec<AreaMeasure>,
    /// Id of the area data by which areas are weighted; all alike where absent.
    pub weight: Option<String>,
    /// Nearest areas, by the distance of their main places, that count as neighbours; 5 where absent.
    #[schemars(range(min = 1, max = 50))]
    pub neighbours: Option<u32>,
    /// Random orders of a permutation test; 4,999 where absent.
    #[schemars(range(min = 99, max = 100_000))]
    pub permutations: Option<u32>,
}

/// Shares of areas in which few were interviewed, by the model of Fay and Herriot.
///
/// Results: `<id>/<area>`, the estimate with the root of its mean squared error; `<id>/<area>/direct`, the weighted share
/// of those interviewed; `<id>/<area>/kept`, the part of the direct estimate that is kept; `<id>/spread`, the standard
/// deviation of the areas about the regression; `<id>/coefficient-<covariate>`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SmallAreaAnalysis {
    /// Short name.
    pub id: String,
    /// Survey, whose data name the column of the area.
    pub survey: String,
    /// Measure of the survey.
    pub measure: String,
    /// What is known of the areas; areas in which it is not known are left out.
    #[serde(default)]
    pub covariates: Vec<AreaMeasure>,
}
