//! The rows of a fit at some coefficients.

use std::ops::Range;

use rayon::prelude::*;

use super::family::{Family, Link, Look, Looks, are_0_or_1};
use super::irls::Fit;
use super::predictors::Predictors;
use super::tile::{Moments, Slopes, TILE, Tile};

/// After a last step of a linear predictor as short as this, the working weights before and after it are the same.
const SETTLED_STEP: f64 = 1e-7;

/// The rows of a fit.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub x: Predictors,
    pub y: Vec<f64>,
    pub offset: Option<Vec<f64>>,
    pub family: Family,
    pub link: Link,
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

/// All rows at some coefficients: the sums from which the next step follows.
pub(super) struct State {
    pub moments: Moments,
    /// Not known where it was not asked for.
    pub deviance: Option<f64>,
    /// Every mean is one of the family.
    pub is_allowed: bool,
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
    pub fn every(&self, step: usize) -> Self {
        let pick = |values: &[f64]| values.iter().step_by(step).copied().collect::<Vec<f64>>();
        Self { x: self.x.every(step), y: pick(&self.y), offset: self.offset.as_deref().map(pick), ..*self }
    }

    /// The deviance with the mean of all rows in place of a fit: that of a model of an intercept alone.
    pub fn deviance_at(&self, mu: f64, w: &[f64]) -> f64 {
        let part = |(y, w): (f64, f64)| if w == 0.0 { 0.0 } else { w * self.family.deviance(y, mu) };
        let rows = self.y.iter().copied().zip(w.iter().copied());
        if are_0_or_1(&self.y) {
            let (w_of_0, w_of_1) = rows.fold((0.0, 0.0), |(of_0, of_1), (y, w)| (of_0 + w * (1.0 - y), of_1 + w * y));
            return part((0.0, w_of_0)) + part((1.0, w_of_1));
        }
        rows.map(part).sum()
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
    pub fn state(&self, w: &[f64], coefficients: Option<&[f64]>, has_deviance: bool) -> State {
        let slopes = coefficients.map(|b| self.x.slopes(b));
        let at = slopes.as_ref().map_or(At::Responses(w), At::Slopes);
        let (moments, parts) = self.x.accumulate(|rows, sums| {
            let (mut deviance, mut is_allowed) = (0.0, true);
            let (mut eta, mut looks, mut deviances) = ([0.0; TILE], Looks::default(), Vec::new());
            for tile in self.x.tiles(rows) {
                let (y, w) = (&self.y[tile.rows.clone()], &w[tile.rows.clone()]);
                let eta = &mut eta[..y.len()];
                self.eta(&tile, &at, eta);
                looks.at(self.family, self.link, eta);
                // Information times weight is the working weight, pull times residual and weight the score.
                let Looks { mu, information: weights, pull: scores } = &mut looks;
                scores.iter_mut().zip(y.iter().zip(&*mu)).for_each(|(score, (y, mu))| *score *= y - mu);
                weigh(weights, w);
                weigh(scores, w);
                if let At::Responses(_) = at {
                    // Without coefficients the step leads from 0, so the target is the whole linear predictor.
                    for (k, score) in scores.iter_mut().enumerate().filter(|(k, _)| w[*k] != 0.0) {
                        *score += weights[k] * (eta[k] - self.offset(tile.rows.start + k));
                    }
                }
                sums.add(&tile, weights, scores);
                let allowed = w.iter().zip(&*mu).map(|(w, mu)| (*w == 0.0) | self.family.allows(*mu));
                is_allowed = allowed.fold(is_allowed, |all, is| all & is);
                if has_deviance {
                    self.family.deviances(y, mu, &mut deviances);
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
    pub fn longest_step(&self, from: &[f64], to: &[f64]) -> f64 {
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
