//! Does one series move before another?

use super::super::check::{all_finite, at_least, between, critical, same_length};
use super::super::error::TrendError;
use crate::numeric::dist::{Normal, StudentT};
use crate::numeric::moments::Moments;

/// The correlation of one series with another some steps later.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LaggedCorrelation {
    /// Steps by which the second series comes later; below 0 it comes earlier.
    pub lag: i64,
    pub correlation: f64,
    /// By Fisher's transformation.
    pub low: f64,
    pub high: f64,
    /// t of the correlation.
    pub statistic: f64,
    pub degf: f64,
    /// Two-sided, not adjusted for the number of lags.
    pub p_value: f64,
    /// Pairs.
    pub n: usize,
}

/// Correlations of `first` with `second` at lags from −`longest` to `longest`.
///
/// Both must be free of trends, or everything that rises correlates with everything else: see [`detrended`].
///
/// # Definition
/// r of (first at t, second at t + lag) over the pairs that exist; t = r√((n − 2 − c)/(1 − r²)) on n − 2 − c degrees of freedom, c
/// being the parameters that were taken out before (`n_removed`); limits tanh(artanh r ∓ z/√(n − 3 − c)). Pairs are taken as
/// independent: with autocorrelation in both series, p values are too small.
///
/// # Errors
/// Lengths that differ, values that are not finite, fewer than 4 + c pairs at the longest lag, a part of a series that does not vary,
/// `level` outside 0 to 1.
///
/// # Agreement
/// R 4.2 `cor.test` for c = 0, 1e-12.
///
/// # References
/// Fisher (1921), Metron 1. Box, Jenkins and Reinsel (2008), *Time Series Analysis*, section 11.1, for what autocorrelation does.
pub fn lagged_correlations(
    first: &[f64],
    second: &[f64],
    longest: usize,
    n_removed: usize,
    level: f64,
) -> Result<Vec<LaggedCorrelation>, TrendError> {
    let n = first.len();
    same_length("the second series", second.len(), n)?;
    all_finite("the first series", first)?;
    all_finite("the second series", second)?;
    at_least("values", n, longest + 4 + n_removed)?;
    let z = critical(level)?;
    let longest = longest as i64;
    (-longest..=longest)
        .map(|lag| {
            let shift = lag.unsigned_abs() as usize;
            let (a, b) = if lag >= 0 {
                (&first[..n - shift], &second[shift..])
            } else {
                (&first[shift..], &second[..n - shift])
            };
            let correlation = correlation(a, b)?;
            let n = a.len();
            let degf = (n - 2 - n_removed) as f64;
            let statistic = correlation * (degf / (1.0 - correlation * correlation)).sqrt();
            let centre = libm::atanh(correlation);
            let half = z / (degf - 1.0).sqrt();
            Ok(LaggedCorrelation {
                lag,
                correlation,
                low: libm::tanh(centre - half),
                high: libm::tanh(centre + half),
                statistic,
                degf,
                p_value: StudentT::new(degf)?.two_sided_sf(statistic),
                n,
            })
        })
        .collect()
}

/// Pearson's correlation.
///
/// # Errors
/// Lengths that differ, values that are not finite, fewer than two pairs, a series that does not vary.
pub fn correlation(a: &[f64], b: &[f64]) -> Result<f64, TrendError> {
    same_length("the second series", b.len(), a.len())?;
    at_least("pairs", a.len(), 2)?;
    all_finite("the first series", a)?;
    all_finite("the second series", b)?;
    let (ma, mb) = (Moments::of(a), Moments::of(b));
    let spread = (ma.m2 * mb.m2).sqrt();
    if spread <= 0.0 {
        return Err(TrendError::Constant { what: "a series", statistic: "a correlation" });
    }
    let cross: f64 = a.iter().zip(b).map(|(a, b)| (a - ma.mean) * (b - mb.mean)).sum();
    Ok((cross / spread).clamp(-1.0, 1.0))
}

/// The series without its straight line, by least squares over evenly spaced times.
///
/// # Errors
/// Fewer than three values, values that are not finite.
pub fn detrended(values: &[f64]) -> Result<Vec<f64>, TrendError> {
    at_least("values", values.len(), 3)?;
    all_finite("the values", values)?;
    let times: Vec<f64> = (0..values.len()).map(|t| t as f64).collect();
    let (mt, my) = (Moments::of(&times), Moments::of(values));
    let slope = times.iter().zip(values).map(|(t, y)| (t - mt.mean) * (y - my.mean)).sum::<f64>() / mt.m2;
    Ok(times.iter().zip(values).map(|(t, y)| y - my.mean - slope * (t - mt.mean)).collect())
}

/// The smallest true correlation that a two-sided test of `n` pairs finds with the power asked for.
///
/// # Definition
/// tanh((z_{α/2} + z_power)/√(n − 3 − c)), c being the parameters that were taken out before.
///
/// # Errors
/// Fewer than 4 + c pairs, `power` or `significance` outside 0 to 1.
///
/// # References
/// Cohen (1988), *Statistical Power Analysis*, section 3.4, by Fisher's transformation.
pub fn smallest_detectable_correlation(
    n: usize,
    n_removed: usize,
    power: f64,
    significance: f64,
) -> Result<f64, TrendError> {
    at_least("pairs", n, 4 + n_removed)?;
    let power = between("power", power, 0.0, 1.0, "a number between 0 and 1")?;
    let significance = between("significance", significance, 0.0, 1.0, "a number between 0 and 1")?;
    let reach = Normal::STANDARD.upper_quantile(0.5 * significance) + Normal::STANDARD.quantile(power);
    Ok(libm::tanh(reach / ((n - 3 - n_removed) as f64).sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream::Stream;

    #[test]
    fn r_says_the_same() {
        // R: cor.test(c(1,3,2,5,4,6), c(2,1,4,3,7,6)).
        let found =
            lagged_correlations(&[1.0, 3.0, 2.0, 5.0, 4.0, 6.0], &[2.0, 1.0, 4.0, 3.0, 7.0, 6.0], 0, 0, 0.95).unwrap();
        assert!((found[0].correlation - R[0]).abs() < 1e-12, "{:?}", found[0]);
        assert!((found[0].statistic - R[1]).abs() < 1e-12 && (found[0].p_value - R[2]).abs() < 1e-12);
        assert!((found[0].low - R[3]).abs() < 1e-9 && (found[0].high - R[4]).abs() < 1e-9);
    }

    const R: [f64; 5] = [
        0.530_690_732_028_763,
        1.252_270_664_905_083,
        0.278_693_821_364_987,
        -0.493_350_870_250_341,
        0.938_186_358_302_625,
    ];

    #[test]
    fn what_follows_is_found_at_its_lag() {
        let mut stream = Stream::named(2, "leader");
        let first: Vec<f64> = (0..60).map(|_| stream.normal()).collect();
        let second: Vec<f64> =
            (0..60).map(|t: usize| if t < 2 { 0.0 } else { first[t - 2] } + 0.3 * stream.normal()).collect();
        let found = lagged_correlations(&first, &second, 3, 0, 0.95).unwrap();
        let best = found.iter().max_by(|a, b| a.correlation.total_cmp(&b.correlation)).unwrap();
        assert_eq!((best.lag, best.n), (2, 58));
        assert!(best.low > 0.8);
    }

    #[test]
    fn a_line_is_taken_out() {
        let rest = detrended(&[1.0, 3.0, 5.0, 7.0]).unwrap();
        assert!(rest.iter().all(|v| v.abs() < 1e-12));
    }

    #[test]
    fn the_detectable_correlation_by_hand() {
        // n = 19: (1.959964 + 0.841621)/4.
        let r = smallest_detectable_correlation(19, 0, 0.8, 0.05).unwrap();
        assert!((r - (2.801_585_f64 / 4.0).tanh()).abs() < 1e-6);
        assert!(smallest_detectable_correlation(3, 0, 0.8, 0.05).is_err());
    }

    #[test]
    fn short_and_flat_series_are_errors() {
        assert!(lagged_correlations(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0], 0, 0, 0.95).is_err());
        assert!(lagged_correlations(&[1.0; 9], &[2.0; 9], 1, 0, 0.95).is_err());
        assert!(detrended(&[1.0, 2.0]).is_err());
    }
}
