//! A root between two points.

/// The root of a function by Brent's method, to a tolerance; `None` when the ends have the same sign.
///
/// Follows the steps of the published algorithm, so that functions with jumps end on the same side as in other
/// implementations of it.
///
/// # References
///
/// Brent (1973), Algorithms for Minimization without Derivatives, chapter 4; R, `uniroot`.
pub(super) fn brent(f: impl Fn(f64) -> f64, low: f64, high: f64, tolerance: f64) -> Option<f64> {
    const MAX_STEPS: usize = 1000;
    let (mut a, mut b) = (low, high);
    let (mut fa, mut fb) = (f(a), f(b));
    let (mut c, mut fc) = (a, fa);
    if fa == 0.0 {
        return Some(a);
    }
    if fb == 0.0 {
        return Some(b);
    }
    let has_root = fa * fb < 0.0;
    if !has_root {
        return None;
    }
    for _ in 0..MAX_STEPS {
        let previous = b - a;
        if fc.abs() < fb.abs() {
            (a, b, c) = (b, c, b);
            (fa, fb, fc) = (fb, fc, fb);
        }
        let enough = 2.0 * f64::EPSILON * b.abs() + tolerance / 2.0;
        let mut step = (c - b) / 2.0;
        if step.abs() <= enough || fb == 0.0 {
            return Some(b);
        }
        if previous.abs() >= enough && fa.abs() > fb.abs() {
            let cb = c - b;
            let (mut p, mut q) = if a == c {
                let t1 = fb / fa;
                (cb * t1, 1.0 - t1)
            } else {
                let (q, t1, t2) = (fa / fc, fb / fc, fb / fa);
                (t2 * (cb * q * (q - t1) - (b - a) * (t1 - 1.0)), (q - 1.0) * (t1 - 1.0) * (t2 - 1.0))
            };
            if p > 0.0 {
                q = -q;
            } else {
                p = -p;
            }
            if p < 0.75 * cb * q - (enough * q).abs() / 2.0 && p < (previous * q / 2.0).abs() {
                step = p / q;
            }
        }
        if step.abs() < enough {
            step = if step > 0.0 { enough } else { -enough };
        }
        (a, fa) = (b, fb);
        b += step;
        fb = f(b);
        if (fb > 0.0) == (fc > 0.0) {
            (c, fc) = (a, fa);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::brent;

    #[test]
    fn finds_the_square_root_of_two() {
        let root = brent(|x| x * x - 2.0, 0.0, 2.0, 1e-12).unwrap();
        assert!((root - 2.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(brent(|x| x * x + 1.0, 0.0, 2.0, 1e-12), None);
    }
}
