//! A linear state-space model of one series.

use super::super::check::{all_finite, at_least, not_negative, same_length};
use super::super::error::TrendError;
use crate::numeric::matrix::Matrix;

/// How the state moves from one observation to the next.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// T.
    pub transition: Matrix,
    /// Q.
    pub variance: Matrix,
}

/// What is known of an element of the first state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Initial {
    /// Nothing.
    Diffuse,
    /// A mean and a variance.
    Known { mean: f64, variance: f64 },
}

/// A linear Gaussian model of one series with a small state, made for up to about twenty elements.
#[derive(Debug, Clone, PartialEq)]
pub struct StateSpace {
    /// zₜ: a row per observation.
    pub(super) loadings: Matrix,
    /// Hₜ.
    pub(super) observation_variance: Vec<f64>,
    /// One for all steps, or one from each observation to the next.
    pub(super) steps: Vec<Step>,
    pub(super) initial: Vec<Initial>,
}

impl StateSpace {
    /// A model from its parts.
    ///
    /// # Shapes and units
    /// `loadings` n × m; `observation_variance` n; `steps` one, or n of which the last is used for forecasts only; matrices
    /// m × m; `initial` m.
    ///
    /// # Errors
    /// Shapes that do not fit, numbers that are not finite, negative variances.
    pub fn new(
        loadings: Matrix,
        observation_variance: Vec<f64>,
        steps: Vec<Step>,
        initial: Vec<Initial>,
    ) -> Result<StateSpace, TrendError> {
        let (n, m) = (loadings.n_rows(), loadings.n_columns());
        at_least("elements of the state", m, 1)?;
        all_finite("the loadings", loadings.as_slice())?;
        same_length("observation variances", observation_variance.len(), n)?;
        for h in &observation_variance {
            not_negative("an observation variance", *h)?;
        }
        if steps.len() != 1 {
            same_length("steps", steps.len(), n)?;
        }
        for step in &steps {
            for matrix in [&step.transition, &step.variance] {
                same_length("rows of a step", matrix.n_rows(), m)?;
                same_length("columns of a step", matrix.n_columns(), m)?;
                all_finite("a step", matrix.as_slice())?;
            }
            for variance in step.variance.diagonal() {
                not_negative("a state variance", variance)?;
            }
        }
        same_length("initial elements", initial.len(), m)?;
        for element in &initial {
            if let Initial::Known { mean, variance } = element {
                all_finite("an initial mean", &[*mean])?;
                not_negative("an initial variance", *variance)?;
            }
        }
        Ok(StateSpace { loadings, observation_variance, steps, initial })
    }

    /// A level that walks at random: α = (level).
    ///
    /// # Errors
    /// Negative variances.
    pub fn local_level(
        observation_variance: &[f64],
        level_variance: f64,
        initial: Initial,
    ) -> Result<StateSpace, TrendError> {
        let n = observation_variance.len();
        let step = Step { transition: Matrix::identity(1), variance: Matrix::from_diagonal(&[level_variance]) };
        StateSpace::new(Matrix::from_fn(n, 1, |_, _| 1.0), observation_variance.to_vec(), vec![step], vec![initial])
    }

    /// A level whose slope walks at random too: α = (level, slope).
    ///
    /// # Errors
    /// Negative variances.
    pub fn local_linear_trend(
        observation_variance: &[f64],
        level_variance: f64,
        slope_variance: f64,
        initial: [Initial; 2],
    ) -> Result<StateSpace, TrendError> {
        let n = observation_variance.len();
        let step = Step {
            transition: Matrix::from_rows(&[[1.0, 1.0], [0.0, 1.0]]),
            variance: Matrix::from_diagonal(&[level_variance, slope_variance]),
        };
        let loadings = Matrix::from_fn(n, 2, |_, j| if j == 0 { 1.0 } else { 0.0 });
        StateSpace::new(loadings, observation_variance.to_vec(), vec![step], initial.to_vec())
    }

    /// The same model with regressors of constant, unknown (diffuse) coefficients, which come first in the state.
    ///
    /// # Errors
    /// Another number of rows, values that are not finite.
    pub fn with_regressors(self, regressors: &Matrix) -> Result<StateSpace, TrendError> {
        let (n, k, m) = (self.loadings.n_rows(), regressors.n_columns(), self.loadings.n_columns());
        same_length("rows of the regressors", regressors.n_rows(), n)?;
        let loadings =
            Matrix::from_fn(n, k + m, |i, j| if j < k { regressors[(i, j)] } else { self.loadings[(i, j - k)] });
        let below = |matrix: &Matrix, diagonal: f64| {
            Matrix::from_fn(k + m, k + m, |i, j| match (i < k, j < k) {
                (false, false) => matrix[(i - k, j - k)],
                (true, true) if i == j => diagonal,
                _ => 0.0,
            })
        };
        let steps = self
            .steps
            .iter()
            .map(|step| Step { transition: below(&step.transition, 1.0), variance: below(&step.variance, 0.0) })
            .collect();
        let initial = [vec![Initial::Diffuse; k], self.initial].concat();
        StateSpace::new(loadings, self.observation_variance, steps, initial)
    }

    /// Number of observations, missing ones included.
    pub fn n(&self) -> usize {
        self.loadings.n_rows()
    }

    pub(super) fn step(&self, t: usize) -> &Step {
        &self.steps[if self.steps.len() == 1 { 0 } else { t }]
    }
}
