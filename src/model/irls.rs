//! Iteratively reweighted least squares.

use rayon::prelude::*;

use super::error::ModelError;
use super::family::{Family, Link};
use super::least_squares::NormalEquations;
use super::predictors::{Moments, Predictors, Slopes};
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
/// Rows that are looked at one after another.
const BLOCK: usize = 1 << 14;
/// The fit of some rows need not be closer than their distance from the others.
const WARM_EPSILON: f64 = 1e-7;

/// The rows of a fit.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub x: Predictors,
    pub y: Vec<f64>,
    pub offset: Option<Vec<f64>>,
    pub family: Family,
    pub link: Link,
}

/// When the iterations end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    pub epsilon: f64,
    pub max_iterations: usize,
}

/// A row at some coefficients.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RowFit {
    pub eta: f64,
    pub mu: f64,
    /// (y − μ)/(dμ/dη).
    pub residual: f64,
    /// Weight in the least-squares step to these coefficients, which belongs to the mean before it.
    pub working_weight: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Fit {
    pub coefficients: Vec<f64>,
    pub rows: Vec<RowFit>,
    /// (X'W X)⁻¹ of the last step.
    pub naive: Matrix,
    pub deviance: f64,
    /// Columns whose coefficients ran away when the deviance had settled: separation.
    pub runaway: Vec<usize>,
}

/// All rows at some coefficients: the sums from which the next step follows.
struct State {
    moments: Moments,
    /// Not known where it was not asked for.
    deviance: Option<f64>,
    /// Every mean is one of the family.
    is_allowed: bool,
}

/// Where the means of a step come from.
enum At<'a> {
    /// Coefficients, as slopes.
    Slopes(&'a Slopes),
    /// No coefficients yet: means close to the responses.
    Responses,
}

impl Problem {
    fn offset(&self, i: usize) -> f64 {
        self.offset.as_ref().map_or(0.0, |o| o[i])
    }

    /// The same rows with some of the columns.
    pub fn with_columns(&self, columns: &[usize]) -> Self {
        Self { x: self.x.with_columns(columns), ..self.clone() }
    }

    /// The same rows with one column moved into the offset at a fixed coefficient.
    pub fn with_fixed(&self, column: usize, coefficient: f64) -> Self {
        let others: Vec<usize> = (0..self.x.n_columns()).filter(|&j| j != column).collect();
        let mut fixed = vec![0.0; self.x.n_columns()];
        fixed[column] = coefficient;
        let fixed = self.x.times_vector(&fixed).into_iter().enumerate();
        let offset = Some(fixed.map(|(i, fixed)| self.offset(i) + fixed).collect());
        Self { offset, ..self.with_columns(&others) }
    }

    /// Every `step`-th row.
    fn every(&self, step: usize) -> Self {
        let pick = |values: &[f64]| values.iter().step_by(step).copied().collect::<Vec<f64>>();
        Self { x: self.x.every(step), y: pick(&self.y), offset: self.offset.as_deref().map(pick), ..*self }
    }

    /// The deviance with the mean of all rows in place of a fit: that of a model of an intercept alone.
    pub fn deviance_at(&self, mu: f64, w: &[f64]) -> f64 {
        // Most responses are 0 or 1.
        let (at_0, at_1) = (self.family.deviance(0.0, mu), self.family.deviance(1.0, mu));
        let term = |(y, w): (&f64, &f64)| match *y {
            _ if *w == 0.0 => 0.0,
            0.0 => w * at_0,
            1.0 => w * at_1,
            y => w * self.family.deviance(y, mu),
        };
        self.y.iter().zip(w).map(term).sum()
    }

    /// A row: its linear predictor, mean, slope of the mean, and weight in a least-squares step.
    #[inline(always)]
    fn row(&self, i: usize, w: f64, at: &At<'_>) -> (f64, f64, f64, f64) {
        let eta = match at {
            At::Slopes(slopes) => slopes.at(&self.x, i) + self.offset(i),
            At::Responses => self.link.eta(self.family.first_mean(self.y[i], w)),
        };
        let (mu, slope) = self.link.mean_and_slope(eta);
        (eta, mu, slope, w * slope * slope / self.family.variance(mu))
    }

    fn state(&self, w: &[f64], coefficients: Option<&[f64]>, has_deviance: bool) -> State {
        let slopes = coefficients.map(|b| self.x.slopes(b));
        let at = slopes.as_ref().map_or(At::Responses, At::Slopes);
        let (moments, parts) = self.x.accumulate(|rows, sums| {
            let (mut deviance, mut is_allowed) = (0.0, true);
            for i in rows {
                let (y, w) = (self.y[i], w[i]);
                if w == 0.0 {
                    continue;
                }
                let (eta, mu, slope, working) = self.row(i, w, &at);
                is_allowed &= self.family.allows(mu);
                if has_deviance {
                    deviance += w * self.family.deviance(y, mu);
                }
                let residual = (y - mu) / slope;
                // Without coefficients the step leads from 0, so the target is the whole linear predictor.
                let rest = if matches!(at, At::Slopes(_)) { residual } else { eta - self.offset(i) + residual };
                sums.add(i, working, working * rest);
            }
            (deviance, is_allowed)
        });
        let deviance = has_deviance.then(|| parts.iter().map(|part| part.0).sum());
        State { moments, deviance, is_allowed: parts.iter().all(|part| part.1) }
    }

    /// The rows at the last coefficients with the working weights of those before, the deviance, whether all means are of the
    /// family, and the largest step of a linear predictor.
    fn last_look(&self, w: &[f64], last: &[f64], before: Option<&[f64]>) -> (Vec<RowFit>, f64, bool, f64) {
        let (last, before) = (self.x.slopes(last), before.map(|b| self.x.slopes(b)));
        let before = before.as_ref().map_or(At::Responses, At::Slopes);
        let mut rows = vec![RowFit::default(); self.x.n_rows()];
        let block = |(b, rows): (usize, &mut [RowFit])| {
            let (mut deviance, mut is_allowed, mut step) = (0.0, true, 0.0_f64);
            for (i, row) in (b * BLOCK..).zip(rows) {
                let (eta, mu, slope, _) = self.row(i, w[i], &At::Slopes(&last));
                let (eta_before, _, _, working_weight) = self.row(i, w[i], &before);
                *row = RowFit { eta, mu, residual: (self.y[i] - mu) / slope, working_weight };
                step = step.max((eta - eta_before).abs());
                if w[i] != 0.0 {
                    is_allowed &= self.family.allows(mu);
                    deviance += w[i] * self.family.deviance(self.y[i], mu);
                }
            }
            (deviance, is_allowed, step)
        };
        let parts: Vec<(f64, bool, f64)> = rows.par_chunks_mut(BLOCK).enumerate().map(block).collect();
        let step = parts.iter().fold(0.0, |max: f64, part| max.max(part.2));
        (rows, parts.iter().map(|part| part.0).sum(), parts.iter().all(|part| part.1), step)
    }

    /// The fit under weights `w`.
    ///
    /// One pass over the rows a step: it gives the products from which the next step follows. How much a step will lower the
    /// deviance is known before it is made (the gradient times the step), so the iterations end when that is less than the
    /// relative change allowed; a last pass looks at all rows. With many rows and nowhere to start from, the fit of one row in
    /// sixteen leaves two or three steps to do, in which the deviance itself is of no interest.
    ///
    /// # References
    /// McCullagh and Nelder (1989), *Generalized Linear Models*, section 2.5; Boyd and Vandenberghe (2004), *Convex
    /// Optimization*, section 9.5.1 (the Newton decrement).
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
            let (mut rows, deviance, _, _) = self.last_look(w, &[], Some(&[]));
            rows.iter_mut().zip(w).for_each(|(row, w)| row.working_weight = *w);
            let (naive, coefficients) = (Matrix::zeros(0, 0), Vec::new());
            return Ok(Fit { coefficients, rows, naive, deviance, runaway: Vec::new() });
        }
        let mut before: Option<Vec<f64>> = start.map(<[f64]>::to_vec);
        for iteration in 0..stop.max_iterations {
            let equations = NormalEquations::new(&self.x.gram(&state.moments))?;
            let gradient = self.x.gradient(&state.moments);
            let mut coefficients = equations.solve(&gradient)?;
            let mut fall = f64::INFINITY;
            if let Some(before) = &before {
                fall = gradient.iter().zip(&coefficients).map(|(g, step)| g * step).sum();
                coefficients.iter_mut().zip(before).for_each(|(step, old)| *step += old);
            }
            let finished = |coefficients: &[f64], before: Option<&[f64]>| {
                let (rows, deviance, is_allowed, step) = self.last_look(w, coefficients, before);
                let runaway = match before {
                    Some(before) if step > RUNAWAY_STEP => self.moved(coefficients, before),
                    _ => Vec::new(),
                };
                let (coefficients, naive) = (coefficients.to_vec(), equations.inverse());
                (is_allowed && deviance.is_finite()).then_some(Fit { coefficients, rows, naive, deviance, runaway })
            };
            let is_short = |deviance: f64| fall.abs() / (deviance.abs() + 0.1) < stop.epsilon;
            if state.deviance.or(rough_deviance).is_some_and(is_short)
                && let Some(fit) = finished(&coefficients, before.as_deref())
                && (state.deviance.is_some() || is_short(fit.deviance))
            {
                return Ok(fit);
            }
            let has_deviance = rough_deviance.is_none() || iteration >= ROUGH_STEPS;
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
                && let Some(fit) = finished(&coefficients, before.as_deref())
            {
                return Ok(fit);
            }
            state = next;
            before = Some(coefficients);
        }
        Err(ModelError::NoConvergence { what: "regression", iterations: stop.max_iterations })
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
    use crate::model::ModelMatrix;
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
        let x = Predictors::new(&x, &rows);
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
