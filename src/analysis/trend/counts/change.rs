//! When did the rate of counts change, and how often does such a change appear by chance?

use super::super::check::{all_finite, at_least, positive, same_length};
use super::super::error::TrendError;
use crate::numeric::stream::Stream;

/// The best single change of a rate.
#[derive(Debug, Clone, PartialEq)]
pub struct RateChange {
    /// Periods before the change.
    pub position: usize,
    /// Rate after over rate before; infinite where nothing came before.
    pub ratio: f64,
    /// Twice the gain in log-likelihood over one rate.
    pub statistic: f64,
    /// The share of random allotments of the events to the periods whose best change gains at least as much, (1 + hits)/(1 + draws).
    pub p_value: f64,
    /// Positions whose gain is within −2 ln(1 − √0.95) = 7.35 of the best: a 95 % set.
    pub near_best: Vec<usize>,
}

/// Finds the change of rate that fits counts best and tests it against one rate for all periods.
///
/// # Definition
/// Gain at k: 2(x₁ ln(x₁/t₁) + x₂ ln(x₂/t₂) − x ln(x/t)), x and t being the events and exposures before, after and in all, over positions
/// that leave `min_periods` on either side. Given their number, events under one rate fall to periods in proportion to exposure; p is the
/// share of `draws` such allotments.
///
/// # Errors
/// Lengths that differ, counts that are negative or not whole, exposures not above 0, fewer than twice `min_periods` periods, no event.
///
/// # References
/// Worsley (1986), Biometrika 73. Davison and Hinkley (1997), *Bootstrap Methods and their Application*, section 4.2.
pub fn rate_change(
    counts: &[f64],
    exposure: &[f64],
    min_periods: usize,
    draws: usize,
    stream: &mut Stream,
) -> Result<RateChange, TrendError> {
    check(counts, exposure)?;
    at_least("periods on either side", min_periods, 1)?;
    at_least("periods", counts.len(), 2 * min_periods)?;
    let total: f64 = counts.iter().sum();
    at_least("events", total as usize, 1)?;
    let gains = gains(counts, exposure, min_periods);
    let (position, statistic) = best(&gains);
    let ends: Vec<f64> = exposure
        .iter()
        .scan(0.0, |sum, t| {
            *sum += t;
            Some(*sum)
        })
        .collect();
    let whole = ends[ends.len() - 1];
    let mut hits = 0_usize;
    let mut drawn = vec![0.0; counts.len()];
    for _ in 0..draws {
        drawn.fill(0.0);
        for _ in 0..total as usize {
            let at = stream.uniform() * whole;
            let period = ends.partition_point(|end| *end <= at).min(counts.len() - 1);
            drawn[period] += 1.0;
        }
        hits += usize::from(best(&self::gains(&drawn, exposure, min_periods)).1 >= statistic * (1.0 - 1e-12));
    }
    let rate = |range: core::ops::Range<usize>| {
        counts[range.clone()].iter().sum::<f64>() / exposure[range].iter().sum::<f64>()
    };
    Ok(RateChange {
        position,
        ratio: rate(position..counts.len()) / rate(0..position),
        statistic,
        p_value: (1 + hits) as f64 / (1 + draws) as f64,
        near_best: gains.iter().filter(|(_, gain)| statistic - gain <= NEAR_BEST).map(|(k, _)| *k).collect(),
    })
}

/// A date is no ordinary parameter: the gain lost at the true one is distributed as the maximum of two exponential variables
/// (Hansen 2000, Econometrica 68, theorem 2), not as χ².
const NEAR_BEST: f64 = 7.352_276_694_155_739;

/// The gain at each position.
fn gains(counts: &[f64], exposure: &[f64], min_periods: usize) -> Vec<(usize, f64)> {
    let part = |x: f64, t: f64| if x > 0.0 { x * libm::log(x / t) } else { 0.0 };
    let (x, t): (f64, f64) = (counts.iter().sum(), exposure.iter().sum());
    let (mut x1, mut t1) = (0.0, 0.0);
    let mut out = Vec::new();
    for k in 1..counts.len() {
        x1 += counts[k - 1];
        t1 += exposure[k - 1];
        if k >= min_periods && counts.len() - k >= min_periods {
            out.push((k, 2.0 * (part(x1, t1) + part(x - x1, t - t1) - part(x, t))));
        }
    }
    out
}

/// The first position of the largest gain.
fn best(gains: &[(usize, f64)]) -> (usize, f64) {
    gains.iter().copied().fold((0, f64::NEG_INFINITY), |a, b| if b.1 > a.1 { b } else { a })
}

/// How a change of rate at one date compares with the same at all other dates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaceboRate {
    /// Rate after over rate before, half an event added to each count.
    pub ratio: f64,
    /// Other dates that could be looked at.
    pub n_dates: usize,
    /// Those at which the ratio is at least as far from 1.
    pub n_as_large: usize,
}

/// Compares the rate in `window` periods after a position with that in as many before it, and does the same at all other positions whose
/// windows lie inside.
///
/// # Definition
/// ratio = ((x₂ + ½)/t₂)/((x₁ + ½)/t₁); as large: |ln ratio| at least that of the position.
///
/// # Errors
/// Lengths that differ, counts or exposures as in [`rate_change`], a window that does not fit.
pub fn placebo_rates(
    counts: &[f64],
    exposure: &[f64],
    position: usize,
    window: usize,
) -> Result<PlaceboRate, TrendError> {
    check(counts, exposure)?;
    at_least("periods in the window", window, 1)?;
    at_least("periods before the date", position, window)?;
    at_least("periods after the date", counts.len().saturating_sub(position), window)?;
    let log_ratio = |k: usize| {
        let rate = |range: core::ops::Range<usize>| {
            (counts[range.clone()].iter().sum::<f64>() + 0.5) / exposure[range].iter().sum::<f64>()
        };
        libm::log(rate(k..k + window) / rate(k - window..k))
    };
    let own = log_ratio(position);
    let others: Vec<f64> = (window..=counts.len() - window).filter(|k| *k != position).map(log_ratio).collect();
    Ok(PlaceboRate {
        ratio: libm::exp(own),
        n_dates: others.len(),
        n_as_large: others.iter().filter(|other| other.abs() >= own.abs() - 1e-12).count(),
    })
}

fn check(counts: &[f64], exposure: &[f64]) -> Result<(), TrendError> {
    same_length("exposures", exposure.len(), counts.len())?;
    all_finite("the counts", counts)?;
    for t in exposure {
        positive("an exposure", *t)?;
    }
    match counts.iter().find(|x| **x < 0.0 || x.fract() != 0.0) {
        Some(got) => Err(TrendError::OutOfRange { what: "a count", got: *got, expected: "0, 1, 2 …" }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: [f64; 10] = [1.0, 2.0, 1.0, 0.0, 1.0, 6.0, 5.0, 7.0, 6.0, 5.0];

    fn run(counts: &[f64], seed: u64) -> RateChange {
        rate_change(counts, &vec![1.0; counts.len()], 2, 999, &mut Stream::named(seed, "rate change")).unwrap()
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        let found = run(&STEP, 1);
        assert_eq!((found.position, found.ratio), (5, 29.0 / 5.0));
        // 2(5 ln 1 + 29 ln 5.8 − 34 ln 3.4).
        assert!((found.statistic - 2.0 * (29.0 * 5.8_f64.ln() - 34.0 * 3.4_f64.ln())).abs() < 1e-9);
        assert_eq!(found.p_value, 0.001);
        assert!(found.near_best.contains(&5));
    }

    #[test]
    fn p_values_of_chance_are_even() {
        // 300 series of one rate: the share of p below 0.1 has a standard error of 0.017.
        let mut stream = Stream::named(7, "counts of one rate");
        let small = (0..300)
            .filter(|seed| {
                let mut counts = vec![0.0; 12];
                for _ in 0..30 {
                    counts[stream.index(12)] += 1.0;
                }
                let mut own = Stream::named(*seed, "allotments");
                rate_change(&counts, &[1.0; 12], 2, 199, &mut own).unwrap().p_value <= 0.1
            })
            .count();
        assert!((12..=48).contains(&small), "{small} of 300 below 0.1, expected 30");
    }

    #[test]
    fn placebo_dates_by_hand() {
        // Windows of two: log ratios at 2..=8; at 5: (11.5/1.5).
        let placebo = placebo_rates(&STEP, &[1.0; 10], 5, 2).unwrap();
        assert!((placebo.ratio - 11.5 / 1.5).abs() < 1e-12);
        assert_eq!((placebo.n_dates, placebo.n_as_large), (6, 0));
        assert!(placebo_rates(&STEP, &[1.0; 10], 1, 2).is_err());
        assert!(placebo_rates(&STEP, &[1.0; 10], 9, 2).is_err());
    }

    #[test]
    fn wrong_input_is_an_error() {
        let mut stream = Stream::named(1, "x");
        assert!(rate_change(&[1.0, -1.0], &[1.0, 1.0], 1, 9, &mut stream).is_err());
        assert!(rate_change(&[1.0, 1.5], &[1.0, 1.0], 1, 9, &mut stream).is_err());
        assert!(rate_change(&[0.0, 0.0], &[1.0, 1.0], 1, 9, &mut stream).is_err());
        assert!(rate_change(&[1.0, 2.0], &[1.0, 0.0], 1, 9, &mut stream).is_err());
        assert!(rate_change(&[1.0, 2.0, 1.0], &[1.0, 1.0, 1.0], 2, 9, &mut stream).is_err());
    }
}
