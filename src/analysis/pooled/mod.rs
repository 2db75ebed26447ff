//! Polls of several houses as one series.

mod drift;
mod grid;
mod input;
mod records;
mod remarks;

pub(super) use records::placebo_share;

use input::Input;

use super::trend::pooling;
use super::work::Work;
use crate::study::definition::{PooledAnalysis, PooledEventKind, PooledHouses};

/// Answers the analysis.
pub(super) fn run<'s>(analysis: &'s PooledAnalysis, work: &mut Work<'s>) {
    let Some(input) = Input::read(analysis, work) else { return };
    if !is_sound(analysis, &input, work) {
        return;
    }
    let options = input.options(analysis);
    let pooled = pooling::pool(&input.polls, &options).map_err(|error| error.to_string());
    if let Ok(pooled) = &pooled {
        remarks::left_out(analysis, &input, pooled, work);
    }
    remarks::different_questions(analysis, &input, work);
    let seed = work.study.definition.study.as_ref().map_or(0, |header| header.seed);
    let context = records::Context { analysis, input: &input, options: &options, seed };
    for record in context.all(pooled.as_ref().map_err(String::as_str)) {
        work.record(record);
    }
}

/// Can the options be used with these polls? Adds a problem for each that cannot.
fn is_sound<'s>(analysis: &'s PooledAnalysis, input: &Input<'s>, work: &mut Work<'s>) -> bool {
    let pollsters = || input.houses.iter().map(|house| house.pollster);
    let mut is_sound = true;
    let named: Vec<&String> = match &analysis.houses {
        PooledHouses::Anchor(anchor) => vec![anchor],
        PooledHouses::Weighted(weights) => weights.keys().collect(),
        PooledHouses::SumToZero | PooledHouses::WeightedByPolls | PooledHouses::Shrunken(_) => Vec::new(),
    };
    for name in named.into_iter().chain(analysis.shift.iter().map(|shift| &shift.pollster)) {
        if !pollsters().any(|pollster| pollster == name) {
            is_sound = false;
            work.unknown(&analysis.id, "pollster with polls of the series", name, pollsters().collect::<Vec<_>>());
        }
    }
    let bad_number = match &analysis.houses {
        PooledHouses::Weighted(weights) if weights.values().any(|weight| !(*weight >= 0.0 && weight.is_finite())) => {
            Some((
                "a weight of a house is no number of 0 or more",
                "give weights such as 2 and 1; only their ratios matter",
            ))
        }
        PooledHouses::Weighted(weights) if weights.values().sum::<f64>() <= 0.0 => {
            Some(("no house has a weight", "give at least one pollster a weight above 0"))
        }
        PooledHouses::Shrunken(sd) if !(*sd > 0.0 && *sd <= 1.0) => {
            Some(("the standard deviation of house effects is no share above 0", "0.03 stands for three points"))
        }
        _ => None,
    };
    if let Some((message, hint)) = bad_number {
        is_sound = false;
        work.problem(&analysis.id, "A20", message).hint = Some(hint.to_owned());
    }
    if analysis.drifting_events && !analysis.drifting {
        is_sound = false;
        let problem = work.problem(&analysis.id, "A13", "events beside drifting offsets without `drifting`");
        problem.hint = Some("add `drifting = true`, or leave `drifting_events` out".to_owned());
    }
    for event in &analysis.event {
        let is_pulse = event.kind == PooledEventKind::Pulse;
        let message = match event.until {
            None if is_pulse => format!("the pulse `{}` has no end", event.event),
            Some(_) if !is_pulse => format!("event `{}` has an end and is no pulse", event.event),
            Some(until) if input.date_of(&event.event).is_some_and(|date| until.last_day() <= date.last_day()) => {
                format!("the pulse `{}` ends before it begins", event.event)
            }
            _ => continue,
        };
        is_sound = false;
        let problem = work.problem(&analysis.id, "A13", message);
        problem.hint =
            Some("a pulse needs `until`, a day after the event; steps and slopes last and have none".to_owned());
    }
    is_sound
}

#[cfg(test)]
mod tests;
