//! A mood as a hidden random walk.

use super::super::check::{all_finite, at_least, level as check_level, positive, same_length};
use super::super::error::TrendError;
use super::super::state_space::{Anchor, PollSeries, PooledPolls, Variances};
use super::dyad_ratios::Reading;
use crate::numeric::dist::Normal;
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;
use crate::numeric::sum::dot;

/// Settings of the latent mood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatentMood {
    /// Items with at least this many readings have a loading of their own; the others share one.
    pub own_loading_from: usize,
}

impl Default for LatentMood {
    fn default() -> LatentMood {
        LatentMood { own_loading_from: 6 }
    }
}

/// The mood in a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MoodPoint {
    /// What the mean item would have shown, had every item been asked.
    pub mood: f64,
    /// Of reading errors and of periods without questions; loadings are taken as known.
    pub se: f64,
}

/// An item of the mood.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LatentItem {
    pub item: usize,
    /// Change of the item for a typical yearly (one-period) step of the mood.
    pub loading: f64,
    /// The item where the mood is at its mean over the readings of the item.
    pub mean: f64,
    pub n_readings: usize,
}

/// A fitted mood.
#[derive(Debug, Clone, PartialEq)]
pub struct LatentMoodFit {
    /// By period, from the first in use to the last, gaps included.
    pub mood: Vec<MoodPoint>,
    pub items: Vec<LatentItem>,
    /// Items with a single reading: they say nothing of movement.
    pub dropped: Vec<usize>,
    /// Variance of a reading of mean base around item and mood.
    pub error_variance: f64,
    pub iterations: usize,
    /// Period, item by position in `items` and error variance, in steps of the walk, of each reading.
    scaled: Vec<(usize, usize, f64, f64)>,
    /// By which the walk is multiplied.
    scale: f64,
}

impl LatentMoodFit {
    /// A difference of moods with one weight a period, weights adding up to 0, and its standard error; loadings and error variance are
    /// taken as known.
    ///
    /// # Definition
    /// Generalised least squares: with readings z = f(period) + m(item) + e and steps of f of variance 1, V = (XᵀR⁻¹X + DᵀD)⁻¹ for
    /// (f, m), D the differences of neighbours; the contrast cᵀf has the variance cᵀVc. A level common to all f cancels out of it, so one
    /// m is set to 0.
    ///
    /// # Errors
    /// A number of weights that is not that of the periods, weights that do not add up to 0, more than 600 periods and items.
    ///
    /// # Agreement
    /// The smoother behind [`LatentMood::fit`], which takes another way to the same estimate (tested).
    ///
    /// # References
    /// Durbin and Koopman (2012), *Time Series Analysis by State Space Methods*, section 4.13.
    pub fn change(&self, weights: &[f64]) -> Result<MoodPoint, TrendError> {
        const LARGEST: usize = 600;
        let (n_periods, n_items) = (self.mood.len(), self.items.len());
        same_length("the weights", weights.len(), n_periods)?;
        let sum: f64 = weights.iter().sum();
        if sum.abs() > 1e-9 {
            return Err(TrendError::OutOfRange { what: "the sum of the weights", got: sum, expected: "0" });
        }
        let n = n_periods + n_items - 1;
        if n > LARGEST {
            let got = n as f64;
            return Err(TrendError::OutOfRange { what: "periods and items", got, expected: "600 or fewer" });
        }
        let (mut precision, mut right) = (Matrix::zeros(n, n), vec![0.0; n]);
        for t in 1..n_periods {
            for (i, j, sign) in [(t, t, 1.0), (t - 1, t - 1, 1.0), (t, t - 1, -1.0), (t - 1, t, -1.0)] {
                precision[(i, j)] += sign;
            }
        }
        for (period, item, z, variance) in &self.scaled {
            let places: Vec<usize> =
                core::iter::once(*period).chain(item.checked_sub(1).map(|i| n_periods + i)).collect();
            for i in &places {
                right[*i] += z / variance;
                for j in &places {
                    precision[(*i, *j)] += 1.0 / variance;
                }
            }
        }
        let factor = Cholesky::of(&precision)?;
        let mut contrast = weights.to_vec();
        contrast.resize(n, 0.0);
        let estimate = dot(&factor.solve(&right)?, &contrast);
        let variance = factor.inverse_quadratic_form(&contrast)?;
        Ok(MoodPoint { mood: self.scale * estimate, se: self.scale * variance.max(0.0).sqrt() })
    }

    /// The smallest true change that a two-sided test of [`LatentMoodFit::change`] would find with this power.
    ///
    /// # Definition
    /// The walk draws estimates towards no change: given a true change δ the estimate is normal with mean λδ and variance λ·se²,
    /// λ = 1 − se²/V, V = Σₜ(Σ_{s≥t} wₛ)² (in units of the mood) the variance of the change in the walk. Hence
    /// δ = se·(z_{α/2} + z_power·√λ)/λ, which is the usual (z_{α/2} + z_power)·se where the readings tell all.
    ///
    /// # Errors
    /// As [`LatentMoodFit::change`]; `power` or `significance` outside 0 to 1, readings that tell nothing of the change.
    pub fn smallest_detectable(&self, weights: &[f64], power: f64, significance: f64) -> Result<f64, TrendError> {
        let se = self.change(weights)?.se;
        let significance = check_level(significance)?;
        let power = check_level(power)?;
        let mut later = 0.0;
        let mut walk = 0.0;
        for weight in weights[1..].iter().rev() {
            later += weight;
            walk += later * later;
        }
        let told = 1.0 - se * se / (self.scale * self.scale * walk);
        if !(told > 1e-6 && told.is_finite()) {
            return Err(TrendError::NotIdentified { what: "a change of which no reading tells" });
        }
        let z = Normal::STANDARD;
        Ok(se * (z.upper_quantile(0.5 * significance) + z.quantile(power) * told.sqrt()) / told)
    }
}

/// What the iteration knows.
struct State {
    means: Vec<f64>,
    loadings: Vec<f64>,
    error: f64,
}

impl LatentMood {
    /// Fits one latent random walk to readings of many items.
    ///
    /// # Definition
    /// value = μ(item) + λ(item)·f(period) + e, Var e = ψ·n̄/n; f is a random walk whose steps have variance 1, from a diffuse start. μ, λ
    /// and ψ by the EM algorithm; then, these loadings given, items are pooled as houses are in [`PooledPolls`], with μ diffuse, and the
    /// mood is the mean of all items. Turned so that the mean loading is positive.
    ///
    /// # Errors
    /// Values that are not finite, bases not above 0, fewer than three periods or more than 5,000, no item with two readings, items that do
    /// not move together, readings that the mood explains without any error.
    ///
    /// # References
    /// Dempster, Laird and Rubin (1977), JRSS B 39. Shumway and Stoffer (1982), Journal of Time Series Analysis 3. McGann (2014), Political
    /// Analysis 22, for a latent mood with item loadings.
    pub fn fit(&self, readings: &[Reading]) -> Result<LatentMoodFit, TrendError> {
        const ROUNDS: usize = 2000;
        let (used, items, dropped) = check(readings)?;
        let (n_items, n) = (items.len(), used.len());
        let bases: Vec<f64> = used.iter().map(|r| r.n).collect();
        let mean_base = bases.iter().sum::<f64>() / n as f64;
        let relative: Vec<f64> = bases.iter().map(|n| mean_base / n).collect();
        let times: Vec<f64> = used.iter().map(|r| r.period as f64).collect();
        let mut state = start(&used, n_items)?;
        let smallest = 1e-8 * state.error;
        let mut iterations = 0;
        for round in 1..=ROUNDS {
            iterations = round;
            let (levels, variances) = walk(&used, &times, &relative, &state)?;
            let before = (state.loadings.clone(), state.error);
            self.update(&used, &relative, &levels, &variances, &mut state);
            if !(state.error > smallest && state.error.is_finite()) {
                return Err(TrendError::Constant { what: "the error of readings", statistic: "a latent mood" });
            }
            let size = state.loadings.iter().map(|l| l.abs()).fold(0.0, f64::max);
            let moved = state.loadings.iter().zip(&before.0).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            if moved <= 1e-6 * size && (state.error - before.1).abs() <= 1e-6 * state.error {
                break;
            }
        }
        let mean_loading = state.loadings.iter().sum::<f64>() / n_items as f64;
        let size = state.loadings.iter().map(|l| l.abs()).fold(0.0, f64::max);
        if mean_loading.abs() <= 1e-6 * size {
            return Err(TrendError::NotIdentified { what: "a mean movement of the items" });
        }
        // Loadings of nearly zero would divide by it; such an item says nothing of the mood.
        let least = 1e-4 * size;
        let loadings: Vec<f64> =
            state.loadings.iter().map(|l| mean_loading.signum() * l.abs().max(least).copysign(*l)).collect();
        let total: f64 = loadings.iter().sum();
        let estimates: Vec<f64> = used.iter().map(|r| r.value / loadings[r.item]).collect();
        let variances: Vec<f64> =
            used.iter().zip(&relative).map(|(r, w)| state.error * w / (loadings[r.item] * loadings[r.item])).collect();
        let codes: Vec<usize> = used.iter().map(|r| r.item).collect();
        let weights: Vec<f64> = loadings.iter().map(|l| l / total).collect();
        let series = PollSeries {
            times: &times,
            estimates: &estimates,
            variances: &variances,
            houses: &codes,
            n_houses: n_items,
        };
        let last = used.iter().map(|r| r.period).max().unwrap_or(0);
        let grid: Vec<f64> = (0..=last).map(|p| p as f64).collect();
        let pooled =
            PooledPolls::local_level(series, Anchor::Weighted(weights)).fit(&Variances::of_level(1.0), &grid)?;
        let scale = total / n_items as f64;
        Ok(LatentMoodFit {
            mood: pooled.further.iter().map(|l| MoodPoint { mood: scale * l.level, se: scale * l.se }).collect(),
            items: items
                .iter()
                .enumerate()
                .map(|(code, (item, n_readings))| {
                    let own: Vec<f64> = used.iter().filter(|r| r.item == code).map(|r| r.value).collect();
                    let mean = own.iter().sum::<f64>() / own.len() as f64;
                    LatentItem { item: *item, loading: loadings[code], mean, n_readings: *n_readings }
                })
                .collect(),
            dropped,
            error_variance: state.error,
            iterations,
            scaled: used
                .iter()
                .zip(estimates.iter().zip(&variances))
                .map(|(r, (z, variance))| (r.period, r.item, *z, *variance))
                .collect(),
            scale,
        })
    }

    /// Means, loadings and error variance that suit the walk best.
    fn update(&self, used: &[Reading], relative: &[f64], levels: &[f64], variances: &[f64], state: &mut State) {
        let n_items = state.means.len();
        // Weighted sums per item: 1, f, f², y, fy with E f² = level² + variance.
        let mut sums = vec![([0.0; 5], 0_usize); n_items];
        for (((r, w), f), v) in used.iter().zip(relative).zip(levels).zip(variances) {
            let weight = 1.0 / w;
            let (sum, count) = &mut sums[r.item];
            for (s, x) in sum.iter_mut().zip([1.0, *f, f * f + v, r.value, f * r.value]) {
                *s += weight * x;
            }
            *count += 1;
        }
        let slope = |sums: &[f64; 5]| {
            let [n, f, ff, y, fy] = *sums;
            (n * fy - f * y, n * ff - f * f)
        };
        // Items with few readings share one loading: their slopes pooled.
        let (mut above, mut below) = (0.0, 0.0);
        for (sum, _) in sums.iter().filter(|(_, count)| *count < self.own_loading_from) {
            let (a, b) = slope(sum);
            above += a / sum[0];
            below += b / sum[0];
        }
        for (code, (sum, count)) in sums.iter().enumerate() {
            let (a, b) = slope(sum);
            let (a, b) = if *count < self.own_loading_from { (above, below) } else { (a, b) };
            if b > 0.0 {
                state.loadings[code] = a / b;
            }
            state.means[code] = (sum[3] - state.loadings[code] * sum[1]) / sum[0];
        }
        let squares: f64 = used
            .iter()
            .zip(relative)
            .zip(levels.iter().zip(variances))
            .map(|((r, w), (f, v))| {
                let loading = state.loadings[r.item];
                let gap = r.value - state.means[r.item] - loading * f;
                (gap * gap + loading * loading * v) / w
            })
            .sum();
        state.error = squares / used.len() as f64;
    }
}

/// Readings of items with two or more, items renumbered, and those left out.
type Checked = (Vec<Reading>, Vec<(usize, usize)>, Vec<usize>);

fn check(readings: &[Reading]) -> Result<Checked, TrendError> {
    const LONGEST: usize = 5_000;
    for r in readings {
        all_finite("a reading", &[r.value])?;
        positive("the base of a reading", r.n)?;
        if r.period >= LONGEST {
            let got = r.period as f64;
            return Err(TrendError::OutOfRange { what: "a period", got, expected: "below 5,000" });
        }
    }
    let mut counts = std::collections::BTreeMap::new();
    for r in readings {
        *counts.entry(r.item).or_insert(0_usize) += 1;
    }
    let items: Vec<(usize, usize)> = counts.iter().filter(|(_, n)| **n > 1).map(|(item, n)| (*item, *n)).collect();
    let dropped = counts.iter().filter(|(_, n)| **n < 2).map(|(item, _)| *item).collect();
    at_least("items with two readings", items.len(), 1)?;
    let used: Vec<Reading> = readings
        .iter()
        .filter_map(|r| items.iter().position(|(item, _)| *item == r.item).map(|code| Reading { item: code, ..*r }))
        .collect();
    let periods: std::collections::BTreeSet<usize> = used.iter().map(|r| r.period).collect();
    at_least("periods", periods.len(), 3)?;
    Ok((used, items, dropped))
}

/// Item means, equal loadings, and half of the scatter as error.
fn start(used: &[Reading], n_items: usize) -> Result<State, TrendError> {
    let mut sums = vec![(0.0, 0.0); n_items];
    for r in used {
        sums[r.item].0 += r.value;
        sums[r.item].1 += 1.0;
    }
    let means: Vec<f64> = sums.iter().map(|(s, n)| s / n).collect();
    let scatter =
        used.iter().map(|r| (r.value - means[r.item]) * (r.value - means[r.item])).sum::<f64>() / used.len() as f64;
    if scatter <= 0.0 {
        return Err(TrendError::Constant { what: "every item", statistic: "a latent mood" });
    }
    // A walk of unit steps over the periods spreads by about the root of a sixth of their number.
    let n_periods = used.iter().map(|r| r.period + 1).max().unwrap_or(1) as f64;
    let loading = (0.5 * scatter * 6.0 / n_periods).sqrt();
    Ok(State { means, loadings: vec![loading; n_items], error: 0.5 * scatter })
}

/// The walk given items: its smoothed value and variance at each reading.
fn walk(used: &[Reading], times: &[f64], relative: &[f64], state: &State) -> Result<(Vec<f64>, Vec<f64>), TrendError> {
    let size = state.loadings.iter().map(|l| l.abs()).fold(0.0, f64::max);
    let loading = |item: usize| {
        let own = state.loadings[item];
        own.abs().max(1e-6 * size).copysign(own)
    };
    let estimates: Vec<f64> = used.iter().map(|r| (r.value - state.means[r.item]) / loading(r.item)).collect();
    let variances: Vec<f64> =
        used.iter().zip(relative).map(|(r, w)| state.error * w / (loading(r.item) * loading(r.item))).collect();
    let houses = vec![0; used.len()];
    let series = PollSeries { times, estimates: &estimates, variances: &variances, houses: &houses, n_houses: 1 };
    let fit = PooledPolls::local_level(series, Anchor::House(0)).fit(&Variances::of_level(1.0), &[])?;
    Ok(fit.levels.iter().map(|l| (l.level, l.se * l.se)).unzip())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream::Stream;

    /// Five items of one walk, one turned around, one asked twice only.
    fn simulated() -> (Vec<f64>, Vec<Reading>) {
        let mut stream = Stream::named(3, "latent mood");
        let mut mood = vec![0.0];
        for t in 1..40 {
            mood.push(mood[t - 1] + stream.normal());
        }
        let loadings = [2.0, 3.0, 1.5, -2.0, 2.0];
        let mut readings = Vec::new();
        for (item, loading) in loadings.iter().enumerate() {
            for (period, f) in mood.iter().enumerate() {
                let is_asked = if item == 4 { period == 5 || period == 30 } else { (period * 7 + item * 3) % 5 < 2 };
                if is_asked {
                    let value = 50.0 + 3.0 * item as f64 + loading * f + stream.normal();
                    readings.push(Reading { item, period, value, n: 1000.0 });
                }
            }
        }
        (mood, readings)
    }

    #[test]
    fn the_walk_is_found_again() {
        let (mood, readings) = simulated();
        let fit = LatentMood::default().fit(&readings).unwrap();
        let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
        let (mx, my) =
            (mood.iter().sum::<f64>() / 40.0, fit.mood.iter().map(|p| p.mood).sum::<f64>() / fit.mood.len() as f64);
        for (x, y) in mood.iter().zip(&fit.mood) {
            xy += (x - mx) * (y.mood - my);
            xx += (x - mx) * (x - mx);
            yy += (y.mood - my) * (y.mood - my);
        }
        assert!(xy / (xx * yy).sqrt() > 0.95);
        assert!(fit.items[3].loading < 0.0 && fit.items[0].loading > 0.0);
        assert!(fit.mood.iter().all(|p| p.se > 0.0));
    }

    #[test]
    fn years_without_questions_are_less_sure() {
        let (_, mut readings) = simulated();
        readings.retain(|r| r.period < 12 || r.period > 26);
        let fit = LatentMood::default().fit(&readings).unwrap();
        assert!(fit.mood[19].se > 1.5 * fit.mood[8].se);
    }

    #[test]
    fn changes_agree_with_the_smoother() {
        let (_, readings) = simulated();
        let fit = LatentMood::default().fit(&readings).unwrap();
        let mut weights = vec![0.0; fit.mood.len()];
        (weights[30], weights[5]) = (1.0, -1.0);
        let change = fit.change(&weights).unwrap();
        assert!((change.mood - (fit.mood[30].mood - fit.mood[5].mood)).abs() < 1e-6);
        // Far apart both ends are nearly independent but for the common level of the items.
        let both = (fit.mood[30].se.powi(2) + fit.mood[5].se.powi(2)).sqrt();
        assert!(change.se > 0.5 * both && change.se < 1.5 * both, "{} {both}", change.se);
        assert!(fit.change(&[1.0]).is_err());
        // Readings at both ends tell nearly all: a little more than 2.8 standard errors.
        let smallest = fit.smallest_detectable(&weights, 0.8, 0.05).unwrap();
        assert!(smallest > 2.8 * change.se && smallest < 3.5 * change.se, "{smallest} {}", change.se);
        assert!(fit.smallest_detectable(&weights, 0.8, 0.0).is_err());
        weights[5] = 0.0;
        assert!(fit.change(&weights).is_err());
    }

    #[test]
    fn degenerate_input_is_an_error() {
        let settings = LatentMood::default();
        let one = Reading { item: 0, period: 0, value: 40.0, n: 500.0 };
        assert!(settings.fit(&[]).is_err());
        assert!(settings.fit(&[one, Reading { period: 4, ..one }]).is_err());
        let flat: Vec<Reading> = (0..6).map(|period| Reading { period, ..one }).collect();
        assert!(settings.fit(&flat).is_err());
        assert!(settings.fit(&[one, Reading { value: f64::NAN, ..one }]).is_err());
        assert!(settings.fit(&[one, Reading { period: 1_000_000, ..one }]).is_err());
    }
}
