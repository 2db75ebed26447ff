//! The pooled effect, its test, and what heterogeneity does to a new poll.

use super::error::MetaError;
use super::tau2::{Tau2Method, at_tau2, estimate, typical_variance};
use crate::numeric::dist::{ChiSquared, Normal, StudentT};
use crate::numeric::matrix::Matrix;

/// How the pooled effect is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MetaTest {
    /// Normal, τ² taken as known.
    Normal,
    /// Hartung and Knapp's variance with t on k − p degrees of freedom.
    #[default]
    HartungKnapp,
    /// The same, never with a smaller variance than the normal test.
    HartungKnappAtLeastNormal,
}

/// A column that may explain why polls differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Moderator<'a> {
    pub name: String,
    pub values: &'a [f64],
}

/// A coefficient with its test.
#[derive(Debug, Clone, PartialEq)]
pub struct Coefficient {
    pub name: String,
    pub estimate: f64,
    pub se: f64,
    pub ci_low: f64,
    pub ci_high: f64,
    /// z or t.
    pub statistic: f64,
    pub p_value: f64,
}

/// How far polls differ by more than sampling.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heterogeneity {
    pub tau2: f64,
    /// Share of the variance that is between polls, in percent.
    pub i2: f64,
    /// Total over sampling variance.
    pub h2: f64,
    /// Cochran's Q; with moderators, of what they leave.
    pub q: f64,
    pub q_degf: f64,
    pub q_p_value: f64,
}

/// A meta-analysis.
#[derive(Debug, Clone, PartialEq)]
pub struct MetaAnalysis {
    /// The intercept first.
    pub coefficients: Vec<Coefficient>,
    /// Covariance of the coefficients.
    pub covariance: Matrix,
    pub heterogeneity: Heterogeneity,
    /// Number of polls.
    pub k: usize,
    /// Degrees of freedom of the tests; infinite for the normal one.
    pub degf: f64,
    pub level: f64,
}

/// The pooled effect and where the effect of a new poll lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    pub value: f64,
    pub ci_low: f64,
    pub ci_high: f64,
    pub pi_low: f64,
    pub pi_high: f64,
}

impl MetaAnalysis {
    /// The effect where all moderators are 0, with its confidence and its prediction interval `± c √(se² + τ²)`.
    ///
    /// # References
    /// Riley, Higgins and Deeks (2011), BMJ 342.
    pub fn prediction(&self) -> Prediction {
        let pooled = &self.coefficients[0];
        let half = critical(self.degf, self.level) * (pooled.se * pooled.se + self.heterogeneity.tau2).sqrt();
        Prediction {
            value: pooled.estimate,
            ci_low: pooled.ci_low,
            ci_high: pooled.ci_high,
            pi_low: pooled.estimate - half,
            pi_high: pooled.estimate + half,
        }
    }
}

pub(super) fn check(y: &[f64], v: &[f64], needed: usize) -> Result<(), MetaError> {
    if v.len() != y.len() {
        return Err(MetaError::Length { what: "the variances".to_string(), got: v.len(), expected: y.len() });
    }
    if y.len() < needed {
        return Err(MetaError::TooFew { got: y.len(), needed });
    }
    for (i, (y, v)) in y.iter().zip(v).enumerate() {
        let out = |what, got, expected| MetaError::OutOfRange { what, position: i + 1, got, expected };
        if !y.is_finite() {
            return Err(out("the estimate", *y, "a finite number"));
        }
        if !(*v > 0.0 && v.is_finite()) {
            return Err(out("the variance", *v, "a finite number above 0"));
        }
    }
    Ok(())
}

/// A column of ones and the moderators.
pub(super) fn columns(k: usize, moderators: &[Moderator<'_>]) -> Result<Matrix, MetaError> {
    for m in moderators {
        if m.values.len() != k {
            return Err(MetaError::Length { what: m.name.clone(), got: m.values.len(), expected: k });
        }
        if let Some(i) = m.values.iter().position(|x| !x.is_finite()) {
            let (got, expected) = (m.values[i], "a finite number");
            return Err(MetaError::OutOfRange { what: "a moderator", position: i + 1, got, expected });
        }
    }
    Ok(Matrix::from_fn(k, moderators.len() + 1, |i, j| if j == 0 { 1.0 } else { moderators[j - 1].values[i] }))
}

pub(super) fn critical(degf: f64, level: f64) -> f64 {
    let tail = 0.5 * (1.0 - level);
    StudentT::new(degf).map_or_else(|_| Normal::STANDARD.upper_quantile(tail), |t| t.upper_quantile(tail))
}

pub(super) fn two_sided(statistic: f64, degf: f64) -> f64 {
    StudentT::new(degf).map_or_else(|_| 2.0 * Normal::STANDARD.sf(statistic.abs()), |t| t.two_sided_sf(statistic.abs()))
}

/// Pools the estimates of several polls, with or without moderators (meta-regression).
///
/// Use the random-effects methods unless the polls measure the very same thing in the same way; Hartung–Knapp tests hold
/// their size with few polls, the normal test does not.
///
/// # Definition
/// b = (X'W X)⁻¹ X'W y with W = diag 1/(v + τ²), τ² by `method`. Hartung–Knapp multiplies the covariance by y'P y/(k − p).
///
/// # Shapes and units
/// One estimate and one sampling variance (squared standard error) a poll; one value a poll in each moderator.
///
/// # Errors
/// Fewer estimates than coefficients + 1, lengths that differ, estimates that are not finite, variances that are not above
/// 0, moderators that explain one another.
///
/// # Agreement
/// R metafor 3.8, `rma.uni`, 1e-6 (its τ² is found to about 1e-12).
///
/// # References
/// DerSimonian and Laird (1986); Viechtbauer (2005), Journal of Educational and Behavioral Statistics 30; Paule and Mandel
/// (1982); Hartung and Knapp (2001), Statistics in Medicine 20; Higgins and Thompson (2002), ibid. 21.
pub fn meta_analysis(
    y: &[f64],
    v: &[f64],
    moderators: &[Moderator<'_>],
    method: Tau2Method,
    test: MetaTest,
    level: f64,
) -> Result<MetaAnalysis, MetaError> {
    let n_columns = moderators.len() + 1;
    check(y, v, n_columns + 1)?;
    if !(level > 0.0 && level < 1.0) {
        return Err(MetaError::Level(level));
    }
    let x = columns(y.len(), moderators)?;
    let rest = (y.len() - n_columns) as f64;
    let tau2 = estimate(y, v, &x, method)?;
    let fit = at_tau2(y, v, &x, tau2)?;
    let spread = fit.q / rest;
    let (factor, degf) = match test {
        MetaTest::Normal => (1.0, f64::INFINITY),
        MetaTest::HartungKnapp => (spread, rest),
        MetaTest::HartungKnappAtLeastNormal => (spread.max(1.0), rest),
    };
    let covariance = fit.covariance.scaled(factor);
    let names = std::iter::once("intrcpt").chain(moderators.iter().map(|m| m.name.as_str()));
    let reach = critical(degf, level);
    let coefficient = |(j, name): (usize, &str)| {
        let (estimate, se) = (fit.coefficients[j], covariance[(j, j)].sqrt());
        Coefficient {
            name: name.to_string(),
            estimate,
            se,
            ci_low: estimate - reach * se,
            ci_high: estimate + reach * se,
            statistic: estimate / se,
            p_value: two_sided(estimate / se, degf),
        }
    };
    let common = at_tau2(y, v, &x, 0.0)?;
    let typical = typical_variance(y, v, &x)?;
    let (i2, h2) = match method {
        Tau2Method::Fixed => (100.0 * (1.0 - rest / common.q).max(0.0), common.q / rest),
        _ => (100.0 * tau2 / (typical + tau2), tau2 / typical + 1.0),
    };
    Ok(MetaAnalysis {
        coefficients: names.enumerate().map(coefficient).collect(),
        covariance,
        heterogeneity: Heterogeneity {
            tau2,
            i2,
            h2,
            q: common.q,
            q_degf: rest,
            q_p_value: ChiSquared::new(rest)?.sf(common.q),
        },
        k: y.len(),
        degf,
        level,
    })
}

/// The pooled effect without each poll in turn, in the order of the polls: whose result hangs on one poll shows here.
///
/// # Errors
/// As for [`meta_analysis`], with one poll fewer.
pub fn leave_one_out(
    y: &[f64],
    v: &[f64],
    method: Tau2Method,
    test: MetaTest,
    level: f64,
) -> Result<Vec<MetaAnalysis>, MetaError> {
    check(y, v, 3)?;
    let without = |values: &[f64], out: usize| -> Vec<f64> { [&values[..out], &values[out + 1..]].concat() };
    (0..y.len()).map(|i| meta_analysis(&without(y, i), &without(v, i), &[], method, test, level)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_variances_and_agreement_pool_to_the_mean() {
        let fit = meta_analysis(&[1.0, 2.0, 3.0], &[1e4; 3], &[], Tau2Method::Reml, MetaTest::Normal, 0.95).unwrap();
        assert_eq!(fit.heterogeneity.tau2, 0.0);
        assert!((fit.coefficients[0].estimate - 2.0).abs() < 1e-12);
        assert!((fit.coefficients[0].se - (1e4_f64 / 3.0).sqrt()).abs() < 1e-9);
    }

    #[test]
    fn all_estimators_agree_where_variances_are_equal() {
        // With equal variances the moment and REML estimators are all s² − v.
        let (y, v) = ([0.1, 0.9, 0.4, 1.6, -0.3], [0.05; 5]);
        let tau2 = |method| meta_analysis(&y, &v, &[], method, MetaTest::Normal, 0.95).unwrap().heterogeneity.tau2;
        let want = tau2(Tau2Method::HedgesOlkin);
        for method in [Tau2Method::DerSimonianLaird, Tau2Method::Reml, Tau2Method::PauleMandel] {
            assert!((tau2(method) - want).abs() < 1e-10);
        }
    }

    #[test]
    fn bad_input_is_an_error() {
        let run = |y: &[f64], v: &[f64]| meta_analysis(y, v, &[], Tau2Method::Reml, MetaTest::Normal, 0.95);
        assert!(run(&[1.0], &[1.0]).is_err());
        assert!(run(&[1.0, f64::NAN], &[1.0, 1.0]).is_err());
        assert!(run(&[1.0, 2.0], &[1.0, 0.0]).is_err());
        assert!(run(&[1.0, 2.0], &[1.0]).is_err());
        let same = Moderator { name: "same".to_string(), values: &[1.0, 1.0, 1.0] };
        let fit = meta_analysis(&[1.0, 2.0, 4.0], &[1.0; 3], &[same], Tau2Method::Reml, MetaTest::Normal, 0.95);
        assert!(matches!(fit, Err(MetaError::Collinear(_))));
    }
}
