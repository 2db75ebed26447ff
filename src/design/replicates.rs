//! Replicate weights and the variance factors that belong to each kind.

use std::fmt;
use std::sync::{Arc, OnceLock};

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
        let source = Source::Columns(Arc::new(columns));
        ReplicateWeights { kind: self.kind, source, form: ReplicateForm::new(scale, rscales, around) }
    }
}

/// Checked replicate weights.
#[derive(Clone, Debug)]
pub struct ReplicateWeights {
    pub(crate) kind: ReplicateKind,
    source: Source,
    pub(crate) form: ReplicateForm,
}

#[derive(Clone, Debug)]
enum Source {
    /// One column of weights a replicate.
    Columns(Arc<Vec<Vec<f64>>>),
    /// One factor a sampling unit and replicate; columns are made when somebody asks for them.
    Units(Arc<UnitFactors>),
}

/// Replicate weights that are the weights times a factor of the row's sampling unit.
#[derive(Debug)]
pub(crate) struct UnitFactors {
    /// By replicate, the factor of each unit.
    pub factors: Vec<Vec<f64>>,
    weights: Arc<Vec<f64>>,
    unit_of_row: Vec<u32>,
    columns: OnceLock<Vec<Vec<f64>>>,
}

impl UnitFactors {
    /// The units with members, in increasing order.
    pub fn units_of(&self, is_member: impl Fn(usize) -> bool) -> Vec<usize> {
        let n_units = self.factors.first().map_or(0, Vec::len);
        let mut has_members = vec![false; n_units];
        for (i, &unit) in self.unit_of_row.iter().enumerate() {
            has_members[unit as usize] |= is_member(i);
        }
        (0..n_units).filter(|&unit| has_members[unit]).collect()
    }
}

impl ReplicateWeights {
    /// Replicates made by factors of sampling units.
    pub(crate) fn of_units(
        kind: ReplicateKind,
        factors: Vec<Vec<f64>>,
        weights: Arc<Vec<f64>>,
        unit_of_row: Vec<u32>,
        form: ReplicateForm,
    ) -> Self {
        let source = Source::Units(Arc::new(UnitFactors { factors, weights, unit_of_row, columns: OnceLock::new() }));
        Self { kind, source, form }
    }

    /// The factor of the variance that is the custom of a kind.
    pub(crate) fn default_scale(kind: ReplicateKind, n_replicates: usize) -> f64 {
        kind.default_scale(n_replicates)
    }

    /// Whether the population sizes of the design are in the replicates, where these were made from it: balanced half samples
    /// have no place for them.
    pub(crate) fn has_population_factor(&self) -> Option<bool> {
        self.unit_factors().map(|_| !matches!(self.kind, ReplicateKind::Brr | ReplicateKind::Fay { .. }))
    }

    /// The factors of the units, where replicates are made by them.
    pub(crate) fn unit_factors(&self) -> Option<&UnitFactors> {
        match &self.source {
            Source::Units(units) => Some(units),
            Source::Columns(_) => None,
        }
    }

    /// The same replicates for rows of which some have lost their weight.
    pub(crate) fn within(&mut self, weights: &Arc<Vec<f64>>) {
        match &mut self.source {
            Source::Units(units) => {
                let (factors, unit_of_row) = (units.factors.clone(), units.unit_of_row.clone());
                let weights = Arc::clone(weights);
                *units = Arc::new(UnitFactors { factors, weights, unit_of_row, columns: OnceLock::new() });
            }
            Source::Columns(columns) => {
                for column in Arc::make_mut(columns) {
                    column.iter_mut().zip(weights.iter()).filter(|(_, w)| **w == 0.0).for_each(|(r, _)| *r = 0.0);
                }
            }
        }
    }

    /// Passes every column through a step that changes it in place.
    pub(crate) fn change<E>(&mut self, mut step: impl FnMut(&mut [f64]) -> Result<(), E>) -> Result<(), E> {
        let mut columns = self.columns().to_vec();
        for column in &mut columns {
            step(column)?;
        }
        self.source = Source::Columns(Arc::new(columns));
        Ok(())
    }

    /// The method that made them.
    pub fn kind(&self) -> ReplicateKind {
        self.kind
    }

    /// One column of analysis weights a replicate.
    pub fn columns(&self) -> &[Vec<f64>] {
        match &self.source {
            Source::Columns(columns) => columns,
            Source::Units(units) => units.columns.get_or_init(|| {
                let column = |factors: &Vec<f64>| {
                    let factor = units.unit_of_row.iter().map(|&unit| factors[unit as usize]);
                    factor.zip(units.weights.iter()).map(|(f, w)| f * w).collect()
                };
                units.factors.iter().map(column).collect()
            }),
        }
    }

    /// The factors of the variance.
    pub fn form(&self) -> &ReplicateForm {
        &self.form
    }
}
