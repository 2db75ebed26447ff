//! Iteratively reweighted least squares.

use super::error::ModelError;
use super::least_squares::NormalEquations;
use super::problem::Problem;
use crate::numeric::matrix::Matrix;

/// A step of the linear predictor that is still this long at convergence runs away.
const RUNAWAY_STEP: f64 = 0.05;
/// Halvings of a step that leaves the range of the means.
const MAX_HALVINGS: usize = 60;
/// From so many rows on, the fit of some of them is where the fit of all starts.
const WARM_ROWS: usize = 1 << 16;
/// One row in so many then.
const WARM_STEP: usize = 16;
/// Steps after a warm start in which a rough deviance is enough.
const ROUGH_STEPS: usize = 5;
/// The fit of some rows need not be closer than their distance from the others.
const WARM_EPSILON: f64 = 1e-7;

/// When the iterations end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub epsilon: f64,
    pub max_iterations: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Fit {
    pub coefficients: Vec<f64>,
    /// The coefficients before the last step; none where it was the first.
    pub before: Option<Vec<f64>>,
    /// The longest that a linear predictor moved in the last step.
    pub last_step: f64,
    /// (X'W X)⁻¹ of the last step.
    pub naive: Matrix,
    pub deviance: f64,
    /// Columns whose coefficients ran away when the deviance had settled: separation.
    pub runaway: Vec<usize>,
}

impl Problem {
    /// The fit under weights `w`.
    ///
    /// One pass over the rows a step: it gives the products from which the next step follows. How much a step will lower the
    /// deviance is known before it is made (the gradient times the step), so the iterations end when that is less than the
    /// relative change allowed. With many rows and nowhere to start from, the fit of one row in sixteen leaves two or three
    /// steps to do, and the deviance is summed in the last of them only.
    ///
    /// # References
    /// McCullagh and Nelder (1989), *Generalized Linear Models*, section 2.5; Boyd and Vandenberghe (2004), *Convex
    /// Optimization*, section 9.5.1 (the Newton decrement) and 9.5.3 (it falls with its square).
    pub fn fit(&self, w: &[f64], start: Option<&[f64]>, stop: Stop) -> Result<Fit, ModelError> {
        let warm = match start {
            None if self.x.n_rows() >= WARM_ROWS && self.x.n_columns() > 0 => self.fit_of_some(w, stop),
            _ => None,
        };
        if let Some((coefficients, deviance)) = warm
            && let Ok(fit) = self.fit_from(w, Some(&coefficients), Some(deviance), stop)
        {
            return Ok(fit);
        }
        self.fit_from(w, start, None, stop)
    }

    /// The coefficients of some of the rows, where they settle, and about what the deviance of all will be.
    fn fit_of_some(&self, w: &[f64], stop: Stop) -> Option<(Vec<f64>, f64)> {
        let some: Vec<f64> = w.iter().step_by(WARM_STEP).copied().collect();
        let stop = Stop { epsilon: WARM_EPSILON.max(stop.epsilon), ..stop };
        let fit = self.every(WARM_STEP).fit_from(&some, None, None, stop).ok()?;
        let is_usable = fit.runaway.is_empty() && fit.coefficients.iter().all(|b| b.is_finite());
        is_usable.then_some((fit.coefficients, fit.deviance * WARM_STEP as f64))
    }

    /// The fit from some start. Where the deviance is known roughly, the first steps do not ask for it.
    fn fit_from(
        &self,
        w: &[f64],
        start: Option<&[f64]>,
        rough_deviance: Option<f64>,
        stop: Stop,
    ) -> Result<Fit, ModelError> {
        let refused = || ModelError::Start { family: self.family.name() };
        let mut state = self.state(w, start, rough_deviance.is_none());
        if !state.is_allowed {
            return Err(refused());
        }
        if self.x.n_columns() == 0 {
            let deviance = self.state(w, Some(&[]), true).deviance.unwrap_or(f64::NAN);
            let (naive, coefficients, before) = (Matrix::zeros(0, 0), Vec::new(), Some(Vec::new()));
            return Ok(Fit { coefficients, before, last_step: 0.0, naive, deviance, runaway: Vec::new() });
        }
        let mut before: Option<Vec<f64>> = start.map(<[f64]>::to_vec);
        let mut fall_before = 0.0;
        for iteration in 0..stop.max_iterations {
            let equations = NormalEquations::new(&self.x.gram(&state.moments))?;
            let gradient = self.x.gradient(&state.moments);
            let mut coefficients = equations.solve(&gradient)?;
            let mut fall = f64::INFINITY;
            if let Some(before) = &before {
                fall = gradient.iter().zip(&coefficients).map(|(g, step)| g * step).sum();
                coefficients.iter_mut().zip(before).for_each(|(step, old)| *step += old);
            }
            let is_short = |fall: f64, deviance: f64| fall.abs() / (deviance.abs() + 0.1) < stop.epsilon;
            let deviance = state.deviance.or(rough_deviance);
            if deviance.is_some_and(|deviance| is_short(fall, deviance))
                && let Some(before) = &before
                && let Some(deviance) = self.settled(w, (before, &coefficients), state.deviance)
                && is_short(fall, deviance)
            {
                return Ok(self.finished(&equations, coefficients, Some(before.clone()), deviance));
            }
            // What a further step would gain, when the decrement falls with its square as it did.
            let fall_after = fall * fall * (fall / (fall_before * fall_before));
            let is_last = deviance.is_some_and(|deviance| is_short(fall_after, deviance));
            fall_before = fall;
            let has_deviance = rough_deviance.is_none() || is_last || iteration >= ROUGH_STEPS;
            let mut next = self.state(w, Some(&coefficients), has_deviance);
            let mut n_halvings = 0;
            while !next.is_allowed || next.deviance.is_some_and(|deviance| !deviance.is_finite()) {
                let Some(before) = before.as_ref().filter(|_| n_halvings < MAX_HALVINGS) else {
                    return Err(refused());
                };
                coefficients.iter_mut().zip(before).for_each(|(new, old)| *new = 0.5 * (*new + old));
                next = self.state(w, Some(&coefficients), true);
                n_halvings += 1;
            }
            // Where answers are separated, steps never become short, but the deviance settles.
            if let (Some(now), Some(then)) = (next.deviance, state.deviance)
                && (now - then).abs() / (now.abs() + 0.1) < stop.epsilon
            {
                return Ok(self.finished(&equations, coefficients, before, now));
            }
            state = next;
            before = Some(coefficients);
        }
        Err(ModelError::NoConvergence { what: "regression", iterations: stop.max_iterations })
    }

    /// The deviance where a last step is as good as nothing: that before the step, which differs by less than the change
    /// allowed. None where the step leads to means that the family does not have.
    fn settled(&self, w: &[f64], (before, after): (&[f64], &[f64]), known: Option<f64>) -> Option<f64> {
        if self.family.is_kept_by(self.link) {
            let deviance = known.or_else(|| self.state(w, Some(before), true).deviance);
            return deviance.filter(|deviance| deviance.is_finite());
        }
        let state = self.state(w, Some(after), true);
        state.deviance.filter(|deviance| state.is_allowed && deviance.is_finite())
    }

    fn finished(
        &self,
        equations: &NormalEquations,
        coefficients: Vec<f64>,
        before: Option<Vec<f64>>,
        deviance: f64,
    ) -> Fit {
        let last_step = before.as_ref().map_or(0.0, |before| self.longest_step(before, &coefficients));
        let runaway = match &before {
            Some(before) if last_step > RUNAWAY_STEP => self.moved(&coefficients, before),
            _ => Vec::new(),
        };
        Fit { coefficients, before, last_step, naive: equations.inverse(), deviance, runaway }
    }

    /// Columns whose contributions still moved by a runaway step.
    fn moved(&self, now: &[f64], before: &[f64]) -> Vec<usize> {
        let mut reach = vec![0.0_f64; now.len()];
        for i in 0..self.x.n_rows() {
            reach.iter_mut().zip(self.x.row(i)).for_each(|(reach, x)| *reach = reach.max(x.abs()));
        }
        (0..now.len()).filter(|&j| (now[j] - before[j]).abs() * reach[j] > RUNAWAY_STEP).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Codes;
    use crate::model::predictors::Predictors;
    use crate::model::{Family, Link, ModelMatrix};
    use crate::numeric::stream::Stream;

    #[test]
    fn a_start_from_some_rows_ends_where_all_rows_do() {
        let n = WARM_ROWS + 1_234;
        let mut random = Stream::named(9, "warm start");
        let group: Vec<String> = (0..n).map(|_| random.below(5).to_string()).collect();
        let age: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let w: Vec<f64> = (0..n).map(|_| if random.chance(0.01) { 0.0 } else { 0.5 + random.uniform() }).collect();
        let mut x = ModelMatrix::with_intercept(n);
        x.factor("group", &Codes::from_labels(&group), None).unwrap();
        x.number("age", &age).unwrap();
        let rows: Vec<usize> = (0..n).collect();
        let x = Predictors::new(&x, x.patterns(), &rows);
        let eta = x.times_vector(&[-1.0, 0.2, 0.5, -0.3, 0.0, 0.8]);
        let stop = Stop { epsilon: 1e-13, max_iterations: 50 };
        for (family, link) in [(Family::Binomial, Link::Logit), (Family::Poisson, Link::Log)] {
            let y = eta.iter().map(|eta| f64::from(u8::from(random.chance(link.mu(*eta).min(0.95))))).collect();
            let problem = Problem { x: x.clone(), y, offset: None, family, link };
            let (warm, cold) = (problem.fit(&w, None, stop).unwrap(), problem.fit_from(&w, None, None, stop).unwrap());
            let near = |a: &f64, b: &f64| (a - b).abs() < 1e-10;
            assert!(warm.coefficients.iter().zip(&cold.coefficients).all(|(a, b)| near(a, b)));
            assert!(near(&(warm.deviance / cold.deviance), &1.0));
            assert!(warm.naive.minus(&cold.naive).max_abs() < 1e-6 * cold.naive.max_abs());
            assert!(warm.runaway.is_empty());
        }
    }
}
