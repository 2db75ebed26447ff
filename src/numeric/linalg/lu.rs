//! Square matrices without symmetry.

use super::{LinalgError, check_length, check_square, solve_columns};
use crate::numeric::matrix::Matrix;

/// `P A = L U` by Gaussian elimination; the pivot is the largest entry beside the scale of its row.
#[derive(Debug, Clone, PartialEq)]
pub struct Lu {
    /// `L` without its unit diagonal below, `U` on and above the diagonal.
    factors: Matrix,
    order: Vec<usize>,
    is_odd: bool,
}

impl Lu {
    /// A pivot below this share of the largest entry of its row is rounding.
    const TOLERANCE: f64 = 1e-15;

    /// # Errors
    /// Not square, not finite, or singular within rounding; the pivot is named.
    pub fn of(matrix: &Matrix) -> Result<Lu, LinalgError> {
        let size = check_square(matrix)?;
        let mut factors = matrix.clone();
        let mut order: Vec<usize> = (0..size).collect();
        let mut scales: Vec<f64> =
            (0..size).map(|i| matrix.row(i).iter().fold(0.0_f64, |max, v| max.max(v.abs()))).collect();
        let mut is_odd = false;
        for k in 0..size {
            let mut best = (k, -1.0);
            for i in k..size {
                let share = if scales[i] > 0.0 { factors[(i, k)].abs() / scales[i] } else { 0.0 };
                if share > best.1 {
                    best = (i, share);
                }
            }
            let (pivot, share) = best;
            if share <= Lu::TOLERANCE {
                return Err(LinalgError::Singular {
                    size,
                    pivot: k,
                    value: factors[(pivot, k)],
                    largest: scales[pivot],
                });
            }
            if pivot != k {
                for j in 0..size {
                    let swap = factors[(k, j)];
                    factors[(k, j)] = factors[(pivot, j)];
                    factors[(pivot, j)] = swap;
                }
                order.swap(k, pivot);
                scales.swap(k, pivot);
                is_odd = !is_odd;
            }
            for i in k + 1..size {
                let factor = factors[(i, k)] / factors[(k, k)];
                factors[(i, k)] = factor;
                if factor != 0.0 {
                    for j in k + 1..size {
                        factors[(i, j)] -= factor * factors[(k, j)];
                    }
                }
            }
        }
        Ok(Lu { factors, order, is_odd })
    }

    /// `A⁻¹ right`.
    ///
    /// # Errors
    /// A right-hand side of another length.
    pub fn solve(&self, right: &[f64]) -> Result<Vec<f64>, LinalgError> {
        let n = self.order.len();
        check_length(right.len(), n)?;
        let mut x: Vec<f64> = self.order.iter().map(|i| right[*i]).collect();
        for i in 0..n {
            for k in 0..i {
                x[i] -= self.factors[(i, k)] * x[k];
            }
        }
        for i in (0..n).rev() {
            for k in i + 1..n {
                x[i] -= self.factors[(i, k)] * x[k];
            }
            x[i] /= self.factors[(i, i)];
        }
        Ok(x)
    }

    /// `A⁻¹ right` for every column of `right`.
    ///
    /// # Errors
    /// A right-hand side of another height.
    pub fn solve_matrix(&self, right: &Matrix) -> Result<Matrix, LinalgError> {
        solve_columns(right, self.order.len(), |column| self.solve(column))
    }

    /// `A⁻¹`.
    ///
    /// # Errors
    /// None in practice; the shape always fits.
    pub fn inverse(&self) -> Result<Matrix, LinalgError> {
        self.solve_matrix(&Matrix::identity(self.order.len()))
    }

    /// `det A`.
    pub fn determinant(&self) -> f64 {
        let product: f64 = self.factors.diagonal().into_iter().product();
        if self.is_odd { -product } else { product }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solve_and_determinant_by_hand() {
        let a = Matrix::from_rows(&[[0.0, 2.0], [3.0, 4.0]]);
        let lu = Lu::of(&a).unwrap();
        assert_eq!(lu.determinant(), -6.0);
        assert_eq!(lu.solve(&[2.0, 7.0]).unwrap(), [1.0, 1.0]);
        let unit = lu.inverse().unwrap().times(&a);
        assert!(unit.minus(&Matrix::identity(2)).max_abs() < 1e-15);
    }

    #[test]
    fn singular_matrices_are_errors() {
        for rows in [[[1.0, 2.0], [2.0, 4.0]], [[0.0, 0.0], [0.0, 1.0]]] {
            assert!(matches!(Lu::of(&Matrix::from_rows(&rows)), Err(LinalgError::Singular { .. })));
        }
    }

    #[test]
    fn scales_of_rows_do_not_matter() {
        let a = Matrix::from_rows(&[[1e-100, 2e-100], [1e100, -1e100]]);
        let x = Lu::of(&a).unwrap().solve(&[3e-100, 0.0]).unwrap();
        assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 1.0).abs() < 1e-15);
    }
}
