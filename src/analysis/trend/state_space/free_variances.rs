//! The likelihood as a function of the variances that are free, and its maximum.

use super::super::check::at_least;
use super::super::error::TrendError;
use super::pooled::{Estimated, PooledPolls, TrendKind, Variances, extra_of};
use super::pooled_fit::{dimension, likelihood};
use super::pooled_kernel::Sorted;
use crate::numeric::optimise::{Stop, minimise_on, nelder_mead};

/// Estimated variances.
#[derive(Debug, Clone, PartialEq)]
pub struct VarianceFit {
    pub variances: Variances,
    pub log_likelihood: f64,
}

/// Which variances are free, and what the others are. A list of free variances has that of the level, of the slope and of the houses.
#[derive(Debug, Clone)]
pub(in crate::analysis::trend) struct Layout {
    given: Variances,
    free: Estimated,
    n_houses: usize,
}

impl Layout {
    pub fn n_free(&self) -> usize {
        usize::from(self.free.level) + usize::from(self.free.slope) + self.free.extra_of.len()
    }

    /// All variances, with these for the free ones.
    pub fn with(&self, free: &[f64]) -> Variances {
        let mut variances = self.given.clone();
        let mut next = free.iter().copied();
        if self.free.level {
            variances.level = next.next().unwrap_or(0.0);
        }
        if self.free.slope {
            variances.slope = next.next().unwrap_or(0.0);
        }
        if !self.free.extra_of.is_empty() {
            variances.extra.resize(self.n_houses, 0.0);
            for (house, extra) in self.free.extra_of.iter().zip(next) {
                variances.extra[*house] = extra;
            }
        }
        variances
    }

    /// The free ones of all variances.
    pub fn of(&self, variances: &Variances) -> Vec<f64> {
        let level = self.free.level.then_some(variances.level);
        let slope = self.free.slope.then_some(variances.slope);
        let extra = self.free.extra_of.iter().map(|house| extra_of(variances, *house));
        level.into_iter().chain(slope).chain(extra).collect()
    }
}

/// The likelihood of the free variances of a model.
pub(in crate::analysis::trend) struct FreeVariances<'m, 'p> {
    model: &'m PooledPolls<'p>,
    layout: Layout,
    data: Sorted,
    sampling: Vec<f64>,
    order: Vec<usize>,
    /// Mean sampling variance.
    scale: f64,
    /// Mean gap between polls; 0 where all share a time.
    gap: f64,
}

impl<'m, 'p> FreeVariances<'m, 'p> {
    /// Sorts the polls once.
    ///
    /// # Errors
    /// As [`PooledPolls::fit`]; nothing to estimate; fewer polls than terms and variances.
    pub fn new(
        model: &'m PooledPolls<'p>,
        given: &Variances,
        free: &Estimated,
    ) -> Result<FreeVariances<'m, 'p>, TrendError> {
        model.check(given)?;
        for house in &free.extra_of {
            model.check_house(*house)?;
        }
        let ordered = model.sorted(&Variances { extra: Vec::new(), ..given.clone() }, &[])?;
        let (data, order) = (ordered.data, ordered.order);
        let sampling = data.variances.clone();
        let n_seen = data.is_seen.iter().filter(|s| **s).count();
        let seen = sampling.iter().zip(&data.is_seen).filter(|(_, s)| **s).map(|(v, _)| v);
        let scale = seen.sum::<f64>() / n_seen as f64;
        let gap = data.gaps.iter().sum::<f64>() / n_seen as f64;
        let slope = free.slope && model.trend == TrendKind::LocalLinear;
        let free = Estimated { slope, ..free.clone() };
        let layout = Layout { given: given.clone(), free, n_houses: model.polls.n_houses };
        at_least("variances to estimate", layout.n_free(), 1)?;
        let n_terms = dimension(model.trend) + data.n_columns;
        at_least("polls with an answer", n_seen, n_terms + layout.n_free())?;
        Ok(FreeVariances { model, layout, data, sampling, order, scale, gap })
    }

    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// A size for each: that at which the level moves as much from poll to poll as sampling makes polls scatter, and the mean sampling
    /// variance.
    pub fn natural_sizes(&self) -> Vec<f64> {
        let level = self.level_size();
        let gap = if self.gap > 0.0 { self.gap } else { 1.0 };
        let slope = level / (gap * gap);
        let natural = Variances { level, slope, extra: vec![self.scale; self.model.polls.n_houses] };
        self.layout.of(&natural)
    }

    fn level_size(&self) -> f64 {
        if self.gap > 0.0 { self.scale / self.gap } else { self.scale }
    }

    /// The log-likelihood with these for the free ones.
    ///
    /// # Errors
    /// Terms that explain each other.
    pub fn log_likelihood(&mut self, free: &[f64]) -> Result<f64, TrendError> {
        let variances = self.layout.with(free);
        if !variances.extra.is_empty() {
            for ((out, base), i) in self.data.variances.iter_mut().zip(&self.sampling).zip(&self.order) {
                *out = base + extra_of(&variances, self.model.polls.houses[*i]);
            }
        }
        likelihood(self.model, &self.data, &variances)
    }

    /// The variances of the largest likelihood.
    ///
    /// # Errors
    /// Terms that explain each other; a search that does not settle.
    pub fn maximise(mut self) -> Result<VarianceFit, TrendError> {
        let (n_free, ln_unit) = (self.layout.n_free(), libm::log(self.level_size()));
        let raise = |p: &[f64]| p.iter().map(|p| libm::exp(*p)).collect::<Vec<f64>>();
        self.log_likelihood(&raise(&vec![ln_unit; n_free]))?;
        let mut loss = |p: &[f64]| self.log_likelihood(&raise(p)).map_or(f64::INFINITY, |l| -l);
        let parameters = if n_free == 1 {
            let at = |i: i32| ln_unit + 2.0 * f64::from(i);
            // Polls may lie a million sampling variances apart: 0 % after 100 % does.
            let values: Vec<f64> = (-WIDEST..=WIDEST).map(|i| loss(&[at(i)])).collect();
            let best = (0..values.len()).min_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap_or(0) as i32 - WIDEST;
            minimise_on(|p| loss(&[p]), at(best - 1), at(best + 1), 1e-7).x
        } else {
            let found = nelder_mead(loss, &vec![ln_unit - 3.0; n_free], &vec![2.0; n_free], Stop::default());
            if !found.is_converged {
                return Err(TrendError::NoConvergence { what: "the likelihood", iterations: found.n_evaluations });
            }
            found.x
        };
        let free = raise(&parameters);
        Ok(VarianceFit { log_likelihood: self.log_likelihood(&free)?, variances: self.layout.with(&free) })
    }
}

/// The variance of the level is looked for within e^±24 of the sampling variance of a mean gap.
const WIDEST: i32 = 12;
