//! Evidence that nothing much changed.

use super::super::check::{all_finite, between, positive};
use super::super::error::TrendError;
use crate::numeric::dist::{Normal, StudentT};

/// Two one-sided tests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Equivalence {
    /// The larger of both p-values: small means "no change larger than the margin".
    pub p_value: f64,
    /// Against a fall below −margin.
    pub p_low: f64,
    /// Against a rise above margin.
    pub p_high: f64,
    /// The interval of level 1 − 2(1 − level) that has to lie within the margin.
    pub low: f64,
    pub high: f64,
    /// Whether equivalence is shown at `level`.
    pub is_equivalent: bool,
}

/// Tests that a difference is smaller than a margin, in either direction.
///
/// A large p-value of a test of no change does not show that there was none; this test does, if it can.
///
/// # Definition
/// t₋ = (d + δ)/se, t₊ = (d − δ)/se; p = max(P(T > t₋), P(T < t₊)). Equivalent at `level` 0.95 if p < 0.05, that is, if the
/// 90 % interval lies inside ±δ. T is Student's t with `degf`, normal for infinitely many.
///
/// # Errors
/// A difference that is not finite, a standard error or margin not above 0, degrees of freedom not above 0, `level` outside 0.5 to 1.
///
/// # References
/// Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15.
pub fn equivalence(difference: f64, se: f64, margin: f64, degf: f64, level: f64) -> Result<Equivalence, TrendError> {
    all_finite("the difference", &[difference])?;
    let (se, margin) = (positive("the standard error", se)?, positive("the margin", margin)?);
    between("level", level, 0.5, 1.0, "a number between 0.5 and 1")?;
    let (above, critical): (Box<dyn Fn(f64) -> f64>, f64) = if degf == f64::INFINITY {
        (Box::new(|x| Normal::STANDARD.sf(x)), Normal::STANDARD.upper_quantile(1.0 - level))
    } else {
        let t = StudentT::new(degf)?;
        let critical = t.upper_quantile(1.0 - level);
        (Box::new(move |x| t.sf(x)), critical)
    };
    let p_low = above((difference + margin) / se);
    let p_high = above((margin - difference) / se);
    let half = critical * se;
    let p_value = p_low.max(p_high);
    Ok(Equivalence {
        p_value,
        p_low,
        p_high,
        low: difference - half,
        high: difference + half,
        is_equivalent: p_value < 1.0 - level,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_is_that_of_the_interval() {
        // Both are one statement: the 90 % interval lies inside the margin.
        for difference in [-0.03, -0.01, 0.0, 0.012, 0.04] {
            for degf in [5.0, f64::INFINITY] {
                let test = equivalence(difference, 0.01, 0.03, degf, 0.95).unwrap();
                assert_eq!(test.is_equivalent, test.low > -0.03 && test.high < 0.03, "{difference} {degf}");
            }
        }
    }

    #[test]
    fn wrong_input_is_an_error() {
        assert!(equivalence(f64::NAN, 1.0, 1.0, 5.0, 0.95).is_err());
        assert!(equivalence(0.0, 0.0, 1.0, 5.0, 0.95).is_err());
        assert!(equivalence(0.0, 1.0, 0.0, 5.0, 0.95).is_err());
        assert!(equivalence(0.0, 1.0, 1.0, 0.0, 0.95).is_err());
        assert!(equivalence(0.0, 1.0, 1.0, 5.0, 0.3).is_err());
    }
}
