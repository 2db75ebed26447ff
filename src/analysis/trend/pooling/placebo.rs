//! Steps at dates at which nothing is known to have happened.

use super::prepare::Prepared;
use super::{Poll, PoolEvent, PoolEventKind, PooledSeries, Pooling};

/// The step that the model finds at each of some dates, in shares: how large steps are that mean nothing.
///
/// The declared events stay in the model and the variances stay as estimated; each date is added alone, as one more step, and polls that
/// may lie on both sides of it are left out, as at an event. Where no step can be told, there is none.
///
/// # References
/// Abadie, Diamond and Hainmueller (2010), JASA 105, for placebo tests.
pub fn placebo_steps(polls: &[Poll], pooling: &Pooling, pooled: &PooledSeries, dates: &[f64]) -> Vec<Option<f64>> {
    dates.iter().map(|date| step(polls, pooling, pooled, *date)).collect()
}

fn step(polls: &[Poll], pooling: &Pooling, pooled: &PooledSeries, date: f64) -> Option<f64> {
    let mut with = Pooling { grid: Vec::new(), ..pooling.clone() };
    with.events.push(PoolEvent { first: date, last: date, kind: PoolEventKind::Step });
    let added = with.events.len() - 1;
    let prepared = Prepared::new(polls, &with).ok()?;
    let position = prepared.events.iter().position(|(event, _)| *event == added)?;
    let fit = prepared.model(&with).fit(&prepared.variances(&pooled.spread.variances), &[date]).ok()?;
    let term = fit.events[position];
    Some(with.scale.effect(fit.further[0].level - term.estimate, term, 0.0).estimate)
}
