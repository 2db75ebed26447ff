//! More than two waves: which changes are reported, and by which steps they are split.

use super::standardization::Averaging;
use crate::numeric::dual::Dual;

/// The changes that are reported: each wave against the one before, and the last against the first where there are more than two.
pub(super) fn pairs(n_waves: usize) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = (1..n_waves).map(|w| (w - 1, w)).collect();
    if n_waves > 2 {
        pairs.push((0, n_waves - 1));
    }
    pairs
}

/// The steps between pairs of waves whose weighted sum is a reported change, each from an earlier wave to a later one.
pub(super) fn way(n_waves: usize, from: usize, to: usize, averaging: Averaging) -> Vec<(usize, usize, f64)> {
    match averaging {
        Averaging::Consecutive => (from..to).map(|w| (w, w + 1, 1.0)).collect(),
        Averaging::AllPairs => {
            let share = 1.0 / n_waves as f64;
            let mut way = vec![(from, to, 2.0 * share)];
            for other in (0..n_waves).filter(|w| *w != from && *w != to) {
                for (a, b) in [(from, other), (other, to)] {
                    way.push(if a < b { (a, b, share) } else { (b, a, -share) });
                }
            }
            way
        }
    }
}

/// A number that depends on the parameters of all waves, and its derivatives by them, wave after wave.
pub(super) struct Output {
    pub value: f64,
    /// Empty where no derivatives are asked for.
    pub gradient: Vec<f64>,
}

impl Output {
    pub fn zero(n: usize) -> Self {
        Self { value: 0.0, gradient: vec![0.0; n] }
    }

    /// Adds a number that depends on the parameters of two waves, `per_wave` each.
    pub fn add(&mut self, part: &Dual, factor: f64, waves: [usize; 2], per_wave: usize) {
        self.value += factor * part.value;
        if self.gradient.is_empty() {
            return;
        }
        for (side, wave) in waves.into_iter().enumerate() {
            let own = part.gradient.iter().skip(side * per_wave).take(per_wave);
            for (sum, slope) in self.gradient[wave * per_wave..].iter_mut().zip(own) {
                *sum += factor * slope;
            }
        }
    }

    /// The sum of outputs that depend on the same parameters.
    pub fn sum<'a>(parts: impl IntoIterator<Item = &'a Output>, n: usize) -> Self {
        let mut sum = Self::zero(n);
        for part in parts {
            sum.value += part.value;
            sum.gradient.iter_mut().zip(&part.gradient).for_each(|(s, g)| *s += g);
        }
        sum
    }
}
