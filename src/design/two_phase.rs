//! A subsample of a sample.

use std::sync::Arc;

use super::builder::{StageInput, SurveyDesignBuilder};
use super::codes::{Codes, MISSING};
use super::error::{DesignError, DesignProblem};
use super::form::{FirstPhaseStratum, NestedForm, TwoPhaseForm, TwoPhaseMethod, VarianceForm};
use super::lonely::LonelyPsu;
use super::stage::Stage;
use super::survey_design::SurveyDesign;

/// One phase: its units are rows (first phase) or rows and clusters (second phase).
#[derive(Clone, Debug, Default)]
pub struct PhaseInput {
    /// The units of each row; rows without.
    pub ids: Option<Codes>,
    /// The strata of each row.
    pub strata: Option<Codes>,
    /// The inclusion probability of each row; the second phase takes the sampling fractions of its strata, counted in the
    /// first, where none are given.
    pub probabilities: Option<Vec<f64>>,
    /// Population sizes of the strata of the first phase.
    pub population_sizes: Option<Vec<f64>>,
}

/// The design of a subsample: one row a row of the first phase, with a mark for those of the second.
///
/// Rows outside the second phase get weight 0.
///
/// # Errors
///
/// All problems of both phases; a first phase of clusters, or `Full` with population sizes in the first phase.
///
/// # References
///
/// As for [`TwoPhaseForm`].
pub fn two_phase(
    phases: [PhaseInput; 2],
    in_second: &[bool],
    method: TwoPhaseMethod,
) -> Result<SurveyDesign, DesignError> {
    let n_rows = in_second.len();
    let [first, second] = phases;
    let mut problems = Vec::new();
    lengths(&first, 1, n_rows, &mut problems);
    lengths(&second, 2, n_rows, &mut problems);
    if n_rows == 0 {
        problems.push(DesignProblem::NoRows);
    }
    if !problems.is_empty() {
        return Err(DesignError::new(problems));
    }
    let ones = vec![1.0; n_rows];
    let first_design = checked(1, builder(&first, n_rows).weights(&ones), &mut problems);
    let second_all = checked(2, builder(&second, n_rows).weights(&ones), &mut problems);
    let (Some(first_design), Some(second_all)) = (first_design, second_all) else {
        return Err(DesignError::new(problems));
    };
    let first_stage = &first_design.stages[0];
    if first_stage.n_units() < n_rows {
        let problem = "clusters of rows are not supported, units must be rows".to_string();
        problems.push(DesignProblem::Phase { phase: 1, problem });
    }
    if method == TwoPhaseMethod::Full && first.population_sizes.is_some() {
        let problem = "population sizes need the approximate method".to_string();
        problems.push(DesignProblem::Phase { phase: 1, problem });
    }
    let p1 = first_probabilities(&first, first_stage, n_rows);
    let counts = &second_all.stages[0];
    let rows: Vec<usize> = (0..n_rows).filter(|&i| in_second[i]).collect();
    let sub_ids = second.ids.as_ref().map(|c| select(c, &rows));
    let sub_strata = second.strata.as_ref().map(|c| select(c, &rows));
    // Units of the second phase are drawn from those of the first in the same stratum.
    let sizes: Vec<f64> = rows.iter().map(|&i| f64::from(stratum_of(counts, i).n)).collect();
    let sub = StageInput { ids: sub_ids, strata: sub_strata, population: None }.population_sizes(&sizes);
    let mut sub_builder = SurveyDesign::builder().weights(&vec![1.0; rows.len()]).nest(true);
    sub_builder.first = sub;
    let Some(sub_design) = checked(2, sub_builder, &mut problems) else {
        return Err(DesignError::new(problems));
    };
    if !problems.is_empty() {
        return Err(DesignError::new(problems));
    }
    let sub_stage = &sub_design.stages[0];
    let mut p2 = vec![0.0; n_rows];
    let mut weights = vec![0.0; n_rows];
    let mut second_unit_of_row = vec![MISSING; n_rows];
    for (k, &i) in rows.iter().enumerate() {
        let fraction = stratum_of(sub_stage, k).sampling_fraction();
        p2[i] = second.probabilities.as_ref().map_or(fraction, |p| p[i]);
        weights[i] = 1.0 / (p1[i] * p2[i]);
        second_unit_of_row[i] = sub_stage.unit_of_row[k];
    }
    let strata = first_stage
        .strata
        .iter()
        .map(|s| FirstPhaseStratum { n: f64::from(s.n), fpc_factor: s.fpc_factor() })
        .collect();
    let form = TwoPhaseForm {
        second: NestedForm::new(&sub_design.stages, LonelyPsu::Fail, false),
        second_unit_of_row,
        p2,
        stratum_of_row: first_stage
            .unit_of_row
            .iter()
            .map(|&unit| first_stage.stratum_of_unit[unit as usize])
            .collect(),
        strata,
        method,
    };
    // Scores are kept by row; degrees of freedom are those of the second phase, whose strata the rows carry.
    let mut by_row = StageInput::rows();
    by_row.strata = second.strata;
    let mut row_builder = SurveyDesign::builder().weights(&weights).lonely_psu(LonelyPsu::Certainty);
    row_builder.first = by_row;
    let mut design = row_builder.build()?;
    design.form = Arc::new(VarianceForm::TwoPhase(form));
    Ok(design)
}

/// Problems of the columns of numbers of a phase.
fn lengths(phase: &PhaseInput, number: usize, n_rows: usize, problems: &mut Vec<DesignProblem>) {
    let columns = [("probabilities", &phase.probabilities), ("population sizes", &phase.population_sizes)];
    for (name, values) in columns {
        let Some(values) = values else { continue };
        let what = format!("the column of {name} of phase {number}");
        if values.len() != n_rows {
            problems.push(DesignProblem::Length { what, got: values.len(), expected: n_rows });
        } else if let Some(row) = values.iter().position(|v| v.is_nan() || *v <= 0.0) {
            let n = values.iter().filter(|v| v.is_nan() || **v <= 0.0).count();
            let (first_row, value, expected) = (row + 1, values[row], "more than 0");
            problems.push(DesignProblem::Number { what, n, first_row, value, expected });
        }
    }
}

fn builder(phase: &PhaseInput, n_rows: usize) -> SurveyDesignBuilder {
    let mut builder = SurveyDesign::builder().nest(true).lonely_psu(LonelyPsu::Certainty);
    builder.first = StageInput { ids: phase.ids.clone(), strata: phase.strata.clone(), population: None };
    match &phase.population_sizes {
        Some(sizes) => builder.population_sizes(sizes),
        None => builder.population_sizes(&vec![f64::INFINITY; n_rows]),
    }
}

fn checked(phase: usize, builder: SurveyDesignBuilder, problems: &mut Vec<DesignProblem>) -> Option<SurveyDesign> {
    let named = |problem: &DesignProblem| DesignProblem::Phase { phase, problem: problem.to_string() };
    builder.build().map_err(|e| problems.extend(e.problems().iter().map(named))).ok()
}

fn stratum_of(stage: &Stage, row: usize) -> &super::stage::StageStratum {
    &stage.strata[stage.stratum_of_unit[stage.unit_of_row[row] as usize] as usize]
}

fn first_probabilities(first: &PhaseInput, stage: &Stage, n_rows: usize) -> Vec<f64> {
    match &first.probabilities {
        Some(p) => p.clone(),
        None => (0..n_rows)
            .map(|i| stratum_of(stage, i).population.map_or(1.0, |_| stratum_of(stage, i).sampling_fraction()))
            .collect(),
    }
}

fn select(codes: &Codes, rows: &[usize]) -> Codes {
    let labels: Vec<&str> = rows.iter().map(|&i| codes.labels()[codes.codes()[i] as usize].as_str()).collect();
    Codes::from_labels(&labels)
}
