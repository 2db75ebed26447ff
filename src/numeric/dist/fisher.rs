//! The F distribution.

use super::beta::odds_quantile;
use super::beta_tail::{BetaTail, Point};
use super::error::{ParameterError, positive, positive_or_infinite};
use super::gamma::ChiSquared;
use super::tails::{Tail, Tails};

/// The F distribution: a mean square with `df1` over an independent one with `df2` degrees of freedom.
///
/// With infinite `df2` it is chi-squared over `df1`. Degrees of freedom need not be whole.
///
/// # Agreement
/// Tails and quantiles are within 1e-10 of 50-digit values for degrees of freedom up to 1e9 and tails down to 1e-300.
///
/// # Examples
/// ```
/// use opros::numeric::dist::FisherF;
/// // With 2 and 2 degrees of freedom the upper tail is 1 / (1 + x).
/// assert!((FisherF::new(2.0, 2.0)?.sf(3.0) - 0.25).abs() < 1e-15);
/// # Ok::<(), opros::numeric::dist::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FisherF {
    df1: f64,
    df2: f64,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Finite(BetaTail),
    InfiniteDenominator(ChiSquared),
}

impl FisherF {
    /// # Errors
    /// `df1` not finite and above 0, or `df2` not above 0 (infinity is allowed).
    pub fn new(df1: f64, df2: f64) -> Result<FisherF, ParameterError> {
        let df1 = positive("numerator degrees of freedom", df1)?;
        let df2 = positive_or_infinite("denominator degrees of freedom", df2)?;
        let kind = if df2 == f64::INFINITY {
            Kind::InfiniteDenominator(ChiSquared::new(df1)?)
        } else {
            Kind::Finite(BetaTail::new(0.5 * df1, 0.5 * df2))
        };
        Ok(FisherF { df1, df2, kind })
    }

    fn tails(&self, tail: &BetaTail, x: f64) -> Tails {
        tail.at(self.point(x))
    }

    /// The beta point with odds `df1·x / df2`.
    fn point(&self, x: f64) -> Point {
        // Not `max`, which would make a number of NaN.
        let x = if x < 0.0 { 0.0 } else { x };
        let inverse = self.df2 / self.df1 / x;
        let odds = self.df1 / self.df2 * x;
        if odds > 1.0 {
            let part = 1.0 / (1.0 + inverse);
            // 1 − 1/x, with the digits of x − 1 near 1.
            let above = if x < 2.0 { (x - 1.0) / x } else { 1.0 - 1.0 / x };
            Point { x: part, y: inverse * part, lambda: -0.5 * self.df2 * part * above }
        } else {
            let part = 1.0 / (1.0 + odds);
            Point { x: odds * part, y: part, lambda: 0.5 * self.df1 * (1.0 - x) * part }
        }
    }

    /// Density at `x`.
    pub fn pdf(&self, x: f64) -> f64 {
        if x < 0.0 || x == f64::INFINITY {
            return 0.0;
        }
        match &self.kind {
            Kind::InfiniteDenominator(chi) => self.df1 * chi.pdf(self.df1 * x),
            Kind::Finite(_) if x == 0.0 => {
                if self.df1 > 2.0 {
                    0.0
                } else if self.df1 < 2.0 {
                    f64::INFINITY
                } else {
                    1.0
                }
            }
            Kind::Finite(tail) => libm::exp(tail.ln_density(self.point(x)) - libm::log(x)),
        }
    }

    /// `P(X ≤ x)`.
    pub fn cdf(&self, x: f64) -> f64 {
        match &self.kind {
            Kind::Finite(tail) => self.tails(tail, x).lower,
            Kind::InfiniteDenominator(chi) => chi.cdf(self.df1 * x),
        }
    }

    /// `P(X > x)`, accurate also where it is tiny.
    pub fn sf(&self, x: f64) -> f64 {
        match &self.kind {
            Kind::Finite(tail) => self.tails(tail, x).upper,
            Kind::InfiniteDenominator(chi) => chi.sf(self.df1 * x),
        }
    }

    /// `ln P(X > x)`, finite also where the probability underflows.
    pub fn ln_sf(&self, x: f64) -> f64 {
        match &self.kind {
            Kind::Finite(tail) => self.tails(tail, x).ln_value(Tail::Upper),
            Kind::InfiniteDenominator(chi) => chi.ln_sf(self.df1 * x),
        }
    }

    /// `ln P(X ≤ x)`, finite also where the probability underflows.
    pub fn ln_cdf(&self, x: f64) -> f64 {
        match &self.kind {
            Kind::Finite(tail) => self.tails(tail, x).ln_value(Tail::Lower),
            Kind::InfiniteDenominator(chi) => chi.ln_cdf(self.df1 * x),
        }
    }

    /// The point that `X` stays below with probability `p`; 0 and infinity for `p` at or beyond 0 and 1.
    pub fn quantile(&self, p: f64) -> f64 {
        match &self.kind {
            Kind::Finite(tail) => odds_quantile(tail, Tail::Lower, p) * (self.df2 / self.df1),
            Kind::InfiniteDenominator(chi) => chi.quantile(p) / self.df1,
        }
    }

    /// The point that `X` exceeds with probability `q`; keeps its digits for tiny `q`.
    pub fn upper_quantile(&self, q: f64) -> f64 {
        match &self.kind {
            Kind::Finite(tail) => odds_quantile(tail, Tail::Upper, q) * (self.df2 / self.df1),
            Kind::InfiniteDenominator(chi) => chi.upper_quantile(q) / self.df1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_and_two_degrees_of_freedom_in_closed_form() {
        let f = FisherF::new(2.0, 2.0).unwrap();
        for x in [1e-9, 0.5, 1.0, 7.0, 1e12, 1e300] {
            assert!((f.sf(x) * (1.0 + x) - 1.0).abs() < 1e-12, "{x} {}", f.sf(x));
        }
        assert!((f.upper_quantile(0.2) - 4.0).abs() < 1e-13);
    }

    #[test]
    fn an_infinite_denominator_is_chi_squared() {
        let (limit, near) = (FisherF::new(3.0, f64::INFINITY).unwrap(), FisherF::new(3.0, 1e12).unwrap());
        assert!((limit.sf(2.0) - near.sf(2.0)).abs() < 1e-11);
        assert!((limit.quantile(0.9) - near.quantile(0.9)).abs() < 1e-10);
    }

    #[test]
    fn parameters_are_checked() {
        assert!(FisherF::new(0.0, 1.0).is_err());
        assert!(FisherF::new(f64::INFINITY, 1.0).is_err());
        assert!(FisherF::new(1.0, f64::NAN).is_err());
    }
}
