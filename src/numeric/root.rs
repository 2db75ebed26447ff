//! Roots of functions of one variable.
//!
//! Give a bracket where there is one: [`brent`] cannot fail then. [`bracket`] looks for one, [`newton`] uses a derivative.
//!
//! # References
//! Brent (1973), *Algorithms for Minimization without Derivatives*, chapter 4.

use thiserror::Error;

use super::linalg::{LinalgError, Lu};
use super::matrix::Matrix;

/// Why no root was found.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum RootError {
    /// The function has the same sign at both ends.
    #[error("no change of sign: {at_low:e} at {low} and {at_high:e} at {high}")]
    NotBracketed { low: f64, high: f64, at_low: f64, at_high: f64 },
    /// The function is not a number there.
    #[error("the function is {value} at {x}")]
    NotANumber { x: f64, value: f64 },
    /// The steps came to no end.
    #[error("no root after {n_steps} steps; the last one was {x}, where the function is {value:e}")]
    NoConvergence { x: f64, value: f64, n_steps: usize },
}

/// A root and what it took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Root {
    pub x: f64,
    /// The function there.
    pub value: f64,
    pub n_evaluations: usize,
}

/// A root between `low` and `high`, to within `tolerance` plus rounding, by Brent's method.
///
/// # Errors
/// No change of sign between the ends, or NaN on the way.
///
/// # Examples
/// ```
/// use opros::numeric::root::brent;
/// let root = brent(|x| x * x - 2.0, 0.0, 2.0, 0.0)?;
/// assert!((root.x - 2.0_f64.sqrt()).abs() < 1e-15);
/// # Ok::<(), opros::numeric::root::RootError>(())
/// ```
pub fn brent(mut f: impl FnMut(f64) -> f64, low: f64, high: f64, tolerance: f64) -> Result<Root, RootError> {
    const MAX_STEPS: usize = 500;
    let mut n_evaluations = 0;
    let mut eval = |x: f64| {
        n_evaluations += 1;
        let value = f(x);
        if value.is_nan() { Err(RootError::NotANumber { x, value }) } else { Ok((value, n_evaluations)) }
    };
    // b is the best point, a the one before, c the other end of the bracket.
    let (mut a, mut b) = (low, high);
    let (mut fa, _) = eval(a)?;
    let (mut fb, mut count) = eval(b)?;
    if fa == 0.0 {
        return Ok(Root { x: a, value: fa, n_evaluations: count });
    }
    if fb != 0.0 && (fa > 0.0) == (fb > 0.0) {
        return Err(RootError::NotBracketed { low, high, at_low: fa, at_high: fb });
    }
    let (mut c, mut fc) = (a, fa);
    let (mut step, mut before) = (b - a, b - a);
    for _ in 0..MAX_STEPS {
        if (fb > 0.0) == (fc > 0.0) && fb != 0.0 {
            (c, fc) = (a, fa);
            step = b - a;
            before = step;
        }
        if fc.abs() < fb.abs() {
            (a, b, c) = (b, c, b);
            (fa, fb, fc) = (fb, fc, fb);
        }
        let near = 2.0 * f64::EPSILON * b.abs() + 0.5 * tolerance;
        let half = 0.5 * (c - b);
        if half.abs() <= near || fb == 0.0 {
            return Ok(Root { x: b, value: fb, n_evaluations: count });
        }
        if before.abs() >= near && fa.abs() > fb.abs() && fa.is_finite() && fb.is_finite() {
            // Secant or inverse quadratic interpolation.
            let s = fb / fa;
            let (mut p, mut q) = if a == c {
                (2.0 * half * s, 1.0 - s)
            } else {
                let (t, r) = (fa / fc, fb / fc);
                (s * (2.0 * half * t * (t - r) - (b - a) * (r - 1.0)), (t - 1.0) * (r - 1.0) * (s - 1.0))
            };
            if p > 0.0 {
                q = -q;
            }
            p = p.abs();
            if 2.0 * p < (3.0 * half * q - (near * q).abs()).min((before * q).abs()) {
                before = step;
                step = p / q;
            } else {
                step = half;
                before = half;
            }
        } else {
            step = half;
            before = half;
        }
        (a, fa) = (b, fb);
        b += if step.abs() > near { step } else { near.copysign(half) };
        (fb, count) = eval(b)?;
    }
    Err(RootError::NoConvergence { x: b, value: fb, n_steps: MAX_STEPS })
}

/// Widens `low..high` until the function changes its sign in it, staying inside `within`.
///
/// # Errors
/// No change of sign up to the limits (or, without limits, after 200 doublings), or NaN on the way.
pub fn bracket(
    mut f: impl FnMut(f64) -> f64,
    low: f64,
    high: f64,
    within: (f64, f64),
) -> Result<(f64, f64), RootError> {
    let mut eval = |x: f64| {
        let value = f(x);
        if value.is_nan() { Err(RootError::NotANumber { x, value }) } else { Ok(value) }
    };
    let (mut low, mut high) = (low.clamp(within.0, within.1), high.clamp(within.0, within.1));
    let (mut at_low, mut at_high) = (eval(low)?, eval(high)?);
    for _ in 0..200 {
        if at_low == 0.0 || at_high == 0.0 || (at_low > 0.0) != (at_high > 0.0) {
            return Ok((low, high));
        }
        if low <= within.0 && high >= within.1 {
            break;
        }
        // The end with the smaller value is nearer to the root.
        let width = (high - low).max(f64::MIN_POSITIVE);
        let goes_down = (at_low.abs() < at_high.abs() && low > within.0) || high >= within.1;
        if goes_down {
            low = (low - width).max(within.0);
            at_low = eval(low)?;
        } else {
            high = (high + width).min(within.1);
            at_high = eval(high)?;
        }
    }
    Err(RootError::NotBracketed { low, high, at_low, at_high })
}

/// A root by Newton's method; a step that does not lower the function's size is halved.
///
/// `f` gives value and derivative. Ends when a step is below `tolerance` times (1 + |x|).
///
/// # Errors
/// NaN at the start, or no convergence in 200 steps (a derivative of 0, no root nearby).
pub fn newton(mut f: impl FnMut(f64) -> (f64, f64), start: f64, tolerance: f64) -> Result<Root, RootError> {
    const MAX_STEPS: usize = 200;
    let mut x = start;
    let (mut value, mut derivative) = f(x);
    let mut n_evaluations = 1;
    if value.is_nan() {
        return Err(RootError::NotANumber { x, value });
    }
    for n_steps in 0..MAX_STEPS {
        if value == 0.0 {
            return Ok(Root { x, value, n_evaluations });
        }
        let mut step = -value / derivative;
        if !step.is_finite() {
            return Err(RootError::NoConvergence { x, value, n_steps });
        }
        let mut is_better = false;
        for _ in 0..60 {
            let (next, slope) = f(x + step);
            n_evaluations += 1;
            if next.abs() < value.abs() || (next.abs() <= value.abs() && step.abs() <= tolerance * (1.0 + x.abs())) {
                x += step;
                (value, derivative) = (next, slope);
                is_better = true;
                break;
            }
            if step.abs() <= tolerance * (1.0 + x.abs()) {
                return Ok(Root { x, value, n_evaluations });
            }
            step *= 0.5;
        }
        if !is_better {
            return Err(RootError::NoConvergence { x, value, n_steps });
        }
        if step.abs() <= tolerance * (1.0 + x.abs()) {
            return Ok(Root { x, value, n_evaluations });
        }
    }
    Err(RootError::NoConvergence { x, value, n_steps: MAX_STEPS })
}

/// A root of a system and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct SystemRoot {
    pub x: Vec<f64>,
    /// The functions there.
    pub residual: Vec<f64>,
    pub n_steps: usize,
    /// False if the limit of steps, or a step that no halving improves, ended the search; `x` is the best point seen.
    pub is_converged: bool,
}

/// A root of as many functions as variables by Newton's method; a step that does not shrink the residual is halved.
///
/// `f` gives the residuals and their derivatives (one row per function). The search ends when every residual is at most
/// its entry of `tolerances` in size. A point that is not allowed is told by a residual of NaN.
///
/// # Errors
/// Derivatives that are singular; the pivot is named. Not converging is no error but part of the result.
pub fn newton_system(
    mut f: impl FnMut(&[f64]) -> (Vec<f64>, Matrix),
    start: &[f64],
    tolerances: &[f64],
    max_steps: usize,
) -> Result<SystemRoot, LinalgError> {
    // Residuals beside their tolerances, so that functions on different scales count alike.
    let size = |residual: &[f64]| {
        residual
            .iter()
            .zip(tolerances)
            .map(|(r, t)| (r / t.max(f64::MIN_POSITIVE)).abs())
            .fold(0.0, |max: f64, r| if r.is_nan() || max.is_nan() { f64::NAN } else { max.max(r) })
    };
    let mut x = start.to_vec();
    let (mut residual, mut derivatives) = f(&x);
    let mut n_steps = 0;
    while size(&residual) > 1.0 && n_steps < max_steps {
        n_steps += 1;
        let step = Lu::of(&derivatives)?.solve(&residual)?;
        let mut length = 1.0;
        let mut next = None;
        for _ in 0..40 {
            let trial: Vec<f64> = x.iter().zip(&step).map(|(x, s)| x - length * s).collect();
            let (at, slopes) = f(&trial);
            if size(&at) < size(&residual) {
                next = Some((trial, at, slopes));
                break;
            }
            length *= 0.5;
        }
        let Some((trial, at, slopes)) = next else { break };
        (x, residual, derivatives) = (trial, at, slopes);
    }
    let is_converged = size(&residual) <= 1.0;
    Ok(SystemRoot { x, residual, n_steps, is_converged })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_of_smooth_and_of_hard_functions() {
        type Case = (fn(f64) -> f64, f64, f64, f64);
        let cases: [Case; 5] = [
            (|x| x * x * x - 8.0, 0.0, 5.0, 2.0),
            (|x| libm::exp(x) - 1e10, -10.0, 100.0, 23.025_850_929_940_457),
            (|x| libm::pow(x - 1.0, 9.0), 0.0, 2.5, 1.0),
            (|x| if x < 0.3 { -1.0 } else { 1.0 }, 0.0, 1.0, 0.3),
            (|x| libm::atan(x) - 0.1, -1e9, 1e9, 0.100_334_672_085_450_55),
        ];
        for (f, low, high, want) in cases {
            let root = brent(f, low, high, 0.0).unwrap();
            let bound = if want == 1.0 { 1e-1 } else { 1e-13 };
            assert!((root.x - want).abs() < bound, "{want}: {root:?}");
            assert!(root.n_evaluations < 300);
        }
    }

    #[test]
    fn a_root_at_an_end_and_no_root() {
        assert_eq!(brent(|x| x, 0.0, 1.0, 0.0).unwrap().x, 0.0);
        assert_eq!(brent(|x| x - 1.0, 0.0, 1.0, 0.0).unwrap().x, 1.0);
        assert!(matches!(brent(|x| x * x + 1.0, -1.0, 1.0, 0.0), Err(RootError::NotBracketed { .. })));
        assert!(matches!(brent(|_| f64::NAN, -1.0, 1.0, 0.0), Err(RootError::NotANumber { .. })));
    }

    #[test]
    fn infinite_values_are_only_signs() {
        let root = brent(|x| if x < 0.5 { f64::NEG_INFINITY } else { x - 0.75 }, 0.0, 1.0, 0.0).unwrap();
        assert!((root.x - 0.75).abs() < 1e-14);
    }

    #[test]
    fn a_bracket_grows_towards_the_root() {
        let (low, high) = bracket(|x| x - 1000.0, 0.0, 1.0, (f64::NEG_INFINITY, f64::INFINITY)).unwrap();
        assert!(low <= 1000.0 && high >= 1000.0);
        let (low, high) = bracket(|x| x + 1000.0, 0.0, 1.0, (f64::NEG_INFINITY, f64::INFINITY)).unwrap();
        assert!(low <= -1000.0 && high >= -1000.0);
        assert!(bracket(|x| x + 1000.0, 0.0, 1.0, (-5.0, 5.0)).is_err());
    }

    #[test]
    fn newton_halves_steps_that_overshoot() {
        // Plain Newton diverges for the arctangent from 2.
        let root = newton(|x| (libm::atan(x), 1.0 / (1.0 + x * x)), 2.0, 1e-14).unwrap();
        assert!(root.x.abs() < 1e-13);
        assert!(newton(|x| (x * x + 1.0, 2.0 * x), 1.0, 1e-14).is_err());
        assert!(newton(|_| (1.0, 0.0), 1.0, 1e-14).is_err());
    }

    #[test]
    fn two_curves_meet() {
        // Circle of radius 2 and the hyperbola x y = 1, from a far start.
        let f = |v: &[f64]| {
            let (x, y) = (v[0], v[1]);
            (vec![x * x + y * y - 4.0, x * y - 1.0], Matrix::from_rows(&[[2.0 * x, 2.0 * y], [y, x]]))
        };
        let root = newton_system(f, &[30.0, 1.0], &[1e-13, 1e-13], 50).unwrap();
        assert!(root.is_converged && root.residual.iter().all(|r| r.abs() <= 1e-13), "{root:?}");
        assert!(newton_system(f, &[1.0, 1.0], &[1e-13, 1e-13], 50).is_err());
        assert!(!newton_system(f, &[30.0, 1.0], &[1e-13, 1e-13], 1).unwrap().is_converged);
        assert!(newton_system(|_| (vec![], Matrix::zeros(0, 0)), &[], &[], 5).unwrap().is_converged);
    }
}
