//! Simulated series with known truth: intervals hold it as often as they say.
//!
//! With `n` trials and a true coverage of 95 % the share found lies within 3.3 standard errors, √(0.95·0.05/n), of it but once in a
//! thousand runs; seeds are named, so a run that passes passes always.

use opros::analysis::trend::breaks::RegressionBreaks;
use opros::analysis::trend::monotone::{Autocorrelation, mann_kendall, sen_slope};
use opros::analysis::trend::regression::{LinearFit, NeweyWest};
use opros::analysis::trend::smooth::Loess;
use opros::analysis::trend::state_space::{Anchor, Estimated, Event, PollSeries, PooledPolls, Variances};
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

// Variances are estimated and then taken as known, so intervals are a little short where polls are few: 60 polls here, one house
// with scatter beyond sampling, a step in the middle. The bounds say how short they may be.
#[test]
fn with_estimated_variances_intervals_are_a_little_short_and_no_more() {
    let z = Normal::STANDARD.upper_quantile(0.025);
    let stream = Stream::named(17, "coverage with estimated variances");
    let truth = [0.0, 0.03, -0.02];
    let (rounds, n, step) = (200, 60, 0.04);
    let (mut level_hits, mut house_hits, mut step_hits, mut extra) = (0, 0, 0, 0.0);
    for round in 0..rounds {
        let mut draws = stream.child_at(round);
        let (mut time, mut level) = (0.0, 0.5);
        let mut polls = (vec![], vec![], vec![], vec![], vec![]);
        for i in 0..n {
            let gap = f64::from((i * 5 % 7) as u8);
            time += gap;
            level += (1e-5_f64 * gap).sqrt() * draws.normal();
            let (house, variance) = (i % 3, 2e-4_f64);
            let own = variance + if house == 1 { 6e-4 } else { 0.0 };
            let shown = level + if i >= n / 2 { step } else { 0.0 };
            polls.0.push(time);
            polls.1.push(shown + truth[house] + own.sqrt() * draws.normal());
            polls.2.push(variance);
            polls.3.push(house);
            polls.4.push(shown);
        }
        let (times, estimates, variances, houses, levels) = polls;
        let series =
            PollSeries { times: &times, estimates: &estimates, variances: &variances, houses: &houses, n_houses: 3 };
        let mut model = PooledPolls::local_level(series, Anchor::House(0));
        model.events = vec![Event::Step { at: times[n / 2] }];
        let estimated = Estimated { level: true, extra_of: vec![1], ..Default::default() };
        let found = model.maximise(&Variances { level: 0.0, slope: 0.0, extra: vec![0.0; 3] }, &estimated).unwrap();
        let fit = model.fit(&found.variances, &[]).unwrap();
        let holds = |estimate: f64, se: f64, truth: f64| usize::from((estimate - truth).abs() <= z * se);
        level_hits += holds(fit.levels[17].level, fit.levels[17].se, levels[17]);
        house_hits += holds(fit.houses[1].estimate, fit.houses[1].se, truth[1]);
        step_hits += holds(fit.events[0].estimate, fit.events[0].se, step);
        extra += found.variances.extra[1];
    }
    let error = (0.95_f64 * 0.05 / rounds as f64).sqrt();
    for (what, hits) in [("level", level_hits), ("house effect", house_hits), ("step", step_hits)] {
        let share = hits as f64 / rounds as f64;
        println!(
            "{what}, variances estimated: {share:.3} of {rounds}, expected 0.95, Monte Carlo standard error {error:.3}"
        );
        assert!(share > 0.86 && share < 0.95 + 3.3 * error, "{what}: {share}");
    }
    let extra = extra / rounds as f64;
    println!("variance beyond sampling: {extra:.6}, true 0.0006");
    assert!((extra / 6e-4 - 1.0).abs() < 0.2, "{extra}");
}

#[test]
fn break_dates_are_covered() {
    let stream = Stream::named(13, "break dates");
    let rounds = 300;
    let mut hits = 0;
    for round in 0..rounds {
        let mut draws = stream.child_at(round);
        let y: Vec<f64> = (0..120).map(|i| f64::from(u8::from(i >= 55)) * 0.9 + draws.normal()).collect();
        let found = RegressionBreaks::find(&Matrix::from_fn(120, 1, |_, _| 1.0), &y, 0.15, Some(1)).unwrap();
        let interval = found.intervals(1, 0.95).unwrap()[0];
        hits += usize::from(interval.low <= 55 && 55 <= interval.high);
    }
    // Limits are rounded outwards and the law is asymptotic: at least nearly the level, not beyond all of it.
    let share = hits as f64 / rounds as f64;
    println!("break date: {share:.3} of {rounds}, expected 0.95, Monte Carlo standard error 0.013");
    assert!(share > 0.90, "{share}");
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
