//! Numbers that carry their derivatives: the gradient of a formula by writing the formula once.
//!
//! # References
//! Griewank and Walther (2008), *Evaluating Derivatives*, chapter 3 (forward mode).

/// A value and its derivatives by some parameters. A constant has an empty gradient; numbers that meet in a formula have
/// gradients of one length, or none.
///
/// # Examples
/// ```
/// use opros::numeric::dual::Dual;
/// let (x, y) = (Dual::parameter(3.0, 0, 2), Dual::parameter(2.0, 1, 2));
/// let z = x.times(&y).plus(&x);
/// assert_eq!((z.value, z.gradient), (9.0, vec![3.0, 3.0]));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Dual {
    pub value: f64,
    pub gradient: Vec<f64>,
}

impl Dual {
    /// A number that depends on nothing.
    pub fn constant(value: f64) -> Dual {
        Dual { value, gradient: Vec::new() }
    }

    /// One of `n` parameters.
    pub fn parameter(value: f64, index: usize, n: usize) -> Dual {
        let gradient = (0..n).map(|i| f64::from(u8::from(i == index))).collect();
        Dual { value, gradient }
    }

    /// self + other.
    pub fn plus(&self, other: &Dual) -> Dual {
        self.joined(other, self.value + other.value, 1.0, 1.0)
    }

    /// self − other.
    pub fn minus(&self, other: &Dual) -> Dual {
        self.joined(other, self.value - other.value, 1.0, -1.0)
    }

    /// self · other.
    pub fn times(&self, other: &Dual) -> Dual {
        self.joined(other, self.value * other.value, other.value, self.value)
    }

    /// self / other; not finite where `other` is 0.
    pub fn over(&self, other: &Dual) -> Dual {
        let ratio = self.value / other.value;
        self.joined(other, ratio, 1.0 / other.value, -ratio / other.value)
    }

    /// self · factor.
    pub fn scaled(&self, factor: f64) -> Dual {
        Dual { value: self.value * factor, gradient: self.gradient.iter().map(|g| g * factor).collect() }
    }

    /// self^power, of a positive number.
    pub fn raised(&self, power: f64) -> Dual {
        let value = libm::pow(self.value, power);
        let slope = power * value / self.value;
        Dual { value, gradient: self.gradient.iter().map(|g| g * slope).collect() }
    }

    /// The natural logarithm, of a positive number; not finite otherwise.
    pub fn log(&self) -> Dual {
        let slope = 1.0 / self.value;
        Dual { value: libm::log(self.value), gradient: self.gradient.iter().map(|g| g * slope).collect() }
    }

    /// e to the power of self.
    pub fn exp(&self) -> Dual {
        let value = libm::exp(self.value);
        Dual { value, gradient: self.gradient.iter().map(|g| g * value).collect() }
    }

    /// The sum of some numbers.
    pub fn sum<'a>(parts: impl IntoIterator<Item = &'a Dual>) -> Dual {
        parts.into_iter().fold(Dual::constant(0.0), |sum, part| sum.plus(part))
    }

    fn joined(&self, other: &Dual, value: f64, by_self: f64, by_other: f64) -> Dual {
        let n = self.gradient.len().max(other.gradient.len());
        let slope = |gradient: &[f64], i: usize| gradient.get(i).copied().unwrap_or(0.0);
        let gradient =
            (0..n).map(|i| by_self * slope(&self.gradient, i) + by_other * slope(&other.gradient, i)).collect();
        Dual { value, gradient }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::derivative::gradient;

    #[test]
    fn derivatives_are_those_of_small_steps() {
        let at = [0.7, 1.9, 0.4];
        let plain = |v: &[f64]| v[0] * v[1] / (v[2] + v[0]) - 3.0 * libm::pow(v[1], 0.3) + v[2];
        let [x, y, z] = [0, 1, 2].map(|i| Dual::parameter(at[i], i, 3));
        let found = x.times(&y).over(&z.plus(&x)).minus(&y.raised(0.3).scaled(3.0)).plus(&z);
        assert!((found.value - plain(&at)).abs() < 1e-15);
        for (a, b) in found.gradient.iter().zip(gradient(plain, &at)) {
            assert!((a - b).abs() < 1e-9, "{a} {b}");
        }
        assert_eq!(Dual::sum([&Dual::constant(1.0), &x]).gradient, x.gradient);
    }
}
