//! Effects besides the level: houses, events, modes of asking.

use super::super::check::{all_finite, same_length};
use super::super::error::TrendError;
use super::pooled::{HouseEffects, PooledPolls};

/// A dated change of the level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// The level is another from this time on.
    Step { at: f64 },
    /// The level is another between two times, ends included.
    Pulse { from: f64, to: f64 },
    /// The slope is another from this time on: an effect per unit of time.
    Slope { at: f64 },
}

impl Event {
    pub(in crate::analysis::trend) fn at(&self, time: f64) -> f64 {
        match *self {
            Event::Step { at } => f64::from(u8::from(time >= at)),
            Event::Pulse { from, to } => f64::from(u8::from(time >= from && time <= to)),
            Event::Slope { at } => (time - at).max(0.0),
        }
    }
}

/// A column of the regression.
pub(super) enum Column<'a> {
    House(usize),
    Event(&'a Event),
    Effect(&'a [f64]),
}

impl Column<'_> {
    /// The value at a poll, by its position in the input; `None` for a time without a poll, where only events act on the level.
    pub fn value(&self, polls: &PooledPolls<'_>, poll: Option<usize>, time: f64) -> f64 {
        match (self, poll) {
            (Column::Event(event), _) => event.at(time),
            (Column::House(house), Some(i)) => f64::from(u8::from(polls.polls.houses[i] == *house)),
            (Column::Effect(values), Some(i)) => values[i],
            (_, None) => 0.0,
        }
    }
}

/// The columns in order: houses, events, effects; the house without a column is the reference.
pub(super) fn columns<'a>(polls: &'a PooledPolls<'_>) -> Vec<Column<'a>> {
    let reference = polls.reference();
    let houses = (0..polls.polls.n_houses).filter(|h| Some(*h) != reference).map(Column::House);
    let events = polls.events.iter().map(Column::Event);
    let effects = polls.effects.iter().map(|(_, values)| Column::Effect(values));
    houses.chain(events).chain(effects).collect()
}

/// Checks that every term has polls that speak of it.
pub(super) fn check(polls: &PooledPolls<'_>) -> Result<(), TrendError> {
    let series = &polls.polls;
    let refuse = |term: String, reason| Err(TrendError::TermNotIdentified { term, reason });
    let seen = || (0..series.times.len()).filter(|i| !series.estimates[*i].is_nan());
    let mut has_poll = vec![false; series.n_houses];
    for i in seen() {
        has_poll[series.houses[i]] = true;
    }
    if let (HouseEffects::Fixed(_), Some(house)) = (&polls.houses, has_poll.iter().position(|h| !h)) {
        return refuse(format!("the effect of house {house}"), "it has no poll");
    }
    for (e, event) in polls.events.iter().enumerate() {
        let values: Vec<f64> = seen().map(|i| event.at(series.times[i])).collect();
        let first = values.first().copied().unwrap_or(0.0);
        if values.iter().all(|v| *v == first) {
            return refuse(format!("event {e}"), "all polls lie on one side of it");
        }
    }
    for (name, values) in &polls.effects {
        same_length("an effect", values.len(), series.times.len())?;
        all_finite("an effect", values)?;
        if seen().all(|i| values[i] == values[0]) {
            return refuse(format!("the effect `{name}`"), "it does not vary");
        }
    }
    Ok(())
}
