//! How sure the date of a break is.

use super::super::check::level as check_level;
use super::super::error::TrendError;
use super::super::regression::LinearFit;
use super::bai_perron::RegressionBreaks;
use crate::numeric::dist::Normal;
use crate::numeric::matrix::Matrix;
use crate::numeric::root::brent;

/// A break with the positions between which it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakInterval {
    /// May lie before the first observation.
    pub low: i64,
    pub position: usize,
    /// May lie after the last observation.
    pub high: i64,
}

impl RegressionBreaks {
    /// Intervals for the positions of the breaks of the model with `n_breaks` breaks.
    ///
    /// # Definition
    /// The distance of the estimate from the true break, times δᵀQδ/σ², is distributed as the place of the maximum of a two-sided
    /// Brownian motion with drift; δ the change of coefficients, Q the moments of the regressors and σ² the error variance on either side.
    /// The limits are the estimate less the upper and less the lower quantile of that distance, rounded away from the break. They are
    /// too narrow for small breaks, whose estimated size is too large; [`RegressionBreaks::confidence_sets`] are not.
    ///
    /// # Errors
    /// More breaks than were looked for, none, `level` outside 0 to 1, a break without change or without error, where the distribution
    /// does not exist.
    ///
    /// # Agreement
    /// R `strucchange` 1.5 `confint`, exact.
    ///
    /// # References
    /// Bai (1997), Review of Economics and Statistics 79, appendix B. Bai and Perron (1998), section 4.3.
    pub fn intervals(&self, n_breaks: usize, level: f64) -> Result<Vec<BreakInterval>, TrendError> {
        let tail = 0.5 * (1.0 - check_level(level)?);
        let model = self.with_breaks(n_breaks)?;
        let ends = [vec![0], model.breaks.clone(), vec![self.y.len()]].concat();
        let segments =
            ends.windows(2).map(|w| Segment::new(&self.design, &self.y, w[0], w[1])).collect::<Result<Vec<_>, _>>()?;
        segments
            .windows(2)
            .zip(&model.breaks)
            .map(|(pair, position)| {
                let (low, high) = limits(&pair[0], &pair[1], tail)?;
                Ok(BreakInterval { low: *position as i64 + low, position: *position, high: *position as i64 + high })
            })
            .collect()
    }
}

struct Segment {
    coefficients: Vec<f64>,
    /// Mean of xxᵀ.
    moments: Matrix,
    variance: f64,
}

impl Segment {
    fn new(design: &Matrix, y: &[f64], from: usize, to: usize) -> Result<Segment, TrendError> {
        let rows: Vec<usize> = (from..to).collect();
        let columns: Vec<usize> = (0..design.n_columns()).collect();
        let part = design.select(&rows, &columns);
        let fit = LinearFit::of(&part, &y[from..to], None)?;
        let n = rows.len() as f64;
        Ok(Segment {
            moments: part.cross_product(None).scaled(1.0 / n),
            variance: fit.rss / n,
            coefficients: fit.coefficients,
        })
    }
}

/// Steps from the estimated break to both limits: where the estimate may lie late, the break may lie early.
fn limits(before: &Segment, after: &Segment, tail: f64) -> Result<(i64, i64), TrendError> {
    let delta: Vec<f64> = after.coefficients.iter().zip(&before.coefficients).map(|(a, b)| a - b).collect();
    let (q1, q2) = (before.moments.quadratic_form(&delta), after.moments.quadratic_form(&delta));
    let scale = q1 / before.variance;
    let law = ArgMax { xi: q2 / q1, phi: q2 / q1 * after.variance / before.variance };
    if !(scale > 0.0 && scale.is_finite() && law.phi > 0.0 && law.phi.is_finite()) {
        return Err(TrendError::NotIdentified { what: "the interval of a break without change or without error" });
    }
    let solve = |probability: f64, side: f64| -> Result<f64, TrendError> {
        let mut far = 10.0;
        while (law.cdf(side * far) - probability) * side < 0.0 && far < 1e6 {
            far *= 2.0;
        }
        // At 0 itself the formulas are limits.
        Ok(brent(|x| law.cdf(side * x) - probability, 1e-12, far, 1e-10)?.x * side)
    };
    let at_zero = law.cdf(1e-12);
    let low = if at_zero > tail { solve(tail, -1.0)? } else { 0.0 };
    let high = if at_zero < 1.0 - tail { solve(1.0 - tail, 1.0)? } else { 0.0 };
    Ok((-(high / scale).ceil() as i64, -(low / scale).floor() as i64))
}

/// The place of the maximum of W₁(−s) − |s|/2 for s ≤ 0 and √φ W₂(s) − ξ|s|/2 for s > 0.
struct ArgMax {
    xi: f64,
    phi: f64,
}

impl ArgMax {
    fn cdf(&self, x: f64) -> f64 {
        let (xi, phi) = (self.xi, self.phi);
        let ln_phi = |z: f64| Normal::STANDARD.ln_cdf(z);
        let ln_root_2pi = 0.5 * libm::log(2.0 * core::f64::consts::PI);
        let size = x.abs();
        let root = size.sqrt();
        if x < 0.0 {
            let ratio = xi / phi;
            let a = libm::exp(0.5 * libm::log(size) - size / 8.0 - ln_root_2pi);
            let b = (phi + 2.0 * xi) / (ratio * (phi + xi))
                * libm::exp(0.5 * ratio * (1.0 + ratio) * size + ln_phi(-(0.5 + ratio) * root));
            let square = (phi + 2.0 * xi) * (phi + 2.0 * xi) / (xi * (phi + xi));
            let c = (0.5 * size - 2.0 + square) * libm::exp(ln_phi(-0.5 * root));
            c - a - b
        } else {
            let ratio = xi * xi / phi;
            let a = ratio.sqrt() * libm::exp(0.5 * libm::log(size) - ratio * size / 8.0 - ln_root_2pi);
            let b = xi * (2.0 * phi + xi) / (phi * (phi + xi))
                * libm::exp(0.5 * (phi + xi) * size + ln_phi(-(phi + 0.5 * xi) / phi.sqrt() * root));
            let square = (2.0 * phi + xi) * (2.0 * phi + xi) / (phi * (phi + xi));
            let c = (square - 2.0 + 0.5 * ratio * size) * libm::exp(ln_phi(-0.5 * (ratio * size).sqrt()));
            1.0 + a + b - c
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sides_give_a_symmetric_law() {
        // Yao (1987): median 0, 97.5 % point about 11.03.
        let law = ArgMax { xi: 1.0, phi: 1.0 };
        assert!((law.cdf(1e-12) - 0.5).abs() < 1e-5);
        for x in [0.5, 3.0, 11.0] {
            assert!((law.cdf(x) + law.cdf(-x) - 1.0).abs() < 1e-12);
        }
        assert!((law.cdf(11.03) - 0.975).abs() < 1e-3);
    }

    #[test]
    fn noise_behind_the_break_opens_the_interval_towards_the_time_before() {
        // With quiet rows before and noisy ones behind, an estimate errs to the late side, so the break itself may be earlier.
        let noise = |i: usize| f64::from((i * 7 % 5) as u8) - 2.0;
        let y: Vec<f64> = (0..40).map(|i| if i < 20 { 0.1 * noise(i) } else { 1.5 + noise(i) }).collect();
        let found = RegressionBreaks::find(&Matrix::from_fn(40, 1, |_, _| 1.0), &y, 0.15, Some(1)).unwrap();
        let interval = found.intervals(1, 0.95).unwrap()[0];
        let (before, behind) = (interval.position as i64 - interval.low, interval.high - interval.position as i64);
        assert!(before > behind, "{interval:?}");
    }

    #[test]
    fn a_clear_break_has_a_narrow_interval() {
        let y: Vec<f64> =
            (0..40).map(|i| f64::from(u8::from(i >= 20)) * 4.0 + f64::from((i * 7 % 5) as u8) / 4.0).collect();
        let found = RegressionBreaks::find(&Matrix::from_fn(40, 1, |_, _| 1.0), &y, 0.15, Some(1)).unwrap();
        let interval = found.intervals(1, 0.95).unwrap()[0];
        assert!(interval.position == 20 && interval.low >= 18 && interval.high <= 22);
        assert!(found.intervals(0, 0.95).is_err() && found.intervals(9, 0.95).is_err());
        let flat = RegressionBreaks::find(&Matrix::from_fn(12, 1, |_, _| 1.0), &[1.0; 12], 3.0, Some(1)).unwrap();
        assert!(flat.intervals(1, 0.95).is_err());
    }
}
