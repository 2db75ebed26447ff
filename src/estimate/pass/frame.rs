//! The sampling units of a table, found in a pass of their own and checked as a design of one row a unit.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use crate::design::{Codes, DesignError, LonelyPsu, SurveyDesign};
use crate::rows::{MISSING, RowSource};

/// Which columns of a source describe the design.
#[derive(Debug, Clone, Copy)]
pub struct DesignColumns {
    /// The weight.
    pub weight: usize,
    /// The stratum; one stratum where absent.
    pub stratum: Option<usize>,
    /// The primary sampling unit.
    pub psu: usize,
    /// Number of units in the population of the stratum, as numbers.
    pub population_size: Option<usize>,
}

/// The sampling units of a table: what a pass needs of its design.
#[derive(Debug, Clone)]
pub struct PsuFrame {
    /// The design, with one row a unit; estimates of a pass have it behind them.
    pub design: SurveyDesign,
    /// The unit of each code of the unit column.
    pub unit_of_code: Vec<u32>,
    /// The columns of the replicate weights; none for a design without.
    pub replicates: Vec<usize>,
}

impl PsuFrame {
    /// Finds the units of a source and checks their design.
    ///
    /// Unit labels must be unique across strata.
    ///
    /// # Errors
    ///
    /// What reading may fail with; otherwise a [`DesignError`] with all problems, as for a design of rows.
    pub fn of<S: RowSource>(
        source: &S,
        columns: DesignColumns,
        lonely: LonelyPsu,
    ) -> Result<Result<Self, DesignError>, S::Error> {
        // Rows of one unit that say different things stay apart, so that the design's checks see and name them.
        let mut units: BTreeSet<(u32, u32, u64)> = BTreeSet::new();
        let wanted: Vec<usize> =
            [Some(columns.psu), columns.stratum, columns.population_size].into_iter().flatten().collect();
        source.for_each_group(&wanted, &mut |group| {
            let psus = group[columns.psu].codes();
            let strata = columns.stratum.map(|column| group[column].codes());
            let sizes = columns.population_size.map(|column| group[column].numbers());
            let n_codes = source.labels(columns.psu).len();
            let mut seen: Vec<Option<(u32, u64)>> = vec![None; n_codes + 1];
            for (row, &psu) in psus.iter().enumerate() {
                let says = (strata.map_or(0, |s| s[row]), sizes.map_or(0, |s| s[row].to_bits()));
                let slot = &mut seen[(psu as usize).min(n_codes)];
                if *slot != Some(says) {
                    *slot = Some(says);
                    units.insert((psu, says.0, says.1));
                }
            }
            ControlFlow::Continue(())
        })?;
        let labels = |column: usize| source.labels(column).to_vec();
        let psu_codes: Vec<u32> = units.iter().map(|unit| unit.0).collect();
        let weights = vec![1.0; units.len()];
        let mut builder = SurveyDesign::builder()
            .weights(&weights)
            .psu(Codes::from_codes(psu_codes.clone(), labels(columns.psu)))
            .lonely_psu(lonely);
        if let Some(column) = columns.stratum {
            builder = builder.strata(Codes::from_codes(units.iter().map(|unit| unit.1).collect(), labels(column)));
        }
        if columns.population_size.is_some() {
            let sizes: Vec<f64> = units.iter().map(|unit| f64::from_bits(unit.2)).collect();
            builder = builder.population_sizes(&sizes);
        }
        Ok(builder.build().map(|design| {
            let mut unit_of_code = vec![MISSING; source.labels(columns.psu).len()];
            for (&code, &unit) in psu_codes.iter().zip(design.unit_of_row()) {
                if let Some(slot) = unit_of_code.get_mut(code as usize) {
                    *slot = unit;
                }
            }
            PsuFrame { design, unit_of_code, replicates: Vec::new() }
        }))
    }
}

impl PsuFrame {
    /// Number of sampling units.
    pub fn n_units(&self) -> usize {
        self.design.n_units()
    }

    /// The unit of each row, from the codes of the unit column.
    pub(super) fn units_of(&self, codes: &[u32]) -> Vec<u32> {
        codes.iter().map(|code| self.unit_of_code(*code) as u32).collect()
    }

    /// The unit of a code of the unit column.
    pub(super) fn unit_of_code(&self, code: u32) -> usize {
        self.unit_of_code.get(code as usize).map_or(0, |unit| *unit as usize)
    }
}
