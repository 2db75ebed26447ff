//! Lonely strata of the first stage join others, when the policy says so.
//!
//! Strata that were sampled completely, or that stand for themselves, take no part: their units had no chance to be left out, so
//! they say nothing about the spread that a lonely stratum lacks.

use super::build_stage::{Rows, stage};
use super::builder::{PopulationInput, SurveyDesignBuilder};
use super::check::unknown;
use super::codes::Codes;
use super::error::DesignProblem;
use super::lonely::LonelyPsu;
use super::stage::UnitLabels;

/// Joins lonely strata of the first stage to others, when the policy says so; population sizes add up. Beside the builder stand
/// the strata that were joined, the lonely one first.
pub(super) fn collapse(
    mut builder: SurveyDesignBuilder,
    problems: &mut Vec<DesignProblem>,
) -> (SurveyDesignBuilder, Vec<(String, String)>) {
    let mut joined = Vec::new();
    let (LonelyPsu::Collapse(named), Some(strata)) = (&builder.lonely, &builder.first.strata) else {
        return (builder, joined);
    };
    let own = &builder.self_representing;
    let n_rows = strata.len();
    let rows = Rows { n: n_rows, nest: builder.nest, behind: builder.behind.as_deref() };
    let before = stage(&builder.first, None, &rows, own, 0, problems);
    if !problems.is_empty() {
        return (builder, joined);
    }
    let position = |label: &str| before.strata.iter().position(|s| s.label == label);
    for label in named.iter().flat_map(|(a, b)| [a, b]) {
        if position(label).is_none() {
            problems.push(unknown("the collapse rule", label, &before));
        }
    }
    let n_strata = before.strata.len();
    let mut varies = vec![false; n_strata];
    for (unit, &h) in before.stratum_of_unit.iter().enumerate() {
        varies[h as usize] |= !before.is_certain(unit) && !own.contains(&before.strata[h as usize].label);
    }
    let mut target: Vec<usize> = (0..n_strata).collect();
    for h in (0..n_strata).filter(|&h| before.strata[h].is_lonely() && varies[h]) {
        let label = &before.strata[h].label;
        let rule = named.iter().find(|(a, _)| a == label);
        let partner = rule.and_then(|(_, b)| position(b));
        let neighbour = || (h + 1..n_strata).chain((0..h).rev()).find(|&p| varies[p]);
        match partner.or_else(neighbour).filter(|&p| p != h) {
            Some(partner) if varies[partner] => {
                join(&mut target, h, partner);
                joined.push((label.clone(), before.strata[partner].label.clone()));
            }
            Some(partner) => problems.push(DesignProblem::JoinsCertainty {
                stratum: label.clone(),
                into: before.strata[partner].label.clone(),
            }),
            None => problems.push(DesignProblem::NothingToJoin),
        }
    }
    let mut size = vec![0.0; n_strata];
    for (h, stratum) in before.strata.iter().enumerate() {
        size[target[h]] += stratum.population.unwrap_or(f64::INFINITY);
    }
    let stratum_of_row = |row: usize| {
        let unit = before.unit_of_row[row] as usize;
        target[before.stratum_of_unit[unit] as usize]
    };
    let labels: Vec<&str> = (0..n_rows).map(|row| before.strata[stratum_of_row(row)].label.as_str()).collect();
    let codes = Codes::from_labels(&labels);
    if builder.first.population.is_some() {
        let sizes = (0..n_rows).map(|row| size[stratum_of_row(row)]).collect();
        builder.first.population = Some(PopulationInput::Sizes(sizes));
    }
    // Units that were distinct by stratum stay distinct in the joined one.
    if let UnitLabels::Named(labels) = &before.unit_labels {
        let mut unique = labels.clone();
        if builder.nest {
            for (unit, label) in unique.iter_mut().enumerate() {
                let stratum = &before.strata[before.stratum_of_unit[unit] as usize];
                *label = format!("{}/{label}", stratum.label);
            }
        }
        builder.first.ids = Some(Codes::from_codes(before.unit_of_row.clone(), unique));
    }
    builder.first.strata = Some(codes);
    (builder, joined)
}

/// Makes one group of the groups of two strata.
fn join(target: &mut [usize], a: usize, b: usize) {
    let (from, to) = (target[a], target[b]);
    for t in target.iter_mut().filter(|t| **t == from) {
        *t = to;
    }
}
