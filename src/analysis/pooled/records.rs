//! The results of a pooled series.

use super::input::{House, Input, Source};
use crate::analysis::interval::{self, LEVEL};
use crate::analysis::result::{
    Evidence, Figures, Flag, ResultRecord, STATE_SPACE, STATE_SPACE_KNOWN, TestOutcome, Unit,
};
use crate::analysis::trend::breaks::{PlaceboShare, placebo_months};
use crate::analysis::trend::pooling::{
    self, EventEffect, HOLD_OUT_LEVELS, HouseEffect, LevelAt, PoolEstimate, PoolIntervals, PooledSeries, Pooling,
    SpreadEstimate, TermTest,
};
use crate::study::definition::{PooledAnalysis, PooledEvent, PooledEventKind};
use crate::study::{Origin, PartialDate, Span, decimal_year};

/// Polls farther from an event than this many years are not named as its neighbours.
const NEAR: f64 = 1.0;

/// What every record is made from.
pub(super) struct Context<'a, 's> {
    pub analysis: &'s PooledAnalysis,
    pub input: &'a Input<'s>,
    pub options: &'a Pooling,
    /// Of the study.
    pub seed: u64,
}

pub(super) type Fit<'a> = Result<&'a PooledSeries, &'a str>;

impl Context<'_, '_> {
    /// All records; with their reason where the model cannot be fitted.
    pub fn all(&self, fit: Fit<'_>) -> Vec<ResultRecord> {
        let mut out = self.levels(fit);
        out.extend(self.houses(fit));
        out.extend(self.events(fit));
        out.extend(self.shifts(fit));
        out.extend(self.spreads(fit));
        out.extend(self.hold_out(fit));
        out.extend(self.outliers(fit));
        if self.analysis.drifting {
            out.extend(self.drift(fit));
        }
        out
    }

    /// Name of the intervals.
    fn method(&self) -> &'static str {
        match self.options.intervals {
            PoolIntervals::Averaged => STATE_SPACE,
            PoolIntervals::KnownVariances => STATE_SPACE_KNOWN,
        }
    }

    fn estimated(&self, estimate: PoolEstimate) -> Figures {
        estimated(estimate, self.method())
    }

    pub(super) fn record(&self, path: &[&str], unit: Unit, measure: &str) -> ResultRecord {
        let series = self.analysis.label.as_ref().map_or("", |_| &self.analysis.id);
        ResultRecord::new(&self.analysis.id, path, unit, Evidence::Published)
            .with("series", series)
            .with("measure", measure)
    }

    fn levels(&self, fit: Fit<'_>) -> Vec<ResultRecord> {
        let level = |(i, date): (usize, &PartialDate)| {
            let record = self.record(&["level", &date.to_string()], Unit::Share, "level").at(Span::at(*date));
            match fit {
                Err(reason) => record.figures(Figures::not_estimable(reason)),
                Ok(pooled) => self.level(record, pooled, &pooled.levels[i], *date),
            }
        };
        self.input.grid.iter().enumerate().map(level).collect()
    }

    fn level(&self, record: ResultRecord, pooled: &PooledSeries, level: &LevelAt, step: PartialDate) -> ResultRecord {
        // A month stands for all of its days: one with a poll before its middle is no forecast.
        let last = pooled.used.iter().map(|i| self.input.polls[*i].time).fold(f64::NEG_INFINITY, f64::max);
        let is_forecast = level.is_forecast && decimal_year(step.first_day()) > last;
        let near: Vec<usize> = pooled
            .used
            .iter()
            .copied()
            .filter(|i| (self.input.polls[*i].time - level.time).abs() <= self.options.window)
            .collect();
        let flags = [
            (is_forecast, Flag::Forecast),
            (level.n_houses == 0 && !is_forecast, Flag::NoPollNear),
            (level.n_houses == 1 && self.options.n_houses > 1 && !is_forecast, Flag::OneHouse),
        ];
        record
            .with("houses", &level.n_houses.to_string())
            .with("pollster", only_house(near.iter().map(|i| self.house_of(*i))))
            .flags(flags.into_iter().filter(|(holds, _)| *holds).map(|(_, flag)| flag))
            .flags(self.sample_flags(near.iter()))
            .rests_on(self.origins(near.iter()))
            .figures(self.estimated(level.share))
    }

    fn houses(&self, fit: Fit<'_>) -> Vec<ResultRecord> {
        let house = |(code, house): (usize, &House<'_>)| {
            let record = self.of_house(&["house", &house.id], Unit::ShareDifference, "house", house);
            let found = match fit {
                Err(reason) => return record.figures(Figures::not_estimable(reason)),
                Ok(pooled) => &pooled.houses[code],
            };
            let own = || self.polls_of(fit, code);
            record
                .flags(self.sample_flags(own().iter()))
                .rests_on(self.origins(own().iter()))
                .figures(self.house_figures(found))
        };
        self.input.houses.iter().enumerate().map(house).collect()
    }

    fn house_figures(&self, found: &HouseEffect) -> Figures {
        match found.effect {
            // The anchor, the only house with polls, or the only one with a weight.
            Some(effect) if effect.se == 0.0 => {
                Figures::without_interval(0.0, "the house against which the others are measured")
            }
            None => Figures::not_estimable("no poll of the house has a known sample"),
            Some(effect) => Figures { test: found.test.map(wald), ..self.estimated(effect) },
        }
    }

    fn events(&self, fit: Fit<'_>) -> Vec<ResultRecord> {
        let placebos = self.placebos(fit);
        let mut out = Vec::new();
        for (i, declared) in self.analysis.event.iter().enumerate() {
            let (unit, per_unit) = unit_of(declared.kind);
            let record = |path: &[&str], unit, measure| self.event_record("event", declared, path, unit, measure);
            let measure = match declared.kind {
                PooledEventKind::Step => "step",
                PooledEventKind::Pulse => "pulse",
                PooledEventKind::Slope => "bend",
            };
            let effect = record(&[], unit, measure);
            let smallest = record(&["smallest-detectable"], unit.size(), "smallest-detectable");
            let placebo = record(&["placebo"], Unit::Share, "placebo");
            let found = match fit {
                Err(reason) => {
                    out.extend([effect, smallest].map(|record| record.figures(Figures::not_estimable(reason))));
                    continue;
                }
                Ok(pooled) => &pooled.events[i],
            };
            let figures = event_figures(found.effect, found.test, per_unit, self.method());
            out.push(self.neighbours(effect, found).figures(figures));
            let size = found.smallest_detectable.map(|size| size * per_unit);
            out.push(smallest.figures(smallest_figures(size.ok_or(reason_of(found)))));
            if let Some(placebos) = &placebos
                && declared.kind == PooledEventKind::Step
            {
                out.push(placebo.figures(placebo_figures(found, placebos)));
            }
        }
        out
    }

    /// A record about an event.
    pub(super) fn event_record(
        &self,
        kind: &str,
        declared: &PooledEvent,
        path: &[&str],
        unit: Unit,
        measure: &str,
    ) -> ResultRecord {
        let record = self.record(&[&[kind, declared.event.as_str()], path].concat(), unit, measure);
        let record = record.with("event", &declared.event);
        match self.input.date_of(&declared.event) {
            Some(date) => record.at(Span::at(date)),
            None => record,
        }
    }

    /// Steps at dates without event.
    fn placebos(&self, fit: Fit<'_>) -> Option<Vec<f64>> {
        let declared = self.analysis.placebo?;
        let pooled = fit.ok()?;
        let times = || pooled.used.iter().map(|i| self.input.polls[*i].time);
        let ends = (times().fold(f64::INFINITY, f64::min), times().fold(f64::NEG_INFINITY, f64::max));
        let mut avoid: Vec<f64> = self.options.events.iter().map(pooling::PoolEvent::at).collect();
        avoid.extend(&self.input.changes);
        avoid.extend(self.options.shifts.iter().map(|shift| shift.from));
        let dates = placebo_months(ends, &avoid, u32::from(declared.months_away));
        Some(pooling::placebo_steps(&self.input.polls, self.options, pooled, &dates).into_iter().flatten().collect())
    }

    /// The polls nearest to an event on both sides, and those that may lie on either.
    pub(super) fn neighbours(&self, record: ResultRecord, found: &EventEffect) -> ResultRecord {
        let polls = &self.input.polls;
        let at = record.when.map_or(f64::NAN, Span::mid_year);
        let is_near = |i: &usize| (polls[*i].time - at).abs() <= NEAR;
        let before: Vec<usize> = found.nearest.iter().filter_map(|near| near.before).filter(is_near).collect();
        let after: Vec<usize> = found.nearest.iter().filter_map(|near| near.after).filter(is_near).collect();
        record
            .with("before", &self.names(&before))
            .with("after", &self.names(&after))
            .with("straddling", &self.names(&found.straddling))
            .flags(self.sample_flags(before.iter().chain(&after)))
            .rests_on(self.origins(before.iter().chain(&after)))
    }

    fn shifts(&self, fit: Fit<'_>) -> Vec<ResultRecord> {
        let mut out = Vec::new();
        for (i, declared) in self.analysis.shift.iter().enumerate() {
            let record = |path: &[&str], unit: Unit, measure: &str| {
                self.record(&[&["shift", declared.id.as_str()], path].concat(), unit, measure)
                    .with("shift", &declared.id)
                    .with("pollster", &declared.pollster)
                    .at(Span::at(declared.from))
            };
            let shift = fit.map(|pooled| pooled.shifts[i]);
            let effect = shift.and_then(|shift| shift.effect);
            let figures = match (effect, shift) {
                (Ok(effect), Ok(shift)) => Figures { test: shift.test.map(wald), ..self.estimated(effect) },
                (Err(reason), _) | (_, Err(reason)) => Figures::not_estimable(reason),
            };
            let size = effect
                .and_then(|_| shift.and_then(|shift| shift.smallest_detectable.ok_or("it has no standard error")));
            out.push(record(&[], Unit::ShareDifference, "shift").figures(figures));
            let smallest = record(&["smallest-detectable"], Unit::ShareSize, "smallest-detectable");
            out.push(smallest.figures(smallest_figures(size)));
        }
        out
    }

    fn spreads(&self, fit: Fit<'_>) -> Vec<ResultRecord> {
        let Ok(pooled) = fit else { return Vec::new() };
        let figures = |spread: SpreadEstimate| {
            let factor = pooled.per_unit;
            match spread.se_and_limits {
                None => Figures::without_interval(
                    factor * spread.sd,
                    "the likelihood is flat here, as for a standard deviation near zero",
                ),
                Some((se, low, high)) => Figures {
                    estimate: Some(factor * spread.sd),
                    se: Some(factor * se),
                    ci_low: Some(factor * low),
                    ci_high: Some(factor * high),
                    level: Some(LEVEL),
                    ci_method: Some("maximum likelihood"),
                    ..Figures::default()
                },
            }
        };
        let record = |name: &str, measure| self.record(&["sd", name], Unit::ShareSize, measure);
        let mut out = vec![record("level", "sd-level").figures(figures(pooled.level_sd))];
        out.extend(pooled.slope_sd.map(|sd| record("slope", "sd-slope").figures(figures(sd))));
        for (house, found) in self.input.houses.iter().zip(&pooled.houses) {
            let Some(scatter) = found.scatter else { continue };
            let record = self.of_house(&["sd", &house.id], Unit::ShareSize, "sd-house", house);
            out.push(record.figures(figures(scatter)));
        }
        out
    }

    fn hold_out(&self, fit: Fit<'_>) -> Vec<ResultRecord> {
        let Ok(pooled) = fit else { return Vec::new() };
        let mut out = Vec::new();
        for (code, (house, found)) in self.input.houses.iter().zip(&pooled.houses).enumerate() {
            for (level, inside) in HOLD_OUT_LEVELS.iter().zip(&found.hold_out.n_inside) {
                let name = format!("inside-{:.0}", 100.0 * level);
                let record = self.of_house(&["holdout", &house.id, &name], Unit::Share, &name, house);
                let (x, n) = (*inside as u64, found.hold_out.n_polls as u64);
                let figures = match n {
                    0 => Figures::not_estimable("no poll of the house could be predicted from the others"),
                    _ => Figures { estimate: Some(x as f64 / n as f64), n: Some(n), ..Figures::default() }
                        .limits(interval::wilson(x, n)),
                };
                out.push(record.rests_on(self.origins(self.polls_of(fit, code).iter())).figures(figures));
            }
        }
        out
    }

    fn outliers(&self, fit: Fit<'_>) -> Vec<ResultRecord> {
        let Ok(pooled) = fit else { return Vec::new() };
        let outlier = |found: &pooling::Outlier| {
            let (poll, source) = (&self.input.polls[found.poll], &self.input.sources[found.poll]);
            let house = &self.input.houses[poll.house];
            let difference = poll.share - found.expected;
            self.of_house(&["outlier", source.poll], Unit::ShareDifference, "outlier", house)
                .with("poll", source.poll)
                .at(source.when)
                .flags(self.sample_flags([found.poll].iter()))
                .rests_on(&source.origins)
                .figures(Figures {
                    test: interval::test_of_zero(found.z, 1.0, None),
                    ..Figures::without_interval(difference, "a poll minus what all others say it should have shown")
                })
        };
        pooled.outliers.iter().map(outlier).collect()
    }

    pub(super) fn of_house(&self, path: &[&str], unit: Unit, measure: &str, house: &House<'_>) -> ResultRecord {
        self.record(path, unit, measure)
            .with("pollster", house.pollster)
            .with("question", &house.question.id)
            .with("answer", house.answer)
    }

    fn house_of(&self, poll: usize) -> &str {
        self.input.houses[self.input.polls[poll].house].pollster
    }

    pub(super) fn polls_of(&self, fit: Fit<'_>, house: usize) -> Vec<usize> {
        let used = fit.map_or(&[][..], |pooled| &pooled.used);
        used.iter().copied().filter(|i| self.input.polls[*i].house == house).collect()
    }

    /// Ids of polls; with the month where the day in the id is a stamp.
    fn names(&self, polls: &[usize]) -> String {
        let name = |i: &usize| {
            let source = &self.input.sources[*i];
            let day = source.when.start.first_day();
            if source.is_month_only {
                format!("{} ({:04}-{:02})", source.poll, day.year(), day.month())
            } else {
                source.poll.to_owned()
            }
        };
        polls.iter().map(name).collect::<Vec<_>>().join("; ")
    }

    fn sources<'b>(&'b self, polls: impl Iterator<Item = &'b usize>) -> impl Iterator<Item = &'b Source<'b>> {
        polls.map(|i| &self.input.sources[*i])
    }

    pub(super) fn origins<'b>(&'b self, polls: impl Iterator<Item = &'b usize>) -> impl Iterator<Item = &'b Origin> {
        self.sources(polls).flat_map(|source| &source.origins)
    }

    /// Design effects are always declared; the number interviewed may be.
    pub(super) fn sample_flags<'b>(&'b self, polls: impl Iterator<Item = &'b usize>) -> Vec<Flag> {
        let is_assumed: Vec<bool> = self.sources(polls).map(|source| source.is_n_assumed).collect();
        let declared = (!is_assumed.is_empty()).then_some(Flag::DeffDeclared);
        declared.into_iter().chain(is_assumed.contains(&true).then_some(Flag::NAssumed)).collect()
    }
}

/// The pollster, where all polls are of one.
fn only_house<'p>(mut pollsters: impl Iterator<Item = &'p str>) -> &'p str {
    match pollsters.next() {
        Some(first) if pollsters.all(|other| other == first) => first,
        _ => "",
    }
}

/// The unit of the effect of an event, and how many of it a unit of the model makes.
pub(super) fn unit_of(kind: PooledEventKind) -> (Unit, f64) {
    match kind {
        PooledEventKind::Slope => (Unit::SharePerDecade, 10.0),
        PooledEventKind::Step | PooledEventKind::Pulse => (Unit::ShareDifference, 1.0),
    }
}

/// The effect of an event with its test.
pub(super) fn event_figures(
    effect: Result<PoolEstimate, &'static str>,
    test: Option<TermTest>,
    per_unit: f64,
    method: &'static str,
) -> Figures {
    match effect {
        Err(reason) => Figures::not_estimable(reason),
        Ok(effect) => {
            let scaled = PoolEstimate {
                estimate: per_unit * effect.estimate,
                se: per_unit * effect.se,
                low: per_unit * effect.low,
                high: per_unit * effect.high,
            };
            Figures { test: test.map(wald), ..estimated(scaled, method) }
        }
    }
}

fn reason_of(found: &EventEffect) -> &'static str {
    found.effect.err().unwrap_or("it has no standard error")
}

/// The smallest change that a test would find.
pub(super) fn smallest_figures(size: Result<f64, &str>) -> Figures {
    match size {
        Ok(size) => Figures::without_interval(size, "found with a power of 80 % at a level of 5 %"),
        Err(reason) => Figures::not_estimable(reason),
    }
}

/// The share of placebo dates with a step as large; the event itself counts among them in the p value.
fn placebo_figures(found: &EventEffect, placebos: &[f64]) -> Figures {
    let Some(step) = found.at_likeliest else { return Figures::not_estimable(reason_of(found)) };
    match PlaceboShare::of(step, placebos) {
        Err(error) => Figures::not_estimable(error.to_string()),
        Ok(share) => placebo_share(&share),
    }
}

/// The figures of a placebo test.
pub(in crate::analysis) fn placebo_share(share: &PlaceboShare) -> Figures {
    let n = share.n_dates as u64;
    Figures {
        n: Some(n),
        test: Some(TestOutcome {
            method: "placebo_dates",
            statistic: None,
            numerator_degf: None,
            degf: None,
            p_value: share.p_value,
        }),
        ..Figures::without_interval(
            share.n_as_large as f64 / share.n_dates as f64,
            "a count of dates that depend on each other",
        )
    }
}

fn wald(test: TermTest) -> TestOutcome {
    TestOutcome {
        method: if test.degf.is_some() { "wald_t" } else { "wald_z" },
        statistic: Some(test.statistic),
        numerator_degf: None,
        degf: test.degf,
        p_value: test.p_value,
    }
}

pub(super) fn estimated(estimate: PoolEstimate, method: &'static str) -> Figures {
    Figures {
        estimate: Some(estimate.estimate),
        se: Some(estimate.se),
        ci_low: Some(estimate.low),
        ci_high: Some(estimate.high),
        level: Some(LEVEL),
        ci_method: Some(method),
        ..Figures::default()
    }
}
