//! The gamma and chi-squared distributions.

use super::error::{ParameterError, positive};
use super::gamma_tail::GammaTail;
use super::normal::Normal;
use super::special::ln_gamma;
use super::tails::{Tail, solve};

/// The gamma distribution with a shape and a scale (mean = shape · scale).
///
/// # Agreement
/// Tails and quantiles are within 1e-10 of 50-digit values, see `tests/distributions.rs`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gamma {
    tail: GammaTail,
    scale: f64,
}

impl Gamma {
    /// # Errors
    /// A shape or scale that is not finite and above 0.
    pub fn new(shape: f64, scale: f64) -> Result<Gamma, ParameterError> {
        Ok(Gamma { tail: GammaTail::new(positive("shape", shape)?), scale: positive("scale", scale)? })
    }

    /// Density at `x`.
    pub fn pdf(&self, x: f64) -> f64 {
        libm::exp(self.ln_pdf(x))
    }

    /// Logarithm of the density at `x`.
    pub fn ln_pdf(&self, x: f64) -> f64 {
        if x < 0.0 {
            return f64::NEG_INFINITY;
        }
        if x == 0.0 {
            let shape = self.tail.shape();
            return if shape > 1.0 {
                f64::NEG_INFINITY
            } else if shape < 1.0 {
                f64::INFINITY
            } else {
                -libm::log(self.scale)
            };
        }
        self.tail.ln_density(x / self.scale) - libm::log(x)
    }

    /// `P(X ≤ x)`.
    pub fn cdf(&self, x: f64) -> f64 {
        self.tail.at(x / self.scale).lower
    }

    /// `P(X > x)`, accurate also where it is tiny.
    pub fn sf(&self, x: f64) -> f64 {
        self.tail.at(x / self.scale).upper
    }

    /// `ln P(X ≤ x)`, finite also where the probability underflows.
    pub fn ln_cdf(&self, x: f64) -> f64 {
        self.tail.at(x / self.scale).ln_value(Tail::Lower)
    }

    /// `ln P(X > x)`, finite also where the probability underflows.
    pub fn ln_sf(&self, x: f64) -> f64 {
        self.tail.at(x / self.scale).ln_value(Tail::Upper)
    }

    /// The point that `X` stays below with probability `p`; 0 and infinity for `p` at or beyond 0 and 1.
    pub fn quantile(&self, p: f64) -> f64 {
        self.scale * standard_quantile(&self.tail, Tail::Lower, p)
    }

    /// The point that `X` exceeds with probability `q`; keeps its digits for tiny `q`.
    pub fn upper_quantile(&self, q: f64) -> f64 {
        self.scale * standard_quantile(&self.tail, Tail::Upper, q)
    }
}

/// The chi-squared distribution with `df` degrees of freedom, whole or not.
///
/// # Shapes and units
/// Quantiles are on the chi-squared scale, so their mean is `df`.
///
/// # Agreement
/// Tails and quantiles are within 1e-10 of 50-digit values for df up to 1e9 and tails down to 1e-300.
///
/// # Examples
/// ```
/// use opros::numeric::dist::ChiSquared;
/// // With two degrees of freedom the upper tail is exp(−x/2).
/// let tail = ChiSquared::new(2.0)?.sf(3.0);
/// assert!((tail - (-1.5_f64).exp()).abs() < 1e-15);
/// # Ok::<(), opros::numeric::dist::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChiSquared {
    gamma: Gamma,
}

impl ChiSquared {
    /// # Errors
    /// Degrees of freedom that are not finite and above 0.
    pub fn new(df: f64) -> Result<ChiSquared, ParameterError> {
        let df = positive("degrees of freedom", df)?;
        Ok(ChiSquared { gamma: Gamma { tail: GammaTail::new(0.5 * df), scale: 2.0 } })
    }

    /// Degrees of freedom.
    pub fn df(&self) -> f64 {
        2.0 * self.gamma.tail.shape()
    }

    /// Density at `x`.
    pub fn pdf(&self, x: f64) -> f64 {
        self.gamma.pdf(x)
    }

    /// `P(X ≤ x)`.
    pub fn cdf(&self, x: f64) -> f64 {
        self.gamma.cdf(x)
    }

    /// `P(X > x)`, accurate also where it is tiny.
    pub fn sf(&self, x: f64) -> f64 {
        self.gamma.sf(x)
    }

    /// `ln P(X ≤ x)`, finite also where the probability underflows.
    pub fn ln_cdf(&self, x: f64) -> f64 {
        self.gamma.ln_cdf(x)
    }

    /// `ln P(X > x)`, finite also where the probability underflows.
    pub fn ln_sf(&self, x: f64) -> f64 {
        self.gamma.ln_sf(x)
    }

    /// The point that `X` stays below with probability `p`; 0 and infinity for `p` at or beyond 0 and 1.
    pub fn quantile(&self, p: f64) -> f64 {
        self.gamma.quantile(p)
    }

    /// The point that `X` exceeds with probability `q`; keeps its digits for tiny `q`.
    pub fn upper_quantile(&self, q: f64) -> f64 {
        self.gamma.upper_quantile(q)
    }
}

/// Quantile of the gamma distribution with scale 1, from either tail.
pub(super) fn standard_quantile(tail: &GammaTail, side: Tail, probability: f64) -> f64 {
    let (at_zero, at_one) = match side {
        Tail::Lower => (0.0, f64::INFINITY),
        Tail::Upper => (f64::INFINITY, 0.0),
    };
    if probability <= 0.0 {
        return at_zero;
    }
    if probability >= 1.0 {
        return at_one;
    }
    if probability.is_nan() {
        return f64::NAN;
    }
    // The smaller tail holds the digits; 1 − p is exact above one half.
    if probability > 0.5 {
        let other = if side == Tail::Lower { Tail::Upper } else { Tail::Lower };
        return inner_quantile(tail, other, 1.0 - probability);
    }
    inner_quantile(tail, side, probability)
}

fn inner_quantile(tail: &GammaTail, side: Tail, probability: f64) -> f64 {
    let a = tail.shape();
    // Near 0, P(x) ≈ x^a / Γ(a + 1).
    let ln_lower = match side {
        Tail::Lower => libm::log(probability),
        Tail::Upper => libm::log1p(-probability),
    };
    let power_law = libm::exp((ln_lower + ln_gamma(a + 1.0)) / a);
    if power_law < 1e-290 {
        return power_law;
    }
    let z = match side {
        Tail::Lower => Normal::STANDARD.quantile(probability),
        Tail::Upper => Normal::STANDARD.upper_quantile(probability),
    };
    // Wilson–Hilferty.
    let c = 1.0 / (9.0 * a);
    let cube = 1.0 - c + z * c.sqrt();
    let start = if power_law < 0.1 * a.min(1.0) + 1e-3 || (cube < 0.3 && a < 1e3) {
        power_law
    } else if a < 0.3 {
        // Q ≈ a E₁(x) for tiny shapes.
        (-libm::log(probability / a)).max(0.05)
    } else {
        a * cube * cube * cube
    };
    solve(side, probability, start, |x| tail.at(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_degrees_of_freedom_are_exponential() {
        let chi = ChiSquared::new(2.0).unwrap();
        for x in [1e-12, 0.3, 2.0, 10.0, 700.0, 1300.0] {
            let want = libm::exp(-0.5 * x);
            assert!((chi.sf(x) / want - 1.0).abs() < 1e-13, "{x}");
        }
        assert!((chi.upper_quantile(1e-300) - 600.0 * libm::log(10.0)).abs() < 1e-9);
    }

    #[test]
    fn ends_of_the_support() {
        let chi = ChiSquared::new(3.0).unwrap();
        assert_eq!((chi.cdf(0.0), chi.sf(0.0), chi.cdf(-1.0)), (0.0, 1.0, 0.0));
        assert_eq!((chi.cdf(f64::INFINITY), chi.sf(f64::INFINITY)), (1.0, 0.0));
        assert_eq!((chi.quantile(0.0), chi.quantile(1.0)), (0.0, f64::INFINITY));
        assert_eq!((chi.upper_quantile(0.0), chi.upper_quantile(1.0)), (f64::INFINITY, 0.0));
    }

    #[test]
    fn parameters_are_checked() {
        assert!(ChiSquared::new(0.0).is_err());
        assert!(ChiSquared::new(f64::INFINITY).is_err());
        assert!(Gamma::new(1.0, -1.0).is_err());
    }
}
