//! Exact tests and intervals of one rate and of the ratio of two.

use super::super::check::{level as check_level, positive};
use super::super::error::TrendError;
use crate::numeric::dist::{Binomial, Poisson, exact_count_bounds, exact_proportion_bounds};
use crate::numeric::root::brent;

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

/// The smallest ratio above 1 that the exact test of two rates would have found, given as many events in all; none where no split of
/// the events would be found.
///
/// # Definition
/// The test finds a rise if the first has c events or more, c the smallest with P(X ≥ c) ≤ α/2 for X binomial with odds t₁/t₂; the
/// smallest ratio r is that at which P(X ≥ c) is the power, with odds r·t₁/t₂. This is the test whose interval [`rate_ratio_test`] gives.
///
/// # Errors
/// A time not above 0, no event at all, `power` or `significance` outside 0 to 1.
///
/// # References
/// Przyborowski and Wilenski (1940), Biometrika 31, for the test.
pub fn smallest_detectable_ratio(
    events: u64,
    times: [f64; 2],
    power: f64,
    significance: f64,
) -> Result<Option<f64>, TrendError> {
    let (t1, t2) = (positive("time", times[0])?, positive("time", times[1])?);
    let (power, significance) = (check_level(power)?, check_level(significance)?);
    if events == 0 {
        return Err(TrendError::TooFew { what: "events", got: 0, needed: 1 });
    }
    let at_least = |count: u64, ratio: f64| -> Result<f64, TrendError> {
        let law = Binomial::new(events, ratio * t1 / (ratio * t1 + t2))?;
        Ok(if count == 0 { 1.0 } else { law.sf(count - 1) })
    };
    let null = Binomial::new(events, t1 / (t1 + t2))?;
    let critical = first_not_above(1, events + 1, |count| null.sf(count - 1) <= 0.5 * significance);
    if critical > events {
        return Ok(None);
    }
    let mut far = 1.0;
    while at_least(critical, libm::exp(far))? < power && far < 64.0 {
        far *= 2.0;
    }
    let short = |ln_ratio: f64| at_least(critical, libm::exp(ln_ratio)).map_or(f64::NAN, |found| found - power);
    Ok(Some(libm::exp(brent(short, 0.0, far, 1e-10)?.x)))
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

    // Five events, equal times: P(X = 5) = 1/32 > 0.025, so no split is found. Six: P(X = 6) = 1/64; found with 80 % where p⁶ = 0.8,
    // p = 0.8^(1/6) = 0.963492, odds 26.39.
    #[test]
    fn smallest_ratios_by_hand() {
        assert_eq!(smallest_detectable_ratio(5, [1.0, 1.0], 0.8, 0.05).unwrap(), None);
        let six = smallest_detectable_ratio(6, [1.0, 1.0], 0.8, 0.05).unwrap().unwrap();
        let p = 0.8_f64.powf(1.0 / 6.0);
        assert!((six - p / (1.0 - p)).abs() < 1e-6 * six, "{six}");
        let many = smallest_detectable_ratio(400, [3.0, 1.0], 0.8, 0.05).unwrap().unwrap();
        // Normal law: ln r = (1.96 + 0.84)·√(1/300 + 1/100).
        assert!((libm::log(many) / (2.8016 * (1.0 / 300.0 + 1.0 / 100.0_f64).sqrt()) - 1.0).abs() < 0.1, "{many}");
        assert!(smallest_detectable_ratio(0, [1.0, 1.0], 0.8, 0.05).is_err());
        assert!(smallest_detectable_ratio(6, [0.0, 1.0], 0.8, 0.05).is_err());
    }
}
