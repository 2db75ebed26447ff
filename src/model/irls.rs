//! Iteratively reweighted least squares.

use super::error::ModelError;
use super::family::{Family, Link};
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;

/// A column counts as explained by earlier ones when less than this share of its sum of squares is left.
const EXPLAINED: f64 = 1e-11;
/// A step of the linear predictor that is still this long at convergence runs away.
const RUNAWAY_STEP: f64 = 0.05;
/// Halvings of a step that leaves the range of the means.
const MAX_HALVINGS: usize = 60;

/// The rows of a fit.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub x: Matrix,
    pub y: Vec<f64>,
    pub offset: Option<Vec<f64>>,
    pub family: Family,
    pub link: Link,
}

/// When the iterations end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub epsilon: f64,
    pub max_iterations: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Fit {
    pub coefficients: Vec<f64>,
    pub eta: Vec<f64>,
    pub mu: Vec<f64>,
    /// Weights of the last least-squares step, which belong to the means before it.
    pub working_weights: Vec<f64>,
    /// (X'W X)⁻¹ with these.
    pub naive: Matrix,
    pub deviance: f64,
    /// Columns whose coefficients ran away when the deviance had settled: separation.
    pub runaway: Vec<usize>,
}

impl Problem {
    fn offset(&self, i: usize) -> f64 {
        self.offset.as_ref().map_or(0.0, |o| o[i])
    }

    /// The linear predictor at some coefficients.
    pub fn eta(&self, coefficients: &[f64]) -> Vec<f64> {
        let dot = |row: &[f64]| row.iter().zip(coefficients).map(|(x, b)| x * b).sum::<f64>();
        (0..self.x.n_rows()).map(|i| dot(self.x.row(i)) + self.offset(i)).collect()
    }

    pub fn mu(&self, eta: &[f64]) -> Vec<f64> {
        eta.iter().map(|e| self.link.mu(*e)).collect()
    }

    pub fn deviance(&self, mu: &[f64], w: &[f64]) -> f64 {
        let term = |i: usize| if w[i] == 0.0 { 0.0 } else { w[i] * self.family.deviance(self.y[i], mu[i]) };
        (0..mu.len()).map(term).sum()
    }

    fn is_allowed(&self, mu: &[f64], w: &[f64]) -> bool {
        mu.iter().zip(w).all(|(mu, w)| *w == 0.0 || self.family.allows(*mu))
    }

    /// The same rows with some of the columns.
    pub fn with_columns(&self, columns: &[usize]) -> Self {
        let x = Matrix::from_fn(self.x.n_rows(), columns.len(), |i, j| self.x[(i, columns[j])]);
        Self { x, ..self.clone() }
    }

    /// The same rows with one column moved into the offset at a fixed coefficient.
    pub fn with_fixed(&self, column: usize, coefficient: f64) -> Self {
        let others: Vec<usize> = (0..self.x.n_columns()).filter(|&j| j != column).collect();
        let offset = |i: usize| self.offset(i) + coefficient * self.x[(i, column)];
        let offset = Some((0..self.x.n_rows()).map(offset).collect());
        Self { offset, ..self.with_columns(&others) }
    }

    /// The fit under weights `w`.
    pub fn fit(&self, w: &[f64], start: Option<&[f64]>, stop: Stop) -> Result<Fit, ModelError> {
        let n = self.x.n_rows();
        let mut eta: Vec<f64> = match start {
            Some(start) => self.eta(start),
            None => (0..n).map(|i| self.link.eta(self.family.first_mean(self.y[i], w[i]))).collect(),
        };
        let mut mu = self.mu(&eta);
        if !self.is_allowed(&mu, w) {
            return Err(ModelError::Start { family: self.family.name() });
        }
        let mut before: Option<Vec<f64>> = start.map(<[f64]>::to_vec);
        let mut deviance = self.deviance(&mu, w);
        if self.x.n_columns() == 0 {
            let (eta, coefficients) = (self.eta(&[]), Vec::new());
            let mu = self.mu(&eta);
            let deviance = self.deviance(&mu, w);
            let (working_weights, naive) = (w.to_vec(), Matrix::zeros(0, 0));
            return Ok(Fit { coefficients, eta, mu, working_weights, naive, deviance, runaway: Vec::new() });
        }
        for _ in 0..stop.max_iterations {
            let mut working = vec![0.0; n];
            let mut target = vec![0.0; n];
            for i in (0..n).filter(|&i| w[i] != 0.0) {
                let slope = self.link.slope(eta[i]);
                target[i] = eta[i] - self.offset(i) + (self.y[i] - mu[i]) / slope;
                working[i] = w[i] * slope * slope / self.family.variance(mu[i]);
            }
            let (mut coefficients, naive) = weighted_least_squares(&self.x, &working, &target)?;
            let last_eta = eta.clone();
            eta = self.eta(&coefficients);
            mu = self.mu(&eta);
            let mut n_halvings = 0;
            while !self.is_allowed(&mu, w) || !self.deviance(&mu, w).is_finite() {
                let Some(before) = before.as_ref().filter(|_| n_halvings < MAX_HALVINGS) else {
                    return Err(ModelError::Start { family: self.family.name() });
                };
                coefficients.iter_mut().zip(before).for_each(|(new, old)| *new = 0.5 * (*new + old));
                eta = self.eta(&coefficients);
                mu = self.mu(&eta);
                n_halvings += 1;
            }
            let now = self.deviance(&mu, w);
            if (now - deviance).abs() / (now.abs() + 0.1) < stop.epsilon {
                let step = eta.iter().zip(&last_eta).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                let runaway = match &before {
                    Some(before) if step > RUNAWAY_STEP => self.moved(&coefficients, before),
                    _ => Vec::new(),
                };
                let (working_weights, deviance) = (working, now);
                return Ok(Fit { coefficients, eta, mu, working_weights, naive, deviance, runaway });
            }
            deviance = now;
            before = Some(coefficients);
        }
        Err(ModelError::NoConvergence { what: "regression", iterations: stop.max_iterations })
    }

    /// Columns whose contributions still moved by a runaway step.
    fn moved(&self, now: &[f64], before: &[f64]) -> Vec<usize> {
        let reach = |j: usize| (0..self.x.n_rows()).map(|i| self.x[(i, j)].abs()).fold(0.0, f64::max);
        (0..now.len()).filter(|&j| (now[j] - before[j]).abs() * reach(j) > RUNAWAY_STEP).collect()
    }
}

/// Coefficients and (X'W X)⁻¹, by the normal equations of scaled columns with one refinement.
pub(super) fn weighted_least_squares(x: &Matrix, w: &[f64], target: &[f64]) -> Result<(Vec<f64>, Matrix), ModelError> {
    let gram = x.cross_product(Some(w));
    let p = gram.n_columns();
    let scale: Vec<f64> = gram.diagonal().iter().map(|d| d.sqrt()).collect();
    let scaled = Matrix::from_fn(p, p, |i, j| gram[(i, j)] / (scale[i] * scale[j]));
    let cholesky = Cholesky::of(&scaled)?;
    let solve = |values: &dyn Fn(usize) -> f64| -> Result<Vec<f64>, ModelError> {
        let mut right = vec![0.0; p];
        for (i, weight) in w.iter().enumerate() {
            let wz = weight * values(i);
            if wz != 0.0 {
                right.iter_mut().zip(x.row(i)).for_each(|(r, x)| *r += wz * x);
            }
        }
        right.iter_mut().zip(&scale).for_each(|(r, s)| *r /= s);
        let solved = cholesky.solve(&right)?;
        Ok(solved.iter().zip(&scale).map(|(b, s)| b / s).collect())
    };
    let mut coefficients = solve(&|i| target[i])?;
    let fitted = x.times_vector(&coefficients);
    let correction = solve(&|i| target[i] - fitted[i])?;
    coefficients.iter_mut().zip(correction).for_each(|(b, c)| *b += c);
    let inverse = cholesky.inverse();
    let naive = Matrix::from_fn(p, p, |i, j| inverse[(i, j)] / (scale[i] * scale[j]));
    Ok((coefficients, naive))
}

/// The columns that earlier ones do not explain, under weights.
pub(super) fn independent_columns(x: &Matrix, w: &[f64]) -> Vec<usize> {
    let gram = x.cross_product(Some(w));
    let mut kept: Vec<usize> = Vec::new();
    // Rows of the Cholesky factor of the kept columns, scaled to unit diagonal of the Gram matrix.
    let mut rows: Vec<Vec<f64>> = Vec::new();
    for j in 0..gram.n_columns() {
        if gram[(j, j)] <= 0.0 {
            continue;
        }
        let mut row: Vec<f64> = Vec::with_capacity(kept.len() + 1);
        for (k, other) in kept.iter().enumerate() {
            let along: f64 = row.iter().zip(&rows[k]).map(|(a, b)| a * b).sum();
            let cosine = gram[(j, *other)] / (gram[(j, j)] * gram[(*other, *other)]).sqrt();
            row.push((cosine - along) / rows[k][k]);
        }
        let left = 1.0 - row.iter().map(|v| v * v).sum::<f64>();
        if left > EXPLAINED {
            row.push(left.sqrt());
            rows.push(row);
            kept.push(j);
        }
    }
    kept
}
