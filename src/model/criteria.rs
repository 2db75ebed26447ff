//! Criteria for choosing between models, and how much one explains.

use super::error::ModelError;
use super::family::Family;
use super::glm::Glm;
use super::terms::design_effects;
use crate::numeric::linalg::{Cholesky, relative_eigenvalues};

/// Akaike's criterion for a design.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Aic {
    /// Effective number of parameters: the sum of the generalised design effects.
    pub effective_parameters: f64,
    pub aic: f64,
    /// Mean design effect; absent for an intercept alone.
    pub mean_design_effect: Option<f64>,
}

/// Schwarz's criterion for a design, relative to a largest model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bic {
    pub n_parameters: usize,
    pub bic: f64,
    /// Effective sample size; absent for the largest model itself.
    pub n_eff: Option<f64>,
}

/// Kinds of pseudo R².
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PseudoR2 {
    /// 1 − exp((D − D₀)/n).
    #[default]
    CoxSnell,
    /// The same over its largest value 1 − exp(−D₀/n).
    Nagelkerke,
}

impl Glm {
    /// The Akaike criterion of Lumley and Scott: deviance plus twice the effective number of parameters.
    ///
    /// Compare only models of one response on the same rows. The intercept counts as no parameter. In the gaussian family
    /// the variance is a parameter too and the deviance is −2 log-likelihood.
    ///
    /// # Errors
    /// A covariance without inverse.
    ///
    /// # Agreement
    /// R survey 4.1.1, `AIC.svyglm`; the gaussian form is that of 4.5.
    ///
    /// # References
    /// Lumley and Scott (2015), "AIC and BIC for modeling with complex survey data", Journal of Survey Statistics and
    /// Methodology 3.
    pub fn aic(&self) -> Result<Aic, ModelError> {
        let first = usize::from(self.predictors.has_intercept());
        let tested: Vec<usize> = (first..self.coefficients.len()).collect();
        let mut lambda = if tested.is_empty() { Vec::new() } else { design_effects(self, &tested)? };
        let mut fit = self.deviance;
        if self.problem.family == Family::Gaussian {
            let n: f64 = self.rows.weights.iter().sum();
            let variance = self.deviance / n;
            fit = n * libm::log(variance) + n + n * libm::log(2.0 * std::f64::consts::PI);
            lambda.iter_mut().for_each(|l| *l /= variance);
            let fitted = self.fitted_rows();
            let score = |k: usize| {
                let rest = self.problem.y[k] - fitted[k].mu;
                let score = (rest * rest / variance - 1.0) / (2.0 * variance);
                self.rows.weights[k] * score * score
            };
            let squares: f64 = (0..self.n).map(score).sum();
            lambda.push(n / (2.0 * variance * variance) / squares);
        }
        let effective_parameters: f64 = lambda.iter().sum();
        Ok(Aic {
            effective_parameters,
            aic: fit + 2.0 * effective_parameters,
            mean_design_effect: (!lambda.is_empty()).then(|| effective_parameters / lambda.len() as f64),
        })
    }

    /// The Schwarz criterion of Lumley and Scott, relative to a largest model that holds this one.
    ///
    /// # Errors
    /// A coefficient that the largest model does not have, a covariance without inverse.
    ///
    /// # Agreement
    /// R survey 4.1.1, `BIC.svyglm`.
    ///
    /// # References
    /// As for [`Glm::aic`], section 4.
    pub fn bic(&self, largest: &Glm) -> Result<Bic, ModelError> {
        if let Some(name) = self.names.iter().find(|n| !largest.names.contains(n)) {
            return Err(ModelError::UnknownTerm { term: name.clone(), terms: largest.names.join(", ") });
        }
        let n = self.n as f64;
        let p = self.names.len() as f64;
        let extra: Vec<usize> = (0..largest.names.len()).filter(|&j| !self.names.contains(&largest.names[j])).collect();
        let (mut wald, mut ln_det, mut n_eff) = (0.0, 0.0, None);
        if !extra.is_empty() {
            let beta: Vec<f64> = extra.iter().map(|&j| largest.coefficients[j]).collect();
            let covariance = largest.covariance.select(&extra, &extra);
            wald = Cholesky::of(&covariance)?.inverse_quadratic_form(&beta)?;
            let naive = largest.naive_covariance.select(&extra, &extra);
            ln_det = relative_eigenvalues(&covariance, &naive)?.iter().map(|l| libm::log(*l)).sum();
            n_eff = Some(n / libm::exp(ln_det / extra.len() as f64));
        }
        let bic = wald + p * libm::log(n) + ln_det + largest.deviance;
        Ok(Bic { n_parameters: self.names.len(), bic, n_eff })
    }

    /// A pseudo R² of a binomial or Poisson model.
    ///
    /// # Errors
    /// Another family.
    ///
    /// # Agreement
    /// R survey 4.1.1, `psrsq`.
    ///
    /// # References
    /// Lumley (2017), "Pseudo-R² statistics under complex sampling", Australian & New Zealand Journal of Statistics 59.
    pub fn pseudo_r2(&self, kind: PseudoR2) -> Result<f64, ModelError> {
        if !matches!(self.problem.family, Family::Binomial | Family::Poisson) {
            return Err(ModelError::Design { what: "pseudo R²", needed: "a binomial or poisson response" });
        }
        let n: f64 = self.rows.weights.iter().sum();
        let cox_snell = -libm::expm1((self.deviance - self.null_deviance) / n);
        Ok(match kind {
            PseudoR2::CoxSnell => cox_snell,
            PseudoR2::Nagelkerke => cox_snell / -libm::expm1(-self.null_deviance / n),
        })
    }
}
