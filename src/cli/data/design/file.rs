//! `design.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cli::data::format::FormatArgs;
use crate::error::Result;
use crate::ingest::TextFormat;
use crate::ingest::definition::read_toml;
use crate::ingest::source::SourceText;

/// A sampling design by the names of its columns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DesignFile {
    /// Column of the weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// Column of the strata, or several crossed ones as `region:urban`; several entries are those of the stages, first stage
    /// first.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub strata: Names,
    /// Column of the primary sampling units; further ones are the units of later stages.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub psu: Names,
    /// Column (or number) of units in the population of the row's stratum; several are those of the stages.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub population_size: Names,
    /// Column (or number) of the share of units that was sampled, in place of the population size.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub sampling_fraction: Names,
    /// Column (or number) of the inclusion probabilities of units, where they vary within strata; several are those of the
    /// stages.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub probabilities: Names,
    /// How the variance takes unequal probabilities; Brewer's approximation where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub joint: Option<JointName>,
    /// With `joint`: Yates and Grundy's variance in place of Horvitz and Thompson's.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub yates_grundy: bool,
    /// True when labels of units start anew in each stratum.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub nest: bool,
    /// The treatment of strata with one sampled unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lonely_psu: Option<LonelyName>,
    /// With `lonely_psu = "collapse"`: the stratum that each lonely stratum joins; neighbours by label otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub collapse: Vec<Join>,
    /// Also treat strata of which a domain holds one unit out of several as lonely (`center` and `average`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub adjust_domain_lonely: bool,
    /// Strata that stand for themselves (one town, say), with the design effect that stands for the clustering within: their
    /// respondents are their units.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub self_representing: BTreeMap<String, f64>,
    /// Texts that mean "no value", beside the empty cell.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub missing: Names,
    /// What separates the cells of a CSV file, where it is no comma: `;`, `tab`, `|`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// The encoding of a CSV file, where it is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// The decimal mark of a CSV file, where it is a comma.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal: Option<String>,
    /// Replicate weights; the variance is then theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicates: Option<ReplicateTable>,
    /// A subsample of the rows, in which alone the answers stand; the other keys describe the first phase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second_phase: Option<PhaseTable>,
    /// Two samples from frames that overlap, one behind the other in the file; the other keys hold for both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames: Option<FrameTable>,
}

/// A second phase by the names of its columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseTable {
    /// Column that is 1 (true, yes) for rows of the second phase, 0 for the others.
    pub drawn: String,
    /// Column of the strata that the second phase was drawn in, or several crossed ones as `region:urban`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strata: Option<String>,
    /// Column of the units that the second phase drew; rows where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psu: Option<String>,
    /// Column of the probability of each row to be drawn from the first phase; without it, the share of the units of its
    /// stratum that was drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probabilities: Option<String>,
    /// How the first phase enters the variance; `full` where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<PhaseMethodName>,
}

/// How the first phase enters the variance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PhaseMethodName {
    /// By the probabilities of pairs in both phases (Horvitz and Thompson).
    Full,
    /// By the variance between its units, as seen by the second phase.
    Approximate,
}

/// Two frames by the names of their columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FrameTable {
    /// Column that says from which frame each row was drawn.
    pub column: String,
    /// Column that is 1 (true, yes) for rows that belong to both frames.
    pub overlap: String,
    /// By frame, the share of their weight that rows of the overlap keep; both add up to 1.
    pub shares: BTreeMap<String, f64>,
}

/// Approximations of the variance under unequal probabilities without replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum JointName {
    /// Brewer's, unit by unit: any number of rows, units and stages.
    Brewer,
    /// Overton's joint probabilities of rows.
    Overton,
    /// Hartley and Rao's joint probabilities of rows.
    HartleyRao,
    /// Those of a simple random sample of rows at the probabilities given (R: multiframe).
    SimpleRandom,
}

/// Replicate weights by the names of their columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReplicateTable {
    /// Names of the columns; `*` stands for any letters, `?` for one.
    pub columns: Names,
    /// The method that made them.
    #[serde(rename = "type")]
    pub kind: ReplicateType,
    /// The share that the lighter half keeps; needed for `fay`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rho: Option<f64>,
    /// Factor of the whole variance; that of the method where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<f64>,
    /// Factor of each replicate; one number holds for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rscales: Vec<f64>,
    /// True for deviations from the full-sample estimate, false for those from the mean of the replicates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mse: Option<bool>,
    /// True when the columns are factors on the weight instead of weights.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub factors: bool,
}

/// A lonely stratum and the stratum that it joins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Join {
    /// The lonely stratum.
    pub stratum: String,
    /// The stratum to join.
    pub into: String,
}

/// One name or a list of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Default for Names {
    fn default() -> Self {
        Names::Several(Vec::new())
    }
}

impl From<Vec<String>> for Names {
    fn from(names: Vec<String>) -> Self {
        Names::Several(names)
    }
}

impl Names {
    /// The names.
    pub fn list(&self) -> &[String] {
        match self {
            Names::One(name) => std::slice::from_ref(name),
            Names::Several(names) => names,
        }
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.list().is_empty()
    }
}

/// What happens to a stratum with one sampled unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LonelyName {
    /// The design is refused, and the strata are named.
    Fail,
    /// The unit was certain to be selected: nothing is added to the variance.
    Certainty,
    /// The stratum is left out of the variance.
    Remove,
    /// The unit is compared with the mean of all units (R: adjust).
    #[value(alias = "adjust")]
    Center,
    /// The stratum gets the average contribution of the others.
    Average,
    /// The stratum joins another one.
    Collapse,
}

/// The method behind replicate weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum ReplicateType {
    /// Jackknife without strata.
    Jk1,
    /// Jackknife with strata; needs rscales.
    Jkn,
    /// Jackknife of pairs.
    Jk2,
    /// Balanced repeated replication.
    Brr,
    /// Fay's variant of it; needs rho.
    Fay,
    /// Bootstrap.
    Bootstrap,
    /// Successive differences.
    Sdr,
    /// American Community Survey.
    Acs,
    /// Scale and rscales as given.
    Other,
}

impl DesignFile {
    /// How the text of a CSV file is written.
    ///
    /// # Errors
    ///
    /// `E41` for what is no delimiter or decimal mark.
    pub fn format(&self) -> Result<TextFormat> {
        let (delimiter, encoding, decimal) = (self.delimiter.clone(), self.encoding.clone(), self.decimal.clone());
        FormatArgs { delimiter, encoding, decimal }.format()
    }

    /// Reads `design.toml`.
    ///
    /// # Errors
    ///
    /// An unreadable file, no TOML, unknown keys with the closest known one, values of the wrong kind.
    pub fn read(path: &Path) -> Result<Self> {
        read_toml(&SourceText::read(path, &path.display().to_string(), None)?, "opros schema design")
    }
}

/// The JSON schema of `design.toml`.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(DesignFile).to_value()
}
