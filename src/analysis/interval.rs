//! Intervals for numbers that no sampling design stands behind: printed shares, counts, rates and their ratios.
//!
//! Shares and differences take the limits of the engine; here stands what is put in. Symbols: G(q; a) is the
//! q-quantile of the gamma distribution with shape a and scale 1; α = 1 − level.

use super::result::{Figures, TestOutcome};
use crate::estimate::{CiMethod, Interval as Limits, ProportionInput, proportion_interval, wald_interval};
use crate::numeric::dist::{Gamma, StudentT};

/// Level of every interval of an analysis.
pub(super) const LEVEL: f64 = 0.95;

const TAIL: f64 = (1.0 - LEVEL) / 2.0;

/// Limits and the name of the method that gave them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Interval {
    pub low: f64,
    pub high: f64,
    pub method: &'static str,
}

impl Interval {
    /// The limits multiplied by a positive factor.
    pub fn times(self, factor: f64) -> Self {
        Interval { low: self.low * factor, high: self.high * factor, ..self }
    }

    /// The same limits under a name that says more than the engine's.
    pub fn by(self, method: &'static str) -> Self {
        Interval { method, ..self }
    }
}

impl Figures {
    /// The same figures with Wald's test of zero, where estimate and standard error allow one.
    pub(super) fn against_zero(self) -> Self {
        let test = self.estimate.zip(self.se).and_then(|(estimate, se)| test_of_zero(estimate, se, self.degf));
        Figures { test, ..self }
    }

    /// The same figures with limits, where there are any.
    pub(super) fn limits(self, interval: Option<Interval>) -> Self {
        match interval {
            None => self,
            Some(Interval { low, high, method }) => {
                Figures { ci_low: Some(low), ci_high: Some(high), level: Some(LEVEL), ci_method: Some(method), ..self }
            }
        }
    }
}

impl From<Limits> for Interval {
    fn from(limits: Limits) -> Self {
        Interval { low: limits.low, high: limits.high, method: limits.method.name() }
    }
}

/// Interval of a share p of n respondents with effective size n_eff, method chosen by the rule of the engine.
///
/// Logit where p lies inside and min(n, n_eff)·min(p, 1 − p) ≥ 5; otherwise the Korn–Graubard form, here
/// Clopper–Pearson with n_eff in place of n: the design effect is declared, not estimated, so degrees of freedom are
/// infinite and the factor t(n − 1)/t(degf) of that method is 1.
pub(super) fn share(p: f64, n: f64, n_eff: f64) -> Option<Interval> {
    let input = binomial_input(p, n_eff);
    let method = ProportionInput { n, ..input }.method_by_rule();
    proportion_interval(&input, method).map(Interval::from)
}

/// A share as if from a simple random sample of n, which may be a fraction, with infinite degrees of freedom.
fn binomial_input(p: f64, n: f64) -> ProportionInput {
    ProportionInput {
        p,
        variance: p * (1.0 - p) / n,
        n: f64::INFINITY,
        kish_n_eff: n,
        degf: f64::INFINITY,
        level: LEVEL,
    }
}

/// Interval of a difference or slope: estimate ± z·se, or ± t·se with finite degrees of freedom.
pub(super) fn symmetric(estimate: f64, se: f64, degf: Option<f64>) -> Option<Interval> {
    wald_interval(estimate, se, degf.unwrap_or(f64::INFINITY), LEVEL).map(Interval::from)
}

/// Wald's test that a difference or slope is zero: estimate/se against Student's t, or the normal distribution where
/// the degrees of freedom are infinite; two-sided.
pub(super) fn test_of_zero(estimate: f64, se: f64, degf: Option<f64>) -> Option<TestOutcome> {
    if se <= 0.0 {
        return None;
    }
    let statistic = estimate / se;
    let method = if degf.is_some() { "wald_t" } else { "wald_z" };
    let p_value = StudentT::new(degf.unwrap_or(f64::INFINITY)).ok()?.two_sided_sf(statistic);
    Some(TestOutcome { method, statistic: Some(statistic), numerator_degf: None, degf, p_value })
}

/// Wilson's score interval of x of n; none for n = 0.
pub(super) fn wilson(x: u64, n: u64) -> Option<Interval> {
    if n == 0 {
        return None;
    }
    let limits = proportion_interval(&binomial_input(x as f64 / n as f64, n as f64), CiMethod::Wilson)?;
    let low = if x == 0 { 0.0 } else { limits.low };
    let high = if x == n { 1.0 } else { limits.high };
    Some(Interval { low, high, method: limits.method.name() })
}

/// Exact interval of the mean of a Poisson count.
///
/// # Definition
///
/// [G(α/2; x), G(1 − α/2; x + 1)]; the lower limit of x = 0 is 0.
///
/// # References
///
/// Garwood (1936), "Fiducial limits for the Poisson distribution", Biometrika 28.
pub(super) fn poisson(x: u64) -> Option<Interval> {
    let low = if x == 0 { 0.0 } else { Gamma::new(x as f64, 1.0).ok()?.quantile(TAIL) };
    let high = Gamma::new(x as f64 + 1.0, 1.0).ok()?.upper_quantile(TAIL);
    Some(Interval { low, high, method: "poisson exact" })
}

/// A ratio of two Poisson rates x₁/t₁ : x₂/t₂ and its exact interval.
///
/// Given x₁ + x₂, the count x₁ is binomial with π = r·t₁ / (r·t₁ + t₂), r being the ratio; the exact limits of π
/// give those of r = π/(1 − π)·t₂/t₁.
///
/// # Shapes and units
///
/// The ratio is none where x₂ = 0, the upper limit then too; both counts 0 say nothing.
///
/// # References
///
/// Przyborowski and Wilenski (1940), "Homogeneity of results in testing samples from Poisson series", Biometrika 31;
/// Clopper and Pearson (1934), Biometrika 26.
pub(super) fn rate_ratio(first: (u64, f64), second: (u64, f64)) -> Option<RateRatio> {
    let ((x1, t1), (x2, t2)) = (first, second);
    if x1 + x2 == 0 || t1 <= 0.0 || t2 <= 0.0 {
        return None;
    }
    let n = (x1 + x2) as f64;
    let pi = proportion_interval(&binomial_input(x1 as f64 / n, n), CiMethod::KornGraubard)?;
    let odds = |pi: f64| pi / (1.0 - pi) * t2 / t1;
    Some(RateRatio {
        ratio: (x2 > 0).then(|| x1 as f64 / t1 / (x2 as f64 / t2)),
        low: odds(pi.low),
        high: (x2 > 0).then(|| odds(pi.high)),
    })
}

/// See [`rate_ratio`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct RateRatio {
    pub ratio: Option<f64>,
    pub low: f64,
    pub high: Option<f64>,
}

/// Name of the method of [`rate_ratio`].
pub(super) const RATE_RATIO_METHOD: &str = "conditional exact";

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-9 * want.abs().max(1.0), "got {got}, want {want}");
    }

    #[test]
    fn a_test_of_zero_agrees_with_its_interval() {
        // t(.975, 10) = 2.2281388519862735; 1.959963984540054 of the normal distribution.
        let p_value = |estimate, degf| test_of_zero(estimate, 1.0, degf).unwrap().p_value;
        assert!((p_value(2.2281388519862735, Some(10.0)) - 0.05).abs() < 1e-12);
        assert!((p_value(-1.959963984540054, None) - 0.05).abs() < 1e-12);
        assert!(test_of_zero(0.1, 0.0, None).is_none());
    }

    #[test]
    fn none_or_all_of_n_have_closed_limits() {
        // Clopper–Pearson for 0 of n: 1 − (α/2)^(1/n).
        for n in [1.0, 2.0, 50.0] {
            let upper = 1.0 - 0.025_f64.powf(1.0 / n);
            let none = share(0.0, n, n).unwrap();
            assert_eq!((none.low, none.method), (0.0, "korn-graubard"));
            close(none.high, upper);
            let all = share(1.0, n, n).unwrap();
            assert_eq!(all.high, 1.0);
            close(all.low, 1.0 - upper);
        }
    }

    #[test]
    fn the_rule_switches_at_five_expected() {
        assert_eq!(share(0.05, 100.0, 100.0).unwrap().method, "logit");
        assert_eq!(share(0.049, 100.0, 100.0).unwrap().method, "korn-graubard");
        assert_eq!(share(0.951, 100.0, 100.0).unwrap().method, "korn-graubard");
        assert_eq!(share(0.05, 100.0, 99.0).unwrap().method, "korn-graubard");
    }

    #[test]
    fn logit_limits_of_a_half() {
        // logit 0.5 = 0, se of the logit = 2/√n; n = 400 gives ± 1.959964·0.1.
        let interval = share(0.5, 400.0, 400.0).unwrap();
        close(interval.low, 1.0 / (1.0 + 0.195_996_398_454_005_4_f64.exp()));
        close(interval.low + interval.high, 1.0);
    }

    #[test]
    fn poisson_limits_of_small_counts() {
        // x = 0: −ln 0.025; x = 1: lower −ln 0.975; tables of Garwood (1936).
        let none = poisson(0).unwrap();
        assert_eq!(none.low, 0.0);
        close(none.high, -(0.025_f64.ln()));
        close(poisson(1).unwrap().low, -(0.975_f64.ln()));
        close(poisson(1).unwrap().high, 5.571_643_390_938_898);
        close(poisson(10).unwrap().low, 4.795_388_696_132_434);
    }

    #[test]
    fn wilson_of_nothing_one_and_two() {
        assert!(wilson(0, 0).is_none());
        let z2 = 1.959_963_984_540_054_f64.powi(2);
        close(wilson(0, 1).unwrap().high, z2 / (1.0 + z2));
        close(wilson(2, 2).unwrap().low, 2.0 / (2.0 + z2));
        let half = wilson(1, 2).unwrap();
        close(half.low + half.high, 1.0);
    }

    #[test]
    fn swapping_the_rates_inverts_the_ratio() {
        let (a, b) = ((15, 0.58), (6, 1.0));
        let there = rate_ratio(a, b).unwrap();
        let back = rate_ratio(b, a).unwrap();
        close(there.ratio.unwrap() * back.ratio.unwrap(), 1.0);
        close(there.low * back.high.unwrap(), 1.0);
        close(there.high.unwrap() * back.low, 1.0);
    }

    #[test]
    fn twice_the_exposure_halves_the_ratio_and_its_limits() {
        let plain = rate_ratio((5, 1.0), (3, 1.0)).unwrap();
        let doubled = rate_ratio((5, 2.0), (3, 1.0)).unwrap();
        close(2.0 * doubled.ratio.unwrap(), plain.ratio.unwrap());
        close(2.0 * doubled.low, plain.low);
        close(2.0 * doubled.high.unwrap(), plain.high.unwrap());
        assert!(plain.low < 5.0 / 3.0 && plain.high.unwrap() > 5.0 / 3.0);
    }

    #[test]
    fn a_ratio_to_nothing_has_only_a_lower_limit() {
        let ratio = rate_ratio((3, 1.0), (0, 1.0)).unwrap();
        assert_eq!((ratio.ratio, ratio.high), (None, None));
        // Given 3 in all, the lower limit of π for 3 of 3 is 0.025^(1/3).
        let pi = 0.025_f64.powf(1.0 / 3.0);
        close(ratio.low, pi / (1.0 - pi));
        assert!(rate_ratio((0, 1.0), (0, 1.0)).is_none());
    }
}
