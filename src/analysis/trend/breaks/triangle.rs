//! Residual sums of squares of a regression on every stretch of the series.

use super::super::check::{all_finite, at_least, same_length};
use super::super::error::TrendError;
use crate::numeric::matrix::Matrix;

/// Sums for stretches from each start on.
#[derive(Debug, Clone)]
pub(super) struct Triangle {
    /// By start, then by length − 1.
    sums: Vec<Vec<f64>>,
    pub n: usize,
    pub k: usize,
}

/// The triangle takes memory with the square of the length.
const LONGEST: usize = 4000;

impl Triangle {
    /// Adds the rows one by one into a triangular factor by Givens rotations; what a row leaves over adds to the sum.
    pub fn new(design: &Matrix, y: &[f64]) -> Result<Triangle, TrendError> {
        let (n, k) = (design.n_rows(), design.n_columns());
        same_length("the response", y.len(), n)?;
        all_finite("the response", y)?;
        all_finite("the design", design.as_slice())?;
        at_least("columns", k, 1)?;
        if n > LONGEST {
            return Err(TrendError::OutOfRange {
                what: "the number of observations",
                got: n as f64,
                expected: "4,000 or fewer",
            });
        }
        let sums = (0..n)
            .map(|start| {
                let mut fit = Growing::new(k);
                (start..n).map(|i| fit.add(design.row(i), y[i])).collect()
            })
            .collect();
        Ok(Triangle { sums, n, k })
    }

    /// The sum over observations `from..to`, counted from 0.
    pub fn rss(&self, from: usize, to: usize) -> f64 {
        self.sums[from][to - from - 1]
    }
}

/// A least-squares fit that grows by a row at a time.
struct Growing {
    factor: Matrix,
    right: Vec<f64>,
    rss: f64,
    row: Vec<f64>,
}

impl Growing {
    fn new(k: usize) -> Growing {
        Growing { factor: Matrix::zeros(k, k), right: vec![0.0; k], rss: 0.0, row: vec![0.0; k] }
    }

    fn add(&mut self, row: &[f64], y: f64) -> f64 {
        let k = row.len();
        self.row.copy_from_slice(row);
        let mut y = y;
        for j in 0..k {
            let x = self.row[j];
            if x == 0.0 {
                continue;
            }
            let d = self.factor[(j, j)];
            let length = libm::hypot(d, x);
            let (c, s) = (d / length, x / length);
            for (f, r) in self.factor.row_mut(j)[j..].iter_mut().zip(&mut self.row[j..]) {
                (*f, *r) = (c * *f + s * *r, c * *r - s * *f);
            }
            (self.right[j], y) = (c * self.right[j] + s * y, c * y - s * self.right[j]);
            // What is left of a column that others explain is rounding.
            for r in &mut self.row[j + 1..] {
                if r.abs() <= 1e-13 * length {
                    *r = 0.0;
                }
            }
        }
        self.rss += y * y;
        self.rss
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::trend::regression::LinearFit;

    #[test]
    fn every_stretch_equals_its_own_regression() {
        let y: Vec<f64> = (0..12).map(|i| f64::from(i * i % 7)).collect();
        let x = Matrix::from_fn(12, 2, |i, j| if j == 0 { 1.0 } else { i as f64 });
        let triangle = Triangle::new(&x, &y).unwrap();
        for (from, to) in [(0, 12), (3, 8), (5, 7), (9, 12)] {
            let rows: Vec<usize> = (from..to).collect();
            let part: Vec<f64> = y[from..to].to_vec();
            let fit = LinearFit::of(&x.select(&rows, &[0, 1]), &part, None).unwrap();
            assert!((triangle.rss(from, to) - fit.rss).abs() < 1e-10, "{from} {to}");
        }
    }
}
