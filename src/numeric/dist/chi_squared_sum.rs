//! Weighted sums of chi-squared variables: the law of Rao–Scott, working Wald and likelihood-ratio statistics.

use super::contour::{sum_lower_tail, sum_upper_tail};
use super::error::{ParameterError, finite, positive, positive_or_infinite};
use super::fisher::FisherF;
use super::gamma::ChiSquared;
use super::normal::Normal;

/// How a tail of a weighted sum is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SumMethod {
    /// One scaled chi-squared variable with the same mean and variance.
    Satterthwaite,
    /// Lugannani and Rice's approximation in the form of Kuonen, as R's `survey::pchisqsum`; near the mean, where it is
    /// not defined, Satterthwaite's, as there.
    Saddlepoint,
    /// Numerical inversion of the moment generating function, to rounding.
    Exact,
}

/// `Σ wᵢ χ²(dfᵢ)`, independent terms.
///
/// With a denominator, [`ChiSquaredSum::sf_over`] gives the tail of `Σ wᵢ χ²(dfᵢ) / (χ²(m)/m)`.
///
/// # Agreement
/// `Saddlepoint` and `Satterthwaite` are those of R's `pchisqsum` and `pFsum` (survey 4.1.1), `Exact` is what its method
/// "integration" (Davies, 1e-7) approximates. For a denominator whose degrees of freedom are not whole R's `pFsum` differs:
/// [`ChiSquaredSum::sf_over_as_in_r`].
///
/// # References
/// Satterthwaite (1946), Biometrics Bulletin 2. Kuonen (1999), "Saddlepoint approximations for distributions of quadratic
/// forms in normal variables", Biometrika 86(4). Imhof (1961), Biometrika 48.
///
/// # Examples
/// ```
/// use opros::numeric::dist::{ChiSquaredSum, SumMethod};
/// // Equal weights: half of a chi-squared variable on 2 degrees of freedom is exponential.
/// let sum = ChiSquaredSum::new(&[0.5, 0.5])?;
/// assert!((sum.sf(3.0, SumMethod::Exact) - (-3.0_f64).exp()).abs() < 1e-14);
/// # Ok::<(), opros::numeric::dist::ParameterError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ChiSquaredSum {
    /// Weight and degrees of freedom of each term with a weight other than 0.
    terms: Vec<(f64, f64)>,
}

impl ChiSquaredSum {
    /// A sum of terms with one degree of freedom each. Terms with weight 0 are left out.
    ///
    /// # Errors
    /// A weight that is not finite, or no weight above 0.
    pub fn new(weights: &[f64]) -> Result<ChiSquaredSum, ParameterError> {
        ChiSquaredSum::with_df(&weights.iter().map(|w| (*w, 1.0)).collect::<Vec<_>>())
    }

    /// A sum of terms `(weight, degrees of freedom)`. Weights may be negative as long as one is above 0.
    ///
    /// # Errors
    /// A weight that is not finite, no weight above 0, or degrees of freedom that are not finite and above 0.
    pub fn with_df(terms: &[(f64, f64)]) -> Result<ChiSquaredSum, ParameterError> {
        let mut kept = Vec::with_capacity(terms.len());
        for (weight, df) in terms {
            let (weight, df) = (finite("weight", *weight)?, positive("degrees of freedom", *df)?);
            if weight != 0.0 {
                kept.push((weight, df));
            }
        }
        if kept.iter().any(|(weight, _)| *weight > 0.0) {
            Ok(ChiSquaredSum { terms: kept })
        } else {
            Err(ParameterError::Empty { name: "weight above 0" })
        }
    }

    /// `Σ w df`.
    pub fn mean(&self) -> f64 {
        self.terms.iter().map(|(w, df)| w * df).sum()
    }

    /// `2 Σ w² df`.
    pub fn variance(&self) -> f64 {
        2.0 * self.terms.iter().map(|(w, df)| w * w * df).sum::<f64>()
    }

    /// Scale and degrees of freedom of the chi-squared variable with the same mean and variance.
    pub fn satterthwaite(&self) -> (f64, f64) {
        let half_variance = 0.5 * self.variance();
        (half_variance / self.mean(), self.mean() * self.mean() / half_variance)
    }

    /// `P(sum > x)`.
    pub fn sf(&self, x: f64, method: SumMethod) -> f64 {
        match method {
            SumMethod::Satterthwaite => self.satterthwaite_sf(x, f64::INFINITY),
            SumMethod::Saddlepoint => {
                saddlepoint_sf(&self.terms, x).unwrap_or_else(|| self.satterthwaite_sf(x, f64::INFINITY))
            }
            SumMethod::Exact => sum_upper_tail(&self.terms, x),
        }
    }

    /// `P(sum ≤ x)`, accurate also where it is tiny if the method is `Exact`.
    pub fn cdf(&self, x: f64, method: SumMethod) -> f64 {
        if method == SumMethod::Exact { sum_lower_tail(&self.terms, x) } else { 1.0 - self.sf(x, method) }
    }

    /// `P(sum > x · χ²(m)/m)` with an independent denominator of `m` degrees of freedom; infinite `m` gives `sf`.
    ///
    /// # Errors
    /// Degrees of freedom that are not above 0.
    pub fn sf_over(&self, x: f64, m: f64, method: SumMethod) -> Result<f64, ParameterError> {
        let m = positive_or_infinite("denominator degrees of freedom", m)?;
        Ok(self.sf_over_parts(x, m, m, method))
    }

    /// What R's `survey::pFsum` gives for [`ChiSquaredSum::sf_over`] when `m` is not whole.
    ///
    /// R repeats the weight `−x/m` as often as `m` cut down to a whole number says, so its denominator is `χ²(⌊m⌋)/m`, too
    /// small on average, and its p-value too large: 0.0255 instead of 0.0220 at m = 20.92 in the test below. `Satterthwaite`
    /// is not affected. For whole `m` both methods are one.
    ///
    /// # Errors
    /// Degrees of freedom below 1.
    pub fn sf_over_as_in_r(&self, x: f64, m: f64, method: SumMethod) -> Result<f64, ParameterError> {
        if m < 1.0 {
            return Err(ParameterError::OutOfRange {
                name: "denominator degrees of freedom",
                got: m,
                low: 1.0,
                high: f64::INFINITY,
            });
        }
        let m = positive_or_infinite("denominator degrees of freedom", m)?;
        Ok(self.sf_over_parts(x, m, m.floor(), method))
    }

    /// `P(sum > x · χ²(df)/m)`.
    fn sf_over_parts(&self, x: f64, m: f64, df: f64, method: SumMethod) -> f64 {
        if m == f64::INFINITY {
            return self.sf(x, method);
        }
        let difference = || {
            let mut terms = self.terms.clone();
            if x != 0.0 {
                terms.push((-x / m, df));
            }
            terms
        };
        match method {
            SumMethod::Satterthwaite => self.satterthwaite_sf(x, m),
            SumMethod::Saddlepoint => saddlepoint_sf(&difference(), 0.0).unwrap_or_else(|| self.satterthwaite_sf(x, m)),
            SumMethod::Exact => sum_upper_tail(&difference(), 0.0),
        }
    }

    fn satterthwaite_sf(&self, x: f64, m: f64) -> f64 {
        let (scale, df) = self.satterthwaite();
        if m == f64::INFINITY {
            return ChiSquared::new(df).map_or(f64::NAN, |chi| chi.sf(x / scale));
        }
        FisherF::new(df, m).map_or(f64::NAN, |f| f.sf(x / scale / df))
    }
}

/// Kuonen's form of the saddlepoint approximation; `None` near the mean, where it is not defined.
fn saddlepoint_sf(terms: &[(f64, f64)], x: f64) -> Option<f64> {
    let largest = terms.iter().fold(0.0_f64, |max, (w, _)| max.max(*w));
    let terms: Vec<(f64, f64)> = terms.iter().map(|(w, df)| (w / largest, *df)).collect();
    let x = x / largest;
    if terms.iter().all(|(w, _)| *w > 0.0) && x <= 0.0 {
        return Some(1.0);
    }
    let slope = |z: f64| terms.iter().map(|(w, df)| df * w / (1.0 - 2.0 * z * w)).sum::<f64>() - x;
    // The slope rises from −x (or −∞) to ∞ between the poles nearest to 0.
    let low = terms.iter().filter(|(w, _)| *w < 0.0).map(|(w, _)| 0.5 / w).fold(f64::NEG_INFINITY, f64::max);
    let n: f64 = terms.iter().map(|(_, df)| df).sum();
    let mut low = if low.is_finite() { low } else { -(n / (2.0 * x)).max(1.0) };
    let mut high = 0.5;
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if slope(middle) > 0.0 {
            high = middle;
        } else {
            low = middle;
        }
    }
    let z = 0.5 * (low + high);
    if z.abs() < 1e-4 {
        return None;
    }
    let k = -0.5 * terms.iter().map(|(w, df)| df * libm::log1p(-2.0 * z * w)).sum::<f64>();
    let curvature =
        2.0 * terms.iter().map(|(w, df)| df * (w / (1.0 - 2.0 * z * w)) * (w / (1.0 - 2.0 * z * w))).sum::<f64>();
    let w = z.signum() * (2.0 * (z * x - k)).max(0.0).sqrt();
    let v = z * curvature.sqrt();
    let sf = Normal::STANDARD.sf(w + libm::log(v / w) / w);
    sf.is_finite().then_some(sf)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, want: f64, tolerance: f64) {
        assert!((got - want).abs() <= tolerance * want.abs(), "{got:e}, want {want:e}");
    }

    #[test]
    fn equal_weights_are_one_chi_squared_variable() {
        for (n, weight) in [(1, 1.0), (2, 0.5), (3, 4.0), (10, 1.0), (200, 0.1)] {
            let sum = ChiSquaredSum::new(&vec![weight; n]).unwrap();
            let chi = ChiSquared::new(n as f64).unwrap();
            for q in [1e-200, 1e-12, 0.01, 0.3, 0.9, 1.0 - 1e-9] {
                let x = chi.upper_quantile(q);
                near(sum.sf(weight * x, SumMethod::Exact), q, 1e-10);
                near(sum.sf(weight * x, SumMethod::Satterthwaite), q, 1e-10);
                near(sum.cdf(weight * x, SumMethod::Exact), chi.cdf(x), 1e-10);
            }
        }
    }

    #[test]
    fn equal_weights_over_a_denominator_are_f() {
        for (n, m) in [(1, 1.0), (1, 61.0), (3, 7.5), (12, 194.0), (5, 1e6)] {
            let sum = ChiSquaredSum::new(&vec![1.0; n]).unwrap();
            let f = FisherF::new(n as f64, m).unwrap();
            for q in [1e-100, 1e-8, 0.05, 0.5, 0.99] {
                let x = f.upper_quantile(q) * n as f64;
                if x.is_finite() && x < 1e60 {
                    near(sum.sf_over(x, m, SumMethod::Exact).unwrap(), q, 1e-9);
                }
            }
        }
    }

    #[test]
    fn two_pairs_in_closed_form() {
        // Two terms with two degrees of freedom are exponential: P = (a e^(−x/2a) − b e^(−x/2b)) / (a − b).
        let (a, b) = (3.0, 0.7);
        let sum = ChiSquaredSum::with_df(&[(a, 2.0), (b, 2.0)]).unwrap();
        for x in [0.1, 2.0, 9.0, 80.0, 2000.0] {
            let want = (a * libm::exp(-0.5 * x / a) - b * libm::exp(-0.5 * x / b)) / (a - b);
            near(sum.sf(x, SumMethod::Exact), want, 1e-11);
            near(sum.sf(x, SumMethod::Saddlepoint), want, 0.1);
        }
    }

    #[test]
    fn a_difference_of_exponentials() {
        // P(2a E₁ − 2b E₂ > 0) = a / (a + b).
        let sum = ChiSquaredSum::with_df(&[(3.0, 2.0), (-1.0, 2.0)]).unwrap();
        near(sum.sf(0.0, SumMethod::Exact), 0.75, 1e-12);
        near(sum.sf(5.0, SumMethod::Exact), 0.75 * libm::exp(-5.0 / 6.0), 1e-11);
        near(sum.sf(-5.0, SumMethod::Exact), 1.0 - 0.25 * libm::exp(-2.5), 1e-11);
    }

    #[test]
    fn the_values_of_r() {
        // tests/golden regterm/working_wald_stype, survey 4.1.1: eigenvalues, statistic and denominator as stored there.
        let sum = ChiSquaredSum::new(&[6795.218212810396, 3353.2670643690535]).unwrap();
        near(sum.sf_over(235158.16747948638, 194.0, SumMethod::Saddlepoint).unwrap(), 2.7402380186835713e-8, 1e-4);
        // lrt_logit_educ and working_wald_logit_educ.
        let logit = ChiSquaredSum::new(&[1.5097706307746348, 0.8388224850525527]).unwrap();
        for (x, p) in [(2.600477020750759, 0.3516080917353698), (2.585481292096217, 0.3535261484366026)] {
            near(logit.sf_over(x, 12.0, SumMethod::Saddlepoint).unwrap(), p, 1e-6);
            near(logit.sf_over(x, 12.0, SumMethod::Exact).unwrap(), p, 0.02);
        }
        // The true tail is a tenth smaller (mpmath, 25 digits).
        near(sum.sf_over(235158.16747948638, 194.0, SumMethod::Exact).unwrap(), 2.489_344_465_244_918_5e-8, 1e-11);
    }

    #[test]
    fn the_values_of_r_with_a_broken_number_of_degrees_of_freedom() {
        // tables/chisq_clus1_lincom and …_saddlepoint, survey 4.1.1; eigenvalues and degrees of freedom as R forms them.
        let sum = ChiSquaredSum::new(&[1.818110720751472, 0.481146435009145]).unwrap();
        let (x, m) = (11.940892080745343, 20.924956887904383);
        near(sum.sf_over_as_in_r(x, m, SumMethod::Exact).unwrap(), 0.025471762992626545, 1e-6);
        near(sum.sf_over_as_in_r(x, m, SumMethod::Saddlepoint).unwrap(), 0.026441127709637507, 1e-8);
        // The law itself (mpmath).
        near(sum.sf_over(x, m, SumMethod::Exact).unwrap(), 0.022001024753786905, 1e-12);
        assert!(sum.sf_over_as_in_r(x, 0.5, SumMethod::Exact).is_err());
        assert!(sum.sf_over_as_in_r(x, f64::NAN, SumMethod::Exact).is_err());
    }

    #[test]
    fn many_weights_of_all_sizes() {
        // Both tails come from paths of their own and have to add up to one.
        let weights: Vec<f64> = (0..40).map(|i| libm::pow(0.7, f64::from(i))).collect();
        let sum = ChiSquaredSum::new(&weights).unwrap();
        for x in [1e-6, 0.01, 0.5, 2.0, 3.3, 6.0, 30.0] {
            let (low, high) = (sum.cdf(x, SumMethod::Exact), sum.sf(x, SumMethod::Exact));
            assert!((low + high - 1.0).abs() < 1e-11 && low > 0.0 && high > 0.0, "{x}: {low} {high}");
        }
        let near_mean = sum.mean();
        assert!((sum.sf(near_mean, SumMethod::Saddlepoint) - sum.sf(near_mean, SumMethod::Exact)).abs() < 0.03);
    }

    #[test]
    fn the_tail_falls_as_the_point_moves_out() {
        let sum = ChiSquaredSum::with_df(&[(3.0, 1.0), (1.0, 2.0), (-0.5, 3.0)]).unwrap();
        let mut before = 1.0;
        for step in -400..800 {
            let x = 0.05 * f64::from(step);
            let sf = sum.sf(x, SumMethod::Exact);
            assert!(sf <= before + 1e-13, "{x}");
            before = sf;
        }
    }

    #[test]
    fn sums_that_are_none() {
        assert!(ChiSquaredSum::new(&[]).is_err());
        assert!(ChiSquaredSum::new(&[0.0, -1.0]).is_err());
        assert!(ChiSquaredSum::new(&[f64::NAN]).is_err());
        let sum = ChiSquaredSum::new(&[1.0, 0.0]).unwrap();
        assert_eq!(sum.sf(-1.0, SumMethod::Exact), 1.0);
        assert_eq!(sum.cdf(0.0, SumMethod::Exact), 0.0);
        assert!(sum.sf_over(1.0, 0.0, SumMethod::Exact).is_err());
    }
}
