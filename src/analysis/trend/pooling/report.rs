//! What a fit of pooled polls says, in shares.

use super::super::check;
use super::super::error::TrendError;
use super::super::state_space::{
    AveragedPooled, AveragedTerm, Calibration, Pooled, PooledLevel, PooledPolls, TermEffect, calibration,
};
use super::prepare::Prepared;
use super::scatter::{Spread, SpreadEstimate};
use super::{LeftOut, Poll, PoolEventKind, PoolIntervals, Pooling};

/// A number in shares with its standard error and limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoolEstimate {
    pub estimate: f64,
    pub se: f64,
    pub low: f64,
    pub high: f64,
}

/// Is an effect zero? On the scale of the model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TermTest {
    pub statistic: f64,
    /// Of Student's law; none for the normal one.
    pub degf: Option<f64>,
    /// Two-sided.
    pub p_value: f64,
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
    /// None where its standard error is 0.
    pub test: Option<TermTest>,
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
    /// The change at the likeliest variances: what steps at other dates are compared with.
    pub at_likeliest: Option<f64>,
    /// None where its standard error is 0.
    pub test: Option<TermTest>,
    /// Smallest change that a test at 5 % finds with a power of 80 %: (q₀.₉₇₅ + q₀.₈)·se, q the quantiles of the law of the effect.
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
    /// None where its standard error is 0.
    pub test: Option<TermTest>,
    /// As for an event.
    pub smallest_detectable: Option<f64>,
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
    let model = prepared.model(pooling);
    let starts: Vec<f64> = pooling.events.iter().map(super::PoolEvent::at).collect();
    let further: Vec<f64> = pooling.grid.iter().chain(&starts).copied().collect();
    let fit = model.fit(&prepared.variances(&spread.variances), &further)?;
    let terms = terms(pooling, prepared, &model, &fit, &spread, &further)?;
    let mean = fit.levels.iter().map(|level| level.level).sum::<f64>() / fit.levels.len() as f64;
    let scale = pooling.scale;
    let mut levels = Vec::with_capacity(pooling.grid.len());
    for (at, term) in fit.further.iter().zip(&terms.further).take(pooling.grid.len()) {
        levels.push(LevelAt {
            time: at.time,
            share: scale.level(term.estimate, term.se, term.critical(pooling.level)?),
            is_forecast: at.is_forecast,
            n_houses: houses_near(prepared, at.time, pooling.window),
        });
    }
    Ok(PooledSeries {
        used: prepared.used.clone(),
        left_out: prepared.left_out.clone(),
        levels,
        houses: houses(pooling, prepared, &fit, &terms, &spread, mean)?,
        events: events(polls, pooling, prepared, &fit, &terms)?,
        shifts: shifts(pooling, prepared, &terms, mean)?,
        level_sd: spread.level,
        slope_sd: spread.slope,
        per_unit: scale.slope(mean),
        outliers: outliers(pooling, prepared, &fit)?,
        log_likelihood: spread.log_likelihood,
        spread,
    })
}

/// The terms of the model with the uncertainty that is asked for.
fn terms(
    pooling: &Pooling,
    prepared: &Prepared,
    model: &PooledPolls<'_>,
    fit: &Pooled,
    spread: &Spread,
    further: &[f64],
) -> Result<AveragedPooled, TrendError> {
    match pooling.intervals {
        PoolIntervals::Averaged => {
            model.fit_averaged(&prepared.variances(&spread.variances), &spread.estimated, further)
        }
        PoolIntervals::KnownVariances => {
            let known = |terms: &[TermEffect]| terms.iter().copied().map(AveragedTerm::known).collect();
            let level = |at: &PooledLevel| TermEffect { estimate: at.level, se: at.se };
            Ok(AveragedPooled {
                further: fit.further.iter().map(level).map(AveragedTerm::known).collect(),
                houses: known(&fit.houses),
                events: known(&fit.events),
                effects: known(&fit.effects),
            })
        }
    }
}

fn plain(term: &AveragedTerm) -> TermEffect {
    TermEffect { estimate: term.estimate, se: term.se }
}

pub(super) fn test(term: &AveragedTerm) -> Result<Option<TermTest>, TrendError> {
    let degf = term.degf.is_finite().then_some(term.degf);
    Ok(term.test()?.map(|(statistic, p_value)| TermTest { statistic, degf, p_value }))
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
    terms: &AveragedPooled,
    spread: &Spread,
    mean: f64,
) -> Result<Vec<HouseEffect>, TrendError> {
    let held = calibration(&fit.diagnostics, &prepared.houses, prepared.house_ids.len(), &HOLD_OUT_LEVELS)?;
    let nothing = Calibration { n_polls: 0, n_inside: vec![0; HOLD_OUT_LEVELS.len()], mean_square: None };
    let of_house = |house: usize| {
        let code = prepared.house_ids.iter().position(|id| *id == house);
        let (mut effect, mut own_test) = (None, None);
        if let Some(term) = code.map(|code| &terms.houses[code]) {
            effect = Some(pooling.scale.effect(mean, plain(term), term.critical(pooling.level)?));
            own_test = test(term)?;
        }
        Ok(HouseEffect {
            house,
            n_polls: prepared.n_polls(house),
            effect,
            test: own_test,
            scatter: spread.scatter[house],
            hold_out: code.and_then(|code| held.get(code)).unwrap_or(&nothing).clone(),
        })
    };
    (0..pooling.n_houses).map(of_house).collect()
}

fn events(
    polls: &[Poll],
    pooling: &Pooling,
    prepared: &Prepared,
    fit: &Pooled,
    terms: &AveragedPooled,
) -> Result<Vec<EventEffect>, TrendError> {
    let mut out = Vec::new();
    for (i, event) in pooling.events.iter().enumerate() {
        let straddling = prepared.left_out.iter().filter(|(_, why)| *why == LeftOut::Straddles(i));
        let mut found = EventEffect {
            effect: Err(""),
            at_likeliest: None,
            test: None,
            smallest_detectable: None,
            nearest: nearest(polls, prepared, event.at()),
            straddling: straddling.map(|(poll, _)| *poll).collect(),
        };
        if let Some((_, reason)) = prepared.refused_events.iter().find(|(refused, _)| *refused == i) {
            found.effect = Err(reason);
        } else if let Some(position) = prepared.events.iter().position(|(accepted, _)| *accepted == i) {
            let place = pooling.grid.len() + i;
            let change = |at: f64, term: TermEffect, z: f64| match event.kind {
                PoolEventKind::Slope => pooling.scale.rate(at, term, z),
                PoolEventKind::Step | PoolEventKind::Pulse { .. } => pooling.scale.effect(at - term.estimate, term, z),
            };
            let term = &terms.events[position];
            let effect = change(terms.further[place].estimate, plain(term), term.critical(pooling.level)?);
            found.effect = Ok(effect);
            found.at_likeliest = Some(change(fit.further[place].level, fit.events[position], 0.0).estimate);
            found.test = test(term)?;
            found.smallest_detectable = Some(smallest(term, effect.se)?);
        }
        out.push(found);
    }
    Ok(out)
}

/// The change that a test at 5 % finds with a power of 80 %, from the standard error in shares.
pub(super) fn smallest(term: &AveragedTerm, se: f64) -> Result<f64, TrendError> {
    Ok((term.critical(0.95)? + term.critical(0.6)?) * se)
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

fn shifts(
    pooling: &Pooling,
    prepared: &Prepared,
    terms: &AveragedPooled,
    mean: f64,
) -> Result<Vec<ShiftEffect>, TrendError> {
    let of_shift = |i: usize| match prepared.shifts.iter().position(|(accepted, _)| *accepted == i) {
        Some(position) => {
            let term = &terms.effects[position];
            let effect = pooling.scale.effect(mean, plain(term), term.critical(pooling.level)?);
            let smallest_detectable = Some(smallest(term, effect.se)?);
            Ok(ShiftEffect { effect: Ok(effect), test: test(term)?, smallest_detectable })
        }
        None => {
            let refused = prepared.refused_shifts.iter().find(|(refused, _)| *refused == i);
            let effect = Err(refused.map_or("it is not in the model", |(_, why)| why));
            Ok(ShiftEffect { effect, test: None, smallest_detectable: None })
        }
    };
    (0..pooling.shifts.len()).map(of_shift).collect()
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
