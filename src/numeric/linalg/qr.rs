//! Least squares by Householder reflections.

use super::{LinalgError, check_finite, check_length};
use crate::numeric::matrix::Matrix;
use crate::numeric::sum::Sum;

/// `A = Q R` of a matrix with any number of rows; columns that earlier ones explain are moved to the end.
///
/// The order of columns is kept otherwise, so the first of two equal columns stays, as in R's `lm`.
///
/// # References
/// Golub and Van Loan (2013), *Matrix Computations*, algorithm 5.2.1; the limited pivoting of LINPACK `dqrdc2`.
#[derive(Debug, Clone, PartialEq)]
pub struct Qr {
    /// Reflection vectors at and below the diagonal, `R` above it.
    factors: Matrix,
    /// Diagonal of `R`.
    diagonal: Vec<f64>,
    /// Original index of each column.
    order: Vec<usize>,
    rank: usize,
}

impl Qr {
    /// The tolerance of R's `lm`: a column counts as explained when less than this share of its length is left.
    pub const TOLERANCE: f64 = 1e-7;

    /// Factors with [`Qr::TOLERANCE`].
    ///
    /// # Errors
    /// NaN or infinity among the entries.
    pub fn of(matrix: &Matrix) -> Result<Qr, LinalgError> {
        Qr::with_tolerance(matrix, Qr::TOLERANCE)
    }

    /// Factors; a column of which less than `tolerance` of its length is left counts as explained.
    ///
    /// # Errors
    /// NaN or infinity among the entries.
    pub fn with_tolerance(matrix: &Matrix, tolerance: f64) -> Result<Qr, LinalgError> {
        check_finite(matrix)?;
        let (n, p) = (matrix.n_rows(), matrix.n_columns());
        // Column by column in memory: the transpose is worked on.
        let mut columns = matrix.transposed();
        let lengths: Vec<f64> = (0..p).map(|j| norm(columns.row(j))).collect();
        let mut order: Vec<usize> = (0..p).collect();
        let mut diagonal = Vec::new();
        let (mut k, mut end) = (0, p);
        while k < end && k < n {
            let left = norm(&columns.row(k)[k..]);
            if left <= tolerance * lengths[order[k]] || left == 0.0 {
                // To the very end; the others move up.
                let moved = columns.row(k).to_vec();
                for j in k..p - 1 {
                    let next = columns.row(j + 1).to_vec();
                    columns.row_mut(j).copy_from_slice(&next);
                }
                columns.row_mut(p - 1).copy_from_slice(&moved);
                order[k..].rotate_left(1);
                end -= 1;
                continue;
            }
            let head = columns[(k, k)];
            let alpha = if head > 0.0 { -left } else { left };
            columns[(k, k)] = head - alpha;
            let vector = columns.row(k)[k..].to_vec();
            let half = -alpha * vector[0];
            for j in k + 1..p {
                reflect(&vector, half, &mut columns.row_mut(j)[k..]);
            }
            diagonal.push(alpha);
            k += 1;
        }
        Ok(Qr { factors: columns, rank: diagonal.len(), diagonal, order })
    }

    /// How many columns are not explained by others.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// Columns that earlier ones explain, ascending.
    pub fn aliased(&self) -> Vec<usize> {
        let mut aliased = self.order[self.rank..].to_vec();
        aliased.sort_unstable();
        aliased
    }

    /// Least-squares coefficients; `None` for aliased columns.
    ///
    /// # Errors
    /// A right-hand side of another length.
    pub fn least_squares(&self, right: &[f64]) -> Result<Vec<Option<f64>>, LinalgError> {
        let n = self.factors.n_columns();
        check_length(right.len(), n)?;
        let mut y = right.to_vec();
        for k in 0..self.rank {
            let vector = &self.factors.row(k)[k..];
            reflect(vector, -self.diagonal[k] * vector[0], &mut y[k..]);
        }
        let mut out = vec![None; self.order.len()];
        for i in (0..self.rank).rev() {
            for k in i + 1..self.rank {
                y[i] -= self.factors[(k, i)] * y[k];
            }
            y[i] /= self.diagonal[i];
            out[self.order[i]] = Some(y[i]);
        }
        Ok(out)
    }

    /// Least-squares coefficients where every column is needed.
    ///
    /// # Errors
    /// A right-hand side of another length, or aliased columns, which are named.
    pub fn solve(&self, right: &[f64]) -> Result<Vec<f64>, LinalgError> {
        self.full_rank()?;
        Ok(self.least_squares(right)?.into_iter().flatten().collect())
    }

    /// `(AᵀA)⁻¹`, in the original order of columns.
    ///
    /// # Errors
    /// Aliased columns, which are named.
    pub fn gram_inverse(&self) -> Result<Matrix, LinalgError> {
        self.full_rank()?;
        let p = self.rank;
        // R⁻¹ column by column.
        let mut inverse = Matrix::zeros(p, p);
        for j in 0..p {
            inverse[(j, j)] = 1.0 / self.diagonal[j];
            for i in (0..j).rev() {
                let mut sum = 0.0;
                for k in i + 1..=j {
                    sum -= self.factors[(k, i)] * inverse[(k, j)];
                }
                inverse[(i, j)] = sum / self.diagonal[i];
            }
        }
        Ok(inverse.times(&inverse.transposed()))
    }

    fn full_rank(&self) -> Result<(), LinalgError> {
        if self.rank == self.order.len() {
            Ok(())
        } else {
            Err(LinalgError::RankDeficient { n_columns: self.order.len(), aliased: self.aliased() })
        }
    }
}

fn norm(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0_f64, |max, v| max.max(v.abs()));
    if largest == 0.0 {
        return 0.0;
    }
    largest * values.iter().map(|v| (v / largest) * (v / largest)).collect::<Sum>().value().sqrt()
}

/// `target − vector (vectorᵀ target) / half`, half being half of `vectorᵀ vector`.
fn reflect(vector: &[f64], half: f64, target: &mut [f64]) {
    let factor = vector.iter().zip(target.iter()).map(|(v, t)| v * t).collect::<Sum>().value() / half;
    for (t, v) in target.iter_mut().zip(vector) {
        *t -= factor * v;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Matrix {
        Matrix::from_rows(&[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]])
    }

    #[test]
    fn a_straight_line() {
        let qr = Qr::of(&line()).unwrap();
        let b = qr.solve(&[1.0, 3.0, 5.0]).unwrap();
        assert!((b[0] - 1.0).abs() < 1e-14 && (b[1] - 2.0).abs() < 1e-14);
        let want = Matrix::from_rows(&[[5.0 / 6.0, -0.5], [-0.5, 0.5]]);
        assert!(qr.gram_inverse().unwrap().minus(&want).max_abs() < 1e-15);
    }

    #[test]
    fn a_repeated_column_is_named_and_left_out() {
        let a = Matrix::from_fn(4, 3, |i, j| if j == 1 { 1.0 } else { (i * i) as f64 });
        let qr = Qr::of(&a).unwrap();
        assert_eq!((qr.rank(), qr.aliased()), (2, vec![2]));
        let b = qr.least_squares(&[5.0, 6.0, 9.0, 14.0]).unwrap();
        assert!((b[0].unwrap() - 1.0).abs() < 1e-13 && (b[1].unwrap() - 5.0).abs() < 1e-13);
        assert_eq!(b[2], None);
        assert!(matches!(qr.solve(&[0.0; 4]), Err(LinalgError::RankDeficient { .. })));
    }

    #[test]
    fn fewer_rows_than_columns() {
        let qr = Qr::of(&Matrix::from_rows(&[[1.0, 2.0, 3.0]])).unwrap();
        assert_eq!((qr.rank(), qr.aliased()), (1, vec![1, 2]));
        assert_eq!(Qr::of(&Matrix::zeros(0, 2)).unwrap().rank(), 0);
        assert_eq!(Qr::of(&Matrix::zeros(3, 2)).unwrap().rank(), 0);
    }

    #[test]
    fn a_hard_polynomial_fit_keeps_its_digits() {
        // Degree 6 through x = 10 … 16: the normal equations would keep no digit.
        let a = Matrix::from_fn(7, 7, |i, j| libm::pow(10.0 + i as f64, j as f64));
        let y = a.times_vector(&[1.0; 7]);
        let b = Qr::with_tolerance(&a, 1e-14).unwrap().solve(&y).unwrap();
        assert!(b.iter().all(|b| (b - 1.0).abs() < 1e-2), "{b:?}");
    }
}
