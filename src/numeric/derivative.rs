//! Derivatives of functions that have none written down, by central differences.
//!
//! # References
//! Ridders (1982), "Accurate computation of F′(x) and F′(x)F″(x)", Advances in Engineering Software 4(2).

use super::matrix::Matrix;

/// The gradient of `f` at `x`, to about ten digits for smooth functions (one Richardson step).
pub fn gradient(mut f: impl FnMut(&[f64]) -> f64, x: &[f64]) -> Vec<f64> {
    let mut at = x.to_vec();
    (0..x.len())
        .map(|i| {
            let mut difference = |h: f64| {
                let up = x[i] + h;
                let down = x[i] - h;
                at[i] = up;
                let above = f(&at);
                at[i] = down;
                let below = f(&at);
                at[i] = x[i];
                (above - below) / (up - down)
            };
            let h = 1e-3 * x[i].abs().max(0.1);
            let (wide, narrow) = (difference(h), difference(0.5 * h));
            narrow + (narrow - wide) / 3.0
        })
        .collect()
}

/// The matrix of second derivatives of `f` at `x`, to about six digits for smooth functions (one Richardson step).
pub fn hessian(mut f: impl FnMut(&[f64]) -> f64, x: &[f64]) -> Matrix {
    let n = x.len();
    let center = f(x);
    let mut coarse_and_fine = |i: usize, j: usize| {
        let mut second = |scale: f64| {
            let step = |k: usize| scale * 4e-3 * x[k].abs().max(0.1);
            let (hi, hj) = (step(i), step(j));
            let mut value = |si: f64, sj: f64| {
                let mut at = x.to_vec();
                at[i] += si * hi;
                at[j] += sj * hj;
                f(&at)
            };
            if i == j {
                (value(0.5, 0.5) - 2.0 * center + value(-0.5, -0.5)) / (hi * hi)
            } else {
                (value(1.0, 1.0) - value(1.0, -1.0) - value(-1.0, 1.0) + value(-1.0, -1.0)) / (4.0 * hi * hj)
            }
        };
        let (wide, narrow) = (second(1.0), second(0.5));
        narrow + (narrow - wide) / 3.0
    };
    let mut out = Matrix::zeros(n, n);
    for i in 0..n {
        for j in 0..=i {
            let entry = coarse_and_fine(i, j);
            out[(i, j)] = entry;
            out[(j, i)] = entry;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_function() {
        // f = x² y + e^y: gradient (2xy, x² + e^y), second derivatives 2y, 2x, e^y.
        let f = |v: &[f64]| v[0] * v[0] * v[1] + libm::exp(v[1]);
        let g = gradient(f, &[3.0, 0.5]);
        let e = libm::exp(0.5);
        assert!((g[0] - 3.0).abs() < 1e-9 && (g[1] - 9.0 - e).abs() < 1e-9, "{g:?}");
        let h = hessian(f, &[3.0, 0.5]);
        let want = Matrix::from_rows(&[[1.0, 6.0], [6.0, e]]);
        assert!(h.minus(&want).max_abs() < 1e-6, "{h:?}");
        assert!(gradient(|_| 1.0, &[]).is_empty());
    }
}
