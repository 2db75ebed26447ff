//! Correlations of two plain columns, with tests for simple random samples.
//!
//! For columns of a sampling design use [`crate::estimate::correlation`].

use super::error::{CompareError, at_least, finite, level as check_level, same_length};
use crate::numeric::dist::{Normal, StudentT};

/// Samples up to this size have the exact law of Spearman's statistic; larger ones its Edgeworth series.
const SPEARMAN_EXACT: usize = 9;

/// A correlation with its two-sided test of 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorrelationTest {
    pub estimate: f64,
    /// Pearson: t. Spearman: Σ of squared rank differences. Kendall: concordant pairs (exact) or z.
    pub statistic: f64,
    /// Degrees of freedom of t, for Pearson.
    pub degf: Option<f64>,
    pub p_value: f64,
    /// Limits by Fisher's z, for Pearson and four values or more.
    pub interval: Option<(f64, f64)>,
}

fn checked(x: &[f64], y: &[f64], needed: usize) -> Result<f64, CompareError> {
    same_length("the second variable", y.len(), x.len())?;
    at_least("values", x.len(), needed)?;
    finite("a value", x)?;
    finite("a value", y)?;
    Ok(x.len() as f64)
}

fn product_moment(x: &[f64], y: &[f64]) -> Result<f64, CompareError> {
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let sum = |f: &dyn Fn(f64, f64) -> f64| -> f64 { x.iter().zip(y).map(|(a, b)| f(a - mx, b - my)).sum() };
    let spread = sum(&|a, _| a * a) * sum(&|_, b| b * b);
    if spread == 0.0 {
        return Err(CompareError::Undefined { what: "the spread of a variable", statistic: "a correlation" });
    }
    Ok((sum(&|a, b| a * b) / spread.sqrt()).clamp(-1.0, 1.0))
}

/// Pearson's correlation with t test and Fisher's z interval.
///
/// # Errors
/// Lengths that differ, fewer than three values, values that are not finite, a constant variable, a level outside 0..1.
///
/// # Agreement
/// R 4.2, `cor.test`.
///
/// # References
/// Fisher (1915), Biometrika 10.
pub fn pearson(x: &[f64], y: &[f64], level: f64) -> Result<CorrelationTest, CompareError> {
    let n = checked(x, y, 3)?;
    check_level(level)?;
    let r = product_moment(x, y)?;
    let degf = n - 2.0;
    let statistic = degf.sqrt() * r / (1.0 - r * r).sqrt();
    let interval = (n > 3.0).then(|| {
        let half = Normal::STANDARD.upper_quantile(0.5 * (1.0 - level)) / (n - 3.0).sqrt();
        let z = libm::atanh(r);
        (libm::tanh(z - half), libm::tanh(z + half))
    });
    let p_value = StudentT::new(degf)?.two_sided_sf(statistic.abs());
    Ok(CorrelationTest { estimate: r, statistic, degf: Some(degf), p_value, interval })
}

/// Ranks from 1, ties at their mean.
pub(super) fn mid_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let below = order.partition_point(|&i| values[i] < values[tied[0]]) as f64;
        for &i in tied {
            ranks[i] = below + 0.5 * (tied.len() as f64 + 1.0);
        }
    }
    ranks
}

/// Spearman's rank correlation. `is_exact` takes the exact law of the statistic, which ties rule out.
///
/// # Definition
/// The correlation of mid-ranks; the statistic is (n³ − n)(1 − r)/6. Exact for n ≤ 9, by an Edgeworth series above;
/// otherwise t = r √((n − 2)/(1 − r²)).
///
/// # Errors
/// As for [`pearson`]; an exact test with ties.
///
/// # Agreement
/// R 4.2, `cor.test(method = "spearman")`.
///
/// # References
/// Best and Roberts (1975), Applied Statistics 24, algorithm AS 89.
pub fn spearman(x: &[f64], y: &[f64], is_exact: bool) -> Result<CorrelationTest, CompareError> {
    let n = checked(x, y, 3)?;
    let r = product_moment(&mid_ranks(x), &mid_ranks(y))?;
    let largest = (n * n * n - n) / 6.0;
    let statistic = largest * (1.0 - r);
    let p_value = if is_exact {
        refuse_ties(x, y)?;
        let even = statistic.round();
        let is_low = even <= largest;
        let upper = |s: f64| if x.len() <= SPEARMAN_EXACT { spearman_exact(s, x.len()) } else { edgeworth(s, n) };
        let tail = if is_low { 1.0 - upper(even + 2.0) } else { upper(even) };
        (2.0 * tail).min(1.0)
    } else {
        let t = r * ((n - 2.0) / (1.0 - r * r)).sqrt();
        StudentT::new(n - 2.0)?.two_sided_sf(t.abs())
    };
    Ok(CorrelationTest { estimate: r, statistic, degf: None, p_value, interval: None })
}

fn refuse_ties(x: &[f64], y: &[f64]) -> Result<(), CompareError> {
    if ties(x).is_empty() && ties(y).is_empty() {
        Ok(())
    } else {
        Err(CompareError::OutOfRange { what: "the number of ties", got: 1.0, expected: "0 for an exact test" })
    }
}

/// P(S ≥ s), over all permutations.
fn spearman_exact(s: f64, n: usize) -> f64 {
    let mut permutation: Vec<usize> = (0..n).collect();
    let mut counters = vec![0; n];
    let distance = |p: &[usize]| p.iter().enumerate().map(|(i, &v)| i.abs_diff(v).pow(2)).sum::<usize>() as f64;
    let (mut n_all, mut n_above) = (1.0, f64::from(u8::from(distance(&permutation) >= s)));
    // Heap's algorithm.
    let mut i = 0;
    while i < n {
        if counters[i] < i {
            permutation.swap(if i % 2 == 0 { 0 } else { counters[i] }, i);
            n_all += 1.0;
            n_above += f64::from(u8::from(distance(&permutation) >= s));
            counters[i] += 1;
            i = 0;
        } else {
            counters[i] = 0;
            i += 1;
        }
    }
    n_above / n_all
}

/// P(S ≥ s) by the Edgeworth series of AS 89.
fn edgeworth(s: f64, n: f64) -> f64 {
    let b = 1.0 / n;
    let x = (6.0 * (s - 1.0) * b / (n * n - 1.0) - 1.0) * (n - 1.0).sqrt();
    let y = x * x;
    let inner = 0.0072 - 0.0831 * b + y * b * (0.0131 - 4.6e-4 * y);
    let middle = 0.1033 + 0.3932 * b;
    let u = x
        * b
        * (0.2274 + b * (0.2531 + 0.1745 * b) + y * (-0.0758 + b * middle - y * b * (0.0879 + 0.0151 * b - y * inner)));
    (u / libm::exp(0.5 * y) + Normal::STANDARD.sf(x)).clamp(0.0, 1.0)
}

/// Sizes of the groups of equal values.
fn ties(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a == b).filter(|g| g.len() > 1).map(|g| g.len() as f64).collect()
}

/// Kendall's τ-b. `is_exact` takes the exact law of the number of concordant pairs, which ties rule out.
///
/// # Definition
/// τ-b = S / √((T₀ − T_x)(T₀ − T_y)), S concordant less discordant pairs, T₀ all pairs, T_x and T_y tied ones; z = S over
/// its standard deviation with ties.
///
/// # Errors
/// As for [`pearson`]; an exact test with ties.
///
/// # Agreement
/// R 4.2, `cor.test(method = "kendall")`.
///
/// # References
/// Kendall (1970), *Rank Correlation Methods*, chapters 3 and 5.
pub fn kendall(x: &[f64], y: &[f64], is_exact: bool) -> Result<CorrelationTest, CompareError> {
    let n = checked(x, y, 2)?;
    let sign = |a: f64, b: f64| if a > b { 1.0 } else { f64::from(i8::from(a == b)) - 1.0 };
    let mut s = 0.0;
    for i in 0..x.len() {
        for j in 0..i {
            s += sign(x[i], x[j]) * sign(y[i], y[j]);
        }
    }
    let (tx, ty) = (ties(x), ties(y));
    let pairs = |ties: &[f64]| ties.iter().map(|t| t * (t - 1.0)).sum::<f64>();
    let all = n * (n - 1.0);
    let untied = (all - pairs(&tx)) * (all - pairs(&ty));
    if untied == 0.0 {
        return Err(CompareError::Undefined { what: "the spread of a variable", statistic: "a correlation" });
    }
    let estimate = 2.0 * s / untied.sqrt();
    if is_exact {
        refuse_ties(x, y)?;
        let concordant = ((estimate + 1.0) * all / 4.0).round();
        let counts = kendall_counts(x.len());
        let total: f64 = counts.iter().sum();
        let at_or_below =
            |q: f64| -> f64 { if q < 0.0 { 0.0 } else { counts.iter().take(q as usize + 1).sum::<f64>() / total } };
        let tail = at_or_below(concordant).min(1.0 - at_or_below(concordant - 1.0));
        let p_value = (2.0 * tail).min(1.0);
        return Ok(CorrelationTest { estimate, statistic: concordant, degf: None, p_value, interval: None });
    }
    let squares = |ties: &[f64]| ties.iter().map(|t| t * (t - 1.0) * (2.0 * t + 5.0)).sum::<f64>();
    let cubes = |ties: &[f64]| ties.iter().map(|t| t * (t - 1.0) * (t - 2.0)).sum::<f64>();
    let mut variance = (all * (2.0 * n + 5.0) - squares(&tx) - squares(&ty)) / 18.0;
    variance += pairs(&tx) * pairs(&ty) / (2.0 * all);
    if n > 2.0 {
        variance += cubes(&tx) * cubes(&ty) / (9.0 * all * (n - 2.0));
    }
    let statistic = s / variance.sqrt();
    let p_value = (2.0 * Normal::STANDARD.sf(statistic.abs())).min(1.0);
    Ok(CorrelationTest { estimate, statistic, degf: None, p_value, interval: None })
}

/// Number of permutations by their number of concordant pairs.
fn kendall_counts(n: usize) -> Vec<f64> {
    let mut counts = vec![1.0];
    for size in 2..=n {
        let mut next = vec![0.0; counts.len() + size - 1];
        for (k, count) in counts.iter().enumerate() {
            next[k..k + size].iter_mut().for_each(|c| *c += count);
        }
        // Shares instead of counts: factorials overflow.
        next.iter_mut().for_each(|c| *c /= size as f64);
        counts = next;
    }
    counts
}

/// A weighted correlation and its parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedCorrelation {
    pub correlation: f64,
    pub mean_x: f64,
    pub mean_y: f64,
    /// Variance of x with the divisor 1 − Σ w² (weights scaled to sum 1).
    pub variance_x: f64,
    /// Covariance with the same divisor.
    pub covariance: f64,
}

/// The correlation of two columns under weights of any scale.
///
/// # Errors
/// Lengths that differ, fewer than two values, values that are not finite, negative weights, a constant variable.
///
/// # Agreement
/// R 4.2, `cov.wt`.
pub fn weighted_correlation(x: &[f64], y: &[f64], weights: &[f64]) -> Result<WeightedCorrelation, CompareError> {
    checked(x, y, 2)?;
    same_length("the weights", weights.len(), x.len())?;
    finite("a weight", weights)?;
    if let Some(&got) = weights.iter().find(|w| **w < 0.0) {
        return Err(CompareError::OutOfRange { what: "a weight", got, expected: "0 or more" });
    }
    let total: f64 = weights.iter().sum();
    let share: Vec<f64> = weights.iter().map(|w| w / total).collect();
    let mean = |v: &[f64]| share.iter().zip(v).map(|(w, v)| w * v).sum::<f64>();
    let (mean_x, mean_y) = (mean(x), mean(y));
    let sum =
        |f: &dyn Fn(f64, f64) -> f64| -> f64 { (0..x.len()).map(|i| share[i] * f(x[i] - mean_x, y[i] - mean_y)).sum() };
    let (xx, yy, xy) = (sum(&|a, _| a * a), sum(&|_, b| b * b), sum(&|a, b| a * b));
    let divisor = 1.0 - share.iter().map(|w| w * w).sum::<f64>();
    if !(xx > 0.0 && yy > 0.0 && divisor > 0.0) {
        return Err(CompareError::Undefined { what: "the spread of a variable", statistic: "a correlation" });
    }
    Ok(WeightedCorrelation {
        correlation: xy / (xx * yy).sqrt(),
        mean_x,
        mean_y,
        variance_x: xx / divisor,
        covariance: xy / divisor,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_laws_of_three_values() {
        // Six orders of three values: one in six has all pairs discordant.
        let (x, y) = ([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]);
        assert!((kendall(&x, &y, true).unwrap().p_value - 1.0 / 3.0).abs() < 1e-15);
        assert!((spearman(&x, &y, true).unwrap().p_value - 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn the_series_is_near_the_exact_law() {
        for s in [60.0, 120.0, 180.0] {
            assert!((spearman_exact(s, 9) - edgeworth(s, 9.0)).abs() < 2e-3);
        }
    }

    #[test]
    fn bad_input_is_an_error() {
        assert!(pearson(&[1.0, 2.0, 3.0], &[1.0, 1.0, 1.0], 0.95).is_err());
        assert!(kendall(&[1.0, 1.0, 2.0], &[1.0, 2.0, 3.0], true).is_err());
        assert!(weighted_correlation(&[1.0, 2.0], &[1.0, 3.0], &[1.0, -1.0]).is_err());
        assert!(pearson(&[1.0, f64::NAN, 3.0], &[1.0, 2.0, 1.0], 0.95).is_err());
    }
}
