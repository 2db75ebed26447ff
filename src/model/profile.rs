//! Intervals of coefficients by the profile of the deviance.

use super::error::ModelError;
use super::glm::Glm;
use crate::numeric::dist::{Normal, StudentT};
use crate::numeric::profile::ProfileGrid;
use crate::numeric::root::brent;

/// Standard errors beyond which a limit counts as infinite.
const REACH: f64 = 50.0;

impl Glm {
    /// Limits of a coefficient where the deviance has risen by as much as t² standard errors of the design allow.
    ///
    /// Better than Wald limits when the profile is far from a parabola: shares near 0 or 1, small groups.
    ///
    /// # Definition
    /// With D(b) the deviance when the coefficient is held at b: (D(b) − D)/φ = t² λ, φ the dispersion, λ = V_jj/V₀_jj, t on
    /// `df_residual`. A limit beyond 50 standard errors is infinite.
    ///
    /// # Errors
    /// A position without coefficient, a level outside 0..1.
    ///
    /// # Agreement
    /// R survey 4.1.1, `confint.svyglm(method = "likelihood")`, 1e-3 (it interpolates the profile).
    ///
    /// # References
    /// Lumley and Scott (2014), Australian & New Zealand Journal of Statistics 56.
    pub fn profile_interval(&self, index: usize, level: f64) -> Result<(f64, f64), ModelError> {
        self.check_profile(index, level)?;
        let tail = 0.5 * (1.0 - level);
        let t = StudentT::new(self.df_residual)
            .map_or_else(|_| Normal::STANDARD.upper_quantile(tail), |t| t.upper_quantile(tail));
        let effect = self.covariance[(index, index)] / self.naive_covariance[(index, index)];
        let rise = t * t * effect * self.dispersion()?.unwrap_or(1.0);
        let estimate = self.coefficients[index];
        // The signed root of the rise is nearly a straight line.
        let excess = |b: f64| self.profile_root(index, b) - rise.sqrt();
        let se = self.covariance[(index, index)].sqrt();
        let limit = |sign: f64| -> Result<f64, ModelError> {
            let mut width = t * se;
            while excess(estimate + sign * width) < 0.0 {
                width *= 1.5;
                if width > REACH * se {
                    return Ok(sign * f64::INFINITY);
                }
            }
            let (inner, outer) = (estimate, estimate + sign * width);
            let bounded = |b: f64| excess(b).min(f64::MAX);
            Ok(brent(bounded, inner, outer, 1e-10 * se)?.x)
        };
        Ok((limit(-1.0)?, limit(1.0)?))
    }

    /// The same limits as R reads them off an interpolated profile; NaN where its profile ends too early.
    ///
    /// # Definition
    /// [`ProfileGrid`], steps of a fifth of the profiled range in standard errors of the design; the range ends where a t with
    /// n − p degrees of freedom has a two-sided tail of Φ(−t √λ)/2; t on `degf`, infinite for the normal.
    ///
    /// # Errors
    /// As [`profile_interval`](Self::profile_interval).
    ///
    /// # Agreement
    /// R survey 4.1.1, `confint.svyglm(method = "likelihood")` and `svyciprop(method = "likelihood")`, 1e-6.
    pub fn profile_interval_as_r(&self, index: usize, level: f64, degf: f64) -> Result<(f64, f64), ModelError> {
        self.check_profile(index, level)?;
        let tail = 0.5 * (1.0 - level);
        let t = StudentT::new(degf).map_or_else(|_| Normal::STANDARD.upper_quantile(tail), |t| t.upper_quantile(tail));
        let effect = self.covariance[(index, index)] / self.naive_covariance[(index, index)];
        let cut = t * effect.sqrt();
        let degf = self.n as f64 - self.coefficients.len() as f64;
        let far = StudentT::new(degf)?.upper_quantile(Normal::STANDARD.sf(cut) / 4.0);
        let dispersion = self.dispersion()?.unwrap_or(1.0);
        let step = far / 5.0 * self.covariance[(index, index)].sqrt();
        let grid = ProfileGrid { centre: self.coefficients[index], step, far, cut };
        let (low, high) = grid.limits(|b| self.profile_root(index, b) / dispersion.sqrt());
        Ok((low.unwrap_or(f64::NAN), high.unwrap_or(f64::NAN)))
    }

    /// The root of the rise of the deviance when a coefficient is held at b; infinite where no fit is found.
    fn profile_root(&self, index: usize, b: f64) -> f64 {
        // The other coefficients follow the one that is held, to first order; from where they were, a fit far away may not settle.
        let moved = (b - self.coefficients[index]) / self.naive_covariance[(index, index)];
        let follow = |j: usize| self.coefficients[j] + moved * self.naive_covariance[(j, index)];
        let others: Vec<f64> = (0..self.coefficients.len()).filter(|&j| j != index).map(follow).collect();
        let fixed = self.problem.with_fixed(index, b);
        let fit = fixed.fit(&self.rows.weights, Some(&others), self.stop);
        let fit = fit.or_else(|_| fixed.fit(&self.rows.weights, None, self.stop));
        fit.map_or(f64::INFINITY, |fit| (fit.deviance - self.deviance).max(0.0).sqrt())
    }

    fn check_profile(&self, index: usize, level: f64) -> Result<(), ModelError> {
        if index >= self.coefficients.len() {
            let got = index as f64;
            return Err(ModelError::OutOfRange { what: "the position", got, expected: "less than the coefficients" });
        }
        if !(level > 0.0 && level < 1.0) {
            return Err(ModelError::OutOfRange { what: "the level", got: level, expected: "0 to 1" });
        }
        Ok(())
    }
}
