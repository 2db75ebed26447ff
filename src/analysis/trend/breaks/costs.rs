//! What a segment without change costs.

use super::super::check::all_finite;
use super::super::error::TrendError;

/// Minus twice the log-likelihood of a segment, up to what does not depend on the segmentation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// A mean of its own, variance 1: the sum of squares around the mean. Divide the series by its noise deviation first.
    Mean,
    /// A mean and a variance of its own: n(ln 2πs² + 1).
    MeanAndVariance,
    /// Counts with a rate of their own: −2 Σ y·(ln rate − 1), exposure 1.
    Poisson,
}

impl Cost {
    /// Parameters of a segment.
    pub(super) fn n_parameters(self) -> usize {
        if self == Cost::MeanAndVariance { 2 } else { 1 }
    }
}

/// Costs of all segments from running sums of the centred series.
pub(super) struct Costs {
    cost: Cost,
    centre: f64,
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl Costs {
    pub fn new(values: &[f64], cost: Cost) -> Result<Costs, TrendError> {
        all_finite("the series", values)?;
        if cost == Cost::Poisson
            && let Some(got) = values.iter().find(|y| **y < 0.0)
        {
            return Err(TrendError::OutOfRange { what: "a count", got: *got, expected: "0 or more" });
        }
        // Centring keeps the digits of variances; counts have to stay as they are.
        let centre = if cost == Cost::Poisson { 0.0 } else { values.iter().sum::<f64>() / values.len().max(1) as f64 };
        let running = |f: &dyn Fn(f64) -> f64| {
            let mut total = crate::numeric::sum::Sum::ZERO;
            core::iter::once(0.0)
                .chain(values.iter().map(|y| {
                    total.add(f(y - centre));
                    total.value()
                }))
                .collect::<Vec<f64>>()
        };
        Ok(Costs { cost, centre, sums: running(&|y| y), squares: running(&|y| y * y) })
    }

    pub fn n(&self) -> usize {
        self.sums.len() - 1
    }

    /// The cost of values `from..to`, counted from 0.
    pub fn of(&self, from: usize, to: usize) -> f64 {
        /// A variance of zero would make a segment infinitely cheap (R's `changepoint` has the same floor).
        const SMALLEST_VARIANCE: f64 = 1e-11;
        let n = (to - from) as f64;
        let sum = self.sums[to] - self.sums[from];
        let within = (self.squares[to] - self.squares[from] - sum * sum / n).max(0.0);
        match self.cost {
            Cost::Mean => within,
            Cost::MeanAndVariance => {
                let variance = (within / n).max(SMALLEST_VARIANCE);
                n * (libm::log(2.0 * core::f64::consts::PI * variance) + 1.0)
            }
            Cost::Poisson => {
                let total = sum + n * self.centre;
                if total <= 0.0 { 0.0 } else { -2.0 * total * (libm::log(total / n) - 1.0) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_by_hand() {
        let y = [1.0, 3.0, 5.0];
        assert!((Costs::new(&y, Cost::Mean).unwrap().of(0, 3) - 8.0).abs() < 1e-12);
        let poisson = Costs::new(&y, Cost::Poisson).unwrap().of(0, 2);
        assert!((poisson + 8.0 * (libm::log(2.0) - 1.0)).abs() < 1e-12);
        assert_eq!(Costs::new(&[0.0, 0.0], Cost::Poisson).unwrap().of(0, 2), 0.0);
        assert!(Costs::new(&[-1.0], Cost::Poisson).is_err());
        assert!(Costs::new(&[2.0; 3], Cost::MeanAndVariance).unwrap().of(0, 3).is_finite());
    }
}
