//! Cumulative-link models of ordered answers.

use super::error::ModelError;
use super::fit::{Rows, design_covariance, with_degf};
use super::matrix::ModelMatrix;
use super::newton::{RowLikelihood, maximize};
use crate::design::{Codes, SurveyDesign};
use crate::estimate::Estimates;
use crate::numeric::dist::Normal;
use crate::numeric::linalg::Cholesky;
use crate::numeric::matrix::Matrix;

/// The law of the latent variable behind the answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrdinalLink {
    /// Logistic: proportional odds.
    #[default]
    Logistic,
    /// Normal.
    Probit,
    /// Gumbel, F(q) = exp(−exp(−q)); R's `svyolr` calls it cloglog.
    LogLog,
}

impl OrdinalLink {
    /// Distribution function, density and derivative of the density.
    fn at(self, q: f64) -> [f64; 3] {
        match self {
            _ if q == f64::INFINITY => [1.0, 0.0, 0.0],
            _ if q == f64::NEG_INFINITY => [0.0, 0.0, 0.0],
            Self::Logistic => {
                let small = libm::exp(-q.abs());
                let tail = small / (1.0 + small);
                let cdf = if q > 0.0 { 1.0 - tail } else { tail };
                let pdf = tail * (1.0 - tail);
                [cdf, pdf, pdf * (1.0 - 2.0 * cdf)]
            }
            Self::Probit => {
                let pdf = Normal::STANDARD.pdf(q);
                [Normal::STANDARD.cdf(q), pdf, -q * pdf]
            }
            Self::LogLog => {
                let hazard = libm::exp(-q);
                let cdf = libm::exp(-hazard);
                let pdf = hazard * cdf;
                [cdf, pdf, pdf * (hazard - 1.0)]
            }
        }
    }

    fn quantile(self, p: f64) -> f64 {
        match self {
            Self::Logistic => libm::log(p / (1.0 - p)),
            Self::Probit => Normal::STANDARD.quantile(p),
            Self::LogLog => -libm::log(-libm::log(p)),
        }
    }
}

/// How the information of an ordinal model is formed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrdinalInformation {
    /// By derivatives.
    #[default]
    Exact,
    /// As R's `optim`: differences of the gradient over steps of 1e-3 in the slopes, the first threshold and the logarithms of
    /// the gaps between thresholds. Off in the fourth digit where a predictor has large values.
    AsR,
}

/// A fitted cumulative-link model.
#[derive(Clone, Debug)]
pub struct Ordinal {
    /// Slopes, then thresholds.
    pub estimates: Estimates,
    /// Slopes by column, thresholds as `level|next level`.
    pub names: Vec<String>,
    pub coefficients: Vec<f64>,
    pub covariance: Matrix,
    pub levels: Vec<String>,
    pub log_likelihood: f64,
    pub df_design: f64,
    link: OrdinalLink,
    n_slopes: usize,
}

/// Fits P(Y ≤ k) = F(ζ_k − x'β) to an answer with three or more ordered levels, by weighted maximum likelihood.
///
/// # Shapes and units
/// Answers as codes in their order; predictors have no intercept, the thresholds ζ take its place.
///
/// # Errors
/// Lengths that differ, fewer than three levels, a level without members, no rows, predictors that explain one another.
///
/// # Agreement
/// R survey 4.1.1, `svyolr`, 1e-4 with [`OrdinalInformation::AsR`] (its optimiser stops early).
///
/// # References
/// McCullagh (1980), JRSS B 42; Binder (1983), International Statistical Review 51.
pub fn ordinal(
    design: &SurveyDesign,
    answers: &Codes,
    predictors: &ModelMatrix,
    link: OrdinalLink,
    mask: &[bool],
    level: f64,
    information: OrdinalInformation,
) -> Result<Ordinal, ModelError> {
    for (what, got) in [("the answers", answers.len()), ("the predictors", predictors.n_rows())] {
        if got != design.n_rows() {
            return Err(ModelError::Length { what: what.to_string(), got, expected: design.n_rows() });
        }
    }
    let n_levels = answers.n_labels();
    if n_levels < 3 {
        return Err(ModelError::TooFewLevels { term: "the response".to_string(), got: n_levels });
    }
    let rows = Rows::new(design, mask, |i| (answers.codes()[i] as usize) < n_levels && predictors.is_complete(i))?;
    let x = rows.matrix(predictors);
    let y: Vec<usize> = rows.rows.iter().map(|&i| answers.codes()[i] as usize).collect();
    let mut sizes = vec![0.0; n_levels];
    y.iter().zip(&rows.weights).for_each(|(&k, w)| sizes[k] += w);
    if let Some(empty) = sizes.iter().position(|s| *s == 0.0) {
        let levels = answers.labels().join(", ");
        let level = answers.labels()[empty].clone();
        let hint = "\n  hint: this level has no members in these rows; join it with a neighbour".to_string();
        return Err(ModelError::UnknownLevel { term: "the response".to_string(), level, levels, hint });
    }
    let p = x.n_columns();
    let total: f64 = sizes.iter().sum();
    let mut start = vec![0.0; p];
    let mut below = 0.0;
    for size in &sizes[..n_levels - 1] {
        below += size;
        start.push(link.quantile(below / total));
    }
    let row = |k: usize, at: &[f64]| row(x.row(k), y[k], n_levels, link, at);
    let fit = maximize("ordinal model", &rows.weights, &start, row)?;
    let gradients = (0..rows.n()).flat_map(|k| row(k, &fit.parameters).gradient).collect();
    let inverse = match information {
        OrdinalInformation::Exact => fit.inverse_information,
        OrdinalInformation::AsR => {
            let gradient = |at: &[f64]| {
                let mut sum = vec![0.0; at.len()];
                for (k, w) in rows.weights.iter().enumerate() {
                    sum.iter_mut().zip(row(k, at).gradient).for_each(|(s, g)| *s += w * g);
                }
                sum
            };
            by_differences(&fit.parameters, p, gradient)?
        }
    };
    let scores = Matrix::from_vec(rows.n(), start.len(), gradients).times(&inverse).scaled(rows.scale);
    let mut names = predictors.names().to_vec();
    names.extend(answers.labels().windows(2).map(|pair| format!("{}|{}", pair[0], pair[1])));
    let (estimates, covariance) = design_covariance(
        design,
        &rows,
        names.clone(),
        &fit.parameters,
        &with_degf(level, rows.degf - p as f64),
        |k, j| scores[(k, j)],
        |weights| Ok(maximize("ordinal model", weights, &fit.parameters, row)?.parameters),
    )?;
    Ok(Ordinal {
        estimates,
        names,
        coefficients: fit.parameters,
        covariance,
        levels: answers.labels().to_vec(),
        log_likelihood: fit.value,
        df_design: rows.degf,
        link,
        n_slopes: p,
    })
}

/// Derivatives of slopes and thresholds by slopes, first threshold and logarithms of gaps.
fn jacobian(at: &[f64], n_slopes: usize) -> Matrix {
    let gap = |j: usize| if j == n_slopes { 1.0 } else { at[j] - at[j - 1] };
    Matrix::from_fn(at.len(), at.len(), |i, j| match (i < n_slopes, j < n_slopes) {
        (true, _) | (_, true) => f64::from(u8::from(i == j)),
        _ if j <= i => gap(j),
        _ => 0.0,
    })
}

/// The inverse information from differences of the gradient, as R has it.
fn by_differences(at: &[f64], n_slopes: usize, gradient: impl Fn(&[f64]) -> Vec<f64>) -> Result<Matrix, ModelError> {
    const STEP: f64 = 1e-3;
    let moved = |j: usize, by: f64| -> Vec<f64> {
        let mut gaps: Vec<f64> = at.to_vec();
        for k in (n_slopes + 1..at.len()).rev() {
            gaps[k] = libm::log(at[k] - at[k - 1]);
        }
        gaps[j] += by;
        for k in n_slopes + 1..at.len() {
            gaps[k] = gaps[k - 1] + libm::exp(gaps[k]);
        }
        jacobian(&gaps, n_slopes).transposed().times_vector(&gradient(&gaps))
    };
    let columns: Vec<Vec<f64>> = (0..at.len())
        .map(|j| {
            let (up, down) = (moved(j, STEP), moved(j, -STEP));
            up.iter().zip(&down).map(|(u, d)| (d - u) / (2.0 * STEP)).collect()
        })
        .collect();
    let information = Matrix::from_fn(at.len(), at.len(), |i, j| 0.5 * (columns[i][j] + columns[j][i]));
    Ok(Cholesky::of(&information)?.inverse().congruence(&jacobian(at, n_slopes)))
}

fn row(x: &[f64], y: usize, n_levels: usize, link: OrdinalLink, at: &[f64]) -> RowLikelihood {
    let (slopes, thresholds) = at.split_at(x.len());
    let eta: f64 = x.iter().zip(slopes).map(|(x, b)| x * b).sum();
    let upper = if y + 1 == n_levels { f64::INFINITY } else { thresholds[y] - eta };
    let lower = if y == 0 { f64::NEG_INFINITY } else { thresholds[y - 1] - eta };
    let [a, fa, ga] = link.at(upper);
    let [b, fb, gb] = link.at(lower);
    let p = a - b;
    if p <= 0.0 {
        // Thresholds out of order: no likelihood.
        let size = at.len();
        let (gradient, hessian) = (vec![0.0; size], Matrix::zeros(size, size));
        return RowLikelihood { value: f64::NEG_INFINITY, gradient, hessian };
    }
    let is_threshold = |j: usize, k: usize| f64::from(u8::from(j == x.len() + k));
    let da = |j: usize| if j < x.len() { -x[j] } else { is_threshold(j, y) };
    let db = |j: usize| {
        if j < x.len() {
            -x[j]
        } else if y == 0 {
            0.0
        } else {
            is_threshold(j, y - 1)
        }
    };
    let gradient: Vec<f64> = (0..at.len()).map(|j| (fa * da(j) - fb * db(j)) / p).collect();
    let hessian = Matrix::from_fn(at.len(), at.len(), |i, j| {
        (ga * da(i) * da(j) - gb * db(i) * db(j)) / p - gradient[i] * gradient[j]
    });
    RowLikelihood { value: libm::log(p), gradient, hessian }
}

impl Ordinal {
    /// The probability of each level at new predictors, row by row.
    ///
    /// # Errors
    /// Another number of columns.
    pub fn probabilities(&self, predictors: &ModelMatrix) -> Result<Vec<Vec<f64>>, ModelError> {
        let got = predictors.names().len();
        if got != self.n_slopes {
            return Err(ModelError::Length { what: "the predictors".to_string(), got, expected: self.n_slopes });
        }
        let (slopes, thresholds) = self.coefficients.split_at(self.n_slopes);
        let probabilities = |i: usize| {
            let eta: f64 = slopes.iter().enumerate().map(|(j, b)| predictors.value(j, i) * b).sum();
            let ends = thresholds.iter().copied().chain([f64::INFINITY]);
            let mut below = 0.0;
            let mut next = |end: f64| {
                let here = self.link.at(end - eta)[0];
                let share = here - below;
                below = here;
                share
            };
            ends.map(&mut next).collect()
        };
        Ok((0..predictors.n_rows()).map(probabilities).collect())
    }
}
