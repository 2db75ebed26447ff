//! Symmetric positive definite matrices.

use super::{LinalgError, check_length, check_square, solve_columns};
use crate::numeric::matrix::Matrix;
use crate::numeric::sum::Sum;

/// `A = L Lᵀ` for a symmetric positive definite matrix. Only the lower triangle of `A` is read.
///
/// # Examples
/// ```
/// use opros::numeric::{linalg::Cholesky, matrix::Matrix};
/// let a = Matrix::from_rows(&[[4.0, 2.0], [2.0, 2.0]]);
/// assert_eq!(Cholesky::of(&a)?.solve(&[8.0, 6.0])?, [1.0, 2.0]);
/// # Ok::<(), opros::numeric::linalg::LinalgError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Cholesky {
    lower: Matrix,
    /// Smallest squared pivot beside the diagonal entry that it is left of.
    smallest_pivot: f64,
}

/// Rows whose entries of a column are found together: they do not wait for each other.
const ABREAST: usize = 8;

/// What is left of some entries of a column after the products of their rows with that of the pivot.
fn left_over<const N: usize>(entries: [f64; N], rows: [&[f64]; N], pivot: &[f64]) -> [f64; N] {
    let rows: [&[f64]; N] = std::array::from_fn(|n| &rows[n][..pivot.len()]);
    let mut sums = [Sum::ZERO; N];
    sums.iter_mut().zip(entries).for_each(|(sum, entry)| sum.add(entry));
    for (k, value) in pivot.iter().enumerate() {
        sums.iter_mut().zip(&rows).for_each(|(sum, row)| sum.add(-row[k] * value));
    }
    sums.map(Sum::value)
}

impl Cholesky {
    /// A pivot below this share of its diagonal entry is rounding.
    const TOLERANCE: f64 = 1e-14;

    /// # Errors
    /// Not square, not finite, or not positive definite within rounding; the pivot is named.
    pub fn of(matrix: &Matrix) -> Result<Cholesky, LinalgError> {
        let size = check_square(matrix)?;
        let mut lower = Matrix::zeros(size, size);
        let mut smallest_pivot = 1.0_f64;
        for j in 0..size {
            let diagonal = matrix[(j, j)];
            let [rest] = left_over([diagonal], [lower.row(j)], &lower.row(j)[..j]);
            if !(rest > Cholesky::TOLERANCE * diagonal && diagonal > 0.0) {
                return Err(LinalgError::NotPositiveDefinite { size, pivot: j, value: rest, largest: diagonal });
            }
            smallest_pivot = smallest_pivot.min(rest / diagonal);
            let root = rest.sqrt();
            lower[(j, j)] = root;
            let mut i = j + 1;
            while i + ABREAST <= size {
                let rows: [usize; ABREAST] = std::array::from_fn(|n| i + n);
                let own: [&[f64]; ABREAST] = std::array::from_fn(|n| lower.row(rows[n]));
                let rest = left_over(rows.map(|row| matrix[(row, j)]), own, &lower.row(j)[..j]);
                rows.into_iter().zip(rest).for_each(|(row, rest)| lower[(row, j)] = rest / root);
                i += ABREAST;
            }
            for row in i..size {
                let [rest] = left_over([matrix[(row, j)]], [lower.row(row)], &lower.row(j)[..j]);
                lower[(row, j)] = rest / root;
            }
        }
        Ok(Cholesky { lower, smallest_pivot })
    }

    /// The lower triangle `L`.
    pub fn lower(&self) -> &Matrix {
        &self.lower
    }

    /// The smallest share of a variable's variance that the variables before it leave unexplained (1 = unrelated).
    pub fn smallest_pivot(&self) -> f64 {
        self.smallest_pivot
    }

    /// `A⁻¹ right`.
    ///
    /// # Errors
    /// A right-hand side of another length.
    pub fn solve(&self, right: &[f64]) -> Result<Vec<f64>, LinalgError> {
        let mut x = self.solve_lower(right)?;
        let n = x.len();
        for i in (0..n).rev() {
            for k in i + 1..n {
                x[i] -= self.lower[(k, i)] * x[k];
            }
            x[i] /= self.lower[(i, i)];
        }
        Ok(x)
    }

    /// `L⁻¹ right`.
    ///
    /// # Errors
    /// A right-hand side of another length.
    pub fn solve_lower(&self, right: &[f64]) -> Result<Vec<f64>, LinalgError> {
        let n = self.lower.n_rows();
        check_length(right.len(), n)?;
        let mut x = right.to_vec();
        for i in 0..n {
            for k in 0..i {
                x[i] -= self.lower[(i, k)] * x[k];
            }
            x[i] /= self.lower[(i, i)];
        }
        Ok(x)
    }

    /// `A⁻¹ right` for every column of `right`.
    ///
    /// # Errors
    /// A right-hand side of another height.
    pub fn solve_matrix(&self, right: &Matrix) -> Result<Matrix, LinalgError> {
        solve_columns(right, self.lower.n_rows(), |column| self.solve(column))
    }

    /// `A⁻¹`, exactly symmetric.
    pub fn inverse(&self) -> Matrix {
        let n = self.lower.n_rows();
        // L⁻¹ first, then L⁻ᵀ L⁻¹.
        let mut inner = Matrix::zeros(n, n);
        let mut row = vec![0.0; n];
        for i in 0..n {
            row.fill(0.0);
            for (k, l) in self.lower.row(i)[..i].iter().enumerate() {
                row[..=k].iter_mut().zip(inner.row(k)).for_each(|(sum, above)| *sum -= l * above);
            }
            row[i] = 1.0;
            let diagonal = self.lower[(i, i)];
            inner.row_mut(i)[..=i].iter_mut().zip(&row).for_each(|(entry, sum)| *entry = sum / diagonal);
        }
        inner.cross_product(None)
    }

    /// `rightᵀ A⁻¹ right`: the Wald statistic of an estimate with covariance `A`.
    ///
    /// # Errors
    /// A right-hand side of another length.
    pub fn inverse_quadratic_form(&self, right: &[f64]) -> Result<f64, LinalgError> {
        Ok(self.solve_lower(right)?.into_iter().map(|v| v * v).collect::<Sum>().value())
    }

    /// `ln det A`.
    pub fn ln_determinant(&self) -> f64 {
        2.0 * self.lower.diagonal().into_iter().map(libm::log).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_and_forms_by_hand() {
        let c = Cholesky::of(&Matrix::from_rows(&[[4.0, 2.0], [2.0, 2.0]])).unwrap();
        assert_eq!(c.inverse(), Matrix::from_rows(&[[0.5, -0.5], [-0.5, 1.0]]));
        assert_eq!(c.inverse_quadratic_form(&[1.0, 0.0]).unwrap(), 0.5);
        assert!((c.ln_determinant() - libm::log(4.0)).abs() < 1e-15);
        assert_eq!(c.smallest_pivot(), 0.5);
    }

    #[test]
    fn a_direction_without_variance_is_named() {
        let got = Cholesky::of(&Matrix::from_rows(&[[1.0, 2.0], [2.0, 4.0]])).unwrap_err();
        assert!(matches!(got, LinalgError::NotPositiveDefinite { pivot: 1, .. }));
        assert!(Cholesky::of(&Matrix::from_rows(&[[0.0]])).is_err());
        assert!(Cholesky::of(&Matrix::from_rows(&[[f64::NAN]])).is_err());
        assert!(Cholesky::of(&Matrix::zeros(2, 1)).is_err());
    }

    #[test]
    fn the_empty_matrix_is_fine() {
        let c = Cholesky::of(&Matrix::zeros(0, 0)).unwrap();
        assert_eq!(c.solve(&[]).unwrap(), Vec::<f64>::new());
        assert!(c.solve(&[1.0]).is_err());
    }
}
