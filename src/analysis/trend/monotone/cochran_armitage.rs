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
}
