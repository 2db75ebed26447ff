//! House effects that drift.

use super::super::check::{at_least, not_negative, positive};
use super::super::error::TrendError;
use super::model::{Initial, StateSpace, Step};
use super::pooled::PollSeries;
use super::pooled_fit::{PooledLevel, TermEffect};
use super::pooled_terms::Event;
use crate::numeric::matrix::Matrix;

/// A level with an offset of each house that walks at random.
#[derive(Debug, Clone, PartialEq)]
pub struct DriftingOffsets {
    /// At each poll, in the order of the input.
    pub levels: Vec<PooledLevel>,
    /// By house, at each poll; zero for the anchor.
    pub offsets: Vec<Vec<TermEffect>>,
    /// In the order of the input.
    pub events: Vec<TermEffect>,
    pub log_likelihood: f64,
}

/// Pools polls with house effects that drift against an anchor house; shows whether constant effects can be believed.
///
/// # Definition
/// As [`super::PooledPolls`] with a local level, but h(house, t) is a random walk of variance `drift` per unit of time from a diffuse
/// start; the anchor has none. With `drift` 0 the effects are constant. Events move the level of all houses alike and are states that
/// stay as they are, from a diffuse start.
///
/// # Shapes and units
/// The state has an element per house and event, so cost grows with the cube of their number: made for a few dozen.
///
/// # Errors
/// Lengths that differ, codes out of range, values or times that are not finite, variances not above 0, a house without a poll.
///
/// # References
/// Jackman (2005), Australian Journal of Political Science 40(4). Durbin and Koopman (2012), chapter 5.
pub fn drifting_offsets(
    polls: PollSeries<'_>,
    anchor: usize,
    level_variance: f64,
    drift: f64,
    events: &[Event],
) -> Result<DriftingOffsets, TrendError> {
    let n = polls.times.len();
    let (level_variance, drift) =
        (not_negative("the level variance", level_variance)?, not_negative("the drift variance", drift)?);
    super::super::check::same_length("estimates", polls.estimates.len(), n)?;
    super::super::check::same_length("variances", polls.variances.len(), n)?;
    super::super::check::same_length("houses", polls.houses.len(), n)?;
    super::super::check::all_finite("the times", polls.times)?;
    at_least("polls", n, 1)?;
    for code in polls.houses.iter().chain([&anchor]) {
        if *code >= polls.n_houses {
            let got = *code as f64;
            return Err(TrendError::OutOfRange { what: "a house code", got, expected: "below the number of houses" });
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| polls.times[*a].total_cmp(&polls.times[*b]).then(a.cmp(b)));
    // State: the level, then the houses but the anchor.
    let element = |house: usize| if house < anchor { house + 1 } else { house };
    let (n_houses, m) = (polls.n_houses, polls.n_houses + events.len());
    let loadings = Matrix::from_fn(n, m, |i, j| {
        if j >= n_houses {
            return events[j - n_houses].at(polls.times[order[i]]);
        }
        let house = polls.houses[order[i]];
        f64::from(u8::from(j == 0 || (house != anchor && j == element(house))))
    });
    let variances =
        order
            .iter()
            .map(|i| {
                if polls.estimates[*i].is_nan() {
                    Ok(1.0)
                } else {
                    positive("a sampling variance", polls.variances[*i])
                }
            })
            .collect::<Result<Vec<f64>, _>>()?;
    let movement = |j: usize| match j {
        0 => level_variance,
        j if j < n_houses => drift,
        _ => 0.0,
    };
    let steps = (0..n)
        .map(|i| {
            let gap = order.get(i + 1).map_or(0.0, |next| polls.times[*next] - polls.times[order[i]]);
            let moved: Vec<f64> = (0..m).map(|j| gap * movement(j)).collect();
            Step { transition: Matrix::identity(m), variance: Matrix::from_diagonal(&moved) }
        })
        .collect();
    let values: Vec<f64> = order.iter().map(|i| polls.estimates[*i]).collect();
    let model = StateSpace::new(loadings, variances, steps, vec![Initial::Diffuse; m])?;
    let smoothed = model.smooth(&values)?;
    let nothing = TermEffect { estimate: 0.0, se: 0.0 };
    let mut offsets = vec![vec![nothing; n]; n_houses];
    let blank = PooledLevel { time: f64::NAN, level: f64::NAN, se: f64::NAN, slope: None, is_forecast: false };
    let mut levels = vec![blank; n];
    let at = |t: usize, j: usize| TermEffect {
        estimate: smoothed.state[(t, j)],
        se: smoothed.variance[t][(j, j)].max(0.0).sqrt(),
    };
    for (t, i) in order.iter().enumerate() {
        let row: Vec<f64> = (0..m)
            .map(|j| match j {
                0 => 1.0,
                j if j < n_houses => 0.0,
                j => events[j - n_houses].at(polls.times[*i]),
            })
            .collect();
        let level = (0..m).map(|j| row[j] * smoothed.state[(t, j)]).sum();
        let se = smoothed.variance[t].quadratic_form(&row).max(0.0).sqrt();
        levels[*i] = PooledLevel { time: polls.times[*i], level, se, ..blank };
        for (house, of_house) in offsets.iter_mut().enumerate().filter(|(house, _)| *house != anchor) {
            of_house[*i] = at(t, element(house));
        }
    }
    let events = (n_houses..m).map(|j| at(n - 1, j)).collect();
    Ok(DriftingOffsets { levels, offsets, events, log_likelihood: smoothed.log_likelihood })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::trend::state_space::{Anchor, PooledPolls, Variances};

    const POLLS: PollSeries<'static> = PollSeries {
        times: &[0.0, 1.0, 3.0, 4.0, 9.0, 2.0],
        estimates: &[50.0, 53.0, 49.0, 55.0, 51.0, f64::NAN],
        variances: &[1.0, 2.0, 1.0, 1.5, 1.0, 1.0],
        houses: &[0, 1, 0, 1, 0, 1],
        n_houses: 2,
    };

    #[test]
    fn without_drift_effects_are_constant() {
        let drifting = drifting_offsets(POLLS, 0, 0.3, 0.0, &[]).unwrap();
        let fixed = PooledPolls::local_level(POLLS, Anchor::House(0)).fit(&Variances::of_level(0.3), &[]).unwrap();
        for i in 0..6 {
            assert!((drifting.levels[i].level - fixed.levels[i].level).abs() < 1e-9);
            assert!((drifting.levels[i].se - fixed.levels[i].se).abs() < 1e-9);
            assert!((drifting.offsets[1][i].estimate - fixed.houses[1].estimate).abs() < 1e-9);
        }
        assert!((drifting.log_likelihood - fixed.log_likelihood).abs() < 1e-9);
    }

    #[test]
    fn without_drift_an_event_is_that_of_constant_effects() {
        let step = Event::Step { at: 3.5 };
        let drifting = drifting_offsets(POLLS, 0, 0.3, 0.0, &[step]).unwrap();
        let mut model = PooledPolls::local_level(POLLS, Anchor::House(0));
        model.events = vec![step];
        let fixed = model.fit(&Variances::of_level(0.3), &[]).unwrap();
        assert!((drifting.events[0].estimate - fixed.events[0].estimate).abs() < 1e-9);
        assert!((drifting.events[0].se - fixed.events[0].se).abs() < 1e-9);
        for i in 0..6 {
            assert!((drifting.levels[i].level - fixed.levels[i].level).abs() < 1e-9);
            assert!((drifting.levels[i].se - fixed.levels[i].se).abs() < 1e-9);
        }
        let moving = drifting_offsets(POLLS, 0, 0.3, 0.5, &[step]).unwrap();
        assert!(moving.events[0].se > drifting.events[0].se);
    }

    #[test]
    fn drift_makes_the_offset_less_sure() {
        let (still, moving) =
            (drifting_offsets(POLLS, 0, 0.3, 0.0, &[]).unwrap(), drifting_offsets(POLLS, 0, 0.3, 0.5, &[]).unwrap());
        assert!(moving.offsets[1][0].se > still.offsets[1][0].se);
        assert!(moving.offsets[0].iter().all(|o| o.estimate == 0.0));
    }

    #[test]
    fn wrong_input_is_an_error() {
        assert!(drifting_offsets(POLLS, 2, 0.3, 0.0, &[]).is_err());
        assert!(drifting_offsets(POLLS, 0, -0.3, 0.0, &[]).is_err());
        assert!(drifting_offsets(PollSeries { n_houses: 3, ..POLLS }, 0, 0.3, 0.0, &[]).is_err());
    }
}
