//! Weighted estimating equations on their own, for statistics that put several fits together.

use super::error::ModelError;
use super::family::{Family, Link};
use super::irls::Stop;
use super::least_squares::independent_columns;
use super::predictors::Predictors;
use super::problem::Problem;
use crate::numeric::matrix::Matrix;

/// The equations of a generalized linear model on some rows, to be solved under any weights.
///
/// For one model use [`glm`](super::glm), which knows the design. These equations know rows only: who combines fits of
/// several groups takes the scores of all of them through the design at once.
#[derive(Clone, Debug)]
pub struct Equations {
    x: Matrix,
    problem: Problem,
}

/// Coefficients that solve the equations.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    pub coefficients: Vec<f64>,
    /// A row's derivative of each coefficient by the weight of the row: A⁻¹ x (y − μ)(dμ/dη)/V(μ).
    pub scores: Matrix,
    /// Columns that separate the answers: their coefficients have no finite value.
    pub separated: Vec<usize>,
}

impl Equations {
    /// The equations of a complete response, one row of `x` a value.
    ///
    /// # Errors
    /// Lengths that differ, numbers that are not finite, responses outside the family, fewer rows than columns.
    pub fn new(x: Matrix, response: Vec<f64>, family: Family, link: Link) -> Result<Self, ModelError> {
        let (n, k) = (x.n_rows(), x.n_columns());
        if response.len() != n {
            return Err(ModelError::Length { what: "the response".to_string(), got: response.len(), expected: n });
        }
        if n < k {
            return Err(ModelError::TooFewRows { n, n_coefficients: k });
        }
        if let Some(at) = x.as_slice().iter().position(|v| !v.is_finite()) {
            let what = "a predictor".to_string();
            return Err(ModelError::NotFinite { what, row: at / k + 1, got: x.as_slice()[at] });
        }
        for (row, y) in response.iter().enumerate() {
            if !y.is_finite() {
                return Err(ModelError::NotFinite { what: "the response".to_string(), row: row + 1, got: *y });
            }
            if let Some(expected) = family.objection(*y) {
                return Err(ModelError::Response { row: row + 1, got: *y, expected });
            }
        }
        let problem = Problem { x: Predictors::dense(&x), y: response, offset: None, family, link };
        Ok(Self { x, problem })
    }

    /// The predictors.
    pub fn x(&self) -> &Matrix {
        &self.x
    }

    /// Columns that earlier ones explain, under weights.
    pub fn collinear(&self, weights: &[f64]) -> Vec<usize> {
        let kept = independent_columns(&self.problem.x.cross_product(weights));
        (0..self.x.n_columns()).filter(|j| kept.binary_search(j).is_err()).collect()
    }

    /// Coefficients without their scores.
    ///
    /// # Errors
    /// Columns that others explain, iterations that do not settle.
    pub fn coefficients(&self, weights: &[f64]) -> Result<Vec<f64>, ModelError> {
        Ok(self.problem.fit(&to_mean_one(weights).0, None, STOP)?.coefficients)
    }

    /// Coefficients and scores.
    ///
    /// # Errors
    /// As [`Equations::coefficients`].
    pub fn solve(&self, weights: &[f64]) -> Result<Solution, ModelError> {
        let problem = &self.problem;
        let (weights, mean) = to_mean_one(weights);
        let fit = problem.fit(&weights, None, STOP)?;
        let pulls = problem.pulls(&fit).to_vec();
        let raw = Matrix::from_fn(self.x.n_rows(), self.x.n_columns(), |i, j| self.x[(i, j)] * pulls[i]);
        Ok(Solution {
            coefficients: fit.coefficients,
            scores: raw.times(&fit.naive.scaled(1.0 / mean)),
            separated: fit.runaway,
        })
    }
}

/// Weights of mean 1 and what they were divided by: where iterations start depends on the size of the weights.
fn to_mean_one(weights: &[f64]) -> (Vec<f64>, f64) {
    let mean = weights.iter().sum::<f64>() / weights.len() as f64;
    let mean = if mean > 0.0 && mean.is_finite() { mean } else { 1.0 };
    (weights.iter().map(|w| w / mean).collect(), mean)
}

const STOP: Stop = Stop { epsilon: 1e-13, max_iterations: 200 };

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::SurveyDesign;
    use crate::model::{GlmOptions, ModelMatrix, Regression, glm};

    // A simple design with weights: the sandwich of the scores is the covariance of `glm`.
    #[test]
    fn the_scores_give_the_covariance_of_the_model() {
        let n = 40;
        let x: Vec<f64> = (0..n).map(|i| ((i * 7) % 11) as f64).collect();
        let y: Vec<f64> = (0..n).map(|i| f64::from(u8::from((i * 13) % 5 < 2))).collect();
        let weights: Vec<f64> = (0..n).map(|i| 1.0 + (i % 3) as f64).collect();
        let design = SurveyDesign::builder().weights(&weights).build().unwrap();
        let mut predictors = ModelMatrix::with_intercept(n);
        predictors.number("x", &x).unwrap();
        let regression =
            Regression { response: &y, predictors: &predictors, family: Family::Binomial, link: Link::Logit };
        let model = glm(&design, &regression, &vec![true; n], &GlmOptions::default()).unwrap();
        let matrix = Matrix::from_fn(n, 2, |i, j| if j == 0 { 1.0 } else { x[i] });
        let solution = Equations::new(matrix, y, Family::Binomial, Link::Logit).unwrap().solve(&weights).unwrap();
        for j in 0..2 {
            assert!((solution.coefficients[j] - model.coefficients[j]).abs() < 1e-9);
            let z = |i: usize| weights[i] * solution.scores[(i, j)];
            let squares: f64 = (0..n).map(|i| z(i) * z(i)).sum();
            let variance = squares * n as f64 / (n as f64 - 1.0);
            assert!((variance / model.covariance[(j, j)] - 1.0).abs() < 1e-6);
        }
        assert!(solution.separated.is_empty());
    }

    #[test]
    fn weights_that_add_up_to_a_population_solve_as_small_ones_do() {
        let x = Matrix::from_fn(60, 2, |i, j| if j == 0 { 1.0 } else { f64::from(u8::from(i % 3 == 0)) });
        let y: Vec<f64> = (0..60).map(|i| f64::from(u8::from(i % 7 < 2))).collect();
        let small: Vec<f64> = (0..60).map(|i| 0.5 + (i % 4) as f64).collect();
        let large: Vec<f64> = small.iter().map(|w| 1e5 * w).collect();
        let equations = Equations::new(x, y, Family::Binomial, Link::Logit).unwrap();
        let (a, b) = (equations.solve(&small).unwrap(), equations.solve(&large).unwrap());
        assert!(a.separated.is_empty() && b.separated.is_empty());
        for (a, b) in a.coefficients.iter().zip(&b.coefficients) {
            assert!((a - b).abs() < 1e-10);
        }
        for (a, b) in a.scores.as_slice().iter().zip(b.scores.as_slice()) {
            assert!((a - 1e5 * b).abs() < 1e-9, "{a} {b}");
        }
    }
}
