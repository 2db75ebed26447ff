//! The polls of a pooled series, and how they are to be pooled.

use jiff::civil::Date;

use super::grid;
use crate::analysis::interval::LEVEL;
use crate::analysis::published::{Absent, Request, Selected, printed, select, unit_of};
use crate::analysis::result::{Flag, Unit};
use crate::analysis::trend::pooling::{
    HouseAnchor, HouseShift, Poll, PoolEvent, PoolEventKind, PoolIntervals, PoolScale, Pooling,
};
use crate::analysis::trend::state_space::TrendKind;
use crate::analysis::work::Work;
use crate::study::definition::{
    EventDef, PooledAnalysis, PooledEventKind, PooledHouses, PooledLevelKind, PooledScale, PooledSource,
    PooledVariances, Question,
};
use crate::study::{Origin, PartialDate, Span, decimal_year};

/// A pollster with its question.
pub(super) struct House<'s> {
    /// Name in ids of results.
    pub id: String,
    pub pollster: &'s str,
    pub question: &'s Question,
    pub answer: &'s str,
}

/// A poll behind a number of the model.
pub(super) struct Source<'s> {
    pub poll: &'s str,
    pub when: Span,
    pub origins: Vec<Origin>,
    pub is_n_assumed: bool,
    /// Is only the month known, although a day stands in the table?
    pub is_month_only: bool,
    /// Why the number interviewed or the design effect is not known.
    pub no_sample: Option<String>,
}

/// The polls of a series.
pub(super) struct Input<'s> {
    pub houses: Vec<House<'s>>,
    pub polls: Vec<Poll>,
    /// For each of `polls`.
    pub sources: Vec<Source<'s>>,
    /// When the wording, office or mode of a house changed.
    pub changes: Vec<f64>,
    /// Steps of the grid.
    pub grid: Vec<PartialDate>,
    events: &'s [EventDef],
}

impl<'s> Input<'s> {
    /// Collects the polls; none where a name stands for nothing or no poll is at hand, with a problem or remark.
    pub fn read(analysis: &'s PooledAnalysis, work: &mut Work<'s>) -> Option<Self> {
        let mut input = Input {
            houses: Vec::new(),
            polls: Vec::new(),
            sources: Vec::new(),
            changes: Vec::new(),
            grid: Vec::new(),
            events: &work.study.definition.event,
        };
        for source in &analysis.series {
            let question = work.question(&analysis.id, &source.question)?;
            if unit_of(question) != Unit::Share {
                let message =
                    format!("question `{}` prints differences, which cannot be pooled as shares", question.id);
                work.problem(&analysis.id, "A04", message);
                return None;
            }
            input.read_source(analysis, source, question, work)?;
        }
        input.name_houses();
        if input.polls.is_empty() {
            work.remark(&analysis.id, "series", "no poll at hand asked the questions in this universe and time");
            return None;
        }
        let with_sample = || input.polls.iter().zip(&input.sources).filter(|(poll, _)| poll.n.is_some());
        let first = with_sample().map(|(_, source)| source.when.start.first_day()).min();
        let last = with_sample().map(|(_, source)| middle_day(source.when)).max();
        if let (Some(first), Some(last)) = (first, last) {
            input.grid = grid::dates(first, last, analysis.step, analysis.forecast);
        }
        Some(input)
    }

    fn read_source(
        &mut self,
        analysis: &'s PooledAnalysis,
        source: &'s PooledSource,
        question: &'s Question,
        work: &mut Work<'s>,
    ) -> Option<()> {
        let selected = select(work.study, question, Request::pooled(analysis, source));
        for left_out in selected.left_out.iter().filter(|left_out| left_out.is_remarkable) {
            work.remark(&analysis.id, left_out.poll, format!("left out: {}", left_out.why));
        }
        for poll in &selected.taken {
            let printed = match printed(question, poll.topline, &source.answer) {
                Ok(printed) => printed,
                Err(Absent::NotPrinted(reason)) => {
                    work.remark(&analysis.id, &poll.topline.poll, format!("left out: {reason}"));
                    continue;
                }
                Err(Absent::Unknown) => {
                    let known = question.answers.iter().map(|answer| answer.id.as_str());
                    work.unknown(&analysis.id, "answer or side", &source.answer, known);
                    return None;
                }
            };
            let (first, last) = possible_days(poll);
            let house = self.house(&poll.topline.pollster, question, &source.answer);
            let time = poll.topline.field.mid_year();
            if poll.flags.contains(&Flag::SegmentChange) {
                self.changes.push(time);
            }
            self.polls.push(Poll {
                time,
                first: decimal_year(first),
                last: decimal_year(last),
                // Rounded parts may add up to a little more than everybody.
                share: printed.share.clamp(0.0, 1.0),
                n: poll.sample.as_ref().ok().map(|sample| sample.n as f64),
                deff: poll.sample.as_ref().map_or(1.0, |sample| sample.deff),
                rounding_variance: printed.rounding_variance,
                house,
            });
            self.sources.push(Source {
                poll: &poll.topline.poll,
                when: poll.topline.field,
                origins: printed.origins,
                is_month_only: poll.topline.is_month_only,
                is_n_assumed: poll.sample.as_ref().is_ok_and(|sample| sample.is_n_assumed),
                no_sample: poll.sample.as_ref().err().cloned(),
            });
        }
        Some(())
    }

    fn house(&mut self, pollster: &'s str, question: &'s Question, answer: &'s str) -> usize {
        let is_it = |house: &House<'_>| house.pollster == pollster && house.question.id == question.id;
        self.houses.iter().position(is_it).unwrap_or_else(|| {
            self.houses.push(House { id: String::new(), pollster, question, answer });
            self.houses.len() - 1
        })
    }

    /// A house is named by its pollster, or by pollster and question where the pollster has several.
    fn name_houses(&mut self) {
        let pollsters: Vec<&str> = self.houses.iter().map(|house| house.pollster).collect();
        for house in &mut self.houses {
            let is_alone = pollsters.iter().filter(|pollster| **pollster == house.pollster).count() == 1;
            house.id =
                if is_alone { house.pollster.to_owned() } else { format!("{}-{}", house.pollster, house.question.id) };
        }
    }

    /// The date of an event of the definition.
    pub fn date_of(&self, event: &str) -> Option<PartialDate> {
        self.events.iter().find(|candidate| candidate.id == event).map(|event| event.date)
    }

    /// The options of the model. The anchor is the first house of the pollster that the definition names.
    pub fn options(&self, analysis: &PooledAnalysis) -> Pooling {
        let house_of = |pollster: &str| self.houses.iter().position(|house| house.pollster == pollster);
        let event = |event: &crate::study::definition::PooledEvent| {
            let date = self.date_of(&event.event)?;
            let kind = match event.kind {
                PooledEventKind::Step => PoolEventKind::Step,
                PooledEventKind::Slope => PoolEventKind::Slope,
                PooledEventKind::Pulse => PoolEventKind::Pulse { until: decimal_year(event.until?.last_day()) },
            };
            Some(PoolEvent { first: decimal_year(date.first_day()), last: decimal_year(date.last_day()), kind })
        };
        Pooling {
            scale: match analysis.scale {
                PooledScale::Share => PoolScale::Share,
                PooledScale::Logit => PoolScale::Logit,
            },
            trend: match analysis.level {
                PooledLevelKind::LocalLevel => TrendKind::LocalLevel,
                PooledLevelKind::LocalLinear => TrendKind::LocalLinear,
            },
            n_houses: self.houses.len(),
            anchor: self.anchor(&analysis.houses),
            events: analysis.event.iter().filter_map(event).collect(),
            shifts: analysis
                .shift
                .iter()
                .filter_map(|shift| {
                    Some(HouseShift { house: house_of(&shift.pollster)?, from: decimal_year(shift.from.first_day()) })
                })
                .collect(),
            has_scatter: analysis.scatter,
            grid: self.grid.iter().map(|date| date.mid_year()).collect(),
            window: f64::from(analysis.window_days) / DAYS_A_YEAR,
            intervals: match analysis.variances {
                PooledVariances::Averaged => PoolIntervals::Averaged,
                PooledVariances::Known => PoolIntervals::KnownVariances,
            },
            level: LEVEL,
        }
    }

    fn anchor(&self, houses: &PooledHouses) -> HouseAnchor {
        match houses {
            PooledHouses::Anchor(pollster) => {
                let is_it = |house: &House<'_>| house.pollster == pollster;
                self.houses.iter().position(is_it).map_or(HouseAnchor::SumToZero, HouseAnchor::House)
            }
            PooledHouses::SumToZero => HouseAnchor::SumToZero,
            PooledHouses::WeightedByPolls => {
                let is_counted = |poll: &&Poll, house: usize| poll.house == house && poll.n.is_some();
                let n_polls = |house: usize| self.polls.iter().filter(|poll| is_counted(poll, house)).count() as f64;
                HouseAnchor::Weighted((0..self.houses.len()).map(n_polls).collect())
            }
            PooledHouses::Weighted(weights) => {
                let n_houses = |pollster: &str| self.houses.iter().filter(|house| house.pollster == pollster).count();
                let weight = |house: &House<'_>| {
                    weights.get(house.pollster).map_or(0.0, |weight| weight / n_houses(house.pollster) as f64)
                };
                HouseAnchor::Weighted(self.houses.iter().map(weight).collect())
            }
            PooledHouses::Shrunken(sd) => HouseAnchor::Shrunken { sd: *sd },
        }
    }
}

/// Mean length of a year.
const DAYS_A_YEAR: f64 = 365.25;

/// First and last day on which people may have been asked.
fn possible_days(poll: &Selected<'_>) -> (Date, Date) {
    let field = poll.topline.field;
    let (first, last) = (field.start.first_day(), field.end.last_day());
    if poll.topline.is_month_only { (first.first_of_month(), last.last_of_month()) } else { (first, last) }
}

/// The day in the middle of the field time.
fn middle_day(when: Span) -> Date {
    let (first, last) = (when.start.first_day(), when.end.last_day());
    let days = first.until(last).map_or(0, |span| span.get_days());
    first.checked_add(jiff::Span::new().days(i64::from(days / 2))).unwrap_or(first)
}
