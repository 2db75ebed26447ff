//! The gap between two places, split: other people, or like people who answer otherwise.

use super::characteristics::{Held, held};
use super::figures::figures;
use super::outcome::Coded;
use super::{Cut, Poll};
use crate::analysis::decomposition::{
    Averaging, Change, DecompositionError, Detail, Gap, Model, PartKind, Predictor, Reference, oaxaca_blinder,
    standardize,
};
use crate::analysis::result::{Figures, Unit};
use crate::analysis::work::Work;
use crate::design::{Codes, MISSING};
use crate::estimate::{Estimates, Options};
use crate::study::definition::{DecompositionMethod, Outcome, PlacesAnalysis, Split};

/// Writes the gap and its parts.
///
/// # Definition
/// Gap: share of yes in the first place less that in the second, among those of whom all characteristics are known. By cells:
/// [`standardize`], which for one characteristic is Kitagawa's split. By regression: [`oaxaca_blinder`] with the coefficients of
/// both places pooled, the place held apart.
pub(super) fn write(
    analysis: &PlacesAnalysis,
    split: &Split,
    poll: &Poll<'_>,
    outcome: &Outcome,
    coded: &Coded,
    cut: &Cut<'_>,
    work: &mut Work<'_>,
) {
    let Some(held) = held(&analysis.id, &split.id, &split.by, poll, coded, cut, work) else { return };
    let name = format!("split-{}", split.id);
    let parts = match parts(split.method, poll, coded, cut, &held) {
        Ok(parts) => parts,
        Err(error) => vec![("gap".to_owned(), Figures::not_estimable(error.to_string()))],
    };
    for (part, figures) in parts {
        let mut record = poll.record(analysis, outcome, &[&name, &part], Unit::ShareDifference);
        record.about.remove("place");
        let record = record.with("split", &split.id).with("part", &part).flags(held.flags.iter().copied());
        work.record(record.figures(figures));
    }
}

fn parts(
    method: DecompositionMethod,
    poll: &Poll<'_>,
    coded: &Coded,
    cut: &Cut<'_>,
    held: &Held<'_>,
) -> Result<Vec<(String, Figures)>, DecompositionError> {
    let model = match method {
        DecompositionMethod::Cells => return by_cells(poll, coded, cut, held),
        DecompositionMethod::Linear => Model::Linear,
        DecompositionMethod::Logit => Model::Logit,
    };
    let [first, second] = cut.halves;
    let outcome = coded.numbers();
    let groups = places(cut, [first, second]);
    let gap = Gap { outcome: &outcome, groups: &groups, first, second };
    let predictors: Vec<Predictor<'_>> =
        held.by.iter().map(|(name, codes)| Predictor { name, detail: Detail::Factor(codes) }).collect();
    let reference = Reference::PooledWithGroup;
    let found =
        oaxaca_blinder(&poll.design.design, &gap, &predictors, model, reference, &held.mask, &Options::default())?;
    let n = (found.n[0] + found.n[1]) as u64;
    let tell = |place: usize| told(&found.estimates, place, n);
    let mut parts = vec![("gap".to_owned(), tell(found.gap))];
    for (kind, name) in [(PartKind::Explained, "composition"), (PartKind::Unexplained, "rates")] {
        let Some(part) = found.part(kind) else { continue };
        parts.push((name.to_owned(), tell(part.total)));
        // The constant, which comes first, is no part of the composition.
        let is_constant_part = |k: usize| k == 0 && kind == PartKind::Explained;
        for (k, (term, place)) in part.terms.iter().enumerate().filter(|(k, _)| !is_constant_part(*k)) {
            let term = if k == 0 { "constant" } else { term.as_str() };
            parts.push((format!("{name}-{term}"), tell(*place)));
        }
    }
    Ok(parts)
}

fn by_cells(
    poll: &Poll<'_>,
    coded: &Coded,
    cut: &Cut<'_>,
    held: &Held<'_>,
) -> Result<Vec<(String, Figures)>, DecompositionError> {
    let [first, second] = cut.halves;
    let outcome = coded.numbers();
    let waves = places(cut, [second, first]);
    let groupings: Vec<(&str, &Codes)> = held.by.iter().map(|(name, codes)| (*name, codes)).collect();
    let change = Change { outcome: &outcome, waves: &waves, groupings: &groupings };
    let options = Options::default();
    let found = standardize(&poll.design.design, &change, Averaging::Consecutive, &held.mask, &options)?;
    let n = (0..held.mask.len()).filter(|row| held.mask[*row]).count() as u64;
    let tell = |place: usize| told(&found.estimates, place, n);
    let mut parts = Vec::new();
    for change in &found.changes {
        parts.push(("gap".to_owned(), tell(change.gap)));
        let composition: Vec<(usize, f64)> = change.composition.iter().map(|place| (*place, 1.0)).collect();
        let whole = match found.estimates.contrast(&composition) {
            Ok(sum) => Figures { n: Some(n), ..figures(&sum) },
            Err(error) => Figures::not_estimable(error.to_string()),
        };
        parts.push(("composition".to_owned(), whole));
        for (grouping, place) in found.groupings.iter().zip(&change.composition) {
            parts.push((format!("composition-{grouping}"), tell(*place)));
        }
        parts.push(("rates".to_owned(), tell(change.rates)));
    }
    Ok(parts)
}

/// The halves of the split as codes in the order given.
pub(super) fn places(cut: &Cut<'_>, halves: [&str; 2]) -> Codes {
    let code = |code: &u32| {
        let node = cut.split.nodes.get(*code as usize);
        halves.iter().zip(0_u32..).find(|(half, _)| node.is_some_and(|node| node == *half)).map_or(MISSING, |(_, k)| k)
    };
    let codes = cut.split.code_of_row.iter().map(code).collect();
    Codes::from_codes(codes, halves.iter().map(|half| (*half).to_owned()).collect())
}

fn told(estimates: &Estimates, place: usize, n: u64) -> Figures {
    match estimates.get(place) {
        Some(found) => Figures { n: Some(n), ..figures(found) },
        None => Figures::not_estimable("the split has no such part"),
    }
}
