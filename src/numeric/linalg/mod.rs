//! Factorizations of small dense matrices, each once and by name.
//!
//! | wanted | use |
//! |---|---|
//! | covariance or normal equations: solve, inverse, ln det | [`Cholesky`] |
//! | any square matrix: solve, inverse, determinant | [`Lu`] |
//! | least squares, columns that others explain | [`Qr`] |
//! | symmetric: eigenvalues, pseudo-inverse, rank, square roots | [`SymmetricEigen`] |
//! | any shape: singular values, pseudo-inverse, rank, condition | [`Svd`] |
//!
//! A matrix that cannot be factored is an error with the data to say why; nothing here panics on numbers.

mod cholesky;
mod eigen;
mod lu;
mod qr;
mod svd;

pub use cholesky::Cholesky;
pub use eigen::{SymmetricEigen, relative_eigenvalues};
pub use lu::Lu;
pub use qr::Qr;
pub use svd::Svd;

use super::matrix::Matrix;
use thiserror::Error;

/// Why a matrix could not be factored or a system not be solved.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum LinalgError {
    /// No inverse within rounding.
    #[error("the {size} × {size} matrix is singular: pivot {pivot} is {value:e} beside {largest:e}")]
    Singular { size: usize, pivot: usize, value: f64, largest: f64 },
    /// A covariance matrix with a direction of no or negative variance.
    #[error("the {size} × {size} matrix is not positive definite: pivot {pivot} is {value:e} beside {largest:e}")]
    NotPositiveDefinite { size: usize, pivot: usize, value: f64, largest: f64 },
    /// Columns that the others explain.
    #[error("{} of {n_columns} columns are explained by the others: {aliased:?}", aliased.len())]
    RankDeficient { n_columns: usize, aliased: Vec<usize> },
    /// A square matrix was needed.
    #[error("the matrix has {n_rows} rows and {n_columns} columns, expected a square one")]
    NotSquare { n_rows: usize, n_columns: usize },
    /// Vector or matrix of another size.
    #[error("the right-hand side has {got} rows, expected {expected}")]
    WrongLength { got: usize, expected: usize },
    /// NaN or infinity among the entries.
    #[error("entry ({row}, {column}) of the matrix is {value}")]
    NotFinite { row: usize, column: usize, value: f64 },
    /// The sweeps came to no end; not seen with finite entries.
    #[error("no convergence after {sweeps} sweeps")]
    NoConvergence { sweeps: usize },
}

fn check_finite(matrix: &Matrix) -> Result<(), LinalgError> {
    match matrix.as_slice().iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(at) => {
            let (row, column) = (at / matrix.n_columns(), at % matrix.n_columns());
            Err(LinalgError::NotFinite { row, column, value: matrix[(row, column)] })
        }
    }
}

fn check_square(matrix: &Matrix) -> Result<usize, LinalgError> {
    check_finite(matrix)?;
    if matrix.is_square() {
        Ok(matrix.n_rows())
    } else {
        Err(LinalgError::NotSquare { n_rows: matrix.n_rows(), n_columns: matrix.n_columns() })
    }
}

fn check_length(got: usize, expected: usize) -> Result<(), LinalgError> {
    if got == expected { Ok(()) } else { Err(LinalgError::WrongLength { got, expected }) }
}

/// Solves for every column of `right` with a solver for one.
fn solve_columns(
    right: &Matrix,
    n_rows: usize,
    solve: impl Fn(&[f64]) -> Result<Vec<f64>, LinalgError>,
) -> Result<Matrix, LinalgError> {
    let mut out = Matrix::zeros(n_rows, right.n_columns());
    for j in 0..right.n_columns() {
        for (i, value) in solve(&right.column(j))?.into_iter().enumerate() {
            out[(i, j)] = value;
        }
    }
    Ok(out)
}
