//! The distribution of a variable: cumulated shares, histogram, smooth density. Missing values (NaN) and weights of 0 are
//! left out.

use super::quantile::Sorted;

/// The weighted share of values at or below each point.
pub fn cumulative_shares(values: &[f64], weights: &[f64], at: &[f64]) -> Vec<f64> {
    let sorted = Sorted::new(values, weights);
    at.iter().map(|x| sorted.share_at_or_below(*x)).collect()
}

/// The weighted share of each bin over its width. Bins are closed on the right, the first one also on the left.
pub fn histogram(values: &[f64], weights: &[f64], breaks: &[f64]) -> Vec<f64> {
    let counted = || values.iter().zip(weights).filter(|(x, w)| !x.is_nan() && **w != 0.0);
    let total: f64 = counted().map(|(_, w)| w).sum();
    let bin = |(k, ends): (usize, &[f64])| {
        let is_in = |x: f64| x <= ends[1] && (x > ends[0] || k == 0 && x == ends[0]);
        let mass: f64 = counted().filter(|(x, _)| is_in(**x)).map(|(_, w)| w).sum();
        mass / (total * (ends[1] - ends[0]))
    };
    breaks.windows(2).enumerate().map(bin).collect()
}

/// Standard deviations of the kernel at which it is cut.
const KERNEL_REACH: f64 = 4.0;

/// A smooth density on a grid over the range of the values: pairs of point and height.
///
/// # Definition
///
/// The weights go to the grid point at or below their value and become heights (times n/(range · Σw)); a straight line is
/// fitted through the heights at each point with a normal kernel of standard deviation `bandwidth`, cut at four of them.
///
/// # References
///
/// Wand and Jones (1995), Kernel Smoothing, section 5.2 and appendix D; R `survey`, `svysmooth`.
pub fn density(values: &[f64], weights: &[f64], bandwidth: f64, n_points: usize) -> Vec<(f64, f64)> {
    let counted: Vec<(f64, f64)> =
        values.iter().zip(weights).filter(|(x, w)| !x.is_nan() && **w != 0.0).map(|(x, w)| (*x, *w)).collect();
    let low = counted.iter().map(|p| p.0).fold(f64::INFINITY, f64::min);
    let high = counted.iter().map(|p| p.0).fold(f64::NEG_INFINITY, f64::max);
    let range = high - low;
    let is_positive = |x: f64| x > 0.0;
    if n_points < 2 || !is_positive(range) || !is_positive(bandwidth) {
        return Vec::new();
    }
    let step = range / (n_points - 1) as f64;
    let total: f64 = counted.iter().map(|p| p.1).sum();
    let mut heights = vec![0.0; n_points];
    for (x, w) in &counted {
        // A value on a grid point stays there in spite of rounding.
        let cell = ((x - low) / step + 1e-9).floor() as usize;
        heights[cell.min(n_points - 1)] += w * n_points as f64 / (range * total);
    }
    let reach = (KERNEL_REACH * bandwidth / step).floor() as usize;
    let fit = |i: usize| {
        let (mut s0, mut s1, mut s2, mut t0, mut t1) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let last = (i + reach).min(n_points - 1);
        for (j, height) in heights.iter().enumerate().take(last + 1).skip(i.saturating_sub(reach)) {
            let d = (j as f64 - i as f64) * step;
            let k = libm::exp(-d * d / (2.0 * bandwidth * bandwidth));
            s0 += k;
            s1 += k * d;
            s2 += k * d * d;
            t0 += k * height;
            t1 += k * d * height;
        }
        (s2 * t0 - s1 * t1) / (s0 * s2 - s1 * s1)
    };
    (0..n_points).map(|i| (low + i as f64 * step, fit(i))).collect()
}
