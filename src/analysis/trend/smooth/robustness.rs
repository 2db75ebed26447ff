//! Weights that take outliers out.

use super::super::check::median;

/// Bisquare weights of residuals: 1 near zero, 0 beyond six median absolute residuals.
///
/// # References
/// Cleveland (1979), JASA 74.
pub(super) fn bisquare(residuals: &[f64]) -> Vec<f64> {
    let sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
    let limit = 6.0 * median(&sizes);
    if limit < f64::MIN_POSITIVE {
        return vec![1.0; residuals.len()];
    }
    sizes
        .into_iter()
        .map(|size| {
            if size > 0.999 * limit {
                0.0
            } else if size > 0.001 * limit {
                let u = size / limit;
                let rest = 1.0 - u * u;
                rest * rest
            } else {
                1.0
            }
        })
        .collect()
}

/// Values whose ordinary fit has the residual variance of the robust fit.
///
/// # Definition
/// ŷ + c·r·(y − ŷ) with robustness weights r, c = n / Σ√r(1 − w(y − ŷ)²/s²), s² = (6·median |y − ŷ|√w)²/5.
///
/// # References
/// Cleveland and Grosse (1991), Statistics and Computing 1.
pub(super) fn pseudovalues(y: &[f64], fitted: &[f64], weights: &[f64], robust: &[f64]) -> Vec<f64> {
    let scaled: Vec<f64> = y.iter().zip(fitted).zip(weights).map(|((y, f), w)| (y - f).abs() * w.sqrt()).collect();
    let limit = 6.0 * median(&scaled);
    let square = limit * limit / 5.0;
    let total: f64 = scaled.iter().zip(robust).map(|(s, r)| (1.0 - s * s / square) * r.sqrt()).sum();
    let c = y.len() as f64 / total;
    y.iter().zip(fitted).zip(robust).map(|((y, f), r)| f + c * r * (y - f)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outliers_have_no_weight_and_perfect_fits_full() {
        let weights = bisquare(&[0.1, -0.1, 0.1, -0.1, 50.0]);
        assert_eq!(weights[4], 0.0);
        assert!(weights[0] > 0.9);
        assert_eq!(bisquare(&[0.0; 4]), [1.0; 4]);
    }
}
