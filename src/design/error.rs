//! What can be wrong with a design.

use std::fmt;

use super::lonely::LonelyPsu;

/// Names listed before "and … more".
pub(super) const LISTED: usize = 8;

/// All problems of a design.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", Listing(.problems))]
pub struct DesignError {
    problems: Vec<DesignProblem>,
}

impl DesignError {
    pub(crate) fn new(problems: Vec<DesignProblem>) -> Self {
        Self { problems }
    }

    /// Every problem found.
    pub fn problems(&self) -> &[DesignProblem] {
        &self.problems
    }

    /// True when a stratum with one unit is among the problems.
    pub fn is_lonely_psu(&self) -> bool {
        let lonely = |p: &DesignProblem| matches!(p, DesignProblem::LonelyStrata { .. });
        self.problems.iter().any(lonely)
    }
}

/// One problem of a design.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DesignProblem {
    #[error("the design has no rows")]
    NoRows,
    #[error("the design has neither weights nor population sizes\n  hint: give one weight a row")]
    NoWeights,
    #[error("{what} has the wrong length\n  got: {got} rows, expected: {expected}")]
    Length { what: String, got: usize, expected: usize },
    #[error(
        "{what} is not a usable number in {n} of the rows (first: row {first_row})\n  got: {value}, expected: {expected}"
    )]
    Number { what: String, n: usize, first_row: usize, value: f64, expected: &'static str },
    #[error(
        "the weights add up to more than a number can hold\n  got: a sum above 1.8e308, expected: weights that add up to a population\n  hint: a column in other units, or a key in the place of the weight?"
    )]
    WeightsOverflow,
    #[error("all weights are zero, so there is nothing to estimate from")]
    AllWeightsZero,
    #[error(
        "{what} is missing in {n} of the rows (first: row {first_row})\n  hint: leave such rows out on purpose, or give them a label"
    )]
    MissingLabel { what: String, n: usize, first_row: usize },
    #[error(
        "units of stage {stage} lie in more than one stratum: {}\n  hint: if labels of units start anew in each stratum, say that ids are nested", list(.units)
    )]
    UnitInTwoStrata { stage: usize, units: Vec<UnitStrata> },
    #[error("population size is below the sample at stage {stage}: {}", list(.strata))]
    PopulationBelowSample { stage: usize, strata: Vec<SampleOverPopulation> },
    #[error("population size varies within strata at stage {stage}: {}", list(.strata))]
    PopulationVaries { stage: usize, strata: Vec<PopulationRange> },
    #[error(
        "strata with one sampled unit at stage {stage}, so their variance cannot be estimated: {}\n  got: 1 unit, expected: 2 or more, or a certainty stratum\n  hint: choose a treatment of lonely units: certainty, remove, center, average or collapse", list_of(.strata, *.n)
    )]
    LonelyStrata {
        stage: usize,
        /// The first of them; a bad column has millions.
        strata: Vec<LonelyStratum>,
        /// How many there are.
        n: usize,
    },
    #[error("{purpose} names the stratum `{stratum}`, which the design does not have{}", hint(.suggestion))]
    UnknownStratum { purpose: &'static str, stratum: String, suggestion: Option<String> },
    #[error(
        "the declared variance factor of stratum `{stratum}` is not usable\n  got: {factor}, expected: a positive number"
    )]
    VarianceFactor { stratum: String, factor: f64 },
    #[error(
        "a variance from pairs of rows needs too many pairs\n  got: {got} rows, expected: at most {limit}\n  hint: use Brewer's approximation, which takes any number of rows"
    )]
    TooManyPairs { got: usize, limit: usize },
    #[error("a variance from pairs of rows takes rows as units, without stages or replicate weights")]
    PairwiseStages,
    #[error(
        "the shares of the frames in their overlap are not usable\n  got: {} and {}, expected: two shares from 0 to 1 that add up to 1", .shares[0], .shares[1]
    )]
    FrameShares { shares: [f64; 2] },
    #[error(
        "rows come from other frames than those that have a share\n  got: {}, expected: {}", list(.found), list(.named)
    )]
    FrameLabels { found: Vec<String>, named: Vec<String> },
    #[error(
        "replicate weights of two frames are to hold the shares of the overlap already\n  hint: leave out the frames, or the replicate weights"
    )]
    FrameReplicates,
    #[error("phase {phase}: {problem}")]
    Phase { phase: usize, problem: String },
    #[error("lonely strata cannot collapse, as there is no other stratum to join that was sampled in part")]
    NothingToJoin,
    #[error(
        "the lonely stratum `{stratum}` cannot join `{into}`, whose units were all certain to be sampled\n  hint: name a stratum that was sampled in part"
    )]
    JoinsCertainty { stratum: String, into: String },
    #[error(
        "lonely strata cannot be treated by `{policy}` where the variance comes from pairs of rows\n  hint: use certainty or remove, or Brewer's approximation"
    )]
    PairwiseLonely { policy: LonelyPsu },
    #[error("replicate weights are too few\n  got: {got} columns, expected: 2 or more")]
    TooFewReplicates { got: usize },
    #[error("replicate weights of kind {kind} need {what}")]
    ReplicateFactors { kind: String, what: &'static str },
}

/// A unit and the strata that it was met in.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitStrata {
    /// The label of the unit.
    pub unit: String,
    /// The labels of two of the strata.
    pub strata: [String; 2],
}

/// A stratum with more units in the sample than in the population.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleOverPopulation {
    /// The label of the stratum.
    pub stratum: String,
    /// Units in the sample.
    pub n: u32,
    /// Units said to be in the population.
    pub population: f64,
}

/// A stratum with more than one population size.
#[derive(Clone, Debug, PartialEq)]
pub struct PopulationRange {
    /// The label of the stratum.
    pub stratum: String,
    /// The smallest value.
    pub low: f64,
    /// The largest value.
    pub high: f64,
}

/// A stratum with one unit in the sample.
#[derive(Clone, Debug, PartialEq)]
pub struct LonelyStratum {
    /// The label of the stratum.
    pub stratum: String,
    /// The label of its unit.
    pub unit: String,
    /// Rows in that unit.
    pub n_rows: usize,
}

impl fmt::Display for UnitStrata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = &self.strata;
        write!(f, "`{}` (in `{a}` and `{b}`)", self.unit)
    }
}

impl fmt::Display for SampleOverPopulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` (got: {} sampled of {})", self.stratum, self.n, self.population)
    }
}

impl fmt::Display for PopulationRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ({} to {})", self.stratum, self.low, self.high)
    }
}

impl fmt::Display for LonelyStratum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.n_rows == 1 { "" } else { "s" };
        write!(f, "`{}` (unit `{}`, {} row{plural})", self.stratum, self.unit, self.n_rows)
    }
}

pub(super) fn list<T: fmt::Display>(items: &[T]) -> String {
    list_of(items, items.len())
}

/// The first of so many items.
fn list_of<T: fmt::Display>(items: &[T], n: usize) -> String {
    let mut text: Vec<String> = items.iter().take(LISTED).map(T::to_string).collect();
    if n > text.len() {
        text.push(format!("and {} more", n - text.len()));
    }
    text.join(", ")
}

fn hint(suggestion: &Option<String>) -> String {
    suggestion.as_ref().map_or_else(String::new, |s| format!("\n  hint: did you mean `{s}`?"))
}

struct Listing<'a>(&'a [DesignProblem]);

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [one] => write!(f, "{one}"),
            many => {
                write!(f, "the design has {} problems", many.len())?;
                for problem in many {
                    write!(f, "\n- {problem}")?;
                }
                Ok(())
            }
        }
    }
}
