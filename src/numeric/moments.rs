//! Weighted moments, in two passes over a slice or merged from parts.
//!
//! Never `Σwy² − (Σwy)²/Σw`: with values near 1e6 that difference has no digits left. The centre is taken off first.
//!
//! # Definition
//! `W = Σw`, mean `ȳ = Σwy / W`, `m2 = Σ w (y − ȳ)²`.
//!
//! # References
//! Chan, Golub and LeVeque (1983), "Algorithms for computing the sample variance", The American Statistician 37(3),
//! equations 2.1 and 3.1. West (1979), CACM 22(9), for weights.

use super::sum::Sum;

/// Sum of weights, mean and centred second moment of weighted values.
///
/// # Shapes and units
/// Values with weight 0 count for nothing and are not looked at. Weights may be negative (after calibration), as long
/// as their sum is not 0.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moments {
    /// How many values have a weight other than 0.
    pub n: u64,
    /// `Σw`.
    pub sum_w: f64,
    /// `Σwy / Σw`, 0 while there is no weight.
    pub mean: f64,
    /// `Σ w (y − mean)²`.
    pub m2: f64,
}

impl Moments {
    /// Moments of a slice with all weights 1.
    pub fn of(values: &[f64]) -> Moments {
        Moments::two_pass(values.len(), |i| (values[i], 1.0))
    }

    /// Moments of values with weights.
    ///
    /// # Errors
    /// Panics if the lengths differ: that is a mistake in the calling code.
    pub fn weighted(values: &[f64], weights: &[f64]) -> Moments {
        assert_eq!(values.len(), weights.len(), "values and weights of different length");
        Moments::two_pass(values.len(), |i| (values[i], weights[i]))
    }

    fn two_pass(len: usize, item: impl Fn(usize) -> (f64, f64)) -> Moments {
        let (mut n, mut sum_w, mut sum_wy) = (0, Sum::ZERO, Sum::ZERO);
        for i in 0..len {
            let (y, w) = item(i);
            if w != 0.0 {
                n += 1;
                sum_w.add(w);
                sum_wy.add(w * y);
            }
        }
        let sum_w = sum_w.value();
        if n == 0 || sum_w == 0.0 {
            return Moments { n, sum_w, ..Moments::default() };
        }
        let provisional = sum_wy.value() / sum_w;
        let (mut first, mut second) = (Sum::ZERO, Sum::ZERO);
        for i in 0..len {
            let (y, w) = item(i);
            if w != 0.0 {
                let d = y - provisional;
                first.add(w * d);
                second.add(w * d * d);
            }
        }
        // What rounding left of the first moment corrects both.
        let shift = first.value() / sum_w;
        Moments { n, sum_w, mean: provisional + shift, m2: second.value() - sum_w * shift * shift }
    }

    /// Adds one value.
    pub fn add(&mut self, y: f64, w: f64) {
        if w != 0.0 {
            self.merge(&Moments { n: 1, sum_w: w, mean: y, m2: 0.0 });
        }
    }

    /// Adds the moments of another part.
    pub fn merge(&mut self, other: &Moments) {
        if other.n == 0 {
            return;
        }
        if self.n == 0 {
            *self = *other;
            return;
        }
        let sum_w = self.sum_w + other.sum_w;
        self.n += other.n;
        if sum_w == 0.0 {
            *self = Moments { n: self.n, ..Moments::default() };
            return;
        }
        let gap = other.mean - self.mean;
        self.m2 += other.m2 + gap * gap * (self.sum_w * (other.sum_w / sum_w));
        self.mean += gap * (other.sum_w / sum_w);
        self.sum_w = sum_w;
    }

    /// `m2 / Σw`: the variance of the weighted population. `None` without weight.
    pub fn population_variance(&self) -> Option<f64> {
        (self.n > 0 && self.sum_w != 0.0).then(|| self.m2 / self.sum_w)
    }

    /// `m2 / Σw · n/(n − 1)`; with weights 1 the sample variance. `None` below two values.
    pub fn sample_variance(&self) -> Option<f64> {
        let n = self.n as f64;
        (self.n > 1 && self.sum_w != 0.0).then(|| self.m2 / self.sum_w * (n / (n - 1.0)))
    }
}

/// `Σ w (x − x̄)(y − ȳ)` over pairs, in two passes; 0 without weight.
///
/// # Errors
/// Panics if the lengths differ: that is a mistake in the calling code.
pub fn weighted_cross_moment(x: &[f64], y: &[f64], weights: &[f64]) -> f64 {
    assert_eq!(x.len(), weights.len(), "values and weights of different length");
    assert_eq!(y.len(), weights.len(), "values and weights of different length");
    let (mx, my) = (Moments::weighted(x, weights), Moments::weighted(y, weights));
    let mut sum = Sum::ZERO;
    for ((x, y), w) in x.iter().zip(y).zip(weights) {
        if *w != 0.0 {
            sum.add(w * (x - mx.mean) * (y - my.mean));
        }
    }
    sum.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_one_and_two_values() {
        assert_eq!(Moments::of(&[]), Moments::default());
        assert_eq!(Moments::of(&[]).population_variance(), None);
        let one = Moments::of(&[4.0]);
        assert_eq!((one.mean, one.m2, one.sample_variance()), (4.0, 0.0, None));
        let two = Moments::of(&[1.0, 3.0]);
        assert_eq!((two.mean, two.m2, two.sample_variance()), (2.0, 2.0, Some(2.0)));
    }

    #[test]
    fn a_large_offset_costs_no_digits() {
        let base = [4.0, 7.0, 13.0, 16.0];
        let shifted: Vec<f64> = base.iter().map(|y| y + 1e9).collect();
        assert_eq!(Moments::of(&shifted).sample_variance(), Some(30.0));
        let mut merged = Moments::default();
        for y in shifted {
            merged.add(y, 1.0);
        }
        assert!((merged.sample_variance().unwrap() - 30.0).abs() < 1e-6);
    }

    #[test]
    fn merged_parts_equal_the_whole() {
        let y: Vec<f64> = (0..1000).map(|i| f64::from(i % 37) * 0.7 + 1e4).collect();
        let w: Vec<f64> = (0..1000).map(|i| f64::from(i % 5)).collect();
        let whole = Moments::weighted(&y, &w);
        let mut merged = Moments::default();
        for (y, w) in y.chunks(77).zip(w.chunks(77)) {
            merged.merge(&Moments::weighted(y, w));
        }
        assert_eq!(merged.n, whole.n);
        assert!((merged.mean - whole.mean).abs() < 1e-11);
        assert!((merged.m2 / whole.m2 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn weight_zero_is_outside_even_with_a_missing_value() {
        let m = Moments::weighted(&[1.0, f64::NAN, 3.0], &[1.0, 0.0, 1.0]);
        assert_eq!((m.n, m.mean, m.m2), (2, 2.0, 2.0));
    }

    #[test]
    fn the_cross_moment_of_a_value_with_itself_is_its_second_moment() {
        let (y, w) = ([1.0, 5.0, 6.5], [2.0, 1.0, 3.0]);
        assert!((weighted_cross_moment(&y, &y, &w) - Moments::weighted(&y, &w).m2).abs() < 1e-13);
    }
}
