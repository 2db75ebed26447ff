//! Iteratively reweighted least squares.

use std::ops::Range;

use rayon::prelude::*;

use super::error::ModelError;
use super::family::{Family, Link, Look, Looks};
use super::least_squares::NormalEquations;
use super::predictors::{Moments, Predictors, Slopes, TILE, Tile};
use crate::numeric::matrix::Matrix;

/// A step of the linear predictor that is still this long at convergence runs away.
const RUNAWAY_STEP: f64 = 0.05;
/// After a last step of a linear predictor as short as this, the working weights before and after it are the same.
const SETTLED_STEP: f64 = 1e-7;
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
    /// The coefficients before the last step; none where it was the first.
    before: Option<Vec<f64>>,
    /// The longest that a linear predictor moved in the last step.
    last_step: f64,
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
    /// No coefficients yet: means close to the responses, the closer the larger the weights.
    Responses(&'a [f64]),
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
        let part = |y: f64, w: f64| if w == 0.0 { 0.0 } else { w * self.family.deviance(y, mu) };
        // Most responses are 0 or 1.
        let (mut w_of_0, mut w_of_1, mut others) = (0.0, 0.0, 0.0);
        for (y, w) in self.y.iter().zip(w) {
            w_of_0 += if *y == 0.0 { *w } else { 0.0 };
            w_of_1 += if *y == 1.0 { *w } else { 0.0 };
            if (*y != 0.0) & (*y != 1.0) {
                others += part(*y, *w);
            }
        }
        part(0.0, w_of_0) + part(1.0, w_of_1) + others
    }

    /// Fills in the linear predictors of a tile of rows.
    fn eta(&self, tile: &Tile<'_>, at: &At<'_>, eta: &mut [f64]) {
        match at {
            At::Slopes(slopes) => {
                slopes.fill(tile, eta);
                if let Some(offset) = &self.offset {
                    eta.iter_mut().zip(&offset[tile.rows.clone()]).for_each(|(eta, offset)| *eta += offset);
                }
            }
            At::Responses(w) => {
                let rows = self.y[tile.rows.clone()].iter().zip(&w[tile.rows.clone()]);
                eta.iter_mut().zip(rows).for_each(|(eta, (y, w))| *eta = self.link.eta(self.family.first_mean(*y, *w)));
            }
        }
    }

    /// One pass over the rows: all that the next step needs.
    fn state(&self, w: &[f64], coefficients: Option<&[f64]>, has_deviance: bool) -> State {
        let slopes = coefficients.map(|b| self.x.slopes(b));
        let at = slopes.as_ref().map_or(At::Responses(w), At::Slopes);
        let (moments, parts) = self.x.accumulate(|rows, sums| {
            let (mut deviance, mut is_allowed) = (0.0, true);
            let (mut eta, mut weights, mut scores) = ([0.0; TILE], [0.0; TILE], [0.0; TILE]);
            let (mut looks, mut deviances) = (Looks::default(), Vec::new());
            for tile in self.x.tiles(rows) {
                let (y, w) = (&self.y[tile.rows.clone()], &w[tile.rows.clone()]);
                let (eta, weights, scores) = (&mut eta[..y.len()], &mut weights[..y.len()], &mut scores[..y.len()]);
                self.eta(&tile, &at, eta);
                looks.at(self.family, self.link, eta);
                weights.iter_mut().zip(&looks.information).for_each(|(weight, information)| *weight = *information);
                let looked = y.iter().zip(&looks.mu).zip(&looks.pull);
                scores.iter_mut().zip(looked).for_each(|(score, ((y, mu), pull))| *score = pull * (y - mu));
                weigh(weights, w);
                weigh(scores, w);
                if let At::Responses(_) = at {
                    // Without coefficients the step leads from 0, so the target is the whole linear predictor.
                    for (k, score) in scores.iter_mut().enumerate().filter(|(k, _)| w[*k] != 0.0) {
                        *score += weights[k] * (eta[k] - self.offset(tile.rows.start + k));
                    }
                }
                sums.add(&tile, weights, scores);
                let allowed = w.iter().zip(&looks.mu).map(|(w, mu)| (*w == 0.0) | self.family.allows(*mu));
                is_allowed = allowed.fold(is_allowed, |all, is| all & is);
                if has_deviance {
                    self.family.deviances(y, &looks.mu, &mut deviances);
                    weigh(&mut deviances, w);
                    deviance = deviances.iter().fold(deviance, |sum, part| sum + part);
                }
            }
            (deviance, is_allowed)
        });
        let deviance = has_deviance.then(|| parts.iter().map(|part| part.0).sum());
        State { moments, deviance, is_allowed: parts.iter().all(|part| part.1) }
    }

    /// For each row of weight 1 its working weight times its working residual: times weight and predictors the row's part of
    /// the equations.
    ///
    /// Working weights are those of the last step, which belong to the coefficients before it, as in R: they go with the
    /// information, which belongs to them too. After a short step they are those of the fit, so that this is (y − μ)(dμ/dη)/V(μ).
    pub fn pulls(&self, fit: &Fit) -> Pulls<'_> {
        let before = fit.before.as_ref().filter(|_| fit.last_step > SETTLED_STEP);
        Pulls { problem: self, last: self.x.slopes(&fit.coefficients), before: before.map(|b| self.x.slopes(b)) }
    }

    /// The rows at the coefficients of a fit under weights `w`.
    pub fn rows(&self, fit: &Fit, w: &[f64]) -> Vec<RowFit> {
        let (last, before) = (self.x.slopes(&fit.coefficients), fit.before.as_ref().map(|b| self.x.slopes(b)));
        let before = before.as_ref().map_or(At::Responses(w), At::Slopes);
        let of_tile = |tile: Tile<'_>| {
            let (mut eta, mut eta_before) = ([0.0; TILE], [0.0; TILE]);
            self.eta(&tile, &At::Slopes(&last), &mut eta[..tile.rows.len()]);
            self.eta(&tile, &before, &mut eta_before[..tile.rows.len()]);
            let row = |(i, (eta, eta_before)): (usize, (f64, f64))| {
                let (mu, slope) = self.link.mean_and_slope(eta);
                let working = Look::of(self.family, self.link, eta_before);
                RowFit { eta, mu, residual: (self.y[i] - mu) / slope, working_weight: w[i] * working.information }
            };
            tile.rows.zip(eta.into_iter().zip(eta_before)).map(row).collect::<Vec<RowFit>>()
        };
        self.x.blocks().flat_map_iter(|block| self.x.tiles(block).flat_map(of_tile)).collect()
    }

    /// The longest step of a linear predictor from some coefficients to others.
    fn longest_step(&self, from: &[f64], to: &[f64]) -> f64 {
        let step: Vec<f64> = to.iter().zip(from).map(|(to, from)| to - from).collect();
        let slopes = self.x.slopes(&step);
        let of_block = |block: Range<usize>| {
            let (mut longest, mut eta) = (0.0_f64, [0.0; TILE]);
            for tile in self.x.tiles(block) {
                let eta = &mut eta[..tile.rows.len()];
                slopes.fill(&tile, eta);
                longest = eta.iter().fold(longest, |longest, step| longest.max(step.abs()));
            }
            longest
        };
        self.x.blocks().map(of_block).reduce(|| 0.0, f64::max)
    }

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

/// Multiplies parts of rows with their weights. Rows of weight 0 have no part, whatever their mean.
fn weigh(parts: &mut [f64], w: &[f64]) {
    for (part, w) in parts.iter_mut().zip(w) {
        let weighed = *part * w;
        *part = if *w == 0.0 { 0.0 } else { weighed };
    }
}

/// What [`Problem::pulls`] gives.
pub(super) struct Pulls<'a> {
    problem: &'a Problem,
    last: Slopes,
    /// The coefficients before the last step, where it was not short.
    before: Option<Slopes>,
}

impl Pulls<'_> {
    /// Those of a tile of rows.
    pub fn fill(&self, tile: &Tile<'_>, pulls: &mut [f64]) {
        let Problem { family, link, .. } = *self.problem;
        let look = |slopes: &Slopes| {
            let (mut eta, mut looks) = ([0.0; TILE], Looks::default());
            self.problem.eta(tile, &At::Slopes(slopes), &mut eta[..tile.rows.len()]);
            looks.at(family, link, &eta[..tile.rows.len()]);
            looks
        };
        let last = look(&self.last);
        for (k, (pulled, y)) in pulls.iter_mut().zip(&self.problem.y[tile.rows.clone()]).enumerate() {
            *pulled = (y - last.mu[k]) * last.pull[k];
        }
        if let Some(before) = &self.before {
            let informations = look(before).information.into_iter().zip(&last.information);
            pulls.iter_mut().zip(informations).for_each(|(pulled, (before, now))| *pulled *= before / now);
        }
    }

    /// Those of all rows.
    pub fn to_vec(&self) -> Vec<f64> {
        let mut pulls = vec![0.0; self.problem.x.n_rows()];
        let tiles = self.problem.x.tiles(0..pulls.len());
        tiles.zip(pulls.chunks_mut(TILE)).for_each(|(tile, pulls)| self.fill(&tile, pulls));
        pulls
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
