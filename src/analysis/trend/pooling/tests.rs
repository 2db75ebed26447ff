use super::*;
use crate::analysis::trend::breaks::PlaceboShare;
use crate::numeric::stream::Stream;

fn options(n_houses: usize) -> Pooling {
    Pooling {
        scale: PoolScale::Share,
        trend: TrendKind::LocalLevel,
        n_houses,
        anchor: HouseAnchor::House(0),
        events: vec![],
        shifts: vec![],
        has_scatter: false,
        grid: vec![],
        window: 0.25,
        intervals: PoolIntervals::Averaged,
        level: 0.95,
    }
}

fn poll(time: f64, share: f64, house: usize) -> Poll {
    Poll { time, first: time, last: time, share, n: Some(1000.0), deff: 1.0, rounding_variance: 0.0, house }
}

fn step(at: f64) -> PoolEvent {
    PoolEvent { first: at, last: at, kind: PoolEventKind::Step }
}

/// Two houses, one 4 points above the other, a level that walks, a step of 10 points after 30 polls.
fn simulated(seed: u64) -> Vec<Poll> {
    let mut stream = Stream::named(seed, "pooling");
    let mut level = 0.5;
    (0..60)
        .map(|i| {
            level += 0.004 * stream.normal();
            let house = i % 2;
            let jump = if i >= 30 { 0.1 } else { 0.0 };
            let share = level + jump + 0.04 * house as f64 + 0.0158 * stream.normal();
            poll(2000.0 + i as f64 / 12.0 + 0.02, share, house)
        })
        .collect()
}

#[test]
fn a_step_and_a_house_are_found() {
    let polls = simulated(1);
    let pooling = Pooling { events: vec![step(2002.5)], grid: vec![2001.0, 2004.0, 2005.2], ..options(2) };
    let pooled = pool(&polls, &pooling).unwrap();
    let event = &pooled.events[0];
    let effect = event.effect.unwrap();
    assert!(effect.low < 0.1 && 0.1 < effect.high && effect.low > 0.0, "{effect:?}");
    let found = event.test.unwrap();
    assert!(found.degf.unwrap() > 4.0 && found.p_value < 0.01, "{found:?}");
    let smallest = event.smallest_detectable.unwrap();
    assert!(smallest > 0.5 * (effect.high - effect.low) && smallest < 0.8 * (effect.high - effect.low), "{smallest}");
    assert_eq!((event.nearest[0].before, event.nearest[0].after), (Some(28), Some(30)));
    assert_eq!((event.nearest[1].before, event.nearest[1].after), (Some(29), Some(31)));
    let house = pooled.houses[1].effect.unwrap();
    assert!(house.low < 0.04 && 0.04 < house.high, "{house:?}");
    assert_eq!(pooled.houses[0].effect.unwrap().estimate, 0.0);
    assert_eq!(pooled.levels.iter().map(|l| l.is_forecast).collect::<Vec<_>>(), [false, false, true]);
    assert!(pooled.levels[2].share.se > pooled.levels[1].share.se);
}

#[test]
fn with_known_variances_laws_are_normal_and_intervals_shorter() {
    let polls = simulated(1);
    let pooling = Pooling { events: vec![step(2002.5)], grid: vec![2001.0], has_scatter: true, ..options(2) };
    let averaged = pool(&polls, &pooling).unwrap();
    let known = pool(&polls, &Pooling { intervals: PoolIntervals::KnownVariances, ..pooling }).unwrap();
    let effect = known.events[0].effect.unwrap();
    assert!((known.events[0].smallest_detectable.unwrap() - 2.801_585_2 * effect.se).abs() < 1e-6);
    assert!((effect.high - effect.estimate - 1.959_963_984_540_054 * effect.se).abs() < 1e-12);
    assert_eq!(known.events[0].test.unwrap().degf, None);
    assert_eq!(known.events[0].at_likeliest, Some(effect.estimate));
    assert_eq!(averaged.events[0].at_likeliest, Some(effect.estimate));
    let width = |of: PoolEstimate| of.high - of.low;
    assert!(width(averaged.events[0].effect.unwrap()) > width(effect));
    assert!(width(averaged.levels[0].share) > width(known.levels[0].share));
    assert!(width(averaged.houses[1].effect.unwrap()) > width(known.houses[1].effect.unwrap()));
}

#[test]
fn houses_can_be_weighted_or_shrunken() {
    let polls = simulated(2);
    let effects = |anchor| {
        let pooled = pool(&polls, &Pooling { anchor, ..options(2) }).unwrap();
        pooled.houses.iter().map(|house| house.effect.unwrap()).collect::<Vec<_>>()
    };
    let weighted = effects(HouseAnchor::Weighted(vec![3.0, 1.0]));
    assert!((3.0 * weighted[0].estimate + weighted[1].estimate).abs() < 1e-9);
    let free = effects(HouseAnchor::SumToZero);
    let difference = |of: &[PoolEstimate]| of[1].estimate - of[0].estimate;
    assert!((difference(&weighted) - difference(&free)).abs() < 1e-4);
    let (little, much) = (effects(HouseAnchor::Shrunken { sd: 0.1 }), effects(HouseAnchor::Shrunken { sd: 0.002 }));
    assert!((difference(&little) - difference(&free)).abs() < 0.002, "{little:?} {free:?}");
    assert!(difference(&much) < 0.3 * difference(&free), "{much:?}");
    assert!(much[0].se > 0.0 && much[0].se < little[0].se);
    for anchor in [
        HouseAnchor::Weighted(vec![0.0, 0.0]),
        HouseAnchor::Weighted(vec![1.0]),
        HouseAnchor::Weighted(vec![-1.0, 2.0]),
        HouseAnchor::Shrunken { sd: 0.0 },
    ] {
        assert!(pool(&polls, &Pooling { anchor: anchor.clone(), ..options(2) }).is_err(), "{anchor:?}");
    }
}

#[test]
fn both_anchors_give_one_fit() {
    let polls = simulated(2);
    let events = vec![step(2002.5)];
    let known = Pooling { events, intervals: PoolIntervals::KnownVariances, ..options(2) };
    let anchored = pool(&polls, &known).unwrap();
    let zero = pool(&polls, &Pooling { anchor: HouseAnchor::SumToZero, ..known }).unwrap();
    let (a, z) = (anchored.houses[1].effect.unwrap(), zero.houses.iter().map(|h| h.effect.unwrap().estimate));
    let z: Vec<f64> = z.collect();
    assert!((z[0] + z[1]).abs() < 1e-12 && (z[1] - z[0] - a.estimate).abs() < 1e-9);
    let (first, second) = (anchored.events[0].effect.unwrap(), zero.events[0].effect.unwrap());
    assert!((first.estimate - second.estimate).abs() < 1e-9);
    assert!((anchored.log_likelihood - zero.log_likelihood).abs() < 1e-6);
}

#[test]
fn a_poll_of_which_only_the_month_is_known_straddles_an_event_of_the_month() {
    let mut polls = simulated(3);
    polls[30] = Poll { first: 2002.49, last: 2002.57, ..polls[30] };
    let pooled = pool(&polls, &Pooling { events: vec![step(2002.5)], ..options(2) }).unwrap();
    assert_eq!(pooled.left_out, [(30, LeftOut::Straddles(0))]);
    assert_eq!(pooled.events[0].straddling, [30]);
    assert_eq!(pooled.events[0].nearest[0].after, Some(32));
    // A slope starts from nothing.
    let slope = PoolEvent { kind: PoolEventKind::Slope, ..step(2002.5) };
    assert!(pool(&polls, &Pooling { events: vec![slope], ..options(2) }).unwrap().left_out.is_empty());
}

#[test]
fn events_and_shifts_without_polls_say_so() {
    let polls = simulated(4);
    // The second and third event have no poll between them.
    let events = vec![step(1990.0), step(2002.5), step(2002.501), step(2040.0)];
    let shifts = vec![HouseShift { house: 1, from: 1990.0 }, HouseShift { house: 1, from: 2003.5 }];
    let pooled = pool(&polls, &Pooling { events, shifts, ..options(2) }).unwrap();
    let known: Vec<bool> = pooled.events.iter().map(|e| e.effect.is_ok()).collect();
    assert_eq!(known, [false, true, false, false]);
    assert!(pooled.events[2].effect.unwrap_err().contains("apart"));
    assert!(pooled.shifts[0].effect.is_err() && pooled.shifts[1].effect.is_ok());
}

#[test]
fn logits_and_shares_agree_in_the_middle() {
    let polls = simulated(5);
    let pooling = Pooling { events: vec![step(2002.5)], grid: vec![2003.0], ..options(2) };
    let shares = pool(&polls, &pooling).unwrap();
    let logits = pool(&polls, &Pooling { scale: PoolScale::Logit, ..pooling }).unwrap();
    let difference = |a: PoolEstimate, b: PoolEstimate| (a.estimate - b.estimate).abs();
    assert!(difference(shares.levels[0].share, logits.levels[0].share) < 0.01);
    assert!(difference(shares.events[0].effect.unwrap(), logits.events[0].effect.unwrap()) < 0.01);
    assert!((logits.per_unit - 0.25).abs() < 0.02);
    assert_eq!(shares.per_unit, 1.0);
}

#[test]
fn the_step_stands_out_among_placebos() {
    let polls = simulated(6);
    let pooling = Pooling { events: vec![step(2002.5)], ..options(2) };
    let pooled = pool(&polls, &pooling).unwrap();
    let dates: Vec<f64> = (3..20).map(|i| 2000.1 + f64::from(i) / 12.0).chain([1980.0]).collect();
    let steps = placebo_steps(&polls, &pooling, &pooled, &dates);
    assert_eq!(steps.iter().filter(|s| s.is_none()).count(), 1);
    let sizes: Vec<f64> = steps.iter().flatten().copied().collect();
    let share = PlaceboShare::of(pooled.events[0].at_likeliest.unwrap(), &sizes).unwrap();
    assert_eq!((share.n_dates, share.n_as_large), (17, 0));
}

#[test]
fn drift_is_told_from_constant_offsets() {
    let constant = simulated(7);
    // An offset that walks away by 24 points.
    let moving: Vec<Poll> = constant
        .iter()
        .enumerate()
        .map(|(i, p)| Poll { share: p.share + if p.house == 1 { -0.004 * i as f64 } else { 0.0 }, ..*p })
        .collect();
    let pooling = Pooling { grid: vec![2001.0, 2004.0, 2030.0], ..options(2) };
    let stream = Stream::named(7, "drift");
    let fit = |polls: &[Poll]| drift(polls, &pooling, &pool(polls, &pooling).unwrap(), false, &stream).unwrap();
    let still = fit(&constant);
    assert!(still.p_value > 0.01);
    let moved = fit(&moving);
    assert!(moved.p_value < 1e-4, "{}", moved.p_value);
    // What is found without doubt is larger than the smallest that would be found.
    let smallest = still.smallest_detectable.unwrap();
    assert!(smallest < moved.drift_sd && smallest > 0.002, "{smallest} {}", moved.drift_sd);
    let offset = |i: usize| moved.offsets[1][i].unwrap().estimate;
    assert!(offset(1) - offset(0) < -0.1);
    assert!(moved.offsets[1][2].is_none() && moved.offsets[0].iter().all(Option::is_none));
    let free = Pooling { anchor: HouseAnchor::SumToZero, ..pooling.clone() };
    assert!(drift(&moving, &free, &pool(&moving, &free).unwrap(), false, &stream).is_err());
}

#[test]
fn scatter_beyond_sampling_is_given_to_its_house() {
    let mut stream = Stream::named(8, "scatter");
    let polls: Vec<Poll> = (0..200)
        .map(|i| {
            let house = i % 2;
            let sd: f64 = if house == 1 { 0.05 } else { 0.0158 };
            poll(2000.0 + i as f64 / 24.0, 0.5 + sd * stream.normal(), house)
        })
        .collect();
    let pooled = pool(&polls, &Pooling { has_scatter: true, ..options(2) }).unwrap();
    let (_, low, high) = pooled.houses[1].scatter.unwrap().se_and_limits.unwrap();
    // √(0.05² − 0.0158²) = 0.0474.
    assert!(low < 0.0474 && 0.0474 < high, "{low} {high}");
    assert!(pooled.houses[0].scatter.unwrap().sd < 0.01);
    let shares = pooled.houses[1].hold_out.shares().unwrap();
    assert!((shares[0] - 0.5).abs() < 0.15 && shares[2] > 0.9, "{shares:?}");
}

#[test]
fn a_wild_poll_is_named() {
    let mut polls = simulated(9);
    polls[20].share += 0.15;
    let pooled = pool(&polls, &options(2)).unwrap();
    assert_eq!(pooled.outliers.iter().map(|o| o.poll).collect::<Vec<_>>(), [20]);
    assert!(pooled.outliers[0].z > 4.0);
}

#[test]
fn input_at_its_limits() {
    let one = [poll(2000.0, 0.5, 0)];
    assert!(matches!(pool(&one, &options(1)), Err(TrendError::TooFew { .. })));
    assert!(pool(&[], &options(1)).is_err());
    // Two polls on one day, all equal, from two houses, one of them with one poll.
    let same = [poll(2000.0, 0.5, 0), poll(2000.0, 0.5, 0), poll(2001.0, 0.5, 0), poll(2002.0, 0.5, 1)];
    let grid = vec![2000.5, 2011.0];
    let pooled = pool(&same, &Pooling { grid, window: 1.0, ..options(2) }).unwrap();
    assert!((pooled.levels[0].share.estimate - 0.5).abs() < 1e-9 && pooled.levels[0].share.se > 0.0);
    assert_eq!((pooled.levels[0].n_houses, pooled.levels[1].n_houses), (1, 0));
    assert_eq!(pooled.houses[1].n_polls, 1);
    assert_eq!(pooled.houses[1].hold_out.n_polls, 0);
    // None and all of the people, on both scales.
    let ends: Vec<Poll> = (0..6).map(|i| poll(2000.0 + f64::from(i), f64::from(i % 2), 0)).collect();
    for scale in [PoolScale::Share, PoolScale::Logit] {
        let pooled = pool(&ends, &Pooling { scale, grid: vec![2003.0], ..options(1) }).unwrap();
        let share = pooled.levels[0].share;
        assert!(share.low >= 0.0 && share.high <= 1.0 && share.se.is_finite(), "{share:?}");
    }
    // A gap of ten years, dates in any order.
    let mut gap: Vec<Poll> = simulated(10).into_iter().take(20).collect();
    gap.extend(simulated(11).into_iter().take(20).map(|p| Poll {
        time: p.time + 12.0,
        first: p.first + 12.0,
        last: p.last + 12.0,
        ..p
    }));
    let pooling = Pooling { grid: vec![2001.0, 2007.0], ..options(2) };
    let sorted = pool(&gap, &pooling).unwrap();
    gap.reverse();
    let reversed = pool(&gap, &pooling).unwrap();
    assert!(sorted.levels[1].share.se > 2.0 * sorted.levels[0].share.se);
    assert!((sorted.levels[1].share.estimate - reversed.levels[1].share.estimate).abs() < 1e-9);
    // n missing: left out, and an anchor without polls is refused.
    let mut unknown = simulated(12);
    for p in unknown.iter_mut().filter(|p| p.house == 0) {
        p.n = None;
    }
    assert!(matches!(pool(&unknown, &options(2)), Err(TrendError::TermNotIdentified { .. })));
    let pooled = pool(&unknown, &Pooling { anchor: HouseAnchor::House(1), ..options(2) }).unwrap();
    assert_eq!((pooled.used.len(), pooled.left_out.len()), (30, 30));
    assert!(pooled.houses[0].effect.is_none());
    // Numbers out of range.
    for bad in [Poll { share: 1.2, ..one[0] }, Poll { n: Some(0.0), ..one[0] }, Poll { house: 9, ..one[0] }] {
        assert!(pool(&[bad; 5], &options(1)).is_err());
    }
    assert!(pool(&[Poll { time: f64::NAN, ..one[0] }; 5], &options(1)).is_err());
}

// Without sampling error the variance of a random walk is the mean square of its steps over their lengths, and halfway between two polls
// a level lies within half a root of the variance of the step between them.
#[test]
fn polls_a_million_variances_apart_are_followed() {
    let polls: Vec<Poll> = (0..6).map(|i| poll(2000.0 + f64::from(i) / 12.0, f64::from(i % 2), 0)).collect();
    let grid = vec![2000.0 + 1.0 / 12.0, 2000.0 + 1.5 / 12.0];
    let pooling = Pooling { grid, intervals: PoolIntervals::KnownVariances, ..options(1) };
    let averaged = pool(&polls, &Pooling { intervals: PoolIntervals::Averaged, ..pooling.clone() }).unwrap();
    assert!(averaged.levels.iter().all(|level| level.share.se.is_finite() && level.share.low < level.share.high));
    let pooled = pool(&polls, &pooling).unwrap();
    assert!((pooled.level_sd.sd / 12f64.sqrt() - 1.0).abs() < 0.01, "{:?}", pooled.level_sd);
    assert!(pooled.levels[0].share.estimate > 0.99 && pooled.levels[0].share.se > 5e-4, "{:?}", pooled.levels[0]);
    assert!((pooled.levels[1].share.se - 0.5).abs() < 0.01, "{:?}", pooled.levels[1]);
}
