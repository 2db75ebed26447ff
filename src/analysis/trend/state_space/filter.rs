//! The exact diffuse Kalman filter.

use super::super::check::same_length;
use super::super::error::TrendError;
use super::model::{Initial, StateSpace};
use crate::numeric::matrix::Matrix;
use crate::numeric::sum::{Sum, dot};

/// What the filter knew before and after each observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Filtered {
    /// State given observations up to its own time: a row per observation.
    pub state: Matrix,
    /// Its covariance; of diffuse elements that nothing has been seen of yet, the part that is not infinite.
    pub variance: Vec<Matrix>,
    /// Standardised one-step errors; NaN where missing or diffuse.
    pub residuals: Vec<f64>,
    pub log_likelihood: f64,
    /// Observations used up to pin the diffuse elements down.
    pub n_diffuse: usize,
    pub(super) before: Vec<Before>,
    /// State and covariance one step after the last observation.
    pub(super) next: (Vec<f64>, Matrix),
}

/// One observation as the filter met it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Before {
    pub a: Vec<f64>,
    pub p: Matrix,
    pub p_infinite: Matrix,
    pub seen: Seen,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Seen {
    Missing,
    Ordinary { v: f64, f: f64, gain: Vec<f64> },
    Diffuse { v: f64, f: f64, f_infinite: f64, gain: Vec<f64>, gain_1: Vec<f64> },
}

impl StateSpace {
    /// Runs the filter over a series; NaN is a missing value.
    ///
    /// # Definition
    /// Durbin and Koopman's exact recursions: P = κP∞ + P* with κ → ∞; while zᵀP∞z > 0 an observation is used up to pin the
    /// diffuse part down and adds −½ ln zᵀP∞z to the log-likelihood, otherwise −½(ln 2π + ln F + v²/F).
    ///
    /// # Errors
    /// A series of another length, infinite values, a diffuse element of which the observations say nothing.
    ///
    /// # Agreement
    /// R `KFAS` 1.5, 1e-9.
    ///
    /// # References
    /// Durbin and Koopman (2012), *Time Series Analysis by State Space Methods*, sections 4.3 and 5.2. Koopman and Durbin (2003),
    /// Journal of Time Series Analysis 24.
    pub fn filter(&self, values: &[f64]) -> Result<Filtered, TrendError> {
        let (n, m) = (self.n(), self.loadings.n_columns());
        same_length("the series", values.len(), n)?;
        if let Some(position) = values.iter().position(|y| y.is_infinite()) {
            return Err(TrendError::NotFinite { what: "the series", position, got: values[position] });
        }
        let known = |pick: fn(&Initial) -> f64| self.initial.iter().map(pick).collect::<Vec<f64>>();
        let mut a = known(|e| if let Initial::Known { mean, .. } = e { *mean } else { 0.0 });
        let mut p =
            Matrix::from_diagonal(&known(|e| if let Initial::Known { variance, .. } = e { *variance } else { 0.0 }));
        let mut p_infinite = Matrix::from_diagonal(&known(|e| if *e == Initial::Diffuse { 1.0 } else { 0.0 }));
        let mut open = self.initial.iter().filter(|e| **e == Initial::Diffuse).count();
        let n_open = open;
        let mut state = Matrix::zeros(n, m);
        let (mut variance, mut before) = (Vec::with_capacity(n), Vec::with_capacity(n));
        let mut residuals = vec![f64::NAN; n];
        let mut likelihood = Sum::ZERO;
        for t in 0..n {
            let met = (a.clone(), p.clone(), p_infinite.clone());
            let seen = self.observe(t, values[t], (&mut a, &mut p, &mut p_infinite), open > 0);
            match &seen {
                Seen::Missing => {}
                Seen::Ordinary { v, f, .. } => {
                    residuals[t] = v / f.sqrt();
                    likelihood.add(-0.5 * (libm::log(2.0 * core::f64::consts::PI) + libm::log(*f) + v * v / f));
                }
                Seen::Diffuse { f_infinite, .. } => {
                    likelihood.add(-0.5 * libm::log(*f_infinite));
                    open -= 1;
                    if open == 0 {
                        p_infinite = Matrix::zeros(m, m);
                    }
                }
            }
            before.push(Before { a: met.0, p: met.1, p_infinite: met.2, seen });
            state.row_mut(t).copy_from_slice(&a);
            variance.push(p.clone());
            let step = self.step(t);
            a = step.transition.times_vector(&a);
            p = p.congruence(&step.transition).plus(&step.variance);
            if open > 0 {
                p_infinite = p_infinite.congruence(&step.transition);
            }
        }
        if open > 0 {
            return Err(TrendError::NotIdentified { what: "a diffuse element of the state" });
        }
        Ok(Filtered {
            state,
            variance,
            residuals,
            log_likelihood: likelihood.value(),
            n_diffuse: n_open,
            before,
            next: (a, p),
        })
    }

    fn observe(
        &self,
        t: usize,
        y: f64,
        (a, p, p_infinite): (&mut Vec<f64>, &mut Matrix, &mut Matrix),
        is_open: bool,
    ) -> Seen {
        /// Below this share of its scale a variance is rounding.
        const ZERO: f64 = 1e-10;
        if y.is_nan() {
            return Seen::Missing;
        }
        let z = self.loadings.row(t);
        let v = y - dot(z, a);
        let toward = p.times_vector(z);
        let f = dot(z, &toward) + self.observation_variance[t];
        if is_open {
            let toward_infinite = p_infinite.times_vector(z);
            let f_infinite = dot(z, &toward_infinite);
            if f_infinite > ZERO * dot(z, z) {
                let gain: Vec<f64> = toward_infinite.iter().map(|m| m / f_infinite).collect();
                let gain_1: Vec<f64> = toward.iter().zip(&gain).map(|(m, k)| (m - k * f) / f_infinite).collect();
                for (a, k) in a.iter_mut().zip(&gain) {
                    *a += k * v;
                }
                let size = gain.len();
                *p = Matrix::from_fn(size, size, |i, j| {
                    p[(i, j)] + gain[i] * gain[j] * f - toward[i] * gain[j] - gain[i] * toward[j]
                });
                *p_infinite = Matrix::from_fn(size, size, |i, j| p_infinite[(i, j)] - gain[i] * gain[j] * f_infinite);
                return Seen::Diffuse { v, f, f_infinite, gain, gain_1 };
            }
        }
        // A state known exactly and seen without error has nothing to learn.
        if f <= 0.0 {
            return Seen::Missing;
        }
        let gain: Vec<f64> = toward.iter().map(|m| m / f).collect();
        for (a, k) in a.iter_mut().zip(&gain) {
            *a += k * v;
        }
        *p = Matrix::from_fn(gain.len(), gain.len(), |i, j| p[(i, j)] - gain[i] * gain[j] * f);
        Seen::Ordinary { v, f, gain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_observations_by_hand() {
        // Diffuse level, H = 1, Q = 1: after y₁ the level is y₁ ± 1; before y₂ its variance is 2, so F = 3.
        let model = StateSpace::local_level(&[1.0, 1.0], 1.0, Initial::Diffuse).unwrap();
        let out = model.filter(&[10.0, 13.0]).unwrap();
        assert!((out.state[(1, 0)] - 12.0).abs() < 1e-14);
        assert!((out.variance[1][(0, 0)] - 2.0 / 3.0).abs() < 1e-14);
        let expected = -0.5 * (libm::log(2.0 * core::f64::consts::PI * 3.0) + 9.0 / 3.0);
        assert!((out.log_likelihood - expected).abs() < 1e-14);
    }

    #[test]
    fn a_wide_prior_is_nearly_diffuse() {
        let y = [3.0, 4.0, f64::NAN, 2.0, 6.0];
        let exact = StateSpace::local_level(&[1.0; 5], 0.5, Initial::Diffuse).unwrap().filter(&y).unwrap();
        let wide = Initial::Known { mean: 0.0, variance: 1e8 };
        let near = StateSpace::local_level(&[1.0; 5], 0.5, wide).unwrap().filter(&y).unwrap();
        assert!((exact.state[(4, 0)] - near.state[(4, 0)]).abs() < 1e-6);
    }

    #[test]
    fn nothing_seen_is_not_identified() {
        let model = StateSpace::local_level(&[1.0, 1.0], 1.0, Initial::Diffuse).unwrap();
        assert!(matches!(model.filter(&[f64::NAN, f64::NAN]), Err(TrendError::NotIdentified { .. })));
        assert!(model.filter(&[1.0]).is_err());
        assert!(model.filter(&[1.0, f64::INFINITY]).is_err());
        assert!(StateSpace::local_level(&[-1.0], 1.0, Initial::Diffuse).is_err());
    }
}
