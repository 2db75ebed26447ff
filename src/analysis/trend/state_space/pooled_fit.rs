//! Fits of pooled polls.

use super::super::error::TrendError;
use super::pooled::{Estimated, HouseEffects, Ordered, PooledPolls, TrendKind, Variances, extra_of};
use super::pooled_kernel::{Sorted, Sums, Trace, backward, forward};
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;
use crate::numeric::optimise::{Stop, minimise_on, nelder_mead};
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

/// Estimated variances.
#[derive(Debug, Clone, PartialEq)]
pub struct VarianceFit {
    pub variances: Variances,
    pub log_likelihood: f64,
}

/// The regression beside the filter.
struct Solved {
    coefficients: Vec<f64>,
    covariance: Matrix,
    log_likelihood: f64,
}

/// Number of elements of the state.
fn dimension(trend: TrendKind) -> usize {
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

pub(super) fn smooth(model: &PooledPolls<'_>, ordered: &Ordered, variances: &Variances) -> Result<Pooled, TrendError> {
    match model.trend {
        TrendKind::LocalLevel => smooth_state::<1>(model, ordered, variances),
        TrendKind::LocalLinear => smooth_state::<2>(model, ordered, variances),
    }
}

fn smooth_state<const D: usize>(
    model: &PooledPolls<'_>,
    ordered: &Ordered,
    variances: &Variances,
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

/// The variance of the level is looked for within e^±24 of the sampling variance of a mean gap.
const WIDEST: i32 = 12;

pub(super) fn maximise(
    model: &PooledPolls<'_>,
    start: &Variances,
    estimated: &Estimated,
) -> Result<VarianceFit, TrendError> {
    let ordered = model.sorted(&Variances { extra: Vec::new(), ..start.clone() }, &[])?;
    let mut data = ordered.data;
    let sampling = data.variances.clone();
    let seen = data.is_seen.iter().filter(|s| **s).count();
    let scale = sampling.iter().zip(&data.is_seen).filter(|(_, s)| **s).map(|(v, _)| v).sum::<f64>() / seen as f64;
    let span: f64 = data.gaps.iter().sum();
    // One sampling variance per mean gap is the natural size of a level variance.
    let unit = if span > 0.0 { scale * seen as f64 / span } else { scale };
    let has_slope = estimated.slope && model.trend == TrendKind::LocalLinear;
    let n_parameters = usize::from(estimated.level) + usize::from(has_slope) + estimated.extra_of.len();
    super::super::check::at_least("variances to estimate", n_parameters, 1)?;
    let n_terms = dimension(model.trend) + data.n_columns;
    super::super::check::at_least("polls with an answer", seen, n_terms + n_parameters)?;
    let with = |parameters: &[f64]| -> Variances {
        let mut variances = start.clone();
        let mut next = parameters.iter().map(|p| libm::exp(*p));
        if estimated.level {
            variances.level = next.next().unwrap_or(0.0);
        }
        if has_slope {
            variances.slope = next.next().unwrap_or(0.0);
        }
        if !estimated.extra_of.is_empty() {
            variances.extra.resize(model.polls.n_houses, 0.0);
            for (house, extra) in estimated.extra_of.iter().zip(next) {
                variances.extra[*house] = extra;
            }
        }
        variances
    };
    let order = ordered.order;
    let mut evaluate = |variances: &Variances| -> Result<f64, TrendError> {
        if !variances.extra.is_empty() {
            for ((out, base), i) in data.variances.iter_mut().zip(&sampling).zip(&order) {
                *out = base + extra_of(variances, model.polls.houses[*i]);
            }
        }
        likelihood(model, &data, variances)
    };
    let ln_unit = libm::log(unit);
    evaluate(&with(&vec![ln_unit; n_parameters]))?;
    let mut loss = |p: &[f64]| evaluate(&with(p)).map_or(f64::INFINITY, |l| -l);
    let parameters = if n_parameters == 1 {
        let at = |i: i32| ln_unit + 2.0 * f64::from(i);
        // Polls may lie a million sampling variances apart: 0 % after 100 % does.
        let values: Vec<f64> = (-WIDEST..=WIDEST).map(|i| loss(&[at(i)])).collect();
        let best = (0..values.len()).min_by(|a, b| values[*a].total_cmp(&values[*b])).unwrap_or(0) as i32 - WIDEST;
        minimise_on(|p| loss(&[p]), at(best - 1), at(best + 1), 1e-7).x
    } else {
        let found = nelder_mead(loss, &vec![ln_unit - 3.0; n_parameters], &vec![2.0; n_parameters], Stop::default());
        if !found.is_converged {
            return Err(TrendError::NoConvergence { what: "the likelihood", iterations: found.n_evaluations });
        }
        found.x
    };
    let variances = with(&parameters);
    let log_likelihood = model.log_likelihood(&variances)?;
    Ok(VarianceFit { variances, log_likelihood })
}
