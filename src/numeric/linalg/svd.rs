//! Singular values of matrices of any shape.

use super::{LinalgError, check_finite};
use crate::numeric::matrix::Matrix;
use crate::numeric::sum::Sum;

/// `A = U diag(values) Vᵀ`, values descending, by one-sided Jacobi rotations.
///
/// # References
/// Golub and Van Loan (2013), *Matrix Computations*, section 8.6.3.
#[derive(Debug, Clone, PartialEq)]
pub struct Svd {
    values: Vec<f64>,
    left: Matrix,
    right: Matrix,
}

impl Svd {
    const MAX_SWEEPS: usize = 60;

    /// # Errors
    /// NaN or infinity among the entries.
    pub fn of(matrix: &Matrix) -> Result<Svd, LinalgError> {
        check_finite(matrix)?;
        if matrix.n_rows() < matrix.n_columns() {
            let Svd { values, left, right } = Svd::of(&matrix.transposed())?;
            return Ok(Svd { values, left: right, right: left });
        }
        // Rows of `columns` are the columns of A; rotated until they are orthogonal.
        let p = matrix.n_columns();
        let mut columns = matrix.transposed();
        let mut right = Matrix::identity(p);
        let mut is_done = p < 2;
        let size = inner(matrix.as_slice(), matrix.as_slice()).sqrt();
        for sweep in 0..Self::MAX_SWEEPS {
            // Columns of a matrix without full rank end as rounding, and rounding is never orthogonal: late sweeps leave
            // what is small beside the whole matrix.
            let floor = if sweep < 12 { 0.0 } else { 1e-15 * size };
            let mut n_rotations = 0;
            for i in 0..p {
                for j in i + 1..p {
                    n_rotations += usize::from(rotate(&mut columns, &mut right, i, j, floor));
                }
            }
            if n_rotations == 0 {
                is_done = true;
                break;
            }
        }
        if !is_done {
            return Err(LinalgError::NoConvergence { sweeps: Self::MAX_SWEEPS });
        }
        let lengths: Vec<f64> = (0..p).map(|i| inner(columns.row(i), columns.row(i)).sqrt()).collect();
        let mut order: Vec<usize> = (0..p).collect();
        order.sort_by(|i, j| lengths[*j].total_cmp(&lengths[*i]));
        let left = Matrix::from_fn(matrix.n_rows(), p, |r, c| {
            let length = lengths[order[c]];
            if length > 0.0 { columns[(order[c], r)] / length } else { 0.0 }
        });
        let right = Matrix::from_fn(p, p, |r, c| right[(order[c], r)]);
        Ok(Svd { values: order.into_iter().map(|i| lengths[i]).collect(), left, right })
    }

    /// Singular values, descending.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// `U`, one column per singular value (zeros where the value is 0).
    pub fn left(&self) -> &Matrix {
        &self.left
    }

    /// `V`, one column per singular value.
    pub fn right(&self) -> &Matrix {
        &self.right
    }

    /// How many singular values exceed `tolerance` times the largest.
    pub fn rank(&self, tolerance: f64) -> usize {
        let bound = tolerance * self.values.first().copied().unwrap_or(0.0);
        self.values.iter().filter(|v| **v > bound).count()
    }

    /// Largest over smallest singular value; infinite for a matrix without full rank.
    pub fn condition(&self) -> f64 {
        match (self.values.first(), self.values.last()) {
            (Some(first), Some(last)) => {
                if *last > 0.0 {
                    first / last
                } else {
                    f64::INFINITY
                }
            }
            _ => 1.0,
        }
    }

    /// The Moore–Penrose inverse; values up to `tolerance` times the largest count as zero.
    pub fn pseudo_inverse(&self, tolerance: f64) -> Matrix {
        let rank = self.rank(tolerance);
        Matrix::from_fn(self.right.n_rows(), self.left.n_rows(), |i, j| {
            (0..rank).map(|k| self.right[(i, k)] * self.left[(j, k)] / self.values[k]).sum()
        })
    }
}

fn inner(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).collect::<Sum>().value()
}

fn rotate(columns: &mut Matrix, right: &mut Matrix, i: usize, j: usize, floor: f64) -> bool {
    let (ii, jj, ij) = (
        inner(columns.row(i), columns.row(i)),
        inner(columns.row(j), columns.row(j)),
        inner(columns.row(i), columns.row(j)),
    );
    if ij.abs() <= 2e-15 * (ii.sqrt() * jj.sqrt()) || ij == 0.0 || ii.min(jj).sqrt() <= floor {
        return false;
    }
    let theta = (jj - ii) / (2.0 * ij);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for matrix in [columns, right] {
        for k in 0..matrix.n_columns() {
            let (a, b) = (matrix[(i, k)], matrix[(j, k)]);
            matrix[(i, k)] = c * a - s * b;
            matrix[(j, k)] = s * a + c * b;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagonal_and_a_wide_matrix() {
        let svd = Svd::of(&Matrix::from_rows(&[[0.0, 3.0], [-2.0, 0.0], [0.0, 0.0]])).unwrap();
        assert_eq!(svd.values(), [3.0, 2.0]);
        assert_eq!(svd.condition(), 1.5);
        let wide = Svd::of(&Matrix::from_rows(&[[3.0, 4.0]])).unwrap();
        assert!((wide.values()[0] - 5.0).abs() < 1e-15);
        let inverse = wide.pseudo_inverse(1e-12);
        assert!((inverse[(0, 0)] - 0.12).abs() < 1e-16 && (inverse[(1, 0)] - 0.16).abs() < 1e-16);
    }

    #[test]
    fn parts_rebuild_the_matrix() {
        let a = Matrix::from_fn(6, 4, |i, j| libm::sin((3 * i + 7 * j) as f64));
        let svd = Svd::of(&a).unwrap();
        let rebuilt = svd.left().times(&Matrix::from_diagonal(svd.values())).times(&svd.right().transposed());
        assert!(rebuilt.minus(&a).max_abs() < 1e-14);
    }

    #[test]
    fn a_large_matrix_of_low_rank() {
        let a = Matrix::from_fn(80, 3, |i, j| libm::sin(((i + 2) * (j + 1)) as f64));
        let a = a.times(&Matrix::from_fn(3, 60, |i, j| libm::cos(((i + 1) * (j * j + 1)) as f64)));
        let svd = Svd::of(&a).unwrap();
        assert_eq!(svd.rank(1e-12), 3);
        assert!(a.times(&svd.pseudo_inverse(1e-12)).times(&a).minus(&a).max_abs() < 1e-12);
    }

    #[test]
    fn rank_by_tolerance() {
        let a = Matrix::from_fn(5, 3, |i, j| (i + j) as f64);
        let svd = Svd::of(&a).unwrap();
        assert_eq!(svd.rank(1e-12), 2);
        // A A⁺ A = A.
        assert!(a.times(&svd.pseudo_inverse(1e-12)).times(&a).minus(&a).max_abs() < 1e-13);
        assert_eq!(Svd::of(&Matrix::zeros(2, 2)).unwrap().condition(), f64::INFINITY);
    }
}
