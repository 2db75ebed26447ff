//! Confidence limits.

use std::collections::BTreeMap;
use std::f64::consts::FRAC_PI_2;
use std::fmt;

use crate::numeric::dist::{Normal, StudentT, exact_proportion_bounds, score_bound};

/// Expected cases below which the logit interval gives way to Korn–Graubard.
const FEW_CASES: f64 = 5.0;

/// Share of the variance of a simple random sample below which a variance is 0 but for rounding.
const ROUNDING: f64 = 1e-18;

/// How an interval was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CiMethod {
    /// Estimate ± t · se.
    Wald,
    /// Wald on the log-odds, transformed back.
    Logit,
    /// Profile likelihood of a logistic model, scaled by the design.
    Likelihood,
    /// Wald on the arcsine of the root, transformed back.
    ArcSine,
    /// The same without stopping at 0 and 1, as R does: for rare shares the lower limit turns back and rises again.
    ArcSineAsR,
    /// Clopper–Pearson with an effective sample size (R: `beta`).
    KornGraubard,
    /// Wilson's score interval with an effective sample size.
    Wilson,
    /// Of a difference, from the limits of both sides.
    Newcombe,
    /// Both limits are the estimate, as its sampling variance is 0: the population was counted, or the weights were adjusted
    /// to this very share.
    ZeroVariance,
}

impl CiMethod {
    /// The name that is printed beside the limits.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wald => "wald",
            Self::Logit => "logit",
            Self::Likelihood => "likelihood",
            Self::ArcSine => "arcsine",
            Self::ArcSineAsR => "arcsine as R",
            Self::KornGraubard => "korn-graubard",
            Self::Wilson => "wilson",
            Self::Newcombe => "newcombe",
            Self::ZeroVariance => "zero variance",
        }
    }
}

impl fmt::Display for CiMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Limits and how they were made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower limit.
    pub low: f64,
    /// Upper limit.
    pub high: f64,
    /// The method that made them.
    pub method: CiMethod,
}

impl Interval {
    /// The interval of a value that no sampling error is in.
    pub(super) fn of_known(value: f64) -> Self {
        Self { low: value, high: value, method: CiMethod::ZeroVariance }
    }
}

/// The two-sided critical value of Student's t; normal for infinite degrees of freedom.
///
/// `None` when degrees of freedom are not positive or the level is not between 0 and 1.
pub(crate) fn critical_value(level: f64, degf: f64) -> Option<f64> {
    let tail = (1.0 - level) / 2.0;
    if !(tail > 0.0 && tail < 0.5) {
        return None;
    }
    if degf == f64::INFINITY {
        return Some(Normal::new(0.0, 1.0).ok()?.upper_quantile(tail));
    }
    Some(StudentT::new(degf).ok()?.upper_quantile(tail))
}

/// Critical values at one level, each computed once: a table has many cells and few degrees of freedom.
pub(super) struct CriticalValues {
    level: f64,
    known: BTreeMap<u64, Option<f64>>,
}

impl CriticalValues {
    pub fn new(level: f64) -> Self {
        Self { level, known: BTreeMap::new() }
    }

    pub fn at(&mut self, degf: f64) -> Option<f64> {
        *self.known.entry(degf.to_bits()).or_insert_with(|| critical_value(self.level, degf))
    }
}

/// Estimate ± t · se with a critical value at hand.
pub(super) fn wald_limits(value: f64, se: f64, t: f64) -> Interval {
    Interval { low: value - t * se, high: value + t * se, method: CiMethod::Wald }
}

/// Estimate ± t · se.
pub fn wald_interval(value: f64, se: f64, degf: f64, level: f64) -> Option<Interval> {
    Some(wald_limits(value, se, critical_value(level, degf)?))
}

/// What the interval of a proportion rests on.
#[derive(Clone, Copy, Debug)]
pub struct ProportionInput {
    /// The estimate, in 0..=1.
    pub p: f64,
    /// Its design-based variance.
    pub variance: f64,
    /// Rows in the base.
    pub n: f64,
    /// Kish's effective size of the base, which stands in where the estimate is 0 or 1.
    pub kish_n_eff: f64,
    /// Degrees of freedom.
    pub degf: f64,
    /// Confidence level.
    pub level: f64,
}

impl ProportionInput {
    /// The method that the rule of the engine takes: logit, or Korn–Graubard for few expected cases.
    pub fn method_by_rule(&self) -> CiMethod {
        let rarer = self.p.min(1.0 - self.p);
        if rarer <= 0.0 {
            return CiMethod::KornGraubard;
        }
        if self.has_zero_variance() {
            return CiMethod::ZeroVariance;
        }
        let n_eff = self.p * (1.0 - self.p) / self.variance;
        if self.n.min(n_eff) * rarer < FEW_CASES { CiMethod::KornGraubard } else { CiMethod::Logit }
    }

    /// Whether a share between 0 and 1 has no variance, up to rounding. At 0 and 1 a variance of 0 says nothing: that of
    /// every sample without a case is 0.
    pub fn has_zero_variance(&self) -> bool {
        let spread = self.p * (1.0 - self.p);
        spread > 0.0 && self.variance <= ROUNDING * spread / self.n
    }
}

/// The interval of a proportion.
///
/// # Definition
///
/// With t the critical value on the degrees of freedom: `Logit` is `logit p ∓ t se/(p (1 − p))` and `ArcSine` is
/// `asin √p ∓ t se/(2 √(p (1 − p)))` within 0 and π/2 (`ArcSineAsR` lets the angle pass them), both transformed back; `Wilson` is Wilson's formula with
/// `n = p (1 − p)/v` and t for z; `KornGraubard` is Clopper–Pearson with `n = p (1 − p)/v · (t_{n−1}/t_degf)²`. At 0 and 1 Kish's effective size
/// takes the place of `p (1 − p)/v`. Where the variance of a share between them is 0 (v below 1e-18 · p (1 − p)/n), both limits
/// are the estimate by every method, which is then `ZeroVariance`.
///
/// # Errors
///
/// `None` when the method has no limits here: degrees of freedom that are not positive, or a transformation at 0 or 1.
///
/// # References
///
/// Korn and Graubard (1998), Confidence intervals for proportions with small expected number of positive counts
/// estimated from survey data; Franco et al. (2019), Comparative study of confidence intervals for proportions in
/// complex sample surveys; R `survey`, `svyciprop`.
pub fn proportion_interval(input: &ProportionInput, method: CiMethod) -> Option<Interval> {
    proportion_limits(input, method, critical_value(input.level, input.degf)?)
}

/// The interval of a proportion with the critical value at hand.
pub(super) fn proportion_limits(input: &ProportionInput, method: CiMethod, t: f64) -> Option<Interval> {
    let p = input.p;
    let spread = p * (1.0 - p);
    let se = input.variance.sqrt();
    let is_inside = p > 0.0 && p < 1.0;
    if input.has_zero_variance() {
        return Some(Interval::of_known(p));
    }
    let (low, high) = match method {
        CiMethod::Wald => (p - t * se, p + t * se),
        CiMethod::Logit if is_inside => {
            let center = libm::log(p / (1.0 - p));
            let half = t * se / spread;
            (expit(center - half), expit(center + half))
        }
        CiMethod::ArcSine if is_inside => {
            let center = libm::asin(p.sqrt());
            let half = t * se / (2.0 * spread.sqrt());
            // The angle ends at 0 and 1; beyond them the sine would turn back and cross the limits.
            (square_sine((center - half).max(0.0)), square_sine((center + half).min(FRAC_PI_2)))
        }
        CiMethod::ArcSineAsR if is_inside => {
            let center = libm::asin(p.sqrt());
            let half = t * se / (2.0 * spread.sqrt());
            (square_sine(center - half), square_sine(center + half))
        }
        CiMethod::Likelihood if is_inside => likelihood(input, t),
        CiMethod::Logit
        | CiMethod::Likelihood
        | CiMethod::ArcSine
        | CiMethod::ArcSineAsR
        | CiMethod::Newcombe
        | CiMethod::ZeroVariance => return None,
        CiMethod::KornGraubard => korn_graubard(input, t)?,
        CiMethod::Wilson => {
            let n = effective_n(input);
            (score_bound(p, n, -t), score_bound(p, n, t))
        }
    };
    Some(Interval { low, high, method })
}

fn effective_n(input: &ProportionInput) -> f64 {
    if input.variance > 0.0 { input.p * (1.0 - input.p) / input.variance } else { input.kish_n_eff }
}

fn korn_graubard(input: &ProportionInput, t: f64) -> Option<(f64, f64)> {
    let tail = (1.0 - input.level) / 2.0;
    let ratio = critical_value(input.level, input.n - 1.0)? / t;
    let n = effective_n(input) * ratio * ratio;
    let x = n * input.p;
    let rest = n * (1.0 - input.p);
    exact_proportion_bounds(x, x + rest, tail).ok()
}

/// The shares at which the deviance of a logistic model without regressors, weights scaled to mean 1, has grown by
/// `φ t² λ`: φ = n/(n − 1) the dispersion, λ = n v/(p (1 − p)) the design variance over the model's.
fn likelihood(input: &ProportionInput, t: f64) -> (f64, f64) {
    let ProportionInput { p, n, variance, .. } = *input;
    let allowed = n / (n - 1.0) * t * t * n * variance / (p * (1.0 - p));
    let growth = |q: f64| 2.0 * n * (p * libm::log(p / q) + (1.0 - p) * libm::log((1.0 - p) / (1.0 - q)));
    let search = |mut inside: f64, mut outside: f64| {
        // Bisection to the last bit: the deviance grows monotonically away from p.
        for _ in 0..200 {
            let middle = (inside + outside) / 2.0;
            if growth(middle) < allowed { inside = middle } else { outside = middle }
        }
        inside
    };
    (search(p, 0.0), search(p, 1.0))
}

fn expit(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

fn square_sine(x: f64) -> f64 {
    let s = libm::sin(x);
    s * s
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(p: f64, variance: f64) -> ProportionInput {
        ProportionInput { p, variance, n: 100.0, kish_n_eff: 100.0, degf: f64::INFINITY, level: 0.95 }
    }

    #[test]
    fn the_rule_takes_korn_graubard_for_few_expected_cases() {
        assert_eq!(input(0.5, 0.0025).method_by_rule(), CiMethod::Logit);
        assert_eq!(input(0.04, 0.0384 / 100.0).method_by_rule(), CiMethod::KornGraubard);
        assert_eq!(input(0.0, 0.0).method_by_rule(), CiMethod::KornGraubard);
        assert_eq!(input(0.6, 1e-37).method_by_rule(), CiMethod::ZeroVariance);
    }

    #[test]
    fn a_share_without_variance_is_its_own_interval_by_every_method() {
        use CiMethod::{ArcSine, KornGraubard, Likelihood, Logit, Wald, Wilson, ZeroVariance};
        for method in [Wald, Logit, Likelihood, ArcSine, KornGraubard, Wilson] {
            // 0 and what rounding makes of it are the same.
            for variance in [0.0, 1.6e-37] {
                let interval = proportion_interval(&input(0.6, variance), method).unwrap();
                assert_eq!(interval, Interval { low: 0.6, high: 0.6, method: ZeroVariance });
            }
            let seen = proportion_interval(&input(0.6, 1e-12), method).unwrap();
            assert!(seen.low < 0.6 && seen.high > 0.6 && seen.method == method);
        }
        assert_eq!(proportion_interval(&input(0.6, 0.0024), ZeroVariance), None);
    }

    #[test]
    fn nobody_of_a_hundred_has_the_limit_of_clopper_and_pearson() {
        let mut none = input(0.0, 0.0);
        none.degf = 99.0;
        let interval = proportion_interval(&none, CiMethod::KornGraubard).unwrap();
        assert_eq!(interval.low, 0.0);
        // 1 − 0.025^(1/100)
        assert!((interval.high - 0.036_216_69).abs() < 1e-8, "{interval:?}");
    }

    #[test]
    fn the_angle_of_a_rare_share_passes_zero_as_in_r() {
        // R 4.2.2, survey 4.1.1: svyciprop(~y, svydesign(~1, weights = ~w), method = "asin"), one yes in 20 rows of weight 1.
        let rare = ProportionInput { p: 0.05, variance: 0.0025, n: 20.0, kish_n_eff: 20.0, degf: 19.0, level: 0.95 };
        let limits = |method| proportion_interval(&rare, method).unwrap();
        let angle = limits(CiMethod::ArcSineAsR);
        assert!(
            (angle.low - 0.000_212_354_929_905_08).abs() < 1e-9 && (angle.high - 0.201_563_979_795_063).abs() < 1e-9,
            "{angle:?}"
        );
        assert_eq!(limits(CiMethod::ArcSine).low, 0.0);
    }

    #[test]
    fn half_of_a_hundred_by_the_logit_is_symmetric() {
        let interval = proportion_interval(&input(0.5, 0.0025), CiMethod::Logit).unwrap();
        assert!((interval.low + interval.high - 1.0).abs() < 1e-15);
        assert!((interval.low - 0.403_237_67).abs() < 1e-6, "{interval:?}");
    }
}
