//! Minima of functions of one and of several variables.
//!
//! [`minimise_on`] for one variable in an interval, [`bfgs`] for smooth functions, [`nelder_mead`] for rough ones. To
//! maximise, negate. A point where the function is NaN or infinite counts as worse than any other, so constraints can be
//! given that way.
//!
//! # References
//! Brent (1973), *Algorithms for Minimization without Derivatives*, chapter 5. Nocedal and Wright (2006), *Numerical
//! Optimization*, algorithms 3.1 and 6.1. Nelder and Mead (1965), The Computer Journal 7; restarts after Kelley (1999).

use super::derivative::gradient;
use super::linalg::Cholesky;
use super::matrix::Matrix;
use super::sum::dot;

/// A minimum and what it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Minimum {
    pub x: Vec<f64>,
    /// The function there.
    pub value: f64,
    pub n_evaluations: usize,
    /// False if the limit of steps ended the search.
    pub is_converged: bool,
}

/// When a search ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stop {
    /// Relative change of the function below which it ends.
    pub relative: f64,
    /// Steps after which it gives up.
    pub max_steps: usize,
}

impl Default for Stop {
    fn default() -> Stop {
        Stop { relative: 1e-12, max_steps: 2000 }
    }
}

fn or_infinite(value: f64) -> f64 {
    if value.is_nan() { f64::INFINITY } else { value }
}

/// The minimum of a function with a single one in `low..high`, to within `tolerance` (Brent).
///
/// Half the digits of an `f64`, 1e-8 relative, is the best there is without derivatives.
pub fn minimise_on(mut f: impl FnMut(f64) -> f64, low: f64, high: f64, tolerance: f64) -> Minimum {
    const GOLDEN: f64 = 0.381_966_011_250_105_1;
    const MAX_STEPS: usize = 500;
    let mut n_evaluations = 0;
    let mut eval = |x: f64| {
        n_evaluations += 1;
        or_infinite(f(x))
    };
    let (mut a, mut b) = (low.min(high), low.max(high));
    // x is the best point, w the second, v the one that w was before.
    let mut x = a + GOLDEN * (b - a);
    let mut fx = eval(x);
    let (mut w, mut v, mut fw, mut fv) = (x, x, fx, fx);
    let (mut step, mut before) = (0.0_f64, 0.0_f64);
    let mut is_converged = false;
    for _ in 0..MAX_STEPS {
        let middle = 0.5 * (a + b);
        let near = 1.5e-8 * x.abs() + tolerance / 3.0 + 1e-300;
        if (x - middle).abs() <= 2.0 * near - 0.5 * (b - a) {
            is_converged = true;
            break;
        }
        let mut is_parabolic = false;
        if before.abs() > near {
            let r = (x - w) * (fx - fv);
            let mut q = (x - v) * (fx - fw);
            let mut p = (x - v) * q - (x - w) * r;
            q = 2.0 * (q - r);
            if q > 0.0 {
                p = -p;
            }
            q = q.abs();
            if p.is_finite() && q > 0.0 && p.abs() < (0.5 * q * before).abs() && p > q * (a - x) && p < q * (b - x) {
                before = step;
                step = p / q;
                let u = x + step;
                if u - a < 2.0 * near || b - u < 2.0 * near {
                    step = near.copysign(middle - x);
                }
                is_parabolic = true;
            }
        }
        if !is_parabolic {
            before = if x < middle { b - x } else { a - x };
            step = GOLDEN * before;
        }
        let u = x + if step.abs() >= near { step } else { near.copysign(step) };
        let fu = eval(u);
        if fu <= fx {
            if u < x {
                b = x;
            } else {
                a = x;
            }
            (v, fv, w, fw) = (w, fw, x, fx);
            (x, fx) = (u, fu);
        } else {
            if u < x {
                a = u;
            } else {
                b = u;
            }
            if fu <= fw || w == x {
                (v, fv, w, fw) = (w, fw, u, fu);
            } else if fu <= fv || v == x || v == w {
                (v, fv) = (u, fu);
            }
        }
    }
    Minimum { x: vec![x], value: fx, n_evaluations, is_converged }
}

/// A minimum near `start` by BFGS with numerical derivatives and step halving.
pub fn bfgs(f: impl Fn(&[f64]) -> f64, start: &[f64], stop: Stop) -> Minimum {
    let calls = std::cell::Cell::new(0);
    let counted = |x: &[f64]| {
        calls.set(calls.get() + 1);
        f(x)
    };
    let found = bfgs_with_gradient(counted, |x| gradient(counted, x), start, stop);
    Minimum { n_evaluations: calls.get(), ..found }
}

/// A minimum near `start` by BFGS with a gradient that is written down, and step halving.
pub fn bfgs_with_gradient(
    mut f: impl FnMut(&[f64]) -> f64,
    mut gradient: impl FnMut(&[f64]) -> Vec<f64>,
    start: &[f64],
    stop: Stop,
) -> Minimum {
    let n = start.len();
    let mut n_evaluations = 1;
    let mut x = start.to_vec();
    let mut value = or_infinite(f(&x));
    let mut slope = gradient(&x);
    let mut inverse = Matrix::identity(n);
    let mut is_fresh = true;
    let mut is_converged = n == 0;
    for _ in 0..stop.max_steps {
        if is_converged || !slope.iter().all(|g| g.is_finite()) {
            break;
        }
        let mut direction: Vec<f64> = inverse.times_vector(&slope).into_iter().map(|d| -d).collect();
        let mut descent = dot(&direction, &slope);
        if descent >= 0.0 || !descent.is_finite() {
            inverse = Matrix::identity(n);
            is_fresh = true;
            direction = slope.iter().map(|g| -g).collect();
            descent = dot(&direction, &slope);
        }
        if descent == 0.0 {
            is_converged = true;
            break;
        }
        if is_fresh {
            // Nothing is known of the scale: a first step of moderate length.
            let length = dot(&direction, &direction).sqrt();
            let size = 0.1 * (1.0 + dot(&x, &x).sqrt());
            let factor = (size / length).min(1.0);
            direction.iter_mut().for_each(|d| *d *= factor);
            descent *= factor;
        }
        // Armijo: halve until the function falls by a share of what its slope promises.
        let mut length = 1.0;
        let mut next = None;
        for _ in 0..50 {
            let trial: Vec<f64> = x.iter().zip(&direction).map(|(x, d)| x + length * d).collect();
            let at = or_infinite(f(&trial));
            n_evaluations += 1;
            if at <= value + 1e-4 * length * descent {
                next = Some((trial, at));
                break;
            }
            length *= 0.5;
        }
        let Some((trial, at)) = next else {
            if is_fresh {
                // Downhill as far as rounding shows.
                is_converged = true;
                break;
            }
            inverse = Matrix::identity(n);
            is_fresh = true;
            continue;
        };
        let new_slope = gradient(&trial);
        let s: Vec<f64> = trial.iter().zip(&x).map(|(a, b)| a - b).collect();
        let y: Vec<f64> = new_slope.iter().zip(&slope).map(|(a, b)| a - b).collect();
        let change = value - at;
        (x, slope) = (trial, new_slope);
        let scale = value.abs() + at.abs() + 1e-30;
        value = at;
        if change <= stop.relative * scale && !is_fresh {
            is_converged = true;
            break;
        }
        let sy = dot(&s, &y);
        if sy > 1e-12 * (dot(&s, &s) * dot(&y, &y)).sqrt() {
            if is_fresh {
                inverse = Matrix::identity(n).scaled(sy / dot(&y, &y));
            }
            let hy = inverse.times_vector(&y);
            let factor = (1.0 + dot(&y, &hy) / sy) / sy;
            for i in 0..n {
                for j in 0..n {
                    inverse[(i, j)] += factor * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / sy;
                }
            }
            is_fresh = false;
        } else {
            is_fresh = change > stop.relative * scale;
            inverse = Matrix::identity(n);
        }
    }
    Minimum { x, value, n_evaluations, is_converged }
}

/// A minimum near `start` by Newton's method; a step that does not lower the function is halved.
///
/// `f` gives value, gradient and second derivatives. Where the second derivatives are not positive definite, their
/// diagonal is raised until they are, so every step goes downhill.
pub fn newton(mut f: impl FnMut(&[f64]) -> (f64, Vec<f64>, Matrix), start: &[f64], stop: Stop) -> Minimum {
    let n = start.len();
    let mut x = start.to_vec();
    let (mut value, mut slope, mut curvature) = f(&x);
    let mut n_evaluations = 1;
    let mut is_converged = n == 0;
    for _ in 0..stop.max_steps {
        if is_converged || !value.is_finite() {
            break;
        }
        let Some(step) = downhill(&slope, &curvature) else { break };
        let descent = dot(&step, &slope);
        // Half of what the quadratic model promises, beside the size of the function.
        if -0.5 * descent <= stop.relative * (value.abs() + 1e-30) {
            is_converged = true;
            // The last step still brings digits, if it does no harm.
        }
        let mut length = 1.0;
        let mut is_better = false;
        for _ in 0..50 {
            let trial: Vec<f64> = x.iter().zip(&step).map(|(x, s)| x + length * s).collect();
            let (at, new_slope, new_curvature) = f(&trial);
            n_evaluations += 1;
            if at <= value + 1e-4 * length * descent || (is_converged && at <= value) {
                (x, value, slope, curvature) = (trial, at, new_slope, new_curvature);
                is_better = true;
                break;
            }
            if is_converged {
                break;
            }
            length *= 0.5;
        }
        if !is_better && !is_converged {
            break;
        }
    }
    Minimum { x, value, n_evaluations, is_converged }
}

/// `−curvature⁻¹ slope`, the diagonal raised as far as needed.
fn downhill(slope: &[f64], curvature: &Matrix) -> Option<Vec<f64>> {
    let size = curvature.max_abs();
    let mut raise = 0.0;
    for _ in 0..40 {
        let raised = curvature.plus(&Matrix::identity(slope.len()).scaled(raise));
        if let Ok(cholesky) = Cholesky::of(&raised) {
            let step = cholesky.solve(slope).ok()?;
            return step.iter().all(|s| s.is_finite()).then(|| step.into_iter().map(|s| -s).collect());
        }
        raise = if raise == 0.0 { 1e-6 * size + 1e-300 } else { 10.0 * raise };
    }
    None
}

/// A minimum near `start` by the Nelder–Mead simplex, restarted once from where it ended.
///
/// `steps` are the edges of the first simplex, on the scale on which each variable matters.
///
/// # Errors
/// Panics if there is not one step per variable: that is a mistake in the calling code.
pub fn nelder_mead(mut f: impl FnMut(&[f64]) -> f64, start: &[f64], steps: &[f64], stop: Stop) -> Minimum {
    assert_eq!(start.len(), steps.len(), "one step per variable");
    let first = simplex(&mut f, start, steps, stop);
    // A fresh simplex at the end guards against one that has collapsed.
    let again = simplex(&mut f, &first.x, &steps.iter().map(|s| 0.1 * s).collect::<Vec<_>>(), stop);
    Minimum { n_evaluations: first.n_evaluations + again.n_evaluations, ..again }
}

fn simplex(f: &mut impl FnMut(&[f64]) -> f64, start: &[f64], steps: &[f64], stop: Stop) -> Minimum {
    let n = start.len();
    let mut n_evaluations = 0;
    let mut eval = |x: &[f64]| {
        n_evaluations += 1;
        or_infinite(f(x))
    };
    let mut points: Vec<(f64, Vec<f64>)> = vec![(eval(start), start.to_vec())];
    for i in 0..n {
        let mut x = start.to_vec();
        x[i] += steps[i];
        points.push((eval(&x), x));
    }
    let mut is_converged = n == 0;
    for _ in 0..stop.max_steps * n.max(1) {
        if is_converged {
            break;
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (best, worst) = (points[0].0, points[n].0);
        let spread = (0..n)
            .map(|i| {
                points.iter().map(|p| (p.1[i] - points[0].1[i]).abs()).fold(0.0, f64::max)
                    / (1e-300 + points[0].1[i].abs().max(steps[i].abs()))
            })
            .fold(0.0, f64::max);
        if worst - best <= stop.relative * (best.abs() + 1e-30) && spread < 1e-6 || spread < 1e-14 {
            is_converged = true;
            break;
        }
        let middle: Vec<f64> = (0..n).map(|i| points[..n].iter().map(|p| p.1[i]).sum::<f64>() / n as f64).collect();
        let along = |t: f64| -> Vec<f64> { middle.iter().zip(&points[n].1).map(|(m, w)| m + t * (w - m)).collect() };
        let reflected = along(-1.0);
        let at = eval(&reflected);
        let replacement = if at < best {
            let expanded = along(-2.0);
            let further = eval(&expanded);
            Some(if further < at { (further, expanded) } else { (at, reflected) })
        } else if at < points[n - 1].0 {
            Some((at, reflected))
        } else {
            let contracted = along(if at < worst { -0.5 } else { 0.5 });
            let nearer = eval(&contracted);
            (nearer < worst.min(at)).then_some((nearer, contracted))
        };
        match replacement {
            Some(point) => points[n] = point,
            None => {
                let corner = points[0].1.clone();
                for point in &mut points[1..] {
                    let x: Vec<f64> = point.1.iter().zip(&corner).map(|(p, c)| c + 0.5 * (p - c)).collect();
                    *point = (eval(&x), x);
                }
            }
        }
    }
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (value, x) = points.swap_remove(0);
    Minimum { x, value, n_evaluations, is_converged }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rosenbrock(x: &[f64]) -> f64 {
        100.0 * (x[1] - x[0] * x[0]) * (x[1] - x[0] * x[0]) + (1.0 - x[0]) * (1.0 - x[0])
    }

    #[test]
    fn one_variable() {
        let m = minimise_on(|x| (x - 2.0) * (x - 2.0) + 1.0, -10.0, 10.0, 1e-9);
        assert!(m.is_converged && (m.x[0] - 2.0).abs() < 1e-7 && m.value == 1.0);
        // At an end, and where a part of the interval is forbidden.
        assert!(minimise_on(|x| x, 1.0, 3.0, 1e-9).x[0] < 1.0 + 1e-7);
        let m = minimise_on(|x| if x < 1.0 { f64::NAN } else { x }, 0.0, 4.0, 1e-9);
        assert!((m.x[0] - 1.0).abs() < 1e-6);
    }

    #[test]
    fn a_bent_valley() {
        let m = bfgs(rosenbrock, &[-1.2, 1.0], Stop::default());
        assert!(m.is_converged && m.x.iter().all(|x| (x - 1.0).abs() < 1e-5), "{m:?}");
        let m = nelder_mead(rosenbrock, &[-1.2, 1.0], &[0.1, 0.1], Stop::default());
        assert!(m.is_converged && m.x.iter().all(|x| (x - 1.0).abs() < 1e-5), "{m:?}");
    }

    #[test]
    fn forbidden_points_are_avoided() {
        // Minimum of x − ln x at 1, undefined below 0.
        let f = |x: &[f64]| x[0] - libm::log(x[0]);
        for m in [bfgs(f, &[5.0], Stop::default()), nelder_mead(f, &[5.0], &[1.0], Stop::default())] {
            assert!((m.x[0] - 1.0).abs() < 1e-5, "{m:?}");
        }
    }

    #[test]
    fn newton_by_the_written_derivatives() {
        let f = |x: &[f64]| {
            let (a, b) = (x[0], x[1]);
            let slope = vec![-400.0 * a * (b - a * a) - 2.0 * (1.0 - a), 200.0 * (b - a * a)];
            let curvature = Matrix::from_rows(&[[1200.0 * a * a - 400.0 * b + 2.0, -400.0 * a], [-400.0 * a, 200.0]]);
            (rosenbrock(x), slope, curvature)
        };
        // From a point where the second derivatives are not positive definite, too.
        for start in [[-1.2, 1.0], [0.0, 1.0]] {
            let m = newton(f, &start, Stop::default());
            assert!(m.is_converged && m.x.iter().all(|x| (x - 1.0).abs() < 1e-10), "{m:?}");
        }
        let m = bfgs_with_gradient(rosenbrock, |x| f(x).1, &[-1.2, 1.0], Stop::default());
        assert!(m.is_converged && m.x.iter().all(|x| (x - 1.0).abs() < 1e-6), "{m:?}");
    }

    #[test]
    fn nothing_to_do() {
        assert!(bfgs(|_| 3.0, &[], Stop::default()).is_converged);
        assert!(nelder_mead(|_| 3.0, &[], &[], Stop::default()).is_converged);
        let flat = bfgs(|_| 3.0, &[1.0, 2.0], Stop::default());
        assert!(flat.is_converged && flat.x == [1.0, 2.0]);
    }
}
