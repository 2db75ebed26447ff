//! What the user says about a design, before it is checked.

use super::check;
use super::codes::Codes;
use super::error::DesignError;
use super::form::{JointProbabilities, PairwiseVariance};
use super::frames::Frames;
use super::lonely::LonelyPsu;
use super::replicates::ReplicateInput;
use super::survey_design::SurveyDesign;

/// How many units a stage was drawn from.
#[derive(Clone, Debug)]
pub(super) enum PopulationInput {
    /// Units in the population of the row's stratum.
    Sizes(Vec<f64>),
    /// Share of the units of the row's stratum that was sampled.
    Fractions(Vec<f64>),
    /// Inclusion probability of the row's unit, free to vary within a stratum.
    Probabilities(Vec<f64>),
}

impl PopulationInput {
    pub(super) fn values(&self) -> &[f64] {
        match self {
            Self::Sizes(v) | Self::Fractions(v) | Self::Probabilities(v) => v,
        }
    }
}

/// One stage of sampling, as the user gives it. Without ids every row is a unit.
#[derive(Clone, Debug, Default)]
pub struct StageInput {
    pub(super) ids: Option<Codes>,
    pub(super) strata: Option<Codes>,
    pub(super) population: Option<PopulationInput>,
}

impl StageInput {
    /// A stage whose units are named by a column.
    pub fn units(ids: impl Into<Codes>) -> Self {
        Self { ids: Some(ids.into()), ..Self::default() }
    }

    /// A stage whose units are the rows.
    pub fn rows() -> Self {
        Self::default()
    }

    /// The strata that the units of this stage were drawn in.
    pub fn strata(mut self, strata: impl Into<Codes>) -> Self {
        self.strata = Some(strata.into());
        self
    }

    /// Number of units in the population, constant within a stratum; infinite is sampling with replacement.
    pub fn population_sizes(mut self, sizes: &[f64]) -> Self {
        self.population = Some(PopulationInput::Sizes(sizes.to_vec()));
        self
    }

    /// Share of the units that was sampled, constant within a stratum.
    pub fn sampling_fractions(mut self, fractions: &[f64]) -> Self {
        self.population = Some(PopulationInput::Fractions(fractions.to_vec()));
        self
    }

    /// Inclusion probabilities that vary within strata, handled by Brewer's approximation.
    pub fn inclusion_probabilities(mut self, probabilities: &[f64]) -> Self {
        self.population = Some(PopulationInput::Probabilities(probabilities.to_vec()));
        self
    }
}

/// An unchecked design. [`build`](Self::build) checks it and reports all its problems together.
#[derive(Clone, Debug, Default)]
pub struct SurveyDesignBuilder {
    pub(super) weights: Option<Vec<f64>>,
    pub(super) first: StageInput,
    pub(super) later: Vec<StageInput>,
    pub(super) nest: bool,
    pub(super) lonely: LonelyPsu,
    pub(super) adjust_domain_lonely: bool,
    pub(super) variance_factors: Vec<(String, f64)>,
    pub(super) self_representing: Vec<String>,
    pub(super) replicates: Option<ReplicateInput>,
    pub(super) pairwise: Option<PairwiseInput>,
    pub(super) frames: Option<Frames>,
    pub(super) behind: Option<Vec<RowsBehind>>,
}

/// Rows of a larger table that one row of the design stands for: they lie in the same units and strata.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowsBehind {
    /// How many.
    pub n: usize,
    /// Position of the first, counted from 0.
    pub first: usize,
}

/// Unequal probabilities of rows, as the user gives them.
#[derive(Clone, Debug)]
pub(super) struct PairwiseInput {
    pub probabilities: Vec<f64>,
    pub joint: JointProbabilities,
    pub variance: PairwiseVariance,
}

impl SurveyDesignBuilder {
    /// One weight a row. Without weights they follow from the population sizes of all stages.
    pub fn weights(mut self, weights: &[f64]) -> Self {
        self.weights = Some(weights.to_vec());
        self
    }

    /// The strata of the first stage.
    pub fn strata(mut self, strata: impl Into<Codes>) -> Self {
        self.first.strata = Some(strata.into());
        self
    }

    /// The units of the first stage. Without them every row is a unit.
    pub fn psu(mut self, ids: impl Into<Codes>) -> Self {
        self.first.ids = Some(ids.into());
        self
    }

    /// Number of first-stage units in the population of the row's stratum.
    pub fn population_sizes(mut self, sizes: &[f64]) -> Self {
        self.first = self.first.population_sizes(sizes);
        self
    }

    /// Share of the first-stage units of the row's stratum that was sampled.
    pub fn sampling_fractions(mut self, fractions: &[f64]) -> Self {
        self.first = self.first.sampling_fractions(fractions);
        self
    }

    /// Inclusion probabilities of the first-stage units that vary within strata (Brewer's approximation).
    pub fn inclusion_probabilities(mut self, probabilities: &[f64]) -> Self {
        self.first = self.first.inclusion_probabilities(probabilities);
        self
    }

    /// The first stage as a whole, in place of `strata`, `psu` and the population calls.
    pub fn first(mut self, stage: StageInput) -> Self {
        self.first = stage;
        self
    }

    /// Adds a further stage, below those given before.
    pub fn then(mut self, stage: StageInput) -> Self {
        self.later.push(stage);
        self
    }

    /// True when labels of units start anew in each stratum; otherwise a label met in two strata is an error.
    pub fn nest(mut self, nest: bool) -> Self {
        self.nest = nest;
        self
    }

    /// The treatment of strata with one sampled unit.
    pub fn lonely_psu(mut self, policy: LonelyPsu) -> Self {
        self.lonely = policy;
        self
    }

    /// Applies `Center` and `Average` also to strata of which a domain holds one unit out of several.
    pub fn adjust_domain_lonely(mut self, adjust: bool) -> Self {
        self.adjust_domain_lonely = adjust;
        self
    }

    /// Declares a factor on the variance that a first-stage stratum contributes: a design effect known from elsewhere.
    pub fn variance_factor(mut self, stratum: impl Into<String>, factor: f64) -> Self {
        self.variance_factors.push((stratum.into(), factor));
        self
    }

    /// Declares a stratum that stands for itself (one town, say): its respondents are its units, and a declared design
    /// effect stands for the clustering within it that the data do not show.
    pub fn self_representing(mut self, stratum: impl Into<String>, design_effect: f64) -> Self {
        let stratum = stratum.into();
        self.self_representing.push(stratum.clone());
        self.variance_factors.push((stratum, design_effect));
        self
    }

    /// Replicate weights; the variance is then theirs, and strata and units may be left out.
    pub fn replicates(mut self, replicates: ReplicateInput) -> Self {
        self.replicates = Some(replicates);
        self
    }

    /// Rows drawn with unequal probabilities without replacement, with the variance from pairs of rows (at most 20,000).
    /// Weights are one over the probabilities where none are given. Strata are drawn independently of each other.
    pub fn unequal_probabilities(
        mut self,
        probabilities: &[f64],
        joint: JointProbabilities,
        variance: PairwiseVariance,
    ) -> Self {
        self.pairwise = Some(PairwiseInput { probabilities: probabilities.to_vec(), joint, variance });
        self
    }

    /// Rows come from two frames that overlap; strata and units are those of each frame.
    pub fn frames(mut self, frames: Frames) -> Self {
        self.frames = Some(frames);
        self
    }

    /// Says which rows of a larger table each row stands for. Where rows are the units of the first stage, each of them
    /// counts as one.
    pub(crate) fn rows_behind(mut self, behind: Vec<RowsBehind>) -> Self {
        self.behind = Some(behind);
        self
    }

    /// Checks the design.
    ///
    /// # Errors
    ///
    /// A [`DesignError`] that lists every problem, with the strata and units that have it.
    pub fn build(self) -> Result<SurveyDesign, DesignError> {
        check::build(self)
    }
}
