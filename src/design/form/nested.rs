//! Stratified sampling of nested units, any number of stages.

mod of_members;

use std::borrow::Cow;

use super::{MemberScores, Presence};
use crate::design::Base;
use crate::design::lonely::LonelyPsu;
use crate::design::stage::Stage;

/// The variance of a total under stratified multistage sampling.
///
/// # Definition
///
/// For the totals `t_i` of the scores of the `n` sampled units of a stratum of `N` units, a stage contributes
/// `m · (1 − n/N) · n/(n − 1) · Σ (t_i − t̄)²`, where `m` is the product of the sampling fractions of the stages above
/// (1 at the first stage). Brewer's approximation for unequal probabilities puts `1 − p_i` inside the sum and passes
/// `p_i` on to the next stage. Without population sizes only the first stage counts; below the first stage without
/// population sizes nothing counts.
///
/// # References
///
/// Särndal, Swensson and Wretman (1992), Model Assisted Survey Sampling, result 4.3.1; Bellhouse (1985), Computing
/// methods for variance estimation in complex surveys; Brewer (2002), Combined Survey Sampling Inference, chapter 9.
#[derive(Clone, Debug)]
pub struct NestedForm {
    levels: Vec<Level>,
    lonely: LonelyPsu,
    adjust_domain_lonely: bool,
    /// Rows are the units of the only stage, and no stratum borrows from others.
    row_strata: Option<RowStrata>,
}

/// Strata of rows: what the variance needs beside moments by stratum.
#[derive(Clone, Debug)]
struct RowStrata {
    n: Vec<f64>,
    /// Weight of the centred sum of squares.
    weight: Vec<f64>,
}

/// Strata of rows that are units themselves.
#[derive(Clone, Copy, Debug)]
pub struct RowUnits<'a> {
    /// The stratum of each row.
    pub stratum_of_row: &'a [u32],
    /// Rows of each stratum.
    pub n: &'a [f64],
    weight: &'a [f64],
}

impl RowUnits<'_> {
    /// The variance from the sum of squares of each stratum around its mean, rows with the score 0 included.
    pub fn variance(&self, squares: &[f64]) -> f64 {
        self.weight.iter().zip(squares).map(|(weight, square)| weight * square).sum()
    }
}

/// A stage, reduced to what the variance needs.
#[derive(Clone, Debug)]
struct Level {
    parent_of_unit: Vec<u32>,
    stratum_of_unit: Vec<u32>,
    /// Square root of each unit's weight in the sum of squares; one a stratum, or one a unit when probabilities vary.
    root: Roots,
    strata: Vec<LevelStratum>,
    n_parents: usize,
}

#[derive(Clone, Debug)]
enum Roots {
    PerStratum(Vec<f64>),
    PerUnit(Vec<f64>),
}

#[derive(Clone, Debug)]
struct LevelStratum {
    n: f64,
    parent: u32,
    is_lonely: bool,
}

impl NestedForm {
    pub(crate) fn new(stages: &[Stage], lonely: LonelyPsu, adjust_domain_lonely: bool) -> Self {
        let mut multiplier = vec![1.0];
        let mut levels = Vec::with_capacity(stages.len());
        for stage in stages {
            let (level, next) = Level::new(stage, &multiplier);
            levels.push(level);
            multiplier = next;
        }
        let row_strata = row_strata(stages, &levels, &lonely, adjust_domain_lonely);
        Self { levels, lonely, adjust_domain_lonely, row_strata }
    }

    /// The strata, when rows are the units of the only stage and moments by stratum are enough.
    pub fn row_units(&self) -> Option<RowUnits<'_>> {
        let strata = self.row_strata.as_ref()?;
        let stratum_of_row = &self.levels.first()?.stratum_of_unit;
        Some(RowUnits { stratum_of_row, n: &strata.n, weight: &strata.weight })
    }

    pub(super) fn n_units(&self) -> usize {
        self.levels.last().map_or(0, |l| l.stratum_of_unit.len())
    }

    /// Whether lone units of some stratum take something from other strata.
    pub(super) fn borrows(&self) -> bool {
        let has_alone = self.adjust_domain_lonely
            || self.levels.iter().any(|level| level.strata.iter().any(|stratum| stratum.is_lonely));
        matches!(self.lonely, LonelyPsu::Center | LonelyPsu::Average) && has_alone
    }

    /// Whether no stage lets the units of a base vary.
    pub(in crate::design) fn is_complete(&self, base: &Base) -> bool {
        if let Some(rows) = &self.row_strata {
            let is_fixed = |h: usize| rows.weight[h] == 0.0;
            // Where weights are adjusted, a base does not know the strata of its rows: all must be complete.
            let mut strata = base.strata().iter().peekable();
            return if strata.peek().is_some() { strata.all(is_fixed) } else { (0..rows.weight.len()).all(is_fixed) };
        }
        base.units.iter().all(|unit| {
            let mut unit = unit;
            self.levels.iter().rev().all(|level| {
                let is_fixed = level.root(unit, level.stratum_of_unit[unit] as usize) == 0.0;
                unit = level.parent_of_unit[unit] as usize;
                is_fixed
            })
        })
    }

    /// The variances of columns that borrow nothing, all at once: each stage centres at stratum means and adds squares.
    pub(super) fn variances(&self, scores: &[f64], n_columns: usize) -> Vec<f64> {
        let mut variances = vec![0.0; n_columns];
        if n_columns == 0 {
            return variances;
        }
        let mut totals = Cow::Borrowed(scores);
        for (depth, level) in self.levels.iter().enumerate().rev() {
            level.add_squares(&totals, &mut variances);
            if depth > 0 {
                totals = Cow::Owned(level.sum_columns_to_parents(&totals, n_columns));
            }
        }
        variances
    }

    /// The covariance matrix of columns that borrow nothing, row by row: each stage adds the products of what its units
    /// differ from their stratum mean.
    pub(super) fn covariances(&self, scores: &[f64], n_columns: usize) -> Vec<f64> {
        let mut covariances = vec![0.0; n_columns * n_columns];
        if n_columns == 0 {
            return covariances;
        }
        let mut totals = Cow::Borrowed(scores);
        for (depth, level) in self.levels.iter().enumerate().rev() {
            level.add_products(&totals, n_columns, &mut covariances);
            if depth > 0 {
                totals = Cow::Owned(level.sum_columns_to_parents(&totals, n_columns));
            }
        }
        for i in 1..n_columns {
            for j in 0..i {
                covariances[i * n_columns + j] = covariances[j * n_columns + i];
            }
        }
        covariances
    }

    /// The variances of columns of scores that only units with members have; `None` where more than one stage counts or
    /// strata borrow.
    pub(super) fn variances_of_members(&self, scores: &MemberScores) -> Option<Vec<f64>> {
        match self.levels.as_slice() {
            [level] if !self.borrows() => Some(level.squares_of_members(scores)),
            _ => None,
        }
    }

    /// The covariance matrix of columns of one domain, row by row, from scores that only units with members have; `None` where
    /// more than one stage counts or strata borrow.
    pub(super) fn covariances_of_members(&self, scores: &MemberScores, columns: &[usize]) -> Option<Vec<f64>> {
        match self.levels.as_slice() {
            [level] if !self.borrows() => level.products_of_members(scores, columns),
            _ => None,
        }
    }

    pub(super) fn prepare(&self, scores: &[f64], presence: Presence<'_>) -> Vec<f64> {
        let mut totals = scores.to_vec();
        // Only two policies look at which strata a domain reaches.
        let mut present: Option<Vec<bool>> = match (presence, &self.lonely) {
            (Presence::Units(units), LonelyPsu::Center | LonelyPsu::Average) => {
                Some((0..totals.len()).map(|i| units.contains(i)).collect())
            }
            _ => None,
        };
        let mut prepared = Vec::with_capacity(totals.len());
        for (depth, level) in self.levels.iter().enumerate().rev() {
            self.center(level, &totals, present.as_deref(), &mut prepared);
            if depth > 0 {
                totals = level.sum_to_parents(&totals);
                present = present.map(|units| level.any_in_parents(&units));
            }
        }
        prepared
    }

    /// Appends the centred and scaled totals of one stage.
    fn center(&self, level: &Level, totals: &[f64], present: Option<&[bool]>, out: &mut Vec<f64>) {
        let n_strata = level.strata.len();
        let mut sums = vec![0.0; n_strata];
        let mut members = vec![0.0; n_strata];
        for (i, &h) in level.stratum_of_unit.iter().enumerate() {
            sums[h as usize] += totals[i];
            if present.is_some_and(|p| p[i]) {
                members[h as usize] += 1.0;
            }
        }
        let is_present = |h: usize| present.is_none() || members[h] > 0.0;
        let is_alone = |h: usize| {
            let s = &level.strata[h];
            s.is_lonely || (self.adjust_domain_lonely && s.n > 1.0 && present.is_some() && members[h] == 1.0)
        };
        let borrowed = level.borrowed(&self.lonely, &sums, is_present, is_alone);
        let centers: Vec<Option<(f64, f64)>> = (0..n_strata)
            .map(|h| {
                if !is_present(h) {
                    return None;
                }
                let stratum = &level.strata[h];
                let borrowed = borrowed[stratum.parent as usize];
                match (&self.lonely, is_alone(h)) {
                    (LonelyPsu::Center, true) => Some((borrowed, 1.0)),
                    (LonelyPsu::Average, true) => None,
                    (LonelyPsu::Average, false) => Some((sums[h] / stratum.n, borrowed.sqrt())),
                    _ => Some((sums[h] / stratum.n, 1.0)),
                }
            })
            .collect();
        for (i, &h) in level.stratum_of_unit.iter().enumerate() {
            let root = level.root(i, h as usize);
            out.push(match centers[h as usize] {
                Some((center, factor)) => (totals[i] - center) * factor * root,
                None => 0.0,
            });
        }
    }
}

fn row_strata(stages: &[Stage], levels: &[Level], lonely: &LonelyPsu, adjust_domain_lonely: bool) -> Option<RowStrata> {
    let ([stage], [level]) = (stages, levels) else { return None };
    let has_alone = adjust_domain_lonely || level.strata.iter().any(|s| s.is_lonely);
    let borrows = matches!(lonely, LonelyPsu::Center | LonelyPsu::Average) && has_alone;
    let Roots::PerStratum(roots) = &level.root else { return None };
    (stage.units_are_rows() && !borrows).then(|| RowStrata {
        n: level.strata.iter().map(|s| s.n).collect(),
        weight: roots.iter().map(|root| root * root).collect(),
    })
}

impl Level {
    /// The level and what the variances within each of its units are multiplied by.
    fn new(stage: &Stage, multiplier: &[f64]) -> (Self, Vec<f64>) {
        let weight_of = |h: usize| {
            let s = &stage.strata[h];
            let n = f64::from(s.n);
            let spread = if n > 1.0 { n / (n - 1.0) } else { 1.0 };
            multiplier[s.parent as usize] * s.variance_factor * spread
        };
        let strata: Vec<LevelStratum> = stage
            .strata
            .iter()
            .map(|s| LevelStratum { n: f64::from(s.n), parent: s.parent, is_lonely: s.is_lonely() })
            .collect();
        let passed_on = |h: usize| multiplier[stage.strata[h].parent as usize] * stage.strata[h].variance_factor;
        let units = stage.stratum_of_unit.iter().map(|&h| h as usize);
        let (root, next) = match &stage.unit_probabilities {
            None => (
                Roots::PerStratum(
                    (0..strata.len()).map(|h| (weight_of(h) * stage.strata[h].fpc_factor()).sqrt()).collect(),
                ),
                units.map(|h| passed_on(h) * stage.strata[h].sampling_fraction()).collect(),
            ),
            Some(p) => (
                Roots::PerUnit(units.clone().zip(p).map(|(h, p)| (weight_of(h) * (1.0 - p)).sqrt()).collect()),
                units.zip(p).map(|(h, p)| passed_on(h) * p).collect(),
            ),
        };
        let level = Self {
            parent_of_unit: stage.parent_of_unit.clone(),
            stratum_of_unit: stage.stratum_of_unit.clone(),
            root,
            strata,
            n_parents: multiplier.len(),
        };
        (level, next)
    }

    /// Per parent, what lone strata borrow from the others: the mean of all unit totals of the strata present (center),
    /// or the number of strata over the number of strata that have a variance (average).
    fn borrowed(
        &self,
        lonely: &LonelyPsu,
        sums: &[f64],
        is_present: impl Fn(usize) -> bool,
        is_alone: impl Fn(usize) -> bool,
    ) -> Vec<f64> {
        let mut over = vec![0.0; self.n_parents];
        let mut under = vec![0.0; self.n_parents];
        for (h, stratum) in self.strata.iter().enumerate() {
            if !is_present(h) {
                continue;
            }
            let parent = stratum.parent as usize;
            match lonely {
                LonelyPsu::Center => {
                    over[parent] += sums[h];
                    under[parent] += stratum.n;
                }
                LonelyPsu::Average => {
                    over[parent] += 1.0;
                    under[parent] += if is_alone(h) { 0.0 } else { 1.0 };
                }
                _ => {}
            }
        }
        over.iter().zip(&under).map(|(a, b)| if *b > 0.0 { a / b } else { 0.0 }).collect()
    }

    /// Stratum after stratum the means of the columns over the units.
    fn means(&self, totals: &[f64], n_columns: usize) -> Vec<f64> {
        let mut means = vec![0.0; self.strata.len() * n_columns];
        for (&h, row) in self.stratum_of_unit.iter().zip(totals.chunks_exact(n_columns)) {
            let start = h as usize * n_columns;
            means[start..start + n_columns].iter_mut().zip(row).for_each(|(sum, t)| *sum += t);
        }
        for (stratum, sums) in self.strata.iter().zip(means.chunks_exact_mut(n_columns)) {
            sums.iter_mut().for_each(|sum| *sum /= stratum.n);
        }
        means
    }

    fn root(&self, unit: usize, stratum: usize) -> f64 {
        match &self.root {
            Roots::PerStratum(roots) => roots[stratum],
            Roots::PerUnit(roots) => roots[unit],
        }
    }

    /// Adds the products of centred and scaled totals, above and on the diagonal. Units without any total are all alike within
    /// their stratum, and are added at once.
    fn add_products(&self, totals: &[f64], n_columns: usize, covariances: &mut [f64]) {
        let means = self.means(totals, n_columns);
        let mut add = |rest: &[f64]| {
            for (i, (a, sums)) in rest.iter().zip(covariances.chunks_exact_mut(n_columns)).enumerate() {
                if *a != 0.0 {
                    sums[i..].iter_mut().zip(&rest[i..]).for_each(|(sum, b)| *sum += a * b);
                }
            }
        };
        let mut weight_of_empty = vec![0.0; self.strata.len()];
        let mut rest = vec![0.0; n_columns];
        for (unit, (&h, row)) in self.stratum_of_unit.iter().zip(totals.chunks_exact(n_columns)).enumerate() {
            let h = h as usize;
            let root = self.root(unit, h);
            if row.iter().all(|t| *t == 0.0) {
                weight_of_empty[h] += root * root;
                continue;
            }
            for ((rest, t), mean) in rest.iter_mut().zip(row).zip(&means[h * n_columns..]) {
                *rest = (t - mean) * root;
            }
            add(&rest);
        }
        for (weight, means) in weight_of_empty.iter().zip(means.chunks_exact(n_columns)) {
            rest.iter_mut().zip(means).for_each(|(rest, mean)| *rest = mean * weight.sqrt());
            add(&rest);
        }
    }

    /// Adds the weighted squares around stratum means, column by column.
    fn add_squares(&self, totals: &[f64], variances: &mut [f64]) {
        let n_columns = variances.len();
        let means = self.means(totals, n_columns);
        for (unit, (&h, row)) in self.stratum_of_unit.iter().zip(totals.chunks_exact(n_columns)).enumerate() {
            let h = h as usize;
            let root = self.root(unit, h);
            let weight = root * root;
            let means = &means[h * n_columns..(h + 1) * n_columns];
            for ((variance, t), mean) in variances.iter_mut().zip(row).zip(means) {
                let rest = t - mean;
                *variance += weight * rest * rest;
            }
        }
    }

    fn sum_columns_to_parents(&self, totals: &[f64], n_columns: usize) -> Vec<f64> {
        let mut sums = vec![0.0; self.n_parents * n_columns];
        for (&parent, row) in self.parent_of_unit.iter().zip(totals.chunks_exact(n_columns)) {
            let start = parent as usize * n_columns;
            sums[start..start + n_columns].iter_mut().zip(row).for_each(|(sum, t)| *sum += t);
        }
        sums
    }

    fn sum_to_parents(&self, totals: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.n_parents];
        for (&parent, total) in self.parent_of_unit.iter().zip(totals) {
            sums[parent as usize] += total;
        }
        sums
    }

    fn any_in_parents(&self, units: &[bool]) -> Vec<bool> {
        let mut any = vec![false; self.n_parents];
        for (&parent, &has) in self.parent_of_unit.iter().zip(units) {
            any[parent as usize] |= has;
        }
        any
    }
}
