//! How a quantile is read off a weighted sample.

use rayon::prelude::*;

use crate::numeric::sum::Sum;

/// The rule by which a quantile is read off the sorted values and their cumulated weights.
///
/// # Definition
///
/// x sorted, S the cumulated weights, C = S over their sum, `pos` the last row with C ≤ p (the first row if none), `up` the
/// next. The interpolating rules connect points (a_i, x_i), constant beyond the ends. `hf` numbers are Hyndman and Fan's.
///
/// # References
///
/// Hyndman and Fan (1996), Sample quantiles in statistical packages; Shah and Vaish (2006), Confidence intervals for
/// quantile estimation from complex survey data; R `survey` 4.1, `svyquantile`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QuantileRule {
    /// `x[pos]` if C = p there, else `x[up]`: the left-continuous inverse. R: `math`, `hf1`.
    #[default]
    Inverse,
    /// The mean of both if equal, else `x[up]`. R: `school`, `hf2`.
    Midpoint,
    /// Ties pooled first; `x[pos]` if equal and pos is even, else `x[up]`. R: `hf3`.
    EvenRow,
    /// Linear between `x[pos]` and `x[up]`. R: `hf4`.
    Linear,
    /// Points at `(S_i − w_i/2)/S_n`. R: `hf5`.
    MidWeight,
    /// Points at `S_i/(S_n + w_n)`. R: `hf6`.
    Weibull,
    /// Points at `S_(i−1)/S_(n−1)`. R: `hf7`.
    Gumbel,
    /// Points at `(S_(i−1)/3 + 2 S_i/3)/(S_n + w_n/3)`. R: `hf8`.
    MedianUnbiased,
    /// Points at `(3 S_(i−1)/8 + 5 S_i/8)/(S_n + w_n/4)`. R: `hf9`.
    NormalUnbiased,
    /// `a_i = (S'_i + 1/2 − w_i/2)/(n + 1)`, S' from weights scaled to mean 1; the value of the last a_i not above p.
    /// R: `shahvaish`.
    ShahVaish,
}

/// Values in increasing order with their positive weights; ties stay separate rows.
#[derive(Clone, Debug)]
pub struct Sorted {
    x: Vec<f64>,
    w: Vec<f64>,
    /// Cumulated weights.
    s: Vec<f64>,
}

impl Sorted {
    /// Sorts the values of positive weight; missing values (NaN) are left out.
    pub fn new(values: &[f64], weights: &[f64]) -> Self {
        let mut pairs: Vec<(f64, f64)> =
            values.iter().zip(weights).filter(|(x, w)| **w != 0.0 && !x.is_nan()).map(|(x, w)| (*x, *w)).collect();
        pairs.par_sort_by(|a, b| a.0.total_cmp(&b.0));
        let (x, w): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let s = cumulate(&w);
        Self { x, w, s }
    }

    /// True when nothing was left.
    pub fn is_empty(&self) -> bool {
        self.x.is_empty()
    }

    /// The values in increasing order.
    pub fn values(&self) -> &[f64] {
        &self.x
    }

    /// The quantile at p; `None` for an empty sample or p outside 0..=1.
    pub fn quantile(&self, p: f64, rule: QuantileRule) -> Option<f64> {
        if self.x.is_empty() || !(0.0..=1.0).contains(&p) {
            return None;
        }
        Some(match rule {
            QuantileRule::Inverse => {
                let (pos, up, is_equal) = self.around(p);
                self.x[if is_equal { pos } else { up }]
            }
            QuantileRule::Midpoint => {
                let (pos, up, is_equal) = self.around(p);
                if is_equal { (self.x[pos] + self.x[up]) / 2.0 } else { self.x[up] }
            }
            QuantileRule::EvenRow => {
                let pooled = self.pooled();
                let (pos, up, is_equal) = pooled.around(p);
                // Rows count from 1.
                pooled.x[if is_equal && pos % 2 == 1 { pos } else { up }]
            }
            QuantileRule::Linear => {
                let (pos, up, _) = self.around(p);
                if pos == up {
                    return Some(self.x[pos]);
                }
                let total = self.total();
                let (low, high) = (self.s[pos] / total, self.s[up] / total);
                let g = (p - low) / (high - low);
                (1.0 - g) * self.x[pos] + g * self.x[up]
            }
            QuantileRule::ShahVaish => self.shah_vaish(p),
            _ => interpolate(&self.points(rule), &self.x, p),
        })
    }

    /// The value at p on the line through the points (share, value), constant beyond the ends: the rule of R `survey` before
    /// 4.1. `None` for an empty sample.
    pub fn interpolated(&self, p: f64) -> Option<f64> {
        let shares: Vec<f64> = self.s.iter().map(|s| s / self.total()).collect();
        (!self.is_empty()).then(|| interpolate(&shares, &self.x, p))
    }

    /// The share of the weights of values at or below a point.
    pub fn share_at_or_below(&self, x: f64) -> f64 {
        match self.x.partition_point(|value| *value <= x) {
            0 => 0.0,
            above => self.s[above - 1] / self.total(),
        }
    }

    fn total(&self) -> f64 {
        self.s.last().copied().unwrap_or(0.0)
    }

    /// The last row whose share is at most p, the next row, and whether the share is p.
    fn around(&self, p: f64) -> (usize, usize, bool) {
        let total = self.total();
        let pos = self.s.partition_point(|s| *s <= p * total).saturating_sub(1);
        (pos, (pos + 1).min(self.x.len() - 1), is_share(self.s[pos], total, p))
    }

    fn pooled(&self) -> Self {
        let mut x: Vec<f64> = Vec::new();
        let mut w: Vec<f64> = Vec::new();
        for (value, weight) in self.x.iter().zip(&self.w) {
            match (x.last(), w.last_mut()) {
                (Some(last), Some(sum)) if last == value => *sum += weight,
                _ => {
                    x.push(*value);
                    w.push(*weight);
                }
            }
        }
        let s = cumulate(&w);
        Self { x, w, s }
    }

    fn points(&self, rule: QuantileRule) -> Vec<f64> {
        let n = self.x.len();
        let total = self.total();
        let last = self.w[n - 1];
        let before = |i: usize| if i == 0 { 0.0 } else { self.s[i - 1] };
        let point = |i: usize| match rule {
            QuantileRule::MidWeight => (self.s[i] - self.w[i] / 2.0) / total,
            QuantileRule::Weibull => self.s[i] / (total + last),
            QuantileRule::Gumbel => before(i) / before(n - 1),
            QuantileRule::MedianUnbiased => (before(i) / 3.0 + 2.0 * self.s[i] / 3.0) / (total + last / 3.0),
            _ => (3.0 * before(i) / 8.0 + 5.0 * self.s[i] / 8.0) / (total + last / 4.0),
        };
        (0..n).map(point).collect()
    }

    fn shah_vaish(&self, p: f64) -> f64 {
        let n = self.x.len() as f64;
        let scale = n / self.total();
        let mut points: Vec<(f64, f64)> =
            (0..self.x.len()).map(|i| ((self.s[i] * scale + 0.5 - self.w[i] / 2.0) / (n + 1.0), self.x[i])).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let pos = points.partition_point(|(a, _)| *a <= p).saturating_sub(1);
        points[pos].1
    }
}

/// Whether a cumulated weight is the share p of all weight. The quotient is compared, not the product `p · total`: with
/// equal weights p = k/n is the same double as `s/total`, while the product may be off by its last bit.
pub(super) fn is_share(cumulated: f64, total: f64, p: f64) -> bool {
    cumulated / total == p
}

/// Cumulated sums that keep their digits, so that shares meet p exactly where they should.
fn cumulate(weights: &[f64]) -> Vec<f64> {
    let mut sum = Sum::ZERO;
    let mut next = |w: &f64| {
        sum.add(*w);
        sum.value()
    };
    weights.iter().map(&mut next).collect()
}

/// The piecewise linear function through points with increasing abscissae, constant beyond the ends.
pub(super) fn interpolate(a: &[f64], x: &[f64], p: f64) -> f64 {
    let up = a.partition_point(|a| *a < p);
    match up {
        0 => x[0],
        _ if up == a.len() => x[up - 1],
        _ => {
            let (low, high) = (a[up - 1], a[up]);
            x[up - 1] + (x[up] - x[up - 1]) * (p - low) / (high - low)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_equal_weights_is_met_exactly() {
        // Nine of seventeen equal weights: 0.9 is the same double as 9/17 of the total only when the quotient is compared.
        let x: Vec<f64> = (1..=17).map(f64::from).collect();
        let sorted = Sorted::new(&x, &[0.1; 17]);
        assert!(sorted.s[8] < 9.0 / 17.0 * sorted.total());
        assert_eq!(sorted.quantile(9.0 / 17.0, QuantileRule::Inverse), Some(9.0));
        assert_eq!(sorted.quantile(9.0 / 17.0, QuantileRule::Midpoint), Some(9.5));
    }

    #[test]
    fn equal_weights_give_the_rules_of_hyndman_and_fan() {
        let x = [1.0, 2.0, 4.0, 8.0];
        let sorted = Sorted::new(&x, &[1.0; 4]);
        let at = |p, rule| sorted.quantile(p, rule).unwrap();
        assert_eq!(at(0.5, QuantileRule::Inverse), 2.0);
        assert_eq!(at(0.6, QuantileRule::Inverse), 4.0);
        assert_eq!(at(0.5, QuantileRule::Midpoint), 3.0);
        assert_eq!(at(0.5, QuantileRule::EvenRow), 2.0);
        assert_eq!(at(0.6, QuantileRule::Linear), 2.0 + 0.4 * 2.0);
        assert_eq!(at(0.5, QuantileRule::MidWeight), 3.0);
        assert_eq!(at(0.5, QuantileRule::Weibull), 3.0);
        assert_eq!(at(0.5, QuantileRule::Gumbel), 3.0);
        assert!((at(0.5, QuantileRule::MedianUnbiased) - 3.0).abs() < 1e-12);
        assert_eq!(sorted.quantile(1.1, QuantileRule::Inverse), None);
    }
}
