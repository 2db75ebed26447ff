//! Regression models of a sampling design: coefficients from weighted estimating equations, covariance from the design.
//!
//! Every model hands its scores (or its coefficients under each set of replicate weights) to the finisher of
//! [`crate::estimate`], so strata, clusters, calibration and phases are counted as for any mean.
//!
//! # Notation
//! w the analysis weight, scaled to mean 1 within the fit; x a row of the predictors, η = x'β + offset, μ the mean,
//! V(μ) the variance function, A = Σ w (dμ/dη)²/V x x' the information, V₀ = A⁻¹, V the design covariance of β.

mod bell_mccaffrey;
mod components;
mod cox;
mod criteria;
mod equations;
mod error;
mod factors;
mod family;
mod fit;
mod glm;
mod instruments;
mod irls;
mod kaplan_meier;
mod least_squares;
mod location_scale;
mod log_linear;
mod log_rank;
mod matrix;
mod newton;
mod nonlinear;
mod ordinal;
mod predict;
mod predictors;
mod problem;
mod profile;
mod separation;
mod survival;
mod terms;
mod tile;
mod weibull;

pub use bell_mccaffrey::{ReducedBias, WorkingCovariance, bell_mccaffrey};
pub use components::{Components, Scaling, principal_components};
pub use cox::{Cox, cox};
pub use criteria::{Aic, Bic, PseudoR2};
pub use equations::{Equations, Solution};
pub use error::ModelError;
pub use factors::{FactorAnalysis, factor_analysis};
pub use family::{Family, Link};
pub use glm::{Glm, GlmOptions, Regression, glm};
pub use instruments::{Coefficients, instrumental_variables};
pub use kaplan_meier::{SurvivalCurve, kaplan_meier, survival_with_errors};
pub use location_scale::normal_location_scale;
pub use log_linear::{LogLinear, LogLinearTest, ScoreEigenvalues, log_linear, log_linear_test};
pub use log_rank::{LogRank, LogRankWeights, log_rank};
pub use matrix::ModelMatrix;
pub use nonlinear::{NonlinearScores, nonlinear_least_squares};
pub use ordinal::{Ordinal, OrdinalInformation, OrdinalLink, ordinal};
pub use predict::{Margins, Predicted, Scale};
pub use separation::Separation;
pub use survival::SurvivalTimes;
pub use terms::{TermTest, likelihood_ratio_test, score_test, wald_test, working_wald_test};
pub use weibull::{Weibull, weibull};
