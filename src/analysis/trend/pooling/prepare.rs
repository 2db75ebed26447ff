//! Which polls, houses and terms enter the likelihood.

use super::super::check;
use super::super::error::TrendError;
use super::super::state_space::{Anchor, Event, HouseEffects, PollSeries, PooledPolls, Variances};
use super::{HouseAnchor, LeftOut, Poll, PoolEvent, PoolEventKind, Pooling};

/// The polls of the likelihood, and the terms of which they can speak.
pub(super) struct Prepared {
    /// Positions in the input.
    pub used: Vec<usize>,
    pub left_out: Vec<(usize, LeftOut)>,
    pub times: Vec<f64>,
    pub values: Vec<f64>,
    pub variances: Vec<f64>,
    /// Codes among the houses that have polls.
    pub houses: Vec<usize>,
    /// Code in the input of each of these houses.
    pub house_ids: Vec<usize>,
    effects: HouseEffects,
    /// Events in the model, by position in the options.
    pub events: Vec<(usize, Event)>,
    pub refused_events: Vec<(usize, &'static str)>,
    /// Columns of shifts in the model, by position in the options.
    pub shifts: Vec<(usize, Vec<f64>)>,
    pub refused_shifts: Vec<(usize, &'static str)>,
}

const ONE_SIDE: &str = "all polls of the series lie on one side of it";
const NOT_APART: &str = "no poll tells it apart from another event or shift";
const HOUSE_ONE_SIDE: &str = "the house has no polls on one side of it";

impl Prepared {
    pub fn new(polls: &[Poll], pooling: &Pooling) -> Result<Prepared, TrendError> {
        let (mut used, mut left_out) = (Vec::new(), Vec::new());
        let (mut times, mut values, mut variances, mut codes) = (vec![], vec![], vec![], vec![]);
        for (i, poll) in polls.iter().enumerate() {
            check::all_finite("the dates of a poll", &[poll.time, poll.first, poll.last])?;
            check::unit("a share", poll.share)?;
            check::not_negative("the variance of rounding", poll.rounding_variance)?;
            if poll.house >= pooling.n_houses {
                let got = poll.house as f64;
                return Err(TrendError::OutOfRange {
                    what: "a house code",
                    got,
                    expected: "below the number of houses",
                });
            }
            let Some(n) = poll.n else {
                left_out.push((i, LeftOut::NoSample));
                continue;
            };
            if let Some(event) = pooling.events.iter().position(|event| event.is_straddled_by(poll)) {
                left_out.push((i, LeftOut::Straddles(event)));
                continue;
            }
            let (value, variance) = pooling.scale.of_poll(poll, n)?;
            used.push(i);
            times.push(poll.time);
            values.push(value);
            variances.push(variance);
            codes.push(poll.house);
        }
        check::at_least("polls with a known sample", used.len(), 1)?;
        let house_ids: Vec<usize> = (0..pooling.n_houses).filter(|house| codes.contains(house)).collect();
        let houses = codes.iter().filter_map(|house| house_ids.iter().position(|id| id == house)).collect();
        let effects = house_effects(pooling, &house_ids, &values)?;
        let mut prepared = Prepared {
            used,
            left_out,
            times,
            values,
            variances,
            houses,
            house_ids,
            effects,
            events: Vec::new(),
            refused_events: Vec::new(),
            shifts: Vec::new(),
            refused_shifts: Vec::new(),
        };
        prepared.add_terms(pooling);
        Ok(prepared)
    }

    /// Takes the terms that the polls can tell from a constant and from each other.
    fn add_terms(&mut self, pooling: &Pooling) {
        let mut columns: Vec<Vec<f64>> = Vec::new();
        for (i, event) in pooling.events.iter().enumerate() {
            let event = model_event(event);
            let column: Vec<f64> = self.times.iter().map(|time| event.at(*time)).collect();
            match refusal(&column, &columns, ONE_SIDE) {
                Some(reason) => self.refused_events.push((i, reason)),
                None => {
                    columns.push(column);
                    self.events.push((i, event));
                }
            }
        }
        for (i, shift) in pooling.shifts.iter().enumerate() {
            let of_house = |position: usize| self.house_ids[self.houses[position]] == shift.house;
            let is_after: Vec<bool> = self.times.iter().map(|time| *time >= shift.from).collect();
            let own: Vec<f64> =
                (0..is_after.len()).filter(|p| of_house(*p)).map(|p| f64::from(u8::from(is_after[p]))).collect();
            let column: Vec<f64> =
                (0..is_after.len()).map(|p| f64::from(u8::from(is_after[p] && of_house(p)))).collect();
            let reason = refusal(&own, &[], HOUSE_ONE_SIDE).or_else(|| refusal(&column, &columns, ONE_SIDE));
            match reason {
                Some(reason) => self.refused_shifts.push((i, reason)),
                None => {
                    columns.push(column.clone());
                    self.shifts.push((i, column));
                }
            }
        }
    }

    /// The model of these polls.
    pub fn model(&self, pooling: &Pooling) -> PooledPolls<'_> {
        PooledPolls {
            polls: self.series(),
            trend: pooling.trend,
            houses: self.effects.clone(),
            events: self.events.iter().map(|(_, event)| *event).collect(),
            effects: self.shifts.iter().map(|(i, column)| (format!("shift {i}"), column.clone())).collect(),
        }
    }

    pub fn series(&self) -> PollSeries<'_> {
        PollSeries {
            times: &self.times,
            estimates: &self.values,
            variances: &self.variances,
            houses: &self.houses,
            n_houses: self.house_ids.len(),
        }
    }

    /// Variances by house of the input, as variances of the houses with polls.
    pub fn variances(&self, by_input: &Variances) -> Variances {
        let extra = self.house_ids.iter().filter_map(|house| by_input.extra.get(*house).copied()).collect();
        Variances { extra, ..by_input.clone() }
    }

    /// Number of polls of a house of the input.
    pub fn n_polls(&self, house: usize) -> usize {
        self.houses.iter().filter(|code| self.house_ids[**code] == house).count()
    }
}

/// What is assumed of the houses with polls.
fn house_effects(pooling: &Pooling, house_ids: &[usize], values: &[f64]) -> Result<HouseEffects, TrendError> {
    let unknown = |reason| TrendError::TermNotIdentified { term: "the anchor".to_owned(), reason };
    match &pooling.anchor {
        HouseAnchor::SumToZero => Ok(HouseEffects::Fixed(Anchor::SumToZero)),
        HouseAnchor::House(house) => match house_ids.iter().position(|id| id == house) {
            Some(house) => Ok(HouseEffects::Fixed(Anchor::House(house))),
            None => Err(unknown("it has no poll with a known sample")),
        },
        HouseAnchor::Weighted(weights) => {
            check::same_length("weights of houses", weights.len(), pooling.n_houses)?;
            for weight in weights {
                check::not_negative("a weight of a house", *weight)?;
            }
            let total: f64 = house_ids.iter().map(|id| weights[*id]).sum();
            if total <= 0.0 {
                return Err(unknown("no house with a weight has a poll with a known sample"));
            }
            Ok(HouseEffects::Fixed(Anchor::Weighted(house_ids.iter().map(|id| weights[*id] / total).collect())))
        }
        HouseAnchor::Shrunken { sd } => {
            let sd = check::positive("the standard deviation of house effects", *sd)?;
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            Ok(HouseEffects::Shrunken { sd: sd / pooling.scale.slope(mean) })
        }
    }
}

fn model_event(event: &PoolEvent) -> Event {
    match event.kind {
        PoolEventKind::Step => Event::Step { at: event.at() },
        PoolEventKind::Pulse { until } => Event::Pulse { from: event.at(), to: until },
        PoolEventKind::Slope => Event::Slope { at: event.at() },
    }
}

fn refusal(column: &[f64], accepted: &[Vec<f64>], constant: &'static str) -> Option<&'static str> {
    if column.windows(2).all(|pair| pair[0] == pair[1]) {
        return Some(constant);
    }
    accepted.iter().any(|other| other == column).then_some(NOT_APART)
}
