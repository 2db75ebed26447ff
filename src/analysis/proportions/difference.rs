//! Two proportions, and several, from independent simple random samples.

use super::error::{ProportionError, count, critical};
use super::interval::{IntervalMethod, proportion_interval};
use super::table::TestResult;
use crate::numeric::dist::{ChiSquared, Normal, score_bound};
use crate::numeric::sum::Sum;

/// The difference of two proportions with both classical tests and the Wald interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwoProportions {
    pub p1: f64,
    pub p2: f64,
    /// `p1 − p2`.
    pub difference: f64,
    /// Standard error with each share's own variance.
    pub se: f64,
    pub low: f64,
    pub high: f64,
    /// Test with the variance under equality; `None` where that variance is 0.
    pub z_pooled: Option<f64>,
    pub p_pooled: Option<f64>,
    /// Test with each share's own variance; `None` where that variance is 0.
    pub z_unpooled: Option<f64>,
    pub p_unpooled: Option<f64>,
}

/// Compares two proportions of independent samples by normal tests and the Wald interval.
///
/// # Definition
/// pooled: (p₁ − p₂)/√(p(1−p)(1/n₁ + 1/n₂)), p = (x₁ + x₂)/(n₁ + n₂); unpooled: (p₁ − p₂)/se,
/// se² = p₁(1−p₁)/n₁ + p₂(1−p₂)/n₂; interval: p₁ − p₂ ∓ z·se. p-values are two-sided.
///
/// # Errors
/// An `n` not above 0, a count outside 0..=n, `level` outside 0 to 1.
///
/// # Agreement
/// Formulas in R 4.2, 1e-9.
///
/// # References
/// Fleiss, Levin and Paik (2003), *Statistical Methods for Rates and Proportions*, section 3.2.
pub fn two_proportions(x1: f64, n1: f64, x2: f64, n2: f64, level: f64) -> Result<TwoProportions, ProportionError> {
    let ((x1, n1), (x2, n2)) = (count(x1, n1)?, count(x2, n2)?);
    let (p1, p2) = (x1 / n1, x2 / n2);
    let difference = p1 - p2;
    let pooled = (x1 + x2) / (n1 + n2);
    let se = (p1 * (1.0 - p1) / n1 + p2 * (1.0 - p2) / n2).sqrt();
    let se_pooled = (pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2)).sqrt();
    let half = critical(level)? * se;
    let z_pooled = (se_pooled > 0.0).then(|| difference / se_pooled);
    let z_unpooled = (se > 0.0).then(|| difference / se);
    Ok(TwoProportions {
        p1,
        p2,
        difference,
        se,
        low: difference - half,
        high: difference + half,
        z_pooled,
        p_pooled: z_pooled.map(two_sided),
        z_unpooled,
        p_unpooled: z_unpooled.map(two_sided),
    })
}

fn two_sided(z: f64) -> f64 {
    2.0 * Normal::STANDARD.sf(z.abs())
}

/// An interval for the difference of two independent proportions from their score intervals.
///
/// Covers well also with small samples and shares of 0 or 1, where the Wald interval fails.
///
/// # Definition
/// With (lᵢ, uᵢ) the Wilson limits of share i: low = d − √((p₁−l₁)² + (u₂−p₂)²), high = d + √((u₁−p₁)² + (p₂−l₂)²).
///
/// # Errors
/// As [`two_proportions`].
///
/// # Agreement
/// Formulas in R 4.2; `statsmodels` `confint_proportions_2indep(method = "newcomb")`, 1e-9.
///
/// # References
/// Newcombe (1998), Statistics in Medicine 17, 873–890, method 10.
pub fn newcombe_difference(x1: f64, n1: f64, x2: f64, n2: f64, level: f64) -> Result<(f64, f64, f64), ProportionError> {
    let ((x1, n1), (x2, n2)) = (count(x1, n1)?, count(x2, n2)?);
    let z = critical(level)?;
    let (p1, p2) = (x1 / n1, x2 / n2);
    let (l1, u1) = (score_bound(p1, n1, -z), score_bound(p1, n1, z));
    let (l2, u2) = (score_bound(p2, n2, -z), score_bound(p2, n2, z));
    let distance = |a: f64, b: f64| (a * a + b * b).sqrt();
    let difference = p1 - p2;
    Ok((difference, difference - distance(p1 - l1, u2 - p2), difference + distance(u1 - p1, p2 - l2)))
}

/// Equality of several proportions.
#[derive(Debug, Clone, PartialEq)]
pub struct ProportionTest {
    pub test: TestResult,
    pub estimates: Vec<f64>,
    /// Of the share for one group, of the difference for two, none for more.
    pub interval: Option<(f64, f64)>,
}

/// Tests whether proportions of independent samples are equal (one sample: whether it is one half).
///
/// # Definition
/// Σ (|x − E| − c)²/E over successes and failures, E from the common share; k − 1 degrees of freedom (one sample: 1).
/// c = min(½, |p₁ − p₂|/(1/n₁ + 1/n₂)) for two groups and min(½, |x − n/2|) for one when corrected, else 0. The interval of
/// two groups is Wald's, widened by c(1/n₁ + 1/n₂) and cut at −1 and 1; of one group Wilson's.
///
/// # Errors
/// No group, lists of different length, counts outside 0..=n, all or no successes, `level` outside 0 to 1.
///
/// # Agreement
/// R 4.2 `prop.test`, 1e-9.
///
/// # References
/// Newcombe (1998). Yates (1934), JRSS Supplement 1(2).
pub fn proportion_test(
    successes: &[f64],
    totals: &[f64],
    correct: bool,
    level: f64,
) -> Result<ProportionTest, ProportionError> {
    let k = totals.len();
    if successes.len() != k {
        return Err(ProportionError::Length { what: "successes", got: successes.len(), expected: k });
    }
    if k == 0 {
        return Err(ProportionError::TooFew { what: "groups", got: 0, needed: 1 });
    }
    for (x, n) in successes.iter().zip(totals) {
        count(*x, *n)?;
    }
    let estimates: Vec<f64> = successes.iter().zip(totals).map(|(x, n)| x / n).collect();
    let common = if k == 1 { 0.5 } else { successes.iter().sum::<f64>() / totals.iter().sum::<f64>() };
    if !(common > 0.0 && common < 1.0) {
        return Err(ProportionError::Undefined { what: "the common variance", statistic: "the test of equality" });
    }
    let inverse: f64 = totals.iter().map(|n| 1.0 / n).sum();
    let shift = match (correct, k) {
        (true, 1) => (successes[0] - 0.5 * totals[0]).abs().min(0.5),
        (true, 2) => ((estimates[0] - estimates[1]).abs() / inverse).min(0.5),
        _ => 0.0,
    };
    let mut statistic = Sum::ZERO;
    for (x, n) in successes.iter().zip(totals) {
        for (observed, expected) in [(*x, n * common), (n - x, n * (1.0 - common))] {
            let gap = (observed - expected).abs() - shift;
            statistic.add(gap * gap / expected);
        }
    }
    let interval = match k {
        1 => {
            let method = if correct { IntervalMethod::WilsonCorrected } else { IntervalMethod::Wilson };
            let interval = proportion_interval(successes[0], totals[0], level, method)?;
            Some((interval.low.max(0.0), interval.high.min(1.0)))
        }
        2 => {
            let both = two_proportions(successes[0], totals[0], successes[1], totals[1], level)?;
            let widen = shift * inverse;
            Some(((both.low - widen).max(-1.0), (both.high + widen).min(1.0)))
        }
        _ => None,
    };
    let degf = (k - 1).max(1) as f64;
    let statistic = statistic.value();
    let test = TestResult { statistic, degf, p_value: ChiSquared::new(degf)?.sf(statistic) };
    Ok(ProportionTest { test, estimates, interval })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_uncorrected_test_is_the_square_of_the_pooled_z() {
        let test = proportion_test(&[412.0, 365.0], &[900.0, 870.0], false, 0.95).unwrap();
        let z = two_proportions(412.0, 900.0, 365.0, 870.0, 0.95).unwrap().z_pooled.unwrap();
        assert!((test.test.statistic - z * z).abs() < 1e-12);
    }

    #[test]
    fn all_zero_has_no_z_but_a_difference_interval() {
        let both = two_proportions(0.0, 10.0, 0.0, 12.0, 0.95).unwrap();
        assert_eq!((both.difference, both.z_pooled, both.p_unpooled), (0.0, None, None));
        let (_, low, high) = newcombe_difference(0.0, 10.0, 0.0, 12.0, 0.95).unwrap();
        assert!(low < 0.0 && high > 0.0);
        assert!(proportion_test(&[0.0, 0.0], &[10.0, 12.0], true, 0.95).is_err());
    }

    #[test]
    fn order_turns_the_sign() {
        let (d, low, high) = newcombe_difference(56.0, 70.0, 48.0, 80.0, 0.95).unwrap();
        let (e, l, h) = newcombe_difference(48.0, 80.0, 56.0, 70.0, 0.95).unwrap();
        assert!((d + e).abs() < 1e-15 && (low + h).abs() < 1e-15 && (high + l).abs() < 1e-15);
    }

    #[test]
    fn wrong_lists_are_errors() {
        assert!(proportion_test(&[], &[], true, 0.95).is_err());
        assert!(proportion_test(&[1.0], &[2.0, 3.0], true, 0.95).is_err());
        assert!(two_proportions(1.0, 2.0, f64::NAN, 3.0, 0.95).is_err());
    }
}
