//! A trend in any direction, by the signs of all differences.

use super::super::check::{all_finite, at_least, same_length, two_sided};
use super::super::error::TrendError;
use super::super::series::autocorrelations;
use super::sen::sen_slope;
use super::{kendall_variance, sum_over, ties};
use crate::numeric::dist::Normal;

/// What is done about neighbours in time that resemble each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Autocorrelation {
    /// Nothing: values are independent.
    #[default]
    Ignored,
    /// The variance grows by the autocorrelations of the ranks of the detrended series that differ from 0 at 5 %.
    HamedRao,
    /// The variance grows by all autocorrelations of the detrended series.
    YueWang,
}

/// The Mann–Kendall test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannKendall {
    /// Pairs that rise minus pairs that fall.
    pub s: f64,
    pub variance: f64,
    /// With continuity correction; 0 where `s` is 0.
    pub z: f64,
    /// Two-sided.
    pub p_value: f64,
    pub tau_a: f64,
    /// `None` where all values or all times are equal.
    pub tau_b: Option<f64>,
    /// By which the variance was multiplied; 1 if autocorrelation is ignored.
    pub correction: f64,
}

/// Tests for a monotone trend.
///
/// # Definition
/// S = Σ_{i<j} sign(yⱼ − yᵢ)·sign(tⱼ − tᵢ); Var S = (n(n−1)(2n+5) − Σ u(u−1)(2u+5))/18 over tie groups u (Kendall's full form where
/// times are tied too); z = (S ∓ 1)/√Var; τa = S/n₀, τb = S/√((n₀ − ties y)(n₀ − ties t)), n₀ = n(n−1)/2.
/// Hamed–Rao: Var·(1 + 2/(n(n−1)(n−2)) Σₖ (n−k)(n−k−1)(n−k−2)ρₖ); Yue–Wang: Var·(1 + 2Σₖ (1 − k/n)ρₖ).
///
/// # Shapes and units
/// Values in order of time; the corrections take them as evenly spaced.
///
/// # Errors
/// Fewer than two values (three with a correction), lengths that differ, values that are not finite, all values equal, a correction
/// that makes the variance zero or negative.
///
/// # Agreement
/// `pymannkendall` 1.4, formulas in R, 1e-9.
///
/// # References
/// Mann (1945), Econometrica 13. Kendall (1970), *Rank Correlation Methods*, chapter 4. Hamed and Rao (1998), Journal of Hydrology 204.
/// Yue and Wang (2004), Water Resources Management 18.
pub fn mann_kendall(
    values: &[f64],
    times: &[f64],
    autocorrelation: Autocorrelation,
) -> Result<MannKendall, TrendError> {
    let n = values.len();
    at_least("values", n, 2)?;
    same_length("times", times.len(), n)?;
    all_finite("the values", values)?;
    all_finite("the times", times)?;
    let sign = |a: f64, b: f64| i64::from(b > a) - i64::from(b < a);
    let mut s = 0_i64;
    for i in 0..n {
        for j in i + 1..n {
            s += sign(values[i], values[j]) * sign(times[i], times[j]);
        }
    }
    let (value_ties, time_ties) = (ties(values), ties(times));
    let plain = kendall_variance(n as f64, &value_ties, &time_ties);
    if plain <= 0.0 {
        let what = if value_ties == [n as f64] { "the value" } else { "the time" };
        return Err(TrendError::Constant { what, statistic: "a trend" });
    }
    let correction = match autocorrelation {
        Autocorrelation::Ignored => 1.0,
        _ => variance_factor(values, times, autocorrelation)?,
    };
    if correction <= 0.0 {
        return Err(TrendError::OutOfRange { what: "the variance factor", got: correction, expected: "above 0" });
    }
    let variance = plain * correction;
    let s = s as f64;
    let z = if s == 0.0 { 0.0 } else { (s - s.signum()) / variance.sqrt() };
    let pairs = |t: f64| 0.5 * t * (t - 1.0);
    let all = pairs(n as f64);
    let untied = (all - sum_over(&value_ties, pairs)) * (all - sum_over(&time_ties, pairs));
    Ok(MannKendall {
        s,
        variance,
        z,
        p_value: two_sided(z),
        tau_a: s / all,
        tau_b: (untied > 0.0).then(|| s / untied.sqrt()),
        correction,
    })
}

fn variance_factor(values: &[f64], times: &[f64], kind: Autocorrelation) -> Result<f64, TrendError> {
    let n = values.len();
    at_least("values", n, 3)?;
    let slope = sen_slope(values, times, 0.95)?.slope;
    let detrended: Vec<f64> = values.iter().zip(times).map(|(y, t)| y - slope * t).collect();
    let size = n as f64;
    if kind == Autocorrelation::HamedRao {
        let rho = autocorrelations(&midranks(&detrended), n - 1)?;
        let limit = Normal::STANDARD.upper_quantile(0.025) / size.sqrt();
        let sum: f64 = (1..n)
            .filter(|k| rho[*k].abs() > limit)
            .map(|k| {
                let rest = (n - k) as f64;
                rest * (rest - 1.0) * (rest - 2.0) * rho[k]
            })
            .sum();
        Ok(1.0 + 2.0 / (size * (size - 1.0) * (size - 2.0)) * sum)
    } else {
        let rho = autocorrelations(&detrended, n - 1)?;
        Ok(1.0 + 2.0 * (1..n).map(|k| (1.0 - k as f64 / size) * rho[k]).sum::<f64>())
    }
}

/// Ranks from 1, equal values share their mean rank.
fn midranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for group in order.chunk_by(|a, b| values[*a] == values[*b]) {
        for i in group {
            ranks[*i] = before as f64 + 0.5 * (group.len() + 1) as f64;
        }
        before += group.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use Autocorrelation::*;

    fn steps(n: usize) -> Vec<f64> {
        (0..n).map(|i| i as f64).collect()
    }

    #[test]
    fn a_rising_series_by_hand() {
        // n = 4, S = 6, Var = 4·3·13/18.
        let test = mann_kendall(&[1.0, 2.0, 3.0, 4.0], &steps(4), Ignored).unwrap();
        assert_eq!((test.s, test.tau_a, test.tau_b), (6.0, 1.0, Some(1.0)));
        assert!((test.variance - 156.0 / 18.0).abs() < 1e-13);
        assert!((test.z - 5.0 / (156.0_f64 / 18.0).sqrt()).abs() < 1e-13);
    }

    #[test]
    fn two_polls_on_one_day_count_as_no_pair() {
        let test = mann_kendall(&[1.0, 5.0, 3.0], &[0.0, 0.0, 1.0], Ignored).unwrap();
        assert_eq!(test.s, 0.0);
        assert_eq!(test.p_value, 1.0);
    }

    #[test]
    fn constants_and_single_values_are_errors() {
        assert!(matches!(mann_kendall(&[2.0; 5], &steps(5), Ignored), Err(TrendError::Constant { .. })));
        assert!(matches!(mann_kendall(&[1.0, 2.0], &[3.0, 3.0], Ignored), Err(TrendError::Constant { .. })));
        assert!(mann_kendall(&[1.0], &[0.0], Ignored).is_err());
        assert!(mann_kendall(&[], &[], Ignored).is_err());
        assert!(mann_kendall(&[1.0, f64::INFINITY], &steps(2), Ignored).is_err());
    }

    #[test]
    fn persistence_makes_the_test_more_careful() {
        let wave: Vec<f64> = (0..60).map(|i| libm::sin(f64::from(i) / 8.0) + 0.01 * f64::from(i)).collect();
        let plain = mann_kendall(&wave, &steps(60), Ignored).unwrap();
        for kind in [HamedRao, YueWang] {
            match mann_kendall(&wave, &steps(60), kind) {
                Ok(test) => assert!(test.correction != 1.0 && test.s == plain.s),
                Err(error) => assert!(matches!(error, TrendError::OutOfRange { .. })),
            }
        }
    }
}
