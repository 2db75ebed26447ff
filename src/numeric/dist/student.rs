//! Student's t distribution.

use super::beta::odds_quantile;
use super::beta_tail::{BetaTail, Point};
use super::error::{ParameterError, positive_or_infinite};
use super::normal::Normal;
use super::special::{ln_gamma, ln_gamma_increment};
use super::tails::{Tail, solve};

/// Student's t distribution with `df` degrees of freedom, whole or not; infinite `df` is the normal distribution.
///
/// # References
/// Hill (1970), "Algorithm 396: Student's t-quantiles", CACM 13(10), for the first guess.
///
/// # Agreement
/// Tails and quantiles are within 1e-10 of 50-digit values for df from 1 to 1e9 and tails down to 1e-300.
///
/// # Examples
/// ```
/// use opros::numeric::dist::StudentT;
/// // One degree of freedom: the quartiles of the Cauchy distribution are −1 and 1.
/// assert!((StudentT::new(1.0)?.quantile(0.75) - 1.0).abs() < 1e-15);
/// # Ok::<(), opros::numeric::dist::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StudentT {
    df: f64,
    /// Of `t²/(df + t²)`, absent for the normal limit.
    tail: Option<BetaTail>,
}

impl StudentT {
    /// # Errors
    /// Degrees of freedom that are not above 0; infinity is allowed.
    pub fn new(df: f64) -> Result<StudentT, ParameterError> {
        let df = positive_or_infinite("degrees of freedom", df)?;
        // Beyond 1e20 the difference to the normal distribution is below rounding even in a tail of 1e-300.
        let tail = (df < 1e20).then(|| BetaTail::new(0.5, 0.5 * df));
        Ok(StudentT { df, tail })
    }

    /// Degrees of freedom.
    pub fn df(&self) -> f64 {
        self.df
    }

    /// Density at `x`.
    pub fn pdf(&self, x: f64) -> f64 {
        let Some(tail) = &self.tail else { return Normal::STANDARD.pdf(x) };
        if x == 0.0 {
            // Γ((df+1)/2) / (Γ(df/2) √(π df)).
            let gain = ln_gamma_increment(0.5, 0.5 * self.df);
            return libm::exp(gain - 0.5 * libm::log(self.df * std::f64::consts::PI));
        }
        // The density of ln(t²/df) is |t| f(t) / 2 on either side.
        libm::exp(tail.ln_density(self.point(x)) - libm::log(x.abs()))
    }

    /// The beta point of `t²/(df + t²)`.
    fn point(&self, t: f64) -> Point {
        let (t, root) = (t.abs(), self.df.sqrt());
        let (a, b) = (0.5, 0.5 * self.df);
        if t <= root {
            let odds = (t / root) * (t / root);
            let y = 1.0 / (1.0 + odds);
            Point { x: odds * y, y, lambda: a * (1.0 - t * t) * y }
        } else {
            let inverse = (root / t) * (root / t);
            let x = 1.0 / (1.0 + inverse);
            Point { x, y: inverse * x, lambda: b * (1.0 / (t * t) - 1.0) * x }
        }
    }

    /// `P(|T| > |t|)` and its logarithm's source.
    fn two_sided(&self, tail: &BetaTail, t: f64) -> (f64, f64) {
        let t = t.abs();
        let inverse = self.df.sqrt() / t;
        if inverse < 1e-140 {
            // y underflows: the leading term, y^b / (b B(a, b)) with y = (root / t)².
            let ln = self.df * libm::log(inverse) + self.ln_far_factor();
            return (libm::exp(ln), ln);
        }
        let tails = tail.at(self.point(t));
        (tails.upper, tails.ln_value(Tail::Upper))
    }

    /// `−ln (b B(½, b))`, b half the degrees of freedom.
    fn ln_far_factor(&self) -> f64 {
        let b = 0.5 * self.df;
        ln_gamma_increment(0.5, b) - ln_gamma(0.5) - libm::log(b)
    }

    /// `P(T ≤ x)`.
    pub fn cdf(&self, x: f64) -> f64 {
        self.sf(-x)
    }

    /// `P(T > x)`, accurate also where it is tiny.
    pub fn sf(&self, x: f64) -> f64 {
        let Some(tail) = &self.tail else { return Normal::STANDARD.sf(x) };
        let half = 0.5 * self.two_sided(tail, x).0;
        if x >= 0.0 { half } else { 1.0 - half }
    }

    /// `P(|T| > |x|)`: the two-sided p-value of a t statistic.
    pub fn two_sided_sf(&self, x: f64) -> f64 {
        match &self.tail {
            None => 2.0 * Normal::STANDARD.sf(x.abs()),
            Some(tail) => self.two_sided(tail, x).0,
        }
    }

    /// `ln P(T > x)`, finite also where the probability underflows.
    pub fn ln_sf(&self, x: f64) -> f64 {
        let Some(tail) = &self.tail else { return Normal::STANDARD.ln_sf(x) };
        if x < 0.0 {
            return libm::log1p(-self.sf(-x));
        }
        self.two_sided(tail, x).1 - std::f64::consts::LN_2
    }

    /// `ln P(T ≤ x)`, finite also where the probability underflows.
    pub fn ln_cdf(&self, x: f64) -> f64 {
        self.ln_sf(-x)
    }

    /// The point that `T` stays below with probability `p`; infinite for `p` at or beyond 0 and 1.
    pub fn quantile(&self, p: f64) -> f64 {
        -self.upper_quantile(p)
    }

    /// The point that `T` exceeds with probability `q`; keeps its digits for tiny `q`.
    pub fn upper_quantile(&self, q: f64) -> f64 {
        let Some(tail) = &self.tail else { return Normal::STANDARD.upper_quantile(q) };
        if q > 0.5 {
            return -self.upper_quantile(1.0 - q);
        }
        if q.is_nan() {
            return f64::NAN;
        }
        if q <= 0.0 {
            return f64::INFINITY;
        }
        // Far out P(|T| > t) = y^b / (b B(½, b)), y = df / t²; what is left out is of relative size y.
        let ln_inverse = (libm::log(2.0 * q) - self.ln_far_factor()) / self.df;
        if ln_inverse < -20.0 {
            return self.df.sqrt() * libm::exp(-ln_inverse);
        }
        let odds = if self.df <= 2.5 {
            odds_quantile(tail, Tail::Upper, 2.0 * q)
        } else {
            // Half a standard error from the middle and nearer the lower tail of t² is the small one.
            let (side, p) = if q > 0.25 { (Tail::Lower, 1.0 - 2.0 * q) } else { (Tail::Upper, 2.0 * q) };
            if p == 0.0 {
                return 0.0;
            }
            solve(side, p, self.start_odds(q), |odds| tail.at(tail.point_of_odds(odds)))
        };
        odds.sqrt() * self.df.sqrt()
    }

    /// `t²/df` of the upper quantile to four digits or more, for df above 2 (Hill).
    fn start_odds(&self, q: f64) -> f64 {
        let n = self.df;
        let a = 1.0 / (n - 0.5);
        let b = 48.0 / (a * a);
        let mut c = ((20_700.0 * a / b - 98.0) * a - 16.0) * a + 96.36;
        let d = ((94.5 / (b + c) - 3.0) / b + 1.0) * (a * std::f64::consts::FRAC_PI_2).sqrt() * n;
        let y = libm::pow(d * 2.0 * q, 2.0 / n);
        if y > 0.05 + a {
            let x = Normal::STANDARD.upper_quantile(q);
            let y = x * x;
            if n < 5.0 {
                c += 0.3 * (n - 4.5) * (x + 0.6);
            }
            c += (((0.05 * d * x - 5.0) * x - 7.0) * x - 2.0) * x + b;
            let y = (((((0.4 * y + 6.3) * y + 36.0) * y + 94.5) / c - y - 3.0) / b + 1.0) * x;
            libm::expm1(a * y * y)
        } else {
            ((1.0 / (((n + 6.0) / (n * y) - 0.089 * d - 0.822) * (n + 2.0) * 3.0) + 0.5 / (n + 4.0)) * y - 1.0)
                * (n + 1.0)
                / (n + 2.0)
                + 1.0 / y
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_degree_of_freedom_is_cauchy() {
        let t = StudentT::new(1.0).unwrap();
        for x in [0.0, 1e-9, 0.2, 1.0, 5.0, 1e8, 1e200] {
            let want = if x > 1.0 { libm::atan(1.0 / x) } else { libm::atan2(1.0, x) } / std::f64::consts::PI;
            assert!((t.sf(x) - want).abs() <= 1e-12 * want, "{x}: {} {want}", t.sf(x));
        }
        assert!((t.upper_quantile(1e-300) * std::f64::consts::PI * 1e-300 - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_middle_and_the_ends() {
        for df in [0.5, 1.0, 7.3, 1e5, 1e9, f64::INFINITY] {
            let t = StudentT::new(df).unwrap();
            assert_eq!((t.cdf(0.0), t.quantile(0.5)), (0.5, 0.0), "{df}");
            assert_eq!((t.quantile(0.0), t.quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
            assert_eq!((t.cdf(f64::INFINITY), t.sf(f64::INFINITY)), (1.0, 0.0));
            assert!((t.quantile(0.2) + t.quantile(0.8)).abs() < 1e-14);
        }
    }

    #[test]
    fn the_density_at_zero_joins_its_neighbours() {
        for df in [1.0, 4.0, 1e7] {
            let t = StudentT::new(df).unwrap();
            assert!((t.pdf(0.0) / t.pdf(1e-9) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn parameters_are_checked() {
        assert!(StudentT::new(0.0).is_err());
        assert!(StudentT::new(f64::NAN).is_err());
    }
}
