//! Variances of the model by maximum likelihood.

use super::super::check;
use super::super::error::TrendError;
use super::super::state_space::{Estimated, FreeVariances, TrendKind, Variances};
use super::prepare::Prepared;
use super::{ENOUGH_FOR_SCATTER, Pooling};
use crate::numeric::derivative::hessian;
use crate::numeric::linalg::Cholesky;

/// A standard deviation of the model, on its scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpreadEstimate {
    pub sd: f64,
    /// Standard error and limits from the curvature of the likelihood in the logarithm of the variance; none where the likelihood is flat
    /// there, as for a variance near zero.
    pub se_and_limits: Option<(f64, f64, f64)>,
}

/// Estimated variances.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Spread {
    /// Scatter by house of the input, 0 where it is not estimated.
    pub variances: Variances,
    /// Which of them are estimated, houses by their place among those with polls.
    pub estimated: Estimated,
    pub log_likelihood: f64,
    /// Of the change of the level over one year.
    pub level: SpreadEstimate,
    /// Of the change of the slope over one year.
    pub slope: Option<SpreadEstimate>,
    /// Beyond sampling, by house of the input.
    pub scatter: Vec<Option<SpreadEstimate>>,
}

/// Estimates the variances of the model.
///
/// # Definition
/// Maximum of the diffuse likelihood. With θ = ln of a variance, se(sd) = sd·se(θ)/2 and limits exp((θ ∓ z·se(θ))/2), se(θ) from the
/// inverse of the matrix of second derivatives.
pub(super) fn estimate(prepared: &Prepared, pooling: &Pooling) -> Result<Spread, TrendError> {
    let model = prepared.model(pooling);
    let has_slope = pooling.trend == TrendKind::LocalLinear;
    let is_enough = |code: &usize| prepared.n_polls(prepared.house_ids[*code]) >= ENOUGH_FOR_SCATTER;
    let extra_of: Vec<usize> =
        if pooling.has_scatter { (0..prepared.house_ids.len()).filter(is_enough).collect() } else { Vec::new() };
    let estimated = Estimated { level: true, slope: has_slope, extra_of: extra_of.clone() };
    let start = Variances { level: 0.0, slope: 0.0, extra: vec![0.0; prepared.house_ids.len()] };
    let fit = model.maximise(&start, &estimated)?;
    let mut free = FreeVariances::new(&model, &fit.variances, &estimated)?;
    let theta: Vec<f64> = free.layout().of(&fit.variances).iter().map(|variance| libm::log(*variance)).collect();
    let log_likelihood = |theta: &[f64]| {
        let variances: Vec<f64> = theta.iter().map(|t| libm::exp(*t)).collect();
        free.log_likelihood(&variances).unwrap_or(f64::NAN)
    };
    let z = check::critical(pooling.level)?;
    let mut spreads = spreads(&theta, z, log_likelihood).into_iter();
    let nothing = SpreadEstimate { sd: 0.0, se_and_limits: None };
    let level = spreads.next().unwrap_or(nothing);
    let slope = if has_slope { spreads.next() } else { None };
    let mut scatter = vec![None; pooling.n_houses];
    let mut extra = vec![0.0; pooling.n_houses];
    for (code, spread) in extra_of.iter().zip(spreads) {
        scatter[prepared.house_ids[*code]] = Some(spread);
        extra[prepared.house_ids[*code]] = fit.variances.extra[*code];
    }
    let variances = Variances { extra, ..fit.variances };
    Ok(Spread { variances, estimated, log_likelihood: fit.log_likelihood, level, slope, scatter })
}

/// Standard deviations with limits; parameters on which the likelihood does not depend any more are left out of the matrix.
fn spreads(theta: &[f64], z: f64, mut log_likelihood: impl FnMut(&[f64]) -> f64) -> Vec<SpreadEstimate> {
    /// A loss of likelihood over a halved standard deviation that is this small says: as good as zero.
    const FLAT: f64 = 1e-3;
    let at_maximum = log_likelihood(theta);
    let mut is_told = |i: &usize| {
        let mut lower = theta.to_vec();
        lower[*i] -= 2.0 * core::f64::consts::LN_2;
        at_maximum - log_likelihood(&lower) > FLAT
    };
    let told: Vec<usize> = (0..theta.len()).filter(&mut is_told).collect();
    let negative = |free: &[f64]| {
        let mut all = theta.to_vec();
        for (i, value) in told.iter().zip(free) {
            all[*i] = *value;
        }
        -log_likelihood(&all)
    };
    let free: Vec<f64> = told.iter().map(|i| theta[*i]).collect();
    let covariance = if free.is_empty() {
        None
    } else {
        Cholesky::of(&hessian(negative, &free)).ok().map(|factor| factor.inverse())
    };
    let se_of = |i: usize| {
        let j = told.iter().position(|k| *k == i)?;
        covariance.as_ref().map(|c| c[(j, j)].max(0.0).sqrt()).filter(|se| se.is_finite())
    };
    (0..theta.len())
        .map(|i| {
            let sd = libm::exp(0.5 * theta[i]);
            let limit = |t: f64| libm::exp(0.5 * t);
            let se_and_limits = se_of(i).map(|se| (0.5 * sd * se, limit(theta[i] - z * se), limit(theta[i] + z * se)));
            SpreadEstimate { sd, se_and_limits }
        })
        .collect()
}
