//! Maxima of weighted log-likelihoods that are sums over rows.

use super::error::ModelError;
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;

const MAX_ITERATIONS: usize = 200;
const EPSILON: f64 = 1e-13;
const MAX_HALVINGS: usize = 60;

/// One row at some parameters.
pub(super) struct RowLikelihood {
    pub value: f64,
    pub gradient: Vec<f64>,
    pub hessian: Matrix,
}

pub(super) struct Maximum {
    pub parameters: Vec<f64>,
    pub value: f64,
    /// Inverse of minus the Hessian.
    pub inverse_information: Matrix,
}

/// The maximum of Σ w ℓ by Newton's method; a step that does not help is halved, and where the likelihood is not concave
/// the information is raised until it is positive definite.
pub(super) fn maximize(
    what: &'static str,
    weights: &[f64],
    start: &[f64],
    row: impl Fn(usize, &[f64]) -> RowLikelihood,
) -> Result<Maximum, ModelError> {
    let p = start.len();
    let sum = |parameters: &[f64]| {
        let (mut value, mut gradient, mut information) = (0.0, vec![0.0; p], Matrix::zeros(p, p));
        for (k, w) in weights.iter().enumerate().filter(|(_, w)| **w != 0.0) {
            let here = row(k, parameters);
            value += w * here.value;
            gradient.iter_mut().zip(&here.gradient).for_each(|(sum, g)| *sum += w * g);
            information = information.plus(&here.hessian.scaled(-w));
        }
        (value, gradient, information)
    };
    let mut at = start.to_vec();
    let (mut value, mut gradient, mut information) = sum(&at);
    if !value.is_finite() {
        return Err(ModelError::Start { family: what });
    }
    for _ in 0..MAX_ITERATIONS {
        let step = positive(&information)?.solve(&gradient)?;
        let mut factor = 1.0;
        let mut n_halvings = 0;
        let (next, there) = loop {
            let next: Vec<f64> = at.iter().zip(&step).map(|(a, s)| a + factor * s).collect();
            let there = sum(&next);
            if there.0 >= value - EPSILON * (1.0 + value.abs()) || n_halvings == MAX_HALVINGS {
                break (next, there);
            }
            factor *= 0.5;
            n_halvings += 1;
        };
        let gain = (there.0 - value).abs();
        at = next;
        (value, gradient, information) = there;
        if gain <= EPSILON * (1.0 + value.abs()) {
            let inverse_information = Cholesky::of(&information)?.inverse();
            return Ok(Maximum { parameters: at, value, inverse_information });
        }
    }
    Err(ModelError::NoConvergence { what, iterations: MAX_ITERATIONS })
}

/// A Cholesky factor, of the matrix with a raised diagonal where it is not positive definite.
fn positive(information: &Matrix) -> Result<Cholesky, ModelError> {
    let largest = information.diagonal().iter().fold(0.0_f64, |m, d| m.max(d.abs())).max(f64::MIN_POSITIVE);
    let mut raise = 0.0;
    loop {
        let raised = Matrix::from_diagonal(&vec![raise; information.n_rows()]).plus(information);
        match Cholesky::of(&raised) {
            Ok(found) => return Ok(found),
            Err(error) if raise > 1e6 * largest || !information.is_finite() => return Err(error.into()),
            Err(_) => raise = if raise == 0.0 { 1e-6 * largest } else { 10.0 * raise },
        }
    }
}
