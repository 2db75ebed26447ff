//! The score route: statistics that are no functions of a few totals.

use std::sync::Arc;

use super::error::{EstimateError, NotEstimable};
use super::estimates::{Estimate, Estimates, Scores, UnitScores};
use super::finish::{Finished, variance_problem};
use super::interval::wald_interval;
use super::options::{DegfRule, Options};
use super::variables::check_request;
use crate::design::{Base, Domains, MISSING, SurveyDesign};

/// A statistic that has values under any set of weights, and a score for every row.
pub trait Statistic: Sync {
    /// The name of each value.
    fn names(&self) -> Vec<String>;

    /// The values under a set of weights (0 outside the domain); `None` when they are undefined.
    fn values(&self, weights: &[f64]) -> Option<Vec<f64>>;

    /// For each value the linearized variable of each row, without the weight: the derivative of the value by the weight.
    /// Rows of weight 0 are not read.
    fn scores(&self, weights: &[f64]) -> Vec<Vec<f64>>;
}

/// Estimates a statistic in one domain: by its row scores, or by its values under each set of replicate weights.
///
/// # Errors
///
/// A mask of another length than the design, or a level outside 0..1.
///
/// # References
///
/// Deville (1999), Variance estimation for complex statistics and estimators: linearization and residual techniques.
pub fn statistic(
    design: &SurveyDesign,
    statistic: &dyn Statistic,
    mask: &[bool],
    options: &Options,
) -> Result<Estimates, EstimateError> {
    let domains = Domains::mask("all", mask);
    check_request(design, &domains, options)?;
    let domain_of_row: Vec<u32> = domains.code_of_row().to_vec();
    let bases = Base::of_partition(design, &domain_of_row, 1, options.degf.known());
    let base = &bases[0];
    let names = statistic.names();
    let masked = |weights: &[f64]| -> Vec<f64> {
        weights.iter().zip(&domain_of_row).map(|(w, d)| if *d == MISSING { 0.0 } else { *w }).collect()
    };
    let weights = masked(design.weights());
    let points = if base.n == 0 { None } else { statistic.values(&weights) };
    let columns = match (&points, design.replicates()) {
        (None, _) => None,
        (Some(points), Some(replicates)) => {
            let by_replicate: Option<Vec<Vec<f64>>> =
                replicates.columns().iter().map(|column| statistic.values(&masked(column))).collect();
            by_replicate.map(|values| {
                let deviations = |k: usize| values.iter().map(|v| v[k] - points[k]).collect();
                (0..points.len()).map(deviations).collect::<Vec<Vec<f64>>>()
            })
        }
        (Some(_), None) => {
            let in_domain = |scores: Vec<f64>| -> Vec<f64> {
                scores.into_iter().zip(&weights).map(|(z, w)| if *w == 0.0 { 0.0 } else { z }).collect()
            };
            let scores = statistic.scores(&weights).into_iter();
            Some(scores.map(|column| design.unit_scores(&in_domain(column))).collect())
        }
    };
    let mut estimates = Vec::with_capacity(names.len());
    for k in 0..names.len() {
        estimates.push(finish(design, base, options, points.as_ref().map(|p| p[k]), columns.as_ref().map(|c| &c[k])));
    }
    let scores = match columns {
        Some(columns) => {
            let column = |data| Scores::Units(Arc::new(UnitScores { n_columns: 1, data }), 0);
            columns.into_iter().map(column).collect()
        }
        None => vec![Scores::None; names.len()],
    };
    let domain_of = vec![0; names.len()];
    let request = Finished {
        names,
        domain_labels: domains.labels().to_vec(),
        domain_of_row: Some(domain_of_row),
        bases,
        overlapping: None,
        options: options.clone(),
    };
    Ok(Estimates::new(design.clone(), estimates, scores, domain_of, request))
}

pub(super) fn finish(
    design: &SurveyDesign,
    base: &Base,
    options: &Options,
    point: Option<f64>,
    scores: Option<&Vec<f64>>,
) -> Estimate {
    let mut estimate = Estimate::empty(base, options);
    // A value that is no number has a denominator of zero behind it.
    let point = point.filter(|value| value.is_finite());
    estimate.value = point;
    let (Some(point), Some(scores)) = (point, scores) else {
        let reason = match point {
            None if base.n == 0 => NotEstimable::EmptyDomain,
            None => NotEstimable::ZeroDenominator,
            Some(_) => NotEstimable::ReplicateUndefined,
        };
        return estimate.because(reason);
    };
    if let Some(reason) = variance_problem(design, base) {
        return estimate.because(reason);
    }
    let variance = design.form().variance(scores, design.presence(&base.units));
    if variance < 0.0 {
        return estimate.because(NotEstimable::NegativeVariance);
    }
    let se = variance.sqrt();
    estimate.se = Some(se);
    if let DegfRule::Fixed(degf) = options.degf {
        estimate.degf = degf;
    }
    if let Some(interval) = wald_interval(point, se, estimate.degf, options.level) {
        estimate.ci_low = Some(interval.low);
        estimate.ci_high = Some(interval.high);
        estimate.ci_method = Some(interval.method);
    }
    estimate
}
