//! Answers averaged over the variances that the polls allow, so that intervals hold that variances are estimated.
//!
//! # Definition
//! θ are the logarithms of the free standard deviations σ. Their density is π(θ) ∝ L(θ)·Π σ/(1 + σ²/A²)²: the diffuse likelihood
//! (restricted, in which constant terms cost no degrees of freedom) with a half-Student prior (3 degrees of freedom, scale A/√3) on
//! each σ, flat up to about A, five times a natural size; beyond it falls, so that two polls do no harm. From the mode θ̂ on, axes are
//! the eigenvectors of −∂²ln π, each divided by the root of its eigenvalue; on each axis π is taken at 0, ±1.25 and ±2.5 (trapezoid
//! rule). At every such θ the model is fitted with variances as known, which gives an estimate x(θ) and its variance v(θ). With means over one axis, the
//! others at θ̂:
//!
//! - estimate: x̂ + Σ mean(x − x̂);
//! - variance: v̂·Π mean(v/v̂) + Σ variance of x — the law of total variance;
//! - 1 + c² = Π mean(v²)/mean(v)², c how sure v is itself. The average of normal laws has the kurtosis of a Student law with 4 + 2/c²
//!   degrees of freedom; limits are those of this law with this variance.
//!
//! Axes are added up as if the answer were a sum (or product) of functions of one axis each, so m variances cost 4m + 1 fits.
//!
//! # Agreement
//! A grid over two variances at once, in the tests. Simulated series: `tests/trend_coverage.rs`.
//!
//! # References
//! Hamilton (1986), Journal of Econometrics 33, and Kass and Steffey (1989), JASA 84, for the total variance. Rue, Martino and Chopin
//! (2009), JRSS B 71, section 6.5, for axes and their scale. Gelman (2006), Bayesian Analysis 1, for the prior.

use std::cell::RefCell;

use super::super::check::level as check_level;
use super::super::error::TrendError;
use super::free_variances::FreeVariances;
use super::pooled::{Estimated, PooledPolls, Variances};
use super::pooled_fit::{PooledLevel, TermEffect, Wanted, smooth};
use crate::numeric::derivative::hessian;
use crate::numeric::dist::StudentT;
use crate::numeric::linalg::SymmetricEigen;
use crate::numeric::optimise::{Stop, bfgs};

/// A term with its standard error, and how heavy the tails of its law are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AveragedTerm {
    pub estimate: f64,
    pub se: f64,
    /// Of the Student law that has this standard error as its standard deviation; above 4, infinite where variances are known.
    pub degf: f64,
}

impl AveragedTerm {
    /// A term whose variance is known.
    pub fn known(term: TermEffect) -> AveragedTerm {
        AveragedTerm { estimate: term.estimate, se: term.se, degf: f64::INFINITY }
    }

    /// The standard error without the tails: limits are those of Student's law, times this.
    fn scale(&self) -> f64 {
        if self.degf.is_finite() { self.se * ((self.degf - 2.0) / self.degf).sqrt() } else { self.se }
    }

    /// Standard errors between the estimate and the limits of a two-sided interval.
    ///
    /// # Errors
    /// `level` outside 0 to 1.
    pub fn critical(&self, level: f64) -> Result<f64, TrendError> {
        let quantile = StudentT::new(self.degf)?.upper_quantile(0.5 * (1.0 - check_level(level)?));
        Ok(if self.se > 0.0 { quantile * self.scale() / self.se } else { quantile })
    }

    /// Estimate over scale and the two-sided p value in Student's law; none without a standard error.
    ///
    /// # Errors
    /// A number of degrees of freedom that is none.
    pub fn test(&self) -> Result<Option<(f64, f64)>, TrendError> {
        if self.se <= 0.0 {
            return Ok(None);
        }
        let statistic = self.estimate / self.scale();
        Ok(Some((statistic, StudentT::new(self.degf)?.two_sided_sf(statistic))))
    }
}

/// A pooled series averaged over its variances.
#[derive(Debug, Clone, PartialEq)]
pub struct AveragedPooled {
    /// The level at the further times, in their order.
    pub further: Vec<AveragedTerm>,
    pub houses: Vec<AveragedTerm>,
    pub events: Vec<AveragedTerm>,
    pub effects: Vec<AveragedTerm>,
}

/// The mode is looked for with this precision; where exactly it lies does not matter much.
const STOP: Stop = Stop { relative: 1e-7, max_steps: 100 };
/// Nodes on an axis besides 0.
const NODES: [f64; 4] = [-2.5, -1.25, 1.25, 2.5];
/// Nodes with less of the density than this, against the mode, count for nothing.
const NOTHING: f64 = 1e-4;
/// Times a natural size: from there on a standard deviation is taken for less likely.
const WIDE: f64 = 5.0;
/// An axis along which nothing is told is not followed farther than a curvature of this would allow.
const FLATTEST: f64 = 0.25;

pub(super) fn fit(
    model: &PooledPolls<'_>,
    likeliest: &Variances,
    estimated: &Estimated,
    further_times: &[f64],
) -> Result<AveragedPooled, TrendError> {
    let mut free = FreeVariances::new(model, likeliest, estimated)?;
    let mut ordered = model.sorted(likeliest, further_times)?;
    let layout = free.layout().clone();
    let natural = free.natural_sizes();
    let squares = |theta: &[f64]| theta.iter().map(|t| libm::exp(2.0 * t)).collect::<Vec<f64>>();
    let start: Vec<f64> = layout
        .of(likeliest)
        .iter()
        .zip(&natural)
        .map(|(variance, size)| 0.5 * libm::log(variance.max(0.01 * size)))
        .collect();
    let ln_density = |theta: &[f64]| {
        let variances = squares(theta);
        let prior = |(t, size): (&f64, &f64)| t - 2.0 * libm::log1p(libm::exp(2.0 * t) / (WIDE * WIDE * size));
        let prior: f64 = theta.iter().zip(&natural).map(prior).sum();
        free.log_likelihood(&variances).map_or(f64::NEG_INFINITY, |l| l + prior)
    };
    let answers = |theta: &[f64]| {
        let variances = layout.with(&squares(theta));
        model.refresh(&mut ordered, &variances);
        let fit = smooth(model, &ordered, &variances, Wanted::FurtherTimes)?;
        let level = |level: &PooledLevel| TermEffect { estimate: level.level, se: level.se };
        Ok(fit.further.iter().map(level).chain(fit.houses).chain(fit.events).chain(fit.effects).collect())
    };
    let mut terms = average(ln_density, &start, answers)?;
    let effects = terms.split_off(further_times.len() + model.polls.n_houses + model.events.len());
    let events = terms.split_off(further_times.len() + model.polls.n_houses);
    let houses = terms.split_off(further_times.len());
    Ok(AveragedPooled { further: terms, houses, events, effects })
}

/// Averages answers over a density of parameters, as the definition of the module says.
///
/// # Errors
/// Those of `answers`; a density without curvature.
fn average(
    ln_density: impl FnMut(&[f64]) -> f64,
    start: &[f64],
    mut answers: impl FnMut(&[f64]) -> Result<Vec<TermEffect>, TrendError>,
) -> Result<Vec<AveragedTerm>, TrendError> {
    let m = start.len();
    let ln_density = RefCell::new(ln_density);
    let ln_density = |theta: &[f64]| (ln_density.borrow_mut())(theta);
    let mode = bfgs(|theta| -ln_density(theta), start, STOP).x;
    let top = ln_density(&mode);
    let axes = SymmetricEigen::of(&hessian(|theta| -ln_density(theta), &mode))?;
    let centre = answers(&mode)?;
    let mut sums: Vec<Sums> = centre.iter().map(|_| Sums::default()).collect();
    for (axis, curvature) in axes.values().iter().enumerate() {
        let reach = 1.0 / curvature.max(FLATTEST).sqrt();
        let mut on_axis =
            vec![OnAxis { weight: 1.0, ratio: 1.0, ratio_squares: 1.0, ..OnAxis::default() }; centre.len()];
        for node in NODES {
            let theta: Vec<f64> = (0..m).map(|i| mode[i] + node * reach * axes.vectors()[(i, axis)]).collect();
            let weight = libm::exp(ln_density(&theta) - top);
            if !(weight > NOTHING && weight.is_finite()) {
                continue;
            }
            for ((sum, at), centre) in on_axis.iter_mut().zip(answers(&theta)?).zip(&centre) {
                sum.add(weight, at, *centre);
            }
        }
        for (sums, on_axis) in sums.iter_mut().zip(&on_axis) {
            sums.add(on_axis);
        }
    }
    Ok(sums.iter().zip(&centre).map(|(sums, centre)| sums.term(*centre)).collect())
}

/// Weighted sums over the nodes of an axis.
#[derive(Debug, Clone, Copy, Default)]
struct OnAxis {
    weight: f64,
    /// Of x − x̂ and its square.
    shift: f64,
    shift_squares: f64,
    /// Of v/v̂ and its square.
    ratio: f64,
    ratio_squares: f64,
}

impl OnAxis {
    fn add(&mut self, weight: f64, at: TermEffect, centre: TermEffect) {
        let shift = at.estimate - centre.estimate;
        let ratio = if centre.se > 0.0 { at.se * at.se / (centre.se * centre.se) } else { 1.0 };
        self.weight += weight;
        self.shift += weight * shift;
        self.shift_squares += weight * shift * shift;
        self.ratio += weight * ratio;
        self.ratio_squares += weight * ratio * ratio;
    }
}

/// What the axes add up to.
struct Sums {
    shift: f64,
    of_estimate: f64,
    ratio: f64,
    /// 1 + c².
    spread: f64,
}

impl Default for Sums {
    fn default() -> Sums {
        Sums { shift: 0.0, of_estimate: 0.0, ratio: 1.0, spread: 1.0 }
    }
}

impl Sums {
    fn add(&mut self, axis: &OnAxis) {
        let (shift, ratio) = (axis.shift / axis.weight, axis.ratio / axis.weight);
        self.shift += shift;
        self.of_estimate += (axis.shift_squares / axis.weight - shift * shift).max(0.0);
        self.ratio *= ratio;
        self.spread *= (axis.ratio_squares / axis.weight / (ratio * ratio)).max(1.0);
    }

    fn term(&self, centre: TermEffect) -> AveragedTerm {
        let within = centre.se * centre.se * self.ratio;
        let variance = within + self.of_estimate;
        // The part between the fits is as sure as the fits are many: only the part within them has tails.
        let square = (self.spread - 1.0) * if variance > 0.0 { (within / variance) * (within / variance) } else { 0.0 };
        let degf = if square > 1e-12 { 4.0 + 2.0 / square } else { f64::INFINITY };
        AveragedTerm { estimate: centre.estimate + self.shift, se: variance.sqrt(), degf }
    }
}

#[cfg(test)]
mod tests {
    use super::super::pooled::{Anchor, PollSeries};
    use super::*;

    // x = 3 + a, v = exp(2b), a and b normal with variances 0.25 and 0.04: mean of v is exp(0.08), of v² exp(0.32).
    #[test]
    fn a_normal_density_is_averaged_as_by_hand() {
        let ln_density = |t: &[f64]| -0.5 * (t[0] * t[0] / 0.25 + (t[1] - 0.3) * (t[1] - 0.3) / 0.04);
        let answer = |t: &[f64]| Ok(vec![TermEffect { estimate: 3.0 + t[0], se: libm::exp(t[1] - 0.3) }]);
        let found = average(ln_density, &[0.5, 0.0], answer).unwrap()[0];
        let (within, total) = (libm::exp(0.08), libm::exp(0.08) + 0.25);
        assert!((found.estimate - 3.0).abs() < 1e-3, "{found:?}");
        assert!((found.se * found.se - total).abs() < 0.02 * total, "{found:?}");
        let square = (libm::exp(0.16) - 1.0) * (within / total) * (within / total);
        assert!((found.degf / (4.0 + 2.0 / square) - 1.0).abs() < 0.1, "{found:?} {square}");
    }

    #[test]
    fn limits_are_those_of_the_normal_law_where_variances_are_known() {
        let known = AveragedTerm::known(TermEffect { estimate: 1.959_963_984_540_054, se: 1.0 });
        assert!((known.critical(0.95).unwrap() - 1.959_963_984_540_054).abs() < 1e-12);
        assert!((known.test().unwrap().unwrap().1 - 0.05).abs() < 1e-12);
        // t(6) has 2.446912 at 0.975 and variance 6/4.
        let term = AveragedTerm { estimate: 2.446_911_851_144_969 * 2.0 / 1.5_f64.sqrt(), se: 2.0, degf: 6.0 };
        assert!((term.critical(0.95).unwrap() - 2.446_911_851_144_969 / 1.5_f64.sqrt()).abs() < 1e-10);
        assert!((term.test().unwrap().unwrap().1 - 0.05).abs() < 1e-10);
        assert!(term.critical(1.0).is_err());
        assert_eq!(AveragedTerm { se: 0.0, ..term }.test().unwrap(), None);
    }

    /// Thirty polls of two houses, one of which scatters, with a step.
    fn polls() -> (Vec<f64>, Vec<f64>, Vec<f64>, Vec<usize>) {
        let mut stream = crate::numeric::stream::Stream::named(4, "averaging");
        let mut level = 50.0;
        let (mut times, mut values, mut houses) = (vec![], vec![], vec![]);
        for i in 0..30 {
            level += 0.7 * stream.normal();
            let house = usize::from(i % 3 == 1);
            times.push(f64::from(i));
            values.push(level + if i >= 15 { 6.0 } else { 0.0 } + if house == 1 { 2.5 } else { 1.0 } * stream.normal());
            houses.push(house);
        }
        (times, values, vec![1.0; 30], houses)
    }

    // The same averages over a grid of both standard deviations, without axes, modes or products.
    #[test]
    fn axes_agree_with_a_grid_over_both_variances() {
        let (times, values, variances, houses) = polls();
        let series =
            PollSeries { times: &times, estimates: &values, variances: &variances, houses: &houses, n_houses: 2 };
        let mut model = PooledPolls::local_level(series, Anchor::House(0));
        model.events = vec![super::super::Event::Step { at: 15.0 }];
        let estimated = Estimated { level: true, slope: false, extra_of: vec![1] };
        let start = Variances { level: 0.0, slope: 0.0, extra: vec![0.0; 2] };
        let likeliest = model.maximise(&start, &estimated).unwrap().variances;
        let further = [7.5, 34.0];
        let got = model.fit_averaged(&likeliest, &estimated, &further).unwrap();
        let got = [got.further, got.houses[1..].to_vec(), got.events].concat();
        let mut sums = vec![[0.0; 3]; 4];
        let mut total = 0.0;
        for a in 0..120 {
            for b in 0..120 {
                let (sd, extra) = (0.03 * (f64::from(a) + 0.5), 0.06 * (f64::from(b) + 0.5));
                let at = Variances { level: sd * sd, slope: 0.0, extra: vec![0.0, extra * extra] };
                let prior = (1.0 + sd * sd / (25.0 * 30.0 / 29.0)) * (1.0 + extra * extra / 25.0);
                let weight = libm::exp(model.log_likelihood(&at).unwrap() + 60.0) / (prior * prior);
                let fit = model.fit(&at, &further).unwrap();
                let level = |i: usize| TermEffect { estimate: fit.further[i].level, se: fit.further[i].se };
                total += weight;
                for (sum, x) in sums.iter_mut().zip([level(0), level(1), fit.houses[1], fit.events[0]]) {
                    let v = x.se * x.se;
                    *sum =
                        [sum[0] + weight * x.estimate, sum[1] + weight * x.estimate * x.estimate, sum[2] + weight * v];
                }
            }
        }
        for (got, [x, xx, v]) in got.iter().zip(sums) {
            let (mean, variance) = (x / total, v / total + xx / total - (x / total) * (x / total));
            assert!((got.estimate - mean).abs() < 0.05 * variance.sqrt(), "{got:?} {mean} {variance}");
            assert!((got.se / variance.sqrt() - 1.0).abs() < 0.05, "{got:?} {mean} {variance}");
        }
    }

    #[test]
    fn averages_are_wider_than_fits_at_the_likeliest_variances() {
        let (times, values, variances, houses) = polls();
        let series =
            PollSeries { times: &times, estimates: &values, variances: &variances, houses: &houses, n_houses: 2 };
        let model = PooledPolls::local_level(series, Anchor::SumToZero);
        let estimated = Estimated { level: true, ..Estimated::default() };
        let likeliest = model.maximise(&Variances::of_level(0.0), &estimated).unwrap().variances;
        let averaged = model.fit_averaged(&likeliest, &estimated, &[40.0]).unwrap();
        let known = model.fit(&likeliest, &[40.0]).unwrap();
        assert!(averaged.further[0].se > known.further[0].se && averaged.further[0].degf.is_finite());
        assert_eq!(averaged.houses.len(), 2);
        assert!(model.fit_averaged(&likeliest, &Estimated::default(), &[]).is_err());
    }
}
