//! From names of columns to a checked design.

use super::file::{DesignFile, JointName, LonelyName, ReplicateTable, ReplicateType};
use super::phases;
use crate::cli::data::columns::{DataFile, Reading, unknown_column, unusable};
use crate::cli::data::wording::design_error;
use crate::design::{
    JointProbabilities, LonelyPsu, PairwiseVariance, ReplicateInput, ReplicateKind, StageInput, SurveyDesign,
    SurveyDesignBuilder,
};
use crate::diagnostic::{Diagnostic, Place};
use crate::error::Result;
use crate::ingest::table::parse_number;

/// How a design treats a population by stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Population {
    /// Units in the population.
    Sizes,
    /// The share of them that was sampled.
    Fractions,
    /// The probability of each unit.
    Probabilities,
}

/// What is known of a design beside the columns: whether its strata may stay unchecked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// The design is for variances: lonely strata are refused unless a policy is given.
    Variance,
    /// Only the weights are used: lonely strata do no harm.
    WeightsOnly,
}

/// What a weight should be.
pub const WEIGHT: &str = "a number, 0 or from 1e-100 to 1e100";

/// Can a number be a weight? The squares of others have no place in a number of 64 bits.
pub fn is_weight(w: f64) -> bool {
    w == 0.0 || (1e-100..=1e100).contains(&w)
}

/// Can a number be a replicate weight? They may be negative.
pub fn is_replicate_weight(w: f64) -> bool {
    is_weight(w.abs())
}

/// Reads the columns of a design and checks it; all problems of the columns come together, then all of the design.
///
/// # Errors
///
/// Unknown columns, values that are no numbers or out of bounds, and everything that is wrong with the design.
pub fn build(spec: &DesignFile, file: &DataFile, known: Known) -> Result<SurveyDesign> {
    check_weighted(spec, file.name())?;
    let mut reading = file.reading();
    let mut builder = completed(SurveyDesign::builder(), spec, known);
    if let Some(weight) = &spec.weight {
        builder = builder.weights(&reading.complete_numbers(weight, WEIGHT, is_weight));
    } else if is_unweighted(spec) {
        builder = builder.weights(&vec![1.0; file.n_rows()]);
    }
    let joint = match spec.joint {
        None | Some(JointName::Brewer) => None,
        Some(JointName::Overton) => Some(JointProbabilities::Overton),
        Some(JointName::HartleyRao) => Some(JointProbabilities::HartleyRao { sum_p2: None }),
        Some(JointName::SimpleRandom) => Some(JointProbabilities::SimpleRandom),
    };
    for (depth, names) in stages(spec)?.iter().enumerate() {
        if let (Some(joint), Some((column, kind))) = (&joint, names.population) {
            // The probabilities of rows and of their pairs describe the first stage; a later one is refused.
            let variance =
                if spec.yates_grundy { PairwiseVariance::YatesGrundy } else { PairwiseVariance::HorvitzThompson };
            builder = builder.unequal_probabilities(&amounts(column, kind, &mut reading), joint.clone(), variance);
        }
        let stage = stage_input(names, joint.is_some(), &mut reading);
        builder = if depth == 0 { builder.first(stage) } else { builder.then(stage) };
    }
    for (stratum, deff) in &spec.self_representing {
        builder = builder.self_representing(stratum, *deff);
    }
    if let Some(table) = &spec.replicates {
        let names = replicate_names(table, &mut reading);
        let column = |name: &String| reading.complete_numbers(name, REPLICATE, is_replicate_weight);
        let columns: Vec<Vec<f64>> = names.iter().map(column).collect();
        builder = builder.replicates(ReplicateInput { columns, ..replicates(table, names.len()) });
    }
    if let Some(table) = &spec.frames {
        builder = builder.frames(phases::frames(table, &mut reading));
    }
    let second = spec.second_phase.as_ref().map(|table| phases::phase_columns(table, &mut reading));
    reading.finish()?;
    if let Some(second) = second {
        return second.build(builder, spec, file);
    }
    builder.build().map_err(|error| design_error(file.name(), spec, &error))
}

/// Whether nothing says how many people a row stands for, so that every row counts 1.
pub fn is_unweighted(spec: &DesignFile) -> bool {
    let populations = [&spec.population_size, &spec.sampling_fraction, &spec.probabilities];
    spec.weight.is_none() && populations.iter().all(|names| names.is_empty())
}

/// Replicates are made from weights, so a design with them has some.
///
/// # Errors
///
/// `E40` where replicates are named and the weight is not.
fn check_weighted(spec: &DesignFile, file: &str) -> Result<()> {
    if spec.replicates.is_none() || !is_unweighted(spec) {
        return Ok(());
    }
    let hint = "name the column of the weights that the replicates belong to: `--weight W`";
    Err(unusable("E40", file, "replicate weights are named without the weight itself", hint))
}

/// What a design says beside its columns.
pub fn completed(builder: SurveyDesignBuilder, spec: &DesignFile, known: Known) -> SurveyDesignBuilder {
    let policy = match (known, spec.lonely_psu) {
        (Known::WeightsOnly, None) => LonelyPsu::Certainty,
        (_, policy) => lonely(policy.unwrap_or(LonelyName::Fail), spec),
    };
    builder.nest(spec.nest).adjust_domain_lonely(spec.adjust_domain_lonely).lonely_psu(policy)
}

fn lonely(policy: LonelyName, spec: &DesignFile) -> LonelyPsu {
    match policy {
        LonelyName::Fail => LonelyPsu::Fail,
        LonelyName::Certainty => LonelyPsu::Certainty,
        LonelyName::Remove => LonelyPsu::Remove,
        LonelyName::Center => LonelyPsu::Center,
        LonelyName::Average => LonelyPsu::Average,
        LonelyName::Collapse => {
            LonelyPsu::Collapse(spec.collapse.iter().map(|join| (join.stratum.clone(), join.into.clone())).collect())
        }
    }
}

/// One stage by the names of its columns.
pub struct StageNames<'a> {
    /// The column of the units; rows without.
    pub units: Option<&'a String>,
    /// The column of the strata.
    pub strata: Option<&'a String>,
    /// The column, or the number, of the population.
    pub population: Option<(&'a String, Population)>,
}

/// The stages that a design names.
///
/// # Errors
///
/// `E41` where units are named for too few of them.
pub fn stages(spec: &DesignFile) -> Result<Vec<StageNames<'_>>> {
    let (strata, psu) = (spec.strata.list(), spec.psu.list());
    let (population, kind) = match (spec.sampling_fraction.list(), spec.probabilities.list()) {
        ([], []) => (spec.population_size.list(), Population::Sizes),
        ([], probabilities) => (probabilities, Population::Probabilities),
        (fractions, _) => (fractions, Population::Fractions),
    };
    let n_stages = strata.len().max(psu.len()).max(population.len());
    // A stratum below the stages that count would be passed over.
    let n_counted = if population.is_empty() { psu.len().max(1) } else { population.len().max(psu.len()) + 1 };
    if let Some(unused) = strata.get(n_counted).or_else(|| strata.get(psu.len() + 1)) {
        let message =
            format!("`{unused}` is named as the stratum of stage {}, of which nothing else is known", strata.len());
        let hint = format!(
            "several columns are the strata of several stages; strata of one stage that are made of several columns are \
             written `--strata {}`",
            strata.join(":")
        );
        return Err(unusable("E41", "--strata", message, &hint));
    }
    // Below the last named units the rows are units, once.
    if n_stages > psu.len() + 1 {
        let message = format!("{n_stages} stages are described, but units are named for {}", psu.len());
        return Err(unusable("E41", "the sampling design", message, "name the units of each stage: `--psu P,P2`"));
    }
    let stage = |depth: usize| StageNames {
        units: psu.get(depth),
        strata: strata.get(depth).filter(|column| !column.is_empty()),
        population: population.get(depth).map(|column| (column, kind)),
    };
    Ok((0..n_stages).map(stage).collect())
}

fn stage_input(names: &StageNames<'_>, is_pairwise: bool, reading: &mut Reading<'_>) -> StageInput {
    let mut stage =
        names.units.map_or_else(StageInput::rows, |column| StageInput::units(reading.complete_labels(column)));
    if let Some(column) = names.strata {
        stage = stage.strata(reading.complete_crossed(column));
    }
    match names.population {
        Some((column, kind)) if !is_pairwise => sized(stage, column, kind, reading),
        _ => stage,
    }
}

/// Puts the population of a stage: a column, or one number for all rows.
fn sized(stage: StageInput, column: &str, kind: Population, reading: &mut Reading<'_>) -> StageInput {
    let values = amounts(column, kind, reading);
    match kind {
        Population::Probabilities => stage.inclusion_probabilities(&values),
        Population::Sizes => stage.population_sizes(&values),
        Population::Fractions => stage.sampling_fractions(&values),
    }
}

/// The population of a stage, row by row.
fn amounts(column: &str, kind: Population, reading: &mut Reading<'_>) -> Vec<f64> {
    match constant(column, kind, reading) {
        Some(number) => vec![number; reading.file().n_rows()],
        None => reading.complete_numbers(column, kind.expected(), |value| kind.is_usable(value)),
    }
}

/// The population of a stage, where it is one number for all rows and no column.
pub fn constant(column: &str, kind: Population, reading: &mut Reading<'_>) -> Option<f64> {
    let number = parse_number(column).filter(|_| !reading.file().has(column))?;
    if !kind.is_usable(number) {
        let problem = Diagnostic::error("E41", Place::file(kind.flag()), format!("{number} is not usable"));
        reading.problem(problem.observed(column).expected(kind.expected()).hint("correct it, or name a column"));
    }
    Some(number)
}

impl Population {
    /// Can it be one?
    pub fn is_usable(self, value: f64) -> bool {
        match self {
            Population::Sizes => value >= 1.0,
            Population::Fractions | Population::Probabilities => value > 0.0 && value <= 1.0,
        }
    }

    /// The flag that gives it.
    fn flag(self) -> &'static str {
        match self {
            Population::Sizes => "--population-size",
            Population::Fractions => "--sampling-fraction",
            Population::Probabilities => "--probabilities",
        }
    }

    /// What it should be.
    pub fn expected(self) -> &'static str {
        match self {
            Population::Sizes => "a number of units, 1 or more",
            Population::Fractions => "a share, more than 0 and at most 1",
            Population::Probabilities => "a probability, more than 0 and at most 1",
        }
    }
}

/// What a replicate weight should be.
pub const REPLICATE: &str = "a number, 0 or of a size from 1e-100 to 1e100";

/// The names of the replicate weights; patterns that no column fits are problems.
pub fn replicate_names(table: &ReplicateTable, reading: &mut Reading<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for pattern in table.columns.list() {
        let columns = reading.file().columns();
        let fitting: Vec<&String> = columns.iter().filter(|name| fits(pattern, name)).collect();
        if fitting.is_empty() && pattern.contains(['*', '?']) {
            let problem = unknown_column(reading.file(), pattern);
            let message = format!("no column fits the pattern `{pattern}`");
            let hint = "patterns stand in quotes: `*` is any letters, `?` is one";
            let hint = problem.hint.as_ref().map_or_else(|| hint.to_owned(), |columns| format!("{hint}; {columns}"));
            reading.problem(Diagnostic { message, ..problem }.hint(hint));
        } else if fitting.is_empty() {
            // Reading it says that it does not exist, and which one is close.
            names.push(pattern.clone());
        }
        for name in fitting {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names
}

/// What a design says of its replicate weights beside their columns.
pub fn replicates(table: &ReplicateTable, n_replicates: usize) -> ReplicateInput {
    let kind = match table.kind {
        ReplicateType::Jk1 => ReplicateKind::Jk1,
        ReplicateType::Jkn => ReplicateKind::Jkn,
        ReplicateType::Jk2 => ReplicateKind::Jk2,
        ReplicateType::Brr => ReplicateKind::Brr,
        ReplicateType::Fay => ReplicateKind::Fay { rho: table.rho.unwrap_or(0.0) },
        ReplicateType::Bootstrap => ReplicateKind::Bootstrap,
        ReplicateType::Sdr => ReplicateKind::SuccessiveDifference,
        ReplicateType::Acs => ReplicateKind::Acs,
        ReplicateType::Other => ReplicateKind::Other,
    };
    let rscales = match table.rscales.as_slice() {
        [] => None,
        [one] => Some(vec![*one; n_replicates]),
        several => Some(several.to_vec()),
    };
    ReplicateInput {
        are_factors: table.factors,
        scale: table.scale,
        rscales,
        around_estimate: table.mse,
        ..ReplicateInput::new(kind, Vec::new())
    }
}

/// Does a name fit a pattern with `*` and `?`?
fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where the last star stands, and how much of the name it has taken.
    let mut star = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p, n));
            p += 1;
        } else if pattern.get(p).is_some_and(|c| *c == '?' || *c == name[n]) {
            p += 1;
            n += 1;
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            p = at + 1;
            n = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns() {
        for (pattern, name, is_fit) in [
            ("rep*", "rep12", true),
            ("rep*", "weight", false),
            ("rep?", "rep12", false),
            ("*w*2", "repw12", true),
            ("a", "a", true),
            ("*", "", true),
            ("a*b", "acbd", false),
        ] {
            assert_eq!(fits(pattern, name), is_fit, "{pattern} {name}");
        }
    }
}
