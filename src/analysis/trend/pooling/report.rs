//! What a fit of pooled polls says, in shares.

use super::super::check;
use super::super::error::TrendError;
use super::super::state_space::{Calibration, Pooled, TermEffect, calibration};
use super::prepare::Prepared;
use super::scatter::{Spread, SpreadEstimate};
use super::{LeftOut, Poll, PoolEventKind, Pooling};
use crate::numeric::dist::Normal;

/// A number in shares with its standard error and limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoolEstimate {
    pub estimate: f64,
    pub se: f64,
    pub low: f64,
    pub high: f64,
}

/// The smoothed level at a time of the grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LevelAt {
    pub time: f64,
    pub share: PoolEstimate,
    /// After the last poll.
    pub is_forecast: bool,
    /// Houses with a poll of the likelihood inside the window around the time: with one of them, the level follows this house and its
    /// distance to others is taken from other times; with none, the level is carried over from afar.
    pub n_houses: usize,
}

/// What a house adds to the level.
#[derive(Debug, Clone, PartialEq)]
pub struct HouseEffect {
    /// Code of the input.
    pub house: usize,
    /// Polls in the likelihood.
    pub n_polls: usize,
    /// Effect in shares, positive where the house reads higher; on the logit scale at the mean level of all polls. None where the house has
    /// no poll with a known sample.
    pub effect: Option<PoolEstimate>,
    /// Scatter beyond sampling on the scale of the model; none where it is not estimated.
    pub scatter: Option<SpreadEstimate>,
    /// Left-out polls against their intervals of [`HOLD_OUT_LEVELS`].
    pub hold_out: Calibration,
}

/// Levels of the intervals at which left-out polls are counted.
pub const HOLD_OUT_LEVELS: [f64; 3] = [0.5, 0.8, 0.95];

/// What changed at an event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventEffect {
    /// Change in shares (per year for a slope); on the logit scale at the level just before the event. Why not, where no poll can tell.
    pub effect: Result<PoolEstimate, &'static str>,
    /// Effect over standard error on the scale of the model, and its two-sided p value.
    pub test: Option<(f64, f64)>,
    /// Smallest change that a test at 5 % finds with a power of 80 %: (z₀.₉₇₅ + z₀.₈)·se.
    pub smallest_detectable: Option<f64>,
    /// For each house with polls, those nearest to the event.
    pub nearest: Vec<NearestPolls>,
    /// Polls left out because they may lie on either side, by position in the input.
    pub straddling: Vec<usize>,
}

/// The polls of a house that are nearest to an event, by position in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NearestPolls {
    pub house: usize,
    pub before: Option<usize>,
    pub after: Option<usize>,
}

/// What a lasting change within a house adds to its polls from then on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShiftEffect {
    /// In shares, on the logit scale at the mean level; why not, where no poll can tell.
    pub effect: Result<PoolEstimate, &'static str>,
    /// Effect over standard error, and its two-sided p value.
    pub test: Option<(f64, f64)>,
}

/// A poll that the others did not expect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlier {
    /// Position in the input.
    pub poll: usize,
    /// What all other polls say it should have shown.
    pub expected: f64,
    /// Its distance from that, in standard errors.
    pub z: f64,
}

/// Pooled polls.
#[derive(Debug, Clone, PartialEq)]
pub struct PooledSeries {
    /// Positions of the polls in the likelihood.
    pub used: Vec<usize>,
    /// Positions of the others, and why.
    pub left_out: Vec<(usize, LeftOut)>,
    /// At the times of the grid, in their order.
    pub levels: Vec<LevelAt>,
    /// By code of the house.
    pub houses: Vec<HouseEffect>,
    /// In the order of the options.
    pub events: Vec<EventEffect>,
    /// In the order of the options.
    pub shifts: Vec<ShiftEffect>,
    /// Standard deviation of the change of the level over one year, on the scale of the model.
    pub level_sd: SpreadEstimate,
    /// The same of the slope, for a local linear trend.
    pub slope_sd: Option<SpreadEstimate>,
    /// Change of the share per unit of the model's scale at the mean level: 1 for shares.
    pub per_unit: f64,
    /// Polls whose distance from what the others say is beyond chance, allowing for the number of polls (Bonferroni, 5 %).
    pub outliers: Vec<Outlier>,
    pub log_likelihood: f64,
    pub(super) spread: Spread,
}

/// Fits at the estimated variances and turns the answers into shares.
pub(super) fn report(
    polls: &[Poll],
    pooling: &Pooling,
    prepared: &Prepared,
    spread: Spread,
) -> Result<PooledSeries, TrendError> {
    let z = check::critical(pooling.level)?;
    let model = prepared.model(pooling);
    let starts: Vec<f64> = pooling.events.iter().map(super::PoolEvent::at).collect();
    let further: Vec<f64> = pooling.grid.iter().chain(&starts).copied().collect();
    let fit = model.fit(&prepared.variances(&spread.variances), &further)?;
    let mean = fit.levels.iter().map(|level| level.level).sum::<f64>() / fit.levels.len() as f64;
    let scale = pooling.scale;
    let levels = fit
        .further
        .iter()
        .take(pooling.grid.len())
        .map(|level| LevelAt {
            time: level.time,
            share: scale.level(level.level, level.se, z),
            is_forecast: level.is_forecast,
            n_houses: houses_near(prepared, level.time, pooling.window),
        })
        .collect();
    Ok(PooledSeries {
        used: prepared.used.clone(),
        left_out: prepared.left_out.clone(),
        levels,
        houses: houses(pooling, prepared, &fit, &spread, (mean, z))?,
        events: events(polls, pooling, prepared, &fit, z)?,
        shifts: shifts(pooling, prepared, &fit, (mean, z)),
        level_sd: spread.level,
        slope_sd: spread.slope,
        per_unit: scale.slope(mean),
        outliers: outliers(pooling, prepared, &fit)?,
        log_likelihood: spread.log_likelihood,
        spread,
    })
}

/// Houses with a poll within the window around a time.
fn houses_near(prepared: &Prepared, time: f64, window: f64) -> usize {
    let is_near = |house: usize| {
        (0..prepared.times.len()).any(|i| prepared.houses[i] == house && (prepared.times[i] - time).abs() <= window)
    };
    (0..prepared.house_ids.len()).filter(|house| is_near(*house)).count()
}

fn houses(
    pooling: &Pooling,
    prepared: &Prepared,
    fit: &Pooled,
    spread: &Spread,
    (mean, z): (f64, f64),
) -> Result<Vec<HouseEffect>, TrendError> {
    let held = calibration(&fit.diagnostics, &prepared.houses, prepared.house_ids.len(), &HOLD_OUT_LEVELS)?;
    let nothing = Calibration { n_polls: 0, n_inside: vec![0; HOLD_OUT_LEVELS.len()], mean_square: None };
    let of_house = |house: usize| {
        let code = prepared.house_ids.iter().position(|id| *id == house);
        HouseEffect {
            house,
            n_polls: prepared.n_polls(house),
            effect: code.map(|code| pooling.scale.effect(mean, fit.houses[code], z)),
            scatter: spread.scatter[house],
            hold_out: code.and_then(|code| held.get(code)).unwrap_or(&nothing).clone(),
        }
    };
    Ok((0..pooling.n_houses).map(of_house).collect())
}

fn events(
    polls: &[Poll],
    pooling: &Pooling,
    prepared: &Prepared,
    fit: &Pooled,
    z: f64,
) -> Result<Vec<EventEffect>, TrendError> {
    let power = Normal::STANDARD.upper_quantile(0.025) + Normal::STANDARD.upper_quantile(0.2);
    let mut out = Vec::new();
    for (i, event) in pooling.events.iter().enumerate() {
        let straddling = prepared.left_out.iter().filter(|(_, why)| *why == LeftOut::Straddles(i));
        let mut found = EventEffect {
            effect: Err(""),
            test: None,
            smallest_detectable: None,
            nearest: nearest(polls, prepared, event.at()),
            straddling: straddling.map(|(poll, _)| *poll).collect(),
        };
        if let Some((_, reason)) = prepared.refused_events.iter().find(|(refused, _)| *refused == i) {
            found.effect = Err(reason);
        } else if let Some(position) = prepared.events.iter().position(|(accepted, _)| *accepted == i) {
            let term = fit.events[position];
            let at = fit.further[pooling.grid.len() + i].level;
            let effect = match event.kind {
                PoolEventKind::Slope => pooling.scale.rate(at, term, z),
                PoolEventKind::Step | PoolEventKind::Pulse { .. } => pooling.scale.effect(at - term.estimate, term, z),
            };
            found.effect = Ok(effect);
            found.test = test(term);
            found.smallest_detectable = Some(power * effect.se);
        }
        out.push(found);
    }
    Ok(out)
}

fn test(term: TermEffect) -> Option<(f64, f64)> {
    let statistic = term.estimate / term.se;
    (term.se > 0.0).then(|| (statistic, check::two_sided(statistic)))
}

fn nearest(polls: &[Poll], prepared: &Prepared, at: f64) -> Vec<NearestPolls> {
    let of_house = |code: usize| {
        let own = || (0..prepared.used.len()).filter(|i| prepared.houses[*i] == code).map(|i| prepared.used[i]);
        let time = |i: &usize| polls[*i].time;
        NearestPolls {
            house: prepared.house_ids[code],
            before: own().filter(|i| time(i) < at).max_by(|a, b| time(a).total_cmp(&time(b))),
            after: own().filter(|i| time(i) >= at).min_by(|a, b| time(a).total_cmp(&time(b))),
        }
    };
    (0..prepared.house_ids.len()).map(of_house).collect()
}

fn shifts(pooling: &Pooling, prepared: &Prepared, fit: &Pooled, (mean, z): (f64, f64)) -> Vec<ShiftEffect> {
    (0..pooling.shifts.len())
        .map(|i| match prepared.shifts.iter().position(|(accepted, _)| *accepted == i) {
            Some(position) => {
                let term = fit.effects[position];
                ShiftEffect { effect: Ok(pooling.scale.effect(mean, term, z)), test: test(term) }
            }
            None => {
                let refused = prepared.refused_shifts.iter().find(|(refused, _)| *refused == i);
                ShiftEffect { effect: Err(refused.map_or("it is not in the model", |(_, why)| why)), test: None }
            }
        })
        .collect()
}

fn outliers(pooling: &Pooling, prepared: &Prepared, fit: &Pooled) -> Result<Vec<Outlier>, TrendError> {
    let n = fit.diagnostics.iter().filter(|d| d.left_out_z.is_some()).count();
    if n == 0 {
        return Ok(Vec::new());
    }
    let limit = check::critical(1.0 - 0.05 / n as f64)?;
    let outlier = |(i, d): (usize, &super::super::state_space::PointDiagnostic)| {
        let (expected, z) = d.left_out.zip(d.left_out_z)?;
        let expected = pooling.scale.share(expected.estimate);
        (z.abs() > limit).then_some(Outlier { poll: prepared.used[i], expected, z })
    };
    Ok(fit.diagnostics.iter().enumerate().filter_map(outlier).collect())
}
