//! The design in words, for notes under tables.

use std::fmt;

use super::survey_design::SurveyDesign;

impl fmt::Display for SurveyDesign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe(self.n_rows()))
    }
}

impl SurveyDesign {
    /// The design in words, for a table of so many rows.
    pub fn describe(&self, n_rows: usize) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let written = self.write(n_rows, &mut text);
        debug_assert!(written.is_ok());
        text
    }

    fn write(&self, n_rows: usize, f: &mut impl fmt::Write) -> fmt::Result {
        write!(f, "{n_rows} rows")?;
        if let Some(replicates) = &self.replicates {
            let form = replicates.form();
            write!(
                f,
                ", {} {} replicates, scale {}, around {}",
                form.n_replicates(),
                replicates.kind(),
                form.scale(),
                if form.is_around_estimate() { "the full-sample estimate" } else { "the mean of the replicates" }
            )?;
        }
        for (depth, stage) in self.stages.iter().enumerate() {
            write!(f, "; stage {}: ", depth + 1)?;
            let n_units: usize = stage.strata().iter().map(|stratum| stratum.n as usize).sum();
            let units = if stage.units_are_rows() { "rows as units" } else { "units" };
            write!(f, "{n_units} {units}")?;
            let n_strata = stage.strata().len();
            if depth == 0 && n_strata > 1 {
                write!(f, " in {n_strata} strata")?;
            }
            if stage.strata().iter().all(|s| s.population.is_none()) {
                f.write_str(if stage.unit_probabilities.is_some() {
                    ", unequal probabilities (Brewer)"
                } else {
                    ", with replacement"
                })?;
            } else {
                f.write_str(", finite population")?;
            }
        }
        if let Some(stage) = self.stages.first() {
            for stratum in &stage.strata {
                if stratum.variance_factor != 1.0 {
                    write!(f, "; stratum `{}`: variance times {} (declared)", stratum.label, stratum.variance_factor)?;
                }
            }
            if stage.strata.iter().any(|s| s.is_lonely()) {
                write!(f, "; lonely strata: {}", self.lonely)?;
            }
        }
        Ok(())
    }
}
