//! Dates at which a break may lie: those that fit hardly worse than the best.

use super::super::check::level as check_level;
use super::super::error::TrendError;
use super::super::regression::LinearFit;
use super::bai_perron::{BreakModel, RegressionBreaks};

/// What is assumed of the errors of the regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BreakErrors {
    /// Independent of each other.
    Independent,
    /// Each follows the one before (first-order autoregression).
    Autoregressive,
}

/// A break with the positions at which it may lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakSet {
    pub position: usize,
    /// In order; there may be gaps.
    pub positions: Vec<usize>,
}

impl BreakSet {
    /// The first and the last position of the set.
    pub fn range(&self) -> (usize, usize) {
        let first = self.positions.first().copied().unwrap_or(self.position);
        (first, self.positions.last().copied().unwrap_or(self.position))
    }
}

impl RegressionBreaks {
    /// Confidence sets for the positions of the breaks of the model with `n_breaks` breaks, by inverting the likelihood-ratio test.
    ///
    /// Unlike [`RegressionBreaks::intervals`] they hold the break as often as they say also where it is small, because no estimated
    /// size of the break enters.
    ///
    /// # Definition
    /// Position t is in the set if (S(t) − S(t̂))/ω² ≤ −2 ln(1 − √level), S the sum of squared residuals with the other breaks where
    /// they are and no segment shorter than the shortest. ω² = S(t̂)/(n − p) for independent errors, p the number of coefficients. For
    /// autoregressive ones ω² = Σ(uᵢ − ρuᵢ₋₁)²/(n − 1 − p)/(1 − ρ)² with ρ = Σuᵢuᵢ₋₁/Σuᵢ², the variance of sums in the long run: polls that
    /// follow each other look like breaks. Errors and moments of the regressors are taken as alike on both sides of the break.
    ///
    /// # Errors
    /// More breaks than were looked for, none, `level` outside 0 to 1, no error, too few observations for its variance.
    ///
    /// # Agreement
    /// Simulated series: `tests/trend_coverage.rs`. For large breaks the set holds the break more often than it says, because dates are
    /// whole numbers.
    ///
    /// # References
    /// Hansen (2000), Econometrica 68, theorem 2. Eo and Morley (2015), Quantitative Economics 6. Andrews (1991), Econometrica 59, for
    /// the autoregression.
    pub fn confidence_sets(
        &self,
        n_breaks: usize,
        level: f64,
        errors: BreakErrors,
    ) -> Result<Vec<BreakSet>, TrendError> {
        let level = check_level(level)?;
        let model = self.with_breaks(n_breaks)?;
        let limit = -2.0 * libm::log(1.0 - level.sqrt()) * self.error_variance(model, errors)?;
        let ends = [&[0], &model.breaks[..], &[self.y.len()]].concat();
        let set = |around: &[usize]| {
            let (from, position, to) = (around[0], around[1], around[2]);
            let rss = |t: usize| self.triangle.rss(from, t) + self.triangle.rss(t, to);
            let best = rss(position);
            let inside = from + self.shortest_segment()..=to - self.shortest_segment();
            BreakSet { position, positions: inside.filter(|t| rss(*t) - best <= limit).collect() }
        };
        Ok(ends.windows(3).map(set).collect())
    }

    /// ω² of the definition.
    fn error_variance(&self, model: &BreakModel, errors: BreakErrors) -> Result<f64, TrendError> {
        let residuals = self.residuals(model)?;
        let squares: f64 = residuals.iter().map(|u| u * u).sum();
        // What rounding leaves of a series without error is none.
        if squares <= 1e-24 * self.y.iter().map(|y| y * y).sum::<f64>() {
            return Err(TrendError::NotIdentified { what: "the interval of a break without error" });
        }
        let (rho, n) = match errors {
            BreakErrors::Independent => (0.0, residuals.len()),
            BreakErrors::Autoregressive => {
                (residuals.windows(2).map(|u| u[0] * u[1]).sum::<f64>() / squares, residuals.len() - 1)
            }
        };
        let n_coefficients = self.triangle.k * (model.breaks.len() + 1);
        super::super::check::at_least("observations", n, n_coefficients + 1)?;
        let innovations = match errors {
            BreakErrors::Independent => squares,
            BreakErrors::Autoregressive => {
                residuals.windows(2).map(|u| (u[1] - rho * u[0]) * (u[1] - rho * u[0])).sum()
            }
        };
        let variance = innovations / (n - n_coefficients) as f64 / ((1.0 - rho) * (1.0 - rho));
        if !(variance > 0.0 && variance.is_finite()) {
            return Err(TrendError::NotIdentified { what: "the interval of a break without error" });
        }
        Ok(variance)
    }

    fn residuals(&self, model: &BreakModel) -> Result<Vec<f64>, TrendError> {
        let ends = [&[0], &model.breaks[..], &[self.y.len()]].concat();
        let columns: Vec<usize> = (0..self.design.n_columns()).collect();
        let mut out = Vec::with_capacity(self.y.len());
        for segment in ends.windows(2) {
            let rows: Vec<usize> = (segment[0]..segment[1]).collect();
            let fit = LinearFit::of(&self.design.select(&rows, &columns), &self.y[segment[0]..segment[1]], None)?;
            out.extend(fit.residuals);
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::matrix::Matrix;

    fn found(y: &[f64], most: usize) -> RegressionBreaks {
        RegressionBreaks::find(&Matrix::from_fn(y.len(), 1, |_, _| 1.0), y, 0.15, Some(most)).unwrap()
    }

    // Means 0 and 3 before and after position 4 of 8 leave u = ±1, S = 8, s² = 8/6. A break after 3 moves one value of −1 or 1 across.
    #[test]
    fn sums_by_hand() {
        let y = [1.0, -1.0, 1.0, -1.0, 4.0, 2.0, 4.0, 2.0];
        let breaks = RegressionBreaks::find(&Matrix::from_fn(8, 1, |_, _| 1.0), &y, 2.0, Some(1)).unwrap();
        assert_eq!(breaks.models[1].breaks, [4]);
        // After 3: means 1/3 and 11/5; 3 − 1/3 + (1 + 16 + 4 + 16 + 4) − 5·2.2² = 19.4666…, so (S − 8)/s² = 8.6. The same after 5, mirrored: y₅ = 4
        // is farther: S = (4 + 16) − 16/5 + (4 + 16 + 4) − 64/3 = 19.4666….
        let set = |level| breaks.confidence_sets(1, level, BreakErrors::Independent).unwrap()[0].clone();
        assert_eq!(set(0.95).positions, [4]);
        // 8.6 = −2 ln(1 − √level) at level (1 − e^{−4.3})² = 0.97305.
        assert_eq!(set(0.9730).positions, [4]);
        assert_eq!(set(0.9731).range(), (3, 5));
        assert_eq!(set(0.9731).positions, [3, 4, 5]);
    }

    #[test]
    fn errors_that_follow_each_other_make_dates_less_sure() {
        let y: Vec<f64> = (0..60).map(|i| f64::from(u8::from(i >= 30)) * 2.0 + libm::sin(0.5 * f64::from(i))).collect();
        let set = |errors| found(&y, 1).confidence_sets(1, 0.95, errors).unwrap()[0].clone();
        let (plain, following) = (set(BreakErrors::Independent), set(BreakErrors::Autoregressive));
        assert!(following.positions.len() > plain.positions.len(), "{plain:?} {following:?}");
        assert!(plain.positions.contains(&plain.position));
    }

    #[test]
    fn every_break_has_a_set_between_its_neighbours() {
        let y: Vec<f64> = (0..60).map(|i| [0.0, 5.0, 2.0][i / 20] + 0.3 * f64::from((i * 7 % 5) as u8)).collect();
        let breaks = found(&y, 2);
        let sets = breaks.confidence_sets(2, 0.95, BreakErrors::Independent).unwrap();
        assert_eq!((sets[0].position, sets[1].position), (20, 40));
        assert!(sets[0].range().1 < sets[1].range().0);
    }

    #[test]
    fn no_break_and_no_error_have_none() {
        let noisy: Vec<f64> = (0..20).map(|i| f64::from((i * 7 % 5) as u8)).collect();
        for n_breaks in [0, 9] {
            assert!(found(&noisy, 1).confidence_sets(n_breaks, 0.95, BreakErrors::Independent).is_err());
        }
        assert!(found(&noisy, 1).confidence_sets(1, 1.0, BreakErrors::Independent).is_err());
        assert!(found(&[1.0; 20], 1).confidence_sets(1, 0.95, BreakErrors::Autoregressive).is_err());
    }
}
