//! Least squares by the normal equations.

use super::error::ModelError;
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;

/// A column counts as explained by earlier ones when less than this share of its sum of squares is left.
const EXPLAINED: f64 = 1e-11;

/// Coefficients and (X'W X)⁻¹, by the normal equations of scaled columns with one refinement.
pub(super) fn weighted_least_squares(x: &Matrix, w: &[f64], target: &[f64]) -> Result<(Vec<f64>, Matrix), ModelError> {
    let equations = NormalEquations::new(&x.cross_product(Some(w)))?;
    let solve = |values: &dyn Fn(usize) -> f64| -> Result<Vec<f64>, ModelError> {
        let mut right = vec![0.0; x.n_columns()];
        for (i, weight) in w.iter().enumerate() {
            let wz = weight * values(i);
            if wz != 0.0 {
                right.iter_mut().zip(x.row(i)).for_each(|(r, x)| *r += wz * x);
            }
        }
        equations.solve(&right)
    };
    let mut coefficients = solve(&|i| target[i])?;
    let fitted = x.times_vector(&coefficients);
    let correction = solve(&|i| target[i] - fitted[i])?;
    coefficients.iter_mut().zip(correction).for_each(|(b, c)| *b += c);
    Ok((coefficients, equations.inverse()))
}

/// `G b = r` for a matrix G of weighted products of columns, factored with the columns scaled to one length.
pub(super) struct NormalEquations {
    scale: Vec<f64>,
    cholesky: Cholesky,
}

impl NormalEquations {
    pub fn new(gram: &Matrix) -> Result<Self, ModelError> {
        let p = gram.n_columns();
        let scale: Vec<f64> = gram.diagonal().iter().map(|d| d.sqrt()).collect();
        let scaled = Matrix::from_fn(p, p, |i, j| gram[(i, j)] / (scale[i] * scale[j]));
        Ok(Self { scale, cholesky: Cholesky::of(&scaled)? })
    }

    pub fn solve(&self, right: &[f64]) -> Result<Vec<f64>, ModelError> {
        let right: Vec<f64> = right.iter().zip(&self.scale).map(|(r, s)| r / s).collect();
        Ok(self.cholesky.solve(&right)?.iter().zip(&self.scale).map(|(b, s)| b / s).collect())
    }

    /// G⁻¹.
    pub fn inverse(&self) -> Matrix {
        let (inverse, scale) = (self.cholesky.inverse(), &self.scale);
        Matrix::from_fn(scale.len(), scale.len(), |i, j| inverse[(i, j)] / (scale[i] * scale[j]))
    }
}

/// The columns that earlier ones do not explain, by the matrix of their weighted products.
pub(super) fn independent_columns(gram: &Matrix) -> Vec<usize> {
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
