//! A small dense matrix.
//!
//! Made for covariance matrices and model matrices of tens to hundreds of columns. All sums run in a fixed order.

use std::ops::{Index, IndexMut};

use super::sum::Sum;

/// A dense matrix of `f64`, stored row by row.
///
/// # Examples
/// ```
/// use opros::numeric::matrix::Matrix;
/// let a = Matrix::from_rows(&[[1.0, 2.0], [3.0, 4.0]]);
/// assert_eq!(a.times(&a)[(1, 0)], 15.0);
/// assert_eq!(a.transposed()[(0, 1)], 3.0);
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    n_rows: usize,
    n_columns: usize,
    data: Vec<f64>,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn zeros(n_rows: usize, n_columns: usize) -> Matrix {
        Matrix { n_rows, n_columns, data: vec![0.0; n_rows * n_columns] }
    }

    /// The identity.
    pub fn identity(n: usize) -> Matrix {
        Matrix::from_diagonal(&vec![1.0; n])
    }

    /// A square matrix with the given diagonal and zeros elsewhere.
    pub fn from_diagonal(diagonal: &[f64]) -> Matrix {
        let mut matrix = Matrix::zeros(diagonal.len(), diagonal.len());
        for (i, value) in diagonal.iter().enumerate() {
            matrix[(i, i)] = *value;
        }
        matrix
    }

    /// A matrix from rows of one length.
    pub fn from_rows<const N: usize>(rows: &[[f64; N]]) -> Matrix {
        Matrix { n_rows: rows.len(), n_columns: N, data: rows.concat() }
    }

    /// A matrix from its entries row by row.
    ///
    /// # Errors
    /// Panics if there are not `n_rows · n_columns` entries: that is a mistake in the calling code.
    pub fn from_vec(n_rows: usize, n_columns: usize, data: Vec<f64>) -> Matrix {
        assert_eq!(data.len(), n_rows * n_columns, "entries do not fill the matrix");
        Matrix { n_rows, n_columns, data }
    }

    /// A matrix whose entries are computed.
    pub fn from_fn(n_rows: usize, n_columns: usize, entry: impl Fn(usize, usize) -> f64) -> Matrix {
        let data = (0..n_rows).flat_map(|i| (0..n_columns).map(move |j| (i, j))).map(|(i, j)| entry(i, j)).collect();
        Matrix { n_rows, n_columns, data }
    }

    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    pub fn n_columns(&self) -> usize {
        self.n_columns
    }

    pub fn is_square(&self) -> bool {
        self.n_rows == self.n_columns
    }

    /// All entries, row by row.
    pub fn as_slice(&self) -> &[f64] {
        &self.data
    }

    /// All entries, row by row.
    pub fn into_vec(self) -> Vec<f64> {
        self.data
    }

    pub fn row(&self, i: usize) -> &[f64] {
        &self.data[i * self.n_columns..(i + 1) * self.n_columns]
    }

    pub fn row_mut(&mut self, i: usize) -> &mut [f64] {
        &mut self.data[i * self.n_columns..(i + 1) * self.n_columns]
    }

    /// Two rows, the first above the second.
    ///
    /// # Errors
    /// Panics unless `first < second`: that is a mistake in the calling code.
    pub fn two_rows_mut(&mut self, first: usize, second: usize) -> (&mut [f64], &mut [f64]) {
        let n = self.n_columns;
        let (above, below) = self.data.split_at_mut(second * n);
        (&mut above[first * n..(first + 1) * n], &mut below[..n])
    }

    /// A copy of column `j`.
    pub fn column(&self, j: usize) -> Vec<f64> {
        (0..self.n_rows).map(|i| self[(i, j)]).collect()
    }

    /// The diagonal of the leading square.
    pub fn diagonal(&self) -> Vec<f64> {
        (0..self.n_rows.min(self.n_columns)).map(|i| self[(i, i)]).collect()
    }

    /// The sum of the diagonal.
    pub fn trace(&self) -> f64 {
        self.diagonal().into_iter().collect::<Sum>().value()
    }

    pub fn transposed(&self) -> Matrix {
        Matrix::from_fn(self.n_columns, self.n_rows, |i, j| self[(j, i)])
    }

    /// Rows and columns picked by index, in that order.
    pub fn select(&self, rows: &[usize], columns: &[usize]) -> Matrix {
        Matrix::from_fn(rows.len(), columns.len(), |i, j| self[(rows[i], columns[j])])
    }

    /// The product `self · other`.
    ///
    /// # Errors
    /// Panics if the shapes do not fit: that is a mistake in the calling code.
    pub fn times(&self, other: &Matrix) -> Matrix {
        assert_eq!(self.n_columns, other.n_rows, "shapes do not fit");
        let mut product = Matrix::zeros(self.n_rows, other.n_columns);
        for i in 0..self.n_rows {
            for k in 0..self.n_columns {
                let factor = self[(i, k)];
                if factor != 0.0 {
                    for (out, value) in product.row_mut(i).iter_mut().zip(other.row(k)) {
                        *out += factor * value;
                    }
                }
            }
        }
        product
    }

    /// The product with a column vector.
    ///
    /// # Errors
    /// Panics if the length does not fit: that is a mistake in the calling code.
    pub fn times_vector(&self, vector: &[f64]) -> Vec<f64> {
        (0..self.n_rows).map(|i| super::sum::dot(self.row(i), vector)).collect()
    }

    /// `selfᵀ · diag(weights) · self`; weights of 1 where `None`.
    ///
    /// # Errors
    /// Panics if there is not one weight per row: that is a mistake in the calling code.
    pub fn cross_product(&self, weights: Option<&[f64]>) -> Matrix {
        if let Some(weights) = weights {
            assert_eq!(weights.len(), self.n_rows, "one weight per row");
        }
        let p = self.n_columns;
        let mut product = Matrix::zeros(p, p);
        let weight = |r: usize| weights.map_or(1.0, |w| w[r]);
        for first in (0..self.n_rows).step_by(ABREAST) {
            let rows = first..(first + ABREAST).min(self.n_rows);
            for i in 0..p {
                let out = &mut product.row_mut(i)[i..];
                let abreast: [usize; ABREAST] = std::array::from_fn(|k| first + k);
                let factors = abreast.map(|r| if r < rows.end { weight(r) * self[(r, i)] } else { 0.0 });
                if factors.iter().all(|factor| *factor != 0.0) {
                    add_abreast(out, factors, abreast.map(|r| &self.row(r)[i..]));
                    continue;
                }
                for (r, factor) in rows.clone().zip(factors).filter(|(_, factor)| *factor != 0.0) {
                    out.iter_mut().zip(&self.row(r)[i..]).for_each(|(out, value)| *out += factor * value);
                }
            }
        }
        for i in 0..p {
            for j in 0..i {
                product[(i, j)] = product[(j, i)];
            }
        }
        product
    }

    /// The quadratic form `vectorᵀ · self · vector`.
    ///
    /// # Errors
    /// Panics if the length does not fit: that is a mistake in the calling code.
    pub fn quadratic_form(&self, vector: &[f64]) -> f64 {
        super::sum::dot(vector, &self.times_vector(vector))
    }

    /// `left · self · leftᵀ`: the covariance of linear combinations.
    pub fn congruence(&self, left: &Matrix) -> Matrix {
        left.times(self).times(&left.transposed())
    }

    pub fn plus(&self, other: &Matrix) -> Matrix {
        assert_eq!((self.n_rows, self.n_columns), (other.n_rows, other.n_columns), "shapes differ");
        Matrix { data: self.data.iter().zip(&other.data).map(|(a, b)| a + b).collect(), ..*self }
    }

    pub fn minus(&self, other: &Matrix) -> Matrix {
        self.plus(&other.scaled(-1.0))
    }

    pub fn scaled(&self, factor: f64) -> Matrix {
        Matrix { data: self.data.iter().map(|a| a * factor).collect(), ..*self }
    }

    /// The largest absolute value of an entry, 0 for an empty matrix; NaN if any entry is.
    pub fn max_abs(&self) -> f64 {
        self.data.iter().fold(0.0, |max: f64, a| if a.is_nan() || max.is_nan() { f64::NAN } else { max.max(a.abs()) })
    }

    pub fn is_finite(&self) -> bool {
        self.data.iter().all(|a| a.is_finite())
    }
}

/// Rows that are added to a cross product together: each sum is fetched once for all of them.
const ABREAST: usize = 4;

/// Adds rows under their factors, one after another.
fn add_abreast(out: &mut [f64], [a, b, c, d]: [f64; ABREAST], rows: [&[f64]; ABREAST]) {
    let [p, q, r, s] = rows.map(|row| &row[..out.len()]);
    for (k, out) in out.iter_mut().enumerate() {
        *out = *out + a * p[k] + b * q[k] + c * r[k] + d * s[k];
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;

    #[inline]
    fn index(&self, (i, j): (usize, usize)) -> &f64 {
        debug_assert!(j < self.n_columns);
        &self.data[i * self.n_columns + j]
    }
}

impl IndexMut<(usize, usize)> for Matrix {
    #[inline]
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut f64 {
        debug_assert!(j < self.n_columns);
        &mut self.data[i * self.n_columns + j]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_by_hand() {
        let a = Matrix::from_rows(&[[1.0, 2.0, 0.0], [0.0, 1.0, 4.0]]);
        assert_eq!(a.times_vector(&[1.0, 1.0, 1.0]), [3.0, 5.0]);
        assert_eq!(a.times(&a.transposed()), Matrix::from_rows(&[[5.0, 2.0], [2.0, 17.0]]));
        assert_eq!(a.cross_product(None), a.transposed().times(&a));
        let weighted = a.cross_product(Some(&[2.0, 0.5]));
        assert_eq!(weighted, Matrix::from_rows(&[[2.0, 4.0, 0.0], [4.0, 8.5, 2.0], [0.0, 2.0, 8.0]]));
    }

    #[test]
    fn a_cross_product_adds_its_rows_in_order() {
        let a =
            Matrix::from_fn(11, 3, |i, j| if (i + j) % 5 == 0 { 0.0 } else { 1.0 / (1.0 + i as f64 + 2.0 * j as f64) });
        let weights: Vec<f64> = (0..11).map(|i| 0.1 + i as f64).collect();
        let in_order = |i: usize, j: usize| (0..11).fold(0.0, |sum, r| sum + weights[r] * a[(r, i)] * a[(r, j)]);
        let product = a.cross_product(Some(&weights));
        for (i, j) in [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)] {
            assert_eq!((product[(i, j)], product[(j, i)]), (in_order(i, j), in_order(i, j)));
        }
    }

    #[test]
    fn quadratic_forms_and_congruences() {
        let v = Matrix::from_rows(&[[2.0, 1.0], [1.0, 3.0]]);
        assert_eq!(v.quadratic_form(&[1.0, -1.0]), 3.0);
        assert_eq!(v.congruence(&Matrix::from_rows(&[[1.0, -1.0]]))[(0, 0)], 3.0);
        assert_eq!(v.trace(), 5.0);
    }

    #[test]
    fn empty_matrices_are_allowed() {
        let empty = Matrix::zeros(0, 0);
        assert_eq!((empty.trace(), empty.max_abs()), (0.0, 0.0));
        assert_eq!(Matrix::zeros(0, 3).cross_product(None), Matrix::zeros(3, 3));
    }

    #[test]
    fn picking_rows_and_columns() {
        let a = Matrix::from_rows(&[[1.0, 2.0], [3.0, 4.0]]);
        assert_eq!(a.select(&[1], &[1, 0]), Matrix::from_rows(&[[4.0, 3.0]]));
        assert_eq!(a.column(1), [2.0, 4.0]);
    }
}
