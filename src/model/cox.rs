//! Cox's proportional hazards model.

use super::error::ModelError;
use super::fit::{Rows, design_covariance, with_degf};
use super::least_squares::independent_columns;
use super::matrix::ModelMatrix;
use super::survival::{EventTime, SurvivalTimes};
use crate::design::{Codes, SurveyDesign};
use crate::estimate::Estimates;
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;

const MAX_ITERATIONS: usize = 100;
/// Change of the log-likelihood, relative, at which the iterations end.
const EPSILON: f64 = 1e-13;
const MAX_HALVINGS: usize = 40;

/// A fitted Cox model.
#[derive(Clone, Debug)]
pub struct Cox {
    pub estimates: Estimates,
    pub names: Vec<String>,
    pub coefficients: Vec<f64>,
    pub covariance: Matrix,
    /// Inverse information, weights scaled to mean 1.
    pub naive_covariance: Matrix,
    /// Columns left out because earlier ones explain them.
    pub collinear: Vec<String>,
    /// Log partial likelihood, weights scaled to mean 1.
    pub log_likelihood: f64,
    pub df_design: f64,
    pub n: usize,
    pub(super) risk: RiskSets,
    pub(super) kept: Vec<usize>,
    means: Vec<f64>,
    weights: Vec<f64>,
}

/// Rows of a fit with their times, grouped in strata of risk.
#[derive(Clone, Debug)]
pub(super) struct RiskSets {
    pub x: Matrix,
    pub time: Vec<f64>,
    pub event: Vec<bool>,
    /// Rows of each stratum, latest time first.
    pub strata: Vec<Vec<usize>>,
}

/// The partial likelihood at some coefficients.
pub(super) struct Likelihood {
    pub value: f64,
    pub score: Vec<f64>,
    pub information: Matrix,
    /// Event times of each stratum, latest first.
    pub event_times: Vec<Vec<EventTime>>,
}

impl RiskSets {
    pub fn new(rows: &Rows, times: &SurvivalTimes<'_>, x: Matrix, strata: Option<&Codes>) -> Self {
        let time = rows.pick(times.time);
        let event = rows.rows.iter().map(|&i| times.event[i] == 1.0).collect();
        let n_strata = strata.map_or(1, Codes::n_labels);
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); n_strata];
        for (k, &i) in rows.rows.iter().enumerate() {
            members[strata.map_or(0, |s| s.codes()[i] as usize)].push(k);
        }
        for rows in &mut members {
            rows.sort_by(|&a, &b| time[b].total_cmp(&time[a]));
        }
        Self { x, time, event, strata: members }
    }

    fn risk(&self, k: usize, beta: &[f64]) -> f64 {
        libm::exp(self.x.row(k).iter().zip(beta).map(|(x, b)| x * b).sum())
    }

    pub fn likelihood(&self, w: &[f64], beta: &[f64]) -> Likelihood {
        let p = beta.len();
        let mut found =
            Likelihood { value: 0.0, score: vec![0.0; p], information: Matrix::zeros(p, p), event_times: Vec::new() };
        for members in &self.strata {
            let (mut s0, mut s1, mut s2) = (0.0, vec![0.0; p], Matrix::zeros(p, p));
            let mut times = Vec::new();
            for tied in members.chunk_by(|&a, &b| self.time[a] == self.time[b]) {
                let (mut d0, mut d1, mut d2) = (0.0, vec![0.0; p], Matrix::zeros(p, p));
                let mut events = Vec::new();
                for &k in tied {
                    let (x, risk) = (self.x.row(k), w[k] * self.risk(k, beta));
                    add(&mut s0, &mut s1, &mut s2, x, risk);
                    if self.event[k] {
                        add(&mut d0, &mut d1, &mut d2, x, risk);
                        events.push(k);
                        found.value += w[k] * x.iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
                        found.score.iter_mut().zip(x).for_each(|(s, x)| *s += w[k] * x);
                    }
                }
                let total: f64 = events.iter().map(|&k| w[k]).sum();
                if events.is_empty() || total == 0.0 {
                    continue;
                }
                let n = events.len() as f64;
                let mut steps = Vec::with_capacity(events.len());
                for step in 0..events.len() {
                    let share = step as f64 / n;
                    let size = s0 - share * d0;
                    let mean: Vec<f64> = s1.iter().zip(&d1).map(|(s, d)| (s - share * d) / size).collect();
                    found.value -= total / n * libm::log(size);
                    for i in 0..p {
                        found.score[i] -= total / n * mean[i];
                        for j in 0..p {
                            let second = (s2[(i, j)] - share * d2[(i, j)]) / size;
                            found.information[(i, j)] += total / n * (second - mean[i] * mean[j]);
                        }
                    }
                    steps.push((size, mean));
                }
                times.push(EventTime { time: self.time[tied[0]], mean_weight: total / n, events, steps });
            }
            found.event_times.push(times);
        }
        found
    }

    /// Score residuals: what one unit of weight at each row adds to the score.
    pub fn residuals(&self, likelihood: &Likelihood, beta: &[f64]) -> Matrix {
        let p = beta.len();
        let mut residuals = Matrix::zeros(self.x.n_rows(), p);
        for (members, times) in self.strata.iter().zip(&likelihood.event_times) {
            // Forwards in time: hazard so far, and hazard times the mean of the predictors.
            let (mut hazard, mut drift) = (0.0, vec![0.0; p]);
            let mut next = times.iter().rev().peekable();
            for tied in members.rchunk_by_time(&self.time) {
                let here = next.next_if(|t| t.time == self.time[tied[0]]);
                if let Some(here) = here {
                    for (step, (size, mean)) in here.steps.iter().enumerate() {
                        let increment = here.mean_weight / size;
                        hazard += increment;
                        drift.iter_mut().zip(mean).for_each(|(d, m)| *d += increment * m);
                        // An event leaves the risk set step by step; give back what it did not run.
                        let share = step as f64 / here.steps.len() as f64;
                        for &k in &here.events {
                            let risk = self.risk(k, beta);
                            for j in 0..p {
                                let gap = self.x[(k, j)] - mean[j];
                                residuals[(k, j)] += gap * (share * risk * increment + 1.0 / here.steps.len() as f64);
                            }
                        }
                    }
                }
                for &k in tied {
                    let risk = self.risk(k, beta);
                    for j in 0..p {
                        residuals[(k, j)] -= risk * (self.x[(k, j)] * hazard - drift[j]);
                    }
                }
            }
        }
        residuals
    }

    fn fit(&self, w: &[f64], start: &[f64]) -> Result<(Vec<f64>, Likelihood), ModelError> {
        let mut beta = start.to_vec();
        let mut here = self.likelihood(w, &beta);
        for _ in 0..MAX_ITERATIONS {
            let step = Cholesky::of(&here.information)?.solve(&here.score)?;
            let mut factor = 1.0;
            let mut n_halvings = 0;
            let (next, there) = loop {
                let next: Vec<f64> = beta.iter().zip(&step).map(|(b, s)| b + factor * s).collect();
                let there = self.likelihood(w, &next);
                let slack = EPSILON * (1.0 + here.value.abs());
                if there.value >= here.value - slack || n_halvings == MAX_HALVINGS {
                    break (next, there);
                }
                factor *= 0.5;
                n_halvings += 1;
            };
            let gain = (there.value - here.value).abs();
            (beta, here) = (next, there);
            if gain <= EPSILON * (1.0 + here.value.abs()) {
                return Ok((beta, here));
            }
        }
        Err(ModelError::NoConvergence { what: "Cox model", iterations: MAX_ITERATIONS })
    }
}

/// Groups of rows with one time, earliest first, of rows that are sorted latest first.
trait ByTime {
    fn rchunk_by_time<'a>(&'a self, time: &[f64]) -> Vec<&'a [usize]>;
}

impl ByTime for Vec<usize> {
    fn rchunk_by_time<'a>(&'a self, time: &[f64]) -> Vec<&'a [usize]> {
        let mut groups: Vec<&[usize]> = self.chunk_by(|&a, &b| time[a] == time[b]).collect();
        groups.reverse();
        groups
    }
}

fn add(s0: &mut f64, s1: &mut [f64], s2: &mut Matrix, x: &[f64], risk: f64) {
    *s0 += risk;
    for (i, a) in x.iter().enumerate() {
        s1[i] += risk * a;
        for (j, b) in x.iter().enumerate() {
            s2[(i, j)] += risk * a * b;
        }
    }
}

/// Fits a Cox model with Efron's treatment of ties. Predictors have no intercept; `strata` gives every label a baseline
/// hazard of its own.
///
/// # Definition
/// β maximizes the weighted partial likelihood; the score of a row is A⁻¹ times its score residual.
///
/// # Errors
/// Lengths that differ, negative times, events other than 0 and 1, no rows, no event, iterations that do not settle.
///
/// # Agreement
/// R survey 4.1.1, `svycoxph`, 1e-6.
///
/// # References
/// Binder (1992), Biometrika 79; Lin (2000), Biometrika 87; Therneau and Grambsch (2000), *Modeling Survival Data*, sections
/// 3.3 and 7.1.
pub fn cox(
    design: &SurveyDesign,
    times: &SurvivalTimes<'_>,
    predictors: &ModelMatrix,
    strata: Option<&Codes>,
    mask: &[bool],
    level: f64,
) -> Result<Cox, ModelError> {
    times.check(design.n_rows())?;
    for (what, got) in
        [("the predictors", predictors.n_rows()), ("the strata", strata.map_or(design.n_rows(), Codes::len))]
    {
        if got != design.n_rows() {
            return Err(ModelError::Length { what: what.to_string(), got, expected: design.n_rows() });
        }
    }
    let has_stratum = |i: usize| strata.is_none_or(|s| (s.codes()[i] as usize) < s.n_labels());
    let rows = Rows::new(design, mask, |i| times.is_complete(i) && predictors.is_complete(i) && has_stratum(i))?;
    let x = rows.matrix(predictors);
    let n = x.n_rows();
    // Centred columns: risks stay near 1, and a constant column is explained.
    let mean = |j: usize| {
        x.column(j).iter().zip(&rows.weights).map(|(x, w)| x * w).sum::<f64>() / rows.weights.iter().sum::<f64>()
    };
    let means: Vec<f64> = (0..x.n_columns()).map(mean).collect();
    let centred = Matrix::from_fn(n, x.n_columns(), |i, j| x[(i, j)] - means[j]);
    let kept = independent_columns(&centred.cross_product(Some(&rows.weights)));
    let name = |j: usize| predictors.names()[j].clone();
    let collinear = (0..x.n_columns()).filter(|j| !kept.contains(j)).map(name).collect();
    let risk = RiskSets::new(&rows, times, centred.select(&(0..n).collect::<Vec<_>>(), &kept), strata);
    if !risk.event.iter().any(|e| *e) {
        return Err(ModelError::NoRows);
    }
    let (coefficients, likelihood) = risk.fit(&rows.weights, &vec![0.0; kept.len()])?;
    let naive_covariance = Cholesky::of(&likelihood.information)?.inverse();
    let scores = risk.residuals(&likelihood, &coefficients).times(&naive_covariance).scaled(rows.scale);
    let names: Vec<String> = kept.iter().map(|&j| name(j)).collect();
    let (estimates, covariance) = design_covariance(
        design,
        &rows,
        names.clone(),
        &coefficients,
        &with_degf(level, rows.degf + 1.0 - kept.len() as f64),
        |k, j| scores[(k, j)],
        |weights| Ok(risk.fit(weights, &coefficients)?.0),
    )?;
    Ok(Cox {
        estimates,
        names,
        coefficients,
        covariance,
        naive_covariance,
        collinear,
        log_likelihood: likelihood.value,
        df_design: rows.degf,
        n,
        risk,
        means: kept.iter().map(|&j| means[j]).collect(),
        kept,
        weights: rows.weights,
    })
}

impl Cox {
    /// The survival curve at given predictors (one value a column of the fit): pairs of event time and share surviving.
    ///
    /// # Definition
    /// exp(−H(t) exp(x'β)), H Breslow's cumulative hazard with weights; tied events leave the risk set one by one.
    ///
    /// # Errors
    /// Another number of predictors, strata of risk.
    ///
    /// # References
    /// Breslow (1972), JRSS B 34, discussion of Cox.
    pub fn survival_curve(&self, predictors: &[f64]) -> Result<Vec<(f64, f64)>, ModelError> {
        let n_columns = self.kept.len() + self.collinear.len();
        if predictors.len() != n_columns {
            let (got, expected) = (predictors.len(), n_columns);
            return Err(ModelError::Length { what: "the predictors".to_string(), got, expected });
        }
        let [members] = self.risk.strata.as_slice() else {
            return Err(ModelError::Design { what: "survival curves", needed: "one stratum of risk" });
        };
        let own: f64 =
            (0..self.kept.len()).map(|k| self.coefficients[k] * (predictors[self.kept[k]] - self.means[k])).sum();
        let relative = libm::exp(own);
        let risk = |k: usize| self.weights[k] * self.risk.risk(k, &self.coefficients);
        // Earliest first, events before times that were cut short at the same time.
        let mut order = members.clone();
        order.sort_by(|&a, &b| {
            self.risk.time[a].total_cmp(&self.risk.time[b]).then(self.risk.event[b].cmp(&self.risk.event[a]))
        });
        let mut left: f64 = order.iter().map(|&k| risk(k)).sum();
        let mut hazard = 0.0;
        let mut curve = Vec::new();
        for k in order {
            if self.risk.event[k] {
                hazard += self.weights[k] / left;
                curve.push((self.risk.time[k], libm::exp(-hazard * relative)));
            }
            left -= risk(k);
        }
        Ok(curve)
    }
}
