//! A trend in shares over ordered groups.

use super::super::check::{all_finite, at_least, positive, same_length};
use super::super::error::TrendError;
use crate::numeric::dist::Normal;
use crate::numeric::sum::{Sum, compensated};

/// The test of a linear trend in shares.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShareTrend {
    /// Positive where the share rises with the score.
    pub z: f64,
    /// z², on one degree of freedom.
    pub chi_squared: f64,
    /// Two-sided.
    pub p_value: f64,
}

/// The Cochran–Armitage test: do shares of independent samples rise or fall with a score, such as the year?
///
/// For survey data divide successes and totals by the design effect.
///
/// # Definition
/// z = Σ xᵢ(sᵢ − s̄) / √(p(1−p) Σ nᵢ(sᵢ − s̄)²), p = Σx/Σn, s̄ the mean score weighted by n.
///
/// # Errors
/// Lengths that differ, fewer than two groups, totals not above 0, counts outside 0..=n, scores that are not finite or all equal,
/// all or no successes.
///
/// # Agreement
/// R 4.2 `prop.trend.test`, 1e-9.
///
/// # References
/// Cochran (1954), Biometrics 10. Armitage (1955), Biometrics 11.
pub fn cochran_armitage(successes: &[f64], totals: &[f64], scores: &[f64]) -> Result<ShareTrend, TrendError> {
    let k = totals.len();
    at_least("groups", k, 2)?;
    same_length("successes", successes.len(), k)?;
    same_length("scores", scores.len(), k)?;
    all_finite("the scores", scores)?;
    for (x, n) in successes.iter().zip(totals) {
        positive("a total", *n)?;
        if !(0.0..=*n).contains(x) {
            return Err(TrendError::OutOfRange { what: "a count", got: *x, expected: "0 to its total" });
        }
    }
    let n = compensated(totals);
    let p = compensated(successes) / n;
    if p <= 0.0 || p >= 1.0 {
        return Err(TrendError::Constant { what: "the share", statistic: "a trend in it" });
    }
    let mean = totals.iter().zip(scores).map(|(n, s)| n * s).collect::<Sum>().value() / n;
    let spread = totals.iter().zip(scores).map(|(n, s)| n * (s - mean) * (s - mean)).collect::<Sum>().value();
    if spread <= 0.0 || scores.iter().all(|s| *s == scores[0]) {
        return Err(TrendError::Constant { what: "the score", statistic: "a trend over it" });
    }
    // Centred shares lose nothing where all shares are close.
    let along =
        successes.iter().zip(totals).zip(scores).map(|((x, n), s)| (x - n * p) * (s - mean)).collect::<Sum>().value();
    let z = along / (p * (1.0 - p) * spread).sqrt();
    Ok(ShareTrend { z, chi_squared: z * z, p_value: 2.0 * Normal::STANDARD.sf(z.abs()) })
}

/// Shares of independent samples that may be compared with each other, and with no others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SharePart {
    /// Counts over the design effect.
    pub successes: Vec<f64>,
    /// Totals over the design effect.
    pub totals: Vec<f64>,
    pub scores: Vec<f64>,
}

/// A linear trend in shares over parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShareTrendWithin {
    /// Change of the share per unit of the score.
    pub slope: f64,
    /// Under no trend.
    pub se: f64,
    pub z: f64,
    /// Two-sided.
    pub p_value: f64,
    /// Samples in parts that say something of a trend.
    pub n_groups: usize,
}

/// The Cochran–Armitage test over parts that each have a level of their own (Mantel's extension), with the slope that it tests.
///
/// # Definition
/// T = Σ_parts Σ xᵢ(sᵢ − s̄), V = Σ_parts p(1−p) Σ nᵢ(sᵢ − s̄)², p and s̄ being those of the part; z = T/√V, slope = T/D and se = √V/D
/// with D = Σ_parts Σ nᵢ(sᵢ − s̄)². A part with one score, or with no or only successes, says nothing.
///
/// # Errors
/// As [`cochran_armitage`]; no part that says something.
///
/// # Agreement
/// One part: [`cochran_armitage`].
///
/// # References
/// Mantel (1963), JASA 58. Armitage (1955), Biometrics 11.
pub fn cochran_armitage_within(parts: &[SharePart]) -> Result<ShareTrendWithin, TrendError> {
    let (mut along, mut variance, mut spread, mut n_groups) = (0.0, 0.0, 0.0, 0);
    for part in parts {
        match cochran_armitage(&part.successes, &part.totals, &part.scores) {
            Ok(_) => {}
            Err(TrendError::Constant { .. } | TrendError::TooFew { .. }) => continue,
            Err(error) => return Err(error),
        }
        let n = compensated(&part.totals);
        let p = compensated(&part.successes) / n;
        let each = || part.totals.iter().zip(&part.scores);
        let mean = each().map(|(n, s)| n * s).collect::<Sum>().value() / n;
        let own = each().map(|(n, s)| n * (s - mean) * (s - mean)).collect::<Sum>().value();
        along += part.successes.iter().zip(each()).map(|(x, (n, s))| (x - n * p) * (s - mean)).collect::<Sum>().value();
        variance += p * (1.0 - p) * own;
        spread += own;
        n_groups += part.totals.len();
    }
    if n_groups == 0 {
        return Err(TrendError::TooFew { what: "samples of one part", got: 1, needed: 2 });
    }
    let z = along / variance.sqrt();
    let p_value = 2.0 * Normal::STANDARD.sf(z.abs());
    Ok(ShareTrendWithin { slope: along / spread, se: variance.sqrt() / spread, z, p_value, n_groups })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::proportions::proportion_test;

    #[test]
    fn two_groups_are_the_test_of_two_shares() {
        // With two groups every score is a linear function of the group.
        let trend = cochran_armitage(&[412.0, 365.0], &[900.0, 870.0], &[2008.0, 2022.0]).unwrap();
        let test = proportion_test(&[412.0, 365.0], &[900.0, 870.0], false, 0.95).unwrap();
        assert!((trend.chi_squared - test.test.statistic).abs() < 1e-10 && trend.z < 0.0);
    }

    #[test]
    fn no_trend_can_be_asked_of_constants() {
        assert!(cochran_armitage(&[0.0, 0.0], &[5.0, 5.0], &[1.0, 2.0]).is_err());
        assert!(cochran_armitage(&[5.0, 5.0], &[5.0, 5.0], &[1.0, 2.0]).is_err());
        assert!(cochran_armitage(&[1.0, 2.0], &[5.0, 5.0], &[1.0, 1.0]).is_err());
        assert!(cochran_armitage(&[1.0], &[5.0], &[1.0]).is_err());
        assert!(cochran_armitage(&[1.0, f64::NAN], &[5.0, 5.0], &[1.0, 2.0]).is_err());
    }

    #[test]
    fn one_part_is_the_plain_test_and_steps_between_parts_are_no_trend() {
        let part = |shares: &[f64], first: f64| SharePart {
            successes: shares.iter().map(|p| p * 800.0).collect(),
            totals: vec![800.0; shares.len()],
            scores: (0..shares.len()).map(|i| first + i as f64).collect(),
        };
        let one = part(&[0.40, 0.43, 0.47], 2001.0);
        let plain = cochran_armitage(&one.successes, &one.totals, &one.scores).unwrap();
        let within = cochran_armitage_within(std::slice::from_ref(&one)).unwrap();
        assert!((within.z - plain.z).abs() < 1e-12 && (within.slope / within.se - plain.z).abs() < 1e-12);
        // Equal totals, so the slope is that of least squares: (0.47 − 0.40)/2.
        assert!((within.slope - 0.035).abs() < 1e-12);
        let steps = [part(&[0.40, 0.40], 2001.0), part(&[0.60, 0.60], 2003.0), part(&[0.5], 2005.0)];
        let none = cochran_armitage_within(&steps).unwrap();
        assert!(none.z.abs() < 1e-12 && none.n_groups == 4);
        assert!(cochran_armitage_within(&[part(&[0.5], 2005.0)]).is_err());
    }
}
