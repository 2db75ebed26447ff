//! Intervals for numbers that no sampling design stands behind: printed shares, differences and counts.
//!
//! The limits are those of the engine; here stands what is put in.

use super::result::{Figures, TestOutcome};
use crate::estimate::{CiMethod, Interval as Limits, ProportionInput, proportion_interval, wald_interval};
use crate::numeric::dist::{StudentT, exact_count_bounds};

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

/// Exact interval of the mean of a Poisson count, Garwood's.
pub(super) fn poisson(x: u64) -> Option<Interval> {
    let (low, high) = exact_count_bounds(x as f64, TAIL).ok()?;
    Some(Interval { low, high, method: "poisson exact" })
}

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
}
