//! Exact tests and intervals of one rate and of the ratio of two.

use super::super::check::{level as check_level, positive};
use super::super::error::TrendError;
use crate::numeric::dist::{Binomial, Poisson, exact_count_bounds, exact_proportion_bounds};

/// One rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateTest {
    /// Events per unit of time.
    pub rate: f64,
    pub low: f64,
    pub high: f64,
    /// Two-sided, against the null rate.
    pub p_value: f64,
}

/// Two rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateRatio {
    /// First over second; infinite where the second has no event, NaN where neither has.
    pub ratio: f64,
    pub low: f64,
    pub high: f64,
    /// Two-sided, against the null ratio.
    pub p_value: f64,
    /// Events of the first expected under the null ratio, given all events.
    pub expected_first: f64,
}

/// The rate of `events` in `time` with its exact interval and test against a null rate.
///
/// # Definition
/// Limits: quantiles of Gamma(x) and Gamma(x + 1) over time. p: the probability, under the null rate, of all counts that are not
/// more probable than the one seen (1 + 1e-7 of it, for rounding).
///
/// # Errors
/// `time` not above 0, a negative or infinite null rate, `level` outside 0 to 1.
///
/// # Agreement
/// R 4.2 `poisson.test`, 1e-9.
///
/// # References
/// Garwood (1936), Biometrika 28.
pub fn rate_test(events: u64, time: f64, null_rate: f64, level: f64) -> Result<RateTest, TrendError> {
    let time = positive("time", time)?;
    let mean = super::super::check::not_negative("the null rate", null_rate)? * time;
    let (low, high) = exact_count_bounds(events as f64, 0.5 * (1.0 - check_level(level)?))?;
    let law = Poisson::new(mean)?;
    let p_value = if mean == 0.0 {
        f64::from(u8::from(events == 0))
    } else {
        let limit = law.pmf(events) * (1.0 + 1e-7);
        let x = events as f64;
        if x == mean {
            1.0
        } else if x < mean {
            // The law falls beyond its mean: the first count that is improbable enough on the other side.
            let start = mean.ceil() as u64;
            let mut step = 1;
            while law.pmf(start + step) > limit {
                step *= 2;
            }
            let above = first_not_above(start, start + step, |k| law.pmf(k) <= limit);
            law.cdf(events) + upper(&law, above)
        } else {
            let floor = mean.floor() as u64;
            let below = count_improbable_below(floor, |k| law.pmf(k) <= limit);
            let lower = if below == 0 { 0.0 } else { law.cdf(below - 1) };
            lower + upper(&law, events)
        }
    };
    Ok(RateTest { rate: events as f64 / time, low: low / time, high: high / time, p_value: p_value.min(1.0) })
}

/// P(X ≥ k).
fn upper(law: &Poisson, k: u64) -> f64 {
    if k == 0 { 1.0 } else { law.sf(k - 1) }
}

/// The first k in `low..=high` that is improbable, for probabilities that fall.
fn first_not_above(low: u64, high: u64, improbable: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (low, high);
    while low < high {
        let middle = low + (high - low) / 2;
        if improbable(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

/// How many of 0..=`top` are improbable, for probabilities that rise.
fn count_improbable_below(top: u64, improbable: impl Fn(u64) -> bool) -> u64 {
    first_not_above(0, top + 1, |k| k > top || !improbable(k))
}

/// The ratio of two rates with its exact interval and test against a null ratio.
///
/// # Definition
/// Given all x₁ + x₂ events, x₁ is binomial with odds ratio·t₁/t₂: Clopper–Pearson limits of its share, turned into ratios. p:
/// the probability of all splits that are not more probable than the one seen.
///
/// # Errors
/// A time or the null ratio not above 0, no event at all, `level` outside 0 to 1.
///
/// # Agreement
/// R 4.2 `poisson.test`, 1e-9.
///
/// # References
/// Przyborowski and Wilenski (1940), Biometrika 31. Fay (2010), The R Journal 2(1).
pub fn rate_ratio_test(
    events: [u64; 2],
    times: [f64; 2],
    null_ratio: f64,
    level: f64,
) -> Result<RateRatio, TrendError> {
    let [x1, x2] = events;
    let (t1, t2) = (positive("time", times[0])?, positive("time", times[1])?);
    let null_ratio = positive("the null ratio", null_ratio)?;
    let n = x1 + x2;
    if n == 0 {
        return Err(TrendError::TooFew { what: "events", got: 0, needed: 1 });
    }
    let share = null_ratio * t1 / (null_ratio * t1 + t2);
    let (low, high) = exact_proportion_bounds(x1 as f64, n as f64, 0.5 * (1.0 - check_level(level)?))?;
    let odds = |p: f64| if p >= 1.0 { f64::INFINITY } else { p / (1.0 - p) * t2 / t1 };
    let law = Binomial::new(n, share)?;
    let limit = law.pmf(x1) * (1.0 + 1e-7);
    let mean = n as f64 * share;
    let upper = |k: u64| if k == 0 { 1.0 } else { law.sf(k - 1) };
    let p_value = if x1 as f64 == mean {
        1.0
    } else if (x1 as f64) < mean {
        let above = first_not_above(mean.ceil() as u64, n + 1, |k| k > n || law.pmf(k) <= limit);
        law.cdf(x1) + if above > n { 0.0 } else { upper(above) }
    } else {
        let below = count_improbable_below(mean.floor() as u64, |k| law.pmf(k) <= limit);
        let lower = if below == 0 { 0.0 } else { law.cdf(below - 1) };
        lower + upper(x1)
    };
    Ok(RateRatio {
        ratio: (x1 as f64 / t1) / (x2 as f64 / t2),
        low: odds(low),
        high: odds(high),
        p_value: p_value.min(1.0),
        expected_first: mean,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_event_by_hand() {
        // exp(−u) = 0.025.
        let none = rate_test(0, 10.0, 0.1, 0.95).unwrap();
        assert_eq!((none.rate, none.low), (0.0, 0.0));
        assert!((none.high - 0.368_887_945_411_393_6).abs() < 1e-12);
        // P(0) and all counts no more probable than it: mean 1, pmf(0) = pmf(1), so everything.
        assert!((none.p_value - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_split_of_events_is_fair_or_not() {
        // 0 of 5 at even odds: p = 2/32.
        let test = rate_ratio_test([0, 5], [1.0, 1.0], 1.0, 0.95).unwrap();
        assert!((test.p_value - 2.0 / 32.0).abs() < 1e-12 && test.low == 0.0 && test.ratio == 0.0);
        let other = rate_ratio_test([5, 0], [1.0, 1.0], 1.0, 0.95).unwrap();
        assert!((other.p_value - test.p_value).abs() < 1e-12 && other.high == f64::INFINITY);
    }

    #[test]
    fn p_values_add_up_term_by_term() {
        // The definition, without search.
        let (events, mean) = (17, 12.0);
        let law = Poisson::new(mean).unwrap();
        let limit = law.pmf(events) * (1.0 + 1e-7);
        let sum: f64 = (0..200).map(|k| law.pmf(k)).filter(|p| *p <= limit).sum();
        assert!((rate_test(events, 1.0, mean, 0.95).unwrap().p_value - sum).abs() < 1e-12);
    }

    #[test]
    fn wrong_input_is_an_error() {
        assert!(rate_test(1, 0.0, 1.0, 0.95).is_err());
        assert!(rate_test(1, 1.0, f64::NAN, 0.95).is_err());
        assert!(rate_ratio_test([0, 0], [1.0, 1.0], 1.0, 0.95).is_err());
        assert!(rate_ratio_test([1, 0], [1.0, 1.0], 0.0, 0.95).is_err());
        assert_eq!(rate_test(0, 1.0, 0.0, 0.95).unwrap().p_value, 1.0);
        assert_eq!(rate_test(3, 1.0, 0.0, 0.95).unwrap().p_value, 0.0);
    }
}
