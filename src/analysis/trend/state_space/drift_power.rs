//! How large a drift of house effects a test would likely find.

use super::super::check::{at_least, level as check_level, not_negative};
use super::super::error::TrendError;
use super::pooled::{Anchor, PollSeries, PooledPolls, Variances};
use super::pooled_kernel::{Movement, Sorted, Trace, backward, forward};
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;
use crate::numeric::stream::Stream;

/// Series drawn at once: they share one pass of the filter.
const BATCH: u64 = 16;

/// The smallest variance of drift per unit of time that a test against constant effects would find with this power; none where none
/// would be found.
///
/// # Definition
/// With P the inverse variance of the polls under constant effects, freed of the start of the level and of the effects, and u = Py, the
/// score of the drift variance is uᵀW u/2 up to a constant, W the covariance that a drift of unit variance gives the polls of a house:
/// uᵀWu = Σ over houses of ∫(Σ_{tᵢ ≥ s} uᵢ)² ds, and the same over all polls for the level variance. T is the first less its regression
/// on the second. Polls are drawn without drift and, with the same numbers, the drift that comes on top. The test refuses where T is
/// beyond the 1 − α quantile of the draws without drift; its power at a variance q is the share of draws beyond it with √q times the
/// drift added, which for every q follows from three sums a draw. Good to a tenth or so with a hundred draws.
///
/// # Shapes and units
/// `polls`: variances with all that scatters. `draws` in batches of 16.
///
/// # Errors
/// As [`PooledPolls::fit`]; `power` or `significance` outside 0 to 1, fewer than 16 draws.
///
/// # References
/// Nyblom and Mäkeläinen (1983), JASA 78, and Harvey (1989), *Forecasting, Structural Time Series Models and the Kalman Filter*, section
/// 5.2, for the test of constant effects against a random walk.
pub fn smallest_detectable_drift(
    polls: PollSeries<'_>,
    anchor: usize,
    level_variance: f64,
    (power, significance): (f64, f64),
    draws: u64,
    stream: &Stream,
) -> Result<Option<f64>, TrendError> {
    let (power, significance) = (check_level(power)?, check_level(significance)?);
    let level_variance = not_negative("the level variance", level_variance)?;
    at_least("draws", draws as usize, BATCH as usize)?;
    let model = PooledPolls::local_level(polls, Anchor::House(anchor));
    let variances = Variances::of_level(level_variance);
    model.check(&variances)?;
    let ordered = model.sorted(&variances, &[])?;
    let houses: Vec<usize> = ordered.order.iter().map(|i| polls.houses[*i]).collect();
    let mut sums = Vec::with_capacity(draws as usize);
    for batch in 0..draws / BATCH {
        let drawn = Drawn { polls: &ordered.data, houses: &houses, anchor, n_houses: polls.n_houses, level_variance };
        sums.extend(drawn.sums(&|k| stream.child_at(batch * BATCH + k))?);
    }
    let slope = {
        let mean = |of: &dyn Fn(&Draw) -> f64| sums.iter().map(of).sum::<f64>() / sums.len() as f64;
        let (level, drift) = (mean(&|draw| draw.level.without), mean(&|draw| draw.drift.without));
        let both = mean(&|draw| (draw.level.without - level) * (draw.drift.without - drift));
        let own = mean(&|draw| (draw.level.without - level) * (draw.level.without - level));
        if own > 0.0 { both / own } else { 0.0 }
    };
    let statistic = |draw: &Draw, sd: f64| draw.drift.at(sd) - slope * draw.level.at(sd);
    let mut without: Vec<f64> = sums.iter().map(|draw| statistic(draw, 0.0)).collect();
    without.sort_by(f64::total_cmp);
    let place = ((1.0 - significance) * without.len() as f64).ceil() as usize;
    let limit = without[place.clamp(1, without.len()) - 1];
    let is_found = |sd: f64| {
        let found = sums.iter().filter(|draw| statistic(draw, sd) > limit).count();
        found as f64 >= power * sums.len() as f64
    };
    // A drift as large as the sampling error from poll to poll is the natural size.
    let seen = ordered.data.variances.iter().sum::<f64>() / houses.len() as f64;
    let span: f64 = ordered.data.gaps.iter().sum();
    let natural = if span > 0.0 { (seen * houses.len() as f64 / span).sqrt() } else { return Ok(None) };
    let (mut low, mut high) = (libm::log(natural) - 14.0, libm::log(natural) + 10.0);
    if !is_found(libm::exp(high)) {
        return Ok(None);
    }
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if is_found(libm::exp(middle)) { high = middle } else { low = middle }
    }
    Ok(Some(libm::exp(2.0 * high)))
}

/// A quadratic form in u₀ + σ·u₁.
#[derive(Debug, Clone, Copy, Default)]
struct Form {
    without: f64,
    between: f64,
    of_drift: f64,
}

impl Form {
    fn at(&self, sd: f64) -> f64 {
        self.without + 2.0 * sd * self.between + sd * sd * self.of_drift
    }

    fn add(&mut self, time: f64, without: f64, of_drift: f64) {
        self.without += time * without * without;
        self.between += time * without * of_drift;
        self.of_drift += time * of_drift * of_drift;
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Draw {
    level: Form,
    drift: Form,
}

/// What a batch of draws needs.
struct Drawn<'a> {
    polls: &'a Sorted,
    /// In order of time.
    houses: &'a [usize],
    anchor: usize,
    n_houses: usize,
    level_variance: f64,
}

impl Drawn<'_> {
    /// Values of polls without drift, and what a drift of unit variance adds.
    fn draw(&self, mut stream: Stream) -> (Vec<f64>, Vec<f64>) {
        let (mut level, mut now) = (0.0, 0.0);
        let mut offsets = vec![(0.0, 0.0); self.n_houses];
        let (mut without, mut of_drift) = (Vec::new(), Vec::new());
        for (i, house) in self.houses.iter().enumerate() {
            let gap = self.polls.gaps[i];
            now += gap;
            level += (self.level_variance * gap).sqrt() * stream.normal();
            without.push(level + self.polls.variances[i].sqrt() * stream.normal());
            let (offset, at): &mut (f64, f64) = &mut offsets[*house];
            *offset += (now - *at).max(0.0).sqrt() * stream.normal();
            *at = now;
            of_drift.push(if *house == self.anchor { 0.0 } else { *offset });
        }
        (without, of_drift)
    }

    /// The sums of each draw of a batch.
    fn sums(&self, stream: &dyn Fn(u64) -> Stream) -> Result<Vec<Draw>, TrendError> {
        let drawn: Vec<(Vec<f64>, Vec<f64>)> = (0..BATCH).map(|k| self.draw(stream(k))).collect();
        let (n, own) = (self.houses.len(), self.polls.n_columns);
        let mut columns = Vec::with_capacity(n * (own + 2 * drawn.len()));
        for i in 0..n {
            columns.extend_from_slice(&self.polls.columns[i * own..(i + 1) * own]);
            columns.extend(drawn.iter().flat_map(|(without, of_drift)| [without[i], of_drift[i]]));
        }
        let data = Sorted {
            gaps: self.polls.gaps.clone(),
            values: vec![0.0; n],
            is_seen: self.polls.is_seen.clone(),
            variances: self.polls.variances.clone(),
            columns,
            n_columns: own + 2 * drawn.len(),
        };
        let movement = Movement { level: self.level_variance, slope: 0.0 };
        let mut trace = Trace::<1>::new(n, 2 + data.n_columns);
        let cross = forward::<1>(&data, movement, Some(&mut trace)).cross;
        // The start of the level and the houses, which every draw is freed of.
        let n_free = 1 + own;
        let factor = Cholesky::of(&Matrix::from_fn(n_free, n_free, |i, j| cross[(i, j)]))
            .map_err(|_| TrendError::NotIdentified { what: "a house effect" })?;
        let freed = (0..2 * drawn.len())
            .map(|s| factor.solve(&(0..n_free).map(|j| cross[(j, n_free + s)]).collect::<Vec<_>>()))
            .collect::<Result<Vec<_>, _>>()?;
        let mut draws = vec![Draw::default(); drawn.len()];
        // Sums of u over later polls: of all, and by house, for both series of a draw.
        let mut later = vec![vec![[0.0; 2]; self.n_houses + 1]; drawn.len()];
        backward::<1>(&data, &trace, |point| {
            let house = self.houses[point.index];
            let gap = data.gaps[point.index];
            for (k, (draw, later)) in draws.iter_mut().zip(&mut later).enumerate() {
                let own = [2 * k, 2 * k + 1].map(|s| {
                    let explained: f64 = freed[s].iter().zip(&point.scores[1..]).map(|(b, u)| b * u).sum();
                    point.scores[1 + n_free + s] - explained
                });
                for sum in [house, self.n_houses] {
                    for (sum, score) in later[sum].iter_mut().zip(own) {
                        *sum += score;
                    }
                }
                for (house, [without, of_drift]) in later.iter().enumerate().filter(|(house, _)| *house != self.anchor)
                {
                    let form = if house == self.n_houses { &mut draw.level } else { &mut draw.drift };
                    form.add(gap, *without, *of_drift);
                }
            }
        });
        Ok(draws)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::dist::ChiSquared;

    /// Polls of two houses in turns, the second of which walks away from the first with this standard deviation.
    fn polls(stream: &mut Stream, n: usize, drift: f64) -> Vec<f64> {
        let (mut level, mut offset) = (50.0, 2.0);
        (0..n)
            .map(|i| {
                level += 0.4 * stream.normal();
                offset += drift * stream.normal();
                level + if i % 2 == 1 { offset } else { 0.0 } + stream.normal()
            })
            .collect()
    }

    fn series<'a>(times: &'a [f64], estimates: &'a [f64], variances: &'a [f64], houses: &'a [usize]) -> PollSeries<'a> {
        PollSeries { times, estimates, variances, houses, n_houses: 2 }
    }

    // The likelihood-ratio test of `drifting_offsets`, another test by another route, finds such a drift about as often as it should.
    #[test]
    fn the_likelihood_ratio_finds_the_smallest_drift_about_as_often() {
        use super::super::drifting_offsets;
        let n = 80;
        let times: Vec<f64> = (0..n).map(f64::from).collect();
        let (variances, houses): (Vec<f64>, Vec<usize>) =
            (vec![1.0; n as usize], (0..n as usize).map(|i| i % 2).collect());
        let nothing = vec![50.0; n as usize];
        let stream = Stream::named(5, "power of drift");
        let found = smallest_detectable_drift(
            series(&times, &nothing, &variances, &houses),
            0,
            0.16,
            (0.8, 0.05),
            256,
            &stream,
        )
        .unwrap()
        .unwrap();
        let limit = ChiSquared::new(1.0).unwrap().upper_quantile(0.1);
        let (rounds, mut refused) = (150, [0, 0]);
        for round in 0..rounds {
            for (count, drift) in refused.iter_mut().zip([0.0, found.sqrt()]) {
                let values = polls(&mut Stream::named(6, "drifting polls").child_at(round), n as usize, drift);
                let fit = |q: f64| {
                    drifting_offsets(series(&times, &values, &variances, &houses), 0, 0.16, q, &[])
                        .unwrap()
                        .log_likelihood
                };
                let best = [0.02, 0.1, 0.3, 1.0, 3.0, 10.0]
                    .map(|factor| fit(factor * found))
                    .into_iter()
                    .fold(fit(0.0), f64::max);
                *count += usize::from(2.0 * (best - fit(0.0)) > limit);
            }
        }
        let [size, power] = refused.map(|count| f64::from(count as u32) / rounds as f64);
        assert!(size < 0.12 && (power - 0.8).abs() < 0.12, "{size} {power} {found}");
    }

    #[test]
    fn more_polls_show_a_smaller_drift_and_one_house_none() {
        let stream = Stream::named(7, "power of drift");
        let smallest = |n: u32, n_houses: usize| {
            let times: Vec<f64> = (0..n).map(|i| f64::from(i) * 10.0 / f64::from(n)).collect();
            let houses: Vec<usize> = (0..n as usize).map(|i| i % n_houses).collect();
            let (estimates, variances) = (vec![50.0; n as usize], vec![1.0; n as usize]);
            let series =
                PollSeries { times: &times, estimates: &estimates, variances: &variances, houses: &houses, n_houses };
            smallest_detectable_drift(series, 0, 0.5, (0.8, 0.05), 64, &stream)
        };
        let (few, many) = (smallest(40, 2).unwrap().unwrap(), smallest(400, 2).unwrap().unwrap());
        assert!(many < 0.7 * few, "{few} {many}");
        assert_eq!(smallest(40, 1).unwrap(), None);
        assert_eq!(smallest(400, 2).unwrap(), Some(many));
    }
}
