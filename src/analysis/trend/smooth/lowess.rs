//! Local lines, robust, points only.

use super::super::check::{all_finite, at_least, not_negative, same_length};
use super::super::error::TrendError;
use super::robustness::bisquare;

/// Settings of [`lowess`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lowess {
    /// Share of the points in each local line (R: 2/3).
    pub f: f64,
    /// Robustness iterations (R: 3).
    pub iterations: usize,
    /// Points closer than this to the last fitted one are interpolated (R: 1 % of the range).
    pub delta: f64,
}

impl Default for Lowess {
    fn default() -> Lowess {
        Lowess { f: 2.0 / 3.0, iterations: 3, delta: 0.0 }
    }
}

/// Cleveland's robust local lines at the sorted x; [`super::Loess`] has standard errors too.
///
/// # Definition
/// At each x a line by tricube weights over its ⌊f·n + 1e-7⌋ nearest points (2 at least), refitted with bisquare weights of the
/// residuals `iterations` times. Distances within 0.1 % of the reach weigh 1, beyond 99.9 % nothing.
///
/// # Shapes and units
/// x must not decrease; ties allowed. Returns a value per point.
///
/// # Errors
/// Lengths that differ, values that are not finite, x that falls, fewer than two points, `f` not above 0, a negative `delta`.
///
/// # Agreement
/// R 4.2 `lowess`, 1e-9.
///
/// # References
/// Cleveland (1979), JASA 74; (1981), The American Statistician 35.
pub fn lowess(x: &[f64], y: &[f64], settings: Lowess) -> Result<Vec<f64>, TrendError> {
    let n = x.len();
    at_least("points", n, 2)?;
    same_length("y", y.len(), n)?;
    super::super::check::not_decreasing("x", x)?;
    all_finite("y", y)?;
    let f = super::super::check::positive("the share f", settings.f)?;
    let delta = not_negative("delta", settings.delta)?;
    let size = ((f * n as f64 + 1e-7) as usize).clamp(2, n);
    let mut robust: Option<Vec<f64>> = None;
    let mut fitted = vec![0.0; n];
    for round in 0..=settings.iterations {
        pass(x, y, size, delta, robust.as_deref(), &mut fitted);
        if round == settings.iterations {
            break;
        }
        let residuals: Vec<f64> = y.iter().zip(&fitted).map(|(y, f)| y - f).collect();
        let scale = residuals.iter().map(|r| r.abs()).sum::<f64>() / n as f64;
        let sizes: Vec<f64> = residuals.iter().map(|r| r.abs()).collect();
        // A curve that already passes through most points stays.
        if 6.0 * super::super::check::median(&sizes) < 1e-7 * scale {
            break;
        }
        robust = Some(bisquare(&residuals));
    }
    Ok(fitted)
}

/// One pass over all points.
fn pass(x: &[f64], y: &[f64], size: usize, delta: f64, robust: Option<&[f64]>, fitted: &mut [f64]) {
    let n = x.len();
    let (mut left, mut right) = (0, size - 1);
    let mut last: Option<usize> = None;
    let mut i = 0;
    loop {
        // Slide the window while the next point to the right is nearer than the last one to the left.
        while right < n - 1 && x[i] - x[left] > x[right + 1] - x[i] {
            left += 1;
            right += 1;
        }
        fitted[i] = line_at(x, y, x[i], left, right, robust).unwrap_or(y[i]);
        if let Some(before) = last
            && before + 1 < i
        {
            let width = x[i] - x[before];
            for j in before + 1..i {
                let share = (x[j] - x[before]) / width;
                fitted[j] = share * fitted[i] + (1.0 - share) * fitted[before];
            }
        }
        // Copy to equal x, then skip to the last point within delta.
        let mut done = i;
        let cut = x[done] + delta;
        let mut next = done + 1;
        while next < n {
            if x[next] > cut {
                break;
            }
            if x[next] == x[done] {
                fitted[next] = fitted[done];
                done = next;
            }
            next += 1;
        }
        last = Some(done);
        i = (done + 1).max(next - 1);
        if done >= n - 1 {
            break;
        }
    }
}

/// The local line at `q`; `None` where no point has weight.
fn line_at(x: &[f64], y: &[f64], q: f64, left: usize, right: usize, robust: Option<&[f64]>) -> Option<f64> {
    let n = x.len();
    let range = x[n - 1] - x[0];
    let reach = (q - x[left]).max(x[right] - q);
    let (far, near) = (0.999 * reach, 0.001 * reach);
    let mut weights = Vec::new();
    for j in left..n {
        let distance = (x[j] - q).abs();
        if distance <= far {
            let kernel = if distance <= near {
                1.0
            } else {
                let u = distance / reach;
                let cube = 1.0 - u * u * u;
                cube * cube * cube
            };
            weights.push((j, kernel * robust.map_or(1.0, |r| r[j])));
        } else if x[j] > q {
            break;
        }
    }
    let total: f64 = weights.iter().map(|(_, w)| w).sum();
    if total <= 0.0 {
        return None;
    }
    for (_, w) in &mut weights {
        *w /= total;
    }
    if reach > 0.0 {
        let mean: f64 = weights.iter().map(|(j, w)| w * x[*j]).sum();
        let spread: f64 = weights.iter().map(|(j, w)| w * (x[*j] - mean) * (x[*j] - mean)).sum();
        // Points spread far enough carry a slope.
        if spread.sqrt() > 0.001 * range {
            let b = (q - mean) / spread;
            for (j, w) in &mut weights {
                *w *= b * (x[*j] - mean) + 1.0;
            }
        }
    }
    Some(weights.iter().map(|(j, w)| w * y[*j]).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_a_line() {
        let x: Vec<f64> = (0..20).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 2.0 - 0.5 * x).collect();
        for delta in [0.0, 3.0] {
            let fitted = lowess(&x, &y, Lowess { delta, ..Lowess::default() }).unwrap();
            assert!(fitted.iter().zip(&y).all(|(f, y)| (f - y).abs() < 1e-12));
        }
    }

    #[test]
    fn ties_get_one_value() {
        let fitted = lowess(&[1.0, 1.0, 2.0, 3.0], &[0.0, 2.0, 1.0, 4.0], Lowess::default()).unwrap();
        assert_eq!(fitted[0], fitted[1]);
        assert!(lowess(&[1.0; 4], &[1.0, 2.0, 3.0, 4.0], Lowess::default()).unwrap().iter().all(|f| f.is_finite()));
    }

    #[test]
    fn wrong_input_is_an_error() {
        assert!(lowess(&[1.0], &[1.0], Lowess::default()).is_err());
        assert!(lowess(&[2.0, 1.0], &[1.0, 1.0], Lowess::default()).is_err());
        assert!(lowess(&[1.0, 2.0], &[1.0, f64::NAN], Lowess::default()).is_err());
        assert!(lowess(&[1.0, 2.0], &[1.0, 1.0], Lowess { f: 0.0, ..Lowess::default() }).is_err());
    }
}
