//! Differences between waves.

use super::super::check::{all_finite, at_least, between, critical, not_negative, two_sided};
use super::super::error::TrendError;
use crate::analysis::multiplicity::{Adjustment, adjust};
use crate::numeric::dist::Normal;

/// An estimate of one wave with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wave {
    pub estimate: f64,
    pub se: f64,
}

/// How the samples of two waves depend on each other. Independence is said, never assumed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Dependence {
    /// Separate samples.
    Independent,
    /// The covariance of the two estimates, from the design.
    Covariance(f64),
    /// Some people answered twice: the correlation of their two answers, and their share of each sample.
    Panel { correlation: f64, share_first: f64, share_second: f64 },
}

/// The change from one wave to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WaveDifference {
    /// Second minus first.
    pub difference: f64,
    pub se: f64,
    pub low: f64,
    pub high: f64,
    pub z: f64,
    /// Two-sided, not adjusted.
    pub p_value: f64,
}

/// The change between two waves with the covariance that their samples have.
///
/// # Definition
/// se² = s₁² + s₂² − 2c; c = 0, the covariance given, or r·√(f₁f₂)·s₁s₂ for a panel, with r the correlation of answers of the same
/// people and f their share of each sample.
///
/// # Errors
/// Estimates that are not finite, negative standard errors, a correlation or share out of range, a covariance beyond s₁s₂, a
/// standard error of 0 with a difference, `level` outside 0 to 1.
///
/// # References
/// Kish (1965), section 12.4. Skinner and Vieira (2005), Survey Methodology 31(1).
pub fn wave_difference(
    first: Wave,
    second: Wave,
    dependence: Dependence,
    level: f64,
) -> Result<WaveDifference, TrendError> {
    all_finite("the estimates", &[first.estimate, second.estimate])?;
    let (s1, s2) = (not_negative("a standard error", first.se)?, not_negative("a standard error", second.se)?);
    let covariance = match dependence {
        Dependence::Independent => 0.0,
        Dependence::Covariance(c) => {
            if c.is_nan() || c.abs() > s1 * s2 * (1.0 + 1e-12) {
                return Err(TrendError::OutOfRange { what: "the covariance", got: c, expected: "no more than s1 s2" });
            }
            c
        }
        Dependence::Panel { correlation, share_first, share_second } => {
            if !(-1.0..=1.0).contains(&correlation) {
                let expected = "-1 to 1";
                return Err(TrendError::OutOfRange { what: "the correlation", got: correlation, expected });
            }
            let shares = super::super::check::unit("a share of the panel", share_first)?
                * super::super::check::unit("a share of the panel", share_second)?;
            correlation * shares.sqrt() * s1 * s2
        }
    };
    let z_level = critical(level)?;
    let difference = second.estimate - first.estimate;
    let se = (s1 * s1 + s2 * s2 - 2.0 * covariance).max(0.0).sqrt();
    if se == 0.0 && difference != 0.0 {
        return Err(TrendError::OutOfRange { what: "the standard error", got: 0.0, expected: "above 0" });
    }
    let z = if difference == 0.0 { 0.0 } else { difference / se };
    let half = z_level * se;
    Ok(WaveDifference { difference, se, low: difference - half, high: difference + half, z, p_value: two_sided(z) })
}

/// Which waves are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Each with the one before.
    Consecutive,
    /// Each with the first.
    WithFirst,
}

/// All changes of a series of waves with p-values adjusted by Holm's method, in order.
///
/// # Definition
/// [`adjust`] by Holm: valid under any dependence, so also where comparisons share a wave.
///
/// # Errors
/// Fewer than two waves; as [`wave_difference`].
///
/// # References
/// Holm (1979), Scandinavian Journal of Statistics 6.
pub fn compare_waves(
    waves: &[Wave],
    comparison: Comparison,
    dependence: Dependence,
    level: f64,
) -> Result<Vec<(WaveDifference, f64)>, TrendError> {
    at_least("waves", waves.len(), 2)?;
    let changes = (1..waves.len())
        .map(|i| {
            let base = if comparison == Comparison::Consecutive { i - 1 } else { 0 };
            wave_difference(waves[base], waves[i], dependence, level)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let raw: Vec<f64> = changes.iter().map(|change| change.p_value).collect();
    let adjusted = adjust(&raw, Adjustment::Holm, None)
        .map_err(|_| TrendError::NotIdentified { what: "a change without a p value" })?;
    Ok(changes.into_iter().zip(adjusted).collect())
}

/// The smallest true change that a two-sided test with this standard error would find with the power asked for.
///
/// # Definition
/// (z_{α/2} + z_β)·se.
///
/// # Errors
/// A negative standard error, `power` or `significance` outside 0 to 1.
pub fn smallest_detectable_difference(se: f64, power: f64, significance: f64) -> Result<f64, TrendError> {
    let se = not_negative("the standard error", se)?;
    let power = between("power", power, 0.0, 1.0, "a number between 0 and 1")?;
    let significance = between("significance", significance, 0.0, 1.0, "a number between 0 and 1")?;
    Ok((Normal::STANDARD.upper_quantile(0.5 * significance) + Normal::STANDARD.quantile(power)) * se)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Wave = Wave { estimate: 0.40, se: 0.03 };
    const B: Wave = Wave { estimate: 0.45, se: 0.04 };

    #[test]
    fn independent_errors_add_in_squares() {
        let change = wave_difference(A, B, Dependence::Independent, 0.95).unwrap();
        assert!((change.se - 0.05).abs() < 1e-15 && (change.z - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_full_panel_is_its_covariance() {
        let panel = Dependence::Panel { correlation: 0.5, share_first: 1.0, share_second: 1.0 };
        let a = wave_difference(A, B, panel, 0.95).unwrap();
        let b = wave_difference(A, B, Dependence::Covariance(0.5 * 0.03 * 0.04), 0.95).unwrap();
        assert_eq!(a, b);
        assert!(a.se < 0.05);
    }

    #[test]
    fn holm_by_hand() {
        let waves = [A, B, Wave { estimate: 0.70, se: 0.03 }];
        let changes = compare_waves(&waves, Comparison::WithFirst, Dependence::Independent, 0.95).unwrap();
        assert!((changes[1].1 - 2.0 * changes[1].0.p_value).abs() < 1e-18);
        assert_eq!(changes[0].1, changes[0].0.p_value);
    }

    #[test]
    fn what_cannot_be_is_an_error() {
        assert!(wave_difference(A, B, Dependence::Covariance(0.01), 0.95).is_err());
        assert!(wave_difference(Wave { se: 0.0, ..A }, Wave { se: 0.0, ..B }, Dependence::Independent, 0.95).is_err());
        assert!(wave_difference(Wave { estimate: f64::NAN, ..A }, B, Dependence::Independent, 0.95).is_err());
        assert!(compare_waves(&[A], Comparison::Consecutive, Dependence::Independent, 0.95).is_err());
        assert!(smallest_detectable_difference(0.1, 0.8, 0.0).is_err());
    }

    #[test]
    fn the_detectable_difference_is_found_with_its_power() {
        // P(Z > z₀.₀₂₅ − d/se) = power, without the far tail.
        let d = smallest_detectable_difference(0.02, 0.8, 0.05).unwrap();
        let power = Normal::STANDARD.sf(Normal::STANDARD.upper_quantile(0.025) - d / 0.02);
        assert!((power - 0.8).abs() < 1e-12);
    }
}
