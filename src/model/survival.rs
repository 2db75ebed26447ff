//! Times until an event, some of them cut short.

use super::error::ModelError;

/// One time a row and whether the event happened then; NaN for missing.
#[derive(Clone, Copy, Debug)]
pub struct SurvivalTimes<'a> {
    pub time: &'a [f64],
    /// 1 for an event, 0 for a time that was cut short.
    pub event: &'a [f64],
}

impl SurvivalTimes<'_> {
    pub(super) fn check(&self, n_rows: usize) -> Result<(), ModelError> {
        for (what, values) in [("the times", self.time), ("the events", self.event)] {
            if values.len() != n_rows {
                return Err(ModelError::Length { what: what.to_string(), got: values.len(), expected: n_rows });
            }
        }
        for (i, (time, event)) in self.time.iter().zip(self.event).enumerate() {
            if time.is_infinite() || *time < 0.0 {
                return Err(ModelError::NotFinite { what: "a time".to_string(), row: i + 1, got: *time });
            }
            if !(event.is_nan() || *event == 0.0 || *event == 1.0) {
                return Err(ModelError::Response { row: i + 1, got: *event, expected: "0 or 1 for an event" });
            }
        }
        Ok(())
    }

    pub(super) fn is_complete(&self, row: usize) -> bool {
        !self.time[row].is_nan() && !self.event[row].is_nan()
    }
}

/// An event time of one stratum of risk, with Efron's steps through its tied events.
pub(super) struct EventTime {
    pub time: f64,
    /// Mean weight of the events.
    pub mean_weight: f64,
    /// Rows of the events.
    pub events: Vec<usize>,
    /// For each step the weighted number at risk and the mean of the predictors.
    pub steps: Vec<(f64, Vec<f64>)>,
}

impl EventTime {
    /// Efron's increment of the cumulative hazard.
    pub fn hazard(&self) -> f64 {
        self.steps.iter().map(|(size, _)| self.mean_weight / size).sum()
    }

    /// The mean of the predictors, averaged over the steps.
    pub fn mean(&self) -> Vec<f64> {
        let n = self.steps.len() as f64;
        let p = self.steps.first().map_or(0, |s| s.1.len());
        (0..p).map(|j| self.steps.iter().map(|s| s.1[j]).sum::<f64>() / n).collect()
    }
}
