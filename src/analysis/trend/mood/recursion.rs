//! One pass of the dyad ratios through time.

use crate::numeric::optimise::minimise_on;

/// Values of items by period, standardised; NaN where not asked.
pub(super) struct Issues {
    pub n_periods: usize,
    /// Item by item.
    pub values: Vec<Vec<f64>>,
}

impl Issues {
    /// Periods in which an item was asked.
    pub fn n_asked(&self, item: usize) -> usize {
        self.values[item].iter().filter(|v| !v.is_nan()).count()
    }

    /// A recursion from `start` at one end: each period is the mean, over earlier periods that share items with it, of what the
    /// items' ratios say, weighted by validity. A period that shares none repeats its neighbour.
    pub fn pass(&self, is_backward: bool, start: f64, validity: &[f64], signs: &[f64]) -> Vec<f64> {
        let n = self.n_periods;
        let mut mood = vec![0.0; n];
        let place = |step: usize| if is_backward { n - 1 - step } else { step };
        mood[place(0)] = start;
        for step in 1..n {
            let at = place(step);
            let (mut total, mut n_periods) = (0.0, 0);
            // Earlier periods in order of the calendar, whichever way the recursion runs.
            let known: Vec<usize> = if is_backward { (at + 1..n).collect() } else { (0..at).collect() };
            for base in known {
                let (mut sum, mut weight, mut shared) = (0.0, 0.0, 0);
                for ((item, validity), sign) in self.values.iter().zip(validity).zip(signs) {
                    if item[at].is_nan() || item[base].is_nan() {
                        continue;
                    }
                    let ratio = if *sign < 0.0 { item[base] / item[at] } else { item[at] / item[base] };
                    sum += validity * ratio * mood[base];
                    weight += validity;
                    shared += 1;
                }
                if shared > 0 && weight > 0.0 {
                    total += sum / weight;
                    n_periods += 1;
                }
            }
            mood[at] = if n_periods > 0 { total / f64::from(n_periods) } else { mood[place(step - 1)] };
        }
        mood
    }
}

/// Exponential smoothing from the first period on with the weight of the present between ½ and 1 that predicts best.
pub(super) fn smooth(series: &[f64]) -> (Vec<f64>, f64) {
    let run = |alpha: f64| {
        let mut out = series.to_vec();
        for t in 1..out.len() {
            out[t] = alpha * series[t] + (1.0 - alpha) * out[t - 1];
        }
        out
    };
    // Errors count from the third period.
    let loss = |alpha: f64| {
        let smoothed = run(alpha);
        (2..series.len()).map(|t| (series[t] - smoothed[t - 1]) * (series[t] - smoothed[t - 1])).sum::<f64>()
    };
    let inside = minimise_on(loss, 0.5, 1.0, 1e-9);
    let ends = [(0.5, loss(0.5)), (1.0, loss(1.0))];
    let best = ends.into_iter().fold((inside.x[0], inside.value), |a, b| if b.1 <= a.1 { b } else { a });
    (run(best.0), best.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_item_asked_always_is_its_own_mood() {
        let issues = Issues { n_periods: 4, values: vec![vec![100.0, 110.0, 90.0, 120.0]] };
        let forward = issues.pass(false, 100.0, &[1.0], &[1.0]);
        for (m, v) in forward.iter().zip(&issues.values[0]) {
            assert!((m - v).abs() < 1e-12);
        }
        let back = issues.pass(true, forward[3], &[1.0], &[1.0]);
        assert!((back[0] - 100.0).abs() < 1e-12);
    }

    #[test]
    fn a_period_without_questions_repeats_its_neighbour() {
        let issues = Issues { n_periods: 3, values: vec![vec![100.0, f64::NAN, 90.0]] };
        assert_eq!(issues.pass(false, 100.0, &[1.0], &[1.0])[1], 100.0);
        assert_eq!(issues.pass(true, 90.0, &[1.0], &[1.0])[1], 90.0);
    }

    #[test]
    fn a_line_is_not_smoothed() {
        let line: Vec<f64> = (0..9).map(f64::from).collect();
        assert_eq!(smooth(&line), (line.clone(), 1.0));
    }
}
