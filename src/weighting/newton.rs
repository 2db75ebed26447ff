//! The multipliers of a calibration.

use super::distance::Distance;

/// A direction is left out when less than this share of it is left after the earlier ones are taken out.
const RANK_TOLERANCE: f64 = 1e-12;
/// Halvings of a step before it is taken as it is.
const HALVINGS: usize = 30;

/// A calibration problem: the columns, what they should add up to, and how far weights may move.
pub(super) struct Problem<'a> {
    pub columns: &'a [Vec<f64>],
    pub targets: &'a [f64],
    /// Working variance of each row; `None` is 1.
    pub variance: Option<&'a [f64]>,
    pub distance: Distance,
    pub bounds: (f64, f64),
    pub epsilon: f64,
    pub max_iterations: usize,
}

/// The weight ratios, the steps taken, and the largest relative gap that remains.
pub(super) struct Solution {
    pub ratios: Vec<f64>,
    pub iterations: usize,
    pub gap: f64,
}

impl Problem<'_> {
    /// Newton's method with halved steps on the multipliers λ in `g = F(x'λ/q)`.
    pub fn solve(&self, weights: &[f64]) -> Solution {
        let n_columns = self.columns.len();
        let mut lambda = vec![0.0; n_columns];
        let (mut ratios, mut slopes) = self.ratios(&lambda, weights.len());
        let mut misfit = self.misfit(weights, &ratios);
        let mut gap = self.gap(&misfit);
        let mut iterations = 0;
        while gap > self.epsilon && iterations < self.max_iterations {
            iterations += 1;
            let step = self.step(weights, &slopes, &misfit);
            let mut share = 1.0;
            for _ in 0..HALVINGS {
                let trial: Vec<f64> = lambda.iter().zip(&step).map(|(l, s)| l + share * s).collect();
                let (r, s) = self.ratios(&trial, weights.len());
                let m = self.misfit(weights, &r);
                let g = self.gap(&m);
                if g < gap || share < 1e-8 {
                    (lambda, ratios, slopes, misfit) = (trial, r, s, m);
                    gap = g;
                    break;
                }
                share /= 2.0;
            }
            if step.iter().all(|s| *s == 0.0) {
                break;
            }
        }
        Solution { ratios, iterations, gap }
    }

    fn ratios(&self, lambda: &[f64], n_rows: usize) -> (Vec<f64>, Vec<f64>) {
        (0..n_rows)
            .map(|i| {
                let u: f64 = self.columns.iter().zip(lambda).map(|(x, l)| x[i] * l).sum();
                let q = self.variance.map_or(1.0, |v| v[i]);
                let (g, slope) = self.distance.ratio(u / q, self.bounds.0, self.bounds.1);
                (g, slope / q)
            })
            .unzip()
    }

    fn misfit(&self, weights: &[f64], ratios: &[f64]) -> Vec<f64> {
        let reached = |x: &Vec<f64>| -> f64 { x.iter().zip(weights).zip(ratios).map(|((x, w), g)| x * w * g).sum() };
        self.columns.iter().zip(self.targets).map(|(x, t)| t - reached(x)).collect()
    }

    fn gap(&self, misfit: &[f64]) -> f64 {
        let relative = |(m, t): (&f64, &f64)| m.abs() / (1.0 + t.abs());
        let largest = misfit.iter().zip(self.targets).map(relative).fold(0.0, f64::max);
        if misfit.iter().all(|m| m.is_finite()) { largest } else { f64::INFINITY }
    }

    /// Solves `Σ w F' x x' δ = misfit` with columns orthogonalized under the weights `w F'`, so that columns which depend
    /// on others take no part.
    fn step(&self, weights: &[f64], slopes: &[f64], misfit: &[f64]) -> Vec<f64> {
        let k = self.columns.len();
        let v: Vec<f64> = weights.iter().zip(slopes).map(|(w, s)| w * s).collect();
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).zip(&v).map(|((a, b), v)| a * b * v).sum() };
        // Each direction is a combination of the columns; its coefficients give the step in λ.
        let mut directions: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
        for (j, column) in self.columns.iter().enumerate() {
            let size = dot(column, column).sqrt();
            if size == 0.0 {
                continue;
            }
            let mut rest: Vec<f64> = column.iter().map(|x| x / size).collect();
            let mut coefficients = vec![0.0; k];
            coefficients[j] = 1.0 / size;
            for _ in 0..2 {
                for (direction, c) in &directions {
                    let along = dot(direction, &rest);
                    rest.iter_mut().zip(direction).for_each(|(r, d)| *r -= along * d);
                    coefficients.iter_mut().zip(c).for_each(|(r, d)| *r -= along * d);
                }
            }
            let left = dot(&rest, &rest).sqrt();
            if left > RANK_TOLERANCE {
                rest.iter_mut().for_each(|r| *r /= left);
                coefficients.iter_mut().for_each(|c| *c /= left);
                directions.push((rest, coefficients));
            }
        }
        let mut step = vec![0.0; k];
        for (_, coefficients) in &directions {
            let along: f64 = coefficients.iter().zip(misfit).map(|(c, m)| c * m).sum();
            step.iter_mut().zip(coefficients).for_each(|(s, c)| *s += along * c);
        }
        step
    }
}
