//! A subsample of a sample.

mod first;

use std::sync::Arc;

use super::builder::{PopulationInput, StageInput, SurveyDesignBuilder};
use super::check::stage_inputs;
use super::codes::{Codes, MISSING, dense_pairs};
use super::error::{DesignError, DesignProblem, list};
use super::form::{NestedForm, TwoPhaseForm, TwoPhaseMethod, VarianceForm};
use super::lonely::LonelyPsu;
use super::stage::{Stage, StageStratum};
use super::survey_design::SurveyDesign;

/// How the second phase was drawn from the rows of the first.
#[derive(Clone, Debug, Default)]
pub struct SecondPhase {
    /// The units of each row, which may be rows, units of the first phase, or lie across these; rows without.
    pub ids: Option<Codes>,
    /// The strata of each row, also of those that were not drawn.
    pub strata: Option<Codes>,
    /// The probability of each row to be drawn, given the first phase; without, the sampling fractions of the strata, counted
    /// in the first phase.
    pub probabilities: Option<Vec<f64>>,
}

/// The design of a subsample: one row a row of the first phase, with a mark for those of the second.
///
/// The first phase is an ordinary design of any number of stages, strata and population sizes; without weights and
/// population sizes its rows count 1. Rows outside the second phase get weight 0. Degrees of freedom are those of the second
/// phase: units with members minus strata with members.
///
/// # Errors
///
/// All problems of both phases; replicate weights or pairs of rows in the first; lonely strata that are to borrow from others;
/// strata of which nothing was drawn.
///
/// # References
///
/// As for [`TwoPhaseForm`].
///
/// # Examples
///
/// Of eight rows, four were drawn again, two a stratum.
///
/// ```
/// use opros::design::{Codes, SecondPhase, SurveyDesign, TwoPhaseMethod, two_phase};
///
/// let first = SurveyDesign::builder().population_sizes(&[80.0; 8]);
/// let strata = Some(Codes::from_labels(&["a", "a", "b", "b", "b", "b", "b", "b"]));
/// let drawn = [true, true, true, false, false, true, false, false];
/// let second = SecondPhase { strata, ..SecondPhase::default() };
/// let design = two_phase(first, second, &drawn, TwoPhaseMethod::Approximate)?;
/// // Ten people a row of the first phase, times 2/2 and 6/2.
/// assert_eq!(design.weights(), [10.0, 10.0, 30.0, 0.0, 0.0, 30.0, 0.0, 0.0]);
/// # Ok::<(), opros::design::DesignError>(())
/// ```
pub fn two_phase(
    first: SurveyDesignBuilder,
    second: SecondPhase,
    in_second: &[bool],
    method: TwoPhaseMethod,
) -> Result<SurveyDesign, DesignError> {
    let n_rows = in_second.len();
    let mut problems = Vec::new();
    plain(&first, &mut problems);
    probabilities(&second, n_rows, &mut problems);
    if n_rows == 0 {
        problems.push(DesignProblem::NoRows);
    }
    if !problems.is_empty() {
        return Err(DesignError::new(problems));
    }
    let lonely = first.lonely.clone();
    let first = with_weights(first, n_rows);
    // The pairs of a lonely unit are with itself, so nothing is asked of it.
    let asked = match method {
        TwoPhaseMethod::Full => first.clone().lonely_psu(LonelyPsu::Certainty),
        TwoPhaseMethod::Approximate | TwoPhaseMethod::Simple => first.clone(),
    };
    let first_design = checked(1, asked, &mut problems);
    let second_all = checked(2, second_builder(&second, n_rows, None).lonely_psu(LonelyPsu::Certainty), &mut problems);
    let (Some(first_design), Some(second_all)) = (first_design, second_all) else {
        return Err(DesignError::new(problems));
    };
    if first_design.n_rows() != n_rows {
        let what = "the mark of the second phase".to_string();
        let problem = DesignProblem::Length { what, got: n_rows, expected: first_design.n_rows() };
        return Err(DesignError::new(vec![problem]));
    }
    let counts = &second_all.stages[0];
    undrawn(counts, in_second, &mut problems);
    let rows: Vec<usize> = (0..n_rows).filter(|&i| in_second[i]).collect();
    // Units of the second phase are drawn from those of the first in the same stratum.
    let sizes: Vec<f64> = rows.iter().map(|&i| f64::from(stratum_of(counts, i).n)).collect();
    let drawn = SecondPhase {
        ids: second.ids.as_ref().map(|c| select(c, &rows)),
        strata: second.strata.as_ref().map(|c| select(c, &rows)),
        probabilities: None,
    };
    let sub_builder = second_builder(&drawn, rows.len(), Some(sizes)).lonely_psu(lonely.clone());
    let Some(sub_design) = checked(2, sub_builder, &mut problems).filter(|_| problems.is_empty()) else {
        return Err(DesignError::new(problems));
    };
    let sub_stage = &sub_design.stages[0];
    let mut p2 = vec![0.0; n_rows];
    let mut weights = vec![0.0; n_rows];
    let mut second_unit_of_row = vec![MISSING; n_rows];
    for (k, &i) in rows.iter().enumerate() {
        let fraction = stratum_of(sub_stage, k).sampling_fraction();
        p2[i] = second.probabilities.as_ref().map_or(fraction, |p| p[i]);
        weights[i] = first_design.weights[i] / p2[i];
        second_unit_of_row[i] = sub_stage.unit_of_row[k];
    }
    let seen = first::Seen {
        last: last_stage(&first, n_rows),
        second: counts,
        drawn_unit_of_row: &second_unit_of_row,
        p2: &p2,
        has_strata: second.strata.is_some(),
        has_probabilities: second.probabilities.is_some(),
    };
    let (first_form, second_factor) = seen.form(&first_design, method);
    let form = TwoPhaseForm {
        second: NestedForm::new(&sub_design.stages, lonely.clone(), false),
        second_unit_of_row,
        second_factor,
        first: first_form,
        n_first: first_design.stages[0].n_units(),
    };
    // Scores are kept by row; degrees of freedom are those of the second phase, whose strata and units the rows carry.
    let by_row = SurveyDesign::builder().first(whole_stage(&second, n_rows)).then(StageInput::rows());
    let mut design = by_row.nest(true).weights(&weights).lonely_psu(LonelyPsu::Certainty).build()?;
    design.lonely = lonely;
    design.form = Arc::new(VarianceForm::TwoPhase(form));
    Ok(design)
}

/// The second phase of all rows, or of those that were drawn with the number of units of their strata.
fn second_builder(second: &SecondPhase, n_rows: usize, sizes: Option<Vec<f64>>) -> SurveyDesignBuilder {
    let population = Some(PopulationInput::Sizes(sizes.unwrap_or_else(|| vec![f64::INFINITY; n_rows])));
    let stage = StageInput { ids: second.ids.clone(), strata: second.strata.clone(), population };
    SurveyDesign::builder().weights(&vec![1.0; n_rows]).nest(true).first(stage)
}

/// The second phase as a first stage: with a stage of rows below it where its units are clusters.
fn whole_stage(second: &SecondPhase, n_rows: usize) -> StageInput {
    let population = second.ids.as_ref().map(|_| PopulationInput::Sizes(vec![f64::INFINITY; n_rows]));
    StageInput { ids: second.ids.clone(), strata: second.strata.clone(), population }
}

/// What a first phase cannot be.
fn plain(first: &SurveyDesignBuilder, problems: &mut Vec<DesignProblem>) {
    let mut problem = |problem: &str| problems.push(DesignProblem::Phase { phase: 1, problem: problem.to_string() });
    if first.replicates.is_some() || first.pairwise.is_some() {
        problem("strata, units and population sizes describe it, not replicate weights or probabilities of pairs");
    }
    if matches!(first.lonely, LonelyPsu::Center | LonelyPsu::Average | LonelyPsu::Collapse(_)) {
        problem(
            "lonely strata of two phases are refused, or taken as certainty or remove; they cannot borrow from others",
        );
    }
}

/// Problems of the probabilities of the second phase.
fn probabilities(second: &SecondPhase, n_rows: usize, problems: &mut Vec<DesignProblem>) {
    let Some(values) = &second.probabilities else { return };
    let what = "the column of probabilities of phase 2".to_string();
    let is_bad = |p: &&f64| !(**p > 0.0 && **p <= 1.0);
    if values.len() != n_rows {
        problems.push(DesignProblem::Length { what, got: values.len(), expected: n_rows });
    } else if let Some(row) = values.iter().position(|p| is_bad(&p)) {
        let n = values.iter().filter(is_bad).count();
        let (first_row, value, expected) = (row + 1, values[row], "more than 0, at most 1");
        problems.push(DesignProblem::Number { what, n, first_row, value, expected });
    }
}

/// Strata of the first phase of which nothing is in the second: nothing speaks for them.
fn undrawn(counts: &Stage, in_second: &[bool], problems: &mut Vec<DesignProblem>) {
    let mut is_drawn = vec![false; counts.strata.len()];
    for (&unit, _) in counts.unit_of_row.iter().zip(in_second).filter(|(_, drawn)| **drawn) {
        is_drawn[counts.stratum_of_unit[unit as usize] as usize] = true;
    }
    let empty: Vec<String> =
        counts.strata.iter().zip(&is_drawn).filter(|(_, d)| !**d).map(|(s, _)| format!("`{}`", s.label)).collect();
    if !empty.is_empty() {
        let problem = format!(
            "nothing was drawn from these strata, so nothing speaks for their rows: {}\n  hint: join them with others",
            list(&empty)
        );
        problems.push(DesignProblem::Phase { phase: 2, problem });
    }
}

fn with_weights(first: SurveyDesignBuilder, n_rows: usize) -> SurveyDesignBuilder {
    match (&first.weights, &first.first.population) {
        (None, None) => first.weights(&vec![1.0; n_rows]),
        _ => first,
    }
}

fn checked(phase: usize, builder: SurveyDesignBuilder, problems: &mut Vec<DesignProblem>) -> Option<SurveyDesign> {
    let named = |problem: &DesignProblem| DesignProblem::Phase { phase, problem: problem.to_string() };
    builder.build().map_err(|e| problems.extend(e.problems().iter().map(named))).ok()
}

/// The stratum and the unit of each row at the last stage of the first phase, be it that the stage does not count in the
/// variance.
fn last_stage(first: &SurveyDesignBuilder, n_rows: usize) -> [Vec<u32>; 2] {
    let root = vec![0; n_rows];
    let mut strata = root.clone();
    let mut units = root.clone();
    for input in stage_inputs(first) {
        let label = input.strata.as_ref().map_or(root.as_slice(), Codes::codes);
        strata = dense_pairs(&units, label).0;
        units = match &input.ids {
            None => (0..n_rows as u32).collect(),
            Some(ids) => dense_pairs(if first.nest { &strata } else { &units }, ids.codes()).0,
        };
    }
    [strata, units]
}

fn stratum_of(stage: &Stage, row: usize) -> &StageStratum {
    &stage.strata[stage.stratum_of_unit[stage.unit_of_row[row] as usize] as usize]
}

fn select(codes: &Codes, rows: &[usize]) -> Codes {
    let labels: Vec<&str> = rows.iter().map(|&i| codes.labels()[codes.codes()[i] as usize].as_str()).collect();
    Codes::from_labels(&labels)
}
