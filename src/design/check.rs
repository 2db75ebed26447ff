//! From what the user says to a checked design.

use std::sync::Arc;

use super::build_stage::{Rows, stage};
use super::builder::{RowsBehind, StageInput, SurveyDesignBuilder};
use super::codes::Codes;
use super::collapse::collapse;
use super::columns::columns;
use super::error::{DesignError, DesignProblem, LISTED, LonelyStratum};
use super::form::{NestedForm, PairwiseForm, PairwiseVariance, VarianceForm};
use super::lonely::LonelyPsu;
use super::stage::{Stage, StageStratum};
use super::survey_design::SurveyDesign;

pub(super) fn build(builder: SurveyDesignBuilder) -> Result<SurveyDesign, DesignError> {
    let mut problems = Vec::new();
    let n_rows = n_rows(&builder);
    columns(&builder, n_rows, &mut problems);
    if let Some(frames) = &builder.frames {
        frames.check(&builder, n_rows, &mut problems);
    }
    if !problems.is_empty() {
        return Err(DesignError::new(problems));
    }
    let (builder, frames) = match builder.frames.clone() {
        None => (builder, None),
        Some(frames) => (frames.split(builder), Some(frames)),
    };
    let (builder, joined) = collapse(builder, &mut problems);
    let rows = Rows { n: n_rows, nest: builder.nest, behind: builder.behind.as_deref() };
    let mut stages = Vec::new();
    for (depth, input) in stage_inputs(&builder).into_iter().enumerate() {
        let own = if depth == 0 { builder.self_representing.as_slice() } else { &[] };
        let stage = stage(input, stages.last(), &rows, own, depth, &mut problems);
        stages.push(stage);
    }
    stages.truncate(n_counted(&builder));
    if let Some(first) = stages.first_mut() {
        declare(&builder, first, &mut problems);
    }
    let asks_spread = builder.pairwise.as_ref().is_none_or(|pairs| pairs.variance == PairwiseVariance::YatesGrundy);
    if builder.lonely == LonelyPsu::Fail && builder.replicates.is_none() && asks_spread {
        for (depth, stage) in stages.iter().enumerate() {
            let probabilities = builder.pairwise.as_ref().map(|pairs| pairs.probabilities.as_slice());
            lonely(stage, depth, builder.behind.as_deref(), probabilities, &mut problems);
        }
    }
    let borrows = matches!(builder.lonely, LonelyPsu::Center | LonelyPsu::Average | LonelyPsu::Collapse(_));
    if builder.pairwise.is_some() && borrows {
        problems.push(DesignProblem::PairwiseLonely { policy: builder.lonely.clone() });
    }
    let mut weights = weights(&builder, &stages, n_rows);
    if let Some(frames) = &frames {
        frames.share_out(&mut weights);
    }
    if weights.iter().all(|w| *w == 0.0) {
        problems.push(DesignProblem::AllWeightsZero);
    }
    if !problems.is_empty() {
        return Err(DesignError::new(problems));
    }
    let has_stages = builder.replicates.is_none() || builder.first.ids.is_some() || builder.first.strata.is_some();
    if !has_stages {
        stages.clear();
    }
    let replicates = builder.replicates.map(|r| r.into_weights(&weights));
    let form = match (&replicates, builder.pairwise) {
        (Some(replicates), _) => VarianceForm::Replicates(replicates.form.clone()),
        (None, Some(pairs)) => VarianceForm::Pairwise(PairwiseForm::new(
            pairs.probabilities,
            stages[0].stratum_of_unit.clone(),
            pairs.joint,
            pairs.variance,
        )),
        (None, None) => {
            VarianceForm::Nested(NestedForm::new(&stages, builder.lonely.clone(), builder.adjust_domain_lonely))
        }
    };
    let rows = if stages.is_empty() { (0..n_rows as u32).collect() } else { Vec::new() };
    Ok(SurveyDesign {
        weights: Arc::new(weights),
        stages: Arc::new(stages),
        replicates,
        form: Arc::new(form),
        lonely: builder.lonely,
        joined: Arc::new(joined),
        rows: Arc::new(rows),
        adjustments: Arc::new(Vec::new()),
    })
}

pub(super) fn stage_inputs(builder: &SurveyDesignBuilder) -> Vec<&StageInput> {
    std::iter::once(&builder.first).chain(&builder.later).collect()
}

/// The stages that count in the variance: the first, those with population sizes, and the one below these.
fn n_counted(builder: &SurveyDesignBuilder) -> usize {
    if builder.replicates.is_some() {
        return 1;
    }
    let inputs = stage_inputs(builder);
    let sized = inputs.iter().take_while(|s| s.population.is_some()).count();
    if sized == 0 { 1 } else { (sized + 1).min(inputs.len()) }
}

fn n_rows(builder: &SurveyDesignBuilder) -> usize {
    let lengths = [
        builder.weights.as_ref().map(Vec::len),
        builder.first.ids.as_ref().map(Codes::len),
        builder.first.strata.as_ref().map(Codes::len),
        builder.first.population.as_ref().map(|p| p.values().len()),
        builder.pairwise.as_ref().map(|p| p.probabilities.len()),
    ];
    lengths.into_iter().flatten().next().unwrap_or(0)
}

/// Puts the declared variance factors into the strata of the first stage.
fn declare(builder: &SurveyDesignBuilder, first: &mut Stage, problems: &mut Vec<DesignProblem>) {
    for (label, factor) in &builder.variance_factors {
        if !(factor.is_finite() && *factor > 0.0) {
            problems.push(DesignProblem::VarianceFactor { stratum: label.clone(), factor: *factor });
        }
        match first.strata.iter_mut().find(|s| s.label == *label) {
            Some(stratum) => stratum.variance_factor = *factor,
            None => problems.push(unknown("the declared variance factor", label, first)),
        }
    }
}

pub(super) fn unknown(purpose: &'static str, label: &str, first: &Stage) -> DesignProblem {
    let closest = first
        .strata
        .iter()
        .map(|s| (strsim::jaro_winkler(&s.label, label), &s.label))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    DesignProblem::UnknownStratum {
        purpose,
        stratum: label.to_string(),
        suggestion: closest.map(|(_, label)| label.clone()),
    }
}

/// Names the lonely strata of a stage. Of rows drawn with unequal probabilities those that were certain are not lonely.
fn lonely(
    stage: &Stage,
    depth: usize,
    behind: Option<&[RowsBehind]>,
    certain: Option<&[f64]>,
    problems: &mut Vec<DesignProblem>,
) {
    if !stage.strata.iter().any(StageStratum::is_lonely) {
        return;
    }
    let mut rows = vec![0; stage.n_units()];
    for (row, &unit) in stage.unit_of_row.iter().enumerate() {
        rows[unit as usize] += behind.map_or(1, |behind| behind[row].n);
    }
    let label = |unit: usize| match behind {
        Some(behind) if stage.units_are_rows() => format!("row {}", behind[unit].first + 1),
        _ => stage.unit_label(unit),
    };
    let (mut found, mut n) = (Vec::new(), 0);
    for (unit, &h) in stage.stratum_of_unit.iter().enumerate() {
        let stratum = &stage.strata[h as usize];
        if stratum.is_lonely() && !stage.is_certain(unit) && !certain.is_some_and(|p| p[unit] >= 1.0) {
            n += 1;
            if n > LISTED {
                continue;
            }
            found.push(LonelyStratum { stratum: stratum.label.clone(), unit: label(unit), n_rows: rows[unit] });
        }
    }
    if !found.is_empty() {
        problems.push(DesignProblem::LonelyStrata { stage: depth + 1, strata: found, n });
    }
}

/// Weights as given, or the product over the stages of what one sampled unit stands for.
fn weights(builder: &SurveyDesignBuilder, stages: &[Stage], n_rows: usize) -> Vec<f64> {
    if let Some(weights) = &builder.weights {
        return weights.clone();
    }
    if let Some(pairwise) = &builder.pairwise {
        return pairwise.probabilities.iter().map(|p| 1.0 / p).collect();
    }
    let mut weights = vec![1.0; n_rows];
    for stage in stages {
        for (w, &unit) in weights.iter_mut().zip(&stage.unit_of_row) {
            let unit = unit as usize;
            let stratum = &stage.strata[stage.stratum_of_unit[unit] as usize];
            if let Some(p) = &stage.unit_probabilities {
                *w /= p[unit];
            } else if let Some(size) = stratum.population {
                *w *= size / f64::from(stratum.n);
            }
        }
    }
    weights
}
