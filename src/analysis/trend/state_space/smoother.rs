//! The state given the whole series.

use super::super::error::TrendError;
use super::filter::{Filtered, Seen};
use super::model::StateSpace;
use crate::numeric::matrix::Matrix;
use crate::numeric::sum::dot;

/// The state given all observations.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoothed {
    /// A row per observation.
    pub state: Matrix,
    pub variance: Vec<Matrix>,
    pub log_likelihood: f64,
}

/// r = r₀ + r₁/κ and N = N₀ + N₁/κ + N₂/κ² of the backward recursion.
struct Backward {
    r0: Vec<f64>,
    r1: Vec<f64>,
    n0: Matrix,
    n1: Matrix,
    n2: Matrix,
}

impl StateSpace {
    /// Filters and smooths a series; NaN is a missing value.
    ///
    /// # Definition
    /// Durbin and Koopman's exact backward recursions: α̂ₜ = aₜ + P*r₀ + P∞r₁, Vₜ = P* − P*N₀P* − (P∞N₁P*)ᵀ − P∞N₁P* − P∞N₂P∞.
    ///
    /// # Errors
    /// As [`StateSpace::filter`].
    ///
    /// # Agreement
    /// R `KFAS` 1.5, 1e-9.
    ///
    /// # References
    /// Durbin and Koopman (2012), sections 4.4, 5.3 and 6.4.
    pub fn smooth(&self, values: &[f64]) -> Result<Smoothed, TrendError> {
        let filtered = self.filter(values)?;
        Ok(self.smooth_filtered(&filtered))
    }

    fn smooth_filtered(&self, filtered: &Filtered) -> Smoothed {
        let (n, m) = (self.n(), self.loadings.n_columns());
        let zero = || Matrix::zeros(m, m);
        let mut back = Backward { r0: vec![0.0; m], r1: vec![0.0; m], n0: zero(), n1: zero(), n2: zero() };
        let mut state = Matrix::zeros(n, m);
        let mut variance = vec![zero(); n];
        for t in (0..n).rev() {
            if t + 1 < n {
                back.through(&self.step(t).transition);
            }
            let met = &filtered.before[t];
            back.past(self.loadings.row(t), &met.seen);
            let (p, q) = (&met.p, &met.p_infinite);
            let ordinary = p.times_vector(&back.r0);
            let infinite = q.times_vector(&back.r1);
            for (j, out) in state.row_mut(t).iter_mut().enumerate() {
                *out = met.a[j] + ordinary[j] + infinite[j];
            }
            let cross = q.times(&back.n1).times(p);
            variance[t] = p
                .minus(&p.times(&back.n0).times(p))
                .minus(&cross)
                .minus(&cross.transposed())
                .minus(&q.times(&back.n2).times(q));
        }
        Smoothed { state, variance, log_likelihood: filtered.log_likelihood }
    }
}

impl Backward {
    /// Back over a step of the state.
    fn through(&mut self, transition: &Matrix) {
        let turned = transition.transposed();
        self.r0 = turned.times_vector(&self.r0);
        self.r1 = turned.times_vector(&self.r1);
        for n in [&mut self.n0, &mut self.n1, &mut self.n2] {
            *n = n.congruence(&turned);
        }
    }

    /// Back over an observation.
    fn past(&mut self, z: &[f64], seen: &Seen) {
        match seen {
            Seen::Missing => {}
            Seen::Ordinary { v, f, gain } => {
                let l = less(gain, z);
                let u = v / f - dot(gain, &self.r0);
                let u1 = dot(gain, &self.r1);
                for ((r0, r1), z) in self.r0.iter_mut().zip(&mut self.r1).zip(z) {
                    *r0 += z * u;
                    *r1 -= z * u1;
                }
                let lt = l.transposed();
                self.n0 = self.n0.congruence(&lt).plus(&outer(z, z, 1.0 / f));
                self.n1 = self.n1.congruence(&lt);
                self.n2 = self.n2.congruence(&lt);
            }
            Seen::Diffuse { v, f, f_infinite, gain, gain_1 } => {
                let l0 = less(gain, z);
                let l1 = outer(gain_1, z, -1.0);
                let (l0t, l1t) = (l0.transposed(), l1.transposed());
                let r1 = add(&l0t.times_vector(&self.r1), &l1t.times_vector(&self.r0));
                self.r1 = r1.iter().zip(z).map(|(r, z)| r + z * v / f_infinite).collect();
                self.r0 = l0t.times_vector(&self.r0);
                let n2 = outer(z, z, -f / (f_infinite * f_infinite))
                    .plus(&self.n2.congruence(&l0t))
                    .plus(&l0t.times(&self.n1).times(&l1))
                    .plus(&l1t.times(&self.n1.transposed()).times(&l0))
                    .plus(&self.n0.congruence(&l1t));
                let n1 =
                    outer(z, z, 1.0 / f_infinite).plus(&self.n1.congruence(&l0t)).plus(&l1t.times(&self.n0).times(&l0));
                self.n0 = self.n0.congruence(&l0t);
                self.n1 = n1;
                self.n2 = n2;
            }
        }
    }
}

/// I − k zᵀ.
fn less(gain: &[f64], z: &[f64]) -> Matrix {
    Matrix::identity(z.len()).plus(&outer(gain, z, -1.0))
}

fn outer(a: &[f64], b: &[f64], factor: f64) -> Matrix {
    Matrix::from_fn(a.len(), b.len(), |i, j| factor * a[i] * b[j])
}

fn add(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::trend::state_space::Initial;

    #[test]
    fn without_movement_the_level_is_the_weighted_mean() {
        // Q = 0: generalised least squares of a constant.
        let h = [1.0, 2.0, 4.0];
        let model = StateSpace::local_level(&h, 0.0, Initial::Diffuse).unwrap();
        let out = model.smooth(&[3.0, 6.0, 1.0]).unwrap();
        let weight: f64 = h.iter().map(|h| 1.0 / h).sum();
        let mean = (3.0 + 3.0 + 0.25) / weight;
        for t in 0..3 {
            assert!((out.state[(t, 0)] - mean).abs() < 1e-13);
            assert!((out.variance[t][(0, 0)] - 1.0 / weight).abs() < 1e-13);
        }
    }

    #[test]
    fn the_last_smoothed_state_is_the_last_filtered_one() {
        let model = StateSpace::local_linear_trend(&[2.0; 6], 0.5, 0.1, [Initial::Diffuse, Initial::Diffuse]).unwrap();
        let y = [1.0, 2.0, f64::NAN, 5.0, 4.0, 7.0];
        let (f, s) = (model.filter(&y).unwrap(), model.smooth(&y).unwrap());
        assert!((f.state[(5, 1)] - s.state[(5, 1)]).abs() < 1e-12);
        assert!(f.variance[5].minus(&s.variance[5]).max_abs() < 1e-12);
    }
}
