//! Offsets that drift, and events beside them.

use super::records::{Context, Fit, estimated, event_figures, smallest_figures, unit_of};
use crate::analysis::result::{Figures, Flag, ResultRecord, STATE_SPACE_KNOWN, TestOutcome, Unit};
use crate::analysis::trend::pooling::{self, PooledSeries};
use crate::numeric::stream::Stream;
use crate::study::Span;
use crate::study::definition::PooledEvent;

impl Context<'_, '_> {
    /// The test of drift, changes at events where they are asked for, and the offsets.
    pub(super) fn drift(&self, fit: Fit<'_>) -> Vec<ResultRecord> {
        let sd = self.record(&["drift", "sd"], Unit::ShareSize, "drift-sd");
        let smallest =
            self.record(&["drift", "sd", "smallest-detectable"], Unit::ShareSize, "drift-smallest-detectable");
        let found = fit.map_err(str::to_owned).and_then(|pooled| Ok((pooled, self.drift_of(pooled)?)));
        let (pooled, drift) = match found {
            Ok(found) => found,
            Err(reason) => {
                let mut out =
                    [sd, smallest].map(|record| record.figures(Figures::not_estimable(reason.as_str()))).to_vec();
                out.extend(self.beside_drift(|_, record, smallest| {
                    [record, smallest].map(|record| record.figures(Figures::not_estimable(reason.as_str())))
                }));
                return out;
            }
        };
        let mut out = vec![sd.figures(Figures {
            test: Some(TestOutcome {
                method: "likelihood_ratio_drift",
                statistic: Some(drift.statistic),
                numerator_degf: None,
                degf: Some(1.0),
                p_value: drift.p_value,
            }),
            ..Figures::without_interval(
                drift.drift_sd * pooled.per_unit,
                "the largest likelihood; its interval is not computed",
            )
        })];
        let size = drift.smallest_detectable.map(|sd| sd * pooled.per_unit);
        out.push(smallest.figures(smallest_figures(size.ok_or("no drift would be found by a test"))));
        out.extend(self.beside_drift(|i, record, smallest| {
            let (_, per_unit) = unit_of(self.analysis.event[i].kind);
            let found = drift.events.get(i).copied().unwrap_or(Err("it is not in the model"));
            let figures =
                event_figures(found.map(|e| e.effect), found.ok().map(|e| e.test), per_unit, STATE_SPACE_KNOWN);
            let size = found.map(|e| e.smallest_detectable * per_unit);
            [self.neighbours(record, &pooled.events[i]).figures(figures), smallest.figures(smallest_figures(size))]
        }));
        for (code, (house, offsets)) in self.input.houses.iter().zip(&drift.offsets).enumerate() {
            for (date, offset) in self.input.grid.iter().zip(offsets) {
                let Some(offset) = offset else { continue };
                let path = ["drift", house.id.as_str(), &date.to_string()];
                let is_near = |i: &usize| (self.input.polls[*i].time - date.mid_year()).abs() <= self.options.window;
                let near: Vec<usize> = self.polls_of(fit, code).into_iter().filter(is_near).collect();
                out.push(
                    self.of_house(&path, Unit::ShareDifference, "drift", house)
                        .at(Span::at(*date))
                        .flags(near.is_empty().then_some(Flag::NoPollNear))
                        .flags(self.sample_flags(near.iter()))
                        .rests_on(self.origins(near.iter()))
                        .figures(estimated(*offset, STATE_SPACE_KNOWN)),
                );
            }
        }
        out
    }

    /// Two records for each event beside drifting offsets, its change and the smallest that would be found; none where they are not
    /// asked for.
    fn beside_drift(&self, with: impl Fn(usize, ResultRecord, ResultRecord) -> [ResultRecord; 2]) -> Vec<ResultRecord> {
        if !self.analysis.drifting_events {
            return Vec::new();
        }
        let record = |(i, declared): (usize, &PooledEvent)| {
            let (unit, _) = unit_of(declared.kind);
            let record =
                |path: &[&str], unit, measure| self.event_record("drifting-event", declared, path, unit, measure);
            let smallest = record(&["smallest-detectable"], unit.size(), "drifting-smallest-detectable");
            with(i, record(&[], unit, "drifting-event"), smallest)
        };
        self.analysis.event.iter().enumerate().flat_map(record).collect()
    }

    fn drift_of(&self, pooled: &PooledSeries) -> Result<pooling::Drift, String> {
        let stream = Stream::named(self.seed, &format!("drift {}", self.analysis.id));
        pooling::drift(&self.input.polls, self.options, pooled, self.analysis.drifting_events, &stream)
            .map_err(|error| error.to_string())
    }
}
