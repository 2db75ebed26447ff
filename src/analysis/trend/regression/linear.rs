//! Ordinary and weighted least squares.

use super::super::check::{all_finite, at_least, same_length};
use super::super::error::TrendError;
use crate::numeric::dist::{Normal, StudentT};
use crate::numeric::linalg::Qr;
use crate::numeric::matrix::Matrix;
use crate::numeric::moments::Moments;
use crate::numeric::sum::{Sum, dot};

/// A coefficient with its test against zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficient {
    pub estimate: f64,
    pub se: f64,
    /// Estimate over standard error; NaN where both are 0.
    pub statistic: f64,
    pub p_value: f64,
}

impl Coefficient {
    /// Tests of coefficients against Student's t; a normal test for infinite `degf`.
    pub(in super::super) fn tested(
        estimates: &[f64],
        covariance: &Matrix,
        degf: f64,
    ) -> Result<Vec<Coefficient>, TrendError> {
        let t = if degf == f64::INFINITY { None } else { Some(StudentT::new(degf)?) };
        Ok(estimates
            .iter()
            .enumerate()
            .map(|(i, estimate)| {
                let se = covariance[(i, i)].max(0.0).sqrt();
                let statistic = estimate / se;
                let p_value = match &t {
                    Some(t) => t.two_sided_sf(statistic),
                    None => 2.0 * Normal::STANDARD.sf(statistic.abs()),
                };
                Coefficient { estimate: *estimate, se, statistic, p_value }
            })
            .collect())
    }
}

/// A least-squares fit.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearFit {
    pub coefficients: Vec<f64>,
    pub fitted: Vec<f64>,
    /// y − fitted, not weighted.
    pub residuals: Vec<f64>,
    /// B = (XᵀWX)⁻¹.
    pub unscaled: Matrix,
    /// Σ w e².
    pub rss: f64,
    /// Root of rss over `degf`.
    pub sigma: f64,
    /// Observations of nonzero weight minus coefficients.
    pub degf: f64,
    /// Share of the weighted variation about the mean that is explained; about zero where X has no intercept.
    pub r_squared: f64,
    pub(super) design: Matrix,
    pub(super) weights: Option<Vec<f64>>,
}

impl LinearFit {
    /// Fits y on the columns of `design` by least squares; `weights` are inverse variances up to a factor.
    ///
    /// # Definition
    /// b = B XᵀWy, σ² = Σ w e² / (n − p).
    ///
    /// # Shapes and units
    /// `design`: a row per observation, with a column of ones for an intercept. A row of weight 0 counts for nothing.
    ///
    /// # Errors
    /// Lengths that differ, values that are not finite, negative weights, fewer rows than columns, columns that others explain
    /// (named by position). With as many rows as columns `sigma` is NaN.
    ///
    /// # Agreement
    /// R 4.2 `lm`, 1e-9.
    ///
    /// # Examples
    /// ```
    /// use opros::analysis::trend::regression::LinearFit;
    /// use opros::numeric::matrix::Matrix;
    /// let x = Matrix::from_rows(&[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]);
    /// let fit = LinearFit::of(&x, &[1.0, 3.0, 5.0], None)?;
    /// assert!((fit.coefficients[1] - 2.0).abs() < 1e-12);
    /// # Ok::<(), opros::analysis::trend::TrendError>(())
    /// ```
    pub fn of(design: &Matrix, y: &[f64], weights: Option<&[f64]>) -> Result<LinearFit, TrendError> {
        let (n, p) = (design.n_rows(), design.n_columns());
        same_length("the response", y.len(), n)?;
        all_finite("the response", y)?;
        all_finite("the design", design.as_slice())?;
        at_least("columns", p, 1)?;
        let roots = match weights {
            None => None,
            Some(w) => {
                same_length("weights", w.len(), n)?;
                if let Some(got) = w.iter().find(|w| !(**w >= 0.0 && w.is_finite())) {
                    return Err(TrendError::OutOfRange { what: "a weight", got: *got, expected: "0 or more" });
                }
                Some(w.iter().map(|w| w.sqrt()).collect::<Vec<f64>>())
            }
        };
        let used = weights.map_or(n, |w| w.iter().filter(|w| **w > 0.0).count());
        at_least("observations", used, p)?;
        let root = |i: usize| roots.as_ref().map_or(1.0, |r| r[i]);
        let qr = Qr::of(&Matrix::from_fn(n, p, |i, j| root(i) * design[(i, j)]))?;
        let coefficients = qr.solve(&(0..n).map(|i| root(i) * y[i]).collect::<Vec<_>>())?;
        let fitted = design.times_vector(&coefficients);
        let residuals: Vec<f64> = y.iter().zip(&fitted).map(|(y, f)| y - f).collect();
        let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
        let rss = (0..n).map(|i| weight(i) * residuals[i] * residuals[i]).collect::<Sum>().value();
        let degf = (used - p) as f64;
        let has_intercept = (0..p).any(|j| {
            let first = design[(0, j)];
            first != 0.0 && (1..n).all(|i| design[(i, j)] == first)
        });
        let about = if has_intercept {
            weights.map_or_else(|| Moments::of(&fitted), |w| Moments::weighted(&fitted, w)).mean
        } else {
            0.0
        };
        let explained = (0..n).map(|i| weight(i) * (fitted[i] - about) * (fitted[i] - about)).collect::<Sum>().value();
        Ok(LinearFit {
            sigma: if degf > 0.0 { (rss / degf).sqrt() } else { f64::NAN },
            r_squared: explained / (explained + rss),
            unscaled: qr.gram_inverse()?,
            design: design.clone(),
            weights: weights.map(<[f64]>::to_vec),
            coefficients,
            fitted,
            residuals,
            rss,
            degf,
        })
    }

    /// Number of observations.
    pub fn n(&self) -> usize {
        self.residuals.len()
    }

    /// The classical covariance σ²B: right where errors are independent with variance σ²/w.
    pub fn covariance(&self) -> Matrix {
        self.unscaled.scaled(self.sigma * self.sigma)
    }

    /// Coefficients with tests on `degf`, under a covariance of choice.
    ///
    /// # Errors
    /// No degrees of freedom left.
    pub fn tests(&self, covariance: &Matrix) -> Result<Vec<Coefficient>, TrendError> {
        Coefficient::tested(&self.coefficients, covariance, self.degf)
    }

    /// Leverages hᵢ = wᵢ xᵢᵀB xᵢ.
    pub fn leverages(&self) -> Vec<f64> {
        (0..self.n())
            .map(|i| {
                let row = self.design.row(i);
                self.weights.as_ref().map_or(1.0, |w| w[i]) * dot(row, &self.unscaled.times_vector(row))
            })
            .collect()
    }

    /// Rows wᵢ eᵢ xᵢ of the estimating equations, which add up to zero.
    pub(super) fn scores(&self) -> Matrix {
        Matrix::from_fn(self.n(), self.design.n_columns(), |i, j| {
            self.weights.as_ref().map_or(1.0, |w| w[i]) * self.residuals[i] * self.design[(i, j)]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(n: usize) -> Matrix {
        Matrix::from_fn(n, 2, |i, j| if j == 0 { 1.0 } else { i as f64 })
    }

    #[test]
    fn a_weight_of_two_is_a_row_given_twice() {
        let y = [1.0, 2.0, 2.5, 5.0];
        let twice = Matrix::from_fn(5, 2, |i, j| if j == 0 { 1.0 } else { i.min(3) as f64 });
        let a = LinearFit::of(&line(4), &y, Some(&[1.0, 1.0, 1.0, 2.0])).unwrap();
        let b = LinearFit::of(&twice, &[1.0, 2.0, 2.5, 5.0, 5.0], None).unwrap();
        assert!((a.coefficients[1] - b.coefficients[1]).abs() < 1e-14 && (a.rss - b.rss).abs() < 1e-14);
        assert!((a.leverages().iter().sum::<f64>() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn constant_y_has_no_slope_and_no_residual() {
        let fit = LinearFit::of(&line(5), &[3.0; 5], None).unwrap();
        assert!(fit.coefficients[1].abs() < 1e-14 && fit.rss < 1e-24);
    }

    #[test]
    fn too_few_rows_and_aliased_columns_are_errors() {
        assert!(LinearFit::of(&line(1), &[1.0], None).is_err());
        assert!(LinearFit::of(&Matrix::from_fn(4, 2, |_, _| 1.0), &[1.0, 2.0, 3.0, 4.0], None).is_err());
        assert!(LinearFit::of(&line(3), &[1.0, f64::NAN, 2.0], None).is_err());
        assert!(LinearFit::of(&line(3), &[1.0, 2.0], None).is_err());
        let exact = LinearFit::of(&line(2), &[1.0, 2.0], None).unwrap();
        assert!(exact.sigma.is_nan() && exact.tests(&exact.covariance()).is_err());
    }
}
