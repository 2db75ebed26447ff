//! Iteratively reweighted least squares.

use super::error::ModelError;
use super::family::{Family, Link};
use super::least_squares::NormalEquations;
use super::predictors::{Moments, Predictors};
use crate::numeric::matrix::Matrix;

/// A step of the linear predictor that is still this long at convergence runs away.
const RUNAWAY_STEP: f64 = 0.05;
/// Halvings of a step that leaves the range of the means.
const MAX_HALVINGS: usize = 60;
/// From so many rows on, the fit of some of them is where the fit of all starts.
const WARM_ROWS: usize = 1 << 16;
/// One row in so many then.
const WARM_STEP: usize = 16;
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
    /// Weight in the least-squares step from here.
    working_weight: f64,
}

#[derive(Clone, Debug)]
pub(super) struct Fit {
    pub coefficients: Vec<f64>,
    pub rows: Vec<RowFit>,
    /// The rows before the last least-squares step.
    rows_before: Vec<RowFit>,
    /// (X'W X)⁻¹ of the last step.
    pub naive: Matrix,
    pub deviance: f64,
    /// Columns whose coefficients ran away when the deviance had settled: separation.
    pub runaway: Vec<usize>,
}

impl Fit {
    /// The weight of a row in the last least-squares step, which belongs to the mean before it.
    pub fn working_weight(&self, row: usize) -> f64 {
        self.rows_before[row].working_weight
    }
}

/// All rows at some coefficients, with the sums that the next step needs.
struct State {
    rows: Vec<RowFit>,
    moments: Moments,
    deviance: f64,
    /// Every mean is one of the family.
    is_allowed: bool,
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

    /// The rows at some coefficients; where there are none yet, at means close to the responses.
    fn state(&self, w: &[f64], coefficients: Option<&[f64]>) -> State {
        let slopes = coefficients.map(|b| self.x.slopes(b));
        let mut rows = vec![RowFit::default(); self.x.n_rows()];
        let (moments, parts) = self.x.accumulate(&mut rows, |range, rows, sums| {
            let (mut deviance, mut is_allowed) = (0.0, true);
            for (i, row) in range.zip(rows) {
                let (y, w, offset) = (self.y[i], w[i], self.offset(i));
                let eta = match &slopes {
                    Some(slopes) => slopes.at(&self.x, i) + offset,
                    None => self.link.eta(self.family.first_mean(y, w)),
                };
                let (mu, slope) = self.link.mean_and_slope(eta);
                let residual = (y - mu) / slope;
                *row = RowFit { eta, mu, residual, working_weight: 0.0 };
                if w == 0.0 {
                    continue;
                }
                is_allowed &= self.family.allows(mu);
                deviance += w * self.family.deviance(y, mu);
                row.working_weight = w * slope * slope / self.family.variance(mu);
                // Without coefficients the step leads from 0, so the target is the whole linear predictor.
                let rest = if slopes.is_some() { residual } else { eta - offset + residual };
                sums.add(i, row.working_weight, row.working_weight * rest);
            }
            (deviance, is_allowed)
        });
        State {
            rows,
            moments,
            deviance: parts.iter().map(|part| part.0).sum(),
            is_allowed: parts.iter().all(|part| part.1),
        }
    }

    /// The fit under weights `w`.
    ///
    /// One pass over the rows a step: it gives the deviance at the coefficients, and the products from which the next step
    /// follows. With many rows and nowhere to start from, the fit of one row in sixteen leaves two or three steps to do.
    pub fn fit(&self, w: &[f64], start: Option<&[f64]>, stop: Stop) -> Result<Fit, ModelError> {
        let warm = match start {
            None if self.x.n_rows() >= WARM_ROWS && self.x.n_columns() > 0 => self.fit_of_some(w, stop),
            _ => None,
        };
        if let Some(warm) = warm
            && let Ok(fit) = self.fit_from(w, Some(&warm), stop)
        {
            return Ok(fit);
        }
        self.fit_from(w, start, stop)
    }

    /// The coefficients of some of the rows, where they settle.
    fn fit_of_some(&self, w: &[f64], stop: Stop) -> Option<Vec<f64>> {
        let some: Vec<f64> = w.iter().step_by(WARM_STEP).copied().collect();
        let stop = Stop { epsilon: WARM_EPSILON.max(stop.epsilon), ..stop };
        let fit = self.every(WARM_STEP).fit_from(&some, None, stop).ok()?;
        (fit.runaway.is_empty() && fit.coefficients.iter().all(|b| b.is_finite())).then_some(fit.coefficients)
    }

    fn fit_from(&self, w: &[f64], start: Option<&[f64]>, stop: Stop) -> Result<Fit, ModelError> {
        let mut state = self.state(w, start);
        if !state.is_allowed {
            return Err(ModelError::Start { family: self.family.name() });
        }
        if self.x.n_columns() == 0 {
            let mut state = self.state(w, Some(&[]));
            state.rows.iter_mut().zip(w).for_each(|(row, w)| row.working_weight = *w);
            let (naive, coefficients) = (Matrix::zeros(0, 0), Vec::new());
            let (deviance, rows_before) = (state.deviance, state.rows.clone());
            return Ok(Fit { coefficients, rows: state.rows, rows_before, naive, deviance, runaway: Vec::new() });
        }
        let mut before: Option<Vec<f64>> = start.map(<[f64]>::to_vec);
        for _ in 0..stop.max_iterations {
            let equations = NormalEquations::new(&self.x.gram(&state.moments))?;
            let mut coefficients = equations.solve(&self.x.gradient(&state.moments))?;
            if let Some(before) = &before {
                coefficients.iter_mut().zip(before).for_each(|(step, old)| *step += old);
            }
            let mut next = self.state(w, Some(&coefficients));
            let mut n_halvings = 0;
            while !next.is_allowed || !next.deviance.is_finite() {
                let Some(before) = before.as_ref().filter(|_| n_halvings < MAX_HALVINGS) else {
                    return Err(ModelError::Start { family: self.family.name() });
                };
                coefficients.iter_mut().zip(before).for_each(|(new, old)| *new = 0.5 * (*new + old));
                next = self.state(w, Some(&coefficients));
                n_halvings += 1;
            }
            let now = next.deviance;
            if (now - state.deviance).abs() / (now.abs() + 0.1) < stop.epsilon {
                let steps = next.rows.iter().zip(&state.rows).map(|(a, b)| (a.eta - b.eta).abs());
                let step = steps.fold(0.0, f64::max);
                let runaway = match &before {
                    Some(before) if step > RUNAWAY_STEP => self.moved(&coefficients, before),
                    _ => Vec::new(),
                };
                let (rows, rows_before, naive) = (next.rows, state.rows, equations.inverse());
                return Ok(Fit { coefficients, rows, rows_before, naive, deviance: now, runaway });
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
