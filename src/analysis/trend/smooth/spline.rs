//! Cubic smoothing splines.

use super::super::check::{all_finite, at_least, between, not_negative, positive, same_length};
use super::super::error::TrendError;
use super::spline_solver::Knots;
use crate::numeric::optimise::minimise_on;
use crate::numeric::root::brent;

/// How smooth the spline is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Smoothness {
    /// Least generalised cross-validation.
    Gcv,
    /// This many equivalent degrees of freedom: above 2 (a line), below the number of distinct x.
    Degf(f64),
    /// This penalty, on x scaled to 0..=1 and weights scaled to a mean of 1 (R's `lambda`).
    Lambda(f64),
}

/// A cubic smoothing spline with a knot at every distinct x.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SmoothingSpline {
    pub smoothness: Smoothness,
}

/// A fitted spline.
#[derive(Debug, Clone, PartialEq)]
pub struct SplineFit {
    /// Distinct x, rising.
    pub x: Vec<f64>,
    /// The spline at `x`.
    pub fitted: Vec<f64>,
    pub leverages: Vec<f64>,
    /// Trace of the operator.
    pub degf: f64,
    pub lambda: f64,
    /// The criterion of generalised cross-validation.
    pub gcv: f64,
}

impl SmoothingSpline {
    /// Fits y over x.
    ///
    /// # Definition
    /// Minimises Σw(y − g(x))² + λ∫g″(t)²dt, t = (x − min)/(max − min), w scaled to a mean of 1. Values that share an x (within 1e-6 of
    /// the interquartile range) are averaged. GCV = (RSS/n)/(1 − tr/n)², RSS with the scatter within shared x, n the number of values.
    ///
    /// # Errors
    /// Lengths that differ, values that are not finite, weights not above 0, fewer than four distinct x, degrees of freedom out of
    /// reach, a negative λ.
    ///
    /// # Agreement
    /// R 4.2 `smooth.spline(all.knots = TRUE)` with its `spar` search run to the end: 1e-6 for given degrees of freedom; R's own
    /// tolerance leaves λ within about 1e-3.
    ///
    /// # References
    /// Green and Silverman (1994), chapters 2 and 3. Craven and Wahba (1979), Numerische Mathematik 31.
    pub fn fit(&self, x: &[f64], y: &[f64], weights: Option<&[f64]>) -> Result<SplineFit, TrendError> {
        let n = x.len();
        same_length("y", y.len(), n)?;
        all_finite("x", x)?;
        all_finite("y", y)?;
        if let Some(weights) = weights {
            same_length("weights", weights.len(), n)?;
            for w in weights {
                positive("a weight", *w)?;
            }
        }
        let merged = Merged::new(x, y, weights);
        let m = merged.x.len();
        at_least("distinct x", m, 4)?;
        let (low, high) = (merged.x[0], merged.x[m - 1]);
        let scaled: Vec<f64> = merged.x.iter().map(|x| (x - low) / (high - low)).collect();
        let knots = Knots::new(&scaled, merged.weights.clone());
        let at = |ln_lambda: f64| {
            let lambda = libm::exp(ln_lambda);
            let solution = knots.solve(&merged.y, lambda);
            let degf: f64 = solution.leverages.iter().sum();
            let rss: f64 = merged.within
                + (0..m)
                    .map(|i| {
                        merged.weights[i] * (merged.y[i] - solution.fitted[i]) * (merged.y[i] - solution.fitted[i])
                    })
                    .sum::<f64>();
            let rest = 1.0 - degf / n as f64;
            let gcv = rss / n as f64 / (rest * rest);
            SplineFit { x: merged.x.clone(), fitted: solution.fitted, leverages: solution.leverages, degf, lambda, gcv }
        };
        // From nearly no smoothing of the closest knots to a line.
        let closest = scaled.windows(2).map(|w| w[1] - w[0]).fold(1.0, f64::min);
        let (rough, smooth) = (libm::log(1e-4 * closest * closest * closest), libm::log(1e4 * n as f64));
        match self.smoothness {
            Smoothness::Lambda(lambda) => {
                not_negative("lambda", lambda)?;
                Ok(at(libm::log(lambda)))
            }
            Smoothness::Degf(degf) => {
                between("degrees of freedom", degf, 2.0, m as f64, "above 2 and below the number of distinct x")?;
                Ok(at(brent(|l| at(l).degf - degf, rough - 20.0, smooth + 20.0, 1e-12)?.x))
            }
            Smoothness::Gcv => {
                let steps = 60;
                let place = |i: usize| rough + (smooth - rough) * i as f64 / steps as f64;
                let values: Vec<f64> = (0..=steps).map(|i| at(place(i)).gcv).collect();
                let best = (0..=steps).min_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap_or(0);
                let (a, b) = (place(best.saturating_sub(1)), place((best + 1).min(steps)));
                Ok(at(minimise_on(|l| at(l).gcv, a, b, 1e-9).x[0]))
            }
        }
    }
}

/// Values with shared x averaged, sorted.
struct Merged {
    x: Vec<f64>,
    y: Vec<f64>,
    weights: Vec<f64>,
    /// Weighted scatter around the averages.
    within: f64,
}

impl Merged {
    fn new(x: &[f64], y: &[f64], weights: Option<&[f64]>) -> Merged {
        let n = x.len();
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by(|a, b| x[*a].total_cmp(&x[*b]).then(a.cmp(b)));
        let quartile = |share: f64| x[order[((n - 1) as f64 * share) as usize]];
        let near = if n > 0 { 1e-6 * (quartile(0.75) - quartile(0.25)) } else { 0.0 };
        let total: f64 = weights.map_or(n as f64, |w| w.iter().sum());
        let weight = |i: usize| weights.map_or(1.0, |w| w[i] * n as f64 / total);
        let mut merged = Merged { x: Vec::new(), y: Vec::new(), weights: Vec::new(), within: 0.0 };
        for group in order.chunk_by(|a, b| x[*b] - x[*a] <= near) {
            let sum: f64 = group.iter().map(|i| weight(*i)).sum();
            let mean = group.iter().map(|i| weight(*i) * y[*i]).sum::<f64>() / sum;
            merged.within += group.iter().map(|i| weight(*i) * (y[*i] - mean) * (y[*i] - mean)).sum::<f64>();
            merged.x.push(x[group[0]]);
            merged.y.push(mean);
            merged.weights.push(sum);
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave() -> (Vec<f64>, Vec<f64>) {
        let x: Vec<f64> = (0..30).map(f64::from).collect();
        let y = x.iter().map(|x| libm::sin(x / 4.0) + 0.05 * libm::cos(9.0 * x)).collect();
        (x, y)
    }

    #[test]
    fn degrees_of_freedom_are_met() {
        let (x, y) = wave();
        for degf in [2.5, 6.0, 20.0] {
            let fit = SmoothingSpline { smoothness: Smoothness::Degf(degf) }.fit(&x, &y, None).unwrap();
            assert!((fit.degf - degf).abs() < 1e-8);
        }
    }

    #[test]
    fn cross_validation_is_lowest_at_its_choice() {
        let (x, y) = wave();
        let best = SmoothingSpline { smoothness: Smoothness::Gcv }.fit(&x, &y, None).unwrap();
        for factor in [0.5, 0.9, 1.1, 2.0] {
            let smoothness = Smoothness::Lambda(best.lambda * factor);
            assert!(SmoothingSpline { smoothness }.fit(&x, &y, None).unwrap().gcv >= best.gcv);
        }
    }

    #[test]
    fn a_value_given_twice_is_a_weight_of_two() {
        let smoothness = Smoothness::Lambda(1e-3);
        let spline = SmoothingSpline { smoothness };
        let twice = spline.fit(&[0.0, 1.0, 2.0, 2.0, 3.0, 5.0], &[1.0, 3.0, 2.0, 2.0, 5.0, 4.0], None).unwrap();
        // Weights are scaled to a mean of 1 over values, so the penalty has to follow.
        let once = SmoothingSpline { smoothness: Smoothness::Lambda(1e-3 * 5.0 / 6.0) }
            .fit(&[0.0, 1.0, 2.0, 3.0, 5.0], &[1.0, 3.0, 2.0, 5.0, 4.0], Some(&[1.0, 1.0, 2.0, 1.0, 1.0]))
            .unwrap();
        for (a, b) in twice.fitted.iter().zip(&once.fitted) {
            assert!((a - b).abs() < 1e-12);
        }
    }

    #[test]
    fn degenerate_input_is_an_error() {
        let spline = SmoothingSpline { smoothness: Smoothness::Gcv };
        assert!(spline.fit(&[], &[], None).is_err());
        assert!(spline.fit(&[1.0; 9], &[1.0; 9], None).is_err());
        assert!(spline.fit(&[1.0, 2.0, 3.0, 4.0], &[1.0, f64::NAN, 1.0, 1.0], None).is_err());
        let (x, y) = wave();
        assert!(SmoothingSpline { smoothness: Smoothness::Degf(2.0) }.fit(&x, &y, None).is_err());
        assert!(SmoothingSpline { smoothness: Smoothness::Degf(30.0) }.fit(&x, &y, None).is_err());
        let flat = spline.fit(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0; 5], None).unwrap();
        assert!(flat.fitted.iter().all(|f| (f - 2.0).abs() < 1e-10));
    }
}
