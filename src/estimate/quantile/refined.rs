//! Quantiles with Woodruff's limits from a few looks at the rows: for the quantiles, for the shares at or below them, and for
//! the quantiles at the limits of these shares.

use super::interval::{QuantileEstimate, QuantileOptions};
use super::locate::{Locator, Rows};
use crate::design::Base;
use crate::estimate::NotEstimable;
use crate::estimate::interval::critical_value;

/// Quantiles that wait for the shares at or below them.
pub(in crate::estimate) struct Refined<'a> {
    locator: Locator,
    probs: &'a [f64],
    bases: &'a [Base],
    options: &'a QuantileOptions,
    /// Domain by domain.
    points: Vec<Option<f64>>,
}

impl<'a> Refined<'a> {
    /// The quantiles at some shares in every domain.
    pub fn new<R: Rows>(
        rows: &R,
        probs: &'a [f64],
        bases: &'a [Base],
        options: &'a QuantileOptions,
    ) -> Result<Self, R::Error> {
        let mut locator = Locator::new(bases.len());
        let wanted: Vec<(u32, f64)> =
            (0..bases.len() as u32).flat_map(|domain| probs.iter().map(move |p| (domain, *p))).collect();
        let points = locator.quantiles(rows, &wanted, options.rule)?;
        Ok(Self { locator, probs, bases, options, points })
    }

    /// By domain, the points at which shares are wanted.
    pub fn cuts(&self) -> Vec<Vec<f64>> {
        let n_probs = self.probs.len();
        let of_domain = |d: usize| self.points[d * n_probs..(d + 1) * n_probs].iter().flatten().copied().collect();
        (0..self.bases.len()).map(of_domain).collect()
    }

    /// The estimates, domain by domain; by domain, `shares` are those at or below the cuts and their variances.
    pub fn finish<R: Rows>(mut self, rows: &R, shares: &[Vec<(f64, f64)>]) -> Result<Vec<QuantileEstimate>, R::Error> {
        let mut found = Vec::with_capacity(self.points.len());
        let mut wanted = Vec::new();
        let mut points = self.points.iter();
        for ((d, base), shares) in self.bases.iter().enumerate().zip(shares) {
            let degf = self.options.degf_of(base);
            let has_degf = critical_value(self.options.level, degf).is_some();
            let mut shares = shares.iter();
            for (&p, value) in self.probs.iter().zip(points.by_ref()) {
                let limits =
                    value.and_then(|_| shares.next()).and_then(|share| self.options.share_limits(base, *share));
                // Shares outside 0..=1 have no quantile, so both limits can always be asked for.
                let ends = limits.filter(|_| has_degf).map_or((f64::NAN, f64::NAN), |l| (l.low, l.high));
                wanted.extend([(d as u32, ends.0), (d as u32, ends.1)]);
                let reason = match (value, has_degf) {
                    (None, _) => Some(NotEstimable::EmptyDomain),
                    (_, false) => Some(NotEstimable::NoDegreesOfFreedom),
                    _ => None,
                };
                found.push(QuantileEstimate { degf, reason, ..QuantileEstimate::of(p, *value, base) });
            }
        }
        let limits = self.locator.quantiles(rows, &wanted, self.options.rule)?;
        for (estimate, limits) in found.iter_mut().zip(limits.chunks_exact(2)) {
            (estimate.ci_low, estimate.ci_high) = (limits[0], limits[1]);
            let width = estimate.ci_low.zip(estimate.ci_high).map(|(low, high)| high - low);
            let t = critical_value(self.options.level, estimate.degf);
            estimate.se = width.zip(t).map(|(width, t)| width / (2.0 * t));
        }
        Ok(found)
    }
}
