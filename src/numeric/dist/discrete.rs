//! The binomial and Poisson distributions, and the exact bounds for their parameters.

use super::beta::Beta;
use super::error::{ParameterError, not_negative, within};
use super::gamma::Gamma;

/// The number of successes among `n` independent trials, each with probability `p`.
///
/// # Examples
/// ```
/// use opros::numeric::dist::Binomial;
/// assert!((Binomial::new(2, 0.5)?.cdf(1) - 0.75).abs() < 1e-15);
/// # Ok::<(), opros::numeric::dist::ParameterError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Binomial {
    n: u64,
    p: f64,
}

impl Binomial {
    /// # Errors
    /// `p` outside 0 to 1.
    pub fn new(n: u64, p: f64) -> Result<Binomial, ParameterError> {
        Ok(Binomial { n, p: within("probability", p, 0.0, 1.0)? })
    }

    /// `P(X = k)`.
    pub fn pmf(&self, k: u64) -> f64 {
        if k > self.n {
            return 0.0;
        }
        if self.p == 0.0 || self.p == 1.0 {
            return f64::from(u8::from(k == if self.p == 0.0 { 0 } else { self.n }));
        }
        // The density of a beta variable at p is (n + 1) times the probability.
        let (k, n) = (k as f64, self.n as f64);
        match Beta::new(k + 1.0, n - k + 1.0) {
            Ok(beta) => beta.pdf(self.p) / (n + 1.0),
            Err(_) => f64::NAN,
        }
    }

    /// `P(X ≤ k)`.
    pub fn cdf(&self, k: u64) -> f64 {
        if k >= self.n {
            return 1.0;
        }
        Beta::new((k + 1) as f64, (self.n - k) as f64).map_or(f64::NAN, |beta| beta.sf(self.p))
    }

    /// `P(X > k)`, accurate also where it is tiny.
    pub fn sf(&self, k: u64) -> f64 {
        if k >= self.n {
            return 0.0;
        }
        Beta::new((k + 1) as f64, (self.n - k) as f64).map_or(f64::NAN, |beta| beta.cdf(self.p))
    }
}

/// The number of events at a constant rate, with mean `mean`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Poisson {
    mean: f64,
}

impl Poisson {
    /// # Errors
    /// A mean that is negative or not finite.
    pub fn new(mean: f64) -> Result<Poisson, ParameterError> {
        Ok(Poisson { mean: not_negative("mean", mean)? })
    }

    /// `P(X = k)`.
    pub fn pmf(&self, k: u64) -> f64 {
        if self.mean == 0.0 {
            return f64::from(u8::from(k == 0));
        }
        Gamma::new(k as f64 + 1.0, 1.0).map_or(f64::NAN, |gamma| gamma.pdf(self.mean))
    }

    /// `P(X ≤ k)`.
    pub fn cdf(&self, k: u64) -> f64 {
        Gamma::new(k as f64 + 1.0, 1.0).map_or(f64::NAN, |gamma| gamma.sf(self.mean))
    }

    /// `P(X > k)`, accurate also where it is tiny.
    pub fn sf(&self, k: u64) -> f64 {
        Gamma::new(k as f64 + 1.0, 1.0).map_or(f64::NAN, |gamma| gamma.cdf(self.mean))
    }
}

/// Clopper–Pearson bounds for a proportion: `successes` of `n`, each bound missed with probability at most `tail`.
///
/// Both numbers may be fractions, as with an effective sample size (Korn and Graubard). `tail` is half of one minus the
/// level: 0.025 for 95 %.
///
/// # Definition
/// Low: the `tail` quantile of Beta(x, n − x + 1), 0 if x = 0. High: the upper `tail` quantile of Beta(x + 1, n − x), 1 if
/// x = n.
///
/// # Errors
/// `successes` outside 0 to `n`, a negative `n`, or a tail outside 0 to 1.
///
/// # References
/// Clopper and Pearson (1934), Biometrika 26. Korn and Graubard (1998), Survey Methodology 24(2).
///
/// # Examples
/// ```
/// use opros::numeric::dist::exact_proportion_bounds;
/// // None of 10: the upper bound solves (1 − p)¹⁰ = 0.025.
/// let (low, high) = exact_proportion_bounds(0.0, 10.0, 0.025)?;
/// assert_eq!(low, 0.0);
/// assert!((high - 0.3084971078187609).abs() < 1e-14);
/// # Ok::<(), opros::numeric::dist::ParameterError>(())
/// ```
pub fn exact_proportion_bounds(successes: f64, n: f64, tail: f64) -> Result<(f64, f64), ParameterError> {
    let n = not_negative("number of trials", n)?;
    let x = within("number of successes", successes, 0.0, n)?;
    let tail = within("tail probability", tail, 0.0, 1.0)?;
    let low = if x > 0.0 { Beta::new(x, n - x + 1.0)?.quantile(tail) } else { 0.0 };
    let high = if x < n { Beta::new(x + 1.0, n - x)?.upper_quantile(tail) } else { 1.0 };
    Ok((low, high))
}

/// Exact bounds for the mean of a Poisson count, each missed with probability at most `tail`.
///
/// # Definition
/// Low: half the `tail` quantile of chi-squared on 2x, 0 if x = 0. High: half the upper `tail` quantile on 2x + 2.
///
/// # Errors
/// A negative count or a tail outside 0 to 1.
///
/// # References
/// Garwood (1936), Biometrika 28.
///
/// # Examples
/// ```
/// use opros::numeric::dist::exact_count_bounds;
/// // No event: the upper bound solves exp(−m) = 0.025.
/// let (low, high) = exact_count_bounds(0.0, 0.025)?;
/// assert_eq!(low, 0.0);
/// assert!((high - 3.6888794541139363).abs() < 1e-14);
/// # Ok::<(), opros::numeric::dist::ParameterError>(())
/// ```
pub fn exact_count_bounds(count: f64, tail: f64) -> Result<(f64, f64), ParameterError> {
    let count = not_negative("count", count)?;
    let tail = within("tail probability", tail, 0.0, 1.0)?;
    let low = if count > 0.0 { Gamma::new(count, 1.0)?.quantile(tail) } else { 0.0 };
    Ok((low, Gamma::new(count + 1.0, 1.0)?.upper_quantile(tail)))
}

/// One bound of the score interval of a share `p` of `n` trials: the lower one for a negative standard normal
/// quantile `z`, the upper one for a positive.
///
/// # Definition
/// (p + z²/2n + z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n), inside 0 to 1.
///
/// # References
/// Wilson (1927), Journal of the American Statistical Association 22.
///
/// # Examples
/// ```
/// use opros::numeric::dist::score_bound;
/// // None of 1, z = 1: the upper bound is z²/(1 + z²).
/// assert_eq!((score_bound(0.0, 1.0, -1.0), score_bound(0.0, 1.0, 1.0)), (0.0, 0.5));
/// ```
pub fn score_bound(p: f64, n: f64, z: f64) -> f64 {
    let square = z * z;
    let root = (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt();
    ((p + square / (2.0 * n) + z * root) / (1.0 + square / n)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_by_hand() {
        let coin = Binomial::new(4, 0.5).unwrap();
        for (k, want) in [(0, 1.0), (1, 4.0), (2, 6.0), (3, 4.0), (4, 1.0), (5, 0.0)] {
            assert!((coin.pmf(k) - want / 16.0).abs() < 1e-15, "{k}");
        }
        assert!((coin.cdf(1) - 5.0 / 16.0).abs() < 1e-15);
        assert!((coin.sf(1) - 11.0 / 16.0).abs() < 1e-15);
        let rare = Poisson::new(2.0).unwrap();
        let e = libm::exp(-2.0);
        assert!((rare.pmf(3) - e * 8.0 / 6.0).abs() < 1e-15);
        assert!((rare.cdf(1) - 3.0 * e).abs() < 1e-15);
        assert!((rare.sf(0) - (1.0 - e)).abs() < 1e-15);
    }

    #[test]
    fn certain_outcomes() {
        assert_eq!(Binomial::new(3, 0.0).unwrap().pmf(0), 1.0);
        assert_eq!(Binomial::new(3, 1.0).unwrap().pmf(3), 1.0);
        assert_eq!(Binomial::new(3, 1.0).unwrap().cdf(2), 0.0);
        assert_eq!(Binomial::new(0, 0.3).unwrap().cdf(0), 1.0);
        assert_eq!(Poisson::new(0.0).unwrap().cdf(0), 1.0);
    }

    #[test]
    fn bounds_hold_their_tails() {
        let (low, high) = exact_proportion_bounds(7.0, 40.0, 0.025).unwrap();
        assert!((Binomial::new(40, low).unwrap().sf(6) - 0.025).abs() < 1e-14);
        assert!((Binomial::new(40, high).unwrap().cdf(7) - 0.025).abs() < 1e-14);
        let (low, high) = exact_count_bounds(9.0, 0.05).unwrap();
        assert!((Poisson::new(low).unwrap().sf(8) - 0.05).abs() < 1e-14);
        assert!((Poisson::new(high).unwrap().cdf(9) - 0.05).abs() < 1e-14);
    }

    #[test]
    fn nothing_observed_says_nothing() {
        assert_eq!(exact_proportion_bounds(0.0, 0.0, 0.025).unwrap(), (0.0, 1.0));
        assert!(exact_proportion_bounds(5.0, 4.0, 0.025).is_err());
        assert!(exact_proportion_bounds(1.0, f64::NAN, 0.025).is_err());
        assert!(exact_count_bounds(-1.0, 0.025).is_err());
    }
}
