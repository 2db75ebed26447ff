//! The scale on which the model is linear, and the way back to shares.

use super::super::error::TrendError;
use super::super::state_space::{TermEffect, poll_logit, poll_variance};
use super::Poll;
use super::report::PoolEstimate;

/// The scale of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolScale {
    /// Shares as they are: effects are points everywhere.
    Share,
    /// Logits: effects are the same ratio of odds everywhere, and no interval leaves 0..=1.
    Logit,
}

impl PoolScale {
    /// The value and sampling variance of a poll with `n` interviews.
    pub(super) fn of_poll(self, poll: &Poll, n: f64) -> Result<(f64, f64), TrendError> {
        let variance = poll_variance(poll.share, n, poll.deff, 0.0, 0)? + poll.rounding_variance;
        match self {
            PoolScale::Share => Ok((poll.share, variance)),
            PoolScale::Logit => poll_logit(poll.share, variance, n),
        }
    }

    /// The share at a level of the model; none beyond 0 and 1.
    pub(super) fn share(self, eta: f64) -> f64 {
        match self {
            PoolScale::Share => eta.clamp(0.0, 1.0),
            PoolScale::Logit => 1.0 / (1.0 + libm::exp(-eta)),
        }
    }

    /// Change of the share per change of the level, at a level.
    pub(super) fn slope(self, eta: f64) -> f64 {
        match self {
            PoolScale::Share => 1.0,
            PoolScale::Logit => {
                let p = self.share(eta);
                p * (1.0 - p)
            }
        }
    }

    /// A level as a share; limits are those of the scale, transformed.
    pub(super) fn level(self, eta: f64, se: f64, z: f64) -> PoolEstimate {
        PoolEstimate {
            estimate: self.share(eta),
            se: self.slope(eta) * se,
            low: self.share(eta - z * se),
            high: self.share(eta + z * se),
        }
    }

    /// What an effect does to the share that belongs to the level `eta` without it.
    pub(super) fn effect(self, eta: f64, effect: TermEffect, z: f64) -> PoolEstimate {
        let change = |delta: f64| match self {
            PoolScale::Share => delta,
            PoolScale::Logit => self.share(eta + delta) - self.share(eta),
        };
        PoolEstimate {
            estimate: change(effect.estimate),
            se: self.slope(eta + effect.estimate) * effect.se,
            low: change(effect.estimate - z * effect.se),
            high: change(effect.estimate + z * effect.se),
        }
    }

    /// A small effect, such as a slope, at a level: change of the share per unit, to first order.
    pub(super) fn rate(self, eta: f64, effect: TermEffect, z: f64) -> PoolEstimate {
        let slope = self.slope(eta);
        PoolEstimate {
            estimate: slope * effect.estimate,
            se: slope * effect.se,
            low: slope * (effect.estimate - z * effect.se),
            high: slope * (effect.estimate + z * effect.se),
        }
    }
}
