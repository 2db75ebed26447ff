//! Changes of the mood between periods, and the same at other dates.

use super::{Moods, normal};
use crate::analysis::detectable::{self, POWER, SIGNIFICANCE};
use crate::analysis::interval::LEVEL;
use crate::analysis::result::{Figures, ResultRecord, Unit};
use crate::analysis::trend::TrendError;
use crate::analysis::trend::change::smallest_detectable_difference;
use crate::study::definition::MoodChange;

pub(super) fn records(moods: &Moods<'_, '_>) -> Vec<ResultRecord> {
    moods.analysis.change.iter().flat_map(|change| of_change(moods, change)).collect()
}

fn of_change(moods: &Moods<'_, '_>, change: &MoodChange) -> Vec<ResultRecord> {
    let record = |path: &[&str], unit, figures| {
        moods.record(path, unit).with("pair", &change.id).with("answer", path[0]).figures(figures)
    };
    let smallest = |way: &str, found: Result<f64, TrendError>| {
        moods
            .record(&[way, &change.id, "detectable"], Unit::ShareSize)
            .with("measure", "detectable")
            .with("pair", &change.id)
            .with("answer", way)
            .figures(detectable::figures(found))
    };
    let Some(weights) = weights(moods, change, 0) else {
        let missing = || Figures::not_estimable("nothing was asked in one of the periods");
        return vec![
            record(&["dyad", &change.id], Unit::ShareDifference, missing()),
            record(&["latent", &change.id], Unit::ShareDifference, missing()),
            record(&["placebo", &change.id], Unit::Share, placebo(moods, change)),
        ];
    };
    let latent = moods.latent.as_ref().map_err(Clone::clone);
    let figures = match latent.clone().and_then(|fit| fit.change(&weights)) {
        Ok(found) => normal(found.mood, found.se).against_zero(),
        Err(error) => Figures::not_estimable(error.to_string()),
    };
    let dyad = moods.dyad.as_ref().map_err(Clone::clone).and_then(|draws| draws.contrast(&weights, LEVEL));
    vec![
        record(&["dyad", &change.id], Unit::ShareDifference, moods.dyad_contrast(&weights)),
        smallest("dyad", dyad.and_then(|found| smallest_detectable_difference(found.se, POWER, SIGNIFICANCE))),
        record(&["latent", &change.id], Unit::ShareDifference, figures),
        smallest("latent", latent.and_then(|fit| fit.smallest_detectable(&weights, POWER, SIGNIFICANCE))),
        record(&["placebo", &change.id], Unit::Share, placebo(moods, change)),
    ]
}

/// Weights of a mean over the second period minus a mean over the first, both moved by some years, over the years in which
/// something was asked; none where a period has no such year or reaches outside.
fn weights(moods: &Moods<'_, '_>, change: &MoodChange, shift: i32) -> Option<Vec<f64>> {
    let mut weights = vec![0.0; moods.is_asked.len()];
    for (period, sign) in [(change.first, -1.0), (change.second, 1.0)] {
        let places: Vec<usize> = (period[0]..=period[1])
            .filter_map(|year| usize::try_from(year + shift - moods.first_year).ok())
            .filter(|place| moods.is_asked.get(*place).copied().unwrap_or(false))
            .collect();
        for place in &places {
            weights[*place] += sign / places.len() as f64;
        }
        if places.is_empty() {
            return None;
        }
    }
    Some(weights)
}

/// The share of other dates at which the dyad mood moves as much between periods of the same lengths. The periods must lie
/// within the years of the mood.
fn placebo(moods: &Moods<'_, '_>, change: &MoodChange) -> Figures {
    let Ok(draws) = &moods.dyad else { return Figures::not_estimable("the mood could not be extracted") };
    let mood = &draws.centre.mood;
    let at = |shift: i32| {
        let (first, last) = (change.first[0] + shift, change.second[1] + shift);
        let is_inside = first >= moods.first_year && last < moods.first_year + mood.len() as i32;
        let weights = if is_inside || shift == 0 { weights(moods, change, shift) } else { None };
        weights.map(|weights| weights.iter().zip(mood).map(|(w, m)| w * m).sum::<f64>().abs())
    };
    let Some(own) = at(0) else { return Figures::not_estimable("nothing was asked in one of the periods") };
    let reach = mood.len() as i32;
    let others: Vec<f64> = (-reach..=reach).filter(|shift| *shift != 0).filter_map(at).collect();
    if others.is_empty() {
        return Figures::not_estimable("no other date has periods as long before and after it");
    }
    let n_as_large = others.iter().filter(|other| **other >= own - 1e-12).count();
    Figures {
        n: Some(others.len() as u64),
        ..Figures::without_interval(n_as_large as f64 / others.len() as f64, "a share of dates, which overlap")
    }
}
