//! Trend and season of an evenly spaced series.

use super::super::check::{all_finite, at_least};
use super::super::error::TrendError;

/// How much seasons may change from cycle to cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeasonWindow {
    /// Not at all: one season for the whole series.
    Periodic,
    /// Over this many cycles; odd, 7 or more is usual.
    Cycles(usize),
}

/// A series taken apart: value = seasonal + trend + remainder.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    pub seasonal: Vec<f64>,
    pub trend: Vec<f64>,
    pub remainder: Vec<f64>,
}

/// Smoothing of one of the three components.
struct Smoother {
    window: usize,
    degree: usize,
    jump: usize,
}

impl Smoother {
    fn new(window: usize, degree: usize) -> Smoother {
        Smoother { window, degree, jump: window.div_ceil(10) }
    }
}

/// Seasonal-trend decomposition by local regression, not robust, with R's default windows.
///
/// # Definition
/// Twice: values without trend are smoothed within each position of the cycle; what remains of a trend in that (moving averages of
/// p, p and 3, then a local line) is taken off and gives the season; the rest is smoothed to the trend. Windows: trend the next odd
/// number from 1.5p/(1 − 1.5/s), low pass from p; every tenth point of a window is fitted, others interpolated. A periodic season is the
/// mean of each position at the end.
///
/// # Errors
/// A period below 2, fewer than two full cycles plus one value, values that are not finite, a season window below 2.
///
/// # Agreement
/// R 4.2 `stl(robust = FALSE)`, 1e-9.
///
/// # References
/// Cleveland, Cleveland, McRae and Terpenning (1990), Journal of Official Statistics 6.
pub fn stl(values: &[f64], period: usize, season: SeasonWindow) -> Result<Decomposition, TrendError> {
    const PASSES: usize = 2;
    let n = values.len();
    all_finite("the series", values)?;
    at_least("steps in a period", period, 2)?;
    at_least("values", n, 2 * period + 1)?;
    let (window, degree) = match season {
        SeasonWindow::Periodic => (10 * n + 1, 0),
        SeasonWindow::Cycles(cycles) => {
            at_least("cycles in the season window", cycles, 2)?;
            (cycles, 0)
        }
    };
    let trend_window = next_odd((1.5 * period as f64 / (1.0 - 1.5 / window as f64)).ceil() as usize);
    let by_season = Smoother::new(next_odd(window.max(3)), degree);
    let by_trend = Smoother::new(trend_window.max(3), 1);
    let by_low_pass = Smoother::new(next_odd(period.max(3)), 1);
    let (mut trend, mut seasonal) = (vec![0.0; n], vec![0.0; n]);
    for _ in 0..PASSES {
        let detrended: Vec<f64> = values.iter().zip(&trend).map(|(y, t)| y - t).collect();
        let cycles = smooth_cycles(&detrended, period, &by_season);
        let averaged = moving_means(&moving_means(&moving_means(&cycles, period), period), 3);
        let low = smooth(&averaged, &by_low_pass);
        seasonal = (0..n).map(|i| cycles[period + i] - low[i]).collect();
        let deseasonalised: Vec<f64> = values.iter().zip(&seasonal).map(|(y, s)| y - s).collect();
        trend = smooth(&deseasonalised, &by_trend);
    }
    if season == SeasonWindow::Periodic {
        let means: Vec<f64> = (0..period)
            .map(|j| {
                let count = (n - j).div_ceil(period);
                seasonal.iter().skip(j).step_by(period).sum::<f64>() / count as f64
            })
            .collect();
        seasonal = (0..n).map(|i| means[i % period]).collect();
    }
    let remainder = (0..n).map(|i| values[i] - seasonal[i] - trend[i]).collect();
    Ok(Decomposition { seasonal, trend, remainder })
}

fn next_odd(n: usize) -> usize {
    n + usize::from(n.is_multiple_of(2))
}

fn moving_means(values: &[f64], window: usize) -> Vec<f64> {
    let mut sum: f64 = values[..window].iter().sum();
    let mut out = vec![sum / window as f64];
    for i in window..values.len() {
        sum += values[i] - values[i - window];
        out.push(sum / window as f64);
    }
    out
}

/// Smooths the values of each position of the cycle, one cycle further at both ends.
fn smooth_cycles(values: &[f64], period: usize, by: &Smoother) -> Vec<f64> {
    let n = values.len();
    let mut out = vec![0.0; n + 2 * period];
    for j in 0..period {
        let part: Vec<f64> = values.iter().skip(j).step_by(period).copied().collect();
        let k = part.len();
        let inner = smooth(&part, by);
        let before = local(&part, by, 0.0, 1, by.window.min(k)).unwrap_or(inner[0]);
        let first = k.saturating_sub(by.window - 1).max(1);
        let after = local(&part, by, (k + 1) as f64, first, k).unwrap_or(inner[k - 1]);
        let all = core::iter::once(before).chain(inner).chain(core::iter::once(after));
        for (m, value) in all.enumerate() {
            out[m * period + j] = value;
        }
    }
    out
}

/// Local regression over positions 1..=n, fitted at every jump and interpolated between.
fn smooth(y: &[f64], by: &Smoother) -> Vec<f64> {
    let n = y.len();
    if n < 2 {
        return y.to_vec();
    }
    let jump = by.jump.min(n - 1);
    let half = by.window.div_ceil(2);
    let mut out = vec![0.0; n];
    let window = |i: usize| {
        if by.window >= n {
            (1, n)
        } else if i < half {
            (1, by.window)
        } else if i > n - half {
            (n - by.window + 1, n)
        } else {
            (i - half + 1, by.window + i - half)
        }
    };
    let fit = |i: usize| {
        let (left, right) = window(i);
        local(y, by, i as f64, left, right).unwrap_or(y[i - 1])
    };
    let mut fitted: Vec<usize> = (1..=n).step_by(jump).collect();
    if fitted.last() != Some(&n) {
        fitted.push(n);
    }
    for i in &fitted {
        out[i - 1] = fit(*i);
    }
    for pair in fitted.windows(2) {
        let (a, b) = (pair[0] - 1, pair[1] - 1);
        let step = (out[b] - out[a]) / (b - a) as f64;
        for i in a + 1..b {
            out[i] = out[a] + step * (i - a) as f64;
        }
    }
    out
}

/// The local fit at position `at`, over positions `left..=right` counted from 1; `None` where nothing has weight.
fn local(y: &[f64], by: &Smoother, at: f64, left: usize, right: usize) -> Option<f64> {
    let n = y.len();
    let range = n as f64 - 1.0;
    let mut reach = (at - left as f64).max(right as f64 - at);
    if by.window > n {
        reach += ((by.window - n) / 2) as f64;
    }
    let (far, near) = (0.999 * reach, 0.001 * reach);
    let mut weights: Vec<f64> = (left..=right)
        .map(|j| {
            let distance = (j as f64 - at).abs();
            if distance > far {
                0.0
            } else if distance <= near {
                1.0
            } else {
                let u = distance / reach;
                let cube = 1.0 - u * u * u;
                cube * cube * cube
            }
        })
        .collect();
    let total: f64 = weights.iter().sum();
    if total <= 0.0 {
        return None;
    }
    for w in &mut weights {
        *w /= total;
    }
    if reach > 0.0 && by.degree > 0 {
        let place = |k: usize| (left + k) as f64;
        let mean: f64 = weights.iter().enumerate().map(|(k, w)| w * place(k)).sum();
        let spread: f64 = weights.iter().enumerate().map(|(k, w)| w * (place(k) - mean) * (place(k) - mean)).sum();
        if spread.sqrt() > 0.001 * range {
            let b = (at - mean) / spread;
            for (k, w) in weights.iter_mut().enumerate() {
                *w *= b * (place(k) - mean) + 1.0;
            }
        }
    }
    Some(weights.iter().zip(&y[left - 1..]).map(|(w, y)| w * y).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_fixed_season_comes_apart_whole() {
        let season = [1.0, -2.0, 0.5, 0.5];
        let y: Vec<f64> = (0..40).map(|i| 10.0 + 0.3 * i as f64 + season[i % 4]).collect();
        let parts = stl(&y, 4, SeasonWindow::Periodic).unwrap();
        for i in 0..40 {
            assert!((parts.seasonal[i] - season[i % 4]).abs() < 0.1, "{i}");
            assert!((parts.seasonal[i] + parts.trend[i] + parts.remainder[i] - y[i]).abs() < 1e-12);
        }
        assert!(stl(&y, 4, SeasonWindow::Cycles(7)).is_ok());
    }

    #[test]
    fn short_series_are_errors() {
        assert!(stl(&[1.0; 8], 4, SeasonWindow::Periodic).is_err());
        assert!(stl(&[1.0; 9], 1, SeasonWindow::Periodic).is_err());
        assert!(stl(&[f64::NAN; 9], 4, SeasonWindow::Periodic).is_err());
        let flat = stl(&[5.0; 9], 4, SeasonWindow::Periodic).unwrap();
        assert!(flat.trend.iter().all(|t| (t - 5.0).abs() < 1e-12));
    }
}
