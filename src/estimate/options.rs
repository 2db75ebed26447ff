//! What a request decides beside its variables.

use std::fmt;

use super::interval::CiMethod;

/// What to do with rows whose outcome is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingOutcome {
    /// A domain with a missing outcome is not estimable. The default: handling is declared, never assumed.
    #[default]
    Refuse,
    /// The base is the rows with an answer; the others are outside the domain, but their units count.
    Exclude,
    /// The base is all rows of the domain: a missing answer counts as "not this answer", a missing number as 0.
    KeepInBase,
}

/// Degrees of freedom behind intervals.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum DegfRule {
    /// Units with members minus strata with members, domain by domain.
    #[default]
    Domain,
    /// The same number everywhere: that of the whole design (R), or infinite for normal limits.
    Fixed(f64),
}

impl DegfRule {
    /// The number, where it is the same everywhere.
    pub fn known(self) -> Option<f64> {
        match self {
            Self::Domain => None,
            Self::Fixed(degf) => Some(degf),
        }
    }
}

/// What a design effect compares with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeffReference {
    /// A simple random sample with replacement. The default, as weights of polls often add up to the sample size.
    #[default]
    WithReplacement,
    /// A simple random sample without replacement from a population as large as the sum of the weights.
    WithoutReplacement,
}

impl DeffReference {
    /// The name that is printed beside the design effect.
    pub fn name(self) -> &'static str {
        match self {
            Self::WithReplacement => "srs with replacement",
            Self::WithoutReplacement => "srs without replacement",
        }
    }
}

impl fmt::Display for DeffReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The interval of a proportion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProportionCi {
    /// Logit, or Korn–Graubard when the estimate is 0 or 1 or `min(n, n_eff) · min(p, 1 − p) < 5`.
    #[default]
    Rule,
    /// Always the same method.
    Always(CiMethod),
}

/// The options of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Confidence level.
    pub level: f64,
    /// Handling of missing outcomes.
    pub missing: MissingOutcome,
    /// Degrees of freedom behind intervals.
    pub degf: DegfRule,
    /// What design effects compare with.
    pub deff: DeffReference,
    /// The interval of proportions.
    pub proportion_ci: ProportionCi,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            level: 0.95,
            missing: MissingOutcome::default(),
            degf: DegfRule::default(),
            deff: DeffReference::default(),
            proportion_ci: ProportionCi::default(),
        }
    }
}
