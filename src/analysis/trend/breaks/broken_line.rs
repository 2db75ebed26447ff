//! A line that bends at unknown places.

use super::super::check::{all_finite, at_least, same_length};
use super::super::error::TrendError;
use super::super::regression::LinearFit;
use crate::numeric::matrix::Matrix;

/// A continuous line of several pieces.
#[derive(Debug, Clone, PartialEq)]
pub struct BrokenLine {
    /// Where it bends, rising.
    pub bends: Vec<f64>,
    pub bend_se: Vec<f64>,
    /// Slopes of the pieces.
    pub slopes: Vec<f64>,
    pub intercept: f64,
    pub rss: f64,
    /// Observations minus coefficients and bends.
    pub degf: f64,
}

/// Fits a line that bends once near each of the places in `start`.
///
/// # Definition
/// y = a + bx + Σ cⱼ(x − ψⱼ)₊. Each round fits the columns (x − ψ)₊ and −1(x > ψ) as well and moves ψ by the ratio of their
/// coefficients, half as far while that does not lower the sum of squares; se(ψ) by the delta method from that fit.
///
/// # Errors
/// Lengths that differ, values that are not finite, no start, starts outside the range or beside each other, too few observations, no
/// bend to be found (a straight line), no convergence.
///
/// # Agreement
/// R `segmented` 1.6 without bootstrap restarts, 1e-4. As there, a poor start may lead to another minimum.
///
/// # References
/// Muggeo (2003), Statistics in Medicine 22.
pub fn broken_line(x: &[f64], y: &[f64], start: &[f64]) -> Result<BrokenLine, TrendError> {
    const ROUNDS: usize = 500;
    let n = x.len();
    let k = start.len();
    same_length("y", y.len(), n)?;
    all_finite("x", x)?;
    all_finite("y", y)?;
    all_finite("a start", start)?;
    at_least("starts", k, 1)?;
    at_least("observations", n, 2 * k + 3)?;
    let (low, high) = x.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(*x), b.max(*x)));
    let mut bends = start.to_vec();
    bends.sort_by(f64::total_cmp);
    let is_inside = |bends: &[f64]| bends.iter().all(|b| *b > low && *b < high) && bends.is_sorted();
    if !is_inside(&bends) {
        let got = bends[0];
        return Err(TrendError::OutOfRange { what: "a start", got, expected: "inside the range of x" });
    }
    let mut rss = line(x, y, &bends)?.rss;
    for _ in 0..ROUNDS {
        let working = working(x, y, &bends)?;
        let steps: Vec<f64> = (0..k).map(|j| working.coefficients[2 + k + j] / working.coefficients[2 + j]).collect();
        if steps.iter().any(|s| !s.is_finite()) {
            return Err(TrendError::NotIdentified { what: "a bend of a straight line" });
        }
        let mut factor = 1.0;
        let mut moved = None;
        while factor > 1e-10 {
            let next: Vec<f64> = bends.iter().zip(&steps).map(|(b, s)| b + factor * s).collect();
            if is_inside(&next)
                && let Ok(fit) = line(x, y, &next)
                && fit.rss <= rss
            {
                moved = Some((next, fit.rss));
                break;
            }
            factor *= 0.5;
        }
        let Some((next, lower)) = moved else { break };
        let largest = bends.iter().zip(&next).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        bends = next;
        rss = lower;
        if largest <= 1e-10 * (high - low) {
            break;
        }
    }
    let last = working(x, y, &bends)?;
    let fit = line(x, y, &bends)?;
    let covariance = last.covariance();
    let bend_se = (0..k)
        .map(|j| {
            // Variance of the ratio of the jump to the change of slope.
            let (slope, jump) = (2 + j, 2 + k + j);
            let change = last.coefficients[slope];
            let ratio = last.coefficients[jump] / change;
            let variance = covariance[(jump, jump)] + ratio * ratio * covariance[(slope, slope)]
                - 2.0 * ratio * covariance[(slope, jump)];
            variance.max(0.0).sqrt() / change.abs()
        })
        .collect();
    let mut slope = fit.coefficients[1];
    let mut slopes = vec![slope];
    for change in &fit.coefficients[2..] {
        slope += change;
        slopes.push(slope);
    }
    Ok(BrokenLine {
        bends,
        bend_se,
        slopes,
        intercept: fit.coefficients[0],
        rss: fit.rss,
        degf: n as f64 - 2.0 - 2.0 * k as f64,
    })
}

fn line(x: &[f64], y: &[f64], bends: &[f64]) -> Result<LinearFit, TrendError> {
    let design = Matrix::from_fn(x.len(), 2 + bends.len(), |i, j| match j {
        0 => 1.0,
        1 => x[i],
        j => (x[i] - bends[j - 2]).max(0.0),
    });
    LinearFit::of(&design, y, None)
}

/// The line with a jump of its own at each bend.
fn working(x: &[f64], y: &[f64], bends: &[f64]) -> Result<LinearFit, TrendError> {
    let k = bends.len();
    let design = Matrix::from_fn(x.len(), 2 + 2 * k, |i, j| match j {
        0 => 1.0,
        1 => x[i],
        j if j < 2 + k => (x[i] - bends[j - 2]).max(0.0),
        j => -f64::from(u8::from(x[i] > bends[j - 2 - k])),
    });
    LinearFit::of(&design, y, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_bends_are_found() {
        let x: Vec<f64> = (0..40).map(f64::from).collect();
        let y: Vec<f64> = x
            .iter()
            .map(|x| x - 2.0 * (x - 12.3).max(0.0) + 1.5 * (x - 27.6).max(0.0) + 0.01 * libm::sin(9.0 * x))
            .collect();
        let found = broken_line(&x, &y, &[10.0, 30.0]).unwrap();
        assert!((found.bends[0] - 12.3).abs() < 0.05 && (found.bends[1] - 27.6).abs() < 0.05);
        for (slope, expected) in found.slopes.iter().zip([1.0, -1.0, 0.5]) {
            assert!((slope - expected).abs() < 0.01);
        }
    }

    #[test]
    fn degenerate_input_is_an_error() {
        let x: Vec<f64> = (0..10).map(f64::from).collect();
        assert!(broken_line(&x, &x, &[]).is_err());
        assert!(broken_line(&x, &x, &[20.0]).is_err());
        assert!(broken_line(&x[..3], &x[..3], &[1.0]).is_err());
        assert!(broken_line(&[1.0; 9], &x[..9], &[1.0]).is_err());
        assert!(broken_line(&x, &[f64::NAN; 10], &[5.0]).is_err());
    }
}
