//! The beta distribution.

use super::beta_tail::{BetaTail, Point};
use super::error::{ParameterError, positive};
use super::normal::Normal;
use super::special::{ln_gamma, ln_gamma_increment, two_product, two_sum};
use super::tails::{Tail, solve};

/// The beta distribution on the unit interval.
///
/// Exact (Clopper–Pearson) and Korn–Graubard intervals are its quantiles.
///
/// # Agreement
/// Tails and quantiles are within 1e-10 of 50-digit values for shapes from 1e-3 to 1e9 and tails down to 1e-300.
///
/// # Examples
/// ```
/// use opros::numeric::dist::Beta;
/// // Beta(2, 1) has the distribution function x².
/// assert!((Beta::new(2.0, 1.0)?.quantile(0.25) - 0.5).abs() < 1e-15);
/// # Ok::<(), opros::numeric::dist::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Beta {
    tail: BetaTail,
}

impl Beta {
    /// # Errors
    /// A shape that is not finite and above 0.
    pub fn new(a: f64, b: f64) -> Result<Beta, ParameterError> {
        Ok(Beta { tail: BetaTail::new(positive("first shape", a)?, positive("second shape", b)?) })
    }

    fn point(&self, x: f64) -> Point {
        let (a, b) = self.tail.shapes();
        let x = x.clamp(0.0, 1.0);
        // a − (a + b) x without rounding: at shapes of 1e9 the ordinary product is off by 1e-7.
        let (sum, sum_error) = two_sum(a, b);
        let (product, product_error) = two_product(sum, x);
        let lambda = ((a - product) - product_error) - sum_error * x;
        Point { x, y: 1.0 - x, lambda }
    }

    /// Density at `x`.
    pub fn pdf(&self, x: f64) -> f64 {
        libm::exp(self.ln_pdf(x))
    }

    /// Logarithm of the density at `x`.
    pub fn ln_pdf(&self, x: f64) -> f64 {
        if !(0.0..=1.0).contains(&x) {
            return f64::NEG_INFINITY;
        }
        let (a, b) = self.tail.shapes();
        let end = |shape: f64, other: f64| {
            if shape > 1.0 {
                f64::NEG_INFINITY
            } else if shape < 1.0 {
                f64::INFINITY
            } else {
                libm::log(other)
            }
        };
        if x == 0.0 {
            return end(a, b);
        }
        if x == 1.0 {
            return end(b, a);
        }
        self.tail.ln_density(self.point(x)) - libm::log(x) - libm::log1p(-x)
    }

    /// `P(X ≤ x)`.
    pub fn cdf(&self, x: f64) -> f64 {
        self.tail.at(self.point(x)).lower
    }

    /// `P(X > x)`, accurate also where it is tiny.
    pub fn sf(&self, x: f64) -> f64 {
        self.tail.at(self.point(x)).upper
    }

    /// `ln P(X ≤ x)`, finite also where the probability underflows.
    pub fn ln_cdf(&self, x: f64) -> f64 {
        self.tail.at(self.point(x)).ln_value(Tail::Lower)
    }

    /// `ln P(X > x)`, finite also where the probability underflows.
    pub fn ln_sf(&self, x: f64) -> f64 {
        self.tail.at(self.point(x)).ln_value(Tail::Upper)
    }

    /// The point that `X` stays below with probability `p`; 0 and 1 for `p` at or beyond 0 and 1.
    pub fn quantile(&self, p: f64) -> f64 {
        share(odds_quantile(&self.tail, Tail::Lower, p))
    }

    /// The point that `X` exceeds with probability `q`; keeps its digits for tiny `q`.
    pub fn upper_quantile(&self, q: f64) -> f64 {
        share(odds_quantile(&self.tail, Tail::Upper, q))
    }
}

fn share(odds: f64) -> f64 {
    if odds > 1.0 { 1.0 / (1.0 + 1.0 / odds) } else { odds / (1.0 + odds) }
}

/// Odds `x/(1−x)` of the beta quantile, from either tail.
pub(super) fn odds_quantile(tail: &BetaTail, side: Tail, probability: f64) -> f64 {
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
    let (side, probability) = if probability > 0.5 {
        (if side == Tail::Lower { Tail::Upper } else { Tail::Lower }, 1.0 - probability)
    } else {
        (side, probability)
    };
    match start_odds(tail, side, probability) {
        Start::Exact(odds) => odds,
        Start::Guess(odds) => solve(side, probability, odds, |odds| tail.at(tail.point_of_odds(odds))),
    }
}

enum Start {
    /// So near an end that the leading term is the answer.
    Exact(f64),
    Guess(f64),
}

fn start_odds(tail: &BetaTail, side: Tail, probability: f64) -> Start {
    let (a, b) = tail.shapes();
    // Near 0, I ≈ x^a / (a B(a, b)); near 1, 1 − I ≈ y^b / (b B(a, b)).
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    let ln_beta = ln_gamma(small) - ln_gamma_increment(small, large);
    let (ln_lower, ln_upper) = match side {
        Tail::Lower => (libm::log(probability), libm::log1p(-probability)),
        Tail::Upper => (libm::log1p(-probability), libm::log(probability)),
    };
    let ln_x = (ln_lower + libm::log(a) + ln_beta) / a;
    let ln_y = (ln_upper + libm::log(b) + ln_beta) / b;
    if ln_x < -660.0 {
        return Start::Exact(libm::exp(ln_x));
    }
    if ln_y < -660.0 {
        return Start::Exact(libm::exp(-ln_y));
    }
    // The leading terms hold where b·x (a·y) is small.
    if a < 1e4 && libm::exp(ln_x) * (1.0 + (a + b) / (a + 1.0)) < 0.3 {
        return Start::Guess(libm::exp(ln_x));
    }
    if b < 1e4 && libm::exp(ln_y) * (1.0 + (a + b) / (b + 1.0)) < 0.3 {
        return Start::Guess(libm::exp(-ln_y));
    }
    if a < 1.0 || b < 1.0 {
        return Start::Guess(a / b);
    }
    // Abramowitz and Stegun 26.5.22.
    let z = match side {
        Tail::Lower => Normal::STANDARD.upper_quantile(probability),
        Tail::Upper => Normal::STANDARD.quantile(probability),
    };
    let (p, q) = (1.0 / (2.0 * a - 1.0), 1.0 / (2.0 * b - 1.0));
    let h = 2.0 / (p + q);
    let l = (z * z - 3.0) / 6.0;
    let w = z * (h + l).max(0.1 * h).sqrt() / h - (q - p) * (l + 5.0 / 6.0 - 2.0 / (3.0 * h));
    Start::Guess(a / b * libm::exp(-2.0 * w.clamp(-100.0, 100.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_shape_of_one_gives_a_power() {
        for a in [1e-3, 0.5, 1.0, 3.0, 500.0, 1e6] {
            let beta = Beta::new(a, 1.0).unwrap();
            for x in [0.01, 0.4, 0.9, 0.999_999] {
                let want = libm::pow(x, a);
                assert!((beta.cdf(x) - want).abs() <= 1e-13 * want, "{a} {x}: {} {want}", beta.cdf(x));
            }
        }
    }

    #[test]
    fn symmetric_shapes_have_their_median_in_the_middle() {
        for a in [1e-3, 0.5, 1.0, 30.0, 1e3, 1e9] {
            let beta = Beta::new(a, a).unwrap();
            assert!((beta.quantile(0.5) - 0.5).abs() < 1e-14, "{a}: {}", beta.quantile(0.5));
        }
    }

    #[test]
    fn ends_of_the_support() {
        let beta = Beta::new(0.5, 2.0).unwrap();
        assert_eq!((beta.cdf(0.0), beta.cdf(1.0), beta.cdf(2.0)), (0.0, 1.0, 1.0));
        assert_eq!((beta.quantile(0.0), beta.quantile(1.0)), (0.0, 1.0));
        assert_eq!(beta.pdf(0.0), f64::INFINITY);
        assert!(Beta::new(0.0, 1.0).is_err());
    }
}
