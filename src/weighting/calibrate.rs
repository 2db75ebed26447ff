//! Calibration to known totals.

use std::cmp::Ordering;
use std::sync::Arc;

use super::distance::Distance;
use super::error::{WeightingError, WeightingProblem, one_phase};
use super::newton::Problem;
use super::record::{MarginGap, WeightSummary, Weighted, WeightingRecord};
use crate::design::{Adjustment, OrthogonalColumns, Residual, SurveyDesign};
use crate::numeric::sum::compensated;

/// How a calibration is made.
#[derive(Clone, Debug, PartialEq)]
pub struct CalibrateOptions {
    /// The distance between old and new weights.
    pub distance: Distance,
    /// Bounds on the ratio of new to old weights.
    pub bounds: (f64, f64),
    /// Bounds at which ratios are cut afterwards, the excess going to all weights inside.
    pub trim: Option<(f64, f64)>,
    /// Keeps weights constant within the units of this stage (1 is the first): variables are replaced by their means.
    pub aggregate_stage: Option<usize>,
    /// Working variance of each row.
    pub variance: Option<Vec<f64>>,
    /// Largest gap allowed, relative to 1 + the target.
    pub epsilon: f64,
    /// Most steps.
    pub max_iterations: usize,
}

impl Default for CalibrateOptions {
    fn default() -> Self {
        Self {
            distance: Distance::Linear,
            bounds: (f64::NEG_INFINITY, f64::INFINITY),
            trim: None,
            aggregate_stage: None,
            variance: None,
            epsilon: 1e-10,
            max_iterations: 200,
        }
    }
}

/// Finds the weights nearest to the old ones that reproduce known totals of the calibration variables.
///
/// # Definition
///
/// `w' = w F(x'λ)` with λ such that `Σ w' x` is the target, F the distance's. The variance takes the residuals of the
/// regression of the scores on the calibration variables, weighted by the weights before (over the working variance).
///
/// # Errors
///
/// Variables with missing values, unusable bounds, or targets that cannot be reached within the bounds.
///
/// # References
///
/// Deville and Särndal (1992), Calibration estimators in survey sampling; R `survey`, `calibrate`.
pub fn calibrate(
    design: &SurveyDesign,
    columns: &[(String, Vec<f64>)],
    targets: &[f64],
    options: &CalibrateOptions,
) -> Result<Weighted, WeightingError> {
    one_phase(design)?;
    check(design, columns, targets, options)?;
    let (low, high) = options.bounds;
    let raw: Vec<&[f64]> = columns.iter().map(|(_, values)| values.as_slice()).collect();
    let stage = match options.aggregate_stage {
        None => None,
        Some(stage) => {
            let n_stages = design.stages().len();
            let found = stage.checked_sub(1).and_then(|s| design.stages().get(s));
            Some(found.ok_or(WeightingProblem::Stage { stage, n_stages })?)
        }
    };
    let within = |values: &[f64]| match stage {
        None => values.to_vec(),
        Some(stage) => unit_means(values, stage.unit_of_row(), stage.n_units()),
    };
    let variables: Vec<Vec<f64>> = raw.iter().map(|v| within(v)).collect();
    let problem = Problem {
        columns: &variables,
        targets,
        variance: options.variance.as_deref(),
        distance: options.distance,
        bounds: (low, high),
        epsilon: options.epsilon,
        max_iterations: options.max_iterations,
    };
    let fit = |weights: &mut [f64]| -> Result<(usize, usize), WeightingError> {
        let before = within(weights);
        let solution = problem.solve(&before);
        if solution.gap > options.epsilon {
            return Err(WeightingProblem::NotConverged {
                method: "calibration",
                iterations: solution.iterations,
                gap: solution.gap,
                allowed: options.epsilon,
            }
            .into());
        }
        let mut ratios = solution.ratios;
        let n_trimmed = match options.trim {
            None => 0,
            Some(bounds) => trim_ratios(&mut ratios, weights, bounds)?,
        };
        weights.iter_mut().zip(&ratios).for_each(|(w, g)| *w *= g);
        Ok((solution.iterations, n_trimmed))
    };
    let mut weights = design.weights().to_vec();
    let (iterations, n_trimmed) = fit(&mut weights)?;
    let weights = Arc::new(weights);
    let mut base = within(design.weights());
    if let (Some(variance), Distance::Linear) = (&options.variance, options.distance) {
        base.iter_mut().zip(variance).for_each(|(w, q)| *w /= q);
    }
    let residual = Residual::Regression(OrthogonalColumns::new(&variables, base));
    let adjustment = Adjustment::new(residual, Arc::clone(&weights));
    let gap = |((name, x), target): (&(String, Vec<f64>), &f64)| MarginGap {
        margin: name.clone(),
        level: String::new(),
        target: *target,
        reached: compensated(&x.iter().zip(weights.iter()).map(|(x, w)| x * w).collect::<Vec<_>>()),
    };
    let record = WeightingRecord {
        method: format!("calibration to {} totals, {} distance", targets.len(), options.distance),
        iterations,
        gaps: columns.iter().zip(targets).map(gap).collect(),
        is_converged: true,
        n_trimmed,
        before: WeightSummary::of(design.weights()),
        after: WeightSummary::of(&weights),
    };
    let design = design.reweighted(Arc::clone(&weights), Some(adjustment));
    let design = design.with_replicates_through(|replicate| fit(replicate).map(|_| ()))?;
    Ok(Weighted { design, record })
}

fn check(
    design: &SurveyDesign,
    columns: &[(String, Vec<f64>)],
    targets: &[f64],
    options: &CalibrateOptions,
) -> Result<(), WeightingError> {
    let mut problems = Vec::new();
    if columns.len() != targets.len() {
        problems.push(WeightingProblem::Length {
            what: "the list of targets".to_string(),
            got: targets.len(),
            expected: columns.len(),
        });
    }
    for (name, values) in columns {
        if values.len() != design.n_rows() {
            problems.push(WeightingProblem::Length {
                what: format!("calibration variable `{name}`"),
                got: values.len(),
                expected: design.n_rows(),
            });
        } else if values.iter().any(|v| !v.is_finite()) {
            problems.push(WeightingProblem::CalibrationVariable(name.clone()));
        }
    }
    let (low, high) = options.bounds;
    let is_open = !(low.is_finite() && high.is_finite());
    if !(low < 1.0 && high > 1.0) || options.distance == Distance::Logit && is_open {
        problems.push(WeightingProblem::Bounds { low, high });
    }
    if let Some((low, high)) = options.trim
        && !matches!(low.partial_cmp(&high), Some(Ordering::Less | Ordering::Equal))
    {
        problems.push(WeightingProblem::TrimBounds { low, high });
    }
    let is_variance = |v: &Vec<f64>| v.len() == design.n_rows() && v.iter().all(|q| *q > 0.0);
    if !options.variance.as_ref().is_none_or(is_variance) {
        problems.push(WeightingProblem::WorkingVariance);
    }
    if problems.is_empty() { Ok(()) } else { Err(WeightingError::new(problems)) }
}

/// Means within units, row by row.
fn unit_means(values: &[f64], unit_of_row: &[u32], n_units: usize) -> Vec<f64> {
    let mut sums = vec![(0.0, 0.0); n_units];
    for (&unit, v) in unit_of_row.iter().zip(values) {
        let sum = &mut sums[unit as usize];
        *sum = (sum.0 + v, sum.1 + 1.0);
    }
    unit_of_row.iter().map(|&unit| sums[unit as usize].0 / sums[unit as usize].1).collect()
}

/// Cuts ratios at bounds; the excess weight goes to the weights inside in proportion to their old weights.
fn trim_ratios(ratios: &mut [f64], weights: &[f64], (low, high): (f64, f64)) -> Result<usize, WeightingError> {
    let is_outside: Vec<bool> = ratios.iter().map(|g| *g < low || *g > high).collect();
    let n_outside = is_outside.iter().filter(|o| **o).count();
    if n_outside == 0 {
        return Ok(0);
    }
    let (mut excess, mut inside) = (0.0, 0.0);
    for ((g, w), outside) in ratios.iter_mut().zip(weights).zip(&is_outside) {
        if *outside {
            let cut = g.clamp(low, high);
            excess += (*g - cut) * w;
            *g = cut;
        } else {
            inside += w;
        }
    }
    if inside == 0.0 {
        return Err(WeightingProblem::NothingInside { low, high }.into());
    }
    for (g, _) in ratios.iter_mut().zip(&is_outside).filter(|(_, outside)| !**outside) {
        *g += excess / inside;
    }
    Ok(n_outside)
}
