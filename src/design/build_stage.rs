//! One stage from labels and sizes: units, strata, population.

use super::builder::{PopulationInput, RowsBehind, StageInput};
use super::codes::{MISSING, dense_pairs};
use super::error::{DesignProblem, PopulationRange, SampleOverPopulation, UnitStrata};
use super::stage::{Stage, StageStratum, UnitLabels};

/// Values that differ less than this share count as one population size.
const SAME_SIZE: f64 = 1e-7;

/// What all stages of a design share.
pub(super) struct Rows<'a> {
    pub n: usize,
    /// Labels of units start anew in each stratum.
    pub nest: bool,
    /// Rows of a larger table behind each row.
    pub behind: Option<&'a [RowsBehind]>,
}

/// Builds one stage below the one before it.
pub(super) fn stage(
    input: &StageInput,
    parent: Option<&Stage>,
    rows: &Rows<'_>,
    self_representing: &[String],
    depth: usize,
    problems: &mut Vec<DesignProblem>,
) -> Stage {
    let (n_rows, nest) = (rows.n, rows.nest);
    let root = vec![0; n_rows];
    let parent_of_row = parent.map_or(root.as_slice(), |p| &p.unit_of_row);
    let (stratum_of_row, pairs) = match &input.strata {
        Some(strata) => dense_pairs(parent_of_row, strata.codes()),
        None => dense_pairs(parent_of_row, &root),
    };
    let stratum_label = |h: usize| match (&input.strata, parent) {
        (Some(strata), _) => strata.labels()[pairs[h].1 as usize].clone(),
        (None, Some(parent)) => parent.unit_label(pairs[h].0 as usize),
        (None, None) => "all".to_string(),
    };
    let is_own: Vec<bool> = (0..pairs.len())
        .map(|h| !self_representing.is_empty() && self_representing.contains(&stratum_label(h)))
        .collect();
    let (unit_of_row, unit_labels) = units(input, parent_of_row, &stratum_of_row, depth > 0, nest, &is_own);
    let n_units = unit_of_row.iter().max().map_or(0, |m| *m as usize + 1);
    let mut stratum_of_unit = vec![MISSING; n_units];
    let mut parent_of_unit = vec![0; n_units];
    let mut torn: Vec<(u32, u32, u32)> = Vec::new();
    for row in 0..n_rows {
        let unit = unit_of_row[row] as usize;
        let known = &mut stratum_of_unit[unit];
        if *known == MISSING {
            *known = stratum_of_row[row];
            parent_of_unit[unit] = parent_of_row[row];
        } else if *known != stratum_of_row[row] && torn.last().is_none_or(|t| t.0 != unit as u32) {
            torn.push((unit as u32, *known, stratum_of_row[row]));
        }
    }
    let mut strata: Vec<StageStratum> = (0..pairs.len())
        .map(|h| StageStratum {
            label: stratum_label(h),
            parent: pairs[h].0,
            n: 0,
            population: None,
            variance_factor: 1.0,
        })
        .collect();
    for (unit, &h) in stratum_of_unit.iter().enumerate() {
        let n = match rows.behind {
            // Rows that stand for others are as many units.
            Some(behind) if input.ids.is_none() && depth == 0 => u32::try_from(behind[unit].n).unwrap_or(u32::MAX),
            _ => 1,
        };
        strata[h as usize].n += n;
    }
    let mut stage =
        Stage { unit_of_row, stratum_of_unit, parent_of_unit, strata, unit_labels, unit_probabilities: None };
    if !torn.is_empty() {
        // A torn unit counts in each of its strata, or these would look lonely as well.
        let mut met: Vec<(u32, u32)> = stage.unit_of_row.iter().copied().zip(stratum_of_row.iter().copied()).collect();
        met.sort_unstable();
        met.dedup();
        stage.strata.iter_mut().for_each(|stratum| stratum.n = 0);
        met.iter().for_each(|&(_, h)| stage.strata[h as usize].n += 1);
        torn.sort_unstable();
        torn.dedup_by_key(|t| t.0);
        let units = torn.iter().map(|&(unit, a, b)| UnitStrata {
            unit: stage.unit_label(unit as usize),
            strata: [stratum_label(a as usize), stratum_label(b as usize)],
        });
        problems.push(DesignProblem::UnitInTwoStrata { stage: depth + 1, units: units.collect() });
        return stage;
    }
    population(input, &mut stage, &stratum_of_row, depth, problems);
    stage
}

/// The unit of each row: the rows themselves, or labels nested within the parent unit (and the stratum).
fn units(
    input: &StageInput,
    parent_of_row: &[u32],
    stratum_of_row: &[u32],
    is_later: bool,
    nest: bool,
    is_own: &[bool],
) -> (Vec<u32>, UnitLabels) {
    let Some(ids) = &input.ids else {
        let rows = (0..stratum_of_row.len() as u32).collect();
        return (rows, UnitLabels::Rows);
    };
    let n_labels = ids.n_labels() as u32;
    let local: Vec<u32> = ids
        .codes()
        .iter()
        .zip(stratum_of_row)
        .enumerate()
        .map(|(row, (&code, &h))| if is_own[h as usize] { n_labels + row as u32 } else { code })
        .collect();
    let above = if nest {
        stratum_of_row
    } else if is_later {
        parent_of_row
    } else {
        &vec![0; local.len()]
    };
    let (unit_of_row, pairs) = dense_pairs(above, &local);
    let named = pairs.iter().map(|&(_, code)| {
        ids.labels().get(code as usize).cloned().unwrap_or_else(|| format!("row {}", code - n_labels + 1))
    });
    (unit_of_row, UnitLabels::Named(named.collect()))
}

/// Population sizes by stratum, or inclusion probabilities by unit.
fn population(
    input: &StageInput,
    stage: &mut Stage,
    stratum_of_row: &[u32],
    depth: usize,
    problems: &mut Vec<DesignProblem>,
) {
    let Some(population) = &input.population else {
        return;
    };
    let values = population.values();
    if let PopulationInput::Probabilities(values) = population {
        let mut by_unit = vec![0.0; stage.n_units()];
        for (row, &unit) in stage.unit_of_row.iter().enumerate() {
            by_unit[unit as usize] = values[row];
        }
        stage.unit_probabilities = Some(by_unit);
        return;
    }
    let mut range = vec![(f64::INFINITY, f64::NEG_INFINITY); stage.strata.len()];
    for (row, &h) in stratum_of_row.iter().enumerate() {
        let (low, high) = &mut range[h as usize];
        *low = low.min(values[row]);
        *high = high.max(values[row]);
    }
    let mut varying = Vec::new();
    let mut below = Vec::new();
    for (stratum, (low, high)) in stage.strata.iter_mut().zip(range) {
        if high.is_finite() && high - low > SAME_SIZE * high || high.is_finite() != low.is_finite() {
            varying.push(PopulationRange { stratum: stratum.label.clone(), low, high });
        }
        let n = f64::from(stratum.n);
        let size = match population {
            PopulationInput::Fractions(_) => n / low,
            _ => low,
        };
        if size < n * (1.0 - SAME_SIZE) {
            below.push(SampleOverPopulation { stratum: stratum.label.clone(), n: stratum.n, population: size });
        }
        stratum.population = size.is_finite().then_some(size);
    }
    let stage = depth + 1;
    if !varying.is_empty() {
        problems.push(DesignProblem::PopulationVaries { stage, strata: varying });
    }
    if !below.is_empty() {
        problems.push(DesignProblem::PopulationBelowSample { stage, strata: below });
    }
}
