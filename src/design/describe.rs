//! The design in words, for notes under tables.

use std::fmt;

use super::form::{TwoPhaseForm, VarianceForm};
use super::lonely::LonelyPsu;
use super::stage::Stage;
use super::survey_design::SurveyDesign;

/// Joined strata that are named before "and … more".
const LISTED: usize = 8;

impl fmt::Display for SurveyDesign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe(self.n_rows()))
    }
}

impl SurveyDesign {
    /// The design in words, for a table of so many rows.
    pub fn describe(&self, n_rows: usize) -> String {
        let mut text = format!("{n_rows} rows");
        if let Some(replicates) = &self.replicates {
            let form = replicates.form();
            text.push_str(&format!(
                ", {} {} replicates, scale {}, around {}",
                form.n_replicates(),
                replicates.kind(),
                form.scale(),
                if form.is_around_estimate() { "the full-sample estimate" } else { "the mean of the replicates" }
            ));
        }
        if let VarianceForm::TwoPhase(form) = self.form.as_ref() {
            text.push_str(&self.phases(form));
            return text;
        }
        for (depth, stage) in self.stages.iter().enumerate() {
            let n_units: usize = stage.strata().iter().map(|stratum| stratum.n as usize).sum();
            let units = if stage.units_are_rows() { "rows as units" } else { "units" };
            text.push_str(&format!("; stage {}: {n_units} {units}", depth + 1));
            let n_strata = stage.strata().len();
            if depth == 0 && n_strata > 1 {
                text.push_str(&format!(" in {n_strata} strata"));
            }
            text.push_str(&self.selection(stage));
        }
        if let Some(stage) = self.stages.first() {
            for stratum in stage.strata.iter().filter(|stratum| stratum.variance_factor != 1.0) {
                let (label, factor) = (&stratum.label, stratum.variance_factor);
                text.push_str(&format!("; stratum `{label}`: variance times {factor} (declared)"));
            }
        }
        text.push_str(&self.lonely_strata());
        text
    }

    /// Two phases: how many rows and units the second has of the first.
    fn phases(&self, form: &TwoPhaseForm) -> String {
        let n_drawn = self.weights.iter().filter(|w| **w != 0.0).count();
        let n_strata = self.stages.first().map_or(1, |stage| stage.strata().len());
        let strata = if n_strata > 1 { format!(" in {n_strata} strata") } else { String::new() };
        let (first, second) = (form.n_first, form.n_second());
        format!(
            " of phase 1, {first} first-stage units; phase 2: {n_drawn} rows, {second} units{strata}; variance from {}",
            form.name()
        )
    }

    /// How the units of a stage were drawn, as far as the variance uses it.
    fn selection(&self, stage: &Stage) -> String {
        let has_population = stage.strata().iter().any(|s| s.population.is_some());
        match (self.form.as_ref(), &self.replicates) {
            (_, Some(replicates)) => match replicates.has_population_factor() {
                Some(false) if has_population => ", population sizes not in the replicates".to_owned(),
                Some(true) if has_population => ", finite population".to_owned(),
                _ => String::new(),
            },
            (VarianceForm::Pairwise(form), None) => {
                let (joint, variance) = form.names();
                format!(", unequal probabilities, pairs by {joint}, variance of {variance}")
            }
            _ if has_population => ", finite population".to_owned(),
            _ if stage.unit_probabilities.is_some() => ", unequal probabilities (Brewer)".to_owned(),
            _ => ", with replacement".to_owned(),
        }
    }

    /// Whether strata with one sampled unit were met, be it that they were joined to others.
    pub fn has_lonely_strata(&self) -> bool {
        !self.joined.is_empty() || self.stages.iter().any(|stage| n_lonely(stage) > 0)
    }

    /// What happened to strata with one sampled unit, where there are any and the variance asks for them.
    fn lonely_strata(&self) -> String {
        if self.replicates.is_some() || !self.has_lonely_strata() {
            return String::new();
        }
        let pairs = self.joined.iter().take(LISTED).map(|(lonely, other)| format!("`{lonely}` joined `{other}`"));
        let mut parts: Vec<String> = pairs.collect();
        if self.joined.len() > LISTED {
            parts.push(format!("and {} more", self.joined.len() - LISTED));
        }
        for (depth, stage) in self.stages.iter().enumerate().filter(|(_, stage)| n_lonely(stage) > 0) {
            parts.push(format!("{} at stage {}{}", n_lonely(stage), depth + 1, self.treatment(depth)));
        }
        let parts = parts.join(", ");
        match self.form.as_ref() {
            // Nothing is done to them.
            VarianceForm::Pairwise(form) if !form.compares() => format!("; lonely strata: {parts}"),
            _ => format!("; lonely strata: {}, {parts}", self.lonely),
        }
    }

    /// What the policy means where it is not what its name says.
    fn treatment(&self, depth: usize) -> &'static str {
        match (self.form.as_ref(), &self.lonely) {
            (VarianceForm::Pairwise(form), _) if !form.compares() => ", which add their own part of the variance",
            (_, LonelyPsu::Collapse(_)) if depth > 0 => {
                ", which add nothing (only strata of the first stage can be joined)"
            }
            _ => "",
        }
    }
}

/// Strata of a stage with one sampled unit that could have been left out.
fn n_lonely(stage: &Stage) -> usize {
    let is_lonely =
        |unit: &usize| stage.strata[stage.stratum_of_unit[*unit] as usize].is_lonely() && !stage.is_certain(*unit);
    (0..stage.n_units()).filter(is_lonely).count()
}
