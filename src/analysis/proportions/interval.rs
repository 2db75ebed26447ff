//! Intervals for one proportion from a simple random sample.

use super::error::{ProportionError, count, critical};
use crate::numeric::dist::{Beta, exact_proportion_bounds, score_bound};

/// How an interval for a proportion is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntervalMethod {
    /// p ∓ z·√(p(1−p)/n). Collapses at 0 and 1; for comparison only.
    Wald,
    /// Score interval: the shares that a score test does not reject. A good all-round choice.
    Wilson,
    /// The score interval with Yates's continuity correction, as R's `prop.test`.
    WilsonCorrected,
    /// Wald about the share with z²/2 successes and failures added; may leave 0..=1.
    AgrestiCoull,
    /// Exact: never covers less than the level, often more.
    ClopperPearson,
    /// Quantiles of the posterior under Jeffreys's prior, Beta(½, ½); closed at 0 and 1.
    Jeffreys,
    /// Variance-stabilised; not monotone at 0 and 1, where it does not hold the estimate.
    Arcsine,
}

/// A share with its limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ProportionInterval {
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
    pub level: f64,
    pub method: IntervalMethod,
}

/// The interval of a proportion: `successes` of `n` under simple random sampling.
///
/// For a survey use the interval of its design; with an assumed design effect put `n / deff` and `p·n / deff` in:
/// both counts may be fractions.
///
/// # Definition
/// With p = x/n, z the two-sided normal quantile of `level` and a = (1 − level)/2:
/// - Wilson: (p + z²/2n ∓ z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n);
/// - corrected: the same at p ∓ c/n, c = min(½, |x − n/2|), cut at 0 and 1;
/// - Agresti–Coull: p̃ ∓ z·√(p̃(1−p̃)/ñ), ñ = n + z², p̃ = (x + z²/2)/ñ;
/// - Clopper–Pearson and Jeffreys: quantiles a and 1 − a of Beta(x, n−x+1), Beta(x+1, n−x) and of Beta(x+½, n−x+½);
/// - arcsine: sin²(arcsin √p ∓ z/2√n).
///
/// # Errors
/// `n` not above 0, `successes` outside 0..=n, `level` outside 0 to 1.
///
/// # Agreement
/// R 4.2 `prop.test`, `binom.test`, `qbeta`, 1e-9.
///
/// # References
/// Brown, Cai and DasGupta (2001), "Interval estimation for a binomial proportion", Statistical Science 16(2).
/// Newcombe (1998), Statistics in Medicine 17, 857–872.
///
/// # Examples
/// ```
/// use opros::analysis::proportions::{IntervalMethod, proportion_interval};
/// let none = proportion_interval(0.0, 50.0, 0.95, IntervalMethod::Wilson)?;
/// assert!(none.low.abs() < 1e-15 && (none.high - 0.0713).abs() < 1e-4);
/// # Ok::<(), opros::analysis::proportions::ProportionError>(())
/// ```
pub fn proportion_interval(
    successes: f64,
    n: f64,
    level: f64,
    method: IntervalMethod,
) -> Result<ProportionInterval, ProportionError> {
    let (x, n) = count(successes, n)?;
    let z = critical(level)?;
    let tail = 0.5 * (1.0 - level);
    let p = x / n;
    let (low, high) = match method {
        IntervalMethod::Wald => {
            let half = z * (p * (1.0 - p) / n).sqrt();
            (p - half, p + half)
        }
        IntervalMethod::Wilson => (score_bound(p, n, -z), score_bound(p, n, z)),
        IntervalMethod::WilsonCorrected => {
            let shift = (x - 0.5 * n).abs().min(0.5) / n;
            let low = if p - shift <= 0.0 { 0.0 } else { score_bound(p - shift, n, -z) };
            let high = if p + shift >= 1.0 { 1.0 } else { score_bound(p + shift, n, z) };
            (low.max(0.0), high.min(1.0))
        }
        IntervalMethod::AgrestiCoull => {
            let n = n + z * z;
            let p = (x + 0.5 * z * z) / n;
            let half = z * (p * (1.0 - p) / n).sqrt();
            (p - half, p + half)
        }
        IntervalMethod::ClopperPearson => exact_proportion_bounds(x, n, tail)?,
        IntervalMethod::Jeffreys => {
            let posterior = Beta::new(x + 0.5, n - x + 0.5)?;
            let low = if x == 0.0 { 0.0 } else { posterior.quantile(tail) };
            let high = if x == n { 1.0 } else { posterior.upper_quantile(tail) };
            (low, high)
        }
        IntervalMethod::Arcsine => {
            let limit = |z: f64| {
                let sine = libm::sin(libm::asin(p.sqrt()) + z / (2.0 * n.sqrt()));
                sine * sine
            };
            (limit(-z), limit(z))
        }
    };
    Ok(ProportionInterval { estimate: p, low, high, level, method })
}

#[cfg(test)]
mod tests {
    use super::*;
    use IntervalMethod::*;

    const ALL: [IntervalMethod; 7] = [Wald, Wilson, WilsonCorrected, AgrestiCoull, ClopperPearson, Jeffreys, Arcsine];

    #[test]
    fn one_of_one_and_none_of_one() {
        // Clopper–Pearson by hand: (1 − p)¹ = 0.025.
        let none = proportion_interval(0.0, 1.0, 0.95, ClopperPearson).unwrap();
        assert!(none.low == 0.0 && (none.high - 0.975).abs() < 1e-12);
        let one = proportion_interval(1.0, 1.0, 0.95, ClopperPearson).unwrap();
        assert!(one.high == 1.0 && (one.low - 0.025).abs() < 1e-12);
    }

    #[test]
    fn a_share_and_its_complement_mirror_each_other() {
        // Exchanging success and failure turns p into 1 − p in every method.
        for method in ALL {
            let (a, b) = (proportion_interval(7.0, 60.0, 0.9, method), proportion_interval(53.0, 60.0, 0.9, method));
            let (a, b) = (a.unwrap(), b.unwrap());
            assert!((a.low + b.high - 1.0).abs() < 1e-12 && (a.high + b.low - 1.0).abs() < 1e-12, "{method:?}");
        }
    }

    #[test]
    fn a_higher_level_gives_a_wider_interval() {
        for method in ALL {
            let narrow = proportion_interval(412.0, 900.0, 0.8, method).unwrap();
            let wide = proportion_interval(412.0, 900.0, 0.99, method).unwrap();
            assert!(wide.low < narrow.low && narrow.high < wide.high, "{method:?}");
        }
    }

    #[test]
    fn wrong_input_is_an_error() {
        for (x, n, level) in
            [(1.0, 0.0, 0.95), (2.0, 1.0, 0.95), (f64::NAN, 5.0, 0.95), (1.0, 5.0, 1.0), (-1.0, 5.0, 0.9)]
        {
            assert!(proportion_interval(x, n, level, Wilson).is_err(), "{x} {n} {level}");
        }
    }
}
