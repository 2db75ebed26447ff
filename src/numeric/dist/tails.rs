//! Both tails of a continuous distribution at one point, and the search for the point of a given tail.

/// One of the two tails of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// `P(X ≤ x)`.
    Lower,
    /// `P(X > x)`.
    Upper,
}

/// Both tails at a point, with what Newton's method needs beside them.
///
/// The variable `x > 0` is looked at on the logarithmic scale: `density` is `x·f(x)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tails {
    pub lower: f64,
    pub upper: f64,
    /// Logarithm of the density with respect to `ln x`.
    pub ln_density: f64,
    /// Derivative of `ln_density` with respect to `ln x`.
    pub slope: f64,
    /// The tail that was computed directly, and its ratio to the density.
    pub direct: Tail,
    pub mills: f64,
}

impl Tails {
    /// Everything at or above the point.
    pub fn all_above() -> Tails {
        Tails { lower: 0.0, upper: 1.0, ln_density: f64::NEG_INFINITY, slope: 0.0, direct: Tail::Lower, mills: 0.0 }
    }

    /// Everything at or below the point.
    pub fn all_below() -> Tails {
        Tails { lower: 1.0, upper: 0.0, ln_density: f64::NEG_INFINITY, slope: 0.0, direct: Tail::Upper, mills: 0.0 }
    }

    /// From the tail that was computed directly; the other one is its complement.
    pub fn from_direct(direct: Tail, ln_density: f64, mills: f64, slope: f64) -> Tails {
        let tail = libm::exp(ln_density) * mills;
        // Not `min`, which would make a number of NaN.
        let tail = if tail > 1.0 { 1.0 } else { tail };
        let (lower, upper) = match direct {
            Tail::Lower => (tail, 1.0 - tail),
            Tail::Upper => (1.0 - tail, tail),
        };
        Tails { lower, upper, ln_density, slope, direct, mills }
    }

    /// The same tails of a variable that falls where this one rises.
    pub fn reversed(self) -> Tails {
        let direct = match self.direct {
            Tail::Lower => Tail::Upper,
            Tail::Upper => Tail::Lower,
        };
        Tails { lower: self.upper, upper: self.lower, slope: -self.slope, direct, ..self }
    }

    pub fn value(&self, tail: Tail) -> f64 {
        match tail {
            Tail::Lower => self.lower,
            Tail::Upper => self.upper,
        }
    }

    /// Logarithm of a tail, exact also where the tail itself underflows.
    pub fn ln_value(&self, tail: Tail) -> f64 {
        let value = self.value(tail);
        if value > 1e-290 {
            let other = self.lower.min(self.upper);
            if value > 0.5 { libm::log1p(-other) } else { libm::log(value) }
        } else if tail == self.direct && self.mills > 0.0 {
            self.ln_density + libm::log(self.mills)
        } else {
            libm::log(value)
        }
    }
}

/// The `x > 0` at which a tail equals `probability`, by Halley steps on the logarithm of the tail.
///
/// On the scales used here (logarithm of the tail against `ln x`) every tail is concave, so the search cannot run away;
/// a bracket guards it against rounding all the same. `probability` lies strictly between 0 and 1.
pub(super) fn solve(tail: Tail, probability: f64, start: f64, tails: impl Fn(f64) -> Tails) -> f64 {
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    let sign = if tail == Tail::Lower { 1.0 } else { -1.0 };
    let ln_probability = libm::log(probability);
    let mut x = start.clamp(1e-300, 1e300);
    for _ in 0..200 {
        let at = tails(x);
        let value = at.value(tail);
        let ratio = value / probability - 1.0;
        let gap = if ratio.abs() < 0.5 { libm::log1p(ratio) } else { at.ln_value(tail) - ln_probability };
        if gap == 0.0 {
            return x;
        }
        if (gap > 0.0) == (tail == Tail::Lower) {
            high = high.min(x);
        } else {
            low = low.max(x);
        }
        // Hazard: derivative of −/+ ln tail with respect to ln x.
        let hazard = if tail == at.direct { 1.0 / at.mills } else { libm::exp(at.ln_density - at.ln_value(tail)) };
        let newton = -sign * gap / hazard;
        // The second derivative divided by the first, for Halley's correction.
        let bend = 0.5 * newton * (at.slope - sign * hazard);
        let step = if bend > -0.5 { newton / (1.0 + bend) } else { newton };
        let next = x * libm::exp(step);
        if gap.abs() < 1e-5 || step.abs() < 1e-16 {
            return next;
        }
        x = if next > low && next < high && next.is_finite() {
            next
        } else if low > 0.0 && high.is_finite() {
            low.sqrt() * high.sqrt()
        } else if low > 0.0 {
            (low * 1e3).min(f64::MAX)
        } else {
            high * 1e-3
        };
        if x == 0.0 || x >= f64::MAX || (low > 0.0 && high <= low * (1.0 + 4.0 * f64::EPSILON)) {
            return x;
        }
    }
    x
}
