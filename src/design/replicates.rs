//! Replicate weights and the variance factors that belong to each kind.

use std::fmt;
use std::sync::Arc;

use super::form::ReplicateForm;

/// The method that made a set of replicate weights; it fixes the factors of the variance where none are given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReplicateKind {
    /// Unstratified jackknife: scale (R − 1)/R.
    Jk1,
    /// Stratified jackknife: needs one `rscales` factor a replicate.
    Jkn,
    /// One replicate a pair of units: scale 1.
    Jk2,
    /// Balanced repeated replication: scale 1/R.
    Brr,
    /// Fay's variant of balanced repeated replication: scale 1/(R (1 − ρ)²).
    Fay {
        /// The share of a weight that the lighter half keeps, in 0..1.
        rho: f64,
    },
    /// Bootstrap: scale 1/(R − 1).
    Bootstrap,
    /// Successive differences: scale 4/R.
    SuccessiveDifference,
    /// American Community Survey: scale 4/R, around the full-sample estimate unless said otherwise.
    Acs,
    /// Factors as given, otherwise 1.
    Other,
}

impl fmt::Display for ReplicateKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jk1 => f.write_str("JK1"),
            Self::Jkn => f.write_str("JKn"),
            Self::Jk2 => f.write_str("JK2"),
            Self::Brr => f.write_str("BRR"),
            Self::Fay { rho } => write!(f, "Fay (rho {rho})"),
            Self::Bootstrap => f.write_str("bootstrap"),
            Self::SuccessiveDifference => f.write_str("successive difference"),
            Self::Acs => f.write_str("ACS"),
            Self::Other => f.write_str("other"),
        }
    }
}

impl ReplicateKind {
    fn default_scale(self, n_replicates: usize) -> f64 {
        let r = n_replicates as f64;
        match self {
            Self::Jk1 => (r - 1.0) / r,
            Self::Jkn | Self::Jk2 | Self::Other => 1.0,
            Self::Brr => 1.0 / r,
            Self::Fay { rho } => 1.0 / (r * (1.0 - rho) * (1.0 - rho)),
            Self::Bootstrap => 1.0 / (r - 1.0),
            Self::SuccessiveDifference | Self::Acs => 4.0 / r,
        }
    }
}

/// Replicate weights as the user gives them.
#[derive(Clone, Debug)]
pub struct ReplicateInput {
    /// The method that made them.
    pub kind: ReplicateKind,
    /// One column of weights a replicate.
    pub columns: Vec<Vec<f64>>,
    /// True when the columns are factors on the full-sample weight instead of weights.
    pub are_factors: bool,
    /// Factor of the sum; `None` takes that of the kind.
    pub scale: Option<f64>,
    /// Factor of each replicate; `None` is 1 for each.
    pub rscales: Option<Vec<f64>>,
    /// Deviations from the full-sample estimate (R: `mse`); `None` takes the custom of the kind.
    pub around_estimate: Option<bool>,
}

impl ReplicateInput {
    /// Complete replicate weights (not factors) with the factors of their kind.
    pub fn new(kind: ReplicateKind, columns: Vec<Vec<f64>>) -> Self {
        Self { kind, columns, are_factors: false, scale: None, rscales: None, around_estimate: None }
    }

    pub(crate) fn into_weights(self, weights: &[f64]) -> ReplicateWeights {
        let n = self.columns.len();
        let mut columns = self.columns;
        if self.are_factors {
            for column in &mut columns {
                for (factor, w) in column.iter_mut().zip(weights) {
                    *factor *= w;
                }
            }
        }
        let scale = self.scale.unwrap_or_else(|| self.kind.default_scale(n));
        let rscales = self.rscales.unwrap_or_else(|| vec![1.0; n]);
        let around = self.around_estimate.unwrap_or(matches!(self.kind, ReplicateKind::Acs));
        ReplicateWeights {
            kind: self.kind,
            columns: Arc::new(columns),
            form: ReplicateForm::new(scale, rscales, around),
        }
    }
}

/// Checked replicate weights.
#[derive(Clone, Debug)]
pub struct ReplicateWeights {
    pub(crate) kind: ReplicateKind,
    pub(crate) columns: Arc<Vec<Vec<f64>>>,
    pub(crate) form: ReplicateForm,
}

impl ReplicateWeights {
    /// The method that made them.
    pub fn kind(&self) -> ReplicateKind {
        self.kind
    }

    /// One column of analysis weights a replicate.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// The factors of the variance.
    pub fn form(&self) -> &ReplicateForm {
        &self.form
    }
}
