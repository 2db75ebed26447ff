//! Roots and minima of functions, without derivatives.
//!
//! Every search is deterministic, counts its steps and says when it found nothing.

use thiserror::Error;

/// Why a search ended without a result.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum SearchError {
    /// The function has the same sign at both ends.
    #[error("no change of sign between {low} ({at_low:e}) and {high} ({at_high:e})")]
    NoSignChange { low: f64, high: f64, at_low: f64, at_high: f64 },
    /// The function gave NaN.
    #[error("the function is not a number at {at}")]
    NotANumber { at: f64 },
    /// The number of steps ran out.
    #[error("no convergence after {steps} steps")]
    NoConvergence { steps: usize },
}

/// A root of a continuous function between two points where its signs differ, by Brent's method
/// in the form of netlib's `zeroin`, so that a coarse `tolerance` stops where R's `uniroot` stops.
///
/// # Errors
/// No change of sign between the ends, NaN from the function, or no convergence in 300 steps.
///
/// # References
/// Brent (1973), *Algorithms for Minimization without Derivatives*, chapter 4.
///
/// # Examples
/// ```
/// use opros::numeric::search::root;
/// let two = root(|x| x * x - 4.0, 0.0, 10.0, 1e-15)?;
/// assert!((two - 2.0).abs() < 1e-14);
/// # Ok::<(), opros::numeric::search::SearchError>(())
/// ```
pub fn root(f: impl Fn(f64) -> f64, low: f64, high: f64, tolerance: f64) -> Result<f64, SearchError> {
    const STEPS: usize = 300;
    let (mut a, mut b) = (low, high);
    let (mut fa, mut fb) = (f(a), f(b));
    for (x, y) in [(a, fa), (b, fb)] {
        if y.is_nan() {
            return Err(SearchError::NotANumber { at: x });
        }
    }
    if fa * fb > 0.0 {
        return Err(SearchError::NoSignChange { low, high, at_low: fa, at_high: fb });
    }
    let (mut c, mut fc) = (a, fa);
    for _ in 0..STEPS {
        let last_step = b - a;
        // `b` is the best point, `c` lies on the other side of the root.
        if fc.abs() < fb.abs() {
            (a, b, c) = (b, c, b);
            (fa, fb, fc) = (fb, fc, fb);
        }
        let accuracy = 2.0 * f64::EPSILON * b.abs() + 0.5 * tolerance;
        let mut step = 0.5 * (c - b);
        if step.abs() <= accuracy || fb == 0.0 {
            return Ok(b);
        }
        if last_step.abs() >= accuracy && fa.abs() > fb.abs() {
            let (width, s) = (c - b, fb / fa);
            let (mut p, mut q) = if a == c {
                (width * s, 1.0 - s)
            } else {
                let (q, r) = (fa / fc, fb / fc);
                (s * (width * q * (q - r) - (b - a) * (r - 1.0)), (q - 1.0) * (r - 1.0) * (s - 1.0))
            };
            if p > 0.0 {
                q = -q;
            } else {
                p = -p;
            }
            if p < 0.75 * width * q - 0.5 * (accuracy * q).abs() && p < (0.5 * last_step * q).abs() {
                step = p / q;
            }
        }
        if step.abs() < accuracy {
            step = accuracy.copysign(step);
        }
        (a, fa) = (b, fb);
        b += step;
        fb = f(b);
        if fb.is_nan() {
            return Err(SearchError::NotANumber { at: b });
        }
        if (fb > 0.0) == (fc > 0.0) && fb != 0.0 {
            (c, fc) = (a, fa);
        }
    }
    Err(SearchError::NoConvergence { steps: STEPS })
}

/// The point and value of a minimum between two ends, by Brent's method; one of several where there are several.
///
/// A value that is NaN counts as infinitely high. An end is approached, never reached.
///
/// # References
/// Brent (1973), *Algorithms for Minimization without Derivatives*, chapter 5.
///
/// # Examples
/// ```
/// use opros::numeric::search::minimum;
/// let (at, value) = minimum(|x| (x - 3.0) * (x - 3.0), 0.0, 10.0, 1e-9);
/// assert!((at - 3.0).abs() < 1e-7 && value < 1e-14);
/// ```
pub fn minimum(f: impl Fn(f64) -> f64, low: f64, high: f64, tolerance: f64) -> (f64, f64) {
    const GOLDEN: f64 = 0.381_966_011_250_105_1;
    let f = |x: f64| {
        let y = f(x);
        if y.is_nan() { f64::INFINITY } else { y }
    };
    let (mut a, mut b) = (low, high);
    let mut x = a + GOLDEN * (b - a);
    let (mut w, mut v) = (x, x);
    let mut fx = f(x);
    let (mut fw, mut fv) = (fx, fx);
    let (mut step, mut previous) = (0.0_f64, 0.0_f64);
    for _ in 0..500 {
        let middle = 0.5 * (a + b);
        let accuracy = f64::EPSILON.sqrt() * x.abs() + tolerance / 3.0;
        if (x - middle).abs() <= 2.0 * accuracy - 0.5 * (b - a) {
            break;
        }
        let (mut p, mut q, mut r) = (0.0, 0.0, 0.0);
        if previous.abs() > accuracy {
            r = (x - w) * (fx - fv);
            q = (x - v) * (fx - fw);
            p = (x - v) * q - (x - w) * r;
            q = 2.0 * (q - r);
            if q > 0.0 {
                p = -p;
            } else {
                q = -q;
            }
            r = previous;
            previous = step;
        }
        if p.abs() < (0.5 * q * r).abs() && p > q * (a - x) && p < q * (b - x) {
            step = p / q;
            let u = x + step;
            if u - a < 2.0 * accuracy || b - u < 2.0 * accuracy {
                step = if x < middle { accuracy } else { -accuracy };
            }
        } else {
            previous = if x < middle { b - x } else { a - x };
            step = GOLDEN * previous;
        }
        let u = x + if step.abs() >= accuracy { step } else { accuracy.copysign(step) };
        let fu = f(u);
        if fu <= fx {
            if u < x {
                b = x;
            } else {
                a = x;
            }
            (v, w, x) = (w, x, u);
            (fv, fw, fx) = (fw, fx, fu);
        } else {
            if u < x {
                a = u;
            } else {
                b = u;
            }
            if fu <= fw || w == x {
                (v, w) = (w, u);
                (fv, fw) = (fw, fu);
            } else if fu <= fv || v == x || v == w {
                (v, fv) = (u, fu);
            }
        }
    }
    (x, fx)
}

/// The point and value of a minimum in several dimensions, by the simplex method of Nelder and Mead, restarted.
///
/// `steps` are the sides of the first simplex. A value that is NaN counts as infinitely high. Smooth functions of up to
/// about ten variables are found to about `tolerance` in the value, half of its digits in the point.
///
/// # Errors
/// No start value, a value that is not finite at the start, or no convergence in 2,000 evaluations a variable.
///
/// # References
/// Nelder and Mead (1965), Computer Journal 7(4). The restart at the minimum found guards against a collapsed simplex.
///
/// # Examples
/// ```
/// use opros::numeric::search::minimum_of_many;
/// let (at, _) = minimum_of_many(|x| (x[0] - 1.0).powi(2) + (x[1] + 2.0).powi(2), &[0.0, 0.0], &[1.0, 1.0], 1e-16)?;
/// assert!((at[0] - 1.0).abs() < 1e-6 && (at[1] + 2.0).abs() < 1e-6);
/// # Ok::<(), opros::numeric::search::SearchError>(())
/// ```
pub fn minimum_of_many(
    f: impl Fn(&[f64]) -> f64,
    start: &[f64],
    steps: &[f64],
    tolerance: f64,
) -> Result<(Vec<f64>, f64), SearchError> {
    let budget = 2000 * start.len().max(1);
    let at_start = if start.is_empty() { f64::NAN } else { f(start) };
    if !at_start.is_finite() {
        return Err(SearchError::NotANumber { at: start.first().copied().unwrap_or(f64::NAN) });
    }
    let mut best = (start.to_vec(), at_start);
    let mut used = 0;
    for round in 0..20 {
        let scale = if round == 0 { 1.0 } else { 0.1 };
        let found =
            simplex(&f, &best.0, &steps.iter().map(|s| s * scale).collect::<Vec<_>>(), tolerance, budget, &mut used);
        let gain = best.1 - found.1;
        if found.1 <= best.1 {
            best = found;
        }
        if used >= budget {
            return Err(SearchError::NoConvergence { steps: used });
        }
        if round > 0 && gain <= tolerance * (1.0 + best.1.abs()) {
            break;
        }
    }
    Ok(best)
}

fn simplex(
    f: &impl Fn(&[f64]) -> f64,
    start: &[f64],
    steps: &[f64],
    tolerance: f64,
    budget: usize,
    used: &mut usize,
) -> (Vec<f64>, f64) {
    let n = start.len();
    let mut value = |x: &[f64]| {
        *used += 1;
        let y = f(x);
        (y, *used >= budget)
    };
    let guard = |y: f64| if y.is_nan() { f64::INFINITY } else { y };
    let mut corners: Vec<(Vec<f64>, f64)> = Vec::with_capacity(n + 1);
    for i in 0..=n {
        let mut x = start.to_vec();
        if i > 0 {
            x[i - 1] += steps[i - 1];
        }
        let y = guard(value(&x).0);
        corners.push((x, y));
    }
    loop {
        // A stable sort keeps ties in a fixed order.
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        if corners[n].1 - corners[0].1 <= tolerance * (1.0 + corners[0].1.abs()) {
            return corners.swap_remove(0);
        }
        let centre: Vec<f64> = (0..n).map(|j| corners[..n].iter().map(|(x, _)| x[j]).sum::<f64>() / n as f64).collect();
        let towards = |factor: f64, corners: &[(Vec<f64>, f64)]| -> Vec<f64> {
            centre.iter().zip(&corners[n].0).map(|(c, w)| c + factor * (w - c)).collect()
        };
        let reflected = towards(-1.0, &corners);
        let (y, out) = value(&reflected);
        let y = guard(y);
        if out {
            return corners.swap_remove(0);
        }
        if y < corners[0].1 {
            let expanded = towards(-2.0, &corners);
            let z = guard(value(&expanded).0);
            corners[n] = if z < y { (expanded, z) } else { (reflected, y) };
            continue;
        }
        if y < corners[n - 1].1 {
            corners[n] = (reflected, y);
            continue;
        }
        let contracted = towards(if y < corners[n].1 { -0.5 } else { 0.5 }, &corners);
        let z = guard(value(&contracted).0);
        if z < y.min(corners[n].1) {
            corners[n] = (contracted, z);
            continue;
        }
        let best = corners[0].0.clone();
        for corner in &mut corners[1..] {
            for (x, b) in corner.0.iter_mut().zip(&best) {
                *x = b + 0.5 * (*x - b);
            }
            corner.1 = guard(value(&corner.0).0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_at_ends_and_inside() {
        assert_eq!(root(|x| x, 0.0, 1.0, 1e-12), Ok(0.0));
        assert!((root(libm::cos, 0.0, 3.0, 1e-15).unwrap() - core::f64::consts::FRAC_PI_2).abs() < 1e-14);
        let steep = root(|x| libm::exp(x) - 1e-6, -100.0, 100.0, 1e-14).unwrap();
        assert!((steep - libm::log(1e-6)).abs() < 1e-12);
    }

    #[test]
    fn no_root_is_said() {
        assert!(matches!(root(|x| x * x + 1.0, -1.0, 1.0, 1e-9), Err(SearchError::NoSignChange { .. })));
        assert!(matches!(root(|_| f64::NAN, -1.0, 1.0, 1e-9), Err(SearchError::NotANumber { .. })));
    }

    #[test]
    fn a_minimum_at_the_end_is_approached() {
        let (at, _) = minimum(|x| x, 2.0, 3.0, 1e-10);
        assert!(at - 2.0 < 1e-6);
        assert_eq!(minimum(|_| f64::NAN, 0.0, 1.0, 1e-6).1, f64::INFINITY);
    }

    #[test]
    fn the_banana_valley_is_walked_to_its_end() {
        let valley = |x: &[f64]| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            a * a + 100.0 * b * b
        };
        let (at, value) = minimum_of_many(valley, &[-1.2, 1.0], &[0.5, 0.5], 1e-18).unwrap();
        assert!((at[0] - 1.0).abs() < 1e-5 && value < 1e-10, "{at:?} {value}");
        assert!(minimum_of_many(valley, &[], &[], 1e-9).is_err());
    }
}
