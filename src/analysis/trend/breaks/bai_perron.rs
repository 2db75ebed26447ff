//! Breaks of a regression at unknown dates.

use super::super::check::{at_least, between};
use super::super::error::TrendError;
use super::triangle::Triangle;
use crate::numeric::matrix::Matrix;

/// The best segmentations of a regression, for each number of breaks.
#[derive(Debug, Clone)]
pub struct RegressionBreaks {
    pub(super) design: Matrix,
    pub(super) y: Vec<f64>,
    pub(super) triangle: Triangle,
    /// Shortest segment.
    shortest: usize,
    /// Best segmentation for 0, 1, 2, … breaks.
    pub models: Vec<BreakModel>,
}

/// A regression with its own coefficients in each segment.
#[derive(Debug, Clone, PartialEq)]
pub struct BreakModel {
    /// Last position of each segment but the last, counted from 1.
    pub breaks: Vec<usize>,
    pub rss: f64,
    /// n(ln rss + 1 − ln n + ln 2π) + ln n · (k + 1)(breaks + 1), which counts a break as a parameter.
    pub bic: f64,
}

impl RegressionBreaks {
    /// Finds, for every number of breaks up to `most`, the breaks that leave the smallest residual sum of squares.
    ///
    /// # Definition
    /// Dynamic programming over sums of squares of all stretches (Bai and Perron). `trimming` is the shortest segment as a share of n,
    /// below 1, or as a number of observations. Without `most`: ⌈n/shortest⌉ − 2.
    ///
    /// # Shapes and units
    /// `design`: a row per observation in order of time, a column of ones for a mean.
    ///
    /// # Errors
    /// Lengths that differ, values that are not finite, a shortest segment not longer than the number of columns, too few observations
    /// for one break, more than 4,000 observations.
    ///
    /// # Agreement
    /// R `strucchange` 1.5 `breakpoints`, 1e-9.
    ///
    /// # References
    /// Bai and Perron (1998), Econometrica 66; (2003), Journal of Applied Econometrics 18. Zeileis et al. (2003), Computational
    /// Statistics & Data Analysis 44.
    pub fn find(
        design: &Matrix,
        y: &[f64],
        trimming: f64,
        most: Option<usize>,
    ) -> Result<RegressionBreaks, TrendError> {
        let triangle = Triangle::new(design, y)?;
        let n = triangle.n;
        between("the trimming", trimming, 0.0, n as f64, "above 0 and below the number of observations")?;
        let shortest = if trimming < 1.0 { (n as f64 * trimming).floor() as usize } else { trimming as usize };
        at_least("observations in a segment", shortest, triangle.k + 1)?;
        at_least("observations", n, 2 * shortest)?;
        let most = most.unwrap_or_else(|| n.div_ceil(shortest).saturating_sub(2)).min(n / shortest - 1);
        let models = segmentations(&triangle, shortest, most);
        Ok(RegressionBreaks { design: design.clone(), y: y.to_vec(), triangle, shortest, models })
    }

    /// The number of breaks with the smallest BIC, 0 for none.
    pub fn best(&self) -> usize {
        (0..self.models.len()).min_by(|a, b| self.models[*a].bic.total_cmp(&self.models[*b].bic)).unwrap_or(0)
    }

    /// The model with some breaks.
    pub(super) fn with_breaks(&self, n_breaks: usize) -> Result<&BreakModel, TrendError> {
        self.models.get(n_breaks).filter(|_| n_breaks > 0).ok_or(TrendError::OutOfRange {
            what: "the number of breaks",
            got: n_breaks as f64,
            expected: "1 to the most",
        })
    }

    /// Length of the shortest segment allowed.
    pub fn shortest_segment(&self) -> usize {
        self.shortest
    }
}

fn segmentations(triangle: &Triangle, shortest: usize, most: usize) -> Vec<BreakModel> {
    let n = triangle.n;
    let model = |breaks: Vec<usize>, rss: f64| {
        let (size, k) = (n as f64, triangle.k as f64);
        let parameters = (k + 1.0) * (breaks.len() + 1) as f64;
        let fit = size * (libm::log(rss) + 1.0 - libm::log(size) + libm::log(2.0 * core::f64::consts::PI));
        BreakModel { breaks, rss, bic: fit + libm::log(size) * parameters }
    };
    let mut models = vec![model(vec![], triangle.rss(0, n))];
    // Best sum of the first t observations with m breaks, and the last of them.
    let mut best: Vec<f64> = (0..=n).map(|t| if t >= shortest { triangle.rss(0, t) } else { f64::INFINITY }).collect();
    let mut before: Vec<Vec<usize>> = Vec::new();
    for m in 1..=most {
        let mut next = vec![f64::INFINITY; n + 1];
        let mut last = vec![0; n + 1];
        for t in (m + 1) * shortest..=n {
            for (s, so_far) in best.iter().enumerate().take(t - shortest + 1).skip(m * shortest) {
                let total = so_far + triangle.rss(s, t);
                if total < next[t] {
                    next[t] = total;
                    last[t] = s;
                }
            }
        }
        before.push(last);
        let mut breaks = vec![n];
        for last in before.iter().rev() {
            breaks.push(last[breaks[breaks.len() - 1]]);
        }
        breaks.remove(0);
        breaks.reverse();
        models.push(model(breaks, next[n]));
        best = next;
    }
    models
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(n: usize) -> Matrix {
        Matrix::from_fn(n, 1, |_, _| 1.0)
    }

    #[test]
    fn two_clear_steps_are_found() {
        let y: Vec<f64> = (0..30).map(|i| [0.0, 5.0, 2.0][i / 10] + 0.1 * f64::from((i * 7 % 5) as u8)).collect();
        let found = RegressionBreaks::find(&mean(30), &y, 0.15, None).unwrap();
        assert_eq!(found.best(), 2);
        assert_eq!(found.models[2].breaks, [10, 20]);
        // As long as the breaks so far can be kept, one more never fits worse.
        assert!(found.models[..6].windows(2).all(|m| m[1].rss <= m[0].rss + 1e-9));
    }

    #[test]
    fn degenerate_input() {
        assert!(RegressionBreaks::find(&mean(5), &[1.0; 5], 0.1, None).is_err());
        assert!(RegressionBreaks::find(&mean(3), &[1.0, 2.0, 3.0], 2.0, None).is_err());
        assert!(RegressionBreaks::find(&mean(0), &[], 0.15, None).is_err());
        assert!(RegressionBreaks::find(&mean(6), &[1.0, 2.0, f64::NAN, 1.0, 2.0, 1.0], 2.0, None).is_err());
        // All equal: nothing to break, no error.
        let flat = RegressionBreaks::find(&mean(12), &[2.0; 12], 3.0, Some(2)).unwrap();
        assert!(flat.models.iter().all(|m| m.rss.abs() < 1e-20));
    }
}
