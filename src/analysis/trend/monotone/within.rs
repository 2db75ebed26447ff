//! Trends within parts of a series that may not be compared with each other: other wordings, pollsters or offices.

use super::super::check::{all_finite, at_least, critical, median_of_sorted, same_length, two_sided};
use super::super::error::TrendError;
use super::{exact, kendall_variance, rank_of, sum_over, ties};

/// Values at times that may be compared with each other, and with no others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Part {
    pub values: Vec<f64>,
    pub times: Vec<f64>,
}

impl Part {
    fn check(&self) -> Result<(), TrendError> {
        same_length("times", self.times.len(), self.values.len())?;
        all_finite("the values", &self.values)?;
        all_finite("the times", &self.times)
    }
}

/// The Mann–Kendall test over parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrendWithin {
    /// Pairs that rise minus pairs that fall, within parts.
    pub s: f64,
    pub variance: f64,
    /// With continuity correction.
    pub z: f64,
    /// Two-sided; of the exact law where `is_exact`.
    pub p_value: f64,
    pub is_exact: bool,
    /// S over the number of pairs within parts.
    pub tau: f64,
    pub n_pairs: usize,
}

/// Tests for a trend that all parts share, comparing values within parts only.
///
/// # Definition
/// S and its variance (with ties) are sums over parts, as in the seasonal Kendall test; z = (S ∓ 1)/√Var. Where no times are tied and
/// no part has more than 40 values, p comes from the exact law of S, ties included; otherwise from the normal law.
///
/// # Errors
/// No part with two values at different times, lengths that differ, values that are not finite, all values equal.
///
/// # Agreement
/// One part: [`super::mann_kendall`] without correction; the exact p: enumeration of all orders.
///
/// # References
/// Hirsch, Slack and Smith (1982), Water Resources Research 18. Kendall (1970), chapters 4 and 5.
pub fn mann_kendall_within(parts: &[Part]) -> Result<TrendWithin, TrendError> {
    let (mut s, mut variance, mut n_pairs) = (0_i64, 0.0, 0);
    let mut groups = Vec::new();
    let mut has_tied_times = false;
    for part in parts {
        part.check()?;
        let n = part.values.len();
        let sign = |a: f64, b: f64| i64::from(b > a) - i64::from(b < a);
        for i in 0..n {
            for j in i + 1..n {
                s += sign(part.values[i], part.values[j]) * sign(part.times[i], part.times[j]);
            }
        }
        let time_ties = ties(&part.times);
        has_tied_times |= !time_ties.is_empty();
        if n > 1 {
            variance += kendall_variance(n as f64, &ties(&part.values), &time_ties).max(0.0);
        }
        n_pairs += n * n.saturating_sub(1) / 2 - sum_over(&time_ties, |t| 0.5 * t * (t - 1.0)) as usize;
        let mut sorted = part.values.clone();
        sorted.sort_by(f64::total_cmp);
        groups.push(sorted.chunk_by(|a, b| a == b).map(<[f64]>::len).collect::<Vec<_>>());
    }
    at_least("pairs of values at different times", n_pairs, 1)?;
    if variance <= 0.0 {
        return Err(TrendError::Constant { what: "the value", statistic: "a trend" });
    }
    let s = s as f64;
    let z = if s == 0.0 { 0.0 } else { (s - s.signum()) / variance.sqrt() };
    let exact = if has_tied_times { None } else { exact::two_sided_p(&groups, s) };
    Ok(TrendWithin {
        s,
        variance,
        z,
        p_value: exact.unwrap_or_else(|| two_sided(z)),
        is_exact: exact.is_some(),
        tau: s / n_pairs as f64,
        n_pairs,
    })
}

/// The median of all slopes within parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlopeWithin {
    /// Change of the value per unit of time.
    pub slope: f64,
    pub low: f64,
    pub high: f64,
    pub level: f64,
    pub n_slopes: usize,
    /// Do the limits lie beyond the smallest and largest slope? Then the interval has less than its level.
    pub is_short: bool,
}

/// Sen's slope from pairs within parts, with the interval that belongs to [`mann_kendall_within`].
///
/// # Definition
/// As [`super::sen_slope`], with all pairs within parts and the summed variance of S.
///
/// # Errors
/// No part with two values at different times, lengths that differ, values that are not finite, `level` outside 0 to 1.
///
/// # Agreement
/// One part: [`super::sen_slope`].
///
/// # References
/// Hirsch, Slack and Smith (1982). Gilbert (1987), *Statistical Methods for Environmental Pollution Monitoring*, section 17.4.
pub fn sen_slope_within(parts: &[Part], level: f64) -> Result<SlopeWithin, TrendError> {
    let z = critical(level)?;
    let mut slopes = Vec::new();
    let mut variance = 0.0;
    for part in parts {
        part.check()?;
        let n = part.values.len();
        for i in 0..n {
            for j in i + 1..n {
                if part.times[i] != part.times[j] {
                    slopes.push((part.values[j] - part.values[i]) / (part.times[j] - part.times[i]));
                }
            }
        }
        if n > 1 {
            variance += kendall_variance(n as f64, &ties(&part.values), &ties(&part.times)).max(0.0);
        }
    }
    at_least("pairs of values at different times", slopes.len(), 1)?;
    slopes.sort_unstable_by(f64::total_cmp);
    let count = slopes.len() as f64;
    let width = z * variance.sqrt();
    Ok(SlopeWithin {
        slope: median_of_sorted(&slopes),
        low: rank_of(&slopes, 0.5 * (count - width)),
        high: rank_of(&slopes, 0.5 * (count + width) + 1.0),
        level,
        n_slopes: slopes.len(),
        is_short: width > count,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::trend::monotone::{Autocorrelation, mann_kendall, sen_slope};

    fn part(values: &[f64], first: f64) -> Part {
        Part { values: values.to_vec(), times: (0..values.len()).map(|i| first + i as f64).collect() }
    }

    #[test]
    fn one_part_is_the_plain_test() {
        let one = part(&[3.0, 1.0, 4.0, 4.0, 5.0, 9.0, 2.0, 6.0], 0.0);
        let plain = mann_kendall(&one.values, &one.times, Autocorrelation::Ignored).unwrap();
        let within = mann_kendall_within(std::slice::from_ref(&one)).unwrap();
        assert_eq!((within.s, within.variance, within.z), (plain.s, plain.variance, plain.z));
        assert!(within.is_exact && (within.p_value - plain.p_value).abs() < 0.03);
        let line = sen_slope(&one.values, &one.times, 0.9).unwrap();
        let slope = sen_slope_within(&[one], 0.9).unwrap();
        assert_eq!((slope.slope, slope.low, slope.high), (line.slope, line.low, line.high));
    }

    #[test]
    fn a_step_between_parts_is_no_trend() {
        let parts = [part(&[1.0, 2.0, 1.0], 0.0), part(&[9.0, 8.0, 9.0], 3.0)];
        let within = mann_kendall_within(&parts).unwrap();
        assert_eq!((within.s, within.p_value, within.n_pairs), (0.0, 1.0, 6));
        assert_eq!(sen_slope_within(&parts, 0.95).unwrap().slope, 0.0);
    }

    #[test]
    fn three_polls_cannot_be_significant() {
        // Of six orders two are monotone.
        let test = mann_kendall_within(&[part(&[1.0, 2.0, 3.0], 0.0)]).unwrap();
        assert!((test.p_value - 1.0 / 3.0).abs() < 1e-12);
        assert!(sen_slope_within(&[part(&[1.0, 2.0, 3.0], 0.0)], 0.95).unwrap().is_short);
    }

    #[test]
    fn parts_without_a_pair_are_errors() {
        assert!(mann_kendall_within(&[]).is_err());
        assert!(mann_kendall_within(&[part(&[1.0], 0.0), part(&[2.0], 1.0)]).is_err());
        assert!(mann_kendall_within(&[part(&[1.0, 1.0], 0.0)]).is_err());
        assert!(sen_slope_within(&[part(&[1.0], 0.0)], 0.95).is_err());
        assert!(mann_kendall_within(&[part(&[1.0, f64::NAN], 0.0)]).is_err());
    }
}
