//! Published shares side by side: each with its base and an assumed design effect.

use super::difference::{newcombe_difference, two_proportions};
use super::error::ProportionError;
use super::small_samples::{agresti_caffo, score_difference};
use super::table::{RatioInterval, odds_and_risk_ratio};
use crate::analysis::multiplicity::{Adjustment, adjust_family};
use crate::analysis::trend::change::{Equivalence, equivalence};

/// A share as it was printed.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedShare {
    pub label: String,
    /// In 0..=1.
    pub share: f64,
    /// People asked.
    pub n: f64,
    /// The assumed design effect.
    pub deff: f64,
}

/// Two of them.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedContrast {
    /// Positions of the shares.
    pub first: usize,
    pub second: usize,
    /// The first less the second.
    pub difference: f64,
    /// Method, lower and upper limit of the difference.
    pub intervals: [(&'static str, f64, f64); 4],
    /// Of the normal test with the common share; absent where both shares are 0, or 1.
    pub p_value: Option<f64>,
    pub adjusted_p_value: Option<f64>,
    /// The first over the second, and of their odds; absent where a share is 0 or 1.
    pub ratio: Option<RatioInterval>,
    pub odds_ratio: Option<RatioInterval>,
    /// Whether the difference is shown to be smaller than the margin; absent without one, and where a share is 0 or 1.
    pub equivalence: Option<Equivalence>,
}

impl PublishedShare {
    /// Successes and size of a simple random sample that is as precise.
    pub fn effective(&self) -> (f64, f64) {
        let n = self.n / self.deff;
        (self.share * n, n)
    }
}

/// Compares pairs of published shares of independent samples.
///
/// # Definition
/// Each share counts as one of a simple random sample of n/deff. Intervals: Newcombe, Agresti and Caffo, score, Wald cut at ±1. p:
/// the pooled normal test, adjusted for all pairs given. Ratios by Katz and Woolf. Equivalence: two one-sided normal tests with the
/// variance of each share by itself.
///
/// # Errors
/// Shares outside 0..=1, bases or design effects not above 0, a level outside 0 to 1.
///
/// # Panics
/// Positions without a share.
///
/// # References
/// Those of the functions behind each: Newcombe (1998), Agresti and Caffo (2000), Miettinen and Nurminen (1985), Schuirmann (1987).
pub fn published_contrasts(
    shares: &[PublishedShare],
    pairs: &[(usize, usize)],
    level: f64,
    adjustment: Adjustment,
    within: Option<f64>,
) -> Result<Vec<PublishedContrast>, ProportionError> {
    let contrast = |&(first, second): &(usize, usize)| {
        let ((x1, n1), (x2, n2)) = (shares[first].effective(), shares[second].effective());
        let wald = two_proportions(x1, n1, x2, n2, level)?;
        let (_, newcombe_low, newcombe_high) = newcombe_difference(x1, n1, x2, n2, level)?;
        let caffo = agresti_caffo(x1, n1, x2, n2, level)?;
        let score = score_difference(x1, n1, x2, n2, level)?;
        // A share of 0 or 1 has an empty cell, and no ratio with an interval.
        let ratios = odds_and_risk_ratio([[x1, n1 - x1], [x2, n2 - x2]], level).ok();
        let is_inside = [wald.p1, wald.p2].iter().all(|p| *p > 0.0 && *p < 1.0);
        let equivalence = within
            .filter(|_| is_inside)
            .and_then(|margin| equivalence(wald.difference, wald.se, margin, f64::INFINITY, level).ok());
        Ok(PublishedContrast {
            first,
            second,
            difference: wald.difference,
            intervals: [
                ("Newcombe", newcombe_low, newcombe_high),
                ("Agresti–Caffo", caffo.0, caffo.1),
                ("score", score.0, score.1),
                ("Wald", wald.low.max(-1.0), wald.high.min(1.0)),
            ],
            p_value: wald.p_pooled,
            adjusted_p_value: None,
            ratio: ratios.map(|(_, risk)| risk),
            odds_ratio: ratios.map(|(odds, _)| odds),
            equivalence,
        })
    };
    let mut found: Vec<PublishedContrast> = pairs.iter().map(contrast).collect::<Result<_, ProportionError>>()?;
    let p: Vec<Option<f64>> = found.iter().map(|contrast| contrast.p_value).collect();
    let adjusted = adjust_family(&p, &[], adjustment);
    found.iter_mut().zip(adjusted).for_each(|(contrast, p)| contrast.adjusted_p_value = p);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(share: f64, n: f64, deff: f64) -> PublishedShare {
        PublishedShare { label: share.to_string(), share, n, deff }
    }

    #[test]
    fn two_shares_are_those_of_a_smaller_simple_sample() {
        let of = |a, b| published_contrasts(&[a, b], &[(0, 1)], 0.95, Adjustment::Holm, Some(0.1)).unwrap().remove(0);
        let (clustered, simple) =
            (of(share(0.5, 800.0, 2.0), share(0.4, 600.0, 1.5)), of(share(0.5, 400.0, 1.0), share(0.4, 400.0, 1.0)));
        assert_eq!(clustered, simple);
        // 200/400 against 160/400: ratio 1.25, odds ratio 1.5, se² = (0.25 + 0.24)/400.
        assert!((simple.ratio.unwrap().estimate - 1.25).abs() < 1e-12);
        assert!((simple.odds_ratio.unwrap().estimate - 1.5).abs() < 1e-12);
        assert!((simple.equivalence.unwrap().p_value - 0.5).abs() < 1e-12);
    }

    #[test]
    fn nobody_has_limits_and_no_ratio() {
        let found = published_contrasts(
            &[share(0.0, 50.0, 1.0), share(0.5, 4.0, 1.0)],
            &[(0, 1)],
            0.95,
            Adjustment::None,
            Some(0.1),
        );
        let found = found.unwrap().remove(0);
        assert!(found.ratio.is_none() && found.odds_ratio.is_none() && found.equivalence.is_none());
        assert!(found.intervals.iter().all(|(_, low, high)| *low >= -1.0 && *high <= 1.0 && low < high));
    }
}
