//! Simulated series with known truth: intervals hold it as often as they say.
//!
//! With `n` trials and a true coverage of 95 % the share found lies within 3.3 standard errors, √(0.95·0.05/n), of it but once in a
//! thousand runs; seeds are named, so a run that passes passes always.

use opros::analysis::trend::breaks::{BreakErrors, RegressionBreaks};
use opros::analysis::trend::counts::rate_change;
use opros::analysis::trend::monotone::{Autocorrelation, mann_kendall, sen_slope};
use opros::analysis::trend::pooling::{
    HouseAnchor, Poll, PoolEstimate, PoolEvent, PoolEventKind, PoolIntervals, PoolScale, Pooling, pool,
};
use opros::analysis::trend::regression::{LinearFit, NeweyWest};
use opros::analysis::trend::smooth::Loess;
use opros::analysis::trend::state_space::{Anchor, Estimated, PollSeries, PooledPolls, TrendKind, Variances};
use opros::numeric::dist::{Normal, StudentT};
use opros::numeric::matrix::Matrix;
use opros::numeric::stream::Stream;

fn assert_share(what: &str, hits: usize, trials: usize, expected: f64) {
    let share = hits as f64 / trials as f64;
    let error = (expected * (1.0 - expected) / trials as f64).sqrt();
    println!("{what}: {share:.3} of {trials}, expected {expected}, Monte Carlo standard error {error:.3}");
    assert!((share - expected).abs() < 3.3 * error, "{what}: {share} of {trials}, expected {expected}");
}

#[test]
fn pooled_level_houses_and_left_out_polls_are_covered() {
    let z = Normal::STANDARD.upper_quantile(0.025);
    let stream = Stream::named(11, "coverage of pooled polls");
    let (mut level_hits, mut house_hits, mut left_hits, mut left_trials) = (0, 0, 0, 0);
    let rounds = 400;
    for round in 0..rounds {
        let mut draws = stream.child_at(round);
        let truth = [0.0, 0.03, -0.02];
        let (mut time, mut level) = (0.0, 0.5);
        let (mut times, mut estimates, mut variances, mut houses, mut levels) =
            (vec![], vec![], vec![], vec![], vec![]);
        for i in 0..40 {
            let gap = f64::from((i * 5 % 7) as u8);
            time += gap;
            level += (2e-5_f64 * gap).sqrt() * draws.normal();
            let (house, variance) = (i % 3, 2e-4_f64);
            times.push(time);
            levels.push(level);
            houses.push(house);
            variances.push(variance);
            estimates.push(level + truth[house] + variance.sqrt() * draws.normal());
        }
        let series =
            PollSeries { times: &times, estimates: &estimates, variances: &variances, houses: &houses, n_houses: 3 };
        let model = PooledPolls::local_level(series, Anchor::House(0));
        let fit = model.fit(&Variances::of_level(2e-5), &[]).unwrap();
        // One level and one house a round: within a round they depend on each other.
        level_hits += usize::from((fit.levels[17].level - levels[17]).abs() <= z * fit.levels[17].se);
        house_hits += usize::from((fit.houses[1].estimate - truth[1]).abs() <= z * fit.houses[1].se);
        let i = (round % 40) as usize;
        if let Some(left_out) = fit.diagnostics[i].left_out {
            left_trials += 1;
            left_hits += usize::from((estimates[i] - left_out.estimate).abs() <= z * left_out.se);
        }
    }
    assert_share("level", level_hits, rounds as usize, 0.95);
    assert_share("house effect", house_hits, rounds as usize, 0.95);
    assert_share("left-out poll", left_hits, left_trials, 0.95);
}

#[test]
fn an_estimated_level_variance_is_right_on_average() {
    let stream = Stream::named(12, "level variance");
    let rounds = 60;
    let mut ratios: Vec<f64> = (0..rounds)
        .map(|round| {
            let mut draws = stream.child_at(round);
            let mut level = 0.5_f64;
            let n = 200;
            let times: Vec<f64> = (0..n).map(f64::from).collect();
            let estimates: Vec<f64> = (0..n)
                .map(|_| {
                    level += (4e-5_f64).sqrt() * draws.normal();
                    level + 0.01 * draws.normal()
                })
                .collect();
            let (variances, houses) = (vec![1e-4; n as usize], vec![0; n as usize]);
            let series = PollSeries {
                times: &times,
                estimates: &estimates,
                variances: &variances,
                houses: &houses,
                n_houses: 1,
            };
            let estimated = Estimated { level: true, ..Default::default() };
            let found =
                PooledPolls::local_level(series, Anchor::House(0)).maximise(&Variances::of_level(0.0), &estimated);
            found.unwrap().variances.level / 4e-5
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    let middle = ratios[30];
    assert!(middle > 0.85 && middle < 1.15, "{middle}");
}

/// How often intervals with estimated variances hold the level, a house effect, a step and a level to come.
#[derive(Default)]
struct Held {
    level: usize,
    house: usize,
    step: usize,
    ahead: usize,
    scatter: f64,
}

/// Polls of three houses, one of which scatters beyond sampling, with a step in the middle and a level that walks, pooled as a user
/// does it. Time in days.
fn pooled_with_estimated_variances(n: usize, rounds: u64, intervals: PoolIntervals) -> Held {
    let stream = Stream::named(17, "coverage with estimated variances");
    let (truth, step, level_variance) = ([0.0, 0.03, -0.02], 0.04, 1e-5_f64);
    let mut held = Held::default();
    for round in 0..rounds {
        let mut draws = stream.child_at(round);
        let (mut time, mut level) = (0.0, 0.5);
        let (mut polls, mut levels) = (vec![], vec![]);
        for i in 0..n {
            let gap = f64::from((i * 5 % 7) as u8);
            time += gap;
            level += (level_variance * gap).sqrt() * draws.normal();
            let (house, variance) = (i % 3, 2e-4_f64);
            let own = variance + if house == 1 { 6e-4 } else { 0.0 };
            let shown = level + if i >= n / 2 { step } else { 0.0 };
            let share = (shown + truth[house] + own.sqrt() * draws.normal()).clamp(0.0, 1.0);
            let size = Some(share * (1.0 - share) / variance);
            polls.push(Poll {
                time,
                first: time,
                last: time,
                share,
                n: size,
                deff: 1.0,
                rounding_variance: 0.0,
                house,
            });
            levels.push(shown);
        }
        let ahead = 30.0;
        level += (level_variance * ahead).sqrt() * draws.normal();
        levels.push(level + step);
        let at = polls[n / 2].time;
        let pooling = Pooling {
            scale: PoolScale::Share,
            trend: TrendKind::LocalLevel,
            n_houses: 3,
            anchor: HouseAnchor::House(0),
            events: vec![PoolEvent { first: at - 0.1, last: at - 0.1, kind: PoolEventKind::Step }],
            shifts: vec![],
            has_scatter: true,
            grid: vec![polls[n / 3].time, time + ahead],
            window: 1.0,
            intervals,
            level: 0.95,
        };
        let pooled = pool(&polls, &pooling).unwrap();
        let holds = |of: PoolEstimate, truth: f64| usize::from(of.low <= truth && truth <= of.high);
        held.level += holds(pooled.levels[0].share, levels[n / 3]);
        held.ahead += holds(pooled.levels[1].share, levels[n]);
        held.house += holds(pooled.houses[1].effect.unwrap(), truth[1]);
        held.step += holds(pooled.events[0].effect.unwrap(), step);
        held.scatter += pooled.houses[1].scatter.map_or(0.0, |s| s.sd * s.sd) / rounds as f64;
    }
    held
}

/// Rounds of the tests of pooled polls.
const ROUNDS: u64 = 400;

impl Held {
    fn parts(&self) -> [(&'static str, usize); 4] {
        [("level", self.level), ("house effect", self.house), ("step", self.step), ("level to come", self.ahead)]
    }
}

#[test]
fn intervals_hold_that_variances_are_estimated() {
    for n in [60, 300] {
        let held = pooled_with_estimated_variances(n, ROUNDS, PoolIntervals::Averaged);
        for (what, hits) in held.parts() {
            assert_share(&format!("{what}, {n} polls, variances estimated"), hits, ROUNDS as usize, 0.95);
        }
        println!("variance beyond sampling: {:.6}, true 0.0006", held.scatter);
        assert!((held.scatter / 6e-4 - 1.0).abs() < 0.2, "{}", held.scatter);
    }
}

// With 30 polls the prior on variances of which little is known is felt: intervals hold more than they say, and never less.
#[test]
fn with_few_polls_intervals_are_rather_long() {
    let held = pooled_with_estimated_variances(30, ROUNDS, PoolIntervals::Averaged);
    let error = (0.95_f64 * 0.05 / ROUNDS as f64).sqrt();
    for (what, hits) in held.parts() {
        let share = hits as f64 / ROUNDS as f64;
        println!(
            "{what}, 30 polls, variances estimated: {share:.3} of {ROUNDS}, Monte Carlo standard error {error:.3}"
        );
        assert!(share > 0.95 - 3.3 * error, "{what}: {share}");
    }
}

// The intervals of other programs, by their name: variances as known. Why they are not the default: steps are held too rarely, the
// fewer polls the more.
#[test]
fn intervals_that_take_estimated_variances_as_known_are_too_short() {
    for (n, low, high) in [(30, 0.76, 0.88), (60, 0.84, 0.93), (300, 0.90, 0.98)] {
        let held = pooled_with_estimated_variances(n, ROUNDS, PoolIntervals::KnownVariances);
        for (what, hits) in held.parts() {
            println!("{what}, {n} polls, variances taken as known: {:.3} of {ROUNDS}", hits as f64 / ROUNDS as f64);
        }
        let step = held.step as f64 / ROUNDS as f64;
        assert!(low < step && step < high, "{n} polls: {step}");
    }
}

/// 120 values, a shift after 55 of them, errors that follow each other with `rho`.
fn with_shift(draws: &mut Stream, shift: f64, rho: f64) -> Vec<f64> {
    let mut error = draws.normal() / (1.0 - rho * rho).sqrt();
    (0..120)
        .map(|i| {
            error = rho * error + draws.normal();
            f64::from(u8::from(i >= 55)) * shift + error
        })
        .collect()
}

#[test]
fn break_dates_are_covered() {
    let ones = Matrix::from_fn(120, 1, |_, _| 1.0);
    for (shift, rho, errors) in [
        (0.9, 0.0, BreakErrors::Independent),
        (0.9, 0.0, BreakErrors::Autoregressive),
        (1.5, 0.5, BreakErrors::Autoregressive),
    ] {
        let stream = Stream::named(13, "break dates");
        let (rounds, mut hits, mut bai) = (400, 0, 0);
        for round in 0..rounds {
            let y = with_shift(&mut stream.child_at(round), shift, rho);
            let found = RegressionBreaks::find(&ones, &y, 0.15, Some(1)).unwrap();
            hits += usize::from(found.confidence_sets(1, 0.95, errors).unwrap()[0].positions.contains(&55));
            let interval = found.intervals(1, 0.95).unwrap()[0];
            bai += usize::from(interval.low <= 55 && 55 <= interval.high);
        }
        assert_share(&format!("break date, {errors:?}, rho {rho}"), hits, rounds as usize, 0.95);
        println!("the same by the interval of Bai: {:.3}", bai as f64 / rounds as f64);
    }
}

#[test]
fn dates_of_changed_rates_are_covered() {
    let stream = Stream::named(18, "changed rates");
    let (rounds, mut hits) = (400, 0);
    for round in 0..rounds {
        let mut draws = stream.child_at(round);
        let counts: Vec<f64> = (0..40).map(|i| poisson(&mut draws, if i < 18 { 4.0 } else { 7.0 })).collect();
        let found = rate_change(&counts, &[1.0; 40], 5, 1, &mut draws).unwrap();
        hits += usize::from(found.near_best.contains(&18));
    }
    // Counts are whole numbers and few: the set holds more than it says.
    let share = hits as f64 / rounds as f64;
    println!("date of a changed rate: {share:.3} of {rounds}, expected 0.95, Monte Carlo standard error 0.011");
    assert!(share > 0.95 - 3.3 * 0.011, "{share}");
}

/// A Poisson count by the waiting times between events.
fn poisson(draws: &mut Stream, mean: f64) -> f64 {
    let (mut time, mut count) = (0.0, 0.0);
    loop {
        time -= draws.uniform().ln();
        if time > mean {
            return count;
        }
        count += 1.0;
    }
}

#[test]
fn trend_tests_keep_their_level_and_slopes_their_intervals() {
    let stream = Stream::named(14, "trends");
    let rounds = 1000;
    let times: Vec<f64> = (0..30).map(f64::from).collect();
    let (mut rejected, mut covered) = (0, 0);
    for round in 0..rounds {
        let mut draws = stream.child_at(round);
        let noise: Vec<f64> = (0..30).map(|_| draws.normal()).collect();
        rejected += usize::from(mann_kendall(&noise, &times, Autocorrelation::Ignored).unwrap().p_value <= 0.05);
        let rising: Vec<f64> = noise.iter().zip(&times).map(|(e, t)| 0.2 * t + e).collect();
        let line = sen_slope(&rising, &times, 0.95).unwrap();
        covered += usize::from(line.low <= 0.2 && 0.2 <= line.high);
    }
    assert_share("Mann-Kendall", rejected, rounds as usize, 0.05);
    assert_share("Sen's slope", covered, rounds as usize, 0.95);
}

#[test]
fn newey_west_mends_what_autocorrelation_breaks() {
    let stream = Stream::named(15, "autocorrelated errors");
    let rounds = 500;
    let design = Matrix::from_fn(200, 2, |i, j| if j == 0 { 1.0 } else { i as f64 / 200.0 });
    let (mut plain, mut robust) = (0, 0);
    for round in 0..rounds {
        let mut draws = stream.child_at(round);
        let mut error = 0.0;
        let y: Vec<f64> = (0..200)
            .map(|_| {
                error = 0.6 * error + draws.normal();
                error
            })
            .collect();
        let fit = LinearFit::of(&design, &y, None).unwrap();
        let t = StudentT::new(fit.degf).unwrap().upper_quantile(0.025);
        let rejects = |covariance: &Matrix| fit.coefficients[1].abs() > t * covariance[(1, 1)].sqrt();
        plain += usize::from(rejects(&fit.covariance()));
        let errors = NeweyWest { lag: 8, prewhite: true, small_sample: true };
        robust += usize::from(rejects(&errors.covariance(&fit).unwrap()));
    }
    let (plain, robust) = (plain as f64 / rounds as f64, robust as f64 / rounds as f64);
    assert!(plain > 0.2 && robust < 0.12, "{plain} {robust}");
}

#[test]
fn loess_intervals_hold_a_smooth_curve() {
    let stream = Stream::named(16, "loess");
    let rounds = 400;
    let x: Vec<f64> = (0..60).map(|i| f64::from(i) / 60.0).collect();
    let curve = |x: f64| 1.0 + x - 2.0 * x * x;
    let mut hits = 0;
    for round in 0..rounds {
        let mut draws = stream.child_at(round);
        let y: Vec<f64> = x.iter().map(|x| curve(*x) + 0.3 * draws.normal()).collect();
        let fit = Loess::default().fit(&x, &y, None).unwrap();
        let point = fit.predict(&[0.4]).unwrap()[0].unwrap();
        let t = StudentT::new(fit.degf).unwrap().upper_quantile(0.025);
        hits += usize::from((point.fit - curve(0.4)).abs() <= t * point.se);
    }
    assert_share("loess", hits, rounds as usize, 0.95);
}
