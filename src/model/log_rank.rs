//! Do groups survive equally long?

use super::cox::RiskSets;
use super::error::ModelError;
use super::fit::{Rows, with_degf};
use super::kaplan_meier::product_limit;
use super::matrix::ModelMatrix;
use super::survival::SurvivalTimes;
use crate::design::SurveyDesign;
use crate::estimate::{Scored, scored};
use crate::numeric::dist::{ChiSquared, Normal};
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;

/// A log-rank test.
#[derive(Clone, Debug, PartialEq)]
pub struct LogRank {
    /// For each column of the groups the total of its scores, on the scale of the weights.
    pub score: Vec<f64>,
    pub se: Vec<f64>,
    pub z: Vec<f64>,
    /// Normal p-value of each.
    pub p_values: Vec<f64>,
    /// All columns together.
    pub chi_squared: f64,
    pub degf: f64,
    pub p_value: f64,
}

/// How the scores of a log-rank test are formed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LogRankWeights {
    /// Fleming and Harrington's S(t−)^ρ (1 − S(t−))^γ; both 0 is the plain log-rank test. Late differences need γ, early
    /// ones ρ.
    FlemingHarrington { rho: f64, gamma: f64 },
    /// The score test of the Cox model, ties by Efron throughout.
    CoxScore,
}

/// Tests whether groups have one hazard. `groups` holds columns without intercept, as a factor gives them.
///
/// # Definition
/// The score of a row is ω(t)(x − E(t)) at its event less Σ ω(t)(x − E(t)) dΛ(t) over its time at risk, E the mean of those at
/// risk; ω is S(t−)^ρ(1 − S(t−))^γ.
///
/// # Errors
/// As for [`cox`](super::cox); replicate weights.
///
/// # Agreement
/// R survey 4.1.1, `svylogrank` with methods small, large and score, 1e-6.
///
/// # References
/// Rader, Lipsitz, Fitzmaurice, Harrington, Parzen and Sinha (2017), Statistical Methods in Medical Research 26; Fleming and
/// Harrington (1991), *Counting Processes and Survival Analysis*, chapter 7.
pub fn log_rank(
    design: &SurveyDesign,
    times: &SurvivalTimes<'_>,
    groups: &ModelMatrix,
    mask: &[bool],
    weights: LogRankWeights,
) -> Result<LogRank, ModelError> {
    if design.replicates().is_some() {
        return Err(ModelError::Design { what: "log-rank tests", needed: "sampling units, not replicate weights" });
    }
    times.check(design.n_rows())?;
    if groups.n_rows() != design.n_rows() {
        let (got, expected) = (groups.n_rows(), design.n_rows());
        return Err(ModelError::Length { what: "the groups".to_string(), got, expected });
    }
    let rows = Rows::new(design, mask, |i| times.is_complete(i) && groups.is_complete(i))?;
    let p = groups.names().len();
    let risk = RiskSets::new(&rows, times, rows.matrix(groups), None);
    let null = vec![0.0; p];
    let likelihood = risk.likelihood(&rows.weights, &null);
    let scores = match weights {
        LogRankWeights::CoxScore => risk.residuals(&likelihood, &null),
        LogRankWeights::FlemingHarrington { rho, gamma } => {
            let curve = product_limit(&rows, times);
            let weight = |t: f64| {
                let before = curve.time.partition_point(|s| *s < t).saturating_sub(1);
                let share = curve.survival[before];
                libm::pow(share, rho) * libm::pow(1.0 - share, gamma)
            };
            let mut scores = Matrix::zeros(rows.n(), p);
            for here in likelihood.event_times.iter().flatten() {
                let (mean, hazard, weight) = (here.mean(), here.hazard(), weight(here.time));
                for k in 0..rows.n() {
                    let is_event = f64::from(u8::from(risk.event[k] && risk.time[k] == here.time));
                    let is_at_risk = f64::from(u8::from(risk.time[k] >= here.time));
                    for j in 0..p {
                        scores[(k, j)] += weight * (risk.x[(k, j)] - mean[j]) * (is_event - hazard * is_at_risk);
                    }
                }
            }
            scores
        }
    };
    let column = |j: usize| rows.spread_out(design.n_rows(), |k| scores[(k, j)]);
    let columns: Vec<Vec<f64>> = (0..p).map(column).collect();
    let total = |c: &Vec<f64>| c.iter().zip(design.weights()).map(|(z, w)| z * w).sum::<f64>();
    let score: Vec<f64> = columns.iter().map(total).collect();
    let options = with_degf(0.95, rows.degf);
    let found = scored(design, groups.names().to_vec(), &score, &Scored::Rows(columns), &rows.mask, &options)?;
    let covariance = found.covariance(&(0..p).collect::<Vec<_>>())?;
    let covariance = Matrix::from_fn(p, p, |i, j| covariance[i][j]);
    let se: Vec<f64> = covariance.diagonal().iter().map(|v| v.sqrt()).collect();
    let z: Vec<f64> = score.iter().zip(&se).map(|(s, e)| s / e).collect();
    let chi_squared = Cholesky::of(&covariance)?.inverse_quadratic_form(&score)?;
    Ok(LogRank {
        p_values: z.iter().map(|z| 2.0 * Normal::STANDARD.sf(z.abs())).collect(),
        score,
        se,
        z,
        chi_squared,
        degf: p as f64,
        p_value: ChiSquared::new(p as f64)?.sf(chi_squared),
    })
}
