//! Replicate weights from a sampling design.

use rayon::prelude::*;

use super::error::{WeightingError, WeightingProblem, one_phase};
use super::hadamard::hadamard;
use crate::design::{ReplicateForm, ReplicateKind, ReplicateWeights, Stage, SurveyDesign};
use crate::numeric::matrix::Matrix;
use crate::numeric::stream::Stream;

/// Numbers that a matrix of replicate factors may hold.
const MAX_ENTRIES: usize = 1 << 28;

/// A way to make replicate weights.
#[derive(Clone, Debug, PartialEq)]
pub enum ReplicateMethod {
    /// Leaves out one unit at a time; a design without strata.
    Jk1,
    /// Leaves out one unit at a time within its stratum.
    Jkn,
    /// Balanced half samples by a Hadamard matrix; strata of two units.
    Brr,
    /// Half samples that keep a share rho of the lighter half.
    Fay {
        /// The share, in 0..1.
        rho: f64,
    },
    /// Rescaled bootstrap of n − 1 units per stratum (Rao–Wu), shrunk by √(1 − n/N) around the factor 1.
    RaoWu {
        /// Number of replicates.
        n_replicates: usize,
        /// Seed of the study.
        seed: u64,
    },
    /// Bootstrap of n units per stratum, rescaled by √((1 − n/N) n/(n − 1)) around the factor 1 (Canty–Davison).
    CantyDavison {
        /// Number of replicates.
        n_replicates: usize,
        /// Seed of the study.
        seed: u64,
    },
}

/// Makes replicate weights for the first stage of a design.
///
/// Jackknives and bootstraps carry the finite population factor of the first stage; balanced half samples have no place for it.
/// The variance of a total of unit scores is that of linearization in the mean over bootstraps. R's `bootstrap` comes to the
/// same by drawing without replacement from copies of the units, but takes the mean of n/(n − 1) over the strata; its
/// `subbootstrap` drops the factor.
///
/// # Errors
///
/// A design that does not suit the method, or has replicate weights already.
///
/// # References
///
/// Wolter (2007), Introduction to Variance Estimation, chapters 3 to 5; Rao and Wu (1988), Resampling inference with
/// complex survey data; Canty and Davison (1999), Resampling-based variance estimation for labour force surveys;
/// R `survey`, `as.svrepdesign`.
pub fn replicate(
    design: &SurveyDesign,
    method: &ReplicateMethod,
    around_estimate: bool,
) -> Result<SurveyDesign, WeightingError> {
    one_phase(design)?;
    if design.replicates().is_some() {
        return Err(WeightingProblem::HasReplicates.into());
    }
    let n_stages = design.stages().len();
    let stage = design.stages().first().ok_or(WeightingProblem::Stage { stage: 1, n_stages })?;
    let made = match method {
        ReplicateMethod::Jk1 if stage.strata().len() > 1 => {
            return Err(WeightingProblem::Replicates {
                method: "JK1",
                expected: "a design without strata (JKn has them)",
                got: format!("{} strata", stage.strata().len()),
            }
            .into());
        }
        ReplicateMethod::Jk1 | ReplicateMethod::Jkn => jackknife(stage, *method == ReplicateMethod::Jk1)?,
        ReplicateMethod::Brr => half_samples(stage, 0.0, ReplicateKind::Brr)?,
        ReplicateMethod::Fay { rho } => half_samples(stage, *rho, ReplicateKind::Fay { rho: *rho })?,
        ReplicateMethod::RaoWu { n_replicates, seed } => bootstrap(
            stage,
            *n_replicates,
            *seed,
            |n| n - 1,
            |n, fpc_factor| {
                let (rescale, shrink) = (n / (n - 1.0), fpc_factor.sqrt());
                move |count| count * rescale * shrink + (1.0 - shrink)
            },
        )?,
        ReplicateMethod::CantyDavison { n_replicates, seed } => bootstrap(
            stage,
            *n_replicates,
            *seed,
            |n| n,
            |n, fpc_factor| {
                let rescale = (fpc_factor * n / (n - 1.0)).sqrt();
                move |count| 1.0 + rescale * (count - 1.0)
            },
        )?,
    };
    let n = made.factors.n_rows();
    let scale = made.scale.unwrap_or_else(|| ReplicateWeights::default_scale(made.kind, n));
    let rscales = made.rscales.unwrap_or_else(|| vec![1.0; n]);
    let form = ReplicateForm::new(scale, rscales, around_estimate);
    Ok(design.with_unit_factors(made.kind, made.factors, form, stage))
}

/// Factors on the weights of the units, replicate by replicate, and the factors of the variance.
struct Made {
    kind: ReplicateKind,
    /// One row a replicate.
    factors: Matrix,
    scale: Option<f64>,
    rscales: Option<Vec<f64>>,
}

/// Factors of so many replicates before any is made, if they can be held.
fn no_factors(n_replicates: usize, stage: &Stage) -> Result<Matrix, WeightingError> {
    match n_replicates.checked_mul(stage.n_units()) {
        Some(n) if n <= MAX_ENTRIES => Ok(Matrix::zeros(n_replicates, stage.n_units())),
        _ => Err(WeightingProblem::Replicates {
            method: "replication",
            expected: "at most 268 million factors; use linearization or fewer replicates",
            got: format!("{n_replicates} replicates of {} units", stage.n_units()),
        }
        .into()),
    }
}

/// Factor 0 for the unit left out, n/(n − 1) for the others of its stratum, 1 elsewhere.
fn jackknife(stage: &Stage, is_unstratified: bool) -> Result<Made, WeightingError> {
    let strata = stage.strata();
    let stratum_of = |unit: usize| stage.stratum_of_unit()[unit] as usize;
    let n_units = stage.n_units();
    let mut factors = no_factors(n_units, stage)?;
    let mut rscales = Vec::with_capacity(n_units);
    for out in 0..n_units {
        let h = stratum_of(out);
        let n = f64::from(strata[h].n);
        let fellow = if n > 1.0 { n / (n - 1.0) } else { 1.0 };
        let factor = |unit: usize| match (unit == out, stratum_of(unit) == h) {
            // A unit alone in its stratum cannot be left out.
            (true, _) => {
                if n > 1.0 {
                    0.0
                } else {
                    1.0
                }
            }
            (false, true) => fellow,
            (false, false) => 1.0,
        };
        factors.row_mut(out).iter_mut().enumerate().for_each(|(unit, f)| *f = factor(unit));
        rscales.push(strata[h].fpc_factor() * (n - 1.0) / n);
    }
    if is_unstratified {
        let scale = rscales.first().copied();
        return Ok(Made { kind: ReplicateKind::Jk1, factors, scale, rscales: None });
    }
    Ok(Made { kind: ReplicateKind::Jkn, factors, scale: Some(1.0), rscales: Some(rscales) })
}

/// In each replicate one of the two units of each stratum counts `2 − rho`, the other `rho`.
fn half_samples(stage: &Stage, rho: f64, kind: ReplicateKind) -> Result<Made, WeightingError> {
    let refuse = |expected, got| WeightingProblem::Replicates { method: "balanced replication", expected, got };
    if !(0.0..1.0).contains(&rho) {
        return Err(refuse("a rho of at least 0 and below 1", rho.to_string()).into());
    }
    if let Some(stratum) = stage.strata().iter().find(|s| s.n != 2) {
        let got = format!("{} units in stratum `{}`", stratum.n, stratum.label);
        return Err(refuse("two units in each stratum", got).into());
    }
    let matrix = hadamard(stage.strata().len() + 1);
    let mut is_second = vec![false; stage.n_units()];
    let mut has_first = vec![false; stage.strata().len()];
    for (unit, &h) in stage.stratum_of_unit().iter().enumerate() {
        is_second[unit] = std::mem::replace(&mut has_first[h as usize], true);
    }
    let factor = |row: &Vec<bool>, unit: usize| {
        // The first column is constant, so strata use the others.
        let sign = row[stage.stratum_of_unit()[unit] as usize + 1];
        if sign == is_second[unit] { rho } else { 2.0 - rho }
    };
    let mut factors = no_factors(matrix.len(), stage)?;
    for (replicate, row) in matrix.iter().enumerate() {
        factors.row_mut(replicate).iter_mut().enumerate().for_each(|(unit, f)| *f = factor(row, unit));
    }
    Ok(Made { kind, factors, scale: None, rscales: None })
}

/// Draws units with replacement within each stratum, one named stream a replicate: of n units `n_draws(n)`, and
/// `factor_of(n, 1 − f)` is the factor of a unit by how often it came up.
fn bootstrap<F: Fn(f64) -> f64>(
    stage: &Stage,
    n_replicates: usize,
    seed: u64,
    n_draws: impl Fn(usize) -> usize + Sync,
    factor_of: impl Fn(f64, f64) -> F + Sync,
) -> Result<Made, WeightingError> {
    let refuse = |expected, got| WeightingProblem::Replicates { method: "bootstrap", expected, got };
    if n_replicates < 2 {
        return Err(refuse("2 or more replicates", n_replicates.to_string()).into());
    }
    // A stratum of which all units were sampled keeps its weights in every replicate.
    if let Some(stratum) = stage.strata().iter().find(|s| s.n < 2 && s.fpc_factor() > 0.0) {
        return Err(refuse("two or more units in each stratum", format!("1 in `{}`", stratum.label)).into());
    }
    let mut units_of_stratum: Vec<Vec<usize>> = vec![Vec::new(); stage.strata().len()];
    for (unit, &h) in stage.stratum_of_unit().iter().enumerate() {
        units_of_stratum[h as usize].push(unit);
    }
    let streams = Stream::named(seed, "bootstrap");
    let mut factors = no_factors(n_replicates, stage)?;
    let rows = factors.as_mut_slice().par_chunks_exact_mut(stage.n_units().max(1));
    rows.enumerate().for_each_init(Vec::new, |counts, (r, factors)| {
        let mut stream = streams.child_at(r as u64);
        for (units, stratum) in units_of_stratum.iter().zip(stage.strata()) {
            if stratum.fpc_factor() == 0.0 {
                units.iter().for_each(|&unit| factors[unit] = 1.0);
                continue;
            }
            let n = units.len();
            counts.clear();
            counts.resize(n, 0_u32);
            stream.indices(n, n_draws(n), |unit| counts[unit] += 1);
            let factor = factor_of(n as f64, stratum.fpc_factor());
            units.iter().zip(&*counts).for_each(|(&unit, &count)| factors[unit] = factor(f64::from(count)));
        }
    });
    Ok(Made { kind: ReplicateKind::Bootstrap, factors, scale: Some(1.0 / n_replicates as f64), rscales: None })
}
