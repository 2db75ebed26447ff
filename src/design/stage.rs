//! One stage of sampling: which unit each row lies in, which stratum each unit lies in, and how many there are.

/// A stratum of one stage. At later stages strata are nested within the unit of the stage before.
#[derive(Clone, Debug, PartialEq)]
pub struct StageStratum {
    /// The label of the stratum.
    pub label: String,
    /// The unit of the stage before (0 at the first stage).
    pub parent: u32,
    /// Units in the sample, with or without members of a domain.
    pub n: u32,
    /// Units in the population; `None` is sampling with replacement.
    pub population: Option<f64>,
    /// Declared factor on the variance of this stratum, 1 when nothing is declared.
    pub variance_factor: f64,
}

impl StageStratum {
    /// The share of the units that was sampled; 0 without a population size.
    pub fn sampling_fraction(&self) -> f64 {
        self.population.map_or(0.0, |size| f64::from(self.n) / size)
    }

    /// The finite population factor 1 − n/N.
    pub fn fpc_factor(&self) -> f64 {
        let factor = 1.0 - self.sampling_fraction();
        // As in R: a stratum sampled completely, up to the rounding of its fraction, has no sampling variance.
        if factor < 1e-7 { 0.0 } else { factor }
    }

    /// One unit in the sample, more in the population.
    pub fn is_lonely(&self) -> bool {
        self.n == 1 && self.fpc_factor() > 0.0
    }
}

/// One stage of sampling.
#[derive(Clone, Debug)]
pub struct Stage {
    pub(crate) unit_of_row: Vec<u32>,
    pub(crate) stratum_of_unit: Vec<u32>,
    pub(crate) parent_of_unit: Vec<u32>,
    pub(crate) strata: Vec<StageStratum>,
    pub(crate) unit_labels: UnitLabels,
    /// Inclusion probability of each unit where it varies within strata (Brewer's approximation).
    pub(crate) unit_probabilities: Option<Vec<f64>>,
}

/// How the units of a stage are called.
#[derive(Clone, Debug)]
pub(crate) enum UnitLabels {
    /// Every row is a unit.
    Rows,
    /// Label of each unit.
    Named(Vec<String>),
}

impl Stage {
    /// Number of units in the sample.
    pub fn n_units(&self) -> usize {
        self.stratum_of_unit.len()
    }

    /// The unit that each row lies in.
    pub fn unit_of_row(&self) -> &[u32] {
        &self.unit_of_row
    }

    /// The stratum that each unit lies in.
    pub fn stratum_of_unit(&self) -> &[u32] {
        &self.stratum_of_unit
    }

    /// Whether a unit was certain to be sampled.
    pub fn is_certain(&self, unit: usize) -> bool {
        match &self.unit_probabilities {
            Some(probabilities) => probabilities[unit] >= 1.0,
            None => self.strata[self.stratum_of_unit[unit] as usize].fpc_factor() == 0.0,
        }
    }

    /// The strata of this stage.
    pub fn strata(&self) -> &[StageStratum] {
        &self.strata
    }

    /// True when every row is a unit of its own.
    pub fn units_are_rows(&self) -> bool {
        matches!(self.unit_labels, UnitLabels::Rows)
    }

    /// The name of a unit, for messages.
    pub fn unit_label(&self, unit: usize) -> String {
        match &self.unit_labels {
            UnitLabels::Rows => format!("row {}", unit + 1),
            UnitLabels::Named(labels) => labels[unit].clone(),
        }
    }
}
