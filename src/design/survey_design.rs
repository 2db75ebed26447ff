//! The checked design.

use std::sync::Arc;

use super::adjustment::Adjustment;
use super::builder::SurveyDesignBuilder;
use super::count_look::CountLook;
use super::degf;
use super::domains::{Base, UnitSet};
use super::form::{Presence, ReplicateForm, RowUnits, VarianceForm};
use super::lonely::LonelyPsu;
use super::replicates::{ReplicateKind, ReplicateWeights};
use super::stage::Stage;

/// A sampling design that was checked; only this type can be estimated from.
///
/// Built by [`SurveyDesign::builder`]. Cloning is cheap: the columns are shared.
///
/// # Shapes and units
///
/// One weight a row; weight 0 lies outside every domain and base, but the row's unit counts in the design.
#[derive(Clone, Debug)]
pub struct SurveyDesign {
    pub(crate) weights: Arc<Vec<f64>>,
    /// The stages that count in the variance.
    pub(crate) stages: Arc<Vec<Stage>>,
    pub(crate) replicates: Option<ReplicateWeights>,
    pub(crate) form: Arc<VarianceForm>,
    pub(crate) lonely: LonelyPsu,
    /// Lonely strata of the first stage and the strata that they joined.
    pub(crate) joined: Arc<Vec<(String, String)>>,
    pub(crate) rows: Arc<Vec<u32>>,
    /// Adjustments of the weights in the order in which they were made.
    pub(crate) adjustments: Arc<Vec<Adjustment>>,
}

impl SurveyDesign {
    /// Starts the description of a design.
    ///
    /// # Examples
    ///
    /// Two of ten towns, in each two of the people who live there; weights follow from the sizes.
    ///
    /// ```
    /// use opros::design::{StageInput, SurveyDesign};
    ///
    /// let towns = StageInput::units(&["a", "a", "b", "b"]).population_sizes(&[10.0; 4]);
    /// let people = StageInput::rows().population_sizes(&[200.0, 200.0, 500.0, 500.0]);
    /// let design = SurveyDesign::builder().first(towns).then(people).build()?;
    /// // 10/2 towns times 200/2 or 500/2 people.
    /// assert_eq!(design.weights(), [500.0, 500.0, 1250.0, 1250.0]);
    /// # Ok::<(), opros::design::DesignError>(())
    /// ```
    pub fn builder() -> SurveyDesignBuilder {
        SurveyDesignBuilder::default()
    }

    /// Number of rows, those of weight 0 included.
    pub fn n_rows(&self) -> usize {
        self.weights.len()
    }

    /// The analysis weight of each row.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Whether the weights look like counts of identical rows: whole numbers, not all the same, that add up to twice the
    /// number of rows or more. Weights that project to a population seldom are whole.
    pub fn weights_look_like_counts(&self) -> bool {
        CountLook::default().at(&self.weights).is_counts()
    }

    /// The stages of sampling that count in the variance; none when only replicate weights are known.
    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The replicate weights, when the variance is theirs.
    pub fn replicates(&self) -> Option<&ReplicateWeights> {
        self.replicates.as_ref()
    }

    /// The treatment of strata with one sampled unit.
    pub fn lonely_psu(&self) -> &LonelyPsu {
        &self.lonely
    }

    /// The rule that turns unit scores into covariances.
    pub fn form(&self) -> &Arc<VarianceForm> {
        &self.form
    }

    /// Number of units of the last stage that counts (rows, when no stage is known).
    pub fn n_units(&self) -> usize {
        self.stages.last().map_or(self.n_rows(), Stage::n_units)
    }

    /// The unit of the last stage that counts, for each row.
    pub fn unit_of_row(&self) -> &[u32] {
        self.stages.last().map_or(&self.rows, Stage::unit_of_row)
    }

    /// Strata of rows, when rows are the units and moments by stratum give the variance: one stage, weights not adjusted.
    pub fn row_units(&self) -> Option<RowUnits<'_>> {
        match self.form.as_ref() {
            VarianceForm::Nested(form) if self.adjustments.is_empty() => form.row_units(),
            _ => None,
        }
    }

    /// First-stage units among units of the last stage; `None` when no stage is known.
    pub fn n_psus_among(&self, units: &UnitSet) -> Option<usize> {
        (!self.stages.is_empty()).then(|| self.units_above(units, 0).len())
    }

    /// Whether all units of a base were certain to be in the sample, at every stage: a census, in which nothing is left to
    /// chance.
    pub fn is_complete(&self, base: &Base) -> bool {
        matches!(self.form.as_ref(), VarianceForm::Nested(form) if base.n > 0 && form.is_complete(base))
    }

    /// The adjustments of the weights that the variance takes into account.
    pub fn adjustments(&self) -> &[Adjustment] {
        &self.adjustments
    }

    /// The design with adjusted weights. With an adjustment the variance takes residuals; without one it treats the new
    /// weights as given.
    pub(crate) fn reweighted(&self, weights: Arc<Vec<f64>>, adjustment: Option<Adjustment>) -> Self {
        let mut design = self.clone();
        design.weights = weights;
        if let Some(adjustment) = adjustment {
            Arc::make_mut(&mut design.adjustments).push(adjustment);
        }
        design
    }

    /// The design with weight 0 outside the mask, in the replicate weights too: a domain that later steps stay within.
    pub fn within(&self, mask: &[bool]) -> Self {
        let mut design = self.clone();
        let weights = Arc::make_mut(&mut design.weights);
        weights.iter_mut().zip(mask).filter(|(_, keep)| !**keep).for_each(|(w, _)| *w = 0.0);
        if let Some(replicates) = &mut design.replicates {
            replicates.within(&design.weights);
        }
        design
    }

    /// The design with the variance of replicates that are made by factors of the units of a stage.
    pub(crate) fn with_unit_factors(
        &self,
        kind: ReplicateKind,
        factors: Vec<Vec<f64>>,
        form: ReplicateForm,
        stage: &Stage,
    ) -> Self {
        let mut design = self.clone();
        let units = stage.unit_of_row().to_vec();
        design.form = Arc::new(VarianceForm::Replicates(form.clone()));
        design.replicates = Some(ReplicateWeights::of_units(kind, factors, Arc::clone(&self.weights), units, form));
        design.stages = Arc::new(vec![stage.clone()]);
        design
    }

    /// The design with every set of replicate weights passed through a step that changes weights in place.
    pub(crate) fn with_replicates_through<E>(
        mut self,
        mut step: impl FnMut(&mut [f64]) -> Result<(), E>,
    ) -> Result<Self, E> {
        if let Some(replicates) = &mut self.replicates {
            replicates.change(&mut step)?;
        }
        Ok(self)
    }

    /// Totals of weighted scores by unit, for scores without weight: weights them, takes out what the adjustments of the
    /// weights explain, and adds them up.
    pub fn unit_scores(&self, scores: &[f64]) -> Vec<f64> {
        let mut weighted: Vec<f64> = scores.iter().zip(self.weights()).map(|(z, w)| z * w).collect();
        for adjustment in self.adjustments.iter() {
            adjustment.take_out(&mut weighted);
        }
        let mut totals = vec![0.0; self.n_units()];
        for (&unit, u) in self.unit_of_row().iter().zip(&weighted) {
            totals[unit as usize] += u;
        }
        totals
    }

    /// How the variance sees the units with members: after an adjustment of the weights every unit has a residual, so
    /// the whole design is present.
    pub fn presence<'a>(&self, units: &'a UnitSet) -> Presence<'a> {
        if self.adjustments.is_empty() && self.row_units().is_none() { Presence::Units(units) } else { Presence::All }
    }

    /// Degrees of freedom: first-stage units with members minus strata with members, or the rank of the replicate
    /// weights of the members minus one.
    ///
    /// Where the first stage leaves none and all of its units were certain to be sampled, the variance is that of the next
    /// stage, and so are the degrees of freedom.
    pub fn degf_of(&self, units: &UnitSet, is_member: impl Fn(usize) -> bool) -> f64 {
        if let Some(replicates) = &self.replicates {
            return degf::of_replicates(replicates, |i| self.weights[i] != 0.0 && is_member(i));
        }
        let mut degf = 0.0;
        for (depth, stage) in self.stages.iter().enumerate() {
            let members = self.units_above(units, depth);
            let mut strata = UnitSet::new(stage.strata.len());
            for unit in members.iter() {
                strata.insert(stage.stratum_of_unit[unit] as usize);
            }
            degf = members.len() as f64 - strata.len() as f64;
            if degf > 0.0 || members.iter().any(|unit| !stage.is_certain(unit)) {
                break;
            }
        }
        degf
    }

    /// Degrees of freedom of the rows where the mask is true; all rows without a mask.
    pub fn degf(&self, mask: Option<&[bool]>) -> f64 {
        let is_in = |i: usize| mask.is_none_or(|m| m[i]) && self.weights[i] != 0.0;
        let mut units = UnitSet::new(self.n_units());
        for (i, &unit) in self.unit_of_row().iter().enumerate() {
            if is_in(i) {
                units.insert(unit as usize);
            }
        }
        self.degf_of(&units, is_in)
    }

    /// The units of a stage in which units of the last stage lie.
    fn units_above(&self, units: &UnitSet, stage: usize) -> UnitSet {
        let mut current = units.clone();
        for depth in (stage + 1..self.stages.len()).rev() {
            let mut parents = UnitSet::new(self.stages[depth - 1].n_units());
            for unit in current.iter() {
                parents.insert(self.stages[depth].parent_of_unit[unit] as usize);
            }
            current = parents;
        }
        current
    }
}
