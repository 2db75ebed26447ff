//! Families and links of generalized linear models.

use crate::numeric::dist::Normal;
use crate::numeric::elementary;

/// How the variance depends on the mean. With a design the spread is estimated, so a family and its "quasi" twin are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// V(μ) = 1.
    Gaussian,
    /// V(μ) = μ(1 − μ); the response lies in 0..=1.
    Binomial,
    /// V(μ) = μ; the response is 0 or more.
    Poisson,
    /// V(μ) = μ²; the response is above 0.
    Gamma,
}

/// How the mean depends on the linear predictor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    Identity,
    Log,
    Inverse,
    Logit,
    Probit,
    Cloglog,
}

/// Linear predictors of the logit link beyond this give the mean there: the last one before 1.
const LOGIT_REACH: f64 = 30.0;
/// The same for the probit link.
const PROBIT_REACH: f64 = 8.125_890_664_701_906;
const TINY: f64 = f64::EPSILON;

impl Link {
    /// Whether dμ/dη = V(μ) for a family.
    fn is_natural_to(self, family: Family) -> bool {
        matches!(
            (family, self),
            (Family::Gaussian, Self::Identity) | (Family::Binomial, Self::Logit) | (Family::Poisson, Self::Log)
        )
    }

    /// The linear predictor of a mean.
    pub fn eta(self, mu: f64) -> f64 {
        match self {
            Self::Identity => mu,
            Self::Log => libm::log(mu),
            Self::Inverse => 1.0 / mu,
            Self::Logit => libm::log(mu / (1.0 - mu)),
            Self::Probit => Normal::STANDARD.quantile(mu),
            Self::Cloglog => libm::log(-libm::log1p(-mu)),
        }
    }

    /// The mean at a linear predictor.
    pub fn mu(self, eta: f64) -> f64 {
        match self {
            Self::Identity => eta,
            Self::Log => libm::exp(eta).max(TINY),
            Self::Inverse => 1.0 / eta,
            Self::Logit => {
                let odds = odds(eta);
                odds / (1.0 + odds)
            }
            Self::Probit => Normal::STANDARD.cdf(eta.clamp(-PROBIT_REACH, PROBIT_REACH)),
            Self::Cloglog => (-libm::expm1(-libm::exp(eta.min(700.0)))).clamp(TINY, 1.0 - TINY),
        }
    }

    /// Replaces linear predictors by the means there.
    fn means(self, eta: &mut [f64]) {
        match self {
            Self::Identity => {}
            Self::Log => {
                elementary::exp(eta);
                eta.iter_mut().for_each(|mu| *mu = mu.max(TINY));
            }
            Self::Logit => {
                let is_within = eta.iter().fold(true, |all, eta| all & (eta.abs() <= LOGIT_REACH));
                if is_within {
                    elementary::exp(eta);
                } else {
                    eta.iter_mut().for_each(|eta| *eta = odds(*eta));
                }
                eta.iter_mut().for_each(|odds| *odds /= 1.0 + *odds);
            }
            Self::Inverse | Self::Probit | Self::Cloglog => eta.iter_mut().for_each(|eta| *eta = self.mu(*eta)),
        }
    }

    /// The mean at a linear predictor, and its slope there.
    pub(super) fn mean_and_slope(self, eta: f64) -> (f64, f64) {
        match self {
            Self::Logit if eta.abs() <= LOGIT_REACH => {
                let odds = libm::exp(eta);
                let whole = 1.0 + odds;
                (odds / whole, odds / (whole * whole))
            }
            _ => (self.mu(eta), self.slope(eta)),
        }
    }

    /// dμ/dη.
    pub fn slope(self, eta: f64) -> f64 {
        match self {
            Self::Identity => 1.0,
            Self::Log => libm::exp(eta).max(TINY),
            Self::Inverse => -1.0 / (eta * eta),
            Self::Logit if eta.abs() > LOGIT_REACH => TINY,
            Self::Logit => {
                let odds = odds(eta);
                odds / ((1.0 + odds) * (1.0 + odds))
            }
            Self::Probit => Normal::STANDARD.pdf(eta).max(TINY),
            Self::Cloglog => {
                let hazard = libm::exp(eta.min(700.0));
                (hazard * libm::exp(-hazard)).max(TINY)
            }
        }
    }
}

/// What a row of weight 1 adds to the estimating equations at its linear predictor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Look {
    pub mu: f64,
    /// (dμ/dη)²/V(μ): its weight in a least-squares step.
    pub information: f64,
    /// (dμ/dη)/V(μ): what its residual y − μ is multiplied with.
    pub pull: f64,
}

impl Look {
    /// A link of a family.
    pub fn of(family: Family, link: Link, eta: f64) -> Self {
        if link.is_natural_to(family) { Self::natural(family, link, eta) } else { Self::general(family, link, eta) }
    }

    fn general(family: Family, link: Link, eta: f64) -> Self {
        let (mu, slope) = link.mean_and_slope(eta);
        let pull = slope / family.variance(mu);
        Self { mu, information: slope * pull, pull }
    }

    /// A link with dμ/dη = V(μ), which makes the equations simple.
    fn natural(family: Family, link: Link, eta: f64) -> Self {
        let mu = link.mu(eta);
        Self { mu, information: family.variance(mu), pull: 1.0 }
    }
}

/// [`Look`] at many rows, column by column.
#[derive(Clone, Debug, Default)]
pub(super) struct Looks {
    pub mu: Vec<f64>,
    pub information: Vec<f64>,
    pub pull: Vec<f64>,
}

impl Looks {
    /// Looks at rows with some linear predictors.
    pub fn at(&mut self, family: Family, link: Link, eta: &[f64]) {
        self.mu.clear();
        self.information.clear();
        self.pull.clear();
        if link.is_natural_to(family) {
            self.mu.extend_from_slice(eta);
            link.means(&mut self.mu);
            self.information.extend(self.mu.iter().map(|mu| family.variance(*mu)));
            self.pull.resize(eta.len(), 1.0);
        } else {
            for eta in eta {
                let Look { mu, information, pull } = Look::general(family, link, *eta);
                self.mu.push(mu);
                self.information.push(information);
                self.pull.push(pull);
            }
        }
    }
}

/// Whether all responses are 0 or 1, as most are.
pub(super) fn are_0_or_1(y: &[f64]) -> bool {
    y.iter().fold(true, |all, y| all & ((*y == 0.0) | (*y == 1.0)))
}

fn odds(eta: f64) -> f64 {
    match eta {
        e if e < -LOGIT_REACH => TINY,
        e if e > LOGIT_REACH => 1.0 / TINY,
        e => libm::exp(e),
    }
}

impl Family {
    /// The link that makes the estimating equations simplest.
    pub fn canonical_link(self) -> Link {
        match self {
            Self::Gaussian => Link::Identity,
            Self::Binomial => Link::Logit,
            Self::Poisson => Link::Log,
            Self::Gamma => Link::Inverse,
        }
    }

    /// The name, lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gaussian => "gaussian",
            Self::Binomial => "binomial",
            Self::Poisson => "poisson",
            Self::Gamma => "gamma",
        }
    }

    /// V(μ).
    pub fn variance(self, mu: f64) -> f64 {
        match self {
            Self::Gaussian => 1.0,
            Self::Binomial => mu * (1.0 - mu),
            Self::Poisson => mu,
            Self::Gamma => mu * mu,
        }
    }

    /// The contribution of one row of weight 1 to the deviance.
    pub fn deviance(self, y: f64, mu: f64) -> f64 {
        // Most responses of a binomial model are 0 or 1.
        let part = |y: f64, mu: f64| match y {
            0.0 => 0.0,
            1.0 => -libm::log(mu),
            y => y * libm::log(y / mu),
        };
        match self {
            Self::Gaussian => (y - mu) * (y - mu),
            Self::Binomial => 2.0 * (part(y, mu) + part(1.0 - y, 1.0 - mu)),
            Self::Poisson => 2.0 * (part(y, mu) - (y - mu)),
            Self::Gamma => -2.0 * (libm::log(y / mu) - (y - mu) / mu),
        }
    }

    /// [`Family::deviance`] of many rows.
    pub(super) fn deviances(self, y: &[f64], mu: &[f64], deviances: &mut Vec<f64>) {
        let rows = y.iter().zip(mu);
        deviances.clear();
        if self == Self::Binomial && are_0_or_1(y) {
            // -2 ln of the probability of the answer.
            deviances.extend(rows.map(|(y, mu)| if *y == 1.0 { *mu } else { 1.0 - mu }));
            elementary::ln(deviances);
            deviances.iter_mut().for_each(|ln| *ln *= -2.0);
        } else {
            deviances.extend(rows.map(|(y, mu)| self.deviance(*y, *mu)));
        }
    }

    /// Whether every mean that a link gives is one of this family, up to overflow.
    pub(super) fn is_kept_by(self, link: Link) -> bool {
        match link {
            Link::Logit | Link::Probit | Link::Cloglog => matches!(self, Self::Gaussian | Self::Binomial),
            Link::Log => matches!(self, Self::Gaussian | Self::Poisson | Self::Gamma),
            Link::Identity | Link::Inverse => self == Self::Gaussian,
        }
    }

    /// Whether a mean is one of this family.
    pub(super) fn allows(self, mu: f64) -> bool {
        match self {
            Self::Gaussian => mu.is_finite(),
            Self::Binomial => (mu > 0.0) & (mu < 1.0),
            Self::Poisson | Self::Gamma => (mu > 0.0) & mu.is_finite(),
        }
    }

    /// Where the iterations start, for a response of scaled weight `w`.
    pub(super) fn first_mean(self, y: f64, w: f64) -> f64 {
        match self {
            Self::Gaussian | Self::Gamma => y,
            Self::Binomial => (w * y + 0.5) / (w + 1.0),
            Self::Poisson => y + 0.1,
        }
    }

    /// What a response must be; `None` when this one is.
    pub(super) fn objection(self, y: f64) -> Option<&'static str> {
        match self {
            Self::Gaussian => None,
            Self::Binomial if (0.0..=1.0).contains(&y) => None,
            Self::Poisson if y >= 0.0 => None,
            Self::Gamma if y > 0.0 => None,
            Self::Binomial => Some("0 to 1 for the binomial family"),
            Self::Poisson => Some("0 or more for the poisson family"),
            Self::Gamma => Some("more than 0 for the gamma family"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_means_are_inverse_and_slopes_are_derivatives() {
        for link in [Link::Identity, Link::Log, Link::Inverse, Link::Logit, Link::Probit, Link::Cloglog] {
            for mu in [0.05, 0.3, 0.8] {
                let eta = link.eta(mu);
                assert!((link.mu(eta) - mu).abs() < 1e-13, "{link:?}");
                let slope = (link.mu(eta + 1e-6) - link.mu(eta - 1e-6)) / 2e-6;
                assert!((link.slope(eta) - slope).abs() < 1e-7 * (1.0 + slope.abs()), "{link:?}");
                assert_eq!(link.mean_and_slope(eta), (link.mu(eta), link.slope(eta)), "{link:?}");
            }
        }
    }

    #[test]
    fn natural_links_look_the_same_in_both_ways() {
        for family in [Family::Gaussian, Family::Binomial, Family::Poisson] {
            for eta in [-2.0, 0.1, 1.5] {
                let link = family.canonical_link();
                let (general, natural) = (Look::general(family, link, eta), Look::natural(family, link, eta));
                let near = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-14;
                assert_eq!(general.mu, natural.mu);
                assert!(near(general.information, natural.information) && near(general.pull, 1.0), "{family:?}");
            }
        }
    }

    #[test]
    fn many_rows_look_as_single_ones() {
        let near: Vec<f64> = (0..100).map(|i| 0.07 * f64::from(i) - 3.3).collect();
        let far: Vec<f64> = near.iter().map(|eta| 13.0 * eta).collect();
        for family in [Family::Gaussian, Family::Binomial, Family::Poisson, Family::Gamma] {
            for link in [Link::Identity, Link::Log, Link::Inverse, Link::Logit, Link::Probit, Link::Cloglog] {
                for eta in [&near, &far] {
                    let mut looks = Looks::default();
                    looks.at(family, link, eta);
                    for (k, eta) in eta.iter().enumerate() {
                        let many = Look { mu: looks.mu[k], information: looks.information[k], pull: looks.pull[k] };
                        assert_eq!(
                            format!("{many:?}"),
                            format!("{:?}", Look::of(family, link, *eta)),
                            "{family:?} {link:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn deviances_of_many_rows_are_those_of_single_ones() {
        let mu: Vec<f64> = (1..100).map(|i| 0.01 * f64::from(i)).collect();
        let answers: Vec<f64> = (1..100).map(|i| f64::from(i % 3 / 2)).collect();
        let shares: Vec<f64> = (1..100).map(|i| f64::from(i % 5) / 4.0).collect();
        let mut deviances = Vec::new();
        for y in [answers, shares] {
            for family in [Family::Gaussian, Family::Binomial, Family::Poisson] {
                family.deviances(&y, &mu, &mut deviances);
                let single: Vec<f64> = y.iter().zip(&mu).map(|(y, mu)| family.deviance(*y, *mu)).collect();
                assert_eq!(deviances, single, "{family:?}");
            }
        }
    }
}
