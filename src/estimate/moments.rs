//! Variances, covariances and correlations of variables in the population.

use super::error::EstimateError;
use super::estimates::{Estimate, Estimates};
use super::options::{MissingOutcome, Options};
use super::statistic::{Statistic, statistic};
use super::variable::Variable;
use super::variables::check_request;
use crate::design::{Domains, SurveyDesign};

/// The covariance matrix of some variables in one domain, row by row; names are `a:b`, or `a` for a single variable.
///
/// # Definition
///
/// `n/(n − 1) · Σ w (x − x̄)(y − ȳ) / Σ w`, n the rows that count. The standard error is that of this mean with x̄ and ȳ
/// taken as known. Rows with a missing value in any variable are left out or make the result not estimable, as
/// `options.missing` says (`KeepInBase` is taken as `Exclude`: a missing number has no deviation). A variance below 0, which
/// negative weights can give, is not estimable.
///
/// # Errors
///
/// Columns of another length than the design, infinite values, no variable.
///
/// # References
///
/// R `survey`, `svyvar`; Särndal, Swensson and Wretman (1992), section 5.9.
pub fn covariances(
    design: &SurveyDesign,
    variables: &[Variable<'_>],
    mask: &[bool],
    options: &Options,
) -> Result<Estimates, EstimateError> {
    if variables.is_empty() {
        return Err(EstimateError::NoVariable);
    }
    check_request(design, &Domains::mask("all", mask), options)?;
    for variable in variables {
        variable.check(design.n_rows())?;
    }
    let is_complete = |i: usize| variables.iter().all(|v| !v.values()[i].is_nan());
    let mask: Vec<bool> = if options.missing == MissingOutcome::Refuse {
        mask.to_vec()
    } else {
        mask.iter().enumerate().map(|(i, m)| *m && is_complete(i)).collect()
    };
    let columns: Vec<&[f64]> = variables.iter().map(Variable::values).collect();
    let names: Vec<&str> = variables.iter().map(Variable::name).collect();
    let n_rows = rows(design, &mask);
    let found = statistic(design, &Covariances { names, columns, n_rows }, &mask, options)?;
    let on_diagonal = |at: usize| at.is_multiple_of(variables.len() + 1);
    Ok(found.without_impossible(|at, value| on_diagonal(at) && value < 0.0))
}

fn rows(design: &SurveyDesign, mask: &[bool]) -> f64 {
    design.weights().iter().zip(mask).filter(|(w, m)| **w != 0.0 && **m).count() as f64
}

struct Covariances<'a> {
    names: Vec<&'a str>,
    columns: Vec<&'a [f64]>,
    n_rows: f64,
}

impl Covariances<'_> {
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let k = self.columns.len();
        (0..k).flat_map(move |i| (0..k).map(move |j| (i, j)))
    }

    fn spread(&self) -> f64 {
        self.n_rows / (self.n_rows - 1.0)
    }

    fn means(&self, weights: &[f64], sum_w: f64) -> Vec<f64> {
        self.columns.iter().map(|x| weighted_sum(weights, |i| x[i]) / sum_w).collect()
    }
}

fn weighted_sum(weights: &[f64], value: impl Fn(usize) -> f64) -> f64 {
    let counted = weights.iter().enumerate().filter(|(_, w)| **w != 0.0);
    counted.map(|(i, w)| w * value(i)).sum()
}

impl Statistic for Covariances<'_> {
    fn names(&self) -> Vec<String> {
        if let [name] = self.names.as_slice() {
            return vec![name.to_string()];
        }
        self.pairs().map(|(i, j)| format!("{}:{}", self.names[i], self.names[j])).collect()
    }

    fn values(&self, weights: &[f64]) -> Option<Vec<f64>> {
        let sum_w: f64 = weights.iter().sum();
        if sum_w == 0.0 || self.n_rows < 2.0 {
            return None;
        }
        let means = self.means(weights, sum_w);
        let value = |(a, b): (usize, usize)| {
            let (x, y) = (self.columns[a], self.columns[b]);
            self.spread() * weighted_sum(weights, |i| (x[i] - means[a]) * (y[i] - means[b])) / sum_w
        };
        let values: Vec<f64> = self.pairs().map(value).collect();
        values.iter().all(|v| v.is_finite()).then_some(values)
    }

    fn scores(&self, weights: &[f64]) -> Vec<Vec<f64>> {
        let sum_w: f64 = weights.iter().sum();
        let means = self.means(weights, sum_w);
        let column = |(a, b): (usize, usize)| {
            let (x, y) = (self.columns[a], self.columns[b]);
            let product = |i: usize| self.spread() * (x[i] - means[a]) * (y[i] - means[b]);
            let center = weighted_sum(weights, product) / sum_w;
            (0..weights.len()).map(|i| (product(i) - center) / sum_w).collect()
        };
        self.pairs().map(column).collect()
    }
}

/// The correlation of two variables with its standard error, by the delta method on their covariance matrix.
///
/// # Errors
///
/// As for [`covariances`].
///
/// # References
///
/// R `survey` 4.5, `svycontrast` on `svyvar`.
pub fn correlation(
    design: &SurveyDesign,
    x: &Variable<'_>,
    y: &Variable<'_>,
    mask: &[bool],
    options: &Options,
) -> Result<Estimate, EstimateError> {
    let matrix = covariances(design, &[x.clone(), y.clone()], mask, options)?;
    let value = |i: usize| matrix.get(i).and_then(|e| e.value).unwrap_or(f64::NAN);
    let (xx, xy, yy) = (value(0), value(1), value(3));
    let root = (xx * yy).sqrt();
    let r = xy / root;
    matrix.smooth_contrast(r, &[(0, -r / (2.0 * xx)), (1, 1.0 / root), (3, -r / (2.0 * yy))])
}
