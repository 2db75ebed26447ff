//! Pooled polls: the fast route against the plain one, leave-one-out against leaving one out, and input at its limits.

use opros::analysis::trend::TrendError;
use opros::analysis::trend::state_space::{
    Anchor, Estimated, Event, HouseEffects, Initial, PollSeries, PooledPolls, StateSpace, Step, TrendKind, Variances,
    poll_logit, poll_variance,
};
use opros::numeric::matrix::Matrix;
use opros::numeric::stream::Stream;

struct Polls {
    times: Vec<f64>,
    estimates: Vec<f64>,
    variances: Vec<f64>,
    houses: Vec<usize>,
    n_houses: usize,
}

impl Polls {
    /// Polls in order of time, two of them on one day, with a gap.
    fn simulated(n: usize, n_houses: usize, level_variance: f64, seed: u64) -> Polls {
        let mut stream = Stream::named(seed, "pooled polls");
        let (mut time, mut level) = (0.0, 0.5);
        let mut polls = Polls { times: vec![], estimates: vec![], variances: vec![], houses: vec![], n_houses };
        for i in 0..n {
            let gap = if i == n / 2 { 40.0 } else { f64::from((i % 3) as u8) };
            time += gap;
            level += (level_variance * gap).sqrt() * stream.normal();
            let house = if i < n_houses { i } else { stream.index(n_houses) };
            let variance = 1e-4 * (1.0 + stream.uniform());
            polls.times.push(time);
            polls.houses.push(house);
            polls.variances.push(variance);
            polls.estimates.push(level + 0.01 * house as f64 + variance.sqrt() * stream.normal());
        }
        polls
    }

    fn series(&self) -> PollSeries<'_> {
        PollSeries {
            times: &self.times,
            estimates: &self.estimates,
            variances: &self.variances,
            houses: &self.houses,
            n_houses: self.n_houses,
        }
    }

    /// The same model with every effect in the state.
    fn plain(&self, level_variance: f64, effects: &Matrix) -> StateSpace {
        let n = self.times.len();
        let steps = (0..n)
            .map(|i| {
                let gap = if i + 1 < n { self.times[i + 1] - self.times[i] } else { 1.0 };
                Step { transition: Matrix::identity(1), variance: Matrix::from_diagonal(&[level_variance * gap]) }
            })
            .collect();
        StateSpace::new(Matrix::from_fn(n, 1, |_, _| 1.0), self.variances.clone(), steps, vec![Initial::Diffuse])
            .and_then(|model| model.with_regressors(effects))
            .unwrap()
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-8 * (1e-3 + b.abs())
}

// Diffuse coefficients in the state and generalised least squares beside the filter are one posterior.
// Durbin and Koopman (2012), sections 6.2.2 and 6.2.3.
#[test]
fn effects_beside_the_filter_equal_effects_in_the_state() {
    let polls = Polls::simulated(60, 4, 2e-5, 1);
    let effects = Matrix::from_fn(60, 3, |i, j| f64::from(u8::from(polls.houses[i] == j + 1)));
    let plain = polls.plain(2e-5, &effects).smooth(&polls.estimates).unwrap();
    let pooled =
        PooledPolls::local_level(polls.series(), Anchor::House(0)).fit(&Variances::of_level(2e-5), &[]).unwrap();
    assert!((pooled.log_likelihood - plain.log_likelihood).abs() < 1e-7);
    for i in 0..60 {
        assert!(close(pooled.levels[i].level, plain.state[(i, 3)]), "level {i}");
        assert!(close(pooled.levels[i].se, plain.variance[i][(3, 3)].sqrt()), "se {i}");
    }
    for h in 1..4 {
        assert!(close(pooled.houses[h].estimate, plain.state[(0, h - 1)]));
        assert!(close(pooled.houses[h].se, plain.variance[0][(h - 1, h - 1)].sqrt()));
    }
    assert_eq!((pooled.houses[0].estimate, pooled.houses[0].se), (0.0, 0.0));
}

// An integrated random walk over unequal gaps, with a step: transition [1 Δ; 0 1].
#[test]
fn a_local_linear_trend_equals_the_plain_filter() {
    let polls = Polls::simulated(40, 1, 2e-5, 2);
    let (n, ql, qs) = (40, 1e-5, 1e-6);
    let steps = (0..n)
        .map(|i| {
            let g = if i + 1 < n { polls.times[i + 1] - polls.times[i] } else { 1.0 };
            let variance =
                Matrix::from_rows(&[[ql * g + qs * g * g * g / 3.0, qs * g * g / 2.0], [qs * g * g / 2.0, qs * g]]);
            Step { transition: Matrix::from_rows(&[[1.0, g], [0.0, 1.0]]), variance }
        })
        .collect();
    let at = polls.times[25];
    let step = Matrix::from_fn(n, 1, |i, _| f64::from(u8::from(polls.times[i] >= at)));
    let loadings = Matrix::from_fn(n, 2, |_, j| if j == 0 { 1.0 } else { 0.0 });
    let plain = StateSpace::new(loadings, polls.variances.clone(), steps, vec![Initial::Diffuse; 2])
        .and_then(|model| model.with_regressors(&step))
        .unwrap()
        .smooth(&polls.estimates)
        .unwrap();
    let mut model = PooledPolls::local_level(polls.series(), Anchor::SumToZero);
    model.trend = TrendKind::LocalLinear;
    model.events = vec![Event::Step { at }];
    let pooled = model.fit(&Variances { level: ql, slope: qs, extra: vec![] }, &[]).unwrap();
    assert!((pooled.log_likelihood - plain.log_likelihood).abs() < 1e-6);
    assert!(close(pooled.events[0].estimate, plain.state[(0, 0)]));
    assert!(close(pooled.events[0].se, plain.variance[0][(0, 0)].sqrt()));
    for i in 0..n {
        let stepped = if i >= 25 { plain.state[(i, 0)] } else { 0.0 };
        assert!(close(pooled.levels[i].level, plain.state[(i, 1)] + stepped), "level {i}");
        assert!(close(pooled.levels[i].slope.unwrap(), plain.state[(i, 2)]), "slope {i}");
    }
}

// The anchor moves a constant between the level and the houses: level + house stays, and so does the likelihood.
#[test]
fn anchors_move_a_constant_and_nothing_else() {
    let polls = Polls::simulated(50, 3, 2e-5, 3);
    let fit = |anchor| PooledPolls::local_level(polls.series(), anchor).fit(&Variances::of_level(2e-5), &[]).unwrap();
    let (first, zero) = (fit(Anchor::House(1)), fit(Anchor::SumToZero));
    let weighted = fit(Anchor::Weighted(vec![0.2, 0.3, 0.5]));
    assert!(zero.houses.iter().map(|h| h.estimate).sum::<f64>().abs() < 1e-12);
    let tilt: f64 = weighted.houses.iter().zip([0.2, 0.3, 0.5]).map(|(h, w)| w * h.estimate).sum();
    assert!(tilt.abs() < 1e-12);
    for (i, house) in polls.houses.iter().enumerate() {
        let sum = |p: &opros::analysis::trend::state_space::Pooled| p.levels[i].level + p.houses[*house].estimate;
        assert!((sum(&first) - sum(&zero)).abs() < 1e-10 && (sum(&first) - sum(&weighted)).abs() < 1e-10);
    }
    // The likelihood of diffuse terms depends on the parametrisation by a constant only; here it is the same one.
    assert!((zero.log_likelihood - weighted.log_likelihood).abs() < 1e-9);
}

// Deletion residuals from one pass are what a fit without the poll predicts for it.
#[test]
fn leaving_one_out_is_what_it_says() {
    let polls = Polls::simulated(24, 3, 2e-5, 4);
    for houses in [HouseEffects::Fixed(Anchor::SumToZero), HouseEffects::Shrunken { sd: 0.02 }] {
        let whole =
            PooledPolls { houses: houses.clone(), ..PooledPolls::local_level(polls.series(), Anchor::House(0)) };
        let variances = Variances::of_level(2e-5);
        let all = whole.fit(&variances, &[]).unwrap();
        for i in [0, 7, 12, 23] {
            let mut estimates = polls.estimates.clone();
            estimates[i] = f64::NAN;
            let without =
                PooledPolls { polls: PollSeries { estimates: &estimates, ..polls.series() }, ..whole.clone() };
            let rest = without.fit(&variances, &[]).unwrap();
            let predicted = rest.levels[i].level + rest.houses[polls.houses[i]].estimate;
            let left_out = all.diagnostics[i].left_out.unwrap();
            assert!(close(left_out.estimate, predicted), "{i}: {} {predicted}", left_out.estimate);
            let z = (polls.estimates[i] - predicted) / left_out.se;
            assert!(close(all.diagnostics[i].left_out_z.unwrap(), z));
        }
    }
}

#[test]
fn order_of_rows_does_not_matter() {
    let polls = Polls::simulated(30, 3, 2e-5, 5);
    let mut shuffled: Vec<usize> = (0..30).collect();
    Stream::named(5, "shuffle").shuffle(&mut shuffled);
    // Polls of one day keep their order, so that sums run the same way.
    let turned = Polls {
        times: shuffled.iter().map(|i| polls.times[*i]).collect(),
        estimates: shuffled.iter().map(|i| polls.estimates[*i]).collect(),
        variances: shuffled.iter().map(|i| polls.variances[*i]).collect(),
        houses: shuffled.iter().map(|i| polls.houses[*i]).collect(),
        n_houses: 3,
    };
    let fit = |p: &Polls| {
        PooledPolls::local_level(p.series(), Anchor::House(0)).fit(&Variances::of_level(2e-5), &[5.0]).unwrap()
    };
    let (a, b) = (fit(&polls), fit(&turned));
    for (position, i) in shuffled.iter().enumerate() {
        assert!(close(b.levels[position].level, a.levels[*i].level));
    }
    assert!(close(a.further[0].level, b.further[0].level));
}

#[test]
fn further_times_between_and_after_polls() {
    let polls = Polls::simulated(30, 2, 2e-5, 6);
    let last = *polls.times.last().unwrap();
    let model = PooledPolls::local_level(polls.series(), Anchor::House(0));
    let fit = model.fit(&Variances::of_level(2e-5), &[polls.times[10], last + 100.0, last + 200.0, -50.0]).unwrap();
    assert!(close(fit.further[0].level, fit.levels[10].level) && close(fit.further[0].se, fit.levels[10].se));
    assert!(!fit.further[0].is_forecast && fit.further[1].is_forecast && !fit.further[3].is_forecast);
    // A random walk is forecast flat, its variance grows with time.
    assert!(close(fit.further[1].level, fit.further[2].level));
    let growth = fit.further[2].se * fit.further[2].se - fit.further[1].se * fit.further[1].se;
    assert!(close(growth, 2e-5 * 100.0));
    assert!(fit.further[3].se > fit.levels[0].se);
}

#[test]
fn variances_are_found_where_they_were() {
    let polls = Polls::simulated(1500, 3, 4e-5, 7);
    let model = PooledPolls::local_level(polls.series(), Anchor::SumToZero);
    let found = model.maximise(&Variances::of_level(0.0), &Estimated { level: true, ..Default::default() }).unwrap();
    assert!(found.variances.level > 2e-5 && found.variances.level < 8e-5, "{found:?}");
    // House 1 scatters by 0.02 more than it says.
    let mut noisy = Polls::simulated(1500, 3, 4e-5, 8);
    let mut stream = Stream::named(8, "scatter");
    for i in 0..1500 {
        if noisy.houses[i] == 1 {
            noisy.estimates[i] += 0.02 * stream.normal();
        }
    }
    let model = PooledPolls::local_level(noisy.series(), Anchor::SumToZero);
    let estimated = Estimated { level: true, extra_of: vec![1], ..Default::default() };
    let found = model.maximise(&Variances::of_level(0.0), &estimated).unwrap();
    assert!(found.variances.extra[1] > 2.5e-4 && found.variances.extra[1] < 6e-4, "{found:?}");
}

// Issue 4, last bar.
#[test]
fn input_at_its_limits() {
    let fit = |times: &[f64], estimates: &[f64], houses: &[usize], n_houses: usize| {
        let variances = vec![1e-4; times.len()];
        let series = PollSeries { times, estimates, variances: &variances, houses, n_houses };
        PooledPolls::local_level(series, Anchor::House(0)).fit(&Variances::of_level(1e-5), &[])
    };
    // One poll: its own level and error; no other poll speaks of it.
    let one = fit(&[3.0], &[0.4], &[0], 1).unwrap();
    assert!(close(one.levels[0].level, 0.4) && close(one.levels[0].se, 0.01));
    assert!(one.diagnostics[0].left_out.is_none());
    // Two on one day.
    let two = fit(&[3.0, 3.0], &[0.4, 0.5], &[0, 0], 1).unwrap();
    assert!(close(two.levels[0].level, 0.45) && close(two.levels[1].level, 0.45));
    // All equal.
    let equal = fit(&[1.0, 2.0, 3.0], &[0.3; 3], &[0, 1, 0], 2).unwrap();
    assert!(equal.levels.iter().all(|l| close(l.level, 0.3)) && equal.houses[1].estimate.abs() < 1e-12);
    // A house with one poll: fitted exactly, so it says nothing of the level.
    let lone = fit(&[1.0, 2.0, 3.0], &[0.3, 0.9, 0.3], &[0, 1, 0], 2).unwrap();
    assert!(close(lone.levels[1].level, 0.3) && lone.diagnostics[1].left_out.is_none());
    // Ten years without a poll.
    let gap = fit(&[0.0, 3650.0], &[0.3, 0.6], &[0, 0], 1).unwrap();
    assert!(close(gap.levels[1].level, 0.6) || (gap.levels[1].level - 0.6).abs() < 1e-2);
    // No answer in one of three; none at all.
    assert!(fit(&[0.0, 1.0, 2.0], &[0.3, f64::NAN, 0.5], &[0, 0, 0], 1).is_ok());
    assert!(matches!(fit(&[0.0], &[f64::NAN], &[0], 1), Err(TrendError::TooFew { .. })));
    assert!(matches!(fit(&[], &[], &[], 1), Err(TrendError::TooFew { .. })));
    // A house without polls, a code that does not exist, times that are not numbers.
    assert!(matches!(fit(&[0.0], &[0.5], &[0], 2), Err(TrendError::TermNotIdentified { .. })));
    assert!(matches!(fit(&[0.0], &[0.5], &[1], 1), Err(TrendError::OutOfRange { .. })));
    assert!(matches!(fit(&[f64::NAN], &[0.5], &[0], 1), Err(TrendError::NotFinite { .. })));
}

#[test]
fn an_event_outside_the_polls_is_named() {
    let polls = Polls::simulated(20, 1, 1e-5, 9);
    let last = *polls.times.last().unwrap();
    for event in [Event::Step { at: last + 1.0 }, Event::Step { at: -5.0 }, Event::Pulse { from: -9.0, to: -5.0 }] {
        let mut model = PooledPolls::local_level(polls.series(), Anchor::House(0));
        model.events = vec![event];
        let result = model.fit(&Variances::of_level(1e-5), &[]);
        assert!(matches!(result, Err(TrendError::TermNotIdentified { .. })), "{event:?}");
    }
}

#[test]
fn no_poll_is_certain() {
    assert!(poll_variance(0.0, 800.0, 1.4, 0.01, 1).unwrap() > 0.0);
    assert!(poll_variance(1.0, 800.0, 1.4, 0.0, 0).unwrap() > 0.0);
    let (logit, variance) = poll_logit(1.0, poll_variance(1.0, 800.0, 1.0, 0.0, 0).unwrap(), 800.0).unwrap();
    assert!(logit.is_finite() && variance.is_finite());
    let half = poll_variance(0.5, 1600.0, 1.9, 0.01, 2).unwrap();
    assert!(close(half, 1.9 * 0.25 / 1600.0 + 2.0 * 1e-4 / 12.0));
    assert!(poll_variance(0.5, 0.0, 1.0, 0.0, 0).is_err());
}
