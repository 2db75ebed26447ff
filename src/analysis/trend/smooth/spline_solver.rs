//! Natural cubic splines through knots, by banded systems.

/// A penalised spline at fixed knots: solutions for any penalty in time linear in the number of knots.
///
/// # Definition
/// With gaps h, values g and second derivatives γ at inner knots: Qᵀg = Rγ. The minimiser of Σw(y − g)² + λ∫g″² solves
/// (R + λQᵀW⁻¹Q)γ = Qᵀy, g = y − λW⁻¹Qγ.
///
/// # References
/// Green and Silverman (1994), *Nonparametric Regression and Generalized Linear Models*, section 2.3. Hutchinson and de Hoog (1985),
/// Numerische Mathematik 47, for the diagonal of the operator.
pub(super) struct Knots {
    /// Reciprocals of the gaps.
    inverse_gaps: Vec<f64>,
    /// Diagonal and first off-diagonal of R.
    r: [Vec<f64>; 2],
    weights: Vec<f64>,
}

/// One solution.
pub(super) struct Solution {
    pub fitted: Vec<f64>,
    /// Diagonal of the operator from y to the fit.
    pub leverages: Vec<f64>,
}

impl Knots {
    /// Knots in rising order, three or more; weights above 0.
    pub fn new(x: &[f64], weights: Vec<f64>) -> Knots {
        let gaps: Vec<f64> = x.windows(2).map(|w| w[1] - w[0]).collect();
        let r0 = gaps.windows(2).map(|h| (h[0] + h[1]) / 3.0).collect();
        let r1 = gaps[1..gaps.len() - 1].iter().map(|h| h / 6.0).collect();
        Knots { inverse_gaps: gaps.iter().map(|h| 1.0 / h).collect(), r: [r0, r1], weights }
    }

    /// The column of Q at inner knot `j` (from 0): its entries at knots j, j + 1 and j + 2.
    fn q(&self, j: usize) -> [f64; 3] {
        let (a, b) = (self.inverse_gaps[j], self.inverse_gaps[j + 1]);
        [a, -(a + b), b]
    }

    pub fn solve(&self, y: &[f64], lambda: f64) -> Solution {
        let m = y.len() - 2;
        // Three diagonals of R + λQᵀW⁻¹Q.
        let over = |i: usize| 1.0 / self.weights[i];
        let main = (0..m).map(|j| {
            let a = self.q(j);
            let square = a[0] * a[0] * over(j) + a[1] * a[1] * over(j + 1) + a[2] * a[2] * over(j + 2);
            self.r[0][j] + lambda * square
        });
        let first = (0..m.saturating_sub(1)).map(|j| {
            let (a, b) = (self.q(j), self.q(j + 1));
            self.r[1][j] + lambda * (a[1] * b[0] * over(j + 1) + a[2] * b[1] * over(j + 2))
        });
        let second = (0..m.saturating_sub(2)).map(|j| lambda * self.q(j)[2] * self.q(j + 2)[0] * over(j + 2));
        let band = [main.collect(), first.collect(), second.collect()];
        let (d, l1, l2) = factor(&band);
        let right: Vec<f64> = (0..m).map(|j| self.q(j).iter().zip(&y[j..]).map(|(q, y)| q * y).sum()).collect();
        let gamma = substitute(&d, &l1, &l2, right);
        let inverse = inverse_band(&d, &l1, &l2);
        let mut fitted = y.to_vec();
        for (j, g) in gamma.iter().enumerate() {
            for (k, q) in self.q(j).iter().enumerate() {
                fitted[j + k] -= lambda * over(j + k) * q * g;
            }
        }
        let leverages = (0..y.len())
            .map(|i| {
                // Row i of Q: entries at inner knots i − 2, i − 1 and i.
                let near: Vec<(usize, f64)> =
                    (i.saturating_sub(2)..=i).filter(|j| *j < m).map(|j| (j, self.q(j)[i - j])).collect();
                let mut quadratic = 0.0;
                for (a, qa) in &near {
                    for (b, qb) in &near {
                        quadratic += qa * qb * inverse[a.abs_diff(*b)][*a.min(b)];
                    }
                }
                1.0 - lambda * over(i) * quadratic
            })
            .collect();
        Solution { fitted, leverages }
    }
}

/// L D Lᵀ of a symmetric matrix with three diagonals.
fn factor(band: &[Vec<f64>; 3]) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let m = band[0].len();
    let (mut d, mut l1, mut l2) = (band[0].clone(), vec![0.0; m], vec![0.0; m]);
    for i in 0..m {
        if i >= 1 {
            d[i] -= d[i - 1] * l1[i - 1] * l1[i - 1];
        }
        if i >= 2 {
            d[i] -= d[i - 2] * l2[i - 2] * l2[i - 2];
        }
        if i + 1 < m {
            let carried = if i >= 1 { l1[i - 1] * l2[i - 1] * d[i - 1] } else { 0.0 };
            l1[i] = (band[1][i] - carried) / d[i];
        }
        if i + 2 < m {
            l2[i] = band[2][i] / d[i];
        }
    }
    (d, l1, l2)
}

fn substitute(d: &[f64], l1: &[f64], l2: &[f64], mut x: Vec<f64>) -> Vec<f64> {
    let m = d.len();
    for i in 0..m {
        if i >= 1 {
            x[i] -= l1[i - 1] * x[i - 1];
        }
        if i >= 2 {
            x[i] -= l2[i - 2] * x[i - 2];
        }
    }
    for (x, d) in x.iter_mut().zip(d) {
        *x /= d;
    }
    for i in (0..m).rev() {
        if i + 1 < m {
            x[i] -= l1[i] * x[i + 1];
        }
        if i + 2 < m {
            x[i] -= l2[i] * x[i + 2];
        }
    }
    x
}

/// The three middle diagonals of the inverse, from the bottom up.
fn inverse_band(d: &[f64], l1: &[f64], l2: &[f64]) -> [Vec<f64>; 3] {
    let m = d.len();
    let mut b = [vec![0.0; m], vec![0.0; m], vec![0.0; m]];
    for i in (0..m).rev() {
        let one = if i + 1 < m { b[0][i + 1] } else { 0.0 };
        let cross = if i + 2 < m { b[1][i + 1] } else { 0.0 };
        let two = if i + 2 < m { b[0][i + 2] } else { 0.0 };
        b[1][i] = -l1[i] * one - l2[i] * cross;
        b[2][i] = -l1[i] * cross - l2[i] * two;
        b[0][i] = 1.0 / d[i] - l1[i] * b[1][i] - l2[i] * b[2][i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::linalg::Cholesky;
    use crate::numeric::matrix::Matrix;

    #[test]
    fn the_band_of_the_inverse_is_that_of_the_inverse() {
        let band = [vec![4.0, 5.0, 6.0, 5.0, 4.0], vec![1.0, -1.0, 0.5, 1.0], vec![0.3, 0.2, -0.4]];
        let dense = Matrix::from_fn(5, 5, |i, j| {
            let k = i.abs_diff(j);
            if k < 3 { band[k][i.min(j)] } else { 0.0 }
        });
        let inverse = Cholesky::of(&dense).unwrap().inverse();
        let (d, l1, l2) = factor(&band);
        let found = inverse_band(&d, &l1, &l2);
        for k in 0..3 {
            for i in 0..5 - k {
                assert!((found[k][i] - inverse[(i, i + k)]).abs() < 1e-14, "{k} {i}");
            }
        }
    }

    #[test]
    fn no_penalty_passes_through_the_points_and_a_huge_one_gives_the_line() {
        let (x, y) = ([0.0, 1.0, 3.0, 4.0], [1.0, 0.0, 2.0, 5.0]);
        let knots = Knots::new(&x, vec![1.0; 4]);
        let exact = knots.solve(&y, 0.0);
        assert!(exact.fitted.iter().zip(&y).all(|(f, y)| (f - y).abs() < 1e-14));
        let line = knots.solve(&y, 1e9);
        assert!((line.leverages.iter().sum::<f64>() - 2.0).abs() < 1e-6);
        let slope = (line.fitted[3] - line.fitted[0]) / 4.0;
        assert!((line.fitted[1] - line.fitted[0] - slope).abs() < 1e-6);
    }
}
