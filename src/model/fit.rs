//! What models share: the rows of a fit, and the way from scores to a design covariance.

use super::error::ModelError;
use super::matrix::ModelMatrix;
use crate::design::SurveyDesign;
use crate::estimate::{DegfRule, Estimates, Options, Scored, scored};
use crate::numeric::matrix::Matrix;

/// The rows that a model is fitted on: positive weight, inside the mask, nothing missing.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub rows: Vec<usize>,
    pub mask: Vec<bool>,
    /// Weights scaled to mean 1 over the rows of the mask, those with missing values included.
    pub weights: Vec<f64>,
    /// The factor from analysis weights to these.
    pub scale: f64,
    /// Degrees of freedom of the rows; of the mask, with replicates.
    pub degf: f64,
}

impl Rows {
    pub fn new(design: &SurveyDesign, mask: &[bool], is_complete: impl Fn(usize) -> bool) -> Result<Self, ModelError> {
        let n = design.n_rows();
        if mask.len() != n {
            return Err(ModelError::Length { what: "the mask".to_string(), got: mask.len(), expected: n });
        }
        let mut own: Vec<bool> = mask.iter().zip(design.weights()).map(|(is_in, w)| *is_in && *w > 0.0).collect();
        let weights_in = own.iter().zip(design.weights()).filter(|(is_in, _)| **is_in).map(|(_, w)| *w);
        let (n_in, sum) = weights_in.fold((0usize, 0.0), |(n, sum), w| (n + 1, sum + w));
        own.iter_mut().enumerate().for_each(|(i, own)| *own = *own && is_complete(i));
        let mut rows: Vec<usize> = Vec::with_capacity(n);
        rows.extend((0..n).filter(|&i| own[i]));
        if rows.is_empty() {
            return Err(ModelError::NoRows);
        }
        let degf = if design.replicates().is_some() { design.degf(Some(mask)) } else { design.degf(Some(&own)) };
        let mut rows = Self { rows, mask: own, weights: Vec::new(), scale: n_in as f64 / sum, degf };
        rows.weights = rows.pick(design.weights());
        rows.weights.iter_mut().for_each(|w| *w *= rows.scale);
        Ok(rows)
    }

    pub fn n(&self) -> usize {
        self.rows.len()
    }

    /// The values of a column in these rows.
    pub fn pick<T: Copy>(&self, values: &[T]) -> Vec<T> {
        match self.rows.len() == values.len() {
            true => values.to_vec(),
            false => self.rows.iter().map(|&i| values[i]).collect(),
        }
    }

    /// The predictors in these rows.
    pub fn matrix(&self, x: &ModelMatrix) -> Matrix {
        Matrix::from_fn(self.n(), x.names().len(), |i, j| x.value(j, self.rows[i]))
    }

    /// A column over the rows of the design, 0 outside the fit.
    pub fn spread_out(&self, n_rows: usize, value: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut out = vec![0.0; n_rows];
        for (k, &i) in self.rows.iter().enumerate() {
            out[i] = value(k);
        }
        out
    }
}

/// Coefficients and their design covariance.
///
/// `influence(k, j)` is the score of row k for coefficient j: what one unit of *analysis* weight at the row adds to it.
/// With replicates, `refit` gives the coefficients under weights scaled like those of the fit.
pub(super) fn design_covariance(
    design: &SurveyDesign,
    rows: &Rows,
    names: Vec<String>,
    coefficients: &[f64],
    options: &Options,
    influence: impl Fn(usize, usize) -> f64,
    refit: impl Fn(&[f64]) -> Result<Vec<f64>, ModelError>,
) -> Result<(Estimates, Matrix), ModelError> {
    let p = coefficients.len();
    let parts = match design.replicates() {
        None => {
            let column = |j: usize| rows.spread_out(design.n_rows(), |k| influence(k, j));
            Scored::Rows((0..p).map(column).collect())
        }
        Some(replicates) => {
            let mut values = Vec::with_capacity(replicates.columns().len());
            for (r, column) in replicates.columns().iter().enumerate() {
                let weights: Vec<f64> = rows.rows.iter().map(|&i| column[i] * rows.scale).collect();
                let failed = |e| ModelError::Replicate { replicate: r + 1, reason: Box::new(e) };
                values.push(refit(&weights).map_err(failed)?);
            }
            Scored::Replicates(values)
        }
    };
    finished(design, rows, names, coefficients, options, &parts)
}

/// Coefficients and their design covariance from scores at hand.
pub(super) fn finished(
    design: &SurveyDesign,
    rows: &Rows,
    names: Vec<String>,
    coefficients: &[f64],
    options: &Options,
    parts: &Scored,
) -> Result<(Estimates, Matrix), ModelError> {
    let p = coefficients.len();
    let estimates = scored(design, names, coefficients, parts, &rows.mask, options)?;
    let all: Vec<usize> = (0..p).collect();
    let covariance = estimates.covariance(&all)?;
    Ok((estimates, Matrix::from_fn(p, p, |i, j| covariance[i][j])))
}

/// Options with known degrees of freedom.
pub(super) fn with_degf(level: f64, degf: f64) -> Options {
    Options { level, degf: DegfRule::Fixed(degf), ..Options::default() }
}
