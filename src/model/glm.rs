//! Generalized linear models.

use std::borrow::Cow;

use super::error::ModelError;
use super::family::{Family, Link};
use super::fit::{Rows, design_covariance, finished, with_degf};
use super::irls::{Fit, Stop};
use super::least_squares::independent_columns;
use super::matrix::{ModelMatrix, find_rare};
use super::predictors::Predictors;
use super::problem::{Problem, RowFit};
use super::tile::Tile;
use crate::design::SurveyDesign;
use crate::estimate::{Estimates, MissingOutcome, Scored, Variable, covariances};
use crate::numeric::matrix::Matrix;

/// What is regressed on what.
#[derive(Clone, Copy, Debug)]
pub struct Regression<'a> {
    /// One value a row; NaN for missing.
    pub response: &'a [f64],
    pub predictors: &'a ModelMatrix,
    pub family: Family,
    pub link: Link,
}

/// How a model is fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct GlmOptions {
    /// Confidence level of the intervals.
    pub level: f64,
    /// Start values of the coefficients; needed only where means have bounds that the link does not keep.
    pub start: Option<Vec<f64>>,
    /// Relative change of the deviance at which the iterations end.
    pub epsilon: f64,
    pub max_iterations: usize,
}

impl Default for GlmOptions {
    fn default() -> Self {
        Self { level: 0.95, start: None, epsilon: 1e-13, max_iterations: 200 }
    }
}

/// A fitted model.
#[derive(Clone, Debug)]
pub struct Glm {
    /// Coefficients with standard errors and t intervals on `df_residual`; any contrast of them can be asked for.
    pub estimates: Estimates,
    /// The names of the coefficients.
    pub names: Vec<String>,
    pub coefficients: Vec<f64>,
    /// Their covariance by the design.
    pub covariance: Matrix,
    /// Their covariance if the working model held with dispersion 1: V₀.
    pub naive_covariance: Matrix,
    /// Columns left out because earlier ones explain them.
    pub collinear: Vec<String>,
    /// Columns that separate the answers: their coefficients have no finite value, and no test of them means anything.
    pub separated: Vec<String>,
    /// Degrees of freedom of the design in the rows of the fit.
    pub df_design: f64,
    /// `df_design + 1` less the number of coefficients; the t tests use it.
    pub df_residual: f64,
    /// Weighted deviance, weights scaled to mean 1.
    pub deviance: f64,
    /// The same with the intercept (and offset) alone.
    pub null_deviance: f64,
    /// Rows in the fit.
    pub n: usize,
    pub(super) rows: Rows,
    pub(super) problem: Problem,
    pub(super) fit: Fit,
    pub(super) predictors: ModelMatrix,
    /// The columns of the predictors that have a coefficient.
    pub(super) kept: Vec<usize>,
    pub(super) stop: Stop,
    pub(super) level: f64,
}

/// Fits a generalized linear model to the rows of a mask, by weighted estimating equations.
///
/// Use `Family::Binomial` for shares and yes/no answers, `Poisson` for counts, with the link of choice.
///
/// # Definition
/// β solves Σ w x (y − μ) (dμ/dη)/V(μ) = 0. The score of a row is A⁻¹ x (y − μ)(dμ/dη)/V(μ) and goes through the stages,
/// adjustments and phases of the design; with replicate weights the model is fitted again under each set.
///
/// # Shapes and units
/// One response and one row of predictors a row of the design. Rows with a missing value, of weight 0 or outside the mask
/// stay out; their sampling units count in the variance.
///
/// # Errors
/// Lengths that differ, infinite values, responses outside the family, no rows, start values that lead nowhere, iterations
/// that do not settle. Collinear columns and separation are no errors but part of the result, by name.
///
/// # Agreement
/// R survey 4.1.1 and 4.5, `svyglm`, 1e-6 and mostly 1e-10.
///
/// # References
/// Binder (1983), International Statistical Review 51; Lumley (2010), *Complex Surveys*, chapter 5; McCullagh and Nelder
/// (1989), *Generalized Linear Models*, section 2.5.
pub fn glm(
    design: &SurveyDesign,
    regression: &Regression<'_>,
    mask: &[bool],
    options: &GlmOptions,
) -> Result<Glm, ModelError> {
    let Regression { response, predictors, family, link } = *regression;
    check(design, regression)?;
    let patterns = predictors.patterns();
    let mut is_complete = predictors.complete_rows(&patterns);
    is_complete.iter_mut().zip(response).for_each(|(is, y)| *is &= !y.is_nan());
    let rows = Rows::new(design, mask, |i| is_complete[i])?;
    let y = rows.pick(response);
    if let Some(k) = find_rare(&y, |y| family.objection(y).is_some())
        && let Some(expected) = family.objection(y[k])
    {
        return Err(ModelError::Response { row: rows.rows[k] + 1, got: y[k], expected });
    }
    let all = Problem {
        x: Predictors::new(predictors, patterns, &rows.rows),
        y,
        offset: predictors.offset().map(|o| rows.pick(o)),
        family,
        link,
    };
    let kept = independent_columns(&all.x.cross_product(&rows.weights));
    let aliased = |j: &usize| kept.binary_search(j).is_err();
    let name = |j: usize| predictors.names()[j].clone();
    let collinear: Vec<String> = (0..predictors.names().len()).filter(aliased).map(name).collect();
    let problem = if collinear.is_empty() { all } else { all.with_columns(&kept) };
    if rows.n() < kept.len() {
        return Err(ModelError::TooFewRows { n: rows.n(), n_coefficients: kept.len() });
    }
    let stop = Stop { epsilon: options.epsilon, max_iterations: options.max_iterations };
    let start = start(options, predictors, &kept)?;
    let fit = problem.fit(&rows.weights, start.as_deref(), stop)?;
    let df_residual = rows.degf + 1.0 - kept.len() as f64;
    let names: Vec<String> = kept.iter().map(|&j| name(j)).collect();
    let options_of_estimates = with_degf(options.level, df_residual);
    let (estimates, covariance) = if design.replicates().is_none() && design.adjustments().is_empty() {
        // Scores add up by sampling unit before they are turned into effects on the coefficients.
        let scores = Scored::Units(unit_scores(design, &problem, &fit, &rows));
        finished(design, &rows, names.clone(), &fit.coefficients, &options_of_estimates, &scores)?
    } else {
        let scores = scores(&problem, &fit, &rows);
        design_covariance(
            design,
            &rows,
            names.clone(),
            &fit.coefficients,
            &options_of_estimates,
            |k, j| scores[(k, j)],
            |weights| Ok(problem.fit(weights, Some(&fit.coefficients), stop)?.coefficients),
        )?
    };
    Ok(Glm {
        estimates,
        coefficients: fit.coefficients.clone(),
        covariance,
        naive_covariance: fit.naive.clone(),
        collinear,
        separated: fit.runaway.iter().map(|&j| names[j].clone()).collect(),
        names,
        df_design: rows.degf,
        df_residual,
        deviance: fit.deviance,
        null_deviance: null_deviance(&problem, predictors, &rows.weights, stop)?,
        n: rows.n(),
        rows,
        problem,
        fit,
        predictors: predictors.clone(),
        kept,
        stop,
        level: options.level,
    })
}

fn check(design: &SurveyDesign, regression: &Regression<'_>) -> Result<(), ModelError> {
    let n = design.n_rows();
    for (what, got) in [("the response", regression.response.len()), ("the predictors", regression.predictors.n_rows())]
    {
        if got != n {
            return Err(ModelError::Length { what: what.to_string(), got, expected: n });
        }
    }
    match find_rare(regression.response, f64::is_infinite) {
        None => Ok(()),
        Some(row) => {
            Err(ModelError::NotFinite { what: "the response".to_string(), row: row + 1, got: regression.response[row] })
        }
    }
}

/// The start values of the columns that are kept.
fn start(options: &GlmOptions, predictors: &ModelMatrix, kept: &[usize]) -> Result<Option<Vec<f64>>, ModelError> {
    let Some(start) = &options.start else { return Ok(None) };
    let expected = predictors.names().len();
    if start.len() != expected {
        return Err(ModelError::Length { what: "the start values".to_string(), got: start.len(), expected });
    }
    Ok(Some(kept.iter().map(|&j| start[j]).collect()))
}

/// The score of each row of the fit for each coefficient, for one unit of analysis weight.
fn scores(problem: &Problem, fit: &Fit, rows: &Rows) -> Matrix {
    let mut pulled = problem.x.to_matrix();
    for (k, pull) in problem.pulls(fit).to_vec().into_iter().enumerate() {
        // The naive covariance is that of the scaled weights: one unit of analysis weight is `scale` units of them.
        let factor = pull * rows.scale;
        pulled.row_mut(k).iter_mut().for_each(|x| *x *= factor);
    }
    pulled.times(&fit.naive)
}

/// Totals of the weighted scores by sampling unit, unit by unit.
fn unit_scores(design: &SurveyDesign, problem: &Problem, fit: &Fit, rows: &Rows) -> Vec<f64> {
    let pulls = problem.pulls(fit);
    let weighted = |tile: &Tile<'_>, scores: &mut [f64]| {
        pulls.fill(tile, scores);
        scores.iter_mut().zip(&rows.weights[tile.rows.clone()]).for_each(|(score, w)| *score *= w);
    };
    let units = design.unit_of_row();
    let units = if rows.n() == units.len() { Cow::Borrowed(units) } else { Cow::Owned(rows.pick(units)) };
    let totals = problem.x.totals_by_group(weighted, &units, design.n_units());
    Matrix::from_vec(design.n_units(), fit.coefficients.len(), totals).times(&fit.naive).into_vec()
}

fn null_deviance(problem: &Problem, predictors: &ModelMatrix, w: &[f64], stop: Stop) -> Result<f64, ModelError> {
    let columns: &[usize] = if predictors.has_intercept() { &[0] } else { &[] };
    if let ([_], None) = (columns, &problem.offset) {
        // An intercept alone fits the mean of the responses, whatever the link.
        let mean = mean(&problem.y, w);
        // A response that is all 0 or all 1 has no finite mean on the scale of the link.
        return Ok(if problem.link.eta(mean).is_finite() { problem.deviance_at(mean, w) } else { 0.0 });
    }
    let null = problem.with_columns(columns);
    let start = (!columns.is_empty()).then(|| {
        let shift = problem.offset.as_ref().map_or(0.0, |offset| mean(offset, w));
        vec![problem.link.eta(mean(&problem.y, w)) - shift]
    });
    match start {
        // A response that is all 0 or all 1 has no finite mean on the scale of the link.
        Some(start) if !start[0].is_finite() => Ok(0.0),
        Some(start) => Ok(null.fit(w, Some(&start), stop)?.deviance),
        None => Ok(null.fit(w, None, stop)?.deviance),
    }
}

/// The weighted mean of a column.
fn mean(values: &[f64], w: &[f64]) -> f64 {
    let add = |(sum, sum_w): (f64, f64), (value, w): (&f64, &f64)| (sum + value * w, sum_w + w);
    let (sum, sum_w) = values.iter().zip(w).fold((0.0, 0.0), add);
    sum / sum_w
}

impl Glm {
    /// Design variance of the Pearson residuals; enters no standard error. None where it cannot be estimated.
    ///
    /// # Errors
    /// None that a fitted model could have.
    pub fn dispersion(&self) -> Result<Option<f64>, ModelError> {
        let (rows, family) = (&self.rows, self.problem.family);
        let design = self.estimates.design();
        // In units of the weights of the fit, as deviance and V₀ are: their mean differs from 1 when rows miss something.
        let unit = (rows.weights.iter().sum::<f64>() / rows.n() as f64).sqrt();
        let fitted = self.fitted_rows();
        let pearson = |k: usize| {
            let mu = fitted[k].mu;
            unit * (self.problem.y[k] - mu) / family.variance(mu).sqrt()
        };
        let residuals = Variable::owned("residual", rows.spread_out(design.n_rows(), pearson));
        let options = crate::estimate::Options { missing: MissingOutcome::Exclude, ..with_degf(0.95, rows.degf) };
        Ok(covariances(design, &[residuals], &rows.mask, &options)?.get(0).and_then(|e| e.value))
    }

    /// The rows of the fit at its coefficients.
    pub(super) fn fitted_rows(&self) -> Vec<RowFit> {
        self.problem.rows(&self.fit, &self.rows.weights)
    }

    /// The coefficients of a term, by position.
    ///
    /// # Errors
    /// A term that the model does not have.
    pub fn coefficients_of_term(&self, term: &str) -> Result<Vec<usize>, ModelError> {
        let columns = self.predictors.columns_of_term(term)?;
        Ok((0..self.kept.len()).filter(|&k| columns.contains(&self.kept[k])).collect())
    }

    /// The terms of the model.
    pub fn terms(&self) -> &[String] {
        self.predictors.terms()
    }

    /// Design effects: the variance by the design over that of the weighted fit taken as a simple random sample.
    pub fn design_effects(&self) -> Vec<f64> {
        let rest = self.n as f64 - self.coefficients.len() as f64;
        let square = |row: &RowFit| row.working_weight * row.residual * row.residual;
        let usual = self.fitted_rows().iter().map(square).sum::<f64>() / rest;
        let pairs = self.covariance.diagonal().into_iter().zip(self.naive_covariance.diagonal());
        pairs.map(|(design, naive)| design / (naive * usual)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Codes;
    use crate::numeric::stream::Stream;

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let n = 100_000;
        let mut random = Stream::named(5, "threads");
        let psu: Vec<String> = (0..n).map(|i| (i * 7919 % 400).to_string()).collect();
        let group: Vec<String> = (0..n).map(|_| random.below(6).to_string()).collect();
        let age: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let y: Vec<f64> =
            age.iter().map(|age| f64::from(u8::from(random.chance(0.5 + 0.1 * age.clamp(-3.0, 3.0))))).collect();
        let weights: Vec<f64> = (0..n).map(|_| 0.5 + random.uniform()).collect();
        let design = SurveyDesign::builder().weights(&weights).psu(&psu).build().unwrap();
        let mut x = ModelMatrix::with_intercept(n);
        x.factor("group", &Codes::from_labels(&group), None).unwrap();
        x.number("age", &age).unwrap();
        let on = |n_threads: usize, family: Family| {
            let regression = Regression { response: &y, predictors: &x, family, link: family.canonical_link() };
            let fit = || glm(&design, &regression, &vec![true; n], &GlmOptions::default()).unwrap();
            let model = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap().install(fit);
            let numbers = model.coefficients.iter().chain(model.covariance.as_slice());
            let numbers =
                numbers.chain(model.naive_covariance.as_slice()).chain([&model.deviance, &model.null_deviance]);
            numbers.map(|number| number.to_bits()).collect::<Vec<u64>>()
        };
        for family in [Family::Binomial, Family::Poisson] {
            let one = on(1, family);
            assert!([2, 5].into_iter().all(|n_threads| on(n_threads, family) == one), "{family:?}");
        }
    }
}
