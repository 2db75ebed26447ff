//! Do the houses keep their distance?

use super::super::check;
use super::super::error::TrendError;
use super::super::state_space::{
    AveragedTerm, DriftingOffsets, Event, PollSeries, drifting_offsets, smallest_detectable_drift,
};
use super::prepare::Prepared;
use super::report::{self, PoolEstimate, TermTest};
use super::{HouseAnchor, Poll, PoolEvent, PoolEventKind, PooledSeries, Pooling};
use crate::numeric::dist::ChiSquared;
use crate::numeric::optimise::{Stop, minimise_on, nelder_mead};
use crate::numeric::stream::Stream;

/// Draws for the smallest drift that a test would find.
const DRAWS: u64 = 128;

/// Offsets of houses that walk at random.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// Standard deviation of the change of an offset over one year, on the scale of the model.
    pub drift_sd: f64,
    /// The same of the level.
    pub level_sd: f64,
    /// Twice the gain of likelihood over constant offsets, and its p value.
    pub statistic: f64,
    pub p_value: f64,
    /// The smallest `drift_sd` that a test at 5 % would find with a power of 80 %; none where none would be found.
    pub smallest_detectable: Option<f64>,
    /// By house of the input, at each time of the grid: the offset in shares, on the logit scale at the mean level; none before the first
    /// and after the last poll of the house, and for the anchor.
    pub offsets: Vec<Vec<Option<PoolEstimate>>>,
    /// The level at each time of the grid.
    pub levels: Vec<PoolEstimate>,
    /// Changes at events beside offsets that drift, in the order of the options; empty where they are not asked for.
    pub events: Vec<Result<DriftEvent, &'static str>>,
}

/// What changed at an event, beside offsets that drift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DriftEvent {
    /// Change in shares (per year for a slope); on the logit scale at the mean level.
    pub effect: PoolEstimate,
    /// Of the normal law, variances as known.
    pub test: TermTest,
    /// Smallest change that a test at 5 % finds with a power of 80 %.
    pub smallest_detectable: f64,
}

/// Pools the polls once more, with an offset of each house that drifts against the anchor.
///
/// # Definition
/// [`drifting_offsets`] without events and shifts, whose work the drift then does in part; scatter of the houses as `pooled` has it. The
/// variances of level and drift maximise the likelihood. With `has_events` the model is fitted once more with the events of the options,
/// at this variance of the drift and the variance of the level that `pooled` found beside events; house shifts stay out, for a drift does
/// their work. An event moves all houses alike, and the anchor does not drift, by definition: its polls carry the step, and the more the
/// distances drift, the less other houses add. Under constant offsets the statistic is 0 or χ² with one degree of freedom, with
/// equal chances: p is half the tail of χ²₁. The smallest drift that such a test finds is that of [`smallest_detectable_drift`], with polls
/// drawn from `stream`.
///
/// # Errors
/// As [`super::pool`]; no anchor house; a likelihood without maximum.
///
/// # References
/// Self and Liang (1987), JASA 82, case 5.
pub fn drift(
    polls: &[Poll],
    pooling: &Pooling,
    pooled: &PooledSeries,
    has_events: bool,
    stream: &Stream,
) -> Result<Drift, TrendError> {
    let HouseAnchor::House(anchor) = pooling.anchor else {
        return Err(TrendError::NotIdentified { what: "a drift of the offsets without an anchor house" });
    };
    let plain = Pooling { events: Vec::new(), shifts: Vec::new(), ..pooling.clone() };
    let prepared = Prepared::new(polls, &plain)?;
    let Some(anchor) = prepared.house_ids.iter().position(|house| *house == anchor) else {
        return Err(TrendError::NotIdentified { what: "the anchor" });
    };
    let n = prepared.times.len();
    // Times of the grid are polls of the anchor without an answer.
    let times: Vec<f64> = prepared.times.iter().chain(&pooling.grid).copied().collect();
    let extend = |values: &[f64], with: f64| [values, &vec![with; pooling.grid.len()]].concat();
    let scatter = |i: usize| pooled.spread.variances.extra[prepared.house_ids[prepared.houses[i]]];
    let own: Vec<f64> = (0..n).map(|i| prepared.variances[i] + scatter(i)).collect();
    let (estimates, variances) = (extend(&prepared.values, f64::NAN), extend(&own, 1.0));
    let houses = [prepared.houses.as_slice(), &vec![anchor; pooling.grid.len()]].concat();
    let n_houses = prepared.house_ids.len();
    let whole = PollSeries { times: &times, estimates: &estimates, variances: &variances, houses: &houses, n_houses };
    let only_polls = PollSeries {
        times: &prepared.times,
        estimates: &prepared.values,
        variances: &own,
        houses: &prepared.houses,
        n_houses,
    };
    let loss = |level: f64, drift: f64| {
        let fit = drifting_offsets(only_polls, anchor, libm::exp(level), drift, &[]);
        fit.map_or(f64::INFINITY, |fit| -fit.log_likelihood)
    };
    let start = libm::log(pooled.spread.variances.level.max(1e-12));
    let constant = minimise_on(|level| loss(level, 0.0), start - 6.0, start + 4.0, 1e-4);
    let stop = Stop { relative: 1e-8, max_steps: 150 };
    let found = nelder_mead(|p| loss(p[0], libm::exp(p[1])), &[constant.x[0], start - 2.0], &[1.0, 2.0], stop);
    let statistic = (2.0 * (constant.value - found.value)).max(0.0);
    let (level, drift) = (libm::exp(found.x[0]), libm::exp(found.x[1]));
    let still = libm::exp(constant.x[0]);
    let smallest = smallest_detectable_drift(only_polls, anchor, still, (0.8, 0.05), DRAWS, stream)?;
    let fit = drifting_offsets(whole, anchor, level, drift, &[])?;
    let z = check::critical(pooling.level)?;
    Ok(Drift {
        drift_sd: drift.sqrt(),
        smallest_detectable: smallest.map(f64::sqrt),
        level_sd: level.sqrt(),
        statistic,
        p_value: if statistic > 0.0 { 0.5 * ChiSquared::new(1.0)?.sf(statistic) } else { 1.0 },
        offsets: offsets(pooling, &prepared, &fit, z),
        levels: (n..times.len()).map(|i| pooling.scale.level(fit.levels[i].level, fit.levels[i].se, z)).collect(),
        events: if has_events { events(polls, pooling, pooled, drift)? } else { Vec::new() },
    })
}

/// Changes at the events of the options, polls that straddle one of them left out.
fn events(
    polls: &[Poll],
    pooling: &Pooling,
    pooled: &PooledSeries,
    drift: f64,
) -> Result<Vec<Result<DriftEvent, &'static str>>, TrendError> {
    let plain = Pooling { shifts: Vec::new(), ..pooling.clone() };
    let prepared = Prepared::new(polls, &plain)?;
    let anchor = prepared.house_ids.iter().position(|house| pooling.anchor == HouseAnchor::House(*house));
    let Some(anchor) = anchor else { return Err(TrendError::NotIdentified { what: "the anchor" }) };
    let scatter = |i: usize| pooled.spread.variances.extra[prepared.house_ids[prepared.houses[i]]];
    let own: Vec<f64> = (0..prepared.times.len()).map(|i| prepared.variances[i] + scatter(i)).collect();
    let series = PollSeries { variances: &own, ..prepared.series() };
    let terms: Vec<Event> = prepared.events.iter().map(|(_, event)| *event).collect();
    let fit = drifting_offsets(series, anchor, pooled.spread.variances.level, drift, &terms)?;
    let mean = fit.levels.iter().map(|level| level.level).sum::<f64>() / fit.levels.len() as f64;
    let z = check::critical(pooling.level)?;
    let of_event = |(i, event): (usize, &PoolEvent)| {
        let Some(position) = prepared.events.iter().position(|(accepted, _)| *accepted == i) else {
            let refused = prepared.refused_events.iter().find(|(refused, _)| *refused == i);
            return Err(refused.map_or("it is not in the model", |(_, why)| *why));
        };
        let term = fit.events[position];
        let effect = match event.kind {
            PoolEventKind::Slope => pooling.scale.rate(mean, term, z),
            PoolEventKind::Step | PoolEventKind::Pulse { .. } => pooling.scale.effect(mean, term, z),
        };
        let term = AveragedTerm::known(term);
        let found = report::test(&term).ok().flatten().zip(report::smallest(&term, effect.se).ok());
        let found = found.map(|(test, smallest_detectable)| DriftEvent { effect, test, smallest_detectable });
        found.ok_or("its standard error is not known")
    };
    Ok(pooling.events.iter().enumerate().map(of_event).collect())
}

fn offsets(pooling: &Pooling, prepared: &Prepared, fit: &DriftingOffsets, z: f64) -> Vec<Vec<Option<PoolEstimate>>> {
    let n = prepared.times.len();
    let mean = fit.levels[..n].iter().map(|level| level.level).sum::<f64>() / n as f64;
    let of_house = |house: usize| {
        let code = prepared.house_ids.iter().position(|id| *id == house);
        let code = code.filter(|_| pooling.anchor != HouseAnchor::House(house));
        let own: Vec<f64> = (0..n).filter(|i| Some(prepared.houses[*i]) == code).map(|i| prepared.times[i]).collect();
        let first = own.iter().copied().fold(f64::INFINITY, f64::min);
        let last = own.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let at = |(g, time): (usize, &f64)| {
            let offset = *fit.offsets.get(code?)?.get(n + g)?;
            (first..=last).contains(time).then(|| pooling.scale.effect(mean, offset, z))
        };
        pooling.grid.iter().enumerate().map(at).collect()
    };
    (0..pooling.n_houses).map(of_house).collect()
}
