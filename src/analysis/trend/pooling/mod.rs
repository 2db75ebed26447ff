//! From published polls of several houses to everything that a report says of them: level, houses, events, calibration.
//!
//! [`super::state_space::PooledPolls`] is the model; here polls become its input, its variances are estimated, and its answers become
//! shares. An analysis of a study and the command line both call [`pool`].
//!
//! # Notation
//! Times are years with decimals, shares lie in 0..=1. η is the level on the scale of the model: the share itself, or its logit.

mod drift;
mod placebo;
mod prepare;
mod report;
mod scale;
mod scatter;

pub use drift::{Drift, DriftEvent, drift};
pub use placebo::placebo_steps;
pub use report::{
    EventEffect, HOLD_OUT_LEVELS, HouseEffect, LevelAt, NearestPolls, Outlier, PoolEstimate, PooledSeries, ShiftEffect,
    TermTest,
};
pub use scale::PoolScale;
pub use scatter::SpreadEstimate;

use super::check;
use super::error::TrendError;
use super::state_space::TrendKind;
use prepare::Prepared;

/// A published share of one poll.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Poll {
    /// Where the poll stands in time: the middle of its field.
    pub time: f64,
    /// First and last time at which people may have been asked: a whole month where only the month is known.
    pub first: f64,
    /// See `first`.
    pub last: f64,
    /// The share, 0..=1.
    pub share: f64,
    /// Number interviewed; a poll without it is left out.
    pub n: Option<f64>,
    /// Design effect, assumed or computed.
    pub deff: f64,
    /// Variance that rounding adds: 1/12 squared printed unit for each printed part.
    pub rounding_variance: f64,
    /// Code of the house, from 0.
    pub house: usize,
}

/// Against what house effects are measured, and whose level the smoothed one is.
#[derive(Debug, Clone, PartialEq)]
pub enum HouseAnchor {
    /// This house has no effect.
    House(usize),
    /// The effects of all houses add up to zero.
    SumToZero,
    /// The effects add up to zero with these weights, one a house; only their ratios matter.
    Weighted(Vec<f64>),
    /// Effects are drawn around zero with this standard deviation, in shares (on the logit scale at the mean of all polls): houses
    /// with few polls are drawn towards the others.
    Shrunken { sd: f64 },
}

/// What intervals and tests hold besides sampling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PoolIntervals {
    /// That variances are estimated (see [`super::state_space::AveragedTerm`]).
    #[default]
    Averaged,
    /// Nothing: variances are taken as known at their likeliest values, as most programs do. Too short where polls are few.
    KnownVariances,
}

/// What happened when: a dated change of the level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoolEvent {
    /// First and last time that the date can mean.
    pub first: f64,
    /// See `first`.
    pub last: f64,
    /// What it may change.
    pub kind: PoolEventKind,
}

/// What an event may change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PoolEventKind {
    /// The level, from then on.
    Step,
    /// The level, until this time.
    Pulse { until: f64 },
    /// The slope, from then on: an effect per year.
    Slope,
}

impl PoolEvent {
    /// The middle of the times that the date can mean.
    pub fn at(&self) -> f64 {
        0.5 * (self.first + self.last)
    }

    /// May the poll have been asked on both sides of the event? A slope starts from nothing, so both sides are alike.
    fn is_straddled_by(&self, poll: &Poll) -> bool {
        let holds = |first: f64, last: f64| poll.first <= last && poll.last >= first;
        match self.kind {
            PoolEventKind::Step => holds(self.first, self.last),
            PoolEventKind::Pulse { until } => holds(self.first, self.last) || holds(until, until),
            PoolEventKind::Slope => false,
        }
    }
}

/// A lasting change of how one house asks, such as from visits to telephone: its own effect on this house's polls from then on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HouseShift {
    /// Code of the house.
    pub house: usize,
    /// From when on.
    pub from: f64,
}

/// How polls are pooled.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooling {
    pub scale: PoolScale,
    pub trend: TrendKind,
    pub n_houses: usize,
    pub anchor: HouseAnchor,
    pub events: Vec<PoolEvent>,
    pub shifts: Vec<HouseShift>,
    /// Is a variance beyond sampling estimated for each house with [`ENOUGH_FOR_SCATTER`] polls or more?
    pub has_scatter: bool,
    /// Times at which the level is wanted.
    pub grid: Vec<f64>,
    /// Houses are counted within this many years before and after each time of the grid.
    pub window: f64,
    /// What intervals hold.
    pub intervals: PoolIntervals,
    /// Level of intervals.
    pub level: f64,
}

/// From this number of polls on, a house may have a variance of its own beyond sampling.
pub const ENOUGH_FOR_SCATTER: usize = 10;

/// Why a poll is not in the likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// Nobody says how many were interviewed.
    NoSample,
    /// It may lie before or after this event, by position in [`Pooling::events`].
    Straddles(usize),
}

/// Pools polls of several houses and reports the result in shares.
///
/// # Definition
/// The model of [`super::state_space::PooledPolls`]: yᵢ = μ(tᵢ) + house effect + shifts + events + εᵢ on the scale asked for. Var εᵢ is
/// deff·p(1 − p)/n plus rounding, plus the scatter of the house. Variances of level, slope and scatter are estimated by maximum
/// likelihood; estimates, intervals and tests are then averages over the variances that the polls allow (see [`PoolIntervals`]), but
/// left-out polls, outliers, placebo dates and drifts take the likeliest variances as known. A poll that may have been asked on both sides of a step or
/// pulse is left out of everything. Effects on the logit scale are given in shares at a stated level (see [`HouseEffect`], [`EventEffect`]).
///
/// An event or shift of which no poll can speak is not in the model; its entry says why.
///
/// # Errors
/// Numbers out of range; no poll with a known sample; an anchor without such a poll; fewer polls than terms and variances; terms that
/// explain each other.
///
/// # References
/// Jackman (2005), Australian Journal of Political Science 40(4). Durbin and Koopman (2012), chapters 4 and 5 and section 6.2.
///
/// # Examples
/// ```
/// use opros::analysis::trend::pooling::{HouseAnchor, Poll, PoolIntervals, PoolScale, Pooling, pool};
/// use opros::analysis::trend::state_space::TrendKind;
/// let polls: Vec<Poll> = (0..24)
///     .map(|i| {
///         let time = 2001.0 + f64::from(i) / 12.0;
///         let house = usize::from(i % 2 == 1);
///         let share = 0.5 + 0.04 * house as f64 + if i % 4 < 2 { 0.01 } else { -0.01 };
///         Poll { time, first: time, last: time, share, n: Some(1000.0), deff: 1.5, rounding_variance: 0.0, house }
///     })
///     .collect();
/// let pooling = Pooling {
///     scale: PoolScale::Share,
///     trend: TrendKind::LocalLevel,
///     n_houses: 2,
///     anchor: HouseAnchor::House(0),
///     events: vec![],
///     shifts: vec![],
///     has_scatter: false,
///     grid: vec![2002.0],
///     window: 0.25,
///     intervals: PoolIntervals::Averaged,
///     level: 0.95,
/// };
/// let pooled = pool(&polls, &pooling)?;
/// let effect = pooled.houses[1].effect.unwrap();
/// assert!(effect.low < 0.04 && 0.04 < effect.high);
/// assert_eq!(pooled.levels[0].n_houses, 2);
/// # Ok::<(), opros::analysis::trend::TrendError>(())
/// ```
pub fn pool(polls: &[Poll], pooling: &Pooling) -> Result<PooledSeries, TrendError> {
    check_options(pooling)?;
    let prepared = Prepared::new(polls, pooling)?;
    let spread = scatter::estimate(&prepared, pooling)?;
    report::report(polls, pooling, &prepared, spread)
}

fn check_options(pooling: &Pooling) -> Result<(), TrendError> {
    check::level(pooling.level)?;
    check::not_negative("the window", pooling.window)?;
    check::all_finite("the grid", &pooling.grid)?;
    for event in &pooling.events {
        check::all_finite("an event", &[event.first, event.last])?;
        if let PoolEventKind::Pulse { until } = event.kind {
            check::all_finite("the end of a pulse", &[until])?;
        }
    }
    let shifts: Vec<f64> = pooling.shifts.iter().map(|shift| shift.from).collect();
    check::all_finite("a shift", &shifts)
}

#[cfg(test)]
mod tests;
