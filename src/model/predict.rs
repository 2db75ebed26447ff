//! Predictions, and means of predictions: the gap after holding other things equal.

use super::error::ModelError;
use super::fit::with_degf;
use super::glm::Glm;
use super::matrix::ModelMatrix;
use crate::design::Domains;
use crate::estimate::{Interval, MissingOutcome, Options, Variable, means, wald_interval};
use crate::numeric::matrix::Matrix;

/// The scale of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Scale {
    /// The linear predictor.
    Link,
    /// The mean.
    #[default]
    Response,
}

/// A predicted value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Predicted {
    pub value: f64,
    pub se: f64,
    /// t interval; absent without degrees of freedom.
    pub interval: Option<Interval>,
}

/// Means of predictions with their covariance.
#[derive(Clone, Debug, PartialEq)]
pub struct Margins {
    pub names: Vec<String>,
    pub values: Vec<f64>,
    pub covariance: Matrix,
    /// Degrees of freedom behind intervals.
    pub degf: f64,
    pub level: f64,
}

impl Glm {
    /// The predicted value at new predictors, row by row; NaN where one is missing.
    ///
    /// # Errors
    /// Predictors with other columns than those of the fit.
    ///
    /// # Agreement
    /// R survey 4.1.1, `predict.svyglm`.
    pub fn predict(&self, predictors: &ModelMatrix, scale: Scale) -> Result<Vec<Predicted>, ModelError> {
        self.same_columns(predictors)?;
        let predict = |i: usize| {
            let row = self.row(predictors, i);
            let eta = self.eta(&row, predictors, i);
            let se = self.covariance.quadratic_form(&row).sqrt();
            let (value, se) = match scale {
                Scale::Link => (eta, se),
                Scale::Response => (self.problem.link.mu(eta), se * self.problem.link.slope(eta).abs()),
            };
            Predicted { value, se, interval: wald_interval(value, se, self.df_residual, self.level) }
        };
        Ok((0..predictors.n_rows()).map(predict).collect())
    }

    /// The mean prediction over the rows of the fit, were their predictors those of each scenario: adjusted (predictive)
    /// margins. A scenario is the model matrix of all rows of the design with, say, one group for everybody.
    ///
    /// # Definition
    /// m_s = Σ w μ(x_s'β)/Σ w. The covariance has a part for β and one for the sample of the other predictors:
    /// J V J' + V(mean of the predictions), J = Σ w (dμ/dη) x_s'/Σ w. Differences of margins are average marginal effects.
    ///
    /// # Errors
    /// Scenarios with other columns or rows than the model, a value that is missing in a row of the fit.
    ///
    /// # Agreement
    /// R survey 4.1.1, `svypredmeans`, 1e-6.
    ///
    /// # References
    /// Graubard and Korn (1999), "Predictive margins with survey data", Biometrics 55.
    pub fn margins(&self, scenarios: &[(String, ModelMatrix)]) -> Result<Margins, ModelError> {
        self.margins_of(scenarios, &self.rows.mask, self.df_design, &|_| None)
    }

    /// The same over other rows of positive weight than those of the fit, some of which have a prediction that is known: where rows
    /// of a level that separates the answers were left out of the fit, and are people as others are.
    ///
    /// # Errors
    /// As for [`Glm::margins`]; a mask of another length than the design.
    pub fn margins_over(
        &self,
        scenarios: &[(String, ModelMatrix)],
        mask: &[bool],
        known: &dyn Fn(usize) -> Option<f64>,
    ) -> Result<Margins, ModelError> {
        let design = self.estimates.design();
        if mask.len() != design.n_rows() {
            let (got, expected) = (mask.len(), design.n_rows());
            return Err(ModelError::Length { what: "the mask".to_string(), got, expected });
        }
        self.margins_of(scenarios, mask, design.degf(Some(mask)), known)
    }

    fn margins_of(
        &self,
        scenarios: &[(String, ModelMatrix)],
        mask: &[bool],
        degf: f64,
        known: &dyn Fn(usize) -> Option<f64>,
    ) -> Result<Margins, ModelError> {
        let design = self.estimates.design();
        let rows: Vec<usize> = (0..design.n_rows()).filter(|&i| mask[i] && design.weights()[i] > 0.0).collect();
        let weight = |i: usize| design.weights()[i] * self.rows.scale;
        let total: f64 = rows.iter().map(|&i| weight(i)).sum();
        let mut variables = Vec::with_capacity(scenarios.len());
        let mut slopes = Matrix::zeros(scenarios.len(), self.coefficients.len());
        for (s, (name, predictors)) in scenarios.iter().enumerate() {
            self.same_columns(predictors)?;
            if predictors.n_rows() != design.n_rows() {
                let (got, expected) = (predictors.n_rows(), design.n_rows());
                return Err(ModelError::Length { what: format!("the scenario `{name}`"), got, expected });
            }
            let mut fitted = vec![0.0; design.n_rows()];
            for &i in &rows {
                if let Some(value) = known(i) {
                    fitted[i] = value;
                    continue;
                }
                let row = self.row(predictors, i);
                let eta = self.eta(&row, predictors, i);
                if eta.is_nan() {
                    return Err(ModelError::NotFinite { what: format!("the scenario `{name}`"), row: i + 1, got: eta });
                }
                fitted[i] = self.problem.link.mu(eta);
                let share = weight(i) / total * self.problem.link.slope(eta);
                slopes.row_mut(s).iter_mut().zip(&row).for_each(|(sum, x)| *sum += share * x);
            }
            variables.push(Variable::owned(name.clone(), fitted));
        }
        let options = Options { missing: MissingOutcome::Exclude, ..with_degf(self.level, degf) };
        let domain = Domains::mask("all", mask);
        let averages = means(design, &variables, &domain, &options)?;
        let all: Vec<usize> = (0..scenarios.len()).collect();
        let sample = averages.covariance(&all)?;
        let covariance = self.covariance.congruence(&slopes);
        let covariance = Matrix::from_fn(all.len(), all.len(), |a, b| covariance[(a, b)] + sample[a][b]);
        Ok(Margins {
            names: scenarios.iter().map(|s| s.0.clone()).collect(),
            values: averages.iter().map(|e| e.value.unwrap_or(f64::NAN)).collect(),
            covariance,
            degf,
            level: self.level,
        })
    }

    fn same_columns(&self, predictors: &ModelMatrix) -> Result<(), ModelError> {
        if predictors.names() == self.predictors.names() {
            return Ok(());
        }
        let unknown = predictors.names().iter().find(|n| !self.predictors.names().contains(n));
        match unknown {
            Some(name) => {
                Err(ModelError::UnknownTerm { term: name.clone(), terms: self.predictors.names().join(", ") })
            }
            None => Err(ModelError::Length {
                what: "the list of predictors".to_string(),
                got: predictors.names().len(),
                expected: self.predictors.names().len(),
            }),
        }
    }

    fn row(&self, predictors: &ModelMatrix, i: usize) -> Vec<f64> {
        self.kept.iter().map(|&j| predictors.value(j, i)).collect()
    }

    fn eta(&self, row: &[f64], predictors: &ModelMatrix, i: usize) -> f64 {
        let linear: f64 = row.iter().zip(&self.coefficients).map(|(x, b)| x * b).sum();
        linear + predictors.offset().map_or(0.0, |o| o[i])
    }
}

impl Margins {
    /// A linear combination of margins: a difference is an average marginal effect.
    pub fn contrast(&self, coefficients: &[f64]) -> Predicted {
        let value = self.values.iter().zip(coefficients).map(|(m, c)| m * c).sum();
        let se = self.covariance.quadratic_form(coefficients).max(0.0).sqrt();
        Predicted { value, se, interval: wald_interval(value, se, self.degf, self.level) }
    }
}
