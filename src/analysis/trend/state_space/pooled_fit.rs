//! Fits of pooled polls.

use super::super::error::TrendError;
use super::pooled::{HouseEffects, Ordered, PooledPolls, TrendKind, Variances};
use super::pooled_kernel::{Sorted, Sums, Trace, backward, forward};
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;
use crate::numeric::sum::dot;

/// A term with its standard error.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TermEffect {
    pub estimate: f64,
    pub se: f64,
}

/// The level at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PooledLevel {
    pub time: f64,
    pub level: f64,
    pub se: f64,
    /// Per unit of time; only for a local linear trend.
    pub slope: Option<f64>,
    /// After the last poll.
    pub is_forecast: bool,
}

/// A poll against the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointDiagnostic {
    /// One-step error over its standard error, effects taken as estimated; NaN for a poll without answer.
    pub residual: f64,
    /// What all other polls say this poll should have shown, and how sure they are, its own sampling error included; `None` where
    /// they cannot say (the only poll of a house).
    pub left_out: Option<TermEffect>,
    /// The poll minus that, over its standard error.
    pub left_out_z: Option<f64>,
}

/// A pooled series.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooled {
    /// At each poll, in the order of the input.
    pub levels: Vec<PooledLevel>,
    /// At the further times, in their order.
    pub further: Vec<PooledLevel>,
    pub houses: Vec<TermEffect>,
    pub events: Vec<TermEffect>,
    pub effects: Vec<TermEffect>,
    /// Of house effects, events and effects, in that order.
    pub covariance: Matrix,
    pub diagnostics: Vec<PointDiagnostic>,
    pub log_likelihood: f64,
}

/// The regression beside the filter.
struct Solved {
    coefficients: Vec<f64>,
    covariance: Matrix,
    log_likelihood: f64,
}

/// Number of elements of the state.
pub(super) fn dimension(trend: TrendKind) -> usize {
    if trend == TrendKind::LocalLevel { 1 } else { 2 }
}

fn solve(model: &PooledPolls<'_>, sums: &Sums) -> Result<Solved, TrendError> {
    let d = dimension(model.trend);
    let k = sums.with_data.len();
    let mut information = sums.cross.clone();
    let (mut n_proper, mut ln_prior) = (0, 0.0);
    if let HouseEffects::Shrunken { sd } = model.houses {
        n_proper = model.polls.n_houses;
        let precision = 1.0 / (sd * sd);
        ln_prior = n_proper as f64 * libm::log(precision);
        for h in 0..n_proper {
            information[(d + h, d + h)] += precision;
        }
    }
    let factor = Cholesky::of(&information)
        .map_err(|_| TrendError::NotIdentified { what: "a term that others explain, or the start of the level" })?;
    let coefficients = factor.solve(&sums.with_data)?;
    let explained = dot(&coefficients, &sums.with_data);
    let n_ordinary = (sums.n_seen + n_proper) as f64 - k as f64;
    let log_likelihood = -0.5
        * (n_ordinary * libm::log(2.0 * core::f64::consts::PI)
            + sums.ln_f
            + (sums.squares - explained)
            + factor.ln_determinant()
            - ln_prior);
    Ok(Solved { coefficients, covariance: factor.inverse(), log_likelihood })
}

pub(super) fn likelihood(model: &PooledPolls<'_>, data: &Sorted, variances: &Variances) -> Result<f64, TrendError> {
    let movement = model.movement(variances);
    let sums = match model.trend {
        TrendKind::LocalLevel => forward::<1>(data, movement, None),
        TrendKind::LocalLinear => forward::<2>(data, movement, None),
    };
    Ok(solve(model, &sums)?.log_likelihood)
}

/// Where the level is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// At the polls, with their diagnostics, and at the further times.
    Everything,
    /// At the further times; entries of polls stay NaN.
    FurtherTimes,
}

pub(super) fn smooth(
    model: &PooledPolls<'_>,
    ordered: &Ordered,
    variances: &Variances,
    wanted: Wanted,
) -> Result<Pooled, TrendError> {
    match model.trend {
        TrendKind::LocalLevel => smooth_state::<1>(model, ordered, variances, wanted),
        TrendKind::LocalLinear => smooth_state::<2>(model, ordered, variances, wanted),
    }
}

fn smooth_state<const D: usize>(
    model: &PooledPolls<'_>,
    ordered: &Ordered,
    variances: &Variances,
    wanted: Wanted,
) -> Result<Pooled, TrendError> {
    let data = &ordered.data;
    let n_polls = model.polls.times.len();
    let n_all = data.values.len();
    let mut trace = Trace::<D>::new(n_all, 1 + D + data.n_columns);
    let solved = solve(model, &forward::<D>(data, model.movement(variances), Some(&mut trace)))?;
    let k = solved.coefficients.len();
    let anchor = Combination::new(model, D, k);
    let last_seen = (0..n_all).rev().find(|i| data.is_seen[*i]).unwrap_or(0);
    let blank = PooledLevel { time: f64::NAN, level: f64::NAN, se: f64::NAN, slope: None, is_forecast: false };
    let mut levels = vec![blank; n_all];
    let nothing = PointDiagnostic { residual: f64::NAN, left_out: None, left_out_z: None };
    let mut diagnostics = vec![nothing; n_polls];
    let mut row = vec![0.0; k];
    backward::<D>(data, &trace, |point| {
        let position = ordered.order[point.index];
        if wanted == Wanted::FurtherTimes && position < n_polls {
            return;
        }
        let events = anchor.events(data, point.index);
        // Level = smoothed data − smoothed columns · b, plus what the anchor and the events add.
        for (j, out) in row.iter_mut().enumerate() {
            *out = anchor.into_level[j] + events(j) - point.states[j + 1][0];
        }
        let extra = solved.covariance.quadratic_form(&row);
        let slope = (D == 2).then(|| {
            let along: f64 = (0..k).map(|j| point.states[j + 1][D - 1] * solved.coefficients[j]).sum();
            point.states[0][D - 1] - along
        });
        levels[position] = PooledLevel {
            time: if position < n_polls { model.polls.times[position] } else { ordered.times[position - n_polls] },
            level: point.states[0][0] + dot(&row, &solved.coefficients),
            se: (point.variance[0][0] + extra).max(0.0).sqrt(),
            slope,
            is_forecast: point.index > last_seen,
        };
        if position < n_polls && data.is_seen[point.index] {
            let error = point.innovations[0] - dot(&point.innovations[1..], &solved.coefficients);
            let score = point.scores[0] - dot(&point.scores[1..], &solved.coefficients);
            let precision = point.precision - solved.covariance.quadratic_form(&point.scores[1..]);
            let can_tell = precision > 1e-9 * point.precision;
            diagnostics[position] = PointDiagnostic {
                residual: error / point.f.sqrt(),
                left_out: can_tell.then(|| TermEffect {
                    estimate: data.values[point.index] - score / precision,
                    se: 1.0 / precision.sqrt(),
                }),
                left_out_z: can_tell.then(|| score / precision.sqrt()),
            };
        }
    });
    let further = levels.split_off(n_polls);
    let terms = anchor.terms(&solved);
    let n_houses = model.polls.n_houses;
    let n_events = model.events.len();
    Ok(Pooled {
        levels,
        further,
        houses: terms.0[..n_houses].to_vec(),
        events: terms.0[n_houses..n_houses + n_events].to_vec(),
        effects: terms.0[n_houses + n_events..].to_vec(),
        covariance: terms.1,
        diagnostics,
        log_likelihood: solved.log_likelihood,
    })
}

/// How reported terms and the level follow from the coefficients.
struct Combination {
    /// Weights of the coefficients in the level: the anchor's.
    into_level: Vec<f64>,
    /// A row of weights per reported term.
    rows: Matrix,
    /// First coefficient of an event and of an effect.
    first_event: usize,
    first_effect: usize,
    dimension: usize,
}

impl Combination {
    fn new(model: &PooledPolls<'_>, dimension: usize, k: usize) -> Combination {
        let n_houses = model.polls.n_houses;
        let reference = model.reference();
        let n_house_columns = n_houses - usize::from(reference.is_some());
        let column_of = |house: usize| match reference {
            Some(r) if house == r => None,
            Some(r) if house > r => Some(dimension + house - 1),
            _ => Some(dimension + house),
        };
        let weights = model.anchor_weights();
        let mut into_level = vec![0.0; k];
        for (house, weight) in weights.iter().enumerate() {
            if let Some(j) = column_of(house) {
                into_level[j] = *weight;
            }
        }
        let first_event = dimension + n_house_columns;
        let n_terms = n_houses + k - first_event;
        let mut rows = Matrix::zeros(n_terms, k);
        for house in 0..n_houses {
            for (out, weight) in rows.row_mut(house).iter_mut().zip(&into_level) {
                *out = -weight;
            }
            if let Some(j) = column_of(house) {
                rows[(house, j)] += 1.0;
            }
        }
        for term in n_houses..n_terms {
            rows[(term, first_event + term - n_houses)] = 1.0;
        }
        let first_effect = first_event + model.events.len();
        Combination { into_level, rows, first_event, first_effect, dimension }
    }

    /// Weights of event coefficients in the level at an observation: events move the level itself.
    fn events<'a>(&'a self, data: &'a Sorted, index: usize) -> impl Fn(usize) -> f64 + 'a {
        let row = &data.columns[index * data.n_columns..(index + 1) * data.n_columns];
        move |j| if (self.first_event..self.first_effect).contains(&j) { row[j - self.dimension] } else { 0.0 }
    }

    fn terms(&self, solved: &Solved) -> (Vec<TermEffect>, Matrix) {
        let covariance = solved.covariance.congruence(&self.rows);
        let estimates = self.rows.times_vector(&solved.coefficients);
        let terms = estimates
            .into_iter()
            .enumerate()
            .map(|(i, estimate)| TermEffect { estimate, se: covariance[(i, i)].max(0.0).sqrt() })
            .collect();
        (terms, covariance)
    }
}
