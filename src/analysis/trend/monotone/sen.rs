//! The median of all slopes.

use super::super::check::{all_finite, at_least, critical, median, median_of_sorted, same_length};
use super::super::error::TrendError;
use super::{kendall_variance, rank_of, ties};

/// A robust line: half of all pairs of points lie on steeper, half on flatter lines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SenSlope {
    /// Change of the value per unit of time.
    pub slope: f64,
    /// Median of y − slope · median of t (Conover).
    pub intercept: f64,
    pub low: f64,
    pub high: f64,
    pub level: f64,
    /// Number of pairs at different times.
    pub n_slopes: usize,
}

/// Above this the list of slopes no longer fits comfortably into memory.
const LARGEST: usize = 20_000;

/// Sen's slope (Theil–Sen line) with the interval that belongs to the Mann–Kendall test.
///
/// # Definition
/// Slopes (yⱼ − yᵢ)/(tⱼ − tᵢ) of all pairs with tⱼ ≠ tᵢ, sorted; slope = their median; with N of them and
/// C = z·√Var(S) the limits are the slopes at ranks (N − C)/2 and (N + C)/2 + 1, interpolated between neighbours.
///
/// # Shapes and units
/// `times` in any order; equal times are allowed and give no slope.
///
/// # Errors
/// Fewer than two values or more than 20,000, lengths that differ, values that are not finite, all times equal, `level` outside 0
/// to 1.
///
/// # Agreement
/// `pymannkendall` and formulas in R, 1e-9.
///
/// # References
/// Theil (1950). Sen (1968), JASA 63. Conover (1999), *Practical Nonparametric Statistics*, section 5.5. Gilbert (1987), section 16.5.
///
/// # Examples
/// ```
/// use opros::analysis::trend::monotone::sen_slope;
/// // One wild value does not move the line.
/// let line = sen_slope(&[1.0, 2.0, 3.0, 90.0, 5.0], &[0.0, 1.0, 2.0, 3.0, 4.0], 0.95)?;
/// assert_eq!(line.slope, 1.0);
/// # Ok::<(), opros::analysis::trend::TrendError>(())
/// ```
pub fn sen_slope(values: &[f64], times: &[f64], level: f64) -> Result<SenSlope, TrendError> {
    let n = values.len();
    at_least("values", n, 2)?;
    if n > LARGEST {
        return Err(TrendError::OutOfRange {
            what: "the number of values",
            got: n as f64,
            expected: "20,000 or fewer",
        });
    }
    same_length("times", times.len(), n)?;
    all_finite("the values", values)?;
    all_finite("the times", times)?;
    let z = critical(level)?;
    let mut slopes = Vec::with_capacity(n * (n - 1) / 2);
    for i in 0..n {
        for j in i + 1..n {
            if times[i] != times[j] {
                slopes.push((values[j] - values[i]) / (times[j] - times[i]));
            }
        }
    }
    if slopes.is_empty() {
        return Err(TrendError::Constant { what: "the time", statistic: "a slope" });
    }
    slopes.sort_unstable_by(f64::total_cmp);
    let count = slopes.len() as f64;
    let width = z * kendall_variance(n as f64, &ties(values), &ties(times)).max(0.0).sqrt();
    let slope = median_of_sorted(&slopes);
    Ok(SenSlope {
        slope,
        intercept: median(values) - slope * median(times),
        low: rank_of(&slopes, 0.5 * (count - width)),
        high: rank_of(&slopes, 0.5 * (count + width) + 1.0),
        level,
        n_slopes: slopes.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_points_give_their_line() {
        let line = sen_slope(&[3.0, 7.0], &[2000.0, 2004.0], 0.95).unwrap();
        assert_eq!((line.slope, line.n_slopes), (1.0, 1));
        assert!((line.intercept + 1997.0).abs() < 1e-12);
    }

    #[test]
    fn equal_values_are_flat() {
        let line = sen_slope(&[2.0; 6], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0], 0.95).unwrap();
        assert_eq!((line.slope, line.low, line.high), (0.0, 0.0, 0.0));
    }

    #[test]
    fn one_day_has_no_slope() {
        assert!(sen_slope(&[1.0, 2.0], &[5.0, 5.0], 0.95).is_err());
        assert!(sen_slope(&[1.0], &[5.0], 0.95).is_err());
        assert!(sen_slope(&[], &[], 0.95).is_err());
        assert!(sen_slope(&[1.0, f64::NAN], &[5.0, 6.0], 0.95).is_err());
    }

    #[test]
    fn order_of_rows_does_not_matter() {
        let a = sen_slope(&[1.0, 4.0, 2.0, 8.0], &[1.0, 2.0, 5.0, 9.0], 0.9).unwrap();
        let b = sen_slope(&[8.0, 2.0, 4.0, 1.0], &[9.0, 5.0, 2.0, 1.0], 0.9).unwrap();
        assert_eq!(a, b);
    }
}
