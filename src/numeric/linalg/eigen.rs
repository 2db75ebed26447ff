//! Eigenvalues of symmetric matrices.

use super::{Cholesky, LinalgError, check_length, check_square};
use crate::numeric::matrix::Matrix;

/// Eigenvalues (descending) and eigenvectors of a symmetric matrix. Only the lower triangle is read.
///
/// Jacobi rotations: slower than other methods above a few hundred columns, but small eigenvalues keep their digits.
///
/// # References
/// Golub and Van Loan (2013), *Matrix Computations*, section 8.5. Demmel and Veselić (1992), "Jacobi's method is more
/// accurate than QR", SIAM J. Matrix Anal. 13(4).
#[derive(Debug, Clone, PartialEq)]
pub struct SymmetricEigen {
    values: Vec<f64>,
    /// One eigenvector per column.
    vectors: Matrix,
}

impl SymmetricEigen {
    const MAX_SWEEPS: usize = 60;

    /// # Errors
    /// Not square or not finite.
    pub fn of(matrix: &Matrix) -> Result<SymmetricEigen, LinalgError> {
        let n = check_square(matrix)?;
        // One vector a row, while they turn.
        let mut v = Matrix::identity(n);
        let values = Self::diagonalise(matrix, |p, q, turn| turn.rows(&mut v, p, q))?;
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|i, j| values[*j].total_cmp(&values[*i]));
        let mut vectors = Matrix::from_fn(n, n, |i, j| v[(order[j], i)]);
        // A fixed sign: the entry largest in size is positive.
        for j in 0..n {
            let column = vectors.column(j);
            let head =
                column.iter().fold(0.0_f64, |best, x| if x.abs() > best.abs() * (1.0 + 1e-12) { *x } else { best });
            if head < 0.0 {
                for i in 0..n {
                    vectors[(i, j)] = -vectors[(i, j)];
                }
            }
        }
        Ok(SymmetricEigen { values: order.into_iter().map(|i| values[i]).collect(), vectors })
    }

    /// Eigenvalues alone, descending; the same as [`of`](Self::of) gives.
    ///
    /// # Errors
    /// As for [`of`](Self::of).
    pub fn values_of(matrix: &Matrix) -> Result<Vec<f64>, LinalgError> {
        check_square(matrix)?;
        let mut values = Self::diagonalise(matrix, |_, _, _| {})?;
        values.sort_by(|a, b| b.total_cmp(a));
        Ok(values)
    }

    /// The diagonal after all rotations, of which `also` hears.
    fn diagonalise(matrix: &Matrix, mut also: impl FnMut(usize, usize, Rotation)) -> Result<Vec<f64>, LinalgError> {
        let n = matrix.n_rows();
        let mut a = Matrix::from_fn(n, n, |i, j| matrix[(i.max(j), i.min(j))]);
        let size = matrix.max_abs();
        for sweep in 0..Self::MAX_SWEEPS {
            // Small eigenvalues keep their digits because entries are compared with their own diagonal. Where that never
            // ends, what is left is rounding, and late sweeps leave what is small beside the whole matrix.
            let floor = if sweep < 12 { f64::MIN_POSITIVE } else { 1e-17 * size };
            let mut is_done = true;
            for p in 0..n {
                for q in p + 1..n {
                    if let Some(turn) = rotate(&mut a, p, q, floor) {
                        is_done = false;
                        also(p, q, turn);
                    }
                }
            }
            if is_done {
                return Ok(a.diagonal());
            }
        }
        Err(LinalgError::NoConvergence { sweeps: Self::MAX_SWEEPS })
    }

    /// Eigenvalues, descending.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Eigenvectors, one per column, in the order of the values.
    pub fn vectors(&self) -> &Matrix {
        &self.vectors
    }

    /// How many eigenvalues exceed `tolerance` times the largest in size.
    pub fn rank(&self, tolerance: f64) -> usize {
        let bound = self.bound(tolerance);
        self.values.iter().filter(|v| v.abs() > bound).count()
    }

    /// Largest over smallest eigenvalue in size; infinite for a singular matrix.
    pub fn condition(&self) -> f64 {
        let smallest = self.values.iter().fold(f64::INFINITY, |min, v| min.min(v.abs()));
        if self.values.is_empty() { 1.0 } else { self.bound(1.0) / smallest }
    }

    /// The Moore–Penrose inverse; eigenvalues up to `tolerance` times the largest count as zero.
    pub fn pseudo_inverse(&self, tolerance: f64) -> Matrix {
        let bound = self.bound(tolerance);
        self.map(|v| if v.abs() > bound { 1.0 / v } else { 0.0 })
    }

    /// The symmetric square root; negative eigenvalues count as zero.
    pub fn square_root(&self) -> Matrix {
        self.map(|v| v.max(0.0).sqrt())
    }

    /// The matrix with the same eigenvectors and changed eigenvalues.
    pub fn map(&self, change: impl Fn(f64) -> f64) -> Matrix {
        let n = self.values.len();
        let changed: Vec<f64> = self.values.iter().map(|v| change(*v)).collect();
        let mut out = Matrix::zeros(n, n);
        for i in 0..n {
            for j in 0..=i {
                let entry = (0..n).map(|k| changed[k] * self.vectors[(i, k)] * self.vectors[(j, k)]).sum();
                out[(i, j)] = entry;
                out[(j, i)] = entry;
            }
        }
        out
    }

    fn bound(&self, tolerance: f64) -> f64 {
        tolerance * self.values.iter().fold(0.0_f64, |max, v| max.max(v.abs()))
    }
}

/// A rotation in the plane of two coordinates: cosine and sine.
#[derive(Clone, Copy)]
struct Rotation {
    c: f64,
    s: f64,
}

impl Rotation {
    /// Turns two rows into each other.
    fn rows(self, matrix: &mut Matrix, p: usize, q: usize) {
        let (upper, lower) = matrix.two_rows_mut(p, q);
        for (x, y) in upper.iter_mut().zip(lower) {
            (*x, *y) = (self.c * *x - self.s * *y, self.s * *x + self.c * *y);
        }
    }
}

/// Rotates `a` so that entry (p, q) vanishes; none where there was nothing to do.
fn rotate(a: &mut Matrix, p: usize, q: usize, floor: f64) -> Option<Rotation> {
    let (app, aqq, apq) = (a[(p, p)], a[(q, q)], a[(p, q)]);
    if apq.abs() <= 1e-17 * (app.abs().sqrt() * aqq.abs().sqrt()) || apq.abs() <= floor {
        (a[(p, q)], a[(q, p)]) = (0.0, 0.0);
        return None;
    }
    let theta = (aqq - app) / (2.0 * apq);
    let t =
        if theta.abs() > 1e150 { 0.5 / theta } else { theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt()) };
    let c = 1.0 / (t * t + 1.0).sqrt();
    let turn = Rotation { c, s: t * c };
    turn.rows(a, p, q);
    // What the turn of the rows left in the plane itself is not meant: the columns turn, too.
    (a[(p, p)], a[(q, q)], a[(p, q)], a[(q, p)]) = (app - t * apq, aqq + t * apq, 0.0, 0.0);
    for k in 0..a.n_rows() {
        (a[(k, p)], a[(k, q)]) = (a[(p, k)], a[(q, k)]);
    }
    Some(turn)
}

/// Eigenvalues (descending) of `reference⁻¹ · matrix`, both symmetric, `reference` positive definite.
///
/// The generalised design effects of the Rao–Scott and working Wald tests. They are those of the symmetric matrix
/// `L⁻¹ · matrix · L⁻ᵀ` with `reference = L Lᵀ`, so they are real.
///
/// # Errors
/// Shapes that differ, entries that are not finite, or a reference that is not positive definite.
pub fn relative_eigenvalues(matrix: &Matrix, reference: &Matrix) -> Result<Vec<f64>, LinalgError> {
    let n = check_square(matrix)?;
    check_length(reference.n_rows(), n)?;
    let cholesky = Cholesky::of(reference)?;
    let solve_rows = |m: &Matrix| super::solve_columns(m, n, |column| cholesky.solve_lower(column));
    let half = solve_rows(matrix)?;
    let inner = solve_rows(&half.transposed())?;
    SymmetricEigen::values_of(&inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_by_two_by_hand() {
        let e = SymmetricEigen::of(&Matrix::from_rows(&[[2.0, 1.0], [1.0, 2.0]])).unwrap();
        assert!((e.values()[0] - 3.0).abs() < 1e-15 && (e.values()[1] - 1.0).abs() < 1e-15);
        assert!((e.condition() - 3.0).abs() < 1e-14);
    }

    #[test]
    fn vectors_rebuild_the_matrix_and_are_orthogonal() {
        let a = Matrix::from_fn(9, 9, |i, j| 1.0 / (1.0 + i as f64 + j as f64));
        let e = SymmetricEigen::of(&a).unwrap();
        assert!(e.map(|v| v).minus(&a).max_abs() < 1e-14);
        assert!(e.vectors().cross_product(None).minus(&Matrix::identity(9)).max_abs() < 1e-14);
        // The trace is the sum of the eigenvalues.
        assert!((e.values().iter().sum::<f64>() - a.trace()).abs() < 1e-14);
        assert_eq!(SymmetricEigen::values_of(&a).unwrap(), e.values());
    }

    #[test]
    fn the_pseudo_inverse_of_a_projection_is_itself() {
        let p = Matrix::from_fn(3, 3, |i, j| if i == j { 2.0 / 3.0 } else { -1.0 / 3.0 });
        let e = SymmetricEigen::of(&p).unwrap();
        assert_eq!(e.rank(1e-10), 2);
        assert!(e.pseudo_inverse(1e-10).minus(&p).max_abs() < 1e-15);
        assert!(e.square_root().minus(&p).max_abs() < 1e-7);
    }

    #[test]
    fn a_large_matrix_of_low_rank() {
        // 60 × 60 of rank 5: the sweeps end, and the sum of squares of the eigenvalues is that of the entries.
        let x = Matrix::from_fn(5, 60, |i, j| libm::sin(((i + 2) * (j * j + 3 * i + 1)) as f64));
        let a = x.cross_product(None);
        let e = SymmetricEigen::of(&a).unwrap();
        assert_eq!(e.rank(1e-12), 5);
        let squares = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>();
        assert!((squares(e.values()) / squares(a.as_slice()) - 1.0).abs() < 1e-12);
        let inverse = e.pseudo_inverse(1e-12);
        assert!(a.times(&inverse).times(&a).minus(&a).max_abs() < 1e-11);
    }

    #[test]
    fn entries_of_very_different_size() {
        let a = Matrix::from_rows(&[[1e40, 1e29, 1e19], [1e29, 1e20, 1e9], [1e19, 1e9, 1.0]]);
        let e = SymmetricEigen::of(&a).unwrap();
        // Demmel and Veselić (1992), introduction: 1e40, 9.9e19, 0.981818…
        assert!((e.values()[2] / 0.981_818_181_818_181_8 - 1.0).abs() < 1e-6, "{:?}", e.values());
    }

    #[test]
    fn zeros_and_nothing() {
        assert_eq!(SymmetricEigen::of(&Matrix::zeros(2, 2)).unwrap().values(), [0.0, 0.0]);
        assert_eq!(SymmetricEigen::of(&Matrix::zeros(0, 0)).unwrap().condition(), 1.0);
        assert!(SymmetricEigen::of(&Matrix::zeros(1, 2)).is_err());
    }

    #[test]
    fn eigenvalues_beside_a_reference() {
        let v = Matrix::from_rows(&[[4.0, 0.0], [0.0, 9.0]]);
        let v0 = Matrix::from_rows(&[[2.0, 0.0], [0.0, 3.0]]);
        let got = relative_eigenvalues(&v, &v0).unwrap();
        assert!((got[0] - 3.0).abs() < 1e-14 && (got[1] - 2.0).abs() < 1e-14);
        assert!(relative_eigenvalues(&v, &Matrix::zeros(2, 2)).is_err());
    }
}
